/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Makes lines of text of what a port receives. What is no text (bytes that are not UTF-8, control
 * characters but tab) becomes "\xNN", so that no terminal acts on it. A line ends with its newline,
 * with LINES_MAX bytes, or when nothing more has come for LINES_QUIET_US: a prompt has no newline.
 */
#define INLAY_LINES_QUIET_US (100 * G_TIME_SPAN_MILLISECOND)
#define INLAY_LINES_MAX 1000u

/* `time_us`: of the arrival of its first byte. */
typedef void (*InlayLineFunc)(gint64 time_us, const char *text, gpointer user_data);

typedef struct {
    InlayLineFunc func;
    gpointer user_data;
    GString *bytes;   /* of the line that has begun */
    gint64 first_us;  /* when it began */
    gint64 latest_us; /* when its last byte came */
} InlayLines;

void inlay_lines_init(InlayLines *lines, InlayLineFunc func, gpointer user_data);
void inlay_lines_clear(InlayLines *lines);

/* What has arrived; size 0: nothing has until now. */
void inlay_lines_take(InlayLines *lines, const guint8 *bytes, gsize size, gint64 now_us);
void inlay_lines_end(InlayLines *lines); /* shows what there is of a line */

G_END_DECLS
