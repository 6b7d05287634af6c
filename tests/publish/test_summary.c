/* SPDX-License-Identifier: MIT */
/*
 * Summaries between a store and a broker that do what the test says. The store's campaigns are
 * numbers: campaign n of account `a` has level "n", and its counter `delivered` is its change.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/log.h"
#include "publish/summary.h"

#define MANY        10000
#define DEADLINE_MS 20000

/* ---- store ---- */

struct campaign {
	char level[16];
	uint64_t change, done;
	uint64_t due; /* place in the line; 0: not due */
};

struct op {
	enum { OP_COUNTS, OP_DUE, OP_DONE, OP_AGAIN } kind;

	void (*done)(void);
	void *arg;
	struct str level;
	size_t max;
	uint64_t change;
};

static struct campaign campaigns[MANY];
static size_t campaign_count;
static uint64_t line; /* last place */
static struct op ops[1024];
static size_t op_count;
static size_t counts_open, counts_open_max, asked, told, again_count;
static enum err due_err, counts_err, done_err;

static void change(size_t n)
{
	struct campaign *c = &campaigns[n];

	if (n >= campaign_count)
		campaign_count = n + 1;
	(void)snprintf(c->level, sizeof(c->level), "%zu", n);
	c->change++;
	if (c->due == 0)
		c->due = ++line;
}

static enum err put_op(struct op op)
{
	assert_true(op_count < sizeof(ops) / sizeof(ops[0]));
	ops[op_count++] = op;
	return ERR_OK;
}

enum err store_counts(struct store *s, struct str account, struct str campaign,
                      store_counts_done done, void *arg)
{
	(void)s;
	assert_true(str_eq(account, STR_LIT("a")));
	if (++counts_open > counts_open_max)
		counts_open_max = counts_open;
	return put_op((struct op){
		.kind = OP_COUNTS, .done = (void (*)(void))done, .arg = arg, .level = campaign});
}

enum err store_summaries_due(struct store *s, size_t max, store_campaigns_done done, void *arg)
{
	(void)s;
	asked++;
	return put_op(
		(struct op){.kind = OP_DUE, .done = (void (*)(void))done, .arg = arg, .max = max});
}

enum err store_summary_done(struct store *s, struct str account, struct str level, uint64_t change,
                            store_done done, void *arg)
{
	(void)s;
	assert_true(str_eq(account, STR_LIT("a")));
	told++;
	return put_op((struct op){.kind = OP_DONE,
	                          .done = (void (*)(void))done,
	                          .arg = arg,
	                          .level = level,
	                          .change = change});
}

enum err store_summaries_again(struct store *s, uint64_t within_ms, store_done done, void *arg)
{
	(void)s;
	assert_int_equal(within_ms, 3000);
	return put_op((struct op){.kind = OP_AGAIN, .done = (void (*)(void))done, .arg = arg});
}

static struct campaign *find(struct str level)
{
	for (size_t i = 0; i < campaign_count; i++) {
		if (str_eq(str_from(campaigns[i].level), level))
			return &campaigns[i];
	}
	fail();
	abort(); /* cmocka's fail() is not marked as one that does not return */
}

static int by_place(const void *a, const void *b)
{
	const size_t *x = a;
	const size_t *y = b;

	return campaigns[*x].due < campaigns[*y].due ? -1 : 1;
}

static void run_due(const struct op *op)
{
	static size_t sorted[MANY];
	struct store_campaign rows[SUMMARY_WINDOW];
	size_t count = 0;
	size_t n = 0;

	assert_true(op->max <= SUMMARY_WINDOW);
	for (size_t i = 0; i < campaign_count; i++) {
		if (campaigns[i].due > 0)
			sorted[n++] = i;
	}
	if (n > 0)
		qsort(sorted, n, sizeof(sorted[0]), by_place);
	for (; count < n && count < op->max; count++) {
		const struct campaign *c = &campaigns[sorted[count]];

		rows[count] = (struct store_campaign){.account = STR_LIT("a"),
		                                      .level = str_from(c->level),
		                                      .id = str_from(c->level),
		                                      .changed_ms = 1725354129412,
		                                      .change = c->change};
	}
	((store_campaigns_done)op->done)(op->arg, due_err, rows, due_err == ERR_OK ? count : 0);
}

static void run_counts(const struct op *op)
{
	struct store_count row = {STR_LIT("a"), op->level, STR_LIT("delivered"),
	                          (int64_t)find(op->level)->change, true};

	counts_open--;
	((store_counts_done)op->done)(op->arg, counts_err, &row, counts_err == ERR_OK ? 1 : 0);
}

static void run_done(const struct op *op)
{
	struct campaign *c = find(op->level);

	if (done_err == ERR_OK) {
		c->due = c->change > op->change ? ++line : 0;
		c->done = op->change;
	}
	((store_done)op->done)(op->arg, done_err);
}

static void run_again(const struct op *op)
{
	again_count++;
	for (size_t i = 0; i < campaign_count; i++) {
		if (campaigns[i].due == 0 && campaigns[i].done > 0)
			campaigns[i].due = ++line;
	}
	((store_done)op->done)(op->arg, ERR_OK);
}

static void run_store(void)
{
	static struct op now[1024];
	size_t count = op_count;

	memcpy(now, ops, count * sizeof(*now));
	op_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (now[i].kind == OP_DUE) {
			run_due(&now[i]);
		} else if (now[i].kind == OP_COUNTS) {
			run_counts(&now[i]);
		} else if (now[i].kind == OP_DONE) {
			run_done(&now[i]);
		} else {
			run_again(&now[i]);
		}
	}
}

/* ---- publisher ---- */

struct sent {
	char topic[64], text[1024], properties[512];
	uint64_t token, at_ms;
	bool is_open, is_retained;
};

static struct sent *sent;
static size_t sent_count, open_count, open_max;
static enum err send_err;

enum err publisher_send(struct publisher *p, const struct publisher_message *message,
                        uint64_t token)
{
	struct sent *s = &sent[sent_count];
	size_t len = 0;

	assert_non_null(p);
	if (send_err != ERR_OK)
		return send_err;
	assert_true(sent_count < (size_t)MANY * 2);
	*s = (struct sent){.token = token,
	                   .at_ms = clock_mono_ms(),
	                   .is_open = true,
	                   .is_retained = message->retain};
	assert_int_equal(message->expiry_s, 0);
	assert_string_equal(message->content_type, "application/cloudevents+json; charset=utf-8");
	(void)snprintf(s->topic, sizeof(s->topic), "%s", message->topic);
	(void)snprintf(s->text, sizeof(s->text), "%.*s", STR_FMT(message->payload));
	for (size_t i = 0; i < message->property_count; i++) {
		len += (size_t)snprintf(s->properties + len, sizeof(s->properties) - len, "%s=%s;",
		                        message->properties[i].name, message->properties[i].value);
	}
	sent_count++;
	if (++open_count > open_max)
		open_max = open_count;
	return ERR_OK;
}

/* ---- the fixture ---- */

static struct loop *loop;
static struct summary *summary;
static int drained;
static size_t room_now;

static void on_drained(void *arg)
{
	(void)arg;
	drained++;
}

static struct str vendor_of(void *arg, struct str account)
{
	(void)arg;
	assert_true(str_eq(account, STR_LIT("a")));
	return STR_LIT("acme");
}

static size_t room(void *arg)
{
	(void)arg;
	return open_count < room_now ? room_now - open_count : 0;
}

static void make(uint64_t every_ms)
{
	const struct summary_conf conf = {.topic_prefix = "p",
	                                  .instance = "gw",
	                                  .user_properties = true,
	                                  .every_ms = every_ms,
	                                  .settle_after_ms = 3000,
	                                  .vendor_of = vendor_of,
	                                  .room = room};

	assert_int_equal(summary_new(loop, NULL, &conf, &summary), ERR_OK);
}

static void setup(uint64_t every_ms)
{
	memset(campaigns, 0, sizeof(campaigns));
	campaign_count = op_count = sent_count = open_count = open_max = 0;
	counts_open = counts_open_max = asked = told = again_count = 0;
	due_err = counts_err = done_err = send_err = ERR_OK;
	line = 0;
	drained = 0;
	room_now = SIZE_MAX;
	sent = calloc((size_t)MANY * 2, sizeof(*sent));
	assert_non_null(sent);
	assert_int_equal(loop_new(&loop), ERR_OK);
	make(every_ms);
}

static void teardown(void)
{
	summary_free(summary);
	loop_free(loop);
	free(sent);
}

static void up(void)
{
	summary_on_up(summary, (struct publisher *)&room_now);
}

static void down(void)
{
	for (size_t i = 0; i < sent_count; i++)
		sent[i].is_open = false;
	open_count = 0;
	summary_on_down(summary);
}

static void turn(void)
{
	loop_turn(loop, op_count > 0 ? 0 : 5);
	run_store();
}

static void ack(size_t i, unsigned reason)
{
	assert_true(i < sent_count && sent[i].is_open);
	sent[i].is_open = false;
	open_count--;
	assert_true(summary_on_ack(summary, sent[i].token, reason));
}

static void ack_all(unsigned reason)
{
	size_t count = sent_count;

	for (size_t i = 0; i < count; i++) {
		if (sent[i].is_open)
			ack(i, reason);
	}
	summary_go_on(summary);
}

static void wait_sent(size_t count)
{
	uint64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;

	while (sent_count < count) {
		assert_true(clock_mono_ms() < deadline_ms);
		turn();
	}
}

static size_t count_due(void)
{
	size_t n = 0;

	for (size_t i = 0; i < campaign_count; i++)
		n += campaigns[i].due > 0;
	return n;
}

static void wait_done(void)
{
	uint64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;

	while (count_due() > 0 || op_count > 0) {
		assert_true(clock_mono_ms() < deadline_ms);
		turn();
		ack_all(0);
	}
}

/* Long enough that what is going to happen at once has happened. */
static void turns(int count)
{
	for (int i = 0; i < count; i++)
		turn();
}

/* ---- tests ---- */

static void what_is_due_is_published_and_done(void **state)
{
	(void)state;
	setup(20);
	change(7);
	up();
	wait_sent(1);
	assert_string_equal(sent[0].topic, "p/a/7/summary/total");
	assert_true(sent[0].is_retained);
	assert_non_null(strstr(sent[0].text, "\"type\":\"campaign2mqtt.campaign.summary.v1\""));
	assert_non_null(strstr(sent[0].text, "\"source\":\"/gw/a\""));
	assert_non_null(strstr(sent[0].text, "\"vendor\":\"acme\""));
	assert_non_null(strstr(sent[0].text, "\"counts\":{\"delivered\":1}"));
	assert_non_null(strstr(sent[0].properties, "specversion=1.0;id="));
	assert_non_null(strstr(sent[0].properties,
	                       ";source=/gw/a;type=campaign2mqtt.campaign.summary.v1;"
	                       "time=2024-09-03T09:02:09.412Z;subject=campaigns/7;"
	                       "account=a;campaign=7;status=summary;"));
	turns(5);
	assert_int_equal(told, 0);
	ack(0, 0x10);
	wait_done();
	assert_int_equal(campaigns[7].done, 1);
	assert_int_equal(sent_count, 1);
	assert_false(summary_on_ack(summary, 0, 0));
	assert_false(summary_on_ack(summary, 65535, 0));
	teardown();
}

static void touch(size_t n)
{
	change(n);
	summary_touch(summary, STR_LIT("a"), str_from(campaigns[n].level));
}

static void a_campaign_has_one_in_its_time_and_always_the_last(void **state)
{
	uint64_t begin_ms = clock_mono_ms();

	(void)state;
	setup(200);
	up();
	while (clock_mono_ms() < begin_ms + 1000) {
		touch(1);
		turn();
		ack_all(0);
	}
	wait_done();
	assert_true(sent_count >= 2 && sent_count <= 7);
	for (size_t i = 1; i < sent_count; i++)
		assert_true(sent[i].at_ms - sent[i - 1].at_ms >= 195);
	assert_int_equal(campaigns[1].done, campaigns[1].change);
	teardown();
}

static void a_change_while_it_is_on_its_way_is_not_lost(void **state)
{
	(void)state;
	setup(20);
	up();
	touch(1);
	wait_sent(1);
	touch(1);
	turns(3);
	assert_int_equal(sent_count, 1);
	ack(0, 0);
	wait_sent(2);
	assert_non_null(strstr(sent[1].text, "\"delivered\":2"));
	wait_done();
	assert_int_equal(sent_count, 2);
	teardown();
}

static void what_a_killed_process_left_is_published(void **state)
{
	char id[64];

	(void)state;
	setup(20);
	up();
	touch(1);
	wait_sent(1);
	memcpy(id, strstr(sent[0].text, "\"id\""), 40);
	/* Another process, the same store. */
	summary_free(summary);
	op_count = counts_open = 0;
	open_count = 0;
	sent[0].is_open = false;
	make(20);
	up();
	wait_sent(2);
	assert_memory_equal(strstr(sent[1].text, "\"id\""), id, 40);
	wait_done();
	teardown();
}

static void a_lost_connection_publishes_the_last_ones_again(void **state)
{
	(void)state;
	setup(20);
	up();
	touch(1);
	touch(2);
	wait_sent(2);
	ack(0, 0);
	turns(3);
	assert_int_equal(told, 1);
	down();
	touch(3);
	turns(10);
	assert_int_equal(sent_count, 2);
	up();
	wait_sent(5); /* 2 and 3, and 1 that was acknowledged */
	wait_done();
	assert_int_equal(again_count, 2);
	assert_int_equal(sent_count, 5);
	teardown();
}

static void answers_of_before_a_lost_connection_are_ignored(void **state)
{
	(void)state;
	setup(20);
	up();
	touch(1);
	while (counts_open == 0)
		turn();
	down();
	up();
	wait_sent(1);
	wait_done();
	assert_int_equal(sent_count, 1);
	teardown();
}

static void very_many_campaigns_stay_within_the_window(void **state)
{
	uint64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;

	(void)state;
	setup(20);
	for (size_t i = 0; i < MANY; i++)
		change(i);
	up();
	while (count_due() > 0) {
		assert_true(clock_mono_ms() < deadline_ms);
		turn();
		assert_true(summary_ready(summary) + summary_inflight(summary) <= SUMMARY_WINDOW);
		ack_all(0);
	}
	assert_true(counts_open_max <= SUMMARY_WINDOW);
	assert_true(open_max <= SUMMARY_WINDOW);
	assert_true(asked <= MANY / (size_t)SUMMARY_WINDOW * 4);
	assert_int_equal(sent_count, MANY);
	teardown();
}

static void the_brokers_receive_maximum_is_kept(void **state)
{
	(void)state;
	setup(20);
	for (size_t i = 0; i < 50; i++)
		change(i);
	room_now = 3;
	up();
	wait_sent(3);
	turns(5);
	assert_int_equal(sent_count, 3);
	assert_int_equal(summary_ready(summary), 47);
	wait_done();
	assert_int_equal(open_max, 3);
	assert_int_equal(sent_count, 50);
	teardown();
}

static void a_refusal_is_tried_again_later(void **state)
{
	(void)state;
	setup(20);
	up();
	touch(1);
	touch(2);
	wait_sent(2);
	ack_all(0x87);
	turns(20);
	assert_int_equal(sent_count, 2);
	assert_int_equal(told, 0);
	wait_sent(3);
	wait_done();
	assert_int_equal(campaigns[1].done, 1);
	teardown();
}

static void what_can_never_be_published_does_not_stop_the_others(void **state)
{
	(void)state;
	setup(20);
	up();
	touch(1);
	wait_sent(1);
	ack(0, 0x95);
	wait_done();
	assert_int_equal(campaigns[1].done, 1);
	send_err = ERR_LIMIT;
	touch(2);
	wait_done();
	assert_int_equal(campaigns[2].done, 1);
	assert_int_equal(sent_count, 1);
	teardown();
}

static void a_failing_store_is_asked_again(void **state)
{
	(void)state;
	setup(20);
	due_err = ERR_IO;
	touch(1);
	up();
	turns(5);
	due_err = ERR_OK;
	counts_err = ERR_NOMEM;
	while (counts_open_max == 0)
		turn();
	turns(3);
	counts_err = ERR_OK;
	done_err = ERR_IO;
	wait_sent(1);
	ack_all(0);
	turns(3);
	done_err = ERR_OK;
	wait_sent(2);
	wait_done();
	teardown();
}

static void a_drain_publishes_what_is_due_at_once(void **state)
{
	uint64_t begin_ms = clock_mono_ms();

	(void)state;
	setup(60000);
	up();
	touch(1);
	wait_sent(1);
	ack_all(0);
	touch(1); /* has to wait for a minute */
	turns(10);
	assert_int_equal(sent_count, 1);
	for (size_t i = 2; i < 600; i++)
		touch(i);
	summary_drain(summary, on_drained, NULL);
	assert_int_equal(drained, 0);
	while (drained == 0) {
		assert_true(clock_mono_ms() < begin_ms + DEADLINE_MS);
		turn();
		ack_all(0);
	}
	assert_int_equal(count_due(), 0);
	assert_int_equal(sent_count, 600);
	assert_int_equal(drained, 1);
	teardown();
}

static void a_drain_ends_without_a_connection_and_when_refused(void **state)
{
	(void)state;
	setup(20);
	change(1);
	summary_drain(summary, on_drained, NULL);
	turns(3);
	assert_int_equal(drained, 1);
	teardown();
	setup(20);
	change(1);
	up();
	wait_sent(1);
	summary_drain(summary, on_drained, NULL);
	turns(3);
	assert_int_equal(drained, 0);
	ack_all(0x87);
	turns(3);
	assert_int_equal(drained, 1);
	teardown();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_due_is_published_and_done),
		cmocka_unit_test(a_campaign_has_one_in_its_time_and_always_the_last),
		cmocka_unit_test(a_change_while_it_is_on_its_way_is_not_lost),
		cmocka_unit_test(what_a_killed_process_left_is_published),
		cmocka_unit_test(a_lost_connection_publishes_the_last_ones_again),
		cmocka_unit_test(answers_of_before_a_lost_connection_are_ignored),
		cmocka_unit_test(very_many_campaigns_stay_within_the_window),
		cmocka_unit_test(the_brokers_receive_maximum_is_kept),
		cmocka_unit_test(a_refusal_is_tried_again_later),
		cmocka_unit_test(what_can_never_be_published_does_not_stop_the_others),
		cmocka_unit_test(a_failing_store_is_asked_again),
		cmocka_unit_test(a_drain_publishes_what_is_due_at_once),
		cmocka_unit_test(a_drain_ends_without_a_connection_and_when_refused),
	};

	log_init(LOG_LVL_ERROR, LOG_FMT_LOGFMT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
