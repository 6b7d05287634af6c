/* SPDX-License-Identifier: MIT */
#include "receiver/report/file/row_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/str.h"
#include "receiver/report/file/download.h"
#include "receiver/report/file/download_space.h"

#define PAGE_ROWS   ((size_t)128)
#define PAGE_BYTES  (PAGE_ROWS * sizeof(struct ordinals_row))
#define FIRST_PAGES ((uint64_t)2048) /* 8 MiB, where they are written */
#define TABLES_MAX  12               /* 60 TiB of rows */
#define LOOK_ROWS   1024             /* so often: is there still room? */
#define NAME_BYTES  ((size_t)16)
#define PATH_SIZE   4096
#define ERROR_SIZE  200

_Static_assert(PAGE_BYTES == 4096, "a page of the table is one of the disk's");

struct table {
	uint64_t at, pages;                  /* its pages in the file; their count is 2^n */
	uint64_t count;                      /* rows */
	uint64_t present;                    /* page that is in rows; pages: none */
	struct ordinals_row rows[PAGE_ROWS]; /* as it is in the file */
};

/** A place of a table that has the row, or where it belongs. */
struct place {
	uint64_t page;
	size_t slot;
	bool has_row;
};

struct row_file {
	char *folder;          /* owned */
	struct worker *worker; /* borrowed; NULL */
	int fd;                /* -1: there is none yet */
	size_t table_count;
	struct table *tables[TABLES_MAX]; /* owned */
	uint64_t count;                   /* rows */
	char error[ERROR_SIZE];
};

enum err row_file_new(const char *folder, struct worker *worker, struct row_file **ret_file)
{
	struct row_file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return ERR_NOMEM;
	f->fd = -1;
	f->worker = worker;
	f->folder = str_dup(str_from(folder));
	if (f->folder == NULL) {
		row_file_free(f);
		return ERR_NOMEM;
	}
	*ret_file = f;
	return ERR_OK;
}

static void close_it(void *arg)
{
	int *fd = arg;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void on_closed(void *arg, bool canceled)
{
	(void)canceled;
	close_it(arg);
	free(arg);
}

/** A file without a name goes with its last descriptor. */
static void let_go(const struct row_file *f, int fd)
{
	int *copy = f->worker != NULL ? malloc(sizeof(*copy)) : NULL;

	if (copy != NULL) {
		*copy = fd;
		if (worker_submit(f->worker, close_it, on_closed, copy) == ERR_OK)
			return;
	}
	free(copy);
	(void)close(fd);
}

static void forget(struct row_file *f)
{
	while (f->table_count > 0)
		free(f->tables[--f->table_count]);
	if (f->fd >= 0)
		let_go(f, f->fd);
	f->fd = -1;
	f->count = 0;
}

void row_file_free(struct row_file *f)
{
	if (f == NULL)
		return;
	forget(f);
	free(f->folder);
	free(f);
}

const char *row_file_error(const struct row_file *f)
{
	return f->error;
}

/* ---- the file ---- */

static enum err failed(struct row_file *f, const char *what, int errnum)
{
	char reason[60];

	if (strerror_r(errnum, reason, sizeof(reason)) != 0)
		(void)snprintf(reason, sizeof(reason), "error %d", errnum);
	(void)snprintf(f->error, sizeof(f->error),
	               "the rows that are counted cannot be %s in %.80s: %s", what, f->folder,
	               reason);
	return ERR_IO;
}

/** One that a sweep of the folder would take, should we be killed before its name is gone. */
static enum err make_file(struct row_file *f)
{
	unsigned char bytes[NAME_BYTES];
	char path[PATH_SIZE];
	int len;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return failed(f, "kept", errno);
	if (mkdir(f->folder, 0700) != 0 && errno != EEXIST)
		return failed(f, "kept", errno);
	len = snprintf(path, sizeof(path), "%s/", f->folder);
	if (len < 0 || (size_t)len + 2 * NAME_BYTES >= sizeof(path))
		return failed(f, "kept", ENAMETOOLONG);
	for (size_t i = 0; i < NAME_BYTES; i++)
		(void)snprintf(path + len + 2 * i, 3, "%02x", bytes[i]);
	f->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->fd < 0)
		return failed(f, "kept", errno);
	(void)unlink(path);
	(void)posix_fadvise(f->fd, 0, 0, POSIX_FADV_RANDOM);
	return ERR_OK;
}

/** What was never written reads as rows that are not there. */
static enum err read_page(struct row_file *f, struct table *t, uint64_t page)
{
	char *to = (char *)t->rows;
	size_t len = 0;
	ssize_t n = 1;

	if (t->present == page)
		return ERR_OK;
	t->present = t->pages;
	while (len < PAGE_BYTES && n != 0) {
		n = pread(f->fd, to + len, PAGE_BYTES - len,
		          (off_t)((t->at + page) * PAGE_BYTES + len));
		if (n < 0 && errno != EINTR)
			return failed(f, "read", errno);
		len += n > 0 ? (size_t)n : 0;
	}
	memset(to + len, 0, PAGE_BYTES - len);
	t->present = page;
	return ERR_OK;
}

static enum err write_row(struct row_file *f, struct table *t, const struct place *place,
                          const struct ordinals_row *row)
{
	const uint64_t at =
		(t->at + place->page) * PAGE_BYTES + place->slot * sizeof(struct ordinals_row);
	size_t len = 0;

	assert(t->present == place->page);
	while (len < sizeof(*row)) {
		const ssize_t n = pwrite(f->fd, (const char *)row + len, sizeof(*row) - len,
		                         (off_t)(at + len));

		if (n <= 0 && !(n < 0 && errno == EINTR))
			return failed(f, "written", n < 0 ? errno : EIO);
		len += n > 0 ? (size_t)n : 0;
	}
	t->rows[place->slot] = *row;
	return ERR_OK;
}

/** What the journal needs is not ours to fill. */
static enum err look_for_room(struct row_file *f)
{
	if (f->count % LOOK_ROWS != 0 || download_space(f->fd) >= DOWNLOAD_SPARE_BYTES)
		return ERR_OK;
	(void)snprintf(f->error, sizeof(f->error),
	               "no room to count rows in %.80s: fewer than %llu MiB are free", f->folder,
	               (unsigned long long)(DOWNLOAD_SPARE_BYTES >> 20));
	return ERR_IO;
}

/* ---- tables ---- */

static bool is_full(const struct table *t)
{
	return t->count * 4 >= t->pages * PAGE_ROWS * 3;
}

static enum err add_table(struct row_file *f)
{
	const struct table *last = f->table_count > 0 ? f->tables[f->table_count - 1] : NULL;
	struct table *t;

	if (f->table_count == TABLES_MAX)
		return ERR_LIMIT;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return ERR_NOMEM;
	t->at = last != NULL ? last->at + last->pages : 0;
	t->pages = last != NULL ? last->pages * 4 : FIRST_PAGES;
	t->present = t->pages;
	f->tables[f->table_count++] = t;
	return ERR_OK;
}

/** A table is never full, so there is an end. */
static enum err locate(struct row_file *f, struct table *t, uint64_t hash, const uint8_t *id,
                       struct place *ret_place)
{
	const size_t first = (size_t)hash % PAGE_ROWS;
	uint64_t page = hash / PAGE_ROWS & (t->pages - 1);

	for (;; page = (page + 1) & (t->pages - 1)) {
		enum err err = read_page(f, t, page);

		if (err != ERR_OK)
			return err;
		for (size_t i = 0; i < PAGE_ROWS; i++) {
			const size_t slot = (first + i) % PAGE_ROWS;
			const struct ordinals_row *row = &t->rows[slot];

			if (row->next == 0 || memcmp(row->id, id, EVENT_ID_BYTES) == 0) {
				*ret_place = (struct place){page, slot, row->next != 0};
				return ERR_OK;
			}
		}
	}
}

/** The table that has it. @return ERR_OK, ERR_NOENT none has, ERR_IO */
static enum err find_table(struct row_file *f, uint64_t hash, const uint8_t *id,
                           struct table **ret_table, struct place *ret_place)
{
	for (size_t i = f->table_count; i > 0; i--) {
		enum err err = locate(f, f->tables[i - 1], hash, id, ret_place);

		if (err != ERR_OK)
			return err;
		if (ret_place->has_row) {
			*ret_table = f->tables[i - 1];
			return ERR_OK;
		}
	}
	return ERR_NOENT;
}

static enum err add(struct row_file *f, uint64_t hash, const struct ordinals_row *row)
{
	struct table *t = f->table_count > 0 ? f->tables[f->table_count - 1] : NULL;
	struct place place;
	enum err err = f->fd < 0 ? make_file(f) : ERR_OK;

	if (err == ERR_OK)
		err = look_for_room(f);
	if (err == ERR_OK && (t == NULL || is_full(t)))
		err = add_table(f);
	if (err != ERR_OK)
		return err;
	t = f->tables[f->table_count - 1];
	err = locate(f, t, hash, row->id, &place);
	if (err == ERR_OK)
		err = write_row(f, t, &place, row);
	if (err == ERR_OK) {
		t->count++;
		f->count++;
	}
	return err;
}

/* ---- for ordinals ---- */

static enum err disk_find(void *arg, uint64_t hash, const uint8_t *id, struct ordinals_row *ret_row)
{
	struct table *t = NULL;
	struct place place;
	enum err err = find_table(arg, hash, id, &t, &place);

	if (err == ERR_OK)
		*ret_row = t->rows[place.slot];
	return err;
}

static enum err disk_keep(void *arg, uint64_t hash, const struct ordinals_row *row)
{
	struct table *t = NULL;
	struct place place;
	enum err err;

	assert(row->next != 0);
	err = find_table(arg, hash, row->id, &t, &place);
	if (err == ERR_NOENT)
		return add(arg, hash, row);
	return err == ERR_OK ? write_row(arg, t, &place, row) : err;
}

static void disk_forget(void *arg)
{
	forget(arg);
}

struct ordinals_disk row_file_disk(struct row_file *f)
{
	return (struct ordinals_disk){
		.find = disk_find, .keep = disk_keep, .forget = disk_forget, .arg = f};
}
