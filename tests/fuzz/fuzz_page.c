/* SPDX-License-Identifier: MIT */
/* Any answer of a vendor as a page and as an error: bounded, and every text is valid UTF-8. */
#include <stdlib.h>
#include <string.h>

#include "normalise/page.h"
#include "normalise/text/utf8.h"

#define MEMORY ((size_t)64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What a profile would have compiled; made once. */
struct specs {
	struct decode_spec decode;
	struct page_spec page;
	struct ok_spec ok;
};

static struct field_path *path_of(const char *text)
{
	struct field_path *path = NULL;

	if (field_path_new(str_from(text), true, &path, NULL) != ERR_OK)
		abort();
	return path;
}

static const struct specs *specs(void)
{
	static const struct str words[] = {{"success", 7}};
	static struct specs s;

	if (s.decode.records == NULL) {
		s.decode = (struct decode_spec){.as = DECODE_JSON,
		                                .records = path_of("/data/*"),
		                                .json_at = path_of("/body")};
		s.page = (struct page_spec){.kind = PAGE_LINK,
		                            .next = path_of("/links/next"),
		                            .last = path_of("/meta/last_page"),
		                            .more = path_of("/meta/more"),
		                            .size_at = path_of("/meta/per_page"),
		                            .same = path_of("/meta")};
		s.ok = (struct ok_spec){.at = path_of("/result"),
		                        .words = words,
		                        .word_count = 1,
		                        .error = path_of("/status")};
	}
	return &s;
}

static void read_page(struct str body)
{
	const struct specs *s = specs();
	struct err_detail detail;
	struct arena arena;
	struct page page;

	arena_init(&arena, MEMORY);
	if (page_read(body, &s->decode, &s->page, &s->ok, &arena, &page, &detail) == ERR_OK) {
		if (page.records > body.len || page.has_next != (page.next.len > 0))
			abort();
		if (utf8_broken(page.next) > 0 || utf8_broken(page.error) > 0)
			abort();
	}
	arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"application/json", "text/html",
	                                    "text/plain; charset=latin1", ""};
	struct str body = {(const char *)data, size};
	char text[240];

	read_page(body);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		page_error_text(body, str_from(types[i]), text, sizeof(text) - 40 * i);
		if (strlen(text) >= sizeof(text) - 40 * i || utf8_broken(str_from(text)) > 0)
			abort();
	}
	return 0;
}
