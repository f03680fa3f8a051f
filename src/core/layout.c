/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/layout.h"

#include <string.h>

#include "core/number.h"
#include "core/yaml.h"

/* Partitions are whole words, so that no access that programs flash, whatever its width on the
 * families of the table, holds bytes of two partitions. */
#define GRAIN 4u

static const char *const layout_keys[] = {"!name",   "!chip",       "supply", "mailbox",
                                          "default", "!partitions", "uart",   NULL};
static const char *const partition_keys[] = {"!name", "!base", "!size", "ram", "magic", NULL};
static const char *const range_keys[] = {"!base", "!size", NULL};
static const char *const uart_keys[] = {"!bootloader", "!starts", "baud", "nrst",
                                        "boot0",       "button",  NULL};

typedef struct {
    const InlayYaml *yaml;
    InlayLayout *layout;
} Reader;

static void
partition_free(gpointer pointer)
{
    InlayPartition *partition = pointer;

    g_free(partition->name);
    g_free(partition);
}

void
inlay_layout_free(InlayLayout *layout)
{
    if (layout == NULL)
        return;
    g_free(layout->path);
    g_free(layout->name);
    g_ptr_array_unref(layout->partitions);
    g_free(layout);
}

const InlayPartition *
inlay_layout_find_partition(const InlayLayout *layout, const char *name)
{
    for (guint i = 0; i < layout->partitions->len; i++) {
        const InlayPartition *partition = g_ptr_array_index(layout->partitions, i);
        if (strcmp(partition->name, name) == 0)
            return partition;
    }
    return NULL;
}

/* (transfer full) The chips of the line that a name begins with; for any other name, the lines. */
static GString *
describe_chips(const char *name)
{
    const gsize line = strlen("STM32F411");
    GString *chips = g_string_new(NULL);
    GString *lines = g_string_new(NULL);

    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        const char *chip = inlay_chip_get(i)->name;
        gboolean is_new = i == 0 || strncmp(chip, inlay_chip_get(i - 1)->name, line) != 0;
        if (g_ascii_strncasecmp(chip, name, line) == 0)
            g_string_append_printf(chips, "%s%s", chips->len > 0 ? ", " : "", chip);
        if (is_new)
            g_string_append_printf(lines, "%s%.*s", i > 0 ? ", " : "", (int)line, chip);
    }
    if (chips->len == 0)
        g_string_assign(chips, lines->str);
    g_string_free(lines, TRUE);
    return chips;
}

static gboolean
read_chip(const Reader *reader, struct fy_node *node, GError **error)
{
    g_autofree char *name = inlay_yaml_get_text(reader->yaml, node, "the name of a chip", error);

    if (name == NULL)
        return FALSE;
    reader->layout->chip = inlay_chip_find_by_name(name);
    if (reader->layout->chip != NULL)
        return TRUE;
    g_autoptr(GString) known = describe_chips(name);
    return inlay_yaml_fail(reader->yaml, node, error, "expected a chip of the table (%s), found %s",
                           known->str, name);
}

static gboolean
read_supply(const Reader *reader, struct fy_node *node, GError **error)
{
    if (node == NULL)
        return TRUE;
    g_autofree char *text = inlay_yaml_get_text(reader->yaml, node, "a supply such as 3.3V", error);
    if (text == NULL)
        return FALSE;
    guint millivolts = 0;
    if (!inlay_number_parse_supply(text, &millivolts))
        return inlay_yaml_fail(reader->yaml, node, error,
                               "expected a supply such as 3.3V or 3300mV, found %s", text);
    reader->layout->supply_mv = millivolts;
    return TRUE;
}

static gboolean
read_range(const Reader *reader,
           struct fy_node *mapping,
           InlayRange outer,
           const char *outer_name,
           InlayRange *range,
           GError **error)
{
    struct fy_node *base = inlay_yaml_find(mapping, "base");
    struct fy_node *size = inlay_yaml_find(mapping, "size");

    if (!inlay_yaml_get_number(reader->yaml, base, "an address such as 0x08004000", &range->addr,
                               error) ||
        !inlay_yaml_get_number(reader->yaml, size, "a size such as 16K or 0x4000", &range->size,
                               error))
        return FALSE;
    if (range->addr % GRAIN != 0)
        return inlay_yaml_fail(reader->yaml, base, error, "expected a multiple of %u, found 0x%08x",
                               GRAIN, range->addr);
    if (range->size % GRAIN != 0 || range->size == 0)
        return inlay_yaml_fail(reader->yaml, size, error,
                               "expected a multiple of %u above 0, found 0x%x", GRAIN, range->size);
    if (!inlay_range_contains(outer, (InlayRange){range->addr, 0}))
        return inlay_yaml_fail(reader->yaml, base, error,
                               "expected an address in the %s of %s (0x%08x-0x%08x), found 0x%08x",
                               outer_name, reader->layout->chip->name, outer.addr,
                               inlay_range_last(outer), range->addr);
    if (!inlay_range_contains(outer, *range))
        return inlay_yaml_fail(reader->yaml, size, error,
                               "expected an end within the %s of %s (0x%08x at most), found "
                               "0x%08" G_GINT64_MODIFIER "x",
                               outer_name, reader->layout->chip->name, inlay_range_last(outer),
                               inlay_range_end(*range) - 1);
    return TRUE;
}

static gboolean
is_partition_name(const char *name)
{
    if (!g_ascii_isalpha(*name))
        return FALSE;
    for (; *name != '\0'; name++) {
        if (!g_ascii_isalnum(*name) && *name != '-' && *name != '_')
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_partition_name(const Reader *reader,
                    struct fy_node *node,
                    InlayPartition *partition,
                    GError **error)
{
    static const char what[] = "a name of letters, digits, - and _, a letter first";

    partition->name = inlay_yaml_get_text(reader->yaml, node, what, error);
    if (partition->name == NULL)
        return FALSE;
    partition->line = inlay_yaml_get_line(node);
    if (!is_partition_name(partition->name))
        return inlay_yaml_fail(reader->yaml, node, error, "expected %s, found %s", what,
                               partition->name);
    const InlayPartition *same = inlay_layout_find_partition(reader->layout, partition->name);
    if (same != NULL)
        return inlay_yaml_fail(reader->yaml, node, error,
                               "expected a name of its own, found %s again (line %u has it)",
                               partition->name, same->line);
    return TRUE;
}

static gboolean
read_magic(const Reader *reader, struct fy_node *node, InlayPartition *partition, GError **error)
{
    if (node == NULL)
        return TRUE;
    if (!inlay_yaml_get_number(reader->yaml, node, "a number such as 0xCAFEBABE", &partition->magic,
                               error))
        return FALSE;
    partition->has_magic = TRUE;
    if (reader->layout->mailbox == 0)
        return inlay_yaml_fail(reader->yaml, node, error,
                               "expected key mailbox in the layout, for a magic is left there, "
                               "found none");
    for (guint i = 0; i < reader->layout->partitions->len; i++) {
        const InlayPartition *other = g_ptr_array_index(reader->layout->partitions, i);
        if (other->has_magic && other->magic == partition->magic)
            return inlay_yaml_fail(reader->yaml, node, error,
                                   "expected a magic of its own, found 0x%08x again (%s, line %u)",
                                   partition->magic, other->name, other->line);
    }
    return TRUE;
}

static gboolean
read_ram(const Reader *reader, struct fy_node *node, InlayPartition *partition, GError **error)
{
    const InlayLayout *layout = reader->layout;

    if (node == NULL)
        return TRUE;
    if (!inlay_yaml_check_mapping(reader->yaml, node, "ram", range_keys, error) ||
        !read_range(reader, node, layout->chip->ram, "RAM", &partition->ram, error))
        return FALSE;
    if (layout->mailbox != 0 &&
        inlay_range_overlaps(partition->ram, (InlayRange){layout->mailbox, 4}))
        return inlay_yaml_fail(reader->yaml, node, error,
                               "expected RAM without the mailbox at 0x%08x, found 0x%08x-0x%08x",
                               layout->mailbox, partition->ram.addr,
                               inlay_range_last(partition->ram));
    return TRUE;
}

static gboolean
check_overlap(const Reader *reader,
              struct fy_node *node,
              const InlayPartition *partition,
              GError **error)
{
    for (guint i = 0; i < reader->layout->partitions->len; i++) {
        const InlayPartition *other = g_ptr_array_index(reader->layout->partitions, i);
        if (inlay_range_overlaps(partition->range, other->range))
            return inlay_yaml_fail(
                reader->yaml, inlay_yaml_find(node, "base"), error,
                "expected a range of its own, found 0x%08x-0x%08x, which overlaps %s at "
                "0x%08x-0x%08x (line %u)",
                partition->range.addr, inlay_range_last(partition->range), other->name,
                other->range.addr, inlay_range_last(other->range), other->line);
    }
    return TRUE;
}

static gboolean
read_partition(const Reader *reader, struct fy_node *node, GError **error)
{
    InlayPartition *partition = g_new0(InlayPartition, 1);
    gboolean ok =
        inlay_yaml_check_mapping(reader->yaml, node, "a partition", partition_keys, error) &&
        read_partition_name(reader, inlay_yaml_find(node, "name"), partition, error) &&
        read_range(reader, node, reader->layout->chip->flash, "flash", &partition->range, error) &&
        check_overlap(reader, node, partition, error) &&
        read_magic(reader, inlay_yaml_find(node, "magic"), partition, error) &&
        read_ram(reader, inlay_yaml_find(node, "ram"), partition, error);

    if (ok)
        g_ptr_array_add(reader->layout->partitions, partition);
    else
        partition_free(partition);
    return ok;
}

static int
compare_partitions(gconstpointer a, gconstpointer b)
{
    const InlayPartition *first = *(InlayPartition *const *)a;
    const InlayPartition *second = *(InlayPartition *const *)b;

    return first->range.addr < second->range.addr ? -1 : 1;
}

static gboolean
read_partitions(const Reader *reader, struct fy_node *node, GError **error)
{
    struct fy_node *item;
    void *iterator = NULL;

    if (!inlay_yaml_check_sequence(reader->yaml, node, "partitions", error))
        return FALSE;
    while ((item = fy_node_sequence_iterate(node, &iterator)) != NULL) {
        if (!read_partition(reader, item, error))
            return FALSE;
    }
    g_ptr_array_sort(reader->layout->partitions, compare_partitions);
    return TRUE;
}

static gboolean
read_mailbox(const Reader *reader, struct fy_node *node, GError **error)
{
    InlayLayout *layout = reader->layout;

    if (node == NULL)
        return TRUE;
    if (!inlay_yaml_get_number(reader->yaml, node, "an address in RAM", &layout->mailbox, error))
        return FALSE;
    if (layout->mailbox % 4 != 0 ||
        !inlay_range_contains(layout->chip->ram, (InlayRange){layout->mailbox, 4}))
        return inlay_yaml_fail(reader->yaml, node, error,
                               "expected a multiple of 4 in the RAM of %s (0x%08x-0x%08x), found "
                               "0x%08x",
                               layout->chip->name, layout->chip->ram.addr,
                               inlay_range_last(layout->chip->ram), layout->mailbox);
    return TRUE;
}

static gboolean
read_default(const Reader *reader, struct fy_node *root, GError **error)
{
    InlayLayout *layout = reader->layout;
    struct fy_node *node = inlay_yaml_find(root, "default");
    gboolean has_magic = FALSE;

    for (guint i = 0; i < layout->partitions->len; i++)
        has_magic |= ((const InlayPartition *)g_ptr_array_index(layout->partitions, i))->has_magic;
    if (node == NULL) {
        return !has_magic ||
               inlay_yaml_fail(
                   reader->yaml, root, error,
                   "expected key default, for some partitions have a magic, found none");
    }
    g_autofree char *name = inlay_yaml_get_text(reader->yaml, node, "a partition's name", error);
    if (name == NULL)
        return FALSE;
    layout->boot_default = inlay_layout_find_partition(layout, name);
    if (layout->boot_default == NULL || !layout->boot_default->has_magic)
        return inlay_yaml_fail(reader->yaml, node, error,
                               "expected a partition that has a magic, found %s", name);
    return TRUE;
}

/* A partition that does not share its first sector: what starts there is erased for itself. */
static const InlayPartition *
read_started(const Reader *reader, struct fy_node *node, GError **error)
{
    const InlayLayout *layout = reader->layout;
    g_autofree char *name = inlay_yaml_get_text(reader->yaml, node, "a partition's name", error);

    if (name == NULL)
        return NULL;
    const InlayPartition *partition = inlay_layout_find_partition(layout, name);
    if (partition == NULL) {
        inlay_yaml_fail(reader->yaml, node, error, "expected a partition of the layout, found %s",
                        name);
        return NULL;
    }
    guint sector = inlay_chip_find_sector(layout->chip, partition->range.addr);
    if (inlay_chip_get_sector(layout->chip, sector).range.addr == partition->range.addr)
        return partition;
    inlay_yaml_fail(reader->yaml, node, error,
                    "expected a partition that begins where a sector does, found %s at 0x%08x",
                    name, partition->range.addr);
    return NULL;
}

static gboolean
read_baud(const Reader *reader, struct fy_node *node, GError **error)
{
    guint32 baud = 0;

    if (node == NULL)
        return TRUE;
    if (!inlay_yaml_get_number(reader->yaml, node, "a rate such as 115200", &baud, error))
        return FALSE;
    reader->layout->uart.access.baud = baud;
    return inlay_access_is_baud(baud) ||
           inlay_yaml_fail(reader->yaml, node, error, "expected a rate such as 115200, found %u",
                           baud);
}

static gboolean
read_wire(const Reader *reader, struct fy_node *uart, const char *wire, GError **error)
{
    struct fy_node *node = inlay_yaml_find(uart, wire);
    g_autoptr(GError) wrong = NULL;

    if (node == NULL)
        return TRUE;
    g_autofree char *line = inlay_yaml_get_text(reader->yaml, node, "a line: dtr or rts", error);
    if (line == NULL)
        return FALSE;
    return inlay_access_set_wire(&reader->layout->uart.access, wire, line, &wrong) ||
           inlay_yaml_fail(reader->yaml, node, error, "%s", wrong->message);
}

static gboolean
read_uart(const Reader *reader, struct fy_node *node, GError **error)
{
    InlayLayoutUart *uart = &reader->layout->uart;

    if (node == NULL)
        return TRUE;
    if (!inlay_yaml_check_mapping(reader->yaml, node, "uart", uart_keys, error))
        return FALSE;
    uart->bootloader = read_started(reader, inlay_yaml_find(node, "bootloader"), error);
    if (uart->bootloader == NULL)
        return FALSE;
    uart->starts = read_started(reader, inlay_yaml_find(node, "starts"), error);
    if (uart->starts == NULL)
        return FALSE;
    if (uart->starts == uart->bootloader)
        return inlay_yaml_fail(reader->yaml, inlay_yaml_find(node, "starts"), error,
                               "expected another partition than the bootloader, found %s",
                               uart->starts->name);
    return read_baud(reader, inlay_yaml_find(node, "baud"), error) &&
           read_wire(reader, node, "nrst", error) && read_wire(reader, node, "boot0", error) &&
           read_wire(reader, node, "button", error);
}

static gboolean
read_layout(const Reader *reader, GError **error)
{
    struct fy_node *root = inlay_yaml_get_root(reader->yaml);

    if (!inlay_yaml_check_mapping(reader->yaml, root, "a layout", layout_keys, error))
        return FALSE;
    reader->layout->name =
        inlay_yaml_get_text(reader->yaml, inlay_yaml_find(root, "name"), "a name", error);
    return reader->layout->name != NULL &&
           read_chip(reader, inlay_yaml_find(root, "chip"), error) &&
           read_supply(reader, inlay_yaml_find(root, "supply"), error) &&
           read_mailbox(reader, inlay_yaml_find(root, "mailbox"), error) &&
           read_partitions(reader, inlay_yaml_find(root, "partitions"), error) &&
           read_default(reader, root, error) &&
           read_uart(reader, inlay_yaml_find(root, "uart"), error);
}

static InlayLayout *
layout_from_yaml(const char *path, const InlayYaml *yaml, GError **error)
{
    g_autoptr(InlayLayout) layout = g_new0(InlayLayout, 1);
    Reader reader = {.yaml = yaml, .layout = layout};

    layout->path = g_strdup(path);
    layout->partitions = g_ptr_array_new_with_free_func(partition_free);
    return read_layout(&reader, error) ? g_steal_pointer(&layout) : NULL;
}

InlayLayout *
inlay_layout_parse(const char *path, const char *text, gsize size, GError **error)
{
    g_autoptr(InlayYaml) yaml = inlay_yaml_parse(path, text, size, INLAY_ERROR_LAYOUT, error);

    return yaml != NULL ? layout_from_yaml(path, yaml, error) : NULL;
}

InlayLayout *
inlay_layout_load(const char *path, GError **error)
{
    g_autoptr(InlayYaml) yaml = inlay_yaml_load(path, INLAY_ERROR_LAYOUT, error);

    return yaml != NULL ? layout_from_yaml(path, yaml, error) : NULL;
}
