/* SPDX-License-Identifier: MIT */
/**
 * log - one line per event on stderr, as logfmt or as JSON.
 *
 * Every line has a stable event name, so that it can be searched for and
 * counted:
 *
 *     log_warn("store.commit_failed", log_str("error", text), log_int("waiting", n));
 *     ts=2026-11-22T01:02:03.004Z lvl=warn ev=store.commit_failed error="disk is full" waiting=12
 *
 * Values are quoted when needed and cut at LOG_VALUE_MAX bytes. Never give a
 * body, a credential, a phone number or an e-mail address to it.
 * normalise/, auth/ and core/ return errors; the caller that decides logs, once.
 *
 * Threads: every function may be called from any thread once log_init() is done.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define LOG_VALUE_MAX 512

enum log_level { LOG_LVL_DEBUG, LOG_LVL_INFO, LOG_LVL_WARN, LOG_LVL_ERROR };

enum log_format { LOG_FMT_LOGFMT, LOG_FMT_JSON };

enum log_kind { LOG_KIND_END, LOG_KIND_TEXT, LOG_KIND_INT };

/** One key and value; make it with log_str(), log_text() or log_int(). */
struct log_field {
	const char *key; /* a literal */
	enum log_kind kind;
	struct str text;
	int64_t number;
};

static inline struct log_field log_text(const char *key, struct str value)
{
	return (struct log_field){key, LOG_KIND_TEXT, value, 0};
}

static inline struct log_field log_str(const char *key, const char *value)
{
	return log_text(key, str_from(value));
}

static inline struct log_field log_int(const char *key, int64_t value)
{
	return (struct log_field){key, LOG_KIND_INT, STR_EMPTY, value};
}

#define LOG_END ((struct log_field){NULL, LOG_KIND_END, STR_EMPTY, 0})

/** Drop everything below @p level. Default: info as logfmt. */
void log_init(enum log_level level, enum log_format format);

/** Event name, then any number of struct log_field, then LOG_END. Use the macros. */
void log_write(enum log_level level, const char *ev, ...);

#define log_debug(...) log_write(LOG_LVL_DEBUG, __VA_ARGS__, LOG_END)
#define log_info(...)  log_write(LOG_LVL_INFO, __VA_ARGS__, LOG_END)
#define log_warn(...)  log_write(LOG_LVL_WARN, __VA_ARGS__, LOG_END)
#define log_error(...) log_write(LOG_LVL_ERROR, __VA_ARGS__, LOG_END)

/**
 * The line as log_write() would print it, without its newline; for tests.
 *
 * @param ts_ms  time of the line, ms since the epoch
 * @return bytes written, at most @p size - 1
 */
size_t log_format(char *ret_line, size_t size, enum log_format format, int64_t ts_ms,
                  enum log_level level, const char *ev, const struct log_field *fields,
                  size_t count);

#endif /* CORE_LOG_H */
