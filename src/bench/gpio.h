/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "bench/wires.h"

G_BEGIN_DECLS

/*
 * A GPIO port as both families have it: sixteen pins, what the chip and the world do to them, and
 * the level that results. The registers that say what the chip does are the families'
 * (gpio-f4.c, gpio-f1.c): they describe a pin, and call bench_gpio_update() after a write.
 */

typedef enum {
    BENCH_DRIVE_NONE,
    BENCH_DRIVE_PUSH_PULL,
    BENCH_DRIVE_OPEN_DRAIN,
} BenchDrive;

typedef struct {
    BenchDrive drive; /* of an output; none for alternate functions, which carry no level here */
    gboolean output;  /* the level driven */
    BenchPinDrive pull;
    gboolean analog;    /* reads 0 */
    gboolean alternate; /* carries a function of a peripheral */
    guint function;     /* its number, where there is one */
} BenchPinMode;

typedef struct BenchGpio BenchGpio;
struct BenchGpio {
    BenchPeripheral base;
    BenchWires *wires;
    guint port;
    void (*describe)(const BenchGpio *gpio, guint pin, BenchPinMode *mode);
    guint32 regs[10];
    BenchPinDrive world[16];
    guint16 floating; /* what a pin reads that nobody drives */
    guint16 levels;
    guint16 shown; /* outputs whose level the board has been told: levels and which */
    guint16 shown_mask;
};

/* Connects a port that its family has allocated. */
void bench_gpio_init(BenchGpio *gpio, BenchWires *wires, guint port);
/* Works out all levels again and tells those who care. */
void bench_gpio_update(BenchGpio *gpio);
/* New chance for what floats, at power-on. */
void bench_gpio_power_on(BenchGpio *gpio);

G_END_DECLS
