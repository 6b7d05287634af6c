/* SPDX-License-Identifier: MIT */
/*
 * The relay between a store, a normaliser and a publisher that do what the test says.
 *
 * A payload's body is a list of lines: `e ID CAMPAIGN` gives an event, `u ID CAMPAIGN` one with an
 * unknown word, `t TALLY CAMPAIGN COUNT` a vendor's counter, `b` a bad record, `x` a payload that
 * cannot be decoded, `m` runs out of memory once.
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
#include "core/metrics.h"
#include "normalise/normalise.h"
#include "publish/relay.h"

#define DEADLINE_MS 10000
#define MANY        4096
#define HOUR_MS     3600000

/* ---- sources and normaliser ---- */

struct source {
	int unused;
};

struct source_table {
	int refs;
};

static struct source the_source;
static struct source_table the_table;

struct source *source_ref(struct source *s)
{
	return s;
}

void source_unref(struct source *s)
{
	(void)s;
}

struct source_table *source_table_ref(struct source_table *t)
{
	t->refs++;
	return t;
}

void source_table_unref(struct source_table *t)
{
	t->refs--;
}

struct source *source_table_find(const struct source_table *t, struct str account, struct str name)
{
	(void)t;
	(void)account;
	return str_eq(name, STR_LIT("gone")) ? NULL : &the_source;
}

size_t source_table_count(const struct source_table *t)
{
	(void)t;
	return 1;
}

struct source *source_table_at(const struct source_table *t, size_t i)
{
	(void)t;
	(void)i;
	return &the_source;
}

const char *source_account(const struct source *s)
{
	(void)s;
	return "a";
}

const char *source_vendor(const struct source *s)
{
	(void)s;
	return "acme";
}

struct normaliser {
	const struct payload *payload;
	struct str rest;
	size_t index;
	char id_text[33], json[128], campaign[32];
};

static int memory_failures;
static struct str event_subject = {"subject", 7};

enum err normaliser_new(const struct source *source, const struct payload *payload,
                        size_t memory_max, struct normaliser **ret_normaliser)
{
	struct normaliser *n = calloc(1, sizeof(*n));

	(void)source;
	(void)memory_max;
	assert_non_null(n);
	n->payload = payload;
	n->rest = payload->body;
	*ret_normaliser = n;
	return ERR_OK;
}

void normaliser_restart(struct normaliser *n, const struct source *source,
                        const struct payload *payload)
{
	(void)source;
	*n = (struct normaliser){.payload = payload, .rest = payload->body};
}

void normaliser_free(struct normaliser *n)
{
	free(n);
}

static void make_event(struct normaliser *n, struct str line, struct event *e)
{
	struct str word, id, campaign;

	(void)str_cut(line, ' ', &word, &line);
	(void)str_cut(line, ' ', &id, &campaign);
	memset(e, 0, sizeof(*e));
	memcpy(e->id, id.ptr, id.len < sizeof(e->id) ? id.len : sizeof(e->id));
	(void)snprintf(n->id_text, sizeof(n->id_text), "%.*s", STR_FMT(id));
	(void)snprintf(n->campaign, sizeof(n->campaign), "%.*s", STR_FMT(campaign));
	(void)snprintf(n->json, sizeof(n->json), "{\"id\":\"%s\",\"a\":0}", n->id_text);
	e->id_text = str_from(n->id_text);
	e->status = word.ptr[0] == 'u' ? STATUS_UNKNOWN : STATUS_DELIVERED;
	e->is_unknown_word = word.ptr[0] == 'u';
	e->vendor_status = STR_LIT("odd");
	e->account = n->payload->account;
	e->campaign_level = str_from(n->campaign);
	e->source = STR_LIT("/gw/a");
	e->type = STR_LIT("type");
	e->subject = event_subject;
	e->time = STR_LIT("time");
	e->json = str_from(n->json);
}

/* The id is of tally and count, as hexadecimal digits. */
static void make_counter(struct normaliser *n, struct str line, struct event *e)
{
	struct str campaign, count;
	size_t len;

	make_event(n, line, e);
	(void)str_cut(str_from(n->campaign), ' ', &campaign, &count);
	e->campaign_level = campaign;
	e->campaign = campaign;
	e->campaign_name = STR_LIT("The name");
	e->has_count = true;
	e->is_campaign = true;
	e->count = strtoll(count.ptr, NULL, 10);
	memcpy(e->tally, e->id, sizeof(e->tally));
	memcpy(e->id + 8, &e->count, 8);
	for (size_t i = 0; i < 16; i++)
		(void)snprintf(n->id_text + 2 * i, 3, "%02x", e->id[i]);
	len = (size_t)snprintf(n->json, sizeof(n->json), "{\"id\":\"%s\",\"count\":%lld",
	                       n->id_text, (long long)e->count);
	e->delta_at = len;
	(void)snprintf(n->json + len, sizeof(n->json) - len, ",\"z\":0}");
	e->id_text = str_from(n->id_text);
	e->json = str_from(n->json);
}

enum normalise_result normaliser_next(struct normaliser *n, struct event *ret_event,
                                      struct normalise_bad *reterr_bad)
{
	struct str line;

	if (n->rest.len == 0)
		return NORMALISE_END;
	if (n->rest.ptr[0] == 'm' && memory_failures > 0) {
		memory_failures--;
		return NORMALISE_NOMEM;
	}
	if (n->rest.ptr[0] == 'm')
		(void)str_cut(n->rest, '\n', &line, &n->rest);
	(void)str_cut(n->rest, '\n', &line, &n->rest);
	n->index++;
	if (line.ptr[0] == 'e' || line.ptr[0] == 'u') {
		make_event(n, line, ret_event);
		return NORMALISE_EVENT;
	}
	if (line.ptr[0] == 't') {
		make_counter(n, line, ret_event);
		return NORMALISE_EVENT;
	}
	*reterr_bad = (struct normalise_bad){.cause = line.ptr[0] == 'x' ? "unparsable"
	                                                                 : "unmapped_shape",
	                                     .index = n->index - 1,
	                                     .raw = line};
	(void)snprintf(reterr_bad->detail.text, sizeof(reterr_bad->detail.text), "a \"reason\"");
	if (line.ptr[0] == 'x')
		n->rest.len = 0;
	return line.ptr[0] == 'x' ? NORMALISE_BAD_PAYLOAD : NORMALISE_BAD_RECORD;
}

/* ---- store ---- */

struct op {
	enum {
		OP_CLAIM,
		OP_KNOWN,
		OP_SETTLE,
		OP_LANES,
		OP_TALLIES,
		OP_DUE,
		OP_COUNTS,
		OP_DONE
	} kind;

	void (*done)(void);
	void *arg;
	struct str account;
	int64_t after;
	size_t max;
	const uint8_t *ids;
	size_t count;
	const struct store_settle *settle;
};

struct settled {
	char account[16];
	int64_t upto;
	size_t entries, id_count, dead_count, tally_count, campaign_count, count_count;
	bool is_observed; /* the first counter */
	char campaign[32];
	uint64_t bytes;
	int64_t counted; /* sum of the counters */
	char cause[32], text[64], body[64], event_id[33];
};

static struct op ops[MANY];
static size_t op_count;
static struct payload journal[MANY];
static size_t journal_count;
static struct settled settles[MANY];
static size_t settle_count;
static int settle_failures;
static uint8_t known_ids[MANY * 16];
static size_t known_count;
static bool lanes_hidden;
static int64_t uptos[256]; /* by the account's first letter */
static struct store_tally tallies[64];
static size_t tally_count;
static bool with_summaries;
static char due_level[32]; /* empty: none */
static uint64_t due_change, summary_change;
static int tally_failures, tallies_asked;

static enum err put_op(struct op op)
{
	assert_true(op_count < MANY);
	ops[op_count++] = op;
	return ERR_OK;
}

enum err store_claim(struct store *s, struct str account, int64_t after, size_t max_count,
                     size_t max_bytes, store_claim_done done, void *arg)
{
	(void)s;
	(void)max_bytes;
	return put_op((struct op){.kind = OP_CLAIM,
	                          .done = (void (*)(void))done,
	                          .arg = arg,
	                          .account = account,
	                          .after = after,
	                          .max = max_count});
}

enum err store_known(struct store *s, const uint8_t *ids, size_t count, store_known_done done,
                     void *arg)
{
	(void)s;
	return put_op((struct op){.kind = OP_KNOWN,
	                          .done = (void (*)(void))done,
	                          .arg = arg,
	                          .ids = ids,
	                          .count = count});
}

enum err store_settle(struct store *s, const struct store_settle *settle, store_done done,
                      void *arg)
{
	(void)s;
	return put_op((struct op){
		.kind = OP_SETTLE, .done = (void (*)(void))done, .arg = arg, .settle = settle});
}

enum err store_lanes(struct store *s, store_lanes_done done, void *arg)
{
	(void)s;
	return put_op((struct op){.kind = OP_LANES, .done = (void (*)(void))done, .arg = arg});
}

enum err store_tallies(struct store *s, const uint8_t *ids, size_t count, store_tallies_done done,
                       void *arg)
{
	(void)s;
	tallies_asked++;
	return put_op((struct op){.kind = OP_TALLIES,
	                          .done = (void (*)(void))done,
	                          .arg = arg,
	                          .ids = ids,
	                          .count = count});
}

enum err store_summaries_due(struct store *s, size_t max, store_campaigns_done done, void *arg)
{
	(void)s;
	(void)max;
	if (!with_summaries) {
		done(arg, ERR_OK, NULL, 0);
		return ERR_OK;
	}
	return put_op((struct op){.kind = OP_DUE, .done = (void (*)(void))done, .arg = arg});
}

enum err store_counts(struct store *s, struct str account, struct str campaign,
                      store_counts_done done, void *arg)
{
	(void)s;
	(void)campaign;
	return put_op((struct op){
		.kind = OP_COUNTS, .done = (void (*)(void))done, .arg = arg, .account = account});
}

enum err store_summary_done(struct store *s, struct str account, struct str level, uint64_t change,
                            store_done done, void *arg)
{
	(void)s;
	(void)account;
	(void)level;
	summary_change = change;
	return put_op((struct op){.kind = OP_DONE, .done = (void (*)(void))done, .arg = arg});
}

enum err store_summaries_again(struct store *s, uint64_t within_ms, store_done done, void *arg)
{
	(void)s;
	(void)within_ms;
	done(arg, ERR_OK);
	return ERR_OK;
}

static struct store_tally *find_tally(const uint8_t *id)
{
	for (size_t i = 0; i < tally_count; i++) {
		if (memcmp(tallies[i].id, id, sizeof(tallies[i].id)) == 0)
			return &tallies[i];
	}
	return NULL;
}

static void run_tallies(const struct op *op)
{
	struct store_tally rows[1024] = {{.count = 0}};
	enum err err = tally_failures > 0 ? ERR_IO : ERR_OK;

	tally_failures -= tally_failures > 0;
	for (size_t i = 0; i < op->count; i++) {
		const struct store_tally *t = find_tally(op->ids + i * 16);

		if (t != NULL)
			rows[i] = *t;
		memcpy(rows[i].id, op->ids + i * 16, 16);
	}
	((store_tallies_done)op->done)(op->arg, err, rows);
}

static void take_tallies(const struct store_settle *s)
{
	for (size_t i = 0; i < s->tally_count; i++) {
		struct store_tally *t = find_tally(s->tallies[i].id);

		if (t == NULL)
			t = &tallies[tally_count++];
		*t = s->tallies[i];
		t->is_known = true;
	}
	if (with_summaries && s->campaign_count > 0) {
		(void)snprintf(due_level, sizeof(due_level), "%.*s",
		               STR_FMT(s->campaigns[0].level));
		due_change++;
	}
}

static void run_due(const struct op *op)
{
	const struct store_campaign row = {
		.account = STR_LIT("a"), .level = str_from(due_level), .change = due_change};
	bool is_due = due_level[0] != '\0' && summary_change < due_change;

	((store_campaigns_done)op->done)(op->arg, ERR_OK, &row, is_due ? 1 : 0);
}

static void run_counts(const struct op *op)
{
	const struct store_count row = {.account = STR_LIT("a"), .status = STR_LIT("sent")};

	((store_counts_done)op->done)(op->arg, ERR_OK, &row, 1);
}

static void run_claim(const struct op *op)
{
	struct payload rows[512];
	struct store_claim claim = {.payloads = rows};

	for (size_t i = 0; i < journal_count && claim.count < op->max; i++) {
		if (journal[i].entry > op->after &&
		    journal[i].entry > uptos[(uint8_t)op->account.ptr[0]] &&
		    str_eq(journal[i].account, op->account))
			rows[claim.count++] = journal[i];
	}
	((store_claim_done)op->done)(op->arg, ERR_OK, &claim);
}

static bool is_known(const uint8_t *id)
{
	for (size_t i = 0; i < known_count; i++) {
		if (memcmp(known_ids + i * 16, id, 16) == 0)
			return true;
	}
	return false;
}

static void run_known(const struct op *op)
{
	bool known[1024];

	for (size_t i = 0; i < op->count; i++)
		known[i] = is_known(op->ids + i * 16);
	((store_known_done)op->done)(op->arg, ERR_OK, known);
}

static void note_settle(const struct store_settle *from, struct settled *to)
{
	*to = (struct settled){.upto = from->upto,
	                       .entries = from->entries,
	                       .bytes = from->bytes,
	                       .id_count = from->id_count,
	                       .dead_count = from->dead_count};
	(void)snprintf(to->account, sizeof(to->account), "%.*s", STR_FMT(from->account));
	to->tally_count = from->tally_count;
	to->campaign_count = from->campaign_count;
	to->count_count = from->count_count;
	to->is_observed = from->count_count > 0 && from->counts[0].is_observed;
	for (size_t i = 0; i < from->count_count; i++)
		to->counted += from->counts[i].add;
	if (from->campaign_count > 0) {
		(void)snprintf(to->campaign, sizeof(to->campaign), "%.*s|%.*s|%.*s",
		               STR_FMT(from->campaigns[0].level), STR_FMT(from->campaigns[0].id),
		               STR_FMT(from->campaigns[0].name));
	}
	if (from->dead_count > 0) {
		const struct store_dead *d = &from->dead[0];

		(void)snprintf(to->cause, sizeof(to->cause), "%.*s", STR_FMT(d->cause));
		(void)snprintf(to->text, sizeof(to->text), "%.*s", STR_FMT(d->text));
		(void)snprintf(to->body, sizeof(to->body), "%.*s", STR_FMT(d->payload->body));
		(void)snprintf(to->event_id, sizeof(to->event_id), "%.*s", STR_FMT(d->event_id));
	}
}

/* Nothing may be settled twice. */
static void take_settle(const struct store_settle *s)
{
	int64_t *upto = &uptos[(uint8_t)s->account.ptr[0]];

	for (size_t i = 0; i < s->id_count; i++) {
		assert_false(is_known(s->ids + i * 16));
		memcpy(known_ids + known_count++ * 16, s->ids + i * 16, 16);
	}
	take_tallies(s);
	if (s->upto > 0) {
		assert_true(s->upto > *upto);
		*upto = s->upto;
	}
}

static void run_settle(const struct op *op)
{
	enum err err = ERR_OK;

	note_settle(op->settle, &settles[settle_count++]);
	if (settle_failures > 0) {
		settle_failures--;
		err = ERR_IO;
	} else {
		take_settle(op->settle);
	}
	((store_done)op->done)(op->arg, err);
}

static void run_lanes(const struct op *op)
{
	struct store_lane lanes[MANY];
	size_t count = 0;

	for (size_t i = 0; i < journal_count && !lanes_hidden; i++) {
		lanes[count++] = (struct store_lane){.account = journal[i].account,
		                                     .newest = journal[i].entry,
		                                     .oldest_ms = journal[i].received_ms};
	}
	((store_lanes_done)op->done)(op->arg, ERR_OK, lanes, count);
}

static void run_store(void)
{
	struct op now[MANY];
	size_t count = op_count;

	memcpy(now, ops, count * sizeof(*now));
	op_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (now[i].kind == OP_CLAIM) {
			run_claim(&now[i]);
		} else if (now[i].kind == OP_KNOWN) {
			run_known(&now[i]);
		} else if (now[i].kind == OP_SETTLE) {
			run_settle(&now[i]);
		} else if (now[i].kind == OP_TALLIES) {
			run_tallies(&now[i]);
		} else if (now[i].kind == OP_DUE) {
			run_due(&now[i]);
		} else if (now[i].kind == OP_COUNTS) {
			run_counts(&now[i]);
		} else if (now[i].kind == OP_DONE) {
			((store_done)now[i].done)(now[i].arg, ERR_OK);
		} else {
			run_lanes(&now[i]);
		}
	}
}

/* ---- publisher ---- */

struct sent {
	char topic[64], text[192], properties[256];
	uint64_t token;
	bool is_open; /* waits for its PUBACK */
};

static struct sent sent[MANY];
static size_t sent_count, open_count, open_max;
static bool is_up;
static enum err send_err;

bool publisher_is_up(const struct publisher *p)
{
	(void)p;
	return is_up;
}

static int holds; /* publisher_hold() without its publisher_release() */

void publisher_hold(struct publisher *p)
{
	(void)p;
	assert_int_equal(holds++, 0);
}

void publisher_release(struct publisher *p)
{
	(void)p;
	assert_int_equal(--holds, 0);
}

enum err publisher_send(struct publisher *p, const struct publisher_message *message,
                        uint64_t token)
{
	struct sent *s = &sent[sent_count];
	size_t len = 0;

	(void)p;
	if (send_err != ERR_OK && strstr(message->topic, "_dead") == NULL)
		return send_err;
	assert_true(sent_count < MANY);
	*s = (struct sent){.token = token, .is_open = true};
	(void)snprintf(s->topic, sizeof(s->topic), "%s", message->topic);
	(void)snprintf(s->text, sizeof(s->text), "%.*s", STR_FMT(message->payload));
	for (size_t i = 0; i < message->property_count; i++) {
		len += (size_t)snprintf(s->properties + len, sizeof(s->properties) - len, "%s=%s;",
		                        message->properties[i].name, message->properties[i].value);
	}
	sent_count++;
	open_count++;
	if (open_count > open_max)
		open_max = open_count;
	return ERR_OK;
}

/* ---- the fixture ---- */

static struct loop *loop;
static struct relay *relay;
static int drained;
static uint64_t settle_after_ms; /* of the next setup() */
static size_t waiting_ids = RELAY_WAITING_IDS;

static void on_drained(void *arg)
{
	(void)arg;
	drained++;
}

static void connect_publisher(unsigned receive_max)
{
	is_up = true;
	relay_publisher_ops.on_up(relay, receive_max);
}

static void new_relay(unsigned max_inflight)
{
	const struct relay_conf conf = {.topic_prefix = "p",
	                                .instance = "gw",
	                                .max_inflight = max_inflight,
	                                .event_expiry_s = 60,
	                                .user_properties = true,
	                                .settle_after_ms = settle_after_ms,
	                                .waiting_ids = waiting_ids};

	is_up = false;
	assert_int_equal(relay_new(loop, NULL, &conf, &the_table, &relay), ERR_OK);
}

static void setup(unsigned max_inflight)
{
	op_count = journal_count = settle_count = known_count = sent_count = open_count = 0;
	open_max = 0;
	settle_failures = memory_failures = drained = 0;
	send_err = ERR_OK;
	lanes_hidden = false;
	tally_count = 0;
	tally_failures = tallies_asked = 0;
	due_level[0] = '\0';
	due_change = summary_change = 0;
	memset(uptos, 0, sizeof(uptos));
	assert_int_equal(loop_new(&loop), ERR_OK);
	new_relay(max_inflight);
}

static void start(void)
{
	relay_start(relay, (struct publisher *)&the_source);
	connect_publisher(65535);
}

static void teardown(void)
{
	relay_free(relay);
	assert_int_equal(holds, 0);
	assert_int_equal(the_table.refs, 0);
	settle_after_ms = 0;
	waiting_ids = RELAY_WAITING_IDS;
	with_summaries = false;
	loop_free(loop);
	metrics_free();
}

/* Until nothing happens any more without a PUBACK. */
static void settle_down(void)
{
	struct relay_stats stats;

	for (int quiet = 0; quiet < 4; quiet++) {
		size_t before = sent_count + settle_count;

		loop_turn(loop, 0);
		run_store();
		relay_stats(relay, &stats);
		assert_true(stats.decoded <= MANY);
		if (op_count > 0 || sent_count + settle_count != before)
			quiet = -1;
	}
}

static void put_payload(const char *account, const char *source, const char *body, bool replay)
{
	struct payload *p = &journal[journal_count++];

	*p = (struct payload){.entry = (int64_t)journal_count,
	                      .received_ms = 1000 + (int64_t)journal_count,
	                      .via = PAYLOAD_WEBHOOK,
	                      .replay = replay,
	                      .account = str_from(account),
	                      .source = str_from(source),
	                      .body = str_from(body)};
	relay_notify(relay, p->account, p->entry, p->received_ms);
}

static void put(const char *account, const char *body)
{
	put_payload(account, "sms", body, false);
}

static void ack(size_t i, unsigned reason)
{
	assert_true(i < sent_count && sent[i].is_open);
	sent[i].is_open = false;
	open_count--;
	relay_publisher_ops.on_ack(relay, sent[i].token, reason);
}

static void ack_all(unsigned reason)
{
	for (size_t i = 0; i < sent_count; i++) {
		if (sent[i].is_open)
			ack(i, reason);
	}
}

static void ack_until_quiet(void)
{
	do {
		ack_all(0);
		settle_down();
	} while (open_count > 0);
}

static void lose_connection(void)
{
	is_up = false;
	for (size_t i = 0; i < sent_count; i++)
		sent[i].is_open = false;
	open_count = 0;
	relay_publisher_ops.on_down(relay);
}

/* Lines `e A0001 c` and so on. */
static char *make_events(char letter, size_t count)
{
	char *body = malloc(count * 10 + 1);

	assert_non_null(body);
	for (size_t i = 0; i < count; i++)
		(void)snprintf(body + i * 10, 11, "e %c%04u c\n", letter, (unsigned)i % 10000);
	return body;
}

static void assert_sent(size_t i, const char *topic, const char *id)
{
	char json[64];

	assert_true(i < sent_count);
	(void)snprintf(json, sizeof(json), "{\"id\":\"%s\",", id);
	assert_string_equal(sent[i].topic, topic);
	assert_memory_equal(sent[i].text, json, strlen(json));
}

/* ---- tests ---- */

static void events_are_sent_in_order_and_settled_after_their_acks(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "e 1 c\ne 2 c\n");
	put("a", "e 3 d\n");
	settle_down();
	assert_int_equal(sent_count, 3);
	assert_sent(0, "p/a/c/delivered", "1");
	assert_sent(1, "p/a/c/delivered", "2");
	assert_sent(2, "p/a/d/delivered", "3");
	assert_string_equal(sent[0].properties,
	                    "specversion=1.0;id=1;source=/gw/a;type=type;time=time;subject=subject;"
	                    "account=a;campaign=c;status=delivered;");
	ack(2, 0);
	ack(0, 0);
	settle_down();
	assert_int_equal(settle_count, 0); /* the first entry is not complete */
	ack(1, 0x10);
	settle_down();
	assert_int_equal(settle_count, 1);
	assert_int_equal(settles[0].upto, 2);
	assert_int_equal(settles[0].entries, 2);
	assert_int_equal(settles[0].bytes, 18);
	assert_int_equal(settles[0].id_count, 3);
	assert_int_equal(settles[0].counted, 3);
	assert_int_equal(metric_get(METRIC_EVENTS_PUBLISHED, "a", "delivered", NULL)->value, 3);
	assert_int_equal(metric_get(METRIC_EVENTS_WITHOUT_SUBSCRIBER, "a", NULL, NULL)->value, 1);
	teardown();
}

static void what_waited_at_the_start_is_found(void **state)
{
	struct relay_stats stats;

	(void)state;
	setup(10);
	put("a", "e 1 c\n");
	put("b", "e 2 c\n");
	relay_free(relay);
	const struct relay_conf conf = {
		.topic_prefix = "p", .instance = "gw", .max_inflight = 10, .waiting_ids = 100};
	assert_int_equal(relay_new(loop, NULL, &conf, &the_table, &relay), ERR_OK);
	start();
	settle_down();
	assert_int_equal(sent_count, 2);
	assert_string_equal(sent[0].properties, ""); /* not with MQTT 3.1.1 */
	relay_stats(relay, &stats);
	assert_int_equal(stats.lanes, 2);
	assert_int_equal(stats.inflight, 2);
	assert_int_equal(stats.oldest_ms, 1001);
	ack_until_quiet();
	relay_stats(relay, &stats);
	assert_int_equal(stats.oldest_ms, 0);
	assert_int_equal(stats.decoded, 0);
	teardown();
}

static void the_window_bounds_what_is_decoded_and_sent(void **state)
{
	struct relay_stats stats;
	char *body = make_events('w', 3000);

	(void)state;
	setup(20);
	start();
	put("a", body);
	while (settle_count == 0 || settles[settle_count - 1].upto == 0) {
		settle_down();
		relay_stats(relay, &stats);
		assert_true(stats.decoded <= 40);
		assert_true(stats.inflight <= 20);
		if (open_count > 0)
			ack_all(0);
	}
	assert_int_equal(open_max, 20);
	assert_int_equal(sent_count, 3000);
	/* In parts: nothing of an entry of 3,000 events has to wait for its last one. */
	assert_true(settle_count > 3);
	assert_int_equal(settles[0].upto, 0);
	assert_true(settles[0].id_count >= 512);
	assert_int_equal(known_count, 3000);
	for (size_t i = 0; i < 3000; i++) {
		char id[8];

		(void)snprintf(id, sizeof(id), "w%04u", (unsigned)i % 10000);
		assert_sent(i, "p/a/c/delivered", id);
	}
	teardown();
	free(body);
}

static void the_window_bounds_the_bytes_too(void **state)
{
	static const size_t mib = (size_t)1024 * 1024;
	struct str before = event_subject;
	char *subject = calloc(1, mib);
	char *body = make_events('l', 60);
	struct relay_stats stats;
	size_t most = 0;

	(void)state;
	assert_non_null(subject);
	event_subject = (struct str){subject, mib};
	setup(500);
	start();
	put("a", body);
	for (int i = 0; i < 60 && (sent_count < 60 || open_count > 0); i++) {
		settle_down();
		relay_stats(relay, &stats);
		most = stats.decoded > most ? stats.decoded : most;
		ack_all(0);
	}
	assert_int_equal(sent_count, 60);
	assert_true(most >= 20 && most <= 32);
	settle_down();
	teardown();
	event_subject = before;
	free(subject);
	free(body);
}

static void the_brokers_receive_maximum_is_kept(void **state)
{
	char *body = make_events('r', 50);

	(void)state;
	setup(20);
	relay_start(relay, (struct publisher *)&the_source);
	connect_publisher(3);
	put("a", body);
	ack_until_quiet();
	assert_int_equal(sent_count, 50);
	assert_int_equal(open_max, 3);
	teardown();
	free(body);
}

static void a_fact_on_its_way_is_a_duplicate(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "e 1 c\n");
	put("a", "e 1 c\n");
	settle_down();
	assert_int_equal(sent_count, 1);
	ack_until_quiet();
	assert_int_equal(settles[settle_count - 1].upto, 2);
	assert_int_equal(known_count, 1);
	put("a", "e 1 c\n"); /* now the store knows it */
	settle_down();
	assert_int_equal(sent_count, 1);
	assert_int_equal(settles[settle_count - 1].upto, 3);
	assert_int_equal(settles[settle_count - 1].counted, 0);
	assert_int_equal(metric_get(METRIC_DUPLICATES, "a", NULL, NULL)->value, 2);
	teardown();
}

static void a_fact_is_known_while_its_settle_is_under_way(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "e 1 c\n");
	settle_failures = 1;
	ack_until_quiet();
	assert_int_equal(settle_count, 1);
	put("a", "e 1 c\n");
	settle_down();
	assert_int_equal(sent_count, 1);
	teardown();
}

static void a_replay_is_published_again_and_not_counted(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "e 1 c\n");
	ack_until_quiet();
	put_payload("a", "sms", "e 1 c\ne 2 c\n", true);
	ack_until_quiet();
	assert_int_equal(sent_count, 3);
	assert_non_null(strstr(sent[1].properties, "replay=1;"));
	assert_null(strstr(sent[0].properties, "replay"));
	assert_int_equal(settles[1].upto, 2);
	assert_int_equal(settles[1].counted, 1); /* the one that was new */
	assert_int_equal(known_count, 2);
	teardown();
}

static void a_refusal_pauses_its_lane_and_no_other(void **state)
{
	struct relay_stats stats;
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	(void)state;
	setup(10);
	start();
	put("a", "e 1 c\ne 2 c\ne 3 c\n");
	settle_down();
	ack(0, 0x97);
	ack(1, 0x97);
	ack(2, 0);
	put("b", "e 4 c\n");
	put("a", "e 5 c\n");
	settle_down();
	relay_stats(relay, &stats);
	assert_int_equal(stats.paused_lanes, 1);
	assert_int_equal(sent_count, 4); /* b goes on, a waits */
	assert_sent(3, "p/b/c/delivered", "4");
	while (sent_count < 7 && clock_mono_ms() < deadline) {
		loop_turn(loop, 5);
		run_store();
	}
	assert_sent(4, "p/a/c/delivered", "1");
	assert_sent(5, "p/a/c/delivered", "2");
	assert_sent(6, "p/a/c/delivered", "5"); /* 3 was acknowledged */
	assert_int_equal(metric_get(METRIC_PUBLISH_REFUSALS, "a", NULL, NULL)->value, 2);
	ack_until_quiet();
	assert_int_equal(sent_count, 7);
	assert_int_equal(known_count, 5);
	teardown();
}

static void what_can_never_be_sent_becomes_a_dead_letter(void **state)
{
	static const unsigned reasons[] = {0x90, 0x95, 0x99};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		setup(10);
		start();
		put("a", "e 1 c\n");
		settle_down();
		ack(0, reasons[i]);
		settle_down();
		assert_int_equal(settle_count, 0); /* its notice first */
		assert_string_equal(sent[1].topic, "p/_dead/a/sms/publish_refused");
		assert_non_null(strstr(sent[1].text, "\"event_id\":\"1\""));
		ack_until_quiet();
		assert_int_equal(settles[0].upto, 1);
		assert_int_equal(settles[0].dead_count, 1);
		assert_int_equal(settles[0].id_count, 0);
		assert_string_equal(settles[0].cause, "publish_refused");
		assert_string_equal(settles[0].body, "e 1 c\n");
		assert_string_equal(settles[0].event_id, "1");
		assert_int_equal(
			metric_get(METRIC_DEAD_LETTERS, "a", "publish_refused", NULL)->value, 1);
		teardown();
	}
}

static void what_the_publisher_cannot_take_becomes_a_dead_letter(void **state)
{
	static const enum err errs[] = {ERR_LIMIT, ERR_INVAL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		setup(10);
		start();
		send_err = errs[i];
		put("a", "e 1 c\n");
		ack_until_quiet();
		assert_int_equal(sent_count, 1);
		assert_string_equal(sent[0].topic, "p/_dead/a/sms/publish_refused");
		assert_int_equal(settles[0].dead_count, 1);
		teardown();
	}
}

static void a_bad_record_is_told_and_kept(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "e 1 c\nb bytes\ne 2 c\n");
	settle_down();
	assert_int_equal(sent_count, 3);
	assert_string_equal(sent[1].topic, "p/_dead/a/sms/unmapped_shape");
	assert_string_equal(sent[1].text,
	                    "{\"account\":\"a\",\"source\":\"sms\",\"cause\":\"unmapped_shape\","
	                    "\"text\":\"a \\\"reason\\\"\",\"entry\":1,\"index\":1,"
	                    "\"received\":\"1970-01-01T00:00:01.001Z\"}");
	ack_until_quiet();
	assert_int_equal(settles[0].upto, 1);
	assert_int_equal(settles[0].id_count, 2);
	assert_int_equal(settles[0].dead_count, 1);
	assert_string_equal(settles[0].cause, "unmapped_shape");
	assert_string_equal(settles[0].text, "a \"reason\"");
	assert_string_equal(settles[0].body, "b bytes");
	teardown();
}

static void a_refused_notice_stops_nothing(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "x\n");
	settle_down();
	ack(0, 0x87);
	settle_down();
	assert_int_equal(sent_count, 1);
	assert_int_equal(settles[0].dead_count, 1);
	assert_string_equal(settles[0].cause, "unparsable");
	teardown();
}

static void an_entry_without_source_becomes_a_dead_letter(void **state)
{
	(void)state;
	setup(10);
	start();
	put_payload("a", "gone", "e 1 c\n", false);
	ack_until_quiet();
	assert_string_equal(sent[0].topic, "p/_dead/a/gone/no_source");
	assert_string_equal(settles[0].cause, "no_source");
	assert_string_equal(settles[0].body, "e 1 c\n");
	assert_int_equal(settles[0].upto, 1);
	teardown();
}

static void notices_of_one_payload_are_limited(void **state)
{
	char body[300 * 2 + 1];
	size_t dead = 0;

	(void)state;
	for (size_t i = 0; i < 300; i++)
		memcpy(body + i * 2, "b\n", 3);
	setup(50);
	start();
	put("a", body);
	ack_until_quiet();
	assert_int_equal(sent_count, 100);
	for (size_t i = 0; i < settle_count; i++)
		dead += settles[i].dead_count;
	assert_int_equal(dead, 300);
	teardown();
}

static void a_lost_connection_sends_everything_again_in_order(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "e 0 c\n");
	ack_until_quiet();
	put("a", "e 1 c\ne 2 c\ne 3 c\n");
	settle_down();
	ack(2, 0);
	lose_connection();
	put("a", "e 4 c\n");
	settle_down();
	assert_int_equal(sent_count, 4);
	connect_publisher(65535);
	settle_down();
	assert_int_equal(sent_count, 8);
	assert_sent(4, "p/a/c/delivered", "1"); /* 0 is settled */
	assert_sent(5, "p/a/c/delivered", "2"); /* acknowledged, but not settled */
	assert_sent(6, "p/a/c/delivered", "3");
	assert_sent(7, "p/a/c/delivered", "4");
	ack_until_quiet();
	assert_int_equal(settles[settle_count - 1].upto, 3);
	assert_int_equal(known_count, 5);
	teardown();
}

/* ---- settling a moment after the acknowledgement ---- */

static int64_t metric(enum metric_id id, const char *a, const char *b)
{
	return metric_get(id, a, b, NULL)->value;
}

static size_t waiting(void)
{
	struct relay_stats stats;

	relay_stats(relay, &stats);
	return stats.waiting;
}

/* Orderly stop: settles what is acknowledged. */
static void drain(void)
{
	relay_drain(relay, HOUR_MS, on_drained, NULL);
	ack_until_quiet();
	assert_int_equal(drained, 1);
}

/* Turn until the store was asked for this; its answer is withheld. */
static void turn_until(int kind)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	while (clock_mono_ms() < deadline) {
		for (size_t i = 0; i < op_count; i++) {
			if ((int)ops[i].kind == kind)
				return;
		}
		loop_turn(loop, 1);
		if (op_count == 0 || (int)ops[op_count - 1].kind != kind)
			run_store();
	}
	fail_msg("the store was not asked");
}

static void settling_waits_for_its_time(void **state)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;
	uint64_t acked_ms;

	(void)state;
	settle_after_ms = 40;
	setup(10);
	start();
	put("a", "e 1 c\n");
	settle_down();
	ack(0, 0);
	acked_ms = clock_mono_ms();
	while (settle_count == 0 && clock_mono_ms() < deadline) {
		loop_turn(loop, 5);
		run_store();
	}
	assert_int_equal(settle_count, 1);
	assert_true(clock_mono_ms() - acked_ms >= 40);
	assert_int_equal(waiting(), 0);
	teardown();
}

/* Nothing of it can be lost with the broker. */
static void what_is_known_already_does_not_wait(void **state)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	(void)state;
	setup(10);
	start();
	put("a", "e 1 c\n");
	ack_until_quiet();
	relay_free(relay);
	settle_after_ms = HOUR_MS;
	new_relay(10);
	start();
	put("a", "e 1 c\n");
	while (settle_count == 1 && clock_mono_ms() < deadline) {
		loop_turn(loop, 5);
		run_store();
	}
	assert_int_equal(settle_count, 2);
	assert_int_equal(settles[1].upto, 2);
	assert_int_equal(sent_count, 1);
	put("a", "e 1 c\ne 2 c\n");
	ack_until_quiet();
	assert_int_equal(settle_count, 2); /* one of them was sent */
	teardown();
}

static void what_waits_to_be_settled_counts_when_it_is(void **state)
{
	struct relay_stats stats;

	(void)state;
	settle_after_ms = HOUR_MS;
	setup(10);
	start();
	put("a", "u 1 c\ne 2 c\n");
	ack_until_quiet();
	assert_int_equal(settle_count, 0);
	assert_int_equal(waiting(), 2);
	assert_int_equal(metric(METRIC_UNKNOWN_STATUS, "a", NULL), 0);
	relay_stats(relay, &stats);
	assert_int_equal(stats.oldest_ms, 1001);
	drain();
	assert_int_equal(settle_count, 1);
	assert_int_equal(waiting(), 0);
	assert_int_equal(metric(METRIC_UNKNOWN_STATUS, "a", NULL), 1);
	assert_int_equal(metric(METRIC_EVENTS_PUBLISHED, "a", "delivered"), 1);
	relay_stats(relay, &stats);
	assert_int_equal(stats.oldest_ms, 0);
	teardown();
}

static void a_fact_that_waits_to_be_settled_is_a_duplicate(void **state)
{
	(void)state;
	settle_after_ms = HOUR_MS;
	setup(10);
	start();
	put("a", "e 1 c\n");
	ack_until_quiet();
	put("a", "e 1 c\n");
	ack_until_quiet();
	assert_int_equal(sent_count, 1);
	lose_connection();
	assert_int_equal(waiting(), 0);
	connect_publisher(65535);
	ack_until_quiet();
	assert_int_equal(sent_count, 2);
	drain();
	assert_int_equal(known_count, 1);
	assert_int_equal(metric(METRIC_DUPLICATES, "a", NULL), 1);
	assert_int_equal(metric(METRIC_EVENTS_PUBLISHED, "a", "delivered"), 1);
	teardown();
}

static void what_is_acknowledged_and_not_settled_is_published_again(void **state)
{
	int64_t counted = 0;

	(void)state;
	settle_after_ms = HOUR_MS;
	setup(10);
	start();
	put("a", "e 1 c\nb bytes\ne 2 c\n");
	put("b", "e 3 c\n");
	ack_until_quiet();
	assert_int_equal(sent_count, 4);
	for (int i = 0; i < 3; i++) {
		lose_connection();
		connect_publisher(65535);
		ack_until_quiet();
	}
	assert_int_equal(sent_count, 16);
	for (size_t round = 0; round < 4; round++) {
		size_t next = 0;

		for (size_t i = round * 4; i < round * 4 + 4; i++) {
			if (strncmp(sent[i].topic, "p/a/", 4) != 0)
				continue;
			assert_sent(i, "p/a/c/delivered", next++ == 0 ? "1" : "2");
		}
		assert_int_equal(next, 2);
	}
	drain();
	assert_int_equal(known_count, 3);
	for (size_t i = 0; i < settle_count; i++)
		counted += settles[i].counted;
	assert_int_equal(counted, 3);
	assert_int_equal(metric(METRIC_EVENTS_PUBLISHED, "a", "delivered"), 2);
	assert_int_equal(metric(METRIC_DUPLICATES, "a", NULL), 0);
	assert_int_equal(metric(METRIC_DEAD_LETTERS, "a", "unmapped_shape"), 1);
	teardown();
}

static void a_settle_that_is_under_way_when_the_connection_breaks_counts(void **state)
{
	(void)state;
	for (int failures = 0; failures < 2; failures++) {
		setup(10);
		start();
		put("a", "e 1 c\n");
		settle_down();
		ack(0, 0);
		turn_until(OP_SETTLE);
		put("a", "e 2 c\n");
		settle_failures = failures;
		lose_connection();
		connect_publisher(65535);
		loop_turn(loop, 0);
		assert_int_equal(sent_count, 1); /* not before it is known how that one ends */
		uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

		while (known_count < 2 && clock_mono_ms() < deadline) {
			run_store();
			loop_turn(loop, 5);
			ack_all(0);
		}
		assert_int_equal(known_count, 2);
		assert_int_equal(sent_count, failures == 0 ? 2 : 3);
		assert_sent(sent_count - 1, "p/a/c/delivered", "2");
		assert_int_equal(metric(METRIC_EVENTS_PUBLISHED, "a", "delivered"), 2);
		assert_int_equal(waiting(), 0);
		teardown();
	}
}

static void answers_about_what_was_forgotten_are_ignored(void **state)
{
	static const int kinds[] = {OP_CLAIM, OP_KNOWN};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		setup(10);
		start();
		put("a", "e 1 c\ne 2 c\n");
		turn_until(kinds[i]);
		lose_connection();
		put("a", "e 3 c\n");
		connect_publisher(65535);
		loop_turn(loop, 0);
		ack_until_quiet();
		assert_int_equal(sent_count, 3);
		assert_sent(0, "p/a/c/delivered", "1");
		assert_sent(2, "p/a/c/delivered", "3");
		assert_int_equal(known_count, 3);
		assert_int_equal(uptos['a'], 2);
		teardown();
	}
}

/* Acknowledge until a part of the only payload is settled, and lose the connection. */
static void settle_a_part(const char *body)
{
	setup(20);
	start();
	put("a", body);
	while (settle_count == 0) {
		settle_down();
		ack_all(0);
	}
	assert_int_equal(settles[0].upto, 0);
	lose_connection();
}

static void a_part_that_is_settled_is_not_made_again(void **state)
{
	char *body = make_events('p', 3000);

	(void)state;
	settle_a_part(body);
	size_t before = sent_count;

	connect_publisher(65535);
	ack_until_quiet();
	assert_int_equal(known_count, 3000);
	assert_true(sent_count < before + 3000 - 512 + 1);
	assert_int_equal(metric(METRIC_DUPLICATES, "a", NULL), 0);
	assert_int_equal(metric(METRIC_EVENTS_PUBLISHED, "a", "delivered"), 3000);
	teardown();
	free(body);
}

static void other_sources_find_a_settled_part_in_the_store(void **state)
{
	char *body = make_events('q', 3000);
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	(void)state;
	settle_a_part(body);
	relay_set_sources(relay, &the_table);
	connect_publisher(65535);
	while (known_count < 3000 && clock_mono_ms() < deadline)
		ack_until_quiet();
	assert_int_equal(known_count, 3000);
	assert_true(metric(METRIC_DUPLICATES, "a", NULL) >= 512);
	assert_int_equal(metric(METRIC_EVENTS_PUBLISHED, "a", "delivered"), 3000);
	teardown();
	free(body);
}

static void too_much_that_waits_is_settled_at_once(void **state)
{
	char *bodies[10];

	(void)state;
	settle_after_ms = HOUR_MS;
	waiting_ids = 100;
	setup(20);
	start();
	for (int i = 0; i < 10; i++) {
		bodies[i] = make_events((char)('A' + i), 50);
		put(i % 2 == 0 ? "a" : "b", bodies[i]);
	}
	ack_until_quiet();
	assert_int_equal(sent_count, 500);
	assert_true(waiting() < 100);
	assert_int_equal(waiting() + known_count, 500);
	teardown();
	for (int i = 0; i < 10; i++)
		free(bodies[i]);
}

static void a_failed_settle_is_given_again(void **state)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	(void)state;
	setup(10);
	start();
	settle_failures = 1;
	put("a", "e 1 c\n");
	ack_until_quiet();
	put("a", "e 2 c\n");
	assert_int_equal(settle_count, 1);
	while (settle_count < 2 && clock_mono_ms() < deadline) {
		loop_turn(loop, 5);
		run_store();
	}
	assert_memory_equal(&settles[1], &settles[0], sizeof(settles[0]));
	ack_until_quiet();
	assert_int_equal(settles[settle_count - 1].upto, 2);
	teardown();
}

static void out_of_memory_goes_on_where_it_was(void **state)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	(void)state;
	setup(10);
	start();
	memory_failures = 1;
	put("a", "e 1 c\nm\ne 2 c\n");
	while (sent_count < 2 && clock_mono_ms() < deadline) {
		loop_turn(loop, 5);
		run_store();
	}
	ack_until_quiet();
	assert_int_equal(sent_count, 2);
	assert_sent(0, "p/a/c/delivered", "1");
	assert_sent(1, "p/a/c/delivered", "2");
	assert_int_equal(settles[settle_count - 1].upto, 1);
	teardown();
}

static void a_long_backlog_does_not_starve_another_lane(void **state)
{
	char *body = make_events('s', 2000);

	(void)state;
	setup(20);
	start();
	put("a", body);
	settle_down();
	ack_all(0);
	settle_down();
	size_t before = sent_count;

	put("b", "e 1 c\n");
	for (int i = 0; i < 2; i++) {
		ack_all(0);
		settle_down();
	}
	assert_true(sent_count < before + 60);
	bool found = false;

	for (size_t i = before; i < sent_count; i++)
		found = found || strncmp(sent[i].topic, "p/b/", 4) == 0;
	assert_true(found);
	teardown();
	free(body);
}

static void a_lane_that_is_refused_does_not_keep_the_window(void **state)
{
	char *body = make_events('h', 1000);

	(void)state;
	setup(20);
	start();
	put("a", body);
	settle_down();
	ack_all(0x87);
	settle_down();
	for (int i = 0; i < 20; i++)
		put("b", i % 2 == 0 ? "e 1 c\ne 2 c\n" : "e 3 c\n");
	put("c", "e 4 c\n");
	ack_until_quiet();
	size_t b = 0;
	size_t c = 0;

	for (size_t i = 0; i < sent_count; i++) {
		b += strncmp(sent[i].topic, "p/b/", 4) == 0;
		c += strncmp(sent[i].topic, "p/c/", 4) == 0;
	}
	assert_int_equal(b, 3);
	assert_int_equal(c, 1);
	teardown();
	free(body);
}

static void a_drain_goes_on_until_nothing_waits(void **state)
{
	(void)state;
	settle_after_ms = HOUR_MS;
	setup(1);
	start();
	put("a", "e 1 c\n");
	settle_down();
	put("a", "e 2 c\n");
	relay_drain(relay, HOUR_MS, on_drained, NULL);
	settle_down();
	assert_int_equal(drained, 0);
	ack(0, 0);
	settle_down();
	assert_int_equal(drained, 0);
	assert_int_equal(uptos['a'], 1); /* at once */
	ack(1, 0);
	settle_down();
	assert_int_equal(drained, 1);
	assert_int_equal(uptos['a'], 2);
	put("a", "e 3 c\n");
	settle_down();
	assert_int_equal(sent_count, 2); /* nothing is begun afterwards */
	teardown();
}

static void a_drain_ends_without_a_connection(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "e 1 c\n");
	settle_down();
	relay_drain(relay, HOUR_MS, on_drained, NULL);
	settle_down();
	assert_int_equal(drained, 0);
	lose_connection();
	settle_down();
	assert_int_equal(drained, 1);
	teardown();
}

static void a_drain_does_not_wait_for_a_lane_that_is_refused(void **state)
{
	(void)state;
	settle_after_ms = HOUR_MS;
	setup(10);
	start();
	put("a", "e 1 c\ne 2 c\n");
	settle_down();
	ack(0, 0);
	ack(1, 0x87);
	settle_down();
	drain();
	assert_int_equal(known_count, 1);
	teardown();
}

static void a_drain_gives_up_after_its_time(void **state)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	(void)state;
	setup(1);
	start();
	put("a", "e 1 c\n");
	settle_down();
	relay_drain(relay, 20, on_drained, NULL);
	while (drained == 0 && clock_mono_ms() < deadline)
		loop_turn(loop, 5);
	assert_int_equal(drained, 1);
	teardown();
}

static void unknown_words_are_published_and_counted(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "u 1 c\nu 2 c\n");
	ack_until_quiet();
	assert_sent(0, "p/a/c/unknown", "1");
	assert_int_equal(metric_get(METRIC_UNKNOWN_STATUS, "a", NULL, NULL)->value, 2);
	assert_int_equal(settles[0].id_count, 2);
	teardown();
}

static void an_empty_payload_is_settled_without_an_event(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "");
	settle_down();
	assert_int_equal(sent_count, 0);
	assert_int_equal(settles[0].upto, 1);
	assert_int_equal(settles[0].entries, 1);
	teardown();
}

/* ---- vendors' counters ---- */

static void assert_counter(size_t i, const char *members)
{
	assert_true(i < sent_count);
	if (strstr(sent[i].text, members) == NULL)
		fail_msg("%s is not in %s", members, sent[i].text);
}

/* Of message @p i, as its properties and its body have it. */
static const char *id_of(size_t i)
{
	static char id[33];
	const char *in_body = strstr(sent[i].text, "{\"id\":\"");
	const char *in_properties = strstr(sent[i].properties, ";id=");

	assert_non_null(in_body);
	assert_non_null(in_properties);
	(void)snprintf(id, sizeof(id), "%.32s", in_body + 7);
	assert_memory_equal(in_properties + 4, id, 32);
	return id;
}

static void a_counter_is_an_event_when_it_has_another_value(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "t x c 5\n");
	ack_until_quiet();
	assert_int_equal(sent_count, 1);
	assert_string_equal(sent[0].topic, "p/a/c/delivered");
	assert_counter(0, "\"count\":5,\"delta\":5,\"z\":0}");
	assert_int_equal(settles[0].id_count, 0);
	assert_int_equal(settles[0].tally_count, 1);
	assert_int_equal(settles[0].counted, 5);
	assert_false(settles[0].is_observed);
	assert_string_equal(settles[0].campaign, "c|c|The name");
	assert_int_equal(tallies_asked, 1);
	put("a", "t x c 5\n");
	put("a", "t x c 12\nt y c 1\n");
	ack_until_quiet();
	assert_int_equal(sent_count, 3);
	assert_counter(1, "\"count\":12,\"delta\":7,");
	assert_counter(2, "\"count\":1,\"delta\":1,");
	assert_int_equal(tallies[0].count, 12);
	assert_int_equal(tallies[0].revision, 0);
	assert_int_equal(tallies[0].entry, 3);
	assert_true(tallies_asked > 1); /* what is settled is not remembered */
	assert_int_equal(metric_get(METRIC_DUPLICATES, "a", NULL, NULL)->value, 1);
	assert_int_equal(metric_get(METRIC_EVENTS_PUBLISHED, "a", "delivered", NULL)->value, 3);
	teardown();
}

static void a_counter_on_its_way_is_compared_with(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "t x c 5\nt x c 5\ne 1 c\nt x c 9\nt x c 9\n");
	put("a", "t x c 9\nt x c 10\n");
	settle_down();
	assert_int_equal(sent_count, 4);
	assert_counter(0, "\"count\":5,\"delta\":5,");
	assert_sent(1, "p/a/c/delivered", "1");
	assert_counter(2, "\"count\":9,\"delta\":4,");
	assert_counter(3, "\"count\":10,\"delta\":1,");
	assert_int_equal(tallies_asked, 1);
	ack_until_quiet();
	assert_int_equal(tallies[0].count, 10);
	assert_int_equal(settles[0].campaign_count, 1);
	assert_int_equal(settles[0].count_count, 2); /* the vendor's and what was observed */
	assert_int_equal(settles[0].counted, 11);
	teardown();
}

static void a_counter_that_goes_down_gets_a_revision(void **state)
{
	char first[33];

	(void)state;
	setup(10);
	start();
	put("a", "t x c 5\nt x c 3\nt x c 5\nt x c 5\n");
	ack_until_quiet();
	assert_int_equal(sent_count, 3);
	(void)snprintf(first, sizeof(first), "%s", id_of(0));
	assert_counter(1, "\"count\":3,\"delta\":-2,");
	assert_counter(2, "\"count\":5,\"delta\":2,");
	assert_string_not_equal(id_of(2), first);
	assert_int_equal(tallies[0].revision, 1);
	assert_int_equal(settles[0].counted, 5);
	put("a", "t x c 5\n");
	put("a", "t x c -9223372036854775808\nt x c 9223372036854775807\n");
	ack_until_quiet();
	assert_int_equal(sent_count, 5);
	assert_counter(4, "\"count\":9223372036854775807,\"delta\":9223372036854775807,");
	assert_int_equal(tallies[0].revision, 2);
	teardown();
}

static void counters_have_the_same_ids_after_a_lost_connection(void **state)
{
	char text[3][192];

	(void)state;
	settle_after_ms = HOUR_MS;
	setup(10);
	start();
	put("a", "t x c 5\nt x c 3\n");
	put("a", "t x c 5\n");
	settle_down();
	assert_int_equal(sent_count, 3);
	for (size_t i = 0; i < 3; i++)
		memcpy(text[i], sent[i].text, sizeof(text[i]));
	ack(0, 0);
	ack(1, 0);
	settle_down();
	lose_connection();
	connect_publisher(65535);
	settle_down();
	assert_int_equal(sent_count, 6);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(sent[3 + i].text, text[i]);
	teardown();
}

static void a_settle_of_counters_that_is_under_way_counts(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "t x c 5\n");
	settle_down();
	ack_all(0);
	while (op_count == 0 || ops[op_count - 1].kind != OP_SETTLE)
		loop_turn(loop, 0);
	put("a", "t x c 7\n");
	lose_connection();
	connect_publisher(65535);
	settle_down();
	assert_int_equal(sent_count, 2);
	assert_counter(1, "\"count\":7,\"delta\":2,");
	ack_until_quiet();
	assert_int_equal(tallies[0].count, 7);
	teardown();
}

/* As after a crash: entry 1 is settled in part, and claimed again from its beginning. */
static void what_was_settled_of_an_entry_is_no_correction(void **state)
{
	(void)state;
	setup(10);
	tallies[0] = (struct store_tally){
		.id = {'x'}, .count = 8, .revision = 0, .is_known = true, .entry = 1, .index = 1};
	tally_count = 1;
	start();
	put("a", "t x c 5\nt x c 8\nt x c 9\n");
	ack_until_quiet();
	assert_int_equal(sent_count, 1);
	assert_counter(0, "\"count\":9,\"delta\":1,");
	assert_int_equal(tallies[0].revision, 0);
	teardown();
}

static void a_replayed_counter_changes_nothing(void **state)
{
	char id[33];

	(void)state;
	setup(10);
	start();
	put("a", "t x c 5\nt x c 3\n");
	ack_until_quiet();
	(void)snprintf(id, sizeof(id), "%s", id_of(1));
	put_payload("a", "sms", "t x c 3\nt x c 77\n", true);
	ack_until_quiet();
	assert_int_equal(sent_count, 4);
	assert_counter(2, "\"count\":3,\"z\":0}");
	assert_string_equal(id_of(2), id);
	assert_counter(3, "\"count\":77,\"z\":0}");
	assert_non_null(strstr(sent[3].properties, "replay=1"));
	assert_int_equal(tallies[0].count, 3);
	assert_int_equal(settles[settle_count - 1].tally_count, 0);
	assert_int_equal(settles[settle_count - 1].counted, 0);
	teardown();
}

static void a_refused_counter_is_dead_and_counted(void **state)
{
	(void)state;
	setup(10);
	start();
	put("a", "t x c 5\nt x c 8\n");
	settle_down();
	ack(0, 0x95);
	ack_until_quiet();
	assert_int_equal(settles[0].dead_count, 1);
	assert_string_equal(settles[0].cause, "publish_refused");
	assert_int_equal(settles[0].tally_count, 2);
	assert_int_equal(settles[0].counted, 8); /* what follows was told relative to it */
	teardown();
}

static void tallies_that_cannot_be_read_are_asked_for_again(void **state)
{
	(void)state;
	setup(10);
	tally_failures = 1;
	start();
	put("a", "e 1 c\nt x c 5\n");
	while (sent_count < 2) {
		loop_turn(loop, 100);
		run_store();
	}
	ack_until_quiet();
	assert_int_equal(sent_count, 2);
	assert_int_equal(tallies[0].count, 5);
	teardown();
}

static void many_counters_are_bounded_and_all_settled(void **state)
{
	struct relay_stats stats;
	char *body = malloc((size_t)3000 * 16);
	size_t len = 0;

	(void)state;
	assert_non_null(body);
	for (unsigned i = 0; i < 3000; i++)
		len += (size_t)snprintf(body + len, 16, "t x c %u\n", 10000 + i);
	setup(20);
	start();
	put("a", body);
	while (settle_count == 0 || settles[settle_count - 1].upto == 0) {
		settle_down();
		relay_stats(relay, &stats);
		assert_true(stats.decoded <= 40);
		ack_all(0);
	}
	assert_int_equal(sent_count, 3000);
	assert_true(settle_count > 3); /* in parts */
	assert_int_equal(tallies[0].count, 12999);
	free(body);
	teardown();
}

/* ---- summaries ---- */

static void a_summary_follows_the_settle_of_a_change(void **state)
{
	(void)state;
	with_summaries = true;
	setup(10);
	start();
	put("a", "e 1 c\n");
	settle_down();
	assert_int_equal(sent_count, 1);
	ack_all(0);
	settle_down();
	assert_int_equal(settle_count, 1);
	while (sent_count < 2) {
		loop_turn(loop, 100);
		run_store();
	}
	assert_string_equal(sent[1].topic, "p/a/c/summary/total");
	assert_non_null(strstr(sent[1].properties, "type=campaign2mqtt.campaign.summary.v1;"));
	assert_true(sent[1].token >= SUMMARY_TOKEN);
	ack_until_quiet();
	assert_int_equal(summary_change, 1);
	teardown();
}

static void a_drain_publishes_the_summaries_too(void **state)
{
	(void)state;
	with_summaries = true;
	settle_after_ms = HOUR_MS;
	setup(10);
	start();
	put("a", "e 1 c\n");
	settle_down();
	ack_all(0);
	relay_drain(relay, 5000, on_drained, NULL);
	while (sent_count < 2) {
		loop_turn(loop, 100);
		run_store();
	}
	assert_int_equal(drained, 0);
	assert_string_equal(sent[1].topic, "p/a/c/summary/total");
	ack_until_quiet();
	assert_int_equal(drained, 1);
	assert_int_equal(summary_change, 1);
	teardown();
}

/* With a Receive Maximum of 1 too: each has its turn. */
static void events_and_summaries_share_the_receive_maximum(void **state)
{
	char *body = make_events('s', 40);

	(void)state;
	with_summaries = true;
	waiting_ids = 1; /* settle at once */
	setup(10);
	relay_start(relay, (struct publisher *)&the_source);
	connect_publisher(1);
	put("a", "e 1 c\n");
	ack_until_quiet();
	put("a", body);
	while (summary_change == 0 || sent_count < 42) {
		loop_turn(loop, 1);
		run_store();
		ack_all(0);
	}
	assert_int_equal(open_max, 1);
	free(body);
	teardown();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_sent_in_order_and_settled_after_their_acks),
		cmocka_unit_test(what_waited_at_the_start_is_found),
		cmocka_unit_test(the_window_bounds_what_is_decoded_and_sent),
		cmocka_unit_test(the_window_bounds_the_bytes_too),
		cmocka_unit_test(the_brokers_receive_maximum_is_kept),
		cmocka_unit_test(a_fact_on_its_way_is_a_duplicate),
		cmocka_unit_test(a_fact_is_known_while_its_settle_is_under_way),
		cmocka_unit_test(a_replay_is_published_again_and_not_counted),
		cmocka_unit_test(a_refusal_pauses_its_lane_and_no_other),
		cmocka_unit_test(what_can_never_be_sent_becomes_a_dead_letter),
		cmocka_unit_test(what_the_publisher_cannot_take_becomes_a_dead_letter),
		cmocka_unit_test(a_bad_record_is_told_and_kept),
		cmocka_unit_test(a_refused_notice_stops_nothing),
		cmocka_unit_test(an_entry_without_source_becomes_a_dead_letter),
		cmocka_unit_test(notices_of_one_payload_are_limited),
		cmocka_unit_test(a_lost_connection_sends_everything_again_in_order),
		cmocka_unit_test(a_failed_settle_is_given_again),
		cmocka_unit_test(out_of_memory_goes_on_where_it_was),
		cmocka_unit_test(a_long_backlog_does_not_starve_another_lane),
		cmocka_unit_test(a_lane_that_is_refused_does_not_keep_the_window),
		cmocka_unit_test(settling_waits_for_its_time),
		cmocka_unit_test(what_is_known_already_does_not_wait),
		cmocka_unit_test(what_waits_to_be_settled_counts_when_it_is),
		cmocka_unit_test(a_fact_that_waits_to_be_settled_is_a_duplicate),
		cmocka_unit_test(what_is_acknowledged_and_not_settled_is_published_again),
		cmocka_unit_test(a_settle_that_is_under_way_when_the_connection_breaks_counts),
		cmocka_unit_test(answers_about_what_was_forgotten_are_ignored),
		cmocka_unit_test(a_part_that_is_settled_is_not_made_again),
		cmocka_unit_test(other_sources_find_a_settled_part_in_the_store),
		cmocka_unit_test(too_much_that_waits_is_settled_at_once),
		cmocka_unit_test(a_drain_goes_on_until_nothing_waits),
		cmocka_unit_test(a_drain_ends_without_a_connection),
		cmocka_unit_test(a_drain_does_not_wait_for_a_lane_that_is_refused),
		cmocka_unit_test(a_drain_gives_up_after_its_time),
		cmocka_unit_test(unknown_words_are_published_and_counted),
		cmocka_unit_test(an_empty_payload_is_settled_without_an_event),
		cmocka_unit_test(a_counter_is_an_event_when_it_has_another_value),
		cmocka_unit_test(a_counter_on_its_way_is_compared_with),
		cmocka_unit_test(a_counter_that_goes_down_gets_a_revision),
		cmocka_unit_test(counters_have_the_same_ids_after_a_lost_connection),
		cmocka_unit_test(a_settle_of_counters_that_is_under_way_counts),
		cmocka_unit_test(what_was_settled_of_an_entry_is_no_correction),
		cmocka_unit_test(a_replayed_counter_changes_nothing),
		cmocka_unit_test(a_refused_counter_is_dead_and_counted),
		cmocka_unit_test(tallies_that_cannot_be_read_are_asked_for_again),
		cmocka_unit_test(many_counters_are_bounded_and_all_settled),
		cmocka_unit_test(a_summary_follows_the_settle_of_a_change),
		cmocka_unit_test(a_drain_publishes_the_summaries_too),
		cmocka_unit_test(events_and_summaries_share_the_receive_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
