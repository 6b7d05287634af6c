/* SPDX-License-Identifier: MIT */
#include <unistd.h>

#include "cmd/base/options.h"
#include "cmd/base/terminal.h"
#include "core/quantity.h"
#include "normalise/profile/report_spec.h"

#define LINE_MAX_BYTES 16384
#define TEXT_COLUMN    27 /* behind what it is and its name */
#define ROOMY_COLUMNS  60 /* narrower, what does not fit begins at the left */

static const struct {
	unsigned bit;
	const char *name;
} methods[] = {
	{METHOD_POST, "POST"},   {METHOD_GET, "GET"},       {METHOD_PUT, "PUT"},
	{METHOD_PATCH, "PATCH"}, {METHOD_DELETE, "DELETE"},
};

static const char *own_map_note(const struct profile_source *source)
{
	return source->map_required ? " (the configuration gives the mapping)" : "";
}

/** @param line  emptied */
static void print_line(const struct terminal *terminal, struct buf *line)
{
	size_t indent = terminal->columns < ROOMY_COLUMNS ? 4 : TEXT_COLUMN;
	struct buf lines;

	buf_init(&lines, LINE_MAX_BYTES);
	terminal_wrap(&lines, buf_str(line), terminal->columns, indent);
	(void)puts(buf_cstr(&lines));
	buf_fini(&lines);
	buf_reset(line);
}

static void append_webhook(const struct profile_source *w, struct buf *line)
{
	const char *separator = "";

	(void)buf_printf(line, "  webhook %-16s ", w->name);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if ((w->methods & methods[i].bit) == 0)
			continue;
		(void)buf_printf(line, "%s%s", separator, methods[i].name);
		separator = ", ";
	}
	(void)buf_append_str(line, str_from(own_map_note(w)));
}

/** How it becomes known that an ordered report is there. */
static const char *way_of(enum ready_kind by)
{
	switch (by) {
	case READY_MAILBOX:
		return "a mail has the link";
	case READY_POLL:
		return "asked until it is there";
	case READY_HANDOFF:
		break;
	}
	return "the file is brought by hand";
}

static void append_job(const struct job_spec *job, struct buf *line)
{
	(void)buf_printf(line, ", ordered: %s", way_of(job->by));
	if (job->fallback != NULL)
		(void)buf_printf(line, ", else %s", job->fallback->source.name);
}

static void append_report(const struct profile_report *r, struct buf *line)
{
	struct buf every;

	buf_init(&every, 64);
	quantity_write_duration(&every, r->every_ms);
	if (r->is_by_hand) {
		(void)buf_printf(line, "  report  %-16s from CSV files by hand", r->source.name);
	} else {
		(void)buf_printf(line, "  report  %-16s every %s", r->source.name,
		                 buf_cstr(&every));
	}
	for (size_t i = 0; i < r->each_count; i++)
		(void)buf_printf(line, "%s%s", i == 0 ? ", for each " : " and ", r->each[i].name);
	if (r->job != NULL)
		append_job(r->job, line);
	(void)buf_append_str(line, str_from(own_map_note(&r->source)));
	buf_fini(&every);
}

static void append_var(const struct profile_var *v, struct buf *line)
{
	(void)buf_printf(line, "  var     %-16s %s", v->name, v->secret ? "secret, " : "");
	if (v->fallback != NULL) {
		(void)buf_printf(line, "default \"%s\"", v->fallback);
	} else {
		(void)buf_append_str(line, STR_LIT("no default"));
	}
}

static void print_profile(const struct terminal *terminal, const struct profile *p)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	(void)buf_printf(&line, "%s%s%s", profile_name(p), profile_about(p)[0] != '\0' ? " - " : "",
	                 profile_about(p));
	print_line(terminal, &line);
	for (size_t i = 0; i < profile_webhook_count(p); i++) {
		append_webhook(profile_webhook_at(p, i), &line);
		print_line(terminal, &line);
	}
	for (size_t i = 0; i < profile_report_count(p); i++) {
		append_report(profile_report_at(p, i), &line);
		print_line(terminal, &line);
	}
	for (size_t i = 0; i < profile_var_count(p); i++) {
		append_var(profile_var_at(p, i), &line);
		print_line(terminal, &line);
	}
	buf_fini(&line);
}

static enum exit_code print_profiles(const struct profile_set *set, const char *name)
{
	const struct terminal terminal = terminal_of(STDOUT_FILENO);
	const struct profile *p;

	if (name == NULL) {
		for (size_t i = 0; i < profile_set_count(set); i++)
			print_profile(&terminal, profile_set_at(set, i));
		return EXIT_OK;
	}
	p = profile_set_get(set, str_from(name));
	if (p == NULL) {
		return complain(EXIT_USAGE,
		                "there is no built-in profile \"%s\"; \"campaign2mqtt vendors\" "
		                "lists them",
		                name);
	}
	print_profile(&terminal, p);
	return EXIT_OK;
}

static enum exit_code run(int argc, char **argv)
{
	static const struct option options[] = {{NULL, 0, NULL, 0}};
	struct err_detail detail = {.line = 0};
	struct profile_set *set = NULL;
	enum exit_code code;

	if (options_next(&cmd_vendors, argc, argv, options) != -1)
		return EXIT_USAGE;
	if (argc - optind > 1)
		return complain_usage(&cmd_vendors);
	if (profile_set_new(&set, &detail) != ERR_OK)
		return complain_detail(EXIT_BUG, &detail);
	code = print_profiles(set, argv[optind]);
	profile_set_free(set);
	return code;
}

const struct command cmd_vendors = {"vendors", "[NAME]",
                                    "list the built-in profiles and their sources",
                                    "  NAME   only this vendor\n", run};
