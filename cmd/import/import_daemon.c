/* SPDX-License-Identifier: MIT */
#include "cmd/import/import_daemon.h"

#include <time.h>

#include "cmd/api/daemon.h"
#include "cmd/api/import_order.h"
#include "cmd/api/query.h"
#include "cmd/base/stop_signal.h"

#define PATH_MAX_BYTES ((size_t)2048)
#define FULL_NS        200000000

static enum err write_path(const struct import_daemon_conf *conf, const struct import_slice *slice,
                           struct buf *path)
{
	struct buf query;
	char len[32];

	buf_init(&query, PATH_MAX_BYTES);
	(void)snprintf(len, sizeof(len), "%zu", slice->vars.len);
	query_append(&query, STR_LIT("account"), str_from(conf->target->account->name));
	query_append(&query, STR_LIT("report"), str_from(conf->target->report->source.name));
	query_append(&query, STR_LIT("vars"), str_from(len));
	buf_reset(path);
	(void)buf_append_str(path, STR_LIT("/api/v1/import?"));
	enum err err = buf_append_str(path, buf_str(&query));

	buf_fini(&query);
	return err;
}

/* The daemon takes up to IMPORT_BODY_MAX; a page cannot be cut. */
static enum exit_code make_request(const struct import_daemon_conf *conf,
                                   const struct import_slice *slice, struct buf *path,
                                   struct buf *body)
{
	buf_reset(body);
	(void)buf_append_str(body, slice->vars);
	(void)buf_append_str(body, slice->body);
	if (buf_err(body) == ERR_LIMIT) {
		return complain(EXIT_BAD_INPUT,
		                "a page of more than 2 MiB does not go through the daemon; stop "
		                "the daemon and import it without");
	}
	if (buf_err(body) != ERR_OK || write_path(conf, slice, path) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	return EXIT_OK;
}

static enum exit_code complain_answer(const struct import_daemon_conf *conf, enum err err,
                                      const struct err_detail *detail)
{
	import_print_clear(conf->print);
	if (err == ERR_CANCELED) {
		return complain(EXIT_UNAVAILABLE,
		                "stopped; the same command goes on, and nothing is doubled");
	}
	if (err == ERR_INVAL)
		return complain(EXIT_BAD_INPUT, "the daemon refuses it: %s", detail->text);
	return complain(EXIT_UNAVAILABLE, "%s; the same command goes on, and nothing is doubled",
	                detail->text);
}

/* A journal that is full takes more when the broker has taken some of it. */
static enum exit_code send_slice(const struct import_daemon_conf *conf,
                                 const volatile sig_atomic_t *stop, const struct buf *path,
                                 const struct buf *body)
{
	const struct timespec pause = {.tv_nsec = FULL_NS};
	struct err_detail detail = {.line = 0};
	enum err err = ERR_AGAIN;

	while (err == ERR_AGAIN) {
		err = *stop != 0 ? ERR_CANCELED
		                 : daemon_send(conf->address, buf_cstr(path), buf_str(body), stop,
		                               &detail);
		import_print_progress(conf->print, import_file_count(conf->file), err == ERR_AGAIN);
		if (err == ERR_AGAIN)
			(void)nanosleep(&pause, NULL);
	}
	return err == ERR_OK ? EXIT_OK : complain_answer(conf, err, &detail);
}

/* ---- an order that waits for it ---- */

static enum err write_imported(const struct import_daemon_conf *conf, struct buf *path)
{
	struct buf query, scratch, set;
	struct str sets = conf->sets, name, value;
	enum err err;

	buf_init(&query, PATH_MAX_BYTES);
	buf_init(&scratch, PATH_MAX_BYTES);
	buf_init(&set, PATH_MAX_BYTES);
	query_append(&query, STR_LIT("account"), str_from(conf->target->account->name));
	query_append(&query, STR_LIT("report"), str_from(conf->target->report->source.name));
	while (query_next(&sets, &scratch, &name, &value)) {
		buf_reset(&set);
		(void)buf_append_str(&set, name);
		(void)buf_append_char(&set, '=');
		(void)buf_append_str(&set, value);
		query_append(&query, STR_LIT("set"), buf_str(&set));
		buf_reset(&scratch);
	}
	buf_reset(path);
	(void)buf_append_str(path, STR_LIT("/api/v1/imported?"));
	err = buf_append_str(path, buf_str(&query));
	if (err == ERR_OK)
		err = buf_err(&scratch) != ERR_OK ? buf_err(&scratch) : buf_err(&set);
	buf_fini(&query);
	buf_fini(&scratch);
	buf_fini(&set);
	return err;
}

/* Nothing is lost without it: the order ends by itself, and what it brings is known. */
static void tell_imported(const struct import_daemon_conf *conf, const volatile sig_atomic_t *stop,
                          struct buf *path)
{
	struct err_detail detail = {.line = 0};
	enum err err;

	if (*stop != 0 || write_imported(conf, path) != ERR_OK)
		return;
	err = daemon_send(conf->address, buf_cstr(path), STR_LIT(""), stop, &detail);
	if (err != ERR_OK && err != ERR_INVAL) { /* an older daemon has no such path */
		import_print_clear(conf->print);
		(void)fprintf(stderr,
		              "campaign2mqtt: note: an order of this report waits on, if there is "
		              "one: %s\n",
		              detail.text);
	}
}

enum exit_code import_by_daemon(const struct import_daemon_conf *conf)
{
	const volatile sig_atomic_t *stop = stop_signal_catch();
	struct err_detail detail = {.line = 0};
	struct import_slice slice = {.rows = 1};
	struct buf path, body;
	enum exit_code code = EXIT_OK;

	buf_init(&path, 2 * PATH_MAX_BYTES);
	buf_init(&body, IMPORT_BODY_MAX);
	while (code == EXIT_OK && slice.rows > 0) {
		code = import_file_next(conf->file, &slice, &detail);
		if (code != EXIT_OK) {
			import_print_clear(conf->print);
			(void)complain_detail(code, &detail);
		} else if (slice.rows > 0) {
			code = make_request(conf, &slice, &path, &body);
			if (code == EXIT_OK)
				code = send_slice(conf, stop, &path, &body);
		}
	}
	if (code == EXIT_OK)
		tell_imported(conf, stop, &path);
	buf_fini(&path);
	buf_fini(&body);
	return code;
}
