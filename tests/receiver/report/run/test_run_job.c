/* SPDX-License-Identifier: MIT */
/* The whole way of an ordered report, and a process that is killed at any step of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/receiver/report/run/order_scene.h"
#include "tests/store/place.h"

#define KILLED 9

static int setup(void **state)
{
	static struct order_scene j;

	*order_world() = (struct order_world){.orders = 0};
	order_scene_open(&j, place_fresh());
	*state = &j;
	return 0;
}

static int teardown(void **state)
{
	order_scene_close(*state);
	return 0;
}

static void it_is_ordered_waited_for_downloaded_and_read(void **state)
{
	struct order_scene *j = *state;

	assert_int_equal(order_scene_run(j), REPORT_DONE);
	assert_int_equal(order_world()->orders, 1);
	assert_string_equal(j->s.vendor.last.campaign, "c1");
	assert_string_equal(j->s.vendor.last.method, "POST");
	assert_false(j->s.vendor.last.is_safe);
	assert_int_equal(j->s.vendor.turns, 1);
	assert_int_equal(fake_jobs.waits, 1);
	assert_int_equal(fake_jobs.kept, 1);
	assert_string_equal(fake_jobs.campaign, "c1");
	assert_string_equal(fake_jobs.report, "items");
	assert_string_equal(fake_jobs.hosts, ".api.acme.example ");
	assert_false(fake_jobs.allows_http);
	assert_int_equal(fake_jobs.ordered_ms, SCENE_NOW);
	assert_int_equal(fake_jobs.downloads, 1);
	assert_string_equal(fake_jobs.url, LINK);
	assert_int_equal(j->s.result.progress.rows, 3);
	assert_int_equal(j->s.result.progress.pages, 1);
	assert_int_equal(scene_count(&j->s, "campaign=c1&_csv="), 1);
	assert_int_equal(scene_count(&j->s, "1\n2\n3\n"), 1);
	assert_string_equal(scene_checkpoint(&j->s), "report 1\n" LAST_DONE);
	assert_int_equal(order_scene_files(j), 0);
	assert_string_equal(j->s.result.progress.job.state, "done");
	assert_false(j->s.result.progress.job.is_stale);
}

/* ---- killed ---- */

static size_t steps, kill_at;

static void die(struct scene *s)
{
	(void)s;
	if (++steps == kill_at)
		_exit(KILLED);
}

static void (*arrange)(struct order_scene *j);

/** What was perhaps not ordered is waited for all its time, and so is a mail that never comes. */
static enum report_end run_with_time(struct order_scene *j)
{
	order_scene_start(j);
	while (j->s.done_count == 0) {
		const char *state;

		scene_turn(&j->s);
		state = j->s.progress.job.state;
		if (state != NULL && strcmp(state, "waiting") == 0 &&
		    (order_world()->orders == 0 || j->has_no_mail))
			order_scene_later(j, 31 * MINUTE_MS);
	}
	return j->s.result.end;
}

/**
 * A process that runs until the step. No scene is open meanwhile: what a thread of ours had locked
 * when the process was made would be locked in it for ever.
 *
 * @return whether it came so far
 */
static bool run_and_die(const char *path)
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		static struct order_scene j;

		steps = 0;
		order_scene_open(&j, path);
		arrange(&j);
		j.s.on_step = die;
		_exit(run_with_time(&j) == REPORT_DONE ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == KILLED);
	return WEXITSTATUS(status) == KILLED;
}

#define ROWS 8000 /* of 110 bytes: four slices */

/** Rows of the file that are there, each once: `NUMBER,…` */
static unsigned count_rows(struct order_scene *j)
{
	static bool is_there[ROWS + 1];
	struct buf b;
	unsigned count = 0;
	const char *at;

	memset(is_there, 0, sizeof(is_there));
	buf_init(&b, (size_t)1 << 24);
	(void)scene_journal(&j->s, &b);
	for (at = strchr(buf_cstr(&b), ','); at != NULL; at = strchr(at + 1, ',')) {
		unsigned long row = at - buf_cstr(&b) >= 6 ? strtoul(at - 6, NULL, 10) : 0;

		if (row == 0 || row > ROWS)
			continue;
		if (is_there[row])
			fail_msg("killed at %zu: row %lu is there twice", kill_at, row);
		is_there[row] = true;
		count++;
	}
	buf_fini(&b);
	return count;
}

/** All rows are there, and it is known when the order was. */
static void look_at_rows(struct order_scene *j)
{
	static const char last[] = "report 1\njob done\njob-ordered 17253";

	if (count_rows(j) != ROWS)
		fail_msg("killed at %zu: %u rows", kill_at, count_rows(j));
	if (strncmp(scene_checkpoint(&j->s), last, strlen(last)) != 0)
		fail_msg("killed at %zu: %s", kill_at, scene_checkpoint(&j->s));
}

static void (*look)(struct order_scene *j);

/**
 * At every step: no second order, nothing lost, nothing twice.
 *
 * @param orders_max  2: the answer is the report, which is lost when it is not kept
 * @return how many steps
 */
static size_t kill_everywhere(size_t orders_max)
{
	bool is_killed = true;

	for (kill_at = 1; is_killed; kill_at++) {
		static struct order_scene j;
		char path[64];

		*order_world() = (struct order_world){.orders = 0};
		(void)snprintf(path, sizeof(path), "%s", place_fresh());
		is_killed = run_and_die(path);
		order_scene_open(&j, path);
		arrange(&j);
		/* Who knows nothing of an order makes one; what is known says when it was. */
		j.s.conf.is_adoption = scene_checkpoint(&j.s)[0] != '\0';
		if (run_with_time(&j) != REPORT_DONE)
			fail_msg("killed at %zu: %s", kill_at, j.s.result.text);
		if (order_world()->orders < 1 || order_world()->orders > orders_max)
			fail_msg("killed at %zu: ordered %zu times", kill_at,
			         order_world()->orders);
		look(&j);
		order_scene_close(&j);
	}
	return kill_at - 2;
}

static char csv[ROWS * 128];

static void many_rows(struct order_scene *j)
{
	if (csv[0] == '\0') {
		size_t len = (size_t)snprintf(csv, sizeof(csv), "id,text\n");

		for (unsigned i = 1; i <= ROWS; i++) {
			len += (size_t)snprintf(csv + len, sizeof(csv) - len, "%06u,%0100u\n", i,
			                        i);
		}
	}
	j->file.content = str_from(csv);
}

static void killed_at_any_step_it_orders_and_repeats_nothing(void **state)
{
	(void)state;
	arrange = many_rows;
	look = look_at_rows;
	assert_in_range(kill_everywhere(1), 15, 100);
}

static void in_the_body(struct order_scene *j)
{
	many_rows(j);
	j->result = (struct vendor_result){.status = 200, .media_type = STR_LIT("text/csv")};
	j->body = j->file.content;
}

static void so_it_is_when_the_answer_is_the_report(void **state)
{
	(void)state;
	arrange = in_the_body;
	look = look_at_rows;
	assert_in_range(kill_everywhere(2), 10, 100);
}

/* The rows in three parts, the first one short. */
static enum err three_links(void *arg, const struct job_reply *reply, struct job_told *told)
{
	static const struct str links[] = {{"https://f.acme.example/a", 24},
	                                   {"https://f.acme.example/b", 24},
	                                   {"https://f.acme.example/c", 24}};

	(void)arg;
	(void)reply;
	*told = (struct job_told){.verdict = JOB_IS_READY, .links = links, .link_count = 3};
	return ERR_OK;
}

static void part(void *arg, const char *url, struct fake_file *file)
{
	static const size_t from[] = {0, 100, 5000, ROWS};
	const size_t at = (size_t)(url[23] - 'a');
	static char text[ROWS * 128];
	const char *rows = strchr(csv, '\n') + 1;
	const size_t row_bytes = 108;

	if (strcmp(url, LINK) == 0) { /* the answer was lost: all of it comes by mail */
		file->content = str_from(csv);
		return;
	}
	(void)arg;
	(void)snprintf(text, sizeof(text), "id,text\n%.*s",
	               (int)((from[at + 1] - from[at]) * row_bytes), rows + from[at] * row_bytes);
	file->content = str_from(text);
	file->validator = url;
}

static void in_parts(struct order_scene *j)
{
	many_rows(j);
	fake_jobs.answer = three_links;
	fake_jobs.file = part;
}

static void so_it_is_in_parts(void **state)
{
	(void)state;
	arrange = in_parts;
	look = look_at_rows;
	assert_in_range(kill_everywhere(1), 20, 150);
}

/* Its mail never comes: the pages of another report take its place. */
static void with_fallback(struct order_scene *j)
{
	j->job.fallback = &j->pages;
	j->conf.fallback = j->fallback;
	j->has_no_mail = true;
}

static void look_at_pages(struct order_scene *j)
{
	static const char last[] = "report 1\njob stale\njob-ordered 17253";

	if (scene_count(&j->s, "\"id\"") != 6)
		fail_msg("killed at %zu: %zu rows", kill_at, scene_count(&j->s, "\"id\""));
	if (strncmp(scene_checkpoint(&j->s), last, strlen(last)) != 0)
		fail_msg("killed at %zu: %s", kill_at, scene_checkpoint(&j->s));
}

static void so_it_is_with_the_report_that_takes_its_place(void **state)
{
	(void)state;
	arrange = with_fallback;
	look = look_at_pages;
	/* One that may not have arrived, and of which no sign came, is sent once more. */
	assert_in_range(kill_everywhere(2), 5, 100);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_ordered_waited_for_downloaded_and_read),
		cmocka_unit_test(killed_at_any_step_it_orders_and_repeats_nothing),
		cmocka_unit_test(so_it_is_when_the_answer_is_the_report),
		cmocka_unit_test(so_it_is_in_parts),
		cmocka_unit_test(so_it_is_with_the_report_that_takes_its_place),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
