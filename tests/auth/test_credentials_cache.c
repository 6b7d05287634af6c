/* SPDX-License-Identifier: MIT */
/* The cache with a fake worker that works when the test says so, and a fake Argon2id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/credentials.h"
#include "auth/password.h"

#define JOBS_MAX 100
#define NOW_MS   1000

static struct {
	void (*work)(void *arg);
	worker_done_fn done;
	void *arg;
} jobs[JOBS_MAX];

static size_t job_count;
static size_t job_limit;
static unsigned verified;
static enum err verify_fails;

enum err worker_submit(struct worker *w, void (*work)(void *arg), worker_done_fn done, void *arg)
{
	(void)w;
	if (job_count == job_limit)
		return ERR_LIMIT;
	jobs[job_count].work = work;
	jobs[job_count].done = done;
	jobs[job_count].arg = arg;
	job_count++;
	return ERR_OK;
}

static void run_jobs(bool canceled)
{
	for (size_t i = 0; i < job_count; i++) {
		if (!canceled)
			jobs[i].work(jobs[i].arg);
		jobs[i].done(jobs[i].arg, canceled);
	}
	job_count = 0;
}

bool password_hash_is_valid(const char *hash)
{
	return hash != NULL;
}

enum err password_verify(struct str password, const char *hash)
{
	verified++;
	if (verify_fails != ERR_OK)
		return verify_fails;
	return str_eq(password, str_from(hash)) ? ERR_OK : ERR_AUTH;
}

struct setting {
	struct credentials_cache *cache;
	struct credentials *list;
};

static struct setting setting;
static enum err results[JOBS_MAX * 2];
static size_t result_count;

static void on_done(void *arg, enum err err)
{
	(void)arg;
	results[result_count++] = err;
}

static int setup(void **state)
{
	*state = &setting;
	job_count = result_count = 0;
	job_limit = JOBS_MAX;
	verified = 0;
	verify_fails = ERR_OK;
	if (credentials_cache_new(NULL, 2, &setting.cache) != ERR_OK ||
	    credentials_new(&setting.list) != ERR_OK)
		return -1;
	return credentials_add(setting.list, "one", "first", 0) == ERR_OK &&
	                       credentials_add(setting.list, "one", "second", 0) == ERR_OK &&
	                       credentials_add(setting.list, "two", "other", 0) == ERR_OK
	               ? 0
	               : -1;
}

static int teardown(void **state)
{
	struct setting *s = *state;

	credentials_unref(s->list);
	credentials_cache_free(s->cache);
	return 0;
}

static void pair(const char *username, const char *password, struct basic *b)
{
	memset(b, 0, sizeof(*b));
	(void)snprintf(b->bytes, sizeof(b->bytes), "%s:%s", username, password);
	b->username = (struct str){b->bytes, strlen(username)};
	b->password = str_from(b->bytes + strlen(username) + 1);
}

static enum err check(struct setting *s, const char *username, const char *password)
{
	struct basic b;

	pair(username, password, &b);
	enum err err = credentials_check(s->cache, s->list, &b, NOW_MS, on_done, NULL);

	memset(&b, 'x', sizeof(b)); /* it must have been copied */
	return err;
}

static bool is_known(struct setting *s, const char *username, const char *password)
{
	struct basic b;

	pair(username, password, &b);
	return credentials_is_known(s->cache, s->list, &b, NOW_MS);
}

static void a_right_pair_is_verified_once_and_then_known(void **state)
{
	struct setting *s = *state;

	assert_int_equal(check(s, "one", "second"), ERR_AGAIN);
	assert_int_equal(result_count, 0);
	run_jobs(false);
	assert_int_equal(result_count, 1);
	assert_int_equal(results[0], ERR_OK);
	verified = 0;
	assert_int_equal(check(s, "one", "second"), ERR_OK);
	assert_true(is_known(s, "one", "second"));
	assert_int_equal(verified, 0);
	assert_int_equal(result_count, 1);
}

static void a_wrong_pair_is_never_remembered(void **state)
{
	struct setting *s = *state;

	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(check(s, "one", "wrong"), ERR_AGAIN);
		run_jobs(false);
		assert_int_equal(result_count, i);
		assert_int_equal(results[i - 1], ERR_AUTH);
	}
	assert_false(is_known(s, "one", "wrong"));
}

static void user_name_and_password_do_not_run_together(void **state)
{
	struct setting *s = *state;

	assert_int_equal(credentials_add(s->list, "on", "first", 0), ERR_OK);
	assert_int_equal(check(s, "one", "first"), ERR_AGAIN);
	run_jobs(false);
	assert_true(is_known(s, "one", "first"));
	assert_false(is_known(s, "on", "efirst"));
	assert_false(is_known(s, "two", "first"));
}

static void equal_pairs_that_wait_are_verified_once(void **state)
{
	struct setting *s = *state;

	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(check(s, "two", "other"), ERR_AGAIN);
	assert_int_equal(job_count, 1);
	run_jobs(false);
	assert_int_equal(verified, 1);
	assert_int_equal(result_count, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(results[i], ERR_OK);
}

static void equal_pairs_of_two_lists_are_verified_apart(void **state)
{
	struct setting *s = *state;
	struct credentials *first = s->list;
	struct credentials *other;

	assert_int_equal(credentials_new(&other), ERR_OK);
	assert_int_equal(check(s, "two", "other"), ERR_AGAIN);
	s->list = other;
	assert_int_equal(check(s, "two", "other"), ERR_AGAIN);
	s->list = first;
	credentials_unref(other); /* the check holds it */
	run_jobs(false);
	assert_int_equal(results[0], ERR_OK);
	assert_int_equal(results[1], ERR_AUTH);
}

static void too_many_that_wait_are_refused_but_joining_is_free(void **state)
{
	struct setting *s = *state;
	char password[16];

	for (unsigned i = 0; i < CREDENTIALS_WAITING_MAX; i++) {
		(void)snprintf(password, sizeof(password), "%u", i);
		assert_int_equal(check(s, "one", password), ERR_AGAIN);
	}
	assert_int_equal(check(s, "one", "more"), ERR_LIMIT);
	assert_int_equal(check(s, "one", "0"), ERR_AGAIN);
	run_jobs(false);
	assert_int_equal(result_count, CREDENTIALS_WAITING_MAX + 1);
	assert_int_equal(check(s, "one", "more"), ERR_AGAIN);
	run_jobs(false);
}

static void the_least_recently_used_pair_goes_first(void **state)
{
	struct setting *s = *state;

	(void)!check(s, "one", "first");
	(void)!check(s, "one", "second");
	run_jobs(false);
	assert_true(is_known(s, "one", "first")); /* now the more recent one */
	(void)!check(s, "two", "other");
	run_jobs(false);
	assert_true(is_known(s, "two", "other"));
	assert_true(is_known(s, "one", "first"));
	assert_false(is_known(s, "one", "second"));
}

static void a_pair_that_left_the_list_is_not_known_any_more(void **state)
{
	struct setting *s = *state;
	struct credentials *rotated;

	(void)!check(s, "one", "first");
	run_jobs(false);
	assert_int_equal(credentials_new(&rotated), ERR_OK);
	assert_int_equal(credentials_add(rotated, "one", "second", 0), ERR_OK);
	credentials_unref(s->list);
	s->list = rotated;
	assert_false(is_known(s, "one", "first"));
}

static void a_pair_that_was_verified_is_forgotten_at_its_time(void **state)
{
	struct setting *s = *state;
	struct basic b;

	assert_int_equal(credentials_add(s->list, "ends", "soon", NOW_MS + 1), ERR_OK);
	(void)!check(s, "ends", "soon");
	run_jobs(false);
	assert_int_equal(results[0], ERR_OK);
	pair("ends", "soon", &b);
	assert_true(credentials_is_known(s->cache, s->list, &b, NOW_MS));
	assert_false(credentials_is_known(s->cache, s->list, &b, NOW_MS + 1));
	assert_int_equal(credentials_check(s->cache, s->list, &b, NOW_MS + 1, on_done, NULL),
	                 ERR_AGAIN);
	run_jobs(false);
	assert_int_equal(results[1], ERR_AUTH);
}

static void what_could_not_be_checked_says_again(void **state)
{
	struct setting *s = *state;

	assert_int_equal(check(s, "one", "first"), ERR_AGAIN);
	run_jobs(true);
	assert_int_equal(results[0], ERR_AGAIN);
	verify_fails = ERR_NOMEM;
	assert_int_equal(check(s, "one", "first"), ERR_AGAIN);
	run_jobs(false);
	assert_int_equal(results[1], ERR_AGAIN);
	assert_false(is_known(s, "one", "first"));
}

static void a_full_worker_leaves_nothing_behind(void **state)
{
	struct setting *s = *state;

	job_limit = 0;
	assert_int_equal(check(s, "one", "first"), ERR_LIMIT);
	job_limit = 1;
	assert_int_equal(check(s, "one", "first"), ERR_AGAIN);
	run_jobs(false);
	assert_int_equal(result_count, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_right_pair_is_verified_once_and_then_known),
		TEST(a_wrong_pair_is_never_remembered),
		TEST(user_name_and_password_do_not_run_together),
		TEST(equal_pairs_that_wait_are_verified_once),
		TEST(equal_pairs_of_two_lists_are_verified_apart),
		TEST(too_many_that_wait_are_refused_but_joining_is_free),
		TEST(the_least_recently_used_pair_goes_first),
		TEST(a_pair_that_left_the_list_is_not_known_any_more),
		TEST(a_pair_that_was_verified_is_forgotten_at_its_time),
		TEST(what_could_not_be_checked_says_again),
		TEST(a_full_worker_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
