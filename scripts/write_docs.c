/* SPDX-License-Identifier: MIT */
/* write_docs FOLDER - write the pages that are made from tables in the code: config.md and
 * metrics.md. */
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "core/metrics.h"

#define PAGE_MAX ((size_t)1024 * 1024)

static int write_page(const char *folder, const char *name, const char *head,
                      enum err (*write)(struct buf *b))
{
	char path[4096];
	struct buf b;
	int rc = 1;

	buf_init(&b, PAGE_MAX);
	(void)buf_append_str(&b, str_from(head));
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (write(&b) == ERR_OK) {
		FILE *f = fopen(path, "w");

		rc = f == NULL || fputs(buf_cstr(&b), f) == EOF;
		if (f != NULL && fclose(f) != 0)
			rc = 1;
	}
	if (rc != 0)
		(void)fprintf(stderr, "write_docs: %s cannot be written\n", path);
	buf_fini(&b);
	return rc;
}

int main(int argc, char **argv)
{
	static const char metrics_head[] =
		"# Metrics\n\nServed by the admin listener at `/metrics` in Prometheus' text "
		"format. This page is generated from\n"
		"`core/metrics.def`; `make docs` writes it again.\n\n";

	if (argc != 2) {
		(void)fprintf(stderr, "usage: write_docs FOLDER\n");
		return 64;
	}
	return write_page(argv[1], "config.md", "", conf_write_doc) |
	       write_page(argv[1], "metrics.md", metrics_head, metrics_write_doc);
}
