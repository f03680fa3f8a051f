/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <zlib.h>

#include "bench/serial-link.h"
#include "core/error.h"
#include "transports/boot-frame.h"
#include "transports/boot-stream.h"

/*
 * uart BOOTLOADER.bin IMAGE.bin: prints what laying the image over the UART costs. The bootloader is the real one on the
 * bench's STM32F407, the host's code is the product's, the line between them is the bench's, and all of it
 * lives in the bench's time: model seconds, which no board has confirmed.
 */

#define USART2 0x40004400u
#define FLASH 0x08000000u
#define APPLICATION 0x08008000u
#define FIRST_BAUD 115200u
/* RM0090 table 5: the application's sectors. */
static const guint sector_kib[] = {16, 16, 64, 128, 128, 128, 128};
#define FIRST_SECTOR 2
/* DS8626 table 40, x32, typical: what the flash itself needs, as the bench has it. */
#define ERASE_MS(kib) ((kib) == 16 ? 250 : (kib) == 64 ? 550 : 1000)
#define PROGRAM_US 16
#define LIMIT_MS 8000

typedef struct {
    const guint8 *bytes;
    gsize size;
    guint64 zlib_size; /* of zlib's best, as one stream */
} Image;

typedef struct {
    BenchBoard *board;
    BenchSerialLine *line;
    InlaySerial *serial; /* `boot`'s once there is one */
    InlayBoot *boot;
    guint64 frames;
} Station;

static void
die_on(GError *error)
{
    if (error != NULL)
        g_error("%s", error->message);
}

static void
station_init(Station *station, const char *bootloader, guint tick_ms)
{
    BenchBoardConfig board = {.name = "f407",
                              .chip = "STM32F407VG",
                              .supply_mv = 3300,
                              .hse_hz = 8000000,
                              .button = "PA0 high",
                              .seed = 1};
    g_autofree char *code = NULL;
    GError *error = NULL;
    gsize size, flash_size;

    station->board = bench_board_new(&board, &error);
    die_on(error);
    g_file_get_contents(bootloader, &code, &size, &error);
    die_on(error);
    bench_board_set_power(station->board, FALSE);
    memcpy(bench_board_get_flash(station->board, &flash_size), code, size);
    bench_board_flash_changed(station->board);
    bench_board_set_power(station->board, TRUE);
    BenchSerialConfig line = {.kind = "FTDI", .board = station->board, .uart_base = USART2};
    station->line = bench_serial_line_new(&line, &error);
    die_on(error);
    bench_serial_line_set_tick(station->line, tick_ms * 1000);
    bench_serial_line_run(station->line, 50 * 1000 * 1000);
    station->serial = bench_serial_link_new(station->line);
}

static void
station_clear(Station *station)
{
    if (station->boot != NULL)
        inlay_boot_free(station->boot);
    else
        inlay_serial_free(station->serial);
    bench_serial_line_free(station->line);
    bench_board_free(station->board);
}

static void
connect_at(Station *station, guint baud)
{
    GError *error = NULL;
    guint got;

    station->serial->ops->set_rate(station->serial, FIRST_BAUD, INLAY_PARITY_NONE, &error);
    die_on(error);
    station->boot = inlay_boot_new(station->serial, NULL, &error);
    die_on(error);
    if (baud == FIRST_BAUD)
        return;
    inlay_boot_set_baud(station->boot, baud, &got, NULL, &error);
    die_on(error);
    g_assert(got == baud);
}

/* -- the ways -- */

/* A host that knows the twelve alone: a frame, its answer, the next frame. */
static void
ask(Station *station, guint8 command, const guint8 *payload, gsize size)
{
    guint8 frame[BOOT_FRAME_MAX], answer[4];
    GError *error = NULL;

    gsize n = inlay_boot_frame_encode(frame, TRUE, command, payload, size);
    station->serial->ops->write(station->serial, frame, n, NULL, &error);
    for (gsize got = 0; error == NULL && got < sizeof answer;) {
        gssize more = station->serial->ops->read(station->serial, answer + got, sizeof answer - got,
                                                 5 * G_USEC_PER_SEC, NULL, &error);
        if (more == 0)
            g_error("no answer to 0x%02x", command);
        got += (gsize)more;
    }
    die_on(error);
    g_assert(answer[0] == BOOT_ACK && answer[1] == command && answer[3] == BOOT_OK);
    station->frames++;
}

static void
stop_and_wait(Station *station, const Image *image, gsize data_size)
{
    gsize offset = 0;

    for (guint i = 0; offset < image->size; i++) {
        guint8 erase[] = {(guint8)(FIRST_SECTOR + i), 1};
        gsize end = MIN(image->size, offset + sector_kib[i] * 1024);
        ask(station, BOOT_FLASH_ERASE, erase, sizeof erase);
        while (offset < end) {
            guint32 addr = GUINT32_TO_LE(APPLICATION + (guint32)offset);
            gsize n = MIN(data_size, end - offset);
            guint8 payload[5 + 200];
            memcpy(payload, &addr, 4);
            payload[4] = (guint8)n;
            memcpy(payload + 5, image->bytes + offset, n);
            ask(station, BOOT_MEM_WRITE, payload, 5 + n);
            offset += n;
        }
    }
}

static void
stream(Station *station, const Image *image, gboolean plain)
{
    guint64 before = inlay_boot_get_counters(station->boot)->frames;
    GError *error = NULL;
    gsize offset = 0;

    for (guint i = 0; offset < image->size; i++) {
        InlayBootStream part = {.addr = APPLICATION + (guint32)offset,
                                .bytes = image->bytes + offset,
                                .size = MIN(image->size - offset, sector_kib[i] * 1024),
                                .erase = TRUE,
                                .plain = plain,
                                .limit_ms = LIMIT_MS};
        inlay_boot_stream(station->boot, &part, NULL, &error);
        die_on(error);
        offset += part.size;
    }
    station->frames = inlay_boot_get_counters(station->boot)->frames - before;
}

/* All that is laid must be there: the last step, and part of what is measured. */
static void
commit(Station *station)
{
    GError *error = NULL;
    GBytes *answer = inlay_boot_ask(station->boot, BOOT_COMMIT, NULL, 0, LIMIT_MS, NULL, &error);

    die_on(error);
    g_bytes_unref(answer);
}

/* -- the table -- */

typedef enum { STOP_188, STOP_144, WINDOWED, COMPRESSED, N_WAYS } Way;
static const char *const way_names[] = {
    "stop-and-wait, 188 bytes a frame",
    "stop-and-wait, 144 bytes a frame",
    "windowed",
    "compressed",
};

static double
get_flash_seconds(const Image *image)
{
    double seconds = (double)image->size / 4 * PROGRAM_US / 1e6;
    gsize offset = 0;

    for (guint i = 0; offset < image->size; i++) {
        seconds += ERASE_MS(sector_kib[i]) / 1e3;
        offset += sector_kib[i] * 1024;
    }
    return seconds;
}

/* -> model seconds */
static double
measure(
    const char *bootloader, const Image *image, Way way, guint baud, guint tick_ms, double first)
{
    Station station = {0};
    double line_seconds = (double)image->size * 10 / baud;

    station_init(&station, bootloader, tick_ms);
    connect_at(&station, baud);
    guint64 start_ns = bench_board_now_ns(station.board);
    guint64 sent = station.serial->sent, received = station.serial->received;
    if (way == STOP_188 || way == STOP_144)
        stop_and_wait(&station, image, way == STOP_188 ? 188 : 144);
    else
        stream(&station, image, way == WINDOWED);
    commit(&station);
    double seconds = (double)(bench_board_now_ns(station.board) - start_ns) / 1e9;
    sent = station.serial->sent - sent;
    received = station.serial->received - received;
    gsize flash_size;
    const guint8 *flash = bench_board_get_flash(station.board, &flash_size);
    if (memcmp(flash + (APPLICATION - FLASH), image->bytes, image->size) != 0)
        g_error("%s: the flash does not hold the image", way_names[way]);
    g_print("  %-34s%9" G_GUINT64_FORMAT "%9" G_GUINT64_FORMAT "%7" G_GUINT64_FORMAT "%9.2f",
            way_names[way], sent, received, station.frames, seconds);
    g_print("%8.2f", seconds / (line_seconds + get_flash_seconds(image)));
    if (first > 0)
        g_print("%8.2f", first / seconds);
    if (way == COMPRESSED)
        g_print("   %.3f of zlib's bytes", (double)sent / (double)image->zlib_size);
    g_print("\n");
    station_clear(&station);
    return seconds;
}

int
main(int argc, char **argv)
{
    static const guint bauds[] = {115200, 921600}, ticks_ms[] = {1, 16};
    g_autofree char *bytes = NULL;
    GError *error = NULL;
    Image image;

    g_return_val_if_fail(argc == 3, 2);
    g_file_get_contents(argv[2], &bytes, &image.size, &error);
    die_on(error);
    image.bytes = (const guint8 *)bytes;
    uLongf packed = compressBound(image.size);
    g_autofree guint8 *out = g_malloc(packed);
    g_assert(compress2(out, &packed, image.bytes, image.size, Z_BEST_COMPRESSION) == Z_OK);
    image.zlib_size = packed;
    g_print("\nUART, STM32F407, %" G_GSIZE_FORMAT
            " KiB of Thumb code (zlib -9: %.3f of it), erased, programmed, "
            "compared on the chip\n",
            image.size / 1024, (double)packed / (double)image.size);
    for (guint b = 0; b < G_N_ELEMENTS(bauds); b++) {
        for (guint t = 0; t < G_N_ELEMENTS(ticks_ms); t++) {
            double first = 0;
            g_print("\n%u baud, adapter's tick %u ms; line %.1f s, flash %.1f s\n", bauds[b],
                    ticks_ms[t], (double)image.size * 10 / bauds[b], get_flash_seconds(&image));
            g_print("  %-34s%9s%9s%7s%9s%8s%8s\n", "", "bytes", "back", "frames", "model s",
                    "x bound", "faster");
            for (Way way = 0; way < N_WAYS; way++) {
                double seconds = measure(argv[1], &image, way, bauds[b], ticks_ms[t], first);
                if (first == 0)
                    first = seconds;
            }
        }
    }
    g_print("\nx bound: of the line's time for the image and the flash's own, one after the other. "
            "faster: than the "
            "first row.\nSeconds by the bench's model, not on hardware.\n");
    return 0;
}
