/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "command.h"

G_BEGIN_DECLS

/* The man pages, as roff for man(7), from the tables of commands, options and errors. */

/* "inlay-flash"; NULL: that of the page about all. (transfer full) */
char *inlay_manual_get_name(const InlayCommand *command);

/* The page of a command, or with NULL the one about all. (transfer full) */
char *inlay_manual_get_page(const InlayCommand *command);

G_END_DECLS
