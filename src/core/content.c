/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/content.h"

#include <string.h>

#include "core/error.h"
#include "core/number.h"

static gboolean
compose_file(const InlayContent *content,
             const InlayLayout *layout,
             const InlayPartition *partition,
             InlayImage **image,
             GError **error)
{
    const guint32 *base = partition != NULL   ? &partition->range.addr
                          : content->has_addr ? &content->addr
                                              : NULL;

    g_autoptr(InlayImage) loaded = inlay_image_load(content->path, base, error);

    if (loaded == NULL)
        return FALSE;
    if (partition != NULL &&
        !inlay_placement_check(content->path, loaded, inlay_image_is_raw(loaded), layout, partition,
                               error))
        return FALSE;
    *image = g_steal_pointer(&loaded);
    return TRUE;
}

static gboolean
compose_keep(const InlayContent *content,
             const InlayLayout *layout,
             const InlayPartition *partition,
             InlayImage **image,
             GError **error)
{
    *image = NULL;
    return TRUE;
}

static const struct {
    const char *name;
    gboolean (*compose)(const InlayContent *content,
                        const InlayLayout *layout,
                        const InlayPartition *partition,
                        InlayImage **image,
                        GError **error);
} kinds[] = {
    [INLAY_CONTENT_FILE] = {"file", compose_file},
    [INLAY_CONTENT_KEEP] = {"keep", compose_keep},
};

const char *
inlay_content_kind_to_string(InlayContentKind kind)
{
    g_return_val_if_fail(kind < G_N_ELEMENTS(kinds), NULL);
    return kinds[kind].name;
}

gboolean
inlay_content_kind_from_string(const char *name, InlayContentKind *kind)
{
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(name, kinds[i].name) == 0) {
            *kind = i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean
inlay_content_compose(const InlayContent *content,
                      const InlayLayout *layout,
                      const InlayPartition *partition,
                      InlayImage **image,
                      GError **error)
{
    return kinds[content->kind].compose(content, layout, partition, image, error);
}

InlayContent *
inlay_content_new(InlayContentKind kind)
{
    InlayContent *content = g_new0(InlayContent, 1);

    content->kind = kind;
    return content;
}

void
inlay_content_free(InlayContent *content)
{
    if (content == NULL)
        return;
    g_free(content->partition);
    g_free(content->path);
    g_free(content);
}

static InlayContent *
parse_for_partition(const char *argument, GError **error)
{
    const char *equals = strchr(argument, '=');

    if (equals == NULL || equals == argument || equals[1] == '\0') {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "PARTITION=IMAGE expected, got %s",
                    argument);
        return NULL;
    }
    gboolean keep = strcmp(equals + 1, kinds[INLAY_CONTENT_KEEP].name) == 0;
    InlayContent *content = inlay_content_new(keep ? INLAY_CONTENT_KEEP : INLAY_CONTENT_FILE);
    content->partition = g_strndup(argument, (gsize)(equals - argument));
    content->path = keep ? NULL : g_strdup(equals + 1);
    return content;
}

/* "app.bin@0x08004000"; a file name may hold an @ as well, but not one followed by a digit. */
static InlayContent *
parse_file(const char *argument, GError **error)
{
    const char *at = strrchr(argument, '@');
    gboolean has_addr = at != NULL && g_ascii_isdigit(at[1]);
    guint32 addr = 0;

    if (*argument == '\0' || at == argument || (has_addr && !inlay_number_parse(at + 1, &addr))) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "FILE or FILE@ADDRESS expected (app.bin@0x08004000), got %s", argument);
        return NULL;
    }
    InlayContent *content = inlay_content_new(INLAY_CONTENT_FILE);
    content->path = has_addr ? g_strndup(argument, (gsize)(at - argument)) : g_strdup(argument);
    content->has_addr = has_addr;
    content->addr = addr;
    return content;
}

InlayContent *
inlay_content_parse(const char *argument, gboolean has_layout, GError **error)
{
    return has_layout ? parse_for_partition(argument, error) : parse_file(argument, error);
}
