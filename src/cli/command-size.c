/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "core/content.h"
#include "core/error.h"
#include "core/event.h"
#include "core/image-size.h"
#include "run.h"

/* What there is room in: sizes 0 when unknown. */
typedef struct {
    const InlayLayout *layout; /* NULL: none */
    const InlayChip *chip;     /* NULL: not named */
} Room;

#define SHARE_WIDTH 25 /* of "   0.2 % of 512 KiB     " */

typedef struct {
    const char *argument;
    const char *partition; /* of the content; NULL: none */
    InlayImageSize size;
    guint32 flash_room;
    guint32 ram_room;
} Row;

static guint64
get_ram(const Row *row)
{
    return row->size.data + row->size.bss;
}

/* "   1246   0.2 % of 512 KiB", as wide when there is nothing to say. */
static void
print_share(gboolean is_known, guint64 used, guint32 room)
{
    g_autofree char *size = room % 1024 == 0 ? g_strdup_printf("%u KiB", room / 1024)
                                             : g_strdup_printf("%u bytes", room);

    if (!is_known)
        printf("  %9s", "-");
    else
        printf("  %9" G_GUINT64_FORMAT, used);
    if (room == 0)
        return;
    if (is_known)
        printf("  %5.1f %% of %-12s", 100.0 * (double)used / room, size);
    else
        printf("%*s", SHARE_WIDTH, "");
}

static void
print_row(const Row *row)
{
    const InlayImageSize *size = &row->size;

    if (size->has_sections)
        printf("%9" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT, size->text,
               size->data, size->bss);
    else
        printf("%9s %9s %9s", "-", "-", "-");
    print_share(TRUE, size->flash, row->flash_room);
    print_share(size->has_sections, get_ram(row), row->ram_room);
    printf("  %s\n", row->argument);
}

static void
print_titles(const Row *row)
{
    int flash_width = row->flash_room > 0 ? SHARE_WIDTH : 0;
    int ram_width = row->ram_room > 0 ? SHARE_WIDTH : 0;

    printf("%9s %9s %9s  %9s%*s  %9s%*s  %s\n", "text", "data", "bss", _("flash"), flash_width, "",
           _("RAM"), ram_width, "", _("image"));
}

static void
set_size(JsonObject *event, const char *member, guint64 size)
{
    json_object_set_int_member(event, member, (gint64)size);
}

static void
print_json(const Row *row)
{
    JsonObject *event = inlay_event_new("size");

    json_object_set_string_member(event, "image", row->argument);
    if (row->partition)
        json_object_set_string_member(event, "name", row->partition);
    set_size(event, "flash", row->size.flash);
    if (row->flash_room > 0)
        set_size(event, "flash_room", row->flash_room);
    if (row->ram_room > 0)
        set_size(event, "ram_room", row->ram_room);
    if (row->size.has_sections) {
        set_size(event, "text", row->size.text);
        set_size(event, "data", row->size.data);
        set_size(event, "bss", row->size.bss);
        set_size(event, "ram", get_ram(row));
    }
    inlay_command_print_event(event);
}

static gboolean
find_room(const Room *room, const InlayContent *content, Row *row, GError **error)
{
    const InlayPartition *partition = NULL;

    if (room->chip != NULL) {
        row->flash_room = room->chip->flash.size;
        row->ram_room = room->chip->ram.size;
    }
    if (content->partition == NULL)
        return TRUE;
    partition = inlay_layout_find_partition(room->layout, content->partition);
    if (partition == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "no partition %s in %s",
                    content->partition, room->layout->path);
        return FALSE;
    }
    row->partition = partition->name;
    row->flash_room = partition->range.size;
    if (partition->ram.size > 0)
        row->ram_room = partition->ram.size;
    return TRUE;
}

static gboolean
measure(const Room *room, const char *argument, Row *row, GError **error)
{
    static const guint32 anywhere = 0; /* the size of a raw binary does not depend on its address */
    gboolean has_partition = room->layout != NULL && strchr(argument, '=') != NULL;
    InlayContent *content = inlay_content_parse(argument, has_partition, error);

    if (content == NULL)
        return FALSE;
    *row = (Row){.argument = argument};
    gboolean ok = find_room(room, content, row, error);
    if (ok && content->path == NULL) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "an image expected, got %s", argument);
        ok = FALSE;
    }
    ok = ok && inlay_image_measure(content->path, &anywhere, &row->size, error);
    inlay_content_free(content);
    return ok;
}

static gboolean
measure_all(const Room *room, char **arguments, GArray *rows, GError **error)
{
    if (!*arguments) {
        g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE, "an image expected after size");
        return FALSE;
    }
    for (; *arguments; arguments++) {
        Row row;
        if (!measure(room, *arguments, &row, error))
            return FALSE;
        g_array_append_val(rows, row);
    }
    return TRUE;
}

static gboolean
take_chip(const char *name, const InlayChip **chip, GError **error)
{
    if (!name || (*chip = inlay_chip_find_by_name(name)) != NULL)
        return TRUE;
    g_set_error(error, INLAY_ERROR, INLAY_ERROR_USAGE,
                "a chip of the chip table expected after --chip (STM32F411xE), got %s", name);
    return FALSE;
}

static void
print_rows(const GArray *rows, gboolean json)
{
    if (!json)
        print_titles(&g_array_index(rows, Row, 0));
    for (guint i = 0; i < rows->len; i++)
        (json ? print_json : print_row)(&g_array_index(rows, Row, i));
    if (json)
        inlay_command_print_event(inlay_event_new_result(NULL, 0));
}

static int
run(const InlayCommand *command, int argc, char **argv)
{
    g_auto(InlayOptions) options = {0};
    g_autoptr(InlayLayout) layout = NULL;
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Row));
    g_autoptr(GError) error = NULL;
    Room room = {0};

    if (!inlay_options_parse(&options, command, argc, argv, &error) ||
        !take_chip(options.chip, &room.chip, &error))
        return inlay_report_error(error, options.json);
    char **arguments = options.arguments;
    if (*arguments && inlay_argument_is_layout(*arguments)) {
        if (!(layout = inlay_layout_load(*arguments++, &error)))
            return inlay_report_error(error, options.json);
        room = (Room){.layout = layout, .chip = layout->chip};
    }
    if (!measure_all(&room, arguments, rows, &error))
        return inlay_report_error(error, options.json);
    print_rows(rows, options.json);
    return 0;
}

const InlayCommand inlay_command_size = {
    .name = "size",
    .brief = N_("what images take of flash and RAM"),
    .parameters = N_("[LAYOUT.yaml] [PARTITION=]IMAGE…"),
    .summary = N_("Prints what images take: text, data and bss as GNU size does, bytes of flash, "
                  "and their share of a chip or of a layout's partitions."),
    .examples = N_("Examples:\n"
                   "  inlay size app.elf app.hex.gz\n"
                   "  inlay size --chip STM32F411xE app.elf\n"
                   "  inlay size product.yaml selector=selector.elf application1=app.elf\n"),
    .accepts = INLAY_OPTION_JSON | INLAY_OPTION_CHIP,
    .completes = INLAY_COMPLETES_CONTENTS,
    .run = run,
};
