/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "option-bytes.h"

G_BEGIN_DECLS

/* What a family's table of option bytes is made of. */

typedef enum {
    INLAY_OPTION_CHOICE, /* one of `values`, by its bits */
    INLAY_OPTION_BYTE,   /* a number, 0 to 255 */
    INLAY_OPTION_RDP,    /* a level; its code in the byte at word and shift */
    INLAY_OPTION_WRP,    /* sectors that are protected against writing */
    INLAY_OPTION_PCROP,  /* sectors that cannot be read, in the place of WRP's */
} InlayOptionKind;

typedef struct {
    const char *text;
    const char *meaning;
} InlayOptionValue;

#define INLAY_OPTION_MAX_VALUES 4

struct InlayOptionField {
    const char *name;
    const char *summary;
    InlayOptionKind kind;
    guint word, shift, width;                         /* CHOICE, BYTE, RDP */
    InlayOptionValue values[INLAY_OPTION_MAX_VALUES]; /* CHOICE: by value */
    guint needs; /* INLAY_CHIP_HAS_*, all of them; 0: every chip of the family has it */
};

/* Where a bit is. */
typedef struct {
    guint word, shift;
} InlayOptionBit;

typedef struct {
    const char *family;
    const InlayOptionField *fields; /* the first is RDP's */
    guint n_fields;
    guint8 rdp_codes[3];                    /* of levels 0, 1 and 2 */
    gboolean has_level_2;                   /* else rdp_codes[2] says nothing */
    guint32 programmed[INLAY_OPTION_WORDS]; /* bits that are stored; the others are ignored */
    InlayOptionBit sprmod; /* 1: the bits of WRP mean PCROP; only where the chip has it */

    /* The bit that protects a sector when it is 0. Several sectors may share one. */
    InlayOptionBit (*find_wrp)(const InlayChip *chip, guint sector);
} InlayOptionCodec;

extern const InlayOptionCodec inlay_option_codec_f1;
extern const InlayOptionCodec inlay_option_codec_f3;
extern const InlayOptionCodec inlay_option_codec_f4;

/* NULL: the family has none. */
const InlayOptionCodec *inlay_option_codec_find(const InlayChipFamily *family);

G_END_DECLS
