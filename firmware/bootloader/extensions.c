/* SPDX-License-Identifier: MIT-0 */
#include "extensions.h"

#include "answers.h"
#include "bytes.h"
#include "core.h"
#include "digest.h"
#include "flash.h"
#include "options.h"
#include "port.h"
#include "stream.h"
#include "vectors.h"

/* docs/protocol.md, section 5; OPEN, DATA, POLL and CLOSE are stream.c. */

#define BUILD_SIZE 16u
#define READ_MAX 512u
#define PING_MAX 64u
#define RANGE_SIZE 8u
/* A rate at which only noise has come for so long is taken back. */
#define BAUD_SILENCE_MS 5000u

static struct {
    uint32_t start, before, wanted;
    uint32_t trial_began_ms;
    bool is_on_trial;
} baud;
static uint8_t reset_kind;

void
extensions_init(void)
{
    baud.start = port_get_baud();
    baud.is_on_trial = false;
}

static uint8_t
capabilities(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    uint8_t *const out = answer_data;
    const struct port_sector *last_own = &port_chip.sectors[port_chip.own_sectors - 1];
    const uint32_t own_base = port_chip.sectors[0].base;
    bool ended = false;

    (void)arguments;
    (void)size;
    put16(out + BOOT_CAP_VERSION, BOOT_EXTENSION_VERSION);
    put16(out + BOOT_CAP_FEATURES, BOOT_FEATURE_DEFLATE);
    put16(out + BOOT_CAP_BODY_MAX, BOOT_BODY_MAX);
    put16(out + BOOT_CAP_ANSWER_MAX, BOOT_ANSWER_MAX);
    put16(out + BOOT_CAP_RING, PORT_RING_SIZE);
    put16(out + BOOT_CAP_SLOTS, STREAM_SLOTS);
    put16(out + BOOT_CAP_SLOT_SIZE, STREAM_SLOT_SIZE);
    out[BOOT_CAP_N_SECTORS] = port_chip.n_sectors;
    out[BOOT_CAP_RDP] = options_get_level();
    put32(out + BOOT_CAP_BAUD_MAX, port_get_baud_max());
    put32(out + BOOT_CAP_IDCODE, port_chip.idcode);
    put16(out + BOOT_CAP_FLASH_KIB, port_chip.flash_kib);
    put16(out + BOOT_CAP_SUPPLY_MV, port_chip.supply_mv);
    for (unsigned i = 0; i < sizeof port_chip.uid; i++)
        out[BOOT_CAP_UID + i] = port_chip.uid[i];
    put32(out + BOOT_CAP_OWN_BASE, own_base);
    put32(out + BOOT_CAP_OWN_SIZE, last_own->base + last_own->size - own_base);
    put32(out + BOOT_CAP_APP_BASE, port_chip.app_base);
    put32(out + BOOT_CAP_APP_SIZE, port_chip.app_size);
    put32(out + BOOT_CAP_FIRMWARE, port_chip.version);
    for (unsigned i = 0; i < BUILD_SIZE; i++) {
        ended = ended || port_chip.build[i] == '\0';
        out[BOOT_CAP_BUILD + i] = ended ? 0u : (uint8_t)port_chip.build[i];
    }
    *n = BOOT_CAP_SIZE;

    return BOOT_OK;
}

static void
put_digest(uint32_t addr, uint32_t size, uint32_t *n)
{
    struct digest digest;

    digest_compute(addr, size, &digest);
    digest_put(answer_data + *n, &digest);
    *n += BOOT_DIGEST_SIZE;
}

static uint8_t
sectors(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    const uint8_t status = flash_finish();

    (void)arguments;
    (void)size;
    for (unsigned i = 0; status == BOOT_OK && i < port_chip.n_sectors; i++)
        put_digest(port_chip.sectors[i].base, port_chip.sectors[i].size, n);

    return status;
}

/* Sums of a few bytes would tell what they are: at level 1 only whole sectors. */
static uint8_t
check_digest(uint32_t addr, uint32_t size)
{
    const uint8_t status = memory_check_read(addr, size);

    return status == BOOT_READ_PROTECTED && flash_is_whole_sectors(addr, size) ? BOOT_OK : status;
}

static uint8_t
digest(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    uint8_t status = flash_finish();

    if (size % RANGE_SIZE != 0)
        return BOOT_BAD_FRAME;
    for (uint32_t at = 0; status == BOOT_OK && at < size; at += RANGE_SIZE)
        status = check_digest(get32(arguments + at), get32(arguments + at + 4));
    for (uint32_t at = 0; status == BOOT_OK && at < size; at += RANGE_SIZE)
        put_digest(get32(arguments + at), get32(arguments + at + 4), n);

    return status;
}

static uint8_t
set_baud(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)size;
    (void)n;
    baud.wanted = get32(arguments);
    return port_can_baud(baud.wanted) ? BOOT_OK : BOOT_BAD_ARGUMENT;
}

static void
try_baud(void)
{
    baud.before = port_get_baud();
    port_set_baud(baud.wanted);
    frames_drop();
    baud.trial_began_ms = port_ms();
    baud.is_on_trial = true;
}

static void
take_baud_back(uint32_t rate)
{
    baud.is_on_trial = false;
    port_set_baud(rate);
    frames_drop();
    port_debug("the baud rate was taken back");
}

void
extensions_tick(void)
{
    const uint32_t tried_ms = port_ms() - baud.trial_began_ms, silence_ms = frames_get_silence_ms();

    if (baud.is_on_trial && silence_ms < tried_ms)
        baud.is_on_trial = false;
    if (baud.is_on_trial && tried_ms >= BOOT_BAUD_TRIAL_MS)
        take_baud_back(baud.before);
    else if (port_get_baud() != baud.start && silence_ms >= BAUD_SILENCE_MS &&
             frames_has_heard_noise())
        take_baud_back(baud.start);
}

static uint8_t
ping(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    for (uint32_t i = 0; i < size; i++)
        answer_data[i] = arguments[i];
    *n = size;

    return BOOT_OK;
}

static uint8_t
erase(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    const uint32_t bitmap = get32(arguments);
    uint8_t status, failed = 0;

    (void)size;
    *n = 1;
    if (bitmap == 0 || bitmap >> port_chip.n_sectors != 0)
        status = BOOT_BAD_ARGUMENT;
    else
        status = flash_erase(bitmap, &failed);
    answer_data[0] = status == BOOT_OK ? 0u : failed;

    return status;
}

static uint8_t
commit(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    const uint8_t status = vectors_program();

    (void)arguments;
    (void)size;
    if (status == BOOT_OK) {
        answer_data[0] = vectors_are_sane(port_chip.app_base);
        *n = 1;
    }

    return status;
}

static uint8_t
read(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    const uint32_t addr = get32(arguments), count = get16(arguments + 4);
    uint8_t status = flash_finish();

    (void)size;
    if (count > READ_MAX)
        return BOOT_BAD_ARGUMENT;
    if (status == BOOT_OK)
        status = memory_check_read(addr, count);
    for (; status == BOOT_OK && *n < count; ++*n)
        answer_data[*n] = vectors_read8(addr + *n);

    return status;
}

static uint8_t
options(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)arguments;
    (void)size;
    put32(answer_data, options_get());
    put32(answer_data + 4, port_options_writable());
    *n = 8;

    return BOOT_OK;
}

static uint8_t
set_options(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)size;
    (void)n;
    return options_store(get32(arguments));
}

static uint8_t
reset(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)size;
    (void)n;
    reset_kind = arguments[0];
    return reset_kind <= BOOT_RESET_BOOTLOADER ? BOOT_OK : BOOT_BAD_ARGUMENT;
}

static void
do_reset(void)
{
    port_debug("resets");
    port_reset(reset_kind == BOOT_RESET_BOOTLOADER ? BOOT_REQUEST_STAY : 0u, 0);
}

static uint8_t
why(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)arguments;
    (void)size;
    answer_why(answer_data);
    *n = 2;

    return BOOT_OK;
}

/* DATA and POLL are here for GET_HELP: stream_take() has them before this table is asked. */
static const struct command extensions[] = {
    {BOOT_CAPABILITIES, false, 0, 0, capabilities, 0},
    {BOOT_SECTORS, false, 0, 0, sectors, 0},
    {BOOT_DIGEST, false, RANGE_SIZE, RANGE_SIZE *BOOT_DIGEST_RANGES, digest, 0},
    {BOOT_BAUD, false, 4, 4, set_baud, try_baud},
    {BOOT_PING, false, 0, PING_MAX, ping, 0},
    {BOOT_ERASE, false, 4, 4, erase, 0},
    {BOOT_OPEN, false, 5, 5, stream_open, stream_run},
    {BOOT_DATA, false, 0, 0, 0, 0},
    {BOOT_POLL, false, 0, 0, 0, 0},
    {BOOT_CLOSE, false, BOOT_CLOSE_SIZE, BOOT_CLOSE_SIZE, stream_close, 0},
    {BOOT_COMMIT, false, 0, 0, commit, 0},
    {BOOT_READ, false, 6, 6, read, 0},
    {BOOT_OPTIONS, false, 0, 0, options, 0},
    {BOOT_SET_OPTIONS, false, 4, 4, set_options, 0},
    {BOOT_RESET, false, 1, 1, reset, do_reset},
    {BOOT_WHY, false, 0, 0, why, 0},
};
#define N_EXTENSIONS (sizeof extensions / sizeof extensions[0])

const struct command *
extensions_find(uint8_t code)
{
    for (unsigned i = 0; i < N_EXTENSIONS; i++)
        if (extensions[i].code == code)
            return &extensions[i];

    return 0;
}

uint32_t
extensions_list(uint8_t *out)
{
    for (unsigned i = 0; i < N_EXTENSIONS; i++)
        out[i] = extensions[i].code;

    return N_EXTENSIONS;
}
