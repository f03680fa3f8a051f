/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image-srec.h"
#include "fuzz-image.h"
#include "fuzz.h"
#include "repair.h"

/* Straight into the parser, recognised or not; and what parses must be recognised as well. */
static void
check_file(GBytes *file)
{
    g_autoptr(InlayImage) image = inlay_image_new();
    g_autoptr(GError) error = NULL;
    gboolean is_srec = inlay_srec_is(file);
    gboolean ok = inlay_srec_add_to_image(image, "fuzz", file, &error);

    g_assert_true(is_srec || !ok);
    check_image(ok ? image : NULL, error);
}

/* As it is, and with every checksum right. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    g_autoptr(GBytes) file = g_bytes_new_static(bytes, size);
    g_autoptr(GBytes) repaired = repair_checksums(bytes, size, 2, FALSE);

    check_file(file);
    check_file(repaired);
    return 0;
}
