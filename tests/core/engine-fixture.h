/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "core/engine.h"
#include "memory-target.h"

/* What the tests of whole runs share: the engine on the board in memory. */

#define BANK 0x08000000u

/* A folder for the files of one test, one in it for rescue files, and the events of the last run. */
typedef struct {
    char *folder;
    char *rescue_folder;
    GPtrArray *files;  /* of char * */
    GPtrArray *events; /* of JsonObject */
    GError *error;
} Fixture;

void set_up(Fixture *fixture, gconstpointer unused);
void tear_down(Fixture *fixture, gconstpointer unused);

/* With all that is in it; it need not exist. */
void remove_folder(const char *folder);

/* A path in the folder; removed with the fixture. */
const char *name_file(Fixture *fixture, const char *name);
/* Bytes that differ from address to address and from seed to seed, none of them 0xff. */
void fill(guint8 *bytes, gsize size, guint8 seed);
const char *write_file(Fixture *fixture, const char *name, gsize size, guint8 seed);
const char *get_kind(const Fixture *fixture, guint index);
/* Runs a job; whatever comes of it, there is one result, it is the last event, and it says what the
 * error says. */
gboolean run(Fixture *fixture, const InlayJob *job, GCancellable *cancellable);
void assert_runs(Fixture *fixture, const InlayJob *job);
void assert_fails(Fixture *fixture, const InlayJob *job, InlayErrorId id);
InlayJob *new_layout_job(InlayJobKind kind);
void add_content(InlayJob *job, const char *partition, const char *path);
void add_file_at(InlayJob *job, const char *path, guint32 addr);
void assert_holds(const MemoryBoard *board, guint32 addr, gsize size, guint8 seed);
void assert_blank(const MemoryBoard *board, guint32 addr, gsize size);
/* "selector written, application1 kept" */
void assert_partitions(const Fixture *fixture, const char *expected);
