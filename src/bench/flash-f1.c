/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"
#include "bench/flash-front.h"

/*
 * The flash interface of the STM32F1 (PM0075) and F3 (RM0316 4): registers in front of the NOR
 * model. It has no cache. Option bytes can be set by the board, not programmed.
 */

enum { AR = 0x14, OBR = 0x1c, WRPR = 0x20 };

/* PM0075 3.1: latency, half cycle access, prefetch; its status follows it. */
#define ACR_LATENCY 0x7u
#define ACR_WRITABLE 0x1fu
#define ACR_PRFTBE (1u << 4)
#define ACR_PRFTBS (1u << 5)
/* PM0075 3.4 */
#define SR_BSY (1u << 0)
#define SR_PGERR (1u << 2)
#define SR_WRPRTERR (1u << 4)
#define SR_EOP (1u << 5)
/* PM0075 3.5 */
#define CR_PG (1u << 0)
#define CR_PER (1u << 1)
#define CR_MER (1u << 2)
#define CR_OPTPG (1u << 4)
#define CR_OPTER (1u << 5)
#define CR_STRT (1u << 6)
#define CR_LOCK (1u << 7)
#define CR_ERRIE (1u << 10)
#define CR_EOPIE (1u << 12)
#define CR_WRITABLE 0x14f7u
/* PM0075 3.7: one bit of read protection; RM0316 4.5.7: two of them, both set at level 2 */
#define OBR_RDPRT_SHIFT 1

/* DS5319 5.3.9: a half-word takes 52.5 us typical; pages and the whole chip erase in 20 to 40 ms,
 * without a typical figure, of which this is the middle. Below 2 V neither works. */
#define PROGRAM_NS 52500u
#define ERASE_NS 30000000u
#define MIN_MV 2000

/* PM0075 2.4.2, RM0316 4.3.2: one bit of WRPR protects four pages of 1 KiB or two of 2 KiB, the
 * last one all that is left. */
#define PROTECTED_UNIT 4096

typedef struct {
    BenchFlashFront front;
    guint32 ar;
    guint32 wrpr; /* 0 protects */
    guint rdp_level;
} FlashF1;

/* -- operations -- */

static gboolean
is_protected(const FlashF1 *f, guint32 addr)
{
    const BenchChip *chip = f->front.wires->parts->chip;
    guint unit = (addr - chip->flash_base) / PROTECTED_UNIT;

    /* PM0075 2.4.1: read protection write-protects the first 4 KiB; the F3 has no such rule. */
    return (f->rdp_level > 0 && unit == 0 && chip->family->max_rdp_level == 1) ||
           !(f->wrpr & (1u << MIN(unit, 31)));
}

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
flash_f1_erase(BenchFlashFront *front)
{
    FlashF1 *f = (FlashF1 *)front;
    const BenchChip *chip = front->wires->parts->chip;
    gboolean all = (front->cr & CR_MER) != 0;
    gint sector = all ? -1 : bench_nor_find_sector(front->wires->nor, f->ar);
    guint32 from = all ? chip->flash_base : f->ar;
    guint32 to = all ? chip->flash_base + chip->flash_size : f->ar + 1;

    if (!(front->cr & (CR_PER | CR_MER)) || (sector < 0 && !all) || !has_clock(front))
        return;
    for (guint32 addr = from; addr < to; addr += PROTECTED_UNIT) {
        if (is_protected(f, addr)) {
            bench_flash_front_fail(front, SR_WRPRTERR);
            return;
        }
    }
    bench_flash_front_begin_erase(front, sector, ERASE_NS, MIN_MV);
}

static void
flash_f1_program(BenchFlashFront *front, guint32 addr, guint size, guint32 value)
{
    BenchPeripheralHost *host = front->base.host;
    const BenchParts *parts = front->wires->parts;
    const guint8 *cells = parts->flash + (addr - parts->chip->flash_base);

    /* PM0075 2.3.2: on silicon a bus error. */
    if (addr - parts->chip->flash_base >= parts->chip->flash_size || (front->cr & CR_LOCK) ||
        !(front->cr & CR_PG) || size != 2 || bench_nor_is_busy(front->wires->nor)) {
        host->firmware_fault(host, "flash written without PG or not by half-words");
        return;
    }
    if (!has_clock(front))
        return;
    if (is_protected((FlashF1 *)front, addr))
        bench_flash_front_fail(front, SR_WRPRTERR);
    else if ((cells[0] != 0xff || cells[1] != 0xff) && (value & 0xffff) != 0)
        bench_flash_front_fail(front, SR_PGERR);
    else
        bench_flash_front_begin_program(front, addr, size, value, PROGRAM_NS, MIN_MV);
}

/* -- registers -- */

static guint32
flash_f1_read(BenchFlashFront *front, guint32 offset)
{
    FlashF1 *f = (FlashF1 *)front;

    switch (offset) {
    case BENCH_FLASH_ACR:
        return front->acr | (front->acr & ACR_PRFTBE ? ACR_PRFTBS : 0);
    case OBR:
        return front->wires->parts->chip->family->obr_delivered |
               (f->rdp_level == 2 ? 3u : f->rdp_level) << OBR_RDPRT_SHIFT;
    case WRPR:
        return f->wrpr;
    default:
        return 0;
    }
}

static void
flash_f1_write(BenchFlashFront *front, guint32 offset, guint size, guint32 value)
{
    FlashF1 *f = (FlashF1 *)front;

    switch (offset & ~3u) {
    case BENCH_FLASH_ACR:
        bench_flash_front_set_acr(front, bench_peripheral_merge(front->acr, offset, size, value));
        break;
    case AR:
        if (!bench_nor_is_busy(front->wires->nor))
            f->ar = bench_peripheral_merge(f->ar, offset, size, value);
        break;
    default:
        break;
    }
}

static void
load_option(FlashF1 *f)
{
    f->front.wires->parts->rdp_level = f->rdp_level;
}

/* Bits of `wrp_units` are 4 KiB each, as in WRPR. */
static void
flash_f1_protect(BenchPeripheral *self, guint rdp_level, guint32 wrp_units)
{
    FlashF1 *f = (FlashF1 *)self;

    f->wrpr = ~wrp_units;
    f->rdp_level = MIN(rdp_level, f->front.wires->parts->chip->family->max_rdp_level);
    load_option(f);
}

static void
flash_f1_reset(BenchFlashFront *front)
{
    FlashF1 *f = (FlashF1 *)front;

    f->ar = 0;
    load_option(f);
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
    .erase = flash_f1_erase,
    .program = flash_f1_program,
    .read = flash_f1_read,
    .write = flash_f1_write,
    .reset = flash_f1_reset,
    .protect = flash_f1_protect,
};

BenchPeripheral *
bench_flash_f1_new(BenchWires *wires)
{
    FlashF1 *f = g_new0(FlashF1, 1);

    f->wrpr = ~0u;
    return bench_flash_front_init(&f->front, &family, wires);
}
