/* SPDX-License-Identifier: MIT */
#include "cmd/authorize/pasted_code.h"

#include <string.h>

#include "core/ascii.h"

/* In place; what is not %XX stays. */
static struct str decode(char *text, size_t len)
{
	size_t to = 0;

	for (size_t i = 0; i < len; i++) {
		int high = text[i] == '%' && i + 2 < len ? ascii_hex_value(text[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex_value(text[i + 2]) : -1;

		text[to] = text[i];
		if (low >= 0) {
			text[to] = (char)(high * 16 + low);
			i += 2;
		}
		to++;
	}
	return (struct str){text, to};
}

/* Value of a parameter; empty when there is none. */
static struct str param(char *query, const char *name)
{
	size_t len = strlen(name);

	while (*query != '\0') {
		size_t part = strcspn(query, "&#");

		if (part > len && strncmp(query, name, len) == 0 && query[len] == '=')
			return (struct str){query + len + 1, part - len - 1};
		if (query[part] != '&')
			break;
		query += part + 1;
	}
	return STR_EMPTY;
}

enum err pasted_code(char *line, const char *state, struct str *ret_code)
{
	struct str text = str_trim(str_from(line)), code, given;
	char *at = line + (text.ptr - line), *query;

	at[text.len] = '\0';
	if (!str_has_prefix(text, STR_LIT("http://")) &&
	    !str_has_prefix(text, STR_LIT("https://"))) {
		*ret_code = text;
		return ERR_OK;
	}
	query = strchr(at, '?');
	if (query == NULL)
		return ERR_NOENT;
	code = param(query + 1, "code");
	given = param(query + 1, "state");
	if (code.len == 0)
		return ERR_NOENT;
	/* `state` has only letters, digits, '-' and '_': nothing to decode */
	if (state != NULL && !str_eq(given, str_from(state)))
		return ERR_AUTH;
	*ret_code = decode(query + 1 + (code.ptr - (query + 1)), code.len);
	return ERR_OK;
}
