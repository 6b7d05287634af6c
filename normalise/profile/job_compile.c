/* SPDX-License-Identifier: MIT */
#include <assert.h>

#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

#define REPORTS_MAX      64
#define PARALLEL         16
#define PARALLEL_MAX     200
#define FILE_MAX         ((uint64_t)4 << 30)
#define DOWNLOAD_TIME_MS ((uint64_t)3600 * 1000)
#define TIMEOUT_LEAST_MS 1000

static enum err amounts_compile(struct compiler *c, const struct yaml_node *node,
                                struct job_spec *job)
{
	const struct yaml_node *file = yaml_get(node, "file");
	const struct yaml_node *timeout = yaml_get(node, "download_timeout");
	const struct yaml_node *parallel = yaml_get(node, "parallel");
	uint64_t number = PARALLEL;
	enum err err = ERR_OK;

	job->file_max = FILE_MAX;
	job->download_timeout_ms = DOWNLOAD_TIME_MS;
	if (file != NULL)
		err = compile_size(c, file, &job->file_max);
	if (err == ERR_OK && timeout != NULL)
		err = compile_duration(c, timeout, TIMEOUT_LEAST_MS, &job->download_timeout_ms);
	if (err == ERR_OK && parallel != NULL)
		err = compile_number(c, parallel, 1, PARALLEL_MAX, &number);
	job->parallel = (unsigned)number;
	return err;
}

static enum err create_compile(struct compiler *c, const struct yaml_node *report_node,
                               const struct profile_report *report, struct job_spec *job)
{
	static const struct request_usual usual = {"POST", {200, 201, 202, 303}};
	const struct yaml_node *node = yaml_get(report_node, "job");
	const struct yaml_node *create = yaml_get(node, "create");
	struct template_scope s = {.c = c, .each = report->each, .each_count = report->each_count};
	enum err err;

	if (create == NULL)
		return yaml_fail(node, c->detail, "\"create\" is missing: a request");
	if (report->window.is_given)
		s.words = WORD_FROM | WORD_TO;
	err = request_compile_usual(&s, create, &usual, &job->create);
	if (err == ERR_OK)
		err = report_check_used(&s, report_node, report, "\"create\"");
	if (err == ERR_OK)
		err = answer_value_compile(c, node, "id", &job->id);
	return err;
}

/* A mail or a person brings the file, and of two places only one can be meant. */
static enum err download_check(struct compiler *c, const struct yaml_node *download,
                               const struct job_spec *job)
{
	if (job->by != READY_POLL)
		return yaml_fail_key(download, c->detail, "\"download\" is for by: poll");
	if (job->poll.link != NULL || job->poll.parts != NULL) {
		return yaml_fail_key(download, c->detail,
		                     "\"download\" and the \"link\" or \"parts\" of \"ready\" "
		                     "exclude each other");
	}
	return ERR_OK;
}

/** What comes behind the order; may use its id. */
static enum err rest_compile(struct template_scope *s, const struct yaml_node *node,
                             struct job_spec *job)
{
	static const struct request_usual usual_download = {"GET", {200}};
	static const struct request_usual usual_remove = {"DELETE", {200, 202, 204}};
	const struct yaml_node *ready = yaml_get(node, "ready");
	const struct yaml_node *download = yaml_get(node, "download");
	const struct yaml_node *remove = yaml_get(node, "remove");
	enum err err;

	if (ready == NULL) {
		return yaml_fail(node, s->c->detail,
		                 "\"ready\" is missing: how it becomes known that the file is "
		                 "there");
	}
	err = ready_compile(s, ready, job);
	if (err == ERR_OK && download != NULL)
		err = download_check(s->c, download, job);
	if (err == ERR_OK && download != NULL)
		err = request_compile_usual(s, download, &usual_download, &job->download);
	if (err == ERR_OK && remove != NULL)
		err = request_compile_usual(s, remove, &usual_remove, &job->remove);
	job->has_download = download != NULL;
	job->has_remove = remove != NULL;
	return err;
}

enum err job_compile(struct compiler *c, const struct yaml_node *report_node,
                     const struct profile_report *report, const struct job_spec **ret_job)
{
	static const char *const known[] = {
		"create",           "id",     "ready",    "file",     "download",
		"download_timeout", "remove", "parallel", "fallback", NULL};
	const struct yaml_node *node = yaml_get(report_node, "job");
	struct template_scope s = {.c = c, .each = report->each, .each_count = report->each_count};
	void *memory = NULL;
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err == ERR_OK)
		err = compile_alloc(c, 1, sizeof(struct job_spec), &memory);
	if (err != ERR_OK)
		return err;

	struct job_spec *job = memory;

	err = create_compile(c, report_node, report, job);
	s.words = job->id != NULL ? WORD_JOB_ID : 0;
	if (err == ERR_OK)
		err = rest_compile(&s, node, job);
	if (err == ERR_OK)
		err = amounts_compile(c, node, job);
	if (err == ERR_OK)
		*ret_job = job;
	return err;
}

enum err decode_check_file(struct compiler *c, const struct yaml_node *node,
                           const struct decode_spec *spec)
{
	switch (spec->as) {
	case DECODE_AUTO:
	case DECODE_CSV:
	case DECODE_JSON:
	case DECODE_JSON_STREAM:
		return ERR_OK;
	case DECODE_FORM:
	case DECODE_QUERY:
		break;
	}
	return yaml_fail(node, c->detail, "a file is read as auto, csv, json or json-stream");
}

/* ---- fallback ---- */

static bool has_each(const struct profile_report *report, const char *name)
{
	for (size_t i = 0; i < report->each_count; i++) {
		if (str_eq(str_from(name), str_from(report->each[i].name)))
			return true;
	}
	return false;
}

static bool same_each(const struct profile_report *a, const struct profile_report *b)
{
	if (a->each_count != b->each_count)
		return false;
	for (size_t i = 0; i < a->each_count; i++) {
		if (!has_each(b, a->each[i].name))
			return false;
	}
	return true;
}

/** Why @p other cannot take the place of @p report; NULL when it can. */
static const char *misfit(const struct profile_report *report, const struct profile_report *other)
{
	if (other->job != NULL) /* itself, too */
		return "is ordered itself";
	if (other->is_by_hand)
		return "is read from files";
	if (!same_each(report, other))
		return "has other loops";
	if (other->window.is_given && !report->window.is_given)
		return "has a window, and this report has none";
	return NULL;
}

static enum err no_such_report(struct compiler *c, const struct yaml_node *node,
                               const struct profile_report *reports, size_t count)
{
	const char *names[REPORTS_MAX + 1] = {NULL};
	const char *nearest;

	for (size_t i = 0; i < count && i < REPORTS_MAX; i++)
		names[i] = reports[i].source.name;
	nearest = yaml_nearest(node->text, names);
	return yaml_fail(node, c->detail, "no such report \"%.*s\" in reports%s%s%s",
	                 STR_FMT(node->text), nearest != NULL ? "; did you mean \"" : "",
	                 nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

static enum err fallback_find(struct compiler *c, const struct yaml_node *node,
                              const struct profile_report *reports, size_t count,
                              const struct profile_report **ret_report)
{
	enum err err = compile_need_text(c, node, "the name of a report");

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (str_eq(node->text, str_from(reports[i].source.name))) {
			*ret_report = &reports[i];
			return ERR_OK;
		}
	}
	return no_such_report(c, node, reports, count);
}

static enum err fallback_link(struct compiler *c, const struct yaml_node *node,
                              const struct profile_report *reports, size_t count,
                              struct profile_report *report)
{
	const struct profile_report *other = NULL;
	void *memory = NULL;
	enum err err = fallback_find(c, node, reports, count, &other);

	if (err != ERR_OK)
		return err;
	assert(other != NULL);

	const char *why = misfit(report, other);

	if (why != NULL) {
		return yaml_fail(node, c->detail, "\"%s\" %s; it cannot be a fallback",
		                 other->source.name, why);
	}
	err = compile_alloc(c, 1, sizeof(struct job_spec), &memory);
	if (err != ERR_OK)
		return err;

	struct job_spec *linked = memory;

	*linked = *report->job;
	linked->fallback = other;
	report->job = linked;
	return ERR_OK;
}

enum err job_link_fallbacks(struct compiler *c, const struct yaml_node *reports_node,
                            struct profile_report *reports, size_t count)
{
	const struct yaml_node *at = reports_node->first;
	enum err err = ERR_OK;

	for (size_t i = 0; at != NULL && err == ERR_OK; i++, at = at->next) {
		const struct yaml_node *job = yaml_get(at, "job");
		const struct yaml_node *fallback = job != NULL ? yaml_get(job, "fallback") : NULL;

		if (fallback != NULL)
			err = fallback_link(c, fallback, reports, count, &reports[i]);
	}
	return err;
}
