/* SPDX-License-Identifier: MIT */
#include "normalise/profile/template.h"

#include "core/ascii.h"
#include "normalise/profile/template_parts.h"

/** One step through a template: verbatim text or a name. */
struct piece {
	struct str text;
	bool is_name;
	bool is_int;
	bool is_path;
};

static bool is_name_char(char c)
{
	return ascii_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

static struct str skip(struct str s, size_t len)
{
	return (struct str){s.ptr + len, s.len - len};
}

/** The rest of `${name}`. @return what is wrong with it, or NULL */
static const char *name_piece(struct str *rest, struct piece *p)
{
	struct str tail = *rest;
	size_t len = 0;

	while (len < rest->len && is_name_char(rest->ptr[len]))
		len++;
	tail = skip(tail, len);
	p->text = (struct str){rest->ptr, len};
	p->is_name = true;
	p->is_int = str_has_prefix(tail, STR_LIT(":int}"));
	p->is_path = str_has_prefix(tail, STR_LIT(":path}"));
	if (p->is_int || p->is_path)
		tail = skip(tail, p->is_int ? sizeof(":int") - 1 : sizeof(":path") - 1);
	if (len == 0 || tail.len == 0 || tail.ptr[0] != '}')
		return "expected ${name}, ${name:int} or ${name:path}";
	*rest = skip(tail, 1);
	return NULL;
}

/** The next piece of @p rest, which is not empty. @return what is wrong with it, or NULL */
static const char *next_piece(struct str *rest, struct piece *p)
{
	size_t len = 0;

	*p = (struct piece){.is_name = false};
	while (len < rest->len && rest->ptr[len] != '$')
		len++;
	if (len > 0) {
		p->text = (struct str){rest->ptr, len};
		*rest = skip(*rest, len);
		return NULL;
	}
	if (str_has_prefix(*rest, STR_LIT("$$"))) {
		p->text = (struct str){rest->ptr, 1};
		*rest = skip(*rest, 2);
		return NULL;
	}
	if (!str_has_prefix(*rest, STR_LIT("${")))
		return "a '$' begins ${name}; itself it is written $$";
	*rest = skip(*rest, 2);
	return name_piece(rest, p);
}

enum err template_check(struct str text, template_known_fn known, void *arg,
                        struct err_detail *reterr_detail)
{
	while (text.len > 0) {
		struct piece p;
		const char *why = next_piece(&text, &p);

		if (why != NULL) {
			err_detail_set(reterr_detail, "%s", why);
			return ERR_PARSE;
		}
		if (p.is_name && !known(arg, p.text)) {
			err_detail_set(reterr_detail, "no such name \"%.*s\" here",
			               STR_FMT(p.text));
			return ERR_PARSE;
		}
	}
	return ERR_OK;
}

bool template_uses(struct str text, struct str name)
{
	struct piece p;

	while (text.len > 0 && next_piece(&text, &p) == NULL) {
		if (p.is_name && str_eq(p.text, name))
			return true;
	}
	return false;
}

static enum err put_plain(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\r' || text.ptr[i] == '\n' || text.ptr[i] == '\0')
			return ERR_INVAL;
	}
	return buf_append_str(b, text);
}

static enum err put_encoded(struct buf *b, struct str text, const char *pass)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		const char *at = pass;

		while (*at != '\0' && *at != c)
			at++;
		if (ascii_is_alnum(c) || (*at != '\0' && *at == c)) {
			(void)buf_append_char(b, c);
		} else {
			(void)buf_printf(b, "%%%02X", (unsigned)(unsigned char)c);
		}
	}
	return buf_err(b);
}

static enum err put_path(struct buf *b, struct str text)
{
	return put_encoded(b, text, "-._~");
}

/** Several segments; the template has the slash before them. */
static enum err put_segments(struct buf *b, struct str text)
{
	while (text.len > 0 && text.ptr[0] == '/')
		text = skip(text, 1);
	return put_encoded(b, text, "-._~/");
}

/** A client would take "." and ".." for steps through the path. */
static bool has_dot_segment(struct str path)
{
	while (path.len > 0) {
		struct str segment;

		(void)str_cut(path, '/', &segment, &path);
		if (str_eq(segment, STR_LIT(".")) || str_eq(segment, STR_LIT("..")))
			return true;
	}
	return false;
}

static enum err put_query(struct buf *b, struct str text)
{
	return put_encoded(b, text, "-._~:,");
}

static bool is_integer(struct str text)
{
	size_t i = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;

	if (i == text.len)
		return false;
	while (i < text.len && ascii_is_digit(text.ptr[i]))
		i++;
	return i == text.len;
}

static enum err put_name(const struct piece *p, template_put_fn put, template_lookup_fn lookup,
                         void *arg, struct buf *b)
{
	struct str value = STR_EMPTY;

	if (!lookup(arg, p->text, &value))
		return ERR_NOENT;
	if (p->is_int && !is_integer(value))
		return ERR_INVAL;
	return (p->is_path && put == put_path ? put_segments : put)(b, value);
}

static void cut_back(struct buf *b, size_t len)
{
	if (b->ptr == NULL)
		return;
	b->len = len;
	b->ptr[len] = '\0';
}

enum err template_expand(struct str text, template_put_fn put, template_lookup_fn lookup, void *arg,
                         struct buf *b)
{
	size_t before = b->len;
	enum err err = buf_err(b);

	while (text.len > 0 && err == ERR_OK) {
		struct piece p;

		if (next_piece(&text, &p) != NULL) {
			err = ERR_INVAL;
		} else if (p.is_name) {
			err = put_name(&p, put, lookup, arg, b);
		} else {
			err = buf_append_str(b, p.text);
		}
	}
	if (err != ERR_OK)
		cut_back(b, before);
	return err;
}

enum err template_render(struct str text, enum template_encoding encoding,
                         template_lookup_fn lookup, void *arg, struct buf *b)
{
	static const template_put_fn puts_of[] = {
		[TEMPLATE_PLAIN] = put_plain,
		[TEMPLATE_PATH] = put_path,
		[TEMPLATE_QUERY] = put_query,
	};

	size_t before = b->len;
	enum err err = template_expand(text, puts_of[encoding], lookup, arg, b);

	if (err != ERR_OK || encoding != TEMPLATE_PATH || b->len == before)
		return err;
	if (has_dot_segment((struct str){b->ptr + before, b->len - before})) {
		cut_back(b, before);
		return ERR_INVAL;
	}
	return ERR_OK;
}
