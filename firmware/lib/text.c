/* SPDX-License-Identifier: MIT-0 */
#include "text.h"

const char *
text_decimal(char out[TEXT_NUMBER_SIZE], uint32_t value)
{
    unsigned at = TEXT_NUMBER_SIZE - 1u;

    out[at] = '\0';
    do {
        out[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);

    return &out[at];
}

const char *
text_hex(char out[TEXT_NUMBER_SIZE], uint32_t value)
{
    out[0] = '0';
    out[1] = 'x';
    for (unsigned i = 0; i < 8; i++)
        out[2u + i] = "0123456789abcdef"[value >> (28u - 4u * i) & 0xFu];
    out[TEXT_NUMBER_SIZE - 1u] = '\0';

    return out;
}
