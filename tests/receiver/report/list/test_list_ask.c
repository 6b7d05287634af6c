/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/list/list_ask.h"
#include "tests/normalise/profile/profile_text.h"

#define CALLS_MAX 16

static const char profile_yaml[] =
	"profile: acme\n"
	"about: x\n"
	"base: https://api.acme.example\n"
	"lists:\n"
	"  by_link:\n"
	"    request: {path: /v1/campaigns}\n"
	"    ok: {at: /result, is: success, else: {error: /status}}\n"
	"    page: {kind: link, next: /next}\n"
	"    decode: {as: json, records: /data/*}\n"
	"    value: /id\n"
	"    when: {at: /started, exists: true}\n"
	"  by_offset:\n"
	"    request: {path: /v1/campaigns, query: {offset: \"${offset}\"}}\n"
	"    page: {kind: offset}\n"
	"    decode: {as: json, records: /data/*}\n"
	"    value: /id\n"
	"maps:\n"
	"  m: {key: [/id], status: {is: sent}}\n"
	"webhooks:\n"
	"  w: {map: m}\n"
	"reports:\n"
	"  a:\n"
	"    each: {campaign: {list: by_link}}\n"
	"    request: {path: \"/v1/${campaign}\"}\n"
	"    map: m\n"
	"  b:\n"
	"    each: {campaign: {list: by_offset}}\n"
	"    request: {path: \"/v1/${campaign}\"}\n"
	"    map: m\n";

/* ---- the vendor ---- */

struct vendor_call {
	struct vendor_ops ops;
	void *arg;
	char url[128], offset[32];
	bool is_cancelled;
};

static struct vendor_call calls[CALLS_MAX];
static size_t call_count;
static enum err send_result;

enum err vendor_client_send(struct vendor_client *c, const struct vendor_request *request,
                            const struct vendor_ops *ops, void *arg, struct vendor_call **ret_call)
{
	struct vendor_call *call = &calls[call_count];
	struct str text = STR_EMPTY;

	assert_null(c);
	assert_true(request->is_safe);
	if (send_result != ERR_OK)
		return send_result;
	assert_true(call_count < CALLS_MAX);
	call_count++;
	*call = (struct vendor_call){.ops = *ops, .arg = arg};
	(void)snprintf(call->url, sizeof(call->url), "%.*s", STR_FMT(request->url));
	if (request->lookup(request->lookup_arg, STR_LIT("offset"), &text))
		(void)snprintf(call->offset, sizeof(call->offset), "%.*s", STR_FMT(text));
	*ret_call = call;
	return ERR_OK;
}

void vendor_call_cancel(struct vendor_call *call)
{
	if (call != NULL)
		call->is_cancelled = true;
}

struct str vendor_call_url(const struct vendor_call *call)
{
	return call->url[0] != '\0' ? str_from(call->url)
	                            : STR_LIT("https://api.acme.example/v1/campaigns");
}

static struct vendor_call *latest(void)
{
	return &calls[call_count - 1];
}

static void answer_end(enum vendor_end end, unsigned status, const char *text)
{
	struct vendor_result result = {.end = end, .status = status, .retry_ms = 77};
	struct vendor_call *call = latest();

	(void)snprintf(result.text, sizeof(result.text), "%s", text);
	call->ops.on_done(call->arg, &result);
}

static void answer(const char *body)
{
	struct vendor_call *call = latest();
	size_t half = strlen(body) / 2;

	assert_true(call->ops.on_body(call->arg, (struct str){body, half}));
	assert_true(call->ops.on_body(call->arg, str_from(body + half)));
	answer_end(VENDOR_OK, 200, "");
}

/* ---- the store ---- */

static struct store_campaign *seen;
static size_t seen_count;
static int64_t seen_since;
static store_campaigns_done seen_done;
static void *seen_arg;
static struct str seen_account, seen_after;
static size_t seen_max;

enum err store_campaigns(struct store *s, struct str account, int64_t since_ms, struct str after,
                         size_t max, store_campaigns_done done, void *arg)
{
	assert_null(s);
	seen_account = account;
	seen_since = since_ms;
	seen_after = after;
	seen_max = max;
	seen_done = done;
	seen_arg = arg;
	return send_result;
}

static void answer_seen(void)
{
	store_campaigns_done done = seen_done;
	size_t from = 0;
	size_t count;

	while (from < seen_count && str_cmp(seen[from].level, seen_after) <= 0)
		from++;
	count = seen_count - from < seen_max ? seen_count - from : seen_max;
	seen_done = NULL;
	done(seen_arg, ERR_OK, seen + from, count);
}

/* ---- what comes of it ---- */

static struct profile *profile;
static struct list_ask *ask;
static unsigned answers;
static enum vendor_end end;
static uint64_t retry_ms;
static char text[240];
static struct choices values;
static size_t skipped;

static void on_answer(void *arg, const struct list_answer *a)
{
	assert_ptr_equal(arg, &answers);
	answers++;
	end = a->end;
	retry_ms = a->retry_ms;
	skipped = a->skipped;
	(void)snprintf(text, sizeof(text), "%s", a->text);
	values = *a->values;
	*a->values = (struct choices){.texts = NULL};
	list_ask_free(ask);
	ask = NULL;
}

static int setup(void **state)
{
	(void)state;
	call_count = 0;
	send_result = ERR_OK;
	answers = 0;
	seen = NULL;
	seen_count = 0;
	seen_done = NULL;
	values = (struct choices){.texts = NULL};
	text[0] = '\0';
	profile = profile_good(profile_yaml);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	list_ask_free(ask);
	ask = NULL;
	choices_fini(&values);
	free(seen);
	profile_free(profile);
	return 0;
}

static enum err begin(const char *list)
{
	const struct list_ask_conf conf = {
		.account = "acme",
		.list = list != NULL ? profile_list(profile, str_from(list)) : NULL,
		.pages_max = 3,
		.seen_ms = 60000,
	};

	return list_ask_new(&conf, on_answer, &answers, &ask);
}

static void assert_values(const char *expected)
{
	char all[256] = "";

	for (size_t i = 0; i < values.count; i++) {
		size_t len = strlen(all);

		(void)snprintf(all + len, sizeof(all) - len, "%s%s", i > 0 ? "," : "",
		               values.texts[i]);
	}
	assert_string_equal(all, expected);
}

static void pages_are_followed_by_their_links(void **state)
{
	(void)state;
	assert_int_equal(begin("by_link"), ERR_OK);
	assert_string_equal(latest()->url, "");
	answer("{\"result\":\"success\",\"next\":\"?page=2\",\"data\":[{\"id\":7,\"started\":1},"
	       "{\"id\":\"a\",\"started\":\"x\"},{\"id\":\"draft\"}]}");
	assert_string_equal(latest()->url, "https://api.acme.example/v1/campaigns?page=2");
	assert_int_equal(answers, 0);
	answer("{\"result\":\"success\",\"next\":null,\"data\":[{\"id\":\"b\",\"started\":1},"
	       "{\"id\":7,\"started\":1}]}");
	assert_int_equal(answers, 1);
	assert_int_equal(end, VENDOR_OK);
	assert_values("7,a,b");
}

static void offsets_count_rows(void **state)
{
	(void)state;
	assert_int_equal(begin("by_offset"), ERR_OK);
	assert_string_equal(latest()->offset, "0");
	answer("{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
	assert_string_equal(latest()->offset, "2");
	answer("{\"data\":[]}");
	assert_int_equal(end, VENDOR_OK);
	assert_values("a,b");
}

static void what_is_no_id_is_skipped(void **state)
{
	char body[1024];
	char long_id[300];

	(void)state;
	memset(long_id, 'x', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	assert_int_equal(begin("by_offset"), ERR_OK);
	(void)snprintf(body, sizeof(body),
	               "{\"data\":[{\"id\":\"a\\u0000b\"},{\"id\":\"a\\nb\"},{\"id\":\"%s\"},"
	               "{\"no\":1},{\"id\":\"good\"}]}",
	               long_id);
	answer(body);
	answer("{\"data\":[]}");
	assert_int_equal(end, VENDOR_OK);
	assert_values("good");
	assert_int_equal(skipped, 4);
}

static void a_try_that_failed_in_the_middle_is_forgotten(void **state)
{
	(void)state;
	assert_int_equal(begin("by_offset"), ERR_OK);
	assert_true(latest()->ops.on_body(latest()->arg, STR_LIT("{\"data\":[{\"id\":")));
	latest()->ops.on_again(latest()->arg);
	answer("{\"data\":[{\"id\":\"a\"}]}");
	answer("{\"data\":[]}");
	assert_int_equal(end, VENDOR_OK);
	assert_values("a");
}

struct bad_case {
	const char *body, *text;
};

static void what_is_no_list_is_a_failure(void **state)
{
	static const struct bad_case cases[] = {
		{"{\"result\":\"error\",\"status\":\"not now\"}", "the vendor says: not now"},
		{"<html><title>Login</title></html>", NULL},
		{"{\"result\":\"success\",\"data\":[{\"id\":", NULL},
		{"", NULL},
		{"{\"result\":\"success\",\"next\":\"http://[\",\"data\":[{\"id\":1}]}", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(begin("by_link"), ERR_OK);
		answer(cases[i].body);
		if (answers != i + 1 || end != VENDOR_FAILED || text[0] == '\0')
			fail_msg("%s: %s", cases[i].body, text);
		if (cases[i].text != NULL)
			assert_string_equal(text, cases[i].text);
		choices_fini(&values);
	}
}

static void endless_paging_ends(void **state)
{
	(void)state;
	assert_int_equal(begin("by_offset"), ERR_OK);
	answer("{\"data\":[{\"id\":\"a\"}]}");
	answer("{\"data\":[{\"id\":\"a\"}]}");
	assert_int_equal(answers, 1);
	assert_int_equal(end, VENDOR_FAILED);
	choices_fini(&values);
	assert_int_equal(begin("by_offset"), ERR_OK);
	answer("{\"data\":[{\"id\":\"a\"}]}");
	answer("{\"data\":[{\"id\":\"b\"}]}");
	answer("{\"data\":[{\"id\":\"c\"}]}");
	assert_int_equal(answers, 2);
	assert_int_equal(end, VENDOR_FAILED);
}

static void what_the_vendor_refuses_is_handed_on(void **state)
{
	(void)state;
	assert_int_equal(begin("by_link"), ERR_OK);
	answer_end(VENDOR_LATER, 429, "too many requests");
	assert_int_equal(end, VENDOR_LATER);
	assert_int_equal(retry_ms, 77);
	assert_string_equal(text, "too many requests");
}

static void no_content_is_an_empty_list(void **state)
{
	(void)state;
	assert_int_equal(begin("by_offset"), ERR_OK);
	answer_end(VENDOR_OK, 204, "");
	assert_int_equal(end, VENDOR_OK);
	assert_int_equal(values.count, 0);
}

static void what_cannot_be_sent_is_an_error(void **state)
{
	(void)state;
	send_result = ERR_NOENT;
	assert_int_equal(begin("by_link"), ERR_NOENT);
	assert_null(ask);
	send_result = ERR_OK;
	assert_int_equal(begin("by_offset"), ERR_OK);
	send_result = ERR_NOMEM;
	answer("{\"data\":[{\"id\":\"a\"}]}");
	assert_int_equal(answers, 1);
	assert_int_equal(end, VENDOR_FAILED);
}

static void a_freed_one_is_cancelled(void **state)
{
	(void)state;
	assert_int_equal(begin("by_link"), ERR_OK);
	list_ask_free(ask);
	ask = NULL;
	assert_true(latest()->is_cancelled);
	assert_int_equal(begin(NULL), ERR_OK);
	list_ask_free(ask);
	ask = NULL;
	answer_seen(); /* the store still answers */
	assert_int_equal(answers, 0);
}

static void see(size_t count)
{
	static char levels[12000][32];

	seen = calloc(count, sizeof(*seen));
	assert_non_null(seen);
	seen_count = count;
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(levels[i], sizeof(levels[i]), "c%05zu", i);
		seen[i].level = str_from(levels[i]);
		seen[i].id = str_from(levels[i]);
	}
}

static void our_own_campaigns_are_read_page_by_page(void **state)
{
	(void)state;
	see(1200);
	seen[3].id = STR_LIT("a/b c");
	seen[4].id = STR_LIT("a/b c");
	assert_int_equal(begin(NULL), ERR_OK);
	assert_true(str_eq(seen_account, STR_LIT("acme")));
	assert_true(seen_since > 1700000000000);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(answers, 0);
		answer_seen();
	}
	assert_int_equal(answers, 1);
	assert_int_equal(end, VENDOR_OK);
	assert_int_equal(values.count, 1199);
	assert_string_equal(values.texts[3], "a/b c");
}

static void more_than_anybody_asks_for_are_not_read(void **state)
{
	(void)state;
	see(12000);
	for (size_t i = 0; i < 1500; i++)
		seen[i].id = STR_LIT("same");
	assert_int_equal(begin(NULL), ERR_OK);
	while (seen_done != NULL)
		answer_seen();
	assert_int_equal(end, VENDOR_OK);
	assert_in_range(values.count, LIST_VALUES_MAX, 2 * LIST_VALUES_MAX);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_are_followed_by_their_links),
		TEST(offsets_count_rows),
		TEST(what_is_no_id_is_skipped),
		TEST(a_try_that_failed_in_the_middle_is_forgotten),
		TEST(what_is_no_list_is_a_failure),
		TEST(endless_paging_ends),
		TEST(what_the_vendor_refuses_is_handed_on),
		TEST(no_content_is_an_empty_list),
		TEST(what_cannot_be_sent_is_an_error),
		TEST(a_freed_one_is_cancelled),
		TEST(our_own_campaigns_are_read_page_by_page),
		TEST(more_than_anybody_asks_for_are_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
