/* SPDX-License-Identifier: MIT */
#include "cmd/fetch/fetch_alone.h"

#include "cmd/api/fetch_lines.h"

struct fetching {
	const struct fetch_alone_conf *conf; /* borrowed */
	struct app_alone *alone;             /* borrowed */
	struct fetch_lines *lines;           /* owned */
};

static bool fetching_on_line(void *arg, struct str line)
{
	struct fetching *f = arg;

	return f->conf->on_line(f->conf->arg, line);
}

static void fetching_on_end(void *arg)
{
	struct fetching *f = arg;

	app_alone_done(f->alone);
}

static void fetching_on_waiting(void *arg, uint64_t waiting)
{
	struct fetching *f = arg;

	if (f->conf->on_waiting != NULL)
		f->conf->on_waiting(f->conf->arg, waiting);
}

static enum exit_code fetching_begin(void *arg, struct app *app, struct app_alone *alone)
{
	static const struct fetch_lines_ops ops = {.on_line = fetching_on_line,
	                                           .on_end = fetching_on_end};
	struct fetching *f = arg;
	struct err_detail detail = {.line = 0};
	enum err err;

	f->alone = alone;
	err = fetch_lines_new(app->loop, app->reports, f->conf->query, app->conf->mqtt.topic_prefix,
	                      &ops, f, &f->lines, &detail);
	if (err == ERR_PARSE)
		return complain_detail(EXIT_USAGE, &detail);
	if (err != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot fetch: %s", err_str(err));
	return EXIT_OK;
}

static void fetching_end(void *arg)
{
	struct fetching *f = arg;

	fetch_lines_free(f->lines);
	f->lines = NULL;
}

enum exit_code fetch_alone(struct conf *conf, const struct fetch_alone_conf *fetch,
                           struct app_alone_left *ret_left)
{
	struct fetching f = {.conf = fetch};
	const struct app_alone_conf alone = {
		.account = fetch->account,
		.is_dry = fetch->is_dry,
		.begin = fetching_begin,
		.end = fetching_end,
		.on_waiting = fetching_on_waiting,
		.arg = &f,
	};

	return app_alone(conf, &alone, ret_left);
}
