/* SPDX-License-Identifier: MIT-0 */
#include "boot-knock.h"

#include "firmware/proto/boot.h"

/* Mark, size of the body, body, crc. */
static const uint8_t frame[BOOT_KNOCK_SIZE] = {
    BOOT_MARK_0,           BOOT_MARK_1, 0x03, 0x00, BOOT_RESET, 0x00,
    BOOT_RESET_BOOTLOADER, 0x46,        0x31, 0x0E, 0xB5,
};

bool
boot_knock_take(struct boot_knock *knock, uint8_t byte)
{
    bool same = byte == frame[BOOT_KNOCK_SIZE - 1u];

    for (uint32_t i = 0; i + 1u < BOOT_KNOCK_SIZE; i++) {
        knock->last[i] = knock->last[i + 1u];
        same = same && knock->last[i] == frame[i];
    }
    knock->last[BOOT_KNOCK_SIZE - 1u] = byte;

    return same;
}
