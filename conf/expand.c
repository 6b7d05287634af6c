/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "conf/load.h"
#include "conf/text_file.h"
#include "core/ascii.h"
#include "core/buf.h"
#include "normalise/text/utf8.h"

#define FILE_MAX  ((size_t)64 * 1024)
#define VALUE_MAX ((size_t)256 * 1024)

struct expansion {
	struct conf_load *load;
	struct yaml_node *node;
	struct buf out; /* owned */
};

static enum err fail(const struct expansion *x, const char *what, struct str name, const char *why)
{
	return yaml_fail(x->node, x->load->detail, "%s \"%.*s\" %s", what, STR_FMT(name), why);
}

static bool is_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool letter = ascii_is_letter(c) || c == '_';

		if (!letter && (i == 0 || !ascii_is_digit(c)))
			return false;
	}
	return name.len > 0;
}

static enum err append(struct expansion *x, struct str text)
{
	enum err err = buf_append_str(&x->out, text);

	if (err == ERR_LIMIT)
		return yaml_fail(x->node, x->load->detail, "longer than 256 KiB when expanded");
	return err;
}

static enum err add_variable(struct expansion *x, struct str name)
{
	char *text = str_dup(name);

	if (text == NULL)
		return ERR_NOMEM;

	/* Nothing in this program changes the environment. */
	const char *value = getenv(text); /* NOLINT(concurrency-mt-unsafe) */

	free(text);
	if (value == NULL) {
		return fail(x, "environment variable", name,
		            "is not set; set it, or write $${ for a literal ${");
	}
	if (x->node->mark < ORIGIN_ENVIRONMENT)
		x->node->mark = ORIGIN_ENVIRONMENT;
	return append(x, str_from(value));
}

static struct str without_newline(struct str text)
{
	if (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	if (text.len > 0 && text.ptr[text.len - 1] == '\r')
		text.len--;
	return text;
}

static enum err add_content(struct expansion *x, struct str path, struct str text)
{
	if (text.len > FILE_MAX)
		return fail(x, "file", path, "is larger than 64 KiB");
	text = without_newline(text);
	if (text.len == 0)
		return fail(x, "file", path, "is empty; put the value into it");
	if (memchr(text.ptr, '\0', text.len) != NULL)
		return fail(x, "file", path, "holds a NUL byte; it must be text");
	x->node->mark = ORIGIN_FILE;
	return append(x, text);
}

static enum err add_file(struct expansion *x, struct str name)
{
	struct str path = STR_EMPTY;
	const char *why = NULL;
	char *bytes = NULL;
	size_t len = 0;
	enum err err = conf_absolute(x->load, name, &path);

	if (err != ERR_OK)
		return err;
	err = text_file_read(path.ptr, FILE_MAX, &bytes, &len, &why);
	if (err == ERR_PARSE)
		return fail(x, "file", path, why);
	if (err != ERR_OK)
		return err;
	err = add_content(x, path, (struct str){bytes, len});
	explicit_bzero(bytes, len);
	free(bytes);
	return err;
}

/* What stands between the braces. */
static enum err add_reference(struct expansion *x, struct str name)
{
	static const struct str file = {"file:", 5};

	if (str_has_prefix(name, file) && name.len > file.len)
		return add_file(x, (struct str){name.ptr + file.len, name.len - file.len});
	if (is_name(name))
		return add_variable(x, name);
	return fail(x, "expected ${NAME} or ${file:PATH}, not", name,
	            "in braces; write $${ for a literal ${");
}

static bool starts(struct str text, const char *with)
{
	return str_has_prefix(text, str_from(with));
}

static enum err expand_text(struct expansion *x, struct str text)
{
	enum err err = ERR_OK;

	while (err == ERR_OK && text.len > 0) {
		struct str name, rest;
		size_t used = 1;

		if (starts(text, "$${")) {
			err = append(x, STR_LIT("${"));
			used = 3;
		} else if (starts(text, "${")) {
			rest = (struct str){text.ptr + 2, text.len - 2};
			if (!str_cut(rest, '}', &name, &rest)) {
				return yaml_fail(
					x->node, x->load->detail,
					"\"${\" without \"}\"; write $${ for a literal ${");
			}
			err = add_reference(x, name);
			used = name.len + 3;
		} else {
			err = append(x, (struct str){text.ptr, 1});
		}
		text = (struct str){text.ptr + used, text.len - used};
	}
	return err;
}

static enum err expand_node(struct conf_load *load, struct yaml_node *node)
{
	struct expansion x = {.load = load, .node = node};
	enum err err;

	if (node->text.len < 2 || strstr(node->text.ptr, "${") == NULL)
		return ERR_OK;
	buf_init(&x.out, VALUE_MAX);
	err = expand_text(&x, node->text);
	if (err == ERR_OK && utf8_broken(buf_str(&x.out)) > 0)
		err = yaml_fail(node, load->detail, "what is put in here must be UTF-8 text");
	if (err == ERR_OK)
		err = arena_str_dup(&load->full->arena, buf_str(&x.out), &node->text);
	if (err == ERR_OK)
		node->quoted = true; /* what came from outside is text, also "null" */
	if (x.out.ptr != NULL)
		explicit_bzero(x.out.ptr, x.out.cap);
	buf_fini(&x.out);
	return err;
}

enum err conf_expand(struct conf_load *load, struct yaml_node *root)
{
	struct yaml_node *node = root;

	while (node != NULL) {
		enum err err = node->kind == YAML_SCALAR ? expand_node(load, node) : ERR_OK;

		if (err != ERR_OK)
			return err;
		if (node->first != NULL) {
			node = node->first;
			continue;
		}
		while (node != NULL && node->next == NULL)
			node = node->parent;
		if (node != NULL)
			node = node->next;
	}
	return ERR_OK;
}
