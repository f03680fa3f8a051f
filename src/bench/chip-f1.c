/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"

#include <string.h>

/* The medium-density STM32F103 (RM0008, PM0075, DS5319). Addresses are from RM0008 3.3. */

/* PM0075 table 3: pages of 1 KiB; the x8 has the first half. */
#define SIXTEEN_PAGES \
    1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024, 1024
static const guint32 f103xb_sectors[] = {
    SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES,
    SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES, SIXTEEN_PAGES,
};

/* PM0075 3.1, in Hz */
static const BenchWaitStates wait_states[] = {{0, {24000000, 48000000, 72000000}}};

/* DS5319 table 5: pins of TX, which has no number here. Interrupts: RM0008 10.1.2. */
static const BenchUsartRow usarts[] = {
    {0x40013800, 37, 1, {{0, 9, 0}}, 1},
    {0x40004400, 38, 0, {{0, 2, 0}}, 1},
    {0x40004800, 39, 0, {{1, 10, 0}}, 1},
};

/* RM0008 7.3.6 to 7.3.8 */
static const BenchGate gates[] = {
    {0x40023000, 0x14, 6},  /* CRC */
    {0x40010000, 0x18, 0},  /* AFIO */
    {0x40010800, 0x18, 2},  /* GPIOA */
    {0x40010c00, 0x18, 3},  /* GPIOB */
    {0x40011000, 0x18, 4},  /* GPIOC */
    {0x40011400, 0x18, 5},  /* GPIOD */
    {0x40011800, 0x18, 6},  /* GPIOE */
    {0x40013800, 0x18, 14}, /* USART1 */
    {0x40004400, 0x1c, 17}, /* USART2 */
    {0x40004800, 0x1c, 18}, /* USART3 */
};

/* RM0008 30: the flash size in KiB at 0x1FFFF7E0, the unique id at 0x1FFFF7E8. */
#define ID_BASE 0x1ffff7e0u
#define ID_SIZE 0x14u

/* RM0008 31.6.1: device 0x410 in bits 11:0; 0x2003 is revision Y and later. */
#define IDCODE 0x20036410u

static BenchPeripheral *
make_ids(BenchWires *wires)
{
    guint8 words[ID_SIZE];
    guint kib = wires->parts->chip->flash_size / 1024;

    memset(words, 0xff, sizeof words);
    words[0] = (guint8)kib;
    words[1] = (guint8)(kib >> 8);
    bench_chip_make_unique_id(wires, words + 8);
    return bench_rom_new(wires, "ID", ID_BASE, words, sizeof words);
}

static void
create_f103(BenchParts *parts)
{
    BenchWires *wires = bench_chip_begin(parts);
    BenchPeripheral *rcc = bench_rcc_f1_new(wires);

    wires->wait_state_table = wait_states;
    g_ptr_array_add(parts->peripherals, rcc);
    g_ptr_array_add(parts->peripherals, make_ids(wires));
    g_ptr_array_add(parts->peripherals, bench_flash_f1_new(wires));
    g_ptr_array_add(parts->peripherals, bench_exti_new(wires, 0x40010400));
    g_ptr_array_add(parts->peripherals, bench_syscfg_new(wires, "AFIO", 0x40010000));
    for (guint port = 0; port < 5; port++)
        g_ptr_array_add(parts->peripherals, bench_gpio_f1_new(wires, port));
    for (guint i = 0; i < G_N_ELEMENTS(usarts); i++)
        g_ptr_array_add(parts->peripherals, bench_usart_new(wires, &usarts[i]));
    g_ptr_array_add(parts->peripherals, bench_crc_new(wires, 0x40023000));
    g_ptr_array_add(parts->peripherals, bench_iwdg_new(wires, 0x40003000));
    /* RM0008 31.16.3: DBG_IWDG_STOP of DBGMCU_CR */
    g_ptr_array_add(parts->peripherals, bench_dbgmcu_new(wires, IDCODE, 0x04, 8));
    bench_chip_end(parts, rcc, gates, G_N_ELEMENTS(gates));
}

/* Core: Cortex-M3 r1p1 (PM0056 4.4.2); debug port: RM0008 31.8.3; interrupts: up to the USB wake-up
 * at 42 (RM0008 10.1.2). */
#define F103(chip_name, sectors)                                                                  \
    {                                                                                             \
        .name = chip_name, .core = BENCH_CORE_M3, .cpuid = 0x411fc231, .dpidr = 0x1ba01477,       \
        .n_irqs = 43, .reset_hz = 8000000, .dbgmcu_base = 0xe0042000, .flash_base = 0x08000000,   \
        .flash_size = 1024 * (sectors), .n_sectors = (sectors), .ram = {{0x20000000, 20 * 1024}}, \
        .extra = f103xb_sectors, .create = create_f103,                                           \
    }

const BenchChip bench_chip_stm32f103c8 = F103("STM32F103C8", 64);
const BenchChip bench_chip_stm32f103cb = F103("STM32F103CB", 128);
