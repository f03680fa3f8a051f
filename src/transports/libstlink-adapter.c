/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/libstlink-adapter.h"

#include <string.h>

/* The one file that includes it. Its own includes name neighbours without their folder. */
#include <stlink.h>

#include "transports/bytes.h"

/* Below its lowest level: it prints to stderr, and stdout may be a stream of events. */
#define SILENT 0

typedef struct {
    InlayProbe *probe;         /* not owned */
    GCancellable *cancellable; /* not owned; NULL: none */
    GError *first_error;       /* sticky: the library ignores what a read returns */
} Backend;

/* After a failure the probe is left alone and the library is answered zeros: every loop of it that
 * waits for a bit to clear ends with that. */
static int
read_debug32(stlink_t *sl, uint32_t addr, uint32_t *word)
{
    Backend *backend = sl->backend_data;
    InlayProbe *probe = backend->probe;

    *word = 0;
    if (backend->first_error == NULL)
        probe->ops->read_word(probe, addr, word, backend->cancellable, &backend->first_error);
    return backend->first_error == NULL ? 0 : -1;
}

static int
read_mem32(stlink_t *sl, uint32_t addr, uint16_t size)
{
    Backend *backend = sl->backend_data;
    InlayProbe *probe = backend->probe;

    memset(sl->q_buf, 0, size);
    sl->q_len = size;
    if (backend->first_error == NULL)
        probe->ops->read(probe, addr, sl->q_buf, size, backend->cancellable, &backend->first_error);
    return backend->first_error == NULL ? 0 : -1;
}

static int
core_id(stlink_t *sl)
{
    sl->core_id = 0;
    return 0;
}

/* Identification only: everything that would change the chip is missing, and the library looks for
 * nothing else while it loads the parameters. */
static stlink_backend_t backend_ops = {
    .core_id = core_id,
    .read_debug32 = read_debug32,
    .read_mem32 = read_mem32,
};

void
inlay_libstlink_chip_clear(InlayLibstlinkChip *chip)
{
    g_free(chip->description);
    *chip = (InlayLibstlinkChip){0};
}

gboolean
inlay_libstlink_identify(InlayProbe *probe,
                         InlayLibstlinkChip *chip,
                         GCancellable *cancellable,
                         GError **error)
{
    Backend backend = {.probe = probe, .cancellable = cancellable};
    g_autofree stlink_t *sl = g_new0(stlink_t, 1);
    const struct stlink_chipid_params *params;
    int status;

    ugly_init(SILENT);
    sl->backend = &backend_ops;
    sl->backend_data = &backend;
    status = stlink_load_device_params(sl);
    if (backend.first_error != NULL) {
        g_propagate_error(error, backend.first_error);
        return FALSE;
    }
    chip->chip_id = sl->chip_id;
    params = stlink_chipid_get_params(sl->chip_id);
    if (status != 0 || params == NULL || params->description == NULL)
        return TRUE;
    chip->description = g_strdup(params->description);
    chip->flash_size = sl->flash_size;
    chip->ram_size = sl->sram_size;
    return TRUE;
}
