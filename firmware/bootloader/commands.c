/* SPDX-License-Identifier: MIT-0 */
#include "answers.h"
#include "bytes.h"
#include "core.h"
#include "flash.h"
#include "options.h"
#include "port.h"
#include "vectors.h"

/* The twelve (docs/protocol.md, section 2). */

#define OTP_BASE 0x1FFF7800u
#define OTP_LOCKS (OTP_BASE + BOOT_OTP_BLOCKS * BOOT_OTP_BLOCK_SIZE)
#define ALL_NWRP 0xFFFu

static uint32_t start_addr;

static uint8_t
get_ver(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)arguments;
    (void)size;
    answer_data[0] = BOOT_VERSION;
    *n = 1;
    return BOOT_OK;
}

static uint8_t
get_help(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)arguments;
    (void)size;
    *n = commands_list(answer_data);
    *n += extensions_list(answer_data + *n);
    return BOOT_OK;
}

static uint8_t
get_cid(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)arguments;
    (void)size;
    put16(answer_data, port_chip.idcode & 0xFFFu);
    *n = 2;
    return BOOT_OK;
}

static uint8_t
get_rdp_status(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)arguments;
    (void)size;
    answer_data[0] = options_get_rdp();
    *n = 1;
    return BOOT_OK;
}

static uint8_t
go_to_addr(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)size;
    (void)n;
    start_addr = get32(arguments);
    return memory_prepare_start(start_addr);
}

static void
start(void)
{
    port_debug("starts a program");
    port_reset(BOOT_REQUEST_START, start_addr);
}

static uint8_t
flash_erase_command(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    const uint8_t first = arguments[0], count = arguments[1];
    uint8_t failed;

    (void)size;
    (void)n;
    if (first == BOOT_ERASE_ALL)
        return flash_erase(flash_get_other_sectors(), &failed);
    if (count == 0 || first >= port_chip.n_sectors || count > port_chip.n_sectors - first)
        return BOOT_BAD_ARGUMENT;

    return flash_erase(((1u << count) - 1u) << first, &failed);
}

static uint8_t
mem_write(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)n;
    if (size != 5u + arguments[4])
        return BOOT_BAD_FRAME;

    return memory_write(get32(arguments), arguments + 5, arguments[4]);
}

static uint8_t
en_rw_protect(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    const uint8_t sectors = arguments[0], mode = arguments[1];

    (void)size;
    (void)n;
    if (mode == BOOT_PROTECT_READ)
        return BOOT_UNSUPPORTED;
    if (mode != BOOT_PROTECT_WRITE || (uint32_t)sectors >> port_chip.n_sectors != 0)
        return BOOT_BAD_ARGUMENT;

    return options_store_nwrp(sectors, 0);
}

static uint8_t
dis_rw_protect(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)arguments;
    (void)size;
    (void)n;
    return options_store_nwrp(0, ALL_NWRP);
}

static uint8_t
mem_read(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    const uint32_t addr = get32(arguments);
    const uint8_t status = memory_check_read(addr, arguments[4]);

    (void)size;
    for (*n = 0; status == BOOT_OK && *n < arguments[4]; ++*n)
        answer_data[*n] = vectors_read8(addr + *n);

    return status;
}

static uint8_t
read_sector_p_status(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    (void)arguments;
    (void)size;
    put16(answer_data, options_get_nwrp());
    *n = 2;
    return BOOT_OK;
}

static uint8_t
otp_read(const uint8_t *arguments, uint32_t size, uint32_t *n)
{
    const uint8_t block = arguments[0];

    (void)size;
    if (block >= BOOT_OTP_BLOCKS)
        return BOOT_BAD_ARGUMENT;
    for (*n = 0; *n < BOOT_OTP_BLOCK_SIZE; ++*n)
        answer_data[*n] = port_read8(OTP_BASE + block * BOOT_OTP_BLOCK_SIZE + *n);
    answer_data[(*n)++] = port_read8(OTP_LOCKS + block);

    return BOOT_OK;
}

static const struct command commands[] = {
    {BOOT_GET_VER, false, 0, 0, get_ver, 0},
    {BOOT_GET_HELP, false, 0, 0, get_help, 0},
    {BOOT_GET_CID, false, 0, 0, get_cid, 0},
    {BOOT_GET_RDP_STATUS, false, 0, 0, get_rdp_status, 0},
    {BOOT_GO_TO_ADDR, false, 4, 4, go_to_addr, start},
    {BOOT_FLASH_ERASE, true, 2, 2, flash_erase_command, 0},
    {BOOT_MEM_WRITE, true, 5, 255, mem_write, 0},
    {BOOT_EN_RW_PROTECT, true, 2, 2, en_rw_protect, 0},
    {BOOT_MEM_READ, false, 5, 5, mem_read, 0},
    {BOOT_READ_SECTOR_P_STATUS, false, 0, 0, read_sector_p_status, 0},
    {BOOT_OTP_READ, false, 1, 1, otp_read, 0},
    {BOOT_DIS_R_W_PROTECT, true, 0, 0, dis_rw_protect, 0},
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

const struct command *
commands_find(uint8_t code)
{
    for (unsigned i = 0; i < N_COMMANDS; i++)
        if (commands[i].code == code)
            return &commands[i];

    return 0;
}

uint32_t
commands_list(uint8_t *out)
{
    for (unsigned i = 0; i < N_COMMANDS; i++)
        out[i] = commands[i].code;

    return N_COMMANDS;
}
