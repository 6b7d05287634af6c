/* SPDX-License-Identifier: MIT */
#include "core/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

#define LINE_MAX_BYTES 4096
#define FIELDS_MAX     24

static const char *const level_names[] = {"debug", "info", "warn", "error"};

/* The only globals of the house besides the metrics: set once at start and at a reload. */
static _Atomic int threshold = LOG_LVL_INFO;
static _Atomic int line_format = LOG_FMT_LOGFMT;

struct line {
	char *ptr;
	size_t len;
	size_t size;
};

static void put(struct line *l, const char *bytes, size_t len)
{
	if (len > l->size - 1 - l->len)
		len = l->size - 1 - l->len;
	memcpy(l->ptr + l->len, bytes, len);
	l->len += len;
}

static void put_text(struct line *l, const char *text)
{
	put(l, text, strlen(text));
}

/* JSON string rules serve logfmt's quoted values too. */
static void put_quoted(struct line *l, struct str s)
{
	put(l, "\"", 1);
	for (size_t i = 0; i < s.len && i < LOG_VALUE_MAX; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		char esc[8];

		if (c == '"' || c == '\\') {
			esc[0] = '\\';
			esc[1] = (char)c;
			put(l, esc, 2);
		} else if (c < 0x20 || c >= 0x7f) {
			(void)snprintf(esc, sizeof(esc), "\\u%04x", c);
			put(l, esc, 6);
		} else {
			put(l, (const char *)&s.ptr[i], 1);
		}
	}
	put(l, s.len > LOG_VALUE_MAX ? "...\"" : "\"", s.len > LOG_VALUE_MAX ? 4 : 1);
}

static bool is_plain(struct str s)
{
	if (s.len == 0 || s.len > LOG_VALUE_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c <= 0x20 || c >= 0x7f || c == '"' || c == '=' || c == '\\')
			return false;
	}
	return true;
}

static void put_time(struct line *l, int64_t ts_ms)
{
	time_t sec = (time_t)(ts_ms / 1000);
	struct tm tm;
	char text[40];

	(void)gmtime_r(&sec, &tm);
	size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);

	(void)snprintf(text + n, sizeof(text) - n, ".%03dZ", (int)(ts_ms % 1000));
	put_text(l, text);
}

static void put_value(struct line *l, const struct log_field *f, enum log_format format)
{
	if (f->kind == LOG_KIND_INT) {
		char text[24];

		(void)snprintf(text, sizeof(text), "%lld", (long long)f->number);
		put_text(l, text);
	} else if (format == LOG_FMT_LOGFMT && is_plain(f->text)) {
		put(l, f->text.ptr, f->text.len);
	} else {
		put_quoted(l, f->text);
	}
}

size_t log_format(char *ret_line, size_t size, enum log_format format, int64_t ts_ms,
                  enum log_level level, const char *ev, const struct log_field *fields,
                  size_t count)
{
	struct line l = {.size = size};
	bool json = format == LOG_FMT_JSON;

	l.ptr = ret_line;
	put_text(&l, json ? "{\"ts\":\"" : "ts=");
	put_time(&l, ts_ms);
	put_text(&l, json ? "\",\"lvl\":\"" : " lvl=");
	put_text(&l, level_names[level]);
	put_text(&l, json ? "\",\"ev\":\"" : " ev=");
	put_text(&l, ev);
	put_text(&l, json ? "\"" : "");
	for (size_t i = 0; i < count; i++) {
		put_text(&l, json ? ",\"" : " ");
		put_text(&l, fields[i].key);
		put_text(&l, json ? "\":" : "=");
		put_value(&l, &fields[i], format);
	}
	put_text(&l, json ? "}" : "");
	l.ptr[l.len] = '\0';
	return l.len;
}

void log_init(enum log_level level, enum log_format format)
{
	atomic_store(&threshold, (int)level);
	atomic_store(&line_format, (int)format);
}

void log_write(enum log_level level, const char *ev, ...)
{
	struct log_field fields[FIELDS_MAX];
	char line[LINE_MAX_BYTES];
	size_t count = 0;
	va_list ap;

	if ((int)level < atomic_load(&threshold))
		return;
	va_start(ap, ev);
	while (count < FIELDS_MAX) {
		struct log_field f = va_arg(ap, struct log_field);

		if (f.kind == LOG_KIND_END)
			break;
		fields[count++] = f;
	}
	va_end(ap);

	size_t len = log_format(line, sizeof(line) - 1, (enum log_format)atomic_load(&line_format),
	                        clock_now_ms(), level, ev, fields, count);

	line[len++] = '\n';
	/* One write per line keeps lines of several threads whole; nothing can be done if it fails.
	 */
	(void)!write(STDERR_FILENO, line, len);
}
