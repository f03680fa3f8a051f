/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/wires.h"

/* The independent watchdog of the STM32F1 and F4 (RM0383 15, RM0008 19). Once started, only a
 * reset stops it; where the option bytes say so, each reset starts it (RM0383 15.3.1). */

enum { KR = 0x00, PR = 0x04, RLR = 0x08, SR = 0x0c };
#define KEY_RELOAD 0xaaaau
#define KEY_ACCESS 0x5555u
#define KEY_START 0xccccu
#define SR_PVU (1u << 0)
#define SR_RVU (1u << 1)
/* DS10314 6.3.9 and DS5319 5.3.7: the internal slow oscillator's nominal rates are 32 and
 * 40 kHz; the model takes the slower for both, and whole periods of it. */
#define LSI_PERIOD_NS 31250u
/* RM0383 15.4.4: a new prescaler or reload value takes up to 5 periods to arrive. */
#define UPDATE_NS (5 * LSI_PERIOD_NS)

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    guint32 pr, rlr;
    gboolean access, running, frozen;
    guint64 deadline_ns; /* while it runs */
    guint64 left_ns;     /* while it is frozen */
    guint64 pvu_until_ns, rvu_until_ns;
} Iwdg;

static void
reload(Iwdg *iwdg)
{
    guint64 period = LSI_PERIOD_NS * ((guint64)4 << MIN(iwdg->pr, 6));

    iwdg->left_ns = (iwdg->rlr + 1) * period;
    iwdg->deadline_ns = iwdg->base.host->now_ns(iwdg->base.host) + iwdg->left_ns;
}

void
bench_iwdg_update(BenchPeripheral *self)
{
    Iwdg *iwdg = (Iwdg *)self;
    gboolean frozen = self->host->core_halted && iwdg->wires->iwdg_freezes;
    guint64 now = self->host->now_ns(self->host);

    if (frozen == iwdg->frozen)
        return;
    iwdg->frozen = frozen;
    if (frozen)
        iwdg->left_ns = iwdg->deadline_ns > now ? iwdg->deadline_ns - now : 0;
    else
        iwdg->deadline_ns = now + iwdg->left_ns;
    self->host->event_moved(self->host);
}

static guint32
iwdg_read(BenchPeripheral *self, guint32 offset, guint size)
{
    const Iwdg *iwdg = (Iwdg *)self;
    guint64 now = self->host->now_ns(self->host);

    switch (offset & ~3u) {
    case PR:
        return iwdg->pr;
    case RLR:
        return iwdg->rlr;
    case SR:
        return (now < iwdg->pvu_until_ns ? SR_PVU : 0) | (now < iwdg->rvu_until_ns ? SR_RVU : 0);
    default:
        return 0;
    }
}

static guint64
iwdg_next_event_ns(BenchPeripheral *self)
{
    const Iwdg *iwdg = (Iwdg *)self;

    if (iwdg->frozen || (!iwdg->running && !iwdg->wires->iwdg_always))
        return G_MAXUINT64;
    return iwdg->deadline_ns;
}

/* Programs feed it in their innermost loops: who runs them is disturbed only when it bites earlier. */
static void
write_key(Iwdg *iwdg, guint32 key)
{
    guint64 before = iwdg_next_event_ns(&iwdg->base);

    iwdg->access = key == KEY_ACCESS;
    if (key == KEY_START)
        iwdg->running = TRUE;
    if (key == KEY_START || key == KEY_RELOAD)
        reload(iwdg);
    if (iwdg_next_event_ns(&iwdg->base) < before)
        iwdg->base.host->event_moved(iwdg->base.host);
}

static void
iwdg_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    Iwdg *iwdg = (Iwdg *)self;
    guint64 now = self->host->now_ns(self->host);

    if (offset == KR) {
        write_key(iwdg, value & 0xffff);
    } else if (offset == PR && iwdg->access && now >= iwdg->pvu_until_ns) {
        iwdg->pr = value & 7;
        iwdg->pvu_until_ns = now + UPDATE_NS;
    } else if (offset == RLR && iwdg->access && now >= iwdg->rvu_until_ns) {
        iwdg->rlr = value & 0xfff;
        iwdg->rvu_until_ns = now + UPDATE_NS;
    }
}

static void
iwdg_reset(BenchPeripheral *self, gboolean power_on)
{
    Iwdg *iwdg = (Iwdg *)self;

    iwdg->pr = 0;
    iwdg->rlr = 0xfff;
    iwdg->access = FALSE;
    iwdg->running = FALSE;
    reload(iwdg);
    iwdg->pvu_until_ns = iwdg->rvu_until_ns = 0;
}

static void
iwdg_advance(BenchPeripheral *self, guint64 now_ns)
{
    Iwdg *iwdg = (Iwdg *)self;

    if (now_ns < iwdg_next_event_ns(self))
        return;
    iwdg->running = FALSE;
    iwdg->deadline_ns = G_MAXUINT64;
    self->host->request_reset(self->host, BENCH_RESET_WATCHDOG);
}

static void
iwdg_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps iwdg_ops = {
    .read = iwdg_read,
    .write = iwdg_write,
    .reset = iwdg_reset,
    .wires_changed = bench_iwdg_update,
    .next_event_ns = iwdg_next_event_ns,
    .advance = iwdg_advance,
    .free = iwdg_free,
};

BenchPeripheral *
bench_iwdg_new(BenchWires *wires, guint32 base)
{
    Iwdg *iwdg = g_new0(Iwdg, 1);

    iwdg->base = (BenchPeripheral){
        .ops = &iwdg_ops, .name = "IWDG", .base = base, .size = 0x400, .host = wires->parts->host};
    iwdg->wires = wires;
    iwdg->rlr = 0xfff;
    wires->iwdg = &iwdg->base;
    return &iwdg->base;
}
