/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "normalise/decode/decode.h"
#include "normalise/text/media_type.h"

/*
 * A node takes at most this many bytes of memory for each byte of text. A body so small cannot have
 * reached the limit: then the system is out of memory.
 */
#define MEMORY_PER_BYTE 64
#define MEMORY_SLACK    4096

static const struct field_path whole_document = {.count = 0};

/* Why an arena gave nothing for @p text_len bytes of text. */
static enum err full_or_out(const struct decoder *d, size_t text_len)
{
	size_t enough = d->memory_max > MEMORY_SLACK ? d->memory_max - MEMORY_SLACK : 0;

	return text_len < enough / MEMORY_PER_BYTE ? ERR_NOMEM : ERR_LIMIT;
}

enum err decode_too_large(const struct decoder *d, size_t text_len,
                          struct err_detail *reterr_detail)
{
	enum err err = full_or_out(d, text_len);

	if (err == ERR_LIMIT)
		err_detail_set(reterr_detail, "needs more than %zu bytes of memory", d->memory_max);
	return err;
}

/* The body in UTF-8, without its byte order mark. */
static enum err convert_body(struct decoder *d, struct str *ret_text, enum charset *ret_charset,
                             struct err_detail *reterr_detail)
{
	struct str text = d->payload->body;
	enum charset charset = CHARSET_UTF8;

	if (text.len > 0 &&
	    charset_from(media_type_param(d->payload->media_type, STR_LIT("charset")), &charset) !=
	            ERR_OK) {
		err_detail_set(reterr_detail, "the charset of the body is not known");
		return ERR_PARSE;
	}
	text = charset_skip_bom(text, &charset);
	*ret_charset = charset;
	if (charset_to_utf8(&d->document, text, charset, ret_text) == ERR_OK)
		return ERR_OK;
	return decode_too_large(d, d->payload->body.len, reterr_detail);
}

static bool is_csv_body(const struct payload *payload, struct str text)
{
	return text.len > 0 &&
	       str_ieq(media_type_essence(payload->media_type), STR_LIT("text/csv"));
}

static bool is_form_body(const struct payload *payload, struct str text)
{
	struct str type = media_type_essence(payload->media_type);

	if (type.len == 0)
		return text.len > 0 && memchr(text.ptr, '=', text.len) != NULL;
	return text.len > 0 && str_ieq(type, STR_LIT("application/x-www-form-urlencoded"));
}

/* What DECODE_AUTO means for this payload; see the header. */
static enum err choose(const struct payload *payload, struct str text, enum decode_as *ret_as,
                       struct err_detail *reterr_detail)
{
	if (json_is_container(text)) {
		*ret_as = DECODE_JSON;
	} else if (is_csv_body(payload, text)) {
		*ret_as = DECODE_CSV;
	} else if (is_form_body(payload, text)) {
		*ret_as = DECODE_FORM;
	} else if (payload->query.len > 0 &&
	           (text.len == 0 || str_eq(payload->method, STR_LIT("GET")))) {
		*ret_as = DECODE_QUERY;
	} else {
		err_detail_set(reterr_detail, text.len == 0 ? "there is neither a body nor a query"
		                                            : "neither JSON, CSV nor a form");
		return ERR_PARSE;
	}
	return ERR_OK;
}

/* The string member that holds the document takes its place (when there is one). */
static enum err unpack_json_at(struct decoder *d, struct str *text,
                               struct err_detail *reterr_detail)
{
	struct json_cursor c = json_cursor(*text);
	struct value *v;
	enum err err;

	if (d->spec->json_at == NULL)
		return ERR_OK;
	err = json_check(*text, reterr_detail);
	if (err != ERR_OK && err != ERR_LIMIT)
		return err;
	if (!json_seek(&c, d->spec->json_at) || json_peek(&c) != '"')
		return ERR_OK;
	if (json_read(&c, &d->document, &v, NULL) != ERR_OK)
		return decode_too_large(d, text->len, reterr_detail);
	if (json_is_container(v->text))
		*text = v->text;
	return ERR_OK;
}

/* Nothing of a cut or broken document is believed, so it is checked to its end before. */
static enum err begin_document(struct decoder *d, struct str text, const struct field_path *records,
                               struct err_detail *reterr_detail)
{
	enum err err = json_check(text, reterr_detail);

	if (err != ERR_OK && err != ERR_LIMIT) /* too deep shows in its record */
		return err;
	json_records_start(&d->records, json_cursor(text), records);
	return ERR_OK;
}

static enum err begin_json(struct decoder *d, struct str text, const struct field_path *records,
                           struct err_detail *reterr_detail)
{
	enum err err;

	d->env = json_cursor(text);
	err = unpack_json_at(d, &text, reterr_detail);
	return err == ERR_OK ? begin_document(d, text, records, reterr_detail) : err;
}

static enum err begin_form(struct decoder *d, struct str text, struct str raw, enum charset charset,
                           struct err_detail *reterr_detail)
{
	struct str json;
	enum err err = decode_form(d, text, charset, &json, reterr_detail);

	if (err == ERR_NOMEM)
		return decode_too_large(d, text.len, reterr_detail);
	if (err != ERR_OK)
		return err;
	d->form_raw = raw;
	if (json.len == 0)
		return ERR_OK;
	d->form = NULL;
	return begin_document(d, json, d->spec->records, reterr_detail);
}

static enum err begin_stream(struct decoder *d, struct str text)
{
	d->is_stream = true;
	d->stream = json_cursor(text);
	return ERR_OK;
}

/* CloudEvents say themselves what they are. @return ERR_NOENT: it is none */
static enum err begin_cloud_event(struct decoder *d, struct str text,
                                  struct err_detail *reterr_detail)
{
	struct str type = media_type_essence(d->payload->media_type);
	const struct field_path *records = d->spec->records;
	enum err err;

	if (d->spec->as != DECODE_AUTO && d->spec->as != DECODE_JSON)
		return ERR_NOENT;
	if (str_ieq(type, STR_LIT("application/cloudevents-batch+json")))
		return begin_json(d, text, records, reterr_detail);
	if (records == NULL)
		records = &whole_document;
	if (str_ieq(type, STR_LIT("application/cloudevents+json")))
		return begin_json(d, text, records, reterr_detail);
	if (!cloud_event_is_binary(d->payload))
		return ERR_NOENT;
	err = cloud_event_compose(d->payload, text, &d->composed, reterr_detail);
	if (err != ERR_OK)
		return err;
	return begin_json(d, buf_str(&d->composed), records, reterr_detail);
}

enum err decode_begin(struct decoder *d, struct err_detail *reterr_detail)
{
	enum decode_as as = d->spec->as;
	enum charset charset;
	struct str text;
	enum err err;

	if (as == DECODE_CSV)
		return decode_csv_begin(d, reterr_detail);
	if (as == DECODE_QUERY) {
		return begin_form(d, d->payload->query, d->payload->query, CHARSET_UTF8,
		                  reterr_detail);
	}
	err = convert_body(d, &text, &charset, reterr_detail);
	if (err != ERR_OK)
		return err;
	err = begin_cloud_event(d, text, reterr_detail);
	if (err != ERR_NOENT)
		return err;
	if (as == DECODE_AUTO) {
		err = choose(d->payload, text, &as, reterr_detail);
		if (err != ERR_OK)
			return err;
	}
	switch (as) {
	case DECODE_AUTO:
	case DECODE_JSON:
		return begin_json(d, text, d->spec->records, reterr_detail);
	case DECODE_JSON_STREAM:
		return begin_stream(d, text);
	case DECODE_FORM:
		if (charset == CHARSET_WINDOWS_1252) /* applies to what stands behind %XX */
			text = d->payload->body;
		return begin_form(d, text, d->payload->body, charset, reterr_detail);
	case DECODE_QUERY:
		return begin_form(d, d->payload->query, d->payload->query, CHARSET_UTF8,
		                  reterr_detail);
	case DECODE_CSV:
		return decode_csv_begin(d, reterr_detail);
	}
	return ERR_INVAL;
}
