/* SPDX-License-Identifier: MIT */
#include "receiver/report/file/download_internal.h"

static bool find(const struct download_names *n, struct str name, struct str *ret_text)
{
	for (size_t i = 0; i < n->count; i++) {
		if (str_eq(n->names[i].name, name)) {
			*ret_text = n->names[i].text;
			return true;
		}
	}
	return false;
}

/* A name without a text is kept as such by not being there. */
static bool keep(struct download_names *n, struct str name, struct str text)
{
	struct download_name *kept = &n->names[n->count];

	n->is_full = n->count == DOWNLOAD_NAMES_MAX ||
	             arena_str_dup(n->arena, name, &kept->name) != ERR_OK ||
	             arena_str_dup(n->arena, text, &kept->text) != ERR_OK;
	if (n->is_full)
		return false;
	n->count++;
	return true;
}

bool download_name(void *arg, struct str name, struct str *ret_text)
{
	struct download_names *n = arg;
	struct str text = STR_EMPTY;

	if (find(n, name, ret_text))
		return true;
	if (n->lookup == NULL || !n->lookup(n->lookup_arg, name, &text) || !keep(n, name, text))
		return false;
	return find(n, name, ret_text);
}
