/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_sweep.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "receiver/report/reports_parts.h"

#define NAME_LEN     32 /* hex digits: run_job's names */
#define UNTOUCHED_MS (7 * (int64_t)86400000)
#define FILES_MAX    100000

struct sweep {
	struct choices files; /* in the folder, of the orders that were loaded */
	bool is_over;
};

enum err sweep_new(struct sweep **ret_sweep)
{
	struct sweep *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	*ret_sweep = s;
	return ERR_OK;
}

void sweep_free(struct sweep *s)
{
	if (s == NULL)
		return;
	choices_fini(&s->files);
	free(s);
}

void sweep_note(struct sweep *s, const char *name)
{
	if (name == NULL || s->is_over)
		return;
	/* One that cannot be remembered must not be lost. */
	if (choices_add(&s->files, str_from(name), FILES_MAX) != ERR_OK)
		s->is_over = true;
}

/* Every order that there can be is known. */
static bool is_loaded(const struct plan *p)
{
	/* Files of those are known by their runs alone. */
	if (!extras_is_empty(p->extras))
		return false;
	for (size_t i = 0; i < p->loop_count; i++) {
		if (!loop_values_is_known(p->loops[i]))
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

static bool is_of_order(const struct sweep *s, const char *name)
{
	for (size_t i = 0; i < s->files.count; i++) {
		if (strcmp(s->files.texts[i], name) == 0)
			return true;
	}
	return false;
}

static int is_named(const struct dirent *entry)
{
	return is_ours(entry->d_name);
}

/* @return whether it was removed */
static bool remove_old(const char *folder, const char *name, int64_t now_ms)
{
	struct buf path;
	struct stat st;
	bool is_removed;

	buf_init(&path, PATH_MAX);
	is_removed = buf_printf(&path, "%s/%s", folder, name) == ERR_OK &&
	             lstat(buf_cstr(&path), &st) == 0 && S_ISREG(st.st_mode) &&
	             (int64_t)st.st_mtime * 1000 <= now_ms - UNTOUCHED_MS &&
	             unlink(buf_cstr(&path)) == 0;
	buf_fini(&path);
	return is_removed;
}

void sweep_remove(const char *folder, const char *name)
{
	struct buf path;

	if (name == NULL || !is_ours(name))
		return;
	buf_init(&path, PATH_MAX);
	if (buf_printf(&path, "%s/%s", folder, name) == ERR_OK && unlink(buf_cstr(&path)) == 0)
		log_info("report.files_removed", log_int("count", 1));
	buf_fini(&path);
}

static void look_through(const struct sweep *s, const char *folder)
{
	const int64_t now_ms = clock_now_ms();
	struct dirent **entries = NULL;
	const int found = scandir(folder, &entries, is_named, alphasort);
	int64_t count = 0;

	for (int i = 0; i < found; i++) {
		if (!is_of_order(s, entries[i]->d_name))
			count += remove_old(folder, entries[i]->d_name, now_ms);
		free(entries[i]);
	}
	free(entries);
	if (count > 0)
		log_info("report.files_removed", log_int("count", count));
}

void sweep_step(struct sweep *s, const struct reports *r)
{
	if (s->is_over || !r->is_started || TAILQ_EMPTY(&r->accounts) || !is_all_loaded(r))
		return;
	s->is_over = true;
	look_through(s, r->folder);
	choices_fini(&s->files);
}
