/* SPDX-License-Identifier: MIT-0 */
#include "decision.h"

#include "firmware/proto/boot.h"

/* A request is newer than the button: who started a program by GO may still hold it. */
enum boot_choice
boot_decide(const struct boot_facts *facts)
{
    if (facts->request == BOOT_REQUEST_STAY)
        return BOOT_STAYS_ASKED;
    if (facts->request == BOOT_REQUEST_START && facts->requested_is_sane)
        return BOOT_STARTS_REQUESTED;
    if (facts->button_is_pressed)
        return BOOT_STAYS_BUTTON;

    return facts->app_is_sane ? BOOT_STARTS_APP : BOOT_STAYS_EMPTY;
}
