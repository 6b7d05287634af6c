/* SPDX-License-Identifier: MIT */
#include "normalise/profile/csv_report.h"

#include "core/arena.h"
#include "normalise/decode/csv_columns.h"
#include "normalise/decode/csv_head.h"

#define MEMORY ((size_t)2 * 1024 * 1024)

/** How well a header fits a report: known of all. */
struct fit {
	size_t known, all;
};

static struct fit fit_of(const struct profile_report *report, struct csv_head head,
                         struct csv_fields *fields)
{
	const struct decode_spec *spec = &report->source.decode;
	struct csv_columns columns = {.known = 0};
	struct arena a;

	arena_init(&a, MEMORY);
	if (spec->csv.delimiter != '\0' && spec->csv.delimiter != head.delimiter)
		head.line = STR_EMPTY;
	if (csv_columns_read(spec, &head, fields, &a, &columns, NULL) != ERR_OK)
		columns.known = 0;
	arena_fini(&a);
	return (struct fit){columns.known, spec->column_count};
}

/* < 0, 0, > 0: @p a is worse, as good, better. */
static int compare(struct fit a, struct fit b)
{
	size_t left = a.known * b.all, right = b.known * a.all;

	if (left != right)
		return left < right ? -1 : 1;
	if (a.known != b.known)
		return a.known < b.known ? -1 : 1;
	return 0;
}

const struct profile_report *csv_report_of(const struct profile *profile, struct str header,
                                           char delimiter)
{
	const struct csv_head head = {
		.line = header, .delimiter = delimiter, .encoding = CSV_AUTO, .first_line = 2};
	const struct profile_report *found = NULL;
	struct fit best = {0, 1};
	struct csv_fields *fields = NULL;

	if (csv_fields_new(&fields) != ERR_OK)
		return NULL;
	for (size_t i = 0; i < profile_report_count(profile); i++) {
		const struct profile_report *report = profile_report_at(profile, i);

		if (report->source.decode.as != DECODE_CSV || report->source.decode.csv.no_header)
			continue;

		struct fit fit = fit_of(report, head, fields);
		int diff = compare(fit, best);

		if (fit.known == 0 || fit.known * 2 < fit.all || diff < 0)
			continue;
		found = diff > 0 ? report : NULL;
		best = fit;
	}
	csv_fields_free(fields);
	return found;
}
