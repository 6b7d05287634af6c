/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/store_result.h"

/* What the backend has, and throws away. */
struct source {
	char bytes[256];
	size_t len;
};

static struct str said(struct source *b, const char *text)
{
	struct str s = {b->bytes + b->len, strlen(text)};

	assert_true(b->len + s.len <= sizeof(b->bytes));
	memcpy(b->bytes + b->len, text, s.len);
	b->len += s.len;
	return s;
}

static void forget(struct source *b)
{
	memset(b->bytes, '#', sizeof(b->bytes));
}

static void assert_text(struct str got, const char *wanted)
{
	assert_int_equal(got.len, strlen(wanted));
	assert_memory_equal(got.ptr != NULL ? got.ptr : "", wanted, got.len);
}

static struct payload a_payload(struct source *b, int64_t entry)
{
	return (struct payload){.entry = entry,
	                        .account = said(b, "acme"),
	                        .source = said(b, "hook"),
	                        .verified = said(b, "basic"),
	                        .method = said(b, "POST"),
	                        .media_type = said(b, "text/plain"),
	                        .query = said(b, "a=1"),
	                        .headers = said(b, "x: y"),
	                        .vars = said(b, "v"),
	                        .body = said(b, "hello")};
}

static void assert_payload(const struct payload *p, int64_t entry)
{
	assert_int_equal(p->entry, entry);
	assert_text(p->account, "acme");
	assert_text(p->source, "hook");
	assert_text(p->verified, "basic");
	assert_text(p->method, "POST");
	assert_text(p->media_type, "text/plain");
	assert_text(p->query, "a=1");
	assert_text(p->headers, "x: y");
	assert_text(p->vars, "v");
	assert_text(p->body, "hello");
}

static void payloads_outlive_the_backends(void **state)
{
	struct source b = {.len = 0};
	struct payload rows[3] = {a_payload(&b, 7), {.entry = 8}, a_payload(&b, 9)};
	struct op op = {.kind = OP_CLAIM};
	const struct payload *got;

	(void)state;
	assert_int_equal(store_result_payloads(&op, rows, 3), ERR_OK);
	forget(&b);
	memset(rows, 0, sizeof(rows));
	got = op.result;
	assert_int_equal(op.result_count, 3);
	assert_payload(&got[0], 7);
	assert_int_equal(got[1].entry, 8);
	assert_int_equal(got[1].body.len, 0);
	assert_payload(&got[2], 9);
	free(op.result);
}

static void lanes_outlive_the_backends(void **state)
{
	struct source b = {.len = 0};
	struct store_lane rows[2] = {{.account = said(&b, "one"), .newest = 4},
	                             {.account = said(&b, "second"), .newest = 5}};
	struct op op = {.kind = OP_LANES};
	const struct store_lane *got;

	(void)state;
	assert_int_equal(store_result_lanes(&op, rows, 2), ERR_OK);
	forget(&b);
	got = op.result;
	assert_int_equal(op.result_count, 2);
	assert_text(got[0].account, "one");
	assert_text(got[1].account, "second");
	assert_int_equal(got[1].newest, 5);
	free(op.result);
}

static void counts_outlive_the_backends(void **state)
{
	struct source b = {.len = 0};
	struct store_count row = {.account = said(&b, "acme"),
	                          .campaign = said(&b, "spring"),
	                          .status = said(&b, "delivered"),
	                          .add = 12};
	struct op op = {.kind = OP_COUNTS};
	const struct store_count *got;

	(void)state;
	assert_int_equal(store_result_counts(&op, &row, 1), ERR_OK);
	forget(&b);
	got = op.result;
	assert_text(got->account, "acme");
	assert_text(got->campaign, "spring");
	assert_text(got->status, "delivered");
	assert_int_equal(got->add, 12);
	free(op.result);
}

static void campaigns_outlive_the_backends(void **state)
{
	struct source b = {.len = 0};
	struct store_campaign row = {.account = said(&b, "acme"),
	                             .level = said(&b, "spring"),
	                             .id = said(&b, "77"),
	                             .name = said(&b, "Spring 50 %"),
	                             .change = 3};
	struct op op = {.kind = OP_CAMPAIGNS};
	const struct store_campaign *got;

	(void)state;
	assert_int_equal(store_result_campaigns(&op, &row, 1), ERR_OK);
	forget(&b);
	got = op.result;
	assert_text(got->account, "acme");
	assert_text(got->level, "spring");
	assert_text(got->id, "77");
	assert_text(got->name, "Spring 50 %");
	assert_int_equal(got->change, 3);
	free(op.result);
}

static void dead_letters_keep_the_payloads_that_they_have(void **state)
{
	struct source b = {.len = 0};
	struct payload payload = a_payload(&b, 21);
	struct store_dead_row rows[2] = {
		{.id = 1,
	         .dead = {.account = said(&b, "acme"),
	                  .source = said(&b, "hook"),
	                  .cause = said(&b, "record"),
	                  .text = said(&b, "no id"),
	                  .event_id = said(&b, "e1")}},
		{.id = 2, .dead = {.account = said(&b, "acme"), .payload = &payload}},
	};
	struct op op = {.kind = OP_DEAD_LIST};
	const struct store_dead_row *got;

	(void)state;
	assert_int_equal(store_result_dead(&op, rows, 2), ERR_OK);
	forget(&b);
	memset(&payload, 0, sizeof(payload));
	got = op.result;
	assert_int_equal(op.result_count, 2);
	assert_int_equal(got[0].id, 1);
	assert_text(got[0].dead.account, "acme");
	assert_text(got[0].dead.source, "hook");
	assert_text(got[0].dead.cause, "record");
	assert_text(got[0].dead.text, "no id");
	assert_text(got[0].dead.event_id, "e1");
	assert_null(got[0].dead.payload);
	assert_text(got[1].dead.account, "acme");
	assert_non_null(got[1].dead.payload);
	assert_payload(got[1].dead.payload, 21);
	free(op.result);
}

static void a_text_is_kept_without_rows(void **state)
{
	struct source b = {.len = 0};
	struct op op = {.kind = OP_CHECKPOINT_GET};
	struct str copy = STR_EMPTY;

	(void)state;
	assert_int_equal(store_result_text(&op, said(&b, "page 7"), &copy), ERR_OK);
	forget(&b);
	assert_text(copy, "page 7");
	assert_int_equal(op.result_count, 0);
	free(op.result);
}

static void nothing_found_is_a_result_too(void **state)
{
	struct op op = {.kind = OP_LANES};

	(void)state;
	assert_int_equal(store_result_lanes(&op, NULL, 0), ERR_OK);
	assert_int_equal(op.result_count, 0);
	free(op.result);
	op.result = NULL;
	assert_int_equal(store_result_dead(&op, NULL, 0), ERR_OK);
	assert_int_equal(op.result_count, 0);
	free(op.result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(payloads_outlive_the_backends),
		cmocka_unit_test(lanes_outlive_the_backends),
		cmocka_unit_test(counts_outlive_the_backends),
		cmocka_unit_test(campaigns_outlive_the_backends),
		cmocka_unit_test(dead_letters_keep_the_payloads_that_they_have),
		cmocka_unit_test(a_text_is_kept_without_rows),
		cmocka_unit_test(nothing_found_is_a_result_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
