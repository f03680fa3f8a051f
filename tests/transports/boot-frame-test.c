/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/boot-frame.h"

#include "transports/boot-crc.h"

/* The frames as bytes, both ways. */

static void
test_crc(void)
{
    static const struct {
        guint8 bytes[4];
        gsize size;
        guint32 crc;
    } rows[] = {
        {{0x05, 0x51}, 2, 0x7CABE9E7},
        {{0x01, 0x51}, 2, 0x5C5F6A64},
        {{0x03, 0x56, 0x02, 0x01}, 4, 0xA20BA54E},
        {{0x07, 0x56, 0x02, 0x01}, 4, 0x0DD9DB83},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmphex(inlay_boot_crc(rows[i].bytes, rows[i].size), ==, rows[i].crc);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/boot-frame/crc", test_crc);
    return g_test_run();
}
