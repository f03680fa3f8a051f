/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/layout.h"

#include <string.h>

#include "core/error.h"
#include "core/layout-export.h"

#define LINES \
    "STM32F103, STM32F303, STM32F401, STM32F407, STM32F411, STM32F412, STM32F429, STM32F446"
#define HEAD "name: n\nchip: STM32F411xE\n"
#define ONE "partitions: [{name: a, base: 0x08000000, size: 16K}]\n"

#define TWO                                       \
    "partitions:\n"                               \
    "  - {name: a, base: 0x08000000, size: 8K}\n" \
    "  - {name: b, base: 0x08002000, size: 8K}\n"
#define UART                                       \
    "partitions:\n"                                \
    "  - {name: a, base: 0x08000000, size: 16K}\n" \
    "  - {name: b, base: 0x08004000, size: 16K}\n" \
    "uart:\n"                                      \
    "  bootloader: a\n"                            \
    "  starts: b\n"

static InlayLayout *
load_black_pill(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("LAYOUTS"), "blackpill-f411-two-applications.yaml", NULL);
    g_autoptr(GError) error = NULL;
    InlayLayout *layout = inlay_layout_load(path, &error);

    g_assert_no_error(error);
    return layout;
}

static void
test_the_black_pill(void)
{
    g_autoptr(InlayLayout) layout = load_black_pill();
    static const struct {
        const char *name;
        InlayRange range;
        gboolean has_magic;
        guint32 magic;
    } expected[] = {{"selector", {0x08000000, 0x4000}, FALSE, 0},
                    {"application1", {0x08004000, 0x20000}, TRUE, 0xdeadbeef},
                    {"application2", {0x08024000, 0x20000}, TRUE, 0xcafebabe}};

    g_assert_cmpstr(layout->chip->name, ==, "STM32F411xE");
    g_assert_cmpuint(layout->supply_mv, ==, 3300);
    g_assert_cmphex(layout->mailbox, ==, 0x2001fff8);
    g_assert_cmpstr(layout->boot_default->name, ==, "application1");
    g_assert_cmpuint(layout->partitions->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < layout->partitions->len; i++) {
        const InlayPartition *partition = g_ptr_array_index(layout->partitions, i);
        g_assert_cmpstr(partition->name, ==, expected[i].name);
        g_assert_cmphex(partition->range.addr, ==, expected[i].range.addr);
        g_assert_cmphex(partition->range.size, ==, expected[i].range.size);
        g_assert_cmphex(partition->ram.size, ==, 0x1fff8);
        g_assert_cmpint(partition->has_magic, ==, expected[i].has_magic);
        g_assert_cmphex(partition->magic, ==, expected[i].magic);
        g_assert_true(inlay_layout_find_partition(layout, expected[i].name) == partition);
    }
    g_assert_null(inlay_layout_find_partition(layout, "application3"));
}

static void
test_partitions_are_sorted(void)
{
    static const char text[] = HEAD "partitions:\n"
                                    "  - {name: b, base: 0x08004000, size: 0x4000}\n"
                                    "  - {name: a, base: 0x08000000, size: 32K - 16K}\n";
    g_autoptr(InlayLayout) layout = inlay_layout_parse("p.yaml", text, strlen(text), NULL);

    g_assert_cmpstr(((InlayPartition *)layout->partitions->pdata[0])->name, ==, "a");
    g_assert_cmpstr(((InlayPartition *)layout->partitions->pdata[1])->name, ==, "b");
    g_assert_null(layout->boot_default);
}

static void
test_uart(void)
{
    static const char text[] = HEAD UART "  baud: 57600\n  nrst: dtr\n  button: rts\n";
    g_autoptr(InlayLayout) layout = inlay_layout_parse("p.yaml", text, strlen(text), NULL);

    g_assert_cmpstr(layout->uart.bootloader->name, ==, "a");
    g_assert_cmpstr(layout->uart.starts->name, ==, "b");
    g_assert_cmpuint(layout->uart.access.baud, ==, 57600);
    g_assert_cmpuint(layout->uart.access.dtr_wire, ==, INLAY_WIRE_NRST);
    g_assert_cmpuint(layout->uart.access.rts_wire, ==, INLAY_WIRE_BUTTON);
}

/* The layouts that the firmware is built by. */
static void
test_the_f407(void)
{
    g_autofree char *path =
        g_build_filename(g_getenv("LAYOUTS"), "f407-uart-bootloader.yaml", NULL);
    g_autoptr(InlayLayout) layout = inlay_layout_load(path, NULL);

    g_assert_cmphex(layout->uart.bootloader->range.addr, ==, 0x08000000);
    g_assert_cmphex(layout->uart.starts->range.addr, ==, 0x08008000);
    g_autofree char *table = inlay_layout_export_boot_table(layout);
    g_assert_nonnull(strstr(table, "#define BOOT_UART_APP_BASE 0x08008000u\n"
                                   "#define BOOT_UART_APP_SIZE 0x000f8000u\n"));
}

static const struct {
    const char *name;
    const char *text;
    const char *message; /* {chips}: those of the table */
} errors[] = {
    {"unknown-key", "name: n\nchp: STM32F411xE\n" ONE,
     "p.yaml:2:1: expected a key of a layout, found chp; meant is chip?\n"
     "  chp: STM32F411xE\n"
     "  ^"},
    {"unknown-key-far-from-all", HEAD "colour: red\n" ONE,
     "p.yaml:3:1: expected a key of a layout (name, chip, supply, mailbox, default, partitions, "
     "uart), found colour\n"
     "  colour: red\n"
     "  ^"},
    {"unknown-partition-key", HEAD "partitions:\n  - name: a\n    adress: 1\n",
     "p.yaml:5:5: expected a key of a partition (name, base, size, ram, magic), found adress\n"
     "      adress: 1\n"
     "      ^"},
    {"missing-key", HEAD,
     "p.yaml:1:1: expected key partitions in a layout, found none\n"
     "  name: n\n"
     "  ^"},
    {"duplicate-key", HEAD "name: m\n" ONE,
     "p.yaml:3:1: duplicate key\n"
     "  name: m\n"
     "  ^"},
    {"unknown-chip-of-a-line", "name: n\nchip: STM32F411\n" ONE,
     "p.yaml:2:7: expected a chip of the table (STM32F411xC, STM32F411xE), found STM32F411\n"
     "  chip: STM32F411\n"
     "        ^"},
    {"unknown-chip", "name: n\nchip: STM32F999\n" ONE,
     "p.yaml:2:7: expected a chip of the table (" LINES "), found STM32F999\n"
     "  chip: STM32F999\n"
     "        ^"},
    {"supply", HEAD "supply: 3.3\n" ONE,
     "p.yaml:3:9: expected a supply such as 3.3V or 3300mV, found 3.3\n"
     "  supply: 3.3\n"
     "          ^"},
    {"syntax", HEAD "partitions: [\n", "p.yaml:4:1: flow sequence without a closing bracket"},
    {"empty", "", "p.yaml:1:1: expected a YAML document, found none"},
    {"a-list", "- a\n",
     "p.yaml:1:3: expected a layout as a mapping, found a list\n"
     "  - a\n"
     "    ^"},
    {"no-partitions", HEAD "partitions: []\n",
     "p.yaml:1:1: expected a list of partitions, found an empty one\n"
     "  name: n\n"
     "  ^"},
    {"size", HEAD "partitions: [{name: a, base: 0x08000000, size: 16KB}]\n",
     "p.yaml:3:48: expected a size such as 16K or 0x4000, found 16KB\n"
     "  partitions: [{name: a, base: 0x08000000, size: 16KB}]\n"
     "                                                 ^"},
    {"size-of-nothing", HEAD "partitions: [{name: a, base: 0x08000000, size: 0}]\n",
     "p.yaml:3:48: expected a multiple of 4 above 0, found 0x0\n"
     "  partitions: [{name: a, base: 0x08000000, size: 0}]\n"
     "                                                 ^"},
    {"odd-base", HEAD "partitions: [{name: a, base: 0x08000002, size: 16K}]\n",
     "p.yaml:3:30: expected a multiple of 4, found 0x08000002\n"
     "  partitions: [{name: a, base: 0x08000002, size: 16K}]\n"
     "                               ^"},
    {"outside-the-flash", HEAD "partitions: [{name: a, base: 0x20000000, size: 16K}]\n",
     "p.yaml:3:30: expected an address in the flash of STM32F411xE (0x08000000-0x0807ffff), found "
     "0x20000000\n"
     "  partitions: [{name: a, base: 0x20000000, size: 16K}]\n"
     "                               ^"},
    {"beyond-the-flash", HEAD "partitions: [{name: a, base: 0x08060000, size: 129K}]\n",
     "p.yaml:3:48: expected an end within the flash of STM32F411xE (0x0807ffff at most), found "
     "0x080803ff\n"
     "  partitions: [{name: a, base: 0x08060000, size: 129K}]\n"
     "                                                 ^"},
    {"overlap",
     HEAD "partitions:\n  - {name: a, base: 0x08000000, size: 16K + 4}\n"
          "  - {name: b, base: 0x08004000, size: 16K}\n",
     "p.yaml:5:21: expected a range of its own, found 0x08004000-0x08007fff, which overlaps a at "
     "0x08000000-0x08004003 (line 4)\n"
     "    - {name: b, base: 0x08004000, size: 16K}\n"
     "                      ^"},
    {"name-twice",
     HEAD "partitions:\n  - {name: a, base: 0x08000000, size: 16K}\n"
          "  - {name: a, base: 0x08004000, size: 16K}\n",
     "p.yaml:5:12: expected a name of its own, found a again (line 4 has it)\n"
     "    - {name: a, base: 0x08004000, size: 16K}\n"
     "             ^"},
    {"name-with-equals", HEAD "partitions: [{name: a=b, base: 0x08000000, size: 16K}]\n",
     "p.yaml:3:21: expected a name of letters, digits, - and _, a letter first, found a=b\n"
     "  partitions: [{name: a=b, base: 0x08000000, size: 16K}]\n"
     "                      ^"},
    {"magic-without-mailbox",
     HEAD "partitions: [{name: a, base: 0x08000000, size: 16K, magic: 1}]\n",
     "p.yaml:3:60: expected key mailbox in the layout, for a magic is left there, found none\n"
     "  partitions: [{name: a, base: 0x08000000, size: 16K, magic: 1}]\n"
     "                                                             ^"},
    {"magic-without-default",
     HEAD "mailbox: 0x2001FFF8\npartitions: [{name: a, base: 0x08000000, size: 16K, magic: 1}]\n",
     "p.yaml:1:1: expected key default, for some partitions have a magic, found none\n"
     "  name: n\n"
     "  ^"},
    {"default-without-magic", HEAD "default: a\n" ONE,
     "p.yaml:3:10: expected a partition that has a magic, found a\n"
     "  default: a\n"
     "           ^"},
    {"mailbox-in-flash", HEAD "mailbox: 0x08000000\n" ONE,
     "p.yaml:3:10: expected a multiple of 4 in the RAM of STM32F411xE (0x20000000-0x2001ffff), "
     "found 0x08000000\n"
     "  mailbox: 0x08000000\n"
     "           ^"},
    {"ram-over-the-mailbox",
     HEAD "mailbox: 0x2001FFF8\n"
          "partitions:\n"
          "  - name: a\n"
          "    base: 0x08000000\n"
          "    size: 16K\n"
          "    ram: {base: 0x20000000, size: 128K}\n",
     "p.yaml:8:11: expected RAM without the mailbox at 0x2001fff8, found 0x20000000-0x2001ffff\n"
     "      ram: {base: 0x20000000, size: 128K}\n"
     "            ^"},
    {"uart-of-nothing", HEAD ONE "uart: {bootloader: a}\n",
     "p.yaml:4:8: expected key starts in uart, found none\n"
     "  uart: {bootloader: a}\n"
     "         ^"},
    {"uart-of-no-partition", HEAD ONE "uart: {bootloader: a, starts: b}\n",
     "p.yaml:4:31: expected a partition of the layout, found b\n"
     "  uart: {bootloader: a, starts: b}\n"
     "                                ^"},
    {"uart-starts-itself", HEAD ONE "uart: {bootloader: a, starts: a}\n",
     "p.yaml:4:31: expected another partition than the bootloader, found a\n"
     "  uart: {bootloader: a, starts: a}\n"
     "                                ^"},
    {"uart-starts-within-a-sector", HEAD TWO "uart: {bootloader: a, starts: b}\n",
     "p.yaml:6:31: expected a partition that begins where a sector does, found b at 0x08002000\n"
     "  uart: {bootloader: a, starts: b}\n"
     "                                ^"},
    {"uart-baud", HEAD UART "  baud: 0\n",
     "p.yaml:9:9: expected a rate such as 115200, found 0\n"
     "    baud: 0\n"
     "          ^"},
    {"uart-wire-to-no-line", HEAD UART "  nrst: cts\n",
     "p.yaml:9:9: expected a line (dtr, rts), found cts\n"
     "    nrst: cts\n"
     "          ^"},
    {"uart-line-twice", HEAD UART "  button: rts\n  boot0: rts\n",
     "p.yaml:9:11: expected each line and each wire once, found button on rts as well\n"
     "    button: rts\n"
     "            ^"},
    {"alias", "name: &x n\nchip: *x\n" ONE,
     "p.yaml:2:8: expected the name of a chip, found an alias\n"
     "  chip: *x\n"
     "         ^"},
    {"text-of-two-lines", "name: n\nchip: |\n  a\n  b\n" ONE,
     "p.yaml:3:1: expected a chip of the table (" LINES "), found a b \n"
     "    a\n"
     "  ^"},
    {"tab", HEAD "partitions:\n\t- name: a\n",
     "p.yaml:4:1: expected spaces, found a tab\n"
     "  \t- name: a\n"
     "  ^"},
    {"no-utf-8", HEAD "# 3 \xb5s\n" ONE, "p.yaml:3:5: expected text in UTF-8, found a byte 0xb5"},
    {"second-document", HEAD ONE "---\nname: m\n",
     "p.yaml:5:1: expected one document, found a second\n"
     "  name: m\n"
     "  ^"},
};

static void
test_error(gconstpointer index)
{
    guint i = GPOINTER_TO_UINT(index);
    g_autoptr(GError) error = NULL;
    g_autoptr(InlayLayout) layout =
        inlay_layout_parse("p.yaml", errors[i].text, strlen(errors[i].text), &error);

    g_assert_null(layout);
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_LAYOUT);
    g_assert_cmpstr(error->message, ==, errors[i].message);
}

static void
test_no_file(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(inlay_layout_load("/nonexistent/p.yaml", &error));
    g_assert_error(error, INLAY_ERROR, INLAY_ERROR_FILE);
}

static void
test_exports(void)
{
    g_autoptr(InlayLayout) layout = load_black_pill();
    g_autofree char *memory =
        inlay_layout_export_memory(layout, inlay_layout_find_partition(layout, "application2"));
    g_autofree char *table = inlay_layout_export_boot_table(layout);

    g_assert_cmpstr(memory, ==,
                    "/* Made from the layout, partition application2: do not edit. */\n"
                    "MEMORY\n"
                    "{\n"
                    "    FLASH (rx) : ORIGIN = 0x08024000, LENGTH = 0x00020000\n"
                    "    RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 0x0001fff8\n"
                    "}\n"
                    "__mailbox = 0x2001fff8;\n");
    g_assert_cmpstr(table, ==,
                    "/* Made from the layout: do not edit. */\n"
                    "#define BOOT_MAILBOX 0x2001fff8u\n"
                    "#define BOOT_RAM_BASE 0x20000000u\n"
                    "#define BOOT_RAM_SIZE 0x00020000u\n"
                    "#define BOOT_TABLE(X) \\\n"
                    "    X(\"application1\", 0xdeadbeefu, 0x08004000u, 0x00020000u) \\\n"
                    "    X(\"application2\", 0xcafebabeu, 0x08024000u, 0x00020000u)\n");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/core/layout/black-pill", test_the_black_pill);
    g_test_add_func("/core/layout/sorted", test_partitions_are_sorted);
    g_test_add_func("/core/layout/uart", test_uart);
    g_test_add_func("/core/layout/f407", test_the_f407);
    g_test_add_func("/core/layout/no-file", test_no_file);
    for (guint i = 0; i < G_N_ELEMENTS(errors); i++) {
        g_autofree char *path = g_strdup_printf("/core/layout/error/%s", errors[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_error);
    }
    g_test_add_func("/core/layout/exports", test_exports);
    return g_test_run();
}
