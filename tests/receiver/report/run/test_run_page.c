/* SPDX-License-Identifier: MIT */
/* Pages: links, bad bodies, what the vendor says in an answer 200, pipelining. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/receiver/report/run/scene.h"
#include "tests/store/place.h"

static int setup(void **state)
{
	static struct scene s;

	scene_open(&s, place_fresh());
	s.spec.window.step_ms = 0;
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	scene_close(*state);
	return 0;
}

static void use_links(struct scene *s)
{
	s->spec.page = (struct page_spec){.kind = PAGE_LINK, .next = scene_path(s, "/next")};
}

/* ---- links ---- */

static char links[512];

static void linked(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	static const char *const next[] = {"\"api/items?p=2\"", "\"?p=3\"",
	                                   "\"//api.acme.example/p4\"", "null"};

	(void)arg;
	(void)snprintf(links + strlen(links), sizeof(links) - strlen(links), "%s ", r->url);
	(void)buf_printf(&answer->body, "{\"next\":%s,\"data\":[{\"id\":\"%zu\"}]}",
	                 next[(r->number - 1) % 4], r->number);
}

static void links_are_followed_whatever_their_form(void **state)
{
	struct scene *s = *state;

	links[0] = '\0';
	use_links(s);
	scene_answer(s, linked);
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_string_equal(links, " https://api.acme.example/api/items?p=2 "
	                           "https://api.acme.example/api/items?p=3 "
	                           "https://api.acme.example/p4 ");
	assert_int_equal(scene_count(s, "\"id\""), 4);
}

static void to_itself(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	(void)arg;
	(void)buf_printf(&answer->body, "{\"next\":\"/p2\",\"data\":[{\"id\":\"%zu\"}]}",
	                 r->number);
}

static void a_link_to_itself_ends_the_run_but_loses_no_row(void **state)
{
	struct scene *s = *state;

	use_links(s);
	scene_answer(s, to_itself);
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_non_null(strstr(s->result.text, "present one"));
	assert_int_equal(s->vendor.sent, 2);
	assert_int_equal(scene_count(s, "\"id\""), 2);
	assert_string_equal(scene_checkpoint(s),
	                    "report 1\nwindow 1725343200000 1725354000000\npages 1\n"
	                    "cursor link:https:%2F%2Fapi.acme.example%2Fp2\n");
}

static void elsewhere(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	(void)arg;
	if (r->url[0] != '\0') {
		answer->result.end = VENDOR_REFUSED;
		(void)snprintf(answer->result.text, sizeof(answer->result.text),
		               "link to another host");
		return;
	}
	(void)buf_append_str(
		&answer->body,
		STR_LIT("{\"next\":\"https://evil.example/\",\"data\":[{\"id\":\"1\"}]}"));
}

static void a_link_to_another_host_is_refused(void **state)
{
	struct scene *s = *state;

	use_links(s);
	scene_answer(s, elsewhere);
	assert_int_equal(scene_run(s), REPORT_REFUSED);
	assert_string_equal(s->result.text, "link to another host");
	assert_int_equal(s->vendor.sent, 2);
	assert_int_equal(scene_count(s, "\"id\""), 1); /* what was read stays */
}

static void no_address(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	(void)arg;
	(void)r;
	(void)buf_append_str(&answer->body,
	                     STR_LIT("{\"next\":\"ftp://x/\",\"data\":[{\"id\":\"1\"}]}"));
}

static void a_link_that_is_no_address_fails(void **state)
{
	struct scene *s = *state;

	use_links(s);
	scene_answer(s, no_address);
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_non_null(strstr(s->result.text, "link"));
	assert_int_equal(scene_count(s, "\"id\""), 0);
}

/* ---- pages without end ---- */

static void same_page(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	(void)arg;
	(void)r;
	(void)buf_append_str(&answer->body, STR_LIT("{\"data\":[{\"id\":\"1\"}]}"));
}

static void the_same_page_again_fails(void **state)
{
	struct scene *s = *state;

	scene_answer(s, same_page);
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_non_null(strstr(s->result.text, "same page"));
	assert_int_equal(scene_count(s, "\"id\""), 1);
	assert_int_equal(s->result.progress.pages, 1);
	assert_null(strstr(scene_checkpoint(s), "watermark"));
	assert_non_null(strstr(scene_checkpoint(s), "page:2"));
}

static void endless(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	(void)arg;
	(void)buf_printf(&answer->body, "{\"data\":[{\"id\":\"%s\"}]}", r->page);
}

static void pages_without_end_are_stopped_also_over_runs(void **state)
{
	struct scene *s = *state;

	scene_answer(s, endless);
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_non_null(strstr(s->result.text, "limits.pages"));
	assert_int_equal(s->vendor.sent, SCENE_PAGES_MAX);
	assert_int_equal(scene_run(s), REPORT_FAILED);
	assert_int_equal(s->vendor.sent, SCENE_PAGES_MAX + 1);
	assert_null(strstr(scene_checkpoint(s), "watermark"));
}

/* ---- bodies ---- */

static const char *bad_body;
static unsigned bad_times;

static void bad_at_first(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	if (r->number <= bad_times) {
		(void)buf_append_str(&answer->body, str_from(bad_body));
	} else {
		scene_book(arg, r, answer);
	}
}

static void an_unreadable_page_is_asked_for_again(void **state)
{
	static const char *const bodies[] = {"<html><title>Login</title></html>",
	                                     "{\"last\":1,\"data\":[{\"id\":\"1\"}",
	                                     "{\"last\":1,\"data\":[]} x", "", "\xff\xfe"};
	struct scene *s = *state;

	s->pages = 1;
	s->spec.window.is_given = false;
	scene_answer(s, bad_at_first);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		bad_body = bodies[i];
		bad_times = 2;
		s->vendor.sent = 0;
		assert_int_equal(scene_run(s), REPORT_DONE);
		assert_int_equal(s->vendor.sent, 3);
		assert_int_equal(s->result.progress.rows, 2);
		bad_times = 1000;
		s->vendor.sent = 0;
		assert_int_equal(scene_run(s), REPORT_FAILED);
		assert_int_equal(s->vendor.sent, 3);
		assert_non_null(strstr(s->result.text, "page cannot be read"));
		assert_null(strstr(s->result.text, "Login"));
	}
	assert_int_equal(scene_count(s, "\"id\""), 10);
}

static void again(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	scene_book(arg, r, answer);
	answer->is_again = true;
}

static void what_came_before_another_try_is_forgotten(void **state)
{
	struct scene *s = *state;

	s->vendor.chunk = 7;
	scene_answer(s, again);
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_int_equal(scene_count(s, "\"id\""), 6);
}

static void not_ok(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	(void)arg;
	(void)r;
	(void)buf_append_str(&answer->body,
	                     STR_LIT("{\"result\":\"error\",\"status\":\"pageNumber is "
	                             "not numeric\",\"code\":400,\"data\":[{}]}"));
}

static void an_answer_that_is_an_error_is_refused_with_its_text(void **state)
{
	static const struct str words[] = {{"success", 7}};
	struct scene *s = *state;

	s->spec.ok = (struct ok_spec){.at = scene_path(s, "/result"),
	                              .words = words,
	                              .word_count = 1,
	                              .error = scene_path(s, "/status")};
	scene_answer(s, not_ok);
	assert_int_equal(scene_run(s), REPORT_REFUSED);
	assert_string_equal(s->result.text, "pageNumber is not numeric");
	assert_int_equal(s->vendor.sent, 1);
	assert_int_equal(scene_count(s, "data"), 0);
}

/* ---- pipelining ---- */

static bool is_ahead;

/** The first answer is read, and no turn of the loop has come since. */
static void look_ahead(struct scene *s)
{
	if (s->vendor.done == 1 && s->vendor.sent == 2)
		is_ahead = s->progress.pages == 0;
}

static void the_next_page_is_asked_for_during_a_commit(void **state)
{
	struct scene *s = *state;

	is_ahead = false;
	s->on_step = look_ahead;
	assert_int_equal(scene_run(s), REPORT_DONE);
	assert_true(is_ahead);
	assert_int_equal(s->vendor.open_most, 2); /* the one that is ending, and the next */
	assert_int_equal(scene_count(s, "\"id\""), 6);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(links_are_followed_whatever_their_form),
		TEST(a_link_to_itself_ends_the_run_but_loses_no_row),
		TEST(a_link_to_another_host_is_refused),
		TEST(a_link_that_is_no_address_fails),
		TEST(the_same_page_again_fails),
		TEST(pages_without_end_are_stopped_also_over_runs),
		TEST(an_unreadable_page_is_asked_for_again),
		TEST(what_came_before_another_try_is_forgotten),
		TEST(an_answer_that_is_an_error_is_refused_with_its_text),
		TEST(the_next_page_is_asked_for_during_a_commit),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
