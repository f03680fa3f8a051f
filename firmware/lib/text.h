/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_LIB_TEXT_H
#define FIRMWARE_LIB_TEXT_H

#include <stdint.h>

#define TEXT_NUMBER_SIZE 11u /* "4294967295" or "0x20000000", and the end */

/* Both write into `out` and return where the text begins in it. */
const char *text_decimal(char out[TEXT_NUMBER_SIZE], uint32_t value);
const char *text_hex(char out[TEXT_NUMBER_SIZE], uint32_t value); /* always eight digits */

#endif
