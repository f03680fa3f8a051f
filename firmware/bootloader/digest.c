/* SPDX-License-Identifier: MIT-0 */
#include "digest.h"

#include "bytes.h"
#include "core.h"
#include "crc.h"
#include "flash.h"
#include "port.h"
#include "vectors.h"

/* The line is served in between. */
#define WORDS_AT_ONCE 1024u

static uint32_t
read_word(uint32_t addr, uint32_t size)
{
    uint32_t word = 0xFFFFFFFFu;

    if (size >= 4 && (addr & 3u) == 0)
        return vectors_read32(addr);
    for (uint32_t i = 0; i < 4 && i < size; i++)
        word ^= (uint32_t)(vectors_read8(addr + i) ^ 0xFFu) << 8u * i;

    return word;
}

/* So many words from there are as they are in memory, for the CRC unit. */
static uint32_t
count_plain_words(uint32_t addr, uint32_t size)
{
    uint32_t words = size / 4u;

    if ((addr & 3u) != 0 || vectors_is_held(addr))
        return 0;
    if (words > WORDS_AT_ONCE)
        words = WORDS_AT_ONCE;
    if (addr < port_chip.app_base && words > (port_chip.app_base - addr) / 4u)
        words = (port_chip.app_base - addr) / 4u;

    return words;
}

void
digest_compute(uint32_t addr, uint32_t size, struct digest *digest)
{
    const uint32_t end = addr + size;

    digest->crc32 = digest->sum_a = digest->sum_b = 0;
    for (uint32_t at = addr; at != end; at += end - at < 4u ? end - at : 4u) {
        digest->sum_a += read_word(at, end - at);
        digest->sum_b += digest->sum_a;
    }

    for (uint32_t at = addr; at != end;) {
        const uint32_t words = count_plain_words(at, end - at);

        if (words > 0) {
            digest->crc32 = port_crc32(digest->crc32, at, words);
            at += 4u * words;
        } else {
            const uint8_t byte = vectors_read8(at++);
            digest->crc32 = crc_zlib(digest->crc32, &byte, 1);
        }
        boot_serve(flash_find_sector(at));
    }
}

void
digest_put(uint8_t *out, const struct digest *digest)
{
    put32(out, digest->crc32);
    put32(out + 4, digest->sum_a);
    put32(out + 8, digest->sum_b);
}
