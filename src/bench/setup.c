/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup.h"

#include "core/yaml.h"
#include "duration.h"

#include <string.h>

/* Base addresses: RM0383 2.3, table 1, RM0090 2.3, table 1 (F4); RM0008 3.3, table 3 (F1). */
static const struct {
    const char *family, *uart;
    guint32 base;
} uarts[] = {
    {"STM32F4", "USART1", 0x40011000}, {"STM32F4", "USART2", 0x40004400},
    {"STM32F4", "USART3", 0x40004800}, {"STM32F4", "USART6", 0x40011400},
    {"STM32F1", "USART1", 0x40013800}, {"STM32F1", "USART2", 0x40004400},
    {"STM32F1", "USART3", 0x40004800},
};

static void
board_setup_free(BenchBoardSetup *board)
{
    g_free(board->name);
    g_free(board->chip);
    g_free(board->button);
    g_free(board->led);
    g_free(board->flash);
    for (guint i = 0; i < BENCH_N_AREAS; i++)
        g_free(board->areas[i]);
    g_free(board);
}

static void
probe_setup_free(BenchProbeSetup *probe)
{
    g_free(probe->kind);
    g_free(probe->port);
    g_free(probe->serial);
    g_free(probe->board);
    g_free(probe->firmware);
    g_free(probe->mode);
    g_free(probe->sense);
    g_free(probe->nrst);
    g_free(probe->max_clock_khz);
    g_free(probe->replay);
    g_free(probe);
}

static void
port_setup_free(BenchPortSetup *port)
{
    g_free(port->kind);
    g_free(port->tty);
    g_free(port->port);
    g_free(port->serial);
    g_free(port->board);
    g_free(port->flash);
    g_free(port->dtr);
    g_free(port->rts);
    g_free(port);
}

void
bench_setup_free(BenchSetup *setup)
{
    if (setup == NULL)
        return;
    g_ptr_array_unref(setup->boards);
    g_ptr_array_unref(setup->probes);
    g_ptr_array_unref(setup->ports);
    g_free(setup);
}

/* An optional scalar: what is not there stays as it is. */
static gboolean
read_text(const InlayYaml *yaml,
          struct fy_node *mapping,
          const char *key,
          const char *what,
          char **text,
          GError **error)
{
    struct fy_node *node = inlay_yaml_find(mapping, key);
    if (node == NULL)
        return TRUE;
    *text = inlay_yaml_get_text(yaml, node, what, error);
    return *text != NULL;
}

static gboolean
read_number(const InlayYaml *yaml,
            struct fy_node *mapping,
            const char *key,
            const char *what,
            guint32 *number,
            GError **error)
{
    struct fy_node *node = inlay_yaml_find(mapping, key);
    return node == NULL || inlay_yaml_get_number(yaml, node, what, number, error);
}

static gboolean
read_uart(
    const InlayYaml *yaml, struct fy_node *node, const char *chip, guint32 *base, GError **error)
{
    g_autofree char *name = inlay_yaml_get_text(yaml, node, "the name of a UART", error);
    if (name == NULL)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(uarts); i++) {
        if (g_str_has_prefix(chip, uarts[i].family) && g_str_equal(uarts[i].uart, name)) {
            *base = uarts[i].base;
            return TRUE;
        }
    }
    return inlay_yaml_fail(yaml, node, error, "%s has no %s", chip, name);
}

static gboolean
read_path(const InlayYaml *yaml,
          struct fy_node *mapping,
          const char *key,
          const char *folder,
          char **path,
          GError **error)
{
    g_autofree char *name = NULL;
    if (!read_text(yaml, mapping, key, "a file name", &name, error))
        return FALSE;
    if (name != NULL)
        *path = g_canonicalize_filename(name, folder);
    return TRUE;
}

static gboolean
read_cells(const InlayYaml *yaml,
           struct fy_node *mapping,
           const char *folder,
           BenchBoardSetup *board,
           GError **error)
{
    static const char *const names[] = BENCH_AREA_NAMES;

    if (!read_path(yaml, mapping, "flash", folder, &board->flash, error))
        return FALSE;
    for (guint i = 0; i < BENCH_N_AREAS; i++)
        if (!read_path(yaml, mapping, names[i], folder, &board->areas[i], error))
            return FALSE;
    return TRUE;
}

static BenchBoardSetup *
read_board(const InlayYaml *yaml, struct fy_node *node, const char *folder, GError **error)
{
    static const char *const keys[] = {"!name", "!chip",    "supply", "hse",  "button",
                                       "led",   "uart",     "flash",  "seed", "options",
                                       "otp",   "options2", NULL};
    BenchBoardSetup *board = g_new0(BenchBoardSetup, 1);
    guint32 supply_mv = 3300, seed = 1;
    struct fy_node *uart;

    gboolean ok =
        inlay_yaml_check_mapping(yaml, node, "a board", keys, error) &&
        read_text(yaml, node, "name", "the board's name", &board->name, error) &&
        read_text(yaml, node, "chip", "the name of a chip", &board->chip, error) &&
        read_number(yaml, node, "supply", "millivolts", &supply_mv, error) &&
        read_number(yaml, node, "hse", "the crystal's frequency in hertz", &board->hse_hz, error) &&
        read_text(yaml, node, "button", "a pin and its level (PA0 low)", &board->button, error) &&
        read_text(yaml, node, "led", "a pin and its level (PC13 low)", &board->led, error) &&
        read_number(yaml, node, "seed", "a number", &seed, error) &&
        ((uart = inlay_yaml_find(node, "uart")) == NULL ||
         read_uart(yaml, uart, board->chip, &board->uart_base, error)) &&
        read_cells(yaml, node, folder, board, error);
    if (!ok) {
        board_setup_free(board);
        return NULL;
    }
    board->supply_mv = supply_mv;
    board->seed = seed;
    return board;
}

static const BenchBoardSetup *
find_board(const BenchSetup *setup, const char *name)
{
    for (guint i = 0; i < setup->boards->len; i++) {
        const BenchBoardSetup *board = g_ptr_array_index(setup->boards, i);
        if (g_str_equal(board->name, name))
            return board;
    }
    return NULL;
}

static gboolean
read_access(const InlayYaml *yaml, struct fy_node *mapping, BenchProbeSetup *probe, GError **error)
{
    g_autofree char *access = NULL;

    if (!read_text(yaml, mapping, "access", "allowed or denied", &access, error))
        return FALSE;
    probe->denied = g_strcmp0(access, "denied") == 0;
    return access == NULL || probe->denied || g_str_equal(access, "allowed") ||
           inlay_yaml_fail(yaml, inlay_yaml_find(mapping, "access"), error,
                           "allowed or denied expected, found %s", access);
}

/* A probe that answers from a trace has nothing but its place. */
static gboolean
read_replay(const InlayYaml *yaml,
            struct fy_node *mapping,
            const char *folder,
            BenchProbeSetup *probe,
            GError **error)
{
    static const char *const keys[] = {"!replay", "port", NULL};
    g_autofree char *name = NULL;

    if (!inlay_yaml_check_mapping(yaml, mapping, "a probe with a replay", keys, error) ||
        !read_text(yaml, mapping, "replay", "a file name", &name, error) ||
        !read_text(yaml, mapping, "port", "a USB port (1-4)", &probe->port, error))
        return FALSE;
    probe->replay = g_canonicalize_filename(name, folder);
    return TRUE;
}

static BenchProbeSetup *
read_probe(const InlayYaml *yaml,
           struct fy_node *node,
           const char *folder,
           const BenchSetup *setup,
           GError **error)
{
    static const char *const keys[] = {"!kind",  "!port",         "!serial", "board",
                                       "access", "firmware",      "mode",    "sense",
                                       "nrst",   "max_clock_khz", NULL};
    BenchProbeSetup *probe = g_new0(BenchProbeSetup, 1);

    if (fy_node_is_mapping(node) && inlay_yaml_find(node, "replay") != NULL) {
        if (read_replay(yaml, node, folder, probe, error))
            return probe;
        probe_setup_free(probe);
        return NULL;
    }
    gboolean ok =
        inlay_yaml_check_mapping(yaml, node, "a probe", keys, error) &&
        read_text(yaml, node, "kind", "V2, V2-1 or V3", &probe->kind, error) &&
        read_text(yaml, node, "port", "a USB port (1-4)", &probe->port, error) &&
        read_text(yaml, node, "serial", "a serial number", &probe->serial, error) &&
        read_text(yaml, node, "board", "the name of a board", &probe->board, error) &&
        read_access(yaml, node, probe, error) &&
        read_text(yaml, node, "firmware", "J and a number", &probe->firmware, error) &&
        read_text(yaml, node, "mode", "dfu or own", &probe->mode, error) &&
        read_text(yaml, node, "sense", "board, none or millivolts", &probe->sense, error) &&
        read_text(yaml, node, "nrst", "wired or none", &probe->nrst, error) &&
        read_text(yaml, node, "max_clock_khz", "kilohertz or any", &probe->max_clock_khz, error);
    if (ok && probe->board != NULL && find_board(setup, probe->board) == NULL)
        ok = inlay_yaml_fail(yaml, inlay_yaml_find(node, "board"), error, "no board is named %s",
                             probe->board);
    if (!ok) {
        probe_setup_free(probe);
        return NULL;
    }
    return probe;
}

/* -- serial ports -- */

static gboolean
read_foreign(const InlayYaml *yaml,
             struct fy_node *mapping,
             const char *folder,
             BenchPortSetup *port,
             GError **error)
{
    static const char *const names[] = {
        [BENCH_FOREIGN_PUBLISHED] = "published",
        [BENCH_FOREIGN_COMPLETE] = "complete",
        [BENCH_FOREIGN_OLDER] = "older",
    };
    struct fy_node *node = inlay_yaml_find(mapping, "foreign");
    struct fy_node *flash = inlay_yaml_find(mapping, "flash");
    g_autofree char *name = NULL;

    if (node == NULL)
        return flash == NULL ||
               inlay_yaml_fail(yaml, flash, error, "flash is for a foreign bootloader");
    if (port->board != NULL)
        return inlay_yaml_fail(yaml, node, error, "either a board or a foreign bootloader");
    if (!read_text(yaml, mapping, "foreign", "published, complete or older", &name, error) ||
        !read_path(yaml, mapping, "flash", folder, &port->flash, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(names[i], name)) {
            port->is_foreign = TRUE;
            port->foreign = i;
            return TRUE;
        }
    return inlay_yaml_fail(yaml, node, error, "published, complete or older expected, found %s",
                           name);
}

static gboolean
read_noise(const InlayYaml *yaml, struct fy_node *node, BenchSerialNoise *noise, GError **error)
{
    static const char *const keys[] = {"drop", "garble", "duplicate", NULL};

    return node == NULL ||
           (inlay_yaml_check_mapping(yaml, node, "noise", keys, error) &&
            read_number(yaml, node, "drop", "one in so many bytes", &noise->drop, error) &&
            read_number(yaml, node, "garble", "one in so many bytes", &noise->garble, error) &&
            read_number(yaml, node, "duplicate", "one in so many bytes", &noise->duplicate, error));
}

static gboolean
read_tick(const InlayYaml *yaml, struct fy_node *mapping, BenchPortSetup *port, GError **error)
{
    g_autofree char *word = NULL;
    g_autoptr(GError) wrong = NULL;
    guint64 ns = 0;

    if (!read_text(yaml, mapping, "tick", "a duration (16ms)", &word, error))
        return FALSE;
    if (word != NULL && !bench_parse_duration(word, &ns, &wrong))
        return inlay_yaml_fail(yaml, inlay_yaml_find(mapping, "tick"), error, "%s", wrong->message);
    port->tick_us = (guint32)(ns / 1000);
    return TRUE;
}

static gboolean
read_denied(const InlayYaml *yaml, struct fy_node *mapping, gboolean *denied, GError **error)
{
    g_autofree char *word = NULL;

    if (!read_text(yaml, mapping, "denied", "true or false", &word, error))
        return FALSE;
    *denied = g_strcmp0(word, "true") == 0;
    return word == NULL || *denied || g_str_equal(word, "false") ||
           inlay_yaml_fail(yaml, inlay_yaml_find(mapping, "denied"), error,
                           "true or false expected, found %s", word);
}

/* Which board, and which of its UARTs. */
static gboolean
read_wired_board(const InlayYaml *yaml,
                 struct fy_node *mapping,
                 const BenchSetup *setup,
                 BenchPortSetup *port,
                 GError **error)
{
    struct fy_node *uart = inlay_yaml_find(mapping, "uart");

    if (!read_text(yaml, mapping, "board", "the name of a board", &port->board, error))
        return FALSE;
    if (port->board == NULL)
        return uart == NULL || inlay_yaml_fail(yaml, uart, error, "uart is for a board");
    const BenchBoardSetup *board = find_board(setup, port->board);
    if (board == NULL)
        return inlay_yaml_fail(yaml, inlay_yaml_find(mapping, "board"), error,
                               "no board is named %s", port->board);
    port->uart_base = 0x40004400; /* USART2, of all families */
    return uart == NULL || read_uart(yaml, uart, board->chip, &port->uart_base, error);
}

static BenchPortSetup *
read_port(const InlayYaml *yaml,
          struct fy_node *node,
          const char *folder,
          const BenchSetup *setup,
          GError **error)
{
    static const char *const keys[] = {"!kind",   "!tty",  "!port",  "serial", "board",
                                       "foreign", "flash", "uart",   "dtr",    "rts",
                                       "tick",    "noise", "denied", NULL};
    BenchPortSetup *port = g_new0(BenchPortSetup, 1);

    gboolean ok = inlay_yaml_check_mapping(yaml, node, "a port", keys, error) &&
                  read_text(yaml, node, "kind", "FTDI, CP210x or ST-LINK", &port->kind, error) &&
                  read_text(yaml, node, "tty", "a name in /dev (ttyUSB0)", &port->tty, error) &&
                  read_text(yaml, node, "port", "a USB port (1-6)", &port->port, error) &&
                  read_text(yaml, node, "serial", "a serial number", &port->serial, error) &&
                  read_wired_board(yaml, node, setup, port, error) &&
                  read_foreign(yaml, node, folder, port, error) &&
                  read_text(yaml, node, "dtr", "nrst, boot0 or button", &port->dtr, error) &&
                  read_text(yaml, node, "rts", "nrst, boot0 or button", &port->rts, error) &&
                  read_tick(yaml, node, port, error) &&
                  read_noise(yaml, inlay_yaml_find(node, "noise"), &port->noise, error) &&
                  read_denied(yaml, node, &port->denied, error);
    if (!ok) {
        port_setup_free(port);
        return NULL;
    }
    return port;
}

static gboolean
read_ports(const InlayYaml *yaml,
           struct fy_node *sequence,
           const char *folder,
           BenchSetup *setup,
           GError **error)
{
    struct fy_node *node;
    void *iter = NULL;
    if (!inlay_yaml_check_sequence(yaml, sequence, "ports", error))
        return FALSE;
    while ((node = fy_node_sequence_iterate(sequence, &iter)) != NULL) {
        BenchPortSetup *port = read_port(yaml, node, folder, setup, error);
        if (port == NULL)
            return FALSE;
        g_ptr_array_add(setup->ports, port);
    }
    return TRUE;
}

static gboolean
read_boards(const InlayYaml *yaml,
            struct fy_node *sequence,
            const char *folder,
            BenchSetup *setup,
            GError **error)
{
    struct fy_node *node;
    void *iter = NULL;
    if (!inlay_yaml_check_sequence(yaml, sequence, "boards", error))
        return FALSE;
    while ((node = fy_node_sequence_iterate(sequence, &iter)) != NULL) {
        BenchBoardSetup *board = read_board(yaml, node, folder, error);
        if (board == NULL)
            return FALSE;
        gboolean taken = find_board(setup, board->name) != NULL;
        g_ptr_array_add(setup->boards, board);
        if (taken || strchr(board->name, '/') != NULL)
            return inlay_yaml_fail(yaml, inlay_yaml_find(node, "name"), error,
                                   taken ? "another board is named %s"
                                         : "no name for a board and its files: %s",
                                   board->name);
    }
    return TRUE;
}

static gboolean
read_probes(const InlayYaml *yaml,
            struct fy_node *sequence,
            const char *folder,
            BenchSetup *setup,
            GError **error)
{
    struct fy_node *node;
    void *iter = NULL;
    if (!inlay_yaml_check_sequence(yaml, sequence, "probes", error))
        return FALSE;
    while ((node = fy_node_sequence_iterate(sequence, &iter)) != NULL) {
        BenchProbeSetup *probe = read_probe(yaml, node, folder, setup, error);
        if (probe == NULL)
            return FALSE;
        g_ptr_array_add(setup->probes, probe);
    }
    return TRUE;
}

static BenchSetup *
setup_new(void)
{
    BenchSetup *setup = g_new0(BenchSetup, 1);
    setup->boards = g_ptr_array_new_with_free_func((GDestroyNotify)board_setup_free);
    setup->probes = g_ptr_array_new_with_free_func((GDestroyNotify)probe_setup_free);
    setup->ports = g_ptr_array_new_with_free_func((GDestroyNotify)port_setup_free);
    return setup;
}

BenchSetup *
bench_setup_new_replay(const char *path)
{
    BenchSetup *setup = setup_new();
    BenchProbeSetup *probe = g_new0(BenchProbeSetup, 1);
    probe->replay = g_canonicalize_filename(path, NULL);
    g_ptr_array_add(setup->probes, probe);
    return setup;
}

BenchSetup *
bench_setup_load(const char *path, GError **error)
{
    static const char *const keys[] = {"boards", "probes", "ports", NULL};
    g_autoptr(InlayYaml) yaml = inlay_yaml_load(path, INLAY_ERROR_JOB, error);
    if (yaml == NULL)
        return NULL;

    g_autoptr(BenchSetup) setup = setup_new();
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *folder = g_path_get_dirname(absolute);
    struct fy_node *root = inlay_yaml_get_root(yaml);
    if (!inlay_yaml_check_mapping(yaml, root, "a setup", keys, error))
        return NULL;
    struct fy_node *boards = inlay_yaml_find(root, "boards");
    struct fy_node *probes = inlay_yaml_find(root, "probes");
    if (boards != NULL && !read_boards(yaml, boards, folder, setup, error))
        return NULL;
    if (probes != NULL && !read_probes(yaml, probes, folder, setup, error))
        return NULL;
    struct fy_node *ports = inlay_yaml_find(root, "ports");
    if (ports != NULL && !read_ports(yaml, ports, folder, setup, error))
        return NULL;
    return g_steal_pointer(&setup);
}
