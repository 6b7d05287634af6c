/* SPDX-License-Identifier: MIT */
/* What the contract cannot see from outside: the rows that are left in the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core/log.h"
#include "store/sqlite.h"
#include "tests/store/place.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define T0      ((int64_t)1700000000000)

static const struct backend_ops *const ops = &store_sqlite_ops;

static struct backend *open_fresh(struct store_conf *conf)
{
	struct err_detail detail = {.text = ""};
	struct backend *b = NULL;

	conf->path = place_fresh();
	if (ops->open(conf, &b, &detail) != ERR_OK)
		fail_msg("open: %s", detail.text);
	return b;
}

static int rows(struct backend *b, const char *sql)
{
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(sqlite3_prepare_v2(b->db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);

	int count = sqlite3_column_int(stmt, 0);

	(void)sqlite3_finalize(stmt);
	return count;
}

static int kept(struct backend *b)
{
	return rows(b, "SELECT count(*) FROM journal");
}

/* @p count entries of ten bytes, settled at @p now_ms. */
static void put_settled(struct backend *b, const char *account, int count, int64_t now_ms)
{
	struct payload p = {.via = PAYLOAD_WEBHOOK,
	                    .account = str_from(account),
	                    .body = STR_LIT("0123456789")};
	int64_t entry = 0;

	assert_int_equal(ops->begin(b, true), ERR_OK);
	for (int i = 0; i < count; i++)
		assert_int_equal(ops->put(b, &p, &entry), ERR_OK);

	struct store_settle s = {.account = p.account, .upto = entry};

	assert_int_equal(ops->settle(b, &s, now_ms), ERR_OK);
	assert_int_equal(ops->commit(b, NULL), ERR_OK);
}

static void sweep(struct backend *b, const struct store_conf *conf, int64_t now_ms)
{
	bool more = true;

	while (more) {
		assert_int_equal(ops->begin(b, true), ERR_OK);
		assert_int_equal(ops->sweep(b, conf, now_ms, 64, &more), ERR_OK);
		assert_int_equal(ops->commit(b, NULL), ERR_OK);
	}
}

static void settled_rows_stay_for_their_time_and_go_after_it(void **state)
{
	struct store_conf conf = {NULL, 1 << 20, 0, 5 * (uint64_t)HOUR_MS, (uint64_t)HOUR_MS};
	struct backend *b = open_fresh(&conf);

	(void)state;
	put_settled(b, "acme", 100, T0);
	put_settled(b, "other", 100, T0 + HOUR_MS);
	sweep(b, &conf, T0 + 5 * HOUR_MS - 1);
	assert_int_equal(kept(b), 200);
	sweep(b, &conf, T0 + 5 * HOUR_MS + SETTLED_SLOT_MS);
	assert_int_equal(kept(b), 100);
	sweep(b, &conf, T0 + 6 * HOUR_MS + SETTLED_SLOT_MS);
	assert_int_equal(kept(b), 0);
	assert_int_equal(rows(b, "SELECT count(*) FROM settled"), 0);
	ops->close(b);
}

static void settled_rows_make_room_oldest_first(void **state)
{
	struct store_conf conf = {NULL, 1500, 0, 500 * (uint64_t)HOUR_MS, (uint64_t)HOUR_MS};
	struct backend *b = open_fresh(&conf);

	(void)state;
	put_settled(b, "acme", 60, T0);
	put_settled(b, "other", 60, T0);
	put_settled(b, "acme", 60, T0);
	sweep(b, &conf, T0);
	assert_in_range(kept(b), 150 - 31, 150);
	assert_int_equal(rows(b, "SELECT count(*) FROM journal WHERE entry>60"), 120);
	ops->close(b);
}

static void nothing_kept_means_nothing_kept(void **state)
{
	struct store_conf conf = {NULL, 1 << 20, 0, 0, (uint64_t)HOUR_MS};
	struct backend *b = open_fresh(&conf);

	(void)state;
	put_settled(b, "acme", 200, T0);
	sweep(b, &conf, T0);
	assert_int_equal(kept(b), 0);
	ops->close(b);
}

static void forgotten_ids_leave_the_file(void **state)
{
	struct store_conf conf = {NULL, 1 << 20, 0, 0, 4 * (uint64_t)HOUR_MS};
	struct backend *b = open_fresh(&conf);
	static uint8_t ids[3000][STORE_ID_BYTES];

	(void)state;
	for (int64_t hour = 0; hour < 12; hour++) {
		struct store_settle s = {
			.account = STR_LIT("acme"), .ids = ids[0], .id_count = 3000};

		for (int i = 0; i < 3000; i++) {
			memcpy(ids[i], &i, sizeof(i));
			ids[i][8] = (uint8_t)hour;
		}
		assert_int_equal(ops->begin(b, true), ERR_OK);
		assert_int_equal(ops->settle(b, &s, T0 + hour * HOUR_MS), ERR_OK);
		assert_int_equal(ops->commit(b, NULL), ERR_OK);
		sweep(b, &conf, T0 + hour * HOUR_MS);
	}
	assert_in_range(rows(b, "SELECT count(*) FROM dedupe"), 3 * 3000, 6 * 3000);
	assert_in_range(rows(b, "SELECT count(*) FROM generation"), 4, 6);
	assert_in_range(rows(b, "SELECT count(*) FROM dedupe_recent"), 1, 2);
	ops->close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settled_rows_stay_for_their_time_and_go_after_it),
		cmocka_unit_test(settled_rows_make_room_oldest_first),
		cmocka_unit_test(nothing_kept_means_nothing_kept),
		cmocka_unit_test(forgotten_ids_leave_the_file),
	};

	log_init(LOG_LVL_WARN, LOG_FMT_LOGFMT);

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
