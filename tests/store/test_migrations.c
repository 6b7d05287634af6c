/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core/log.h"
#include "store/backend.h"
#include "store/migrations.h"
#include "tests/store/place.h"

static const struct migration steps[] = {
	{"first", "CREATE TABLE a(x); INSERT INTO a VALUES(1)"},
	{"second", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y=x+1"},
	{"wrong", "CREATE TABLE b(x); INSERT INTO nowhere VALUES(1)"},
};

static sqlite3 *memory_db(void)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	return db;
}

static int number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int result = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		result = sqlite3_column_int(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return result;
}

static void an_empty_database_gets_every_step(void **state)
{
	sqlite3 *db = memory_db();

	(void)state;
	assert_int_equal(migrations_run(db, steps, 2, NULL), ERR_OK);
	assert_int_equal(number(db, "PRAGMA user_version"), 2);
	assert_int_equal(number(db, "PRAGMA application_id"), MIGRATIONS_APPLICATION_ID);
	assert_int_equal(number(db, "SELECT y FROM a"), 2);
	(void)sqlite3_close(db);
}

static void an_older_database_gets_the_missing_steps_only(void **state)
{
	sqlite3 *db = memory_db();

	(void)state;
	assert_int_equal(migrations_run(db, steps, 1, NULL), ERR_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE a SET x=41", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(migrations_run(db, steps, 2, NULL), ERR_OK);
	assert_int_equal(number(db, "SELECT y FROM a"), 42);
	assert_int_equal(migrations_run(db, steps, 2, NULL), ERR_OK);
	assert_int_equal(number(db, "SELECT count(*) FROM a"), 1);
	(void)sqlite3_close(db);
}

static void a_step_that_fails_leaves_the_version_before_it(void **state)
{
	struct err_detail detail = {.text = ""};
	sqlite3 *db = memory_db();

	(void)state;
	assert_int_equal(migrations_run(db, steps, 3, &detail), ERR_IO);
	assert_non_null(strstr(detail.text, "wrong"));
	assert_int_equal(number(db, "PRAGMA user_version"), 2);
	assert_int_equal(number(db, "SELECT count(*) FROM sqlite_master WHERE name='b'"), 0);
	(void)sqlite3_close(db);
}

/* ---- files that are not ours ---- */

static void make_db(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static enum err open_and_close(const char *path, struct err_detail *reterr_detail)
{
	struct store_conf conf = {path, 1 << 20, 0, 1000, 1000};
	struct backend *b = NULL;
	enum err err = store_sqlite_ops.open(&conf, &b, reterr_detail);

	if (err == ERR_OK)
		store_sqlite_ops.close(b);
	return err;
}

struct foreign_case {
	const char *sql;
	enum err err;
	const char *text;
};

static void only_our_databases_are_opened(void **state)
{
	static const struct foreign_case cases[] = {
		{"VACUUM", ERR_OK, ""},
		{"PRAGMA user_version=99; PRAGMA application_id=0x63326d71; CREATE TABLE t(x)",
	         ERR_PARSE, "newer program"},
		{"CREATE TABLE t(x)", ERR_PARSE, "another program"},
		{"PRAGMA application_id=7", ERR_PARSE, "another program"},
		{"PRAGMA user_version=1", ERR_PARSE, "another program"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = place_fresh();
		struct err_detail detail = {.text = ""};

		make_db(path, cases[i].sql);
		assert_int_equal(open_and_close(path, &detail), cases[i].err);
		assert_non_null(strstr(detail.text, cases[i].text));
	}
}

static void a_refused_database_is_left_as_it_was(void **state)
{
	const char *path = place_fresh();
	struct err_detail detail = {.text = ""};
	sqlite3 *db = NULL;

	(void)state;
	make_db(path, "CREATE TABLE t(x)");
	assert_int_equal(open_and_close(path, &detail), ERR_PARSE);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(number(db, "SELECT count(*) FROM sqlite_master"), 1);
	assert_int_equal(number(db, "SELECT count(*) FROM pragma_journal_mode WHERE"
	                            " journal_mode='delete'"),
	                 1);
	(void)sqlite3_close(db);
}

static void a_store_of_version_1_is_migrated_with_its_counters(void **state)
{
	struct store_conf conf = {place_fresh(), 1 << 20, 0, 1000, 1000};
	const struct store_count *counts = NULL;
	struct store_tally tally = {.is_known = true};
	struct backend *b = NULL;
	size_t count = 0;
	sqlite3 *db = NULL;

	(void)state;
	assert_int_equal(sqlite3_open(conf.path, &db), SQLITE_OK);
	assert_int_equal(migrations_run(db, migrations, 1, NULL), ERR_OK);
	assert_int_equal(sqlite3_exec(db,
	                              "INSERT INTO account(id, name) VALUES(3, 'acme');"
	                              "INSERT INTO counter VALUES(3, 'c', 'sent', 41)",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	(void)sqlite3_close(db);
	assert_int_equal(store_sqlite_ops.open(&conf, &b, NULL), ERR_OK);
	assert_int_equal(store_sqlite_ops.begin(b, false), ERR_OK);
	assert_int_equal(store_sqlite_ops.counts(b, STR_LIT("acme"), STR_LIT("c"), &counts, &count),
	                 ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(counts[0].add, 41);
	assert_true(counts[0].is_observed);
	assert_int_equal(store_sqlite_ops.tallies(b, tally.id, 1, &tally), ERR_OK);
	assert_false(tally.is_known);
	store_sqlite_ops.rollback(b);
	store_sqlite_ops.close(b);
	assert_int_equal(sqlite3_open(conf.path, &db), SQLITE_OK);
	assert_int_equal(number(db, "PRAGMA user_version"), 2);
	(void)sqlite3_close(db);
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	const char *path = place_fresh();
	struct err_detail detail = {.text = ""};
	FILE *file = fopen(path, "w");

	(void)state;
	assert_non_null(file);
	for (int i = 0; i < 2000; i++)
		(void)fputs("this is a letter to a friend\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(open_and_close(path, &detail), ERR_PARSE);
	assert_non_null(strstr(detail.text, "not a database"));
}

static void a_damaged_file_is_refused_after_an_unclean_stop(void **state)
{
	const char *path = place_fresh();
	struct err_detail detail = {.text = ""};

	(void)state;
	assert_int_equal(open_and_close(path, &detail), ERR_OK);
	/* An index that lost its rows, as a bad copy may leave it. */
	make_db(path,
	        "INSERT INTO journal(entry, account, nth, lane_bytes, received_ms, via, replay)"
	        " VALUES(1, 1, 1, 1, 1, 1, 0);"
	        "UPDATE meta SET value='none' WHERE key='stop';"
	        "PRAGMA writable_schema=ON;"
	        "DELETE FROM sqlite_master WHERE name='journal_lane';"
	        "INSERT INTO sqlite_master VALUES('index','journal_lane','journal',"
	        "(SELECT rootpage FROM sqlite_master WHERE name='dead'),"
	        "'CREATE INDEX journal_lane ON journal(account)')");
	assert_int_equal(open_and_close(path, &detail), ERR_PARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_database_gets_every_step),
		cmocka_unit_test(an_older_database_gets_the_missing_steps_only),
		cmocka_unit_test(a_step_that_fails_leaves_the_version_before_it),
		cmocka_unit_test(only_our_databases_are_opened),
		cmocka_unit_test(a_refused_database_is_left_as_it_was),
		cmocka_unit_test(a_store_of_version_1_is_migrated_with_its_counters),
		cmocka_unit_test(a_file_that_is_no_database_is_refused),
		cmocka_unit_test(a_damaged_file_is_refused_after_an_unclean_stop),
	};

	log_init(LOG_LVL_WARN, LOG_FMT_LOGFMT);

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
