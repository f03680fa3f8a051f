/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * One byte as bits on a line: a start bit, then `n_bits` of `bits`, the lowest first (the last is the
 * parity, where there is one), then the line is high for a stop bit at least.
 */
typedef struct {
    guint32 baud; /* of the sender; not 0 */
    guint16 bits;
    guint8 n_bits;
} BenchUartFrame;

static inline BenchUartFrame
bench_uart_frame(guint8 byte, guint32 baud, gboolean even_parity)
{
    guint16 parity = even_parity ? (guint16)(__builtin_parity(byte) << 8) : 0;

    return (BenchUartFrame){baud, byte | parity, even_parity ? 9 : 8};
}

static inline guint64
bench_uart_frame_ns(const BenchUartFrame *frame)
{
    return (frame->n_bits + 2u) * G_GUINT64_CONSTANT(1000000000) / frame->baud;
}

/* What a receiver of `n_bits` at `baud` takes it for, sampling in the middle of each of its own bits.
 * Up to 3 % it is right; beyond, it is wrong by at least its last bit, or two when the receiver is the
 * slower one, so that an echo does not put it right: real receivers may be luckier.
 * `stop`: the level where the stop bit should be, low is a framing error. */
static inline guint16
bench_uart_frame_sample(const BenchUartFrame *frame, guint32 baud, guint n_bits, gboolean *stop)
{
    gboolean fits = (guint64)frame->baud * 100 >= (guint64)baud * 97 &&
                    (guint64)frame->baud * 100 <= (guint64)baud * 103;
    guint32 sent = 0; /* with the stop bit */

    for (guint bit = 0; bit <= n_bits; bit++) {
        guint64 slot = fits ? bit + 1 : (2 * bit + 3) * (guint64)frame->baud / (2 * (guint64)baud);
        guint level = slot == 0 ? 0 : slot > frame->n_bits ? 1 : (frame->bits >> (slot - 1)) & 1;
        sent |= level << bit;
    }
    *stop = (sent >> n_bits) & 1;
    sent &= (1u << n_bits) - 1;
    guint wrong = baud > frame->baud ? 1u << (n_bits - 1) : 3u << (n_bits - 2);
    return (guint16)(fits || sent != frame->bits ? sent : sent ^ wrong);
}

G_END_DECLS
