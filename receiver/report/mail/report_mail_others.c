/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/report_mail_others.h"

#include <string.h>

#include "core/ascii.h"
#include "receiver/report/mail/report_mail_words.h"

/* ---- that nobody of ours knows ---- */

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

static bool is_foreign(const struct mail_match *m, struct str token)
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
static bool names_other(const struct mail_match *m, struct str s)
{
	size_t i = 0;

	while (i < s.len) {
		size_t end = i;

		while (end < s.len && (ascii_is_alnum(s.ptr[end]) || s.ptr[end] == '-'))
			end++;
		if (end > i && is_foreign(m, (struct str){s.ptr + i, end - i}) &&
		    mail_is_introduced(s, i))
			return true;
		i = end > i ? end : i + 1;
	}
	return false;
}

bool mail_names_another(const struct mail_match *m)
{
	char bytes[MAIL_URL_MAX + 1];

	for (size_t i = 0; i < m->mail->link_count; i++) {
		if (names_other(m, mail_decode_url(str_from(m->mail->links[i].url), bytes)))
			return true;
	}
	return names_other(m, buf_str(&m->mail->text));
}

/* ---- that are ours ---- */

/* Dates and amounts are numbers, and a campaign may have the name of any word. */
static bool tells_enough(struct str id, bool is_path)
{
	bool has_digit = false, is_number = true;

	for (size_t i = 0; i < id.len; i++) {
		has_digit = has_digit || ascii_is_digit(id.ptr[i]);
		is_number = is_number && ascii_is_digit(id.ptr[i]);
	}
	return id.len > MAIL_SHORT_ID && has_digit && (is_path || !is_number);
}

static bool is_one_at(const struct campaign_ids *ids, struct str s, size_t at, size_t path_len)
{
	size_t len = 0;

	while ((len = campaign_ids_at(ids, s, at, len)) > 0) {
		if (mail_is_word_char(s, at + len))
			continue;
		if (tells_enough((struct str){s.ptr + at, len}, at < path_len) ||
		    mail_is_introduced(s, at))
			return true;
	}
	return false;
}

bool mail_has_other(const struct mail_match *m, struct str s, size_t path_len)
{
	for (size_t k = 0; m->others != NULL && k < m->others->count; k++) {
		const struct campaign_ids *ids = m->others->sets[k];

		for (size_t i = 0; ids != NULL && i < s.len; i++) {
			if (!(i > 0 && mail_is_word_char(s, i - 1)) &&
			    is_one_at(ids, s, i, path_len))
				return true;
		}
	}
	return false;
}

bool mail_links_have_other(const struct mail_match *m)
{
	char bytes[MAIL_URL_MAX + 1];
	bool has = false;

	for (size_t i = 0; i < m->mail->link_count && !has; i++) {
		struct str url = str_from(m->mail->links[i].url);
		const char *query = memchr(url.ptr, '?', url.len);
		struct str path = {url.ptr, query != NULL ? (size_t)(query - url.ptr) : url.len};
		size_t path_len = mail_decode_url(path, bytes).len;

		has = mail_has_other(m, mail_decode_url(url, bytes), path_len);
	}
	return has;
}
