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
    g_free(identity->warning);
    *identity = (InlayIdentity){0};
}
