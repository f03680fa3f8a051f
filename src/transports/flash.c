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

gboolean
inlay_flash_read_protection(const InlayFlash *flash,
                            InlayProbe *probe,
                            const InlayChip *chip,
                            InlayIdentity *identity,
                            GCancellable *cancellable,
                            GError **error)
{
    InlayOptionBytes bytes;

    if (!flash->read_options(probe, chip, &bytes, cancellable, error))
        return FALSE;
    identity->rdp_level = inlay_option_bytes_get_rdp(chip, &bytes);
    for (guint i = 0; i < inlay_chip_get_n_sectors(chip); i++) {
        if (inlay_option_bytes_refuses_erase(chip, &bytes, i))
            inlay_identity_set_protected(identity, i);
    }
    return TRUE;
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
