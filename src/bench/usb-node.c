/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usb-node.h"

#include "usb-descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <linux/usbdevice_fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Readiness. libusb polls a device node for POLLOUT, which says that an URB can be reaped. The file
 * behind the node is a FIFO with room for one byte: while the byte is in it, it is not writable and
 * nothing is there to be reaped. (A regular file would always be writable, and libusb would spin.)
 */

typedef struct {
    UMockdevIoctlClient *client; /* identity only, no reference */
    gulong addr;                 /* of the URB in the client: its name in DISCARDURB */
    UMockdevIoctlData *data;     /* struct usbdevfs_urb */
    UMockdevIoctlData *buffer;   /* NULL when empty */
    gboolean active;             /* the probe works on it, without the node's lock */
    gboolean discarded;          /* meanwhile */
    gboolean orphaned;           /* meanwhile: nobody will reap it */
} Urb;

struct BenchUsbNode {
    gatomicrefcount refs; /* the owner, the handler, and each client */
    BenchUsbNodeConfig config;
    UMockdevIoctlBase *handler;
    GThread *thread;

    GMutex lock; /* guards what follows; never held while the probe works */
    GCond wake;
    GQueue pending, done; /* Urb *, in order of submission, of completion */
    guint n_wakes;        /* so that none is lost while the probe works */
    gboolean closing, unplugged;
    const UMockdevIoctlClient *claimant;
    int fifo;
    gboolean reapable;   /* the FIFO is empty */
    gboolean tells_gone; /* the owner is to hear that the probe went away by itself */
};

static struct usbdevfs_urb *
urb_struct(const Urb *urb)
{
    return (struct usbdevfs_urb *)(gpointer)urb->data->data;
}

static void
urb_free(Urb *urb)
{
    g_clear_object(&urb->buffer);
    g_clear_object(&urb->data);
    g_free(urb);
}

static void
node_unref(BenchUsbNode *node)
{
    if (!g_atomic_ref_count_dec(&node->refs))
        return;
    g_queue_clear_full(&node->pending, (GDestroyNotify)urb_free);
    g_queue_clear_full(&node->done, (GDestroyNotify)urb_free);
    close(node->fifo);
    g_byte_array_unref(node->config.descriptors);
    g_mutex_clear(&node->lock);
    g_cond_clear(&node->wake);
    g_free(node);
}

/* -- the queues; under the lock -- */

static void
update_readiness(BenchUsbNode *node)
{
    gboolean reapable = !g_queue_is_empty(&node->done);
    char byte = 0;
    if (reapable == node->reapable)
        return;
    gssize moved = reapable ? read(node->fifo, &byte, 1) : write(node->fifo, &byte, 1);
    if (moved == 1)
        node->reapable = reapable;
}

static void
wake_thread(BenchUsbNode *node)
{
    node->n_wakes++;
    g_cond_signal(&node->wake);
}

static void
finish_urb(BenchUsbNode *node, Urb *urb, int status, gsize actual_length)
{
    if (urb->orphaned) {
        g_queue_remove(&node->pending, urb);
        urb_free(urb);
        return;
    }
    urb_struct(urb)->status = status;
    urb_struct(urb)->actual_length = (int)actual_length;
    g_queue_remove(&node->pending, urb);
    g_queue_push_tail(&node->done, urb);
    update_readiness(node);
}

/* Ends all that is pending, of one client or of all; the URB the probe works on ends itself. */
static void
cancel_pending(BenchUsbNode *node, const UMockdevIoctlClient *client, int status)
{
    for (GList *next, *l = node->pending.head; l != NULL; l = next) {
        Urb *urb = l->data;
        next = l->next;
        if (client != NULL && urb->client != client)
            continue;
        if (urb->active)
            urb->discarded = TRUE;
        else
            finish_urb(node, urb, status, 0);
    }
}

static void
set_unplugged(BenchUsbNode *node)
{
    node->unplugged = TRUE;
    cancel_pending(node, NULL, -ESHUTDOWN);
    wake_thread(node);
}

/* -- the probe's thread -- */

static int
run_control(BenchUsbNode *node, const Urb *urb, gsize *actual_length)
{
    if (urb->buffer == NULL || urb->buffer->data_len < 8)
        return -EPIPE;
    const guint8 *setup = urb->buffer->data;
    guint16 value = (guint16)(setup[2] | setup[3] << 8);
    gsize room = MIN((gsize)urb->buffer->data_len - 8, (gsize)(setup[6] | setup[7] << 8));

    *actual_length = 0;
    if (setup[0] == 0x80 && setup[1] == 6) {
        g_autoptr(GByteArray) answer =
            bench_descriptors_answer(node->config.descriptors, node->config.probe, value);
        if (answer == NULL)
            return -EPIPE;
        *actual_length = MIN(room, answer->len);
        memcpy(urb->buffer->data + 8, answer->data, *actual_length);
        return 0;
    }
    return (setup[0] & 0x80) == 0 ? 0 : -EPIPE;
}

static BenchTransferStatus
run_bulk(BenchUsbNode *node, const Urb *urb, gsize *actual_length)
{
    const BenchStlinkKind *kind = bench_stlink_get_kind(node->config.probe);
    guint8 endpoint = urb_struct(urb)->endpoint;
    guint8 nothing;
    guint8 *bytes = urb->buffer != NULL ? urb->buffer->data : &nothing;
    gsize size = urb->buffer != NULL ? (gsize)urb->buffer->data_len : 0;
    BenchTransferStatus status = BENCH_TRANSFER_NAK;

    g_mutex_lock(node->config.probe_lock);
    *actual_length = size;
    if (endpoint == kind->endpoint_out)
        status = bench_stlink_out(node->config.probe, bytes, size);
    else if (endpoint == kind->endpoint_in)
        status = bench_stlink_in(node->config.probe, bytes, actual_length);
    else if (!bench_stlink_is_plugged(node->config.probe))
        status = BENCH_TRANSFER_GONE;
    g_mutex_unlock(node->config.probe_lock);
    if (status != BENCH_TRANSFER_OK)
        *actual_length = 0;
    return status;
}

/* The probe's turn on one URB: the lock is given up meanwhile. TRUE when it is finished. */
static gboolean
run_urb(BenchUsbNode *node, Urb *urb)
{
    static const int errors[] = {
        [BENCH_TRANSFER_OK] = 0,
        [BENCH_TRANSFER_NAK] = -ENOENT,
        [BENCH_TRANSFER_STALL] = -EPIPE,
        [BENCH_TRANSFER_OVERFLOW] = -EOVERFLOW,
        [BENCH_TRANSFER_GONE] = -ESHUTDOWN,
    };
    BenchTransferStatus status = BENCH_TRANSFER_OK;
    gsize actual_length = 0;
    int result;

    urb->active = TRUE;
    g_mutex_unlock(&node->lock);
    if (urb_struct(urb)->type == USBDEVFS_URB_TYPE_CONTROL) {
        result = run_control(node, urb, &actual_length);
    } else {
        status = run_bulk(node, urb, &actual_length);
        result = errors[status];
        if (status == BENCH_TRANSFER_OK && node->config.paced != NULL)
            node->config.paced(node->config.user_data);
    }
    g_mutex_lock(&node->lock);
    if (status == BENCH_TRANSFER_GONE && !node->unplugged) {
        set_unplugged(node);
        node->tells_gone = TRUE;
    }
    urb->active = FALSE;
    if (status == BENCH_TRANSFER_NAK && !urb->discarded && !node->unplugged)
        return FALSE;
    if (node->unplugged)
        result = -ESHUTDOWN;
    finish_urb(node, urb, result, actual_length);
    return TRUE;
}

/* One round over what is pending, in order, but none behind an endpoint that has nothing to say. */
static gboolean
run_pending(BenchUsbNode *node)
{
    gboolean blocked[256] = {FALSE};
    for (GList *l = node->pending.head; l != NULL; l = l->next) {
        Urb *urb = l->data;
        guint8 endpoint = urb_struct(urb)->endpoint;
        if (blocked[endpoint])
            continue;
        if (run_urb(node, urb))
            return TRUE;
        blocked[endpoint] = TRUE;
    }
    return FALSE;
}

static gpointer
run_thread(gpointer user_data)
{
    BenchUsbNode *node = user_data;
    g_mutex_lock(&node->lock);
    while (!node->closing) {
        guint n_wakes = node->n_wakes;
        gboolean progress = !node->unplugged && run_pending(node);
        if (node->tells_gone) {
            node->tells_gone = FALSE;
            g_mutex_unlock(&node->lock);
            node->config.gone(node->config.user_data);
            g_mutex_lock(&node->lock);
        }
        while (!progress && !node->closing && n_wakes == node->n_wakes)
            g_cond_wait(&node->wake, &node->lock);
    }
    g_mutex_unlock(&node->lock);
    return NULL;
}

/* -- ioctls; on umockdev's thread -- */

static int
submit(BenchUsbNode *node, UMockdevIoctlClient *client, UMockdevIoctlData *arg)
{
    if (node->unplugged)
        return ENODEV;
    Urb *urb = g_new0(Urb, 1);
    urb->client = client;
    urb->data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL);
    if (urb->data == NULL) {
        g_free(urb);
        return EFAULT;
    }
    urb->addr = urb->data->client_addr;
    urb->buffer =
        umockdev_ioctl_data_resolve(urb->data, G_STRUCT_OFFSET(struct usbdevfs_urb, buffer),
                                    (gsize)urb_struct(urb)->buffer_length, NULL);
    g_queue_push_tail(&node->pending, urb);
    wake_thread(node);
    return 0;
}

static int
discard(BenchUsbNode *node, const UMockdevIoctlClient *client, gulong addr)
{
    for (GList *l = node->pending.head; l != NULL; l = l->next) {
        Urb *urb = l->data;
        if (urb->client != client || urb->addr != addr)
            continue;
        if (urb->active)
            urb->discarded = TRUE;
        else
            finish_urb(node, urb, -ENOENT, 0);
        return 0;
    }
    return EINVAL;
}

static int
reap(BenchUsbNode *node, const UMockdevIoctlClient *client, UMockdevIoctlData *arg)
{
    for (GList *l = node->done.head; l != NULL; l = l->next) {
        Urb *urb = l->data;
        if (urb->client != client)
            continue;
        UMockdevIoctlData *pointer = umockdev_ioctl_data_resolve(arg, 0, sizeof(gpointer), NULL);
        if (pointer == NULL)
            return EFAULT;
        umockdev_ioctl_data_set_ptr(pointer, 0, urb->data);
        g_object_unref(pointer);
        g_queue_delete_link(&node->done, l);
        urb_free(urb);
        update_readiness(node);
        return 0;
    }
    return node->unplugged ? ENODEV : EAGAIN;
}

static int
claim(BenchUsbNode *node, const UMockdevIoctlClient *client)
{
    if (node->claimant != NULL && node->claimant != client)
        return EBUSY;
    node->claimant = client;
    return 0;
}

static int
release(BenchUsbNode *node, const UMockdevIoctlClient *client)
{
    if (node->claimant != client)
        return EINVAL;
    node->claimant = NULL;
    return 0;
}

static int
answer_capabilities(UMockdevIoctlData *arg)
{
    /* One transfer is one URB: libusb need not split. */
    guint32 capabilities = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
                           USBDEVFS_CAP_BULK_SCATTER_GATHER | USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
    UMockdevIoctlData *out = umockdev_ioctl_data_resolve(arg, 0, sizeof capabilities, NULL);
    if (out == NULL)
        return EFAULT;
    memcpy(out->data, &capabilities, sizeof capabilities);
    g_object_unref(out);
    return 0;
}

/* The probe may be at work: its lock can be long in coming, so its thread does this. */
typedef struct {
    BenchUsbNode *node;
    UMockdevIoctlClient *client;
    gboolean resets;
} PortTask;

static gpointer
run_port_task(gpointer user_data)
{
    PortTask *task = user_data;
    BenchUsbNode *node = task->node;

    g_mutex_lock(node->config.probe_lock);
    if (task->resets)
        bench_stlink_reset_port(node->config.probe);
    else
        bench_stlink_clear_halt(node->config.probe);
    g_mutex_unlock(node->config.probe_lock);
    g_mutex_lock(&node->lock);
    if (task->resets)
        cancel_pending(node, NULL, -ENOENT);
    wake_thread(node);
    g_mutex_unlock(&node->lock);
    umockdev_ioctl_client_complete(task->client, 0, 0);
    g_object_unref(task->client);
    node_unref(node);
    g_free(task);
    return NULL;
}

static void
start_port_task(BenchUsbNode *node, UMockdevIoctlClient *client, gboolean resets)
{
    PortTask *task = g_new(PortTask, 1);
    g_atomic_ref_count_inc(&node->refs);
    *task = (PortTask){node, g_object_ref(client), resets};
    g_thread_unref(g_thread_new("usb-port", run_port_task, task));
}

static int
run_ioctl(BenchUsbNode *node, UMockdevIoctlClient *client, gulong request, UMockdevIoctlData *arg)
{
    gulong value;
    memcpy(&value, arg->data, sizeof value);
    switch (request) {
    case USBDEVFS_SUBMITURB:
        return submit(node, client, arg);
    case USBDEVFS_REAPURBNDELAY:
        return reap(node, client, arg);
    case USBDEVFS_DISCARDURB:
        return discard(node, client, value);
    case USBDEVFS_GET_CAPABILITIES:
        return answer_capabilities(arg);
    case USBDEVFS_CLAIMINTERFACE:
    case USBDEVFS_DISCONNECT_CLAIM: /* no driver is bound to the one interface */
        return node->unplugged ? ENODEV : claim(node, client);
    case USBDEVFS_RELEASEINTERFACE:
        return node->unplugged ? ENODEV : release(node, client);
    case USBDEVFS_SETCONFIGURATION:
        if (node->unplugged)
            return ENODEV;
        return node->claimant != NULL ? EBUSY : 0;
    case USBDEVFS_SETINTERFACE:
        return node->unplugged ? ENODEV : 0;
    case USBDEVFS_GETDRIVER:
    case USBDEVFS_IOCTL: /* a request to the driver that is bound */
        return node->unplugged ? ENODEV : ENODATA;
    default:
        return ENOTTY;
    }
}

typedef struct {
    BenchUsbNode *node;
    const UMockdevIoctlClient *client;
} Opening;

/* The client has closed its descriptor or is gone: its claim and its URBs go too. */
static void
on_client_gone(gpointer user_data)
{
    Opening *opening = user_data;
    BenchUsbNode *node = opening->node;

    g_mutex_lock(&node->lock);
    if (node->claimant == opening->client)
        node->claimant = NULL;
    cancel_pending(node, opening->client, -ENOENT);
    for (GList *l = node->pending.head; l != NULL; l = l->next)
        if (((Urb *)l->data)->client == opening->client)
            ((Urb *)l->data)->orphaned = TRUE;
    for (GList *next, *l = node->done.head; l != NULL; l = next) {
        Urb *urb = l->data;
        next = l->next;
        if (urb->client == opening->client) {
            g_queue_delete_link(&node->done, l);
            urb_free(urb);
        }
    }
    update_readiness(node);
    g_mutex_unlock(&node->lock);
    node_unref(node);
    g_free(opening);
}

static void
ensure_opening(BenchUsbNode *node, UMockdevIoctlClient *client)
{
    if (g_object_get_data(G_OBJECT(client), "opening") != NULL)
        return;
    Opening *opening = g_new(Opening, 1);
    g_atomic_ref_count_inc(&node->refs);
    *opening = (Opening){node, client};
    g_object_set_data_full(G_OBJECT(client), "opening", opening, on_client_gone);
}

static gboolean
on_handle_ioctl(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer user_data)
{
    BenchUsbNode *node = user_data;
    gulong request = umockdev_ioctl_client_get_request(client);
    gboolean resets = request == USBDEVFS_RESET;

    ensure_opening(node, client);
    g_mutex_lock(&node->lock);
    gboolean port_task = (resets || request == USBDEVFS_CLEAR_HALT) && !node->unplugged;
    int error = ENODEV;
    if (port_task)
        start_port_task(node, client, resets);
    else if (!resets && request != USBDEVFS_CLEAR_HALT)
        error = run_ioctl(node, client, request, umockdev_ioctl_client_get_arg(client));
    g_mutex_unlock(&node->lock);
    if (!port_task)
        umockdev_ioctl_client_complete(client, error == 0 ? 0 : -1, error);
    return TRUE;
}

/* -- life -- */

/* Opens the file by another name, which is gone then: who looks in /proc for a program that has the
 * node open does not find the bench. */
static int
create_fifo(const char *path, GError **error)
{
    char byte = 0;
    int fd = -1;
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *other = g_strconcat(path, ".bench", NULL);

    if (g_mkdir_with_parents(folder, 0755) == 0 && mkfifo(other, 0666) == 0) {
        fd = open(other, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && link(other, path) != 0)
            close(g_steal_fd(&fd));
        g_unlink(other);
    }
    if (fd < 0 || fcntl(fd, F_SETPIPE_SZ, 4096) < 0 || write(fd, &byte, 1) != 1) {
        int saved = errno;
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(saved),
                    "failed to create device node %s: %s", path, g_strerror(saved));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static void
on_handler_gone(gpointer user_data, GClosure *closure)
{
    node_unref(user_data);
}

BenchUsbNode *
bench_usb_node_new(const BenchUsbNodeConfig *config, GError **error)
{
    int fifo = create_fifo(config->path, error);
    if (fifo < 0)
        return NULL;
    BenchUsbNode *node = g_new0(BenchUsbNode, 1);
    g_atomic_ref_count_init(&node->refs);
    node->config = *config;
    node->config.path = NULL;
    g_byte_array_ref(node->config.descriptors);
    node->fifo = fifo;
    g_mutex_init(&node->lock);
    g_cond_init(&node->wake);
    node->handler = umockdev_ioctl_base_new();
    /* umockdev may hold on to the handler while a program has the node open. */
    g_atomic_ref_count_inc(&node->refs);
    g_signal_connect_data(node->handler, "handle-ioctl", G_CALLBACK(on_handle_ioctl), node,
                          on_handler_gone, 0);
    node->thread = g_thread_new("usb-node", run_thread, node);
    return node;
}

UMockdevIoctlBase *
bench_usb_node_get_handler(BenchUsbNode *node)
{
    return node->handler;
}

void
bench_usb_node_unplug(BenchUsbNode *node)
{
    g_mutex_lock(&node->lock);
    if (!node->unplugged)
        set_unplugged(node);
    g_mutex_unlock(&node->lock);
}

void
bench_usb_node_close(BenchUsbNode *node)
{
    bench_usb_node_unplug(node);
    g_mutex_lock(&node->lock);
    node->closing = TRUE;
    wake_thread(node);
    g_mutex_unlock(&node->lock);
    g_thread_join(node->thread);
    g_clear_object(&node->handler);
    node_unref(node);
}
