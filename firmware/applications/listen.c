/* SPDX-License-Identifier: MIT-0 */
#include "listen.h"

#include BOOT_TABLE_HEADER
#include "firmware/lib/boot-knock.h"
#include "firmware/port/cortexm/system.h"
#include "firmware/port/uart.h"
#include "firmware/proto/boot.h"
#include "machine.h"

static struct boot_knock knock;

void usart2_handler(void);

void
usart2_handler(void)
{
    uint8_t byte;

    if (!uart_take(&byte) || !boot_knock_take(&knock, byte))
        return;

    memory_write32(BOOT_MAILBOX, BOOT_REQUEST_STAY);
    system_reset();
}

void
listen_start(void)
{
    uart_listen();
}
