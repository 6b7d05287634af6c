/* SPDX-License-Identifier: MIT */
/*
 * An order that is answered with the report itself: into the file, while it arrives when it is
 * long. It is whole and synced before the record says that it is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/obj.h"
#include "receiver/report/run/run_job_parts.h"

#define LOOK_BYTES ((uint64_t)8 * 1024 * 1024) /* between two looks at the room that is left */

static void lose(struct run_order *o, const char *text)
{
	o->is_lost = true;
	(void)snprintf(o->text, sizeof(o->text), "the report cannot be written: %s", text);
}

static void lose_by(struct run_order *o, int errnum)
{
	char reason[128];

	if (strerror_r(errnum, reason, sizeof(reason)) != 0)
		reason[0] = '\0';
	lose(o, reason);
}

static bool has_room(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) != 0 || (uint64_t)fs.f_bavail * fs.f_frsize > DOWNLOAD_SPARE_BYTES;
}

static void write_all(struct run_order *o, struct str bytes)
{
	while (bytes.len > 0 && !o->is_lost) {
		const ssize_t n = write(o->fd, bytes.ptr, bytes.len);

		if (n < 0 && errno != EINTR)
			lose_by(o, errno);
		if (n <= 0)
			continue;
		if (o->bytes / LOOK_BYTES != (o->bytes + (uint64_t)n) / LOOK_BYTES &&
		    !has_room(o->fd))
			lose(o, "no room on the disk");
		o->bytes += (uint64_t)n;
		bytes = (struct str){bytes.ptr + n, bytes.len - (size_t)n};
	}
}

static void open_file(struct run_job *rj)
{
	struct run_order *o = &rj->order;
	char name[JOB_NAME_SIZE];
	struct buf path;

	buf_init(&path, FILE_PATH_MAX);
	run_file_name(rj, name);
	o->name = strdup(name);
	if (o->name == NULL || run_file_path(rj, name, &path) != ERR_OK) {
		lose(o, "no memory, or no folder");
	} else {
		o->fd = open(buf_cstr(&path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	}
	if (!o->is_lost && o->fd < 0) {
		lose_by(o, errno);
	} else if (!o->is_lost && !has_room(o->fd)) {
		lose(o, "no room on the disk");
	}
	if (!o->is_lost)
		write_all(o, buf_str(&o->body));
	buf_fini(&path);
}

void run_body_take(struct run_job *rj, struct str bytes)
{
	struct run_order *o = &rj->order;

	if (o->is_lost)
		return;
	if (o->fd < 0 && o->body.len + bytes.len <= ORDER_BODY_MAX) {
		if (buf_append_str(&o->body, bytes) != ERR_OK)
			lose(o, "no memory");
		return;
	}
	if (o->fd < 0)
		open_file(rj);
	if (!o->is_lost)
		write_all(o, bytes);
}

/* ---- all of it is there ---- */

static void accept(struct run_job *rj)
{
	struct run_order *o = &rj->order;
	const struct job_acceptance a = {.is_ready = true,
	                                 .file = str_from(o->name),
	                                 .media_type = str_from(o->media_type),
	                                 .file_bytes = o->bytes};

	run_job_log(rj, LOG_LVL_INFO, "report.accepted", log_int("bytes", (int64_t)o->bytes));
	if (job_accepted(rj->job, &a, run_job_now(rj)) != ERR_OK) {
		run_end(rj->run, REPORT_FAILED, "out of memory");
		return;
	}
	free(o->name);
	o->name = NULL; /* the record has it */
	run_job_after(rj);
}

static void finish(struct run_job *rj)
{
	struct run_order *o = &rj->order;

	if (rj->job == NULL || rj->run->is_over) {
		run_kick(rj->run);
	} else if (o->is_lost) {
		/* The vendor has done its part, so asking again is no second order. */
		rj->retry_ms = JOB_RETRY_MS;
		run_job_tell(rj, JOB_EV_NOT_SENT, JOB_END_LATER, o->text);
	} else {
		accept(rj);
	}
	run_file_remove(rj, o->name);
	run_order_fini(o);
}

static void sync_file(void *arg)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	if (fsync(rj->order.fd) != 0)
		lose_by(&rj->order, errno);
}

static void on_synced(void *arg, bool is_canceled)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	rj->syncing = NULL;
	if (is_canceled)
		lose(&rj->order, "it was stopped");
	finish(rj);
}

void run_body_keep(struct run_job *rj)
{
	struct run_order *o = &rj->order;

	if (o->fd < 0 && !o->is_lost)
		open_file(rj);
	if (!o->is_lost && o->bytes == 0) {
		run_job_tell(rj, JOB_EV_REFUSED, JOB_END_REFUSED, "the order's answer is empty");
		return;
	}
	if (!o->is_lost) {
		rj->syncing = rj->conf.worker;
		if (worker_submit(rj->conf.worker, sync_file, on_synced, rj) == ERR_OK)
			return;
		rj->syncing = NULL;
		lose(o, "too much is being written");
	}
	rj->retry_ms = JOB_RETRY_MS;
	run_job_tell(rj, JOB_EV_NOT_SENT, JOB_END_LATER, o->text);
}
