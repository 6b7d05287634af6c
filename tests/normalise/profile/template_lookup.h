/* SPDX-License-Identifier: MIT */
/**
 * template_lookup - names and texts for tests of templates. Include it after <cmocka.h>.
 */
#ifndef TESTS_NORMALISE_PROFILE_TEMPLATE_LOOKUP_H
#define TESTS_NORMALISE_PROFILE_TEMPLATE_LOOKUP_H

#include "normalise/profile/template.h"

#define LOOKUP_NUL STR_LIT("a\0b")

/** Every name that has a text, and "later", which has none yet. */
static inline bool lookup_name(void *arg, struct str name, struct str *ret_text)
{
	static const struct {
		const char *name, *text;
	} names[] = {
		{"a", "A"},
		{"empty", ""},
		{"n", "42"},
		{"minus", "-7"},
		{"zeros", "007"},
		{"big", "18446744073709551616"},
		{"words", "4 2"},
		{"sign", "-"},
		{"plus", "+4"},
		{"hook.url", "https://x/y?a=b&c"},
		{"odd", "a/b?c#d%e f\"\\\xc3\xa4"},
		{"time", "2024-09-03 09:02:09,5"},
		{"line", "a\r\nX-Evil: b"},
		{"rooted", "//a/b/"},
		{"climbing", "a/../b"},
		{"dot", "."},
		{"up", ".."},
		{"dots", "..."},
		{"dollar", "${a}$$"},
	};

	(void)arg;
	if (str_eq(name, STR_LIT("nul"))) {
		*ret_text = LOOKUP_NUL;
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_eq(name, str_from(names[i].name))) {
			*ret_text = str_from(names[i].text);
			return true;
		}
	}
	return false;
}

static inline bool lookup_is_known(void *arg, struct str name)
{
	struct str text;

	return str_eq(name, STR_LIT("later")) || lookup_name(arg, name, &text);
}

#endif /* TESTS_NORMALISE_PROFILE_TEMPLATE_LOOKUP_H */
