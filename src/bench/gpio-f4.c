/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/gpio.h"

#include "bench/chip-rows.h"

#include <string.h>

/* A port of the STM32F4 (RM0383 8.4), and of the F3 (RM0316 11.4), which has one register more. */

enum {
    MODER = 0x00,
    OTYPER = 0x04,
    OSPEEDR = 0x08,
    PUPDR = 0x0c,
    IDR = 0x10,
    ODR = 0x14,
    BSRR = 0x18,
    LCKR = 0x1c,
    AFRL = 0x20,
    AFRH = 0x24,
    BRR = 0x28, /* F3 */
};
enum { MODE_INPUT, MODE_OUTPUT, MODE_ALTERNATE, MODE_ANALOG };

/* RM0383 8.4.1, 8.4.3, 8.4.4, RM0316 11.4: the debug pins of ports A and B are not inputs after reset. */
static const struct {
    guint32 moder, ospeedr, pupdr;
} at_reset[BENCH_N_PORTS] = {
    {0xa8000000, 0x0c000000, 0x64000000},
    {0x00000280, 0x000000c0, 0x00000100},
};

static void
describe(const BenchGpio *gpio, guint pin, BenchPinMode *mode)
{
    static const BenchPinDrive pulls[] = {BENCH_PIN_FLOATING, BENCH_PIN_HIGH, BENCH_PIN_LOW,
                                          BENCH_PIN_FLOATING};
    guint moder = (gpio->regs[MODER / 4] >> (2 * pin)) & 3;

    mode->pull = pulls[(gpio->regs[PUPDR / 4] >> (2 * pin)) & 3];
    mode->analog = moder == MODE_ANALOG;
    if (moder == MODE_OUTPUT) {
        mode->drive =
            gpio->regs[OTYPER / 4] & (1u << pin) ? BENCH_DRIVE_OPEN_DRAIN : BENCH_DRIVE_PUSH_PULL;
        mode->output = (gpio->regs[ODR / 4] >> pin) & 1;
    } else if (moder == MODE_ALTERNATE) {
        mode->alternate = TRUE;
        mode->function = (gpio->regs[(pin < 8 ? AFRL : AFRH) / 4] >> (4 * (pin & 7))) & 0xf;
    }
}

static guint32
read_idr(const BenchGpio *gpio)
{
    guint32 idr = gpio->levels;

    for (guint pin = 0; pin < 16; pin++)
        if (((gpio->regs[MODER / 4] >> (2 * pin)) & 3) == MODE_ANALOG)
            idr &= ~(1u << pin);
    return idr;
}

static guint32
gpio_f4_read(BenchPeripheral *self, guint32 offset, guint size)
{
    const BenchGpio *gpio = (BenchGpio *)self;

    offset &= ~3u;
    if (offset == IDR)
        return read_idr(gpio);
    return offset <= AFRH && offset != BSRR ? gpio->regs[offset / 4] : 0;
}

static void
gpio_f4_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    BenchGpio *gpio = (BenchGpio *)self;
    guint32 reg = offset & ~3u;

    if (reg == BSRR) {
        value = bench_peripheral_merge(0, offset, size, value);
        /* 8.4.7: setting wins over resetting. */
        gpio->regs[ODR / 4] = (gpio->regs[ODR / 4] & ~(value >> 16)) | (value & 0xffff);
    } else if (reg == BRR && gpio->wires->parts->chip->family->gpio_has_brr) {
        gpio->regs[ODR / 4] &= ~(bench_peripheral_merge(0, offset, size, value) & 0xffff);
    } else if (reg <= AFRH && reg != IDR) {
        value = bench_peripheral_merge(gpio->regs[reg / 4], offset, size, value);
        gpio->regs[reg / 4] = reg == ODR || reg == OTYPER ? value & 0xffff : value;
    }
    bench_gpio_update(gpio);
}

static void
gpio_f4_reset(BenchPeripheral *self, gboolean power_on)
{
    BenchGpio *gpio = (BenchGpio *)self;

    if (power_on)
        bench_gpio_power_on(gpio);
    memset(gpio->regs, 0, sizeof gpio->regs);
    gpio->regs[MODER / 4] = at_reset[gpio->port].moder;
    gpio->regs[OSPEEDR / 4] = at_reset[gpio->port].ospeedr;
    gpio->regs[PUPDR / 4] = at_reset[gpio->port].pupdr;
    bench_gpio_update(gpio);
}

static void
gpio_f4_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps gpio_f4_ops = {
    .read = gpio_f4_read,
    .write = gpio_f4_write,
    .reset = gpio_f4_reset,
    .free = gpio_f4_free,
};

BenchPeripheral *
bench_gpio_f4_new(BenchWires *wires, guint port)
{
    static const char *const names[BENCH_N_PORTS] = {"GPIOA", "GPIOB", "GPIOC", "GPIOD",
                                                     "GPIOE", "GPIOF", "GPIOG", "GPIOH"};
    BenchGpio *gpio = g_new0(BenchGpio, 1);

    gpio->base = (BenchPeripheral){.ops = &gpio_f4_ops,
                                   .name = names[port],
                                   .base = wires->parts->chip->family->gpio_base + 0x400 * port,
                                   .size = 0x400,
                                   .host = wires->parts->host};
    gpio->describe = describe;
    bench_gpio_init(gpio, wires, port);
    return &gpio->base;
}
