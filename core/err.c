/* SPDX-License-Identifier: MIT */
#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *err_str(enum err err)
{
	switch (err) {
	case ERR_OK:
		return "ok";
	case ERR_NOMEM:
		return "out of memory";
	case ERR_INVAL:
		return "invalid value";
	case ERR_PARSE:
		return "malformed";
	case ERR_LIMIT:
		return "limit reached";
	case ERR_AUTH:
		return "not authorised";
	case ERR_AGAIN:
		return "try again later";
	case ERR_IO:
		return "input/output error";
	case ERR_EXISTS:
		return "already there";
	case ERR_NOENT:
		return "not found";
	case ERR_CANCELED:
		return "canceled";
	}
	return "unknown error";
}

void err_detail_set(struct err_detail *reterr_detail, const char *fmt, ...)
{
	va_list ap;

	if (reterr_detail == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(reterr_detail->text, sizeof(reterr_detail->text), fmt, ap);
	va_end(ap);
}

void err_detail_format(const struct err_detail *detail, char *ret_text, unsigned long size)
{
	char place[32] = "";

	if (detail->line > 0 && detail->col > 0) {
		(void)snprintf(place, sizeof(place), ":%u:%u", detail->line, detail->col);
	} else if (detail->line > 0) {
		(void)snprintf(place, sizeof(place), ":%u", detail->line);
	}
	(void)snprintf(ret_text, size, "%s%s%s%s%s%s", detail->file, place,
	               detail->file[0] != '\0' ? ": " : "", detail->key,
	               detail->key[0] != '\0' ? ": " : "", detail->text);
}
