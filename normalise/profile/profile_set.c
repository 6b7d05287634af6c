/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "normalise/profile/profile_parts.h"

struct entry {
	struct profile *profile; /* owned */
	unsigned folder;         /* 0: built in; else the number of its folder */
};

struct profile_set {
	struct entry *list; /* owned */
	size_t count;
	unsigned folders;
};

static struct entry *find(const struct profile_set *set, struct str name)
{
	for (size_t i = 0; i < set->count; i++) {
		if (str_eq(name, str_from(profile_name(set->list[i].profile))))
			return &set->list[i];
	}
	return NULL;
}

/** @param profile  taken over on success */
static enum err put(struct profile_set *set, struct profile *profile, unsigned folder)
{
	struct entry *old = find(set, str_from(profile_name(profile)));

	if (old != NULL && old->folder == folder)
		return ERR_EXISTS;
	if (old != NULL) {
		profile_free(old->profile);
		*old = (struct entry){profile, folder};
		return ERR_OK;
	}

	struct entry *list = realloc(set->list, (set->count + 1) * sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	set->list = list;
	set->list[set->count++] = (struct entry){profile, folder};
	return ERR_OK;
}

/** @param doc  taken over */
static enum err put_doc(struct profile_set *set, struct yaml_doc *doc, const char *file,
                        unsigned folder, struct err_detail *detail)
{
	struct profile *profile = NULL;
	enum err err = profile_new(doc, &profile, detail);

	if (err != ERR_OK) {
		yaml_free(doc);
		return err;
	}
	err = put(set, profile, folder);
	if (err == ERR_EXISTS && detail != NULL) {
		*detail = (struct err_detail){.line = 0};
		(void)snprintf(detail->file, sizeof(detail->file), "%s", file);
		err_detail_set(detail, "another file of this folder has the profile \"%s\" too",
		               profile_name(profile));
	}
	if (err != ERR_OK)
		profile_free(profile);
	return err;
}

static enum err put_builtin(struct profile_set *set, const struct builtin_profile *b,
                            struct err_detail *detail)
{
	struct yaml_doc *doc = NULL;
	enum err err =
		yaml_parse((struct str){(const char *)b->text, b->len}, b->file, &doc, detail);

	return err == ERR_OK ? put_doc(set, doc, b->file, 0, detail) : err;
}

enum err profile_set_new(struct profile_set **ret_set, struct err_detail *reterr_detail)
{
	struct profile_set *set = calloc(1, sizeof(*set));
	enum err err = set != NULL ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; i < builtin_profile_count && err == ERR_OK; i++)
		err = put_builtin(set, &builtin_profiles[i], reterr_detail);
	if (err == ERR_OK) {
		*ret_set = set;
		set = NULL;
	}
	profile_set_free(set);
	return err;
}

void profile_set_free(struct profile_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		profile_free(set->list[i].profile);
	free(set->list);
	free(set);
}

static int is_yaml(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return d->d_name[0] != '.' && len > 5 && strcmp(d->d_name + len - 5, ".yaml") == 0;
}

static enum err put_file(struct profile_set *set, const char *folder, const char *name,
                         struct err_detail *detail)
{
	size_t size = strlen(folder) + strlen(name) + sizeof("/");
	char *path = malloc(size);
	struct yaml_doc *doc = NULL;
	enum err err = ERR_NOMEM;

	if (path == NULL)
		return ERR_NOMEM;
	(void)snprintf(path, size, "%s/%s", folder, name);
	err = yaml_parse_file(path, &doc, detail);
	if (err == ERR_OK)
		err = put_doc(set, doc, path, set->folders, detail);
	free(path);
	return err;
}

static enum err fail_folder(const char *path, int error, struct err_detail *detail)
{
	if (detail != NULL) {
		*detail = (struct err_detail){.line = 0};
		(void)snprintf(detail->file, sizeof(detail->file), "%s", path);
	}
	err_detail_set(detail, error == ENOENT ? "no such folder" : "cannot read the folder");
	if (error == ENOMEM)
		return ERR_NOMEM;
	return error == ENOENT ? ERR_NOENT : ERR_IO;
}

/** A file that went away or may not be read is a failure of the folder. */
static enum err folder_err(enum err err)
{
	switch (err) {
	case ERR_OK:
	case ERR_PARSE:
	case ERR_EXISTS:
	case ERR_NOMEM:
		return err;
	case ERR_LIMIT:
		return ERR_PARSE;
	case ERR_INVAL:
	case ERR_AUTH:
	case ERR_AGAIN:
	case ERR_IO:
	case ERR_NOENT:
	case ERR_CANCELED:
		break;
	}
	return ERR_IO;
}

enum err profile_set_add_folder(struct profile_set *set, const char *path,
                                struct err_detail *reterr_detail)
{
	struct dirent **files = NULL;
	int count = scandir(path, &files, is_yaml, alphasort);
	enum err err = ERR_OK;

	if (count < 0)
		return fail_folder(path, errno, reterr_detail);
	set->folders++;
	for (int i = 0; i < count; i++) {
		if (err == ERR_OK)
			err = put_file(set, path, files[i]->d_name, reterr_detail);
		free(files[i]);
	}
	free(files);
	return folder_err(err);
}

const struct profile *profile_set_get(const struct profile_set *set, struct str name)
{
	const struct entry *e = find(set, name);

	return e != NULL ? e->profile : NULL;
}

size_t profile_set_count(const struct profile_set *set)
{
	return set->count;
}

const struct profile *profile_set_at(const struct profile_set *set, size_t i)
{
	return i < set->count ? set->list[i].profile : NULL;
}
