/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/base/time_text.h"
#include "cmd/fetch/fetch_jobs.h"

#define NOW "2026-11-22T08:00:00.000Z"

/* Documents are easier to read here with ' for ". */
static json_t *read_json(const char *document)
{
	char text[1024];
	json_t *json;

	assert_true(strlen(document) < sizeof(text));
	strcpy(text, document);
	for (char *c = text; *c != '\0'; c++)
		*c = *c == '\'' ? '"' : *c;
	json = json_loads(text, JSON_ALLOW_NUL, NULL);
	assert_non_null(json);
	return json;
}

static bool write_all(const char *active, struct buf *b)
{
	json_t *json = read_json(active);
	int64_t now_ms = 0;
	bool has_any;

	buf_init(b, 1024);
	assert_int_equal(time_text_parse(str_from(NOW), &now_ms), ERR_OK);
	has_any = fetch_jobs_write(json, now_ms, b);
	json_decref(json);
	return has_any;
}

static void assert_text(const char *active, const char *text)
{
	struct buf b;

	assert_true(write_all(active, &b));
	assert_string_equal(buf_cstr(&b), text);
	buf_fini(&b);
}

static void one_order_is_said_with_its_times(void **state)
{
	(void)state;
	assert_text("{' campaign=1':[0,0,{'state':'requested','by':'poll','stale':false}]}",
	            "being ordered");
	assert_text("{' campaign=1':[0,0,{'state':'waiting','by':'mailbox','stale':false,"
	            "'since':'2026-11-22T07:58:00.000Z','until':'2026-11-22T08:28:00.000Z'}]}",
	            "waiting for the mail, 2 min; stale in 28 min");
	assert_text("{'':[0,0,{'state':'downloading','file_bytes':1048576,'file_size':4194304,"
	            "'stale':false}]}",
	            "downloading; 1.0 MiB of 4.0 MiB");
}

static void what_is_not_well_is_said_with_its_reason(void **state)
{
	(void)state;
	assert_text("{'':[0,0,{'state':'stale','text':'no mail','stale':true}]}", "STALE; no mail");
	/* It must not steer the terminal. */
	assert_text("{'':[0,0,{'state':'failed','text':'\\u001b[2Jx\\u007f','stale':true}]}",
	            "FAILED; ?[2Jx?");
}

static void several_are_counted(void **state)
{
	(void)state;
	assert_text("{'a':[0,0,{'state':'waiting'}],'b':[0,0,{'state':'downloading'}],"
	            "'c':[0,0,{'state':'waiting'}],'d':[3,4,null]}",
	            "2 waiting, 1 downloading");
}

static void pages_have_no_orders(void **state)
{
	struct buf b;

	(void)state;
	assert_false(write_all("{'a':[3,4,null],'b':[3,4]}", &b));
	assert_int_equal(b.len, 0);
	buf_fini(&b);
	assert_false(write_all("{}", &b));
	buf_fini(&b);
}

static void an_order_that_is_over_is_not_outstanding(void **state)
{
	static const struct {
		const char *job;
		bool is;
	} cases[] = {
		{"{'state':'requested'}", true}, {"{'state':'waiting'}", true},
		{"{'state':'stale'}", true},     {"{'state':'decoding'}", true},
		{"{'state':'done'}", false},     {"{'state':'failed'}", false},
		{"{'state':'idle'}", false},     {"{}", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *job = read_json(cases[i].job);

		assert_int_equal(fetch_jobs_is_outstanding(job), cases[i].is);
		json_decref(job);
	}
	assert_false(fetch_jobs_is_outstanding(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_order_is_said_with_its_times),
		cmocka_unit_test(what_is_not_well_is_said_with_its_reason),
		cmocka_unit_test(several_are_counted),
		cmocka_unit_test(pages_have_no_orders),
		cmocka_unit_test(an_order_that_is_over_is_not_outstanding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
