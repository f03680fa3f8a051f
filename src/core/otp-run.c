/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/otp-run.h"

#include <string.h>

#include "core/error.h"

#define MAX_FILE 65536 /* larger than any chip's */
#define LOCKED 0x00

static GBytes *
parse_hex(const char *text, GError **error)
{
    gsize n = strlen(text);
    g_autofree guint8 *bytes = g_malloc(n / 2 + 1);

    for (gsize i = 0; i < n; i++) {
        int digit = g_ascii_xdigit_value(text[i]);
        if (digit < 0 || n % 2 != 0) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                        "pairs of hexadecimal digits expected, got %s", text);
            return NULL;
        }
        bytes[i / 2] = (guint8)(i % 2 == 0 ? digit << 4 : bytes[i / 2] | digit);
    }
    return g_bytes_new(bytes, n / 2);
}

GBytes *
inlay_otp_load(const InlayJob *job, GError **error)
{
    g_autoptr(GError) trouble = NULL;
    g_autofree char *contents = NULL;
    gsize size;

    if (!job->has_block || (job->input == NULL) == (job->hex == NULL)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "a block, and a file or digits for it, expected");
        return NULL;
    }
    if (job->hex != NULL)
        return parse_hex(job->hex, error);
    if (!g_file_get_contents(job->input, &contents, &size, &trouble)) {
        g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_FILE, trouble->message);
        return NULL;
    }
    return g_bytes_new(contents, MIN(size, MAX_FILE));
}

static InlayRange
block_range(const InlayOtp *otp, guint block)
{
    return (InlayRange){otp->addr + block * otp->block_size, otp->block_size};
}

static gboolean
read_at(const InlayBoardRun *run, InlayRange range, guint8 *out, GError **error)
{
    if (run->target->ops->read(run->target, range, out, run->cancellable, error))
        return TRUE;
    g_prefix_error(error, "failed to read 0x%08x: ", range.addr);
    return FALSE;
}

static gboolean
is_locked(const guint8 *locks, guint block)
{
    return locks[block] == LOCKED;
}

static gboolean
read_blocks(const InlayBoardRun *run, const guint8 *locks, GError **error)
{
    const InlayOtp *otp = &run->chip->family->otp;
    g_autofree guint8 *bytes = g_malloc(otp->block_size);

    for (guint i = 0; i < otp->n_blocks; i++) {
        InlayRange range = block_range(otp, i);
        if (run->job->has_block && i != run->job->block)
            continue;
        if (!read_at(run, range, bytes, error))
            return FALSE;
        inlay_report_otp(run->sink, "read", i, range, bytes, is_locked(locks, i));
    }
    return TRUE;
}

/* Bits go from 1 to 0 only, each once. */
static gboolean
check_free(const InlayBoardRun *run,
           const guint8 *found,
           const guint8 *wanted,
           gboolean locked,
           GError **error)
{
    InlayRange range = block_range(&run->chip->family->otp, run->job->block);

    for (guint32 i = 0; i < range.size; i++) {
        if ((wanted[i] & ~found[i]) != 0) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_OTP_TAKEN,
                        "block %u, 0x%08x: 0x%02x cannot become 0x%02x", run->job->block,
                        range.addr + i, found[i], wanted[i]);
            return FALSE;
        }
    }
    if (!locked || memcmp(found, wanted, range.size) == 0)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_OTP_TAKEN, "block %u at 0x%08x is locked",
                run->job->block, range.addr);
    return FALSE;
}

/* Through words, of which only the lock byte's is not 0xFF: the others stay as they are. */
static gboolean
program_lock(const InlayBoardRun *run, GError **error)
{
    const InlayOtp *otp = &run->chip->family->otp;
    guint8 locked = LOCKED;

    return run->target->ops->program(run->target, otp->lock_addr + run->job->block, &locked, 1,
                                     NULL, error);
}

static gboolean
program_block(const InlayBoardRun *run, const guint8 *bytes, gboolean lock, GError **error)
{
    const InlayTargetOps *ops = run->target->ops;
    InlayRange range = block_range(&run->chip->family->otp, run->job->block);
    InlayProgress progress;

    inlay_progress_begin(&progress, run->sink, "write", range.size);
    if (!ops->begin(run->target, run->voltage_row, run->cancellable, error))
        return FALSE;
    if (!ops->program(run->target, range.addr, bytes, range.size, NULL, error) ||
        !ops->sync(run->target, NULL, error)) {
        g_prefix_error(error, "failed to program 0x%08x: ", range.addr);
        return FALSE;
    }
    if (lock && (!program_lock(run, error) || !ops->sync(run->target, NULL, error))) {
        g_prefix_error(error, "failed to lock block %u: ", run->job->block);
        return FALSE;
    }
    return TRUE;
}

/* The bytes by the chip's own sums, the lock by reading it. */
static gboolean
verify_block(const InlayBoardRun *run, const guint8 *bytes, gboolean lock, GError **error)
{
    const InlayOtp *otp = &run->chip->family->otp;
    InlayRange range = block_range(otp, run->job->block);
    InlayRange lock_byte = {otp->lock_addr + run->job->block, 1};
    InlayDigest digest, expected = inlay_digest_of(bytes, range.size);
    InlayProgress progress;
    guint8 locked;

    inlay_progress_begin(&progress, run->sink, "verify", range.size);
    if (!run->target->ops->digest(run->target, &range, 1, &digest, run->cancellable, error) ||
        !read_at(run, lock_byte, &locked, error))
        return FALSE;
    if (!inlay_digest_equal(digest, expected)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_VERIFY_FAILED,
                    "block %u at 0x%08x: crc32 0x%08x expected, got 0x%08x", run->job->block,
                    range.addr, expected.crc32, digest.crc32);
        return FALSE;
    }
    if (lock && locked != LOCKED) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_VERIFY_FAILED,
                    "lock byte of block %u at 0x%08x: 0x%02x expected, got 0x%02x", run->job->block,
                    lock_byte.addr, LOCKED, locked);
        return FALSE;
    }
    inlay_report_otp(run->sink, "written", run->job->block, range, bytes, locked == LOCKED);
    return TRUE;
}

static gboolean
write_block(const InlayBoardRun *run, GBytes *bytes, gboolean locked, GError **error)
{
    const InlayJob *job = run->job;
    InlayRange range = block_range(&run->chip->family->otp, job->block);
    g_autofree guint8 *found = g_malloc(range.size);
    g_autofree guint8 *wanted = g_malloc(range.size);
    gsize size = g_bytes_get_size(bytes);
    gboolean lock = job->lock && !locked;

    if (size > range.size) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "block %u: at most %u bytes expected, got %" G_GSIZE_FORMAT, job->block,
                    range.size, size);
        return FALSE;
    }
    if (!read_at(run, range, found, error))
        return FALSE;
    memcpy(wanted, found, range.size); /* beyond what is given a block stays as it is */
    if (size > 0)
        memcpy(wanted, g_bytes_get_data(bytes, NULL), size);
    if (!check_free(run, found, wanted, locked, error))
        return FALSE;
    if (memcmp(found, wanted, range.size) == 0 && !lock) {
        inlay_report_otp(run->sink, "equal", job->block, range, wanted, locked);
        return TRUE;
    }
    inlay_report_otp(run->sink, "planned", job->block, range, wanted, lock);
    if (job->dry_run)
        return TRUE;
    if (job->confirmed != INLAY_CONFIRMED_OTP) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_UNCONFIRMED,
                    "block %u at 0x%08x: what is programmed stays for ever", job->block,
                    range.addr);
        return FALSE;
    }
    return program_block(run, wanted, lock, error) && verify_block(run, wanted, lock, error);
}

gboolean
inlay_otp_run(const InlayBoardRun *run, GBytes *bytes, GError **error)
{
    const InlayOtp *otp = &run->chip->family->otp;
    g_autofree guint8 *locks = g_malloc(MAX(otp->n_blocks, 1));
    InlayRange range = {otp->lock_addr, otp->n_blocks};

    if (otp->n_blocks == 0) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_LACKS,
                    "%s has no one-time programmable bytes", run->chip->name);
        return FALSE;
    }
    if (run->job->has_block && run->job->block >= otp->n_blocks) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "a block from 0 to %u expected, got %u",
                    otp->n_blocks - 1, run->job->block);
        return FALSE;
    }
    if (!read_at(run, range, locks, error))
        return FALSE;
    if (bytes == NULL)
        return read_blocks(run, locks, error);
    return write_block(run, bytes, is_locked(locks, run->job->block), error);
}
