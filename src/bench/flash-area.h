/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Cells of the flash at addresses of their own; not every chip has all. */
typedef enum {
    BENCH_AREA_OPTIONS,
    BENCH_AREA_OTP,
    BENCH_AREA_OPTIONS2, /* of a second bank */
    BENCH_N_AREAS,
} BenchFlashArea;

/* As setups and saved files call them. */
#define BENCH_AREA_NAMES                                            \
    {                                                               \
        [BENCH_AREA_OPTIONS] = "options", [BENCH_AREA_OTP] = "otp", \
        [BENCH_AREA_OPTIONS2] = "options2"                          \
    }
