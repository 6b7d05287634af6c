/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/client/http_client.h"
#include "receiver/report/job/job_answer.h"
#include "tests/normalise/profile/profile_text.h"

#define HEAD                                                                                     \
	"profile: t\nbase: https://v.example\nmaps: {m: {status: {is: sent}}}\nreports:\n  r:\n" \
	"    map: m\n"
#define JOB(words) "    job: {create: {path: /c}, " words "}\n"

/* The profiles of the tables. */
#define MAILBOX JOB("ready: {by: mailbox}")
#define HANDOFF JOB("ready: {by: handoff}")
#define AZURE   JOB("ready: {by: poll}")
#define CONSTANT                                                                             \
	JOB("id: /activity_id, ready: {by: poll, request: {path: '/activities/${job.id}'}, " \
	    "state: /state, done: [completed], failed: [cancelled, failed, timed_out], "     \
	    "error: /note}, download: {path: '/exports/${job.id}'}")
#define LINKS                                                                                \
	JOB("id: /id, ready: {by: poll, url: /links/status, state: /status, done: [ready], " \
	    "failed: [failed], error: /message, link: /url, parts: /files/*/url}")
#define STATELESS JOB("ready: {by: poll, url: /status_url, link: /result/url}")

#define ASKED "https://v.example/api/c?x=1"
#define CSV   "text/csv; charset=utf-8"
#define TYPE  "application/json"

struct answer_case {
	const char *job;
	unsigned status;
	const char *type, *body;
	const char *location, *operation, *content;
	int64_t retry_after_s;
	enum job_verdict verdict;
	const char *id, *status_url;
	const char *links; /* each with a blank behind it */
	uint64_t again_ms;
	const char *text;
};

static struct str of(const char *text)
{
	return text != NULL ? str_from(text) : STR_EMPTY;
}

typedef enum err (*read_fn)(const struct job_spec *spec, const struct job_reply *reply,
                            struct arena *arena, struct job_told *ret_told);

static enum err read_case(const struct answer_case *c, read_fn read, struct arena *arena,
                          struct job_told *ret_told)
{
	char text[1500];
	struct profile *profile;
	const struct job_reply reply = {
		.status = c->status,
		.url = STR_LIT(ASKED),
		.location = of(c->location),
		.operation_location = of(c->operation),
		.content_location = of(c->content),
		.media_type = of(c->type),
		.retry_after_s = c->retry_after_s != 0 ? c->retry_after_s : HTTP_RETRY_AFTER_NONE,
		.body = of(c->body)};
	enum err err;

	(void)snprintf(text, sizeof(text), HEAD "%s", c->job);
	profile = profile_good(text);
	err = read(profile_report(profile, STR_LIT("r"))->job, &reply, arena, ret_told);
	profile_free(profile);
	return err;
}

static void assert_links(size_t i, const struct job_told *told, const char *wanted)
{
	char links[500] = "";

	for (size_t k = 0; k < told->link_count; k++) {
		size_t len = strlen(links);

		(void)snprintf(links + len, sizeof(links) - len, "%.*s ", STR_FMT(told->links[k]));
	}
	if (strcmp(links, wanted != NULL ? wanted : "") != 0)
		fail_msg("case %zu: links %s", i, links);
}

static void assert_case(size_t i, const struct answer_case *c, read_fn read)
{
	struct job_told told = {.verdict = JOB_HAS_FAILED};
	struct arena arena;
	enum err err;

	arena_init(&arena, (size_t)4 << 20);
	err = read_case(c, read, &arena, &told);
	if (err != ERR_OK || told.verdict != c->verdict) {
		fail_msg("case %zu: %s, verdict %d: %s", i, err_str(err), (int)told.verdict,
		         told.text);
	}
	if (!str_eq(told.id, of(c->id)))
		fail_msg("case %zu: id %.*s", i, STR_FMT(told.id));
	if (!str_eq(told.status_url, of(c->status_url)))
		fail_msg("case %zu: status URL %.*s", i, STR_FMT(told.status_url));
	assert_links(i, &told, c->links);
	if (told.again_ms != c->again_ms)
		fail_msg("case %zu: again %llu", i, (unsigned long long)told.again_ms);
	if (strcmp(told.text, c->text != NULL ? c->text : "") != 0)
		fail_msg("case %zu: text %s", i, told.text);
	arena_fini(&arena);
}

#define V "https://v.example"

static const struct answer_case creates[] = {
	/* 0: nothing but a status: the link comes by mail, or a person brings it */
	{MAILBOX, 202, .verdict = JOB_ACCEPTED_NOW},
	{MAILBOX, 200, .verdict = JOB_ACCEPTED_NOW},
	{MAILBOX, 200, TYPE, "{\"message\":\"A mail is on its way\"}", .verdict = JOB_ACCEPTED_NOW},
	{MAILBOX, 200, "text/plain", "accepted", .verdict = JOB_ACCEPTED_NOW},
	{HANDOFF, 201, .location = "/r/7", .verdict = JOB_ACCEPTED_NOW},
	{MAILBOX, 303, .location = "https://u@v/", .verdict = JOB_ACCEPTED_NOW},
	/* 6: where to ask, in a header */
	{AZURE, 202, .location = "/operations/7?v=1", .retry_after_s = 10,
         .verdict = JOB_ACCEPTED_NOW, .status_url = V "/operations/7?v=1", .again_ms = 10000},
	{AZURE, 202, .location = "https://w.example/o/7", .retry_after_s = HTTP_RETRY_AFTER_UNKNOWN,
         .verdict = JOB_ACCEPTED_NOW, .status_url = "https://w.example/o/7"},
	{AZURE, 202, .location = "/result/7", .operation = "/operations/7", .content = "/c",
         .verdict = JOB_ACCEPTED_NOW, .status_url = V "/operations/7"},
	{AZURE, 201, .content = "/status/7", .verdict = JOB_ACCEPTED_NOW,
         .status_url = V "/status/7"},
	{AZURE, 303, .location = "/reports/7", .verdict = JOB_ACCEPTED_NOW,
         .status_url = V "/reports/7"},
	{AZURE, 202, TYPE, "{\"id\":7}", .location = "operations/7", .verdict = JOB_ACCEPTED_NOW,
         .status_url = V "/operations/7"},
	/* 12: nowhere to ask */
	{AZURE, 202, .verdict = JOB_HAS_FAILED,
         .text = "the answer to the order does not say where to ask for the report"},
	{AZURE, 200, "text/plain", "ok", .verdict = JOB_HAS_FAILED,
         .text = "the answer to the order does not say where to ask for the report"},
	/* 14: the answer is the report */
	{AZURE, 200, CSV, "a,b\n1,2\n", .verdict = JOB_IS_BODY},
	{MAILBOX, 200, "APPLICATION/ZIP", "PK", .verdict = JOB_IS_BODY},
	{AZURE, 200, "application/octet-stream", "a,b\n", .location = "/x", .verdict = JOB_IS_BODY},
	{AZURE, 200, TYPE, "[{\"a\":1}]", .verdict = JOB_IS_BODY},
	{MAILBOX, 202, CSV, "a,b\n", .verdict = JOB_ACCEPTED_NOW},
	{MAILBOX, 200, CSV, "", .verdict = JOB_ACCEPTED_NOW},
	{MAILBOX, 200, "text/csvx", "a,b\n", .verdict = JOB_ACCEPTED_NOW},
	/* 21: an id, which the profile's request takes */
	{CONSTANT, 201, TYPE, "{\"activity_id\":\"04fe\",\"state\":\"initialized\"}",
         .location = "/activities/04fe", .verdict = JOB_ACCEPTED_NOW, .id = "04fe"},
	{CONSTANT, 201, TYPE, "{\"state\":\"initialized\"}", .location = "/activities/04fe",
         .verdict = JOB_HAS_FAILED,
         .text = "the answer to the order does not say where to ask for the report"},
	{CONSTANT, 201, TYPE, "{\"activity_id\":\"04fe\",\"state\":\"completed\"}",
         .verdict = JOB_IS_READY, .id = "04fe"},
	{CONSTANT, 201, TYPE,
         "{\"activity_id\":\"04fe\",\"state\":\"FAILED\",\"note\":\"too many\"}",
         .verdict = JOB_HAS_FAILED, .id = "04fe",
         .text = "the vendor could not build it: too many"},
	/* 25: an address in the body comes before those of headers */
	{LINKS, 202, TYPE, "{\"id\":\"x\",\"status\":\"queued\",\"links\":{\"status\":\"/s/x\"}}",
         .operation = "/o/x", .location = "/l/x", .verdict = JOB_ACCEPTED_NOW, .id = "x",
         .status_url = V "/s/x"},
	{LINKS, 202, TYPE, "{\"id\":\"x\"}", .location = "/l/x", .verdict = JOB_ACCEPTED_NOW,
         .id = "x", .status_url = V "/l/x"},
	/* 27: ready at once */
	{LINKS, 200, TYPE, "{\"status\":\"ready\",\"url\":\"//f.example/7.csv?k=1\"}",
         .verdict = JOB_IS_READY, .links = "https://f.example/7.csv?k=1 "},
	{LINKS, 201, TYPE, "{\"files\":[{\"url\":\"/1\"},{\"url\":\"/2\"}]}",
         .verdict = JOB_IS_READY, .links = V "/1 " V "/2 "},
	{LINKS, 202, TYPE, "{\"status\":\"ready\",\"url\":\"/7\"}", .verdict = JOB_IS_READY,
         .links = V "/7 "},
	/* 30: a link that is not there yet */
	{LINKS, 202, TYPE, "{\"url\":\"/7\",\"links\":{\"status\":\"/s\"}}",
         .verdict = JOB_ACCEPTED_NOW, .status_url = V "/s"},
	{LINKS, 201, TYPE, "{\"status\":\"queued\",\"url\":\"/7\",\"links\":{\"status\":\"/s\"}}",
         .verdict = JOB_ACCEPTED_NOW, .status_url = V "/s"},
	{LINKS, 201, TYPE, "{\"status\":\"ready\",\"links\":{\"status\":\"/s\"}}",
         .verdict = JOB_ACCEPTED_NOW, .status_url = V "/s"},
};

static const struct answer_case statuses[] = {
	/* 0: by status alone */
	{AZURE, 202, .location = "/operations/7", .retry_after_s = 30, .verdict = JOB_PENDING,
         .again_ms = 30000},
	{AZURE, 202, .retry_after_s = 100000, .verdict = JOB_PENDING, .again_ms = 3600000},
	{AZURE, 202, .retry_after_s = HTTP_RETRY_AFTER_UNKNOWN, .verdict = JOB_PENDING},
	{AZURE, 303, .location = "/results/7", .verdict = JOB_IS_READY, .links = V "/results/7 "},
	{AZURE, 302, .location = "https://f.example/7", .verdict = JOB_IS_READY,
         .links = "https://f.example/7 "},
	{AZURE, 302, .verdict = JOB_HAS_FAILED,
         .text = "the vendor sends us on, and does not say where to"},
	{AZURE, 200, .location = "/results/7", .verdict = JOB_IS_READY, .links = V "/results/7 "},
	{AZURE, 204, .location = "/results/7", .verdict = JOB_IS_READY, .links = V "/results/7 "},
	{AZURE, 204, .verdict = JOB_HAS_FAILED,
         .text = "the vendor says that the report is ready, but not where it is"},
	{AZURE, 410, .verdict = JOB_HAS_FAILED,
         .text = "the vendor does not know the report any more"},
	{AZURE, 404, .verdict = JOB_HAS_FAILED,
         .text = "the vendor does not know the report any more"},
	/* 11: the status URL gives the file */
	{AZURE, 200, CSV, "a\n", .verdict = JOB_IS_BODY, .links = ASKED " "},
	{AZURE, 200, CSV, "", .location = "/x", .verdict = JOB_IS_BODY, .links = ASKED " "},
	{AZURE, 200, TYPE, "[]", .verdict = JOB_IS_BODY, .links = ASKED " "},
	{AZURE, 200, "text/plain", "a,b\n", .verdict = JOB_IS_BODY, .links = ASKED " "},
	{LINKS, 200, "application/gzip", "\x1f", .verdict = JOB_IS_BODY, .links = ASKED " "},
	{CONSTANT, 200, CSV, "a\n", .verdict = JOB_IS_BODY, .links = ASKED " "},
	/* 17: by words */
	{CONSTANT, 200, TYPE, "{\"state\":\"processing\",\"percent_done\":40}",
         .verdict = JOB_PENDING},
	{CONSTANT, 200, TYPE, "{\"state\":\"Completed\"}", .verdict = JOB_IS_READY},
	{CONSTANT, 200, TYPE, "{\"state\":\"timed_out\"}", .verdict = JOB_HAS_FAILED,
         .text = "the vendor could not build it: timed_out"},
	{CONSTANT, 200, TYPE, "{}", .verdict = JOB_PENDING},
	{CONSTANT, 200, "text/plain", "hm", .verdict = JOB_PENDING},
	{CONSTANT, 204, .verdict = JOB_PENDING},
	{LINKS, 200, TYPE, "{\"status\":\"ready\",\"url\":\"/7.csv\"}", .verdict = JOB_IS_READY,
         .links = V "/7.csv "},
	{LINKS, 200, TYPE, "{\"status\":\"queued\",\"url\":\"/7.csv\"}", .verdict = JOB_PENDING},
	{LINKS, 202, TYPE, "{\"status\":\"ready\",\"url\":\"/7.csv\"}", .verdict = JOB_IS_READY,
         .links = V "/7.csv "},
	{LINKS, 202, TYPE, "{\"status\":\"failed\",\"message\":\"call 0044 7700 900123\"}",
         .verdict = JOB_HAS_FAILED, .text = "the vendor could not build it: call \xe2\x80\xa6"},
	{LINKS, 200, TYPE, "{\"status\":\"ready\",\"files\":[]}", .verdict = JOB_HAS_FAILED,
         .text = "the vendor says that the report is ready, but not where it is"},
	{LINKS, 303, TYPE, "{\"status\":\"ready\",\"url\":\"/b\"}", .location = "/l",
         .verdict = JOB_IS_READY, .links = V "/b "},
	/* 29: without `state`: ready is what has a link */
	{STATELESS, 200, TYPE, "{\"progress\":40}", .retry_after_s = 1, .verdict = JOB_PENDING,
         .again_ms = 1000},
	{STATELESS, 200, TYPE, "{\"result\":{\"url\":\"https://f.example/7\"}}",
         .verdict = JOB_IS_READY, .links = "https://f.example/7 "},
	{STATELESS, 204, .verdict = JOB_HAS_FAILED,
         .text = "the vendor says that the report is ready, but not where it is"},
};

static void answers_to_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(creates) / sizeof(*creates); i++)
		assert_case(i, &creates[i], job_answer_create);
}

static void answers_to_questions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		assert_case(i, &statuses[i], job_answer_status);
}

static void addresses_that_are_none_are_refused(void **state)
{
	static const struct {
		struct answer_case c;
		read_fn read;
	} cases[] = {
		{{AZURE, 202, .location = "ftp://v.example/7"}, job_answer_create},
		{{AZURE, 202, .location = "https://u:p@v.example/7"}, job_answer_create},
		{{LINKS, 202, TYPE, .body = "{\"links\":{\"status\":\"javascript:x\"}}"},
	         job_answer_create},
		{{LINKS, 200, TYPE,
	          .body = "{\"status\":\"ready\",\"url\":\"file:///etc/passwd\"}"},
	         job_answer_status},
		{{LINKS, 200, TYPE,
	          .body = "{\"files\":[{\"url\":\"/1\"},{\"url\":\"https://\"}]}"},
	         job_answer_create},
		{{AZURE, 303, .location = "https:///x"}, job_answer_status},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct job_told told = {.verdict = JOB_IS_BODY};
		struct arena arena;

		arena_init(&arena, (size_t)4 << 20);
		if (read_case(&cases[i].c, cases[i].read, &arena, &told) != ERR_PARSE)
			fail_msg("case %zu", i);
		assert_string_equal(told.text, "the answer has an address that is none");
		arena_fini(&arena);
	}
}

static void retry_after_is_kept_within_bounds(void **state)
{
	static const struct {
		int64_t seconds;
		uint64_t again_ms;
	} cases[] = {{-1, 0},     {-2, 0},         {1, 1000},
	             {59, 59000}, {3600, 3600000}, {INT64_MAX, 3600000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct answer_case c = {AZURE, 202, .retry_after_s = cases[i].seconds,
		                              .verdict = JOB_PENDING,
		                              .again_ms = cases[i].again_ms};

		assert_case(i, &c, job_answer_status);
	}
}

static void without_memory_nothing_is_told(void **state)
{
	const struct answer_case c = {
		LINKS, 200, TYPE, .body = "{\"id\":\"x\",\"status\":\"ready\",\"url\":\"/7.csv\"}"};
	bool was_read = false;

	(void)state;
	for (size_t max = 1; !was_read; max++) {
		struct job_told told = {.verdict = JOB_PENDING};
		struct arena arena;
		enum err err;

		assert_true(max < 10000);
		arena_init(&arena, max);
		err = read_case(&c, job_answer_create, &arena, &told);
		was_read = err == ERR_OK;
		assert_true(was_read || err == ERR_NOMEM);
		assert_int_equal(told.verdict, was_read ? JOB_IS_READY : JOB_PENDING);
		arena_fini(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_to_orders),
		cmocka_unit_test(answers_to_questions),
		cmocka_unit_test(addresses_that_are_none_are_refused),
		cmocka_unit_test(retry_after_is_kept_within_bounds),
		cmocka_unit_test(without_memory_nothing_is_told),
	};

	return cmocka_run_group_tests_name("job_answer", tests, NULL, NULL);
}
