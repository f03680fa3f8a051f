/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_PORT_STM32F4_ALTERNATE_H
#define FIRMWARE_PORT_STM32F4_ALTERNATE_H

#include "../gpio.h"

/* Gives a pin to a peripheral, by the number of its alternate function (DS8626 table 9, DS10314 table
 * 9). */
void pins_open_alternate(struct pin pin, uint32_t function);

#endif
