/* SPDX-License-Identifier: MIT-0 */
#include "button.h"

enum button_event
button_sample(struct button *button, bool pressed)
{
    if (pressed != button->last)
        button->stable_ms = 0;
    button->last = pressed;
    if (button->stable_ms < BUTTON_STABLE_MS)
        button->stable_ms++;
    if (button->stable_ms < BUTTON_STABLE_MS || button->was_released != pressed)
        return BUTTON_NOTHING;

    button->was_released = !pressed;
    return pressed ? BUTTON_PRESSED : BUTTON_RELEASED;
}
