/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "stlink.h"

#include "transports/link.h"

G_BEGIN_DECLS

/*
 * The in-process front: the product's link, straight into a virtual ST-LINK. No USB, no threads, no
 * waiting: what would end in a deadline fails at once with ADAPTER_MUTE. For tests that repeat a
 * job for every transfer or flash operation.
 */

/* `probe` is not owned and must outlive the link, which may be made again and again. */
InlayLink *bench_link_new(BenchStlink *probe);

G_END_DECLS
