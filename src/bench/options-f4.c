/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/options-f4.h"

#include "bench/chip-rows.h"

/* RM0383 is the manual where nothing else is said. */

/* 3.6.2 */
#define OPTKEY1 0x08192a3bu
#define OPTKEY2 0x4c5d6e7fu
/* 3.8.6 FLASH_OPTCR; BFB2 (bit 4) and DB1M, which chips with two banks have: RM0090 3.9.11 */
#define OPTCR_LOCK (1u << 0)
#define OPTCR_START (1u << 1)
#define OPTCR_USER 0xfcu
#define OPTCR_WDG_SW (1u << 5)
#define OPTCR_RDP_SHIFT 8
#define OPTCR_NWRP_SHIFT 16
#define OPTCR_NWRP 0x0fff0000u
#define OPTCR_DB1M (1u << 30)
#define OPTCR_SPRMOD (1u << 31)
/* RM0090 3.9.12 FLASH_OPTCR1 */
#define OPTCR1_NWRP 0x0fff0000u

/* 3.6.3 and table 9 */
#define RDP_LEVEL_0 0xaau
#define RDP_LEVEL_2 0xccu

/* 3.6.1, table 8: where the words stand in an option area; bits of the second one */
#define WORD_RDP 0
#define WORD_NWRP 8
#define NWRP_BITS 0x0fffu
#define NWRP_DB1M (1u << 14)
#define NWRP_SPRMOD (1u << 15)

/* 3.7: blocks of OTP, then a lock byte for each */
#define OTP_BLOCKS 16
#define OTP_BLOCK_SIZE 32
#define OTP_LOCKS (OTP_BLOCKS * OTP_BLOCK_SIZE)
#define OTP_LOCKED 0x00

static BenchWires *
wires_of(const BenchOptionsF4 *o)
{
    return o->front->wires;
}

static const BenchChipFamily *
family_of(const BenchOptionsF4 *o)
{
    return wires_of(o)->parts->chip->family;
}

static guint
get_level(guint32 optcr)
{
    guint rdp = (optcr >> OPTCR_RDP_SHIFT) & 0xff;

    return rdp == RDP_LEVEL_0 ? 0 : rdp == RDP_LEVEL_2 ? 2 : 1;
}

/* -- cells: 16 bits and their complement, a word -- */

static guint32
with_complement(guint32 value)
{
    return (value & 0xffff) | ~value << 16;
}

static guint8 *
get_cells(const BenchOptionsF4 *o, BenchFlashArea area)
{
    return bench_nor_get_area_cells(wires_of(o)->nor, area);
}

static guint32
get_word(const guint8 *cells)
{
    return cells[0] | (guint32)cells[1] << 8 | (guint32)cells[2] << 16 | (guint32)cells[3] << 24;
}

static void
put_word(guint8 *cells, guint32 value)
{
    for (guint i = 0; i < 4; i++)
        cells[i] = (guint8)(value >> (8 * i));
}

/* What a word means: itself; `erased` when it is blank, `broken` when a part of it is missing, as a
 * power cut leaves it. */
static guint32
load_word(const guint8 *cells, guint32 erased, guint32 broken)
{
    guint32 word = get_word(cells);

    if (word == 0xffffffff)
        return erased;
    return word == with_complement(word) ? word & 0xffff : broken;
}

/* Bits without a meaning stay ones. */
static guint32
make_rdp_word(const BenchOptionsF4 *o, guint32 optcr)
{
    guint32 user = OPTCR_USER & family_of(o)->optcr_writable;

    return with_complement((optcr & (user | 0xff00)) | (~user & 0xff));
}

static guint32
make_nwrp_word(guint32 optcr)
{
    return with_complement((optcr >> OPTCR_NWRP_SHIFT & NWRP_BITS) |
                           (optcr & OPTCR_DB1M ? NWRP_DB1M : 0) |
                           (optcr & OPTCR_SPRMOD ? NWRP_SPRMOD : 0));
}

/* A blank or broken RDP is level 1 (3.6.3). What is left of broken write protection, no manual says;
 * the model is on the strict side: all sectors are protected, and none by PCROP. */
static guint32
load_optcr(const BenchOptionsF4 *o)
{
    const guint8 *cells = get_cells(o, BENCH_AREA_OPTIONS);
    guint32 rdp = load_word(cells + WORD_RDP, 0xffff, 0xffff);
    guint32 nwrp = load_word(cells + WORD_NWRP, NWRP_BITS, 0);

    return (rdp & ((OPTCR_USER & family_of(o)->optcr_writable) | 0xff00)) |
           (nwrp & NWRP_BITS) << OPTCR_NWRP_SHIFT | (nwrp & NWRP_DB1M ? OPTCR_DB1M : 0) |
           (nwrp & NWRP_SPRMOD ? OPTCR_SPRMOD : 0);
}

static guint32
load_optcr1(const BenchOptionsF4 *o)
{
    if (!family_of(o)->two_banks)
        return 0;
    return (load_word(get_cells(o, BENCH_AREA_OPTIONS2) + WORD_NWRP, NWRP_BITS, 0) & NWRP_BITS)
           << OPTCR_NWRP_SHIFT;
}

static void
store(BenchOptionsF4 *o, guint32 optcr, guint32 optcr1)
{
    guint8 *cells = get_cells(o, BENCH_AREA_OPTIONS);

    put_word(cells + WORD_RDP, make_rdp_word(o, optcr));
    put_word(cells + WORD_NWRP, make_nwrp_word(optcr));
    if (family_of(o)->two_banks)
        put_word(get_cells(o, BENCH_AREA_OPTIONS2) + WORD_NWRP, make_nwrp_word(optcr1));
}

/* -- writing them -- */

static void
add_step(BenchOptionsF4 *o, BenchOptionsF4What what, BenchFlashArea area, guint at, guint32 value)
{
    o->steps[o->n_steps++] = (BenchOptionsF4Step){
        .what = what, .area = area, .addr = family_of(o)->areas[area].base + at, .value = value};
}

static void
begin_step(BenchOptionsF4 *o)
{
    const BenchOptionsF4Step *step = &o->steps[o->n_begun++];
    const BenchOptionsF4Times *times = &o->times;

    switch (step->what) {
    case BENCH_F4_ERASE_FLASH:
        bench_flash_front_begin_erase(o->front, -1, times->mass_erase_ns, times->min_mv);
        break;
    case BENCH_F4_ERASE_AREA:
        bench_flash_front_begin_area_erase(o->front, step->area, times->erase_ns, times->min_mv);
        break;
    case BENCH_F4_PROGRAM:
        bench_flash_front_begin_program(o->front, step->addr, 4, step->value, times->program_ns,
                                        times->min_mv);
        break;
    }
}

/* 3.6.5: protection by PCROP goes only together with the flash, when read protection is lifted. */
static gboolean
gives_up_pcrop(const BenchOptionsF4 *o)
{
    if (!(o->force & OPTCR_SPRMOD))
        return FALSE;
    return !(o->optcr & OPTCR_SPRMOD) || (o->force & ~o->optcr & OPTCR_NWRP) != 0 ||
           (o->force1 & ~o->optcr1 & OPTCR1_NWRP) != 0;
}

/* 3.6.3, figure 4: lifting level 1 erases the flash first, whatever protects its sectors. */
static void
start(BenchOptionsF4 *o)
{
    gboolean lifts = wires_of(o)->parts->rdp_level == 1 && get_level(o->optcr) == 0;

    if (bench_nor_is_busy(wires_of(o)->nor) || wires_of(o)->parts->rdp_level == 2 ||
        (gives_up_pcrop(o) && !lifts)) {
        bench_flash_front_fail(o->front, BENCH_F4_SR_WRPERR);
        return;
    }
    o->n_steps = o->n_begun = 0;
    if (lifts)
        add_step(o, BENCH_F4_ERASE_FLASH, BENCH_AREA_OPTIONS, 0, 0);
    add_step(o, BENCH_F4_ERASE_AREA, BENCH_AREA_OPTIONS, 0, 0);
    add_step(o, BENCH_F4_PROGRAM, BENCH_AREA_OPTIONS, WORD_RDP, make_rdp_word(o, o->optcr));
    add_step(o, BENCH_F4_PROGRAM, BENCH_AREA_OPTIONS, WORD_NWRP, make_nwrp_word(o->optcr));
    if (family_of(o)->two_banks) {
        add_step(o, BENCH_F4_ERASE_AREA, BENCH_AREA_OPTIONS2, 0, 0);
        add_step(o, BENCH_F4_PROGRAM, BENCH_AREA_OPTIONS2, WORD_NWRP, make_nwrp_word(o->optcr1));
    }
    o->optcr |= OPTCR_START;
    begin_step(o);
}

/* What does not wait for a reset: write protection, and a higher level of read protection, of which
 * level 2 blocks as level 1 until then. */
static void
take_effect(BenchOptionsF4 *o)
{
    BenchParts *parts = wires_of(o)->parts;
    guint32 at_once = OPTCR_NWRP | OPTCR_SPRMOD;

    o->force = (o->force & ~at_once) | (o->optcr & at_once);
    o->force1 = o->optcr1;
    if (get_level(o->optcr) > parts->rdp_level)
        parts->rdp_level = 1;
}

gboolean
bench_options_f4_go_on(BenchOptionsF4 *o)
{
    if (o->n_steps == 0)
        return FALSE;
    if (o->n_begun < o->n_steps) {
        begin_step(o);
        return TRUE;
    }
    o->n_steps = o->n_begun = 0;
    o->optcr &= ~OPTCR_START;
    take_effect(o);
    return FALSE;
}

static void
write_optcr(BenchOptionsF4 *o, guint32 value, const BenchOptionsF4Times *times)
{
    BenchPeripheralHost *host = o->front->base.host;
    guint32 writable = family_of(o)->optcr_writable & ~(OPTCR_LOCK | OPTCR_START);

    if (o->optcr & OPTCR_LOCK)
        return;
    if ((value ^ o->optcr) & ~(writable | OPTCR_LOCK | OPTCR_START))
        host->firmware_fault(host, "FLASH_OPTCR: a reserved bit is changed");
    o->optcr = (o->optcr & ~writable) | (value & writable);
    if (value & OPTCR_LOCK) {
        o->optcr |= OPTCR_LOCK;
        o->keys = BENCH_KEYS_NONE;
    }
    o->times = *times;
    if (value & OPTCR_START)
        start(o);
}

static void
write_optkeyr(BenchOptionsF4 *o, guint32 value)
{
    o->keys = bench_keys_write(o->keys, value, OPTKEY1, OPTKEY2);
    if (o->keys == BENCH_KEYS_OPEN)
        o->optcr &= ~OPTCR_LOCK;
    else
        o->optcr |= OPTCR_LOCK;
}

guint32
bench_options_f4_read(const BenchOptionsF4 *o, guint32 offset)
{
    return offset == BENCH_F4_OPTCR ? o->optcr : offset == BENCH_F4_OPTCR1 ? o->optcr1 : 0;
}

void
bench_options_f4_write(BenchOptionsF4 *o,
                       guint32 offset,
                       guint32 value,
                       const BenchOptionsF4Times *times)
{
    if (offset == BENCH_F4_OPTKEYR)
        write_optkeyr(o, value);
    else if (offset == BENCH_F4_OPTCR)
        write_optcr(o, value, times);
    else if (offset == BENCH_F4_OPTCR1 && family_of(o)->two_banks && !(o->optcr & OPTCR_LOCK))
        o->optcr1 = value & OPTCR1_NWRP;
}

/* -- what they do -- */

gboolean
bench_options_f4_is_protected(const BenchOptionsF4 *o, guint sector)
{
    const BenchChip *chip = wires_of(o)->parts->chip;
    guint bank_sectors = chip->family->two_banks ? chip->n_sectors / 2 : chip->n_sectors;
    guint32 bits = sector < bank_sectors ? o->force : o->force1;
    guint bit = OPTCR_NWRP_SHIFT + (sector < bank_sectors ? sector : sector - bank_sectors);

    /* SPRMOD turns the meaning round (3.6.5). */
    return bit < 28 && (bits >> bit & 1) == (o->force & OPTCR_SPRMOD ? 1u : 0u);
}

guint32
bench_options_f4_check_program(const BenchOptionsF4 *o, guint32 addr, guint32 value)
{
    const BenchNorArea *otp = &family_of(o)->areas[BENCH_AREA_OTP];
    BenchPeripheralHost *host = o->front->base.host;
    guint32 at = addr - otp->base;

    if (at >= otp->size) {
        host->firmware_fault(host, "option bytes written other than through FLASH_OPTCR");
        return BENCH_F4_SR_WRPERR;
    }
    if (at >= OTP_LOCKS) {
        if ((value & 0xff) != 0x00 && (value & 0xff) != 0xff)
            host->firmware_fault(host, "OTP lock byte neither 0x00 nor 0xff");
        return 0;
    }
    return get_cells(o, BENCH_AREA_OTP)[OTP_LOCKS + at / OTP_BLOCK_SIZE] == OTP_LOCKED
               ? BENCH_F4_SR_WRPERR
               : 0;
}

void
bench_options_f4_reset(BenchOptionsF4 *o)
{
    o->n_steps = o->n_begun = 0;
    o->keys = BENCH_KEYS_NONE;
    o->force = load_optcr(o);
    o->force1 = load_optcr1(o);
    o->optcr = o->force | OPTCR_LOCK;
    o->optcr1 = o->force1;
    wires_of(o)->parts->rdp_level = get_level(o->force);
    wires_of(o)->iwdg_always = !(o->force & OPTCR_WDG_SW);
}

void
bench_options_f4_protect(BenchOptionsF4 *o, guint rdp_level, guint32 wrp_sectors)
{
    static const guint8 rdp[] = {RDP_LEVEL_0, 0x55, RDP_LEVEL_2};
    const BenchChip *chip = wires_of(o)->parts->chip;
    guint32 kept = load_optcr(o) & ~(OPTCR_NWRP | OPTCR_SPRMOD | 0xff00u);

    store(o,
          kept | (~wrp_sectors & NWRP_BITS) << OPTCR_NWRP_SHIFT |
              (guint32)rdp[MIN(rdp_level, 2)] << OPTCR_RDP_SHIFT,
          (~(wrp_sectors >> chip->n_sectors / 2) & NWRP_BITS) << OPTCR_NWRP_SHIFT);
    bench_options_f4_reset(o);
}

/* -- in words -- */

static void
describe_sectors(const BenchOptionsF4 *o, guint32 optcr, guint32 optcr1, GString *text)
{
    BenchOptionsF4 shown = *o;
    guint n = 0;

    shown.force = optcr;
    shown.force1 = optcr1;
    for (guint i = 0; i < wires_of(o)->parts->chip->n_sectors; i++)
        if (bench_options_f4_is_protected(&shown, i))
            g_string_append_printf(text, "%s%u", n++ == 0 ? " sectors " : " ", i);
    if (n == 0)
        g_string_append(text, " no sector");
}

static void
describe(const BenchOptionsF4 *o, guint level, guint32 optcr, guint32 optcr1, GString *text)
{
    g_string_append_printf(text, "read protection level %u, %s", level,
                           optcr & OPTCR_SPRMOD ? "PCROP" : "write protection");
    describe_sectors(o, optcr, optcr1, text);
    g_string_append_printf(text, ", %s watchdog, user 0x%02x\n",
                           optcr & OPTCR_WDG_SW ? "software" : "hardware", optcr & OPTCR_USER);
}

void
bench_options_f4_describe(const BenchOptionsF4 *o, GString *text)
{
    const guint8 *locks = get_cells(o, BENCH_AREA_OTP) + OTP_LOCKS;
    guint32 stored = load_optcr(o);
    guint n = 0;

    g_string_append(text, "in force: ");
    describe(o, wires_of(o)->parts->rdp_level, o->force, o->force1, text);
    g_string_append(text, "stored:   ");
    describe(o, get_level(stored), stored, load_optcr1(o), text);
    g_string_append(text, "otp:      ");
    for (guint i = 0; i < OTP_BLOCKS; i++)
        if (locks[i] == OTP_LOCKED)
            g_string_append_printf(text, "%s %u", n++ == 0 ? "locked blocks" : "", i);
    g_string_append(text, n == 0 ? "no locked block\n" : "\n");
}

void
bench_options_f4_init(BenchOptionsF4 *o, BenchFlashFront *front)
{
    o->front = front;
    store(o, family_of(o)->optcr_delivered, OPTCR1_NWRP);
    bench_options_f4_reset(o);
}
