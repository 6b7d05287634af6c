/* SPDX-License-Identifier: MIT */
#include "conf/edit.h"

#include <stdlib.h>
#include <string.h>

#include "core/yaml.h"

#define INSERTIONS_MAX 64
#define LINE_MAX_BYTES 1024

/* Text that goes in before a place of the file. */
struct insertion {
	size_t at;
	struct buf text; /* owned */
};

struct editor {
	const struct conf_edit *edit;
	struct str text;
	struct str newline; /* as the file writes it */
	struct insertion list[INSERTIONS_MAX];
	size_t count;
	struct err_detail *detail;
};

static enum err refuse(struct editor *e, const struct yaml_node *node, const char *why)
{
	(void)yaml_fail(node, e->detail, "%s; add the pair by hand", why);
	return ERR_INVAL;
}

/* As libyaml counts lines: LF, CR, or both are one break. */
static size_t line_start(struct str text, unsigned line)
{
	size_t at = 0;

	for (; line > 1 && at < text.len; line--) {
		while (at < text.len && text.ptr[at] != '\n' && text.ptr[at] != '\r')
			at++;
		if (at + 1 < text.len && text.ptr[at] == '\r' && text.ptr[at + 1] == '\n')
			at++;
		if (at < text.len)
			at++;
	}
	return at;
}

/* Columns are characters, not bytes. */
static size_t place_of(struct str text, unsigned line, unsigned col)
{
	size_t at = line_start(text, line);

	for (; col > 1 && at < text.len; col--) {
		at++;
		while (at < text.len && ((unsigned char)text.ptr[at] & 0xc0U) == 0x80)
			at++;
	}
	return at;
}

static struct str newline_of(struct str text)
{
	const char *lf = memchr(text.ptr, '\n', text.len);

	return lf != NULL && lf > text.ptr && lf[-1] == '\r' ? STR_LIT("\r\n") : STR_LIT("\n");
}

static bool has_only(struct str text, const char *bytes)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr(bytes, text.ptr[i]) == NULL)
			return false;
	}
	return true;
}

static enum err insertion_new(struct editor *e, size_t at, struct buf **ret_text)
{
	struct insertion *in = &e->list[e->count];

	if (e->count == INSERTIONS_MAX)
		return ERR_LIMIT;
	e->count++;
	in->at = at;
	buf_init(&in->text, LINE_MAX_BYTES);
	*ret_text = &in->text;
	return ERR_OK;
}

/* Always in quotes; "${" is written so that it is not expanded. */
static void append_quoted(struct buf *b, const char *text)
{
	(void)buf_append_char(b, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\') {
			(void)buf_append_char(b, '\\');
		} else if (text[0] == '$' && text[1] == '{') {
			(void)buf_append_char(b, '$');
		}
		(void)buf_append_char(b, *text);
	}
	(void)buf_append_char(b, '"');
}

enum err conf_edit_pair_lines(const struct conf_edit *edit, unsigned indent, struct str newline,
                              struct buf *b)
{
	(void)buf_printf(b, "%*s- username: ", (int)indent, "");
	append_quoted(b, edit->username);
	(void)buf_append_str(b, newline);
	(void)buf_printf(b, "%*s  password_hash: ", (int)indent, "");
	append_quoted(b, edit->password_hash);
	(void)buf_append_str(b, newline);
	return buf_err(b);
}

/* `[` … `]`: behind the bracket. */
static enum err add_flow_pair(struct editor *e, const struct yaml_node *list, size_t at)
{
	struct buf *b = NULL;
	enum err err = insertion_new(e, at + 1, &b);

	if (err != ERR_OK)
		return err;
	(void)buf_append_str(b, STR_LIT("{username: "));
	append_quoted(b, e->edit->username);
	(void)buf_append_str(b, STR_LIT(", password_hash: "));
	append_quoted(b, e->edit->password_hash);
	(void)buf_append_str(b, list->count > 0 ? STR_LIT("}, ") : STR_LIT("}"));
	return buf_err(b);
}

/* Below the line of the key, so that comments stay with the items they stand above. */
static enum err add_block_pair(struct editor *e, const struct yaml_node *list, size_t at)
{
	size_t start = line_start(e->text, list->line);
	size_t below = line_start(e->text, list->key_line + 1);
	struct buf *b = NULL;
	enum err err;

	if (list->line <= list->key_line ||
	    !has_only((struct str){e->text.ptr + start, at - start}, " "))
		return refuse(e, list, "this list is written in a form that is not extended here");
	err = insertion_new(e, below, &b);
	if (err == ERR_OK)
		err = conf_edit_pair_lines(e->edit, (unsigned)(at - start), e->newline, b);
	return err;
}

static enum err add_pair(struct editor *e, const struct yaml_node *list)
{
	size_t at = place_of(e->text, list->line, list->col);

	if (at < e->text.len && e->text.ptr[at] == '[')
		return add_flow_pair(e, list, at);
	if (at < e->text.len && e->text.ptr[at] == '-')
		return add_block_pair(e, list, at);
	return refuse(e, list, "this list cannot be found in the text");
}

/* In front of the first key of the pair, or behind its brace. */
static enum err add_end(struct editor *e, const struct yaml_node *pair)
{
	size_t start = line_start(e->text, pair->line);
	size_t at = place_of(e->text, pair->line, pair->col);
	bool is_flow = at < e->text.len && e->text.ptr[at] == '{';
	struct buf *b = NULL;
	enum err err;

	if (!is_flow && !has_only((struct str){e->text.ptr + start, at - start}, " -"))
		return refuse(e, pair, "this pair is written in a form that is not extended here");
	err = insertion_new(e, is_flow ? at + 1 : at, &b);
	if (err != ERR_OK)
		return err;
	(void)buf_append_str(b, STR_LIT("until: "));
	append_quoted(b, e->edit->until);
	if (is_flow) {
		(void)buf_append_str(b, STR_LIT(", "));
	} else {
		(void)buf_append_str(b, e->newline);
		(void)buf_printf(b, "%*s", (int)(at - start), "");
	}
	return buf_err(b);
}

static struct yaml_node *child_at(struct yaml_node *list, size_t number)
{
	struct yaml_node *node = list != NULL ? list->first : NULL;

	for (; node != NULL && number > 0; number--)
		node = node->next;
	return node;
}

static struct yaml_node *find_list(struct yaml_doc *doc, const struct conf_edit *edit)
{
	struct yaml_node *account = child_at(yaml_get(yaml_root(doc), "accounts"), edit->account);
	struct yaml_node *hook =
		account != NULL ? child_at(yaml_get(account, "webhooks"), edit->webhook) : NULL;
	struct yaml_node *auth = hook != NULL ? yaml_get(hook, "auth") : NULL;
	struct yaml_node *list = auth != NULL ? yaml_get(auth, "basic") : NULL;

	return list != NULL && list->kind == YAML_SEQUENCE ? list : NULL;
}

static enum err plan(struct editor *e, struct yaml_doc *doc)
{
	const struct yaml_node *list = find_list(doc, e->edit);
	enum err err;

	if (list == NULL) {
		return yaml_fail(yaml_root(doc), e->detail,
		                 "the webhook has no list \"basic\" any more; try again");
	}
	err = add_pair(e, list);
	for (const struct yaml_node *pair = list->first; pair != NULL && err == ERR_OK;
	     pair = pair->next) {
		if (e->edit->until != NULL && yaml_get(pair, "until") == NULL)
			err = add_end(e, pair);
	}
	return err;
}

/* Insertions are in the order of the file. */
static enum err apply(const struct editor *e, struct buf *b)
{
	size_t from = 0;

	for (size_t i = 0; i < e->count; i++) {
		(void)buf_append(b, e->text.ptr + from, e->list[i].at - from);
		(void)buf_append_str(b, buf_str(&e->list[i].text));
		from = e->list[i].at;
	}
	(void)buf_append(b, e->text.ptr + from, e->text.len - from);
	return buf_err(b);
}

static void unlink_child(struct yaml_node *parent, struct yaml_node *child)
{
	struct yaml_node **at = &parent->first;

	while (*at != child)
		at = &(*at)->next;
	*at = child->next;
	parent->count--;
}

static bool says(const struct yaml_node *mapping, const char *key, const char *text)
{
	const struct yaml_node *node = yaml_get(mapping, key);
	struct str said = node != NULL && node->kind == YAML_SCALAR ? node->text : STR_EMPTY;

	/* "$${" in the file is "${" */
	return strstr(text, "${") != NULL || str_eq(said, str_from(text));
}

/* Take out of the new document what was put in. */
static bool take_back(struct editor *e, struct yaml_doc *before, struct yaml_doc *after)
{
	struct yaml_node *old_list = find_list(before, e->edit);
	struct yaml_node *list = find_list(after, e->edit);
	struct yaml_node *pair = list != NULL ? list->first : NULL;

	if (pair == NULL || !says(pair, "username", e->edit->username) ||
	    !says(pair, "password_hash", e->edit->password_hash) || pair->count != 2)
		return false;
	unlink_child(list, pair);
	pair = list->first;
	for (struct yaml_node *old = old_list->first; old != NULL && e->edit->until != NULL;
	     old = old->next, pair = pair->next) {
		if (pair == NULL)
			return false;
		if (yaml_get(old, "until") != NULL)
			continue;
		if (!says(pair, "until", e->edit->until))
			return false;
		unlink_child(pair, yaml_get(pair, "until"));
	}
	return true;
}

static enum err verify(struct editor *e, struct yaml_doc *before, struct str text)
{
	struct yaml_doc *after = NULL;
	enum err err = yaml_parse(text, yaml_file(yaml_root(before)), &after, e->detail);

	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK || !take_back(e, before, after) ||
	    !yaml_same(yaml_root(before), yaml_root(after)))
		err = refuse(e, yaml_root(before), "the list cannot be extended in place");
	yaml_free(after);
	return err;
}

enum err conf_edit_text(struct str text, const char *file, const struct conf_edit *edit,
                        struct buf *b, struct err_detail *reterr_detail)
{
	struct editor e = {
		.edit = edit, .text = text, .newline = newline_of(text), .detail = reterr_detail};
	struct yaml_doc *doc = NULL;
	enum err err = yaml_parse(text, file, &doc, reterr_detail);

	if (err == ERR_OK)
		err = plan(&e, doc);
	if (err == ERR_OK)
		err = apply(&e, b);
	if (err == ERR_OK)
		err = verify(&e, doc, buf_str(b));
	for (size_t i = 0; i < e.count; i++)
		buf_fini(&e.list[i].text);
	yaml_free(doc);
	return err;
}
