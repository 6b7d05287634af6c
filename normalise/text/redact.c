/* SPDX-License-Identifier: MIT */
#include "normalise/text/redact.h"

#include <string.h>

#include "core/ascii.h"
#include "normalise/text/utf8.h"

/*
 * So much of a text is looked at. Nothing that begins in the last part of a cut text is shown: what
 * it is can only be told from its end.
 */
#define LINE_MAX      ((size_t)4096)
#define LINE_CUT_TAIL ((size_t)512)

#define TOKEN_MIN        20
#define PHONE_DIGITS_MIN 7
#define PHONE_GAP_MAX    3
#define DATE_LEN         10

#define MARK STR_LIT("\xe2\x80\xa6")

struct line {
	char bytes[LINE_MAX];
	size_t len;
	size_t from; /* behind what was replaced last: there a new word begins */
	bool is_cut;
};

/* ---- one clean line ---- */

enum char_kind { SHOWN, BLANK, HIDDEN };

/* Beyond ASCII: U+0080–U+009F, U+00AD, U+2000–U+200F, U+2028–U+202F, U+2060–U+206F, U+3000,
 * U+FEFF. */
static enum char_kind kind_of_wide(const unsigned char *at, size_t len)
{
	if (len == 2 && at[0] == 0xc2) {
		if (at[1] == 0x85 || at[1] == 0xa0)
			return BLANK;
		return at[1] < 0xa0 || at[1] == 0xad ? HIDDEN : SHOWN;
	}
	if (len == 3 && at[0] == 0xe2 && at[1] == 0x80) {
		if (at[2] <= 0x8a || at[2] == 0xa8 || at[2] == 0xa9 || at[2] == 0xaf)
			return BLANK;
		return at[2] <= 0x8f || (at[2] >= 0xaa && at[2] <= 0xae) ? HIDDEN : SHOWN;
	}
	if (len == 3 && at[0] == 0xe2 && at[1] == 0x81)
		return at[2] >= 0xa0 && at[2] <= 0xaf ? HIDDEN : SHOWN;
	if (len == 3 && memcmp(at, "\xe3\x80\x80", 3) == 0)
		return BLANK;
	return len == 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0 ? HIDDEN : SHOWN;
}

static enum char_kind kind_of(const char *at, size_t len)
{
	unsigned char c = (unsigned char)*at;

	if (c >= 0x80)
		return kind_of_wide((const unsigned char *)at, len);
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return BLANK;
	return c < 0x20 || c == 0x7f ? HIDDEN : SHOWN;
}

static bool put(struct line *line, const char *bytes, size_t len)
{
	if (len > LINE_MAX - line->len) {
		line->is_cut = true;
		return false;
	}
	memcpy(line->bytes + line->len, bytes, len);
	line->len += len;
	return true;
}

static void clean(struct str text, struct line *line)
{
	const char *at = text.len > 0 ? text.ptr : "", *end = at + text.len;
	bool has_room = true;
	size_t len;

	line->len = line->from = 0;
	line->is_cut = false;
	for (; at < end && has_room; at += len) {
		bool is_valid = utf8_step(at, end, &len);
		enum char_kind kind = is_valid ? kind_of(at, len) : SHOWN;

		if (!is_valid) {
			has_room = put(line, UTF8_REPLACEMENT, UTF8_REPLACEMENT_LEN);

		} else if (kind == SHOWN) {
			has_room = put(line, at, len);

		} else if (kind == BLANK && line->len > 0 && line->bytes[line->len - 1] != ' ') {
			has_room = put(line, " ", 1);
		}
	}
	if (line->len > 0 && line->bytes[line->len - 1] == ' ')
		line->len--;
}

/* ---- what is not shown; each gives the end of what begins at @p i, or @p i ---- */

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool is_wide(char c)
{
	return (unsigned char)c >= 0x80;
}

static bool is_local(char c)
{
	return ascii_is_alnum(c) || is_wide(c) || is_one_of(c, "!#$&'*+-/=?^_`{|}~.%");
}

static bool is_domain(char c)
{
	return ascii_is_alnum(c) || is_wide(c) || is_one_of(c, ".-_[");
}

/** At "@" or "%40" with something behind it: how long that sign is, else 0. */
static size_t at_sign(const struct line *line, size_t i)
{
	size_t len = line->bytes[i] == '@' ? 1 : 0;

	if (line->len - i > 3 && memcmp(line->bytes + i, "%40", 3) == 0)
		len = 3;
	return len > 0 && i + len < line->len && is_domain(line->bytes[i + len]) ? len : 0;
}

static size_t email_end(const struct line *line, size_t i)
{
	size_t at = i, sign;

	if (i > line->from && is_local(line->bytes[i - 1]) && line->bytes[i] != '@')
		return i; /* was looked at from its begin */
	while (at < line->len && at_sign(line, at) == 0 && is_local(line->bytes[at]))
		at++;
	sign = at < line->len ? at_sign(line, at) : 0;
	if (sign == 0)
		return i;
	for (at += sign; at < line->len; at++) {
		if (!is_domain(line->bytes[at]) && !is_one_of(line->bytes[at], "@%]:"))
			break;
	}
	return at;
}

static bool hangs_together(char c)
{
	return ascii_is_alnum(c) || is_one_of(c, "_-+/=.~%");
}

static size_t token_end(const struct line *line, size_t i)
{
	size_t run = 0, longest = 0;

	if (i > line->from && hangs_together(line->bytes[i - 1]))
		return i;

	size_t at = i;

	for (; at < line->len && hangs_together(line->bytes[at]); at++) {
		run = ascii_is_alnum(line->bytes[at]) ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest >= TOKEN_MIN ? at : i;
}

static size_t phone_end(const struct line *line, size_t i)
{
	size_t digits = 0, gap = 0, end = i;

	if (!ascii_is_digit(line->bytes[i]) && !is_one_of(line->bytes[i], "+("))
		return i;
	for (size_t at = i; at < line->len && gap <= PHONE_GAP_MAX; at++) {
		if (ascii_is_digit(line->bytes[at])) {
			digits++;
			gap = 0;
			end = at + 1;
		} else if (is_one_of(line->bytes[at], " +-./()")) {
			gap++;
		} else {
			break;
		}
	}
	return digits >= PHONE_DIGITS_MIN ? end : i;
}

/** "2024-09-03": an ordinary part of a complaint about a window. */
static bool is_date(const struct line *line, size_t i)
{
	static const char pattern[] = "dddd-dd-dd";
	const char *at = line->bytes + i;

	if (line->len - i < DATE_LEN || (memcmp(at, "19", 2) != 0 && memcmp(at, "20", 2) != 0))
		return false;
	for (size_t k = 0; k < DATE_LEN; k++) {
		if (pattern[k] == 'd' ? !ascii_is_digit(at[k]) : at[k] != pattern[k])
			return false;
	}
	if (i > 0 && ascii_is_digit(line->bytes[i - 1]))
		return false;
	return line->len - i == DATE_LEN || !is_one_of(at[DATE_LEN], "0123456789-./()+");
}

/* ---- */

/** Length of the character at @p i. */
static size_t char_len(const struct line *line, size_t i)
{
	size_t len;

	(void)utf8_step(line->bytes + i, line->bytes + line->len, &len);
	return len;
}

/**
 * What to show for the text at @p i.
 *
 * @param ret_next  where to go on
 */
static struct str next_piece(struct line *line, size_t i, size_t *ret_next)
{
	size_t end = token_end(line, i);

	if (end == i)
		end = email_end(line, i);
	if (end == i && is_date(line, i)) {
		*ret_next = i + DATE_LEN;
		return (struct str){line->bytes + i, DATE_LEN};
	}
	if (end == i)
		end = phone_end(line, i);
	if (end > i) {
		*ret_next = line->from = end;
		return MARK;
	}
	*ret_next = i + char_len(line, i);
	return (struct str){line->bytes + i, *ret_next - i};
}

void redact_line(struct str text, char *ret_text, size_t size)
{
	struct line line;
	size_t len = 0, i = 0;

	clean(text, &line);

	size_t end = line.is_cut ? LINE_MAX - LINE_CUT_TAIL : line.len;

	while (i < end) {
		struct str piece = next_piece(&line, i, &i);

		if (piece.len > size - 1 - len)
			break;
		memcpy(ret_text + len, piece.ptr, piece.len);
		len += piece.len;
	}
	ret_text[len] = '\0';
}
