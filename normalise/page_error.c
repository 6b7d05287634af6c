/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "normalise/decode/decode.h"
#include "normalise/page.h"
#include "normalise/text/markup.h"
#include "normalise/text/media_type.h"
#include "normalise/text/redact.h"
#include "normalise/text/utf8.h"

/* An error answer is short; of a longer one only the begin is looked at. */
#define BODY_MAX   ((size_t)256 * 1024)
#define MEMORY_MAX ((size_t)8 * 1024 * 1024)

/* One line for people: so many objects, and so many of a list, are enough. */
#define OBJECTS_MAX  8
#define ELEMENTS_MAX 3
#define PART_SIZE    ((size_t)512)

/** The line that is written. */
struct out {
	char *text;
	size_t size;
	size_t len;
};

static void put_bytes(struct out *o, const char *text)
{
	const char *end = text + strlen(text);

	for (size_t len = 0; text < end; text += len) {
		(void)utf8_step(text, end, &len);
		if (len > o->size - 1 - o->len)
			return;
		memcpy(o->text + o->len, text, len);
		o->len += len;
	}
	o->text[o->len] = '\0';
}

/** Vendors like to say the same twice. */
static void put_part(struct out *o, struct str name, struct str text)
{
	char part[PART_SIZE], label[PART_SIZE];

	redact_line(text, part, sizeof(part));
	redact_line(name, label, sizeof(label));
	o->text[o->len] = '\0';
	if (part[0] == '\0' || (name.len == 0 && strstr(o->text, part) != NULL))
		return;
	if (o->len > 0)
		put_bytes(o, ", ");
	put_bytes(o, label);
	put_bytes(o, label[0] != '\0' ? " " : "");
	put_bytes(o, part);
}

/* ---- JSON ---- */

/** Objects that are still to be looked at. */
struct queue {
	const struct value *list[OBJECTS_MAX];
	size_t count;
};

static void enqueue(struct queue *q, const struct value *v)
{
	if (q->count < OBJECTS_MAX)
		q->list[q->count++] = v;
}

static const struct value *member(const struct value *object, const char *name)
{
	for (const struct value *v = object->first; v != NULL; v = v->next) {
		if (str_ieq(v->key, str_from(name)))
			return v;
	}
	return NULL;
}

static bool text_of(const struct value *v, struct str *ret_text)
{
	return v != NULL && (v->kind == VALUE_STRING || v->kind == VALUE_NUMBER) &&
	       value_text(v, ret_text);
}

static bool is_number(struct str text)
{
	uint64_t number;

	return str_to_u64(text, &number) == ERR_OK;
}

/** `status` may be a number, the message itself (Everlytic), or only say that it is an error. */
static void put_status(struct out *o, const struct value *object)
{
	struct str text = STR_EMPTY;

	if (!text_of(member(object, "status"), &text))
		return;
	if (is_number(text)) {
		put_part(o, STR_LIT("status"), text);
	} else if (!str_ieq(text, STR_LIT("error")) && !str_ieq(text, STR_LIT("fail"))) {
		put_part(o, STR_EMPTY, text);
	}
}

/** What a field of `errors` says: a text, a list of them, or an object with a message. */
static bool complaint_of(const struct value *v, struct str *ret_text)
{
	if (v->kind == VALUE_ARRAY)
		v = v->first;
	if (v != NULL && v->kind == VALUE_OBJECT)
		v = member(v, "message");
	return text_of(v, ret_text);
}

/** `errors`: {field: [texts]}, or a list of texts and objects. */
static void put_errors(struct out *o, struct queue *q, const struct value *errors)
{
	size_t left = ELEMENTS_MAX;

	if (errors == NULL)
		return;
	for (const struct value *v = errors->first; v != NULL && left > 0; v = v->next, left--) {
		struct str text = STR_EMPTY;

		if (errors->kind == VALUE_OBJECT) {
			if (complaint_of(v, &text))
				put_part(o, v->key, text);
		} else if (text_of(v, &text)) {
			put_part(o, STR_EMPTY, text);
		} else {
			enqueue(q, v);
		}
	}
}

static void put_object(struct out *o, struct queue *q, const struct value *object)
{
	static const char *const texts[] = {"title",         "message",           "detail",
	                                    "error_message", "error_description", "error",
	                                    "error_key"};
	static const char *const named[] = {"code", "trace_id"};
	const struct value *error = member(object, "error");
	struct str text = STR_EMPTY;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (text_of(member(object, texts[i]), &text))
			put_part(o, STR_EMPTY, text);
	}
	put_status(o, object);
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		if (text_of(member(object, named[i]), &text))
			put_part(o, str_from(named[i]), text);
	}
	put_errors(o, q, member(object, "errors"));
	if (error != NULL && (error->kind == VALUE_OBJECT || error->kind == VALUE_ARRAY))
		enqueue(q, error);
	error = member(object, "data");
	if (error != NULL && error->kind == VALUE_STRING)
		put_part(o, STR_EMPTY, error->text);
}

static void put_json(struct out *o, const struct value *root)
{
	struct queue q = {.count = 0};
	struct str text = STR_EMPTY;

	enqueue(&q, root);
	for (size_t i = 0; i < q.count; i++) {
		if (q.list[i]->kind == VALUE_OBJECT) {
			put_object(o, &q, q.list[i]);
		} else if (q.list[i]->kind == VALUE_ARRAY) {
			put_errors(o, &q, q.list[i]);
		} else if (text_of(q.list[i], &text)) {
			put_part(o, STR_EMPTY, text);
		}
	}
}

/* ---- */

static void put_first_line(struct out *o, struct str text)
{
	struct str line;

	text = str_trim(text);
	(void)str_cut(text, '\n', &line, &text);
	put_part(o, STR_EMPTY, line);
}

/** @return whether it is JSON; of an answer without a known member nothing is shown */
static bool put_if_json(struct out *o, struct arena *a, struct str text, bool is_cut)
{
	struct json_cursor c = json_cursor(text);
	struct value *root = NULL;

	if (!json_is_container(text) && json_peek(&c) != '"')
		return false;
	if (json_check(text, NULL) != ERR_OK)
		return is_cut;
	if (json_read(&c, a, &root, NULL) == ERR_OK)
		put_json(o, root);
	return true;
}

static struct str body_text(struct arena *a, struct str body, struct str media_type)
{
	enum charset charset = CHARSET_UTF8;
	struct str text = {body.ptr, body.len < BODY_MAX ? body.len : BODY_MAX};

	(void)!charset_from(media_type_param(media_type, STR_LIT("charset")), &charset);
	text = charset_skip_bom(text, &charset);
	if (charset_to_utf8(a, text, charset, &text) != ERR_OK)
		return STR_EMPTY;
	return text;
}

void page_error_text(struct str body, struct str media_type, char *ret_text, size_t size)
{
	struct out out = {.text = ret_text, .size = size};
	struct arena arena;
	struct str text;

	assert(size > 0);
	arena_init(&arena, MEMORY_MAX);
	text = body_text(&arena, body, media_type);
	ret_text[0] = '\0';
	if (!put_if_json(&out, &arena, text, body.len > BODY_MAX)) {
		if (str_has_prefix(str_trim(text), STR_LIT("<"))) {
			put_part(&out, STR_EMPTY, markup_text(&arena, text));
		} else {
			put_first_line(&out, text);
		}
	}
	ret_text[out.len] = '\0';
	arena_fini(&arena);
}
