/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/log.h"
#include "store/store.h"
#include "tests/store/place.h"

#define DEADLINE_MS 20000

struct fixture {
	struct loop *loop;
	struct store *store;
	struct store_conf conf;
	char path[512];
	/* What the completions told, in order. */
	size_t done;
	enum err err;
	int64_t entries[4096];
	enum err errs[4096];
	size_t count;
	char text[64];
	bool known[4];
};

static void open_store(struct fixture *f)
{
	struct err_detail detail = {.text = ""};

	if (store_open(f->loop, &f->conf, &f->store, &detail) != ERR_OK)
		fail_msg("open: %s", detail.text);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(loop_new(&f->loop), ERR_OK);
	(void)snprintf(f->path, sizeof(f->path), "%s", place_fresh());
	f->conf = (struct store_conf){f->path, 1 << 20, 0, 3600000, 3600000};
	open_store(f);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	loop_free(f->loop);
	free(f);
	return 0;
}

static void wait_done(struct fixture *f, size_t count)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	while (f->done < count && clock_mono_ms() < deadline)
		loop_turn(f->loop, 20);
	assert_int_equal(f->done, count);
}

static void on_put(void *arg, enum err err, int64_t entry)
{
	struct fixture *f = arg;

	f->errs[f->done] = err;
	f->entries[f->done++] = entry;
}

static void on_done(void *arg, enum err err)
{
	struct fixture *f = arg;

	f->err = err;
	f->errs[f->done++] = err;
}

static struct payload simple(const char *account, const char *body)
{
	return (struct payload){.received_ms = 1700000000000,
	                        .via = PAYLOAD_WEBHOOK,
	                        .account = str_from(account),
	                        .source = STR_LIT("sms"),
	                        .body = str_from(body)};
}

static enum err put(struct fixture *f, const char *account, const char *body)
{
	struct payload p = simple(account, body);

	return store_put(f->store, &p, NULL, on_put, f);
}

static void put_many(struct fixture *f, size_t count)
{
	size_t before = f->done;

	for (size_t i = 0; i < count; i++)
		assert_int_equal(put(f, "acme", "0123456789"), ERR_OK);
	wait_done(f, before + count);
}

static void settle(struct fixture *f, int64_t upto)
{
	struct store_settle s = {.account = STR_LIT("acme"), .upto = upto};
	size_t before = f->done;

	assert_int_equal(store_settle(f->store, &s, on_done, f), ERR_OK);
	wait_done(f, before + 1);
	assert_int_equal(f->err, ERR_OK);
}

static struct store_stats stats(struct fixture *f)
{
	struct store_stats s;

	store_stats(f->store, &s);
	return s;
}

static void on_claim(void *arg, enum err err, const struct store_claim *claim)
{
	struct fixture *f = arg;

	f->err = err;
	f->count = claim->count;
	if (claim->count > 0) {
		(void)snprintf(f->text, sizeof(f->text), "%.*s/%.*s",
		               STR_FMT(claim->payloads[claim->count - 1].account),
		               STR_FMT(claim->payloads[claim->count - 1].body));
	}
	f->done++;
}

static void completions_come_in_the_order_of_submission(void **state)
{
	struct fixture *f = *state;

	put_many(f, 1000);
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(f->errs[i], ERR_OK);
		assert_int_equal(f->entries[i], i + 1);
	}
}

static void many_puts_share_a_commit(void **state)
{
	struct fixture *f = *state;

	put_many(f, 4000);
	assert_in_range(stats(f).commits, 1, 1000);
	assert_int_equal(stats(f).waiting, 4000);
	assert_int_equal(stats(f).waiting_bytes, 40000);
}

static void claim_copies_what_it_gives(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(put(f, "acme", "one"), ERR_OK);
	assert_int_equal(put(f, "acme", "two"), ERR_OK);
	assert_int_equal(store_claim(f->store, STR_LIT("acme"), 0, 10, 1000, on_claim, f), ERR_OK);
	wait_done(f, 3);
	assert_int_equal(f->count, 2);
	assert_string_equal(f->text, "acme/two");
}

static void on_known(void *arg, enum err err, const bool *known)
{
	struct fixture *f = arg;

	f->err = err;
	memcpy(f->known, known, 2 * sizeof(bool));
	f->done++;
}

static void known_sees_a_settle_submitted_before_it(void **state)
{
	struct fixture *f = *state;
	static const uint8_t ids[2][STORE_ID_BYTES] = {{1}, {2}};
	struct store_settle s = {.account = STR_LIT("acme"), .ids = ids[1], .id_count = 1};

	assert_int_equal(store_settle(f->store, &s, on_done, f), ERR_OK);
	assert_int_equal(store_known(f->store, ids[0], 2, on_known, f), ERR_OK);
	wait_done(f, 2);
	assert_false(f->known[0]);
	assert_true(f->known[1]);
}

static void the_journal_is_full_at_max_bytes_and_open_again_after_a_settle(void **state)
{
	struct fixture *f = *state;
	struct store_conf limits = f->conf;

	limits.max_bytes = 25;
	store_set_limits(f->store, &limits);
	put_many(f, 2);
	assert_false(stats(f).is_full);
	assert_int_equal(put(f, "acme", "0123456789"), ERR_LIMIT);
	assert_true(stats(f).is_full);
	settle(f, 1);
	assert_false(stats(f).is_full);
	assert_int_equal(stats(f).waiting, 1);
	put_many(f, 1);
}

static void an_empty_journal_takes_a_payload_of_any_size(void **state)
{
	struct fixture *f = *state;
	struct store_conf limits = f->conf;

	limits.max_bytes = 5;
	store_set_limits(f->store, &limits);
	assert_int_equal(put(f, "acme", "0123456789"), ERR_OK);
	wait_done(f, 1);
	assert_int_equal(put(f, "acme", "0"), ERR_LIMIT);
}

static void queued_puts_count_against_the_limit(void **state)
{
	struct fixture *f = *state;
	struct store_conf limits = f->conf;

	limits.max_entries = 3;
	store_set_limits(f->store, &limits);
	for (int i = 0; i < 3; i++)
		assert_int_equal(put(f, "acme", "x"), ERR_OK);
	assert_int_equal(put(f, "acme", "x"), ERR_LIMIT);
	wait_done(f, 3);
}

static void an_operation_that_cannot_work_fails_alone(void **state)
{
	struct fixture *f = *state;
	char key[600];
	struct store_checkpoint long_key = {{key, sizeof(key)}, STR_LIT("v")};
	struct payload p = simple("acme", "x");

	memset(key, 'k', sizeof(key));
	assert_int_equal(put(f, "acme", "x"), ERR_OK);
	assert_int_equal(put(f, "", "x"), ERR_OK);
	assert_int_equal(store_checkpoint_set(f->store, &long_key, on_done, f), ERR_OK);
	assert_int_equal(store_dead_drop(f->store, 77, on_done, f), ERR_OK);
	assert_int_equal(put(f, "acme", "x"), ERR_OK);
	assert_int_equal(store_put(f->store, &p, &long_key, on_put, f), ERR_INVAL);
	wait_done(f, 5);
	assert_int_equal(f->errs[0], ERR_OK);
	assert_int_equal(f->errs[1], ERR_INVAL);
	assert_int_equal(f->entries[1], 0);
	assert_int_equal(f->errs[2], ERR_INVAL);
	assert_int_equal(f->errs[3], ERR_NOENT);
	assert_int_equal(f->errs[4], ERR_OK);
	assert_int_equal(f->entries[4], 2);
	assert_int_equal(stats(f).failures, 0);
}

static void on_checkpoint(void *arg, enum err err, struct str value)
{
	struct fixture *f = arg;

	f->err = err;
	(void)snprintf(f->text, sizeof(f->text), "%.*s", STR_FMT(value));
	f->done++;
}

static void a_put_moves_its_checkpoint(void **state)
{
	struct fixture *f = *state;
	struct payload p = simple("acme", "page");
	struct store_checkpoint c = {STR_LIT("acme/report"), STR_LIT("page 2")};

	assert_int_equal(store_put(f->store, &p, &c, on_put, f), ERR_OK);
	wait_done(f, 1);
	store_close(f->store);
	open_store(f);
	assert_int_equal(stats(f).waiting, 1);
	assert_int_equal(store_checkpoint_get(f->store, c.key, on_checkpoint, f), ERR_OK);
	wait_done(f, 2);
	assert_string_equal(f->text, "page 2");
}

static void on_dead(void *arg, enum err err, const struct store_dead_row *rows, size_t count)
{
	struct fixture *f = arg;

	f->err = err;
	f->count = count;
	if (count > 0) {
		(void)snprintf(f->text, sizeof(f->text), "%.*s|%.*s|%.*s",
		               STR_FMT(rows[count - 1].dead.cause),
		               STR_FMT(rows[count - 1].dead.text),
		               STR_FMT(rows[count - 1].dead.payload->body));
	}
	f->done++;
}

static void on_counts(void *arg, enum err err, const struct store_count *counts, size_t count)
{
	struct fixture *f = arg;

	f->err = err;
	f->count = count;
	(void)snprintf(f->text, sizeof(f->text), "%.*s %.*s %.*s %d", STR_FMT(counts[0].account),
	               STR_FMT(counts[0].campaign), STR_FMT(counts[0].status), (int)counts[0].add);
	f->done++;
}

static void dead_letters_and_counters_can_be_read(void **state)
{
	struct fixture *f = *state;
	struct payload p = simple("acme", "record");
	const struct store_dead dead[2] = {
		{.cause = STR_LIT("a"), .text = STR_LIT("b"), .payload = &p},
		{.cause = STR_LIT("unparsable"), .text = STR_LIT("not JSON"), .payload = &p}};
	const struct store_count add = {STR_LIT("acme"), STR_LIT("c"), STR_LIT("sent"), 4, true};
	struct store_settle s = {.account = STR_LIT("acme"),
	                         .counts = &add,
	                         .count_count = 1,
	                         .dead = dead,
	                         .dead_count = 2};

	assert_int_equal(store_settle(f->store, &s, on_done, f), ERR_OK);
	assert_int_equal(store_dead_list(f->store, 0, 10, true, on_dead, f), ERR_OK);
	wait_done(f, 2);
	assert_int_equal(f->count, 2);
	assert_string_equal(f->text, "unparsable|not JSON|record");
	assert_int_equal(store_counts(f->store, STR_LIT("acme"), STR_LIT("c"), on_counts, f),
	                 ERR_OK);
	wait_done(f, 3);
	assert_string_equal(f->text, "acme c sent 4");
}

static void on_tallies(void *arg, enum err err, const struct store_tally *tallies)
{
	struct fixture *f = arg;

	f->err = err;
	(void)snprintf(f->text, sizeof(f->text), "%d %d", tallies[0].is_known,
	               (int)tallies[1].count);
	f->done++;
}

static void on_campaigns(void *arg, enum err err, const struct store_campaign *rows, size_t count)
{
	struct fixture *f = arg;

	f->err = err;
	f->count = count;
	if (count > 0) {
		(void)snprintf(f->text, sizeof(f->text), "%.*s %.*s %.*s %.*s",
		               STR_FMT(rows[0].account), STR_FMT(rows[0].level),
		               STR_FMT(rows[0].id), STR_FMT(rows[0].name));
	}
	f->done++;
}

static void tallies_and_campaigns_can_be_read(void **state)
{
	struct fixture *f = *state;
	const uint8_t ids[2 * STORE_ID_BYTES] = {[STORE_ID_BYTES] = 9};
	const struct store_tally tally = {.id = {9}, .count = 77};
	const struct store_campaign campaign = {.account = STR_LIT("acme"),
	                                        .level = STR_LIT("a%20b"),
	                                        .id = STR_LIT("a b"),
	                                        .name = STR_LIT("A and B")};
	struct store_settle s = {.account = STR_LIT("acme"),
	                         .campaigns = &campaign,
	                         .campaign_count = 1,
	                         .tallies = &tally,
	                         .tally_count = 1};

	assert_int_equal(store_settle(f->store, &s, on_done, f), ERR_OK);
	assert_int_equal(store_tallies(f->store, ids, 2, on_tallies, f), ERR_OK);
	wait_done(f, 2);
	assert_string_equal(f->text, "0 77");
	assert_int_equal(store_summaries_due(f->store, 5, on_campaigns, f), ERR_OK);
	wait_done(f, 3);
	assert_string_equal(f->text, "acme a%20b a b A and B");
	assert_int_equal(
		store_summary_done(f->store, STR_LIT("acme"), STR_LIT("a%20b"), 1, on_done, f),
		ERR_OK);
	assert_int_equal(store_summaries_due(f->store, 5, on_campaigns, f), ERR_OK);
	wait_done(f, 5);
	assert_int_equal(f->count, 0);
	f->text[0] = '\0';
	assert_int_equal(
		store_campaigns(f->store, STR_LIT("acme"), 0, STR_EMPTY, 5, on_campaigns, f),
		ERR_OK);
	wait_done(f, 6);
	assert_string_equal(f->text, "acme a%20b a b A and B");
	assert_int_equal(store_summaries_again(f->store, 1000, on_done, f), ERR_OK);
	assert_int_equal(store_summaries_due(f->store, 5, on_campaigns, f), ERR_OK);
	wait_done(f, 8);
	assert_int_equal(f->count, 1);
}

static void on_lanes(void *arg, enum err err, const struct store_lane *lanes, size_t count)
{
	struct fixture *f = arg;

	f->err = err;
	f->count = count;
	(void)snprintf(f->text, sizeof(f->text), "%.*s %d", STR_FMT(lanes[0].account),
	               (int)lanes[0].waiting);
	f->done++;
}

static void lanes_are_told(void **state)
{
	struct fixture *f = *state;

	put_many(f, 3);
	assert_int_equal(store_lanes(f->store, on_lanes, f), ERR_OK);
	wait_done(f, 4);
	assert_int_equal(f->count, 1);
	assert_string_equal(f->text, "acme 3");
}

static void closing_finishes_what_was_submitted(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 500; i++)
		assert_int_equal(put(f, "acme", "x"), ERR_OK);
	store_close(f->store);
	assert_int_equal(f->done, 500);
	for (size_t i = 0; i < 500; i++)
		assert_int_equal(f->errs[i], ERR_OK);
	open_store(f);
	assert_int_equal(stats(f).waiting, 500);
}

/* The completion of a put puts again, until the store is closing. */
static void on_put_again(void *arg, enum err err, int64_t entry)
{
	struct fixture *f = arg;
	struct payload p = simple("acme", "again");

	(void)entry;
	assert_int_equal(err, ERR_OK);
	f->done++;
	f->err = store_put(f->store, &p, NULL, on_put_again, f);
	if (f->err != ERR_OK)
		f->count++;
}

static void puts_while_closing_are_canceled(void **state)
{
	struct fixture *f = *state;
	struct payload p = simple("acme", "x");

	assert_int_equal(store_put(f->store, &p, NULL, on_put_again, f), ERR_OK);
	store_close(f->store);
	assert_int_equal(f->done, 1);
	assert_int_equal(f->count, 1);
	assert_int_equal(f->err, ERR_CANCELED);
	open_store(f);
}

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Files may not grow past the limit: what a full disk looks like. */
static void a_failing_disk_refuses_and_recovers_by_itself(void **state)
{
	struct fixture *f = *state;
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;

	put_many(f, 10);
	set_file_limit(4096);

	enum err refused = put(f, "acme", "lost");

	wait_done(f, 11);

	struct store_stats failing = stats(f);
	enum err at_once = put(f, "acme", "lost too");

	set_file_limit(RLIM_INFINITY);
	assert_int_equal(refused, ERR_OK);
	assert_int_equal(f->errs[10], ERR_IO);
	assert_true(failing.is_failing);
	assert_true(strlen(failing.failure) > 0);
	assert_int_equal(failing.failures, 1);
	assert_int_equal(at_once, ERR_IO);
	while (stats(f).is_failing && clock_mono_ms() < deadline)
		loop_turn(f->loop, 50);
	assert_false(stats(f).is_failing);
	assert_string_equal(stats(f).failure, "");
	put_many(f, 1);
	assert_int_equal(f->entries[11], 11);
	assert_int_equal(stats(f).waiting, 11);
}

static void drop(const char *base, const char *rest)
{
	char path[600];

	(void)snprintf(path, sizeof(path), "%s%s", base, rest);
	(void)remove(path);
}

static mode_t mode_of(const char *base, const char *rest)
{
	char path[600];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s%s", base, rest);
	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void file_and_folders_are_made_and_private(void **state)
{
	struct fixture *f = *state;
	struct store *store = NULL;
	struct err_detail detail = {.text = ""};
	char path[580];
	struct store_conf conf = f->conf;

	(void)snprintf(path, sizeof(path), "%s.d/deep/store.db", f->path);
	conf.path = path;
	assert_int_equal(store_open(f->loop, &conf, &store, &detail), ERR_OK);
	assert_int_equal(mode_of(path, ""), 0600);
	assert_int_equal(mode_of(path, "-wal"), 0600);
	assert_int_equal(mode_of(path, ".lock"), 0600);
	assert_int_equal(mode_of(f->path, ".d"), 0700);
	assert_int_equal(mode_of(f->path, ".d/deep"), 0700);
	store_close(store);
	drop(path, "");
	drop(path, ".lock");
	drop(f->path, ".d/deep");
	drop(f->path, ".d");
}

struct bad_place {
	const char *path;
	enum err err;
	const char *text;
};

static void a_place_that_cannot_work_is_refused_with_a_reason(void **state)
{
	static const struct bad_place places[] = {
		{"", ERR_INVAL, "store.path"},
		{"/proc/nothing/store.db", ERR_IO, "/proc/nothing"},
		{"/dev/null/store.db", ERR_IO, "/dev/null"},
		{SOURCE_DIR "/", ERR_INVAL, "name of a file"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct store_conf conf = f->conf;
		struct err_detail detail = {.text = ""};
		struct store *store = NULL;

		conf.path = places[i].path;
		assert_int_equal(store_open(f->loop, &conf, &store, &detail), places[i].err);
		assert_non_null(strstr(detail.text, places[i].text));
		assert_null(store);
	}
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(completions_come_in_the_order_of_submission),
		STORE_TEST(many_puts_share_a_commit),
		STORE_TEST(claim_copies_what_it_gives),
		STORE_TEST(known_sees_a_settle_submitted_before_it),
		STORE_TEST(the_journal_is_full_at_max_bytes_and_open_again_after_a_settle),
		STORE_TEST(an_empty_journal_takes_a_payload_of_any_size),
		STORE_TEST(queued_puts_count_against_the_limit),
		STORE_TEST(an_operation_that_cannot_work_fails_alone),
		STORE_TEST(a_put_moves_its_checkpoint),
		STORE_TEST(dead_letters_and_counters_can_be_read),
		STORE_TEST(tallies_and_campaigns_can_be_read),
		STORE_TEST(lanes_are_told),
		STORE_TEST(closing_finishes_what_was_submitted),
		STORE_TEST(puts_while_closing_are_canceled),
		STORE_TEST(a_failing_disk_refuses_and_recovers_by_itself),
		STORE_TEST(file_and_folders_are_made_and_private),
		STORE_TEST(a_place_that_cannot_work_is_refused_with_a_reason),
	};

	(void)signal(SIGXFSZ, SIG_IGN);
	log_init(LOG_LVL_ERROR, LOG_FMT_LOGFMT);

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
