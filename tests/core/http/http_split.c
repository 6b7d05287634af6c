/* SPDX-License-Identifier: MIT */
#include "tests/core/http/http_split.h"

#include <stdlib.h>

#include "core/buf.h"
#include "core/http/http_reader.h"

#define HEAD_MAX 300

struct outcome {
	enum http_event last;
	unsigned status;
	size_t used;
	size_t fields;
	struct buf body;
	struct buf target;
};

static void note_head(const struct http_reader *r, struct outcome *o)
{
	struct str name;
	struct str value;

	(void)buf_append_str(&o->target, http_reader_method(r));
	(void)buf_append_str(&o->target, http_reader_path(r));
	(void)buf_append_str(&o->target, http_reader_query(r));
	for (; http_reader_field(r, o->fields, &name, &value); o->fields++) {
		(void)buf_append_str(&o->target, name);
		(void)buf_append_str(&o->target, value);
	}
}

static void read_all(struct str in, size_t step, struct outcome *ret)
{
	struct outcome o = {HTTP_MORE, 0, 0, 0, {0}, {0}};
	struct http_reader r;
	size_t end = 0;

	buf_init(&o.body, 1 << 20);
	buf_init(&o.target, 1 << 20);
	http_reader_init(&r, HEAD_MAX);
	while (o.last != HTTP_END && o.last != HTTP_BAD && (o.last != HTTP_MORE || end < in.len)) {
		struct str piece = STR_EMPTY;
		size_t used = 0;

		if (o.last == HTTP_MORE)
			end = in.len - end > step ? end + step : in.len;
		o.last = http_reader_feed(&r, (struct str){in.ptr + o.used, end - o.used}, &used,
		                          &piece);
		o.used += used;
		if (o.last == HTTP_HEAD)
			note_head(&r, &o);
		if (o.last == HTTP_BODY)
			(void)buf_append_str(&o.body, piece);
	}
	o.status = http_reader_status(&r);
	http_reader_fini(&r);
	*ret = o;
}

void http_split_check(struct str in, size_t step)
{
	struct outcome whole;
	struct outcome split;

	read_all(in, in.len + 1, &whole);
	read_all(in, step, &split);
	if (whole.last != split.last || whole.status != split.status || whole.used != split.used ||
	    whole.fields != split.fields || !str_eq(buf_str(&whole.body), buf_str(&split.body)) ||
	    !str_eq(buf_str(&whole.target), buf_str(&split.target)))
		abort();
	buf_fini(&whole.body);
	buf_fini(&whole.target);
	buf_fini(&split.body);
	buf_fini(&split.target);
}
