/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transports/stlink-probe.h"

#include "core/error.h"
#include "script-link.h"
#include "transports/usb-link.h"

#define V2 0x3748
#define V2_1 0x374b
#define V3 0x374e

#define VERSION_V2                 \
    {                              \
        "f1", NULL, "295a83044837" \
    } /* V2J37S26: 0x295a */
#define VERSION_V2_1               \
    {                              \
        "f1", NULL, "295a83044b37" \
    } /* the same bits: J37 M26 */
/* The same 256 bytes of the ROM table, three times. */
#define READ_ROM_TABLE                   \
    {                                    \
        "f20700f00fe00001", NULL, "*256" \
    }
#define READ_ROM_WORD                  \
    {                                  \
        "f20700f00fe00400", NULL, "*4" \
    }
#define CHECKED_WORD READ_ROM_WORD, OK_STATUS, READ_ROM_WORD, OK_STATUS, READ_ROM_WORD, OK_STATUS
#define CHECKED READ_ROM_TABLE, OK_STATUS, READ_ROM_TABLE, OK_STATUS, READ_ROM_TABLE, OK_STATUS
#define OK_STATUS                                \
    {                                            \
        "f23e", NULL, "800000000000000000000000" \
    }

static void
test_versions(void)
{
    static const struct {
        guint8 reply[6];
        gboolean has_msd;
        InlayStlinkVersion version;
    } cases[] = {
        {{0x29, 0x5a, 0x83, 0x04, 0x4b, 0x37}, TRUE, {2, 37, 0, 26}},
        {{0x25, 0xc7, 0x83, 0x04, 0x48, 0x37}, FALSE, {2, 23, 7, 0}},
        {{0x30, 0x00, 0x83, 0x04, 0x4e, 0x37}, TRUE, {3, 0, 0, 0}},
        {{0x25, 0x87, 0x83, 0x04, 0x4b, 0x37}, TRUE, {2, 0, 7, 22}}, /* for STM8 alone */
        {{0x26, 0x4c, 0x83, 0x04, 0x4b, 0x37}, TRUE, {2, 0, 12, 25}},
        {{0x26, 0x4d, 0x83, 0x04, 0x4b, 0x37}, TRUE, {2, 25, 0, 13}},
    };
    static const guint8 v3[12] = {3, 4, 8, 3, 1, 0, 0, 0, 0x83, 0x04, 0x4e, 0x37};
    InlayStlinkVersion version = inlay_stlink_version_decode_v3(v3);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        InlayStlinkVersion got = inlay_stlink_version_decode(cases[i].reply, cases[i].has_msd);
        g_assert_cmpuint(got.generation, ==, cases[i].version.generation);
        g_assert_cmpuint(got.jtag, ==, cases[i].version.jtag);
        g_assert_cmpuint(got.swim, ==, cases[i].version.swim);
        g_assert_cmpuint(got.msd, ==, cases[i].version.msd);
    }
    g_assert_cmpuint(version.generation, ==, 3);
    g_assert_cmpuint(version.jtag, ==, 8);
    g_assert_cmpuint(version.msd, ==, 3);
    g_assert_cmpuint(version.swim, ==, 4);
}

static void
test_serials(void)
{
    static const struct {
        guint8 size;
        const char *units; /* low bytes of the UTF-16 units */
        const char *serial;
    } cases[] = {
        {50, "066DFF485550755187154321", "066DFF485550755187154321"},
        {26, "H\xffn\x06PuPg\x12\x16\x34\x67", "48FF6E065075506712163467"},
        {26, "ABCDEFGHIJKL", "4142434445464748494A4B4C"},
        {8, "abc", "abc"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint8 descriptor[64] = {cases[i].size, 3};
        g_autofree char *serial = NULL;

        for (guint u = 0; u < (cases[i].size - 2u) / 2; u++)
            descriptor[2 + 2 * u] = (guint8)cases[i].units[u];
        serial = inlay_usb_decode_serial(descriptor, cases[i].size);
        g_assert_cmpstr(serial, ==, cases[i].serial);
        for (gsize size = 0; size < cases[i].size; size++)
            g_assert_null(inlay_usb_decode_serial(descriptor, size));
    }
}

static void
test_kinds(void)
{
    static const struct {
        guint16 product;
        ScriptStep steps[3];
        const char *kind;
    } cases[] = {
        {V2_1, {VERSION_V2_1}, "ST-LINK/V2-1 (firmware J37 M26)"},
        {V2, {VERSION_V2}, "ST-LINK/V2 (firmware J37 S26)"},
        {V3,
         {{"f1", NULL, "300083044e37"}, {"fb", NULL, "030008030000000083044e37"}},
         "STLINK-V3E (firmware J8 M3)"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        InlayProbe *probe =
            inlay_stlink_probe_new(script_link_new(cases[i].product, cases[i].steps), NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(probe->kind, ==, cases[i].kind);
        probe->ops->free(probe);
    }
}

/* Old firmware: what it lacks is told, or why it cannot be used. */
static void
test_old_firmware(void)
{
    static const struct {
        ScriptStep steps[2];
        int code; /* -1: it is opened */
        const char *says;
    } cases[] = {
        {{{"f1", NULL, "224783044837"}}, INLAY_ERROR_ADAPTER_OUTDATED, "J11 expected at least"},
        {{{"f1", NULL, "228783044837"}}, INLAY_ERROR_ADAPTER_OUTDATED, "found J10"},
        {{{"f1", NULL, "22c783044837"}}, -1, "J11 is old"},
        {{{"f1", NULL, "234783044837"}}, -1, "J13 is old: it cannot set the SWD clock (from J22)"},
        {{{"f1", NULL, "258783044837"}}, -1, NULL},
        {{{"f1", NULL, "12c783044837"}}, INLAY_ERROR_ADAPTER_UNSUPPORTED, "found 1"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        InlayProbe *probe =
            inlay_stlink_probe_new(script_link_new(V2, cases[i].steps), NULL, &error);
        const char *said;

        if (cases[i].code >= 0)
            g_assert_error(error, INLAY_ERROR, cases[i].code);
        else
            g_assert_no_error(error);
        said = probe != NULL ? probe->warning : error->message;
        if (cases[i].says != NULL)
            g_assert_nonnull(strstr(said, cases[i].says));
        else
            g_assert_null(said);
        if (probe != NULL)
            probe->ops->free(probe);
    }
}

/* A probe that never starts its firmware is named within a third of a second. */
static void
test_staying_in_dfu(void)
{
    ScriptStep steps[20] = {VERSION_V2, {"f5", NULL, "0000"}, {"f307", NULL, NULL}};
    g_autoptr(GError) error = NULL;
    InlayProbe *probe;

    for (guint i = 3; i < G_N_ELEMENTS(steps) - 1; i++)
        steps[i] = (ScriptStep){"f5", NULL, "0000"};
    probe = inlay_stlink_probe_new(script_link_new(V2, steps), NULL, &error);
    g_assert_no_error(error);
    g_assert_false(probe->ops->attach(probe, NULL, &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_ADAPTER_DFU);
    probe->ops->free(probe);
}

/* A probe that the last host left in the middle of something answers at the second or third try. */
static void
test_waking(void)
{
    static const struct {
        ScriptStep steps[4];
        int code; /* -1: wakes */
    } cases[] = {
        {{{"f1", NULL, "!adapter-mute"}, VERSION_V2_1}, -1},
        {{{"f1", NULL, "800000000000"}, VERSION_V2_1}, -1},
        {{{"f1", NULL, "!adapter-protocol"}, {"f1", NULL, "!adapter-mute"}, VERSION_V2_1}, -1},
        {{{"f1", NULL, "!adapter-mute"},
          {"f1", NULL, "!adapter-mute"},
          {"f1", NULL, "!adapter-mute"}},
         INLAY_ERROR_ADAPTER_MUTE},
        {{{"f1", NULL, "!adapter-lost"}}, INLAY_ERROR_ADAPTER_LOST},
        {{{"f1", NULL, "!cancelled"}}, INLAY_ERROR_CANCELLED},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        InlayProbe *probe =
            inlay_stlink_probe_new(script_link_new(V2_1, cases[i].steps), NULL, &error);
        if (cases[i].code < 0) {
            g_assert_no_error(error);
            probe->ops->free(probe);
        } else {
            g_assert_null(probe);
            g_assert_error(error, INLAY_ERROR, cases[i].code);
        }
    }
}

/* What a case does to an opened probe. */
typedef gboolean (*Act)(InlayProbe *probe, GError **error);

static gboolean
read_across(InlayProbe *probe, GError **error)
{
    guint8 bytes[6155];
    return probe->ops->read(probe, 0x20000003, bytes, sizeof bytes, NULL, error);
}

static gboolean
read_one(InlayProbe *probe, GError **error)
{
    guint8 byte = 0;
    gboolean ok = probe->ops->read(probe, 0x1fff7a22, &byte, 1, NULL, error);
    if (ok)
        g_assert_cmphex(byte, ==, 0xa5);
    return ok;
}

static gboolean
write_long(InlayProbe *probe, GError **error)
{
    g_autofree guint8 *bytes = g_malloc0(16384 + 8 + 2);
    return probe->ops->write(probe, 0x20001000, bytes, 16384 + 8 + 2, NULL, error);
}

static gboolean
read_word(InlayProbe *probe, GError **error)
{
    guint32 word = 0;
    gboolean ok = probe->ops->read_word(probe, 0xe0042000, &word, NULL, error);
    if (ok)
        g_assert_cmphex(word, ==, 0x10006431);
    return ok;
}

static gboolean
attach(InlayProbe *probe, GError **error)
{
    return probe->ops->attach(probe, NULL, error);
}

static gboolean
attach_slowest(InlayProbe *probe, GError **error)
{
    probe->max_khz = 5;
    return attach(probe, error);
}

static gboolean
attach_to_poor_wires(InlayProbe *probe, GError **error)
{
    probe->max_khz = 500;
    g_assert_true(attach(probe, error));
    g_assert_cmpuint(probe->first_khz, ==, 480);
    g_assert_cmpuint(probe->clock_khz, ==, 125);
    return TRUE;
}

/* Wires that carry 15 kHz when it is attached, and 5 kHz thereafter. */
static gboolean
work_on_failing_wires(InlayProbe *probe, GError **error)
{
    static const guint8 bytes[4] = {0};

    probe->max_khz = 15;
    return attach(probe, error) &&
           probe->ops->write(probe, 0x20000000, bytes, sizeof bytes, NULL, error) &&
           read_word(probe, error);
}

static gboolean
write_key_on_failing_wires(InlayProbe *probe, GError **error)
{
    probe->max_khz = 15;
    return attach(probe, error) &&
           probe->ops->write_word(probe, 0x40023c04, 0x45670123, NULL, error);
}

static gboolean
measure(InlayProbe *probe, GError **error)
{
    guint mv = 1;
    gboolean ok = probe->ops->measure_supply(probe, &mv, NULL, error);
    if (ok)
        g_assert_cmpuint(mv, ==, 3300);
    return ok;
}

static gboolean
measure_a_millivolt(InlayProbe *probe, GError **error)
{
    guint mv = 0;
    gboolean ok = probe->ops->measure_supply(probe, &mv, NULL, error);
    g_assert_cmpuint(mv, ==, 1);
    return ok;
}

static gboolean
measure_nothing(InlayProbe *probe, GError **error)
{
    guint mv = 1;
    gboolean ok = probe->ops->measure_supply(probe, &mv, NULL, error);
    g_assert_cmpuint(mv, ==, 0);
    return ok;
}

#define ATTACH_HEAD          \
    {"f5", NULL, "0200"},    \
    {                        \
        "f243", NULL, "8000" \
    }
#define SLOW_HEAD                \
    {"f5", NULL, "0200"},        \
    {                            \
        "f2431e03", NULL, "8000" \
    }
#define ENTER                                    \
    {"f230a3", NULL, "8000"},                    \
    {                                            \
        "f231", NULL, "800000007714a02b00000000" \
    }
#define V3_CLOCKS          \
    "80000000"             \
    "00000000"             \
    "03000000"             \
    "c05d0000" /* 24000 */ \
    "e40c0000" /* 3300 */  \
    "e8030000" /* 1000 */  \
    "00000000000000000000000000000000000000000000000000000000"

static void
test_commands(void)
{
    static const struct {
        const char *name;
        guint16 product;
        Act act;
        ScriptStep steps[24];
        int code; /* -1: succeeds */
        const char *detail;
    } cases[] = {
        {"reads are split into bytes, words up to 6144, bytes",
         V2_1,
         read_across,
         {VERSION_V2_1,
          {"f20c030000200100", NULL, "0000"},
          OK_STATUS,
          {"f207040000200018", NULL, "*6144"},
          OK_STATUS,
          {"f207041800200800", NULL, "*8"},
          OK_STATUS,
          {"f20c0c1800200200", NULL, "*2"},
          OK_STATUS},
         -1,
         NULL},
        {"a single byte is answered by two",
         V2_1,
         read_one,
         {VERSION_V2_1, {"f20c227aff1f0100", NULL, "a500"}, OK_STATUS},
         -1,
         NULL},
        {"writes are split too",
         V2_1,
         write_long,
         {VERSION_V2_1,
          {"f208001000200040", "*16384", NULL},
          OK_STATUS,
          {"f208005000200800", "*8", NULL},
          OK_STATUS,
          {"f20d085000200200", "*2", NULL},
          OK_STATUS},
         -1,
         NULL},
        {"a fault names where it was",
         V2_1,
         write_long,
         {VERSION_V2_1,
          {"f208001000200040", "*16384", NULL},
          {"f23e", NULL, "110000000411002000000000"}},
         INLAY_ERROR_BOARD_LOST,
         "0x20001104"},
        {"a busy bus is asked again",
         V2_1,
         read_word,
         {VERSION_V2_1,
          {"f236002004e0", NULL, "1000000000000000"},
          {"f236002004e0", NULL, "1400000000000000"},
          {"f236002004e0", NULL, "8000000031640010"}},
         -1,
         NULL},
        {"other statuses are not",
         V2_1,
         read_word,
         {VERSION_V2_1, {"f236002004e0", NULL, "1100000000000000"}},
         INLAY_ERROR_BOARD_LOST,
         "0xe0042000"},
        {"attach sets the clock and enters swd",
         V2_1,
         attach,
         {VERSION_V2_1,
          ATTACH_HEAD,
          {"f230a3", NULL, "8000"},
          {"f231", NULL, "800000007714a02b00000000"},
          CHECKED},
         -1,
         NULL},
        {"attach leaves dfu mode",
         V2_1,
         attach,
         {VERSION_V2_1,
          {"f5", NULL, "0000"},
          {"f307", NULL, NULL},
          {"f5", NULL, "0000"},
          {"f5", NULL, "0100"},
          {"f243", NULL, "8000"},
          {"f230a3", NULL, "8000"},
          {"f231", NULL, "800000007714a02b00000000"},
          CHECKED},
         -1,
         NULL},
        {"a v3 is asked for its clocks",
         V3,
         attach,
         {{"f1", NULL, "300083044e37"},
          {"fb", NULL, "030008030000000083044e37"},
          {"f5", NULL, "0200"},
          {"f262", NULL, V3_CLOCKS},
          {"f2610000e40c", NULL, "8000000000000000"},
          {"f230a3", NULL, "8000"},
          {"f231", NULL, "800000007714a02b00000000"},
          CHECKED},
         -1,
         NULL},
        {"clocks that the wires do not carry are passed over",
         V2_1,
         attach_to_poor_wires,
         {VERSION_V2_1,
          {"f5", NULL, "0200"},
          {"f2430700", NULL, "8000"},
          ENTER,
          {"f20700f00fe0f000", NULL, "*240"},
          {"f23e", NULL, "170000000000000000000000"}, /* parity */
          {"f2430f00", NULL, "8000"},
          {"f230a3", NULL, "0900"}, /* no id code */
          {"f2431f00", NULL, "8000"},
          ENTER,
          {"f20700f00fe03c00", NULL, "*60"},
          OK_STATUS,
          {"f20700f00fe03c00", NULL, "*60"},
          OK_STATUS,
          {"f20700f00fe03c00", NULL, "*60"},
          OK_STATUS},
         -1,
         NULL},
        {"what the wires garble is repeated at a lower clock",
         V2_1,
         work_on_failing_wires,
         {VERSION_V2_1,
          {"f5", NULL, "0200"},
          {"f2430901", NULL, "8000"},
          ENTER,
          CHECKED_WORD,
          {"f208000000200400", "*4", NULL},
          {"f23e", NULL, "160000000000000000000000"},
          {"f2431e03", NULL, "8000"},
          {"f230a3", NULL, "8000"},
          {"f208000000200400", "*4", NULL},
          OK_STATUS,
          {"f236002004e0", NULL, "1300000000000000"}, /* there is no lower clock */
          {"f230a3", NULL, "8000"},
          {"f236002004e0", NULL, "8000000031640010"}},
         -1,
         NULL},
        {"but no write to a peripheral, which may count them",
         V2_1,
         write_key_on_failing_wires,
         {VERSION_V2_1,
          {"f5", NULL, "0200"},
          {"f2430901", NULL, "8000"},
          ENTER,
          CHECKED_WORD,
          {"f235043c024023016745", NULL, "1600"}},
         INLAY_ERROR_BOARD_LOST,
         "0x40023c04"},
        {"no chip under voltage",
         V2_1,
         attach_slowest,
         {VERSION_V2_1,
          SLOW_HEAD,
          {"f230a3", NULL, "0900"},
          {"f7", NULL, "b004000072060000"}}, /* 1200, 1650: 3.3 V */
         INLAY_ERROR_BOARD_NOT_FOUND,
         "no id code"},
        {"no voltage",
         V2_1,
         attach_slowest,
         {VERSION_V2_1, SLOW_HEAD, {"f230a3", NULL, "0900"}, {"f7", NULL, "b004000000000000"}},
         INLAY_ERROR_BOARD_NO_VOLTAGE,
         "measured 0 mV"},
        {"a probe that cannot sense blames the wires",
         V2_1,
         attach_slowest,
         {VERSION_V2_1, SLOW_HEAD, {"f230a3", NULL, "0900"}, {"f7", NULL, "0000000000000000"}},
         INLAY_ERROR_BOARD_NOT_FOUND,
         NULL},
        {"an adapter lost in attach is not a missing board",
         V2_1,
         attach_slowest,
         {VERSION_V2_1, SLOW_HEAD, {"f230a3", NULL, "!adapter-lost"}},
         INLAY_ERROR_ADAPTER_LOST,
         NULL},
        {"the supply is 2 * a1 * 1.2 / a0",
         V2_1,
         measure,
         {VERSION_V2_1, {"f7", NULL, "b004000072060000"}},
         -1,
         NULL},
        {"a millivolt is told as it is",
         V2_1,
         measure_a_millivolt,
         {VERSION_V2_1, {"f7", NULL, "6009000001000000"}},
         -1,
         NULL},
        {"nothing to divide by",
         V2_1,
         measure_nothing,
         {VERSION_V2_1, {"f7", NULL, "0000000072060000"}},
         -1,
         NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        InlayLink *link = script_link_new(cases[i].product, cases[i].steps);
        InlayProbe *probe = inlay_stlink_probe_new(link, NULL, &error);

        g_test_message("%s", cases[i].name);
        g_assert_no_error(error);
        g_assert_true(cases[i].act(probe, &error) == (cases[i].code < 0));
        if (cases[i].code >= 0)
            g_assert_error(error, INLAY_ERROR, cases[i].code);
        if (cases[i].detail != NULL)
            g_assert_nonnull(strstr(error->message, cases[i].detail));
        g_assert_true(script_link_is_done((ScriptLink *)link));
        probe->ops->free(probe);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transports/probe/versions", test_versions);
    g_test_add_func("/transports/probe/serials", test_serials);
    g_test_add_func("/transports/probe/kinds", test_kinds);
    g_test_add_func("/transports/probe/old-firmware", test_old_firmware);
    g_test_add_func("/transports/probe/staying-in-dfu", test_staying_in_dfu);
    g_test_add_func("/transports/probe/waking", test_waking);
    g_test_add_func("/transports/probe/commands", test_commands);
    return g_test_run();
}
