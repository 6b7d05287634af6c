/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "receiver/report/reports_parts.h"

#define NAME_LEN     32 /* hex digits: run_job's names */
#define UNTOUCHED_MS (7 * (int64_t)86400000)
#define FILES_MAX    100000

void reports_note_file(struct reports *r, const char *name)
{
	if (name == NULL || r->is_swept)
		return;
	/* One that cannot be remembered must not be lost. */
	if (choices_add(&r->files, str_from(name), FILES_MAX) != ERR_OK)
		r->is_swept = true;
}

/* Every order that there can be is known. */
static bool is_loaded(const struct plan *p)
{
	/* Files of those are known by their runs alone. */
	if (!p->has_extras || !TAILQ_EMPTY(&p->extras))
		return false;
	for (size_t i = 0; i < p->loop_count; i++) {
		if (!p->loops[i].is_known)
			return false;
	}
	for (size_t i = 0; i < p->task_count; i++) {
		if (!p->tasks[i]->is_loaded)
			return false;
	}
	return true;
}

static bool is_all_loaded(const struct reports *r)
{
	const struct account *a;
	const struct plan *p;
	const struct running *x;

	TAILQ_FOREACH(a, &r->accounts, link) {
		TAILQ_FOREACH(x, &a->runs, link) {
			if (x->is_order && x->is_extra)
				return false;
		}
		TAILQ_FOREACH(p, &a->plans, link) {
			if (p->job != NULL && !is_loaded(p))
				return false;
		}
	}
	return true;
}

static bool is_ours(const char *name)
{
	return strlen(name) == NAME_LEN && strspn(name, "0123456789abcdef") == NAME_LEN;
}

static bool is_of_order(const struct reports *r, const char *name)
{
	for (size_t i = 0; i < r->files.count; i++) {
		if (strcmp(r->files.texts[i], name) == 0)
			return true;
	}
	return false;
}

/* @return whether it was removed */
static bool remove_old(int folder, const char *name, int64_t now_ms)
{
	struct stat st;

	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
	    (int64_t)st.st_mtime * 1000 > now_ms - UNTOUCHED_MS)
		return false;
	return unlinkat(folder, name, 0) == 0;
}

static void sweep(const struct reports *r, DIR *dir)
{
	const int64_t now_ms = clock_now_ms();
	const struct dirent *entry;
	int64_t count = 0;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this stream */
	while ((entry = readdir(dir)) != NULL) {
		if (is_ours(entry->d_name) && !is_of_order(r, entry->d_name))
			count += remove_old(dirfd(dir), entry->d_name, now_ms);
	}
	if (count > 0)
		log_info("report.files_removed", log_int("count", count));
}

void reports_sweep(struct reports *r)
{
	DIR *dir;

	if (r->is_swept || !r->is_started || TAILQ_EMPTY(&r->accounts) || !is_all_loaded(r))
		return;
	r->is_swept = true;
	dir = opendir(r->folder);
	if (dir != NULL) {
		sweep(r, dir);
		(void)closedir(dir);
	}
	choices_fini(&r->files);
}
