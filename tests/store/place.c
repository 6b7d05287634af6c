/* SPDX-License-Identifier: MIT */
#include "tests/store/place.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[128];
static char path[160];
static unsigned next_number;

const char *place_folder(void)
{
	const char *base = getenv("TMPDIR");

	if (folder[0] == '\0') {
		(void)snprintf(folder, sizeof(folder), "%.80s/store-XXXXXX",
		               base != NULL && strlen(base) < 80 ? base : "/tmp");
		assert(mkdtemp(folder) != NULL);
	}
	return folder;
}

const char *place_fresh(void)
{
	(void)snprintf(path, sizeof(path), "%s/%u.db", place_folder(), next_number++);
	return path;
}

void place_remove(void)
{
	DIR *dir = folder[0] != '\0' ? opendir(folder) : NULL;
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
	(void)rmdir(folder);
	folder[0] = '\0';
}
