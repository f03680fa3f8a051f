/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_GPIO_H
#define FIRMWARE_PORT_GPIO_H

#include <stdbool.h>
#include <stdint.h>

/* A pin: PC13 is {2, 13}. */
struct pin {
    uint8_t port;
    uint8_t number;
};

/* Pulled to the level that it has when nothing drives it. */
void gpio_open_input(struct pin pin, bool idle);
void gpio_open_output(struct pin pin, bool level);

/* Gives all pins of its port back as after reset. */
void gpio_close_port(struct pin pin);

bool gpio_read(struct pin pin);
void gpio_write(struct pin pin, bool level);

/* From now on a falling edge of the pin calls its line's handler (exti0_handler for PA0): that must
 * call gpio_clear_edge. Pins 0 to 4. */
void gpio_watch_falling_edge(struct pin pin);
void gpio_clear_edge(struct pin pin);

#endif
