/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "normalise/page.h"
#include "tests/normalise/profile/profile_text.h"

#define PROFILE                                                                                 \
	"profile: acme\nbase: https://api.acme.example\n"                                       \
	"maps:\n  m: {key: [message.id], status: {is: sent}, set: {message.id: /id}}\n"         \
	"webhooks:\n  w:\n    verify: [{kind: basic}]\n    map: m\n    register:\n"             \
	"      create: {method: POST, path: /h, json: {u: '${hook.url}'}}\n"                    \
	"      list:\n        request: {path: /h}\n        decode: {as: json, records: /d/*}\n" \
	"        id: /id\n        url: /url\n        status: /status\n"                         \
	"        events: {at: /events, do: [join], sep: ','}\n"

struct seen {
	struct buf text;
	enum err answer;
};

static enum err see(void *arg, const struct page_hook *hook)
{
	struct seen *seen = arg;

	(void)buf_printf(&seen->text, "%.*s|%.*s|%.*s|%.*s;", STR_FMT(hook->id), STR_FMT(hook->url),
	                 STR_FMT(hook->status), STR_FMT(hook->events));
	return seen->answer;
}

static void only_what_the_profile_names_is_given(void **state)
{
	static const struct {
		const char *body, *text;
		enum err err;
	} cases[] = {
		{"{\"d\":[{\"id\":7,\"url\":\"https://"
	         "a\",\"status\":\"on\",\"events\":[\"x\",\"y\"],"
	         "\"auth\":{\"password\":\"secret\"}},{\"id\":\"b\"}]}",
	         "7|https://a|on|x,y;b|||;", ERR_OK},
		{"{\"d\":[]}", "", ERR_OK},
		{"{}", "", ERR_OK},
		{"{\"d\":null}", "", ERR_OK},
		{"{\"d\":[{\"status\":\"on\"},3,null,{\"url\":\"u\"}]}", "|u||;", ERR_OK},
		{"{\"d\":[{\"id\":1}", "", ERR_PARSE},
		{"<html>", "", ERR_PARSE},
	};
	struct profile *profile = profile_good(PROFILE);
	const struct register_spec *spec = profile_register(profile, STR_LIT("w"));

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen seen = {.answer = ERR_OK};
		struct err_detail detail = {.line = 0};

		buf_init(&seen.text, 4096);
		assert_int_equal(page_hooks(str_from(cases[i].body), spec, see, &seen, &detail),
		                 cases[i].err);
		assert_string_equal(buf_cstr(&seen.text), cases[i].text);
		buf_fini(&seen.text);
	}
	profile_free(profile);
}

static void the_receiver_may_end_it(void **state)
{
	struct profile *profile = profile_good(PROFILE);
	struct seen seen = {.answer = ERR_LIMIT};

	(void)state;
	buf_init(&seen.text, 4096);
	assert_int_equal(page_hooks(STR_LIT("{\"d\":[{\"id\":1},{\"id\":2}]}"),
	                            profile_register(profile, STR_LIT("w")), see, &seen, NULL),
	                 ERR_LIMIT);
	assert_string_equal(buf_cstr(&seen.text), "1|||;");
	buf_fini(&seen.text);
	profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_the_profile_names_is_given),
		cmocka_unit_test(the_receiver_may_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
