/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/error.h"

#include <gio/gio.h>

#include "core/event.h"

static void
test_ids_and_exit_codes_are_unique(void)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) exits = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < INLAY_N_ERRORS; i++) {
        const InlayErrorInfo *info = inlay_error_info_by_id(i);
        g_assert_true(g_hash_table_add(ids, (gpointer)info->id));
        g_assert_true(g_hash_table_add(exits, GINT_TO_POINTER(info->exit_code)));
        g_assert_cmpint(info->exit_code, >=, 2);
        g_assert_cmpint(info->exit_code, <=, 99);
        g_assert_true(g_str_has_suffix(info->sentence, "."));
        g_assert_true(g_str_has_suffix(info->remedy, "."));
        g_assert_true(g_regex_match_simple("^[a-z]+(-[a-z]+)*$", info->id, 0, 0));
    }
}

static void
test_a_foreign_error_is_internal(void)
{
    g_autoptr(GError) foreign = g_error_new(G_IO_ERROR, G_IO_ERROR_FAILED, "oops");

    g_assert_cmpstr(inlay_error_get_info(foreign)->id, ==, "internal");
    g_assert_cmpstr(inlay_error_get_info(NULL)->id, ==, "internal");
}

static void
test_result_event_carries_the_row(void)
{
    g_autoptr(GError) error =
        g_error_new(INLAY_ERROR, INLAY_ERROR_CHIP_WRONG, "expected 0x431, found 0x410");
    g_autoptr(JsonObject) failed = inlay_event_new_result(error, 500);
    g_autoptr(JsonObject) ok = inlay_event_new_result(NULL, 250);
    g_autofree char *failed_line = inlay_event_to_line(failed);
    g_autofree char *ok_line = inlay_event_to_line(ok);

    g_assert_cmpstr(
        failed_line, ==,
        "{\"event\":\"result\",\"ok\":false,\"id\":\"chip-wrong\",\"exit\":33,"
        "\"sentence\":\"The board carries another chip than the job is for.\","
        "\"remedy\":\"Insert the right board, or use a layout for the chip that was found.\","
        "\"detail\":\"expected 0x431, found 0x410\",\"ms\":500}");
    g_assert_cmpstr(ok_line, ==,
                    "{\"event\":\"result\",\"ok\":true,\"id\":\"ok\",\"exit\":0,\"ms\":250}");
}

static void
test_lines_that_are_no_events(void)
{
    static const char *const lines[] = {"",          "{",           "[]", "{}", "{\"event\":1}",
                                        "\"event\"", "null garbage"};

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
        g_assert_null(inlay_event_from_line(lines[i]));
    g_autoptr(JsonObject) event =
        inlay_event_from_line("{\"event\":\"phase\",\"phase\":\"write\"}");
    g_assert_cmpstr(json_object_get_string_member(event, "phase"), ==, "write");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/core/error/unique", test_ids_and_exit_codes_are_unique);
    g_test_add_func("/core/error/foreign", test_a_foreign_error_is_internal);
    g_test_add_func("/core/event/result", test_result_event_carries_the_row);
    g_test_add_func("/core/event/no-events", test_lines_that_are_no_events);
    return g_test_run();
}
