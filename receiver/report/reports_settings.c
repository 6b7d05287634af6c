/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "receiver/report/reports_parts.h"

/** Counted: a run keeps those that it began with. */
struct job_settings {
	unsigned refs;
	struct mailbox *mailbox; /* a reference; NULL */
	struct str *hosts;       /* owned */
	char **texts;            /* owned, as are its members: of the hosts */
	size_t host_count;
	struct source *fallback; /* a reference; NULL */
	char *folder;            /* owned */
	struct report_job_conf conf;
	const char *why; /* static: why there is no mailbox; NULL */
};

static void settings_free(struct job_settings *s)
{
	if (s == NULL)
		return;
	mailbox_unref(s->mailbox);
	for (size_t i = 0; i < s->host_count; i++)
		free(s->texts[i]);
	free(s->texts);
	free(s->hosts);
	source_unref(s->fallback);
	free(s->folder);
	free(s);
}

/* Without senders in the configuration those of the profile count. */
static enum err find_mailbox(struct job_settings *s, struct reports *r,
                             const struct report_plan *plan)
{
	const struct ready_mail_spec *mail = &plan->spec->job->mail;
	struct mailbox_conf conf;
	enum err err;

	if (plan->spec->job->by != READY_MAILBOX)
		return ERR_OK;
	if (plan->mailbox == NULL) {
		s->why = "no mailbox is configured for it";
		return ERR_OK;
	}
	conf = *plan->mailbox;
	if (conf.from_count == 0) {
		conf.from = mail->from;
		conf.from_count = mail->from_count;
	}
	err = mailbox_of(r->mailboxes, &conf, &s->mailbox);
	if (err == ERR_NOMEM || err == ERR_OK)
		return err;
	s->why = err == ERR_NOENT ? "its mailbox: no such file with authorities (ca)"
	                          : "its mailbox: not an address of one (url, from)";
	log_error("mailbox.unusable", log_str("account", source_account(plan->source)),
	          log_str("report", plan->spec->source.name), log_str("error", s->why));
	return ERR_OK;
}

static enum err copy_hosts(struct job_settings *s, const struct report_plan *plan)
{
	s->hosts = calloc(plan->host_count + 1, sizeof(*s->hosts));
	s->texts = calloc(plan->host_count + 1, sizeof(char *));
	if (s->hosts == NULL || s->texts == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < plan->host_count; i++) {
		char *copy = str_dup(plan->hosts[i]);

		if (copy == NULL)
			return ERR_NOMEM;
		s->texts[s->host_count] = copy;
		s->hosts[s->host_count++] = str_from(copy);
	}
	return ERR_OK;
}

enum err job_settings_new(struct reports *r, const struct report_plan *plan,
                          struct job_settings **ret_settings)
{
	struct job_settings *s = calloc(1, sizeof(*s));
	enum err err;

	if (s == NULL)
		return ERR_NOMEM;
	s->refs = 1;
	if (plan->fallback != NULL)
		s->fallback = source_ref(plan->fallback);
	s->folder = strdup(r->folder);
	err = s->folder != NULL ? copy_hosts(s, plan) : ERR_NOMEM;
	if (err == ERR_OK)
		err = find_mailbox(s, r, plan);
	if (err != ERR_OK) {
		settings_free(s);
		return err;
	}
	s->conf = (struct report_job_conf){
		.mailbox = s->mailbox,
		.worker = r->worker,
		.folder = s->folder,
		.hosts = s->hosts,
		.host_count = s->host_count,
		.timeout_ms = plan->timeout_ms,
		.every_ms = plan->every_ms,
		.fallback = s->fallback,
	};
	*ret_settings = s;
	return ERR_OK;
}

struct job_settings *job_settings_ref(struct job_settings *s)
{
	s->refs++;
	return s;
}

void job_settings_unref(struct job_settings *s)
{
	if (s != NULL && --s->refs == 0)
		settings_free(s);
}

/* The fallback's source is another one after each reload: that alone is no change. */
bool job_settings_same(const struct job_settings *a, const struct job_settings *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (a->mailbox != b->mailbox || a->host_count != b->host_count || a->why != b->why ||
	    a->conf.timeout_ms != b->conf.timeout_ms || a->conf.every_ms != b->conf.every_ms ||
	    (a->fallback == NULL) != (b->fallback == NULL))
		return false;
	for (size_t i = 0; i < a->host_count; i++) {
		if (!str_eq(a->hosts[i], b->hosts[i]))
			return false;
	}
	return true;
}

const struct report_job_conf *job_settings_conf(const struct job_settings *s, const char **ret_why)
{
	if (s->why == NULL)
		return &s->conf;
	*ret_why = s->why;
	return NULL;
}
