/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"
#include "bench/flash-front.h"
#include "bench/options-f4.h"
#include "bench/random.h"

/*
 * The flash interface of the STM32F4: registers in front of the NOR model, with the caches of the
 * ART accelerator. RM0383 is the manual where nothing else is said. The STM32F42x and F43x have two
 * banks (RM0090 3.5): each with a mass erase bit of its own, and the second one's sectors are
 * counted from 16 in CR and protected in OPTCR1.
 */

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
#define SR_WRPERR BENCH_F4_SR_WRPERR
#define SR_PGAERR (1u << 5)
#define SR_PGPERR (1u << 6)
#define SR_PGSERR (1u << 7)
#define SR_BSY (1u << 16)
#define SR_FLAGS 0x1f3u
/* RM0383 3.8.5 FLASH_CR */
#define CR_PG (1u << 0)
#define CR_SER (1u << 1)
#define CR_MER (1u << 2)
#define CR_MER1 (1u << 15) /* RM0090 3.9.8, of the second bank */
#define CR_STRT (1u << 16)
#define CR_EOPIE (1u << 24)
#define CR_ERRIE (1u << 25)
#define CR_LOCK (1u << 31)
#define CR_WRITABLE 0x830183ffu /* with MER1 and the fifth bit of SNB, which all keep here */

/* RM0090 3.9.8: what SNB counts the second bank's sectors from */
#define SNB_SECOND_BANK 16

/* DS10314 6.3.12 (memory characteristics): one access takes 16 us typical at any width. */
#define PROGRAM_NS 16000u
#define MS G_GUINT64_CONSTANT(1000000)

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
/* of 512 KiB; a bank of 1 MiB takes twice that (DS8626 5.3.12, DS9405 6.3.12) */
static const guint16 mass_erase_ms[] = {8000, 5500, 4000, 4000};
#define MASS_ERASE_SIZE (512 * 1024)

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
    BenchFlashFront front;
    BenchOptionsF4 options;
    Cache data, instructions;
} FlashF4;

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
            f->front.base.host->flash_changed(f->front.base.host, cache->stale[i], LINE_SIZE);
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
    const guint8 *cells = bench_nor_get_cells(f->front.wires->nor, &cells_size);

    if (!cache->warm)
        return;
    for (guint i = 0; i < N_LINES; i++) {
        guint32 line = addr + LINE_SIZE * (guint32)bench_random_below(&f->front.wires->random,
                                                                      size / LINE_SIZE);
        if (is_stale(cache, line) ||
            is_blank(cells + (line - f->front.wires->parts->chip->flash_base), LINE_SIZE))
            continue;
        if (cache->n_stale < N_LINES) {
            cache->stale[cache->n_stale++] = line;
        } else {
            guint32 evicted = cache->stale[cache->oldest];
            cache->stale[cache->oldest] = line;
            cache->oldest = (cache->oldest + 1) % N_LINES;
            f->front.base.host->flash_changed(f->front.base.host, evicted, LINE_SIZE);
        }
    }
}

/* Shows what has changed, but for the stale lines. A program access changes the cached copy too
 * (RM0383 3.4.2), so only erases come here with stale lines inside. */
static void
flash_f4_changed(BenchFlashFront *front, guint32 addr, guint32 size)
{
    FlashF4 *f = (FlashF4 *)front;
    BenchPeripheralHost *host = front->base.host;
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
    BenchPeripheralHost *host = f->front.base.host;

    /* RM0383 3.8.1: the reset bits work only while their cache is off. */
    if ((value & f->front.acr & ACR_DCEN && value & ACR_DCRST) ||
        (value & f->front.acr & ACR_ICEN && value & ACR_ICRST))
        host->firmware_fault(host, "FLASH_ACR: cache reset while it is enabled");
    if ((value & ACR_DCRST) && !(value & ACR_DCEN))
        forget_stale(f, &f->data, &f->instructions);
    if ((value & ACR_ICRST) && !(value & ACR_ICEN))
        forget_stale(f, &f->instructions, &f->data);
    f->data.warm |= (value & ACR_DCEN) != 0;
    f->instructions.warm |= (value & ACR_ICEN) != 0;
    bench_flash_front_set_acr(&f->front, value);
}

/* -- operations -- */

static void
fail(FlashF4 *f, guint32 flag)
{
    /* RM0383 3.8.4: OPERR only with its interrupt enabled. */
    if ((f->front.cr & CR_ERRIE) && flag != SR_PGSERR)
        flag |= SR_OPERR;
    bench_flash_front_fail(&f->front, flag);
}

static guint
get_bank_sectors(const BenchFlashFront *front)
{
    const BenchChip *chip = front->wires->parts->chip;

    return chip->family->two_banks ? chip->n_sectors / 2 : chip->n_sectors;
}

static gboolean
is_protected(const FlashF4 *f, guint sector)
{
    return bench_flash_front_is_blocked(&f->front) ||
           bench_options_f4_is_protected(&f->options, sector);
}

static guint
get_parallelism(const BenchFlashFront *front)
{
    return (front->cr >> 8) & 3;
}

static guint
get_erase_ms(guint32 sector_size, guint parallelism)
{
    for (guint i = 0; i < G_N_ELEMENTS(erase_times); i++)
        if (erase_times[i].sector_size == sector_size)
            return erase_times[i].ms[parallelism];
    return 0;
}

/* Of a bank, or of both side by side. */
static guint
get_mass_erase_ms(const BenchFlashFront *front)
{
    const BenchChip *chip = front->wires->parts->chip;
    guint64 size = chip->family->two_banks ? chip->flash_size / 2 : chip->flash_size;

    return (guint)(mass_erase_ms[get_parallelism(front)] * size / MASS_ERASE_SIZE);
}

/* The one sector that SNB chooses. FALSE: there is none. */
static gboolean
choose_sector(const BenchFlashFront *front, guint *first)
{
    guint bank_sectors = get_bank_sectors(front), snb = (front->cr >> 3) & 0x1f;

    *first = snb < SNB_SECOND_BANK ? snb : bank_sectors + snb - SNB_SECOND_BANK;
    return snb < SNB_SECOND_BANK ? snb < bank_sectors
                                 : *first < bench_nor_get_n_sectors(front->wires->nor);
}

/* The sectors that the bits of CR choose, and how long they take, one bank beside the other. FALSE:
 * not a valid choice. */
static gboolean
choose_sectors(const BenchFlashFront *front, guint *first, guint *n, guint *ms)
{
    BenchNor *nor = front->wires->nor;
    guint bank_sectors = get_bank_sectors(front), parallelism = get_parallelism(front);
    gboolean two_banks = front->wires->parts->chip->family->two_banks;
    guint32 mer = front->cr & (two_banks ? CR_MER | CR_MER1 : CR_MER);
    guint32 addr, size;

    if (((front->cr & CR_SER) != 0) == (mer != 0))
        return FALSE;
    if (mer == 0) {
        if (!choose_sector(front, first))
            return FALSE;
        *n = 1;
        bench_nor_get_sector(nor, *first, &addr, &size);
        *ms = get_erase_ms(size, parallelism);
        return TRUE;
    }
    *first = mer & CR_MER ? 0 : bank_sectors;
    *n = mer == (CR_MER | CR_MER1) ? 2 * bank_sectors : bank_sectors;
    *ms = get_mass_erase_ms(front);
    return TRUE;
}

static void
flash_f4_erase(BenchFlashFront *front)
{
    FlashF4 *f = (FlashF4 *)front;
    guint first, n, ms;

    if (!choose_sectors(front, &first, &n, &ms)) {
        fail(f, SR_PGSERR);
        return;
    }
    for (guint i = first; i < first + n; i++) {
        if (is_protected(f, i)) {
            fail(f, SR_WRPERR);
            return;
        }
    }
    for (guint i = first; i < first + n; i++) {
        guint32 addr, size;
        bench_nor_get_sector(front->wires->nor, i, &addr, &size);
        pick_stale(f, &f->data, addr, size);
        pick_stale(f, &f->instructions, addr, size);
    }
    bench_flash_front_begin_bank_erase(front, first, n, ms * MS,
                                       parallelism_min_mv[get_parallelism(front)]);
}

static void
flash_f4_program(BenchFlashFront *front, guint32 addr, guint size, guint32 value)
{
    FlashF4 *f = (FlashF4 *)front;
    gint sector = bench_nor_find_sector(front->wires->nor, addr);
    guint parallelism = get_parallelism(front);
    guint32 refusal = sector < 0 ? bench_options_f4_check_program(&f->options, addr, value)
                      : is_protected(f, (guint)sector) ? SR_WRPERR
                                                       : 0;

    /* RM0383 3.5.3 and 3.8.4 */
    if ((front->cr & CR_LOCK) || !(front->cr & CR_PG) || bench_nor_is_busy(front->wires->nor))
        fail(f, SR_PGSERR);
    else if ((addr & 15) + size > 16)
        fail(f, SR_PGAERR);
    else if (size != 1u << parallelism || addr % size != 0)
        fail(f, SR_PGPERR);
    else if (refusal != 0)
        fail(f, refusal);
    else
        bench_flash_front_begin_program(front, addr, size, value, PROGRAM_NS,
                                        parallelism_min_mv[parallelism]);
}

/* -- registers -- */

static void
write_options(FlashF4 *f, guint32 offset, guint size, guint32 value)
{
    guint parallelism = get_parallelism(&f->front);
    guint32 old = bench_options_f4_read(&f->options, offset & ~3u);
    /* No manual times option bytes: as the smallest sector. */
    const BenchOptionsF4Times times = {
        .mass_erase_ns = get_mass_erase_ms(&f->front) * MS,
        .erase_ns = erase_times[0].ms[parallelism] * MS,
        .program_ns = PROGRAM_NS,
        .min_mv = parallelism_min_mv[parallelism],
    };

    bench_options_f4_write(&f->options, offset & ~3u,
                           bench_peripheral_merge(old, offset, size, value), &times);
}

static guint32
flash_f4_read(BenchFlashFront *front, guint32 offset)
{
    if (offset == BENCH_FLASH_ACR)
        return front->acr;
    return bench_options_f4_read(&((FlashF4 *)front)->options, offset);
}

static void
flash_f4_write(BenchFlashFront *front, guint32 offset, guint size, guint32 value)
{
    FlashF4 *f = (FlashF4 *)front;

    if ((offset & ~3u) == BENCH_FLASH_ACR)
        write_acr(f, bench_peripheral_merge(front->acr, offset, size, value));
    else
        write_options(f, offset, size, value);
}

static gboolean
flash_f4_go_on(BenchFlashFront *front)
{
    return bench_options_f4_go_on(&((FlashF4 *)front)->options);
}

static void
flash_f4_protect(BenchPeripheral *self, guint rdp_level, guint32 wrp_sectors)
{
    bench_options_f4_protect(&((FlashF4 *)self)->options, rdp_level, wrp_sectors);
}

static void
flash_f4_load_options(BenchPeripheral *self)
{
    bench_options_f4_reset(&((FlashF4 *)self)->options);
}

static void
flash_f4_describe_options(BenchPeripheral *self, GString *text)
{
    bench_options_f4_describe(&((FlashF4 *)self)->options, text);
}

static void
flash_f4_reset(BenchFlashFront *front)
{
    FlashF4 *f = (FlashF4 *)front;

    forget_stale(f, &f->data, &f->instructions);
    forget_stale(f, &f->instructions, &f->data);
    bench_options_f4_reset(&f->options);
}

static const BenchFlashFamily family = {
    .base = 0x40023c00, /* RM0383 table 1 */
    .keyr = 0x04,
    .sr = 0x0c,
    .cr = 0x10,
    .irq = 4, /* RM0383 table 37 */
    .acr_writable = ACR_WRITABLE,
    .acr_latency = ACR_LATENCY,
    .sr_bsy = SR_BSY,
    .sr_eop = SR_EOP,
    .sr_errie_flags = SR_OPERR,
    .sr_writable = SR_FLAGS,
    .cr_strt = CR_STRT,
    .cr_lock = CR_LOCK,
    .cr_eopie = CR_EOPIE,
    .cr_errie = CR_ERRIE,
    .cr_writable = CR_WRITABLE,
    .eop_by_eopie = TRUE,
    .erase = flash_f4_erase,
    .program = flash_f4_program,
    .read = flash_f4_read,
    .write = flash_f4_write,
    .reset = flash_f4_reset,
    .go_on = flash_f4_go_on,
    .changed = flash_f4_changed,
    .protect = flash_f4_protect,
    .load_options = flash_f4_load_options,
    .describe_options = flash_f4_describe_options,
};

BenchPeripheral *
bench_flash_f4_new(BenchWires *wires)
{
    FlashF4 *f = g_new0(FlashF4, 1);

    BenchPeripheral *self = bench_flash_front_init(&f->front, &family, wires);
    bench_options_f4_init(&f->options, &f->front);
    return self;
}
