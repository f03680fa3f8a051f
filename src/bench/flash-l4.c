/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/flash-front.h"

/*
 * The flash interface of the STM32L41x to L46x (RM0394 3): double words of 64 bits with their ECC,
 * programmed once after an erase, as two words in order. Fast programming, option bytes, the ECC's
 * own errors and stale caches are not modelled.
 */

enum { OPTR = 0x20, PCROP1SR = 0x24, PCROP1ER = 0x28, WRP1AR = 0x2c, WRP1BR = 0x30 };

/* RM0394 3.7.1 FLASH_ACR */
#define ACR_LATENCY 0x7u
#define ACR_WRITABLE 0x7f07u
#define ACR_AT_RESET 0x600u /* both caches on */
/* RM0394 3.7.5 FLASH_SR */
#define SR_EOP (1u << 0)
#define SR_OPERR (1u << 1)
#define SR_PROGERR (1u << 3)
#define SR_WRPERR (1u << 4)
#define SR_PGAERR (1u << 5)
#define SR_SIZERR (1u << 6)
#define SR_PGSERR (1u << 7)
#define SR_BSY (1u << 16)
#define SR_ERRORS 0x3f8u
#define SR_FLAGS 0xc3fbu
/* RM0394 3.7.6 FLASH_CR */
#define CR_PG (1u << 0)
#define CR_PER (1u << 1)
#define CR_MER1 (1u << 2)
#define CR_PNB_SHIFT 3
#define CR_STRT (1u << 16)
#define CR_OPTSTRT (1u << 17)
#define CR_EOPIE (1u << 24)
#define CR_ERRIE (1u << 25)
#define CR_OBL_LAUNCH (1u << 27)
#define CR_OPTLOCK (1u << 30)
#define CR_LOCK (1u << 31)
#define CR_WRITABLE 0xc70107ffu
/* RM0394 3.7.8 FLASH_OPTR of a chip as delivered; RDP in bits 7:0 */
#define OPTR_DELIVERED 0xffeff8aau
/* RM0394 3.7.9, 3.7.10: PCROP and write protection of nothing: the start is behind the end */
#define PCROP1SR_DELIVERED 0xffffffffu
#define PCROP1ER_DELIVERED 0x0000ffffu
#define WRP_NOTHING 0xff00ffffu

/* DS11451 6.3.10, flash memory characteristics, typical: 64 bits, a page, all of it */
#define PROGRAM_NS 81690u
#define PAGE_ERASE_NS 22020000u
#define MASS_ERASE_NS 22130000u
/* DS11451 6.3.1 */
#define MIN_MV 1710

typedef struct {
    BenchFlashFront front;
    guint32 optr;
    guint32 wrp1ar;
    gboolean half_written; /* the first word of a double word stands in low_word */
    guint32 low_addr, low_word;
} FlashL4;

/* RM0394 3.5.2 */
static gboolean
is_protected(const FlashL4 *f, gint page)
{
    return page >= (gint)(f->wrp1ar & 0x7f) && page <= (gint)(f->wrp1ar >> 16 & 0x7f);
}

/* RM0394 3.7.5: OPERR only with its interrupt enabled. */
static void
fail(FlashL4 *f, guint32 flag)
{
    f->half_written = FALSE;
    bench_flash_front_fail(&f->front, f->front.cr & CR_ERRIE ? flag | SR_OPERR : flag);
}

static void
flash_l4_erase(BenchFlashFront *front)
{
    FlashL4 *f = (FlashL4 *)front;
    gint n_pages = (gint)bench_nor_get_n_sectors(front->wires->nor);
    gint page = (gint)(front->cr >> CR_PNB_SHIFT & 0xff);
    gboolean all = (front->cr & CR_MER1) != 0;

    /* RM0394 3.7.5, PGSERR: one thing at a time, and no flag of an earlier error left */
    if (all == ((front->cr & CR_PER) != 0) || (front->cr & CR_PG) || (front->sr & SR_ERRORS) != 0 ||
        (!all && page >= n_pages)) {
        fail(f, SR_PGSERR);
        return;
    }
    for (gint i = all ? 0 : page; i <= (all ? n_pages - 1 : page); i++) {
        if (is_protected(f, i)) {
            fail(f, SR_WRPERR);
            return;
        }
    }
    bench_flash_front_begin_erase(front, all ? -1 : page, all ? MASS_ERASE_NS : PAGE_ERASE_NS,
                                  MIN_MV);
}

static gboolean
is_blank(BenchFlashFront *front, guint32 addr)
{
    const BenchParts *parts = front->wires->parts;
    const guint8 *cells = parts->flash + (addr - parts->chip->flash_base);

    for (guint i = 0; i < 8; i++)
        if (cells[i] != 0xff)
            return FALSE;
    return TRUE;
}

static void
program_double_word(FlashL4 *f, guint32 addr, guint64 value)
{
    BenchFlashFront *front = &f->front;

    if (is_protected(f, bench_nor_find_sector(front->wires->nor, addr)))
        fail(f, SR_WRPERR);
    else if (value != 0 && !is_blank(front, addr))
        fail(f, SR_PROGERR);
    else
        bench_flash_front_begin_program(front, addr, 8, value, PROGRAM_NS, MIN_MV);
}

/* RM0394 3.3.7: the first word is kept until the second one comes. */
static void
flash_l4_program(BenchFlashFront *front, guint32 addr, guint size, guint32 value)
{
    FlashL4 *f = (FlashL4 *)front;

    if ((front->cr & CR_LOCK) || !(front->cr & CR_PG) || (front->sr & SR_ERRORS) != 0 ||
        bench_nor_is_busy(front->wires->nor)) {
        fail(f, SR_PGSERR);
    } else if (size != 4) {
        fail(f, SR_SIZERR);
    } else if (!f->half_written && (addr & 4) == 0) {
        f->half_written = TRUE;
        f->low_addr = addr;
        f->low_word = value;
    } else if (f->half_written && addr == f->low_addr + 4) {
        f->half_written = FALSE;
        program_double_word(f, f->low_addr, (guint64)value << 32 | f->low_word);
    } else {
        fail(f, SR_PGAERR);
    }
}

/* -- registers -- */

static guint32
flash_l4_read(BenchFlashFront *front, guint32 offset)
{
    const FlashL4 *f = (FlashL4 *)front;

    switch (offset) {
    case BENCH_FLASH_ACR:
        return front->acr;
    case OPTR:
        return f->optr;
    case PCROP1SR:
        return PCROP1SR_DELIVERED;
    case PCROP1ER:
        return PCROP1ER_DELIVERED;
    case WRP1AR:
        return f->wrp1ar;
    case WRP1BR:
        return WRP_NOTHING;
    default:
        return 0;
    }
}

static void
flash_l4_write(BenchFlashFront *front, guint32 offset, guint size, guint32 value)
{
    if ((offset & ~3u) == BENCH_FLASH_ACR)
        bench_flash_front_set_acr(front, bench_peripheral_merge(front->acr, offset, size, value));
}

/* RM0394 3.5.1 */
static void
load_option(FlashL4 *f)
{
    guint rdp = f->optr & 0xff;

    f->front.wires->parts->rdp_level = rdp == 0xaa ? 0 : rdp == 0xcc ? 2 : 1;
}

/* One area protects from the first page of the mask to its last. */
static void
flash_l4_protect(BenchPeripheral *self, guint rdp_level, guint32 wrp_pages)
{
    FlashL4 *f = (FlashL4 *)self;
    static const guint8 rdp[] = {0xaa, 0x55, 0xcc};

    f->optr = (f->optr & ~0xffu) | rdp[MIN(rdp_level, 2)];
    f->wrp1ar = wrp_pages == 0
                    ? WRP_NOTHING
                    : (g_bit_storage(wrp_pages) - 1) << 16 | (guint32)g_bit_nth_lsf(wrp_pages, -1);
    load_option(f);
}

static void
flash_l4_reset(BenchFlashFront *front)
{
    FlashL4 *f = (FlashL4 *)front;

    f->half_written = FALSE;
    front->cr |= CR_OPTLOCK;
    load_option(f);
}

static const BenchFlashFamily family = {
    .base = 0x40022000, /* RM0394 table 2 */
    .keyr = 0x08,       /* behind PDKEYR */
    .sr = 0x10,
    .cr = 0x14,
    .irq = 4, /* RM0394 table 46 */
    .acr_reset = ACR_AT_RESET,
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
    .cr_options = CR_OPTSTRT | CR_OBL_LAUNCH,
    .eop_by_eopie = TRUE,
    .erase = flash_l4_erase,
    .program = flash_l4_program,
    .read = flash_l4_read,
    .write = flash_l4_write,
    .reset = flash_l4_reset,
    .protect = flash_l4_protect,
};

BenchPeripheral *
bench_flash_l4_new(BenchWires *wires)
{
    FlashL4 *f = g_new0(FlashL4, 1);

    f->optr = OPTR_DELIVERED;
    f->wrp1ar = WRP_NOTHING;
    return bench_flash_front_init(&f->front, &family, wires);
}
