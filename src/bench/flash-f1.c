/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/flash-keys.h"
#include "bench/wires.h"

/*
 * The flash interface of the STM32F1 (PM0075): registers in front of the NOR model. It has no
 * cache. Option bytes can be set by the board, not programmed.
 */

enum {
    ACR = 0x00,
    KEYR = 0x04,
    OPTKEYR = 0x08,
    SR = 0x0c,
    CR = 0x10,
    AR = 0x14,
    OBR = 0x1c,
    WRPR = 0x20,
};

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
#define SR_FLAGS (SR_PGERR | SR_WRPRTERR | SR_EOP)
/* PM0075 3.5 */
#define CR_PG (1u << 0)
#define CR_PER (1u << 1)
#define CR_MER (1u << 2)
#define CR_OPTPG (1u << 4)
#define CR_OPTER (1u << 5)
#define CR_STRT (1u << 6)
#define CR_LOCK (1u << 7)
#define CR_OPTWRE (1u << 9)
#define CR_ERRIE (1u << 10)
#define CR_EOPIE (1u << 12)
#define CR_WRITABLE 0x14f7u
/* PM0075 3.7: of a chip as delivered, and the bit of read protection */
#define OBR_DELIVERED 0x03fffffcu
#define OBR_RDPRT (1u << 1)

/* RM0008 10.1.2 */
#define FLASH_IRQ 4

/* DS5319 5.3.9: a half-word takes 52.5 us typical; pages and the whole chip erase in 20 to 40 ms,
 * without a typical figure, of which this is the middle. Below 2 V neither works. */
#define PROGRAM_NS 52500u
#define ERASE_NS 30000000u
#define MIN_MV 2000

/* PM0075 2.4.2: one bit of WRPR protects four pages of 1 KiB. */
#define PROTECTED_UNIT 4096

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    guint32 acr, sr, cr, ar;
    guint32 wrpr; /* 0 protects */
    gboolean read_protected;
    BenchKeys keys;
    gboolean cr_waits; /* a write of CR while busy takes effect at the end */
    guint32 cr_next;
} FlashF1;

static void
update_irq(FlashF1 *f)
{
    gboolean level = ((f->sr & SR_EOP) && (f->cr & CR_EOPIE)) ||
                     ((f->sr & (SR_PGERR | SR_WRPRTERR)) && (f->cr & CR_ERRIE));

    f->base.host->set_irq(f->base.host, FLASH_IRQ, level);
}

static void
fail(FlashF1 *f, guint32 flag)
{
    f->sr |= flag;
    f->cr &= ~CR_STRT;
    update_irq(f);
}

/* -- operations -- */

static gboolean
is_protected(const FlashF1 *f, guint32 addr)
{
    guint unit = (addr - f->wires->parts->chip->flash_base) / PROTECTED_UNIT;

    /* PM0075 2.4.1: read protection write-protects the first four pages. */
    return (f->read_protected && unit == 0) || !(f->wrpr & (1u << MIN(unit, 31)));
}

static BenchNorQuality
get_quality(const FlashF1 *f)
{
    return f->base.host->supply_mv >= MIN_MV ? BENCH_NOR_SOUND : BENCH_NOR_WEAK;
}

/* PM0075 2.3: erase and program are timed by the internal oscillator. */
static gboolean
has_clock(FlashF1 *f)
{
    if (!f->wires->hsi_on)
        f->base.host->firmware_fault(f->base.host, "flash erased or programmed with HSI off");
    return f->wires->hsi_on;
}

static void write_cr(FlashF1 *f, guint32 value);

/* What is due until now. Registers call it too, so that they are right between two events. */
static void
settle(FlashF1 *f)
{
    BenchPeripheralHost *host = f->base.host;
    guint32 addr, size;
    BenchNorEvent event = bench_nor_advance(f->wires->nor, host->now_ns(host), &addr, &size);

    if (event == BENCH_NOR_NOTHING)
        return;
    host->flash_changed(host, addr, size);
    if (event == BENCH_NOR_CUT) {
        host->power_fails(host);
        return;
    }
    f->cr &= ~CR_STRT;
    f->sr |= SR_EOP;
    host->flash_busy_until(host, 0);
    host->event_moved(host);
    if (f->cr_waits) {
        f->cr_waits = FALSE;
        write_cr(f, f->cr_next);
    }
    update_irq(f);
}

static void
begun(FlashF1 *f)
{
    BenchPeripheralHost *host = f->base.host;
    guint64 until = bench_nor_get_busy_until_ns(f->wires->nor);

    if (until > host->now_ns(host)) {
        host->flash_busy_until(host, until);
        host->event_moved(host);
    }
    settle(f);
}

static void
begin_erase(FlashF1 *f)
{
    const BenchChip *chip = f->wires->parts->chip;
    gint sector = f->cr & CR_MER ? -1 : bench_nor_find_sector(f->wires->nor, f->ar);
    guint32 from = f->cr & CR_MER ? chip->flash_base : f->ar;
    guint32 to = f->cr & CR_MER ? chip->flash_base + chip->flash_size : f->ar + 1;

    if (!(f->cr & (CR_PER | CR_MER)) || (sector < 0 && !(f->cr & CR_MER)) || !has_clock(f)) {
        f->cr &= ~CR_STRT;
        return;
    }
    for (guint32 addr = from; addr < to; addr += PROTECTED_UNIT) {
        if (is_protected(f, addr)) {
            fail(f, SR_WRPRTERR);
            return;
        }
    }
    bench_nor_begin_erase(f->wires->nor, sector, f->base.host->now_ns(f->base.host), ERASE_NS,
                          get_quality(f));
    begun(f);
}

static void
flash_f1_program(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    FlashF1 *f = (FlashF1 *)self;
    const guint8 *cells = f->wires->parts->flash + offset;
    guint32 addr = f->wires->parts->chip->flash_base + offset;

    settle(f);
    /* PM0075 2.3.2: on silicon a bus error. */
    if ((f->cr & CR_LOCK) || !(f->cr & CR_PG) || size != 2 || bench_nor_is_busy(f->wires->nor)) {
        self->host->firmware_fault(self->host, "flash written without PG or not by half-words");
        return;
    }
    if (!has_clock(f))
        return;
    if (is_protected(f, addr)) {
        fail(f, SR_WRPRTERR);
    } else if ((cells[0] != 0xff || cells[1] != 0xff) && (value & 0xffff) != 0) {
        fail(f, SR_PGERR);
    } else {
        bench_nor_begin_program(f->wires->nor, addr, size, value, self->host->now_ns(self->host),
                                PROGRAM_NS, get_quality(f));
        begun(f);
    }
}

/* -- registers -- */

static void
write_cr(FlashF1 *f, guint32 value)
{
    if (bench_nor_is_busy(f->wires->nor)) {
        f->cr_waits = TRUE;
        f->cr_next = value;
        return;
    }
    if (f->cr & CR_LOCK)
        return;
    if (value & (CR_OPTPG | CR_OPTER))
        f->base.host->firmware_fault(f->base.host,
                                     "FLASH_CR: the bench does not program option bytes");
    f->cr = value & CR_WRITABLE;
    if (f->cr & CR_LOCK)
        f->keys = BENCH_KEYS_NONE;
    update_irq(f);
    if (value & CR_STRT)
        begin_erase(f);
}

static guint32
flash_f1_read(BenchPeripheral *self, guint32 offset, guint size)
{
    FlashF1 *f = (FlashF1 *)self;

    settle(f);
    switch (offset & ~3u) {
    case ACR:
        return f->acr | (f->acr & ACR_PRFTBE ? ACR_PRFTBS : 0);
    case SR:
        return f->sr | (bench_nor_is_busy(f->wires->nor) ? SR_BSY : 0);
    case CR:
        return f->cr;
    case OBR:
        return OBR_DELIVERED | (f->read_protected ? OBR_RDPRT : 0);
    case WRPR:
        return f->wrpr;
    default:
        return 0;
    }
}

static void
flash_f1_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    FlashF1 *f = (FlashF1 *)self;

    settle(f);
    switch (offset & ~3u) {
    case ACR:
        f->acr = bench_peripheral_merge(f->acr, offset, size, value) & ACR_WRITABLE;
        f->wires->wait_states = f->acr & ACR_LATENCY;
        bench_wires_check_clock(f->wires);
        break;
    case KEYR:
        f->keys = bench_keys_write(f->keys, value, BENCH_FLASH_KEY1, BENCH_FLASH_KEY2);
        f->cr = f->keys == BENCH_KEYS_OPEN ? f->cr & ~CR_LOCK : f->cr | CR_LOCK;
        break;
    case SR:
        f->sr &= ~(bench_peripheral_merge(0, offset, size, value) & SR_FLAGS);
        update_irq(f);
        break;
    case CR:
        write_cr(f, bench_peripheral_merge(f->cr, offset, size, value));
        break;
    case AR:
        if (!bench_nor_is_busy(f->wires->nor))
            f->ar = bench_peripheral_merge(f->ar, offset, size, value);
        break;
    default:
        break;
    }
}

static void
abort_operation(FlashF1 *f)
{
    guint32 addr, size;

    if (!bench_nor_abort(f->wires->nor, &addr, &size))
        return;
    f->base.host->flash_changed(f->base.host, addr, size);
    f->base.host->flash_busy_until(f->base.host, 0);
}

/* Bits of `wrp_units` are 4 KiB each, as in WRPR. */
static void
flash_f1_protect(BenchPeripheral *self, guint rdp_level, guint32 wrp_units)
{
    FlashF1 *f = (FlashF1 *)self;

    f->wrpr = ~wrp_units;
    f->read_protected = rdp_level != 0;
    f->wires->parts->rdp_level = f->read_protected ? 1 : 0;
}

static void
flash_f1_reset(BenchPeripheral *self, gboolean power_on)
{
    FlashF1 *f = (FlashF1 *)self;
    const BenchChip *chip = f->wires->parts->chip;

    abort_operation(f);
    if (power_on && bench_nor_decay(f->wires->nor))
        self->host->flash_changed(self->host, chip->flash_base, chip->flash_size);
    f->acr = ACR_PRFTBE;
    f->wires->wait_states = 0;
    f->sr = 0;
    f->cr = CR_LOCK;
    f->ar = 0;
    f->cr_waits = FALSE;
    f->keys = BENCH_KEYS_NONE;
    f->wires->parts->rdp_level = f->read_protected ? 1 : 0;
    update_irq(f);
}

static void
flash_f1_power_off(BenchPeripheral *self)
{
    abort_operation((FlashF1 *)self);
}

static guint64
flash_f1_next_event_ns(BenchPeripheral *self)
{
    return bench_nor_get_next_event_ns(((FlashF1 *)self)->wires->nor);
}

static void
flash_f1_advance(BenchPeripheral *self, guint64 now_ns)
{
    settle((FlashF1 *)self);
}

static void
flash_f1_free(BenchPeripheral *self)
{
    bench_nor_free(((FlashF1 *)self)->wires->nor);
    g_free(self);
}

static const BenchPeripheralOps flash_f1_ops = {
    .read = flash_f1_read,
    .write = flash_f1_write,
    .reset = flash_f1_reset,
    .power_off = flash_f1_power_off,
    .next_event_ns = flash_f1_next_event_ns,
    .advance = flash_f1_advance,
    .free = flash_f1_free,
};

BenchPeripheral *
bench_flash_f1_new(BenchWires *wires)
{
    FlashF1 *f = g_new0(FlashF1, 1);

    f->base = (BenchPeripheral){.ops = &flash_f1_ops,
                                .name = "FLASH",
                                .base = 0x40022000, /* RM0008 3.3 */
                                .size = 0x400,
                                .host = wires->parts->host};
    f->wires = wires;
    f->wrpr = ~0u;
    wires->flash = &f->base;
    wires->flash_write = flash_f1_program;
    wires->flash_protect = flash_f1_protect;
    return &f->base;
}
