/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "conf/print_parts.h"
#include "conf/scalar.h"
#include "conf/schema.h"
#include "core/ascii.h"

static bool is_plain_char(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '/' || c == '+' ||
	       c == ':';
}

/* Whether it can stand without quotes and mean the same. */
static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_plain_char(text.ptr[i]))
			return false;
	}
	return text.len > 0 && strchr("-.:", text.ptr[0]) == NULL &&
	       text.ptr[text.len - 1] != ':' && !str_ieq(text, STR_LIT("null"));
}

/* Code point of the valid UTF-8 sequence at @p p. */
static unsigned code_at(const char *p, size_t *ret_len)
{
	unsigned char c = (unsigned char)p[0];
	size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	unsigned code = len == 1 ? c : c & (0x7fU >> len);

	for (size_t i = 1; i < len; i++)
		code = code << 6 | ((unsigned char)p[i] & 0x3fU);
	*ret_len = len;
	return code;
}

/* What YAML takes for the end of a line or refuses to read. */
static bool needs_escape(unsigned code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       code == 0xfeff || code == 0xfffe || code == 0xffff;
}

/* @p is_value: "${" is written so that it is not expanded again */
static void quote(struct buf *b, struct str text, bool is_value)
{
	size_t len = 1;

	(void)buf_append_char(b, '"');
	for (size_t i = 0; i < text.len; i += len) {
		unsigned code = code_at(text.ptr + i, &len);

		if (code == '"' || code == '\\') {
			(void)buf_append_char(b, '\\');
		} else if (is_value && code == '$' && i + 1 < text.len && text.ptr[i + 1] == '{') {
			(void)buf_append_char(b, '$');
		}
		if (needs_escape(code)) {
			(void)buf_printf(b, "\\u%04x", code);
		} else {
			(void)buf_append(b, text.ptr + i, len);
		}
	}
	(void)buf_append_char(b, '"');
}

void conf_print_text(struct buf *b, struct str text)
{
	if (is_plain(text)) {
		(void)buf_append_str(b, text);
	} else {
		quote(b, text, true);
	}
}

void conf_print_key(struct buf *b, struct str key)
{
	if (is_plain(key)) {
		(void)buf_append_str(b, key);
	} else {
		quote(b, key, false);
	}
}

static void print_number(struct buf *b, const struct conf_key *key, const char *place)
{
	uint64_t value = 0;
	uint32_t narrow = 0;

	if (key->width == sizeof(value)) {
		memcpy(&value, place, sizeof(value));
	} else {
		memcpy(&narrow, place, sizeof(narrow));
		value = narrow;
	}
	if (key->type == CONF_SIZE) {
		conf_write_size(b, value);
	} else if (key->type == CONF_DURATION) {
		conf_write_duration(b, value);
	} else {
		(void)buf_printf(b, "%" PRIu64, value);
	}
}

static void print_rate(struct buf *b, const char *place)
{
	struct conf_rate rate;

	memcpy(&rate, place, sizeof(rate));
	(void)buf_printf(b, "%" PRIu64 "/", rate.count);
	conf_write_duration(b, rate.per_ms);
}

static void print_word(struct buf *b, const struct conf_key *key, const char *place)
{
	const struct conf_word *w = key->words;
	int value = w->value;
	bool is_set = false;

	if (key->width == sizeof(value)) {
		memcpy(&value, place, sizeof(value));
	} else if (key->width == sizeof(is_set)) {
		memcpy(&is_set, place, sizeof(is_set));
		value = is_set;
	}
	while (w->text != NULL && w->value != value)
		w++;
	(void)buf_append_str(b, str_from(w->text));
}

static void print_value(struct buf *b, const struct conf_key *key, const char *place)
{
	const char *text = NULL;

	switch (key->type) {
	case CONF_TEXT:
	case CONF_PATH:
	case CONF_ADDRESS:
		memcpy(&text, place, sizeof(text));
		conf_print_text(b, str_from(text));
		break;
	case CONF_SIZE:
	case CONF_DURATION:
	case CONF_NUMBER:
		print_number(b, key, place);
		break;
	case CONF_RATE:
		print_rate(b, place);
		break;
	case CONF_WORD:
		print_word(b, key, place);
		break;
	case CONF_NODE:
	case CONF_REFUSED:
		break;
	}
}

static bool is_given(const struct conf_key *key, const char *place)
{
	const char *text = NULL;

	if (key->type == CONF_NODE || key->type == CONF_REFUSED)
		return false;
	/* A duration that is left to the profile. */
	if (key->type == CONF_DURATION && key->def == NULL) {
		uint64_t ms = 0;

		memcpy(&ms, place, sizeof(ms));
		return ms > 0;
	}
	if (key->type != CONF_TEXT && key->type != CONF_PATH && key->type != CONF_ADDRESS)
		return true;
	memcpy(&text, place, sizeof(text));
	return text != NULL;
}

void conf_print_section(struct buf *b, const char *section, const struct yaml_node *node,
                        const void *base, const char *first, const char *indent)
{
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		const char *place = (const char *)base + key->offset;
		const struct yaml_node *value = yaml_get(node, key->name);

		if (strcmp(key->section, section) != 0 || !is_given(key, place))
			continue;
		(void)buf_printf(b, "%s%s: ", first, key->name);
		if (key->secret || (value != NULL && value->mark == ORIGIN_FILE)) {
			(void)buf_append_str(b, STR_LIT(CONF_MASK));
		} else {
			print_value(b, key, place);
		}
		(void)buf_append_char(b, '\n');
		first = indent;
	}
}

static void print_scalar(struct buf *b, const struct yaml_node *node)
{
	if (node->mark == ORIGIN_FILE) {
		(void)buf_append_str(b, STR_LIT(CONF_MASK));
	} else if (yaml_is_null(node)) {
		(void)buf_append_str(b, STR_LIT("null"));
	} else if (!node->quoted && is_plain(node->text)) {
		(void)buf_append_str(b, node->text);
	} else {
		quote(b, node->text, true);
	}
	(void)buf_append_char(b, '\n');
}

static void print_head(struct buf *b, const struct yaml_node *node, unsigned indent)
{
	(void)buf_printf(b, "%*s", (int)indent, "");
	if (node->parent->kind == YAML_SEQUENCE) {
		(void)buf_append_str(b, node->first != NULL ? STR_LIT("-") : STR_LIT("- "));
		return;
	}
	conf_print_key(b, node->key);
	(void)buf_append_str(b, node->first != NULL ? STR_LIT(":") : STR_LIT(": "));
}

void conf_print_tree(struct buf *b, const struct yaml_node *top, unsigned indent)
{
	const struct yaml_node *node = top;

	while (node != NULL) {
		print_head(b, node, indent);
		if (node->kind == YAML_SCALAR) {
			print_scalar(b, node);
		} else if (node->first == NULL) {
			(void)buf_append_str(b, node->kind == YAML_MAPPING ? STR_LIT("{}\n")
			                                                   : STR_LIT("[]\n"));
		} else {
			(void)buf_append_char(b, '\n');
		}
		if (node->first != NULL) {
			node = node->first;
			indent += 2;
			continue;
		}
		while (node != top && node->next == NULL) {
			node = node->parent;
			indent -= 2;
		}
		if (node == top)
			return;
		node = node->next;
	}
}

static void print_listen(struct buf *b, const struct conf *conf, const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_get(root, "listen");

	if (conf->listen_count > 0)
		(void)buf_append_str(b, STR_LIT("listen:\n"));
	for (size_t i = 0; i < conf->listen_count; i++) {
		node = i == 0 ? node->first : node->next;
		conf_print_section(b, "listen[]", node, &conf->listen[i], "  - ", "    ");
	}
}

static void print_profiles(struct buf *b, const struct conf *conf)
{
	if (conf->profile_folder_count > 0)
		(void)buf_append_str(b, STR_LIT("profiles:\n"));
	for (size_t i = 0; i < conf->profile_folder_count; i++) {
		(void)buf_append_str(b, STR_LIT("  - "));
		conf_print_text(b, str_from(conf->profile_folders[i]));
		(void)buf_append_char(b, '\n');
	}
}

enum err conf_print(const struct conf *conf, struct buf *b)
{
	static const char *const sections[] = {"store",  "mqtt", "admin",
	                                       "limits", "log",  "privacy"};
	const struct conf_full *full = (const struct conf_full *)(const void *)conf;
	const struct yaml_node *root = yaml_root(full->doc);

	conf_print_section(b, "", root, conf, "", "");
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		(void)buf_printf(b, "%s:\n", sections[i]);
		conf_print_section(b, sections[i], yaml_get(root, sections[i]), conf, "  ", "  ");
	}
	print_listen(b, conf, root);
	print_profiles(b, conf);
	conf_print_accounts(b, conf, root);
	return buf_err(b);
}
