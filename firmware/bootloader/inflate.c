/* SPDX-License-Identifier: MIT-0 */
#include "inflate.h"

#include <stdbool.h>

#include "firmware/proto/boot.h"

#define MAX_BITS 15u
#define LITERALS 288u /* with the two that no block uses (RFC 1951 section 3.2.6) */
#define DISTANCES 30u
#define FIXED_DISTANCES 32u
#define LENGTH_CODES 19u
#define END_OF_BLOCK 256u
#define COPY_PREVIOUS 16u

/* A canonical code: how many symbols have each length, and the symbols in order of their codes. */
struct code {
    uint16_t counts[MAX_BITS + 1];
    uint16_t *symbols;
};

static struct {
    const struct inflate_io *io;
    uint8_t status; /* the first that is not OK stays */
    uint32_t bits;
    unsigned n_bits;
    uint16_t literal_symbols[LITERALS], distance_symbols[FIXED_DISTANCES];
    uint8_t lengths[LITERALS + FIXED_DISTANCES];
    struct code literals, distances;
} run;

static void
fail(uint8_t status)
{
    if (run.status == BOOT_OK)
        run.status = status;
}

/* Up to 16 bits, the first one lowest; zeros when there are none. */
static uint32_t
take_bits(unsigned n)
{
    uint32_t value;

    while (run.n_bits < n) {
        const int byte = run.status == BOOT_OK ? run.io->pull() : -1;

        if (byte < 0) {
            fail(INFLATE_CUT);
            return 0;
        }
        run.bits |= (uint32_t)byte << run.n_bits;
        run.n_bits += 8;
    }
    value = run.bits & ((1u << n) - 1u);
    run.bits >>= n;
    run.n_bits -= n;

    return value;
}

/* FALSE when the lengths claim more codes than there are, or leave some unused; one code alone, or none,
 * may (RFC 1951 section 3.2.7). */
static bool
build(struct code *code, const uint8_t *lengths, unsigned n)
{
    uint16_t next[MAX_BITS + 1];
    int left = 1;
    unsigned n_used = 0;

    for (unsigned bits = 0; bits <= MAX_BITS; bits++)
        code->counts[bits] = 0;
    for (unsigned i = 0; i < n; i++)
        code->counts[lengths[i]]++;
    n_used = n - code->counts[0];
    code->counts[0] = 0;

    next[0] = next[1] = 0;
    for (unsigned bits = 1; bits <= MAX_BITS; bits++) {
        left = 2 * left - code->counts[bits];
        if (left < 0)
            return false;
        if (bits < MAX_BITS)
            next[bits + 1] = (uint16_t)(next[bits] + code->counts[bits]);
    }
    for (unsigned i = 0; i < n; i++)
        if (lengths[i] != 0)
            code->symbols[next[lengths[i]]++] = (uint16_t)i;

    return left == 0 || n_used == 0 || (n_used == 1 && code->counts[1] == 1);
}

/* Reads a code bit by bit: those of a length are consecutive numbers, which follow twice the shorter
 * ones'. */
static unsigned
decode(const struct code *code)
{
    unsigned value = 0, first = 0, before = 0;

    for (unsigned bits = 1; bits <= MAX_BITS && run.status == BOOT_OK; bits++) {
        value = value << 1 | take_bits(1);
        if (value - first < code->counts[bits])
            return code->symbols[before + value - first];
        before += code->counts[bits];
        first = (first + code->counts[bits]) << 1;
    }
    fail(BOOT_BAD_STREAM);

    return END_OF_BLOCK;
}

static void
put(uint8_t byte)
{
    if (run.status == BOOT_OK)
        fail(run.io->put(byte));
}

static void
repeat(uint32_t length, uint32_t distance)
{
    while (length-- > 0 && run.status == BOOT_OK) {
        const int byte = run.io->look_back(distance);

        if (byte < 0)
            fail(BOOT_BAD_STREAM);
        else
            put((uint8_t)byte);
    }
}

/* RFC 1951 section 3.2.5. */
static void
match(unsigned symbol)
{
    static const uint16_t lengths[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                       15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                       67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t length_bits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                          2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    uint32_t length, distance;

    if (symbol >= sizeof length_bits) {
        fail(BOOT_BAD_STREAM);
        return;
    }
    length = lengths[symbol] + take_bits(length_bits[symbol]);

    symbol = decode(&run.distances);
    if (symbol >= DISTANCES) {
        fail(BOOT_BAD_STREAM);
        return;
    }
    distance = symbol + 1;
    if (symbol >= 4) {
        const unsigned bits = symbol / 2u - 1u;
        distance = ((2u + (symbol & 1u)) << bits) + 1u + take_bits(bits);
    }
    repeat(length, distance);
}

static void
run_codes(void)
{
    while (run.status == BOOT_OK) {
        const unsigned symbol = decode(&run.literals);

        if (symbol < END_OF_BLOCK)
            put((uint8_t)symbol);
        else if (symbol == END_OF_BLOCK)
            return;
        else
            match(symbol - END_OF_BLOCK - 1u);
    }
}

static void
run_stored(void)
{
    uint32_t size;

    run.bits = 0;
    run.n_bits = 0;
    size = take_bits(16);
    if (take_bits(16) != (~size & 0xFFFFu))
        fail(BOOT_BAD_STREAM);
    while (size-- > 0 && run.status == BOOT_OK) {
        const uint8_t byte = (uint8_t)take_bits(8);
        put(byte);
    }
}

/* RFC 1951 section 3.2.6. */
static void
run_fixed(void)
{
    for (unsigned i = 0; i < LITERALS; i++)
        run.lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    (void)build(&run.literals, run.lengths, LITERALS);
    for (unsigned i = 0; i < FIXED_DISTANCES; i++)
        run.lengths[i] = 5;
    (void)build(&run.distances, run.lengths, FIXED_DISTANCES);
    run_codes();
}

/* The lengths of both codes, themselves coded by the literals' code. FALSE: they are none. */
static bool
read_lengths(unsigned n)
{
    for (unsigned i = 0; i < n && run.status == BOOT_OK;) {
        const unsigned symbol = decode(&run.literals);
        unsigned times = 1;
        uint8_t length = (uint8_t)symbol;

        if (symbol >= COPY_PREVIOUS) {
            if (symbol == COPY_PREVIOUS && i == 0)
                return false;
            length = symbol == COPY_PREVIOUS ? run.lengths[i - 1] : 0;
            times = symbol == COPY_PREVIOUS       ? 3u + take_bits(2)
                    : symbol == COPY_PREVIOUS + 1 ? 3u + take_bits(3)
                                                  : 11u + take_bits(7);
        }
        if (times > n - i)
            return false;
        while (times-- > 0)
            run.lengths[i++] = length;
    }

    return true;
}

/* RFC 1951 section 3.2.7. */
static void
run_dynamic(void)
{
    static const uint8_t order[LENGTH_CODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                11, 4,  12, 3, 13, 2, 14, 1, 15};
    const unsigned n_literals = 257u + take_bits(5), n_distances = 1u + take_bits(5);
    const unsigned n_lengths = 4u + take_bits(4);

    for (unsigned i = 0; i < LENGTH_CODES; i++)
        run.lengths[i] = 0;
    for (unsigned i = 0; i < n_lengths; i++)
        run.lengths[order[i]] = (uint8_t)take_bits(3);

    if (n_literals > LITERALS - 2u || n_distances > DISTANCES ||
        !build(&run.literals, run.lengths, LENGTH_CODES) ||
        !read_lengths(n_literals + n_distances) || run.lengths[END_OF_BLOCK] == 0 ||
        !build(&run.literals, run.lengths, n_literals) ||
        !build(&run.distances, run.lengths + n_literals, n_distances))
        fail(BOOT_BAD_STREAM);
    run_codes();
}

uint8_t
inflate_run(const struct inflate_io *io)
{
    bool is_last = false;

    run.io = io;
    run.status = BOOT_OK;
    run.bits = 0;
    run.n_bits = 0;
    run.literals.symbols = run.literal_symbols;
    run.distances.symbols = run.distance_symbols;

    while (run.status == BOOT_OK && !is_last) {
        is_last = take_bits(1) != 0;
        switch (take_bits(2)) {
        case 0:
            run_stored();
            break;
        case 1:
            run_fixed();
            break;
        case 2:
            run_dynamic();
            break;
        default:
            fail(BOOT_BAD_STREAM);
        }
    }

    return run.status;
}
