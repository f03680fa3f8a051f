/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PROTO_BOOT_H
#define FIRMWARE_PROTO_BOOT_H

/*
 * The UART bootloader's wire, for both sides. docs/protocol.md is its specification; the names here
 * are those of that page. All numbers on the wire are little-endian.
 */

/* -- the twelve: [length][command][payload][crc], crc over all before it (boot-crc.h) -- */
#define BOOT_GET_VER 0x51u
#define BOOT_GET_HELP 0x52u
#define BOOT_GET_CID 0x53u
#define BOOT_GET_RDP_STATUS 0x54u
#define BOOT_GO_TO_ADDR 0x55u
#define BOOT_FLASH_ERASE 0x56u
#define BOOT_MEM_WRITE 0x57u
#define BOOT_EN_RW_PROTECT 0x58u
#define BOOT_MEM_READ 0x59u
#define BOOT_READ_SECTOR_P_STATUS 0x5Au
#define BOOT_OTP_READ 0x5Bu
#define BOOT_DIS_R_W_PROTECT 0x5Cu

#define BOOT_ACK 0xA5u  /* then the command, the number of bytes that follow, the bytes */
#define BOOT_NACK 0x7Fu /* and nothing else */
#define BOOT_VERSION 0x10u
#define BOOT_FRAME_MAX 256u   /* with its length byte; a published bootloader takes 200 */
#define BOOT_ERASE_ALL 0xFFu  /* first sector of FLASH_ERASE: all but the bootloader's own */
#define BOOT_PROTECT_WRITE 1u /* mode of EN_RW_PROTECT */
#define BOOT_PROTECT_READ 2u  /* PCROP, which the STM32F405/407 lacks */
#define BOOT_OTP_BLOCKS 16u
#define BOOT_OTP_BLOCK_SIZE 32u

/* -- extensions: 0x00, 0xE7, u16 size of the body, body, u32 crc. crc: zlib's CRC-32 of size and
 * body. Body to the chip: command, tag, arguments. From the chip: command, tag, status, data. -- */
#define BOOT_MARK_0 0x00u
#define BOOT_MARK_1 0xE7u
#define BOOT_OVERHEAD 8u     /* of an extended frame, beyond its body */
#define BOOT_BODY_MAX 352u   /* to the chip */
#define BOOT_ANSWER_MAX 528u /* from the chip */

#define BOOT_CAPABILITIES 0x60u
#define BOOT_SECTORS 0x61u
#define BOOT_DIGEST 0x62u
#define BOOT_BAUD 0x63u
#define BOOT_PING 0x64u
#define BOOT_ERASE 0x65u
#define BOOT_OPEN 0x66u
#define BOOT_DATA 0x67u
#define BOOT_WINDOW 0x68u
#define BOOT_POLL 0x69u
#define BOOT_CLOSE 0x6Au
#define BOOT_COMMIT 0x6Bu
#define BOOT_READ 0x6Cu
#define BOOT_OPTIONS 0x6Du
#define BOOT_SET_OPTIONS 0x6Eu
#define BOOT_RESET 0x6Fu
#define BOOT_WHY 0x70u

#define BOOT_EXTENSION_VERSION 1u

/* CAPABILITIES: offsets in its data, which may grow at the end */
#define BOOT_CAP_VERSION 0u    /* u16: BOOT_EXTENSION_VERSION */
#define BOOT_CAP_FEATURES 2u   /* u16: BOOT_FEATURE_... */
#define BOOT_CAP_BODY_MAX 4u   /* u16: of a body to the chip */
#define BOOT_CAP_ANSWER_MAX 6u /* u16: of a body from the chip */
#define BOOT_CAP_RING 8u       /* u16: bytes that may be under way to the chip */
#define BOOT_CAP_SLOTS 10u     /* u16: DATA frames that may be under way */
#define BOOT_CAP_SLOT_SIZE 12u /* u16: bytes in a DATA frame; multiple of 4 */
#define BOOT_CAP_N_SECTORS 14u /* u8 */
#define BOOT_CAP_RDP 15u       /* u8: level 0, 1, 2 */
#define BOOT_CAP_BAUD_MAX 16u  /* u32 */
#define BOOT_CAP_IDCODE 20u    /* u32: DBGMCU_IDCODE */
#define BOOT_CAP_FLASH_KIB 24u /* u16 */
#define BOOT_CAP_SUPPLY_MV 26u /* u16: that its program width is right for */
#define BOOT_CAP_UID 28u       /* 12 bytes */
#define BOOT_CAP_OWN_BASE 40u  /* u32: the bootloader's sectors */
#define BOOT_CAP_OWN_SIZE 44u  /* u32 */
#define BOOT_CAP_APP_BASE 48u  /* u32: the application, whose vector table decides */
#define BOOT_CAP_APP_SIZE 52u  /* u32 */
#define BOOT_CAP_FIRMWARE 56u  /* u32: major << 16 | minor << 8 | patch */
#define BOOT_CAP_BUILD 60u     /* 16 bytes: text, filled up with 0 */
#define BOOT_CAP_SIZE 76u

#define BOOT_FEATURE_DEFLATE (1u << 0)

/* SECTORS, DIGEST: of each range 12 bytes: u32 crc32, sum_a, sum_b as in proto/loader.h */
#define BOOT_DIGEST_SIZE 12u
#define BOOT_DIGEST_RANGES 32u /* in one DIGEST */

/* OPEN: u32 address, u8 flags */
#define BOOT_OPEN_DEFLATE (1u << 0)
#define BOOT_OPEN_ERASE (1u << 1) /* the sector of the address first */

/* WINDOW: tag is the stream's; data */
#define BOOT_WINDOW_NEXT 0u   /* u16: all frames before it have arrived */
#define BOOT_WINDOW_LIMIT 2u  /* u16: the first frame that may not be sent yet */
#define BOOT_WINDOW_BEYOND 4u /* u32: bit i: frame next + 1 + i has arrived */
#define BOOT_WINDOW_POLL 8u   /* u8: the last POLL that has arrived; 0: none */
#define BOOT_WINDOW_SIZE 9u

/* CLOSE: u32 size, crc32, sum_a, sum_b of what was programmed */
#define BOOT_CLOSE_SIZE 16u

/* RESET: u8 */
#define BOOT_RESET_NORMAL 0u     /* and let the boot decision choose */
#define BOOT_RESET_BOOTLOADER 1u /* and stay in the bootloader */

/* BAUD: after its answer the new rate must carry a frame within this time, or the old one is back */
#define BOOT_BAUD_TRIAL_MS 500u

/* A base frame that has begun and is not continued for so long is given up. */
#define BOOT_FRAME_PAUSE_MS 100u
/* A stream that hears nothing for so long is ended. */
#define BOOT_STREAM_PAUSE_MS 5000u
/* What takes longer says BUSY, or sends a WINDOW, at least so often. */
#define BOOT_BUSY_MS 200u

/* What a status byte says, in answers of the twelve and of the extensions alike. */
#define BOOT_OK 0u
#define BOOT_BAD_ADDRESS 1u     /* not in the memories that this command may touch */
#define BOOT_BAD_ARGUMENT 2u    /* a size, sector, mode or flag that does not exist */
#define BOOT_OWN_SECTOR 3u      /* the bootloader does not erase or overwrite itself */
#define BOOT_WRITE_PROTECTED 4u /* by the option bytes */
#define BOOT_READ_PROTECTED 5u  /* level 1 or 2 does not let this be read */
#define BOOT_UNSUPPORTED 6u     /* this chip has no such thing */
#define BOOT_NOT_BLANK 7u       /* a word to be programmed in a stream is not erased */
#define BOOT_FLASH_FAILED 8u    /* the controller refused, or the cells hold something else */
#define BOOT_FLASH_TIMEOUT 9u
#define BOOT_STAYS_BOOTABLE 10u /* the application's first sector must be erased first */
#define BOOT_IRREVERSIBLE 11u   /* would erase the chip, or seal it for ever: needs a probe */
#define BOOT_NO_VECTORS 12u     /* no sane vector table at that address */
#define BOOT_BAD_STREAM 13u     /* no such stream, frames missing, or broken DEFLATE data */
#define BOOT_MISMATCH 14u       /* CLOSE: the flash does not hold what its sums say */
#define BOOT_BAD_FRAME 15u      /* WHY only: a frame's crc, or its length for this command */
#define BOOT_BAD_COMMAND 16u
#define BOOT_BUSY 0x80u /* from the chip, before the answer: still at it; data: u8 sector */

/* The request word, at the end of the RAM that a program leaves alone (.noinit; the layout's mailbox):
 * what the next start shall do. Any other value asks for nothing. */
#define BOOT_REQUEST_STAY 0xB007CA11u /* stay in the bootloader */
#define BOOT_REQUEST_START \
    0xB0075A17u /* start the program whose vector table is at the next word */

#endif
