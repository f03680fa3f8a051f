/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The one table of failures. An id has one exit code, one sentence and one remedy; the screen, the
 * event stream, the record and the exit code all come from it (docs/errors.md is printed from it by
 * `inlay errors`).
 *
 * A GError of this domain carries the id as its code and the *detail* as its message: lower case,
 * no full stop, with the address and both values ("failed to verify 0x08004000: crc32 0x1234abcd
 * expected, got 0xffffffff").
 *
 * Exit codes are stable: a number is never given to another id. 0 is success, 1 is never used (a
 * shell's own).
 */
#define INLAY_ERRORS(X)                                                                            \
    X(USAGE, "usage", 2, N_("The command line was not understood."),                               \
      N_("Run `inlay --help` or `inlay COMMAND --help`."))                                         \
    X(FILE, "file", 10, N_("A file could not be read or written."),                                \
      N_("Check the path and its permissions."))                                                   \
    X(LAYOUT, "layout", 11, N_("The layout is not valid."),                                        \
      N_("Correct the file at the line and column given."))                                        \
    X(JOB, "job", 12, N_("The job is not valid."),                                                 \
      N_("Correct the file at the line and column given."))                                        \
    X(IMAGE_CORRUPT, "image-corrupt", 13, N_("An image file is damaged or of an unknown kind."),   \
      N_("Build the image again, or pass the right file; docs/images.md says how files are "       \
         "recognised."))                                                                           \
    X(IMAGE_TOO_LARGE, "image-too-large", 14, N_("An image does not fit in its partition."),       \
      N_("Make the image smaller or the partition larger."))                                       \
    X(IMAGE_MISPLACED, "image-misplaced", 15, N_("An image is linked for another address."),       \
      N_("Link the image for its partition, or name the partition that it is linked for."))        \
    X(IMAGE_OVERLAP, "image-overlap", 16, N_("Two images claim the same bytes."),                  \
      N_("Pass each image once, at its own address."))                                             \
    X(IMAGE_DIFFERENT, "image-different", 17, N_("What was compared differs."),                    \
      N_("The differences are listed above."))                                                     \
    X(BOOTLOADER_NOT_FOUND, "bootloader-not-found", 18, N_("No bootloader answers on the port."),  \
      N_("Start it: hold the board's boot button while you reset it. Check that TX and RX are "    \
         "crossed and GND is connected; `--baud` names another speed. A chip that never had one "  \
         "gets it through an ST-LINK (docs/uart.md)."))                                            \
    X(LINE_NOISY, "line-noisy", 19, N_("Too many bytes were lost or garbled on the line."),        \
      N_("Check the cable and its ground, or name a lower speed: `--baud 115200`; then run the "   \
         "command again: what was written is kept."))                                              \
    X(ADAPTER_NOT_FOUND, "adapter-not-found", 20, N_("No such adapter is connected."),             \
      N_("Plug in the ST-LINK or the serial adapter, with a cable that carries data; `inlay "      \
         "list` shows what is connected."))                                                        \
    X(ADAPTER_AMBIGUOUS, "adapter-ambiguous", 21,                                                  \
      N_("Several adapters are connected, and it is not said which."),                             \
      N_("Name one, as `inlay list` shows it: `--adapter usb:1-4`."))                              \
    X(ADAPTER_PERMISSION, "adapter-permission", 22, N_("This user may not open the adapter."),     \
      N_("Run `inlay udev | sudo tee /etc/udev/rules.d/70-inlay.rules && sudo udevadm control "    \
         "--reload && sudo udevadm trigger`. Who has no seat at the machine (ssh, a service) "     \
         "also needs `sudo usermod -aG plugdev,dialout $USER` and a new login."))                  \
    X(ADAPTER_BUSY, "adapter-busy", 23, N_("Another program uses the adapter."),                   \
      N_("End the program named (a debugger, an IDE, another station) and run the command "        \
         "again."))                                                                                \
    X(ADAPTER_LOST, "adapter-lost", 24, N_("The adapter was unplugged while it was used."),        \
      N_("Plug it in and run the command again; what was begun is completed."))                    \
    X(ADAPTER_MUTE, "adapter-mute", 25, N_("The adapter does not answer."),                        \
      N_("Unplug it, wait two seconds, plug it in again; then run the command again."))            \
    X(ADAPTER_PROTOCOL, "adapter-protocol", 26, N_("The adapter answered something unexpected."),  \
      N_("Run the command again; if it persists, update the probe's firmware with ST's "           \
         "STSW-LINK007: `java -jar STLinkUpgrade.jar`."))                                          \
    X(ADAPTER_OUTDATED, "adapter-outdated", 27, N_("The probe's firmware is too old."),            \
      N_("Update it with ST's STSW-LINK007: `java -jar STLinkUpgrade.jar`; nothing was "           \
         "changed."))                                                                              \
    X(ADAPTER_DFU, "adapter-dfu", 28, N_("The probe is in its own bootloader."),                   \
      N_("Unplug it and plug it in again; if it stays so its firmware is missing or damaged: "     \
         "install it with ST's STSW-LINK007: `java -jar STLinkUpgrade.jar`."))                     \
    X(ADAPTER_UNSUPPORTED, "adapter-unsupported", 29, N_("This kind of ST-LINK cannot be used."),  \
      N_("Use an ST-LINK/V2, V2-1 or V3; no firmware makes one of this kind."))                    \
    X(BOARD_NOT_FOUND, "board-not-found", 30, N_("The probe finds no chip."),                      \
      N_("Check that the board is inserted and powered, and its SWDIO, SWCLK and GND wires. With " \
         "NRST wired, `--connect under-reset` finds a chip whose program switches SWD off, and "   \
         "without it `--connect race` does (docs/connecting.md); one "                             \
         "sealed by read protection level 2 stays silent for ever."))                              \
    X(BOARD_NO_VOLTAGE, "board-no-voltage", 31, N_("The board has no supply voltage."),            \
      N_("Power the board; if it is, connect the probe's VCC sense wire to its supply."))          \
    X(BOARD_LOST, "board-lost", 32, N_("The board stopped answering."),                            \
      N_("Check contact and power, then run the command again; what was begun is completed."))     \
    X(CHIP_WRONG, "chip-wrong", 33, N_("The board carries another chip than the job is for."),     \
      N_("Insert the right board, or use a layout for the chip that was found."))                  \
    X(CHIP_UNKNOWN, "chip-unknown", 34, N_("This chip is not supported."),                         \
      N_("`inlay info` shows what was found; docs/adding-a-chip.md says how to add it."))          \
    X(CHIP_LOCKED, "chip-locked", 35, N_("The chip is read-protected."),                           \
      N_("`inlay unlock` opens it and erases its whole flash; nothing was changed."))              \
    X(SECTOR_PROTECTED, "sector-protected", 36, N_("A sector to be written is write-protected."),  \
      N_("`inlay unlock --write` removes the protection; or leave these sectors out of the job.")) \
    X(CHIP_CLONE, "chip-clone", 37, N_("The chip is a copy by another maker."),                    \
      N_("Check what was bought. The same command with `--accept-clone` goes on, and the events "  \
         "say so."))                                                                               \
    X(CHIP_SEALED, "chip-sealed", 38,                                                              \
      N_("The chip is locked for ever (read protection level 2)."),                                \
      N_("No tool can ever open it again; replace the chip."))                                     \
    X(BOARD_VOLTAGE, "board-voltage", 39, N_("The supply voltage measured cannot be true."),       \
      N_("Check the supply and the probe's VCC sense wire. If the probe is what is wrong, write "  \
         "`supply: 3.3V` into the layout, or pass `--supply 3.3V`: that counts then."))            \
    X(FLASH_TIMEOUT, "flash-timeout", 40, N_("The flash did not finish in time."),                 \
      N_("Power the board off and on and run the command again; if it persists the chip is "       \
         "defective."))                                                                            \
    X(FLASH_FAILED, "flash-failed", 41, N_("The flash refused an operation."),                     \
      N_("Check the supply voltage and run the command again; if it persists the chip is "         \
         "defective."))                                                                            \
    X(VERIFY_FAILED, "verify-failed", 42, N_("The flash does not hold what it should."),           \
      N_("Run `inlay flash` to write it; if it persists the chip is defective."))                  \
    X(OUTSIDE_CHANGED, "outside-changed", 43, N_("Bytes that the job does not own have changed."), \
      N_("Set the board aside: something else writes to its flash, or the chip is defective."))    \
    X(RESCUE_UNWRITABLE, "rescue-unwritable", 44, N_("The rescue file could not be stored."),      \
      N_("Make the folder named writable, or name another one in INLAY_RESCUE_DIR."))              \
    X(RESCUE_MISSING, "rescue-missing", 45,                                                        \
      N_("A run on this chip was cut, and its rescue file is gone."),                              \
      N_("Put the rescue file back, or write the bytes named from an image of theirs as well; "    \
         "--accept-loss goes on without them."))                                                   \
    X(RESCUE_CORRUPT, "rescue-corrupt", 46,                                                        \
      N_("The rescue file of this chip is damaged or of another chip."),                           \
      N_("Put the right file back; or move it away and write what it saved from images."))         \
    X(OPTIONS_FAILED, "options-failed", 47, N_("The chip did not take its option bytes."),         \
      N_("Power the board off and on; `inlay option get` shows what it has."))                     \
    X(OTP_TAKEN, "otp-taken", 48, N_("One-time programmable bytes are taken or locked."),          \
      N_("They can never change again; `inlay otp read` shows them. Use a free block, or another " \
         "chip."))                                                                                 \
    X(UNCONFIRMED, "unconfirmed", 49, N_("Nothing was done, for it was not confirmed."),           \
      N_("Answer yes, or pass --yes once you are sure."))                                          \
    X(CANCELLED, "cancelled", 50, N_("Cancelled."),                                                \
      N_("Run the command again; what was begun is completed."))                                   \
    X(WORKER_DIED, "worker-died", 51, N_("The worker process ended without a result."),            \
      N_("Run the command again; if it persists, report it with the output of --json."))           \
    X(INTERNAL, "internal", 52, N_("Inlay made a mistake."),                                       \
      N_("Report it with the output of --json."))                                                  \
    X(OPTION_INVALID, "option-invalid", 53, N_("An option byte cannot have this value."),          \
      N_("`inlay option get` shows the fields; docs/options.md says which values they take."))     \
    X(CHIP_LACKS, "chip-lacks", 54, N_("This chip does not have what was asked for."),             \
      N_("`inlay option get` shows the option bytes that it has; docs/options.md says more."))     \
    X(BOOTLOADER_REFUSED, "bootloader-refused", 55, N_("The bootloader refused a command."),       \
      N_("`inlay boot help` shows which commands it has; docs/protocol.md says what it refuses, "  \
         "and why."))

typedef enum {
#define X(NAME, id, exit_code, sentence, remedy) INLAY_ERROR_##NAME,
    INLAY_ERRORS(X)
#undef X
        INLAY_N_ERRORS
} InlayErrorId;

#define INLAY_ERROR (inlay_error_quark())
GQuark inlay_error_quark(void);

typedef struct {
    const char *id;       /* stable, kebab-case */
    int exit_code;        /* 2..99, unique */
    const char *sentence; /* msgid; translate with gettext when shown */
    const char *remedy;   /* msgid */
} InlayErrorInfo;

/* Never NULL: an error of a foreign domain (a bug: it should have been mapped) is INTERNAL. */
const InlayErrorInfo *inlay_error_get_info(const GError *error);
const InlayErrorInfo *inlay_error_info_by_id(InlayErrorId id);

G_END_DECLS
