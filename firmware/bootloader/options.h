/* SPDX-License-Identifier: MIT-0 */
#ifndef FIRMWARE_BOOTLOADER_OPTIONS_H
#define FIRMWARE_BOOTLOADER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The option bytes in the shape of OPTCR (RM0090 section 3.9.10). What is stored holds from the next reset
 * on: reads tell what was loaded at the last one, changes build on what was stored since.
 */
#define OPTIONS_LEVEL_0 0xAAu
#define OPTIONS_LEVEL_2 0xCCu

void options_init(void);
uint32_t options_get(void);            /* as loaded */
uint8_t options_get_rdp(void);         /* its byte */
uint8_t options_get_level(void);       /* 0, 1, 2 */
uint16_t options_get_nwrp(void);       /* bit i is 0 when sector i is protected */
bool options_protects(uint8_t sector); /* from erasing and programming */

/* Both return a status. */
uint8_t options_store(uint32_t optcr);
uint8_t options_store_nwrp(uint16_t clear, uint16_t set);

#endif
