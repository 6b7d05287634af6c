/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "receiver/report/reports_parts.h"

void plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	tasks_free(p->tasks, p->task_count);
	extras_free(p->extras);
	queue_fini(&p->queue);
	job_settings_unref(p->job);
	plan_loops_free(p);
	source_unref(p->source);
	free(p->name);
	free(p->tz);
	free(p);
}

static enum err plan_job(struct plan *p, const struct report_plan *conf)
{
	enum err err = job_settings_new(p->r, conf, &p->job);

	return err == ERR_OK ? extras_new(p, &p->extras) : err;
}

enum err plan_new(struct account *a, struct reports *r, const struct report_plan *conf,
                  const struct plan *old, struct plan **ret_plan)
{
	struct plan *p = calloc(1, sizeof(*p));
	enum err err = ERR_NOMEM;

	if (p == NULL)
		return ERR_NOMEM;
	p->r = r;
	p->account = a;
	p->source = source_ref(conf->source);
	p->spec = conf->spec;
	p->every_ms = conf->every_ms;
	p->start_ms = conf->start_ms;
	p->is_too_many = old != NULL && old->is_too_many;
	p->name = strdup(conf->spec->source.name);
	p->tz = conf->tz != NULL ? strdup(conf->tz) : NULL;
	if (p->name == NULL || (conf->tz != NULL && p->tz == NULL))
		goto out;
	err = conf->spec->job != NULL ? plan_job(p, conf) : ERR_OK;
	if (err == ERR_OK)
		err = plan_loops_new(p, conf, old);
	if (err == ERR_OK)
		err = tasks_build(p, &p->tasks, &p->task_count);
	if (err != ERR_OK)
		goto out;
	*ret_plan = p;
	p = NULL;
out:
	plan_free(p);
	return err;
}

struct plan *account_plan(const struct account *a, const char *name)
{
	struct plan *p;

	TAILQ_FOREACH(p, &a->plans, link) {
		if (strcmp(p->name, name) == 0)
			return p;
	}
	return NULL;
}

struct queue *plan_queue(struct plan *p)
{
	return p->job != NULL ? &p->queue : &p->account->queue;
}

bool plan_is_busy(const struct plan *p)
{
	return p->active >= (p->spec->job->parallel > 0 ? p->spec->job->parallel : 1);
}

struct mailbox *plan_mailbox(const struct plan *p)
{
	const struct report_job_conf *conf;
	const char *why = NULL;

	if (p->job == NULL)
		return NULL;
	conf = job_settings_conf(p->job, &why);
	return conf != NULL ? conf->mailbox : NULL;
}
