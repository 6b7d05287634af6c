/* SPDX-License-Identifier: MIT */
/** http_split - feeding a request whole and in parts must come to the same end; for tests. */
#ifndef TESTS_CORE_HTTP_HTTP_SPLIT_H
#define TESTS_CORE_HTTP_HTTP_SPLIT_H

#include <stdint.h>

#include "core/str.h"

/** Read @p in whole and @p step bytes at a time; aborts when the outcomes differ. */
void http_split_check(struct str in, size_t step);

#endif /* TESTS_CORE_HTTP_HTTP_SPLIT_H */
