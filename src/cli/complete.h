/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What may stand where the cursor is, for the shells' completion (data/completions/), which ask with
 * `inlay complete -- WORD…`. One line a candidate: the word, a tab, what it is. A line that begins with
 * a colon asks the shell for its own: ":files" any file, ":yaml" a YAML file, for what follows the first
 * `=` of the word, or all of it.
 */

/* `words` are those behind the program's name, the last the one being written, perhaps "". Never fails:
 * what cannot be read offers nothing. (transfer full) */
char *inlay_complete(char **words);

G_END_DECLS
