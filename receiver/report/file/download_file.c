/* SPDX-License-Identifier: MIT */
#include "receiver/report/file/download_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/obj.h"
#include "receiver/report/file/download_space.h"

#define FILE_MAGIC 0x646c6669U

struct download_file {
	unsigned magic;
	struct worker *worker; /* borrowed */
	download_synced_fn on_synced;
	void *arg;
	int fd;
	char *path;
	uint64_t bytes;
	uint64_t synced;  /* of them are on the disk */
	uint64_t syncing; /* will be, when the sync under way ends */
	bool is_syncing, is_last;
	bool is_orphan; /* freed meanwhile */
	int sync_error; /* errno; the worker's while it syncs */
	char error[DOWNLOAD_ERROR_SIZE];
};

static enum err explain(int errnum, const char *what, char *ret_error)
{
	char reason[100];

	if (strerror_r(errnum, reason, sizeof(reason)) != 0)
		(void)snprintf(reason, sizeof(reason), "error %d", errnum);
	(void)snprintf(ret_error, DOWNLOAD_ERROR_SIZE, "the downloaded file cannot be %s: %s", what,
	               reason);
	return errnum == ENOSPC || errnum == EDQUOT || errnum == EFBIG ? ERR_LIMIT : ERR_IO;
}

static void destroy(struct download_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f->path);
	OBJ_POISON(f);
	free(f);
}

/* A link in its place may lead anywhere. */
static enum err open_plain(struct download_file *f, char *ret_error)
{
	struct stat st;

	/* O_NONBLOCK: a pipe is no reason to wait. */
	f->fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (f->fd < 0 || fstat(f->fd, &st) != 0)
		return explain(errno, "opened", ret_error);
	if (!S_ISREG(st.st_mode))
		return explain(EINVAL, "opened", ret_error);
	f->bytes = (uint64_t)st.st_size;
	return ERR_OK;
}

enum err download_file_open(const char *path, struct worker *worker, download_synced_fn on_synced,
                            void *arg, struct download_file **ret_file, char *ret_error)
{
	struct download_file *f = calloc(1, sizeof(*f));
	enum err err = ERR_NOMEM;

	if (f == NULL)
		return ERR_NOMEM;
	f->magic = FILE_MAGIC;
	f->worker = worker;
	f->on_synced = on_synced;
	f->arg = arg;
	f->fd = -1;
	f->path = str_dup(str_from(path));
	if (f->path != NULL)
		err = open_plain(f, ret_error);
	if (err != ERR_OK) {
		destroy(f);
		return err;
	}
	*ret_file = f;
	return ERR_OK;
}

void download_file_free(struct download_file *f)
{
	if (f == NULL)
		return;
	OBJ_CHECK(f, FILE_MAGIC);
	if (f->is_syncing) {
		f->is_orphan = true;
	} else {
		destroy(f);
	}
}

uint64_t download_file_bytes(const struct download_file *f)
{
	return f->bytes;
}

uint64_t download_file_space(const struct download_file *f)
{
	return download_space(f->fd);
}

enum err download_file_write(struct download_file *f, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = pwrite(f->fd, bytes.ptr, bytes.len, (off_t)f->bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return explain(n < 0 ? errno : EIO, "written", f->error);
		f->bytes += (uint64_t)n;
		bytes = (struct str){bytes.ptr + n, bytes.len - (size_t)n};
	}
	return ERR_OK;
}

static int forget(struct download_file *f)
{
	if (f->bytes > 0 && ftruncate(f->fd, 0) != 0)
		return errno;
	f->bytes = f->synced = f->syncing = 0;
	return 0;
}

enum err download_file_empty(struct download_file *f)
{
	int errnum = forget(f);

	if (errnum == 0)
		return ERR_OK;
	(void)explain(errnum, "emptied", f->error);
	return ERR_IO;
}

size_t download_file_peek(const struct download_file *f, char *to, size_t size)
{
	ssize_t n = pread(f->fd, to, size, 0);

	return n > 0 ? (size_t)n : 0;
}

static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = str_dup(slash != NULL ? (struct str){path, (size_t)(slash - path) + 1}
	                                     : STR_LIT("."));
	int errnum = 0;
	int fd;

	if (folder == NULL)
		return ENOMEM;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		errnum = errno;
	if (fd >= 0)
		(void)close(fd);
	free(folder);
	return errnum;
}

/* On the worker. */
static void file_work(void *arg)
{
	struct download_file *f;

	OBJ_FROM(f, arg, FILE_MAGIC);
	f->sync_error = (f->is_last ? fsync(f->fd) : fdatasync(f->fd)) == 0 ? 0 : errno;
	if (f->sync_error == 0 && f->is_last)
		f->sync_error = sync_folder(f->path);
}

static void file_on_worked(void *arg, bool canceled)
{
	struct download_file *f;
	bool was_last;
	enum err err = ERR_OK;

	OBJ_FROM(f, arg, FILE_MAGIC);
	was_last = f->is_last;
	f->is_syncing = f->is_last = false;
	if (f->is_orphan) {
		destroy(f);
		return;
	}
	if (canceled)
		f->sync_error = ECANCELED;
	if (f->sync_error != 0) {
		err = explain(f->sync_error, "synced", f->error);
		/* What did not get to the disk is lost, and the next sync would not say so. */
		if (!canceled)
			(void)forget(f);
	} else if (f->syncing <= f->bytes) {
		f->synced = f->syncing; /* else it was emptied meanwhile */
	}
	f->on_synced(f->arg, err, was_last);
}

static enum err sync_now(struct download_file *f, bool is_last)
{
	if (f->is_syncing)
		return ERR_AGAIN;
	f->is_last = is_last;
	f->syncing = f->bytes;
	f->is_syncing = worker_submit(f->worker, file_work, file_on_worked, f) == ERR_OK;
	if (!f->is_syncing) {
		f->is_last = false;
		return ERR_AGAIN;
	}
	return ERR_OK;
}

void download_file_keep_up(struct download_file *f)
{
	if (f->bytes - f->synced >= DOWNLOAD_SYNC_BYTES)
		(void)!sync_now(f, false); /* with the next bytes */
}

bool download_file_is_behind(const struct download_file *f)
{
	return f->is_syncing && f->bytes - f->synced >= DOWNLOAD_BEHIND_BYTES;
}

enum err download_file_finish(struct download_file *f)
{
	return sync_now(f, true);
}

const char *download_file_error(const struct download_file *f)
{
	return f->error;
}
