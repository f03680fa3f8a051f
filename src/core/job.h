/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "access.h"
#include "image-write.h"
#include "range.h"

G_BEGIN_DECLS

/*
 * A job: layout + contents + what else to do. Every command builds one in memory, `--batch` loads
 * one from YAML (docs/jobs.md), the worker receives one as JSON. There is no other way to make
 * Inlay act on a board.
 */
typedef enum {
    INLAY_JOB_FLASH,
    INLAY_JOB_VERIFY,
    INLAY_JOB_DIFF,
    INLAY_JOB_READ,
    INLAY_JOB_ERASE,
    INLAY_JOB_RESET,
    INLAY_JOB_INFO,
    INLAY_JOB_SELFTEST,
    INLAY_JOB_OPTION_GET,
    INLAY_JOB_OPTION_SET,
    INLAY_JOB_PROTECT,
    INLAY_JOB_UNLOCK,
    INLAY_JOB_OTP_READ,
    INLAY_JOB_OTP_WRITE,
} InlayJobKind;

/* What nobody can take back, and was asked for knowingly. */
typedef enum {
    INLAY_CONFIRMED_NOTHING,
    INLAY_CONFIRMED_ERASE,    /* UNLOCK: the whole flash is erased */
    INLAY_CONFIRMED_FOR_EVER, /* PROTECT: the chip can never be opened again */
    INLAY_CONFIRMED_OTP,      /* OTP_WRITE: these bytes can never change again */
} InlayConfirmation;

/* Where contents come from: one row a kind in content.c. Later kinds: template, tock-apps, boot
 * table. */
typedef enum {
    INLAY_CONTENT_FILE,
    INLAY_CONTENT_KEEP,
} InlayContentKind;

typedef struct {
    InlayContentKind kind;
    char *partition;   /* NULL: no layout, the file's own addresses or `addr` */
    char *path;        /* FILE */
    gboolean has_addr; /* FILE without a partition: FILE@ADDRESS */
    guint32 addr;
} InlayContent;

typedef struct {
    InlayJobKind kind;
    InlayAccess access;
    char *layout;           /* path; NULL: none */
    GPtrArray *contents;    /* of InlayContent: FLASH, VERIFY and DIFF */
    GPtrArray *names;       /* of char *: partitions to READ or ERASE */
    GArray *ranges;         /* of InlayRange: ranges to READ or ERASE */
    gboolean all;           /* READ or ERASE the whole flash */
    char *output;           /* READ: the file to write */
    InlayFileFormat format; /* READ: of that file */
    gboolean dry_run;       /* FLASH and ERASE: plan only */
    gboolean accept_loss;   /* FLASH and ERASE: go on although a rescue file is missing */
    gboolean paranoid;      /* FLASH and ERASE: observe the whole flash, however long that takes */
    gboolean accept_clone;  /* go on with a copy of the chip by another maker */

    GPtrArray *fields; /* of char *: OPTION_GET "bor", none for all; OPTION_SET "bor=off" */
    gboolean read;     /* PROTECT: against reading, level 1 */
    gboolean for_ever; /* PROTECT: against reading, level 2 */
    gboolean write;    /* UNLOCK: write protection alone, so that nothing is erased */
    char *sectors;     /* PROTECT or UNLOCK these against writing: "0-3,7", "all"; NULL */
    gboolean has_block;
    guint32 block; /* OTP_READ, OTP_WRITE */
    char *input;   /* OTP_WRITE: a file with the block's bytes; NULL */
    char *hex;     /* OTP_WRITE: the bytes as digits; NULL */
    gboolean lock; /* OTP_WRITE: and lock the block */
    InlayConfirmation confirmed;
    char *uid; /* of the chip that was confirmed for, as the board event has it; NULL: any */
} InlayJob;

InlayJob *inlay_job_new(InlayJobKind kind);
void inlay_job_free(InlayJob *job); /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayJob, inlay_job_free)

const char *inlay_job_kind_to_string(InlayJobKind kind); /* as a job file writes it */
gboolean inlay_job_kind_from_string(const char *name, InlayJobKind *kind);

const char *inlay_confirmation_to_string(InlayConfirmation confirmed); /* "for-ever" */
gboolean inlay_confirmation_from_string(const char *name, InlayConfirmation *confirmed);

/* As on the command line: with a layout "PARTITION=FILE" or "PARTITION=keep", without one "FILE" or
 * "FILE@ADDRESS". Errors: USAGE. */
InlayContent *inlay_content_parse(const char *argument, gboolean has_layout, GError **error);
void inlay_content_free(InlayContent *content);

/* A job file; relative paths in it are relative to the file. Errors: FILE, JOB with
 * "path:line:column: …". */
InlayJob *inlay_job_load(const char *path, GError **error);
InlayJob *inlay_job_parse(const char *path, const char *text, gsize size, GError **error);

/* The worker's request; errors: JOB. */
JsonObject *inlay_job_to_json(const InlayJob *job);
InlayJob *inlay_job_from_json(JsonObject *object, GError **error);

G_END_DECLS
