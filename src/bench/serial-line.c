/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "serial-line.h"

#include "random.h"

#include <gio/gio.h>
#include <string.h>

#define US G_GUINT64_CONSTANT(1000)
#define NEVER G_MAXUINT64
/* A hub's transaction translator can begin with what a host has given it in any microframe (USB 2.0,
 * 11.18): so long may pass before the first byte leaves. */
#define MICROFRAME_NS (125 * US)
#define SLOWEST_BAUD 300
#define FOREIGN_BAUD 115200

typedef enum { WIRE_NONE, WIRE_NRST, WIRE_BOOT0, WIRE_BUTTON, N_WIRES } Wire;

/* Bytes that wait, first in, first out. */
typedef struct {
    GByteArray *bytes;
    guint at; /* before it all have gone */
} Queue;

struct BenchSerialLine {
    BenchUartPeer
        peer; /* first: the board gives it back; its next_ns is the line's own next event */
    const BenchSerialAdapter *adapter;
    BenchBoard *board;
    BenchForeign *foreign;
    guint64 now_ns; /* without a board */

    Wire dtr_wire, rts_wire;
    gboolean dtr, rts, wire_levels[N_WIRES];
    guint32 baud;
    gboolean even_parity;
    guint tick_us;
    gboolean tick_is_set;

    Queue to_board;
    gboolean sending; /* `byte` is on the line until send_ns */
    guint8 byte;
    gboolean byte_is_lost, byte_repeats;
    guint64 send_ns; /* when the next byte can leave; NEVER: there is none */

    Queue held;      /* by the adapter */
    guint64 tick_ns; /* when they become the host's; NEVER: there are none */
    Queue arrived;
    gboolean foreign_sending;
    guint8 foreign_byte;
    guint64 foreign_ns; /* when it ends, or when the foreign bootloader acts by itself */

    BenchSerialNoise noise;
    guint64 random[2]; /* to the board, from it */
    BenchSerialCounters counters;

    gboolean running, stopped;
    gboolean waits_for_room; /* else for something to read */
    gsize room;              /* unsent bytes to come down to */
};

/* -- queues -- */

static guint
queue_size(const Queue *queue)
{
    return queue->bytes->len - queue->at;
}

static void
queue_push(Queue *queue, const guint8 *bytes, gsize size)
{
    g_byte_array_append(queue->bytes, bytes, (guint)size);
}

static gsize
queue_pop(Queue *queue, guint8 *out, gsize size)
{
    size = MIN(size, queue_size(queue));
    if (size == 0)
        return 0;
    memcpy(out, queue->bytes->data + queue->at, size);
    queue->at += (guint)size;
    if (queue->at == queue->bytes->len || queue->at > 65536) {
        g_byte_array_remove_range(queue->bytes, 0, queue->at);
        queue->at = 0;
    }
    return size;
}

/* -- noise -- */

static gboolean
happens(guint one_in, guint64 *random)
{
    return one_in != 0 && bench_random_below(random, one_in) == 0;
}

/* How often a byte arrives: 0, 1 or 2 times. */
static guint
disturb(BenchSerialLine *line, guint8 *byte, guint64 *random)
{
    const BenchSerialNoise *noise = &line->noise;

    if (happens(noise->drop, random)) {
        line->counters.dropped++;
        return 0;
    }
    if (happens(noise->garble, random)) {
        *byte ^= (guint8)(1u << bench_random_below(random, 8));
        line->counters.garbled++;
    }
    if (!happens(noise->duplicate, random))
        return 1;
    line->counters.duplicated++;
    return 2;
}

/* -- from the board -- */

static void
update_next(BenchSerialLine *line)
{
    line->peer.next_ns = MIN(MIN(line->send_ns, line->tick_ns), line->foreign_ns);
    if (line->board != NULL)
        bench_board_peer_moved(line->board);
}

static void
stop(BenchSerialLine *line)
{
    line->stopped = TRUE;
    if (line->running && line->board != NULL)
        bench_board_stop(line->board);
}

static void
hand_over(BenchSerialLine *line, guint n_bytes)
{
    guint8 packet[64];

    while (n_bytes > 0) {
        gsize size = queue_pop(&line->held, packet, MIN(n_bytes, sizeof packet));
        queue_push(&line->arrived, packet, size);
        n_bytes -= (guint)size;
    }
    if (queue_size(&line->held) == 0)
        line->tick_ns = NEVER;
    if (!line->waits_for_room)
        stop(line);
}

/* The adapter has received a byte: it is the host's with the next tick, or with a full packet. */
static void
arrive(BenchSerialLine *line, guint8 byte, guint64 now_ns)
{
    guint64 tick_ns = line->tick_us * US;

    line->counters.from_board++;
    for (guint n = disturb(line, &byte, &line->random[1]); n > 0; n--)
        queue_push(&line->held, &byte, 1);
    if (queue_size(&line->held) >= line->adapter->packet)
        hand_over(line, line->adapter->packet);
    else if (line->tick_ns == NEVER && queue_size(&line->held) > 0)
        line->tick_ns = (now_ns / tick_ns + 1) * tick_ns;
    update_next(line);
}

static void
on_hear(BenchUartPeer *peer, const BenchUartFrame *frame, guint64 now_ns)
{
    BenchSerialLine *line = (BenchSerialLine *)peer;
    gboolean stop_bit;
    guint n_bits = line->even_parity ? 9 : 8;

    arrive(line, (guint8)bench_uart_frame_sample(frame, line->baud, n_bits, &stop_bit), now_ns);
}

/* -- to the board -- */

static gboolean
foreign_is_alive(const BenchSerialLine *line)
{
    return line->foreign != NULL && !line->wire_levels[WIRE_NRST];
}

static void
end_byte(BenchSerialLine *line, guint64 now_ns)
{
    BenchUartFrame frame = bench_uart_frame(line->byte, line->baud, line->even_parity);
    gboolean stop_bit;

    line->sending = FALSE;
    if (!line->byte_is_lost && foreign_is_alive(line))
        bench_foreign_receive(line->foreign,
                              (guint8)bench_uart_frame_sample(&frame, FOREIGN_BAUD, 8, &stop_bit),
                              now_ns);
}

/* FALSE: there is nothing to send. */
static gboolean
take_byte(BenchSerialLine *line)
{
    if (line->byte_repeats) {
        line->byte_repeats = FALSE;
        return TRUE;
    }
    if (queue_pop(&line->to_board, &line->byte, 1) == 0)
        return FALSE;
    guint times = disturb(line, &line->byte, &line->random[0]);
    line->byte_is_lost = times == 0;
    line->byte_repeats = times == 2;
    return TRUE;
}

/* At `send_ns` a byte has left, and the next one follows at once. */
static void
send_next(BenchSerialLine *line)
{
    guint64 start_ns = line->send_ns;

    if (line->sending)
        end_byte(line, start_ns);
    line->sending = take_byte(line);
    line->send_ns = NEVER;
    if (line->sending) {
        BenchUartFrame frame = bench_uart_frame(line->byte, line->baud, line->even_parity);
        line->send_ns = start_ns + bench_uart_frame_ns(&frame);
        if (!line->byte_is_lost && line->board != NULL)
            bench_board_uart_receive(line->board, line->peer.uart_base, &frame, start_ns);
    }
    if (line->waits_for_room && bench_serial_line_get_unsent(line) <= line->room)
        stop(line);
}

/* -- time -- */

static void
run_foreign(BenchSerialLine *line, guint64 now_ns)
{
    if (line->foreign == NULL || (line->foreign_sending && line->foreign_ns > now_ns))
        return;
    if (line->foreign_sending) {
        BenchUartFrame frame = bench_uart_frame(line->foreign_byte, FOREIGN_BAUD, FALSE);
        line->foreign_sending = FALSE;
        on_hear(&line->peer, &frame, now_ns);
    }
    int byte = foreign_is_alive(line) ? bench_foreign_take(line->foreign, now_ns) : -1;
    if (byte >= 0) {
        BenchUartFrame frame = bench_uart_frame((guint8)byte, FOREIGN_BAUD, FALSE);
        line->foreign_sending = TRUE;
        line->foreign_byte = (guint8)byte;
        line->foreign_ns = now_ns + bench_uart_frame_ns(&frame);
    } else {
        line->foreign_ns =
            foreign_is_alive(line) ? bench_foreign_next_event_ns(line->foreign) : NEVER;
    }
}

static void
on_advance(BenchUartPeer *peer, guint64 now_ns)
{
    BenchSerialLine *line = (BenchSerialLine *)peer;

    while (line->send_ns <= now_ns)
        send_next(line);
    if (line->tick_ns <= now_ns)
        hand_over(line, queue_size(&line->held));
    run_foreign(line, now_ns);
    update_next(line);
}

guint64
bench_serial_line_now_ns(const BenchSerialLine *line)
{
    return line->board != NULL ? bench_board_now_ns(line->board) : line->now_ns;
}

static void
run_without_board(BenchSerialLine *line, guint64 ns)
{
    guint64 target = line->now_ns + ns;

    while (line->now_ns < target && !line->stopped) {
        line->now_ns = MAX(line->now_ns, MIN(target, line->peer.next_ns));
        if (line->peer.next_ns <= line->now_ns)
            on_advance(&line->peer, line->now_ns);
    }
}

static void
run(BenchSerialLine *line, guint64 ns)
{
    line->running = TRUE;
    line->stopped = FALSE;
    if (line->board != NULL)
        bench_board_run_until_stopped(line->board, ns);
    else
        run_without_board(line, ns);
    line->running = FALSE;
}

void
bench_serial_line_run(BenchSerialLine *line, guint64 ns)
{
    if (queue_size(&line->arrived) == 0)
        run(line, ns);
}

void
bench_serial_line_drain(BenchSerialLine *line, gsize unsent)
{
    line->waits_for_room = TRUE;
    line->room = unsent;
    while (bench_serial_line_get_unsent(line) > unsent)
        run(line, G_USEC_PER_SEC * US);
    line->waits_for_room = FALSE;
}

/* -- the host's side -- */

void
bench_serial_line_set_noise(BenchSerialLine *line, const BenchSerialNoise *noise)
{
    line->noise = *noise;
}

void
bench_serial_line_set_tick(BenchSerialLine *line, guint tick_us)
{
    line->tick_is_set = tick_us != 0;
    line->tick_us = line->tick_is_set ? tick_us : line->adapter->tick_us;
}

void
bench_serial_line_set_low_latency(BenchSerialLine *line, gboolean on)
{
    if (!line->tick_is_set)
        line->tick_us = on ? line->adapter->low_latency_tick_us : line->adapter->tick_us;
}

void
bench_serial_line_set_rate(BenchSerialLine *line, guint baud, gboolean even_parity)
{
    line->baud = CLAMP(baud, SLOWEST_BAUD, line->adapter->max_baud);
    line->even_parity = even_parity;
}

static void
set_wire(BenchSerialLine *line, Wire wire)
{
    gboolean level = (line->dtr && line->dtr_wire == wire) || (line->rts && line->rts_wire == wire);

    if (line->wire_levels[wire] == level)
        return;
    line->wire_levels[wire] = level;
    if (line->foreign != NULL && wire == WIRE_NRST && !level) {
        bench_foreign_reset(line->foreign, line->now_ns);
        run_foreign(line, line->now_ns);
        update_next(line);
    }
    if (line->board == NULL)
        return;
    if (wire == WIRE_NRST)
        bench_board_set_nrst(line->board, level);
    else if (wire == WIRE_BOOT0)
        bench_board_set_boot0(line->board, level);
    else
        bench_board_press(line->board, level);
}

void
bench_serial_line_set_lines(BenchSerialLine *line, gboolean dtr, gboolean rts)
{
    line->dtr = dtr;
    line->rts = rts;
    set_wire(line, WIRE_BOOT0); /* before a reset ends, which looks at them */
    set_wire(line, WIRE_BUTTON);
    set_wire(line, WIRE_NRST);
}

void
bench_serial_line_write(BenchSerialLine *line, const guint8 *bytes, gsize size)
{
    queue_push(&line->to_board, bytes, size);
    line->counters.to_board += size;
    if (line->send_ns != NEVER || size == 0)
        return;
    line->send_ns = (bench_serial_line_now_ns(line) / MICROFRAME_NS + 1) * MICROFRAME_NS;
    update_next(line);
}

gsize
bench_serial_line_read(BenchSerialLine *line, guint8 *out, gsize size)
{
    return queue_pop(&line->arrived, out, size);
}

void
bench_serial_line_flush_input(BenchSerialLine *line)
{
    g_byte_array_set_size(line->held.bytes, 0);
    g_byte_array_set_size(line->arrived.bytes, 0);
    line->held.at = line->arrived.at = 0;
    line->tick_ns = NEVER;
    update_next(line);
}

gsize
bench_serial_line_get_unsent(const BenchSerialLine *line)
{
    return queue_size(&line->to_board) + (line->sending ? 1 : 0);
}

gboolean
bench_serial_line_is_idle(const BenchSerialLine *line)
{
    return line->peer.next_ns == NEVER && (line->board == NULL || bench_board_is_idle(line->board));
}

const BenchSerialCounters *
bench_serial_line_get_counters(const BenchSerialLine *line)
{
    return &line->counters;
}

const BenchSerialAdapter *
bench_serial_line_get_adapter(const BenchSerialLine *line)
{
    return line->adapter;
}

/* -- life -- */

static gboolean
parse_wire(const char *text, Wire *wire, GError **error)
{
    static const char *const names[N_WIRES] = {NULL, "nrst", "boot0", "button"};

    *wire = WIRE_NONE;
    if (text == NULL)
        return TRUE;
    for (Wire i = WIRE_NRST; i < N_WIRES; i++)
        if (strcmp(names[i], text) == 0)
            *wire = i;
    if (*wire == WIRE_NONE)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "expected nrst, boot0 or button, got \"%s\"", text);
    return *wire != WIRE_NONE;
}

static gboolean
is_sane(const BenchSerialConfig *config, GError **error)
{
    if (bench_serial_adapter_find(config->kind) == NULL)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "expected FTDI, CP210x or ST-LINK, got \"%s\"", config->kind);
    else if (config->board != NULL && !bench_board_has_uart(config->board, config->uart_base))
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "the bench has no UART at 0x%08x of this chip", config->uart_base);
    else
        return TRUE;
    return FALSE;
}

BenchSerialLine *
bench_serial_line_new(const BenchSerialConfig *config, GError **error)
{
    Wire dtr_wire, rts_wire;

    if (!is_sane(config, error) || !parse_wire(config->dtr, &dtr_wire, error) ||
        !parse_wire(config->rts, &rts_wire, error))
        return NULL;
    BenchSerialLine *line = g_new0(BenchSerialLine, 1);
    line->peer = (BenchUartPeer){
        .uart_base = config->uart_base, .next_ns = NEVER, .advance = on_advance, .hear = on_hear};
    line->adapter = bench_serial_adapter_find(config->kind);
    line->board = config->board;
    line->foreign = config->board == NULL ? config->foreign : NULL;
    line->dtr_wire = dtr_wire;
    line->rts_wire = rts_wire;
    line->baud = 115200;
    line->tick_us = line->adapter->tick_us;
    line->random[0] = config->seed;
    line->random[1] = ~config->seed;
    line->to_board.bytes = g_byte_array_new();
    line->held.bytes = g_byte_array_new();
    line->arrived.bytes = g_byte_array_new();
    line->send_ns = line->tick_ns = line->foreign_ns = NEVER;
    if (line->board != NULL)
        bench_board_attach(line->board, &line->peer);
    run_foreign(line, 0);
    update_next(line);
    return line;
}

void
bench_serial_line_free(BenchSerialLine *line)
{
    if (line == NULL)
        return;
    if (line->board != NULL)
        bench_board_detach(line->board, &line->peer);
    g_byte_array_unref(line->to_board.bytes);
    g_byte_array_unref(line->held.bytes);
    g_byte_array_unref(line->arrived.bytes);
    g_free(line);
}
