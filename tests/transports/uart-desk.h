/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/engine.h"
#include "core/error.h"
#include "tests/firmware/native-board.h"
#include "transports/boot-client.h"

/*
 * A desk in memory: the real engine and the real target on one side of a port, the bootloader's core
 * on the other, with an STM32F407VG's flash.
 */
#define DESK_FLASH 0x08000000u
#define DESK_OWN_SIZE (32u * 1024u)
#define DESK_APP (DESK_FLASH + DESK_OWN_SIZE)

typedef struct {
    NativeBoard *board; /* NULL: another one, behind `open_port` */
    InlaySerial *(*open_port)(gpointer port_data);
    gpointer port_data;
    guint8 *flash; /* its cells */
    char *folder;
    const char *layout; /* of its jobs */
    InlayAccess access;
    GError *error;     /* of the last run */
    GPtrArray *events; /* of JsonObject, of the last run */

    guint adapter_max; /* bauds that the port takes at most; 0: any */
    guint unplug_at;   /* the port is lost at this operation of the next run, from 1; 0: never */
    const char *cancel_in; /* the phase at whose first progress the run is cancelled; NULL: none */
    GCancellable *cancellable;  /* of the run */
    guint n_operations;         /* of the port, in the last run */
    InlayBootCounters counters; /* of all runs */
    guint64 sent;               /* bytes, in all runs */
} UartDesk;

void desk_init(UartDesk *desk, guint64 seed);
/* With another board, whose flash is `flash`. */
void desk_init_port(UartDesk *desk,
                    InlaySerial *(*open_port)(gpointer port_data),
                    gpointer port_data,
                    guint8 *flash);
void desk_clear(UartDesk *desk);

/* An InlayTargetOpenFunc for the desk that was initialised last. */
InlayTarget *desk_open(const InlayAccess *access, GCancellable *cancellable, GError **error);

/* Runs a job, and frees it; one result, which says what desk->error does. */
gboolean desk_run(UartDesk *desk, InlayJob *job);
void desk_assert_runs(UartDesk *desk, InlayJob *job);
void desk_assert_fails(UartDesk *desk, InlayJob *job, InlayErrorId id);

InlayJob *desk_new_job(InlayJobKind kind);
/* FLASH or VERIFY of the partition `application`. */
InlayJob *desk_new_app_job(UartDesk *desk, InlayJobKind kind, const guint8 *bytes, gsize size);

/* Bytes like a program's: a sane vector table, and something that neither repeats nor is noise. */
void desk_fill_app(guint8 *bytes, gsize size, guint32 seed);
/* A member of the last event of a kind; NULL: there is none. */
const char *desk_get_string(const UartDesk *desk, const char *kind, const char *member);

guint8 *desk_get_app(UartDesk *desk); /* in its flash */
void desk_assert_holds(UartDesk *desk, const guint8 *bytes, gsize size);
/* The bootloader is what it was. */
void desk_assert_own_intact(UartDesk *desk);
