/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/metrics.h"
#include "core/obj.h"
#include "receiver/report/run/run_job_parts.h"

#define NAME_BYTES 16

enum err run_file_path(const struct run_job *rj, const char *name, struct buf *path)
{
	if (mkdir(rj->conf.folder, 0700) != 0 && errno != EEXIST)
		return ERR_IO;
	return buf_printf(path, "%s/%s", rj->conf.folder, name);
}

void run_file_name(const struct run_job *rj, char ret_name[JOB_NAME_SIZE])
{
	unsigned char bytes[NAME_BYTES];
	size_t got = 0;

	(void)rj;
	while (got < sizeof(bytes)) {
		const ssize_t n = getrandom(bytes + got, sizeof(bytes) - got, 0);

		assert(n > 0 || errno == EINTR);
		got += n > 0 ? (size_t)n : 0;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		(void)snprintf(ret_name + 2 * i, 3, "%02x", bytes[i]);
}

void run_file_remove(const struct run_job *rj, const char *name)
{
	struct buf path;

	if (name == NULL)
		return;
	buf_init(&path, FILE_PATH_MAX);
	if (run_file_path(rj, name, &path) == ERR_OK && unlink(buf_cstr(&path)) != 0 &&
	    errno != ENOENT) {
		run_job_log(rj, LOG_LVL_WARN, "report.file_not_removed", log_int("errno", errno));
	}
	buf_fini(&path);
}

/* ---- downloads ---- */

/** What came; a server that begins anew sends it once more. */
static void count_bytes(struct run_job *rj, uint64_t bytes)
{
	if (bytes > rj->counted_bytes) {
		metric_add(METRIC_REPORT_DOWNLOAD_BYTES, source_account(rj->own_source),
		           source_name(rj->own_source), NULL, (int64_t)(bytes - rj->counted_bytes));
	}
	rj->counted_bytes = bytes;
}

static void on_progress(void *arg, const struct download_progress *progress)
{
	struct run_job *rj;
	struct report_job_progress *shown;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	count_bytes(rj, progress->bytes);
	shown = &rj->run->result.progress.job;
	shown->file_bytes = progress->bytes;
	shown->file_size = progress->size;
	run_tell(rj->run);
}

static void note_file(struct run_job *rj, struct str validator, struct str media_type,
                      uint64_t bytes)
{
	if (rj->job == NULL || rj->has_end)
		return;
	if (job_note_file(rj->job, validator, media_type, bytes) != ERR_OK)
		run_end(rj->run, REPORT_FAILED, "out of memory");
	run_job_after(rj);
}

static void on_begin(void *arg, struct str validator, struct str media_type)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	note_file(rj, validator, media_type, 0);
}

static void done(struct run_job *rj, const struct download_result *result)
{
	struct report_job_progress *shown = &rj->run->result.progress.job;

	shown->file_bytes = result->bytes;
	shown->file_size = result->bytes;
	note_file(rj, result->validator, result->media_type, result->bytes);
	run_job_log(rj, LOG_LVL_INFO, "report.downloaded",
	            log_int("bytes", (int64_t)result->bytes));
	run_job_tell(rj, JOB_EV_DOWNLOADED, JOB_END_DONE, "");
}

static void dead(struct run_job *rj, const struct download_result *result)
{
	run_job_log(rj, LOG_LVL_WARN, "report.download_failed", log_str("error", result->text));
	run_file_remove(rj, run_job_record(rj)->file);
	run_job_tell(rj, JOB_EV_DEAD_LINK,
	             result->end == DOWNLOAD_TOO_LARGE ? JOB_END_REFUSED : JOB_END_FAILED,
	             result->text);
}

static void held(struct run_job *rj, const struct download_result *result)
{
	rj->retry_ms = result->retry_ms;
	run_job_tell(rj, JOB_EV_HELD, JOB_END_LATER, result->text);
}

/** A server that is gone for good would stop the report for ever. */
static bool is_hopeless(struct run_job *rj, const struct download_result *result)
{
	const int64_t tried_ms = run_job_now(rj) - run_job_record(rj)->since_ms;

	return result->bytes <= rj->before_bytes && tried_ms > 0 &&
	       (uint64_t)tried_ms >= run_job_give_up(rj);
}

static void on_done(void *arg, const struct download_result *result)
{
	struct run_job *rj;
	struct download *download;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	download = rj->download;
	rj->download = NULL;
	count_bytes(rj, result->bytes);
	if (result->end != DOWNLOAD_DONE) {
		metric_add(METRIC_REPORT_DOWNLOAD_FAILURES, source_account(rj->own_source),
		           source_name(rj->own_source), NULL, 1);
	}
	switch (result->end) {
	case DOWNLOAD_DONE:
		done(rj, result);
		break;
	case DOWNLOAD_DEAD:
	case DOWNLOAD_REFUSED:
	case DOWNLOAD_TOO_LARGE:
		dead(rj, result);
		break;
	case DOWNLOAD_FAILED:
		if (is_hopeless(rj, result)) {
			dead(rj, result);
		} else {
			held(rj, result);
		}
		break;
	case DOWNLOAD_NO_SPACE:
	case DOWNLOAD_LATER:
		held(rj, result);
		break;
	}
	download_free(download); /* the result was its */
	run_kick(rj->run);
}

static const struct download_ops download_ops = {
	.on_progress = on_progress, .on_begin = on_begin, .on_done = on_done};

/** The link; without any the request of the profile, or what is asked how far it is. */
static void fill_from(const struct run_job *rj, struct download_conf *conf)
{
	const struct job_record *record = run_job_record(rj);

	if (record->part < record->link_count) {
		conf->url = str_from(record->links[record->part]);
	} else if (rj->spec->has_download) {
		conf->request = &rj->spec->download;
	} else if (record->status_url != NULL) {
		conf->url = str_from(record->status_url);
	} else if (rj->spec->by == READY_POLL && rj->spec->poll.has_request) {
		conf->request = &rj->spec->poll.request;
	}
}

/** What is there of the file. */
static uint64_t bytes_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static enum err begin(struct run_job *rj, const char *path)
{
	const struct job_record *record = run_job_record(rj);
	struct download_conf conf = {.client = rj->run->client,
	                             .worker = rj->conf.worker,
	                             .lookup = run_job_name,
	                             .lookup_arg = rj,
	                             .hosts = rj->hosts,
	                             .host_count = rj->host_count,
	                             .path = path,
	                             .validator = str_from(record->validator),
	                             .max_bytes = rj->spec->file_max,
	                             .timeout_ms = rj->spec->download_timeout_ms};

	rj->before_bytes = bytes_there(path);
	/* The next download goes on with it, or begins anew. */
	rj->counted_bytes = record->validator != NULL ? rj->before_bytes : 0;
	fill_from(rj, &conf);
	if (conf.url.len == 0 && conf.request == NULL)
		return ERR_INVAL;
	return download_new(rj->run->loop, &conf, &download_ops, rj, &rj->download);
}

void run_file_download(struct run_job *rj)
{
	struct buf path;
	enum err err;

	assert(rj->download == NULL);
	buf_init(&path, FILE_PATH_MAX);
	err = run_file_path(rj, run_job_record(rj)->file, &path);
	if (err == ERR_OK)
		err = begin(rj, buf_cstr(&path));
	buf_fini(&path);
	if (err == ERR_INVAL || err == ERR_NOENT) {
		run_job_later(rj, JOB_EV_DEAD_LINK, JOB_END_FAILED,
		              "nobody says where the file is");
	} else if (err != ERR_OK) {
		rj->retry_ms = JOB_RETRY_MS;
		run_job_later(rj, JOB_EV_HELD, JOB_END_LATER,
		              err == ERR_IO ? "the folder of downloads cannot be made"
		                            : err_str(err));
	}
}
