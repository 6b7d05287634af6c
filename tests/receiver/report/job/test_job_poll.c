/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "receiver/report/job/job_poll.h"
#include "tests/receiver/report/vendor/client_case.h"

#define EXPORT(words)                                                         \
	PROFILE_HEAD BEARER LIMITS PROFILE_TAIL                               \
		"  export:\n    map: m\n    job: {create: {path: /exports}, " \
		"ready: {by: poll, every: 1s..2s" words "}}\n"
#define WORDS ", state: /status, done: [ready], failed: [failed], error: /message, link: /url"

struct poll_case {
	struct client_case *c;
	struct job_spec spec; /* the profile's, with shorter pauses */
	struct job_poll *poll;
	bool frees;
	unsigned tolds, ends;
	enum job_verdict verdict;
	char link[256], text[200];
	struct vendor_result result;
};

static void on_told(void *arg, const struct job_told *told)
{
	struct poll_case *p = arg;

	if (p->frees) {
		job_poll_free(p->poll);
		p->poll = NULL;
	}
	p->tolds++;
	p->verdict = told->verdict;
	if (told->link_count > 0)
		(void)snprintf(p->link, sizeof(p->link), "%.*s", STR_FMT(told->links[0]));
	(void)snprintf(p->text, sizeof(p->text), "%s", told->text);
}

static void on_end(void *arg, const struct vendor_result *result)
{
	struct poll_case *p = arg;

	p->ends++;
	p->result = *result;
	(void)snprintf(p->text, sizeof(p->text), "%s", result->text);
	job_poll_free(p->poll);
	p->poll = NULL;
}

static bool no_name(void *arg, struct str name, struct str *ret_text)
{
	struct poll_case *p = arg;

	if (!str_eq(name, STR_LIT("job.id")) || p->frees)
		return false;
	*ret_text = STR_LIT("a b");
	return true;
}

static int set_up(void **state)
{
	struct poll_case *p = calloc(1, sizeof(*p));
	void *c = NULL;

	assert_non_null(p);
	assert_int_equal(client_case_set_up(&c), 0);
	p->c = c;
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct poll_case *p = *state;
	void *c = p->c;

	job_poll_free(p->poll);
	free(p);
	return client_case_tear_down(&c);
}

static void begin_at(struct poll_case *p, const char *profile, const char *path, uint64_t first_ms)
{
	static const struct job_poll_ops ops = {on_told, on_end};
	char url[128];

	client_case_begin(p->c, profile);
	p->spec = *profile_report(p->c->profile, STR_LIT("export"))->job;
	p->spec.poll.every_min_ms = 1;
	p->spec.poll.every_max_ms = 5;
	(void)snprintf(url, sizeof(url), "%s%s", p->c->s.base, path);

	const struct job_poll_conf conf = {.spec = &p->spec,
	                                   .client = p->c->client,
	                                   .status_url =
	                                           path[0] != '\0' ? str_from(url) : STR_EMPTY,
	                                   .first_ms = first_ms,
	                                   .lookup = no_name,
	                                   .lookup_arg = p,
	                                   .account = "acme",
	                                   .report = "export"};

	assert_int_equal(job_poll_new(p->c->s.loop, &conf, &ops, p, &p->poll), ERR_OK);
	assert_int_equal(p->tolds + p->ends, 0);
}

static void begin(struct poll_case *p, const char *words)
{
	begin_at(p, words, "/jobs/7?k=1", 0);
}

static void it_asks_until_it_is_ready(void **state)
{
	struct poll_case *p = *state;

	scripted_add(&p->c->s, "/jobs/7?k=1", scripted_json(202, "", ""));
	scripted_add(&p->c->s, "/jobs/7", scripted_json(200, "", "{\"status\":\"queued\"}"));
	scripted_add(&p->c->s, "/jobs/7", scripted_json(200, "", "{\"status\":\"building\"}"));
	scripted_add(&p->c->s, "/jobs/7",
	             scripted_json(200, "", "{\"status\":\"ready\",\"url\":\"/files/7.csv\"}"));
	begin(p, EXPORT(WORDS));
	scripted_wait(&p->c->s, &p->tolds, 1);
	assert_int_equal(p->verdict, JOB_IS_READY);
	assert_non_null(strstr(p->link, "/files/7.csv"));
	assert_memory_equal(p->link, p->c->s.base, strlen("http://127.0.0.1:"));
	assert_int_equal(scripted_count(&p->c->s, "GET /jobs/7?k=1"), 4);
	assert_true(scripted_saw(&p->c->s, SECRET)); /* our own origin */
	scripted_settle(&p->c->s);
	assert_int_equal(p->tolds, 1);
	assert_int_equal(scripted_count(&p->c->s, "GET /jobs/7"), 4);
}

static void the_profiles_request_is_asked(void **state)
{
	struct poll_case *p = *state;

	scripted_add(&p->c->s, "GET /exports/a%20b",
	             scripted_json(200, "", "{\"status\":\"failed\",\"message\":\"no rows\"}"));
	begin_at(p,
	         PROFILE_HEAD BEARER LIMITS PROFILE_TAIL
	         "  export:\n    map: m\n    job: {create: {path: /exports}, id: /id, ready: {by: "
	         "poll, request: {path: '/exports/${job.id}'}" WORDS "}}\n",
	         "", 0);
	scripted_wait(&p->c->s, &p->tolds, 1);
	assert_int_equal(p->verdict, JOB_HAS_FAILED);
	assert_string_equal(p->text, "the vendor could not build it: no rows");
}

static void a_name_that_is_missing_ends_it(void **state)
{
	struct poll_case *p = *state;

	p->frees = true; /* then no_name() knows nothing */
	begin_at(p,
	         PROFILE_HEAD BEARER LIMITS PROFILE_TAIL
	         "  export:\n    map: m\n    job: {create: {path: /exports}, id: /id, ready: {by: "
	         "poll, request: {path: '/exports/${job.id}'}" WORDS "}}\n",
	         "", 0);
	scripted_wait(&p->c->s, &p->ends, 1);
	assert_int_equal(p->result.end, VENDOR_REFUSED);
	assert_string_equal(p->text, "there is no address to ask for the report");
}

static void a_redirect_is_where_the_file_is(void **state)
{
	struct poll_case *p = *state;

	scripted_add(&p->c->s, "/jobs/7",
	             scripted_json(303, "Location: https://f.example/7?sig=x\r\n", ""));
	p->frees = true; /* from its callback */
	begin(p, EXPORT(""));
	scripted_wait(&p->c->s, &p->tolds, 1);
	assert_int_equal(p->verdict, JOB_IS_READY);
	assert_string_equal(p->link, "https://f.example/7?sig=x");
}

static void of_a_file_only_the_head_is_read(void **state)
{
	struct poll_case *p = *state;

	/* It never comes to its end. */
	scripted_add(&p->c->s, "/jobs/7",
	             "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 99999999\r\n\r\n"
	             "a,b\n");
	begin(p, EXPORT(WORDS));
	scripted_wait(&p->c->s, &p->tolds, 1);
	assert_int_equal(p->verdict, JOB_IS_BODY);
	assert_non_null(strstr(p->link, "/jobs/7?k=1"));
	assert_int_equal(scripted_count(&p->c->s, "GET /jobs/7"), 1);
}

static void an_answer_without_end_is_read_in_part(void **state)
{
	static char answer[(2 << 20) + 100];
	struct poll_case *p = *state;
	int head = snprintf(answer, sizeof(answer),
	                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	                    "Content-Length: 9000000\r\n\r\n[");

	memset(answer + head, ' ', 2 << 20);
	scripted_add(&p->c->s, "/jobs/7?k=1", answer);
	scripted_add(&p->c->s, "/jobs/7",
	             scripted_json(200, "", "{\"status\":\"ready\",\"url\":\"/f\"}"));
	begin(p, EXPORT(WORDS));
	scripted_wait(&p->c->s, &p->tolds, 1);
	assert_int_equal(p->verdict, JOB_IS_READY); /* the first one said nothing */
	assert_int_equal(scripted_count(&p->c->s, "GET /jobs/7"), 2);
}

static void what_fails_for_now_is_asked_again(void **state)
{
	struct poll_case *p = *state;

	for (int i = 0; i < 4; i++) /* more than one question's own tries */
		scripted_add(&p->c->s, "/jobs/7", scripted_json(500, "", "{}"));
	scripted_add(&p->c->s, "/jobs/7", NULL);
	scripted_add(&p->c->s, "/jobs/7",
	             scripted_json(200, "", "{\"status\":\"ready\",\"url\":\"/f\"}"));
	begin(p, EXPORT(WORDS));
	scripted_wait(&p->c->s, &p->tolds, 1);
	assert_int_equal(p->verdict, JOB_IS_READY);
	assert_int_equal(p->ends, 0);
}

static void what_stays_the_same_ends_it(void **state)
{
	static const struct {
		unsigned status;
		enum vendor_end end;
	} cases[] = {{404, VENDOR_REFUSED}, {410, VENDOR_REFUSED}, {401, VENDOR_UNAUTHORIZED}};
	struct poll_case *p = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scripted_clear(&p->c->s);
		scripted_add(&p->c->s, "/jobs/7", scripted_json(cases[i].status, "", "{}"));
		p->ends = 0;
		begin(p, EXPORT(WORDS));
		scripted_wait(&p->c->s, &p->ends, 1);
		assert_int_equal(p->result.end, cases[i].end);
		assert_int_equal(p->result.status, cases[i].status);
		vendor_client_free(p->c->client);
		profile_free(p->c->profile);
		p->c->client = NULL;
		p->c->profile = NULL;
	}
	assert_int_equal(p->tolds, 0);
}

static void an_address_that_is_none_is_a_failure(void **state)
{
	struct poll_case *p = *state;

	scripted_add(&p->c->s, "/jobs/7",
	             scripted_json(200, "", "{\"status\":\"ready\",\"url\":\"ftp://f/\"}"));
	begin(p, EXPORT(WORDS));
	scripted_wait(&p->c->s, &p->tolds, 1);
	assert_int_equal(p->verdict, JOB_HAS_FAILED);
	assert_string_equal(p->text, "the answer has an address that is none");
}

static void the_vendors_pause_is_kept(void **state)
{
	struct poll_case *p = *state;
	uint64_t begin_ms = clock_mono_ms();

	scripted_add(&p->c->s, "/jobs/7?k=1", scripted_json(202, "Retry-After: 1\r\n", ""));
	scripted_add(&p->c->s, "/jobs/7",
	             scripted_json(200, "", "{\"status\":\"ready\",\"url\":\"/f\"}"));
	begin(p, EXPORT(WORDS));
	scripted_wait(&p->c->s, &p->tolds, 1);
	assert_true(clock_mono_ms() - begin_ms >= 990);
	assert_int_equal(scripted_count(&p->c->s, "GET /jobs/7"), 2);
}

static void the_first_pause_can_be_given(void **state)
{
	struct poll_case *p = *state;
	uint64_t begin_ms = clock_mono_ms();

	scripted_add(&p->c->s, "/jobs/7",
	             scripted_json(200, "", "{\"status\":\"ready\",\"url\":\"/f\"}"));
	begin_at(p, EXPORT(WORDS), "/jobs/7", 300);
	scripted_wait(&p->c->s, &p->tolds, 1);
	assert_true(clock_mono_ms() - begin_ms >= 290);
}

static void it_can_be_freed_at_any_time(void **state)
{
	struct poll_case *p = *state;

	scripted_add(&p->c->s, "/jobs/7", scripted_json(202, "", ""));
	begin(p, EXPORT(WORDS));
	job_poll_free(p->poll); /* before the first question */
	p->poll = NULL;
	vendor_client_free(p->c->client);
	profile_free(p->c->profile);
	begin(p, EXPORT(WORDS));
	for (uint64_t begin_ms = clock_mono_ms(); scripted_count(&p->c->s, "GET /jobs/7") == 0;) {
		assert_true(clock_mono_ms() - begin_ms < 5000);
		loop_turn(p->c->s.loop, 5);
	}
	job_poll_free(p->poll); /* in the midst of one */
	p->poll = NULL;
	scripted_settle(&p->c->s);
	assert_int_equal(p->tolds + p->ends, 0);
	job_poll_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_asks_until_it_is_ready),
		TEST(the_profiles_request_is_asked),
		TEST(a_name_that_is_missing_ends_it),
		TEST(a_redirect_is_where_the_file_is),
		TEST(of_a_file_only_the_head_is_read),
		TEST(an_answer_without_end_is_read_in_part),
		TEST(what_fails_for_now_is_asked_again),
		TEST(what_stays_the_same_ends_it),
		TEST(an_address_that_is_none_is_a_failure),
		TEST(the_vendors_pause_is_kept),
		TEST(the_first_pause_can_be_given),
		TEST(it_can_be_freed_at_any_time),
	};

	return cmocka_run_group_tests_name("job_poll", tests, NULL, NULL);
}
