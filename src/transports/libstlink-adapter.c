/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/libstlink-adapter.h"

#include <string.h>

/* The one file that includes it. Its own includes name neighbours without their folder. */
#include <stlink.h>

#include "core/error.h"
#include "transports/bytes.h"
#include "transports/muffle.h"

/* Below its lowest level. The level is one for the whole process. */
#define SILENT 0

/* ARMv7-M, C1.6.2 and C1.6.3 */
#define DHCSR 0xe000edf0u
#define DHCSR_RUN_LOADER 0xa05f0009u /* key, C_MASKINTS, C_DEBUGEN */
#define DHCSR_S_HALT (1u << 17)
#define DHCSR_S_RESET_ST (1u << 25)
#define REG_XPSR 16

struct InlayLibstlink {
    stlink_t *sl;
    InlayCortexm core; /* a copy for register access; what there is to undo is in the owner's */
    guint supply_mv;   /* what the library is told */
    GCancellable *cancellable; /* of the call in hand; not owned */
    gint64 deadline_us;        /* of the call in hand; 0: none */
    guint limit_ms;            /* what that was */
    GError *first_error;       /* sticky: the library ignores what a read returns */
};

/* -- the backend: all that the library can do to a chip -- */

/* Whether the chip may still be asked. */
static gboolean
is_sound(InlayLibstlink *self)
{
    if (self->first_error != NULL)
        return FALSE;
    if (g_cancellable_is_cancelled(self->cancellable))
        g_set_error(&self->first_error, INLAY_ERROR, INLAY_ERROR_CANCELLED, "cancelled");
    else if (self->deadline_us != 0 && g_get_monotonic_time() > self->deadline_us)
        g_set_error(&self->first_error, INLAY_ERROR, INLAY_ERROR_FLASH_TIMEOUT,
                    "libstlink: done within %u ms expected", self->limit_ms);
    return self->first_error == NULL;
}

/* Until it reads the same twice: from what it reads the library makes what it writes, and a wrong bit
 * in FLASH_CR would be another sector. A bit that changes meanwhile costs a read more. */
static int
read_debug32(stlink_t *sl, uint32_t addr, uint32_t *word)
{
    InlayLibstlink *self = sl->backend_data;
    InlayProbe *probe = self->core.probe;
    guint32 before, now = 0;
    guint n = 0;

    do {
        before = now;
        if (!is_sound(self) ||
            !probe->ops->read_word(probe, addr, &now, self->cancellable, &self->first_error)) {
            *word = 0;
            return 0;
        }
    } while (n++ == 0 || now != before);
    *word = now;
    return 0;
}

static int
write_debug32(stlink_t *sl, uint32_t addr, uint32_t word)
{
    InlayLibstlink *self = sl->backend_data;
    InlayProbe *probe = self->core.probe;

    if (is_sound(self))
        probe->ops->write_word(probe, addr, word, self->cancellable, &self->first_error);
    return 0;
}

static int
read_mem32(stlink_t *sl, uint32_t addr, uint16_t size)
{
    InlayLibstlink *self = sl->backend_data;
    InlayProbe *probe = self->core.probe;

    memset(sl->q_buf, 0, size);
    sl->q_len = size;
    if (is_sound(self))
        probe->ops->read(probe, addr, sl->q_buf, size, self->cancellable, &self->first_error);
    return 0;
}

static int
write_mem(stlink_t *sl, uint32_t addr, uint16_t size)
{
    InlayLibstlink *self = sl->backend_data;
    InlayProbe *probe = self->core.probe;

    if (is_sound(self))
        probe->ops->write(probe, addr, sl->q_buf, size, self->cancellable, &self->first_error);
    return 0;
}

static int
read_reg(stlink_t *sl, int index, struct stlink_reg *regs)
{
    InlayLibstlink *self = sl->backend_data;
    guint32 value = 0;

    if (is_sound(self))
        inlay_cortexm_read_reg(&self->core, (guint)index, &value, self->cancellable,
                               &self->first_error);
    if (index < REG_XPSR)
        regs->r[index] = value;
    else if (index == REG_XPSR)
        regs->xpsr = value;
    return 0;
}

static int
read_all_regs(stlink_t *sl, struct stlink_reg *regs)
{
    memset(regs, 0, sizeof *regs); /* asked for a message only */
    return 0;
}

static int
write_reg(stlink_t *sl, uint32_t value, int index)
{
    InlayLibstlink *self = sl->backend_data;

    if (is_sound(self))
        inlay_cortexm_write_reg(&self->core, (guint)index, value, self->cancellable,
                                &self->first_error);
    return 0;
}

/* Its loader ends with a breakpoint, for which the library would wait by sleeping, half a second at
 * most, whatever the chip needs: it is waited for here. */
static int
run(stlink_t *sl, enum run_type type)
{
    InlayLibstlink *self = sl->backend_data;
    InlayProbe *probe = self->core.probe;
    guint32 dhcsr = 0;

    if (!is_sound(self) || !probe->ops->write_word(probe, DHCSR, DHCSR_RUN_LOADER,
                                                   self->cancellable, &self->first_error))
        return 0;
    while ((dhcsr & DHCSR_S_HALT) == 0 && is_sound(self)) {
        if (!probe->ops->read_word(probe, DHCSR, &dhcsr, self->cancellable, &self->first_error))
            break;
        if ((dhcsr & DHCSR_S_RESET_ST) != 0)
            g_set_error(&self->first_error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                        "libstlink's loader: running expected, the core was reset");
    }
    return 0;
}

/* Halted, when `run` has returned: also in the words in which the library is to stop asking. */
static int
status(stlink_t *sl)
{
    sl->core_stat = TARGET_HALTED;
    return 0;
}

/* Decides which loader it takes for chips that we do not give it. */
static int
core_id(stlink_t *sl)
{
    sl->core_id = 0;
    return 0;
}

static int32_t
target_voltage(stlink_t *sl)
{
    return (int32_t)((InlayLibstlink *)sl->backend_data)->supply_mv;
}

static int
current_mode(stlink_t *sl)
{
    return STLINK_DEV_DEBUG_MODE;
}

/* The rest: resets, modes and clocks of the probe, which are not the library's to change. None of the
 * calls made here comes to it. */
static void
close_nothing(stlink_t *sl)
{
}

static int
refuse(stlink_t *sl)
{
    return -1;
}

static int
refuse_value(stlink_t *sl, int value)
{
    return -1;
}

static int
refuse_read_unsupported(stlink_t *sl, int index, struct stlink_reg *regs)
{
    return -1;
}

static int
refuse_write_unsupported(stlink_t *sl, uint32_t value, int index, struct stlink_reg *regs)
{
    return -1;
}

static int
refuse_trace(stlink_t *sl, uint32_t frequency)
{
    return -1;
}

static int
refuse_trace_read(stlink_t *sl, uint8_t *bytes, size_t size)
{
    return -1;
}

static stlink_backend_t backend_ops = {
    .close = close_nothing,
    .exit_debug_mode = refuse,
    .enter_swd_mode = refuse,
    .enter_jtag_mode = refuse,
    .exit_dfu_mode = refuse,
    .core_id = core_id,
    .reset = refuse,
    .jtag_reset = refuse_value,
    .run = run,
    .status = status,
    .version = refuse,
    .read_debug32 = read_debug32,
    .read_mem32 = read_mem32,
    .write_debug32 = write_debug32,
    .write_mem32 = write_mem,
    .write_mem8 = write_mem,
    .read_all_regs = read_all_regs,
    .read_reg = read_reg,
    .read_all_unsupported_regs = read_all_regs,
    .read_unsupported_reg = refuse_read_unsupported,
    .write_unsupported_reg = refuse_write_unsupported,
    .write_reg = write_reg,
    .step = refuse,
    .current_mode = current_mode,
    .force_debug = refuse,
    .target_voltage = target_voltage,
    .set_swdclk = refuse_value,
    .trace_enable = refuse_trace,
    .trace_disable = refuse,
    .trace_read = refuse_trace_read,
};

/* -- calls -- */

/* The first thing it has complained of, without its time and file. (transfer full) */
static char *
find_complaint(const char *heard)
{
    g_autoptr(GRegex) lines =
        g_regex_new("(?:ERROR|WARN) [^ ]+: *(.*\\S)", G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    if (g_regex_match(lines, heard, 0, &match))
        return g_match_info_fetch(match, 1);
    return g_strdup("failed without a word");
}

typedef struct {
    InlayMuffle muffle;
    InlayLibstlink *library;
} Call;

static gboolean
begin_call(
    Call *call, InlayLibstlink *self, guint limit_ms, GCancellable *cancellable, GError **error)
{
    if (self->first_error != NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST, "libstlink has failed before");
        return FALSE;
    }
    if (!inlay_muffle_begin(&call->muffle, error))
        return FALSE;
    call->library = self;
    self->cancellable = cancellable;
    self->limit_ms = limit_ms;
    self->deadline_us = g_get_monotonic_time() + limit_ms * (gint64)G_TIME_SPAN_MILLISECOND;
    ugly_init(UWARN);
    return TRUE;
}

/* Our own error counts before what the library returns. */
static gboolean
end_call(Call *call, int returned, GError **error)
{
    InlayLibstlink *self = call->library;
    g_autofree char *heard = NULL;
    g_autofree char *complaint = NULL;

    ugly_init(SILENT);
    heard = inlay_muffle_end(&call->muffle);
    self->cancellable = NULL;
    if (self->first_error == NULL && returned == 0)
        return TRUE;
    if (self->first_error == NULL) {
        complaint = find_complaint(heard);
        g_set_error(&self->first_error, INLAY_ERROR, INLAY_ERROR_FLASH_FAILED, "libstlink: %s",
                    complaint);
    }
    g_propagate_error(error, g_error_copy(self->first_error));
    return FALSE;
}

static void
init(InlayLibstlink *self, InlayProbe *probe)
{
    *self = (InlayLibstlink){.sl = g_new0(stlink_t, 1)};
    inlay_cortexm_init(&self->core, probe);
    self->sl->backend = &backend_ops;
    self->sl->backend_data = self;
    self->sl->version.stlink_v = 2; /* one that measures its supply */
}

static void
clear(InlayLibstlink *self)
{
    g_free(self->sl);
    g_clear_error(&self->first_error);
}

/* -- identification -- */

void
inlay_libstlink_chip_clear(InlayLibstlinkChip *chip)
{
    g_free(chip->description);
    *chip = (InlayLibstlinkChip){0};
}

void
inlay_libstlink_describe(guint16 dev_id, InlayLibstlinkChip *chip)
{
    const struct stlink_chipid_params *params = stlink_chipid_get_params(dev_id);

    chip->chip_id = dev_id;
    if (params == NULL || params->description == NULL)
        return;
    chip->description = g_strdup(params->description);
    chip->ram_size = params->sram_size;
    chip->page_size = params->flash_pagesize;
}

gboolean
inlay_libstlink_identify(InlayProbe *probe,
                         InlayLibstlinkChip *chip,
                         GCancellable *cancellable,
                         GError **error)
{
    InlayLibstlink self;
    int returned;

    init(&self, probe);
    self.cancellable = cancellable;
    ugly_init(SILENT);
    returned = stlink_load_device_params(self.sl);
    if (self.first_error != NULL) {
        g_propagate_error(error, g_steal_pointer(&self.first_error));
        clear(&self);
        return FALSE;
    }
    if (returned == 0) {
        inlay_libstlink_describe((guint16)self.sl->chip_id, chip);
        chip->flash_size = self.sl->flash_size;
        chip->ram_size = self.sl->sram_size;
        chip->page_size = self.sl->flash_pgsz;
    }
    chip->chip_id = self.sl->chip_id;
    clear(&self);
    return TRUE;
}

/* -- flash -- */

InlayLibstlink *
inlay_libstlink_open(InlayCortexm *core, guint supply_mv, GCancellable *cancellable, GError **error)
{
    InlayLibstlink *self = g_new0(InlayLibstlink, 1);
    int returned;

    init(self, core->probe);
    self->supply_mv = supply_mv;
    self->cancellable = cancellable;
    ugly_init(SILENT);
    returned = stlink_load_device_params(self->sl);
    self->cancellable = NULL;
    if (self->first_error == NULL && returned == 0)
        return self;
    if (self->first_error != NULL)
        g_propagate_error(error, g_steal_pointer(&self->first_error));
    else
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOARD_LOST,
                    "libstlink does not find the chip that it has found before");
    inlay_libstlink_close(self);
    return NULL;
}

void
inlay_libstlink_close(InlayLibstlink *self)
{
    if (self == NULL)
        return;
    clear(self);
    g_free(self);
}

gboolean
inlay_libstlink_erase(
    InlayLibstlink *self, guint32 addr, guint limit_ms, GCancellable *cancellable, GError **error)
{
    Call call;

    if (!begin_call(&call, self, limit_ms, cancellable, error))
        return FALSE;
    return end_call(&call, stlink_erase_flash_page(self->sl, addr), error);
}

gboolean
inlay_libstlink_program(InlayLibstlink *self,
                        guint32 addr,
                        const guint8 *bytes,
                        gsize size,
                        guint limit_ms,
                        GCancellable *cancellable,
                        GError **error)
{
    guint8 copy[INLAY_LIBSTLINK_PROGRAM_MAX] __attribute__((aligned(8)));
    flash_loader_t loader = {0};
    int returned;
    Call call;

    g_return_val_if_fail(addr % 8 == 0 && size % 8 == 0 && size <= sizeof copy, FALSE);
    if (!begin_call(&call, self, limit_ms, cancellable, error))
        return FALSE;
    memcpy(copy, bytes, size);
    returned = stlink_flashloader_start(self->sl, &loader);
    if (returned == 0)
        returned = stlink_flashloader_write(self->sl, &loader, addr, copy, (uint32_t)size);
    if (returned == 0)
        returned = stlink_flashloader_stop(self->sl, &loader);
    return end_call(&call, returned, error);
}
