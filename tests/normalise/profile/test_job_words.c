/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/job_words.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                                                      \
	"profile: t\nbase: https://a\nmaps: {m: {status: {is: sent}}}\nreports:\n  r:\n    map: " \
	"m\n"
#define JOB(id, ready) "    job: {create: {path: /c}, id: " id ", ready: {by: poll, " ready "}}\n"

#define USUAL                                                                             \
	JOB("[/id, /job_id, /data/id]",                                                   \
	    "url: [/status_url, /links/status], state: [/status, /state, /data/status], " \
	    "done: [completed, Ready], failed: [failed, CANCELLED], error: [/message, "   \
	    "/error/text], link: [/download_url, /result/url, /result], parts: /files/*/url")

#define ARENA_MAX ((size_t)16 << 20)

struct words_case {
	const char *body;
	const char *id, *url;
	enum job_word word;
	const char *state, *error, *link;
	const char *parts; /* each with a blank behind it */
};

static const struct words_case usual[] = {
	/* orders */
	{"{\"id\":\"x-7\",\"status\":\"queued\",\"links\":{\"status\":\"/jobs/x-7\"}}", "x-7",
         "/jobs/x-7", JOB_WORD_PENDING, "queued", "", "", ""},
	{"{\"job_id\":98765432109876543210,\"status_url\":\"https://a/j?k=1\"}",
         "98765432109876543210", "https://a/j?k=1", JOB_WORD_NONE, "", "", "", ""},
	{" \r\n{\"data\":{\"id\":1.50,\"status\":\"PROCESSING\"}}\n", "1.50", "", JOB_WORD_PENDING,
         "PROCESSING", "", "", ""},
	{"\xef\xbb\xbf{\"id\":\" 7 \"}", "7", "", JOB_WORD_NONE, "", "", "", ""},
	{"{\"id\":\"\",\"job_id\":\"b\"}", "b", "", JOB_WORD_NONE, "", "", "", ""},
	{"{\"id\":null,\"data\":{\"id\":0}}", "0", "", JOB_WORD_NONE, "", "", "", ""},
	{"{\"id\":\"a\",\"id\":\"b\"}", "b", "", JOB_WORD_NONE, "", "", "", ""},
	{"{\"id\":\"\\u00e9/\\u0026\"}", "\xc3\xa9/&", "", JOB_WORD_NONE, "", "", "", ""},
	{"{\"id\":{\"x\":1},\"job_id\":[1]}", "", "", JOB_WORD_NONE, "", "", "", ""},
	/* where it stands */
	{"{\"status\":\"completed\"}", "", "", JOB_WORD_DONE, "completed", "", "", ""},
	{"{\"status\":\"COMPLETED\"}", "", "", JOB_WORD_DONE, "COMPLETED", "", "", ""},
	{"{\"state\":\" rEADY\\n\"}", "", "", JOB_WORD_DONE, "rEADY", "", "", ""},
	{"{\"status\":\"complete\"}", "", "", JOB_WORD_PENDING, "complete", "", "", ""},
	{"{\"status\":3}", "", "", JOB_WORD_PENDING, "3", "", "", ""},
	{"{\"status\":null,\"state\":\"cancelled\",\"message\":\"by Ann\"}", "", "",
         JOB_WORD_FAILED, "cancelled", "by Ann", "", ""},
	{"{\"status\":\"Failed\",\"error\":{\"text\":\"no rows\"}}", "", "", JOB_WORD_FAILED,
         "Failed", "no rows", "", ""},
	{"{\"status\":{},\"state\":[]}", "", "", JOB_WORD_NONE, "", "", "", ""},
	/* where the file is */
	{"{\"status\":\"ready\",\"result\":{\"url\":\"https://f.a/x.csv?s=1\"}}", "", "",
         JOB_WORD_DONE, "ready", "", "https://f.a/x.csv?s=1", "https://f.a/x.csv?s=1 "},
	{"{\"download_url\":\"\",\"result\":\"../x.csv\"}", "", "", JOB_WORD_NONE, "", "",
         "../x.csv", "../x.csv "},
	{"{\"result\":true,\"status_url\":7}", "", "", JOB_WORD_NONE, "", "", "", ""},
	{"{\"result\":\"is not there yet\"}", "", "", JOB_WORD_NONE, "", "", "", ""},
	{"{\"result\":\"https://a/\\r\\nx\"}", "", "", JOB_WORD_NONE, "", "", "", ""},
	{"{\"files\":[{\"url\":\"/1\"},{\"url\":\"/2\"},{\"url\":null},{\"no\":\"/3\"},4,null,{"
         "\"url\":\"\"},{\"url\":\"/5\"}]}",
         "", "", JOB_WORD_NONE, "", "", "", "/1 /2 /5 "},
	{"{\"download_url\":\"/all\",\"files\":[{\"url\":\"/1\"}]}", "", "", JOB_WORD_NONE, "", "",
         "/all", "/1 "},
	{"{\"download_url\":\"/all\",\"files\":[]}", "", "", JOB_WORD_NONE, "", "", "/all",
         "/all "},
	{"{\"files\":{\"url\":\"/1\"}}", "", "", JOB_WORD_NONE, "", "", "", "/1 "},
	{"{\"files\":null}", "", "", JOB_WORD_NONE, "", "", "", ""},
};

static const struct job_spec *spec_of(const char *job, struct profile **ret_profile)
{
	char text[2000];

	(void)snprintf(text, sizeof(text), "%s%s", HEAD, job);
	*ret_profile = profile_good(text);
	return profile_report_at(*ret_profile, 0)->job;
}

static void assert_text(const char *body, const char *what, struct str got, const char *wanted)
{
	if (!str_eq(got, str_from(wanted)))
		fail_msg("%s\n%s: wanted \"%s\", got \"%.*s\"", body, what, wanted, STR_FMT(got));
}

static void assert_words(const struct job_spec *spec, const struct words_case *c)
{
	struct job_words w = {.is_json = false};
	struct arena arena;
	struct buf parts;

	arena_init(&arena, ARENA_MAX);
	buf_init(&parts, 4096);
	assert_int_equal(job_words_read(spec, str_from(c->body), &arena, &w), ERR_OK);
	assert_true(w.is_json);
	for (size_t i = 0; i < w.part_count; i++)
		(void)buf_printf(&parts, "%.*s ", STR_FMT(w.parts[i]));
	assert_text(c->body, "id", w.id, c->id);
	assert_text(c->body, "url", w.url, c->url);
	assert_text(c->body, "state", w.state, c->state);
	assert_text(c->body, "error", w.error, c->error);
	assert_text(c->body, "link", w.link, c->link);
	assert_text(c->body, "parts", buf_str(&parts), c->parts);
	if (w.word != c->word)
		fail_msg("%s\nword %d", c->body, (int)w.word);
	buf_fini(&parts);
	arena_fini(&arena);
}

static void answers_of_many_vendors_are_read(void **state)
{
	struct profile *p = NULL;
	const struct job_spec *spec = spec_of(USUAL, &p);

	(void)state;
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		assert_words(spec, &usual[i]);
	profile_free(p);
}

static void words_may_be_yes_or_no_or_numbers(void **state)
{
	static const struct words_case cases[] = {
		{"{\"ready\":true}", "", "", JOB_WORD_DONE, "true", "", "", ""},
		{"{\"ready\":false}", "", "", JOB_WORD_PENDING, "false", "", "", ""},
		{"{\"ready\":-1}", "", "", JOB_WORD_FAILED, "-1", "", "", ""},
		{"{}", "", "", JOB_WORD_NONE, "", "", "", ""},
	};
	struct profile *p = NULL;
	const struct job_spec *spec =
		spec_of(JOB("/id", "state: /ready, done: [\"true\", 3], failed: [\"-1\"]"), &p);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_words(spec, &cases[i]);
	profile_free(p);
}

static void lists_in_lists_give_parts_in_their_order(void **state)
{
	static const struct words_case cases[] = {
		{"[{\"days\":[{\"f\":[\"a\",\"b\"]},{\"f\":[]},{\"f\":\"c\"}]},{\"days\":[{\"f\":["
	         "\"d\"]}]}]",
	         "", "", JOB_WORD_NONE, "", "", "", "a b c d "},
		{"[]", "", "", JOB_WORD_NONE, "", "", "", ""},
		{"[[[[]]]]", "", "", JOB_WORD_NONE, "", "", "", ""},
		{"[1,\"x\",null,true]", "", "", JOB_WORD_NONE, "", "", "", ""},
	};
	struct profile *p = NULL;
	const struct job_spec *spec = spec_of(JOB("/id", "parts: /*/days/*/f/*"), &p);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_words(spec, &cases[i]);
	profile_free(p);
	spec = spec_of(JOB("/0/id", "link: /0/files/1"), &p);
	assert_words(spec, &(struct words_case){"[{\"id\":5,\"files\":[\"/a\",\"/b\"]}]", "5", "",
	                                        JOB_WORD_NONE, "", "", "/b", "/b "});
	profile_free(p);
}

static void what_is_no_json_says_nothing(void **state)
{
	const struct str bodies[] = {
		STR_LIT(""),
		STR_LIT(" \r\n"),
		STR_LIT("SMS_ID,Status\n1,sent\n"),
		STR_LIT("<!DOCTYPE html><html><title>Sign in</title></html>"),
		STR_LIT("{\"id\":\"x\""),
		STR_LIT("{\"id\":\"x\"}{"),
		STR_LIT("{id:'x'}"),
		STR_LIT("7"),
		STR_LIT("\"x\""),
		STR_LIT("null"),
		STR_LIT("{\"id\":\"x\"\0}"),
		STR_LIT("\xff\xfe{\0}\0"),
		STR_LIT("PK\x03\x04"),
	};
	struct profile *p = NULL;
	const struct job_spec *spec = spec_of(USUAL, &p);
	struct arena arena;

	(void)state;
	arena_init(&arena, ARENA_MAX);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct job_words w = {.is_json = true, .word = JOB_WORD_DONE};

		assert_int_equal(job_words_read(spec, bodies[i], &arena, &w), ERR_OK);
		assert_false(w.is_json);
		assert_int_equal(w.word, JOB_WORD_NONE);
		assert_int_equal(w.id.len + w.url.len + w.state.len + w.link.len, 0);
		assert_int_equal(w.part_count, 0);
	}
	arena_fini(&arena);
	profile_free(p);
}

/* @param count  members of "files" */
static void put_files(struct buf *b, size_t count)
{
	buf_reset(b);
	(void)buf_append_str(b, STR_LIT("{\"id\":1,\"files\":["));
	for (size_t i = 0; i < count; i++)
		(void)buf_printf(b, "%s{\"url\":\"/%zu\"}", i > 0 ? "," : "", i);
	(void)buf_append_str(b, STR_LIT("]}"));
}

static void parts_have_a_limit(void **state)
{
	struct job_words w = {.part_count = 7};
	struct profile *p = NULL;
	const struct job_spec *spec = spec_of(USUAL, &p);
	struct arena arena;
	struct buf b;

	(void)state;
	arena_init(&arena, ARENA_MAX);
	buf_init(&b, 1 << 20);
	put_files(&b, JOB_PARTS_MAX + 1);
	assert_int_equal(job_words_read(spec, buf_str(&b), &arena, &w), ERR_LIMIT);
	assert_int_equal(w.part_count, 7); /* untouched */
	put_files(&b, JOB_PARTS_MAX);
	assert_int_equal(job_words_read(spec, buf_str(&b), &arena, &w), ERR_OK);
	assert_int_equal(w.part_count, JOB_PARTS_MAX);
	assert_true(str_eq(w.parts[JOB_PARTS_MAX - 1], STR_LIT("/999")));
	buf_fini(&b);
	arena_fini(&arena);
	profile_free(p);
}

/* {"id":"xxx…","job_id":"b","download_url":"/xxx…"} */
static void put_long(struct buf *b, size_t len)
{
	buf_reset(b);
	(void)buf_append_str(b, STR_LIT("{\"id\":\""));
	for (size_t i = 0; i < len; i++)
		(void)buf_append_char(b, 'x');
	(void)buf_append_str(b, STR_LIT("\",\"job_id\":\"b\",\"download_url\":\"/"));
	for (size_t i = 0; i < len; i++)
		(void)buf_append_char(b, 'x');
	(void)buf_append_str(b, STR_LIT("\"}"));
}

static void a_text_that_is_too_long_is_absent(void **state)
{
	static const size_t lengths[] = {JOB_TEXT_MAX + 1, 300000};
	struct job_words w;
	struct profile *p = NULL;
	const struct job_spec *spec = spec_of(USUAL, &p);
	struct arena arena;
	struct buf b;

	(void)state;
	arena_init(&arena, ARENA_MAX);
	buf_init(&b, 1 << 20);
	put_long(&b, JOB_TEXT_MAX);
	assert_int_equal(job_words_read(spec, buf_str(&b), &arena, &w), ERR_OK);
	assert_int_equal(w.id.len, JOB_TEXT_MAX);
	assert_int_equal(w.link.len, 0); /* one more with its slash */
	for (size_t i = 0; i < 2; i++) {
		put_long(&b, lengths[i]);
		assert_int_equal(job_words_read(spec, buf_str(&b), &arena, &w), ERR_OK);
		assert_true(w.is_json);
		assert_text("long", "id", w.id, "b");
		assert_int_equal(w.link.len, 0);
	}
	buf_fini(&b);
	arena_fini(&arena);
	profile_free(p);
}

/* A document that is only large or deep is no word on a job, and no trouble. */
static void a_document_of_brackets_says_nothing(void **state)
{
	struct job_words w;
	struct profile *p = NULL;
	const struct job_spec *spec = spec_of(USUAL, &p);
	struct arena arena;
	struct buf b;

	(void)state;
	arena_init(&arena, ARENA_MAX);
	buf_init(&b, 1 << 20);
	(void)buf_append_str(&b, STR_LIT("{\"id\":7,\"x\":[0"));
	for (size_t i = 0; i < 500000; i++)
		(void)buf_append_str(&b, STR_LIT(",0"));
	(void)buf_append_str(&b, STR_LIT("]}"));
	assert_int_equal(job_words_read(spec, buf_str(&b), &arena, &w), ERR_OK);
	assert_true(w.is_json);
	assert_int_equal(w.id.len, 0);
	buf_reset(&b);
	for (size_t i = 0; i < 1000; i++)
		(void)buf_append_char(&b, '[');
	for (size_t i = 0; i < 1000; i++)
		(void)buf_append_char(&b, ']');
	assert_int_equal(job_words_read(spec, buf_str(&b), &arena, &w), ERR_OK);
	assert_true(w.is_json);
	assert_int_equal(w.part_count, 0);
	buf_fini(&b);
	arena_fini(&arena);
	profile_free(p);
}

static void a_job_without_places_reads_nothing(void **state)
{
	struct job_words w;
	struct profile *p = NULL;
	const struct job_spec *spec =
		spec_of("    job: {create: {path: /c}, ready: {by: mailbox}}\n", &p);
	struct arena arena;

	(void)state;
	arena_init(&arena, ARENA_MAX);
	assert_int_equal(
		job_words_read(spec, STR_LIT("{\"id\":1,\"status\":\"done\"}"), &arena, &w),
		ERR_OK);
	assert_true(w.is_json);
	assert_int_equal(w.id.len + w.state.len, 0);
	assert_int_equal(w.word, JOB_WORD_NONE);
	assert_int_equal(arena.used, 0);
	arena_fini(&arena);
	profile_free(p);
}

static void a_full_arena_is_told(void **state)
{
	struct job_words w;
	struct profile *p = NULL;
	const struct job_spec *spec = spec_of(USUAL, &p);
	struct arena arena;

	(void)state;
	arena_init(&arena, 1);
	assert_int_equal(job_words_read(spec, STR_LIT("{\"id\":\"xy\"}"), &arena, &w), ERR_NOMEM);
	arena_fini(&arena);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_of_many_vendors_are_read),
		cmocka_unit_test(words_may_be_yes_or_no_or_numbers),
		cmocka_unit_test(lists_in_lists_give_parts_in_their_order),
		cmocka_unit_test(what_is_no_json_says_nothing),
		cmocka_unit_test(parts_have_a_limit),
		cmocka_unit_test(a_text_that_is_too_long_is_absent),
		cmocka_unit_test(a_document_of_brackets_says_nothing),
		cmocka_unit_test(a_job_without_places_reads_nothing),
		cmocka_unit_test(a_full_arena_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
