/* SPDX-License-Identifier: MIT */
#include "core/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/yaml_parts.h"

/* Enough for YAML_NODES_MAX nodes and YAML_BYTES_MAX bytes of text. */
#define MEMORY_MAX ((size_t)64 * 1024 * 1024)

void yaml_fail_place(const char *file, size_t line, size_t col, struct err_detail *d)
{
	if (d == NULL)
		return;
	*d = (struct err_detail){.line = (unsigned)line, .col = (unsigned)col};
	(void)snprintf(d->file, sizeof(d->file), "%s", file);
}

static struct yaml_doc *doc_new(const char *file)
{
	struct yaml_doc *doc = calloc(1, sizeof(*doc));

	if (doc == NULL)
		return NULL;
	arena_init(&doc->arena, MEMORY_MAX);
	doc->file = str_dup(str_from(file));
	if (doc->file == NULL) {
		free(doc);
		return NULL;
	}
	return doc;
}

enum err yaml_parse(struct str text, const char *file, struct yaml_doc **ret_doc,
                    struct err_detail *reterr_detail)
{
	struct yaml_doc *doc = NULL;
	enum err err = ERR_NOMEM;

	if (text.len > YAML_BYTES_MAX) {
		yaml_fail_place(file, 0, 0, reterr_detail);
		err_detail_set(reterr_detail, "larger than 4 MiB; make it smaller");
		return ERR_PARSE;
	}
	if (text.ptr == NULL)
		text = STR_LIT("");
	doc = doc_new(file);
	if (doc == NULL)
		goto out;
	err = yaml_build(doc, text, reterr_detail);
	if (err != ERR_OK)
		goto out;
	*ret_doc = doc;
	doc = NULL;
out:
	yaml_free(doc);
	return err;
}

static enum err fail_errno(const char *path, const char *what, int number,
                           struct err_detail *reterr_detail)
{
	char reason[64] = "unknown reason";

	if (strerror_r(number, reason, sizeof(reason)) != 0)
		(void)snprintf(reason, sizeof(reason), "error %d", number);
	yaml_fail_place(path, 0, 0, reterr_detail);
	err_detail_set(reterr_detail, "%s: %s", what, reason);
	if (number == ENOENT || number == ENOTDIR)
		return ERR_NOENT;
	if (number == EACCES || number == EPERM)
		return ERR_AUTH;
	return number == ENOMEM ? ERR_NOMEM : ERR_IO;
}

enum err yaml_parse_file(const char *path, struct yaml_doc **ret_doc,
                         struct err_detail *reterr_detail)
{
	FILE *f = fopen(path, "re");
	char *bytes = NULL;
	size_t len = 0;
	enum err err = ERR_NOMEM;

	if (f == NULL)
		return fail_errno(path, "cannot open", errno, reterr_detail);
	bytes = malloc(YAML_BYTES_MAX + 1);
	if (bytes == NULL)
		goto out;
	len = fread(bytes, 1, YAML_BYTES_MAX + 1, f);
	if (ferror(f) != 0) {
		err = fail_errno(path, "cannot read", errno, reterr_detail);
		goto out;
	}
	if (len > YAML_BYTES_MAX) {
		yaml_fail_place(path, 0, 0, reterr_detail);
		err_detail_set(reterr_detail, "larger than 4 MiB; make it smaller");
		err = ERR_LIMIT;
		goto out;
	}
	err = yaml_parse((struct str){bytes, len}, path, ret_doc, reterr_detail);
out:
	free(bytes);
	(void)fclose(f);
	return err;
}

void yaml_free(struct yaml_doc *doc)
{
	if (doc == NULL)
		return;
	arena_fini(&doc->arena);
	free(doc->file);
	free(doc);
}

struct yaml_node *yaml_root(struct yaml_doc *doc)
{
	return &doc->root;
}

const char *yaml_file(const struct yaml_node *node)
{
	while (node->parent != NULL)
		node = node->parent;
	return ((const struct yaml_doc *)(const void *)node)->file;
}
