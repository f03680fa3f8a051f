/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's portable library, compiled for the host. */
#include <glib.h>
#include <string.h>
#include <zlib.h>

#include "firmware/lib/blink.h"
#include "firmware/lib/boot-decision.h"
#include "firmware/lib/boot-knock.h"
#include "firmware/lib/button.h"
#include "firmware/lib/text.h"
#include "firmware/proto/boot.h"

static const struct boot_entry entries[] = {
    {"application1", 0xDEADBEEF, 0x08004000, 0x20000},
    {"application2", 0xCAFEBABE, 0x08024000, 0x20000},
};
static const struct boot_ram ram = {0x20000000, 0x20000};

#define GOOD_1                 \
    {                          \
        0x2001FFF8, 0x08004201 \
    }
#define GOOD_2                 \
    {                          \
        0x2001FFF8, 0x08024201 \
    }
#define BLANK                  \
    {                          \
        0xFFFFFFFF, 0xFFFFFFFF \
    }

static void
test_sane(void)
{
    static const struct {
        const char *what;
        struct boot_vectors vectors;
        gboolean sane;
    } cases[] = {
        {"as linked", GOOD_1, TRUE},
        {"stack at the end of the RAM", {0x20020000, 0x08004201}, TRUE},
        {"smallest stack", {0x20000008, 0x08004201}, TRUE},
        {"last instruction", {0x20020000, 0x08023FFF}, TRUE},
        {"blank flash", BLANK, FALSE},
        {"zeros", {0, 0}, FALSE},
        {"stack at the start of the RAM", {0x20000000, 0x08004201}, FALSE},
        {"stack behind the RAM", {0x20020008, 0x08004201}, FALSE},
        {"stack below the RAM", {0x1FFFFFF8, 0x08004201}, FALSE},
        {"stack on 4 bytes", {0x2001FFFC, 0x08004201}, FALSE},
        {"reset vector not Thumb", {0x20020000, 0x08004200}, FALSE},
        {"reset vector before the partition", {0x20020000, 0x08003FFF}, FALSE},
        {"reset vector behind the partition", {0x20020000, 0x08024001}, FALSE},
        {"reset vector of the other program", GOOD_2, FALSE},
    };
    struct boot_entry odd_base = {"odd", 1, 0x08004100, 0x20000};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].what);
        g_assert_cmpint(boot_vectors_are_sane(&entries[0], &cases[i].vectors, &ram), ==,
                        cases[i].sane);
    }
    g_assert_false(boot_vectors_are_sane(&odd_base, &cases[0].vectors, &ram));
}

static void
test_decision(void)
{
    static const struct {
        guint32 request;
        struct boot_vectors vectors[2];
        int chosen; /* -1: none */
    } cases[] = {
        {0xDEADBEEF, {GOOD_1, GOOD_2}, 0}, {0xCAFEBABE, {GOOD_1, GOOD_2}, 1},
        {0x00000000, {GOOD_1, GOOD_2}, 0}, {0x12345678, {GOOD_1, GOOD_2}, 0},
        {0xDEADBEEF, {BLANK, GOOD_2}, 1},  {0xCAFEBABE, {GOOD_1, BLANK}, 0},
        {0x00000000, {BLANK, GOOD_2}, 1},  {0xCAFEBABE, {BLANK, BLANK}, -1},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const guint wanted = boot_find_request(entries, 2, cases[i].request);
        guint chosen = 99;

        g_assert_cmpint(boot_choose(entries, cases[i].vectors, 2, &ram, wanted, &chosen), ==,
                        cases[i].chosen >= 0);
        if (cases[i].chosen >= 0)
            g_assert_cmpint((int)chosen, ==, cases[i].chosen);
    }
}

static void
test_turns(void)
{
    g_assert_cmphex(boot_next_magic(entries, 2, 0x08004000), ==, 0xCAFEBABE);
    g_assert_cmphex(boot_next_magic(entries, 2, 0x08024000), ==, 0xDEADBEEF);
    g_assert_cmphex(boot_next_magic(entries, 2, 0x08000000), ==, 0xDEADBEEF);
    g_assert_cmphex(boot_next_magic(entries, 1, 0x08004000), ==, 0xDEADBEEF);
}

static void
test_button(void)
{
    static const struct {
        const char *what;
        guint ms[8]; /* released, pressed, released … */
        const char *events;
    } cases[] = {
        {"untouched", {100}, "r"},
        {"pressed after a release", {100, 50}, "rp"},
        {"held since before the reset", {0, 500}, ""},
        {"held, let go, pressed", {0, 500, 100, 50}, "rp"},
        {"too short to be a press", {100, 19, 100}, "r"},
        {"just long enough", {20, 20}, "rp"},
        {"bounces", {100, 3, 2, 3, 2, 30}, "rp"},
        {"release that bounces", {0, 100, 5, 5, 5, 5, 100}, "r"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) events = g_string_new(NULL);
        struct button button = {0};

        for (guint j = 0; j < G_N_ELEMENTS(cases[i].ms); j++)
            for (guint ms = 0; ms < cases[i].ms[j]; ms++) {
                enum button_event event = button_sample(&button, j % 2 == 1);

                if (event != BUTTON_NOTHING)
                    g_string_append_c(events, event == BUTTON_PRESSED ? 'p' : 'r');
            }
        g_test_message("%s", cases[i].what);
        g_assert_cmpstr(events->str, ==, cases[i].events);
    }
}

static void
test_blink(void)
{
    static const guint16 ms[] = {2, 1, 2, 1, 5, 3};
    const struct blink blink = {ms, G_N_ELEMENTS(ms)};
    g_autoptr(GString) seen = g_string_new(NULL);

    for (guint32 now_ms = 0; now_ms < 28; now_ms++)
        g_string_append_c(seen, blink_is_lit(&blink, now_ms) ? '#' : '-');
    g_assert_cmpstr(seen->str, ==, "##-##-#####---##-##-#####---");
}

/* How many frames are heard in the bytes. */
static guint
count_knocks(const guint8 *bytes, gsize size)
{
    struct boot_knock knock = {0};
    guint n = 0;

    for (gsize i = 0; i < size; i++)
        n += boot_knock_take(&knock, bytes[i]);
    return n;
}

static void
test_knock(void)
{
    guint8 frame[BOOT_KNOCK_SIZE] = {BOOT_MARK_0, BOOT_MARK_1,          0x03, 0x00, BOOT_RESET,
                                     0x00,        BOOT_RESET_BOOTLOADER};
    const guint32 crc = GUINT32_TO_LE((guint32)crc32(0, frame + 2, 5));

    memcpy(frame + 7, &crc, 4);
    g_assert_cmpuint(count_knocks(frame, sizeof frame), ==, 1);
    /* Behind a frame that broke off, or another whole one. */
    for (guint size = 1; size <= sizeof frame; size++) {
        guint8 bytes[2 * BOOT_KNOCK_SIZE];

        memcpy(bytes, frame, size);
        memcpy(bytes + size, frame, sizeof frame);
        g_assert_cmpuint(count_knocks(bytes, size + sizeof frame), ==,
                         size == sizeof frame ? 2 : 1);
    }
    for (guint i = 0; i < sizeof frame; i++) {
        frame[i] ^= 0x10;
        g_assert_cmpuint(count_knocks(frame, sizeof frame), ==, 0);
        frame[i] ^= 0x10;
    }
}

static void
test_text(void)
{
    char out[TEXT_NUMBER_SIZE];

    g_assert_cmpstr(text_decimal(out, 0), ==, "0");
    g_assert_cmpstr(text_decimal(out, 96), ==, "96");
    g_assert_cmpstr(text_decimal(out, G_MAXUINT32), ==, "4294967295");
    g_assert_cmpstr(text_hex(out, 0x08004000), ==, "0x08004000");
    g_assert_cmpstr(text_hex(out, 0xDEADBEEF), ==, "0xdeadbeef");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/firmware/boot/sane", test_sane);
    g_test_add_func("/firmware/boot/decision", test_decision);
    g_test_add_func("/firmware/boot/turns", test_turns);
    g_test_add_func("/firmware/boot/knock", test_knock);
    g_test_add_func("/firmware/button", test_button);
    g_test_add_func("/firmware/blink", test_blink);
    g_test_add_func("/firmware/text", test_text);
    return g_test_run();
}
