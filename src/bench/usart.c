/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/random.h"
#include "bench/wires.h"

#include <string.h>

/*
 * A USART of the STM32F1 and F4 (RM0383 19, RM0008 27): asynchronous, one data and one shift
 * register, no FIFO, no DMA. A byte comes out when its stop bit has.
 */

enum { SR = 0x00, DR = 0x04, BRR = 0x08, CR1 = 0x0c, CR2 = 0x10, CR3 = 0x14, GTPR = 0x18 };

/* RM0383 19.6.1 */
#define SR_ORE (1u << 3)
#define SR_IDLE (1u << 4)
#define SR_RXNE (1u << 5)
#define SR_TC (1u << 6)
#define SR_TXE (1u << 7)
#define SR_READ_THEN_DR (SR_ORE | SR_IDLE | 0x7u) /* with noise, framing and parity errors */
/* RM0383 19.6.4 */
#define CR1_RE (1u << 2)
#define CR1_TE (1u << 3)
#define CR1_IDLEIE (1u << 4)
#define CR1_RXNEIE (1u << 5)
#define CR1_TCIE (1u << 6)
#define CR1_TXEIE (1u << 7)
#define CR1_M (1u << 12)
#define CR1_UE (1u << 13)
#define CR1_OVER8 (1u << 15)

/* What the far end listens at. */
#define LINE_BAUD 115200

typedef struct {
    BenchPeripheral base;
    BenchWires *wires;
    const BenchUsartRow *row;
    guint32 regs[7];
    gboolean sr_was_read; /* first half of "read SR, then read or write DR" */
    guint16 transmit, receive;
    guint16 shift;
    gboolean shifting_byte; /* else an idle frame */
    guint64 frame_end_ns;   /* of the shift register; G_MAXUINT64: empty */
    guint64 idle_ns;        /* when a line gone quiet counts as idle */
} Usart;

static guint32 *
reg(Usart *u, guint32 offset)
{
    return &u->regs[offset / 4];
}

static void
update_irq(Usart *u)
{
    guint32 sr = *reg(u, SR), cr1 = *reg(u, CR1);
    gboolean level = ((sr & SR_TXE) && (cr1 & CR1_TXEIE)) || ((sr & SR_TC) && (cr1 & CR1_TCIE)) ||
                     ((sr & (SR_RXNE | SR_ORE)) && (cr1 & CR1_RXNEIE)) ||
                     ((sr & SR_IDLE) && (cr1 & CR1_IDLEIE));
    u->base.host->set_irq(u->base.host, u->row->irq, level);
}

/* RM0383 19.3.4: clock cycles of one bit. By 8, the lowest bit of the fraction's four is unused. */
static guint32
get_bit_cycles(Usart *u)
{
    guint32 brr = *reg(u, BRR) & 0xffff;

    return *reg(u, CR1) & CR1_OVER8 ? (brr >> 4) * 8 + (brr & 7) : brr;
}

/* 0: the baud rate generator stands still. */
static guint64
get_frame_ns(Usart *u)
{
    static const guint8 stop_half_bits[] = {2, 1, 4, 3};
    guint32 hz = u->wires->pclk_hz[u->row->bus];
    guint half_bits =
        2 * (1 + (*reg(u, CR1) & CR1_M ? 9 : 8)) + stop_half_bits[(*reg(u, CR2) >> 12) & 3];

    return hz == 0 ? 0 : (guint64)get_bit_cycles(u) * half_bits * 500000000u / hz;
}

/* -- sending -- */

static gboolean
reaches_a_pin(Usart *u)
{
    for (guint i = 0; i < u->row->n_tx; i++) {
        BenchPeripheral *gpio = u->wires->gpio[u->row->tx[i].port];
        if (gpio != NULL &&
            bench_gpio_is_alternate(gpio, u->row->tx[i].pin, u->row->tx[i].function))
            return TRUE;
    }
    return FALSE;
}

/* The byte as the far end samples it, in the middle of each of its own bits. Beyond 3 % it is
 * wrong by at least its last bit: real receivers may be luckier. */
static guint8
sample_at_line_baud(Usart *u, guint8 byte)
{
    guint32 cycles = get_bit_cycles(u), hz = u->wires->pclk_hz[u->row->bus];
    guint64 baud = hz / MAX(cycles, 1);
    guint8 seen = 0;

    if (baud * 100 >= LINE_BAUD * 97u && baud * 100 <= LINE_BAUD * 103u)
        return byte;
    for (guint bit = 0; bit < 8; bit++) {
        guint64 slot = (2 * bit + 3) * baud / (2 * LINE_BAUD);
        gboolean level = slot == 0 ? FALSE : slot > 8 ? TRUE : (byte >> (slot - 1)) & 1;
        seen |= (guint8)(level << bit);
    }
    return seen == byte ? byte ^ 0x80 : seen;
}

static void
start_frame(Usart *u, gboolean is_byte, guint64 now_ns)
{
    guint64 frame_ns = get_frame_ns(u);

    u->shifting_byte = is_byte;
    u->frame_end_ns = frame_ns == 0 ? G_MAXUINT64 - 1 : now_ns + frame_ns;
}

static void
load_shift(Usart *u, guint64 now_ns)
{
    if (*reg(u, SR) & SR_TXE)
        return;
    u->shift = u->transmit;
    *reg(u, SR) |= SR_TXE;
    start_frame(u, TRUE, now_ns);
}

static void
settle(Usart *u)
{
    BenchPeripheralHost *host = u->base.host;
    guint64 now = host->now_ns(host);

    while (u->frame_end_ns <= now) {
        guint64 end = u->frame_end_ns;
        u->frame_end_ns = G_MAXUINT64;
        if (u->shifting_byte && reaches_a_pin(u))
            host->uart_byte(host, u->row->base, sample_at_line_baud(u, (guint8)u->shift));
        if (*reg(u, CR1) & CR1_TE)
            load_shift(u, end);
        if (u->frame_end_ns == G_MAXUINT64)
            *reg(u, SR) |= SR_TC;
    }
    if (u->idle_ns <= now) {
        u->idle_ns = G_MAXUINT64;
        *reg(u, SR) |= SR_IDLE;
    }
    update_irq(u);
}

/* -- receiving -- */

void
bench_usart_receive(BenchPeripheral *self, guint8 byte)
{
    Usart *u = (Usart *)self;
    guint64 now = self->host->now_ns(self->host);

    settle(u);
    if (self->clock_off || (~*reg(u, CR1) & (CR1_UE | CR1_RE)) != 0)
        return;
    /* RM0383 19.3.3: the byte that overruns is lost, the one in DR stays. */
    if (*reg(u, SR) & SR_RXNE) {
        *reg(u, SR) |= SR_ORE;
    } else {
        u->receive = byte;
        *reg(u, SR) |= SR_RXNE;
    }
    u->idle_ns = now + get_frame_ns(u);
    update_irq(u);
    self->host->event_moved(self->host);
}

/* -- registers -- */

static guint32
usart_read(BenchPeripheral *self, guint32 offset, guint size)
{
    Usart *u = (Usart *)self;

    settle(u);
    offset &= ~3u;
    if (offset == SR)
        u->sr_was_read = TRUE;
    if (offset != DR)
        return offset <= GTPR ? *reg(u, offset) : 0;
    *reg(u, SR) &= ~(SR_RXNE | (u->sr_was_read ? SR_READ_THEN_DR : 0));
    u->sr_was_read = FALSE;
    update_irq(u);
    return u->receive;
}

static void
write_dr(Usart *u, guint32 value)
{
    guint64 now = u->base.host->now_ns(u->base.host);

    if ((~*reg(u, CR1) & (CR1_UE | CR1_TE)) != 0)
        return;
    if (u->sr_was_read)
        *reg(u, SR) &= ~SR_TC;
    u->sr_was_read = FALSE;
    u->transmit = value & 0x1ff;
    *reg(u, SR) &= ~SR_TXE;
    if (u->frame_end_ns == G_MAXUINT64)
        load_shift(u, now);
}

static void
write_cr1(Usart *u, guint32 value)
{
    guint32 old = *reg(u, CR1);
    guint32 needed = CR1_UE | CR1_TE;

    *reg(u, CR1) = value & 0xffff;
    if (!(value & CR1_UE)) {
        u->frame_end_ns = G_MAXUINT64;
        u->idle_ns = G_MAXUINT64;
        *reg(u, SR) |= SR_TXE | SR_TC;
    } else if ((value & needed) == needed && (old & needed) != needed &&
               u->frame_end_ns == G_MAXUINT64) {
        /* RM0383 19.3.2: enabling the transmitter sends an idle frame first. */
        start_frame(u, FALSE, u->base.host->now_ns(u->base.host));
    }
}

static void
usart_write(BenchPeripheral *self, guint32 offset, guint size, guint32 value)
{
    Usart *u = (Usart *)self;
    guint32 r = offset & ~3u;

    settle(u);
    if (r == SR) /* RM0383 19.6.1: zeros clear RXNE and TC */
        *reg(u, SR) &= bench_peripheral_merge(~0u, offset, size, value) | ~(SR_RXNE | SR_TC);
    else if (r == DR)
        write_dr(u, value);
    else if (r == CR1)
        write_cr1(u, bench_peripheral_merge(*reg(u, r), offset, size, value));
    else if (r <= GTPR)
        *reg(u, r) = bench_peripheral_merge(*reg(u, r), offset, size, value) & 0xffff;
    update_irq(u);
    self->host->event_moved(self->host);
}

static void
usart_reset(BenchPeripheral *self, gboolean power_on)
{
    Usart *u = (Usart *)self;

    memset(u->regs, 0, sizeof u->regs);
    *reg(u, SR) = SR_TXE | SR_TC;
    u->sr_was_read = FALSE;
    u->transmit = u->receive = u->shift = 0;
    u->frame_end_ns = G_MAXUINT64;
    u->idle_ns = G_MAXUINT64;
    update_irq(u);
}

static guint64
usart_next_event_ns(BenchPeripheral *self)
{
    const Usart *u = (Usart *)self;

    return MIN(u->frame_end_ns, u->idle_ns);
}

static void
usart_advance(BenchPeripheral *self, guint64 now_ns)
{
    settle((Usart *)self);
}

static void
usart_free(BenchPeripheral *self)
{
    g_free(self);
}

static const BenchPeripheralOps usart_ops = {
    .read = usart_read,
    .write = usart_write,
    .reset = usart_reset,
    .next_event_ns = usart_next_event_ns,
    .advance = usart_advance,
    .free = usart_free,
};

BenchPeripheral *
bench_usart_new(BenchWires *wires, const BenchUsartRow *row)
{
    Usart *u = g_new0(Usart, 1);

    u->base = (BenchPeripheral){.ops = &usart_ops,
                                .name = "USART",
                                .base = row->base,
                                .size = 0x400,
                                .host = wires->parts->host};
    u->wires = wires;
    u->row = row;
    u->frame_end_ns = G_MAXUINT64;
    u->idle_ns = G_MAXUINT64;
    return &u->base;
}
