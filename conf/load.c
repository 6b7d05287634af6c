/* SPDX-License-Identifier: MIT */
#include "conf/load.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/schema.h"

#define MEMORY_MAX ((size_t)64 * 1024 * 1024)

void conf_warn(const struct conf_load *load, const struct yaml_node *node, const char *text)
{
	struct err_detail detail = {0};

	if (load->warn == NULL)
		return;
	(void)yaml_fail(node, &detail, "%s", text);
	load->warn(load->warn_arg, &detail);
}

static enum err join(struct arena *arena, const char *folder, struct str name, struct str *ret_path)
{
	struct buf b;
	enum err err;

	buf_init(&b, (size_t)2 * PATH_MAX);
	(void)buf_printf(&b, "%s/%.*s", folder, STR_FMT(name));
	err = buf_err(&b);
	if (err == ERR_OK)
		err = arena_str_dup(arena, buf_str(&b), ret_path);
	buf_fini(&b);
	return err;
}

enum err conf_absolute(struct conf_load *load, struct str path, struct str *ret_path)
{
	if (path.len > 0 && path.ptr[0] == '/')
		return arena_str_dup(&load->full->arena, path, ret_path);
	return join(&load->full->arena, load->full->folder, path, ret_path);
}

/* Absolute, but with its symbolic links: secrets are found beside the name that was given. */
static enum err set_file(struct conf_full *full, const char *file)
{
	char here[PATH_MAX];
	struct str path = STR_EMPTY, folder = STR_EMPTY;
	enum err err;

	if (file[0] == '/') {
		err = arena_str_dup(&full->arena, str_from(file), &path);
	} else if (getcwd(here, sizeof(here)) == NULL) {
		return ERR_IO;
	} else {
		err = join(&full->arena, strcmp(here, "/") == 0 ? "" : here, str_from(file), &path);
	}
	if (err != ERR_OK)
		return err;
	folder = (struct str){path.ptr, (size_t)(strrchr(path.ptr, '/') - path.ptr)};
	err = arena_str_dup(&full->arena, folder, &folder);
	full->conf.file = path.ptr;
	full->folder = folder.ptr;
	return err;
}

static enum err read_all(struct conf_load *load, struct yaml_node *root)
{
	enum err err = conf_expand(load, root);

	if (err == ERR_OK)
		err = conf_parse(load, root);
	if (err == ERR_OK)
		err = conf_check(load, root);
	if (err == ERR_OK)
		err = conf_parse_profiles(load, root);
	if (err == ERR_OK)
		err = source_table_new(&load->full->conf.sources);
	if (err == ERR_OK)
		err = conf_parse_accounts(load, root);
	return err == ERR_OK ? conf_check_listen(load, root) : err;
}

enum err conf_from_yaml(struct yaml_doc *doc, const char *file, conf_warn_fn warn, void *warn_arg,
                        struct conf **ret_conf, struct err_detail *reterr_detail)
{
	struct conf_full *full = calloc(1, sizeof(*full));
	struct conf_load load = {full, warn, warn_arg, reterr_detail};
	enum err err;

	if (full == NULL)
		return ERR_NOMEM;
	arena_init(&full->arena, MEMORY_MAX);
	err = set_file(full, file);
	if (err == ERR_OK)
		err = read_all(&load, yaml_root(doc));
	if (err != ERR_OK) {
		conf_free(&full->conf);
		return err;
	}
	full->doc = doc;
	*ret_conf = &full->conf;
	return ERR_OK;
}

enum err conf_load(const char *path, conf_warn_fn warn, void *warn_arg, struct conf **ret_conf,
                   struct err_detail *reterr_detail)
{
	struct yaml_doc *doc = NULL;
	enum err err = yaml_parse_file(path, &doc, reterr_detail);

	if (err != ERR_OK)
		return err == ERR_LIMIT ? ERR_PARSE : err;
	err = conf_from_yaml(doc, path, warn, warn_arg, ret_conf, reterr_detail);
	if (err != ERR_OK)
		yaml_free(doc);
	return err;
}

void conf_free(struct conf *conf)
{
	struct conf_full *full = (struct conf_full *)(void *)conf;

	if (full == NULL)
		return;
	source_table_unref(conf->sources); /* before the profiles that its sources borrow */
	profile_set_free(conf->profiles);
	yaml_free(full->doc);
	arena_fini(&full->arena);
	free(full);
}

static enum err fail_reload(struct err_detail *d, const struct conf *conf, const char *section,
                            const char *name)
{
	if (d != NULL) {
		*d = (struct err_detail){.line = 0};
		(void)snprintf(d->file, sizeof(d->file), "%s", conf->file);
		(void)snprintf(d->key, sizeof(d->key), "%s%s%s", section,
		               section[0] != '\0' ? "." : "", name);
	}
	err_detail_set(d, "cannot be changed by a reload; restart to use the new value");
	return ERR_INVAL;
}

static bool is_text(const struct conf_key *key)
{
	return key->type == CONF_TEXT || key->type == CONF_PATH || key->type == CONF_ADDRESS;
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same(const struct conf_key *key, const struct conf *a, const struct conf *b)
{
	const char *at = (const char *)a + key->offset, *bt = (const char *)b + key->offset;
	const char *a_text = NULL, *b_text = NULL;

	if (!is_text(key))
		return memcmp(at, bt, key->width) == 0;
	memcpy(&a_text, at, sizeof(a_text));
	memcpy(&b_text, bt, sizeof(b_text));
	return is_same_text(a_text, b_text);
}

enum err conf_check_reload(const struct conf *old_conf, const struct conf *new_conf,
                           struct err_detail *reterr_detail)
{
	bool is_same_listen = old_conf->listen_count == new_conf->listen_count;

	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		bool is_item = strstr(key->section, "[]") != NULL;

		if (key->reload || key->width == 0 || is_item)
			continue;
		if (!is_same(key, old_conf, new_conf))
			return fail_reload(reterr_detail, new_conf, key->section, key->name);
	}
	for (size_t i = 0; i < old_conf->listen_count && is_same_listen; i++) {
		is_same_listen =
			is_same_text(old_conf->listen[i].address, new_conf->listen[i].address);
	}
	return is_same_listen ? ERR_OK : fail_reload(reterr_detail, new_conf, "", "listen");
}
