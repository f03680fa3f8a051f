/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"
#include "bench/flash-front.h"
#include "bench/options-f1.h"

/*
 * The flash interface of the STM32F1 (PM0075) and F3 (RM0316 4): registers in front of the NOR
 * model. It has no cache. Option bytes: options-f1.c.
 */

enum { AR = 0x14 };

/* PM0075 3.1: latency, half cycle access, prefetch; its status follows it. */
#define ACR_LATENCY 0x7u
#define ACR_WRITABLE 0x1fu
#define ACR_PRFTBE (1u << 4)
#define ACR_PRFTBS (1u << 5)
/* PM0075 3.4 */
#define SR_BSY (1u << 0)
#define SR_PGERR BENCH_F1_SR_PGERR
#define SR_WRPRTERR BENCH_F1_SR_WRPRTERR
#define SR_EOP (1u << 5)
/* PM0075 3.5 */
#define CR_PG (1u << 0)
#define CR_PER (1u << 1)
#define CR_MER (1u << 2)
#define CR_OPTPG BENCH_F1_CR_OPTPG
#define CR_OPTER BENCH_F1_CR_OPTER
#define CR_STRT (1u << 6)
#define CR_LOCK (1u << 7)
#define CR_OPTWRE BENCH_F1_CR_OPTWRE
#define CR_ERRIE (1u << 10)
#define CR_EOPIE (1u << 12)
#define CR_WRITABLE 0x14f7u
/* DS5319 5.3.9: a half-word takes 52.5 us typical; pages and the whole chip erase in 20 to 40 ms,
 * without a typical figure, of which this is the middle. Below 2 V neither works. */
#define PROGRAM_NS 52500u
#define ERASE_NS 30000000u
#define MIN_MV 2000

static const BenchOptionsF1Times times = {ERASE_NS, PROGRAM_NS, MIN_MV};

typedef struct {
    BenchFlashFront front;
    guint32 ar;
    BenchOptionsF1 options;
} FlashF1;

/* -- operations -- */

/* PM0075 2.3: erase and program are timed by the internal oscillator. */
static gboolean
has_clock(BenchFlashFront *front)
{
    BenchPeripheralHost *host = front->base.host;

    if (!front->wires->hsi_on)
        host->firmware_fault(host, "flash erased or programmed with HSI off");
    return front->wires->hsi_on;
}

static void
erase_pages(FlashF1 *f, gboolean all)
{
    BenchFlashFront *front = &f->front;
    const BenchChip *chip = front->wires->parts->chip;
    gint sector = all ? -1 : bench_nor_find_sector(front->wires->nor, f->ar);
    guint32 from = all ? chip->flash_base : f->ar;
    guint32 to = all ? chip->flash_base + chip->flash_size : f->ar + 1;

    if (sector < 0 && !all)
        return;
    for (guint32 addr = from; addr < to; addr += BENCH_F1_PROTECTED_UNIT) {
        guint32 refusal = bench_options_f1_check(&f->options, addr);
        if (refusal != 0) {
            bench_flash_front_fail(front, refusal);
            return;
        }
    }
    bench_flash_front_begin_erase(front, sector, ERASE_NS, MIN_MV);
}

static void
flash_f1_erase(BenchFlashFront *front)
{
    FlashF1 *f = (FlashF1 *)front;
    guint32 what = front->cr & (CR_PG | CR_PER | CR_MER | CR_OPTPG | CR_OPTER);

    if ((what & (CR_PER | CR_MER | CR_OPTER)) == 0 || !has_clock(front))
        return;
    if ((what & CR_OPTER) != 0 && what != CR_OPTER)
        front->base.host->firmware_fault(front->base.host,
                                         "FLASH_CR: OPTER with another operation");
    else if (what & CR_OPTER)
        bench_options_f1_erase(&f->options);
    else
        erase_pages(f, (what & CR_MER) != 0);
}

static void
program_flash(FlashF1 *f, guint32 addr, guint32 value)
{
    const BenchParts *parts = f->front.wires->parts;
    const guint8 *cells = parts->flash + (addr - parts->chip->flash_base);
    guint32 refusal = bench_options_f1_check(&f->options, addr);

    if (refusal == 0 && (cells[0] != 0xff || cells[1] != 0xff) && (value & 0xffff) != 0)
        refusal = SR_PGERR;
    if (refusal != 0)
        bench_flash_front_fail(&f->front, refusal);
    else
        bench_flash_front_begin_program(&f->front, addr, 2, value, PROGRAM_NS, MIN_MV);
}

static void
flash_f1_program(BenchFlashFront *front, guint32 addr, guint size, guint32 value)
{
    FlashF1 *f = (FlashF1 *)front;
    BenchPeripheralHost *host = front->base.host;
    gboolean is_flash = bench_nor_find_sector(front->wires->nor, addr) >= 0;
    guint32 needed = is_flash ? CR_PG : CR_OPTPG;

    /* PM0075 2.3.2: on silicon a bus error. */
    if ((front->cr & CR_LOCK) || !(front->cr & needed) || size != 2 ||
        bench_nor_is_busy(front->wires->nor)) {
        host->firmware_fault(host, is_flash ? "flash written without PG or not by half-words"
                                            : "option bytes written without OPTPG or not by "
                                              "half-words");
        return;
    }
    if (!has_clock(front))
        return;
    if (is_flash)
        program_flash(f, addr, value);
    else
        bench_options_f1_program(&f->options, addr, value);
}

/* -- registers -- */

static guint32
flash_f1_read(BenchFlashFront *front, guint32 offset)
{
    if (offset == BENCH_FLASH_ACR)
        return front->acr | (front->acr & ACR_PRFTBE ? ACR_PRFTBS : 0);
    return bench_options_f1_read(&((FlashF1 *)front)->options, offset);
}

static void
flash_f1_write(BenchFlashFront *front, guint32 offset, guint size, guint32 value)
{
    FlashF1 *f = (FlashF1 *)front;

    switch (offset & ~3u) {
    case BENCH_FLASH_ACR:
        bench_flash_front_set_acr(front, bench_peripheral_merge(front->acr, offset, size, value));
        break;
    case BENCH_F1_OPTKEYR:
        bench_options_f1_write_key(&f->options, value);
        break;
    case AR:
        if (!bench_nor_is_busy(front->wires->nor))
            f->ar = bench_peripheral_merge(f->ar, offset, size, value);
        break;
    default:
        break;
    }
}

static gboolean
flash_f1_go_on(BenchFlashFront *front)
{
    return bench_options_f1_go_on(&((FlashF1 *)front)->options);
}

/* Bits of `wrp_units` are 4 KiB each, as in WRPR. */
static void
flash_f1_protect(BenchPeripheral *self, guint rdp_level, guint32 wrp_units)
{
    bench_options_f1_protect(&((FlashF1 *)self)->options, rdp_level, wrp_units);
}

static void
flash_f1_load_options(BenchPeripheral *self)
{
    bench_options_f1_reset(&((FlashF1 *)self)->options);
}

static void
flash_f1_describe_options(BenchPeripheral *self, GString *text)
{
    bench_options_f1_describe(&((FlashF1 *)self)->options, text);
}

static void
flash_f1_reset(BenchFlashFront *front)
{
    FlashF1 *f = (FlashF1 *)front;

    f->ar = 0;
    bench_options_f1_reset(&f->options);
}

static const BenchFlashFamily family = {
    .base = 0x40022000, /* RM0008 3.3 */
    .keyr = 0x04,
    .sr = 0x0c,
    .cr = 0x10,
    .irq = 4, /* RM0008 10.1.2 */
    .acr_reset = ACR_PRFTBE,
    .acr_writable = ACR_WRITABLE,
    .acr_latency = ACR_LATENCY,
    .sr_bsy = SR_BSY,
    .sr_eop = SR_EOP,
    .sr_errie_flags = SR_PGERR | SR_WRPRTERR,
    .sr_writable = SR_PGERR | SR_WRPRTERR | SR_EOP,
    .cr_strt = CR_STRT,
    .cr_lock = CR_LOCK,
    .cr_eopie = CR_EOPIE,
    .cr_errie = CR_ERRIE,
    .cr_writable = CR_WRITABLE,
    .cr_clearable = CR_OPTWRE,
    .open_ignores_keys = TRUE,
    .erase = flash_f1_erase,
    .program = flash_f1_program,
    .read = flash_f1_read,
    .write = flash_f1_write,
    .reset = flash_f1_reset,
    .go_on = flash_f1_go_on,
    .protect = flash_f1_protect,
    .load_options = flash_f1_load_options,
    .describe_options = flash_f1_describe_options,
};

BenchPeripheral *
bench_flash_f1_new(BenchWires *wires)
{
    FlashF1 *f = g_new0(FlashF1, 1);

    BenchPeripheral *self = bench_flash_front_init(&f->front, &family, wires);
    bench_options_f1_init(&f->options, &f->front, &times);
    return self;
}
