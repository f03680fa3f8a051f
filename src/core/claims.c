/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/claims.h"

#include "core/content.h"
#include "core/error.h"

static void
claim_clear(gpointer claim)
{
    g_free(((InlayClaim *)claim)->name);
}

void
inlay_claims_free(InlayClaims *claims)
{
    if (claims == NULL)
        return;
    g_array_unref(claims->claims);
    g_ptr_array_unref(claims->images);
    g_free(claims);
}

/* image NULL: kept. */
static void
add_claim(InlayClaims *claims, const char *name, InlayRange range, const InlayImage *image)
{
    InlayClaim claim = {.name = g_strdup(name), .range = range, .image = image};

    g_array_append_val(claims->claims, claim);
    claims->n_owned += image != NULL;
}

static const InlayClaim *
get_claim(const InlayClaims *claims, guint index)
{
    return &g_array_index(claims->claims, InlayClaim, index);
}

static const InlayClaim *
find_owner(const InlayClaims *claims, InlayRange range)
{
    for (guint i = 0; i < claims->n_owned; i++) {
        if (inlay_range_overlaps(get_claim(claims, i)->range, range))
            return get_claim(claims, i);
    }
    return NULL;
}

static gboolean
check_free(const InlayClaims *claims, const char *name, InlayRange range, GError **error)
{
    const InlayClaim *other = find_owner(claims, range);

    if (other == NULL)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_IMAGE_OVERLAP,
                "%s at 0x%08x-0x%08x overlaps %s at 0x%08x-0x%08x", name, range.addr,
                inlay_range_last(range), other->name, other->range.addr,
                inlay_range_last(other->range));
    return FALSE;
}

static const InlayPartition *
find_partition(const InlayLayout *layout, const char *name, GError **error)
{
    const InlayPartition *partition =
        layout != NULL ? inlay_layout_find_partition(layout, name) : NULL;

    if (partition != NULL)
        return partition;
    if (layout == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                    "partition %s: expected a layout that has it, found none", name);
        return NULL;
    }
    g_autoptr(GString) known = g_string_new(NULL);
    for (guint i = 0; i < layout->partitions->len; i++) {
        const InlayPartition *other = g_ptr_array_index(layout->partitions, i);
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", other->name);
    }
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "expected a partition of %s (%s), found %s",
                layout->path, known->str, name);
    return NULL;
}

static gboolean
claim_segments(InlayClaims *claims, const char *path, const InlayImage *image, GError **error)
{
    g_autofree char *name = g_path_get_basename(path);
    guint n_owned = claims->n_owned;

    for (guint i = 0; i < inlay_image_get_n_segments(image); i++) {
        const InlaySegment *segment = inlay_image_get_segment(image, i);
        InlayRange range = {segment->addr, (guint32)g_bytes_get_size(segment->bytes)};
        if (!check_free(claims, name, range, error))
            return FALSE;
        add_claim(claims, name, range, image);
    }
    return claims->n_owned > n_owned;
}

static gboolean
claim_content(InlayClaims *claims,
              const InlayContent *content,
              const InlayLayout *layout,
              GError **error)
{
    const InlayPartition *partition = NULL;
    InlayImage *image = NULL;

    if (content->partition != NULL) {
        partition = find_partition(layout, content->partition, error);
        if (partition == NULL || !check_free(claims, partition->name, partition->range, error))
            return FALSE;
    }
    if (!inlay_content_compose(content, layout, partition, &image, error))
        return FALSE;
    if (image == NULL)
        return TRUE;
    g_ptr_array_add(claims->images, image);
    if (partition == NULL)
        return claim_segments(claims, content->path, image, error);
    add_claim(claims, partition->name, partition->range, image);
    return TRUE;
}

/* An empty image: the place shall be blank. */
static gboolean
claim_blank(InlayClaims *claims, const char *name, InlayRange range, GError **error)
{
    if (!check_free(claims, name, range, error))
        return FALSE;
    if (claims->images->len == 0)
        g_ptr_array_add(claims->images, inlay_image_new());
    add_claim(claims, name, range, claims->images->pdata[0]);
    return TRUE;
}

/* The flash, on both sides of what its bootloader does not erase. */
static gboolean
claim_all(InlayClaims *claims, InlayRange flash, InlayRange own, GError **error)
{
    guint64 end = own.size > 0 ? inlay_range_end(own) : flash.addr;
    InlayRange below = {flash.addr, own.size > 0 ? own.addr - flash.addr : 0};
    InlayRange above = {(guint32)end, (guint32)(inlay_range_end(flash) - end)};

    if ((below.size > 0 && !claim_blank(claims, "flash", below, error)) ||
        (above.size > 0 && !claim_blank(claims, "flash", above, error)))
        return FALSE;
    if (own.size > 0)
        add_claim(claims, "bootloader", own, NULL);
    return TRUE;
}

static gboolean
claim_places(InlayClaims *claims, const InlayJob *job, const InlayLayout *layout, GError **error)
{
    for (guint i = 0; i < job->names->len; i++) {
        const InlayPartition *partition = find_partition(layout, job->names->pdata[i], error);
        if (partition == NULL || !claim_blank(claims, partition->name, partition->range, error))
            return FALSE;
    }
    for (guint i = 0; i < job->ranges->len; i++) {
        InlayRange range = g_array_index(job->ranges, InlayRange, i);
        g_autofree char *name = g_strdup_printf("0x%08x", range.addr);
        if (!claim_blank(claims, name, range, error))
            return FALSE;
    }
    return TRUE;
}

/* Partitions that the job leaves alone are known by their names, unless a range cuts into them. */
static void
claim_kept(InlayClaims *claims, const InlayLayout *layout)
{
    for (guint i = 0; i < layout->partitions->len; i++) {
        const InlayPartition *partition = g_ptr_array_index(layout->partitions, i);
        if (find_owner(claims, partition->range) == NULL)
            add_claim(claims, partition->name, partition->range, NULL);
    }
}

static gboolean
has_work(const InlayJob *job)
{
    switch (job->kind) {
    case INLAY_JOB_FLASH:
    case INLAY_JOB_VERIFY:
    case INLAY_JOB_DIFF:
        return job->contents->len > 0;
    case INLAY_JOB_ERASE:
    case INLAY_JOB_READ:
        return job->all || job->names->len > 0 || job->ranges->len > 0;
    case INLAY_JOB_RESET:
    case INLAY_JOB_INFO:
    case INLAY_JOB_SELFTEST:
    case INLAY_JOB_OPTION_GET:
    case INLAY_JOB_OPTION_SET:
    case INLAY_JOB_PROTECT:
    case INLAY_JOB_UNLOCK:
    case INLAY_JOB_OTP_READ:
    case INLAY_JOB_OTP_WRITE:
        break;
    }
    return TRUE;
}

InlayClaims *
inlay_claims_new(const InlayJob *job, const InlayLayout *layout, GError **error)
{
    g_autoptr(InlayClaims) claims = g_new0(InlayClaims, 1);

    claims->claims = g_array_new(FALSE, FALSE, sizeof(InlayClaim));
    g_array_set_clear_func(claims->claims, claim_clear);
    claims->images = g_ptr_array_new_with_free_func((GDestroyNotify)inlay_image_free);
    if (!has_work(job)) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "nothing is named to %s",
                    inlay_job_kind_to_string(job->kind));
        return NULL;
    }
    for (guint i = 0; i < job->contents->len; i++) {
        if (!claim_content(claims, job->contents->pdata[i], layout, error))
            return NULL;
    }
    if (job->kind == INLAY_JOB_ERASE && !claim_places(claims, job, layout, error))
        return NULL;
    if (layout != NULL && !job->all)
        claim_kept(claims, layout);
    return g_steal_pointer(&claims);
}

gboolean
inlay_claims_set_chip(
    InlayClaims *claims, const InlayJob *job, const InlayChip *chip, InlayRange own, GError **error)
{
    if (job->kind == INLAY_JOB_ERASE && job->all && !claim_all(claims, chip->flash, own, error))
        return FALSE;
    for (guint i = 0; i < claims->n_owned; i++) {
        const InlayClaim *claim = get_claim(claims, i);
        if (inlay_range_contains(chip->flash, claim->range))
            continue;
        g_set_error(error, INLAY_ERROR,
                    job->kind == INLAY_JOB_ERASE ? INLAY_ERROR_USAGE : INLAY_ERROR_IMAGE_MISPLACED,
                    "%s: 0x%08x-0x%08x is not in the flash of %s, 0x%08x-0x%08x", claim->name,
                    claim->range.addr, inlay_range_last(claim->range), chip->name, chip->flash.addr,
                    inlay_range_last(chip->flash));
        return FALSE;
    }
    return TRUE;
}

gboolean
inlay_claims_find_place(const InlayJob *job,
                        const InlayLayout *layout,
                        const InlayChip *chip,
                        const char **name,
                        InlayRange *range,
                        GError **error)
{
    if (job->names->len > 0) {
        const InlayPartition *partition = find_partition(layout, job->names->pdata[0], error);
        if (partition == NULL)
            return FALSE;
        *name = partition->name;
        *range = partition->range;
        return TRUE;
    }
    *name = job->all ? "flash" : "range";
    *range = job->all ? chip->flash : g_array_index(job->ranges, InlayRange, 0);
    if (inlay_range_contains(chip->flash, *range) || inlay_range_contains(chip->ram, *range))
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                "0x%08x-0x%08" G_GINT64_MODIFIER
                "x is neither in the flash nor in the RAM of %s, 0x%08x-0x%08x, 0x%08x-0x%08x",
                range->addr, inlay_range_end(*range) - 1, chip->name, chip->flash.addr,
                inlay_range_last(chip->flash), chip->ram.addr, inlay_range_last(chip->ram));
    return FALSE;
}
