/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/lines.h"

#include <string.h>

#define MS G_TIME_SPAN_MILLISECOND

/* Writes "TIME TEXT|" of each line. */
static void
on_line_cb(gint64 time_us, const char *text, gpointer user_data)
{
    g_string_append_printf(user_data, "%d %s|", (int)(time_us / MS), text);
}

typedef struct {
    const char *name;
    const char *bytes[4]; /* what comes at each of these times */
    int at_ms[4];
    const char *shown;
} Case;

static const Case cases[] = {
    {"whole-lines", {"one\ntwo\r\n\nthree\n"}, {5}, "5 one|5 two|5 |5 three|"},
    {"a-line-in-parts", {"he", "llo", "\n"}, {5, 20, 110}, "5 hello|"},
    {"a-prompt", {"> ", "", "y\n"}, {5, 105, 300}, "5 > |300 y|"},
    {"the-rest-of-a-line-after-quiet", {"a", "b\n"}, {5, 105}, "5 a|105 b|"},
    {"no-text", {"\x1b[2J\x01\xff\xc3\xa9\ttab\n"}, {0}, "0 \\x1B[2J\\x01\\xFF\u00e9\ttab|"},
    {"return-without-newline", {"10%\r20%\r\n"}, {0}, "0 10%\\x0D20%|"},
    {"the-end", {"cut"}, {7}, "7 cut|"},
};

static void
test_case(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(GString) shown = g_string_new(NULL);
    InlayLines lines;

    inlay_lines_init(&lines, on_line_cb, shown);
    for (guint i = 0; i < G_N_ELEMENTS(c->bytes) && c->bytes[i] != NULL; i++)
        inlay_lines_take(&lines, (const guint8 *)c->bytes[i], strlen(c->bytes[i]),
                         c->at_ms[i] * MS);
    inlay_lines_end(&lines);
    inlay_lines_clear(&lines);
    g_assert_cmpstr(shown->str, ==, c->shown);
}

/* A port at the wrong rate may never send a newline. */
static void
test_endless(void)
{
    g_autoptr(GString) shown = g_string_new(NULL);
    g_autofree char *bytes = g_strnfill(INLAY_LINES_MAX + 1, 'x');
    InlayLines lines;

    inlay_lines_init(&lines, on_line_cb, shown);
    inlay_lines_take(&lines, (const guint8 *)bytes, strlen(bytes), 0);
    g_assert_cmpuint(shown->len, ==, strlen("0 ") + INLAY_LINES_MAX + strlen("|"));
    inlay_lines_clear(&lines);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/cli/lines/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/cli/lines/endless", test_endless);
    return g_test_run();
}
