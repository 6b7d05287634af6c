/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <sodium.h>

#include "normalise/decode/decode.h"
#include "normalise/decode/form.h"
#include "normalise/text/media_type.h"
#include "normalise/value/json_writer.h"

/* Source: CloudEvents HTTP Protocol Binding 1.0.2, 3.1 (binary mode) and 3.1.3.2 (%XX in headers).
 */
#define HEADER_PREFIX    STR_LIT("ce-")
#define HEADER_VALUE_MAX ((size_t)64 * 1024)

static bool next_header(struct str *lines, struct str *ret_name, struct str *ret_text)
{
	struct str line;

	while (lines->len > 0) {
		(void)str_cut(*lines, '\n', &line, lines);
		if (str_cut(line, ':', ret_name, ret_text)) {
			*ret_name = str_trim(*ret_name);
			*ret_text = str_trim(*ret_text);
			return true;
		}
	}
	return false;
}

struct str payload_header(const struct payload *payload, struct str name)
{
	struct str lines = payload->headers, key, text;

	while (next_header(&lines, &key, &text)) {
		if (str_ieq(key, name))
			return text;
	}
	return STR_EMPTY;
}

bool cloud_event_is_binary(const struct payload *payload)
{
	return payload_header(payload, STR_LIT("ce-specversion")).len > 0;
}

static enum err write_attribute(struct json_writer *w, struct str name, struct str text)
{
	struct arena a;
	struct str plain;
	enum err err;

	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		text = (struct str){text.ptr + 1, text.len - 2};
	arena_init(&a, HEADER_VALUE_MAX);
	err = form_unescape(&a, text, false, &plain);
	if (err == ERR_OK) {
		json_key(w, name);
		json_string(w, plain);
	}
	arena_fini(&a);
	return err;
}

/* A header named ce-data could pose as the body. */
static bool is_attribute(struct str name)
{
	return str_has_prefix(name, HEADER_PREFIX) && name.len > HEADER_PREFIX.len &&
	       !str_eq(name, STR_LIT("ce-data")) && !str_eq(name, STR_LIT("ce-data_base64")) &&
	       !str_eq(name, STR_LIT("ce-datacontenttype"));
}

static enum err write_attributes(struct json_writer *w, const struct payload *payload)
{
	struct str lines = payload->headers, name, text;

	while (next_header(&lines, &name, &text)) {
		if (!is_attribute(name))
			continue;
		name = (struct str){name.ptr + HEADER_PREFIX.len, name.len - HEADER_PREFIX.len};

		enum err err = write_attribute(w, name, text);

		if (err != ERR_OK)
			return err;
	}
	json_member(w, STR_LIT("datacontenttype"), payload->media_type);
	return ERR_OK;
}

static enum err write_base64(struct json_writer *w, struct str body)
{
	size_t size = sodium_base64_encoded_len(body.len, sodium_base64_VARIANT_ORIGINAL);
	char *text = malloc(size);

	if (text == NULL)
		return ERR_NOMEM;
	(void)sodium_bin2base64(text, size, (const unsigned char *)body.ptr, body.len,
	                        sodium_base64_VARIANT_ORIGINAL);
	json_key(w, STR_LIT("data_base64"));
	json_string(w, str_from(text));
	free(text);
	return ERR_OK;
}

static enum err write_body(struct json_writer *w, const struct payload *payload, struct str utf8,
                           struct err_detail *reterr_detail)
{
	bool is_json = media_type_is_json(payload->media_type);
	enum err err;

	if (payload->body.len == 0)
		return ERR_OK;
	if (!is_json && payload->media_type.len > 0)
		return write_base64(w, payload->body);
	err = json_check(utf8, reterr_detail);
	if (err == ERR_PARSE && !is_json)
		return write_base64(w, payload->body);
	if (err != ERR_OK && err != ERR_LIMIT) /* too deep shows when it is read */
		return err;
	json_key(w, STR_LIT("data"));
	json_raw(w, utf8);
	return ERR_OK;
}

enum err cloud_event_compose(const struct payload *payload, struct str utf8, struct buf *json,
                             struct err_detail *reterr_detail)
{
	struct json_writer w = json_writer(json);
	enum err err;

	json_open_object(&w);
	err = write_attributes(&w, payload);
	if (err == ERR_OK)
		err = write_body(&w, payload, utf8, reterr_detail);
	json_close_object(&w);
	return err == ERR_OK ? buf_err(json) : err;
}
