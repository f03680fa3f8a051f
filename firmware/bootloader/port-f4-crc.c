/* SPDX-License-Identifier: MIT-0 */
#include "firmware/port/stm32/bits.h"
#include "machine.h"
#include "port-f4.h"
#include "port.h"

/* CRC unit (4.4, 7.3.10). It takes words with their most significant bit first; zlib's CRC-32 takes
 * bytes with their least significant bit first. */
#define RCC_AHB1ENR 0x40023830u
#define RCC_AHB1_CRC (1u << 12)
#define CRC_DR 0x40023000u
#define CRC_CR 0x40023008u
#define CRC_CR_RESET 0x1u

void
port_open_crc(void)
{
    bits_open_clock(RCC_AHB1ENR, RCC_AHB1_CRC);
}

/* The unit begins with all ones and xors each word in: the sum so far goes in with the first. */
uint32_t
port_crc32(uint32_t crc, uint32_t addr, uint32_t words)
{
    const uint32_t end = addr + 4u * words;

    if (words == 0)
        return crc;

    reg_write(CRC_CR, CRC_CR_RESET);
    reg_write(CRC_DR, reverse_bits(memory_read32(addr) ^ crc));
    for (addr += 4u; addr != end; addr += 4u)
        reg_write(CRC_DR, reverse_bits(memory_read32(addr)));

    return ~reverse_bits(reg_read(CRC_DR));
}
