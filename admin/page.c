/* SPDX-License-Identifier: MIT */
#include "admin/page.h"

#include <stddef.h>
#include <string.h>

#include "core/metrics.h"

#define TEXT_TYPE "text/plain; charset=utf-8"

/* Source: Prometheus, "Text format details", version 0.0.4. */
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

typedef struct page (*page_fn)(const struct admin_ops *ops, void *arg, struct buf *body);

static struct page refuse(struct buf *body, unsigned status, const char *reason)
{
	buf_reset(body);
	(void)buf_printf(body, "%s\n", reason);
	return (struct page){status, reason, TEXT_TYPE, NULL};
}

/* Whoever gets this answer knows that the loop turns. */
static struct page make_health(const struct admin_ops *ops, void *arg, struct buf *body)
{
	(void)ops;
	(void)arg;
	(void)buf_append_str(body, STR_LIT("ok\n"));
	return (struct page){200, "OK", TEXT_TYPE, NULL};
}

static struct page make_ready(const struct admin_ops *ops, void *arg, struct buf *body)
{
	bool is_ready = ops->is_ready(arg, body);

	if (body->len == 0) {
		(void)buf_append_str(body, is_ready ? STR_LIT("ready\n") : STR_LIT("not ready\n"));
	} else if (body->ptr[body->len - 1] != '\n') {
		(void)buf_append_char(body, '\n');
	}
	return is_ready ? (struct page){200, "OK", TEXT_TYPE, NULL}
	                : (struct page){503, "Service Unavailable", TEXT_TYPE, NULL};
}

static struct page make_metrics(const struct admin_ops *ops, void *arg, struct buf *body)
{
	ops->refresh_metrics(arg);
	if (metrics_write(body) != ERR_OK)
		return refuse(body, 500, "Internal Server Error");
	return (struct page){200, "OK", METRICS_TYPE, NULL};
}

static const struct {
	const char *path;
	page_fn make;
} pages[] = {
	{"/healthz", make_health},
	{"/readyz", make_ready},
	{"/metrics", make_metrics},
};

struct page page_make(const struct page_request *wanted, const struct admin_ops *ops, void *arg,
                      struct buf *body)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcmp(wanted->path, pages[i].path) != 0)
			continue;
		if (wanted->reads)
			return pages[i].make(ops, arg, body);
		struct page page = refuse(body, 405, "Method Not Allowed");

		page.allow = "GET, HEAD";
		return page;
	}
	return refuse(body, 404, "Not Found");
}
