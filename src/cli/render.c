/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 32

static const char *
get_string(JsonObject *event, const char *member)
{
    return json_object_get_string_member_with_default(event, member, NULL);
}

static gint64
get_int(JsonObject *event, const char *member)
{
    return json_object_get_int_member_with_default(event, member, 0);
}

void
inlay_renderer_init(InlayRenderer *renderer)
{
    *renderer = (InlayRenderer){.is_terminal = isatty(STDOUT_FILENO)};
}

void
inlay_renderer_clear(InlayRenderer *renderer)
{
    g_free(renderer->command);
    *renderer = (InlayRenderer){0};
}

static void
hide_bar(InlayRenderer *renderer)
{
    if (renderer->bar_shown)
        printf("\r\033[K");
    renderer->bar_shown = FALSE;
}

static void
show_start(InlayRenderer *renderer, JsonObject *event)
{
    renderer->command = g_strdup(get_string(event, "command"));
    renderer->dry_run = json_object_get_boolean_member_with_default(event, "dry_run", FALSE);
}

static void
show_protection(JsonObject *event)
{
    gint64 level = get_int(event, "rdp_level");
    if (level > 0)
        printf(_("%-8s protected against reading, level %d\n"), "", (int)level);
    if (json_object_has_member(event, "write_protected")) {
        guint n = json_array_get_length(json_object_get_array_member(event, "write_protected"));
        printf(ngettext("%-8s %u sector protected against writing (`inlay option get wrp`)\n",
                        "%-8s %u sectors protected against writing (`inlay option get wrp`)\n", n),
               "", n);
    }
}

static gboolean
is_port(const char *adapter)
{
    return adapter && g_str_has_prefix(adapter, "tty:");
}

static void
show_board(InlayRenderer *renderer, JsonObject *event)
{
    const char *chip = get_string(event, "chip");
    const char *hint = get_string(event, "hint");
    printf("%-8s %s  %s", is_port(get_string(event, "adapter")) ? _("Port") : _("Probe"),
           get_string(event, "adapter"), get_string(event, "probe"));
    if (get_string(event, "serial"))
        printf(", serial %s", get_string(event, "serial"));
    printf("\n%-8s %s", _("Chip"), chip ? chip : _("not in the chip table"));
    if (hint)
        printf(_(" (libstlink: %s)"), hint);
    if (get_string(event, "clone"))
        printf(_(", a copy: %s"), get_string(event, "clone"));
    if (json_object_has_member(event, "flash_kib"))
        printf(_(", %d KiB flash"), (int)get_int(event, "flash_kib"));
    if (json_object_has_member(event, "supply_mv"))
        printf(", %.2f V", (double)get_int(event, "supply_mv") / 1000.0);
    if (json_object_has_member(event, "clock_khz"))
        printf(_(", SWD at %d kHz"), (int)get_int(event, "clock_khz"));
    if (get_string(event, "connected"))
        printf(" (%s)", get_string(event, "connected"));
    if (get_string(event, "uid"))
        printf(_("\n%-8s unique id %s\n"), "", get_string(event, "uid"));
    else
        printf(_("\n%-8s unique id not told\n"), "");
    show_protection(event);
}

static void
show_plan(InlayRenderer *renderer, JsonObject *event)
{
    if (renderer->dry_run)
        printf("\n%s", get_string(event, "text"));
    else
        printf("%-8s %s\n", _("Plan"), get_string(event, "summary"));
}

static const char *
phase_title(const char *phase)
{
    static const struct {
        const char *phase, *title;
    } titles[] = {
        {"connect", N_("Connect")},   {"survey", N_("Survey")},   {"write", N_("Write")},
        {"verify", N_("Verify")},     {"release", N_("Release")}, {"read", N_("Read")},
        {"preserve", N_("Preserve")},
    };
    for (guint i = 0; i < G_N_ELEMENTS(titles); i++)
        if (g_strcmp0(phase, titles[i].phase) == 0)
            return _(titles[i].title);
    return "";
}

static void
show_progress(InlayRenderer *renderer, JsonObject *event)
{
    gint64 done = get_int(event, "done");
    gint64 total = get_int(event, "total");
    if (!renderer->is_terminal || total <= 0)
        return;
    int filled = (int)(done * BAR_WIDTH / total);
    printf("\r%-8s [%.*s%*s] %3d %%  %d of %d KiB", phase_title(get_string(event, "phase")), filled,
           "################################", BAR_WIDTH - filled, "", (int)(done * 100 / total),
           (int)((done + 1023) / 1024), (int)((total + 1023) / 1024));
    renderer->bar_shown = TRUE;
}

static const char *
state_title(const char *state)
{
    static const struct {
        const char *state, *title;
    } titles[] = {
        {"written", N_("written, verified")},
        {"equal", N_("equal, verified")},
        {"kept", N_("kept, unchanged")},
        {"unobserved", N_("not touched, not observed")},
        {"read", N_("read")},
        {"verified", N_("verified")},
        {"erased", N_("erased, verified")},
        {"restored", N_("restored, verified")},
        {"same", N_("the same")},
        {"differs", N_("differs")},
    };
    for (guint i = 0; i < G_N_ELEMENTS(titles); i++)
        if (g_strcmp0(state, titles[i].state) == 0)
            return _(titles[i].title);
    return state;
}

static void
show_partition(InlayRenderer *renderer, JsonObject *event)
{
    gint64 size = get_int(event, "size");
    const char *state = get_string(event, "state");
    renderer->changed |= g_strcmp0(state, "written") == 0 || g_strcmp0(state, "erased") == 0;
    g_autofree char *text = size % 1024 == 0
                                ? g_strdup_printf("%" G_GINT64_FORMAT " KiB", size / 1024)
                                : g_strdup_printf("%" G_GINT64_FORMAT " bytes", size);
    g_autofree char *crc =
        get_string(event, "crc32") ? g_strdup_printf("crc32 %s", get_string(event, "crc32")) : NULL;
    printf("  %-16s %s  %10s  %-16s  %s\n", get_string(event, "name"), get_string(event, "addr"),
           text, crc ? crc : "", state_title(state));
}

/* "00 01 02 03 …": the first bytes of a run that has `size`. */
static char *
format_bytes(const char *digits, gint64 size)
{
    const gsize most = 8;
    GString *text = g_string_new(NULL);
    gsize n = digits ? strlen(digits) / 2 : 0;

    for (gsize i = 0; i < MIN(n, most); i++)
        g_string_append_printf(text, "%s%.2s", i > 0 ? " " : "", digits + 2 * i);
    if (size > (gint64)most)
        g_string_append(text, " …");
    return g_string_free(text, FALSE);
}

static void
show_difference(InlayRenderer *renderer, JsonObject *event)
{
    const char *name = get_string(event, "name");
    gint64 size = get_int(event, "size");
    g_autofree char *first = format_bytes(get_string(event, "first"), size);
    g_autofree char *second = format_bytes(get_string(event, "second"), size);

    printf("  %-16s %s  %7" G_GINT64_FORMAT "  %s | %s\n", name ? name : "",
           get_string(event, "addr"), size, first, second);
}

static void
show_check(InlayRenderer *renderer, JsonObject *event)
{
    gboolean skipped = g_strcmp0(get_string(event, "state"), "skipped") == 0;
    renderer->skipped |= skipped;
    printf("  %-10s %-8s %s\n", get_string(event, "check"), skipped ? _("skipped") : _("passed"),
           get_string(event, "seen"));
}

static void
show_row(InlayRenderer *renderer, JsonObject *event)
{
    printf("\n%s\n%s\n\n", _("For docs/hardware.md, if this is a real board:"),
           get_string(event, "text"));
}

static void
show_field(JsonObject *field, gboolean is_changed)
{
    g_autofree char *value = is_changed ? g_strdup_printf("%s → %s", get_string(field, "before"),
                                                          get_string(field, "value"))
                                        : g_strdup(get_string(field, "value"));
    printf("  %-12s %-12s  %s\n", get_string(field, "name"), value, get_string(field, "meaning"));
}

/* What there is, or what will be another; what was read back is what was planned, or the result says
 * what is not. */
static void
show_options(InlayRenderer *renderer, JsonObject *event)
{
    JsonArray *fields = json_object_get_array_member(event, "fields");
    gboolean is_planned = g_strcmp0(get_string(event, "when"), "planned") == 0;
    if (g_strcmp0(get_string(event, "when"), "after") == 0) {
        renderer->changed = TRUE;
        return;
    }
    for (guint i = 0; i < json_array_get_length(fields); i++)
        show_field(json_array_get_object_element(fields, i), is_planned);
    if (json_object_has_member(event, "erases"))
        printf(_("%-8s this erases the whole flash, %d KiB\n"), _("Note"),
               (int)(get_int(event, "erases") / 1024));
}

static void
show_otp(InlayRenderer *renderer, JsonObject *event)
{
    static const struct {
        const char *state, *title;
    } titles[] = {
        {"read", ""},
        {"planned", N_("to be programmed")},
        {"written", N_("programmed, verified")},
        {"equal", N_("has these bytes already")},
    };
    const char *title = "";
    for (guint i = 0; i < G_N_ELEMENTS(titles); i++)
        if (g_strcmp0(get_string(event, "state"), titles[i].state) == 0)
            title = *titles[i].title != '\0' ? _(titles[i].title) : "";
    renderer->changed |= g_strcmp0(get_string(event, "state"), "written") == 0;
    printf("  %-2d  %s  %s  %s%s%s\n", (int)get_int(event, "block"), get_string(event, "addr"),
           get_string(event, "hex"),
           json_object_get_boolean_member(event, "locked") ? _("locked") : "",
           json_object_get_boolean_member(event, "locked") && *title != '\0' ? ", " : "", title);
}

/* What success means depends on the command: only one that checked every byte may say PASS. */
static void
show_success(InlayRenderer *renderer, gint64 ms)
{
    const struct {
        const char *command, *sentence;
    } sentences[] = {
        {"flash", renderer->changed ? N_("PASS     written, verified, running")
                                    : N_("PASS     nothing to write, verified, running")},
        {"erase", renderer->changed ? N_("PASS     erased, verified, running")
                                    : N_("PASS     was blank, verified, running")},
        {"diff", N_("Same     no byte differs")},
        {"verify", N_("PASS     the flash holds what it should; the board was reset")},
        {"selftest", renderer->skipped
                         ? N_("Done     nothing failed; what was skipped is not proven")
                         : N_("PASS     probe, wires and chip; the board was reset")},
        {"read", N_("Done     read")},
        {"reset", N_("Done     reset, running")},
        {"option-set", renderer->changed ? N_("PASS     written, read back after a reset")
                                         : N_("PASS     nothing to change")},
        {"protect", renderer->changed ? N_("PASS     protected, read back after a reset")
                                      : N_("PASS     was protected")},
        {"unlock", renderer->changed ? N_("PASS     unlocked, read back after a reset")
                                     : N_("PASS     was not protected")},
        {"otp-write", renderer->changed ? N_("PASS     programmed, verified")
                                        : N_("PASS     nothing to program")},
    };
    if (renderer->is_rehearsal)
        return;
    if (renderer->dry_run && g_strcmp0(renderer->command, "selftest") != 0) {
        printf("\n%s\n", _("Nothing was changed (--dry-run)."));
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(sentences); i++)
        if (g_strcmp0(renderer->command, sentences[i].command) == 0)
            printf("%s  (%.1f s)\n", _(sentences[i].sentence), (double)ms / 1000);
}

static void
show_result(InlayRenderer *renderer, JsonObject *event)
{
    if (json_object_get_boolean_member(event, "ok")) {
        if (g_strcmp0(get_string(event, "outside"), "not observed") == 0)
            printf("%-8s %s\n", _("Note"),
                   _("outside the sectors written: not observed, for this bootloader cannot sum up "
                     "(--paranoid reads it all)"));
        show_success(renderer, get_int(event, "ms"));
        return;
    }
    fflush(stdout);
    const char *detail = get_string(event, "detail");
    fprintf(stderr, "FAIL     %s  [%s]\n", _(get_string(event, "sentence")),
            get_string(event, "id"));
    if (detail && *detail) {
        g_auto(GStrv) lines = g_strsplit(detail, "\n", -1);
        for (char **line = lines; *line; line++)
            fprintf(stderr, "         %s\n", *line);
    }
    fprintf(stderr, "%-8s %s\n", _("Do this:"), _(get_string(event, "remedy")));
}

void
inlay_renderer_show(InlayRenderer *renderer, JsonObject *event)
{
    static const struct {
        const char *kind;
        void (*show)(InlayRenderer *renderer, JsonObject *event);
    } table[] = {
        {"start", show_start},
        {"board", show_board},
        {"plan", show_plan},
        {"progress", show_progress},
        {"partition", show_partition},
        {"result", show_result},
        {"options", show_options},
        {"otp", show_otp},
        {"difference", show_difference},
        {"check", show_check},
        {"row", show_row},
    };
    const char *kind = get_string(event, "event");
    if (g_strcmp0(kind, "progress") != 0)
        hide_bar(renderer);
    if (g_strcmp0(kind, "warning") == 0)
        printf("%-8s %s\n", _("Note"), get_string(event, "message"));
    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        if (g_strcmp0(kind, table[i].kind) == 0)
            table[i].show(renderer, event);
    fflush(stdout);
}
