/* SPDX-License-Identifier: MIT */
/* Whose report a mail has. */
#include <stdlib.h>
#include <string.h>

#include "receiver/report/mail/report_mail_others.h"
#include "receiver/report/mail/report_mail_words.h"

#define NEAR_BEFORE 200
#define NEAR_AFTER  400

const char *report_mail_verdict_str(enum report_mail_verdict verdict)
{
	static const char *const texts[] = {
		[REPORT_MAIL_FOUND] = "found",
		[REPORT_MAIL_NO_LINK] = "no link of a report",
		[REPORT_MAIL_STRANGER] = "link to another host",
		[REPORT_MAIL_NOT_HTTPS] = "link is not https",
		[REPORT_MAIL_UNUSABLE] = "link is too long, or has a user name",
		[REPORT_MAIL_UNKNOWN_CAMPAIGN] = "campaign that nobody waits for",
		[REPORT_MAIL_SEVERAL] = "several jobs or links are possible",
	};

	return texts[verdict];
}

/* Between the links before and behind it, and not too far. */
static struct str text_near(const struct report_mail *mail, size_t index)
{
	size_t at = mail->links[index].at;
	size_t from = at > NEAR_BEFORE ? at - NEAR_BEFORE : 0;
	size_t to = at + NEAR_AFTER < mail->text.len ? at + NEAR_AFTER : mail->text.len;

	for (size_t i = 0; i < mail->link_count; i++) {
		size_t other = mail->links[i].at;

		if (other < at && other > from)
			from = other;
		if (other > at && other < to)
			to = other;
	}
	return from < to ? (struct str){mail->text.ptr + from, to - from} : STR_EMPTY;
}

/* Mark the jobs whose campaign is named. @return how many */
static size_t mark(const struct mail_match *m, struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++) {
		if (!mail_has_id(s, m->jobs[i].campaign))
			continue;
		m->fits[i] = true;
		count++;
	}
	return count;
}

static bool is_one_campaign(const struct mail_match *m)
{
	const struct str *first = NULL;

	for (size_t i = 0; i < m->count; i++) {
		if (m->fits[i] && first == NULL)
			first = &m->jobs[i].campaign;
		if (m->fits[i] && !str_ieq(*first, m->jobs[i].campaign))
			return false;
	}
	return true;
}

/* "alt_delivery" has "delivery" in it: the longer name is meant. */
static bool is_outdone(const struct mail_match *m, struct str url, size_t index)
{
	struct str name = m->jobs[index].report;

	for (size_t i = 0; i < m->count; i++) {
		struct str other = m->jobs[i].report;

		if (m->fits[i] && other.len > name.len && mail_has_word(other, name) &&
		    mail_has_word(url, other))
			return true;
	}
	return false;
}

/* Jobs of one campaign: a report's name in the link tells which. Words of the text do not: "sent"
 * and "delivery" are in any mail. */
static void narrow(const struct mail_match *m, struct str url)
{
	size_t named = 0;

	for (size_t i = 0; i < m->count; i++) {
		if (m->fits[i] && mail_has_word(url, m->jobs[i].report))
			named++;
	}
	for (size_t i = 0; i < m->count && named > 0; i++) {
		if (m->fits[i] && !mail_has_word(url, m->jobs[i].report))
			m->fits[i] = false;
	}
	for (size_t i = 0; i < m->count && named > 1; i++) {
		if (m->fits[i] && is_outdone(m, url, i))
			m->fits[i] = false;
	}
}

static enum report_mail_verdict settle(const struct mail_match *m, size_t link, size_t *ret_link)
{
	char bytes[MAIL_URL_MAX + 1];

	if (!is_one_campaign(m))
		return REPORT_MAIL_SEVERAL;
	narrow(m, mail_decode_url(str_from(m->mail->links[link].url), bytes));
	*ret_link = link;
	return REPORT_MAIL_FOUND;
}

/* @return links of which @p in_text, their neighbourhood, or they themselves, name a campaign */
static size_t mark_links(const struct mail_match *m, bool in_text, size_t *ret_link)
{
	char bytes[MAIL_URL_MAX + 1];
	size_t count = 0;

	for (size_t i = 0; i < m->mail->link_count; i++) {
		struct str s = in_text ? text_near(m->mail, i)
		                       : mail_decode_url(str_from(m->mail->links[i].url), bytes);

		if (mark(m, s) == 0)
			continue;
		*ret_link = i;
		count++;
	}
	return count;
}

static enum report_mail_verdict without_link(const struct mail_match *m)
{
	char bytes[MAIL_URL_MAX + 1];
	bool is_stranger = m->mail->has_fitting_stranger;

	if (m->mail->has_http)
		return REPORT_MAIL_NOT_HTTPS;
	if (m->mail->has_unusable)
		return REPORT_MAIL_UNUSABLE;
	for (size_t i = 0; i < m->mail->stranger_count && !is_stranger; i++) {
		struct str url = str_from(m->mail->strangers[i]);

		is_stranger = mark(m, mail_decode_url(url, bytes)) > 0;
	}
	memset(m->fits, 0, m->count * sizeof(*m->fits));
	return is_stranger ? REPORT_MAIL_STRANGER : REPORT_MAIL_NO_LINK;
}

static enum report_mail_verdict match_rest(const struct mail_match *m, size_t *ret_link)
{
	bool is_one_link = m->mail->link_count == 1;

	if (mark(m, report_mail_subject(m->mail)) > 0 || mark(m, buf_str(&m->mail->text)) > 0)
		return is_one_link ? settle(m, 0, ret_link) : REPORT_MAIL_SEVERAL;
	if (m->count == 0 || mail_names_another(m) ||
	    mail_has_other(m, report_mail_subject(m->mail), 0) ||
	    mail_has_other(m, buf_str(&m->mail->text), 0))
		return REPORT_MAIL_UNKNOWN_CAMPAIGN;
	if (m->count > 1 || !is_one_link)
		return REPORT_MAIL_SEVERAL;
	m->fits[0] = true;
	*ret_link = 0;
	return REPORT_MAIL_FOUND;
}

enum report_mail_verdict report_mail_match(const struct report_mail *mail,
                                           const struct report_mail_job *jobs, size_t count,
                                           const struct report_mail_others *others, bool *ret_fits,
                                           size_t *ret_link)
{
	const struct mail_match m = {mail, jobs, count, others, ret_fits};
	size_t link = 0, links;

	for (size_t i = 0; i < count; i++)
		ret_fits[i] = false;
	if (mail->link_count == 0)
		return without_link(&m);
	links = mark_links(&m, false, &link);
	if (links == 0 && mail_links_have_other(&m))
		return REPORT_MAIL_UNKNOWN_CAMPAIGN;
	if (links == 0)
		links = mark_links(&m, true, &link);
	if (links > 1)
		return REPORT_MAIL_SEVERAL;
	return links == 1 ? settle(&m, link, ret_link) : match_rest(&m, ret_link);
}
