/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "core/error.h"
#include "core/option-bytes-private.h"

static const InlayOptionCodec *const codecs[] = {
    &inlay_option_codec_f1,
    &inlay_option_codec_f3,
    &inlay_option_codec_f4,
};

const InlayOptionCodec *
inlay_option_codec_find(const InlayChipFamily *family)
{
    for (guint i = 0; i < G_N_ELEMENTS(codecs); i++) {
        if (g_str_equal(codecs[i]->family, family->name))
            return codecs[i];
    }
    return NULL;
}

const InlayOptionField *
inlay_option_field_get(const InlayChip *chip, guint index)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);

    for (guint i = 0; codec != NULL && i < codec->n_fields; i++) {
        const InlayOptionField *field = &codec->fields[i];
        if ((field->needs & ~chip->features) == 0 && index-- == 0)
            return field;
    }
    return NULL;
}

const InlayOptionField *
inlay_option_field_find(const InlayChip *chip, const char *name)
{
    const InlayOptionField *field;

    for (guint i = 0; (field = inlay_option_field_get(chip, i)) != NULL; i++) {
        if (g_ascii_strcasecmp(field->name, name) == 0)
            return field;
    }
    return NULL;
}

const char *
inlay_option_field_get_name(const InlayOptionField *field)
{
    return field->name;
}

const char *
inlay_option_field_get_summary(const InlayOptionField *field)
{
    return field->summary;
}

/* -- bits -- */

static guint32
get_bits(const InlayOptionBytes *bytes, InlayOptionBit bit, guint width)
{
    return bytes->words[bit.word] >> bit.shift & ((1u << width) - 1);
}

static void
set_bits(InlayOptionBytes *bytes, InlayOptionBit bit, guint width, guint32 value)
{
    guint32 mask = ((1u << width) - 1) << bit.shift;

    bytes->words[bit.word] = (bytes->words[bit.word] & ~mask) | (value << bit.shift & mask);
}

static InlayOptionBit
place_of(const InlayOptionField *field)
{
    return (InlayOptionBit){field->word, field->shift};
}

static gboolean
has_pcrop(const InlayChip *chip, const InlayOptionBytes *bytes)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);

    return (chip->features & INLAY_CHIP_HAS_PCROP) != 0 && get_bits(bytes, codec->sprmod, 1) != 0;
}

gboolean
inlay_option_bytes_equal(const InlayChip *chip,
                         const InlayOptionBytes *a,
                         const InlayOptionBytes *b)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);

    g_return_val_if_fail(codec != NULL, FALSE);
    for (guint i = 0; i < INLAY_OPTION_WORDS; i++) {
        if (((a->words[i] ^ b->words[i]) & codec->programmed[i]) != 0)
            return FALSE;
    }
    return TRUE;
}

/* -- read protection -- */

guint
inlay_option_bytes_get_rdp(const InlayChip *chip, const InlayOptionBytes *bytes)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);
    guint32 code;

    g_return_val_if_fail(codec != NULL, 0);
    code = get_bits(bytes, place_of(&codec->fields[0]), 8);
    if (code == codec->rdp_codes[0])
        return 0;
    return codec->has_level_2 && code == codec->rdp_codes[2] ? 2 : 1;
}

gboolean
inlay_option_bytes_set_rdp(const InlayChip *chip,
                           guint level,
                           InlayOptionBytes *bytes,
                           GError **error)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);

    g_return_val_if_fail(codec != NULL && level <= 2, FALSE);
    if (level == 2 && !codec->has_level_2) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_LACKS,
                    "%s: read protection level 0 or 1 expected, got 2", chip->name);
        return FALSE;
    }
    if (inlay_option_bytes_get_rdp(chip, bytes) != level)
        set_bits(bytes, place_of(&codec->fields[0]), 8, codec->rdp_codes[level]);
    return TRUE;
}

/* -- sectors -- */

static gboolean
fail_sectors(const InlayChip *chip, const char *text, GError **error)
{
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_OPTION_INVALID,
                "sectors of %s expected (none, all, or of 0-%u as in 0-3,7), got %s", chip->name,
                inlay_chip_get_n_sectors(chip) - 1, text);
    return FALSE;
}

/* "3" or "0-3" */
static gboolean
parse_span(const char *text, guint n_sectors, guint *first, guint *last)
{
    g_auto(GStrv) ends = g_strsplit(text, "-", 2);
    guint64 from, to;

    if (ends[0] == NULL || !g_ascii_string_to_unsigned(ends[0], 10, 0, n_sectors - 1, &from, NULL))
        return FALSE;
    to = from;
    if (ends[1] != NULL && !g_ascii_string_to_unsigned(ends[1], 10, from, n_sectors - 1, &to, NULL))
        return FALSE;
    *first = (guint)from;
    *last = (guint)to;
    return TRUE;
}

gboolean
inlay_sectors_parse(const InlayChip *chip, const char *text, gboolean *sectors, GError **error)
{
    g_auto(GStrv) spans = g_strsplit(text, ",", -1);
    guint n_sectors = inlay_chip_get_n_sectors(chip);
    gboolean all = g_str_equal(text, "all");

    for (guint i = 0; i < INLAY_MAX_SECTORS; i++)
        sectors[i] = all && i < n_sectors;
    if (all || g_str_equal(text, "none"))
        return TRUE;
    for (guint i = 0; spans[i] != NULL; i++) {
        guint first, last;
        if (!parse_span(spans[i], n_sectors, &first, &last))
            return fail_sectors(chip, text, error);
        for (guint sector = first; sector <= last; sector++)
            sectors[sector] = TRUE;
    }
    return spans[0] != NULL || fail_sectors(chip, "nothing", error);
}

char *
inlay_sectors_print(const InlayChip *chip, const gboolean *sectors)
{
    guint n_sectors = inlay_chip_get_n_sectors(chip);
    GString *text = g_string_new(NULL);

    for (guint i = 0, end; i < n_sectors; i = end + 1) {
        for (end = i; end < n_sectors && sectors[end]; end++)
            continue;
        if (end == i)
            continue;
        g_string_append_printf(text, "%s%u", text->len > 0 ? "," : "", i);
        if (end - i > 1)
            g_string_append_printf(text, "-%u", end - 1);
    }
    if (text->len == 0)
        g_string_append(text, "none");
    return g_string_free(text, FALSE);
}

/* Of WRP (active low), or of PCROP in its place (active high). */
static gboolean
has_sector(const InlayChip *chip, const InlayOptionBytes *bytes, guint sector, gboolean pcrop)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);

    return has_pcrop(chip, bytes) == pcrop &&
           get_bits(bytes, codec->find_wrp(chip, sector), 1) == (pcrop ? 1 : 0);
}

gboolean
inlay_option_bytes_is_protected(const InlayChip *chip, const InlayOptionBytes *bytes, guint sector)
{
    return has_sector(chip, bytes, sector, FALSE);
}

gboolean
inlay_option_bytes_refuses_erase(const InlayChip *chip, const InlayOptionBytes *bytes, guint sector)
{
    return has_sector(chip, bytes, sector, FALSE) || has_sector(chip, bytes, sector, TRUE);
}

static char *
print_sectors(const InlayChip *chip, const InlayOptionBytes *bytes, gboolean pcrop)
{
    gboolean sectors[INLAY_MAX_SECTORS] = {0};

    for (guint i = 0; i < inlay_chip_get_n_sectors(chip); i++)
        sectors[i] = has_sector(chip, bytes, i, pcrop);
    return inlay_sectors_print(chip, sectors);
}

/* Sectors that share a bit must be named all or not at all: nothing is rounded. */
static gboolean
check_groups(const InlayChip *chip, const gboolean *sectors, GError **error)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);
    guint n_sectors = inlay_chip_get_n_sectors(chip);

    for (guint i = 0, end; i < n_sectors; i = end) {
        InlayOptionBit bit = codec->find_wrp(chip, i);
        gboolean is_mixed = FALSE;
        for (end = i; end < n_sectors; end++) {
            InlayOptionBit other = codec->find_wrp(chip, end);
            if (other.word != bit.word || other.shift != bit.shift)
                break;
            is_mixed |= sectors[end] != sectors[i];
        }
        if (!is_mixed)
            continue;
        g_autofree char *asked = inlay_sectors_print(chip, sectors);
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_OPTION_INVALID,
                    "%s protects sectors %u-%u together: all of them or none expected, got %s",
                    chip->name, i, end - 1, asked);
        return FALSE;
    }
    return TRUE;
}

static void
store_sectors(const InlayChip *chip,
              const gboolean *sectors,
              gboolean pcrop,
              InlayOptionBytes *bytes)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);

    for (guint i = 0; i < inlay_chip_get_n_sectors(chip); i++)
        set_bits(bytes, codec->find_wrp(chip, i), 1, sectors[i] == pcrop);
}

static gboolean
set_wrp(const InlayChip *chip, const char *value, InlayOptionBytes *bytes, GError **error)
{
    gboolean sectors[INLAY_MAX_SECTORS];

    if (!inlay_sectors_parse(chip, value, sectors, error) || !check_groups(chip, sectors, error))
        return FALSE;
    if (has_pcrop(chip, bytes)) {
        g_autofree char *found = print_sectors(chip, bytes, TRUE);
        if (g_str_equal(value, "none"))
            return TRUE;
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_OPTION_INVALID,
                    "wrp: no sectors with pcrop expected, for the chip has either, found %s",
                    found);
        return FALSE;
    }
    store_sectors(chip, sectors, FALSE, bytes);
    return TRUE;
}

/* RM0383, 3.6.5: sectors are added at any time, and given up only with the whole flash, when read
 * protection goes from level 1 to 0; so nobody but set_rdp's caller can take SPRMOD away. */
static gboolean
set_pcrop(const InlayChip *chip, const char *value, InlayOptionBytes *bytes, GError **error)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);
    guint n_sectors = inlay_chip_get_n_sectors(chip);
    gboolean sectors[INLAY_MAX_SECTORS], any = FALSE;

    if (!inlay_sectors_parse(chip, value, sectors, error))
        return FALSE;
    for (guint i = 0; i < n_sectors; i++)
        any |= sectors[i];
    for (guint i = 0; i < n_sectors; i++) {
        if (has_sector(chip, bytes, i, TRUE) && !sectors[i]) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_OPTION_INVALID,
                        "pcrop: sector %u expected as well, for it is given up only with the whole "
                        "flash (`inlay protect --read`, then `inlay unlock`), got %s",
                        i, value);
            return FALSE;
        }
        if (any && inlay_option_bytes_is_protected(chip, bytes, i)) {
            g_set_error(error, INLAY_ERROR, INLAY_ERROR_OPTION_INVALID,
                        "pcrop: wrp none expected, for the chip has either, found sector %u", i);
            return FALSE;
        }
    }
    if (!any)
        return TRUE;
    set_bits(bytes, codec->sprmod, 1, 1);
    store_sectors(chip, sectors, TRUE, bytes);
    return TRUE;
}

void
inlay_option_bytes_drop_pcrop(const InlayChip *chip, InlayOptionBytes *bytes)
{
    const InlayOptionCodec *codec = inlay_option_codec_find(chip->family);
    gboolean none[INLAY_MAX_SECTORS] = {0};

    g_return_if_fail(codec != NULL);
    if (!has_pcrop(chip, bytes))
        return;
    set_bits(bytes, codec->sprmod, 1, 0);
    store_sectors(chip, none, FALSE, bytes);
}

/* -- fields -- */

char *
inlay_option_field_print(const InlayOptionField *field,
                         const InlayChip *chip,
                         const InlayOptionBytes *bytes)
{
    guint32 bits = get_bits(bytes, place_of(field), field->width);

    switch (field->kind) {
    case INLAY_OPTION_CHOICE:
        return g_strdup(field->values[bits].text);
    case INLAY_OPTION_BYTE:
        return g_strdup_printf("0x%02x", bits);
    case INLAY_OPTION_RDP:
        return g_strdup_printf("%u", inlay_option_bytes_get_rdp(chip, bytes));
    case INLAY_OPTION_WRP:
    case INLAY_OPTION_PCROP:
        return print_sectors(chip, bytes, field->kind == INLAY_OPTION_PCROP);
    }
    g_return_val_if_reached(NULL);
}

char *
inlay_option_field_explain(const InlayOptionField *field,
                           const InlayChip *chip,
                           const InlayOptionBytes *bytes)
{
    static const char *const levels[] = {
        "debuggers may do everything",
        "debuggers cannot read the flash; taking it off erases the flash",
        "for ever: no debugger, no option bytes, no way back",
    };

    if (field->kind == INLAY_OPTION_RDP && bytes->is_damaged &&
        inlay_option_bytes_get_rdp(chip, bytes) > 0)
        return g_strdup("the option bytes are damaged, which locks the chip; `inlay unlock` mends");
    if (field->kind == INLAY_OPTION_RDP)
        return g_strdup(levels[inlay_option_bytes_get_rdp(chip, bytes)]);
    if (field->kind == INLAY_OPTION_CHOICE)
        return g_strdup_printf(
            "%s: %s", field->summary,
            field->values[get_bits(bytes, place_of(field), field->width)].meaning);
    return g_strdup(field->summary);
}

char *
inlay_option_field_list_values(const InlayOptionField *field)
{
    GString *text = g_string_new(NULL);
    guint n = 1u << field->width;

    switch (field->kind) {
    case INLAY_OPTION_CHOICE:
        for (guint i = 0; i < n; i++)
            g_string_append_printf(text, "%s%s",
                                   i == 0       ? ""
                                   : i == n - 1 ? " or "
                                                : ", ",
                                   field->values[i].text);
        break;
    case INLAY_OPTION_BYTE:
        g_string_append(text, "0 to 255");
        break;
    case INLAY_OPTION_RDP:
        g_string_append(text, "0, 1 or 2");
        break;
    case INLAY_OPTION_WRP:
    case INLAY_OPTION_PCROP:
        g_string_append(text, "none, all, or sectors such as 0-3,7");
        break;
    }
    return g_string_free(text, FALSE);
}

static gboolean
parse_number(const char *text, guint32 max, guint32 *value)
{
    gboolean is_hex = g_ascii_strncasecmp(text, "0x", 2) == 0;
    guint64 number;

    if (!g_ascii_string_to_unsigned(is_hex ? text + 2 : text, is_hex ? 16 : 10, 0, max, &number,
                                    NULL))
        return FALSE;
    *value = (guint32)number;
    return TRUE;
}

/* A choice's number, as the manual has it, is as good as its word. */
static gboolean
parse_value(const InlayOptionField *field, const char *text, guint32 *value)
{
    guint32 max = (1u << field->width) - 1;

    for (guint i = 0; field->kind == INLAY_OPTION_CHOICE && i <= max; i++) {
        if (g_ascii_strcasecmp(field->values[i].text, text) == 0) {
            *value = i;
            return TRUE;
        }
    }
    return parse_number(text, max, value);
}

gboolean
inlay_option_field_set(const InlayOptionField *field,
                       const InlayChip *chip,
                       const char *value,
                       InlayOptionBytes *bytes,
                       GError **error)
{
    guint32 bits;

    switch (field->kind) {
    case INLAY_OPTION_WRP:
        return set_wrp(chip, value, bytes, error);
    case INLAY_OPTION_PCROP:
        return set_pcrop(chip, value, bytes, error);
    case INLAY_OPTION_RDP:
        if (parse_number(value, 2, &bits))
            return inlay_option_bytes_set_rdp(chip, bits, bytes, error);
        break;
    case INLAY_OPTION_CHOICE:
    case INLAY_OPTION_BYTE:
        if (parse_value(field, value, &bits)) {
            set_bits(bytes, place_of(field), field->width, bits);
            return TRUE;
        }
        break;
    }
    g_autofree char *values = inlay_option_field_list_values(field);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_OPTION_INVALID, "%s: %s expected, got %s",
                field->name, values, value);
    return FALSE;
}

gboolean
inlay_option_fail_field(const InlayChip *chip, const char *name, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    const InlayOptionField *field;

    for (guint i = 0; (field = inlay_option_field_get(chip, i)) != NULL; i++)
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", field->name);
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_CHIP_LACKS, "a field of %s (%s) expected, got %s",
                chip->name, known->str, name);
    return FALSE;
}

gboolean
inlay_option_bytes_assign(const InlayChip *chip,
                          const char *assignment,
                          InlayOptionBytes *bytes,
                          GError **error)
{
    const char *equals = strchr(assignment, '=');
    g_autofree char *name =
        equals != NULL ? g_strndup(assignment, (gsize)(equals - assignment)) : NULL;
    const InlayOptionField *field;

    if (name == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "FIELD=VALUE expected, got %s",
                    assignment);
        return FALSE;
    }
    field = inlay_option_field_find(chip, name);
    if (field == NULL)
        return inlay_option_fail_field(chip, name, error);
    return inlay_option_field_set(field, chip, equals + 1, bytes, error);
}
