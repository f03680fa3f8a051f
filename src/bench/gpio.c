/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/gpio.h"

#include "bench/random.h"

void
bench_gpio_init(BenchGpio *gpio, BenchWires *wires, guint port)
{
    gpio->wires = wires;
    gpio->port = port;
    wires->gpio[port] = &gpio->base;
}

void
bench_gpio_power_on(BenchGpio *gpio)
{
    gpio->floating = (guint16)bench_random_next(&gpio->wires->random);
    gpio->levels = gpio->floating;
    gpio->shown_mask = 0;
}

/* The chip's push-pull output wins over the world, the world over an open drain that is off and
 * over the pulls. */
static gboolean
resolve(const BenchGpio *gpio, guint pin, const BenchPinMode *mode)
{
    if (mode->drive == BENCH_DRIVE_PUSH_PULL)
        return mode->output;
    if (mode->drive == BENCH_DRIVE_OPEN_DRAIN && !mode->output)
        return FALSE;
    if (gpio->world[pin] != BENCH_PIN_FLOATING)
        return gpio->world[pin] == BENCH_PIN_HIGH;
    if (mode->pull != BENCH_PIN_FLOATING)
        return mode->pull == BENCH_PIN_HIGH;
    return (gpio->floating >> pin) & 1;
}

void
bench_gpio_update(BenchGpio *gpio)
{
    BenchPeripheralHost *host = gpio->base.host;

    for (guint pin = 0; pin < 16; pin++) {
        BenchPinMode mode = {0};
        guint16 bit = (guint16)(1u << pin);
        gpio->describe(gpio, pin, &mode);
        gboolean level = resolve(gpio, pin, &mode);
        gpio->levels = level ? gpio->levels | bit : gpio->levels & ~bit;
        if (mode.drive == BENCH_DRIVE_NONE) {
            gpio->shown_mask &= ~bit;
        } else if (!(gpio->shown_mask & bit) || level != ((gpio->shown & bit) != 0)) {
            gpio->shown_mask |= bit;
            gpio->shown = level ? gpio->shown | bit : gpio->shown & ~bit;
            host->pin_changed(host, gpio->port, pin, level);
        }
        if (gpio->wires->exti != NULL)
            bench_exti_set_level(gpio->wires->exti, gpio->port, pin, level);
    }
}

void
bench_gpio_drive(BenchPeripheral *self, guint pin, BenchPinDrive drive)
{
    BenchGpio *gpio = (BenchGpio *)self;

    gpio->world[pin] = drive;
    bench_gpio_update(gpio);
}

gboolean
bench_gpio_get_level(BenchPeripheral *self, guint pin)
{
    return (((BenchGpio *)self)->levels >> pin) & 1;
}

gboolean
bench_gpio_is_alternate(BenchPeripheral *self, guint pin, guint function)
{
    const BenchGpio *gpio = (BenchGpio *)self;
    BenchPinMode mode = {0};

    gpio->describe(gpio, pin, &mode);
    return mode.alternate && mode.function == function;
}
