/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The lock of a flash controller: two keys in order open it, anything else shuts it until the next
 * reset, a third key included (RM0383 3.5.1, PM0075 2.3.1).
 */
typedef enum {
    BENCH_KEYS_NONE,
    BENCH_KEYS_FIRST,
    BENCH_KEYS_OPEN,
    BENCH_KEYS_SHUT,
} BenchKeys;

/* The same two for the flash of both families. */
#define BENCH_FLASH_KEY1 0x45670123u
#define BENCH_FLASH_KEY2 0xcdef89abu

static inline BenchKeys
bench_keys_write(BenchKeys keys, guint32 value, guint32 first, guint32 second)
{
    if (keys == BENCH_KEYS_NONE && value == first)
        return BENCH_KEYS_FIRST;
    if (keys == BENCH_KEYS_FIRST && value == second)
        return BENCH_KEYS_OPEN;
    return BENCH_KEYS_SHUT;
}

G_END_DECLS
