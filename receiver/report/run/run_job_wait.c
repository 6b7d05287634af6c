/* SPDX-License-Identifier: MIT */
/* Waiting for a report: a mail, the vendor's status, or somebody who brings it; and for how long.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/metrics.h"
#include "core/obj.h"
#include "core/url.h"
#include "receiver/report/run/run_job_parts.h"

#define CSV_SUFFIX "-csv"

/* ---- which mails ---- */

/** The host of the vendor's address, and all below. */
static enum err add_own_hosts(struct run_job *rj)
{
	struct url_parts parts;
	struct str base = vendor_client_base(rj->run->client);
	size_t size;

	if (url_split(base, &parts) != ERR_OK)
		return ERR_OK;
	rj->mail.allows_http = !parts.is_https;
	size = parts.host.len + 2;
	rj->host_text = malloc(size);
	if (rj->host_text == NULL)
		return ERR_NOMEM;
	(void)snprintf(rj->host_text, size, ".%.*s", STR_FMT(parts.host));
	if (rj->spec->mail.host_count == 0)
		rj->hosts[rj->host_count++] = str_from(rj->host_text);
	return ERR_OK;
}

static void on_clock(void *arg);

enum err run_wait_init(struct run_job *rj)
{
	const struct ready_mail_spec *mail = &rj->spec->mail;
	enum err err = add_own_hosts(rj);

	for (size_t i = 0; i < mail->host_count && rj->host_count < JOB_HOSTS_MAX; i++)
		rj->hosts[rj->host_count++] = mail->hosts[i];
	for (size_t i = 0; i < rj->conf.host_count && rj->host_count < JOB_HOSTS_MAX; i++)
		rj->hosts[rj->host_count++] = rj->conf.hosts[i];
	rj->mail.hosts = rj->hosts;
	rj->mail.host_count = rj->host_count;
	rj->mail.path_suffix = mail->path_suffix;
	rj->mail.path_part = mail->path_part;
	if (err == ERR_OK)
		err = loop_timer_new(rj->run->loop, run_hand_on_time, rj, &rj->offer);
	return err == ERR_OK ? loop_timer_new(rj->run->loop, on_clock, rj, &rj->clock) : err;
}

/** The value that is the campaign's id, as far as anybody can know. */
static struct str campaign_of(const struct report_run *run)
{
	for (size_t i = 0; i < run->value_count; i++) {
		if (strcmp(run->values[i].name, "campaign") == 0)
			return str_from(run->values[i].value);
	}
	return run->value_count > 0 ? str_from(run->values[0].value) : STR_EMPTY;
}

/** What the vendor calls the report in its links: the one that is asked for pages has that name. */
static struct str word_of(const struct run_job *rj)
{
	const struct profile_report *fallback = rj->spec->fallback;
	struct str word =
		str_from(fallback != NULL ? fallback->source.name : rj->own_spec->source.name);
	const struct str suffix = STR_LIT(CSV_SUFFIX);

	if (word.len > suffix.len &&
	    memcmp(word.ptr + word.len - suffix.len, suffix.ptr, suffix.len) == 0)
		word.len -= suffix.len;
	return word;
}

/* ---- links ---- */

static void take_links(struct run_job *rj, const struct str *links, size_t count, bool is_shared)
{
	enum err err;

	if (rj->job == NULL || rj->has_end)
		return;
	err = job_ready(rj->job, links, count, is_shared, run_job_now(rj));
	if (err == ERR_NOMEM) {
		run_end(rj->run, REPORT_FAILED, "out of memory");
		return;
	}
	if (err == ERR_OK) {
		run_job_log(rj, LOG_LVL_INFO, "report.ready", log_int("files", (int64_t)count));
		run_job_after(rj);
	}
}

static struct job_mail note_of(struct completion_mail mail)
{
	return (struct job_mail){.uid_validity = mail.uid_validity,
	                         .uid = mail.uid,
	                         .box = mail.box,
	                         .digest = mail.digest};
}

static void on_link(void *arg, struct str link, bool is_shared)
{
	struct job_mail mail;
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	mail = note_of(mailbox_told(rj->waiter));
	rj->has_mail = true;
	if (rj->job != NULL && !rj->has_end)
		job_note_mail(rj->job, mail);
	take_links(rj, &link, 1, is_shared);
	run_kick(rj->run);
}

void run_wait_kept(struct run_job *rj)
{
	if (rj->waiter != NULL && rj->has_mail)
		mailbox_kept(rj->waiter);
	rj->has_mail = false;
}

/** Killed after the link was stored, and perhaps before its mail was marked. */
void run_wait_mark_again(const struct run_job *rj)
{
	const struct job_record *record = &rj->run->at.job;
	const struct completion_mail mail = {.uid_validity = record->mail.uid_validity,
	                                     .uid = record->mail.uid,
	                                     .box = record->mail.box,
	                                     .digest = record->mail.digest};

	if (rj->conf.mailbox == NULL)
		return;
	for (size_t i = 0; i < record->used_count; i++)
		mailbox_used(rj->conf.mailbox, record->used[i]);
	if (mail.uid > 0)
		mailbox_mark(rj->conf.mailbox, mail);
}

static void wait_for_mail(struct run_job *rj)
{
	const struct mail_wanted wanted = {.id = buf_str(&rj->run->key),
	                                   .account = str_from(source_account(rj->own_source)),
	                                   .campaign = campaign_of(rj->run),
	                                   .report = word_of(rj),
	                                   .ordered_ms = run_job_record(rj)->ordered_ms,
	                                   .spec = &rj->mail};
	enum err err;

	if (rj->conf.mailbox == NULL || rj->waiter != NULL)
		return;
	err = mailbox_wait(rj->conf.mailbox, &wanted, on_link, rj, &rj->waiter);
	if ((err == ERR_LIMIT || err == ERR_EXISTS) && !rj->wants_waiter) {
		run_job_log(rj, LOG_LVL_WARN, "report.mailbox_busy",
		            log_str("error", "too many reports wait at one mailbox"));
	}
	rj->wants_waiter = err == ERR_LIMIT || err == ERR_EXISTS;
	if (err == ERR_OK || rj->wants_waiter)
		return;
	rj->retry_ms = JOB_RETRY_MS;
	run_job_later(rj, JOB_EV_HELD, JOB_END_LATER, err_str(err));
}

/* ---- status ---- */

/** Where the file is when the vendor only says that it is ready: where that was asked. */
static struct str status_link(const struct run_job *rj, const struct job_told *told)
{
	if (rj->spec->has_download && told->verdict == JOB_IS_READY)
		return STR_EMPTY;
	return told->status_url.len > 0 ? told->status_url
	                                : str_from(run_job_record(rj)->status_url);
}

static void on_told(void *arg, const struct job_told *told)
{
	struct run_job *rj;
	struct str link;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	link = status_link(rj, told);
	if (told->verdict == JOB_HAS_FAILED) {
		run_job_tell(rj, JOB_EV_BUILD_FAILED, JOB_END_FAILED, told->text);
	} else if (told->link_count > 0) {
		take_links(rj, told->links, told->link_count, false);
	} else {
		take_links(rj, &link, link.len > 0 ? 1 : 0, false);
	}
	run_kick(rj->run);
}

static void on_poll_end(void *arg, const struct vendor_result *result)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	if (result->end == VENDOR_UNAUTHORIZED) {
		rj->retry_ms = result->retry_ms;
		run_job_tell(rj, JOB_EV_HELD, JOB_END_UNAUTHORIZED, result->text);
	} else {
		run_job_tell(rj, JOB_EV_BUILD_FAILED, JOB_END_FAILED, result->text);
	}
	run_kick(rj->run);
}

static const struct job_poll_ops poll_ops = {.on_told = on_told, .on_end = on_poll_end};

/** An order whose answer was lost has no address, and perhaps no id: its time will come. */
static bool can_ask(const struct run_job *rj)
{
	const struct job_record *record = run_job_record(rj);

	if (record->status_url != NULL)
		return true;
	return rj->spec->poll.has_request && (rj->spec->id == NULL || record->id != NULL);
}

static void wait_for_status(struct run_job *rj)
{
	const struct job_poll_conf conf = {.spec = rj->spec,
	                                   .client = rj->run->client,
	                                   .status_url = str_from(run_job_record(rj)->status_url),
	                                   .first_ms = rj->first_ms,
	                                   .lookup = run_job_name,
	                                   .lookup_arg = rj,
	                                   .account = source_account(rj->own_source),
	                                   .report = source_name(rj->own_source)};

	if (rj->poll != NULL || !can_ask(rj))
		return;
	rj->first_ms = 0;
	if (job_poll_new(rj->run->loop, &conf, &poll_ops, rj, &rj->poll) != ERR_OK)
		run_job_later(rj, JOB_EV_HELD, JOB_END_LATER, "out of memory");
}

/* ---- begin and end ---- */

void run_wait_begin(struct run_job *rj)
{
	switch (rj->spec->by) {
	case READY_MAILBOX:
		wait_for_mail(rj);
		break;
	case READY_POLL:
		wait_for_status(rj);
		break;
	case READY_HANDOFF:
		break;
	}
}

void run_wait_end(struct run_job *rj)
{
	mailbox_leave(rj->waiter);
	rj->waiter = NULL;
	rj->wants_waiter = false;
	rj->has_mail = false;
	job_poll_free(rj->poll);
	rj->poll = NULL;
	loop_timer_stop(rj->clock);
}

/* ---- the clock ---- */

void run_wait_clock(struct run_job *rj)
{
	const int64_t now_ms = run_job_now(rj);
	const int64_t until_ms = rj->job != NULL ? run_job_record(rj)->until_ms : 0;
	int64_t left_ms = until_ms - now_ms;

	if (until_ms == 0) {
		loop_timer_stop(rj->clock);
		return;
	}
	/* Never at once: what the time means for it may have to be stored first. */
	if (left_ms < CLOCK_LEAST_MS)
		left_ms = CLOCK_LEAST_MS;
	loop_timer_start(rj->clock, left_ms < CLOCK_AGAIN_MS ? (uint64_t)left_ms : CLOCK_AGAIN_MS);
}

void run_wait_look(struct run_job *rj)
{
	const int64_t now_ms = run_job_now(rj);
	const int64_t until_ms = rj->job != NULL ? run_job_record(rj)->until_ms : 0;

	if (until_ms != 0 && now_ms >= until_ms && !rj->run->is_over)
		run_job_tell(rj, JOB_EV_TIME, JOB_END_FAILED, "");
	if (rj->wants_waiter)
		wait_for_mail(rj);
}

static void on_clock(void *arg)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	run_kick(rj->run);
	run_wait_clock(rj);
}
