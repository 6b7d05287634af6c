/* SPDX-License-Identifier: MIT */
/**
 * folder - a folder of its own for one test. Include it after <cmocka.h>.
 *
 * It knows the files that were put into it and goes with them; whatever else the test leaves there
 * makes folder_close() fail.
 */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER_PATH_MAX 128

struct folder {
	char path[32];
	char made[8][FOLDER_PATH_MAX]; /* files and folders in it, in order */
	size_t count;
};

static inline void folder_open(struct folder *f)
{
	*f = (struct folder){.path = "/tmp/campaign2mqtt-XXXXXX"};
	assert_non_null(mkdtemp(f->path));
}

/* The next one of @c made. */
static inline const char *folder_name(struct folder *f, const char *name)
{
	char *path = f->made[f->count];
	char folder[sizeof(f->path)];
	int len;

	memcpy(folder, f->path, sizeof(folder));
	assert_true(f->count < sizeof(f->made) / sizeof(f->made[0]));
	len = snprintf(path, FOLDER_PATH_MAX, "%.31s/%s", folder, name);
	assert_true(len > 0 && len < FOLDER_PATH_MAX);
	f->count++;
	return path;
}

/** Make a folder in it. */
static inline void folder_add(struct folder *f, const char *name)
{
	assert_int_equal(mkdir(folder_name(f, name), 0700), 0);
}

/** Write a file. @return its path, valid as long as @p f */
static inline const char *folder_put_bytes(struct folder *f, const char *name, const char *bytes,
                                           size_t len)
{
	const char *path = folder_name(f, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	return path;
}

/** The same for a text. */
static inline const char *folder_put(struct folder *f, const char *name, const char *text)
{
	return folder_put_bytes(f, name, text, strlen(text));
}

static inline void folder_close(struct folder *f)
{
	while (f->count > 0)
		assert_int_equal(remove(f->made[--f->count]), 0);
	assert_int_equal(remove(f->path), 0);
}

#endif /* TESTS_FOLDER_H */
