/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/target.h"

void
inlay_target_free(InlayTarget *target)
{
    if (target != NULL)
        target->ops->free(target);
}

void
inlay_identity_clear(InlayIdentity *identity)
{
    g_free(identity->adapter);
    g_free(identity->adapter_kind);
    g_free(identity->adapter_serial);
    g_free(identity->chip_hint);
    g_clear_pointer(&identity->warnings, g_ptr_array_unref);
    *identity = (InlayIdentity){0};
}

char *
inlay_identity_print_uid(const InlayIdentity *identity)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < sizeof identity->uid; i++)
        g_string_append_printf(text, "%02x", identity->uid[i]);
    return g_string_free(text, FALSE);
}

void
inlay_identity_warn(InlayIdentity *identity, const char *format, ...)
{
    va_list args;

    if (identity->warnings == NULL)
        identity->warnings = g_ptr_array_new_with_free_func(g_free);
    va_start(args, format);
    g_ptr_array_add(identity->warnings, g_strdup_vprintf(format, args));
    va_end(args);
}

void
inlay_target_note(InlayTarget *target, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    if (target == NULL || target->note == NULL)
        return;
    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    target->note(message, target->note_data);
}

void
inlay_target_moved(InlayTarget *target, guint64 bytes)
{
    if (target != NULL && target->moved != NULL)
        target->moved(bytes, target->moved_data);
}
