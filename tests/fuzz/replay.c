/* SPDX-License-Identifier: MIT */
/* replay FOLDER - run a fuzz target over its corpus once; fails when the folder holds no input. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX ((size_t)1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *folder, const char *name, uint8_t *bytes)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		return -1;
	size_t size = fread(bytes, 1, INPUT_MAX, f);

	(void)fclose(f);
	/* A copy of the exact size lets ASan see a read past the end. */
	uint8_t *exact = malloc(size > 0 ? size : 1);

	if (exact == NULL)
		return -1;
	for (size_t i = 0; i < size; i++)
		exact[i] = bytes[i];
	(void)LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned count = 0;
	int rc = 1;
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	uint8_t *bytes = malloc(INPUT_MAX);

	if (dir == NULL || bytes == NULL) {
		(void)fprintf(stderr, "usage: replay FOLDER; it must exist\n");
		goto out;
	}
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		if (e->d_name[0] == '.')
			continue;
		if (replay_file(argv[1], e->d_name, bytes) != 0) {
			(void)fprintf(stderr, "%s/%s cannot be read\n", argv[1], e->d_name);
			goto out;
		}
		count++;
	}
	(void)printf("%u inputs replayed\n", count);
	rc = count > 0 ? 0 : 1;
out:
	if (dir != NULL)
		(void)closedir(dir);
	free(bytes);
	return rc;
}
