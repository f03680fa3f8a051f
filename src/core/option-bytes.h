/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "chip.h"

G_BEGIN_DECLS

/*
 * A chip's option bytes as named fields (docs/options.md). One codec a family: a table of fields
 * (option-bytes-f4.c), all in words that only the codec and the family's driver in src/transports
 * understand. Everything here is a pure function. Bits that are no field's are carried along as they
 * were found.
 */
#define INLAY_OPTION_WORDS 2

typedef struct {
    guint32 words[INLAY_OPTION_WORDS]; /* the family's codec says what is where */
    gboolean is_damaged; /* the chip found them broken when it loaded them (a cut), and protected
                            itself against reading */
} InlayOptionBytes;

typedef struct InlayOptionField InlayOptionField;

/* The fields of a chip, in the order in which they are shown; NULL beyond the last one, and for a
 * family without a codec. */
const InlayOptionField *inlay_option_field_get(const InlayChip *chip, guint index);
const InlayOptionField *inlay_option_field_find(const InlayChip *chip, const char *name); /* NULL */

const char *inlay_option_field_get_name(const InlayOptionField *field);    /* "bor" */
const char *inlay_option_field_get_summary(const InlayOptionField *field); /* what it is about */

/* The value as it is written behind "bor=", and what it means, which may be "". (transfer full) */
char *inlay_option_field_print(const InlayOptionField *field,
                               const InlayChip *chip,
                               const InlayOptionBytes *bytes);
char *inlay_option_field_explain(const InlayOptionField *field,
                                 const InlayChip *chip,
                                 const InlayOptionBytes *bytes);

/* Values that the field takes: "2.7V, 2.4V, 2.1V or off". (transfer full) */
char *inlay_option_field_list_values(const InlayOptionField *field);

/* Gives a field another value and leaves all others alone; on an error, everything.
 * Errors: OPTION_INVALID. */
gboolean inlay_option_field_set(const InlayOptionField *field,
                                const InlayChip *chip,
                                const char *value,
                                InlayOptionBytes *bytes,
                                GError **error);

/* Says which fields the chip has. Returns FALSE with CHIP_LACKS. */
gboolean inlay_option_fail_field(const InlayChip *chip, const char *name, GError **error);

/* As inlay_option_field_set, from "bor=off". Errors: USAGE, CHIP_LACKS, OPTION_INVALID. */
gboolean inlay_option_bytes_assign(const InlayChip *chip,
                                   const char *assignment,
                                   InlayOptionBytes *bytes,
                                   GError **error);

/* Whether two sets of option bytes are the same to the chip: all that is programmed, fields or not. */
gboolean inlay_option_bytes_equal(const InlayChip *chip,
                                  const InlayOptionBytes *a,
                                  const InlayOptionBytes *b);

/* Read protection: level 0, 1 or 2. Setting the level that is there changes nothing.
 * Errors: CHIP_LACKS. */
guint inlay_option_bytes_get_rdp(const InlayChip *chip, const InlayOptionBytes *bytes);
gboolean inlay_option_bytes_set_rdp(const InlayChip *chip,
                                    guint level,
                                    InlayOptionBytes *bytes,
                                    GError **error);

/* Gives up code read protection (F4, SPRMOD) of all sectors, which the chip accepts only together with
 * read protection from level 1 to 0. */
void inlay_option_bytes_drop_pcrop(const InlayChip *chip, InlayOptionBytes *bytes);

/* Whether a sector is write-protected; with code read protection in place of it (F4, SPRMOD) none
 * is. */
gboolean
inlay_option_bytes_is_protected(const InlayChip *chip, const InlayOptionBytes *bytes, guint sector);

/* Whether a sector cannot be erased by itself: protected against writing, or against reading its code
 * (PCROP). */
gboolean inlay_option_bytes_refuses_erase(const InlayChip *chip,
                                          const InlayOptionBytes *bytes,
                                          guint sector);

/* Sectors as people write them: "none", "all", "0-3,7". `sectors` has INLAY_MAX_SECTORS members.
 * Errors: OPTION_INVALID. */
gboolean
inlay_sectors_parse(const InlayChip *chip, const char *text, gboolean *sectors, GError **error);
char *inlay_sectors_print(const InlayChip *chip, const gboolean *sectors); /* (transfer full) */

G_END_DECLS
