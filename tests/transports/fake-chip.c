/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fake-chip.h"

#include <stdint.h>
#include <string.h>

#include "core/digest.h"
#include "core/error.h"
#include "firmware/proto/loader.h"
#include "transports/bytes.h"

#define AIRCR 0xe000ed0c
#define DHCSR 0xe000edf0
#define DCRSR 0xe000edf4
#define DCRDR 0xe000edf8
#define DEMCR 0xe000edfc
#define FREEZE 0xe0042008
#define FREEZE_F1 0xe0042004
#define FP_CTRL 0xe0002000
#define S_HALT (1u << 17)
#define S_LOCKUP (1u << 19)
#define S_RESET_ST (1u << 25)

#define WORD(offset) (chip->ram + INLAY_LOADER_MAILBOX + (offset))
#define MEMBER(name) WORD(G_STRUCT_OFFSET(struct inlay_loader_mailbox, name))

static gboolean
fault(guint32 addr, GError **error)
{
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST, "fault at 0x%08x", addr);
    return FALSE;
}

static guint8 *
find_memory(FakeChip *chip, guint32 addr, gsize size)
{
    InlayRange range = {addr, (guint32)size};

    if (inlay_range_contains(chip->chip->ram, range))
        return chip->ram + (addr - chip->chip->ram.addr);
    if (inlay_range_contains(chip->chip->flash, range))
        return chip->flash + (addr - chip->chip->flash.addr);
    return NULL;
}

static void
reset(FakeChip *chip)
{
    chip->resets++;
    chip->in_loader = FALSE;
    chip->halted = (chip->demcr & 1) != 0 && (chip->dhcsr & 1) != 0;
    chip->dhcsr |= S_RESET_ST;
}

static void
program(FakeChip *chip, guint32 addr, guint32 size, guint32 from)
{
    const guint8 *source = find_memory(chip, from, size);
    guint8 *flash = find_memory(chip, addr, size);

    g_assert_true(source != NULL && flash != NULL && from >= 0x20000000 + INLAY_LOADER_BUFFERS);
    g_assert_cmpuint((addr | size | from) % 4, ==, 0);
    for (guint32 i = 0; i < size; i++) {
        chip->programmed_twice =
            chip->programmed_twice || (flash[i] != 0xff && (flash[i] & source[i]) != flash[i]);
        flash[i] &= source[i];
    }
    chip->n_programs++;
}

static InlaySector
find_sector(const InlayChip *chip, guint32 addr)
{
    guint i = 0;

    while (inlay_chip_get_sector(chip, i).range.addr != addr)
        i++;
    return inlay_chip_get_sector(chip, i);
}

static void
execute(FakeChip *chip, guint32 done)
{
    guint32 slot = done % INLAY_LOADER_RING;
    const guint8 *command = MEMBER(ring) + slot * sizeof(struct inlay_loader_command);
    guint8 *result = MEMBER(results) + slot * sizeof(struct inlay_loader_result);
    guint32 addr = load32_le(command + 4), size = load32_le(command + 8);
    InlayDigest digest;
    InlaySector sector;

    g_assert_cmphex(load32_le(command) >> 8, ==, (done + 1) & 0xffffff);
    switch (load32_le(command) & 0xff) {
    case INLAY_LOADER_ERASE:
        sector = find_sector(chip->chip, addr);
        g_assert_cmpuint(load32_le(command + 12), ==, sector.number);
        memset(find_memory(chip, addr, sector.range.size), 0xff, sector.range.size);
        chip->n_erases++;
        break;
    case INLAY_LOADER_PROGRAM:
        digest = inlay_digest_of(find_memory(chip, load32_le(command + 12), size), size);
        g_assert_cmphex(load32_le(command + 16), ==, (guint32)digest.sum);
        g_assert_cmphex(load32_le(command + 20), ==, (guint32)(digest.sum >> 32));
        program(chip, addr, size, load32_le(command + 12));
        break;
    case INLAY_LOADER_DIGEST:
        digest = inlay_digest_of(find_memory(chip, addr, size), size);
        store32_le(result, digest.crc32);
        store32_le(result + 4, (guint32)digest.sum);
        store32_le(result + 8, (guint32)(digest.sum >> 32));
        chip->n_digests++;
        break;
    default:
        g_assert_not_reached();
    }
}

static void
fail(FakeChip *chip, guint32 status, guint32 addr)
{
    store32_le(MEMBER(status), status);
    store32_le(MEMBER(fault_addr), addr);
    store32_le(MEMBER(flash_sr), status == INLAY_LOADER_REFUSED ? 0x10 : 0x10000);
}

/* TRUE when the command at `done` must not be done. */
static gboolean
make_trouble(FakeChip *chip, guint32 slot)
{
    guint32 addr = load32_le(MEMBER(ring) + slot * sizeof(struct inlay_loader_command) + 4);

    switch (chip->trouble) {
    case FAKE_TROUBLE_REFUSE:
        fail(chip, INLAY_LOADER_REFUSED, addr + 8);
        break;
    case FAKE_TROUBLE_STALE_COMMAND: /* it tells an address of what it has found */
        fail(chip, INLAY_LOADER_STALE_COMMAND, 0x5a5a5a5a);
        break;
    case FAKE_TROUBLE_STALE_DATA:
        fail(chip, INLAY_LOADER_STALE_DATA, addr);
        break;
    case FAKE_TROUBLE_TIMEOUT:
        fail(chip, INLAY_LOADER_TIMEOUT, addr);
        break;
    case FAKE_TROUBLE_HALT:
        chip->halted = TRUE;
        chip->regs[15] = 0x20000104;
        break;
    case FAKE_TROUBLE_LOCKUP:
        chip->lockup = TRUE;
        break;
    case FAKE_TROUBLE_RESET:
        reset(chip);
        break;
    case FAKE_TROUBLE_LOST:
        chip->attached = FALSE;
        break;
    default:
        break;
    }
    return TRUE;
}

/* The chip does its work while the host looks at the mailbox. */
static void
let_run(FakeChip *chip, gsize size)
{
    guint32 done = load32_le(MEMBER(done));
    guint late;

    chip->waited += 32 + (guint)size;
    if (!chip->in_loader || chip->halted || chip->lockup || chip->waited <= chip->lag)
        return;
    late = chip->waited - chip->lag;
    chip->waited = 0;
    if (load32_le(MEMBER(status)) != 0 || load32_le(MEMBER(posted)) == done)
        return;
    if (chip->trouble != FAKE_TROUBLE_NONE && done == chip->trouble_at) {
        make_trouble(chip, done % INLAY_LOADER_RING);
        return;
    }
    execute(chip, done);
    chip->late = late;
    store32_le(MEMBER(done), done + 1);
}

static void
start(FakeChip *chip)
{
    chip->halted = FALSE;
    if (chip->regs[15] != chip->chip->ram.addr)
        return;
    g_assert_cmphex(chip->regs[13], ==, chip->chip->ram.addr + INLAY_LOADER_STACK_TOP);
    g_assert_cmphex(chip->regs[16], ==, 1u << 24);
    g_assert_cmpuint(load32_le(MEMBER(ready)), ==, 0);
    g_assert_cmpuint(load32_le(MEMBER(abi)), ==, INLAY_LOADER_ABI);
    g_assert_cmpuint(load32_le(MEMBER(posted)), ==, 0);
    store32_le(MEMBER(ready), INLAY_LOADER_ABI);
    chip->in_loader = TRUE;
}

static gboolean
check_link(FakeChip *chip, GError **error)
{
    if (chip->attached)
        return TRUE;
    g_set_error(error, INLAY_ERROR,
                chip->trouble == FAKE_TROUBLE_LOST ? INLAY_ERROR_ADAPTER_LOST
                                                   : INLAY_ERROR_BOARD_LOST,
                "not attached");
    return FALSE;
}

/* Of memory that exists; flash always was. */
static gboolean
was_written(const FakeChip *chip, guint32 addr, gsize size)
{
    guint32 offset = addr - chip->chip->ram.addr;

    return !chip->has_parity || offset >= chip->chip->ram.size ||
           memchr(chip->ram_written + offset, 0, size) == NULL;
}

static gboolean
fake_read_word(
    InlayProbe *probe, guint32 addr, guint32 *word, GCancellable *cancellable, GError **error)
{
    FakeChip *chip = (FakeChip *)probe;
    const guint8 *memory = find_memory(chip, addr, 4);

    if (!check_link(chip, error))
        return FALSE;
    switch (addr) {
    case DHCSR:
        *word = (chip->dhcsr & ~(S_HALT | S_LOCKUP)) | 1u << 16 | (chip->halted ? S_HALT : 0) |
                (chip->lockup ? S_LOCKUP : 0);
        if (!chip->nrst_low || chip->nrst_unwired)
            chip->dhcsr &= ~S_RESET_ST;
        return TRUE;
    case DEMCR:
        *word = chip->demcr;
        return TRUE;
    case FREEZE:
    case FREEZE_F1:
        *word = chip->freeze;
        return TRUE;
    case DCRDR:
        *word = chip->dcrdr;
        return TRUE;
    default:
        if (memory == NULL || !was_written(chip, addr, 4))
            return fault(addr, error);
        *word = load32_le(memory);
        return TRUE;
    }
}

static gboolean
fake_write_word(
    InlayProbe *probe, guint32 addr, guint32 word, GCancellable *cancellable, GError **error)
{
    FakeChip *chip = (FakeChip *)probe;

    if (!check_link(chip, error))
        return FALSE;
    switch (addr) {
    case DHCSR:
        g_assert_cmphex(word >> 16, ==, 0xa05f);
        chip->dhcsr = (chip->dhcsr & S_RESET_ST) | (word & 0xf);
        if ((word & 3) == 3)
            chip->halted = TRUE;
        else
            start(chip);
        break;
    case DEMCR:
        chip->demcr = word;
        break;
    case FREEZE:
    case FREEZE_F1:
        chip->freeze = word;
        break;
    case FP_CTRL:
        chip->fp_ctrl = word;
        break;
    case DCRDR:
        chip->dcrdr = word;
        break;
    case DCRSR:
        g_assert_true(chip->halted);
        if ((word >> 16 & 1) != 0)
            chip->regs[word & 31] = chip->dcrdr;
        else
            chip->dcrdr = chip->regs[word & 31];
        break;
    case AIRCR:
        g_assert_cmphex(word, ==, 0x05fa0004);
        reset(chip);
        break;
    default:
        if (!inlay_range_contains(chip->chip->ram, (InlayRange){addr, 4}))
            return fault(addr, error);
        store32_le(find_memory(chip, addr, 4), word);
        memset(chip->ram_written + (addr - chip->chip->ram.addr), 1, 4);
    }
    return TRUE;
}

static gboolean
fake_read(InlayProbe *probe,
          guint32 addr,
          guint8 *out,
          gsize size,
          GCancellable *cancellable,
          GError **error)
{
    FakeChip *chip = (FakeChip *)probe;
    const guint8 *memory = find_memory(chip, addr, size);

    let_run(chip, size);
    chip->n_reads++;
    if (!check_link(chip, error))
        return FALSE;
    if (memory == NULL || !was_written(chip, addr, size))
        return fault(addr, error);
    memcpy(out, memory, size);
    return TRUE;
}

static gboolean
fake_write(InlayProbe *probe,
           guint32 addr,
           const guint8 *bytes,
           gsize size,
           GCancellable *cancellable,
           GError **error)
{
    FakeChip *chip = (FakeChip *)probe;

    if (!check_link(chip, error))
        return FALSE;
    if (!inlay_range_contains(chip->chip->ram, (InlayRange){addr, (guint32)size}))
        return fault(addr, error);
    memcpy(find_memory(chip, addr, size), bytes, size);
    memset(chip->ram_written + (addr - chip->chip->ram.addr), 1, size);
    chip->n_writes++;
    return TRUE;
}

static gboolean
fake_attach(InlayProbe *probe, GCancellable *cancellable, GError **error)
{
    FakeChip *chip = (FakeChip *)probe;

    chip->attached = !chip->unwired && chip->power_on_at <= chip->enters &&
                     (!chip->nrst_needed || (chip->nrst_low && !chip->nrst_unwired));
    if (!chip->attached)
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_NOT_FOUND, "no id code");
    return chip->attached;
}

static gboolean
fake_enter(InlayProbe *probe, GCancellable *cancellable, GError **error)
{
    ((FakeChip *)probe)->enters++;
    return fake_attach(probe, cancellable, error);
}

static gboolean
fake_detach(InlayProbe *probe, GError **error)
{
    ((FakeChip *)probe)->attached = FALSE;
    return TRUE;
}

static gboolean
fake_drive_nrst(InlayProbe *probe, InlayProbeNrst level, GCancellable *cancellable, GError **error)
{
    FakeChip *chip = (FakeChip *)probe;

    if (chip->nrst_low && level == INLAY_PROBE_NRST_HIGH && !chip->nrst_unwired)
        reset(chip);
    if (!chip->nrst_low && level == INLAY_PROBE_NRST_LOW && !chip->nrst_unwired)
        chip->dhcsr |= S_RESET_ST;
    chip->nrst_low = level == INLAY_PROBE_NRST_LOW;
    return TRUE;
}

static void
fake_free(InlayProbe *probe)
{
    FakeChip *chip = (FakeChip *)probe;

    g_free(chip->ram);
    g_free(chip->ram_written);
    g_free(chip->flash);
    g_free(chip);
}

static const InlayProbeOps fake_ops = {
    .attach = fake_attach,
    .enter = fake_enter,
    .detach = fake_detach,
    .drive_nrst = fake_drive_nrst,
    .read_word = fake_read_word,
    .write_word = fake_write_word,
    .read = fake_read,
    .write = fake_write,
    .free = fake_free,
};

FakeChip *
fake_chip_new(const InlayChip *model)
{
    FakeChip *chip = g_new0(FakeChip, 1);

    chip->base.ops = &fake_ops;
    chip->chip = model;
    chip->ram = g_malloc(model->ram.size);
    chip->ram_written = g_malloc0(model->ram.size);
    memset(chip->ram, 0x5a, model->ram.size); /* what the last program has left */
    chip->flash = g_malloc(model->flash.size);
    memset(chip->flash, 0xff, model->flash.size);
    return chip;
}
