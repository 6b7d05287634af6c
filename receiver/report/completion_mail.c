/* SPDX-License-Identifier: MIT */
/* One mail: is it wanted, and whose is it? */
#include "core/buf.h"
#include "core/log.h"
#include "receiver/report/completion_internal.h"

/** What came of a mail for the jobs of one profile. */
struct finding {
	enum report_mail_verdict verdict;
	struct str ids[COMPLETION_JOBS_MAX];
	size_t count;
	struct report_mail *mail; /* owned; has the link */
	size_t link;
};

static void look_away(struct completion_mailbox *box, const struct imap_mail *mail)
{
	if (looked_mails_add(&box->looked, mail->uid, mail->received_ms) != ERR_OK)
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

bool completion_is_wanted(struct completion_mailbox *box, const struct imap_mail *mail)
{
	bool is_in = false;

	for (size_t i = 0; i < box->job_count && !is_in; i++)
		is_in = is_in_time(&box->jobs[i], mail->received_ms);
	if (is_in && mail->size > REPORT_MAIL_MAX) {
		box->status.too_large++;
		is_in = false;
	}
	if (is_in && is_listed(box, mail->body))
		return true;
	look_away(box, mail);
	return false;
}

/* The jobs of one profile. @return ERR_OK, ERR_NOMEM */
static enum err match_spec(const struct completion_mailbox *box, const struct imap_mail *mail,
                           const struct report_mail_spec *spec, struct finding *f)
{
	struct report_mail_job jobs[COMPLETION_JOBS_MAX];
	struct str ids[COMPLETION_JOBS_MAX];
	bool fits[COMPLETION_JOBS_MAX];
	size_t count = 0;
	enum err err = report_mail_new(mail->body, spec, &f->mail);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < box->job_count; i++) {
		const struct waiting_job *job = &box->jobs[i];

		if (job->spec != spec || !is_in_time(job, mail->received_ms))
			continue;
		ids[count] = str_from(job->id);
		jobs[count++] =
			(struct report_mail_job){str_from(job->campaign), str_from(job->report)};
	}
	f->verdict = report_mail_match(f->mail, jobs, count, fits, &f->link);
	f->count = 0;
	for (size_t i = 0; i < count && f->verdict == REPORT_MAIL_FOUND; i++) {
		if (fits[i])
			f->ids[f->count++] = ids[i];
	}
	return ERR_OK;
}

/* Whether a job before this one has the same profile. */
static bool is_done(const struct completion_mailbox *box, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (box->jobs[i].spec == box->jobs[index].spec)
			return true;
	}
	return false;
}

/* The first profile that takes it; else what the one that came nearest says. */
static enum err match(const struct completion_mailbox *box, const struct imap_mail *mail,
                      struct finding *f)
{
	enum report_mail_verdict nearest = REPORT_MAIL_NO_LINK;
	enum err err = ERR_OK;

	for (size_t i = 0; i < box->job_count && err == ERR_OK; i++) {
		if (is_done(box, i))
			continue;
		report_mail_free(f->mail);
		f->mail = NULL;
		err = match_spec(box, mail, box->jobs[i].spec, f);
		if (err == ERR_OK && f->verdict == REPORT_MAIL_FOUND)
			return ERR_OK;
		if (err == ERR_OK && f->verdict > nearest)
			nearest = f->verdict;
	}
	f->verdict = nearest;
	return err;
}

static void ignore(struct completion_mailbox *box, const struct imap_mail *mail,
                   enum report_mail_verdict verdict)
{
	look_away(box, mail);
	if (verdict == REPORT_MAIL_NO_LINK)
		return; /* newsletters and the like */
	log_warn("mailbox.mail_ignored", log_str("mailbox", box->name), log_int("uid", mail->uid),
	         log_str("cause", report_mail_verdict_str(verdict)));
}

static void tell(struct completion_mailbox *box, const struct imap_mail *mail,
                 const struct finding *f)
{
	struct completion_found found = {.mail = {box->uid_validity, mail->uid},
	                                 .link = report_mail_link(f->mail, f->link),
	                                 .jobs = f->ids,
	                                 .job_count = f->count};
	struct waiting_job *only = f->count == 1 ? completion_find_job(box, f->ids[0]) : NULL;

	if (only != NULL && only->is_told) {
		box->status.second_mails++;
		look_away(box, mail);
		log_info("mailbox.second_mail", log_str("mailbox", box->name),
		         log_int("uid", mail->uid), log_text("job", f->ids[0]));
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
	struct finding f = {.verdict = REPORT_MAIL_NO_LINK};

	if (box->job_count == 0 || completion_is_told(box, mail->uid))
		return; /* all of them were removed meanwhile */
	if (match(box, mail, &f) == ERR_OK) {
		box->status.mails[f.verdict]++;
		if (f.verdict == REPORT_MAIL_FOUND) {
			tell_copies(box, mail, &f);
		} else {
			ignore(box, mail, f.verdict);
		}
	}
	report_mail_free(f.mail);
}
