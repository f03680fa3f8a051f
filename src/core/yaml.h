/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libfyaml.h>

#include "error.h"

G_BEGIN_DECLS

/*
 * A YAML file that a person wrote, and messages that show where it is wrong:
 *
 *   product.yaml:7:11: expected a chip of the table (STM32F411xE), found STM32F999
 *     chip: STM32F999
 *           ^
 *
 * One document a file; no aliases, no duplicate keys, no unknown keys. Used by layouts and jobs.
 */
typedef struct InlayYaml InlayYaml;

/* `id` is the error that every message of this file carries (LAYOUT, JOB). */
InlayYaml *
inlay_yaml_parse(const char *path, const char *text, gsize size, InlayErrorId id, GError **error);
InlayYaml *inlay_yaml_load(const char *path, InlayErrorId id, GError **error); /* also FILE */
void inlay_yaml_free(InlayYaml *yaml);                                         /* accepts NULL */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(InlayYaml, inlay_yaml_free)

struct fy_node *inlay_yaml_get_root(const InlayYaml *yaml);
guint inlay_yaml_get_line(struct fy_node *node); /* from 1 */

/* Sets an error at the node: where, the message, the source line and a caret. Returns FALSE. */
gboolean inlay_yaml_fail(const InlayYaml *yaml,
                         struct fy_node *node,
                         GError **error,
                         const char *format,
                         ...) G_GNUC_PRINTF(4, 5);

/* The node must be a mapping with keys of this list only; those with a leading '!' must be there.
 * `what` names the mapping ("a partition"). */
gboolean inlay_yaml_check_mapping(const InlayYaml *yaml,
                                  struct fy_node *node,
                                  const char *what,
                                  const char *const *keys,
                                  GError **error);
gboolean inlay_yaml_check_sequence(const InlayYaml *yaml,
                                   struct fy_node *node,
                                   const char *what,
                                   GError **error);

/* The value of a key; NULL when it is not there. The mapping has been checked. */
struct fy_node *inlay_yaml_find(struct fy_node *mapping, const char *key);

/* The text of a scalar that is not empty. `what` says what was expected ("a file name"). */
char *
inlay_yaml_get_text(const InlayYaml *yaml, struct fy_node *node, const char *what, GError **error);
gboolean inlay_yaml_get_number(
    const InlayYaml *yaml, struct fy_node *node, const char *what, guint32 *value, GError **error);

G_END_DECLS
