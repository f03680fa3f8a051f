/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory-target.h"

#include <string.h>

typedef struct {
    InlayTarget target;
    MemoryBoard *board;
    gboolean begun;
} MemoryTarget;

static MemoryBoard *current;

MemoryBoard *
memory_board_new(const InlayChip *chip)
{
    static guint n_made;
    MemoryBoard *board = g_new0(MemoryBoard, 1);

    board->chip = chip;
    board->flash = g_malloc(chip->flash.size);
    memset(board->flash, 0xff, chip->flash.size);
    board->decay = g_malloc0(chip->flash.size);
    board->identity = (InlayIdentity){.chip = chip,
                                      .idcode = 0x10000000u | chip->dev_id,
                                      .flash_kib = chip->flash.size / 1024,
                                      .supply_mv = 3300};
    n_made++;
    memcpy(board->identity.uid, &n_made, sizeof n_made);
    board->options.words[0] = g_str_equal(chip->family->name, "f4") ? 0x0fffaaec : 0xffffffa5;
    board->options.words[1] = g_str_equal(chip->family->name, "f4") ? 0 : 0xffffffff;
    memset(board->otp, 0xff, sizeof board->otp);
    board->rand = g_rand_new_with_seed(1);
    board->log = g_string_new(NULL);
    current = board;
    return board;
}

void
memory_board_free(MemoryBoard *board)
{
    g_assert_cmpuint(board->n_open, ==, 0);
    g_free(board->flash);
    g_free(board->decay);
    g_rand_free(board->rand);
    g_string_free(board->log, TRUE);
    g_free(board);
    current = NULL;
}

void
memory_board_power(MemoryBoard *board)
{
    board->fail_call = board->cut_operation = board->cancel_operation = 0;
    board->n_calls = board->n_operations = 0;
    board->is_dead = FALSE;
    g_string_truncate(board->log, 0);
}

void
memory_board_age(MemoryBoard *board)
{
    for (guint32 i = 0; i < board->chip->flash.size; i++) {
        board->flash[i] ^= board->decay[i];
        board->decay[i] = 0;
    }
}

static MemoryBoard *
get_board(InlayTarget *target)
{
    return ((MemoryTarget *)target)->board;
}

static gboolean
fail(InlayErrorId id, GError **error)
{
    g_set_error(error, INLAY_ERROR, (int)id, "%s, as asked by the test",
                inlay_error_info_by_id(id)->id);
    return FALSE;
}

static gboolean
count_call(MemoryBoard *board, GError **error)
{
    if (board->is_dead)
        return fail(INLAY_ERROR_BOARD_LOST, error);
    if (++board->n_calls == board->fail_call)
        return fail(board->fail_id, error);
    return TRUE;
}

/* TRUE: power goes in this operation. */
static gboolean
count_operation(MemoryBoard *board)
{
    board->n_operations++;
    if (board->n_operations == board->cancel_operation)
        g_cancellable_cancel(board->cancellable);
    board->is_dead = board->n_operations == board->cut_operation;
    return board->is_dead;
}

static guint8 *
find_otp(MemoryBoard *board, guint32 addr)
{
    const InlayOtp *otp = &board->chip->family->otp;
    InlayRange range = {otp->addr, sizeof board->otp};

    return otp->n_blocks > 0 && inlay_range_contains(range, (InlayRange){addr, 1})
               ? board->otp + (addr - otp->addr)
               : NULL;
}

static guint8 *
at(MemoryBoard *board, guint32 addr)
{
    if (find_otp(board, addr) != NULL)
        return find_otp(board, addr);
    if (addr == board->chip->family->uid_addr && addr != 0)
        return board->identity.uid;
    g_assert_true(inlay_range_contains(board->chip->flash, (InlayRange){addr, 1}));
    return board->flash + (addr - board->chip->flash.addr);
}

/* A byte reads `now`, until it decays to `later`. */
static void
put(MemoryBoard *board, guint32 addr, guint8 now, guint8 later)
{
    if (addr == board->stuck_addr)
        return;
    *at(board, addr) = now;
    if (find_otp(board, addr) != NULL)
        return;
    board->decay[addr - board->chip->flash.addr] = now ^ later;
}

static guint8
get_later(MemoryBoard *board, guint32 addr)
{
    if (find_otp(board, addr) != NULL)
        return *at(board, addr);
    return *at(board, addr) ^ board->decay[addr - board->chip->flash.addr];
}

/* Now and then a read is one too many for cells that are between 0 and 1. */
static void
read_weak_cells(MemoryBoard *board)
{
    if (g_rand_int_range(board->rand, 0, 8) == 0)
        memory_board_age(board);
}

static gboolean
identify(InlayTarget *target, InlayIdentity *identity, GCancellable *cancellable, GError **error)
{
    if (!count_call(get_board(target), error))
        return FALSE;
    *identity = get_board(target)->identity;
    identity->adapter = g_strdup("memory:1");
    identity->adapter_kind = g_strdup("memory");
    return TRUE;
}

static gboolean
begin(InlayTarget *target, guint voltage_row, GCancellable *cancellable, GError **error)
{
    MemoryBoard *board = get_board(target);

    g_assert_false(((MemoryTarget *)target)->begun);
    if (!count_call(board, error))
        return FALSE;
    ((MemoryTarget *)target)->begun = TRUE;
    board->row = voltage_row;
    g_string_append(board->log, "begin\n");
    return TRUE;
}

/* A bootloader lets nobody look into a protected flash through the sums of small parts. */
static gboolean
is_protected_part(const MemoryBoard *board, InlayRange range)
{
    return board->identity.rdp_level > 0 && inlay_range_overlaps(board->chip->flash, range) &&
           range.size <
               inlay_chip_get_sector(board->chip, inlay_chip_find_sector(board->chip, range.addr))
                   .range.size;
}

static gboolean
digest(InlayTarget *target,
       const InlayRange *ranges,
       guint n_ranges,
       InlayDigest *digests,
       GCancellable *cancellable,
       GError **error)
{
    g_assert_true(((MemoryTarget *)target)->begun);
    if (!count_call(get_board(target), error))
        return FALSE;
    read_weak_cells(get_board(target));
    for (guint i = 0; i < n_ranges; i++) {
        if (is_protected_part(get_board(target), ranges[i]))
            return fail(INLAY_ERROR_CHIP_LOCKED, error);
        digests[i] = inlay_digest_of(at(get_board(target), ranges[i].addr), ranges[i].size);
        get_board(target)->n_digested += ranges[i].size;
    }
    return TRUE;
}

static gboolean
read_memory(
    InlayTarget *target, InlayRange range, guint8 *out, GCancellable *cancellable, GError **error)
{
    if (!count_call(get_board(target), error))
        return FALSE;
    if (get_board(target)->identity.rdp_level > 0 &&
        inlay_range_overlaps(get_board(target)->chip->flash, range))
        return fail(INLAY_ERROR_CHIP_LOCKED, error);
    read_weak_cells(get_board(target));
    memcpy(out, at(get_board(target), range.addr), range.size);
    return TRUE;
}

/* What a sector is left as when power goes: some cells are erased, or all read so and will not stay
 * so, or all are 0 because that is how an erase begins, or all read as before and will not stay so. */
static void
cut_erase(MemoryBoard *board, InlayRange range)
{
    guint how = g_rand_int_range(board->rand, 0, 4);

    for (guint64 addr = range.addr; addr < inlay_range_end(range); addr++) {
        guint8 old = *at(board, (guint32)addr);
        guint8 chance = (guint8)g_rand_int(board->rand);
        guint8 now = how == 0 ? old | chance : how == 1 ? 0xff : how == 2 ? 0 : old;
        put(board, (guint32)addr, now, how == 0 || how == 2 ? now : now & chance);
    }
}

static void
post(MemoryBoard *board, guint64 us)
{
    board->pending_us += us;
    board->longest_us = MAX(board->longest_us, board->pending_us);
}

static gboolean
erase(InlayTarget *target, InlaySector sector, GCancellable *cancellable, GError **error)
{
    MemoryBoard *board = get_board(target);

    g_assert_true(((MemoryTarget *)target)->begun);
    if (!count_call(board, error))
        return FALSE;
    g_string_append_printf(board->log, "erase %u\n", sector.index);
    post(board, sector.run->erase_max_ms[board->row] * 1000u);
    if (count_operation(board))
        cut_erase(board, sector.range);
    for (guint32 i = 0; i < sector.range.size && !board->is_dead; i++)
        put(board, sector.range.addr + i, 0xff, 0xff);
    if (board->disturb_addr != 0)
        *at(board, board->disturb_addr) ^= 0x10;
    return TRUE;
}

/* A unit that power goes in has some of its bits, and they may read as all of them for a while. */
static gboolean
program_unit(MemoryBoard *board, guint32 addr, const guint8 *unit, guint width, GError **error)
{
    static const guint8 blank[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (memcmp(unit, blank, width) == 0)
        return TRUE;
    if (board->blank_only && memcmp(at(board, addr), blank, width) != 0)
        return fail(INLAY_ERROR_FLASH_FAILED, error);
    gboolean cut = count_operation(board);
    gboolean is_weak = cut && g_rand_boolean(board->rand);
    for (guint i = 0; i < width; i++) {
        guint8 kept = cut ? (guint8)g_rand_int(board->rand) : 0;
        guint8 now = *at(board, addr + i) & (unit[i] | (is_weak ? 0 : kept));
        put(board, addr + i, now, get_later(board, addr + i) & (unit[i] | kept));
    }
    return !cut || fail(INLAY_ERROR_BOARD_LOST, error);
}

static gboolean
program(InlayTarget *target,
        guint32 addr,
        const guint8 *bytes,
        gsize size,
        GCancellable *cancellable,
        GError **error)
{
    MemoryBoard *board = get_board(target);
    guint width = board->chip->family->voltage[board->row].width;

    g_assert_true(((MemoryTarget *)target)->begun);
    if (!count_call(board, error))
        return FALSE;
    g_string_append_printf(board->log, "program %08x+%" G_GSIZE_FORMAT "\n", addr, size);
    post(board, size / width * board->chip->family->program_max_us);
    for (guint64 unit = addr - addr % width; unit < addr + size; unit += width) {
        guint8 padded[8];
        for (guint i = 0; i < width; i++)
            padded[i] = unit + i >= addr && unit + i < addr + size ? bytes[unit + i - addr] : 0xff;
        if (!program_unit(board, (guint32)unit, padded, width, error))
            return FALSE;
        if (board->tells_moved)
            inlay_target_moved(target, width);
    }
    return TRUE;
}

static gboolean
read_options(InlayTarget *target,
             InlayOptionBytes *bytes,
             GCancellable *cancellable,
             GError **error)
{
    *bytes = get_board(target)->options;
    return count_call(get_board(target), error);
}

/* As a chip does it, taking off read protection erases the flash. */
static gboolean
write_options(InlayTarget *target, const InlayOptionBytes *bytes, guint limit_ms, GError **error)
{
    MemoryBoard *board = get_board(target);

    g_assert_cmpuint(limit_ms, >, 0);
    g_assert_false(((MemoryTarget *)target)->begun);
    if (!count_call(board, error))
        return FALSE;
    g_string_append(board->log, "options\n");
    if (board->is_obstinate)
        return TRUE;
    if (inlay_option_bytes_get_rdp(board->chip, &board->options) == 1 &&
        inlay_option_bytes_get_rdp(board->chip, bytes) == 0)
        memset(board->flash, 0xff, board->chip->flash.size);
    board->options = *bytes;
    board->options.is_damaged = FALSE;
    return TRUE;
}

static gboolean
sync_target(InlayTarget *target, GCancellable *cancellable, GError **error)
{
    get_board(target)->pending_us = 0;
    return count_call(get_board(target), error);
}

static gboolean
end(InlayTarget *target, gboolean reset, GError **error)
{
    MemoryBoard *board = get_board(target);

    g_string_append(board->log, reset ? "end reset\n" : "end\n");
    return count_call(board, error);
}

static void
free_target(InlayTarget *target)
{
    get_board(target)->n_open--;
    g_free(target);
}

InlayTarget *
memory_board_open(const InlayAccess *access, GCancellable *cancellable, GError **error)
{
    static const InlayTargetOps ops = {.identify = identify,
                                       .begin = begin,
                                       .digest = digest,
                                       .read = read_memory,
                                       .erase = erase,
                                       .program = program,
                                       .read_options = read_options,
                                       .write_options = write_options,
                                       .sync = sync_target,
                                       .end = end,
                                       .free = free_target};

    if (!count_call(current, error))
        return NULL;
    current->access = *access;
    current->access.adapter = current->access.trace = NULL;
    MemoryTarget *target = g_new0(MemoryTarget, 1);
    target->target.ops = &ops;
    target->board = current;
    current->n_open++;
    return &target->target;
}
