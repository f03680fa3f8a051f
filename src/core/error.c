/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/error.h"

#include <glib/gi18n.h>

G_DEFINE_QUARK(inlay - error, inlay_error)

static const InlayErrorInfo errors[INLAY_N_ERRORS] = {
#define X(NAME, stable_id, exit_number, what, how) \
    [INLAY_ERROR_##                                \
        NAME] = {.id = stable_id, .exit_code = exit_number, .sentence = what, .remedy = how},
    INLAY_ERRORS(X)
#undef X
};

const InlayErrorInfo *
inlay_error_info_by_id(InlayErrorId id)
{
    if (id >= INLAY_N_ERRORS)
        id = INLAY_ERROR_INTERNAL;
    return &errors[id];
}

const InlayErrorInfo *
inlay_error_get_info(const GError *error)
{
    if (error == NULL || error->domain != INLAY_ERROR || error->code < 0)
        return &errors[INLAY_ERROR_INTERNAL];
    return inlay_error_info_by_id((InlayErrorId)error->code);
}
