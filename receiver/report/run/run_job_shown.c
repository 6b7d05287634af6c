/* SPDX-License-Identifier: MIT */
/* What is told of a job: names for its requests, lines of the log, the progress of its run. */
#include <stdio.h>
#include <string.h>

#include "core/obj.h"
#include "receiver/report/run/run_job_parts.h"

const struct job_record *run_job_record(const struct run_job *rj)
{
	return rj->job != NULL ? job_record(rj->job) : &rj->run->at.job;
}

bool run_job_name(void *arg, struct str name, struct str *ret_text)
{
	const struct run_job *rj;
	const char *id;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	if (!str_eq(name, STR_LIT("job.id")))
		return run_name(rj->run, name, ret_text);
	id = run_job_record(rj)->id;
	if (id == NULL)
		return false;
	*ret_text = str_from(id);
	return true;
}

/** As people read them; an address is nobody's business. */
static void values_text(const struct report_run *run, char *text, size_t size)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < run->value_count && len < size; i++) {
		const struct report_value *v = &run->values[i];
		const char *shown = strchr(v->value, '@') != NULL ? "…" : v->value;
		int n = snprintf(text + len, size - len, "%s%s=%s", i > 0 ? " " : "", v->name,
		                 shown);

		if (n < 0)
			return;
		len += (size_t)n;
	}
}

void run_job_log(const struct run_job *rj, enum log_level level, const char *event,
                 struct log_field field)
{
	const struct log_field account = log_str("account", source_account(rj->own_source));
	const struct log_field report = log_str("report", source_name(rj->own_source));
	char values[LOG_VALUE_MAX];

	values_text(rj->run, values, sizeof(values));
	if (values[0] != '\0') {
		log_write(level, event, account, report, log_str("values", values), field, LOG_END);
	} else {
		log_write(level, event, account, report, field, LOG_END);
	}
}

void run_job_show(struct run_job *rj)
{
	const struct job_record *record = run_job_record(rj);
	struct report_job_progress *p = &rj->run->result.progress.job;
	const bool is_new =
		p->state == NULL || rj->shown != record->state || p->until_ms != record->until_ms;

	rj->shown = record->state;
	(void)snprintf(rj->shown_text, sizeof(rj->shown_text), "%s", record->text);
	p->state = job_state_str(record->state);
	p->since_ms = record->since_ms;
	p->ordered_ms = record->ordered_ms;
	p->until_ms = record->until_ms;
	p->text = rj->shown_text;
	p->is_stale = record->state == JOB_STALE || record->state == JOB_FAILED ||
	              (p->is_stale && record->state != JOB_DONE);
	if (is_new)
		run_tell(rj->run);
}
