/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The golden frames of tests/vectors/boot (its README is their format), played to the core by hand. */
#include "boot-line.h"

#include <string.h>

#include "firmware/bootloader/port.h"
#include "transports/bytes.h"

#define QUIET_MS 300
#define ERASE_QUIET_MS 15000 /* an erase of all sectors says nothing before its end */

static const guint32 f407_sectors[] = {16384,  16384,  16384,  16384,  65536,  131072, 131072,
                                       131072, 131072, 131072, 131072, 131072, 0};

typedef struct {
    NativeBoard *board;
    InlaySerial *serial;
} Player;

static void
start_board(Player *player)
{
    const NativeBoardConfig config = {.sector_sizes = f407_sectors, .seed = 1};

    player->board = native_board_new(&config);
    player->serial = native_board_open(player->board);
}

static void
end_board(Player *player)
{
    inlay_serial_free(player->serial);
    native_board_free(player->board);
}

static void
start_locked_board(Player *player)
{
    guint8 options[4];

    end_board(player);
    start_board(player);
    store32_le(options, (port_options_read() & ~0xFF00u) | 0x5500u);
    g_assert_cmpint(boot_line_ask(player->serial, BOOT_SET_OPTIONS, 1, options, 4, NULL), ==,
                    BOOT_OK);
    native_board_power(player->board);
}

static GByteArray *
parse_hex(const char *text)
{
    GByteArray *bytes = g_byte_array_new();

    for (; *text != '\0'; text++)
        if (g_ascii_isxdigit(text[0]) && g_ascii_isxdigit(text[1])) {
            const guint8 byte =
                (guint8)(g_ascii_xdigit_value(text[0]) * 16 + g_ascii_xdigit_value(text[1]));
            g_byte_array_append(bytes, &byte, 1);
            text++;
        }
    return bytes;
}

/* In an example the head and the status count, not what follows, whose sums are the crc's affair. */
static guint
count_fixed_bytes(const GByteArray *answer, gboolean is_example)
{
    if (!is_example)
        return answer->len;
    return MIN(answer->len, answer->data[0] == BOOT_ACK ? 3u : 7u);
}

/* BUSY, and every WINDOW but the last one that is asked for, come as the board's speed wills. */
static void
drop_notices(GByteArray *heard, gboolean wants_window)
{
    guint at = 0;

    while (at + BOOT_OVERHEAD < heard->len && heard->data[at] == BOOT_MARK_0) {
        const guint size = load16_le(heard->data + at + 2) + BOOT_OVERHEAD;
        const gboolean is_window = heard->data[at + 4] == BOOT_WINDOW;
        const gboolean is_last = at + size == heard->len;

        if (is_window ? !(wants_window && is_last) : heard->data[at + 6] == BOOT_BUSY)
            g_byte_array_remove_range(heard, at, size);
        else
            at += size;
    }
}

static void
expect(Player *player, const char *name, GByteArray *sent, const char *text, gboolean is_example)
{
    const gboolean is_erase = sent->len > 1 && (sent->data[1] == BOOT_FLASH_ERASE ||
                                                (sent->len > 4 && sent->data[4] == BOOT_ERASE));
    g_autoptr(GByteArray) wanted = parse_hex(text);
    g_autoptr(GByteArray) heard =
        boot_line_hear(player->serial, is_erase ? ERASE_QUIET_MS : QUIET_MS);
    const guint fixed = count_fixed_bytes(wanted, is_example);

    g_test_message("%s", name);
    drop_notices(heard, wanted->len > 4 && wanted->data[4] == BOOT_WINDOW);
    g_assert_cmpuint(heard->len, ==, wanted->len);
    g_assert_cmpmem(heard->data, fixed, wanted->data, fixed);
}

static guint
play_file(const char *path)
{
    g_autofree char *text = NULL;
    g_autofree char *name = g_strdup("");
    g_autoptr(GByteArray) sent = g_byte_array_new();
    gboolean is_example = FALSE, begins = TRUE;
    guint n_answers = 0;
    Player player;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    start_board(&player);
    for (guint i = 0; lines[i] != NULL; i++) {
        const char *line = lines[i];
        if (line[0] == '\0') {
            begins = TRUE;
        } else if (line[0] == '>') {
            g_byte_array_unref(sent);
            sent = parse_hex(line + 1);
            boot_line_send(player.serial, sent->data, sent->len);
        } else if (line[0] == '<') {
            expect(&player, name, sent, line + 1, is_example);
            n_answers++;
        } else if (g_str_equal(line, "board level-1")) {
            start_locked_board(&player);
        } else if (g_str_equal(line, "board example")) {
            is_example = TRUE;
        } else if (line[0] != '#') {
            g_assert_true(begins);
            g_free(name);
            name = g_strdup(line);
            is_example = begins = FALSE;
        }
    }
    end_board(&player);
    return n_answers;
}

static void
test_file(gconstpointer path)
{
    g_assert_cmpuint(play_file(path), >, 5);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, >, 1);
    for (int i = 1; i < argc; i++) {
        g_autofree char *file = g_path_get_basename(argv[i]);
        g_autofree char *name = g_strconcat("/firmware/boot-vectors/", file, NULL);
        g_test_add_data_func(name, argv[i], test_file);
    }
    return g_test_run();
}
