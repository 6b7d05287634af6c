/* SPDX-License-Identifier: MIT */
/* Which links are a report's, and where text has some. */
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "core/url.h"
#include "receiver/report/mail/report_mail_internal.h"

#define HOST_MAX 253

static bool has_at(struct str s, size_t at, struct str word)
{
	return at <= s.len && s.len - at >= word.len &&
	       str_ieq((struct str){s.ptr + at, word.len}, word);
}

static bool has_part(struct str s, struct str part)
{
	for (size_t i = 0; i + part.len <= s.len; i++) {
		if (has_at(s, i, part))
			return true;
	}
	return false;
}

static bool is_host(struct str host, struct str listed)
{
	if (listed.len == 0 || listed.ptr[0] != '.')
		return str_ieq(host, listed);
	if (host.len > listed.len)
		return has_at(host, host.len - listed.len, listed);
	return str_ieq(host, (struct str){listed.ptr + 1, listed.len - 1});
}

static bool is_listed(const struct report_mail_spec *spec, struct str host)
{
	for (size_t i = 0; i < spec->host_count; i++) {
		if (is_host(host, spec->hosts[i]))
			return true;
	}
	return false;
}

static bool fits_path(const struct report_mail_spec *spec, struct str path)
{
	struct str alone, query, suffix = spec->path_suffix;

	(void)str_cut(path, '?', &alone, &query);
	if (suffix.len > alone.len || !has_at(alone, alone.len - suffix.len, suffix))
		return false;
	return spec->path_part.len == 0 || has_part(alone, spec->path_part);
}

/* Links that are in every newsletter: they say nothing of who wrote the mail. */
static bool is_noise(struct str url)
{
	static const char *const words[] = {"unsubscribe", "optout",   "opt-out", "preferences",
	                                    "/track",      "tracking", "/click",  "click.",
	                                    "/open",       "pixel",    "w3.org/"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (has_part(url, str_from(words[i])))
			return true;
	}
	return false;
}

static enum err take_stranger(struct report_mail *mail, struct str url, struct str path)
{
	const struct report_mail_spec *spec = mail->spec;

	if (is_noise(url))
		return ERR_OK;
	if ((spec->path_suffix.len > 0 || spec->path_part.len > 0) && fits_path(spec, path))
		mail->has_fitting_stranger = true;
	if (mail->stranger_count == MAIL_STRANGERS_MAX)
		return ERR_OK;
	mail->strangers[mail->stranger_count] = str_dup(url);
	if (mail->strangers[mail->stranger_count] == NULL)
		return ERR_NOMEM;
	mail->stranger_count++;
	return ERR_OK;
}

static bool is_known(const struct report_mail *mail, struct str url)
{
	for (size_t i = 0; i < mail->link_count; i++) {
		if (str_eq(str_from(mail->links[i].url), url))
			return true;
	}
	return false;
}

static enum err add_link(struct report_mail *mail, struct str url, size_t at)
{
	char *copy;

	if (mail->link_count == REPORT_MAIL_LINKS_MAX || is_known(mail, url))
		return ERR_OK;
	copy = str_dup(url);
	if (copy == NULL)
		return ERR_NOMEM;
	mail->links[mail->link_count++] = (struct mail_link){copy, at};
	return ERR_OK;
}

/* "https://user:word@host/…" without what nobody is to have written there. */
static struct str without_user(struct str url, char *to)
{
	size_t begin = 0, end, at;

	while (begin < url.len && url.ptr[begin] != '/')
		begin++;
	begin = begin + 2 < url.len ? begin + 2 : url.len;
	end = begin;
	while (end < url.len && strchr("/?\\", url.ptr[end]) == NULL)
		end++;
	at = end;
	while (at > begin && url.ptr[at - 1] != '@')
		at--;
	memcpy(to, url.ptr, begin);
	memcpy(to + begin, url.ptr + at, url.len - at);
	return (struct str){to, begin + url.len - at};
}

/* Never followed, but a person is to know: it is like a report's, at a listed host. */
static void look_at_unusable(struct report_mail *mail, struct str url)
{
	char bytes[MAIL_URL_MAX];
	struct url_parts parts;

	if (url.len > MAIL_URL_MAX)
		url.len = MAIL_URL_MAX;
	if (url_split(without_user(url, bytes), &parts) == ERR_OK && parts.host.len <= HOST_MAX &&
	    is_listed(mail->spec, parts.host) && fits_path(mail->spec, parts.path))
		mail->has_unusable = true;
}

/* url_split() takes what is not ASCII: a host that only looks like a listed one is none of them. */
enum err mail_take_link(struct report_mail *mail, struct str url, size_t at)
{
	struct url_parts parts;
	struct str fragment;

	(void)str_cut(url, '#', &url, &fragment);
	if (url.len > MAIL_URL_MAX || url_split(url, &parts) != ERR_OK ||
	    parts.host.len > HOST_MAX) {
		look_at_unusable(mail, url);
		return ERR_OK;
	}
	if (!is_listed(mail->spec, parts.host))
		return take_stranger(mail, url, parts.path);
	if (!fits_path(mail->spec, parts.path) || has_part(url, STR_LIT("unsubscribe")))
		return ERR_OK;
	if (!parts.is_https && !mail->spec->allows_http) {
		mail->has_http = true;
		return ERR_OK;
	}
	return add_link(mail, url, at);
}

/* What ends a link in a text. Bytes of other alphabets too: "…/a.csv»" */
static bool is_url_char(char c)
{
	return c > 0x20 && c < 0x7f && strchr("<>\"`{}|\\^", c) == NULL;
}

/* A sentence's end is none of the link's; "…/a(1)" keeps its bracket. */
static struct str trim_end(struct str url)
{
	while (url.len > 0) {
		char last = url.ptr[url.len - 1];
		bool is_pair = last == ')' && memchr(url.ptr, '(', url.len) != NULL;

		if (strchr(".,;:!?'*_])", last) == NULL || is_pair)
			break;
		url.len--;
	}
	return url;
}

static bool is_cut_off(struct str text, size_t end)
{
	return has_at(text, end, STR_LIT("\xe2\x80\xa6")) ||
	       (end >= 3 && has_at(text, end - 3, STR_LIT("...")));
}

/* A line break, with the blanks around it and the "> " of a quoted mail. @return bytes; 0: none */
static size_t break_len(struct str s)
{
	size_t i = 0;

	while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\r'))
		i++;
	if (i == s.len || s.ptr[i] != '\n')
		return 0;
	i++;
	while (i + 1 < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t' ||
	                         (s.ptr[i] == '>' && strchr(" >", s.ptr[i + 1]) != NULL)))
		i++;
	return i;
}

/* "<https://…>" may be broken over lines. Source: RFC 3986, appendix C. */
static bool join_bracketed(struct str text, size_t at, struct buf *url)
{
	while (at < text.len && url->len < MAIL_URL_MAX) {
		size_t len = break_len((struct str){text.ptr + at, text.len - at});

		if (text.ptr[at] == '>')
			return true;
		if (len == 0 && !is_url_char(text.ptr[at]))
			return false;
		if (len == 0)
			(void)buf_append_char(url, text.ptr[at]);
		at += len > 0 ? len : 1;
	}
	return false;
}

static bool is_bracketed(struct str text, size_t at)
{
	return (at > 0 && text.ptr[at - 1] == '<') ||
	       (at >= 5 && has_at(text, at - 5, STR_LIT("<URL:")));
}

/* @param ret_end  where to look on */
static enum err take_at(struct report_mail *mail, size_t at, size_t *ret_end)
{
	struct str text = buf_str(&mail->text);
	size_t end = at;
	struct buf joined;
	enum err err;

	while (end < text.len && is_url_char(text.ptr[end]))
		end++;
	*ret_end = end;
	buf_init(&joined, MAIL_URL_MAX + 1);
	if (is_bracketed(text, at) && join_bracketed(text, at, &joined)) {
		err = mail_take_link(mail, buf_str(&joined), at);
	} else if (is_cut_off(text, end)) {
		err = ERR_OK;
	} else {
		err = mail_take_link(mail, trim_end((struct str){text.ptr + at, end - at}), at);
	}
	buf_fini(&joined);
	return err;
}

enum err mail_find_links(struct report_mail *mail, size_t from)
{
	enum err err = ERR_OK;
	size_t i = from;

	while (i < mail->text.len && err == ERR_OK) {
		struct str text = buf_str(&mail->text);

		if (ascii_lower(text.ptr[i]) == 'h' &&
		    (has_at(text, i, STR_LIT("https://")) || has_at(text, i, STR_LIT("http://")))) {
			err = take_at(mail, i, &i);
		} else {
			i++;
		}
	}
	return err;
}
