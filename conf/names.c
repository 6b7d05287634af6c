/* SPDX-License-Identifier: MIT */
#include "conf/names.h"

void names_add(struct names *names, const char *name)
{
	if (names->count == NAMES_MAX)
		return;
	names->list[names->count++] = name;
	names->list[names->count] = NULL;
}

enum err names_fail(struct conf_load *load, const struct yaml_node *node, const char *what,
                    struct str word, const struct names *names)
{
	const char *nearest = yaml_nearest(word, names->list);
	enum err err;
	struct buf b;

	buf_init(&b, 4000);
	if (nearest != NULL)
		(void)buf_printf(&b, "did you mean \"%s\"? ", nearest);
	(void)buf_append_str(&b,
	                     names->count > 0 ? STR_LIT("there are: ") : STR_LIT("there are none"));
	for (size_t i = 0; i < names->count; i++)
		(void)buf_printf(&b, "%s%s", i > 0 ? ", " : "", names->list[i]);
	err = yaml_fail(node, load->detail, "%s \"%.*s\"; %s", what, STR_FMT(word), buf_cstr(&b));
	buf_fini(&b);
	return err;
}

enum err names_check(struct conf_load *load, const struct yaml_node *mapping, const char *what)
{
	const struct yaml_node *node = yaml_get(mapping, what);

	if (node == NULL)
		return yaml_fail(mapping, load->detail, "\"%s\" is missing here", what);
	if (node->kind != YAML_SCALAR || node->text.len == 0 || yaml_is_null(node))
		return yaml_fail(node, load->detail, "expected the name of a %s", what);
	return ERR_OK;
}
