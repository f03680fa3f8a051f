/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine-fixture.h"

#include <glib/gstdio.h>

void
set_up(Fixture *fixture, gconstpointer unused)
{
    /* in memory where that is possible: thousands of runs sync their rescue files */
    fixture->folder = g_mkdtemp(g_strdup("/dev/shm/inlay-test-XXXXXX"));
    if (fixture->folder == NULL)
        fixture->folder = g_dir_make_tmp("inlay-test-XXXXXX", NULL);
    fixture->rescue_folder = g_build_filename(fixture->folder, "rescue", NULL);
    g_setenv("INLAY_RESCUE_DIR", fixture->rescue_folder, TRUE);
    fixture->files = g_ptr_array_new_with_free_func(g_free);
    fixture->events = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
}

void
remove_folder(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_DIR))
            remove_folder(path);
        else
            g_unlink(path);
    }
    g_rmdir(folder);
}

void
tear_down(Fixture *fixture, gconstpointer unused)
{
    remove_folder(fixture->folder);
    g_free(fixture->folder);
    g_free(fixture->rescue_folder);
    g_ptr_array_unref(fixture->files);
    g_ptr_array_unref(fixture->events);
    g_clear_error(&fixture->error);
}

const char *
name_file(Fixture *fixture, const char *name)
{
    char *path = g_build_filename(fixture->folder, name, NULL);

    g_ptr_array_add(fixture->files, path);
    return path;
}

void
fill(guint8 *bytes, gsize size, guint8 seed)
{
    for (gsize i = 0; i < size; i++)
        bytes[i] = (guint8)((i * 7 + (i >> 8) + seed) % 251);
}

const char *
write_file(Fixture *fixture, const char *name, gsize size, guint8 seed)
{
    const char *path = name_file(fixture, name);
    g_autofree guint8 *bytes = g_malloc(size);

    fill(bytes, size, seed);
    g_assert_true(g_file_set_contents(path, (char *)bytes, (gssize)size, NULL));
    return path;
}

static void
collect(JsonObject *event, gpointer user_data)
{
    g_ptr_array_add(((Fixture *)user_data)->events, json_object_ref(event));
}

const char *
get_kind(const Fixture *fixture, guint index)
{
    return json_object_get_string_member(fixture->events->pdata[index], "event");
}

gboolean
run(Fixture *fixture, const InlayJob *job, GCancellable *cancellable)
{
    InlayEventSink sink = {collect, fixture};

    g_ptr_array_set_size(fixture->events, 0);
    g_clear_error(&fixture->error);
    gboolean ok = inlay_engine_run(job, memory_board_open, &sink, cancellable, &fixture->error);
    g_assert_cmpint(ok, ==, fixture->error == NULL);
    guint last = fixture->events->len - 1;
    g_assert_cmpstr(get_kind(fixture, 0), ==, "start");
    for (guint i = 0; i < last; i++)
        g_assert_cmpstr(get_kind(fixture, i), !=, "result");
    g_assert_cmpstr(get_kind(fixture, last), ==, "result");
    JsonObject *result = fixture->events->pdata[last];
    g_assert_cmpint(json_object_get_boolean_member(result, "ok"), ==, ok);
    g_assert_cmpstr(json_object_get_string_member(result, "id"), ==,
                    ok ? "ok" : inlay_error_get_info(fixture->error)->id);
    return ok;
}

void
assert_runs(Fixture *fixture, const InlayJob *job)
{
    run(fixture, job, NULL);
    g_assert_no_error(fixture->error);
}

void
assert_fails(Fixture *fixture, const InlayJob *job, InlayErrorId id)
{
    run(fixture, job, NULL);
    g_assert_error(fixture->error, INLAY_ERROR, (int)id);
}

InlayJob *
new_layout_job(InlayJobKind kind)
{
    InlayJob *job = inlay_job_new(kind);

    job->layout =
        g_build_filename(g_getenv("LAYOUTS"), "blackpill-f411-two-applications.yaml", NULL);
    return job;
}

void
add_content(InlayJob *job, const char *partition, const char *path)
{
    g_autofree char *argument = g_strdup_printf("%s=%s", partition, path);

    g_ptr_array_add(job->contents, inlay_content_parse(argument, TRUE, NULL));
}

void
add_file_at(InlayJob *job, const char *path, guint32 addr)
{
    g_autofree char *argument = g_strdup_printf("%s@0x%08x", path, addr);

    g_ptr_array_add(job->contents, inlay_content_parse(argument, FALSE, NULL));
}

void
assert_holds(const MemoryBoard *board, guint32 addr, gsize size, guint8 seed)
{
    g_autofree guint8 *expected = g_malloc(size);

    fill(expected, size, seed);
    g_assert_cmpmem(board->flash + (addr - BANK), size, expected, size);
}

void
assert_blank(const MemoryBoard *board, guint32 addr, gsize size)
{
    for (gsize i = 0; i < size; i++)
        g_assert_cmphex(board->flash[addr - BANK + i], ==, 0xff);
}

void
assert_partitions(const Fixture *fixture, const char *expected)
{
    g_autoptr(GString) found = g_string_new(NULL);

    for (guint i = 0; i < fixture->events->len; i++) {
        JsonObject *event = fixture->events->pdata[i];
        if (g_str_equal(get_kind(fixture, i), "partition"))
            g_string_append_printf(found, "%s%s %s", found->len > 0 ? ", " : "",
                                   json_object_get_string_member(event, "name"),
                                   json_object_get_string_member(event, "state"));
    }
    g_assert_cmpstr(found->str, ==, expected);
}
