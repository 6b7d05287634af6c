/* SPDX-License-Identifier: MIT */
/* One commit at a time, so that what is in the journal is always the beginning of the file. */
#include "cmd/import/import_alone.h"

#define FULL_MS 100

struct importing {
	const struct import_alone_conf *conf; /* borrowed */
	struct app *app;                      /* borrowed */
	struct app_alone *alone;              /* borrowed */
	struct loop_timer *timer;             /* owned; NULL once it is over */
	struct import_slice slice;            /* under way; no rows: the next one is to be read */
	struct payload payload;
	bool is_done;
};

static void fail(struct importing *i, enum exit_code code, const char *text)
{
	import_print_clear(i->conf->print);
	app_alone_fail(i->alone, complain(code, "%s", text));
}

static void importing_on_put(void *arg, enum err err, int64_t entry)
{
	struct importing *i = arg;

	(void)entry;
	if (i->timer == NULL)
		return; /* stopped meanwhile: the next import puts it again, and nothing is doubled
		         */
	if (err != ERR_OK) {
		fail(i, EXIT_INPUT_OUTPUT, "the journal cannot be written");
		return;
	}
	i->slice.rows = 0;
	import_print_progress(i->conf->print, import_file_count(i->conf->file), false);
	loop_timer_start(i->timer, 0);
}

static void put(struct importing *i)
{
	enum err err;

	i->payload = import_target_payload(i->conf->target, i->slice.vars, i->slice.body);
	err = ingest_put(i->app->ingest, &i->payload, NULL, importing_on_put, i);
	/* A store that fails is seen by app_alone, which gives it some time. */
	if (err == ERR_LIMIT || err == ERR_IO) {
		import_print_progress(i->conf->print, import_file_count(i->conf->file), true);
		loop_timer_start(i->timer, FULL_MS);
	} else if (err != ERR_OK && err != ERR_CANCELED) {
		fail(i, EXIT_UNAVAILABLE, err_str(err));
	}
}

static void importing_on_timer(void *arg)
{
	struct importing *i = arg;
	struct err_detail detail = {.line = 0};
	enum exit_code code = EXIT_OK;

	if (i->app->stopping)
		return;
	if (i->slice.rows == 0)
		code = import_file_next(i->conf->file, &i->slice, &detail);
	if (code != EXIT_OK) {
		fail(i, code, detail.text);
	} else if (i->slice.rows > 0) {
		put(i);
	} else {
		i->is_done = true;
		app_alone_done(i->alone);
	}
}

static enum exit_code importing_begin(void *arg, struct app *app, struct app_alone *alone)
{
	struct importing *i = arg;

	i->app = app;
	i->alone = alone;
	if (loop_timer_new(app->loop, importing_on_timer, i, &i->timer) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	loop_timer_start(i->timer, 0);
	return EXIT_OK;
}

static void importing_end(void *arg)
{
	struct importing *i = arg;

	loop_timer_free(i->timer);
	i->timer = NULL;
}

static void importing_on_waiting(void *arg, uint64_t waiting)
{
	struct importing *i = arg;

	import_print_waiting(i->conf->print, waiting);
}

enum exit_code import_alone(struct conf *conf, const struct import_alone_conf *import,
                            bool *ret_done, struct app_alone_left *ret_left)
{
	struct importing i = {.conf = import};
	const struct app_alone_conf alone = {
		.account = import->target->account->name,
		.begin = importing_begin,
		.end = importing_end,
		.on_waiting = importing_on_waiting,
		.arg = &i,
	};
	enum exit_code code = app_alone(conf, &alone, ret_left);

	*ret_done = i.is_done;
	return code;
}
