/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "stlink.h"

#include <umockdev.h>

G_BEGIN_DECLS

/*
 * The device node of one plugged-in probe, /dev/bus/usb/BBB/DDD: answers the usbdevfs ioctls of
 * whoever has opened it, and carries their URBs to the virtual ST-LINK on a thread of its own. A
 * new plug is a new node.
 *
 * umockdev calls it from its one worker thread, which must not wait: that thread only queues.
 */
typedef struct BenchUsbNode BenchUsbNode;

typedef struct {
    BenchStlink *probe;      /* not owned */
    GMutex *probe_lock;      /* held while the probe (and its board) is used */
    GByteArray *descriptors; /* of the device; the node takes a reference */
    const char *path;        /* of the FIFO behind the node, in the testbed; must not exist */
    void (*paced)(gpointer); /* called after each transfer without the lock; may wait; or NULL */
    void (*gone)(gpointer);  /* the probe went away in a transfer; on the node's thread */
    gpointer user_data;
} BenchUsbNodeConfig;

BenchUsbNode *bench_usb_node_new(const BenchUsbNodeConfig *config, GError **error);
/* What umockdev is to ask. (transfer none) */
UMockdevIoctlBase *bench_usb_node_get_handler(BenchUsbNode *node);
/* The cable is pulled: what is under way ends with an error, as does all that comes. */
void bench_usb_node_unplug(BenchUsbNode *node);
/* Ends its thread. Programs that still have it open see an unplugged device for ever. */
void bench_usb_node_close(BenchUsbNode *node);

G_END_DECLS
