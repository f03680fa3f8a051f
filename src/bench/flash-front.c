/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/flash-front.h"

#include "bench/chip-rows.h"

/* RM0383 3.5.1, PM0075 2.3.1 */
#define KEY1 0x45670123u
#define KEY2 0xcdef89abu

static void write_cr(BenchFlashFront *f, guint32 value);

static void
update_irq(BenchFlashFront *f)
{
    const BenchFlashFamily *family = f->family;
    gboolean level = ((f->sr & family->sr_eop) && (f->cr & family->cr_eopie)) ||
                     ((f->sr & family->sr_errie_flags) && (f->cr & family->cr_errie));

    f->base.host->set_irq(f->base.host, family->irq, level);
}

BenchKeys
bench_keys_write(BenchKeys keys, guint32 value, guint32 first, guint32 second)
{
    if (keys == BENCH_KEYS_NONE && value == first)
        return BENCH_KEYS_FIRST;
    if (keys == BENCH_KEYS_FIRST && value == second)
        return BENCH_KEYS_OPEN;
    return BENCH_KEYS_SHUT;
}

/* -- operations -- */

static void
end_operation(BenchFlashFront *f)
{
    BenchPeripheralHost *host = f->base.host;

    if (f->family->go_on != NULL && f->family->go_on(f))
        return;
    f->cr &= ~f->family->cr_strt;
    if (!f->family->eop_by_eopie || (f->cr & f->family->cr_eopie))
        f->sr |= f->family->sr_eop;
    host->flash_busy_until(host, 0);
    host->event_moved(host);
    if (f->cr_waits) {
        f->cr_waits = FALSE;
        write_cr(f, f->cr_next);
    }
    update_irq(f);
}

static void
show(BenchFlashFront *f, guint32 addr, guint32 size, gboolean through_caches)
{
    const BenchChip *chip = f->wires->parts->chip;

    if (addr - chip->flash_base >= chip->flash_size)
        return; /* an area: bench_cells_new() reads the cells themselves */
    if (through_caches && f->family->changed != NULL)
        f->family->changed(f, addr, size);
    else
        f->base.host->flash_changed(f->base.host, addr, size);
}

/* What is due until now. Registers call it too, so that they are right between two events. */
static void
settle(BenchFlashFront *f)
{
    BenchPeripheralHost *host = f->base.host;
    guint32 addr, size;

    switch (bench_nor_advance(f->wires->nor, host->now_ns(host), &addr, &size)) {
    case BENCH_NOR_NOTHING:
        break;
    case BENCH_NOR_CUT:
        show(f, addr, size, FALSE);
        host->power_fails(host);
        break;
    case BENCH_NOR_DONE:
        show(f, addr, size, TRUE);
        end_operation(f);
        break;
    }
}

static void
begun(BenchFlashFront *f)
{
    BenchPeripheralHost *host = f->base.host;
    guint64 until = bench_nor_get_busy_until_ns(f->wires->nor);

    if (until > host->now_ns(host)) {
        host->flash_busy_until(host, until);
        host->event_moved(host);
    }
    settle(f);
}

static BenchNorQuality
get_quality(const BenchFlashFront *f, guint min_mv)
{
    return f->base.host->supply_mv >= min_mv ? BENCH_NOR_SOUND : BENCH_NOR_WEAK;
}

void
bench_flash_front_begin_erase(BenchFlashFront *f, gint sector, guint64 duration_ns, guint min_mv)
{
    bench_nor_begin_erase(f->wires->nor, sector, f->base.host->now_ns(f->base.host), duration_ns,
                          get_quality(f, min_mv));
    begun(f);
}

void
bench_flash_front_begin_bank_erase(
    BenchFlashFront *f, guint first, guint n, guint64 duration_ns, guint min_mv)
{
    bench_nor_begin_bank_erase(f->wires->nor, first, n, f->base.host->now_ns(f->base.host),
                               duration_ns, get_quality(f, min_mv));
    begun(f);
}

void
bench_flash_front_begin_area_erase(BenchFlashFront *f,
                                   BenchFlashArea area,
                                   guint64 duration_ns,
                                   guint min_mv)
{
    bench_nor_begin_area_erase(f->wires->nor, area, f->base.host->now_ns(f->base.host), duration_ns,
                               get_quality(f, min_mv));
    begun(f);
}

void
bench_flash_front_begin_program(
    BenchFlashFront *f, guint32 addr, guint width, guint64 value, guint64 duration_ns, guint min_mv)
{
    bench_nor_begin_program(f->wires->nor, addr, width, value, f->base.host->now_ns(f->base.host),
                            duration_ns, get_quality(f, min_mv));
    begun(f);
}

void
bench_flash_front_fail(BenchFlashFront *f, guint32 flags)
{
    f->sr |= flags;
    update_irq(f);
}

gboolean
bench_flash_front_is_blocked(const BenchFlashFront *f)
{
    return f->wires->parts->rdp_level != 0 && f->base.host->debugger_attached;
}

static void
front_program(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    BenchFlashFront *f = (BenchFlashFront *)self;

    settle(f);
    f->family->program(f, f->wires->parts->chip->flash_base + offset, size, value);
}

/* -- registers -- */

void
bench_flash_front_set_acr(BenchFlashFront *f, guint32 value)
{
    f->acr = value & f->family->acr_writable;
    f->wires->wait_states = value & f->family->acr_latency;
    bench_wires_check_clock(f->wires);
}

static void
write_keyr(BenchFlashFront *f, guint32 value)
{
    if (f->keys == BENCH_KEYS_OPEN && f->family->open_ignores_keys)
        return;
    f->keys = bench_keys_write(f->keys, value, KEY1, KEY2);
    if (f->keys == BENCH_KEYS_OPEN)
        f->cr &= ~f->family->cr_lock;
    else
        f->cr |= f->family->cr_lock;
}

static void
write_cr(BenchFlashFront *f, guint32 value)
{
    const BenchFlashFamily *family = f->family;

    /* RM0383 3.8.5: a write while busy stalls until the operation has ended. */
    if (bench_nor_is_busy(f->wires->nor)) {
        f->cr_waits = TRUE;
        f->cr_next = value;
        return;
    }
    if (f->cr & family->cr_lock)
        return;
    if (value & family->cr_options)
        f->base.host->firmware_fault(f->base.host,
                                     "FLASH_CR: the bench does not program option bytes");
    if (value & f->wires->parts->chip->family->cr_obl_launch)
        f->base.host->request_reset(f->base.host, BENCH_RESET_OPTIONS);
    f->cr = value & (family->cr_writable | (f->cr & family->cr_clearable));
    if (f->cr & family->cr_lock)
        f->keys = BENCH_KEYS_NONE;
    update_irq(f);
    if (value & family->cr_strt)
        family->erase(f);
    if (!bench_nor_is_busy(f->wires->nor))
        f->cr &= ~family->cr_strt;
}

static guint32
front_read(BenchPeripheral *self, guint32 offset, guint size)
{
    BenchFlashFront *f = (BenchFlashFront *)self;
    guint32 reg = offset & ~3u;

    settle(f);
    if (reg == f->family->sr)
        return f->sr | (bench_nor_is_busy(f->wires->nor) ? f->family->sr_bsy : 0);
    return reg == f->family->cr ? f->cr : f->family->read(f, reg);
}

static void
front_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    BenchFlashFront *f = (BenchFlashFront *)self;
    guint32 reg = offset & ~3u;

    settle(f);
    if (reg == f->family->keyr) {
        write_keyr(f, value);
    } else if (reg == f->family->sr) {
        f->sr &= ~(bench_peripheral_merge(0, offset, size, value) & f->family->sr_writable);
        update_irq(f);
    } else if (reg == f->family->cr) {
        write_cr(f, bench_peripheral_merge(f->cr, offset, size, value));
    } else {
        f->family->write(f, offset, size, value);
    }
}

/* -- power, resets and time -- */

static void
abort_operation(BenchFlashFront *f)
{
    guint32 addr, size;

    if (!bench_nor_abort(f->wires->nor, &addr, &size))
        return;
    show(f, addr, size, FALSE);
    f->base.host->flash_busy_until(f->base.host, 0);
}

static void
front_reset(BenchPeripheral *self, gboolean power_on)
{
    BenchFlashFront *f = (BenchFlashFront *)self;
    const BenchChip *chip = f->wires->parts->chip;

    /* RM0383 3.5: a reset in mid-operation leaves the contents undefined. */
    abort_operation(f);
    if (power_on && bench_nor_decay(f->wires->nor))
        self->host->flash_changed(self->host, chip->flash_base, chip->flash_size);
    f->acr = f->family->acr_reset;
    f->wires->wait_states = 0;
    f->sr = 0;
    f->cr = f->family->cr_lock;
    f->cr_waits = FALSE;
    f->keys = BENCH_KEYS_NONE;
    f->family->reset(f);
    update_irq(f);
}

static void
front_power_off(BenchPeripheral *self)
{
    abort_operation((BenchFlashFront *)self);
}

static guint64
front_next_event_ns(BenchPeripheral *self)
{
    return bench_nor_get_next_event_ns(((BenchFlashFront *)self)->wires->nor);
}

static void
front_advance(BenchPeripheral *self, guint64 now_ns)
{
    settle((BenchFlashFront *)self);
}

static void
front_free(BenchPeripheral *self)
{
    bench_nor_free(((BenchFlashFront *)self)->wires->nor);
    g_free(self);
}

static const BenchPeripheralOps front_ops = {
    .read = front_read,
    .write = front_write,
    .reset = front_reset,
    .power_off = front_power_off,
    .next_event_ns = front_next_event_ns,
    .advance = front_advance,
    .free = front_free,
};

BenchPeripheral *
bench_flash_front_init(BenchFlashFront *f, const BenchFlashFamily *family, BenchWires *wires)
{
    f->base = (BenchPeripheral){.ops = &front_ops,
                                .name = "FLASH",
                                .base = family->base,
                                .size = 0x400,
                                .host = wires->parts->host};
    f->family = family;
    f->wires = wires;
    wires->flash = &f->base;
    wires->flash_write = front_program;
    wires->flash_protect = family->protect;
    wires->flash_load_options = family->load_options;
    wires->flash_describe_options = family->describe_options;
    return &f->base;
}
