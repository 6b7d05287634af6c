/* SPDX-License-Identifier: MIT */
/** print_parts - what print.c and print_account.c share. Private to conf/. */
#ifndef CONF_PRINT_PARTS_H
#define CONF_PRINT_PARTS_H

#include "conf/load.h"

#define CONF_MASK "\"***\""

/** A value, in quotes where it needs them. */
void conf_print_text(struct buf *b, struct str text);

/** A key, likewise. */
void conf_print_key(struct buf *b, struct str key);

/**
 * The plain values of a section, one line each.
 *
 * @param first  before the first line (the "- " of a list's item), then @p indent
 */
void conf_print_section(struct buf *b, const char *section, const struct yaml_node *node,
                        const void *base, const char *first, const char *indent);

/** A part of the file as it is, for the words of profiles. NULL: nothing. */
void conf_print_tree(struct buf *b, const struct yaml_node *top, unsigned indent);

/** The accounts of the file @p root (print_account.c). */
void conf_print_accounts(struct buf *b, const struct conf *conf, const struct yaml_node *root);

#endif /* CONF_PRINT_PARTS_H */
