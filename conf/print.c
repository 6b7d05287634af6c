/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "conf/load.h"
#include "conf/scalar.h"
#include "conf/schema.h"
#include "core/ascii.h"

#define MASK "\"***\""

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

static void print_text(struct buf *b, struct str text)
{
	if (is_plain(text)) {
		(void)buf_append_str(b, text);
	} else {
		quote(b, text, true);
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

	if (key->width == sizeof(value))
		memcpy(&value, place, sizeof(value));
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
		print_text(b, str_from(text));
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

/*
 * The plain values of a section, one line each.
 *
 * @param first  before the first line (the "- " of a list's item), then @p indent
 */
static void print_section(struct buf *b, const char *section, const struct yaml_node *node,
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
			(void)buf_append_str(b, STR_LIT(MASK));
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
		(void)buf_append_str(b, STR_LIT(MASK));
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
	if (is_plain(node->key)) {
		(void)buf_append_str(b, node->key);
	} else {
		quote(b, node->key, false);
	}
	(void)buf_append_str(b, node->first != NULL ? STR_LIT(":") : STR_LIT(": "));
}

/* A part of the file as it is, for the words of profiles. */
static void print_tree(struct buf *b, const struct yaml_node *top, unsigned indent)
{
	const struct yaml_node *node = top;

	for (;;) {
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

static bool is_secret_var(const struct conf_account *account, const char *name)
{
	for (size_t i = 0; i < profile_var_count(account->profile); i++) {
		const struct profile_var *var = profile_var_at(account->profile, i);

		if (strcmp(var->name, name) == 0)
			return var->secret;
	}
	return false;
}

static void print_vars(struct buf *b, const struct conf_account *account,
                       const struct yaml_node *vars)
{
	if (account->var_count > 0)
		(void)buf_append_str(b, STR_LIT("    vars:\n"));
	for (size_t i = 0; i < account->var_count; i++) {
		const struct source_var *var = &account->vars[i];
		const struct yaml_node *node = yaml_get(vars, var->name);

		(void)buf_append_str(b, STR_LIT("      "));
		if (is_plain(str_from(var->name))) {
			(void)buf_append_str(b, str_from(var->name));
		} else {
			quote(b, str_from(var->name), false);
		}
		(void)buf_append_str(b, STR_LIT(": "));
		if (is_secret_var(account, var->name) ||
		    (node != NULL && node->mark == ORIGIN_FILE)) {
			(void)buf_append_str(b, STR_LIT(MASK));
		} else {
			print_text(b, str_from(var->value));
		}
		(void)buf_append_char(b, '\n');
	}
}

static void print_webhook(struct buf *b, const struct conf_webhook *hook,
                          const struct yaml_node *node)
{
	const struct yaml_node *basic = yaml_get(yaml_get(node, "auth"), "basic");
	const struct yaml_node *pair = basic != NULL ? basic->first : NULL;

	(void)buf_append_str(b, STR_LIT("      - webhook: "));
	print_text(b, str_from(hook->name));
	(void)buf_append_str(b, hook->auth_none ? STR_LIT("\n        auth: none\n")
	                                        : STR_LIT("\n        auth:\n          basic:"));
	if (!hook->auth_none)
		(void)buf_append_str(b, hook->basic_count > 0 ? STR_LIT("\n") : STR_LIT(" []\n"));
	for (size_t i = 0; i < hook->basic_count && pair != NULL; i++, pair = pair->next) {
		print_section(b, "accounts[].webhooks[].auth.basic[]", pair, &hook->basic[i],
		              "            - ", "              ");
	}
	if (yaml_get(node, "decode") != NULL)
		print_tree(b, yaml_get(node, "decode"), 8);
	if (yaml_get(node, "map") != NULL)
		print_tree(b, yaml_get(node, "map"), 8);
}

static void print_report(struct buf *b, const struct conf_report *report,
                         const struct yaml_node *node)
{
	(void)buf_append_str(b, STR_LIT("      - report: "));
	print_text(b, str_from(report->name));
	(void)buf_append_char(b, '\n');
	print_section(b, "accounts[].reports[]", node, report, "        ", "        ");
	if (yaml_get(node, "each") != NULL)
		print_tree(b, yaml_get(node, "each"), 8);
}

static void print_reports(struct buf *b, const struct conf_account *account,
                          const struct yaml_node *node)
{
	const struct yaml_node *reports = yaml_get(node, "reports");
	const struct yaml_node *report = account->report_count > 0 ? reports->first : NULL;

	if (report != NULL)
		(void)buf_append_str(b, STR_LIT("    reports:\n"));
	for (size_t i = 0; report != NULL; i++, report = report->next)
		print_report(b, &account->reports[i], report);
}

static void print_accounts(struct buf *b, const struct conf *conf, const struct yaml_node *root)
{
	const struct yaml_node *accounts = yaml_get(root, "accounts");
	const struct yaml_node *node = conf->account_count > 0 ? accounts->first : NULL;

	if (node != NULL)
		(void)buf_append_str(b, STR_LIT("accounts:\n"));
	for (size_t i = 0; node != NULL; i++, node = node->next) {
		const struct conf_account *account = &conf->accounts[i];
		const struct yaml_node *hooks = yaml_get(node, "webhooks");
		const struct yaml_node *hook = hooks != NULL ? hooks->first : NULL;

		print_section(b, "accounts[]", node, account, "  - ", "    ");
		(void)buf_append_str(b, STR_LIT("    vendor: "));
		print_text(b, str_from(profile_name(account->profile)));
		(void)buf_append_char(b, '\n');
		print_vars(b, account, yaml_get(node, "vars"));
		if (hook != NULL)
			(void)buf_append_str(b, STR_LIT("    webhooks:\n"));
		for (size_t j = 0; hook != NULL; j++, hook = hook->next)
			print_webhook(b, &account->webhooks[j], hook);
		print_reports(b, account, node);
		if (yaml_get(node, "limits") != NULL)
			print_tree(b, yaml_get(node, "limits"), 4);
	}
}

static void print_listen(struct buf *b, const struct conf *conf, const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_get(root, "listen");

	if (conf->listen_count > 0)
		(void)buf_append_str(b, STR_LIT("listen:\n"));
	for (size_t i = 0; i < conf->listen_count; i++) {
		node = i == 0 ? node->first : node->next;
		print_section(b, "listen[]", node, &conf->listen[i], "  - ", "    ");
	}
}

static void print_profiles(struct buf *b, const struct conf *conf)
{
	if (conf->profile_folder_count > 0)
		(void)buf_append_str(b, STR_LIT("profiles:\n"));
	for (size_t i = 0; i < conf->profile_folder_count; i++) {
		(void)buf_append_str(b, STR_LIT("  - "));
		print_text(b, str_from(conf->profile_folders[i]));
		(void)buf_append_char(b, '\n');
	}
}

enum err conf_print(const struct conf *conf, struct buf *b)
{
	static const char *const sections[] = {"store",  "mqtt", "admin",
	                                       "limits", "log",  "privacy"};
	const struct conf_full *full = (const struct conf_full *)(const void *)conf;
	const struct yaml_node *root = yaml_root(full->doc);

	print_section(b, "", root, conf, "", "");
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		(void)buf_printf(b, "%s:\n", sections[i]);
		print_section(b, sections[i], yaml_get(root, sections[i]), conf, "  ", "  ");
	}
	print_listen(b, conf, root);
	print_profiles(b, conf);
	print_accounts(b, conf, root);
	return buf_err(b);
}
