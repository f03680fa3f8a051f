/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/error.h"
#include "transports/boot-private.h"

/* The names and the status bytes of docs/protocol.md, for messages. */

#define NAME(command) [BOOT_##command - BOOT_GET_VER] = #command

static const char *const names[] = {
    NAME(GET_VER),      NAME(GET_HELP),
    NAME(GET_CID),      NAME(GET_RDP_STATUS),
    NAME(GO_TO_ADDR),   NAME(FLASH_ERASE),
    NAME(MEM_WRITE),    NAME(EN_RW_PROTECT),
    NAME(MEM_READ),     NAME(READ_SECTOR_P_STATUS),
    NAME(OTP_READ),     NAME(DIS_R_W_PROTECT),
    NAME(CAPABILITIES), NAME(SECTORS),
    NAME(DIGEST),       NAME(BAUD),
    NAME(PING),         NAME(ERASE),
    NAME(OPEN),         NAME(DATA),
    NAME(WINDOW),       NAME(POLL),
    NAME(CLOSE),        NAME(COMMIT),
    NAME(READ),         NAME(OPTIONS),
    NAME(SET_OPTIONS),  NAME(RESET),
    NAME(WHY),
};

static const struct {
    const char *text;
    InlayErrorId id;
} statuses[] = {
    [BOOT_OK] = {"done", INLAY_ERROR_INTERNAL},
    [BOOT_BAD_ADDRESS] = {"the address is not in memory that it may touch",
                          INLAY_ERROR_BOOTLOADER_REFUSED},
    [BOOT_BAD_ARGUMENT] = {"there is no such size, sector, mode or flag",
                           INLAY_ERROR_BOOTLOADER_REFUSED},
    [BOOT_OWN_SECTOR] = {"the sector is the bootloader's own", INLAY_ERROR_BOOTLOADER_REFUSED},
    [BOOT_WRITE_PROTECTED] = {"the sector is write-protected", INLAY_ERROR_SECTOR_PROTECTED},
    [BOOT_READ_PROTECTED] = {"the chip is read-protected", INLAY_ERROR_CHIP_LOCKED},
    [BOOT_UNSUPPORTED] = {"the chip has no such thing", INLAY_ERROR_CHIP_LACKS},
    [BOOT_NOT_BLANK] = {"a word to be programmed is not blank", INLAY_ERROR_BOOTLOADER_REFUSED},
    [BOOT_FLASH_FAILED] = {"the flash refused, or holds something else", INLAY_ERROR_FLASH_FAILED},
    [BOOT_FLASH_TIMEOUT] = {"the flash did not finish", INLAY_ERROR_FLASH_TIMEOUT},
    [BOOT_STAYS_BOOTABLE] = {"the application's first sector must be erased first",
                             INLAY_ERROR_BOOTLOADER_REFUSED},
    [BOOT_IRREVERSIBLE] = {"it would erase the chip, or seal it for ever",
                           INLAY_ERROR_BOOTLOADER_REFUSED},
    [BOOT_NO_VECTORS] = {"no sane vector table is there", INLAY_ERROR_BOOTLOADER_REFUSED},
    [BOOT_BAD_STREAM] = {"no such stream, or broken data", INLAY_ERROR_BOOTLOADER_REFUSED},
    [BOOT_MISMATCH] = {"the flash does not hold what was sent", INLAY_ERROR_VERIFY_FAILED},
    [BOOT_BAD_FRAME] = {"the frame was broken", INLAY_ERROR_BOOTLOADER_REFUSED},
    [BOOT_BAD_COMMAND] = {"it does not know the command", INLAY_ERROR_BOOTLOADER_REFUSED},
};

const char *
inlay_boot_command_name(guint8 command)
{
    static char unknown[256][5];
    guint i = (guint)command - BOOT_GET_VER;

    if (command >= BOOT_GET_VER && i < G_N_ELEMENTS(names) && names[i] != NULL)
        return names[i];
    g_snprintf(unknown[command], sizeof unknown[command], "0x%02x", command);
    return unknown[command];
}

const char *
inlay_boot_status_to_string(guint8 status)
{
    return status < G_N_ELEMENTS(statuses) ? statuses[status].text : "an unknown status";
}

char *
inlay_boot_describe(guint8 command, guint32 addr)
{
    return addr == INLAY_BOOT_NO_ADDR
               ? g_strdup(inlay_boot_command_name(command))
               : g_strdup_printf("%s of 0x%08x", inlay_boot_command_name(command), addr);
}

gboolean
inlay_boot_refuse(guint8 command, guint8 status, guint32 addr, GError **error)
{
    g_autofree char *question = inlay_boot_describe(command, addr);
    InlayErrorId id = status != BOOT_OK && status < G_N_ELEMENTS(statuses)
                          ? statuses[status].id
                          : INLAY_ERROR_BOOTLOADER_REFUSED;

    g_set_error(error, INLAY_ERROR, id, "%s: %s (status %u)", question,
                inlay_boot_status_to_string(status), status);
    return FALSE;
}

gboolean
inlay_boot_give_up(guint8 command, guint32 addr, gboolean heard, GError **error)
{
    g_autofree char *question = inlay_boot_describe(command, addr);

    g_set_error(error, INLAY_ERROR, heard ? INLAY_ERROR_LINE_NOISY : INLAY_ERROR_BOARD_LOST,
                heard ? "%s: an answer expected, got broken ones %d times"
                      : "%s: an answer expected, got none %d times",
                question, INLAY_BOOT_TRIES);
    return FALSE;
}
