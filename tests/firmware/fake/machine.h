/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* The host's answer to firmware/port/arm/machine.h: the same names, with a fake chip behind them
 * (fake-f4.h). */
uint32_t reg_read(uintptr_t addr);
void reg_write(uintptr_t addr, uint32_t value);
void memory_write8(uintptr_t addr, uint8_t value);
void memory_write16(uintptr_t addr, uint16_t value);
void memory_write32(uintptr_t addr, uint32_t value);
uint8_t memory_read8(uintptr_t addr);
uint16_t memory_read16(uintptr_t addr);
uint32_t memory_read32(uintptr_t addr);
uint32_t reverse_bits(uint32_t value);
void barrier(void);
