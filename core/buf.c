/* SPDX-License-Identifier: MIT */
#include "core/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 256

void buf_init(struct buf *b, size_t max)
{
	assert(max > 0);
	*b = (struct buf){.max = max};
}

void buf_fini(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){.max = b->max};
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->err = ERR_OK;
	if (b->ptr != NULL)
		b->ptr[0] = '\0';
}

static enum err buf_reserve(struct buf *b, size_t more)
{
	if (b->err != ERR_OK)
		return b->err;
	if (more > b->max - b->len)
		return b->err = ERR_LIMIT;
	if (b->ptr != NULL && b->len + more < b->cap)
		return ERR_OK;

	size_t cap = b->cap > 0 ? b->cap : FIRST_CAP;

	while (cap <= b->len + more)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;

	char *ptr = realloc(b->ptr, cap);

	if (ptr == NULL)
		return b->err = ERR_NOMEM;
	b->ptr = ptr;
	b->cap = cap;
	return ERR_OK;
}

enum err buf_append(struct buf *b, const void *bytes, size_t len)
{
	enum err err = buf_reserve(b, len);

	if (err != ERR_OK)
		return err;
	if (len > 0)
		memcpy(b->ptr + b->len, bytes, len);
	b->len += len;
	b->ptr[b->len] = '\0';
	return ERR_OK;
}

enum err buf_append_str(struct buf *b, struct str s)
{
	return buf_append(b, s.ptr, s.len);
}

enum err buf_append_char(struct buf *b, char c)
{
	return buf_append(b, &c, 1);
}

enum err buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int len = vsnprintf(NULL, 0, fmt, ap);

	va_end(ap);
	if (len < 0)
		return b->err = ERR_INVAL;

	enum err err = buf_reserve(b, (size_t)len);

	if (err != ERR_OK)
		return err;
	va_start(ap, fmt);
	(void)vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)len;
	return ERR_OK;
}

enum err buf_err(const struct buf *b)
{
	return b->err;
}

struct str buf_str(const struct buf *b)
{
	return (struct str){b->ptr, b->len};
}

const char *buf_cstr(const struct buf *b)
{
	return b->ptr != NULL ? b->ptr : "";
}
