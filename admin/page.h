/* SPDX-License-Identifier: MIT */
/**
 * page - what the admin listener shows, without HTTP around it; private to admin/.
 */
#ifndef ADMIN_PAGE_H
#define ADMIN_PAGE_H

#include "admin/admin.h"

struct page_request {
	const char *path;
	bool reads; /* GET or HEAD */
};

struct page {
	unsigned status;
	const char *reason;
	const char *media_type;
	const char *allow; /* NULL for none */
};

/** @param body  filled with the text */
struct page page_make(const struct page_request *wanted, const struct admin_ops *ops, void *arg,
                      struct buf *body);

#endif /* ADMIN_PAGE_H */
