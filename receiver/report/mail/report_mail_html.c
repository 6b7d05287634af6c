/* SPDX-License-Identifier: MIT */
/* What HTML shows, as far as a mail with a link needs it; nothing is trusted, nothing is loaded. */
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "normalise/text/utf8.h"
#include "receiver/report/mail/report_mail_internal.h"

#define ENTITY_MAX 32

static bool begins(struct str s, const char *word)
{
	struct str w = str_from(word);

	return s.len >= w.len && str_ieq((struct str){s.ptr, w.len}, w);
}

static struct str from(struct str s, size_t at)
{
	return at < s.len ? (struct str){s.ptr + at, s.len - at} : STR_EMPTY;
}

static uint32_t number_of(struct str digits)
{
	bool is_hex = digits.len > 0 && ascii_lower(digits.ptr[0]) == 'x';
	uint32_t code = 0;

	for (size_t i = is_hex ? 1 : 0; i < digits.len; i++) {
		int value = ascii_hex_value(digits.ptr[i]);

		if (value < 0 || (!is_hex && value > 9) || code > 0x10ffff)
			return 0;
		code = code * (is_hex ? 16 : 10) + (uint32_t)value;
	}
	return code <= 0x10ffff ? code : 0;
}

/* @return 0: none that is known */
static uint32_t code_of(struct str name)
{
	static const struct {
		const char *name;
		uint32_t code;
	} known[] = {{"amp", '&'},     {"lt", '<'},       {"gt", '>'},     {"quot", '"'},
	             {"apos", '\''},   {"nbsp", ' '},     {"colon", ':'},  {"sol", '/'},
	             {"period", '.'},  {"quest", '?'},    {"equals", '='}, {"num", '#'},
	             {"lowbar", '_'},  {"percnt", '%'},   {"shy", 0xad},   {"hyphen", '-'},
	             {"dash", '-'},    {"ensp", ' '},     {"emsp", ' '},   {"Tab", ' '},
	             {"NewLine", ' '}, {"hellip", 0x2026}};

	if (name.len > 1 && name.ptr[0] == '#')
		return number_of(from(name, 1));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (str_eq(name, str_from(known[i].name)))
			return known[i].code;
	}
	return 0;
}

/* Marks where a long word may be broken: they are in no link. */
static bool is_invisible(uint32_t code)
{
	return code == 0xad || (code >= 0x200b && code <= 0x200d) || code == 0x2060 ||
	       code == 0xfeff;
}

static void put_code(struct buf *to, uint32_t code)
{
	char bytes[4];

	if (!is_invisible(code))
		(void)buf_append(to, bytes, utf8_put(bytes, code));
}

/* @return bytes of the entity at the begin of @p s; 0: it is none */
static size_t put_entity(struct buf *to, struct str s)
{
	size_t len = 1;
	uint32_t code;

	while (len < s.len && len < ENTITY_MAX && (ascii_is_alnum(s.ptr[len]) || s.ptr[len] == '#'))
		len++;
	code = code_of((struct str){s.ptr + 1, len - 1});
	if (code == 0 || len == s.len || s.ptr[len] != ';')
		return 0;
	put_code(to, code);
	return len + 1;
}

/* @return bytes of an invisible mark in UTF-8 at the begin of @p s; 0: there is none */
static size_t skip_mark(struct str s)
{
	static const char *const marks[] = {"\xc2\xad",     "\xe2\x80\x8b", "\xe2\x80\x8c",
	                                    "\xe2\x80\x8d", "\xe2\x81\xa0", "\xef\xbb\xbf"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (begins(s, marks[i]))
			return strlen(marks[i]);
	}
	return 0;
}

/* One character of the text or of an attribute. @return bytes that were taken, > 0 */
static size_t put_char(struct buf *to, struct str s)
{
	size_t len = s.ptr[0] == '&' ? put_entity(to, s) : skip_mark(s);

	if (len > 0)
		return len;
	(void)buf_append_char(to, s.ptr[0]);
	return 1;
}

/* Where the tag at the begin of @p s ends: behind its '>', which may stand in an attribute too. */
static size_t tag_len(struct str s)
{
	char quote = '\0';

	for (size_t i = 1; i < s.len; i++) {
		char c = s.ptr[i];

		if (quote != '\0') {
			if (c == quote)
				quote = '\0';
		} else if ((c == '"' || c == '\'') && s.ptr[i - 1] == '=') {
			quote = c;
		} else if (c == '>') {
			return i + 1;
		}
	}
	return s.len;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* The raw value of an attribute that begins at @p s, behind '='. */
static struct str value_of(struct str s)
{
	size_t at = 0, end;

	while (at < s.len && is_blank(s.ptr[at]))
		at++;
	if (at < s.len && (s.ptr[at] == '"' || s.ptr[at] == '\'')) {
		const char *close = memchr(s.ptr + at + 1, s.ptr[at], s.len - at - 1);

		if (close == NULL)
			return STR_EMPTY;
		return (struct str){s.ptr + at + 1, (size_t)(close - s.ptr) - at - 1};
	}
	end = at;
	while (end < s.len && !is_blank(s.ptr[end]) && s.ptr[end] != '>')
		end++;
	return (struct str){s.ptr + at, end - at};
}

/* The value of href in a tag; empty: it has none. */
static struct str href_of(struct str tag)
{
	for (size_t i = 1; i < tag.len; i++) {
		struct str rest = from(tag, i);
		size_t at = 4;

		if (!is_blank(tag.ptr[i - 1]) || !begins(rest, "href"))
			continue;
		while (at < rest.len && is_blank(rest.ptr[at]))
			at++;
		if (at < rest.len && rest.ptr[at] == '=')
			return value_of(from(rest, at + 1));
	}
	return STR_EMPTY;
}

/* Browsers take out line breaks and tabs, and blanks at both ends. */
static enum err take_href(struct report_mail *mail, struct str raw)
{
	struct buf url;
	enum err err = ERR_OK;

	raw = str_trim(raw);
	buf_init(&url, MAIL_URL_MAX + 1);
	while (raw.len > 0 && buf_err(&url) == ERR_OK) {
		bool is_break = raw.ptr[0] == '\n' || raw.ptr[0] == '\r' || raw.ptr[0] == '\t';

		raw = from(raw, is_break ? 1 : put_char(&url, raw));
	}
	if (buf_err(&url) == ERR_NOMEM) {
		err = ERR_NOMEM;
	} else if (buf_err(&url) == ERR_OK && url.len > 0) {
		err = mail_take_link(mail, str_trim(buf_str(&url)), mail->text.len);
	}
	buf_fini(&url);
	return err;
}

static bool is_tag(struct str tag, const char *name)
{
	struct str rest;

	tag = from(tag, tag.len > 1 && tag.ptr[1] == '/' ? 2 : 1);
	if (!begins(tag, name))
		return false;
	rest = from(tag, strlen(name));
	return rest.len == 0 || !ascii_is_alnum(rest.ptr[0]);
}

/* Tags within a line break no word: a link may be split by them. */
static bool is_inline(struct str tag)
{
	static const char *const names[] = {"b",    "i",   "em",    "strong", "span", "font", "u",
	                                    "code", "wbr", "small", "mark",   "tt",   "o:p"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is_tag(tag, names[i]))
			return true;
	}
	return false;
}

/* Up to the end tag of an element whose text nobody sees. */
static size_t skip_element(struct str html, const char *name)
{
	for (size_t i = 1; i + 2 < html.len; i++) {
		struct str rest = from(html, i);

		if (rest.ptr[0] == '<' && rest.ptr[1] == '/' && is_tag(rest, name))
			return i;
	}
	return html.len;
}

static size_t skip_comment(struct str html)
{
	for (size_t i = 4; i + 2 < html.len; i++) {
		if (begins(from(html, i), "-->"))
			return i + 3;
	}
	return html.len;
}

/* @return bytes that were taken, > 0 */
static size_t take_tag(struct report_mail *mail, struct str html, enum err *ret_err)
{
	size_t len = tag_len(html);
	struct str tag = {html.ptr, len};

	if (begins(html, "<!--"))
		return skip_comment(html);
	if (begins(html, "<style") || begins(html, "<script"))
		return skip_element(html, begins(html, "<style") ? "style" : "script");
	if (is_tag(tag, "a") || is_tag(tag, "area"))
		*ret_err = take_href(mail, href_of(tag));
	if (!is_inline(tag))
		(void)buf_append_char(&mail->text, '\n');
	return len;
}

static bool is_tag_begin(struct str s)
{
	return s.len > 1 && s.ptr[0] == '<' &&
	       (ascii_is_letter(s.ptr[1]) || s.ptr[1] == '/' || s.ptr[1] == '!' || s.ptr[1] == '?');
}

enum err mail_take_html(struct report_mail *mail, struct str html)
{
	size_t begin = mail->text.len;
	enum err err = ERR_OK;

	while (html.len > 0 && err == ERR_OK) {
		html = from(html, is_tag_begin(html) ? take_tag(mail, html, &err)
		                                     : put_char(&mail->text, html));
		/* A text that is full takes no more; links are still looked for. */
		if (buf_err(&mail->text) == ERR_NOMEM)
			err = ERR_NOMEM;
	}
	return err == ERR_OK ? mail_find_links(mail, begin) : err;
}
