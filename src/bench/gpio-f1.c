/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/gpio.h"

#include <string.h>

/* A port of the STM32F1 (RM0008 9.2). Remapping by AFIO is not modelled. */

enum { CRL = 0x00, CRH = 0x04, IDR = 0x08, ODR = 0x0c, BSRR = 0x10, BRR = 0x14, LCKR = 0x18 };
#define CR_AT_RESET 0x44444444u

/* RM0008 table 20: MODE in the low two bits, CNF above. */
static guint
get_config(const BenchGpio *gpio, guint pin)
{
    return (gpio->regs[(pin < 8 ? CRL : CRH) / 4] >> (4 * (pin & 7))) & 0xf;
}

static void
describe(const BenchGpio *gpio, guint pin, BenchPinMode *mode)
{
    guint config = get_config(gpio, pin);
    gboolean odr = (gpio->regs[ODR / 4] >> pin) & 1;

    if ((config & 3) == 0) {
        mode->analog = config == 0;
        if (config == 8)
            mode->pull = odr ? BENCH_PIN_HIGH : BENCH_PIN_LOW;
    } else if (config & 8) {
        mode->alternate = TRUE;
    } else {
        mode->drive = config & 4 ? BENCH_DRIVE_OPEN_DRAIN : BENCH_DRIVE_PUSH_PULL;
        mode->output = odr;
    }
}

static guint32
read_idr(const BenchGpio *gpio)
{
    guint32 idr = gpio->levels;

    for (guint pin = 0; pin < 16; pin++)
        if (get_config(gpio, pin) == 0)
            idr &= ~(1u << pin);
    return idr;
}

static guint32
gpio_f1_read(BenchPeripheral *self, guint32 offset, guint size)
{
    const BenchGpio *gpio = (BenchGpio *)self;

    offset &= ~3u;
    if (offset == IDR)
        return read_idr(gpio);
    return offset <= LCKR && offset != BSRR && offset != BRR ? gpio->regs[offset / 4] : 0;
}

static void
gpio_f1_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    BenchGpio *gpio = (BenchGpio *)self;
    guint32 reg = offset & ~3u, *odr = &gpio->regs[ODR / 4];

    /* RM0008 9.2: these registers are accessed by words. */
    if (size != 4)
        self->host->firmware_fault(self->host, "GPIO register accessed by less than a word");
    else if (reg == BSRR)
        *odr = (*odr & ~(value >> 16)) | (value & 0xffff);
    else if (reg == BRR)
        *odr &= ~(value & 0xffff);
    else if (reg == ODR)
        *odr = value & 0xffff;
    else if (reg <= LCKR && reg != IDR)
        gpio->regs[reg / 4] = value;
    bench_gpio_update(gpio);
}

static void
gpio_f1_reset(BenchPeripheral *self, gboolean power_on)
{
    BenchGpio *gpio = (BenchGpio *)self;

    if (power_on)
        bench_gpio_power_on(gpio);
    memset(gpio->regs, 0, sizeof gpio->regs);
    gpio->regs[CRL / 4] = CR_AT_RESET;
    gpio->regs[CRH / 4] = CR_AT_RESET;
    bench_gpio_update(gpio);
}

static void
gpio_f1_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps gpio_f1_ops = {
    .read = gpio_f1_read,
    .write = gpio_f1_write,
    .reset = gpio_f1_reset,
    .free = gpio_f1_free,
};

BenchPeripheral *
bench_gpio_f1_new(BenchWires *wires, guint port)
{
    static const char *const names[] = {"GPIOA", "GPIOB", "GPIOC", "GPIOD",
                                        "GPIOE", "GPIOF", "GPIOG"};
    BenchGpio *gpio = g_new0(BenchGpio, 1);

    g_assert(port < G_N_ELEMENTS(names));
    /* RM0008 3.3 */
    gpio->base = (BenchPeripheral){.ops = &gpio_f1_ops,
                                   .name = names[port],
                                   .base = 0x40010800 + 0x400 * port,
                                   .size = 0x400,
                                   .host = wires->parts->host};
    gpio->describe = describe;
    bench_gpio_init(gpio, wires, port);
    return &gpio->base;
}
