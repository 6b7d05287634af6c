/* SPDX-License-Identifier: MIT */
/* kill -9 at any moment: what was acknowledged is there afterwards. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/log.h"
#include "store/store.h"
#include "tests/store/place.h"

#define KILLS     25
#define AT_A_TIME 16

/* What the child tells through the pipe after each completion. */
struct told {
	int64_t entry;   /* of a put; 0 for a settle */
	int64_t settled; /* of a settle */
};

struct child {
	struct loop *loop;
	struct store *store;
	int pipe;
	struct payload payload;
	int64_t to_settle;
	uint8_t id[STORE_ID_BYTES];
};

static void tell(const struct child *c, struct told told)
{
	if (write(c->pipe, &told, sizeof(told)) != sizeof(told))
		_exit(2);
}

static void id_of(int64_t entry, uint8_t id[STORE_ID_BYTES])
{
	memset(id, 0x5a, STORE_ID_BYTES);
	memcpy(id, &entry, sizeof(entry));
}

static void on_settled(void *arg, enum err err)
{
	struct child *c = arg;

	if (err != ERR_OK)
		_exit(3);
	tell(c, (struct told){0, c->to_settle});
	c->to_settle = 0;
}

static void on_put(void *arg, enum err err, int64_t entry)
{
	struct child *c = arg;

	if (err != ERR_OK)
		_exit(4);
	tell(c, (struct told){entry, 0});
	if (entry % 7 == 0 && c->to_settle == 0) {
		struct store_settle s = {.account = STR_LIT("acme"), .upto = entry, .id_count = 1};

		c->to_settle = entry;
		id_of(entry, c->id);
		s.ids = c->id;
		if (store_settle(c->store, &s, on_settled, c) != ERR_OK)
			_exit(5);
	}
	if (store_put(c->store, &c->payload, NULL, on_put, c) != ERR_OK)
		_exit(6);
}

static void child_main(const struct store_conf *conf, int fd)
{
	struct child c = {.pipe = fd};
	struct err_detail detail = {.text = ""};

	c.payload = (struct payload){.via = PAYLOAD_WEBHOOK,
	                             .account = STR_LIT("acme"),
	                             .body = STR_LIT("0123456789012345678901234567890123456789")};
	if (loop_new(&c.loop) != ERR_OK || store_open(c.loop, conf, &c.store, &detail) != ERR_OK)
		_exit(7);
	for (int i = 0; i < AT_A_TIME; i++) {
		if (store_put(c.store, &c.payload, NULL, on_put, &c) != ERR_OK)
			_exit(8);
	}
	_exit(loop_run(c.loop) == ERR_OK ? 9 : 10);
}

/* Let it run until @p puts were acknowledged, and a little more, then kill it. */
static void run_and_kill(const struct store_conf *conf, unsigned puts, long pause_ns,
                         struct told *ret_last)
{
	struct told told;
	int fds[2];
	int status = 0;
	unsigned seen = 0;

	assert_int_equal(pipe(fds), 0);

	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(fds[0]);
		child_main(conf, fds[1]);
	}
	(void)close(fds[1]);
	while (read(fds[0], &told, sizeof(told)) == sizeof(told)) {
		if (told.entry > ret_last->entry)
			ret_last->entry = told.entry;
		if (told.settled > ret_last->settled)
			ret_last->settled = told.settled;
		if (++seen == puts) {
			(void)nanosleep(&(struct timespec){0, pause_ns}, NULL);
			(void)kill(pid, SIGKILL);
		}
	}
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_msg("the child ended by itself: %d", WEXITSTATUS(status));
}

struct found {
	size_t done;
	int64_t settled, newest;
	uint64_t waiting;
	bool known;
};

static void on_lanes(void *arg, enum err err, const struct store_lane *lanes, size_t count)
{
	struct found *f = arg;

	f->done++;
	if (err != ERR_OK || count == 0)
		return;
	f->settled = lanes[0].settled;
	f->newest = lanes[0].newest;
	f->waiting = lanes[0].waiting;
}

static void on_known(void *arg, enum err err, const bool *known)
{
	struct found *f = arg;

	f->done++;
	f->known = err == ERR_OK && known[0];
}

static void look(const struct store_conf *conf, int64_t settled, struct found *ret_found)
{
	struct loop *loop = NULL;
	struct store *store = NULL;
	struct err_detail detail = {.text = ""};
	uint8_t id[STORE_ID_BYTES];

	id_of(settled, id);
	assert_int_equal(loop_new(&loop), ERR_OK);
	if (store_open(loop, conf, &store, &detail) != ERR_OK)
		fail_msg("open after a kill: %s", detail.text);
	*ret_found = (struct found){0};
	assert_int_equal(store_lanes(store, on_lanes, ret_found), ERR_OK);
	assert_int_equal(store_known(store, id, 1, on_known, ret_found), ERR_OK);
	store_close(store);
	loop_free(loop);
	assert_int_equal(ret_found->done, 2);
}

static void what_was_acknowledged_survives_kill_9(void **state)
{
	struct store_conf conf = {place_fresh(), 1 << 30, 0, 3600000, 3600000};
	struct told last = {0, 0};
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < KILLS; i++) {
		struct found found;

		seed = seed * 1103515245U + 12345U;
		run_and_kill(&conf, 1 + (seed >> 16) % 400, (long)((seed >> 8) % 3000000), &last);
		look(&conf, last.settled, &found);
		/* Numbers are given without a gap, so the newest one says that all are there. */
		assert_true(found.newest >= last.entry);
		assert_true(found.settled >= last.settled);
		assert_int_equal(found.waiting, (uint64_t)(found.newest - found.settled));
		assert_true(last.settled == 0 || found.known);
	}
	assert_true(last.entry > KILLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_acknowledged_survives_kill_9),
	};

	log_init(LOG_LVL_WARN, LOG_FMT_LOGFMT);

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
