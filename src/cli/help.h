/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "command.h"

G_BEGIN_DECLS

/* What Inlay does, and how to begin. Msgids. */
extern const char inlay_help_about[];
extern const char inlay_help_start[];

/* The pages of `--help`, on standard output, at most 80 columns wide. */
void inlay_help_print(void);
void inlay_help_print_command(const InlayCommand *command);
void inlay_help_print_verbs(const InlayCommand *command);

G_END_DECLS
