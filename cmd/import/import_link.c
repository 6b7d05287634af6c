/* SPDX-License-Identifier: MIT */
#include "cmd/import/import_link.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/app/asking.h"
#include "core/url.h"
#include "receiver/report/file/download.h"

#define WORKER_JOBS    4
/* Where the profile says nothing: a person knows what they order. */
#define FILE_MAX_BYTES ((uint64_t)16 << 30)
#define TIMEOUT_MS     ((uint64_t)6 * 3600 * 1000)
#define FIRST_MS       5000 /* a host that does not answer at all */
#define MEDIA_TYPE_MAX ((size_t)256)

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

#define STOP_SIGNALS (sizeof(stop_signals) / sizeof(stop_signals[0]))

struct import_link {
	const struct import_link_conf *conf; /* borrowed; during the download only */
	char *host;                          /* owned */
	struct asking asking;                /* during the download, as are the next */
	struct worker *worker;               /* owned */
	struct loop_signal *signals[STOP_SIGNALS];
	struct download *download; /* owned */
	char name[PATH_MAX];       /* of the file; "": it has none */
	int fd;                    /* owned; of the file without a name; -1 */
	char path[32];
	char media_type[MEDIA_TYPE_MAX];
	bool is_stopped;
	enum exit_code code;
};

bool import_link_is(const char *text)
{
	struct str start = {text, strlen(text)}, rest;

	(void)str_cut(start, ':', &start, &rest);
	return str_has_prefix(rest, STR_LIT("//")) &&
	       (str_ieq(start, STR_LIT("http")) || str_ieq(start, STR_LIT("https")));
}

/* ---- the end of a download ---- */

/* The text names the host. */
static enum exit_code complain_end(const struct download_result *result)
{
	switch (result->end) {
	case DOWNLOAD_DONE:
		return EXIT_OK;
	case DOWNLOAD_DEAD:
		return complain(EXIT_BAD_INPUT,
		                "%s; when the link has expired or was used, order the report again",
		                result->text);
	case DOWNLOAD_REFUSED:
		return complain(EXIT_USAGE, "%s", result->text);
	case DOWNLOAD_TOO_LARGE:
		return complain(EXIT_BAD_INPUT, "%s", result->text);
	case DOWNLOAD_NO_SPACE:
		return complain(EXIT_INPUT_OUTPUT, "%s; set TMPDIR to a folder with more room",
		                result->text);
	case DOWNLOAD_FAILED:
		return complain(EXIT_UNAVAILABLE, "%s; try again", result->text);
	case DOWNLOAD_LATER:
		return complain(EXIT_UNAVAILABLE, "%s; try again in %llu s", result->text,
		                (unsigned long long)((result->retry_ms + 999) / 1000));
	}
	return EXIT_BUG;
}

/* ---- callbacks ---- */

static void link_on_progress(void *arg, const struct download_progress *progress)
{
	struct import_link *l = arg;

	import_print_download(l->conf->print, l->host, progress->bytes, progress->size);
}

static void link_on_done(void *arg, const struct download_result *result)
{
	struct import_link *l = arg;

	import_print_clear(l->conf->print);
	l->code = complain_end(result);
	if (l->code == EXIT_OK) {
		import_print_downloaded(l->conf->print, l->host, result->bytes);
		(void)snprintf(l->media_type, sizeof(l->media_type), "%.*s",
		               STR_FMT(result->media_type));
	}
	loop_stop(l->asking.loop);
}

static void link_on_signal(void *arg)
{
	struct import_link *l = arg;

	l->is_stopped = true;
	loop_stop(l->asking.loop);
}

/* ---- the file ---- */

static enum exit_code make_file(struct import_link *l)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets the environment */
	const char *folder = getenv("TMPDIR");
	int len;

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
	len = snprintf(l->name, sizeof(l->name), "%s/campaign2mqtt-XXXXXX", folder);
	l->fd = len > 0 && (size_t)len < sizeof(l->name) ? mkstemp(l->name) : -1;
	if (l->fd < 0) {
		l->name[0] = '\0';
		return complain(EXIT_INPUT_OUTPUT,
		                "%s: no file can be made there; set TMPDIR to another folder",
		                folder);
	}
	(void)fcntl(l->fd, F_SETFD, FD_CLOEXEC);
	(void)snprintf(l->path, sizeof(l->path), "/proc/self/fd/%d", l->fd);
	return EXIT_OK;
}

/* From here on it goes with the process. */
static void remove_name(struct import_link *l)
{
	if (l->name[0] != '\0')
		(void)unlink(l->name);
	l->name[0] = '\0';
}

/* ---- the download ---- */

static enum exit_code listen_for_signals(struct import_link *l)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < STOP_SIGNALS && err == ERR_OK; i++) {
		err = loop_signal_new(l->asking.loop, stop_signals[i], link_on_signal, l,
		                      &l->signals[i]);
	}
	if (err == ERR_OK)
		err = worker_new(l->asking.loop, WORKER_JOBS, &l->worker);
	return err == ERR_OK ? EXIT_OK : complain(EXIT_UNAVAILABLE, "cannot start: out of memory");
}

static enum err begin(struct import_link *l)
{
	static const struct download_ops ops = {.on_progress = link_on_progress,
	                                        .on_done = link_on_done};
	const struct profile_report *report = l->conf->report;
	const struct job_spec *job = report != NULL ? report->job : NULL;
	const struct download_conf conf = {
		.client = l->asking.client,
		.worker = l->worker,
		.url = str_from(l->conf->url),
		.is_any_host = true,
		.path = l->name,
		.max_bytes = job != NULL ? job->file_max : FILE_MAX_BYTES,
		.timeout_ms = TIMEOUT_MS,
		.first_ms = FIRST_MS,
	};

	return download_new(l->asking.loop, &conf, &ops, l, &l->download);
}

static enum exit_code download(struct import_link *l)
{
	enum err err = begin(l);

	remove_name(l); /* the download has it open */
	if (err == ERR_INVAL)
		return complain(EXIT_USAGE, "the link is no address such as https://HOST/PATH");
	if (err != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "cannot start: %s", err_str(err));
	if (loop_run(l->asking.loop) != ERR_OK)
		return complain(EXIT_BUG, "the event loop failed");
	if (l->is_stopped) {
		import_print_clear(l->conf->print);
		return complain(EXIT_UNAVAILABLE,
		                "stopped while it was downloaded; nothing is imported");
	}
	return l->code;
}

static void end_download(struct import_link *l)
{
	download_free(l->download);
	worker_free(l->worker);
	for (size_t i = 0; i < STOP_SIGNALS; i++)
		loop_signal_free(l->signals[i]);
	asking_close(&l->asking);
	l->download = NULL;
	l->worker = NULL;
}

static enum exit_code get(struct import_link *l, const struct import_link_conf *conf)
{
	struct url_parts parts;
	enum exit_code code;

	if (url_split(str_from(conf->url), &parts) != ERR_OK)
		return complain(EXIT_USAGE, "the link is no address such as https://HOST/PATH");
	l->host = str_dup(parts.host);
	if (l->host == NULL)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	code = asking_open(conf->conf, conf->account, &l->asking);
	if (code == EXIT_OK)
		code = listen_for_signals(l);
	if (code == EXIT_OK)
		code = make_file(l);
	if (code == EXIT_OK)
		code = download(l);
	end_download(l);
	return code;
}

enum exit_code import_link_get(const struct import_link_conf *conf, struct import_link **ret_link)
{
	struct import_link *l = calloc(1, sizeof(*l));
	enum exit_code code;

	if (l == NULL)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	l->fd = -1;
	l->conf = conf;
	code = get(l, conf);
	l->conf = NULL;
	if (code == EXIT_OK) {
		*ret_link = l;
	} else {
		import_link_free(l);
	}
	return code;
}

void import_link_free(struct import_link *l)
{
	if (l == NULL)
		return;
	if (l->fd >= 0)
		(void)close(l->fd);
	free(l->host);
	free(l);
}

const char *import_link_path(const struct import_link *l)
{
	return l->path;
}

const char *import_link_host(const struct import_link *l)
{
	return l->host;
}

struct str import_link_media_type(const struct import_link *l)
{
	return str_from(l->media_type);
}
