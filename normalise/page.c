/* SPDX-License-Identifier: MIT */
#include "normalise/page.h"

#include <string.h>

#include <sodium.h>

#include "normalise/decode/decode.h"

#define ERROR_TEXT_SIZE ((size_t)240)

/* Beside the text itself, what reading a text from JSON takes at most. */
#define TEXT_OVERHEAD ((size_t)512)

/** A page whose syntax was checked. */
struct body {
	struct json_cursor document;
	struct json_cursor unpacked; /* the document that holds the records; mostly the same */
	struct arena *arena;
	struct err_detail *detail;
};

/** What a pointer leads to: null when it leads nowhere. */
struct member {
	enum value_kind kind;
	struct str raw;  /* as it stands in the body */
	struct str text; /* scalars: as a text, in the arena */
};

static enum err full_or_out(const struct body *b, size_t len)
{
	if (b->arena->max - b->arena->used > 2 * len + TEXT_OVERHEAD)
		return ERR_NOMEM;
	err_detail_set(b->detail, "a member that steers paging needs more than %zu bytes",
	               b->arena->max);
	return ERR_LIMIT;
}

static enum value_kind kind_of(char first)
{
	switch (first) {
	case '{':
		return VALUE_OBJECT;
	case '[':
		return VALUE_ARRAY;
	case '"':
		return VALUE_STRING;
	case 't':
		return VALUE_TRUE;
	case 'f':
		return VALUE_FALSE;
	case 'n':
		return VALUE_NULL;
	default:
		return VALUE_NUMBER;
	}
}

static enum err read_text(const struct body *b, struct json_cursor at, struct member *m)
{
	struct value *v = NULL;

	m->text = m->raw;
	if (m->kind == VALUE_STRING) {
		if (json_read(&at, b->arena, &v, NULL) != ERR_OK)
			return full_or_out(b, m->raw.len);
		m->text = v->text;
	}
	if (arena_str_dup(b->arena, m->text, &m->text) != ERR_OK)
		return full_or_out(b, m->raw.len);
	return ERR_OK;
}

/** @return ERR_OK, ERR_LIMIT, ERR_NOMEM */
static enum err get(const struct body *b, const struct field_path *path, struct member *ret_member)
{
	struct json_cursor from = b->document, to;
	struct member m = {.kind = VALUE_NULL};
	enum err err = ERR_OK;

	if (path != NULL && json_seek(&from, path)) {
		to = from;
		(void)!json_skip(&to, NULL, NULL); /* was checked before */
		m.kind = kind_of(*from.at);
		m.raw = (struct str){from.at, (size_t)(to.at - from.at)};
	}
	if (m.kind != VALUE_NULL && m.kind != VALUE_ARRAY && m.kind != VALUE_OBJECT)
		err = read_text(b, from, &m);
	if (err == ERR_OK)
		*ret_member = m;
	return err;
}

static bool is_absent(const struct member *m)
{
	return m->kind == VALUE_NULL || (m->kind == VALUE_STRING && m->text.len == 0);
}

/* ---- the document ---- */

static enum err check(struct str text, struct err_detail *reterr_detail)
{
	enum err err;

	if (str_has_prefix(str_trim(text), STR_LIT("<"))) {
		if (reterr_detail != NULL)
			reterr_detail->line = reterr_detail->col = 1;
		err_detail_set(reterr_detail, "it looks like HTML, not JSON");
		return ERR_PARSE;
	}
	err = json_check(text, reterr_detail);
	/* A record that is too deep becomes a dead letter; it does not spoil the page. */
	return err == ERR_LIMIT ? ERR_OK : err;
}

/** The text that holds the records, where the profile says that it is packed into another one. */
static enum err unpack(struct body *b, const struct field_path *json_at)
{
	struct member m;
	enum err err = get(b, json_at, &m);

	if (err != ERR_OK || m.kind != VALUE_STRING || !json_is_container(m.text))
		return err;
	err = check(m.text, b->detail);
	if (err == ERR_OK)
		b->unpacked = json_cursor(m.text);
	return err;
}

static enum err open_body(struct body *b, struct str text, const struct decode_spec *decode)
{
	enum charset charset = CHARSET_UTF8;
	enum err err;

	text = charset_skip_bom(text, &charset);
	err = check(text, b->detail);
	if (err != ERR_OK)
		return err;
	b->document = b->unpacked = json_cursor(text);
	return decode->json_at != NULL ? unpack(b, decode->json_at) : ERR_OK;
}

/* ---- what is read ---- */

/** null or "" where the list belongs is no row; as an element of a list it is one. */
static bool is_nothing(struct str raw)
{
	return str_eq(raw, STR_LIT("null")) || str_eq(raw, STR_LIT("\"\""));
}

static void read_records(const struct body *b, const struct field_path *path, struct page *page)
{
	struct json_records records = {.found = false};
	struct json_cursor *at;
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, PAGE_DIGEST_BYTES);
	json_records_start(&records, b->unpacked, path);
	while (json_records_next(&records, &at) == ERR_OK) {
		(void)json_skip_blanks(at);

		const char *from = at->at;

		(void)!json_skip(at, NULL, NULL);

		struct str raw = {from, (size_t)(at->at - from)};

		if (at == &records.single && is_nothing(raw))
			continue;
		(void)crypto_generichash_update(&h, (const unsigned char *)raw.ptr, raw.len);
		(void)crypto_generichash_update(&h, (const unsigned char *)",", 1);
		page->records++;
	}
	(void)crypto_generichash_final(&h, page->digest, sizeof(page->digest));
}

static bool number_from(const struct member *m, uint64_t *ret_number)
{
	return (m->kind == VALUE_NUMBER || m->kind == VALUE_STRING) &&
	       str_to_u64(str_trim(m->text), ret_number) == ERR_OK;
}

/** As the yes/no fields of maps. */
static bool bool_from(const struct member *m, bool *ret_value)
{
	static const char *const words[] = {"false", "true", "no", "yes", "0", "1"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_ieq(m->text, str_from(words[i]))) {
			*ret_value = i % 2 == 1;
			return true;
		}
	}
	return false;
}

static enum err read_ok(const struct body *b, const struct ok_spec *ok, struct page *page)
{
	char text[ERROR_TEXT_SIZE];
	struct member m;
	enum err err;

	page->is_ok = ok == NULL || ok->at == NULL;
	if (page->is_ok)
		return ERR_OK;
	err = get(b, ok->at, &m);
	for (size_t i = 0; i < ok->word_count && err == ERR_OK; i++)
		page->is_ok = page->is_ok || (!is_absent(&m) && str_ieq(m.text, ok->words[i]));
	if (err != ERR_OK || page->is_ok || ok->error == NULL)
		return err;
	err = get(b, ok->error, &m);
	if (err != ERR_OK || is_absent(&m))
		return err;
	page_error_text(m.raw, STR_LIT("application/json"), text, sizeof(text));
	if (arena_str_dup(b->arena, str_from(text), &page->error) != ERR_OK)
		return full_or_out(b, strlen(text));
	return ERR_OK;
}

/** What is neither a link nor an absent one must not end paging as if it were absent. */
static enum err read_next(const struct body *b, const struct page_spec *spec, struct page *page)
{
	struct member m;
	enum err err;

	if (spec->kind != PAGE_LINK && spec->kind != PAGE_TOKEN)
		return ERR_OK;
	err = get(b, spec->next, &m);
	if (err != ERR_OK || is_absent(&m) || m.kind == VALUE_FALSE)
		return err;
	if (m.kind != VALUE_STRING && m.kind != VALUE_NUMBER) {
		err_detail_set(b->detail, "what should lead to the next page is no text");
		return ERR_PARSE;
	}
	page->has_next = true;
	page->next = m.text;
	return ERR_OK;
}

static enum err read_limits(const struct body *b, const struct page_spec *spec, struct page *page)
{
	struct member last, more, size;
	enum err err = get(b, spec->last, &last);

	if (err == ERR_OK)
		err = get(b, spec->more, &more);
	if (err == ERR_OK)
		err = get(b, spec->size_at, &size);
	if (err != ERR_OK)
		return err;
	page->has_last = number_from(&last, &page->last);
	page->has_more = bool_from(&more, &page->more);
	(void)number_from(&size, &page->size);
	return ERR_OK;
}

static enum err read_same(const struct body *b, const struct page_spec *spec, struct page *page)
{
	struct member m;
	enum err err = get(b, spec->same, &m);

	if (err != ERR_OK || is_absent(&m))
		return err;
	page->same = m.text;
	if ((m.kind == VALUE_ARRAY || m.kind == VALUE_OBJECT) &&
	    arena_str_dup(b->arena, m.raw, &page->same) != ERR_OK)
		return full_or_out(b, m.raw.len);
	return ERR_OK;
}

enum err page_read(struct str body, const struct decode_spec *decode, const struct page_spec *spec,
                   const struct ok_spec *ok, struct arena *arena, struct page *ret_page,
                   struct err_detail *reterr_detail)
{
	struct body b = {.arena = arena, .detail = reterr_detail};
	struct page page = {.records = 0};
	enum err err = open_body(&b, body, decode);

	if (err == ERR_OK)
		err = read_ok(&b, ok, &page);
	if (err == ERR_OK)
		err = read_next(&b, spec, &page);
	if (err == ERR_OK)
		err = read_limits(&b, spec, &page);
	if (err == ERR_OK)
		err = read_same(&b, spec, &page);
	if (err != ERR_OK)
		return err;
	read_records(&b, decode->records, &page);
	*ret_page = page;
	return ERR_OK;
}
