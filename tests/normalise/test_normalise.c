/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

#define TWO                                                                                      \
	"profile: t\nmaps:\n"                                                                    \
	"  a: {when: {at: /a, exists: true}, key: [/id], status: {is: sent}, set: {text: /a}}\n" \
	"  b: {when: {at: /b, exists: true}, key: [/id], status: {is: opened}, set: {sender: "   \
	"/b}}\n"                                                                                 \
	"webhooks: {hook: {map: [a, b]}}\n"

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static void every_map_that_holds_gives_an_event(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	events_of(TWO, "[{\"a\":1,\"b\":2,\"id\":1},{\"b\":3},{\"c\":4},{},5,null,[],{\"a\":6}]",
	          &b);
	assert_int_equal(count(buf_cstr(&b), "\"status\":\"sent\""), 2);
	assert_int_equal(count(buf_cstr(&b), "\"status\":\"opened\""), 2);
	assert_int_equal(count(buf_cstr(&b), "unmapped_shape"), 5);
	buf_fini(&b);
}

static void each_event_has_the_members_that_its_own_map_left(void **state)
{
	static const char body[] = "{\"a\":\"1\",\"b\":\"2\"}";

	(void)state;
	assert_event_has(TWO, body, "\"text\":\"1\",\"extra\":{\"b\":\"2\"}");
	assert_event_has(TWO, body, "\"sender\":\"2\",\"extra\":{\"a\":\"1\"}");
}

struct run {
	struct profile *profile;
	struct source *source;
	struct payload payload;
	struct normaliser *n;
	struct event event;
	struct normalise_bad bad;
};

static void run_open(struct run *r, const char *profile, struct str body, size_t memory_max)
{
	*r = (struct run){.profile = profile_good(profile)};
	r->source = source_good(r->profile);
	r->payload =
		(struct payload){.via = PAYLOAD_WEBHOOK, .method = STR_LIT("POST"), .body = body};
	assert_int_equal(normaliser_new(r->source, &r->payload, memory_max, &r->n), ERR_OK);
}

static void run_close(struct run *r)
{
	normaliser_free(r->n);
	source_unref(r->source);
	profile_free(r->profile);
}

static void a_bad_record_says_which_and_why(void **state)
{
	struct run r;

	(void)state;
	run_open(&r, TWO, STR_LIT("[{\"a\":1}, {\"c\":2}]"), NORMALISE_MEMORY_DEFAULT);
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_EVENT);
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_BAD_RECORD);
	assert_string_equal(r.bad.cause, "unmapped_shape");
	assert_int_equal(r.bad.index, 1);
	assert_true(str_eq(r.bad.raw, STR_LIT("{\"c\":2}")));
	assert_string_equal(r.bad.detail.text, "no map fits this record");
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_END);
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_END);
	run_close(&r);
}

static void a_bad_payload_is_kept_whole(void **state)
{
	struct run r;

	(void)state;
	run_open(&r, TWO, STR_LIT("[{\"a\":1},"), NORMALISE_MEMORY_DEFAULT);
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_BAD_PAYLOAD);
	assert_string_equal(r.bad.cause, "unparsable");
	assert_true(str_eq(r.bad.raw, r.payload.body));
	assert_true(r.bad.detail.text[0] != '\0');
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_END);
	run_close(&r);
}

static void a_record_past_the_memory_does_not_stop_the_others(void **state)
{
	static char body[20000];
	struct run r;
	int len = snprintf(body, sizeof(body), "[{\"a\":\"%015000d\\n\"},{\"a\":\"small\"}]", 0);

	(void)state;
	run_open(&r, TWO, (struct str){body, (size_t)len}, 8192);
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_BAD_RECORD);
	assert_string_equal(r.bad.cause, "too_large");
	assert_int_equal(r.bad.index, 0);
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_EVENT);
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_END);
	run_close(&r);
}

static void an_event_past_the_memory_is_too_large(void **state)
{
	static char body[9000];
	struct run r;
	int len = snprintf(body, sizeof(body), "{\"a\":\"%08000d\"}", 0);

	(void)state;
	run_open(&r, TWO, (struct str){body, (size_t)len}, 8192);
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_BAD_RECORD);
	assert_string_equal(r.bad.cause, "too_large");
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_END);
	run_close(&r);
}

static void an_empty_list_gives_nothing(void **state)
{
	struct run r;

	(void)state;
	run_open(&r, TWO, STR_LIT("[]"), NORMALISE_MEMORY_DEFAULT);
	assert_int_equal(normaliser_next(r.n, &r.event, &r.bad), NORMALISE_END);
	run_close(&r);
	normaliser_free(NULL);
}

static const struct {
	const char *body;
	enum err err;
} checks[] = {
	{"{\"a\":1}", ERR_OK},
	{"{}", ERR_OK},
	{"[]", ERR_OK},
	{"[{\"a\":1}", ERR_PARSE},
	{"words", ERR_PARSE},
	{"", ERR_PARSE},
	{"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"
         "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         ERR_PARSE},
};

static void check_tells_whether_every_record_can_be_read(void **state)
{
	struct profile *p = profile_good(TWO);
	struct source *s = source_good(p);

	(void)state;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct payload payload = {.via = PAYLOAD_WEBHOOK,
		                          .method = STR_LIT("POST"),
		                          .body = str_from(checks[i].body)};
		struct err_detail detail = {.text = ""};

		assert_int_equal(normalise_check(s, &payload, NORMALISE_MEMORY_DEFAULT, &detail),
		                 checks[i].err);
		assert_true((detail.text[0] != '\0') == (checks[i].err == ERR_PARSE));
	}
	source_unref(s);
	profile_free(p);
}

/** What stands between a fence that starts with @p fence and its end. */
static void block_of(const char *text, const char *fence, char *ret_block, size_t size)
{
	const char *start = strstr(text, fence);

	assert_non_null(start);
	start = strchr(start, '\n') + 1;
	(void)snprintf(ret_block, size, "%.*s", (int)(strstr(start, "```") - start), start);
}

static void the_worked_example_of_the_docs_works(void **state)
{
	static char text[64 * 1024], profile[4096], body[4096];
	FILE *f = fopen("docs/adding-a-vendor.md", "r");

	(void)state;
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	block_of(text, "```json\n", body, sizeof(body));
	block_of(text, "```yaml\nprofile: acme", profile, sizeof(profile));
	assert_event_has(profile, body,
	                 "\"subject\":\"campaigns/Spring%20%2F%202024/messages/5512\"");
	assert_event_has(profile, body, "\"time\":\"2024-09-03T09:02:00.000Z\"");
	assert_event_has(profile, body, "\"recipient\":{\"msisdn\":\"+442079460000\"}");
	assert_event_has(profile, body, "\"status\":\"undelivered\",\"vendor_status\":\"FAILED\"");
	assert_event_has(profile, body, "\"reason\":\"mailbox_full\"");
	assert_event_has(profile, body, "\"extra\":{\"report\":{\"route\":\"A7\"}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_map_that_holds_gives_an_event),
		cmocka_unit_test(each_event_has_the_members_that_its_own_map_left),
		cmocka_unit_test(a_bad_record_says_which_and_why),
		cmocka_unit_test(a_bad_payload_is_kept_whole),
		cmocka_unit_test(a_record_past_the_memory_does_not_stop_the_others),
		cmocka_unit_test(an_event_past_the_memory_is_too_large),
		cmocka_unit_test(an_empty_list_gives_nothing),
		cmocka_unit_test(check_tells_whether_every_record_can_be_read),
		cmocka_unit_test(the_worked_example_of_the_docs_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
