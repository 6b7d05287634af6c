/* SPDX-License-Identifier: MIT */
/* What FETCH says of one mail: NAME VALUE NAME VALUE … in brackets. */
#include <string.h>

#include "core/ascii.h"
#include "core/imap/imap_response.h"

#define DEPTH_MAX 64

static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

static bool at_end(struct str s)
{
	return s.len == 0;
}

static void skip(struct str *s, size_t len)
{
	s->ptr += len;
	s->len -= len;
}

static void skip_blanks(struct str *s)
{
	while (s->len > 0 && s->ptr[0] == ' ')
		skip(s, 1);
}

/* A name goes up to a blank, but BODY[HEADER.FIELDS (FROM)]<0> has some within its brackets. */
static enum err cut_name(struct str *s, struct str *ret_name)
{
	size_t len = 0;
	bool is_inside = false;

	while (len < s->len && (is_inside || (s->ptr[len] != ' ' && s->ptr[len] != ')'))) {
		if (s->ptr[len] == '[')
			is_inside = true;
		if (s->ptr[len] == ']')
			is_inside = false;
		len++;
	}
	if (len == 0 || is_inside)
		return ERR_PARSE;
	*ret_name = (struct str){s->ptr, len};
	skip(s, len);
	return ERR_OK;
}

static enum err cut_literal(struct str *s, struct str *ret_value)
{
	struct str head, rest;
	uint64_t len;

	skip(s, 1);
	if (!str_cut(*s, '}', &head, &rest) || str_to_u64(head, &len) != ERR_OK)
		return ERR_PARSE;
	if (rest.len > 0 && rest.ptr[0] == '\r')
		skip(&rest, 1);
	if (rest.len == 0 || rest.ptr[0] != '\n')
		return ERR_PARSE;
	skip(&rest, 1);
	if (len > rest.len)
		return ERR_PARSE;
	*ret_value = (struct str){rest.ptr, (size_t)len};
	skip(&rest, (size_t)len);
	*s = rest;
	return ERR_OK;
}

/* With its escapes: who wants the text goes through unescape(). */
static enum err cut_quoted(struct str *s, struct str *ret_value)
{
	size_t len = 1;

	while (len < s->len && s->ptr[len] != '"')
		len += s->ptr[len] == '\\' ? 2 : 1;
	if (len >= s->len)
		return ERR_PARSE;
	*ret_value = (struct str){s->ptr + 1, len - 1};
	skip(s, len + 1);
	return ERR_OK;
}

static enum err cut_atom(struct str *s, struct str *ret_value)
{
	size_t len = 0;

	while (len < s->len && strchr(" ()\"{", s->ptr[len]) == NULL)
		len++;
	if (len == 0)
		return ERR_PARSE;
	*ret_value = (struct str){s->ptr, len};
	skip(s, len);
	return ERR_OK;
}

static enum err cut_simple(struct str *s, struct str *ret_value)
{
	if (at_end(*s))
		return ERR_PARSE;
	if (s->ptr[0] == '{')
		return cut_literal(s, ret_value);
	return s->ptr[0] == '"' ? cut_quoted(s, ret_value) : cut_atom(s, ret_value);
}

/* A value in brackets (FLAGS, ENVELOPE) is passed over. */
static enum err cut_value(struct str *s, struct str *ret_value)
{
	unsigned depth = 0;
	enum err err = ERR_OK;

	do {
		skip_blanks(s);
		if (!at_end(*s) && s->ptr[0] == '(') {
			depth++;
			skip(s, 1);
		} else if (!at_end(*s) && s->ptr[0] == ')' && depth > 0) {
			depth--;
			skip(s, 1);
			*ret_value = STR_EMPTY;
		} else {
			err = cut_simple(s, ret_value);
		}
	} while (err == ERR_OK && depth > 0 && depth <= DEPTH_MAX);
	return depth > DEPTH_MAX ? ERR_PARSE : err;
}

/* Days from 1970-01-01. */
static int64_t days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* @return -1: not @p len digits */
static int64_t digits(const char *at, size_t len)
{
	int64_t number = 0;

	for (size_t i = 0; i < len; i++) {
		if (!ascii_is_digit(at[i]) && !(i == 0 && at[i] == ' '))
			return -1;
		number = number * 10 + (at[i] == ' ' ? 0 : at[i] - '0');
	}
	return number;
}

static int64_t month_of(const char *at)
{
	for (int64_t i = 0; i < 12; i++) {
		const char *name = months + i * 3;

		if (ascii_lower(at[0]) == name[0] && ascii_lower(at[1]) == name[1] &&
		    ascii_lower(at[2]) == name[2])
			return i + 1;
	}
	return -1;
}

/* "17-Jul-1996 02:44:25 -0700"; INT64_MIN: it is no date. Source: RFC 3501, date-time. */
static int64_t read_date(struct str text)
{
	const char *at = text.ptr;

	if (text.len != sizeof("17-Jul-1996 02:44:25 -0700") - 1)
		return INT64_MIN;

	int64_t day = digits(at, 2), month = month_of(at + 3), year = digits(at + 7, 4);
	int64_t hour = digits(at + 12, 2), minute = digits(at + 15, 2), second = digits(at + 18, 2);
	int64_t zone_h = digits(at + 22, 2), zone_m = digits(at + 24, 2);

	if (day < 1 || month < 1 || year < 0 || hour < 0 || minute < 0 || second < 0 ||
	    zone_h < 0 || zone_m < 0)
		return INT64_MIN;

	int64_t zone_s = (zone_h * 60 + zone_m) * 60 * (at[21] == '-' ? -1 : 1);

	return (days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - zone_s) *
	       1000;
}

static enum err take_item(struct imap_mail *mail, struct str name, struct str value)
{
	uint64_t number = 0;

	if (str_ieq(name, STR_LIT("UID"))) {
		if (str_to_u64(value, &number) != ERR_OK || number == 0 || number > UINT32_MAX)
			return ERR_PARSE;
		mail->uid = (uint32_t)number;
	} else if (str_ieq(name, STR_LIT("RFC822.SIZE"))) {
		if (str_to_u64(value, &mail->size) != ERR_OK)
			return ERR_PARSE;
	} else if (str_ieq(name, STR_LIT("INTERNALDATE"))) {
		mail->received_ms = read_date(value);
	} else if (name.len > 5 && str_ieq((struct str){name.ptr, 5}, STR_LIT("BODY["))) {
		mail->has_body = true;
		mail->body = value;
	}
	return ERR_OK;
}

enum err imap_mail_read(struct str rest, struct imap_mail *ret_mail)
{
	struct imap_mail mail = {.received_ms = INT64_MIN};
	enum err err = ERR_OK;

	skip_blanks(&rest);
	if (at_end(rest) || rest.ptr[0] != '(')
		return ERR_PARSE;
	skip(&rest, 1);
	while (err == ERR_OK && !at_end(rest) && rest.ptr[0] != ')') {
		struct str name = STR_EMPTY, value = STR_EMPTY;

		err = cut_name(&rest, &name);
		if (err == ERR_OK)
			err = cut_value(&rest, &value);
		if (err == ERR_OK)
			err = take_item(&mail, name, value);
		skip_blanks(&rest);
	}
	if (err != ERR_OK || at_end(rest))
		return ERR_PARSE;
	*ret_mail = mail;
	return ERR_OK;
}
