/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/chip-rows.h"
#include "bench/wires.h"

#include <string.h>

/*
 * DMA1 and DMA2 of the STM32F4 (RM0090 10): eight streams each, between a peripheral and memory, on
 * request of the peripheral. A transfer takes no time, and waits for nothing but a busy flash, for
 * which then all streams of the controller wait. The FIFO holds nothing back; memory to memory, flow
 * control by the peripheral and bursts are not modelled.
 */

enum { LISR = 0x00, HISR = 0x04, LIFCR = 0x08, HIFCR = 0x0c, STREAMS = 0x10, STREAM_SIZE = 0x18 };
enum { CR, NDTR, PAR, M0AR, M1AR, FCR, N_REGS };
#define N_STREAMS 8
#define SIZE (STREAMS + N_STREAMS * STREAM_SIZE)

/* RM0090 10.5.1: of one stream, as its field of LISR or HISR has them. */
#define FLAG_TEIF (1u << 3)
#define FLAG_HTIF (1u << 4)
#define FLAG_TCIF (1u << 5)
#define FLAGS 0x3du
/* RM0090 10.5.5 */
#define CR_EN (1u << 0)
#define CR_TEIE (1u << 2)
#define CR_HTIE (1u << 3)
#define CR_TCIE (1u << 4)
#define CR_INTERRUPTS 0x1eu
#define CR_CIRC (1u << 8)
#define CR_PINC (1u << 9)
#define CR_MINC (1u << 10)
#define CR_DBM (1u << 18)
#define CR_CT (1u << 19)
#define CR_WRITABLE 0x0fefffffu
#define FCR_RESET 0x21u
#define FCR_WRITABLE 0x87u
#define FCR_FEIE (1u << 7)

enum { PERIPHERAL_TO_MEMORY, MEMORY_TO_PERIPHERAL };

typedef struct {
    guint32 regs[N_REGS];
    guint32 count;   /* what NDTR held when the stream was enabled */
    guint8 requests; /* by channel; lines from outside, which a reset leaves alone */
} Stream;

typedef struct {
    BenchPeripheral base;
    guint number; /* from 1 */
    guint32 flash_base, flash_size;
    guint32 isr[2];
    Stream streams[N_STREAMS];
    gboolean serving;
    guint64 stalled_until_ns; /* by the flash; G_MAXUINT64: not stalled */
} Dma;

/* RM0090 10.5.1, 10.5.2 */
static guint
flag_shift(guint stream)
{
    static const guint8 shifts[] = {0, 6, 16, 22};
    return shifts[stream & 3];
}

static guint32
get_flags(const Dma *dma, guint stream)
{
    return dma->isr[stream / 4] >> flag_shift(stream) & FLAGS;
}

static void
update_irqs(Dma *dma)
{
    /* RM0090 table 61 */
    static const guint8 irqs[2][N_STREAMS] = {
        {11, 12, 13, 14, 15, 16, 17, 47},
        {56, 57, 58, 59, 60, 68, 69, 70},
    };

    for (guint i = 0; i < N_STREAMS; i++) {
        guint32 cr = dma->streams[i].regs[CR], flags = get_flags(dma, i);
        gboolean level = ((flags & FLAG_TEIF) && (cr & CR_TEIE)) ||
                         ((flags & FLAG_HTIF) && (cr & CR_HTIE)) ||
                         ((flags & FLAG_TCIF) && (cr & CR_TCIE));
        dma->base.host->set_irq(dma->base.host, irqs[dma->number - 1][i], level);
    }
}

static void
set_flag(Dma *dma, guint stream, guint32 flag)
{
    dma->isr[stream / 4] |= flag << flag_shift(stream);
}

/* -- transfers -- */

/* RM0090 figure 1: the memory port reaches SRAM and, reading, flash, but not the core-coupled memory; the
 * peripheral port is held to the peripheral bus of the requests: APB1 for DMA1, APB2 for DMA2. */
static gboolean
reaches(const Dma *dma, guint32 memory, guint32 peripheral, gboolean reads_memory)
{
    gboolean sram = memory >> 28 == 2;
    gboolean flash = reads_memory && memory - dma->flash_base < dma->flash_size;

    return (sram || flash) && peripheral >> 16 == (dma->number == 1 ? 0x4000u : 0x4001u);
}

static gboolean
move(Dma *dma, guint32 from, guint32 to, guint size)
{
    BenchPeripheralHost *host = dma->base.host;
    guint32 value;

    return host->bus_read(host, from, size, &value) && host->bus_write(host, to, size, value);
}

/* RM0090 10.3.8, 10.3.9: what the end of a block leads to. */
static void
end_block(Dma *dma, Stream *s)
{
    set_flag(dma, (guint)(s - dma->streams), FLAG_TCIF);
    if (s->regs[CR] & CR_DBM)
        s->regs[CR] ^= CR_CT;
    if (s->regs[CR] & (CR_CIRC | CR_DBM))
        s->regs[NDTR] = s->count;
    else
        s->regs[CR] &= ~CR_EN;
}

/* FALSE: it has to wait for the flash. */
static gboolean
transfer(Dma *dma, Stream *s)
{
    guint32 cr = s->regs[CR], done = s->count - s->regs[NDTR];
    guint size = 1u << (cr >> 11 & 3);
    guint32 memory = s->regs[cr & CR_DBM && cr & CR_CT ? M1AR : M0AR];
    guint32 peripheral = s->regs[PAR] + (cr & CR_PINC ? done * size : 0);
    gboolean reads_memory = (cr >> 6 & 3) == MEMORY_TO_PERIPHERAL;
    guint stream = (guint)(s - dma->streams);

    memory += cr & CR_MINC ? done * size : 0;
    guint64 free_ns = dma->base.host->bus_free_ns(dma->base.host, memory);
    if (free_ns != 0) {
        dma->stalled_until_ns = free_ns;
        return FALSE;
    }
    if (!reaches(dma, memory, peripheral, reads_memory) ||
        !move(dma, reads_memory ? memory : peripheral, reads_memory ? peripheral : memory, size)) {
        set_flag(dma, stream, FLAG_TEIF); /* 10.3.18: and the stream is disabled */
        s->regs[CR] &= ~CR_EN;
        return TRUE;
    }
    if (--s->regs[NDTR] == s->count / 2)
        set_flag(dma, stream, FLAG_HTIF);
    if (s->regs[NDTR] == 0)
        end_block(dma, s);
    return TRUE;
}

static gboolean
is_requested(const Stream *s)
{
    return (s->regs[CR] & CR_EN) && s->regs[NDTR] != 0 && (s->regs[CR] >> 6 & 2) == 0 &&
           (s->requests >> (s->regs[CR] >> 25 & 7) & 1);
}

/* A transfer changes the request that it answers, and that leads back here. */
static void
serve(Dma *dma)
{
    if (dma->serving || dma->base.clock_off || dma->stalled_until_ns != G_MAXUINT64)
        return;
    dma->serving = TRUE;
    for (guint i = 0; i < N_STREAMS && dma->stalled_until_ns == G_MAXUINT64; i++)
        while (is_requested(&dma->streams[i]) && transfer(dma, &dma->streams[i]))
            ;
    dma->serving = FALSE;
    update_irqs(dma);
    dma->base.host->event_moved(dma->base.host);
}

void
bench_dma_set_request(BenchWires *wires, const BenchDmaRequest *request, gboolean level)
{
    Dma *dma = (Dma *)wires->dma[request->controller - 1];
    guint8 *requests = &dma->streams[request->stream].requests;
    guint8 bit = (guint8)(1u << request->channel);

    *requests = level ? *requests | bit : *requests & ~bit;
    if (level)
        serve(dma);
}

/* -- registers -- */

static void
enable(Dma *dma, Stream *s, guint stream)
{
    if (get_flags(dma, stream) != 0) { /* 10.5.5, EN */
        dma->base.host->firmware_fault(dma->base.host,
                                       "DMA: a stream is enabled before its flags are cleared");
        s->regs[CR] &= ~CR_EN;
        return;
    }
    if (s->regs[NDTR] == 0) /* 10.5.6 */
        s->regs[NDTR] = s->count;
    s->count = s->regs[NDTR];
}

/* 10.5.5: an enabled stream lets only itself and its interrupts be changed. */
static void
write_cr(Dma *dma, Stream *s, guint32 value)
{
    guint32 old = s->regs[CR], writable = old & CR_EN ? CR_EN | CR_INTERRUPTS : CR_WRITABLE;
    guint stream = (guint)(s - dma->streams);

    s->regs[CR] = (old & ~writable) | (value & writable);
    if (!(old & CR_EN) && (value & CR_EN))
        enable(dma, s, stream);
    /* 10.3.8: a stream that is disabled before its end says that it has stopped. */
    if ((old & CR_EN) && !(value & CR_EN) && s->regs[NDTR] != 0)
        set_flag(dma, stream, FLAG_TCIF);
}

static void
write_stream(Dma *dma, Stream *s, guint r, guint32 value)
{
    gboolean enabled = (s->regs[CR] & CR_EN) != 0;
    /* 10.5.8, 10.5.9: of two buffers the one that is not in use may be changed. */
    gboolean swaps = (s->regs[CR] & CR_DBM) && (r == M0AR) == ((s->regs[CR] & CR_CT) != 0);

    if (r == CR)
        write_cr(dma, s, value);
    else if (r == FCR)
        s->regs[FCR] = (s->regs[FCR] & (enabled ? ~FCR_FEIE : ~FCR_WRITABLE)) |
                       (value & (enabled ? FCR_FEIE : FCR_WRITABLE));
    else if (!enabled || ((r == M0AR || r == M1AR) && swaps))
        s->regs[r] = r == NDTR ? value & 0xffff : value;
}

static guint32 *
find_reg(Dma *dma, guint32 offset, Stream **stream, guint *r)
{
    *stream = &dma->streams[(offset - STREAMS) / STREAM_SIZE];
    *r = (offset - STREAMS) % STREAM_SIZE / 4;
    return &(*stream)->regs[*r];
}

static guint32
dma_read(BenchPeripheral *self, guint32 offset, guint size)
{
    Dma *dma = (Dma *)self;
    Stream *stream;
    guint r;

    offset &= ~3u;
    if (offset >= STREAMS)
        return offset < SIZE ? *find_reg(dma, offset, &stream, &r) : 0;
    return offset <= HISR ? dma->isr[offset / 4] : 0;
}

static void
dma_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    Dma *dma = (Dma *)self;
    guint32 aligned = offset & ~3u;
    Stream *stream;
    guint r;

    if (aligned == LIFCR || aligned == HIFCR) {
        dma->isr[(aligned - LIFCR) / 4] &= ~bench_peripheral_merge(0, offset, size, value);
    } else if (aligned >= STREAMS && aligned < SIZE) {
        guint32 old = *find_reg(dma, aligned, &stream, &r);
        write_stream(dma, stream, r, bench_peripheral_merge(old, offset, size, value));
    }
    update_irqs(dma);
    serve(dma);
}

static void
dma_reset(BenchPeripheral *self, gboolean power_on)
{
    Dma *dma = (Dma *)self;

    memset(dma->isr, 0, sizeof dma->isr);
    for (guint i = 0; i < N_STREAMS; i++) {
        memset(dma->streams[i].regs, 0, sizeof dma->streams[i].regs);
        dma->streams[i].regs[FCR] = FCR_RESET;
        dma->streams[i].count = 0;
    }
    dma->stalled_until_ns = G_MAXUINT64;
    update_irqs(dma);
}

static guint64
dma_next_event_ns(BenchPeripheral *self)
{
    return ((Dma *)self)->stalled_until_ns;
}

static void
dma_advance(BenchPeripheral *self, guint64 now_ns)
{
    Dma *dma = (Dma *)self;

    if (dma->stalled_until_ns > now_ns)
        return;
    dma->stalled_until_ns = G_MAXUINT64;
    serve(dma);
}

static void
dma_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps dma_ops = {
    .read = dma_read,
    .write = dma_write,
    .reset = dma_reset,
    .next_event_ns = dma_next_event_ns,
    .advance = dma_advance,
    .free = dma_free,
};

BenchPeripheral *
bench_dma_new(BenchWires *wires, guint controller, guint32 base)
{
    Dma *dma = g_new0(Dma, 1);

    dma->base = (BenchPeripheral){.ops = &dma_ops,
                                  .name = controller == 1 ? "DMA1" : "DMA2",
                                  .base = base,
                                  .size = 0x400,
                                  .host = wires->parts->host};
    dma->number = controller;
    dma->flash_base = wires->parts->chip->flash_base;
    dma->flash_size = wires->parts->chip->flash_size;
    dma->stalled_until_ns = G_MAXUINT64;
    return &dma->base;
}
