/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "conf/load.h"
#include "conf/scalar.h"
#include "conf/schema.h"

#define RATE_MIN_MS 1000U
#define RATE_MAX_MS 86400000U

/* A text for a key: the user's, with its node, or the default, without. */
struct given {
	const struct conf_key *key;
	const struct yaml_node *node;
	struct str text;
	void *place;
};

static enum err fail_expected(struct conf_load *load, const struct given *g)
{
	struct buf b;

	assert(g->node != NULL); /* a wrong default: test_schema.c reads them all */
	buf_init(&b, 300);
	conf_expected(g->key, &b);
	/* a secret that is too long must not reach the log */
	if (g->key->secret) {
		(void)yaml_fail(g->node, load->detail, "expected %s", buf_cstr(&b));
	} else {
		(void)yaml_fail(g->node, load->detail, "expected %s; not \"%.*s\"", buf_cstr(&b),
		                (int)(g->text.len < 80 ? g->text.len : 80), g->text.ptr);
	}
	buf_fini(&b);
	return ERR_PARSE;
}

static enum err set_text(struct conf_load *load, const struct given *g)
{
	struct str copy = STR_EMPTY;
	enum err err;

	if (g->text.len == 0) {
		return yaml_fail(g->node, load->detail,
		                 "must not be empty; leave the key out when there is nothing");
	}
	if (g->text.len < g->key->min || g->text.len > g->key->max)
		return fail_expected(load, g);
	if (str_has_control(g->text)) {
		return yaml_fail(g->node, load->detail,
		                 "must be one line without control characters");
	}
	err = g->key->type == CONF_PATH ? conf_absolute(load, g->text, &copy)
	                                : arena_str_dup(&load->full->arena, g->text, &copy);
	if (err == ERR_OK)
		memcpy(g->place, &copy.ptr, sizeof(copy.ptr));
	return err;
}

static void put_number(const struct given *g, uint64_t value)
{
	uint32_t narrow = (uint32_t)value;
	bool is_set = value != 0;

	assert(g->key->width == sizeof(value) || value <= UINT32_MAX);
	if (g->key->width == sizeof(value)) {
		memcpy(g->place, &value, sizeof(value));
	} else if (g->key->width == sizeof(narrow)) {
		memcpy(g->place, &narrow, sizeof(narrow));
	} else if (g->key->width == sizeof(is_set)) {
		memcpy(g->place, &is_set, sizeof(is_set));
	}
}

static enum err set_number(struct conf_load *load, const struct given *g)
{
	uint64_t value = 0;
	enum err err;

	if (g->key->type == CONF_SIZE) {
		err = conf_read_size(g->text, &value);
	} else if (g->key->type == CONF_DURATION) {
		err = conf_read_duration(g->text, &value);
	} else {
		err = str_to_u64(g->text, &value);
	}
	if (err != ERR_OK || value < g->key->min || value > g->key->max)
		return fail_expected(load, g);
	put_number(g, value);
	return ERR_OK;
}

static enum err set_rate(struct conf_load *load, const struct given *g)
{
	struct conf_rate rate = {0, 0};

	if (conf_read_rate(g->text, &rate) != ERR_OK || rate.count < g->key->min ||
	    rate.count > g->key->max || rate.per_ms < RATE_MIN_MS || rate.per_ms > RATE_MAX_MS)
		return fail_expected(load, g);
	memcpy(g->place, &rate, sizeof(rate));
	return ERR_OK;
}

static enum err set_word(struct conf_load *load, const struct given *g)
{
	for (const struct conf_word *w = g->key->words; w->text != NULL; w++) {
		if (!str_eq(g->text, str_from(w->text)))
			continue;
		if (g->key->width > 0)
			put_number(g, (uint64_t)w->value);
		return ERR_OK;
	}
	return fail_expected(load, g);
}

static enum err set_address(struct conf_load *load, const struct given *g)
{
	struct str copy = STR_EMPTY;
	enum err err;

	if (!conf_address_is_valid(g->text))
		return fail_expected(load, g);
	err = arena_str_dup(&load->full->arena, g->text, &copy);
	if (err == ERR_OK)
		memcpy(g->place, &copy.ptr, sizeof(copy.ptr));
	return err;
}

static enum err set(struct conf_load *load, const struct given *g)
{
	switch (g->key->type) {
	case CONF_TEXT:
	case CONF_PATH:
		return set_text(load, g);
	case CONF_ADDRESS:
		return set_address(load, g);
	case CONF_SIZE:
	case CONF_DURATION:
	case CONF_NUMBER:
		return set_number(load, g);
	case CONF_RATE:
		return set_rate(load, g);
	case CONF_WORD:
		return set_word(load, g);
	case CONF_NODE:
		return ERR_OK;
	case CONF_REFUSED:
		return g->node != NULL ? yaml_fail_key(g->node, load->detail, "%s", g->key->doc)
		                       : ERR_OK;
	}
	return ERR_OK;
}

static enum err parse_key(struct conf_load *load, const struct conf_key *key,
                          const struct yaml_node *mapping, void *base)
{
	const struct yaml_node *node = yaml_get(mapping, key->name);
	struct given g = {key, node, STR_EMPTY, (char *)base + key->offset};

	if (key->type == CONF_NODE || key->type == CONF_REFUSED)
		return set(load, &g);
	if (node == NULL && key->required)
		return yaml_fail(mapping, load->detail, "\"%s\" is missing here", key->name);
	if (node == NULL && key->def == NULL)
		return ERR_OK;
	if (node != NULL && node->kind != YAML_SCALAR)
		return yaml_fail(node, load->detail, "expected one value, not a list or keys");
	if (node != NULL && yaml_is_null(node)) {
		return yaml_fail(node, load->detail,
		                 "the value is missing; leave the key out for its default");
	}
	g.text = node != NULL ? node->text : str_from(key->def);
	return set(load, &g);
}

enum err conf_parse_section(struct conf_load *load, const char *section,
                            const struct yaml_node *node, void *base)
{
	const char *names[CONF_SECTION_KEYS_MAX];

	if (node != NULL && node->parent != NULL && yaml_is_null(node))
		node = NULL; /* a heading whose keys are all commented out */
	if (node != NULL) {
		conf_section_names(section, names);

		enum err err = yaml_check_keys(node, names, load->detail);

		if (err != ERR_OK)
			return err;
	}
	for (size_t i = 0; i < conf_key_count; i++) {
		if (strcmp(conf_keys[i].section, section) != 0)
			continue;

		enum err err = parse_key(load, &conf_keys[i], node, base);

		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

enum err conf_list(struct conf_load *load, const struct yaml_node *node, size_t *ret_count)
{
	if (node == NULL || yaml_is_null(node)) {
		*ret_count = 0;
		return ERR_OK;
	}
	if (node->kind != YAML_SEQUENCE) {
		return yaml_fail(node, load->detail,
		                 "expected a list: items that begin with \"- \"");
	}
	*ret_count = node->count;
	return ERR_OK;
}

static enum err parse_listen(struct conf_load *load, const struct yaml_node *node)
{
	struct conf *conf = &load->full->conf;
	struct conf_listen *listen = NULL;
	size_t count = 0;
	enum err err = conf_list(load, node, &count);

	if (err != ERR_OK || count == 0)
		return err;
	listen = arena_alloc(&load->full->arena, count * sizeof(*listen));
	if (listen == NULL)
		return ERR_NOMEM;
	conf->listen = listen;
	for (const struct yaml_node *n = node->first; n != NULL; n = n->next) {
		if (n->kind != YAML_MAPPING)
			return yaml_fail(n, load->detail, "expected \"address: 0.0.0.0:8080\"");
		err = conf_parse_section(load, "listen[]", n, &listen[conf->listen_count]);
		if (err != ERR_OK)
			return err;
		conf->listen_count++;
	}
	return ERR_OK;
}

/* Profiles complain with their own file and line; the rest is said of the folder. */
static enum err add_folder(struct conf_load *load, const struct yaml_node *node, const char *path)
{
	struct err_detail detail = {0};
	enum err err = profile_set_add_folder(load->full->conf.profiles, path, &detail);

	if (err == ERR_OK || err == ERR_NOMEM)
		return err;
	if ((err == ERR_PARSE || err == ERR_EXISTS) && detail.file[0] != '\0') {
		if (load->detail != NULL)
			*load->detail = detail;
		return ERR_PARSE;
	}
	return yaml_fail(node, load->detail, "folder \"%s\" cannot be used: %s%s%s", path,
	                 err_str(err), detail.text[0] != '\0' ? ": " : "", detail.text);
}

enum err conf_parse_profiles(struct conf_load *load, const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_get(root, "profiles");
	struct conf *conf = &load->full->conf;
	const char **folders = NULL;
	size_t count = 0;
	enum err err = profile_set_new(&conf->profiles, load->detail);

	if (err == ERR_OK)
		err = conf_list(load, node, &count);
	if (err != ERR_OK || count == 0)
		return err;
	folders = arena_alloc(&load->full->arena, count * sizeof(*folders));
	if (folders == NULL)
		return ERR_NOMEM;
	conf->profile_folders = folders;
	for (const struct yaml_node *n = node->first; n != NULL; n = n->next) {
		struct str path = STR_EMPTY;

		if (n->kind != YAML_SCALAR || n->text.len == 0 || yaml_is_null(n))
			return yaml_fail(n, load->detail, "expected the path of a folder");
		err = conf_absolute(load, n->text, &path);
		if (err == ERR_OK)
			err = add_folder(load, n, path.ptr);
		if (err != ERR_OK)
			return err;
		folders[conf->profile_folder_count++] = path.ptr;
	}
	return ERR_OK;
}

enum err conf_parse(struct conf_load *load, const struct yaml_node *root)
{
	static const char *const sections[] = {"",       "store", "mqtt",   "admin",
	                                       "limits", "log",   "privacy"};
	enum err err = ERR_OK;

	if (root->kind != YAML_MAPPING)
		return yaml_fail(root, load->detail, "expected keys such as \"accounts:\"");
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]) && err == ERR_OK; i++) {
		bool is_top = sections[i][0] == '\0';

		err = conf_parse_section(load, sections[i],
		                         is_top ? root : yaml_get(root, sections[i]),
		                         &load->full->conf);
	}
	return err == ERR_OK ? parse_listen(load, yaml_get(root, "listen")) : err;
}
