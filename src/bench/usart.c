/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/random.h"
#include "bench/wires.h"

#include <string.h>

/*
 * A USART of the STM32F1 and F4 (RM0383 19, RM0008 27): asynchronous, one data and one shift
 * register each way, no FIFO. A byte comes out, and is there, when its stop bit has ended.
 */

enum { SR = 0x00, DR = 0x04, BRR = 0x08, CR1 = 0x0c, CR2 = 0x10, CR3 = 0x14, GTPR = 0x18 };

/* RM0383 19.6.1 */
#define SR_PE (1u << 0)
#define SR_FE (1u << 1)
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
#define CR1_PEIE (1u << 8)
#define CR1_PS (1u << 9)
#define CR1_PCE (1u << 10)
#define CR1_M (1u << 12)
#define CR1_UE (1u << 13)
#define CR1_OVER8 (1u << 15)
/* What a receiver is set to, that it cannot do without in the middle of a frame. */
#define CR1_RECEIVER (CR1_RE | CR1_PS | CR1_PCE | CR1_M | CR1_UE | CR1_OVER8)
/* RM0383 19.6.6 */
#define CR3_EIE (1u << 0)
#define CR3_DMAR (1u << 6)
#define CR3_DMAT (1u << 7)

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
    BenchUartFrame arriving;
    guint64 arrival_ns; /* of its stop bit's end; G_MAXUINT64: RX is quiet */
    gboolean deaf;      /* to what arrives: it began before the receiver was set as it is */
    guint64 idle_ns;    /* when a line gone quiet counts as idle */
    gboolean rx_request, tx_request;
} Usart;

static guint32 *
reg(Usart *u, guint32 offset)
{
    return &u->regs[offset / 4];
}

static void
set_requests(Usart *u, const BenchDmaRequest *requests, gboolean *old, gboolean level)
{
    if (*old == level)
        return;
    *old = level;
    for (guint i = 0; i < 2 && requests[i].controller != 0; i++)
        bench_dma_set_request(u->wires, &requests[i], *old);
}

/* What answers a request reads or writes DR, which leads back here. */
static void
update_lines(Usart *u)
{
    guint32 sr = *reg(u, SR), cr1 = *reg(u, CR1), cr3 = *reg(u, CR3);
    gboolean level = ((sr & SR_TXE) && (cr1 & CR1_TXEIE)) || ((sr & SR_TC) && (cr1 & CR1_TCIE)) ||
                     ((sr & (SR_RXNE | SR_ORE)) && (cr1 & CR1_RXNEIE)) ||
                     ((sr & SR_IDLE) && (cr1 & CR1_IDLEIE)) || ((sr & SR_PE) && (cr1 & CR1_PEIE)) ||
                     ((sr & (SR_FE | SR_ORE)) && (~cr3 & (CR3_EIE | CR3_DMAR)) == 0);

    u->base.host->set_irq(u->base.host, u->row->irq, level);
    set_requests(u, u->row->dma_rx, &u->rx_request, (sr & SR_RXNE) && (cr3 & CR3_DMAR));
    set_requests(u, u->row->dma_tx, &u->tx_request,
                 (*reg(u, SR) & SR_TXE) && (cr3 & CR3_DMAT) && (~cr1 & (CR1_UE | CR1_TE)) == 0);
}

/* RM0383 19.3.4: clock cycles of one bit. By 8, the lowest bit of the fraction's four is unused. */
static guint32
get_bit_cycles(Usart *u)
{
    guint32 brr = *reg(u, BRR) & 0xffff;

    return *reg(u, CR1) & CR1_OVER8 ? (brr >> 4) * 8 + (brr & 7) : brr;
}

/* 0: the baud rate generator stands still. */
static guint32
get_baud(Usart *u)
{
    return u->wires->pclk_hz[u->row->bus] / MAX(get_bit_cycles(u), 1);
}

static guint
get_n_bits(Usart *u)
{
    return *reg(u, CR1) & CR1_M ? 9 : 8;
}

/* RM0383 19.3.7: parity takes the place of the highest bit. */
static guint16
add_parity(Usart *u, guint16 bits)
{
    guint shift = get_n_bits(u) - 1;
    guint16 value = bits & (guint16)((1u << shift) - 1);
    guint parity = (guint)__builtin_parity(value) ^ (*reg(u, CR1) & CR1_PS ? 1 : 0);

    if (!(*reg(u, CR1) & CR1_PCE))
        return bits & (guint16)((2u << shift) - 1);
    return value | (guint16)(parity << shift);
}

/* 0: as get_baud() */
static guint64
get_frame_ns(Usart *u)
{
    static const guint8 stop_half_bits[] = {2, 1, 4, 3};
    guint32 hz = u->wires->pclk_hz[u->row->bus];
    guint half_bits = 2 * (1 + get_n_bits(u)) + stop_half_bits[(*reg(u, CR2) >> 12) & 3];

    return hz == 0 ? 0 : (guint64)get_bit_cycles(u) * half_bits * 500000000u / hz;
}

/* -- sending -- */

static gboolean
has_pin(Usart *u, const BenchUsartPin *pins, guint n_pins)
{
    for (guint i = 0; i < n_pins; i++) {
        BenchPeripheral *gpio = u->wires->gpio[pins[i].port];
        if (gpio != NULL && bench_gpio_is_alternate(gpio, pins[i].pin, pins[i].function))
            return TRUE;
    }
    return FALSE;
}

static void
send_frame(Usart *u)
{
    BenchUartFrame frame = {get_baud(u), add_parity(u, u->shift), (guint8)get_n_bits(u)};

    if (u->shifting_byte && frame.baud != 0 && has_pin(u, u->row->tx, u->row->n_tx))
        u->base.host->uart_frame(u->base.host, u->row->base, &frame);
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

/* RM0383 19.3.3: the byte that overruns is lost, the one in DR stays. */
static void
take_frame(Usart *u)
{
    gboolean stop;

    u->idle_ns = u->arrival_ns + get_frame_ns(u);
    u->arrival_ns = G_MAXUINT64;
    if (u->deaf || get_baud(u) == 0)
        return;
    guint16 bits = bench_uart_frame_sample(&u->arriving, get_baud(u), get_n_bits(u), &stop);
    if (*reg(u, SR) & SR_RXNE) {
        *reg(u, SR) |= SR_ORE;
        return;
    }
    u->receive = bits;
    *reg(u, SR) |= SR_RXNE | (stop ? 0 : SR_FE) | (add_parity(u, bits) == bits ? 0 : SR_PE);
}

static void
settle(Usart *u)
{
    guint64 now = u->base.host->now_ns(u->base.host);

    while (u->frame_end_ns <= now) {
        guint64 end = u->frame_end_ns;
        u->frame_end_ns = G_MAXUINT64;
        send_frame(u);
        if (*reg(u, CR1) & CR1_TE)
            load_shift(u, end);
        if (u->frame_end_ns == G_MAXUINT64)
            *reg(u, SR) |= SR_TC;
    }
    if (u->arrival_ns <= now)
        take_frame(u);
    if (u->idle_ns <= now) {
        u->idle_ns = G_MAXUINT64;
        *reg(u, SR) |= SR_IDLE;
    }
    update_lines(u);
}

/* -- receiving -- */

static gboolean
can_receive(Usart *u)
{
    return !u->base.clock_off && (~*reg(u, CR1) & (CR1_UE | CR1_RE)) == 0 &&
           (u->row->n_rx == 0 || has_pin(u, u->row->rx, u->row->n_rx));
}

void
bench_usart_receive(BenchPeripheral *self, const BenchUartFrame *frame, guint64 start_ns)
{
    Usart *u = (Usart *)self;

    settle(u);
    if (!can_receive(u) || u->arrival_ns != G_MAXUINT64)
        return;
    u->arriving = *frame;
    u->arrival_ns = start_ns + bench_uart_frame_ns(frame);
    u->deaf = FALSE;
    u->idle_ns = G_MAXUINT64;
    self->host->event_moved(self->host);
}

gboolean
bench_usart_is_sending(BenchPeripheral *self)
{
    return ((Usart *)self)->frame_end_ns != G_MAXUINT64;
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
    update_lines(u);
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
    if ((old ^ value) & CR1_RECEIVER)
        u->deaf = TRUE;
    if (!(value & CR1_UE)) {
        u->frame_end_ns = G_MAXUINT64;
        u->arrival_ns = G_MAXUINT64;
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
    else if (r <= GTPR) {
        u->deaf |= r == BRR;
        *reg(u, r) = bench_peripheral_merge(*reg(u, r), offset, size, value) & 0xffff;
    }
    update_lines(u);
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
    u->arrival_ns = G_MAXUINT64;
    u->idle_ns = G_MAXUINT64;
    update_lines(u);
}

static guint64
usart_next_event_ns(BenchPeripheral *self)
{
    const Usart *u = (Usart *)self;

    return MIN(MIN(u->frame_end_ns, u->arrival_ns), u->idle_ns);
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
    u->arrival_ns = G_MAXUINT64;
    u->idle_ns = G_MAXUINT64;
    return &u->base;
}
