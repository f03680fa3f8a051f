/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz-image.h"
#include "fuzz.h"

/* Whatever the file holds: an error, or segments that are sorted, apart and readable. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    guint32 base = 0xfffff000;
    g_autoptr(GBytes) file = g_bytes_new_static(bytes, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(InlayImage) image = inlay_image_parse("fuzz", file, &base, &error);

    check_image(image, error);
    return 0;
}
