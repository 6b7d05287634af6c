/* SPDX-License-Identifier: MIT */
#include "core/ascii.h"
#include "normalise/profile/template_parts.h"
#include "normalise/value/json_writer.h"

struct rendering {
	const struct yaml_node *root;
	struct json_writer writer;
	struct buf text; /* of one scalar */
	template_lookup_fn lookup;
	void *arg;
};

/** The node behind @p at in the order of the file, as if no node had children. */
static const struct yaml_node *behind(const struct yaml_node *root, const struct yaml_node *at)
{
	while (at != root && at->next == NULL)
		at = at->parent;
	return at != root ? at->next : NULL;
}

enum err template_check_tree(const struct yaml_node *node, template_known_fn known, void *arg,
                             struct err_detail *reterr_detail)
{
	const struct yaml_node *at = node;

	while (at != NULL) {
		struct err_detail detail = {.text = ""};

		if (at->kind == YAML_SCALAR &&
		    template_check(at->text, known, arg, &detail) != ERR_OK)
			return yaml_fail(at, reterr_detail, "%s", detail.text);
		at = at->first != NULL ? at->first : behind(node, at);
	}
	return ERR_OK;
}

static size_t digits_at(struct str s, size_t i)
{
	size_t from = i;

	while (i < s.len && ascii_is_digit(s.ptr[i]))
		i++;
	return i - from;
}

/** Number of RFC 8259 section 6. */
static bool is_json_number(struct str s)
{
	size_t i = s.len > 0 && s.ptr[0] == '-' ? 1 : 0;
	size_t whole = digits_at(s, i);

	if (whole == 0 || (whole > 1 && s.ptr[i] == '0'))
		return false;
	i += whole;
	if (i < s.len && s.ptr[i] == '.') {
		size_t fraction = digits_at(s, i + 1);

		if (fraction == 0)
			return false;
		i += 1 + fraction;
	}
	if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
		i += i + 1 < s.len && (s.ptr[i + 1] == '+' || s.ptr[i + 1] == '-') ? 2 : 1;

		size_t exponent = digits_at(s, i);

		if (exponent == 0)
			return false;
		i += exponent;
	}
	return i == s.len;
}

/** `${name:int}` and nothing else. */
static bool is_int_alone(struct str s)
{
	static const char tail[] = ":int}";
	const size_t len = sizeof(tail) - 1;
	struct str name, rest;

	return str_has_prefix(s, STR_LIT("${")) && str_cut(s, '}', &name, &rest) && rest.len == 0 &&
	       s.len > len && str_eq((struct str){s.ptr + s.len - len, len}, str_from(tail));
}

static bool is_verbatim(const struct yaml_node *node)
{
	return !node->quoted &&
	       (str_eq(node->text, STR_LIT("true")) || str_eq(node->text, STR_LIT("false")) ||
	        is_json_number(node->text));
}

static enum err put_any(struct buf *b, struct str text)
{
	return buf_append_str(b, text);
}

static enum err write_scalar(struct rendering *r, const struct yaml_node *node)
{
	enum err err;

	if (yaml_is_null(node)) {
		json_raw(&r->writer, STR_LIT("null"));
		return ERR_OK;
	}
	if (is_verbatim(node)) {
		json_raw(&r->writer, node->text);
		return ERR_OK;
	}
	buf_reset(&r->text);
	err = template_expand(node->text, put_any, r->lookup, r->arg, &r->text);
	if (err != ERR_OK)
		return err;
	if (!is_int_alone(node->text)) {
		json_string(&r->writer, buf_str(&r->text));
		return ERR_OK;
	}
	if (!is_json_number(buf_str(&r->text))) /* leading zeros */
		return ERR_INVAL;
	json_raw(&r->writer, buf_str(&r->text));
	return ERR_OK;
}

static enum err write_open(struct rendering *r, const struct yaml_node *node)
{
	if (node != r->root && node->parent->kind == YAML_MAPPING)
		json_key(&r->writer, node->key);
	switch (node->kind) {
	case YAML_MAPPING:
		json_open_object(&r->writer);
		return ERR_OK;
	case YAML_SEQUENCE:
		json_open_array(&r->writer);
		return ERR_OK;
	case YAML_SCALAR:
		break;
	}
	return write_scalar(r, node);
}

static void write_close(struct rendering *r, const struct yaml_node *node)
{
	switch (node->kind) {
	case YAML_MAPPING:
		json_close_object(&r->writer);
		break;
	case YAML_SEQUENCE:
		json_close_array(&r->writer);
		break;
	case YAML_SCALAR:
		break;
	}
}

/** The next node to open; what ends before it is closed. NULL when all is written. */
static const struct yaml_node *step(struct rendering *r, const struct yaml_node *at)
{
	if (at->first != NULL)
		return at->first;
	write_close(r, at);
	while (at != r->root && at->next == NULL) {
		at = at->parent;
		write_close(r, at);
	}
	return at != r->root ? at->next : NULL;
}

enum err template_render_json(const struct yaml_node *node, template_lookup_fn lookup, void *arg,
                              struct buf *b)
{
	struct rendering r = {.root = node, .writer = json_writer(b), .lookup = lookup, .arg = arg};
	size_t before = b->len;
	enum err err = buf_err(b);

	buf_init(&r.text, b->max);
	for (const struct yaml_node *at = node; at != NULL && err == ERR_OK; at = step(&r, at))
		err = write_open(&r, at);
	buf_fini(&r.text);
	if (err == ERR_OK)
		err = buf_err(b);
	if (err != ERR_OK && b->ptr != NULL) {
		b->len = before;
		b->ptr[before] = '\0';
	}
	return err;
}
