/* SPDX-License-Identifier: MIT */
#include "normalise/text/media_type.h"

struct str media_type_essence(struct str media_type)
{
	struct str head, tail;

	(void)str_cut(media_type, ';', &head, &tail);
	return str_trim(head);
}

/* Cut off one parameter; a ';' between quotes does not end it. */
static struct str next_param(struct str *rest)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < rest->len && (quoted || rest->ptr[i] != ';'); i++) {
		if (rest->ptr[i] == '"')
			quoted = !quoted;
	}

	struct str param = {rest->ptr, i};
	size_t behind = i < rest->len ? i + 1 : i;

	*rest = (struct str){rest->ptr + behind, rest->len - behind};
	return param;
}

static struct str unquote(struct str value)
{
	if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
		return (struct str){value.ptr + 1, value.len - 2};
	return value;
}

struct str media_type_param(struct str media_type, struct str name)
{
	struct str type, rest, key, value;

	(void)str_cut(media_type, ';', &type, &rest);
	while (rest.len > 0) {
		struct str param = next_param(&rest);

		if (str_cut(param, '=', &key, &value) && str_ieq(str_trim(key), name))
			return unquote(str_trim(value));
	}
	return STR_EMPTY;
}

bool media_type_is_json(struct str media_type)
{
	struct str type = media_type_essence(media_type);
	struct str suffix = STR_LIT("+json");

	if (str_ieq(type, STR_LIT("application/json")) || str_ieq(type, STR_LIT("text/json")))
		return true;
	return type.len > suffix.len &&
	       str_ieq((struct str){type.ptr + type.len - suffix.len, suffix.len}, suffix);
}
