/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/rescue-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"

static char *
find_folder(void)
{
    const char *asked = g_getenv("INLAY_RESCUE_DIR");

    return asked != NULL && *asked != '\0'
               ? g_canonicalize_filename(asked, NULL)
               : g_build_filename(g_get_user_state_dir(), "inlay", "rescue", NULL);
}

/* What a chip answers that has none. */
static gboolean
is_unique(const guint8 *uid)
{
    guint n_same = 1;

    while (n_same < 12 && uid[n_same] == uid[0])
        n_same++;
    return n_same < 12 || (uid[0] != 0x00 && uid[0] != 0xff);
}

void
inlay_rescue_store_init(InlayRescueStore *store, const InlayChip *chip, const guint8 *uid)
{
    g_autofree char *folder = find_folder();
    g_autoptr(GString) name = g_string_new(NULL);

    *store = (InlayRescueStore){0};
    if (!is_unique(uid))
        return;
    g_string_printf(name, "%s-%03x-", chip->family->name, chip->dev_id);
    for (guint i = 0; i < 12; i++)
        g_string_append_printf(name, "%02x", uid[i]);
    g_autofree char *rescue_name = g_strconcat(name->str, ".rescue", NULL);
    g_autofree char *note_name = g_strconcat(name->str, ".note", NULL);
    store->rescue_path = g_build_filename(folder, rescue_name, NULL);
    store->note_path = g_build_filename(folder, "open", note_name, NULL);
}

void
inlay_rescue_store_clear(InlayRescueStore *store)
{
    g_free(store->rescue_path);
    g_free(store->note_path);
    *store = (InlayRescueStore){0};
}

/* *rescue stays NULL when there is no such file. */
static gboolean
load(const char *path,
     const InlayChip *chip,
     const guint8 *uid,
     InlayRescue **rescue,
     GError **error)
{
    g_autoptr(GError) file_error = NULL;
    g_autofree char *text = NULL;
    gsize size;

    if (g_file_get_contents(path, &text, &size, &file_error)) {
        *rescue = inlay_rescue_parse(path, text, size, chip, uid, error);
        return *rescue != NULL;
    }
    if (g_error_matches(file_error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
        g_error_matches(file_error, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
        return TRUE;
    g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_FILE, file_error->message);
    return FALSE;
}

gboolean
inlay_rescue_store_load(const InlayRescueStore *store,
                        const InlayChip *chip,
                        const guint8 *uid,
                        InlayRescue **rescue,
                        GError **error)
{
    *rescue = NULL;
    if (store->rescue_path == NULL)
        return TRUE;
    return load(store->rescue_path, chip, uid, rescue, error) &&
           (*rescue != NULL || load(store->note_path, chip, uid, rescue, error));
}

static gboolean
fail_errno(const char *path, const char *what, GError **error)
{
    int reason = errno;

    g_set_error(error, INLAY_ERROR, INLAY_ERROR_RESCUE_UNWRITABLE, "failed to %s %s: %s", what,
                path, g_strerror(reason));
    return FALSE;
}

/* A name in a folder is on the disk when the folder is. */
static gboolean
sync_folder_of(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean ok = fd >= 0 && g_fsync(fd) == 0;

    if (!ok)
        fail_errno(folder, "sync", error);
    if (fd >= 0)
        close(fd);
    return ok;
}

/* The folders are made as needed, and each name on the way is synced. */
static gboolean
make_folder_of(const char *path, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);

    if (g_file_test(folder, G_FILE_TEST_IS_DIR))
        return TRUE;
    if (!make_folder_of(folder, error))
        return FALSE;
    /* foreign firmware and data are in it: nobody else's business */
    if (g_mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fail_errno(folder, "make", error);
    return sync_folder_of(folder, error);
}

static gboolean
save(const char *path, const InlayRescue *rescue, gboolean with_bytes, GError **error)
{
    g_autofree char *text = inlay_rescue_to_text(rescue, with_bytes);
    g_autoptr(GError) file_error = NULL;

    if (!make_folder_of(path, error))
        return FALSE;
    if (!g_file_set_contents_full(path, text, (gssize)strlen(text),
                                  G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  0600, &file_error)) {
        g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_RESCUE_UNWRITABLE, file_error->message);
        return FALSE;
    }
    return sync_folder_of(path, error);
}

/* The note comes second and goes first, so that there is never one whose rescue file is missing for
 * another reason than that somebody took it away. */
gboolean
inlay_rescue_store_save(const InlayRescueStore *store, const InlayRescue *rescue, GError **error)
{
    if (store->rescue_path == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_RESCUE_UNWRITABLE,
                    "the chip's unique id is blank: its rescue file would be every other such "
                    "chip's as well");
        return FALSE;
    }
    return save(store->rescue_path, rescue, TRUE, error) &&
           save(store->note_path, rescue, FALSE, error);
}

static gboolean
remove_file(const char *path, GError **error)
{
    if (g_unlink(path) == 0)
        return sync_folder_of(path, error);
    return errno == ENOENT || fail_errno(path, "remove", error);
}

gboolean
inlay_rescue_store_remove(const InlayRescueStore *store, GError **error)
{
    return store->rescue_path == NULL ||
           (remove_file(store->note_path, error) && remove_file(store->rescue_path, error));
}
