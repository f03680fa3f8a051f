/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bench/foreign.h"

#include <string.h>

/* Other people's bootloaders, byte by byte: frames and answers are those of docs/protocol.md. */

#define US G_GUINT64_CONSTANT(1000)
#define MS G_GUINT64_CONSTANT(1000000)
#define BYTE_NS (87 * US) /* at 115200 */

typedef struct {
    BenchForeign *foreign;
    guint64 now_ns;
} Line;

static Line
make(BenchForeignKind kind)
{
    Line line = {.foreign = bench_foreign_new(kind, 512)};
    bench_foreign_reset(line.foreign, 0);
    line.now_ns = 10 * MS;
    return line;
}

static guint32
crc_of(const guint8 *bytes, gsize size)
{
    guint32 crc = 0xFFFFFFFF;
    for (gsize i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (guint bit = 0; bit < 32; bit++)
            crc = crc << 1 ^ (crc >> 31 != 0 ? 0x04C11DB7 : 0);
    }
    return crc;
}

/* "03 56 02 01": the crc is added. */
static void
send(Line *line, const char *text)
{
    guint8 bytes[256];
    gsize n = 0;

    for (const char *at = text; *at != '\0'; at += strspn(at, " "))
        bytes[n++] = (guint8)strtoul(at, (char **)&at, 16);
    guint32 crc = crc_of(bytes, n);
    for (guint i = 0; i < 4; i++)
        bytes[n++] = (guint8)(crc >> 8 * i);
    for (gsize i = 0; i < n; i++)
        bench_foreign_receive(line->foreign, bytes[i], line->now_ns += BYTE_NS);
}

/* All that it says, and how long it took to begin. */
static char *
hear(Line *line, guint64 *took_ns)
{
    GString *text = g_string_new(NULL);
    guint64 ready_ns = bench_foreign_next_event_ns(line->foreign);
    int byte;

    if (took_ns != NULL)
        *took_ns = ready_ns - line->now_ns;
    if (ready_ns != G_MAXUINT64) {
        g_assert_cmpint(bench_foreign_take(line->foreign, ready_ns - 1), ==, -1);
        line->now_ns = MAX(line->now_ns, ready_ns);
    }
    while ((byte = bench_foreign_take(line->foreign, line->now_ns)) >= 0)
        g_string_append_printf(text, "%s%02X", text->len > 0 ? " " : "", (guint)byte);
    return g_string_free(text, FALSE);
}

static void
check(Line *line, const char *frame, const char *expected)
{
    send(line, frame);
    g_autofree char *heard = hear(line, NULL);
    g_assert_cmpstr(heard, ==, expected);
}

static void
test_answers_in_its_style(void)
{
    Line published = make(BENCH_FOREIGN_PUBLISHED), older = make(BENCH_FOREIGN_OLDER);

    check(&published, "05 51", "A5 51 01 10");
    check(&published, "05 53", "A5 53 02 13 04");
    check(&published, "05 5A", "A5 5A 02 FF 0F");
    check(&published, "0A 59 00 00 00 08 02", "A5 59 02 FF FF");
    check(&older, "01 51", "A5 01 10");
    check(&older, "06 59 00 00 00 08 02", "A5 02 FF FF");
    bench_foreign_free(published.foreign);
    bench_foreign_free(older.foreign);
}

static void
test_refuses(void)
{
    Line line = make(BENCH_FOREIGN_PUBLISHED);
    static const guint8 broken[] = {0x05, 0x51, 0xE7, 0xE9, 0xAB, 0x7D};

    for (gsize i = 0; i < sizeof broken; i++)
        bench_foreign_receive(line.foreign, broken[i], line.now_ns += BYTE_NS);
    g_autofree char *heard = hear(&line, NULL);
    g_assert_cmpstr(heard, ==, "7F");
    check(&line, "05 60", "7F");
    check(&line, "07 56 02 01", "7F");          /* never connected to the flash */
    check(&line, "0A 59 10 7A FF 1F 04", "7F"); /* the unique id is in none of its memories */
    check(&line, "05 51", "A5 51 01 10");
    bench_foreign_free(line.foreign);
}

static void
test_erases_and_writes(void)
{
    Line line = make(BENCH_FOREIGN_COMPLETE);
    gsize size;
    guint64 took_ns;
    guint8 *flash = bench_foreign_get_flash(line.foreign, &size);

    memset(flash, 0, size);
    send(&line, "07 56 02 01");
    g_autofree char *heard = hear(&line, &took_ns);
    g_assert_cmpstr(heard, ==, "A5 56 01 00");
    g_assert_cmpuint(took_ns, >=, 400 * MS);
    g_assert_cmpuint(took_ns, <=, 401 * MS);
    g_assert_cmphex(flash[0x7FFF], ==, 0x00);
    g_assert_cmphex(flash[0x8000], ==, 0xFF);
    g_assert_cmphex(flash[0xBFFF], ==, 0xFF);
    g_assert_cmphex(flash[0xC000], ==, 0x00);

    check(&line, "0C 57 00 80 00 08 02 F0 5A", "A5 57 01 00");
    check(&line, "0C 57 00 80 00 08 02 0F 5A", "A5 57 01 00");
    g_assert_cmphex(flash[0x8000], ==, 0x00);
    g_assert_cmphex(flash[0x8001], ==, 0x5A);
    check(&line, "07 58 04 01", "A5 58 01 00");
    check(&line, "07 56 02 01", "A5 56 01 01");
    check(&line, "05 5C", "A5 5C 01 00");
    check(&line, "07 56 02 01", "A5 56 01 00");
    bench_foreign_free(line.foreign);
}

/* It polls, and has no buffer: what comes while it is busy is lost, but for the byte in the UART. */
static void
test_loses_what_comes_while_it_is_busy(void)
{
    Line line = make(BENCH_FOREIGN_COMPLETE);

    send(&line, "07 56 02 01");
    send(&line, "05 51");
    g_autofree char *heard = hear(&line, NULL);
    g_assert_cmpstr(heard, ==, "A5 56 01 00");
    /* That byte was a length of 5: five more are the rest of its frame, with a wrong crc. */
    for (guint i = 0; i < 5; i++)
        bench_foreign_receive(line.foreign, 0x55, line.now_ns += BYTE_NS);
    g_autofree char *refused = hear(&line, NULL);
    g_assert_cmpstr(refused, ==, "7F");
    check(&line, "05 51", "A5 51 01 10");
    bench_foreign_free(line.foreign);
}

static void
test_is_gone_after_a_start(void)
{
    Line line = make(BENCH_FOREIGN_OLDER);

    check(&line, "05 55 00 80 00 08", "A5 01 00");
    check(&line, "01 51", "");
    bench_foreign_reset(line.foreign, line.now_ns);
    check(&line, "01 51", ""); /* it is starting */
    line.now_ns += 10 * MS;
    check(&line, "01 51", "A5 01 10");
    bench_foreign_free(line.foreign);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bench/foreign/answers-in-its-style", test_answers_in_its_style);
    g_test_add_func("/bench/foreign/refuses", test_refuses);
    g_test_add_func("/bench/foreign/erases-and-writes", test_erases_and_writes);
    g_test_add_func("/bench/foreign/loses-what-comes-while-it-is-busy",
                    test_loses_what_comes_while_it_is_busy);
    g_test_add_func("/bench/foreign/is-gone-after-a-start", test_is_gone_after_a_start);
    return g_test_run();
}
