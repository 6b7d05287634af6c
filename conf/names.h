/* SPDX-License-Identifier: MIT */
/**
 * names - what a reference in the file may name, and the complaint when it names something else.
 * Private to conf/.
 */
#ifndef CONF_NAMES_H
#define CONF_NAMES_H

#include <stddef.h>

#include "conf/load.h"

/** Most names that a suggestion or a list in an error is made of. */
#define NAMES_MAX 128

struct names {
	const char *list[NAMES_MAX + 1]; /* NULL-terminated */
	size_t count;
};

void names_add(struct names *names, const char *name);

/**
 * "WHAT "x"; did you mean "y"? there are: …"
 *
 * @return ERR_PARSE always
 */
enum err names_fail(struct conf_load *load, const struct yaml_node *node, const char *what,
                    struct str word, const struct names *names);

/** @p mapping needs a text under @p what, which is not empty. @return ERR_OK, ERR_PARSE */
enum err names_check(struct conf_load *load, const struct yaml_node *mapping,
                     const char *what) MUST_CHECK;

#endif /* CONF_NAMES_H */
