/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot-verbs.h"

#include <glib/gi18n.h>
#include <string.h>
#include <zlib.h>

#include "core/error.h"
#include "core/event.h"
#include "core/number.h"

#define RANGE_MAX (2u * 1024 * 1024) /* the largest flash of the family */
#define ROW 16u                      /* bytes of a hex dump's line */
/* RM0090 3.9.14: OTP, with its lock bytes */
#define OTP_BASE 0x1FFF7800u
#define OTP_SIZE (BOOT_OTP_BLOCKS * (BOOT_OTP_BLOCK_SIZE + 1))

/* -- arguments -- */

static gboolean
expect(const char *what, char **arguments, GError **error)
{
    g_autofree char *got = g_strjoinv(" ", arguments);

    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "%s expected, got %s", what,
                *got != '\0' ? got : "nothing");
    return FALSE;
}

static gboolean
parse_up_to(const char *text, guint32 most, guint32 *value)
{
    return text != NULL && inlay_number_parse(text, value) && *value <= most;
}

static gboolean
take_go(InlayBootErrand *errand, char **arguments, GError **error)
{
    return (g_strv_length(arguments) == 1 && inlay_number_parse(arguments[0], &errand->addr)) ||
           expect("ADDRESS", arguments, error);
}

static gboolean
take_erase(InlayBootErrand *errand, char **arguments, GError **error)
{
    guint n = g_strv_length(arguments);
    guint32 first = BOOT_ERASE_ALL, count = 1;
    gboolean is_all = n == 1 && g_str_equal(arguments[0], "all");

    if (!is_all && (n < 1 || n > 2 || !parse_up_to(arguments[0], BOOT_ERASE_ALL - 1, &first) ||
                    (n == 2 && !parse_up_to(arguments[1], G_MAXUINT8, &count))))
        return expect("FIRST [COUNT], or all", arguments, error);
    errand->first = (guint8)first;
    errand->count = (guint8)(is_all ? 0 : count);
    errand->is_an_erase = TRUE;
    return TRUE;
}

static gboolean
take_write(InlayBootErrand *errand, char **arguments, GError **error)
{
    char *at = arguments[0] != NULL ? strrchr(arguments[0], '@') : NULL;
    g_autoptr(GError) found = NULL;
    gsize size;

    if (g_strv_length(arguments) != 1 || at == NULL || !inlay_number_parse(at + 1, &errand->addr))
        return expect("FILE@ADDRESS", arguments, error);
    g_autofree char *path = g_strndup(arguments[0], (gsize)(at - arguments[0]));
    if (!g_file_get_contents(path, (char **)&errand->bytes, &size, &found)) {
        g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_FILE, found->message);
        return FALSE;
    }
    if (size == 0 || size > RANGE_MAX) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_FILE,
                    "%s: 1 to %u bytes expected, found %" G_GSIZE_FORMAT, path, RANGE_MAX, size);
        return FALSE;
    }
    errand->size = (guint32)size;
    errand->is_for_ever = inlay_range_overlaps((InlayRange){OTP_BASE, OTP_SIZE},
                                               (InlayRange){errand->addr, errand->size});
    return TRUE;
}

static gboolean
take_read(InlayBootErrand *errand, char **arguments, GError **error)
{
    return (g_strv_length(arguments) == 2 && inlay_number_parse(arguments[0], &errand->addr) &&
            parse_up_to(arguments[1], RANGE_MAX, &errand->size) && errand->size > 0) ||
           expect("ADDRESS SIZE", arguments, error);
}

static gboolean
take_block(InlayBootErrand *errand, char **arguments, GError **error)
{
    guint32 block;

    if (g_strv_length(arguments) != 1 || !parse_up_to(arguments[0], G_MAXUINT8, &block))
        return expect("BLOCK", arguments, error);
    errand->block = (guint8)block;
    return TRUE;
}

/* "0,1 write": sectors 0 to 7, which the command's bitmap has. */
static gboolean
take_protect(InlayBootErrand *errand, char **arguments, GError **error)
{
    guint n = g_strv_length(arguments);
    g_auto(GStrv) sectors = g_strsplit(n > 0 ? arguments[0] : "", ",", -1);
    const char *mode = n > 1 ? arguments[1] : "write";
    guint32 sector;

    errand->mode = g_str_equal(mode, "write")        ? BOOT_PROTECT_WRITE
                   : g_str_equal(mode, "read-write") ? BOOT_PROTECT_READ
                                                     : 0;
    for (char **each = sectors; *each != NULL; each++) {
        if (!parse_up_to(*each, 7, &sector))
            return expect("SECTOR,… (0 to 7)", arguments, error);
        errand->sectors |= (guint8)(1u << sector);
    }
    return (n <= 2 && errand->sectors != 0 && errand->mode != 0) ||
           expect("SECTOR,… and write or read-write", arguments, error);
}

/* -- what they do -- */

static gboolean
perform_ver(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    const InlayBootDialect *dialect = inlay_boot_get_dialect(boot);
    guint8 version;

    if (!inlay_boot_get_ver(boot, &version, c, error))
        return FALSE;
    inlay_event_set_hex(errand->event, "version", version, 2);
    json_object_set_boolean_member(errand->event, "length_has_crc", dialect->length_has_crc);
    json_object_set_boolean_member(errand->event, "answer_has_command",
                                   dialect->answer_has_command);
    json_object_set_boolean_member(errand->event, "extensions", dialect->has_extensions);
    json_object_set_int_member(errand->event, "tick_us", dialect->tick_us);
    g_string_append_printf(errand->text, _("version %u.%u; %s, %s, %s\n"), version >> 4,
                           version & 15,
                           dialect->length_has_crc ? _("the length counts the crc")
                                                   : _("the length does not count the crc"),
                           dialect->answer_has_command ? _("answers name the command")
                                                       : _("answers do not name the command"),
                           dialect->has_extensions ? _("extensions") : _("no extensions"));
    return TRUE;
}

static gboolean
perform_help(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    g_autoptr(GBytes) codes = inlay_boot_get_help(boot, c, error);
    JsonArray *names = json_array_new();
    gsize n = 0;
    const guint8 *code = codes != NULL ? g_bytes_get_data(codes, &n) : NULL;

    for (gsize i = 0; i < n; i++) {
        json_array_add_string_element(names, inlay_boot_command_name(code[i]));
        g_string_append_printf(errand->text, "0x%02x  %s\n", code[i],
                               inlay_boot_command_name(code[i]));
    }
    json_object_set_array_member(errand->event, "commands", names);
    return codes != NULL;
}

static gboolean
perform_cid(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    guint16 cid;

    if (!inlay_boot_get_cid(boot, &cid, c, error))
        return FALSE;
    inlay_event_set_hex(errand->event, "cid", cid, 3);
    g_string_append_printf(errand->text, _("chip id 0x%03x\n"), cid);
    return TRUE;
}

static gboolean
perform_rdp(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    guint8 rdp;

    if (!inlay_boot_get_rdp(boot, &rdp, c, error))
        return FALSE;
    guint level = rdp == 0xAA ? 0 : rdp == 0xCC ? 2 : 1; /* RM0090 3.9.3 */
    inlay_event_set_hex(errand->event, "rdp", rdp, 2);
    json_object_set_int_member(errand->event, "rdp_level", level);
    g_string_append_printf(errand->text, _("read protection level %u (0x%02x)\n"), level, rdp);
    return TRUE;
}

static gboolean
perform_write_protection(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    JsonArray *sectors = json_array_new();
    guint16 nwrp = 0xFFFF;
    gboolean ok = inlay_boot_get_nwrp(boot, &nwrp, c, error);

    g_string_append_printf(errand->text, _("write-protected sectors:"));
    for (guint i = 0; i < 12; i++) {
        if ((nwrp & 1u << i) != 0)
            continue;
        json_array_add_int_element(sectors, i);
        g_string_append_printf(errand->text, " %u", i);
    }
    g_string_append_printf(errand->text, "%s (nWRP 0x%03x)\n",
                           json_array_get_length(sectors) == 0 ? _(" none") : "", nwrp);
    inlay_event_set_hex(errand->event, "nwrp", nwrp, 4);
    json_object_set_array_member(errand->event, "write_protected", sectors);
    return ok;
}

static void
set_bytes(InlayBootErrand *errand, const guint8 *bytes, gsize size)
{
    g_autoptr(GString) hex = g_string_new(NULL);

    for (gsize i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    json_object_set_string_member(errand->event, "hex", hex->str);
}

static gboolean
perform_otp(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    guint8 block[BOOT_OTP_BLOCK_SIZE + 1];

    if (!inlay_boot_otp_read(boot, errand->block, block, c, error))
        return FALSE;
    gboolean is_locked = block[BOOT_OTP_BLOCK_SIZE] == 0;
    json_object_set_int_member(errand->event, "block", errand->block);
    set_bytes(errand, block, BOOT_OTP_BLOCK_SIZE);
    json_object_set_boolean_member(errand->event, "locked", is_locked);
    g_string_append_printf(errand->text, "%s%s\n",
                           json_object_get_string_member(errand->event, "hex"),
                           is_locked ? _("  locked") : "");
    return TRUE;
}

static void
set_range(InlayBootErrand *errand, const guint8 *bytes)
{
    inlay_event_set_hex(errand->event, "addr", errand->addr, 8);
    json_object_set_int_member(errand->event, "size", errand->size);
    inlay_event_set_hex(errand->event, "crc32", crc32(0, bytes, errand->size), 8);
}

static void
dump(InlayBootErrand *errand, const guint8 *bytes)
{
    for (guint32 i = 0; i < errand->size; i++)
        if (i % ROW == 0)
            g_string_append_printf(errand->text, "%s0x%08x  %02x", i > 0 ? "\n" : "",
                                   errand->addr + i, bytes[i]);
        else
            g_string_append_printf(errand->text, " %02x", bytes[i]);
    g_string_append_c(errand->text, '\n');
}

static gboolean
perform_read(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    g_autofree guint8 *bytes = g_malloc(errand->size);
    g_autoptr(GError) found = NULL;

    if (!inlay_boot_mem_read(boot, errand->addr, bytes, errand->size, c, error))
        return FALSE;
    set_range(errand, bytes);
    if (errand->output == NULL) {
        set_bytes(errand, bytes, errand->size);
        dump(errand, bytes);
        return TRUE;
    }
    g_string_append_printf(errand->text, _("%u bytes from 0x%08x into %s\n"), errand->size,
                           errand->addr, errand->output);
    if (g_file_set_contents(errand->output, (const char *)bytes, errand->size, &found))
        return TRUE;
    g_set_error_literal(error, INLAY_ERROR, INLAY_ERROR_FILE, found->message);
    return FALSE;
}

static gboolean
perform_write(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    if (!inlay_boot_mem_write(boot, errand->addr, errand->bytes, errand->size, c, error))
        return FALSE;
    set_range(errand, errand->bytes);
    g_string_append_printf(errand->text, _("%u bytes written to 0x%08x; not read back\n"),
                           errand->size, errand->addr);
    return TRUE;
}

static gboolean
perform_erase(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    if (!inlay_boot_flash_erase(boot, errand->first, errand->count, c, error))
        return FALSE;
    if (errand->first == BOOT_ERASE_ALL) {
        g_string_append(errand->text, _("all sectors erased but the bootloader's\n"));
        return TRUE;
    }
    json_object_set_int_member(errand->event, "first", errand->first);
    json_object_set_int_member(errand->event, "count", errand->count);
    g_string_append_printf(errand->text,
                           ngettext("%u sector erased\n", "%u sectors erased\n", errand->count),
                           errand->count);
    return TRUE;
}

static gboolean
perform_go(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    if (!inlay_boot_go(boot, errand->addr, c, error))
        return FALSE;
    inlay_event_set_hex(errand->event, "addr", errand->addr, 8);
    g_string_append_printf(errand->text, _("started from 0x%08x\n"), errand->addr);
    return TRUE;
}

static gboolean
perform_protect(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    if (!inlay_boot_protect(boot, errand->sectors, errand->mode, c, error))
        return FALSE;
    g_string_append(errand->text, _("protected from the next reset on\n"));
    return TRUE;
}

static gboolean
perform_unprotect(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    if (!inlay_boot_unprotect(boot, c, error))
        return FALSE;
    g_string_append(errand->text, _("not protected any more from the next reset on\n"));
    return TRUE;
}

/* -- extensions -- */

static gboolean
need_extensions(InlayBoot *boot, GError **error)
{
    if (inlay_boot_get_dialect(boot)->has_extensions)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_BOOTLOADER_REFUSED,
                "CAPABILITIES expected among its commands, found the twelve alone");
    return FALSE;
}

static gboolean
perform_capabilities(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    const InlayBootCapabilities *can = &inlay_boot_get_dialect(boot)->capabilities;
    g_autoptr(GString) uid = g_string_new(NULL);
    const struct {
        const char *member;
        gint64 value;
    } numbers[] = {
        {"flash_kib", can->flash_kib}, {"sectors", can->n_sectors},   {"rdp_level", can->rdp_level},
        {"supply_mv", can->supply_mv}, {"baud_max", can->baud_max},   {"ring", can->ring},
        {"slots", can->slots},         {"slot_size", can->slot_size},
    };

    if (!need_extensions(boot, error))
        return FALSE;
    for (gsize i = 0; i < sizeof can->uid; i++)
        g_string_append_printf(uid, "%02x", can->uid[i]);
    g_autofree char *firmware = g_strdup_printf("%u.%u.%u", can->firmware >> 16,
                                                can->firmware >> 8 & 0xFF, can->firmware & 0xFF);
    json_object_set_string_member(errand->event, "firmware", firmware);
    json_object_set_string_member(errand->event, "build", can->build);
    json_object_set_string_member(errand->event, "uid", uid->str);
    inlay_event_set_hex(errand->event, "idcode", can->idcode, 8);
    g_string_append_printf(errand->text, "%-10s  %s %s\n%-10s  %s\n%-10s  0x%08x\n", "firmware",
                           firmware, can->build, "uid", uid->str, "idcode", can->idcode);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
        json_object_set_int_member(errand->event, numbers[i].member, numbers[i].value);
        g_string_append_printf(errand->text, "%-10s  %" G_GINT64_FORMAT "\n", numbers[i].member,
                               numbers[i].value);
    }
    return TRUE;
}

static gboolean
perform_why(InlayBoot *boot, InlayBootErrand *errand, GCancellable *c, GError **error)
{
    g_autoptr(GBytes) answer = NULL;
    const guint8 *bytes;
    gsize n;

    if (!need_extensions(boot, error) ||
        (answer = inlay_boot_ask(boot, BOOT_WHY, NULL, 0, 0, c, error)) == NULL)
        return FALSE;
    bytes = g_bytes_get_data(answer, &n);
    if (n < 2 || bytes[1] == BOOT_OK) {
        g_string_append(errand->text, _("nothing was refused\n"));
        return TRUE;
    }
    json_object_set_string_member(errand->event, "refused", inlay_boot_command_name(bytes[0]));
    json_object_set_int_member(errand->event, "status", bytes[1]);
    g_string_append_printf(errand->text, "%s: %s (%u)\n", inlay_boot_command_name(bytes[0]),
                           inlay_boot_status_to_string(bytes[1]), bytes[1]);
    return TRUE;
}

static const InlayBootVerb verbs[] = {
    {"ver", NULL, perform_ver},
    {"help", NULL, perform_help},
    {"cid", NULL, perform_cid},
    {"rdp", NULL, perform_rdp},
    {"go", take_go, perform_go},
    {"erase", take_erase, perform_erase},
    {"write", take_write, perform_write},
    {"protect", take_protect, perform_protect},
    {"read", take_read, perform_read},
    {"write-protection", NULL, perform_write_protection},
    {"otp", take_block, perform_otp},
    {"unprotect", NULL, perform_unprotect},
    {"capabilities", NULL, perform_capabilities},
    {"why", NULL, perform_why},
};

const InlayBootVerb *
inlay_boot_verb_find(const char *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (g_str_equal(verbs[i].word, word))
            return &verbs[i];
    g_return_val_if_reached(NULL);
}

void
inlay_boot_errand_clear(InlayBootErrand *errand)
{
    g_free(errand->bytes);
    g_clear_pointer(&errand->event, json_object_unref);
    if (errand->text != NULL)
        g_string_free(errand->text, TRUE);
    *errand = (InlayBootErrand){0};
}
