/* SPDX-License-Identifier: MIT */
#include "tests/store/place.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[32];
static char path[64];
static unsigned next_number;

const char *place_folder(void)
{
	if (folder[0] == '\0') {
		(void)snprintf(folder, sizeof(folder), "/tmp/store-XXXXXX");
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
	static const char *const tails[] = {"", "-wal", "-shm", "-journal", ".lock"};
	char name[64];

	for (unsigned i = 0; i < next_number; i++) {
		for (size_t k = 0; k < sizeof(tails) / sizeof(tails[0]); k++) {
			(void)snprintf(name, sizeof(name), "%s/%u.db%s", folder, i, tails[k]);
			(void)unlink(name);
		}
	}
	if (folder[0] != '\0')
		(void)rmdir(folder);
	folder[0] = '\0';
}
