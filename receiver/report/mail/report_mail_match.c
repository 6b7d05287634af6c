/* SPDX-License-Identifier: MIT */
/* Whose report a mail has. */
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "receiver/report/mail/report_mail_internal.h"

#define NEAR_BEFORE 200
#define NEAR_AFTER  400
#define SHORT_ID    5 /* up to so many characters an id counts only behind the word campaign */
#define WORD_GAP    24

/** What is matched against what. */
struct match {
	const struct report_mail *mail;
	const struct report_mail_job *jobs;
	size_t count;
	const struct report_mail_others *others; /* NULL */
	bool *fits;
};

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

static bool has_at(struct str s, size_t at, struct str word)
{
	return at <= s.len && s.len - at >= word.len &&
	       str_ieq((struct str){s.ptr + at, word.len}, word);
}

static bool is_word_char(struct str s, size_t at)
{
	return at < s.len && ascii_is_alnum(s.ptr[at]);
}

/* The word "campaign" stands a little before @p at. */
static bool is_introduced(struct str s, size_t at)
{
	static const char *const words[] = {"campaign", "kampagne", "campagne"};
	size_t begin = at > WORD_GAP ? at - WORD_GAP : 0;

	for (size_t i = begin; i < at; i++) {
		for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
			if (has_at((struct str){s.ptr, at}, i, str_from(words[w])))
				return true;
		}
	}
	return false;
}

/* Where a word stands on its own, from @p from on; SIZE_MAX: nowhere. */
static size_t find_word(struct str s, struct str word, size_t from)
{
	char first;

	if (word.len == 0)
		return SIZE_MAX;
	first = ascii_lower(word.ptr[0]);
	for (size_t i = from; i + word.len <= s.len; i++) {
		if (ascii_lower(s.ptr[i]) == first && has_at(s, i, word) &&
		    !(i > 0 && is_word_char(s, i - 1)) && !is_word_char(s, i + word.len))
			return i;
	}
	return SIZE_MAX;
}

static bool has_word(struct str s, struct str word)
{
	return find_word(s, word, 0) != SIZE_MAX;
}

static bool has_id(struct str s, struct str id)
{
	size_t at = find_word(s, id, 0);

	while (at != SIZE_MAX && id.len <= SHORT_ID && !is_introduced(s, at))
		at = find_word(s, id, at + 1);
	return at != SIZE_MAX;
}

/* "%2D" is "-": a link is looked through as the server reads it. */
static struct str decode_url(struct str url, char *to)
{
	size_t len = 0;

	for (size_t i = 0; i < url.len; i++) {
		int high =
			i + 2 < url.len && url.ptr[i] == '%' ? ascii_hex_value(url.ptr[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex_value(url.ptr[i + 2]) : -1;

		to[len] = url.ptr[i];
		if (low >= 0) {
			to[len] = (char)(high * 16 + low);
			i += 2;
		}
		len++;
	}
	return (struct str){to, len};
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
static size_t mark(const struct match *m, struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < m->count; i++) {
		if (!has_id(s, m->jobs[i].campaign))
			continue;
		m->fits[i] = true;
		count++;
	}
	return count;
}

static bool is_one_campaign(const struct match *m)
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
static bool is_outdone(const struct match *m, struct str url, size_t index)
{
	struct str name = m->jobs[index].report;

	for (size_t i = 0; i < m->count; i++) {
		struct str other = m->jobs[i].report;

		if (m->fits[i] && other.len > name.len && has_word(other, name) &&
		    has_word(url, other))
			return true;
	}
	return false;
}

/* Jobs of one campaign: a report's name in the link tells which. Words of the text do not: "sent"
 * and "delivery" are in any mail. */
static void narrow(const struct match *m, struct str url)
{
	size_t named = 0;

	for (size_t i = 0; i < m->count; i++) {
		if (m->fits[i] && has_word(url, m->jobs[i].report))
			named++;
	}
	for (size_t i = 0; i < m->count && named > 0; i++) {
		if (m->fits[i] && !has_word(url, m->jobs[i].report))
			m->fits[i] = false;
	}
	for (size_t i = 0; i < m->count && named > 1; i++) {
		if (m->fits[i] && is_outdone(m, url, i))
			m->fits[i] = false;
	}
}

static enum report_mail_verdict settle(const struct match *m, size_t link, size_t *ret_link)
{
	char bytes[MAIL_URL_MAX + 1];

	if (!is_one_campaign(m))
		return REPORT_MAIL_SEVERAL;
	narrow(m, decode_url(str_from(m->mail->links[link].url), bytes));
	*ret_link = link;
	return REPORT_MAIL_FOUND;
}

/* @return links of which @p in_text, their neighbourhood, or they themselves, name a campaign */
static size_t mark_links(const struct match *m, bool in_text, size_t *ret_link)
{
	char bytes[MAIL_URL_MAX + 1];
	size_t count = 0;

	for (size_t i = 0; i < m->mail->link_count; i++) {
		struct str s = in_text ? text_near(m->mail, i)
		                       : decode_url(str_from(m->mail->links[i].url), bytes);

		if (mark(m, s) == 0)
			continue;
		*ret_link = i;
		count++;
	}
	return count;
}

/* Of the same kind as an id of ours: digits, or dashes in the same places. */
static bool is_shaped_like(struct str token, struct str id)
{
	bool has_digit = false, is_number = id.len > 0;

	for (size_t i = 0; i < id.len; i++) {
		has_digit = has_digit || ascii_is_digit(id.ptr[i]);
		is_number = is_number && ascii_is_digit(id.ptr[i]);
	}
	if (!has_digit || (!is_number && token.len != id.len))
		return false;
	for (size_t i = 0; i < token.len; i++) {
		if (is_number ? !ascii_is_digit(token.ptr[i])
		              : (token.ptr[i] == '-') != (id.ptr[i] == '-'))
			return false;
	}
	return true;
}

static bool is_foreign(const struct match *m, struct str token)
{
	bool has_digit = false;

	for (size_t i = 0; i < token.len; i++)
		has_digit = has_digit || ascii_is_digit(token.ptr[i]);
	for (size_t i = 0; i < m->count && has_digit; i++) {
		if (is_shaped_like(token, m->jobs[i].campaign))
			return true;
	}
	return false;
}

/* Whether it says "campaign" and then an id. None of ours is there: that was looked for before. */
static bool names_other(const struct match *m, struct str s)
{
	size_t i = 0;

	while (i < s.len) {
		size_t end = i;

		while (end < s.len && (ascii_is_alnum(s.ptr[end]) || s.ptr[end] == '-'))
			end++;
		if (end > i && is_foreign(m, (struct str){s.ptr + i, end - i}) &&
		    is_introduced(s, i))
			return true;
		i = end > i ? end : i + 1;
	}
	return false;
}

static bool names_another_campaign(const struct match *m)
{
	char bytes[MAIL_URL_MAX + 1];

	for (size_t i = 0; i < m->mail->link_count; i++) {
		if (names_other(m, decode_url(str_from(m->mail->links[i].url), bytes)))
			return true;
	}
	return names_other(m, buf_str(&m->mail->text));
}

/* ---- other campaigns of ours ---- */

/* Dates and amounts are numbers, and a campaign may have the name of any word. */
static bool tells_enough(struct str id, bool is_path)
{
	bool has_digit = false, is_number = true;

	for (size_t i = 0; i < id.len; i++) {
		has_digit = has_digit || ascii_is_digit(id.ptr[i]);
		is_number = is_number && ascii_is_digit(id.ptr[i]);
	}
	return id.len > SHORT_ID && has_digit && (is_path || !is_number);
}

static bool is_one_at(const struct campaign_ids *ids, struct str s, size_t at, size_t path_len)
{
	size_t len = 0;

	while ((len = campaign_ids_at(ids, s, at, len)) > 0) {
		if (is_word_char(s, at + len))
			continue;
		if (tells_enough((struct str){s.ptr + at, len}, at < path_len) ||
		    is_introduced(s, at))
			return true;
	}
	return false;
}

/* @param path_len  so much of it is the path of a link */
static bool has_other(const struct match *m, struct str s, size_t path_len)
{
	for (size_t k = 0; m->others != NULL && k < m->others->count; k++) {
		const struct campaign_ids *ids = m->others->sets[k];

		for (size_t i = 0; ids != NULL && i < s.len; i++) {
			if (!(i > 0 && is_word_char(s, i - 1)) && is_one_at(ids, s, i, path_len))
				return true;
		}
	}
	return false;
}

/* None of ours who wait is in any link: that was looked for before. */
static bool links_have_other(const struct match *m)
{
	char bytes[MAIL_URL_MAX + 1];
	bool has = false;

	for (size_t i = 0; i < m->mail->link_count && !has; i++) {
		struct str url = str_from(m->mail->links[i].url);
		const char *query = memchr(url.ptr, '?', url.len);
		struct str path = {url.ptr, query != NULL ? (size_t)(query - url.ptr) : url.len};
		size_t path_len = decode_url(path, bytes).len;

		has = has_other(m, decode_url(url, bytes), path_len);
	}
	return has;
}

static enum report_mail_verdict without_link(const struct match *m)
{
	char bytes[MAIL_URL_MAX + 1];
	bool is_stranger = m->mail->has_fitting_stranger;

	if (m->mail->has_http)
		return REPORT_MAIL_NOT_HTTPS;
	if (m->mail->has_unusable)
		return REPORT_MAIL_UNUSABLE;
	for (size_t i = 0; i < m->mail->stranger_count && !is_stranger; i++) {
		struct str url = str_from(m->mail->strangers[i]);

		is_stranger = mark(m, decode_url(url, bytes)) > 0;
	}
	memset(m->fits, 0, m->count * sizeof(*m->fits));
	return is_stranger ? REPORT_MAIL_STRANGER : REPORT_MAIL_NO_LINK;
}

static enum report_mail_verdict match_rest(const struct match *m, size_t *ret_link)
{
	bool is_one_link = m->mail->link_count == 1;

	if (mark(m, report_mail_subject(m->mail)) > 0 || mark(m, buf_str(&m->mail->text)) > 0)
		return is_one_link ? settle(m, 0, ret_link) : REPORT_MAIL_SEVERAL;
	if (m->count == 0 || names_another_campaign(m) ||
	    has_other(m, report_mail_subject(m->mail), 0) ||
	    has_other(m, buf_str(&m->mail->text), 0))
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
	const struct match m = {mail, jobs, count, others, ret_fits};
	size_t link = 0, links;

	for (size_t i = 0; i < count; i++)
		ret_fits[i] = false;
	if (mail->link_count == 0)
		return without_link(&m);
	links = mark_links(&m, false, &link);
	if (links == 0 && links_have_other(&m))
		return REPORT_MAIL_UNKNOWN_CAMPAIGN;
	if (links == 0)
		links = mark_links(&m, true, &link);
	if (links > 1)
		return REPORT_MAIL_SEVERAL;
	return links == 1 ? settle(&m, link, ret_link) : match_rest(&m, ret_link);
}
