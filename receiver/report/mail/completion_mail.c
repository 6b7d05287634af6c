/* SPDX-License-Identifier: MIT */
/* One mail: is it wanted, and whose is it? */
#include "core/buf.h"
#include "core/log.h"
#include "core/metrics.h"
#include "receiver/report/mail/completion_internal.h"
#include "receiver/report/mail/mail_digest.h"

/** What came of a mail for the jobs of one profile. */
struct finding {
	enum report_mail_verdict verdict;
	struct str ids[COMPLETION_JOBS_MAX];
	size_t count;             /* FOUND and none: of one that waits no more */
	bool is_shared;           /* it may be of others that waited */
	uint64_t digest;          /* of the mail */
	struct report_mail *mail; /* owned; has the link */
	size_t link;
};

static void count_mail(struct completion_mailbox *box, enum report_mail_verdict verdict)
{
	static const char *const words[] = {
		[REPORT_MAIL_FOUND] = "found",
		[REPORT_MAIL_NO_LINK] = "no_link",
		[REPORT_MAIL_STRANGER] = "stranger",
		[REPORT_MAIL_NOT_HTTPS] = "not_https",
		[REPORT_MAIL_UNUSABLE] = "unusable",
		[REPORT_MAIL_UNKNOWN_CAMPAIGN] = "unknown_campaign",
		[REPORT_MAIL_SEVERAL] = "several",
	};

	box->status.mails[verdict]++;
	metric_add(METRIC_MAILBOX_MAILS, box->name, words[verdict], NULL, 1);
}

static void look_away(struct completion_mailbox *box, const struct imap_mail *mail)
{
	/* Without a time of its own it may be anybody's, as long as it is there. */
	int64_t received_ms = mail->received_ms != INT64_MIN ? mail->received_ms : INT64_MAX;

	if (looked_mails_add(&box->looked, mail->uid, received_ms) != ERR_OK)
		log_debug("mailbox.not_remembered", log_int("uid", mail->uid)); /* fetched again */
}

static bool is_sender(struct str from, struct str listed)
{
	if (listed.len > 0 && listed.ptr[0] == '@' && from.len > listed.len)
		from = (struct str){from.ptr + (from.len - listed.len), listed.len};
	return str_ieq(from, listed);
}

static bool is_listed(const struct completion_mailbox *box, struct str head)
{
	static const struct report_mail_spec no_links = {0};
	struct report_mail *mail = NULL;
	bool is = box->from_count == 0;

	if (is)
		return true;
	if (report_mail_new(head, &no_links, &mail) != ERR_OK)
		return true; /* without memory: the whole mail will tell */
	for (size_t i = 0; i < box->from_count && !is; i++)
		is = is_sender(report_mail_from(mail), str_from(box->from[i]));
	report_mail_free(mail);
	return is;
}

static bool is_in_time(const struct waiting_job *job, int64_t received_ms)
{
	return received_ms == INT64_MIN || received_ms >= job->ordered_at_ms - COMPLETION_SLACK_MS;
}

/* It is looked at again for each order that is made. */
static bool was_ignored(struct completion_mailbox *box, uint32_t uid)
{
	for (size_t i = 0; i < COMPLETION_IGNORED_MAX; i++) {
		if (box->ignored[i] == uid)
			return true;
	}
	box->ignored[box->ignored_next++ % COMPLETION_IGNORED_MAX] = uid;
	return false;
}

static void tell_ignored(struct completion_mailbox *box, uint32_t uid, const char *cause)
{
	if (was_ignored(box, uid))
		return; /* told before */
	log_warn("mailbox.mail_ignored", log_str("mailbox", box->name), log_int("uid", uid),
	         log_str("cause", cause));
}

static void leave_out(struct completion_mailbox *box, const struct imap_mail *mail)
{
	box->status.too_large++;
	metric_add(METRIC_MAILBOX_MAILS, box->name, "too_large", NULL, 1);
	tell_ignored(box, mail->uid, "larger than 10 MiB");
}

bool completion_is_wanted(struct completion_mailbox *box, const struct imap_mail *mail)
{
	bool is_in = false;

	for (size_t i = 0; i < box->job_count && !is_in; i++)
		is_in = is_in_time(&box->jobs[i], mail->received_ms);
	if (is_in && is_listed(box, mail->body)) {
		if (mail->size <= REPORT_MAIL_MAX)
			return true;
		leave_out(box, mail);
	}
	look_away(box, mail);
	return false;
}

/* Each job may bring a copy of its own. */
static bool is_same_spec(const struct report_mail_spec *a, const struct report_mail_spec *b)
{
	if (a == b)
		return true;
	if (a->host_count != b->host_count || a->allows_http != b->allows_http ||
	    !str_eq(a->path_suffix, b->path_suffix) || !str_eq(a->path_part, b->path_part))
		return false;
	for (size_t i = 0; i < a->host_count; i++) {
		if (!str_eq(a->hosts[i], b->hosts[i]))
			return false;
	}
	return true;
}

/* Who waits with the words of one profile, then those that waited: a mail that names one of these
 * is nobody else's. */
struct candidates {
	struct report_mail_job jobs[COMPLETION_JOBS_MAX + COMPLETION_KNOWN_MAX];
	struct str ids[COMPLETION_JOBS_MAX];      /* of those that wait */
	struct str accounts[COMPLETION_JOBS_MAX]; /* likewise */
	bool fits[COMPLETION_JOBS_MAX + COMPLETION_KNOWN_MAX];
	size_t waiting, count;
};

static void add_candidate(struct candidates *c, const struct waiting_job *job, int64_t received_ms)
{
	if (!is_in_time(job, received_ms))
		return;
	c->jobs[c->count++] =
		(struct report_mail_job){str_from(job->campaign), str_from(job->report)};
}

static void collect(const struct completion_mailbox *box, const struct report_mail_spec *spec,
                    int64_t received_ms, struct candidates *c)
{
	c->count = 0;
	for (size_t i = 0; i < box->job_count; i++) {
		if (!is_same_spec(box->jobs[i].spec, spec))
			continue;
		c->ids[c->count] = str_from(box->jobs[i].id);
		c->accounts[c->count] = str_from(box->jobs[i].account);
		add_candidate(c, &box->jobs[i], received_ms);
	}
	c->waiting = c->count;
	for (size_t i = 0; i < box->known_count; i++)
		add_candidate(c, &box->known[i], received_ms);
}

static bool is_twin(const struct candidates *c, size_t a, size_t b)
{
	return c->fits[a] && c->fits[b] && str_ieq(c->jobs[a].report, c->jobs[b].report) &&
	       !str_eq(c->accounts[a], c->accounts[b]);
}

/* The same report of two accounts, which have a campaign of that id each: the file would not say
 * whose it is, and rows in the wrong account are worse than none. */
static bool has_twins(const struct candidates *c)
{
	for (size_t a = 0; a < c->waiting; a++) {
		for (size_t b = a + 1; b < c->waiting; b++) {
			if (is_twin(c, a, b))
				return true;
		}
	}
	return false;
}

/* @return ERR_OK, ERR_NOMEM */
static enum err match_spec(const struct completion_mailbox *box, const struct imap_mail *mail,
                           const struct report_mail_spec *spec, struct finding *f)
{
	const struct report_mail_others others = {box->ids, box->account_count};
	struct candidates c;
	size_t fitting = 0;
	enum err err = report_mail_new(mail->body, spec, &f->mail);

	if (err != ERR_OK)
		return err;
	collect(box, spec, mail->received_ms, &c);
	f->verdict = report_mail_match(f->mail, c.jobs, c.count, &others, c.fits, &f->link);
	/* It names nobody: then it is of the only one that still waits. */
	if (f->verdict == REPORT_MAIL_SEVERAL && c.waiting < c.count) {
		c.count = c.waiting;
		f->verdict = report_mail_match(f->mail, c.jobs, c.count, &others, c.fits, &f->link);
	}
	if (f->verdict == REPORT_MAIL_FOUND && has_twins(&c))
		f->verdict = REPORT_MAIL_SEVERAL;
	f->count = 0;
	for (size_t i = 0; i < c.count && f->verdict == REPORT_MAIL_FOUND; i++) {
		fitting += c.fits[i];
		if (i < c.waiting && c.fits[i])
			f->ids[f->count++] = c.ids[i];
	}
	f->is_shared = fitting > 1;
	return ERR_OK;
}

/* Whether a job before this one has the same profile. */
static bool is_done(const struct completion_mailbox *box, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (is_same_spec(box->jobs[i].spec, box->jobs[index].spec))
			return true;
	}
	return false;
}

/* The first profile that takes it; else what the one that came nearest says. */
static enum err match(const struct completion_mailbox *box, const struct imap_mail *mail,
                      struct finding *f)
{
	enum report_mail_verdict nearest = REPORT_MAIL_NO_LINK;
	bool is_known = false;
	enum err err = ERR_OK;

	for (size_t i = 0; i < box->job_count && err == ERR_OK; i++) {
		if (is_done(box, i))
			continue;
		report_mail_free(f->mail);
		f->mail = NULL;
		err = match_spec(box, mail, box->jobs[i].spec, f);
		if (err == ERR_OK && f->verdict == REPORT_MAIL_FOUND && f->count > 0)
			return ERR_OK;
		is_known = is_known || (err == ERR_OK && f->verdict == REPORT_MAIL_FOUND);
		if (err == ERR_OK && f->verdict > nearest)
			nearest = f->verdict;
	}
	f->verdict = is_known ? REPORT_MAIL_FOUND : nearest;
	f->count = 0;
	return err;
}

static void ignore(struct completion_mailbox *box, const struct imap_mail *mail,
                   const struct finding *f)
{
	look_away(box, mail);
	if (f->verdict != REPORT_MAIL_NO_LINK) {
		tell_ignored(box, mail->uid, report_mail_verdict_str(f->verdict));
	} else if (report_mail_is_cut(f->mail)) { /* shorter ones are newsletters and the like */
		tell_ignored(box, mail->uid, "no link in the first 512 KiB of its text");
	}
}

/* Whoever it is of has a link, or waits no more. */
static void leave(struct completion_mailbox *box, const struct imap_mail *mail)
{
	box->status.second_mails++;
	metric_add(METRIC_MAILBOX_MAILS, box->name, "second", NULL, 1);
	look_away(box, mail);
	log_info("mailbox.second_mail", log_str("mailbox", box->name), log_int("uid", mail->uid));
}

static void tell(struct completion_mailbox *box, const struct imap_mail *mail,
                 const struct finding *f)
{
	struct completion_found found = {.mail = {.uid_validity = box->validity.value,
	                                          .uid = mail->uid,
	                                          .digest = f->digest},
	                                 .link = report_mail_link(f->mail, f->link),
	                                 .jobs = f->ids,
	                                 .job_count = f->count,
	                                 .is_shared = f->is_shared};
	struct waiting_job *only = f->count == 1 ? completion_find_job(box, f->ids[0]) : NULL;

	if (f->count == 0 || (only != NULL && only->is_told)) {
		leave(box, mail);
		return;
	}
	/* Not told when it cannot be remembered: the next round does. */
	if (completion_add_told(box, mail->uid, only != NULL ? only->id : NULL) != ERR_OK)
		return;
	if (only != NULL)
		only->is_told = true;
	log_info("mailbox.report_found", log_str("mailbox", box->name), log_int("uid", mail->uid),
	         log_text("job", f->ids[0]), log_int("candidates", (int64_t)f->count));
	box->on_found(box->arg, &found);
}

/* The ids of a finding are the jobs' own: they are copied where the owner may remove one. */
static void tell_copies(struct completion_mailbox *box, const struct imap_mail *mail,
                        struct finding *f)
{
	struct buf ids;
	size_t at = 0;

	buf_init(&ids, (size_t)1 << 20);
	for (size_t i = 0; i < f->count; i++)
		(void)buf_append_str(&ids, f->ids[i]);
	if (buf_err(&ids) == ERR_OK) {
		for (size_t i = 0; i < f->count; i++) {
			f->ids[i].ptr = ids.ptr + at;
			at += f->ids[i].len;
		}
		tell(box, mail, f);
	}
	buf_fini(&ids);
}

void completion_take_mail(struct completion_mailbox *box, const struct imap_mail *mail)
{
	struct finding f = {.verdict = REPORT_MAIL_NO_LINK,
	                    .digest = mail_digest_of(mail->body, mail->received_ms)};

	if (box->job_count == 0 || completion_is_told(box, mail->uid))
		return; /* all of them were removed meanwhile */
	if (completion_take_used(box, mail->uid, f.digest))
		return;
	if (match(box, mail, &f) == ERR_OK) {
		count_mail(box, f.verdict);
		if (f.verdict == REPORT_MAIL_FOUND) {
			tell_copies(box, mail, &f);
		} else {
			ignore(box, mail, &f);
		}
	}
	report_mail_free(f.mail);
}
