/* SPDX-License-Identifier: MIT */
/* The scheduler with nothing faked but the vendor: lists, runs, the HTTP client, the store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/metrics.h"
#include "receiver/report/reports.h"
#include "tests/normalise/profile/profile_text.h"
#include "tests/receiver/report/vendor/scripted.h"

#define EVERY_MS 10000 /* so that what is due at the start comes within a second */

static const char profile_yaml[] =
	"profile: acme\n"
	"vars: {key: {secret: true}, base: {default: ''}}\n"
	"base: https://api.acme.example/root\n"
	"auth: {kind: bearer, token: '${key}'}\n"
	"limits: {parallel: 2, retry: {max: 0}}\n"
	"lists:\n"
	"  campaigns:\n"
	"    request: {path: /campaigns}\n"
	"    decode: {as: json, records: /data/*}\n"
	"    value: /id\n"
	"maps:\n"
	"  m: {key: [message.id], status: {is: sent}, set: {message.id: /id}}\n"
	"reports:\n"
	"  sent:\n"
	"    each: {campaign: {list: campaigns}}\n"
	"    request: {path: '/sent/${campaign}', query: {page: '${page}'}}\n"
	"    page: {kind: number, last: /last}\n"
	"    decode: {as: json, records: /data/*}\n"
	"    map: m\n";

struct whole {
	struct scripted s;
	struct profile *profile;
	struct source *source;
	struct ingest *ingest;
	struct reports *reports;
	unsigned puts, runs, payloads, dones, stops;
	bool is_early; /* a report that ran is due before its time */
	enum err err;
	char text[240], states[256];
};

static void on_put(void *arg, struct str account, int64_t entry, int64_t received_ms)
{
	struct whole *w = arg;

	(void)entry;
	(void)received_ms;
	assert_true(str_eq(account, STR_LIT("acme")));
	w->puts++;
}

static void set(struct whole *w)
{
	const struct profile_report *spec = profile_report(w->profile, STR_LIT("sent"));
	const struct source_var vars[] = {{"key", "k3y"}, {"base", w->s.base}};
	const struct report_loop loop = {.name = "campaign",
	                                 .kind = EACH_LIST,
	                                 .list = profile_list(w->profile, STR_LIT("campaigns"))};
	const struct report_plan plan = {.source = w->source,
	                                 .spec = spec,
	                                 .every_ms = EVERY_MS,
	                                 .loops = &loop,
	                                 .loop_count = 1};
	const struct report_account account = {.client = {.account = "acme",
	                                                  .profile = w->profile,
	                                                  .vars = vars,
	                                                  .var_count = 2,
	                                                  .base = str_from(w->s.base)},
	                                       .plans = &plan,
	                                       .plan_count = 1};

	assert_int_equal(reports_set(w->reports, &account, 1), ERR_OK);
}

static void begin(struct whole *w)
{
	assert_int_equal(ingest_new(w->s.store, on_put, w, &w->ingest), ERR_OK);
	const struct reports_conf conf = {.loop = w->s.loop,
	                                  .http = w->s.http,
	                                  .ingest = w->ingest,
	                                  .store = w->s.store,
	                                  .folder = "downloads"};

	assert_int_equal(reports_new(&conf, &w->reports), ERR_OK);
	set(w);
}

static void on_stop(void *arg)
{
	((struct whole *)arg)->stops++;
}

static void end(struct whole *w)
{
	unsigned stops = w->stops;

	reports_stop(w->reports, on_stop, w);
	scripted_wait(&w->s, &w->stops, stops + 1);
	reports_free(w->reports);
	w->reports = NULL;
}

static int setup(void **state)
{
	struct whole *w = calloc(1, sizeof(*w));
	const struct source_var vars[] = {{"key", "k3y"}};
	struct err_detail detail = {.text = ""};

	assert_non_null(w);
	scripted_open(&w->s);
	w->profile = profile_good(profile_yaml);
	if (source_new("gw1", "acme", w->profile,
	               &profile_report(w->profile, STR_LIT("sent"))->source, vars, 1, NULL,
	               &w->source, &detail) != ERR_OK)
		fail_msg("%s", detail.text);
	begin(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct whole *w = *state;

	end(w);
	scripted_settle(&w->s);
	source_unref(w->source);
	profile_free(w->profile);
	scripted_close(&w->s);
	ingest_free(w->ingest);
	metrics_free();
	free(w);
	return 0;
}

static void script(struct whole *w)
{
	scripted_add(&w->s, "/campaigns",
	             scripted_json(200, "", "{\"data\":[{\"id\":\"c1\"},{\"id\":\"c 2\"}]}"));
	scripted_add(
		&w->s, "/sent/c1?page=1",
		scripted_json(200, "", "{\"last\":2,\"data\":[{\"id\":\"m1\"},{\"id\":\"m2\"}]}"));
	scripted_add(&w->s, "/sent/c1?page=2",
	             scripted_json(200, "", "{\"last\":2,\"data\":[{\"id\":\"m3\"}]}"));
	scripted_add(&w->s, "/sent/c%202?page=1",
	             scripted_json(200, "", "{\"last\":1,\"data\":[{\"id\":\"m4\"}]}"));
}

static void on_account(void *arg, const struct account_status *status)
{
	(void)arg;
	assert_string_equal(status->account, "acme");
}

static void on_report(void *arg, const struct report_status *status)
{
	struct whole *w = arg;
	size_t len = strlen(w->states);

	if (status->last_done_ms == 0 || status->next_ms < status->last_begin_ms + EVERY_MS - 100)
		w->is_early = true;

	(void)snprintf(w->states + len, sizeof(w->states) - len, "%s:%s:%u ",
	               status->value_count > 0 ? status->values[0].value : "", status->state,
	               (unsigned)status->rows);
}

static const char *states(struct whole *w)
{
	w->states[0] = '\0';
	w->is_early = false;
	reports_status(w->reports, on_account, on_report, w);
	return w->states;
}

static void wait_for_states(struct whole *w, const char *expected)
{
	for (unsigned i = 0; i < 2000 && strcmp(states(w), expected) != 0; i++)
		loop_turn(w->s.loop, 5);
	assert_string_equal(states(w), expected);
}

static void what_the_vendor_lists_comes_into_the_journal(void **state)
{
	struct whole *w = *state;

	script(w);
	reports_start(w->reports);
	wait_for_states(w, "c 2:waiting:1 c1:waiting:3 ");
	assert_int_equal(w->puts, 3); /* pages */
	assert_int_equal(scripted_count(&w->s, "Bearer k3y"), 4);
	assert_int_equal(metric_get(METRIC_REPORT_ROWS, "acme", "sent", NULL)->value, 4);
}

static void a_restart_does_not_begin_before_its_time(void **state)
{
	struct whole *w = *state;

	script(w);
	reports_start(w->reports);
	wait_for_states(w, "c 2:waiting:1 c1:waiting:3 ");
	end(w);
	scripted_settle(&w->s);
	ingest_free(w->ingest);
	scripted_reopen(&w->s);
	begin(w);
	reports_start(w->reports);
	wait_for_states(w, "c 2:waiting:0 c1:waiting:0 ");
	scripted_settle(&w->s);
	assert_int_equal(scripted_count(&w->s, "/campaigns"), 2);
	assert_int_equal(scripted_count(&w->s, "/sent/"), 3);
	(void)states(w);
	assert_false(w->is_early);
}

static void what_a_stop_interrupts_goes_on_after_the_restart(void **state)
{
	struct whole *w = *state;

	script(w);
	reports_start(w->reports);
	for (unsigned i = 0; i < 4000 && w->puts == 0; i++)
		loop_turn(w->s.loop, 1);
	assert_true(w->puts >= 1);
	end(w);
	scripted_settle(&w->s);
	ingest_free(w->ingest);
	scripted_reopen(&w->s);
	begin(w);
	reports_start(w->reports);
	for (unsigned i = 0;
	     i < 8000 && (w->puts < 3 || !scripted_saw(&w->s, "/sent/c%202?page=1") ||
	                  !scripted_saw(&w->s, "/sent/c1?page=2"));
	     i++)
		loop_turn(w->s.loop, 1);
	assert_true(w->puts >= 3);
	/* What was on its way, or committed a moment before, is asked once more at most. */
	assert_in_range(scripted_count(&w->s, "/sent/c1?page=1"), 1, 2);
	assert_in_range(scripted_count(&w->s, "/sent/c1?page=2"), 1, 2);
	assert_in_range(scripted_count(&w->s, "/sent/c%202?page=1"), 1, 2);
}

static void refused_credentials_are_not_tried_for_every_set(void **state)
{
	struct whole *w = *state;

	scripted_add(&w->s, "/campaigns",
	             scripted_json(200, "",
	                           "{\"data\":[{\"id\":\"c1\"},{\"id\":\"c2\"},{\"id\":\"c3\"}]}"));
	scripted_add(&w->s, "/sent/", scripted_json(401, "", "{}"));
	reports_start(w->reports);
	wait_for_states(w, "c1:paused:0 c2:paused:0 c3:paused:0 ");
	assert_in_range(scripted_count(&w->s, "/sent/"), 1, 2);
}

static void a_refused_set_leaves_the_others_alone(void **state)
{
	struct whole *w = *state;

	scripted_add(&w->s, "/sent/c1", scripted_json(422, "", "{\"message\":\"no such type\"}"));
	script(w);
	reports_start(w->reports);
	wait_for_states(w, "c 2:waiting:1 c1:refused:0 ");
	assert_int_equal(w->puts, 1);
}

static bool on_payload(void *arg, struct source *source, const struct payload *payload)
{
	struct whole *w = arg;

	assert_string_equal(source_name(source), "sent");
	assert_true(payload->vars.len > 0);
	w->payloads++;
	return true;
}

static void on_run(void *arg, const struct report_value *values, size_t value_count,
                   const struct report_result *result)
{
	struct whole *w = arg;

	assert_int_equal(value_count, 1);
	assert_string_equal(values[0].name, "campaign");
	assert_int_equal(result->end, REPORT_DONE);
	w->runs++;
}

static void on_done(void *arg, enum err err, const char *text)
{
	struct whole *w = arg;

	w->err = err;
	(void)snprintf(w->text, sizeof(w->text), "%s", text);
	w->dones++;
}

static void fetch(struct whole *w, bool is_dry)
{
	static const struct report_fetch_ops ops = {
		.on_payload = on_payload, .on_run = on_run, .on_done = on_done};
	const struct report_fetch what = {
		.account = STR_LIT("acme"), .report = STR_LIT("sent"), .is_dry = is_dry};
	struct report_fetching *f = NULL;

	assert_int_equal(reports_fetch(w->reports, &what, &ops, w, &f), ERR_OK);
	scripted_wait(&w->s, &w->dones, 1);
	assert_int_equal(w->err, ERR_OK);
	assert_int_equal(w->runs, 2);
}

static void a_dry_fetch_stores_nothing(void **state)
{
	struct whole *w = *state;

	script(w);
	fetch(w, true);
	assert_int_equal(w->payloads, 3);
	assert_int_equal(w->puts, 0);
	assert_int_equal(metric_get(METRIC_REPORT_ROWS, "acme", "sent", NULL)->value, 0);
}

static void a_fetch_works_without_a_start(void **state)
{
	struct whole *w = *state;

	script(w);
	fetch(w, false);
	assert_int_equal(w->payloads, 0);
	assert_int_equal(w->puts, 3);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_vendor_lists_comes_into_the_journal),
		TEST(a_restart_does_not_begin_before_its_time),
		TEST(what_a_stop_interrupts_goes_on_after_the_restart),
		TEST(refused_credentials_are_not_tried_for_every_set),
		TEST(a_refused_set_leaves_the_others_alone),
		TEST(a_dry_fetch_stores_nothing),
		TEST(a_fetch_works_without_a_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
