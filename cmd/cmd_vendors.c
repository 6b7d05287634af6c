/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cmd/base/command.h"
#include "core/quantity.h"
#include "normalise/profile/report_spec.h"

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

static void print_webhook(const struct profile_source *w)
{
	const char *separator = "";

	(void)printf("  webhook %-16s ", w->name);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if ((w->methods & methods[i].bit) == 0)
			continue;
		(void)printf("%s%s", separator, methods[i].name);
		separator = ", ";
	}
	(void)printf("%s\n", own_map_note(w));
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

static void print_job(const struct job_spec *job)
{
	(void)printf(", ordered: %s", way_of(job->by));
	if (job->fallback != NULL)
		(void)printf(", else %s", job->fallback->source.name);
}

static void print_report(const struct profile_report *r)
{
	struct buf every;

	buf_init(&every, 64);
	quantity_write_duration(&every, r->every_ms);
	if (r->is_by_hand) {
		(void)printf("  report  %-16s from CSV files by hand", r->source.name);
	} else {
		(void)printf("  report  %-16s every %s", r->source.name, buf_cstr(&every));
	}
	for (size_t i = 0; i < r->each_count; i++)
		(void)printf("%s%s", i == 0 ? ", for each " : " and ", r->each[i].name);
	if (r->job != NULL)
		print_job(r->job);
	(void)printf("%s\n", own_map_note(&r->source));
	buf_fini(&every);
}

static void print_profile(const struct profile *p)
{
	(void)printf("%s%s%s\n", profile_name(p), profile_about(p)[0] != '\0' ? " - " : "",
	             profile_about(p));
	for (size_t i = 0; i < profile_webhook_count(p); i++)
		print_webhook(profile_webhook_at(p, i));
	for (size_t i = 0; i < profile_report_count(p); i++)
		print_report(profile_report_at(p, i));
	for (size_t i = 0; i < profile_var_count(p); i++) {
		const struct profile_var *v = profile_var_at(p, i);

		(void)printf("  var     %-16s %s%s%s%s\n", v->name, v->secret ? "secret, " : "",
		             v->fallback != NULL ? "default \"" : "no default",
		             v->fallback != NULL ? v->fallback : "",
		             v->fallback != NULL ? "\"" : "");
	}
}

static enum exit_code run(int argc, char **argv)
{
	struct err_detail detail = {.line = 0};
	struct profile_set *set = NULL;
	enum exit_code code = EXIT_OK;

	if (argc > 2)
		return complain_usage(&cmd_vendors);
	if (profile_set_new(&set, &detail) != ERR_OK)
		return complain_detail(EXIT_BUG, &detail);
	if (argc == 2) {
		const struct profile *p = profile_set_get(set, str_from(argv[1]));

		if (p != NULL) {
			print_profile(p);
		} else {
			code = complain(
				EXIT_USAGE,
				"there is no built-in profile \"%s\"; \"campaign2mqtt vendors\" "
				"lists them",
				argv[1]);
		}
	} else {
		for (size_t i = 0; i < profile_set_count(set); i++)
			print_profile(profile_set_at(set, i));
	}
	profile_set_free(set);
	return code;
}

const struct command cmd_vendors = {"vendors", "[NAME]",
                                    "list the built-in profiles and their sources",
                                    "  NAME   only this vendor\n", run};
