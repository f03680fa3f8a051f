/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "foreign.h"

#include <string.h>

/* What the family speaks (docs/protocol.md, section 2), and the bench's own reading of it. */
#define ACK 0xA5
#define NACK 0x7F
#define VERSION 0x10
#define CHIP_ID 0x413 /* DBGMCU_IDCODE of an F405/407: RM0090 38.6.1 */
#define ALL_SECTORS 0xFF
#define STATUS_OK 0
#define STATUS_FAILED 1
#define FRAME_MAX 200
#define CRC_SIZE 4
#define NO_BYTE (-1)

/* RM0090 2.3, 3.3 table 5 */
#define FLASH_BASE 0x08000000u
#define SRAM_BASE 0x20000000u /* SRAM1, and SRAM2 behind it */
#define SRAM_SIZE 0x20000u
#define BACKUP_BASE 0x40024000u
#define BACKUP_SIZE 0x1000u
#define ALL_WRITABLE 0x0FFFu
#define RDP_LEVEL_0 0xAAu

/* The flash by bytes, as these bootloaders program it; STM32F405/407 datasheet (DS8626), table 40. */
#define US G_GUINT64_CONSTANT(1000)
#define MS G_GUINT64_CONSTANT(1000000)
#define PROGRAM_NS (16 * US)
#define OPTIONS_NS (400 * MS)
/* It has no use for the CRC unit: some cycles of each bit of a word for each byte. The rest are guesses. */
#define COMPUTE_NS_PER_BYTE (3 * US)
#define COMPUTE_NS (20 * US)
#define START_NS (2 * MS)

struct BenchForeign {
    BenchForeignKind kind;
    guint8 *flash;
    gsize flash_size;
    guint8 sram[SRAM_SIZE], backup[BACKUP_SIZE];
    guint16 n_wrp; /* bit i is 0: sector i is write-protected */

    guint64 busy_until_ns; /* starts, computes or waits for the flash until then */
    gboolean starting;     /* and its UART is not on yet */
    gboolean gone;         /* it has started a program, which says nothing */
    int held;              /* the one byte in the UART's data register, while nobody takes it */
    guint8 frame[FRAME_MAX];
    guint have;
    guint8 reply[3 + 255];
    guint reply_size, reply_sent;
};

typedef struct {
    guint8 command;
    const guint8 *payload;
    guint size;
    guint64 flash_ns; /* that the flash was busy for it */
} Request;

/* -- the chip -- */

static guint
count_sectors(const BenchForeign *foreign)
{
    return foreign->flash_size > 512 * 1024 ? 12 : 8;
}

/* RM0090 3.3 table 5: four of 16 KiB, one of 64, the rest of 128. Returns its size. */
static gsize
locate_sector(guint sector, gsize *offset)
{
    *offset = (sector < 4 ? sector * 16 : sector == 4 ? 64 : (sector - 4) * 128) * (gsize)1024;
    return (sector < 4 ? 16 : sector == 4 ? 64 : 128) * (gsize)1024;
}

static guint64
erase_ns(gsize sector_size)
{
    return sector_size == 16 * 1024 ? 400 * MS : sector_size == 64 * 1024 ? 1200 * MS : 2000 * MS;
}

/* NULL unless the whole range lies in one memory that it knows. */
static guint8 *
find_memory(BenchForeign *foreign, guint32 addr, guint size)
{
    struct {
        guint32 base;
        gsize size;
        guint8 *bytes;
    } memories[] = {{FLASH_BASE, foreign->flash_size, foreign->flash},
                    {SRAM_BASE, SRAM_SIZE, foreign->sram},
                    {BACKUP_BASE, BACKUP_SIZE, foreign->backup}};

    for (gsize i = 0; i < G_N_ELEMENTS(memories); i++)
        if (addr >= memories[i].base && (gsize)(addr - memories[i].base) + size <= memories[i].size)
            return memories[i].bytes + (addr - memories[i].base);
    return NULL;
}

static gboolean
erase_sector(BenchForeign *foreign, guint sector, Request *request)
{
    gsize offset, size = locate_sector(sector, &offset);

    if ((foreign->n_wrp >> sector & 1) == 0)
        return FALSE;
    memset(foreign->flash + offset, 0xFF, size);
    request->flash_ns += erase_ns(size);
    return TRUE;
}

static gboolean
is_writable(const BenchForeign *foreign, guint32 addr, guint size)
{
    for (guint sector = 0; addr >= FLASH_BASE && sector < count_sectors(foreign); sector++) {
        gsize offset, sector_size = locate_sector(sector, &offset);
        if (addr - FLASH_BASE < offset + sector_size && addr - FLASH_BASE + size > offset &&
            (foreign->n_wrp >> sector & 1) == 0)
            return FALSE;
    }
    return TRUE;
}

/* -- the wire -- */

static guint32
load32(const guint8 *bytes)
{
    return bytes[0] | (guint32)bytes[1] << 8 | (guint32)bytes[2] << 16 | (guint32)bytes[3] << 24;
}

/* Polynomial 0x04C11DB7 from 0xFFFFFFFF, each byte as a word of 32 bits. */
static guint32
compute_crc(const guint8 *bytes, guint size)
{
    guint32 crc = 0xFFFFFFFF;
    for (guint i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (guint bit = 0; bit < 32; bit++)
            crc = crc << 1 ^ ((crc & 0x80000000) != 0 ? 0x04C11DB7 : 0);
    }
    return crc;
}

static void
refuse(BenchForeign *foreign)
{
    foreign->reply[0] = NACK;
    foreign->reply_size = 1;
}

static void
answer(BenchForeign *foreign, const Request *request, const void *bytes, guint size)
{
    guint8 *at = foreign->reply;

    *at++ = ACK;
    if (foreign->kind != BENCH_FOREIGN_OLDER)
        *at++ = request->command;
    *at++ = (guint8)size;
    if (size > 0)
        memcpy(at, bytes, size);
    foreign->reply_size = (guint)(at - foreign->reply) + size;
}

static void
answer_status(BenchForeign *foreign, const Request *request, gboolean ok)
{
    const guint8 status = ok ? STATUS_OK : STATUS_FAILED;
    answer(foreign, request, &status, 1);
}

static void
answer16(BenchForeign *foreign, const Request *request, guint16 number)
{
    const guint8 bytes[] = {(guint8)number, (guint8)(number >> 8)};
    answer(foreign, request, bytes, sizeof bytes);
}

/* -- the commands -- */

static void
do_version(BenchForeign *foreign, Request *request)
{
    static const guint8 version = VERSION;
    answer(foreign, request, &version, 1);
}

static void
do_help(BenchForeign *foreign, Request *request)
{
    static const guint8 codes[] = {0x51, 0x52, 0x53, 0x54, 0x55, 0x56,
                                   0x57, 0x58, 0x59, 0x5A, 0x5B, 0x5C};
    answer(foreign, request, codes, sizeof codes);
}

static void
do_chip_id(BenchForeign *foreign, Request *request)
{
    answer16(foreign, request, CHIP_ID);
}

static void
do_rdp(BenchForeign *foreign, Request *request)
{
    static const guint8 level = RDP_LEVEL_0;
    answer(foreign, request, &level, 1);
}

/* It loads the stack pointer and the reset vector from there, whatever they are. */
static void
do_go(BenchForeign *foreign, Request *request)
{
    if (find_memory(foreign, load32(request->payload), 1) == NULL) {
        refuse(foreign);
        return;
    }
    if (foreign->kind == BENCH_FOREIGN_OLDER)
        answer_status(foreign, request, TRUE);
    else
        answer(foreign, request, NULL, 0);
    foreign->gone = TRUE;
}

/* All sectors means all: its own too. The model has no code in them, and goes on answering. */
static void
do_erase(BenchForeign *foreign, Request *request)
{
    guint n_sectors = count_sectors(foreign), first = request->payload[0];
    guint count = request->payload[1];
    gboolean ok = TRUE;

    if (first == ALL_SECTORS) {
        first = 0;
        count = n_sectors;
    }
    if (first + count > n_sectors) {
        answer_status(foreign, request, FALSE);
        return;
    }
    for (guint i = 0; i < count; i++)
        ok = erase_sector(foreign, first + i, request) && ok;
    answer_status(foreign, request, ok);
}

static void
do_write(BenchForeign *foreign, Request *request)
{
    guint32 addr = load32(request->payload);
    guint n = request->payload[4];
    guint8 *to = n == request->size - 5 ? find_memory(foreign, addr, n) : NULL;
    gboolean is_flash = to >= foreign->flash && to < foreign->flash + foreign->flash_size;

    if (to == NULL || (is_flash && !is_writable(foreign, addr, n))) {
        answer_status(foreign, request, FALSE);
        return;
    }
    for (guint i = 0; i < n; i++) /* programming only clears bits */
        to[i] = request->payload[5 + i] & (is_flash ? to[i] : 0xFF);
    request->flash_ns += is_flash ? n * PROGRAM_NS : 0;
    answer_status(foreign, request, TRUE);
}

static void
do_protect(BenchForeign *foreign, Request *request)
{
    gboolean ok = request->payload[1] == 1; /* 2 is PCROP, which the chip has not */
    if (ok) {
        foreign->n_wrp &= (guint16)~request->payload[0];
        request->flash_ns += OPTIONS_NS;
    }
    answer_status(foreign, request, ok);
}

static void
do_unprotect(BenchForeign *foreign, Request *request)
{
    foreign->n_wrp = ALL_WRITABLE;
    request->flash_ns += OPTIONS_NS;
    answer_status(foreign, request, TRUE);
}

static void
do_read(BenchForeign *foreign, Request *request)
{
    guint n = request->payload[4];
    const guint8 *from = find_memory(foreign, load32(request->payload), n);

    if (from == NULL)
        refuse(foreign);
    else
        answer(foreign, request, from, n);
}

static void
do_protection(BenchForeign *foreign, Request *request)
{
    answer16(foreign, request, foreign->n_wrp);
}

static const struct {
    guint8 code;
    guint8 least;       /* bytes of payload */
    gboolean connected; /* only where the flash controller is */
    void (*run)(BenchForeign *foreign, Request *request);
} commands[] = {
    {0x51, 0, FALSE, do_version},    {0x52, 0, FALSE, do_help},   {0x53, 0, FALSE, do_chip_id},
    {0x54, 0, FALSE, do_rdp},        {0x55, 4, FALSE, do_go},     {0x56, 2, TRUE, do_erase},
    {0x57, 5, TRUE, do_write},       {0x58, 2, TRUE, do_protect}, {0x59, 5, FALSE, do_read},
    {0x5A, 0, FALSE, do_protection}, /* 0x5B, OTP_READ, nobody has finished */
    {0x5C, 0, TRUE, do_unprotect},
};

static void
run_command(BenchForeign *foreign, Request *request)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].code != request->command || request->size < commands[i].least ||
            (commands[i].connected && foreign->kind == BENCH_FOREIGN_PUBLISHED))
            continue;
        commands[i].run(foreign, request);
        return;
    }
    refuse(foreign);
}

/* -- receiving -- */

/* Bytes of the frame that begins with this length; 0: none does. */
static guint
frame_size(const BenchForeign *foreign, guint8 length)
{
    guint size = length + 1u + (foreign->kind == BENCH_FOREIGN_OLDER ? CRC_SIZE : 0);
    return size < 2 + CRC_SIZE || size > FRAME_MAX ? 0 : size;
}

static void
handle_frame(BenchForeign *foreign, guint64 now_ns)
{
    guint checked = foreign->have - CRC_SIZE;
    Request request = {
        .command = foreign->frame[1], .payload = foreign->frame + 2, .size = checked - 2};

    if (compute_crc(foreign->frame, checked) == load32(foreign->frame + checked))
        run_command(foreign, &request);
    else
        refuse(foreign);
    foreign->busy_until_ns =
        now_ns + COMPUTE_NS + foreign->have * COMPUTE_NS_PER_BYTE + request.flash_ns;
    foreign->have = 0;
    foreign->reply_sent = 0;
}

/* It waits for the rest of a frame for as long as that takes. */
static void
accept(BenchForeign *foreign, guint8 byte, guint64 now_ns)
{
    foreign->frame[foreign->have++] = byte;
    if (frame_size(foreign, foreign->frame[0]) == 0) {
        refuse(foreign);
        foreign->have = 0;
        foreign->reply_sent = 0;
        foreign->busy_until_ns = now_ns + COMPUTE_NS;
    } else if (foreign->have == frame_size(foreign, foreign->frame[0])) {
        handle_frame(foreign, now_ns);
    }
}

static gboolean
is_replying(const BenchForeign *foreign)
{
    return foreign->reply_sent < foreign->reply_size;
}

void
bench_foreign_receive(BenchForeign *foreign, guint8 byte, guint64 now_ns)
{
    if (foreign->starting && now_ns < foreign->busy_until_ns)
        return;
    foreign->starting = FALSE;
    if (!is_replying(foreign) && !foreign->gone)
        accept(foreign, byte, now_ns);
    else if (foreign->held == NO_BYTE)
        foreign->held = byte; /* the next are an overrun: RM0090 30.3.3 */
}

int
bench_foreign_take(BenchForeign *foreign, guint64 now_ns)
{
    if (!is_replying(foreign) || now_ns < foreign->busy_until_ns)
        return NO_BYTE;
    guint8 byte = foreign->reply[foreign->reply_sent++];
    if (!is_replying(foreign) && !foreign->gone && foreign->held != NO_BYTE) {
        guint8 held = (guint8)foreign->held;
        foreign->held = NO_BYTE;
        accept(foreign, held, now_ns);
    }
    return byte;
}

guint64
bench_foreign_next_event_ns(const BenchForeign *foreign)
{
    return is_replying(foreign) ? foreign->busy_until_ns : G_MAXUINT64;
}

/* -- life -- */

void
bench_foreign_reset(BenchForeign *foreign, guint64 now_ns)
{
    foreign->busy_until_ns = now_ns + START_NS;
    foreign->starting = TRUE;
    foreign->gone = FALSE;
    foreign->held = NO_BYTE;
    foreign->have = 0;
    foreign->reply_size = foreign->reply_sent = 0;
}

BenchForeign *
bench_foreign_new(BenchForeignKind kind, guint flash_kib)
{
    BenchForeign *foreign = g_new0(BenchForeign, 1);
    foreign->kind = kind;
    foreign->flash_size = flash_kib * (gsize)1024;
    foreign->flash = g_malloc(foreign->flash_size);
    memset(foreign->flash, 0xFF, foreign->flash_size);
    foreign->n_wrp = ALL_WRITABLE;
    foreign->held = NO_BYTE;
    return foreign;
}

void
bench_foreign_free(BenchForeign *foreign)
{
    if (foreign == NULL)
        return;
    g_free(foreign->flash);
    g_free(foreign);
}

guint8 *
bench_foreign_get_flash(BenchForeign *foreign, gsize *size)
{
    *size = foreign->flash_size;
    return foreign->flash;
}
