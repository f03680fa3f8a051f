/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "station.h"
#include "usb-bus.h"

G_BEGIN_DECLS

/* The verbs of `inlay-bench ctl`, executed. */
typedef struct {
    BenchStation *station; /* not owned */
    BenchUsbBus *bus;      /* not owned */
} BenchHands;

/* Does what the words (char *) say, on the main thread; what there is to print is appended to
 * `output`. An error is one line. */
gboolean bench_hands_do(BenchHands *hands, const GPtrArray *words, GString *output, GError **error);

G_END_DECLS
