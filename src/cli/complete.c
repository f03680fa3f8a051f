/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "complete.h"

#include <glib/gi18n.h>
#include <string.h>

#include "command.h"
#include "core/layout.h"
#include "core/option-bytes.h"
#include "transports/adapters.h"

typedef struct {
    GString *text;
    const char *written; /* the word so far */
} Offers;

static void
offer(Offers *offers, const char *prefix, const char *word, const char *what)
{
    g_autofree char *whole = g_strconcat(prefix, word, NULL);

    if (g_str_has_prefix(whole, offers->written))
        g_string_append_printf(offers->text, "%s\t%s\n", whole, what != NULL ? what : "");
}

static void
offer_words(Offers *offers, const char *prefix, const char *words)
{
    g_auto(GStrv) each = g_strsplit(words != NULL ? words : "", " ", -1);

    for (guint i = 0; each[i] != NULL; i++)
        offer(offers, prefix, each[i], NULL);
}

static void
offer_commands(Offers *offers)
{
    guint n;
    const InlayCommand *const *commands = inlay_commands_get(&n);

    for (guint i = 0; i < n; i++)
        if (commands[i]->brief != NULL)
            offer(offers, "", commands[i]->name, _(commands[i]->brief));
    offer(offers, "", "--help", _("what Inlay does, and its commands"));
    offer(offers, "", "--version", _("which version this is"));
}

static void
offer_verbs(Offers *offers, const InlayCommand *command)
{
    for (const InlayCommand *verb = command->verbs; verb->name != NULL; verb++)
        offer(offers, "", inlay_command_get_word(verb), _(verb->brief));
    offer(offers, "", "--help", _("how it is used"));
}

static void
offer_adapters(Offers *offers, const char *prefix)
{
    g_autoptr(GPtrArray) adapters = inlay_adapters_list(NULL);

    for (guint i = 0; adapters != NULL && i < adapters->len; i++) {
        const InlayAdapter *adapter = g_ptr_array_index(adapters, i);
        g_autofree char *serial = g_strconcat("serial:", adapter->serial, NULL);
        offer(offers, prefix, adapter->address, adapter->kind);
        if (adapter->serial != NULL && strlen(offers->written) > strlen(prefix))
            offer(offers, prefix, serial, adapter->kind);
    }
}

static void
offer_chips(Offers *offers, const char *prefix)
{
    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        const InlayChip *chip = inlay_chip_get(i);
        g_autofree char *what = g_strdup_printf("%s, %u KiB", chip->core, chip->flash.size / 1024);
        offer(offers, prefix, chip->name, what);
    }
}

static void
offer_option_value(Offers *offers, const InlayOption *option, const char *prefix)
{
    offer_words(offers, prefix, option->words);
    if (option->completes == INLAY_COMPLETES_ADAPTER)
        offer_adapters(offers, prefix);
    else if (option->completes == INLAY_COMPLETES_CHIP)
        offer_chips(offers, prefix);
    else if (option->completes == INLAY_COMPLETES_FILE)
        g_string_append(offers->text, ":files\n");
}

static gboolean
is_option(const InlayOption *option, const char *word)
{
    return (word[0] == '-' && word[1] == option->letter && word[1] != '\0' && word[2] == '\0') ||
           (g_str_has_prefix(word, "--") && g_str_equal(word + 2, option->name));
}

/* The option of this command whose name the word is, or begins with before a `=`; NULL. */
static const InlayOption *
find_option(const InlayCommand *command, const char *word)
{
    g_autofree char *name = g_strndup(word, strcspn(word, "="));
    guint n;
    const InlayOption *options = inlay_options_get(&n);

    for (guint i = 0; i < n; i++)
        if ((command->accepts & options[i].flag) != 0 && is_option(&options[i], name))
            return &options[i];
    return NULL;
}

static gboolean
is_written(char **words, const char *word)
{
    for (; words[0] != NULL && words[1] != NULL; words++) /* but the last */
        if (g_str_equal(words[0], word))
            return TRUE;
    return FALSE;
}

static void
offer_options(Offers *offers, const InlayCommand *command, char **words)
{
    guint n;
    const InlayOption *options = inlay_options_get(&n);

    for (guint i = 0; i < n; i++) {
        g_autofree char *name = g_strconcat("--", options[i].name, NULL);
        if ((command->accepts & options[i].flag) != 0 && !is_written(words, name))
            offer(offers, "", name, _(options[i].help));
    }
    offer(offers, "", "--help", _("how it is used"));
}

/* -- arguments -- */

/* The layout among the words before the last; NULL. (transfer full) */
static InlayLayout *
find_layout(char **words)
{
    for (; words[0] != NULL && words[1] != NULL; words++)
        if (inlay_argument_is_layout(words[0]))
            return inlay_layout_load(words[0], NULL);
    return NULL;
}

static gboolean
is_named(char **words, const char *partition)
{
    gsize length = strlen(partition);

    for (; words[0] != NULL && words[1] != NULL; words++)
        if (strncmp(words[0], partition, length) == 0 &&
            (words[0][length] == '\0' || words[0][length] == '='))
            return TRUE;
    return FALSE;
}

static void
offer_partitions(Offers *offers, const InlayLayout *layout, char **words, const char *suffix)
{
    for (guint i = 0; i < layout->partitions->len; i++) {
        const InlayPartition *partition = g_ptr_array_index(layout->partitions, i);
        g_autofree char *what =
            g_strdup_printf("0x%08x, %u KiB", partition->range.addr, partition->range.size / 1024);
        g_autofree char *word = g_strconcat(partition->name, suffix, NULL);
        if (!is_named(words, partition->name))
            offer(offers, "", word, what);
    }
}

/* PARTITION=FILE of the layout that was given, or files. */
static void
offer_contents(Offers *offers, char **words)
{
    g_autoptr(InlayLayout) layout = find_layout(words);
    const char *equals = strchr(offers->written, '=');
    g_autofree char *head =
        equals != NULL ? g_strndup(offers->written, (gsize)(equals + 1 - offers->written)) : NULL;

    if (layout != NULL && head == NULL) {
        offer_partitions(offers, layout, words, "=");
        return;
    }
    if (head != NULL)
        offer(offers, head, "keep", _("as it is"));
    g_string_append(offers->text, ":files\n");
}

/* Those of all chips, each once: which chip it is, nobody knows yet. */
static void
offer_fields(Offers *offers, const char *suffix)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < inlay_chip_get_n_chips(); i++) {
        const InlayOptionField *field;
        for (guint n = 0; (field = inlay_option_field_get(inlay_chip_get(i), n)) != NULL; n++) {
            const char *name = inlay_option_field_get_name(field);
            g_autofree char *word = g_strconcat(name, suffix, NULL);
            if (g_hash_table_add(seen, (gpointer)name))
                offer(offers, "", word, _(inlay_option_field_get_summary(field)));
        }
    }
}

static void
offer_arguments(Offers *offers, const InlayCommand *command, char **words)
{
    g_autoptr(InlayLayout) layout = NULL;

    offer_words(offers, "", command->words);
    switch (command->completes) {
    case INLAY_COMPLETES_FILE:
        g_string_append(offers->text, ":files\n");
        break;
    case INLAY_COMPLETES_YAML:
        g_string_append(offers->text, ":yaml\n");
        break;
    case INLAY_COMPLETES_PARTITIONS:
        layout = find_layout(words);
        if (layout != NULL)
            offer_partitions(offers, layout, words, "");
        else
            g_string_append(offers->text, ":yaml\n");
        break;
    case INLAY_COMPLETES_CONTENTS:
        offer_contents(offers, words);
        break;
    case INLAY_COMPLETES_ADAPTER:
        offer_adapters(offers, "");
        break;
    case INLAY_COMPLETES_CHIP:
        offer_chips(offers, "");
        break;
    case INLAY_COMPLETES_FIELDS:
        offer_fields(offers, "");
        break;
    case INLAY_COMPLETES_ASSIGNMENTS:
        offer_fields(offers, "=");
        break;
    case INLAY_COMPLETES_NOTHING:
        break;
    }
}

/* Behind the command's name: `words` has at least the one being written. */
static void
complete_command(Offers *offers, const InlayCommand *command, char **words)
{
    guint last = g_strv_length(words) - 1;
    const InlayOption *before = last > 0 ? find_option(command, words[last - 1]) : NULL;
    const InlayOption *option = find_option(command, words[last]);
    const char *equals = strchr(words[last], '=');

    if (command->verbs != NULL && last == 0) {
        offer_verbs(offers, command);
    } else if (command->verbs != NULL) {
        const InlayCommand *verb = inlay_command_find_verb(command, words[0]);
        if (verb != NULL)
            complete_command(offers, verb, words + 1);
    } else if (before != NULL && before->value != NULL && strchr(words[last - 1], '=') == NULL) {
        offer_option_value(offers, before, "");
    } else if (option != NULL && option->value != NULL && equals != NULL) {
        g_autofree char *head = g_strndup(words[last], (gsize)(equals + 1 - words[last]));
        offer_option_value(offers, option, head);
    } else if (words[last][0] == '-') {
        offer_options(offers, command, words);
    } else {
        offer_arguments(offers, command, words);
    }
}

char *
inlay_complete(char **words)
{
    guint n = g_strv_length(words);
    const InlayCommand *command = n > 1 ? inlay_commands_find(words[0]) : NULL;
    Offers offers = {g_string_new(NULL), n > 0 ? words[n - 1] : ""};

    if (n == 1)
        offer_commands(&offers);
    else if (command != NULL && (command->run != NULL || command->verbs != NULL))
        complete_command(&offers, command, words + 1);
    return g_string_free(offers.text, FALSE);
}
