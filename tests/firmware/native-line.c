/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "native-private.h"

#include <string.h>
#include <zlib.h>

#include "firmware/bootloader/port.h"
#include "firmware/proto/boot.h"

#define NS 1000000000ull
#define BITS_PER_BYTE 10u
/* An adapter hands a full USB packet over at once, whatever its tick. */
#define PACKET 62u
/* Rates further apart do not understand each other. */
#define TOLERANCE_PERCENT 3u

volatile uint8_t port_ring[PORT_RING_SIZE];

static const NativeByte *
wire_at(const NativeWire *wire, guint i)
{
    return &g_array_index(wire->bytes, NativeByte, wire->head + i);
}

static guint
wire_count(const NativeWire *wire)
{
    return wire->bytes->len - wire->head;
}

static void
wire_drop(NativeWire *wire, guint n)
{
    wire->head += n;
    if (wire->head == wire->bytes->len || wire->head > 65536) {
        g_array_remove_range(wire->bytes, 0, wire->head);
        wire->head = 0;
    }
}

static gboolean
happens(NativeBoard *board, guint one_in)
{
    return one_in != 0 && native_random(board) % one_in == 0;
}

static void
wire_add(NativeBoard *board, NativeWire *wire, guint8 byte, guint baud)
{
    NativeByte entry = {.baud = baud, .byte = byte};

    wire->free_ns = MAX(wire->free_ns, board->now_ns) + BITS_PER_BYTE * NS / baud;
    entry.arrives_ns = wire->free_ns;
    if (happens(board, board->drop))
        return;
    if (happens(board, board->garble))
        entry.byte ^= (guint8)(1 + native_random(board) % 255);
    g_array_append_val(wire->bytes, entry);
    if (happens(board, board->duplicate))
        g_array_append_val(wire->bytes, entry);
}

/* As a receiver at this rate reads it. */
static guint8
sample(NativeBoard *board, const NativeByte *byte, guint baud)
{
    const guint apart = byte->baud > baud ? byte->baud - baud : baud - byte->baud;

    return apart * 100u <= baud * TOLERANCE_PERCENT ? byte->byte : (guint8)native_random(board);
}

void
native_line_init(NativeBoard *board)
{
    board->to_chip.bytes = g_array_new(FALSE, FALSE, sizeof(NativeByte));
    board->from_chip.bytes = g_array_new(FALSE, FALSE, sizeof(NativeByte));
}

void
native_line_clear(NativeBoard *board)
{
    g_array_unref(board->to_chip.bytes);
    g_array_unref(board->from_chip.bytes);
}

/* The application listens for who wants the bootloader (docs/protocol.md, section 6). */
static void
application_hears(NativeBoard *board, guint8 byte)
{
    guint8 knock[11] = {BOOT_MARK_0, BOOT_MARK_1, 3, 0, BOOT_RESET, 0, BOOT_RESET_BOOTLOADER};
    const guint32 crc = (guint32)crc32(0, knock + 2, 5);

    for (guint i = 0; i < 4; i++)
        knock[7 + i] = (guint8)(crc >> 8 * i);
    memmove(board->heard, board->heard + 1, sizeof board->heard - 1);
    board->heard[sizeof board->heard - 1] = byte;
    if (memcmp(board->heard + sizeof board->heard - sizeof knock, knock, sizeof knock) == 0) {
        board->request = BOOT_REQUEST_STAY;
        board->is_reset = TRUE;
        board->state = NATIVE_OFF;
    }
}

void
native_line_move(NativeBoard *board, guint64 now_ns)
{
    board->now_ns = now_ns;
    while (wire_count(&board->to_chip) > 0 && wire_at(&board->to_chip, 0)->arrives_ns <= now_ns) {
        const guint8 byte = sample(board, wire_at(&board->to_chip, 0), board->chip_baud);

        wire_drop(&board->to_chip, 1);
        if (board->state == NATIVE_CORE)
            port_ring[board->received++ % PORT_RING_SIZE] = byte;
        else if (board->state == NATIVE_APPLICATION)
            application_hears(board, byte);
    }
}

/* The adapter keeps what has come until its next tick, or until a packet is full. */
guint64
native_line_next_ns(const NativeBoard *board)
{
    const NativeWire *wire = &board->from_chip;
    const guint n = wire_count(wire);

    if (n == 0)
        return G_MAXUINT64;
    const guint64 first = wire_at(wire, 0)->arrives_ns;
    const guint64 tick = (first + board->tick_ns - 1) / board->tick_ns * board->tick_ns;

    return n >= PACKET ? MIN(tick, wire_at(wire, PACKET - 1)->arrives_ns) : tick;
}

gboolean
native_line_is_readable(const NativeBoard *board)
{
    return native_line_next_ns(board) <= board->now_ns;
}

/* -- the chip's side -- */

uint32_t
port_received(void)
{
    return native_board->received;
}

void
port_send(const uint8_t *bytes, uint32_t size)
{
    NativeBoard *board = native_board;

    for (uint32_t i = 0; i < size; i++)
        wire_add(board, &board->from_chip, bytes[i], board->chip_baud);
    native_sleep_until(board, board->from_chip.free_ns);
}

/* 42 MHz, 16 samples a bit. */
bool
port_can_baud(uint32_t baud)
{
    return baud >= 9600 && baud <= port_get_baud_max();
}

void
port_set_baud(uint32_t baud)
{
    native_board->chip_baud = baud;
}

uint32_t
port_get_baud(void)
{
    return native_board->chip_baud;
}

uint32_t
port_get_baud_max(void)
{
    return 2625000;
}

uint32_t
port_ms(void)
{
    return (uint32_t)((native_board->now_ns - native_board->started_ns) / 1000000);
}

void
port_wait(void)
{
    NativeBoard *board = native_board;
    guint64 until_ns = board->now_ns + 1000000 - (board->now_ns - board->started_ns) % 1000000;

    if (wire_count(&board->to_chip) > 0)
        until_ns = MIN(until_ns, wire_at(&board->to_chip, 0)->arrives_ns);
    if (board->operation != NATIVE_IDLE && board->operation_end_ns > board->now_ns)
        until_ns = MIN(until_ns, board->operation_end_ns);
    native_sleep_until(board, MAX(until_ns, board->now_ns + 1));
}

/* -- the host's side -- */

typedef struct {
    InlaySerial serial;
    NativeBoard *board;
} NativeSerial;

static gboolean
serial_write(
    InlaySerial *serial, const guint8 *bytes, gsize size, GCancellable *cancellable, GError **error)
{
    NativeBoard *board = ((NativeSerial *)serial)->board;

    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return FALSE;
    for (gsize i = 0; i < size; i++)
        wire_add(board, &board->to_chip, bytes[i], board->host_baud);
    serial->sent += size;
    return TRUE;
}

static gsize
take(NativeBoard *board, guint8 *out, gsize size)
{
    NativeWire *wire = &board->from_chip;
    gsize n = 0;

    while (n < size && native_line_is_readable(board))
        for (const guint64 batch_ns = native_line_next_ns(board);
             n < size && wire_count(wire) > 0 && wire_at(wire, 0)->arrives_ns <= batch_ns;
             wire_drop(wire, 1))
            out[n++] = sample(board, wire_at(wire, 0), board->host_baud);
    return n;
}

static gssize
serial_read(InlaySerial *serial,
            guint8 *out,
            gsize size,
            gint64 timeout_us,
            GCancellable *cancellable,
            GError **error)
{
    NativeBoard *board = ((NativeSerial *)serial)->board;

    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return -1;
    native_board_run(board, board->now_ns + (guint64)timeout_us * 1000);
    const gsize n = take(board, out, size);
    serial->received += n;
    return (gssize)n;
}

static gboolean
serial_set_rate(InlaySerial *serial, guint baud, InlayParity parity, GError **error)
{
    NativeBoard *board = ((NativeSerial *)serial)->board;
    guint8 dropped[256];

    while (board->now_ns < board->to_chip.free_ns) {
        native_board_run(board, board->to_chip.free_ns);
        take(board, dropped, sizeof dropped);
    }
    while (take(board, dropped, sizeof dropped) > 0)
        ;
    board->host_baud = serial->baud = baud;
    return TRUE;
}

static gboolean
serial_set_lines(InlaySerial *serial, gboolean dtr, gboolean rts, GError **error)
{
    return TRUE;
}

static gint64
serial_now_us(InlaySerial *serial)
{
    return (gint64)(((NativeSerial *)serial)->board->now_ns / 1000);
}

static void
serial_free(InlaySerial *serial)
{
    g_free(serial);
}

InlaySerial *
native_line_open(NativeBoard *board)
{
    static const InlaySerialOps ops = {
        .write = serial_write,
        .read = serial_read,
        .set_rate = serial_set_rate,
        .set_lines = serial_set_lines,
        .now_us = serial_now_us,
        .free = serial_free,
    };
    NativeSerial *serial = g_new0(NativeSerial, 1);

    serial->serial.ops = &ops;
    serial->serial.path = g_strdup("tty:native");
    serial->serial.kind = g_strdup("native board");
    serial->serial.baud = board->host_baud = 115200;
    serial->board = board;
    return &serial->serial;
}
