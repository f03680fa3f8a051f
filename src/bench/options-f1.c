/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/options-f1.h"

#include "bench/chip-rows.h"

/* PM0075 2.3.1: the same keys as the flash's own */
#define KEY1 0x45670123u
#define KEY2 0xcdef89abu
/* PM0075 3.7, RM0316 4.5.7 FLASH_OBR. RDPRT has two bits on the F3, both set at level 2. */
#define OBR_OPTERR (1u << 0)
#define OBR_RDPRT_SHIFT 1
#define USER_WDG_SW (1u << 0)
/* RM0316 4.3.1 */
#define RDP_LEVEL_2 0xccu

/* PM0075 table 7: half-words, a byte and its complement each. */
enum { RDP, USER, DATA0, DATA1, WRP0 };

static BenchWires *
wires_of(const BenchOptionsF1 *o)
{
    return o->front->wires;
}

static const BenchChipFamily *
family_of(const BenchOptionsF1 *o)
{
    return wires_of(o)->parts->chip->family;
}

static guint8 *
get_cells(const BenchOptionsF1 *o)
{
    return bench_nor_get_area_cells(wires_of(o)->nor, BENCH_AREA_OPTIONS);
}

static guint
get_level(const BenchOptionsF1 *o, guint8 rdp)
{
    if (rdp == family_of(o)->rdp_unprotected)
        return 0;
    return rdp == RDP_LEVEL_2 ? family_of(o)->max_rdp_level : 1;
}

/* PM0075 2.5: a byte that its complement contradicts is loaded as 0xff; erased bytes are not
 * compared. So a chip whose option bytes are erased, or half written, is read-protected. */
static gboolean
load(const BenchOptionsF1 *o, guint8 bytes[BENCH_F1_N_OPTIONS])
{
    const guint8 *cells = get_cells(o);
    gboolean agree = TRUE;

    for (guint i = 0; i < BENCH_F1_N_OPTIONS; i++) {
        guint8 value = cells[2 * i], complement = cells[2 * i + 1];
        gboolean erased = value == 0xff && complement == 0xff;
        bytes[i] = erased || (value ^ complement) == 0xff ? value : 0xff;
        agree &= erased || (value ^ complement) == 0xff;
    }
    return agree;
}

static guint32
get_wrp(const guint8 bytes[BENCH_F1_N_OPTIONS])
{
    return bytes[WRP0] | (guint32)bytes[WRP0 + 1] << 8 | (guint32)bytes[WRP0 + 2] << 16 |
           (guint32)bytes[WRP0 + 3] << 24;
}

static void
store(BenchOptionsF1 *o, guint option, guint8 value)
{
    get_cells(o)[2 * option] = value;
    get_cells(o)[2 * option + 1] = (guint8)~value;
}

/* -- erasing and programming -- */

void
bench_options_f1_write_key(BenchOptionsF1 *o, guint32 value)
{
    if (o->keys == BENCH_KEYS_OPEN) {
        if (o->front->cr & BENCH_F1_CR_OPTWRE)
            return;
        o->keys = BENCH_KEYS_NONE; /* software has shut what they had opened */
    }
    o->keys = bench_keys_write(o->keys, value, KEY1, KEY2);
    if (o->keys == BENCH_KEYS_OPEN)
        o->front->cr |= BENCH_F1_CR_OPTWRE;
    else
        o->front->cr &= ~BENCH_F1_CR_OPTWRE;
}

/* RM0316 4.3.1: at level 2 option bytes are not erased, and RDP is not programmed. */
static gboolean
may_change(const BenchOptionsF1 *o)
{
    return (o->front->cr & BENCH_F1_CR_OPTWRE) && wires_of(o)->parts->rdp_level < 2;
}

void
bench_options_f1_erase(BenchOptionsF1 *o)
{
    if (may_change(o))
        bench_flash_front_begin_area_erase(o->front, BENCH_AREA_OPTIONS, o->times->erase_ns,
                                           o->times->min_mv);
    else
        bench_flash_front_fail(o->front, BENCH_F1_SR_WRPRTERR);
}

static void
begin_program(BenchOptionsF1 *o, guint32 addr, guint32 value)
{
    bench_flash_front_begin_program(o->front, addr, 2, value, o->times->program_ns,
                                    o->times->min_mv);
}

/* PM0075 2.3.5: the controller makes the complement itself. 2.4.1: a change from protected to
 * unprotected erases the flash first, whatever protects its pages. */
void
bench_options_f1_program(BenchOptionsF1 *o, guint32 addr, guint32 value)
{
    guint32 at = addr - family_of(o)->areas[BENCH_AREA_OPTIONS].base;
    const guint8 *cells = get_cells(o) + at;
    guint32 both = (value & 0xff) | (~value & 0xff) << 8;

    if (!may_change(o)) {
        bench_flash_front_fail(o->front, BENCH_F1_SR_WRPRTERR);
    } else if (cells[0] != 0xff || cells[1] != 0xff) {
        bench_flash_front_fail(o->front, BENCH_F1_SR_PGERR);
    } else if (at == 0 && wires_of(o)->parts->rdp_level > 0 && get_level(o, (guint8)value) == 0) {
        o->rdp_waits = TRUE;
        o->rdp_value = both;
        bench_flash_front_begin_erase(o->front, -1, o->times->erase_ns, o->times->min_mv);
    } else {
        begin_program(o, addr, both);
    }
}

gboolean
bench_options_f1_go_on(BenchOptionsF1 *o)
{
    if (!o->rdp_waits)
        return FALSE;
    o->rdp_waits = FALSE;
    begin_program(o, family_of(o)->areas[BENCH_AREA_OPTIONS].base, o->rdp_value);
    return TRUE;
}

/* -- what they do -- */

guint32
bench_options_f1_read(const BenchOptionsF1 *o, guint32 offset)
{
    const BenchChipFamily *family = family_of(o);
    guint level = get_level(o, o->loaded[RDP]);

    if (offset == BENCH_F1_WRPR)
        return get_wrp(o->loaded);
    if (offset != BENCH_F1_OBR)
        return 0;
    return (o->mismatch ? OBR_OPTERR : 0) | (level == 2 ? 3u : level) << OBR_RDPRT_SHIFT |
           (guint32)o->loaded[USER] << family->obr_user_shift |
           (guint32)o->loaded[DATA0] << family->obr_data_shift |
           (guint32)o->loaded[DATA1] << (family->obr_data_shift + 8);
}

guint32
bench_options_f1_check(const BenchOptionsF1 *o, guint32 addr)
{
    const BenchChip *chip = wires_of(o)->parts->chip;
    guint unit = (addr - chip->flash_base) / BENCH_F1_PROTECTED_UNIT;
    gboolean is_f1 = chip->family->max_rdp_level == 1;

    /* PM0075 2.4.1; RM0316 4.3.1 */
    if (bench_flash_front_is_blocked(o->front))
        return is_f1 ? BENCH_F1_SR_WRPRTERR : BENCH_F1_SR_PGERR;
    /* PM0075 2.4.1: read protection write-protects the first 4 KiB; the F3 has no such rule. */
    if (!(get_wrp(o->loaded) & (1u << MIN(unit, 31))) ||
        (is_f1 && unit == 0 && wires_of(o)->parts->rdp_level > 0))
        return BENCH_F1_SR_WRPRTERR;
    return 0;
}

void
bench_options_f1_reset(BenchOptionsF1 *o)
{
    o->keys = BENCH_KEYS_NONE;
    o->rdp_waits = FALSE;
    o->mismatch = !load(o, o->loaded);
    wires_of(o)->parts->rdp_level = get_level(o, o->loaded[RDP]);
    wires_of(o)->iwdg_always = !(o->loaded[USER] & USER_WDG_SW);
}

void
bench_options_f1_protect(BenchOptionsF1 *o, guint rdp_level, guint32 wrp_units)
{
    const guint8 rdp[] = {family_of(o)->rdp_unprotected, 0x00, RDP_LEVEL_2};

    store(o, RDP, rdp[MIN(rdp_level, family_of(o)->max_rdp_level)]);
    for (guint i = 0; i < 4; i++)
        store(o, WRP0 + i, (guint8)(~wrp_units >> (8 * i)));
    bench_options_f1_reset(o);
}

/* -- in words -- */

static void
describe(const BenchOptionsF1 *o, const guint8 bytes[BENCH_F1_N_OPTIONS], GString *text)
{
    const BenchChip *chip = wires_of(o)->parts->chip;
    guint32 wrp = get_wrp(bytes);
    guint n = 0;

    g_string_append_printf(text, "read protection level %u, write protection",
                           get_level(o, bytes[RDP]));
    for (guint i = 0; i < 32 && i * BENCH_F1_PROTECTED_UNIT < chip->flash_size; i++)
        if (!(wrp & (1u << i)))
            g_string_append_printf(text, "%s %u", n++ == 0 ? " units" : "", i);
    g_string_append_printf(text, "%s, %s watchdog, user 0x%02x, data 0x%02x 0x%02x\n",
                           n == 0 ? " no unit" : "",
                           bytes[USER] & USER_WDG_SW ? "software" : "hardware", bytes[USER],
                           bytes[DATA0], bytes[DATA1]);
}

void
bench_options_f1_describe(const BenchOptionsF1 *o, GString *text)
{
    guint8 stored[BENCH_F1_N_OPTIONS];
    gboolean agree = load(o, stored);

    g_string_append(text, "in force: ");
    describe(o, o->loaded, text);
    g_string_append(text, agree ? "stored:   " : "stored, with a complement that is wrong: ");
    describe(o, stored, text);
}

void
bench_options_f1_init(BenchOptionsF1 *o, BenchFlashFront *front, const BenchOptionsF1Times *times)
{
    o->front = front;
    o->times = times;
    for (guint i = 0; i < BENCH_F1_N_OPTIONS; i++)
        store(o, i, i == RDP ? family_of(o)->rdp_unprotected : 0xff);
    bench_options_f1_reset(o);
}
