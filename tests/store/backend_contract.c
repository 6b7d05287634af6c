/* SPDX-License-Identifier: MIT */
#include "tests/store/backend_contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)
#define T0     ((int64_t)1700000000000)

static const struct backend_ops *ops;
static void (*make_fresh)(struct store_conf *ret_conf);

struct fixture {
	struct store_conf conf;
	char path[512];
	struct backend *b;
};

static void open_backend(struct fixture *f)
{
	struct err_detail detail = {.text = ""};

	f->b = NULL;
	if (ops->open(&f->conf, &f->b, &detail) != ERR_OK)
		fail_msg("open: %s", detail.text);
}

static void reopen(struct fixture *f)
{
	ops->close(f->b);
	open_backend(f);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	make_fresh(&f->conf);
	(void)snprintf(f->path, sizeof(f->path), "%s", f->conf.path);
	f->conf.path = f->path;
	f->conf.max_bytes = 1 << 20;
	f->conf.keep_settled_ms = 7 * (uint64_t)DAY_MS;
	f->conf.dedupe_for_ms = 4 * (uint64_t)DAY_MS;
	open_backend(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	ops->close(f->b);
	free(f);
	return 0;
}

static void begin(struct fixture *f)
{
	assert_int_equal(ops->begin(f->b, true), ERR_OK);
}

static void commit(struct fixture *f)
{
	struct err_detail detail = {.text = ""};

	if (ops->commit(f->b, &detail) != ERR_OK)
		fail_msg("commit: %s", detail.text);
}

static struct payload simple(const char *account, const char *body)
{
	return (struct payload){.received_ms = T0,
	                        .via = PAYLOAD_WEBHOOK,
	                        .account = str_from(account),
	                        .source = STR_LIT("sms"),
	                        .body = str_from(body)};
}

/* In a running transaction. */
static int64_t put(struct fixture *f, const char *account, const char *body)
{
	struct payload p = simple(account, body);
	int64_t entry = 0;

	assert_int_equal(ops->put(f->b, &p, &entry), ERR_OK);
	return entry;
}

static int64_t put_alone(struct fixture *f, const char *account, const char *body)
{
	begin(f);

	int64_t entry = put(f, account, body);

	commit(f);
	return entry;
}

static struct store_claim claim(struct fixture *f, const char *account, int64_t after)
{
	struct store_claim c = {NULL, 0};

	assert_int_equal(ops->claim(f->b, str_from(account), after, 1000, 1 << 30, &c), ERR_OK);
	return c;
}

static size_t waiting_in(struct fixture *f, const char *account)
{
	assert_int_equal(ops->begin(f->b, false), ERR_OK);

	size_t count = claim(f, account, 0).count;

	commit(f);
	return count;
}

static void settle(struct fixture *f, const char *account, int64_t upto, int64_t now_ms)
{
	struct store_settle s = {.account = str_from(account), .upto = upto};

	begin(f);
	assert_int_equal(ops->settle(f->b, &s, now_ms), ERR_OK);
	commit(f);
}

static void make_id(uint8_t id[STORE_ID_BYTES], uint64_t n)
{
	uint64_t mixed = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	memcpy(id, &mixed, sizeof(mixed));
	memcpy(id + sizeof(mixed), &n, sizeof(n));
}

/* @p count ids from @p first on, in one settle. */
static void settle_ids(struct fixture *f, uint64_t first, size_t count, int64_t now_ms)
{
	uint8_t *ids = malloc(count * STORE_ID_BYTES);
	struct store_settle s = {.account = STR_LIT("acme"), .ids = ids, .id_count = count};

	assert_non_null(ids);
	for (size_t i = 0; i < count; i++)
		make_id(ids + i * STORE_ID_BYTES, first + i);
	assert_int_equal(ops->settle(f->b, &s, now_ms), ERR_OK);
	free(ids);
}

static bool is_known(struct fixture *f, uint64_t n)
{
	uint8_t id[STORE_ID_BYTES];
	bool known = false;

	make_id(id, n);
	assert_int_equal(ops->known(f->b, id, 1, &known), ERR_OK);
	return known;
}

static size_t count_known(struct fixture *f, uint64_t first, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += is_known(f, first + i);
	return found;
}

static void sweep_all(struct fixture *f, int64_t now_ms)
{
	bool more = true;

	for (int i = 0; more && i < 10000; i++) {
		begin(f);
		assert_int_equal(ops->sweep(f->b, &f->conf, now_ms, 100, &more), ERR_OK);
		commit(f);
	}
	assert_false(more);
}

static bool same(struct str a, const char *text)
{
	return str_eq(a, str_from(text));
}

/* ---- journal ---- */

static void put_gives_rising_entries_from_1(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put_alone(f, "acme", "a"), 1);
	assert_int_equal(put_alone(f, "other", "b"), 2);
	assert_int_equal(put_alone(f, "acme", "c"), 3);
}

static void claim_gives_every_part_of_a_payload(void **state)
{
	struct fixture *f = *state;
	struct payload p = {.received_ms = T0 + 7,
	                    .via = PAYLOAD_REPORT,
	                    .replay = true,
	                    .account = STR_LIT("acme"),
	                    .source = STR_LIT("email"),
	                    .verified = STR_LIT("basic"),
	                    .method = STR_LIT("PUT"),
	                    .media_type = STR_LIT("text/csv; charset=utf-8"),
	                    .query = STR_LIT("a=1&b=2"),
	                    .headers = STR_LIT("ce-id: 7\n"),
	                    .vars = STR_LIT("campaign=9"),
	                    .body = {"a\0b\xff", 4}};
	int64_t entry = 0;

	begin(f);
	assert_int_equal(ops->put(f->b, &p, &entry), ERR_OK);
	commit(f);
	reopen(f);
	assert_int_equal(ops->begin(f->b, false), ERR_OK);

	struct store_claim c = claim(f, "acme", 0);

	assert_int_equal(c.count, 1);
	assert_int_equal(c.payloads[0].entry, entry);
	assert_int_equal(c.payloads[0].received_ms, T0 + 7);
	assert_int_equal(c.payloads[0].via, PAYLOAD_REPORT);
	assert_true(c.payloads[0].replay);
	assert_true(str_eq(c.payloads[0].account, p.account));
	assert_true(str_eq(c.payloads[0].source, p.source));
	assert_true(str_eq(c.payloads[0].verified, p.verified));
	assert_true(str_eq(c.payloads[0].method, p.method));
	assert_true(str_eq(c.payloads[0].media_type, p.media_type));
	assert_true(str_eq(c.payloads[0].query, p.query));
	assert_true(str_eq(c.payloads[0].headers, p.headers));
	assert_true(str_eq(c.payloads[0].vars, p.vars));
	assert_true(str_eq(c.payloads[0].body, p.body));
	commit(f);
}

static void claim_stops_at_count_and_bytes_but_gives_one(void **state)
{
	struct fixture *f = *state;
	struct store_claim c;

	begin(f);
	for (int i = 0; i < 5; i++)
		(void)put(f, "acme", "0123456789");
	assert_int_equal(ops->claim(f->b, STR_LIT("acme"), 0, 3, 1000, &c), ERR_OK);
	assert_int_equal(c.count, 3);
	assert_int_equal(ops->claim(f->b, STR_LIT("acme"), 0, 5, 15, &c), ERR_OK);
	assert_int_equal(c.count, 2);
	assert_int_equal(ops->claim(f->b, STR_LIT("acme"), 0, 5, 1, &c), ERR_OK);
	assert_int_equal(c.count, 1);
	assert_int_equal(ops->claim(f->b, STR_LIT("acme"), 4, 5, 1000, &c), ERR_OK);
	assert_int_equal(c.count, 1);
	assert_int_equal(c.payloads[0].entry, 5);
	assert_int_equal(ops->claim(f->b, STR_LIT("nobody"), 0, 5, 1000, &c), ERR_OK);
	assert_int_equal(c.count, 0);
	assert_int_equal(ops->claim(f->b, STR_LIT("acme"), 0, 0, 1000, &c), ERR_INVAL);
	commit(f);
}

static void lanes_do_not_see_each_other(void **state)
{
	struct fixture *f = *state;

	(void)put_alone(f, "acme", "a");
	(void)put_alone(f, "other", "b");
	(void)put_alone(f, "acme", "c");
	settle(f, "acme", 3, T0);
	assert_int_equal(waiting_in(f, "acme"), 0);
	assert_int_equal(waiting_in(f, "other"), 1);
}

static void settled_entries_stay_settled_after_a_restart(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 4; i++)
		(void)put_alone(f, "acme", "x");
	settle(f, "acme", 2, T0);
	settle(f, "acme", 1, T0); /* an older number changes nothing */
	reopen(f);
	assert_int_equal(waiting_in(f, "acme"), 2);
	assert_int_equal(put_alone(f, "acme", "y"), 5);
}

static void entries_are_never_given_twice_even_after_deletion(void **state)
{
	struct fixture *f = *state;

	(void)put_alone(f, "acme", "x");
	(void)put_alone(f, "acme", "x");
	settle(f, "acme", 2, T0);
	sweep_all(f, T0 + 30 * DAY_MS);
	reopen(f);
	assert_int_equal(put_alone(f, "acme", "y"), 3);
	assert_int_equal(waiting_in(f, "acme"), 1);
}

static void waiting_counts_entries_and_bodies(void **state)
{
	struct fixture *f = *state;
	uint64_t entries = 9;
	uint64_t bytes = 9;

	ops->waiting(f->b, &entries, &bytes);
	assert_int_equal(entries, 0);
	(void)put_alone(f, "acme", "12345");
	(void)put_alone(f, "other", "123");
	(void)put_alone(f, "acme", "1");
	settle(f, "acme", 1, T0);
	for (int i = 0; i < 2; i++) {
		ops->waiting(f->b, &entries, &bytes);
		assert_int_equal(entries, 2);
		assert_int_equal(bytes, 4);
		sweep_all(f, T0 + 30 * DAY_MS);
		reopen(f);
	}
}

static void rollback_undoes_everything(void **state)
{
	struct fixture *f = *state;
	uint64_t entries;
	uint64_t bytes;

	(void)put_alone(f, "acme", "x");
	begin(f);
	assert_int_equal(put(f, "acme", "y"), 2);
	(void)put(f, "fresh", "z");
	settle_ids(f, 1, 10, T0);

	struct store_settle s = {.account = STR_LIT("acme"), .upto = 2};

	assert_int_equal(ops->settle(f->b, &s, T0), ERR_OK);
	ops->rollback(f->b);
	begin(f);
	ops->waiting(f->b, &entries, &bytes);
	assert_int_equal(entries, 1);
	assert_int_equal(bytes, 1);
	assert_int_equal(count_known(f, 1, 10), 0);
	assert_int_equal(put(f, "acme", "y"), 2);
	commit(f);
	assert_int_equal(waiting_in(f, "acme"), 2);
}

static void lanes_tell_what_waits(void **state)
{
	struct fixture *f = *state;
	const struct store_lane *lanes = NULL;
	size_t count = 0;
	struct payload p = simple("acme", "1234");
	int64_t entry;

	(void)put_alone(f, "acme", "1");
	(void)put_alone(f, "done", "1");
	begin(f);
	p.received_ms = T0 + 5000;
	assert_int_equal(ops->put(f->b, &p, &entry), ERR_OK);
	commit(f);
	settle(f, "acme", 1, T0);
	settle(f, "done", 2, T0);
	reopen(f);
	assert_int_equal(ops->begin(f->b, false), ERR_OK);
	assert_int_equal(ops->lanes(f->b, &lanes, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_true(same(lanes[0].account, "acme"));
	assert_int_equal(lanes[0].settled, 1);
	assert_int_equal(lanes[0].newest, 3);
	assert_int_equal(lanes[0].oldest_ms, T0 + 5000);
	assert_int_equal(lanes[0].waiting, 1);
	assert_int_equal(lanes[0].waiting_bytes, 4);
	commit(f);
}

static void values_that_cannot_work_are_refused_alone(void **state)
{
	struct fixture *f = *state;
	struct payload nameless = simple("", "x");
	struct store_settle beyond = {.account = STR_LIT("acme"), .upto = 99};
	struct store_settle nobody = {.account = STR_LIT("nobody"), .upto = 1};
	char key[513];
	struct store_checkpoint long_key = {{key, sizeof(key)}, STR_LIT("v")};
	int64_t entry = 0;

	memset(key, 'k', sizeof(key));
	begin(f);
	(void)put(f, "acme", "x");
	assert_int_equal(ops->put(f->b, &nameless, &entry), ERR_INVAL);
	assert_int_equal(ops->settle(f->b, &beyond, T0), ERR_INVAL);
	assert_int_equal(ops->settle(f->b, &nobody, T0), ERR_INVAL);
	assert_int_equal(ops->checkpoint_set(f->b, &long_key), ERR_INVAL);
	commit(f);
	assert_int_equal(waiting_in(f, "acme"), 1);
}

/* ---- deduplication ---- */

static void ids_are_known_in_the_transaction_that_settles_them(void **state)
{
	struct fixture *f = *state;

	begin(f);
	settle_ids(f, 100, 20, T0);
	settle_ids(f, 110, 20, T0); /* ten of them again */
	assert_int_equal(count_known(f, 100, 30), 30);
	assert_false(is_known(f, 99));
	commit(f);
	assert_int_equal(count_known(f, 90, 50), 30);
}

static void ids_are_known_after_a_restart(void **state)
{
	struct fixture *f = *state;

	begin(f);
	settle_ids(f, 0, 1000, T0);
	commit(f);
	reopen(f);
	assert_int_equal(count_known(f, 0, 2000), 1000);
}

static void many_ids_are_known_while_and_after_they_are_merged(void **state)
{
	struct fixture *f = *state;
	const size_t step = 5000;
	const size_t steps = 40;

	for (size_t i = 0; i < steps; i++) {
		begin(f);
		settle_ids(f, i * step, step, T0 + (int64_t)i);
		commit(f);
		assert_true(is_known(f, i * step + 7));
		assert_true(is_known(f, i * step / 2));
		if (i % 13 == 12)
			reopen(f);
	}
	assert_int_equal(count_known(f, 0, step * (steps + 1)), step * steps);
}

static void a_rolled_back_merge_loses_nothing(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < 20; i++) {
		begin(f);
		settle_ids(f, i * 5000, 5000, T0);
		commit(f);
		begin(f);
		settle_ids(f, 1000000 + i, 1, T0);
		ops->rollback(f->b);
	}
	assert_int_equal(ops->begin(f->b, true), ERR_OK);
	assert_int_equal(count_known(f, 0, 100000), 100000);
	assert_int_equal(count_known(f, 1000000, 20), 0);
	commit(f);
}

static void ids_are_forgotten_after_their_time_and_not_before(void **state)
{
	struct fixture *f = *state;
	int64_t t = T0;

	/* One id a day, dedupe_for is four days. */
	for (uint64_t day = 0; day < 12; day++, t += DAY_MS) {
		begin(f);
		settle_ids(f, day, 1, t);
		commit(f);
		sweep_all(f, t);
		for (uint64_t d = day > 4 ? day - 4 : 0; d <= day; d++)
			assert_true(is_known(f, d));
		if (day == 6)
			reopen(f);
	}
	assert_false(is_known(f, 0));
	assert_false(is_known(f, 4));
}

static void a_clock_set_back_forgets_no_id(void **state)
{
	struct fixture *f = *state;

	for (uint64_t i = 0; i < 5; i++) {
		begin(f);
		settle_ids(f, i, 1, i % 2 == 0 ? T0 + 400 * DAY_MS : T0);
		commit(f);
		sweep_all(f, T0 + DAY_MS);
		assert_int_equal(count_known(f, 0, i + 1), i + 1);
	}
}

/* ---- retention ---- */

static size_t kept_rows(struct fixture *f)
{
	/* Seen from outside: what is kept takes room; ask for the entries by settling nothing. */
	struct fixture other = *f;
	uint64_t entries;
	uint64_t bytes;

	ops->waiting(other.b, &entries, &bytes);
	return (size_t)entries;
}

static void sweep_never_deletes_what_waits(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 300; i++)
		(void)put_alone(f, i % 2 ? "acme" : "other", "0123456789");
	settle(f, "acme", 100, T0);
	f->conf.max_bytes = 1;
	f->conf.keep_settled_ms = 0;
	sweep_all(f, T0 + 100 * DAY_MS);
	assert_int_equal(kept_rows(f), 250);
	assert_int_equal(waiting_in(f, "acme"), 100);
	assert_int_equal(waiting_in(f, "other"), 150);
}

static void sweep_deletes_at_most_what_it_may(void **state)
{
	struct fixture *f = *state;
	bool more = false;
	int calls = 0;

	for (int i = 0; i < 50; i++)
		(void)put_alone(f, "acme", "x");
	settle(f, "acme", 50, T0);
	do {
		begin(f);
		assert_int_equal(ops->sweep(f->b, &f->conf, T0 + 30 * DAY_MS, 10, &more), ERR_OK);
		commit(f);
		calls++;
	} while (more && calls < 100);
	assert_in_range(calls, 5, 8);
	assert_int_equal(ops->begin(f->b, true), ERR_OK);
	assert_int_equal(ops->sweep(f->b, &f->conf, T0 + 30 * DAY_MS, 10, &more), ERR_OK);
	assert_false(more);
	commit(f);
}

/* ---- the rest ---- */

static void checkpoints_are_kept_replaced_and_absent(void **state)
{
	struct fixture *f = *state;
	struct store_checkpoint c = {STR_LIT("acme/report"), {"1\0two", 5}};
	struct str value = STR_LIT("?");

	begin(f);
	assert_int_equal(ops->checkpoint_get(f->b, c.key, &value), ERR_OK);
	assert_int_equal(value.len, 0);
	assert_int_equal(ops->checkpoint_set(f->b, &c), ERR_OK);
	commit(f);
	reopen(f);
	begin(f);
	assert_int_equal(ops->checkpoint_get(f->b, c.key, &value), ERR_OK);
	assert_true(str_eq(value, c.value));
	c.value = STR_LIT("three");
	assert_int_equal(ops->checkpoint_set(f->b, &c), ERR_OK);
	assert_int_equal(ops->checkpoint_get(f->b, c.key, &value), ERR_OK);
	assert_true(same(value, "three"));
	commit(f);
}

static void counters_add_up_per_campaign_and_status(void **state)
{
	struct fixture *f = *state;
	const struct store_count add[] = {
		{STR_LIT("acme"), STR_LIT("c1"), STR_LIT("sent"), 2, true},
		{STR_LIT("acme"), STR_LIT("c1"), STR_LIT("delivered"), 1, true},
		{STR_LIT("acme"), STR_EMPTY, STR_LIT("sent"), 1, true},
		{STR_LIT("acme"), STR_LIT("c1"), STR_LIT("sent"), 3, true},
	};
	struct store_settle s = {.account = STR_LIT("acme"), .counts = add, .count_count = 4};
	const struct store_count *counts = NULL;
	size_t count = 0;

	begin(f);
	assert_int_equal(ops->settle(f->b, &s, T0), ERR_OK);
	commit(f);
	reopen(f);
	begin(f);
	assert_int_equal(ops->settle(f->b, &s, T0), ERR_OK);
	assert_int_equal(ops->counts(f->b, STR_LIT("acme"), STR_LIT("c1"), &counts, &count),
	                 ERR_OK);
	assert_int_equal(count, 2);
	assert_true(same(counts[0].status, "delivered"));
	assert_int_equal(counts[0].add, 2);
	assert_int_equal(counts[1].add, 10);
	assert_int_equal(ops->counts(f->b, STR_LIT("acme"), STR_EMPTY, &counts, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(ops->counts(f->b, STR_LIT("no"), STR_LIT("c1"), &counts, &count), ERR_OK);
	assert_int_equal(count, 0);
	commit(f);
}

static void observed_and_vendors_counters_are_never_mixed(void **state)
{
	struct fixture *f = *state;
	const struct store_count add[] = {
		{STR_LIT("acme"), STR_LIT("c"), STR_LIT("clicked"), 0, false},
		{STR_LIT("acme"), STR_LIT("c"), STR_LIT("delivered"), 5, true},
		{STR_LIT("acme"), STR_LIT("c"), STR_LIT("sent"), 3, true},
		{STR_LIT("acme"), STR_LIT("c"), STR_LIT("sent"), 100, false},
		{STR_LIT("acme"), STR_LIT("c"), STR_LIT("sent"), -7, false},
	};
	struct store_settle s = {.account = STR_LIT("acme"), .counts = add, .count_count = 5};
	const struct store_count *counts = NULL;
	size_t count = 0;

	begin(f);
	assert_int_equal(ops->settle(f->b, &s, T0), ERR_OK);
	commit(f);
	reopen(f);
	begin(f);
	assert_int_equal(ops->counts(f->b, STR_LIT("acme"), STR_LIT("c"), &counts, &count), ERR_OK);
	assert_int_equal(count, 4);
	assert_true(same(counts[0].status, "clicked"));
	assert_false(counts[0].is_observed);
	assert_int_equal(counts[0].add, 0);
	assert_true(counts[1].is_observed);
	assert_int_equal(counts[1].add, 5);
	assert_true(counts[2].is_observed);
	assert_int_equal(counts[2].add, 3);
	assert_true(same(counts[3].status, "sent"));
	assert_false(counts[3].is_observed);
	assert_int_equal(counts[3].add, 93);
	commit(f);
}

/* ---- tallies and campaigns ---- */

static void settle_tally(struct fixture *f, uint64_t n, int64_t value, uint32_t revision)
{
	struct store_tally t = {
		.count = value, .revision = revision, .entry = value + 1, .index = 2};
	struct store_settle s = {.account = STR_LIT("acme"), .tallies = &t, .tally_count = 1};

	make_id(t.id, n);
	assert_int_equal(ops->settle(f->b, &s, T0), ERR_OK);
}

static void tallies_keep_their_last_value(void **state)
{
	struct fixture *f = *state;
	uint8_t ids[3 * STORE_ID_BYTES];
	struct store_tally got[3];

	for (uint64_t i = 0; i < 3; i++)
		make_id(ids + i * STORE_ID_BYTES, i);
	begin(f);
	settle_tally(f, 0, 7, 0);
	settle_tally(f, 2, INT64_MIN, UINT32_MAX);
	commit(f);
	begin(f);
	settle_tally(f, 0, 5, 1);
	commit(f);
	begin(f);
	settle_tally(f, 0, 6, 9);
	settle_tally(f, 1, 6, 9);
	ops->rollback(f->b);
	reopen(f);
	begin(f);
	assert_int_equal(ops->tallies(f->b, ids, 3, got), ERR_OK);
	commit(f);
	assert_true(got[0].is_known);
	assert_memory_equal(got[0].id, ids, STORE_ID_BYTES);
	assert_int_equal(got[0].count, 5);
	assert_int_equal(got[0].revision, 1);
	assert_int_equal(got[0].entry, 6);
	assert_int_equal(got[0].index, 2);
	assert_false(got[1].is_known);
	assert_memory_equal(got[1].id, ids + STORE_ID_BYTES, STORE_ID_BYTES);
	assert_int_equal(got[1].count, 0);
	assert_int_equal(got[1].entry, 0);
	assert_int_equal(got[2].count, INT64_MIN);
	assert_int_equal(got[2].revision, UINT32_MAX);
}

static void touch(struct fixture *f, const char *account, const char *level, const char *name,
                  int64_t now_ms)
{
	const struct store_campaign c = {.account = str_from(account),
	                                 .level = str_from(level),
	                                 .id = str_from(name),
	                                 .name = str_from(name)};
	struct store_settle s = {
		.account = str_from(account), .campaigns = &c, .campaign_count = 1};

	begin(f);
	assert_int_equal(ops->settle(f->b, &s, now_ms), ERR_OK);
	commit(f);
}

/* Levels that are due, as "a b c ". */
static const char *due(struct fixture *f, size_t max)
{
	static char text[128];
	const struct store_campaign *rows = NULL;
	size_t count = 0;
	size_t len = 0;

	begin(f);
	assert_int_equal(ops->summaries_due(f->b, max, &rows, &count), ERR_OK);
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%.*s/%.*s:%llu ",
		                        STR_FMT(rows[i].account), STR_FMT(rows[i].level),
		                        (unsigned long long)rows[i].change);
	}
	commit(f);
	return text;
}

static enum err summary_done(struct fixture *f, const char *account, const char *level,
                             uint64_t change, int64_t now_ms)
{
	enum err err;

	begin(f);
	err = ops->summary_done(f->b, str_from(account), str_from(level), change, now_ms);
	commit(f);
	return err;
}

static void summaries_are_due_until_the_last_change_is_done(void **state)
{
	struct fixture *f = *state;

	touch(f, "acme", "b", "B", T0);
	touch(f, "other", "a", "A", T0 + 1);
	touch(f, "acme", "c", "C", T0 + 2);
	touch(f, "acme", "b", "B", T0 + 3); /* keeps its place in the line */
	assert_string_equal(due(f, 9), "acme/b:2 other/a:1 acme/c:1 ");
	assert_string_equal(due(f, 1), "acme/b:2 ");
	reopen(f);
	assert_int_equal(summary_done(f, "acme", "b", 1, T0 + 4), ERR_OK); /* changed since */
	assert_int_equal(summary_done(f, "other", "a", 1, T0 + 4), ERR_OK);
	assert_string_equal(due(f, 9), "acme/c:1 acme/b:2 ");
	assert_int_equal(summary_done(f, "acme", "b", 2, T0 + 5), ERR_OK);
	assert_string_equal(due(f, 9), "acme/c:1 ");
	assert_int_equal(summary_done(f, "acme", "nowhere", 2, T0), ERR_NOENT);
	assert_int_equal(summary_done(f, "nobody", "b", 2, T0), ERR_NOENT);
	touch(f, "acme", "b", "B", T0 + 6);
	assert_string_equal(due(f, 9), "acme/c:1 acme/b:3 ");
}

static void the_last_summaries_are_due_again(void **state)
{
	struct fixture *f = *state;

	begin(f);
	assert_int_equal(ops->summaries_again(f->b, 1000), ERR_OK);
	commit(f);
	touch(f, "acme", "a", "A", T0);
	touch(f, "acme", "b", "B", T0 + 1);
	touch(f, "acme", "c", "C", T0 + 2);
	touch(f, "acme", "d", "D", T0 + 3);
	assert_int_equal(summary_done(f, "acme", "a", 1, T0 + 10), ERR_OK);
	assert_int_equal(summary_done(f, "acme", "b", 1, T0 + 20), ERR_OK);
	assert_int_equal(summary_done(f, "acme", "c", 1, T0 + 1020), ERR_OK);
	begin(f);
	assert_int_equal(ops->summaries_again(f->b, 1000), ERR_OK);
	commit(f);
	assert_string_equal(due(f, 9), "acme/b:1 acme/c:1 acme/d:1 ");
}

static void campaigns_are_listed_by_time_and_level(void **state)
{
	struct fixture *f = *state;
	const struct store_campaign *rows = NULL;
	size_t count = 0;

	touch(f, "acme", "b", "Bee", T0 + 5);
	touch(f, "acme", "c", "", T0 + 1);
	touch(f, "acme", "a", "", T0 + 5);
	touch(f, "other", "d", "", T0 + 9);
	touch(f, "acme", "b", "", T0 + 7); /* without a name the old one stays */
	begin(f);
	assert_int_equal(ops->campaigns(f->b, STR_LIT("acme"), T0 + 5, STR_EMPTY, 9, &rows, &count),
	                 ERR_OK);
	assert_int_equal(count, 2);
	assert_true(same(rows[0].level, "a"));
	assert_true(same(rows[1].level, "b"));
	assert_true(same(rows[1].account, "acme"));
	assert_true(same(rows[1].name, "Bee"));
	assert_true(same(rows[1].id, "Bee"));
	assert_int_equal(rows[1].changed_ms, T0 + 7);
	assert_int_equal(rows[1].change, 2);
	assert_int_equal(ops->campaigns(f->b, STR_LIT("acme"), 0, STR_LIT("a"), 1, &rows, &count),
	                 ERR_OK);
	assert_int_equal(count, 1);
	assert_true(same(rows[0].level, "b"));
	assert_int_equal(ops->campaigns(f->b, STR_LIT("nobody"), 0, STR_EMPTY, 9, &rows, &count),
	                 ERR_OK);
	assert_int_equal(count, 0);
	commit(f);
}

static void park(struct fixture *f, const struct payload *payload, const char *text)
{
	struct store_dead dead = {.account = STR_LIT("acme"),
	                          .source = STR_LIT("sms"),
	                          .cause = STR_LIT("unparsable"),
	                          .text = str_from(text),
	                          .entry = 12,
	                          .index = 3,
	                          .received_ms = T0,
	                          .event_id = STR_LIT("00112233445566778899aabbccddeeff"),
	                          .payload = payload};
	struct store_settle s = {.account = STR_LIT("acme"), .dead = &dead, .dead_count = 1};

	begin(f);
	assert_int_equal(ops->settle(f->b, &s, T0 + 1), ERR_OK);
	commit(f);
}

static void dead_letters_keep_their_bytes_until_dropped(void **state)
{
	struct fixture *f = *state;
	struct payload p = simple("acme", "the record");
	const struct store_dead_row *rows = NULL;
	size_t count = 0;

	p.media_type = STR_LIT("text/csv");
	park(f, &p, "first");
	park(f, NULL, "second");
	park(f, &p, "third");
	reopen(f);
	begin(f);
	assert_int_equal(ops->dead_list(f->b, 0, 2, true, &rows, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].parked_ms, T0 + 1);
	assert_int_equal(rows[0].dead.entry, 12);
	assert_int_equal(rows[0].dead.index, 3);
	assert_true(same(rows[0].dead.cause, "unparsable"));
	assert_true(same(rows[0].dead.text, "first"));
	assert_true(same(rows[0].dead.event_id, "00112233445566778899aabbccddeeff"));
	assert_non_null(rows[0].dead.payload);
	assert_true(same(rows[0].dead.payload->body, "the record"));
	assert_true(same(rows[0].dead.payload->media_type, "text/csv"));
	assert_null(rows[1].dead.payload);

	int64_t first = rows[0].id;
	int64_t second = rows[1].id;

	assert_int_equal(ops->dead_list(f->b, second, 9, false, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].dead.payload->body.len, 0);
	assert_int_equal(ops->dead_drop(f->b, first), ERR_OK);
	assert_int_equal(ops->dead_drop(f->b, first), ERR_NOENT);
	commit(f);
	begin(f);
	assert_int_equal(ops->dead_list(f->b, 0, 9, true, &rows, &count), ERR_OK);
	assert_int_equal(count, 2);
	commit(f);
}

static void a_second_opening_is_refused(void **state)
{
	struct fixture *f = *state;
	struct backend *second = NULL;
	struct err_detail detail = {.text = ""};

	assert_int_equal(ops->open(&f->conf, &second, &detail), ERR_EXISTS);
	assert_null(second);
	assert_non_null(strstr(detail.text, "another process"));
}

static void probe_and_idle_leave_the_content(void **state)
{
	struct fixture *f = *state;

	(void)put_alone(f, "acme", "x");
	begin(f);
	assert_int_equal(ops->probe(f->b), ERR_OK);
	commit(f);
	ops->idle(f->b);
	assert_int_equal(waiting_in(f, "acme"), 1);
}

#define CONTRACT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int backend_contract_run(const struct backend_ops *backend_ops,
                         void (*fresh)(struct store_conf *ret_conf))
{
	const struct CMUnitTest tests[] = {
		CONTRACT_TEST(put_gives_rising_entries_from_1),
		CONTRACT_TEST(claim_gives_every_part_of_a_payload),
		CONTRACT_TEST(claim_stops_at_count_and_bytes_but_gives_one),
		CONTRACT_TEST(lanes_do_not_see_each_other),
		CONTRACT_TEST(settled_entries_stay_settled_after_a_restart),
		CONTRACT_TEST(entries_are_never_given_twice_even_after_deletion),
		CONTRACT_TEST(waiting_counts_entries_and_bodies),
		CONTRACT_TEST(rollback_undoes_everything),
		CONTRACT_TEST(lanes_tell_what_waits),
		CONTRACT_TEST(values_that_cannot_work_are_refused_alone),
		CONTRACT_TEST(ids_are_known_in_the_transaction_that_settles_them),
		CONTRACT_TEST(ids_are_known_after_a_restart),
		CONTRACT_TEST(many_ids_are_known_while_and_after_they_are_merged),
		CONTRACT_TEST(a_rolled_back_merge_loses_nothing),
		CONTRACT_TEST(ids_are_forgotten_after_their_time_and_not_before),
		CONTRACT_TEST(a_clock_set_back_forgets_no_id),
		CONTRACT_TEST(sweep_never_deletes_what_waits),
		CONTRACT_TEST(sweep_deletes_at_most_what_it_may),
		CONTRACT_TEST(checkpoints_are_kept_replaced_and_absent),
		CONTRACT_TEST(counters_add_up_per_campaign_and_status),
		CONTRACT_TEST(observed_and_vendors_counters_are_never_mixed),
		CONTRACT_TEST(tallies_keep_their_last_value),
		CONTRACT_TEST(summaries_are_due_until_the_last_change_is_done),
		CONTRACT_TEST(the_last_summaries_are_due_again),
		CONTRACT_TEST(campaigns_are_listed_by_time_and_level),
		CONTRACT_TEST(dead_letters_keep_their_bytes_until_dropped),
		CONTRACT_TEST(a_second_opening_is_refused),
		CONTRACT_TEST(probe_and_idle_leave_the_content),
	};

	ops = backend_ops;
	make_fresh = fresh;
	return cmocka_run_group_tests_name("backend_contract", tests, NULL, NULL);
}
