/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/rescue-store.h"

#include <glib/gstdio.h>
#include <string.h>
#include <zlib.h>

#include "core/error.h"
#include "small-chips.h"

#define BANK 0x08000000u

static const guint8 uid[12] = {0x31, 0x32, 0x33, 0x34, 1, 2, 3, 4, 5, 6, 7, 8};
static const guint8 other_uid[12] = {0x31, 0x32, 0x33, 0x34, 1, 2, 3, 4, 5, 6, 7, 9};
static const guint8 no_uid[12] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static InlayRescue *
make_rescue(void)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601("2026-11-21T10:15:30+01", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new_static("neighbour", 9);
    InlayRescue *rescue = inlay_rescue_new(small_f4.dev_id, uid, time);

    inlay_rescue_add(rescue, (InlayRange){BANK + 0x80, 9}, INLAY_RESCUE_SAVED, bytes);
    inlay_rescue_add(rescue, (InlayRange){BANK + 0x89, 0x77}, INLAY_RESCUE_UNFINISHED, NULL);
    inlay_rescue_add(rescue, (InlayRange){BANK + 0x400, 0x400}, INLAY_RESCUE_BLANK, NULL);
    return rescue;
}

static InlayRescue *
parse(const char *text, gsize size, GError **error)
{
    return inlay_rescue_parse("a.rescue", text, size, &small_f4, uid, error);
}

/* "08000080+9 saved neighbour" */
static char *
describe(const InlayRescue *rescue)
{
    static const char *const kinds[] = {"saved", "blank", "elsewhere", "unfinished"};
    g_autofree char *time = inlay_rescue_print_time(rescue);
    GString *text = g_string_new(time);

    for (guint i = 0; i < rescue->pieces->len; i++) {
        const InlayRescuePiece *piece = &g_array_index(rescue->pieces, InlayRescuePiece, i);
        g_string_append_printf(text, ", %08x+%u %s", piece->range.addr, piece->range.size,
                               kinds[piece->kind]);
        if (piece->bytes != NULL)
            g_string_append_printf(text, " %.*s", (int)piece->range.size,
                                   (const char *)inlay_rescue_get_bytes(piece, piece->range.addr));
    }
    return g_string_free(text, FALSE);
}

static void
assert_is(const InlayRescue *rescue, const char *expected)
{
    g_assert_nonnull(rescue);
    g_autofree char *found = describe(rescue);
    g_assert_cmpstr(found, ==, expected);
}

#define WHOLE \
    "2026-11-21 10:15, 08000080+9 saved neighbour, 08000089+119 unfinished, 08000400+1024 blank"
#define NOTED "2026-11-21 10:15, 08000080+9 elsewhere, 08000089+119 unfinished, 08000400+1024 blank"

static void
test_round_trip(void)
{
    g_autoptr(InlayRescue) rescue = make_rescue();
    g_autofree char *text = inlay_rescue_to_text(rescue, TRUE);
    g_autofree char *noted = inlay_rescue_to_text(rescue, FALSE);
    g_autoptr(InlayRescue) again = parse(text, strlen(text), NULL);
    g_autoptr(InlayRescue) note = parse(noted, strlen(noted), NULL);

    assert_is(again, WHOLE);
    assert_is(note, NOTED);
    inlay_rescue_accept_loss(note);
    g_assert_false(inlay_rescue_has(note, INLAY_RESCUE_ELSEWHERE));
}

static void
assert_corrupt(const char *text, gsize size)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(parse(text, size, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_RESCUE_CORRUPT);
    g_assert_true(g_str_has_prefix(error->message, "a.rescue: expected "));
}

/* Cut anywhere, or with any bit turned. */
static void
test_damage(void)
{
    g_autoptr(InlayRescue) rescue = make_rescue();
    g_autofree char *text = inlay_rescue_to_text(rescue, TRUE);
    gsize size = strlen(text);

    for (gsize i = 0; i < size; i++) {
        g_autofree char *cut = g_strndup(text, i);
        assert_corrupt(cut, i);
        for (guint bit = 0; bit < 8; bit++) {
            text[i] ^= (char)(1 << bit);
            assert_corrupt(text, size);
            text[i] ^= (char)(1 << bit);
        }
    }
}

/* With a right sum, but not what this program writes for this chip. */
static void
test_nonsense(void)
{
#define HEAD \
    "{\"dev_id\":1073,\"uid\":\"313233340102030405060708\",\"time\":\"2026-11-21T10:15:30Z\","
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        HEAD "\"pieces\":1}",
        HEAD "\"pieces\":[1]}",
        HEAD "\"pieces\":[{}]}",
        HEAD "\"pieces\":[{\"addr\":134217728,\"size\":4,\"kind\":\"other\"}]}",
        HEAD "\"pieces\":[{\"addr\":134217728,\"size\":0,\"kind\":\"blank\"}]}",
        HEAD "\"pieces\":[{\"addr\":134217728,\"size\":-4,\"kind\":\"blank\"}]}",
        HEAD "\"pieces\":[{\"addr\":134217728,\"size\":129,\"kind\":\"blank\"}]}",
        HEAD "\"pieces\":[{\"addr\":134217724,\"size\":4,\"kind\":\"blank\"}]}",
        HEAD "\"pieces\":[{\"addr\":4429185024,\"size\":4,\"kind\":\"blank\"}]}",
        HEAD "\"pieces\":[{\"addr\":134217728,\"size\":4,\"kind\":\"saved\"}]}",
        HEAD "\"pieces\":[{\"addr\":134217728,\"size\":4,\"kind\":\"saved\",\"bytes\":\"YWI=\"}]}",
        HEAD "\"pieces\":[{\"addr\":134217728,\"size\":4,\"kind\":\"blank\"},"
             "{\"addr\":134217731,\"size\":4,\"kind\":\"blank\"}]}",
        "{\"dev_id\":1073,\"uid\":\"313233340102030405060708\",\"time\":\"noon\",\"pieces\":[]}",
        "{\"dev_id\":1073,\"uid\":\"313233340102030405060709\",\"time\":\"2026-11-21T10:15:30Z\","
        "\"pieces\":[]}",
        "{\"dev_id\":1040,\"uid\":\"313233340102030405060708\",\"time\":\"2026-11-21T10:15:30Z\","
        "\"pieces\":[]}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
        guint crc = (guint)crc32_z(0, (const Bytef *)bodies[i], strlen(bodies[i]));
        g_autofree char *text = g_strdup_printf("inlay-rescue 1 0x%08x\n%s", crc, bodies[i]);
        assert_corrupt(text, strlen(text));
    }
}

typedef struct {
    char *folder;
    InlayRescueStore store;
    GError *error;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer unused)
{
    g_autofree char *rescue_folder = NULL;

    fixture->folder = g_dir_make_tmp("inlay-test-XXXXXX", NULL);
    rescue_folder = g_build_filename(fixture->folder, "a", "b", NULL);
    g_setenv("INLAY_RESCUE_DIR", rescue_folder, TRUE);
    inlay_rescue_store_init(&fixture->store, &small_f4, uid);
}

static void
remove_all(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_unlink(path) != 0)
            remove_all(path);
    }
    g_rmdir(folder);
}

static void
tear_down(Fixture *fixture, gconstpointer unused)
{
    inlay_rescue_store_clear(&fixture->store);
    remove_all(fixture->folder);
    g_free(fixture->folder);
    g_clear_error(&fixture->error);
}

/* (transfer full) */
static InlayRescue *
load(Fixture *fixture, const InlayRescueStore *store, const guint8 *of)
{
    InlayRescue *rescue;

    g_clear_error(&fixture->error);
    inlay_rescue_store_load(store, &small_f4, of, &rescue, &fixture->error);
    g_assert_true(rescue == NULL || fixture->error == NULL);
    return rescue;
}

static void
test_save_load_remove(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(InlayRescue) rescue = make_rescue();
    GStatBuf info;

    g_assert_null(load(fixture, &fixture->store, uid));
    g_assert_no_error(fixture->error);
    for (guint twice = 0; twice < 2; twice++)
        g_assert_true(inlay_rescue_store_save(&fixture->store, rescue, NULL));
    g_assert_true(g_str_has_suffix(fixture->store.rescue_path,
                                   "/a/b/f4-431-313233340102030405060708.rescue"));
    g_assert_cmpint(g_stat(fixture->store.rescue_path, &info), ==, 0);
    g_assert_cmpuint(info.st_mode & 0777, ==, 0600);
    g_autoptr(InlayRescue) loaded = load(fixture, &fixture->store, uid);
    assert_is(loaded, WHOLE);
    for (guint twice = 0; twice < 2; twice++)
        g_assert_true(inlay_rescue_store_remove(&fixture->store, NULL));
    g_assert_null(load(fixture, &fixture->store, uid));
    g_assert_no_error(fixture->error);
}

static void
test_the_note_tells_that_the_file_is_gone(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(InlayRescue) rescue = make_rescue();

    g_assert_true(inlay_rescue_store_save(&fixture->store, rescue, NULL));
    g_assert_cmpint(g_unlink(fixture->store.rescue_path), ==, 0);
    g_autoptr(InlayRescue) loaded = load(fixture, &fixture->store, uid);
    assert_is(loaded, NOTED);
}

/* Damaged, or renamed from another chip's: an error, and it stays where it is. */
static void
test_a_file_that_is_not_right(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(InlayRescue) rescue = make_rescue();
    InlayRescueStore other;

    inlay_rescue_store_init(&other, &small_f4, other_uid);
    g_assert_true(inlay_rescue_store_save(&fixture->store, rescue, NULL));
    g_assert_null(load(fixture, &other, other_uid));
    g_assert_no_error(fixture->error);
    g_assert_cmpint(g_rename(fixture->store.rescue_path, other.rescue_path), ==, 0);
    g_assert_null(load(fixture, &other, other_uid));
    g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_RESCUE_CORRUPT);
    g_assert_true(g_str_has_suffix(fixture->error->message,
                                   "expected chip 0x431 313233340102030405060709, found chip "
                                   "0x431 313233340102030405060708"));
    g_assert_true(g_file_set_contents(other.rescue_path, "", 0, NULL));
    g_assert_null(load(fixture, &other, other_uid));
    g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_RESCUE_CORRUPT);
    g_assert_true(g_file_test(other.rescue_path, G_FILE_TEST_EXISTS));
    inlay_rescue_store_clear(&other);
}

static void
test_nowhere_to_write(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(InlayRescue) rescue = make_rescue();
    g_autofree char *file = g_build_filename(fixture->folder, "a", NULL);

    g_assert_true(g_file_set_contents(file, "", 0, NULL));
    g_assert_null(load(fixture, &fixture->store, uid));
    g_assert_no_error(fixture->error);
    g_assert_false(inlay_rescue_store_save(&fixture->store, rescue, &fixture->error));
    g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_RESCUE_UNWRITABLE);
    g_assert_nonnull(strstr(fixture->error->message, fixture->folder));
}

static void
test_a_chip_without_an_id(Fixture *fixture, gconstpointer unused)
{
    g_autoptr(InlayRescue) rescue = make_rescue();
    InlayRescueStore store;

    inlay_rescue_store_init(&store, &small_f4, no_uid);
    g_assert_null(load(fixture, &store, no_uid));
    g_assert_no_error(fixture->error);
    g_assert_false(inlay_rescue_store_save(&store, rescue, &fixture->error));
    g_assert_error(fixture->error, INLAY_ERROR, INLAY_ERROR_RESCUE_UNWRITABLE);
    g_assert_true(inlay_rescue_store_remove(&store, NULL));
    inlay_rescue_store_clear(&store);
}

#define ADD(path, test) g_test_add("/core/rescue/" path, Fixture, NULL, set_up, test, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/core/rescue/round-trip", test_round_trip);
    g_test_add_func("/core/rescue/damage", test_damage);
    g_test_add_func("/core/rescue/nonsense", test_nonsense);
    ADD("save-load-remove", test_save_load_remove);
    ADD("note", test_the_note_tells_that_the_file_is_gone);
    ADD("not-right", test_a_file_that_is_not_right);
    ADD("nowhere-to-write", test_nowhere_to_write);
    ADD("no-id", test_a_chip_without_an_id);
    return g_test_run();
}
