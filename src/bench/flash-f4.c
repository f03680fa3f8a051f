/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/flash-keys.h"
#include "bench/random.h"
#include "bench/wires.h"

#include <string.h>

/*
 * The flash interface of the STM32F4: registers in front of the NOR model, with the caches of the
 * ART accelerator. RM0383 is the manual where nothing else is said.
 */

enum { ACR = 0x00, KEYR = 0x04, OPTKEYR = 0x08, SR = 0x0c, CR = 0x10, OPTCR = 0x14 };

/* RM0383 3.8.1 FLASH_ACR */
#define ACR_LATENCY 0xfu
#define ACR_ICEN (1u << 9)
#define ACR_DCEN (1u << 10)
#define ACR_ICRST (1u << 11)
#define ACR_DCRST (1u << 12)
#define ACR_WRITABLE 0x1f0fu
/* RM0383 3.8.4 FLASH_SR */
#define SR_EOP (1u << 0)
#define SR_OPERR (1u << 1)
#define SR_WRPERR (1u << 4)
#define SR_PGAERR (1u << 5)
#define SR_PGPERR (1u << 6)
#define SR_PGSERR (1u << 7)
#define SR_BSY (1u << 16)
#define SR_FLAGS 0x1f3u
/* RM0383 3.8.5 FLASH_CR */
#define CR_PG (1u << 0)
#define CR_SER (1u << 1)
#define CR_MER (1u << 2)
#define CR_STRT (1u << 16)
#define CR_EOPIE (1u << 24)
#define CR_ERRIE (1u << 25)
#define CR_LOCK (1u << 31)
#define CR_WRITABLE 0x8301037fu
/* RM0383 3.8.6 FLASH_OPTCR; the value of a chip as delivered */
#define OPTCR_LOCK (1u << 0)
#define OPTCR_START (1u << 1)
#define OPTCR_DELIVERED 0x0fffaaedu
#define OPTCR_WRITABLE 0x8fffffeeu

/* RM0383 3.6.2 */
#define OPTKEY1 0x08192a3bu
#define OPTKEY2 0x4c5d6e7fu

/* RM0383 table 37 (vector table) */
#define FLASH_IRQ 4

/* DS10314 6.3.12 (memory characteristics): one access takes 16 us typical at any width. */
#define PROGRAM_NS 16000u

/* RM0383 table 6 (maximum program/erase parallelism): supply that a parallelism needs, in mV.
 * x64 needs a voltage on VPP, which no board of the bench has. */
static const guint parallelism_min_mv[] = {1700, 2100, 2700, G_MAXUINT};

/* DS10314 6.3.12: typical erase times in ms by parallelism x8, x16, x32; x64 erases as x32. */
static const struct {
    guint32 sector_size;
    guint16 ms[4];
} erase_times[] = {
    {16 * 1024, {400, 300, 250, 250}},
    {64 * 1024, {1200, 700, 550, 550}},
    {128 * 1024, {2000, 1300, 1000, 1000}},
};
static const guint16 mass_erase_ms[] = {8000, 5500, 4000, 4000};

/* RM0383 3.4.2: lines of 128 bits; the data cache has 8 of them, the instruction cache 64. The
 * model keeps 8 in each. */
#define LINE_SIZE 16
#define N_LINES 8

/* One cache: lines that were erased beneath it and are still seen with their old contents. */
typedef struct {
    gboolean warm; /* has been on since it was last reset, so it may hold anything */
    guint32 stale[N_LINES];
    guint n_stale;
    guint oldest;
} Cache;

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    guint32 acr, sr, cr;
    guint32 optcr;  /* the register */
    guint32 option; /* the option bytes themselves, in the register's places */
    BenchKeys keys, option_keys;
    gboolean cr_waits; /* a write of CR while busy takes effect at the end */
    guint32 cr_next;
    Cache data, instructions;
} FlashF4;

static void
update_irq(FlashF4 *f)
{
    gboolean level =
        ((f->sr & SR_EOP) && (f->cr & CR_EOPIE)) || ((f->sr & SR_OPERR) && (f->cr & CR_ERRIE));
    f->base.host->set_irq(f->base.host, FLASH_IRQ, level);
}

/* -- caches -- */

static gboolean
is_stale(const Cache *cache, guint32 line)
{
    for (guint i = 0; i < cache->n_stale; i++)
        if (cache->stale[i] == line)
            return TRUE;
    return FALSE;
}

static void
forget_stale(FlashF4 *f, Cache *cache, const Cache *other)
{
    for (guint i = 0; i < cache->n_stale; i++)
        if (!is_stale(other, cache->stale[i]))
            f->base.host->flash_changed(f->base.host, cache->stale[i], LINE_SIZE);
    cache->n_stale = 0;
    cache->warm = FALSE;
}

static gboolean
is_blank(const guint8 *bytes, gsize size)
{
    for (gsize i = 0; i < size; i++)
        if (bytes[i] != 0xff)
            return FALSE;
    return TRUE;
}

/* Before an erase: which of its lines a warm cache happens to hold. Lines that are blank already
 * would not show, so others are looked for. */
static void
pick_stale(FlashF4 *f, Cache *cache, guint32 addr, guint32 size)
{
    gsize cells_size;
    const guint8 *cells = bench_nor_get_cells(f->wires->nor, &cells_size);

    if (!cache->warm)
        return;
    for (guint i = 0; i < N_LINES; i++) {
        guint32 line =
            addr + LINE_SIZE * (guint32)bench_random_below(&f->wires->random, size / LINE_SIZE);
        if (is_stale(cache, line) ||
            is_blank(cells + (line - f->wires->parts->chip->flash_base), LINE_SIZE))
            continue;
        if (cache->n_stale < N_LINES) {
            cache->stale[cache->n_stale++] = line;
        } else {
            guint32 evicted = cache->stale[cache->oldest];
            cache->stale[cache->oldest] = line;
            cache->oldest = (cache->oldest + 1) % N_LINES;
            f->base.host->flash_changed(f->base.host, evicted, LINE_SIZE);
        }
    }
}

/* Shows what has changed, but for the stale lines. A program access changes the cached copy too
 * (RM0383 3.4.2), so only erases come here with stale lines inside. */
static void
show_change(FlashF4 *f, guint32 addr, guint32 size)
{
    BenchPeripheralHost *host = f->base.host;
    guint32 shown = addr;

    if (size < LINE_SIZE || (f->data.n_stale == 0 && f->instructions.n_stale == 0)) {
        host->flash_changed(host, addr, size);
        return;
    }
    for (guint32 line = addr; line < addr + size; line += LINE_SIZE) {
        if (!is_stale(&f->data, line) && !is_stale(&f->instructions, line))
            continue;
        if (line > shown)
            host->flash_changed(host, shown, line - shown);
        shown = line + LINE_SIZE;
    }
    if (shown < addr + size)
        host->flash_changed(host, shown, addr + size - shown);
}

static void
write_acr(FlashF4 *f, guint32 value)
{
    BenchPeripheralHost *host = f->base.host;

    /* RM0383 3.8.1: the reset bits work only while their cache is off. */
    if ((value & f->acr & ACR_DCEN && value & ACR_DCRST) ||
        (value & f->acr & ACR_ICEN && value & ACR_ICRST))
        host->firmware_fault(host, "FLASH_ACR: cache reset while it is enabled");
    if ((value & ACR_DCRST) && !(value & ACR_DCEN))
        forget_stale(f, &f->data, &f->instructions);
    if ((value & ACR_ICRST) && !(value & ACR_ICEN))
        forget_stale(f, &f->instructions, &f->data);
    f->data.warm |= (value & ACR_DCEN) != 0;
    f->instructions.warm |= (value & ACR_ICEN) != 0;
    f->acr = value & ACR_WRITABLE;
    f->wires->wait_states = value & ACR_LATENCY;
    bench_wires_check_clock(f->wires);
}

/* -- operations -- */

static void
fail(FlashF4 *f, guint32 flag)
{
    f->sr |= flag;
    /* RM0383 3.8.4: OPERR only with its interrupt enabled. */
    if ((f->cr & CR_ERRIE) && flag != SR_PGSERR)
        f->sr |= SR_OPERR;
    update_irq(f);
}

static gboolean
is_protected(const FlashF4 *f, guint sector)
{
    return sector < 12 && !(f->optcr & (1u << (16 + sector)));
}

static guint
get_parallelism(const FlashF4 *f)
{
    return (f->cr >> 8) & 3;
}

static BenchNorQuality
get_quality(const FlashF4 *f)
{
    return f->base.host->supply_mv >= parallelism_min_mv[get_parallelism(f)] ? BENCH_NOR_SOUND
                                                                             : BENCH_NOR_WEAK;
}

static void settle(FlashF4 *f);
static void write_cr(FlashF4 *f, guint32 value);

static void
begun(FlashF4 *f)
{
    BenchPeripheralHost *host = f->base.host;
    guint64 until = bench_nor_get_busy_until_ns(f->wires->nor);

    if (until > host->now_ns(host)) {
        host->flash_busy_until(host, until);
        host->event_moved(host);
    }
    settle(f);
}

/* What is due until now. Registers call it too, so that they are right between two events. */
static void
settle(FlashF4 *f)
{
    BenchPeripheralHost *host = f->base.host;
    guint32 addr, size;

    switch (bench_nor_advance(f->wires->nor, host->now_ns(host), &addr, &size)) {
    case BENCH_NOR_NOTHING:
        return;
    case BENCH_NOR_CUT:
        host->flash_changed(host, addr, size);
        host->power_fails(host);
        return;
    case BENCH_NOR_DONE:
        break;
    }
    f->cr &= ~CR_STRT;
    if (f->cr & CR_EOPIE)
        f->sr |= SR_EOP;
    show_change(f, addr, size);
    host->flash_busy_until(host, 0);
    host->event_moved(host);
    if (f->cr_waits) {
        f->cr_waits = FALSE;
        write_cr(f, f->cr_next);
    }
    update_irq(f);
}

static void
begin_erase(FlashF4 *f)
{
    BenchNor *nor = f->wires->nor;
    guint n_sectors = bench_nor_get_n_sectors(nor);
    guint32 addr = f->wires->parts->chip->flash_base, size = f->wires->parts->chip->flash_size;
    gint sector = f->cr & CR_MER ? -1 : (gint)((f->cr >> 3) & 0xf);
    guint ms = mass_erase_ms[get_parallelism(f)];

    if (!(f->cr & (CR_SER | CR_MER)) || (~f->cr & (CR_SER | CR_MER)) == 0 ||
        sector >= (gint)n_sectors) {
        f->cr &= ~CR_STRT;
        fail(f, SR_PGSERR);
        return;
    }
    for (guint i = 0; i < n_sectors; i++) {
        if ((sector < 0 || i == (guint)sector) && is_protected(f, i)) {
            f->cr &= ~CR_STRT;
            fail(f, SR_WRPERR);
            return;
        }
    }
    if (sector >= 0) {
        bench_nor_get_sector(nor, (guint)sector, &addr, &size);
        for (guint i = 0; i < G_N_ELEMENTS(erase_times); i++)
            if (erase_times[i].sector_size == size)
                ms = erase_times[i].ms[get_parallelism(f)];
    }
    pick_stale(f, &f->data, addr, size);
    pick_stale(f, &f->instructions, addr, size);
    bench_nor_begin_erase(nor, sector, f->base.host->now_ns(f->base.host),
                          ms * G_GUINT64_CONSTANT(1000000), get_quality(f));
    begun(f);
}

static void
flash_f4_program(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    FlashF4 *f = (FlashF4 *)self;
    guint32 addr = f->wires->parts->chip->flash_base + offset;
    gint sector = bench_nor_find_sector(f->wires->nor, addr);

    settle(f);
    /* RM0383 3.5.3 and 3.8.4 */
    if ((f->cr & CR_LOCK) || !(f->cr & CR_PG) || bench_nor_is_busy(f->wires->nor))
        fail(f, SR_PGSERR);
    else if ((offset & 15) + size > 16)
        fail(f, SR_PGAERR);
    else if (size != 1u << get_parallelism(f) || offset % size != 0)
        fail(f, SR_PGPERR);
    else if (sector < 0 || is_protected(f, (guint)sector))
        fail(f, SR_WRPERR);
    else {
        bench_nor_begin_program(f->wires->nor, addr, size, value, self->host->now_ns(self->host),
                                PROGRAM_NS, get_quality(f));
        begun(f);
    }
}

/* -- registers -- */

static void
write_cr(FlashF4 *f, guint32 value)
{
    /* RM0383 3.8.5: a write while busy stalls until the operation has ended. */
    if (bench_nor_is_busy(f->wires->nor)) {
        f->cr_waits = TRUE;
        f->cr_next = value;
        return;
    }
    if (f->cr & CR_LOCK)
        return;
    f->cr = value & CR_WRITABLE;
    if (f->cr & CR_LOCK)
        f->keys = BENCH_KEYS_NONE;
    update_irq(f);
    if (value & CR_STRT)
        begin_erase(f);
}

static void
write_optcr(FlashF4 *f, guint32 value)
{
    BenchPeripheralHost *host = f->base.host;

    if (f->optcr & OPTCR_LOCK)
        return;
    f->optcr = (f->optcr & ~OPTCR_WRITABLE) | (value & OPTCR_WRITABLE & ~OPTCR_START);
    if (value & OPTCR_LOCK) {
        f->optcr |= OPTCR_LOCK;
        f->option_keys = BENCH_KEYS_NONE;
    }
    if (value & OPTCR_START)
        host->firmware_fault(host, "FLASH_OPTCR: the bench does not program option bytes");
}

static guint32
flash_f4_read(BenchPeripheral *self, guint32 offset, guint size)
{
    FlashF4 *f = (FlashF4 *)self;

    settle(f);
    switch (offset & ~3u) {
    case ACR:
        return f->acr;
    case SR:
        return f->sr | (bench_nor_is_busy(f->wires->nor) ? SR_BSY : 0);
    case CR:
        return f->cr;
    case OPTCR:
        return f->optcr;
    default:
        return 0;
    }
}

static void
flash_f4_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    FlashF4 *f = (FlashF4 *)self;

    settle(f);
    switch (offset & ~3u) {
    case ACR:
        write_acr(f, bench_peripheral_merge(f->acr, offset, size, value));
        break;
    case KEYR:
        f->keys = bench_keys_write(f->keys, value, BENCH_FLASH_KEY1, BENCH_FLASH_KEY2);
        f->cr = f->keys == BENCH_KEYS_OPEN ? f->cr & ~CR_LOCK : f->cr | CR_LOCK;
        break;
    case OPTKEYR:
        f->option_keys = bench_keys_write(f->option_keys, value, OPTKEY1, OPTKEY2);
        f->optcr =
            f->option_keys == BENCH_KEYS_OPEN ? f->optcr & ~OPTCR_LOCK : f->optcr | OPTCR_LOCK;
        break;
    case SR:
        f->sr &= ~(bench_peripheral_merge(0, offset, size, value) & SR_FLAGS);
        update_irq(f);
        break;
    case CR:
        write_cr(f, bench_peripheral_merge(f->cr, offset, size, value));
        break;
    case OPTCR:
        write_optcr(f, bench_peripheral_merge(f->optcr, offset, size, value));
        break;
    default:
        break;
    }
}

static void
abort_operation(FlashF4 *f)
{
    guint32 addr, size;

    if (!bench_nor_abort(f->wires->nor, &addr, &size))
        return;
    f->base.host->flash_changed(f->base.host, addr, size);
    f->base.host->flash_busy_until(f->base.host, 0);
}

static void
load_option(FlashF4 *f)
{
    guint rdp = (f->option >> 8) & 0xff;

    f->optcr = f->option | OPTCR_LOCK;
    /* RM0383 table 9 */
    f->wires->parts->rdp_level = rdp == 0xaa ? 0 : rdp == 0xcc ? 2 : 1;
}

static void
flash_f4_protect(BenchPeripheral *self, guint rdp_level, guint32 wrp_sectors)
{
    FlashF4 *f = (FlashF4 *)self;
    static const guint8 rdp[] = {0xaa, 0x55, 0xcc};

    f->option = (f->option & ~0x0fffff00u) | ((~wrp_sectors & 0xfffu) << 16) |
                ((guint32)rdp[MIN(rdp_level, 2)] << 8);
    load_option(f);
}

static void
flash_f4_reset(BenchPeripheral *self, gboolean power_on)
{
    FlashF4 *f = (FlashF4 *)self;

    /* RM0383 3.5: a reset in mid-operation leaves the contents undefined. */
    abort_operation(f);
    if (power_on && bench_nor_decay(f->wires->nor))
        self->host->flash_changed(self->host, f->wires->parts->chip->flash_base,
                                  f->wires->parts->chip->flash_size);
    forget_stale(f, &f->data, &f->instructions);
    forget_stale(f, &f->instructions, &f->data);
    f->acr = 0;
    f->wires->wait_states = 0;
    f->sr = 0;
    f->cr = CR_LOCK;
    f->cr_waits = FALSE;
    f->keys = BENCH_KEYS_NONE;
    f->option_keys = BENCH_KEYS_NONE;
    load_option(f);
    update_irq(f);
}

static void
flash_f4_power_off(BenchPeripheral *self)
{
    abort_operation((FlashF4 *)self);
}

static guint64
flash_f4_next_event_ns(BenchPeripheral *self)
{
    return bench_nor_get_next_event_ns(((FlashF4 *)self)->wires->nor);
}

static void
flash_f4_advance(BenchPeripheral *self, guint64 now_ns)
{
    settle((FlashF4 *)self);
}

static void
flash_f4_free(BenchPeripheral *self)
{
    bench_nor_free(((FlashF4 *)self)->wires->nor);
    g_free(self);
}

static const BenchPeripheralOps flash_f4_ops = {
    .read = flash_f4_read,
    .write = flash_f4_write,
    .reset = flash_f4_reset,
    .power_off = flash_f4_power_off,
    .next_event_ns = flash_f4_next_event_ns,
    .advance = flash_f4_advance,
    .free = flash_f4_free,
};

BenchPeripheral *
bench_flash_f4_new(BenchWires *wires)
{
    FlashF4 *f = g_new0(FlashF4, 1);

    /* RM0383 table 1 */
    f->base = (BenchPeripheral){.ops = &flash_f4_ops,
                                .name = "FLASH",
                                .base = 0x40023c00,
                                .size = 0x400,
                                .host = wires->parts->host};
    f->wires = wires;
    f->option = OPTCR_DELIVERED;
    wires->flash = &f->base;
    wires->flash_write = flash_f4_program;
    wires->flash_protect = flash_f4_protect;
    return &f->base;
}
