/* SPDX-License-Identifier: MIT */
#include "cmd/map_file.h"

#include <errno.h>

#include "cmd/map_input.h"
#include "normalise/profile/csv_report.h"
#include "normalise/profile/report_spec.h"

#define INPUT_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define VARS_MAX_BYTES  ((size_t)512 * 1024)
#define INSTANCE        "map"

static enum exit_code read_all(FILE *in, const char *name, struct buf *ret_body)
{
	char piece[8192];
	size_t len;

	while ((len = fread(piece, 1, sizeof(piece), in)) > 0) {
		if (buf_append(ret_body, piece, len) != ERR_OK)
			return complain(EXIT_BAD_INPUT, "the input is larger than 64 MiB");
	}
	if (ferror(in) != 0)
		return complain_file(EXIT_INPUT_OUTPUT, name);
	return EXIT_OK;
}

static enum exit_code open_input(const char *file, FILE **ret_in)
{
	FILE *in = file != NULL ? fopen(file, "rb") : stdin;

	if (in == NULL) {
		return complain_file(errno == EACCES ? EXIT_NO_PERMISSION : EXIT_INPUT_OUTPUT,
		                     file);
	}
	*ret_in = in;
	return EXIT_OK;
}

/** What a run works with. */
struct mapping {
	const struct map_options *o;
	map_payload_fn map_payload;
	const struct profile *profile;
	struct source *source; /* owned; NULL: not known yet */
	struct buf vars;
};

/* A report that comes as a file gets from --set what its request or its order had. */
static enum exit_code check_sets(const struct mapping *m, const struct profile_report *report)
{
	for (size_t i = 0; report_is_file(report) && i < report->each_count; i++) {
		const char *name = report->each[i].name;
		struct str sets = buf_str(&m->o->sets), field = STR_EMPTY, head = STR_EMPTY, value;
		bool is_set = false;

		while (sets.len > 0 && !is_set) {
			(void)str_cut(sets, '&', &field, &sets);
			(void)str_cut(field, '=', &head, &value);
			is_set = str_eq(head, str_from(name));
		}
		if (!is_set) {
			return complain(EXIT_USAGE, "\"%s\" needs --set %s=ID: whose report it is",
			                report->source.name, name);
		}
	}
	return EXIT_OK;
}

static enum exit_code find_source(struct mapping *m, const char *name)
{
	struct err_detail detail = {.line = 0};
	const struct profile_source *spec = profile_source(m->profile, str_from(name));
	const struct profile_report *report = profile_report(m->profile, str_from(name));

	if (spec == NULL) {
		return complain(EXIT_USAGE,
		                "%s has no source \"%s\"; \"campaign2mqtt vendors %s\" lists them",
		                m->o->vendor, name, m->o->vendor);
	}
	if (source_new(INSTANCE, m->o->account, m->profile, spec, NULL, 0, NULL, &m->source,
	               &detail) != ERR_OK)
		return complain_detail(EXIT_CONFIGURATION, &detail);
	return report != NULL ? check_sets(m, report) : EXIT_OK;
}

static enum exit_code map_body(void *arg, struct str body, struct str vars, const char *type)
{
	struct mapping *m = arg;
	bool is_report = profile_report(m->profile, str_from(source_name(m->source))) != NULL;
	struct payload payload = {
		.received_ms = m->o->received_ms,
		.via = is_report ? PAYLOAD_REPORT : PAYLOAD_WEBHOOK,
		.account = str_from(m->o->account),
		.source = str_from(source_name(m->source)),
		.method = is_report ? STR_EMPTY : STR_LIT("POST"),
		.verified = is_report ? STR_LIT("report") : STR_LIT("none"),
		.media_type = str_from(type != NULL ? type : m->o->media_type),
		.body = body,
	};

	buf_reset(&m->vars);
	(void)buf_append_str(&m->vars, buf_str(&m->o->sets));
	if (vars.len > 0 && m->vars.len > 0)
		(void)buf_append_char(&m->vars, '&');
	if (buf_append_str(&m->vars, vars) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	payload.vars = buf_str(&m->vars);
	return m->map_payload(m->source, &payload);
}

/* Which of the vendor's reports a CSV is, where nobody said. */
static enum exit_code find_by_header(void *arg, struct str header, char delimiter)
{
	struct mapping *m = arg;
	const struct profile_report *report = csv_report_of(m->profile, header, delimiter);

	if (m->source != NULL)
		return EXIT_OK;
	if (report == NULL) {
		return complain(EXIT_BAD_INPUT,
		                "no report of %s has this header; say which one it is: --source",
		                m->o->vendor);
	}
	return find_source(m, report->source.name);
}

static enum exit_code map_whole(struct mapping *m, FILE *in, const char *name)
{
	struct buf body;
	enum exit_code code;

	buf_init(&body, INPUT_MAX_BYTES);
	code = read_all(in, name, &body);
	if (code == EXIT_OK)
		code = map_body(m, buf_str(&body), STR_EMPTY, NULL);
	buf_fini(&body);
	return code;
}

static enum exit_code map_parts(struct mapping *m)
{
	static const struct decode_spec any_csv = {.as = DECODE_CSV};
	const struct decode_spec *spec =
		m->source != NULL ? &source_spec(m->source)->decode : &any_csv;
	const struct map_slices slices = {find_by_header, map_body, m};
	const char *name = m->o->file != NULL ? m->o->file : "standard input";
	FILE *in = NULL;
	enum exit_code code = open_input(m->o->file, &in);

	if (code != EXIT_OK)
		return code;
	if (spec->as == DECODE_CSV) {
		code = map_read_csv(in, name, spec, m->o->media_type, &slices);
	} else if (spec->as == DECODE_JSON_STREAM) {
		code = map_read_stream(in, name, &slices);
	} else {
		code = map_whole(m, in, name);
	}
	if (in != stdin)
		(void)fclose(in);
	return code;
}

bool map_has_csv(const struct profile *profile)
{
	for (size_t i = 0; i < profile_report_count(profile); i++) {
		if (profile_report_at(profile, i)->source.decode.as == DECODE_CSV)
			return true;
	}
	return false;
}

enum exit_code map_file(const struct map_options *o, const struct profile *profile,
                        map_payload_fn map_payload)
{
	struct mapping m = {.o = o, .map_payload = map_payload, .profile = profile};
	enum exit_code code = EXIT_OK;

	buf_init(&m.vars, VARS_MAX_BYTES);
	if (o->source != NULL)
		code = find_source(&m, o->source);
	if (code == EXIT_OK)
		code = map_parts(&m);
	source_unref(m.source);
	buf_fini(&m.vars);
	return code;
}
