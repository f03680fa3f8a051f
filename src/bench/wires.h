/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "chips.h"
#include "nor.h"
#include "uart-frame.h"

G_BEGIN_DECLS

/*
 * The signals between the peripherals of one chip, and the constructors of all of them. Each
 * field has one writer; the others read it when they need it. chips.c makes it, the RCC frees it.
 */

#define BENCH_N_PORTS 8

/* The highest core clock that each number of wait states allows, at and above a supply voltage. */
typedef struct {
    guint min_mv;
    guint32 max_hz[8]; /* ends with the first 0 */
} BenchWaitStates;

typedef struct {
    guint8 port, pin, function;
} BenchUsartPin;

/* A stream of DMA1 or DMA2 and the channel of it that a request of a peripheral comes in by. */
typedef struct {
    guint8 controller; /* 1 or 2; 0 ends a list */
    guint8 stream, channel;
} BenchDmaRequest;

typedef struct {
    guint32 base;
    guint irq;
    guint bus;           /* 0: APB1, 1: APB2 */
    BenchUsartPin tx[3]; /* that can carry TX */
    guint n_tx;
    BenchUsartPin rx[3];
    guint n_rx; /* 0: it receives whatever the mode of a pin (F1: RX is an input) */
    BenchDmaRequest dma_rx[2], dma_tx[2];
} BenchUsartRow;

#define BENCH_N_USARTS 4

typedef struct BenchWires BenchWires;
struct BenchWires {
    BenchParts *parts;
    const BenchWaitStates *wait_state_table; /* highest voltage first, ends with min_mv 0 */
    guint64 random;                          /* whatever is left to chance outside of the flash */

    guint32 hclk_hz;          /* RCC */
    guint32 pclk_hz[2];       /* RCC: APB1, APB2 */
    gboolean hsi_on;          /* RCC */
    gboolean pll_on;          /* RCC */
    guint32 max_hclk_hz;      /* PWR: what the core's voltage allows */
    gboolean backup_writable; /* PWR: DBP */
    guint wait_states;        /* flash controller */
    gboolean iwdg_freezes;    /* DBGMCU: the watchdog stands still while the core is halted */
    gboolean iwdg_always;     /* flash controller: the option bytes start the watchdog at reset */

    BenchNor *nor;
    BenchPeripheral *flash;
    /* The flash controller's side of chips.h; `offset` from the flash's base leads to areas, too. */
    void (*flash_write)(BenchPeripheral *flash, guint32 offset, guint size, guint32 value);
    void (*flash_protect)(BenchPeripheral *flash, guint rdp_level, guint32 wrp_sectors);
    void (*flash_load_options)(BenchPeripheral *flash);
    void (*flash_describe_options)(BenchPeripheral *flash, GString *text);
    BenchPeripheral *exti;
    BenchPeripheral *syscfg;
    BenchPeripheral *iwdg;
    BenchPeripheral *gpio[BENCH_N_PORTS];
    BenchPeripheral *usart[BENCH_N_USARTS]; /* in the order of the family's rows */
    BenchPeripheral *dma[2];
};

/* Reports a core clock that wait states, voltage or the core cannot bear. */
void bench_wires_check_clock(BenchWires *wires);

/* -- constructors; each gives a peripheral that its ops->free frees -- */
BenchPeripheral *bench_rcc_f1_new(BenchWires *wires);
BenchPeripheral *bench_rcc_f3_new(BenchWires *wires);
BenchPeripheral *bench_rcc_f4_new(BenchWires *wires);
BenchPeripheral *bench_rcc_l4_new(BenchWires *wires);
BenchPeripheral *bench_flash_f1_new(BenchWires *wires);
BenchPeripheral *bench_flash_f4_new(BenchWires *wires);
BenchPeripheral *bench_flash_l4_new(BenchWires *wires);
BenchPeripheral *bench_gpio_f1_new(BenchWires *wires, guint port);
BenchPeripheral *bench_gpio_f4_new(BenchWires *wires, guint port);
BenchPeripheral *bench_pwr_f4_new(BenchWires *wires);
BenchPeripheral *bench_backup_sram_new(BenchWires *wires, guint32 base);
BenchPeripheral *bench_exti_new(BenchWires *wires, guint32 base);
/* SYSCFG (F4) or AFIO (F1): which port is behind which line of EXTI. */
BenchPeripheral *bench_syscfg_new(BenchWires *wires, const char *name, guint32 base);
/* `row` (transfer none) lives as long as the peripheral. */
BenchPeripheral *bench_usart_new(BenchWires *wires, const BenchUsartRow *row);
/* DMA1 and DMA2 of the F4: `controller` is 1 or 2. */
BenchPeripheral *bench_dma_new(BenchWires *wires, guint controller, guint32 base);
BenchPeripheral *bench_crc_new(BenchWires *wires, guint32 base);
BenchPeripheral *bench_iwdg_new(BenchWires *wires, guint32 base);
/* The bit of a register (by offset) that freezes the watchdog while the core is halted. */
BenchPeripheral *
bench_dbgmcu_new(BenchWires *wires, guint32 idcode, guint32 freeze_reg, guint freeze_bit);
/* The cells of an area of the flash, which the flash controller programs. */
BenchPeripheral *bench_cells_new(BenchWires *wires, BenchFlashArea area);
/* Words that never change; `size` is a multiple of 4. */
BenchPeripheral *
bench_rom_new(BenchWires *wires, const char *name, guint32 base, const guint8 *bytes, guint32 size);

/* -- from one to the other -- */
/* RCC: the bit of an enable register (by offset) that gates a peripheral. */
void bench_rcc_gate(BenchPeripheral *rcc, guint32 enable_reg, guint bit, BenchPeripheral *gated);
/* EXTI: a pin has a new level; a line listens to another port. */
void bench_exti_set_level(BenchPeripheral *exti, guint port, guint pin, gboolean level);
void bench_exti_select_port(BenchPeripheral *exti, guint line, guint port, gboolean level);
/* IWDG: whether it is to stand still may have changed. */
void bench_iwdg_update(BenchPeripheral *iwdg);
/* GPIO: the world outside; the level on a pin; whether a pin carries an alternate function. */
void bench_gpio_drive(BenchPeripheral *gpio, guint pin, BenchPinDrive drive);
gboolean bench_gpio_get_level(BenchPeripheral *gpio, guint pin);
gboolean bench_gpio_is_alternate(BenchPeripheral *gpio, guint pin, guint function);
/* USART: a start bit comes to RX at `start_ns`, and the frame behind it. */
void bench_usart_receive(BenchPeripheral *usart, const BenchUartFrame *frame, guint64 start_ns);
/* Its shift register holds something. */
gboolean bench_usart_is_sending(BenchPeripheral *usart);
/* DMA: the level of a request line; while it is high a stream that listens to it transfers. */
void bench_dma_set_request(BenchWires *wires, const BenchDmaRequest *request, gboolean level);

G_END_DECLS
