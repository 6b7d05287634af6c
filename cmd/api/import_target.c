/* SPDX-License-Identifier: MIT */
#include "cmd/api/import_target.h"

#include "cmd/api/query.h"
#include "cmd/base/named_account.h"
#include "core/clock.h"
#include "normalise/decode/csv_cut.h"

#define NAMES_MAX_BYTES 4096
#define SETS_MAX_BYTES  ((size_t)64 * 1024)

static enum err no_report(const struct conf_account *account, struct str name,
                          struct err_detail *reterr_detail)
{
	struct buf names;

	buf_init(&names, NAMES_MAX_BYTES);
	for (size_t i = 0; i < profile_report_count(account->profile); i++)
		names_append(&names, profile_report_at(account->profile, i)->source.name);
	err_detail_set(reterr_detail, "vendor %s of account %s has no report \"%.*s\"; it has: %s",
	               profile_name(account->profile), account->name, STR_FMT(name),
	               names.len > 0 ? buf_cstr(&names) : "none");
	buf_fini(&names);
	return ERR_NOENT;
}

enum err import_target_find(const struct conf *conf, const struct conf_account *account,
                            struct str report, struct import_target *ret_target,
                            struct err_detail *reterr_detail)
{
	const struct profile_report *spec = profile_report(account->profile, report);
	struct source *source = source_table_find(conf->sources, str_from(account->name), report);

	if (spec == NULL)
		return no_report(account, report, reterr_detail);
	if (source == NULL) {
		err_detail_set(reterr_detail,
		               "account %s lacks what report \"%s\" needs; list it under its "
		               "reports, and check says what is missing",
		               account->name, spec->source.name);
		return ERR_NOENT;
	}
	*ret_target = (struct import_target){account, spec, source};
	return ERR_OK;
}

/* ---- loop values ---- */

static size_t each_of(const struct profile_report *report, struct str name)
{
	size_t i = 0;

	while (i < report->each_count && !str_eq(str_from(report->each[i].name), name))
		i++;
	return i;
}

static enum err take_set(const struct profile_report *report, struct str name, struct str value,
                         bool *seen, struct err_detail *reterr_detail)
{
	size_t at = each_of(report, name);

	if (at == report->each_count) {
		err_detail_set(reterr_detail, "report \"%s\" has no value \"%.*s\"; it has: %s",
		               report->source.name, STR_FMT(name),
		               report->each_count > 0 ? report->each[0].name : "none");
		return ERR_PARSE;
	}
	if (seen[at] || value.len == 0) {
		err_detail_set(reterr_detail, "--set %.*s=… is needed once, with a value",
		               STR_FMT(name));
		return ERR_PARSE;
	}
	seen[at] = true;
	return ERR_OK;
}

enum err import_target_check_sets(const struct import_target *target, struct str sets,
                                  struct err_detail *reterr_detail)
{
	const struct profile_report *report = target->report;
	bool seen[EACH_MAX] = {false};
	struct buf scratch;
	struct str name;
	struct str value;
	enum err err = ERR_OK;

	buf_init(&scratch, SETS_MAX_BYTES);
	while (err == ERR_OK && query_next(&sets, &scratch, &name, &value))
		err = take_set(report, name, value, seen, reterr_detail);
	if (err == ERR_OK)
		err = buf_err(&scratch);
	buf_fini(&scratch);
	for (size_t i = 0; err == ERR_OK && i < report->each_count; i++) {
		if (seen[i])
			continue;
		err_detail_set(reterr_detail, "\"%s\" needs --set %s=ID: the file does not say it",
		               report->source.name, report->each[i].name);
		err = ERR_PARSE;
	}
	return err;
}

/* ---- payloads ---- */

/* A slice of a CSV is known by its header, which is among its vars. */
static bool has_header(struct str vars)
{
	struct str pair;

	while (vars.len > 0) {
		(void)str_cut(vars, '&', &pair, &vars);
		if (str_has_prefix(pair, STR_LIT("_csv=")))
			return true;
	}
	return false;
}

static struct str media_type_of(enum decode_as as, struct str vars)
{
	switch (as) {
	case DECODE_CSV:
		return STR_LIT(CSV_SLICE_TYPE);
	case DECODE_AUTO:
		return has_header(vars) ? STR_LIT(CSV_SLICE_TYPE) : STR_LIT("application/json");
	case DECODE_JSON:
		return STR_LIT("application/json");
	default:
		return STR_EMPTY; /* the source knows */
	}
}

struct payload import_target_payload(const struct import_target *target, struct str vars,
                                     struct str body)
{
	return (struct payload){
		.received_ms = clock_now_ms(),
		.via = PAYLOAD_IMPORT,
		.account = str_from(source_account(target->source)),
		.source = str_from(source_name(target->source)),
		.verified = STR_LIT("import"),
		.media_type = media_type_of(target->report->source.decode.as, vars),
		.vars = vars,
		.body = body,
	};
}
