/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "stlink.h"

G_BEGIN_DECLS

/*
 * USB descriptors of the virtual devices, as the kernel's sysfs file "descriptors" and as answers
 * to GET_DESCRIPTOR (USB 2.0, 9.6).
 */

/* Device and configuration descriptor one after the other. (transfer full) */
GByteArray *bench_descriptors_new_stlink(const BenchStlink *probe);
GByteArray *bench_descriptors_new_hub(void);
/* Of a serial adapter with a chip of its own. */
GByteArray *
bench_descriptors_new_serial(guint16 vendor_id, guint16 product_id, gboolean has_serial);

/* The answer to GET_DESCRIPTOR `value` for a device with these descriptors; NULL: it stalls. */
GByteArray *
bench_descriptors_answer(const GByteArray *descriptors, const BenchStlink *probe, guint16 value);

/* "STM32 STLink", as the second string descriptor says. */
const char *bench_descriptors_get_product(const BenchStlinkKind *kind);
const char *bench_descriptors_get_manufacturer(void);

G_END_DECLS
