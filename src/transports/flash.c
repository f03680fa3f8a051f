/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/flash.h"

static const InlayFlash *const drivers[] = {
    &inlay_flash_f1,
    &inlay_flash_f3,
    &inlay_flash_f4,
};

const InlayFlash *
inlay_flash_find(const InlayChipFamily *family)
{
    for (guint i = 0; i < G_N_ELEMENTS(drivers); i++) {
        if (g_str_equal(drivers[i]->family, family->name))
            return drivers[i];
    }
    return NULL;
}

char *
inlay_flash_describe_sr(const InlayFlash *flash, guint32 sr)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < flash->n_sr_flags; i++) {
        if ((sr & flash->sr_flags[i].bit) != 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "",
                                   flash->sr_flags[i].name);
    }
    if (text->len == 0)
        g_string_append(text, "no error flag");
    return g_string_free(text, FALSE);
}
