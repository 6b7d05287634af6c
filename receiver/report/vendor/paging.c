/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/paging.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CURSOR_MAX 8192 /* bytes of a link or token */

static uint64_t start_of(const struct page_spec *spec)
{
	return spec->start > 0 ? (uint64_t)spec->start : 0;
}

void paging_init(struct paging *p, const struct page_spec *spec, unsigned pages_max)
{
	*p = (struct paging){
		.spec = spec,
		.pages_max = pages_max,
		.number = start_of(spec),
		.size = spec->size,
	};
}

void paging_fini(struct paging *p)
{
	free(p->cursor);
	p->cursor = NULL;
}

static bool is_first(const struct paging *p)
{
	return p->cursor == NULL && p->number == start_of(p->spec);
}

/* ---- cursors as text ---- */

/* @return what is counted, or how the next page is found; NULL: there is only one page */
static const char *cursor_word(const struct page_spec *spec)
{
	switch (spec->kind) {
	case PAGE_NUMBER:
		return "page";
	case PAGE_OFFSET:
		return "offset";
	case PAGE_LINK:
		return "link";
	case PAGE_TOKEN:
		return "token";
	case PAGE_NONE:
		return NULL;
	}
	return NULL;
}

static bool is_counted(const struct page_spec *spec)
{
	return spec->kind == PAGE_NUMBER || spec->kind == PAGE_OFFSET;
}

enum err paging_cursor(const struct paging *p, struct buf *b)
{
	const char *word = cursor_word(p->spec);

	if (word == NULL || is_first(p))
		return buf_err(b);
	if (is_counted(p->spec)) {
		(void)buf_printf(b, "%s:%llu", word, (unsigned long long)p->number);
		if (p->size > 0)
			(void)buf_printf(b, " size:%llu", (unsigned long long)p->size);
		return buf_err(b);
	}
	if (p->size > 0)
		(void)buf_printf(b, "size:%llu ", (unsigned long long)p->size);
	(void)buf_printf(b, "%s:", word);
	return buf_append_str(b, str_from(p->cursor));
}

/* Cut "WORD:" off. */
static bool take_word(struct str *text, const char *word)
{
	struct str head;
	struct str tail;

	if (!str_cut(*text, ':', &head, &tail) || !str_eq(head, str_from(word)))
		return false;
	*text = tail;
	return true;
}

/* "SIZE" or "SIZE rest" behind "size:". A cursor without a size leaves @p ret_size as it is. */
static bool take_size(struct str *text, uint64_t *ret_size)
{
	struct str digits;
	struct str rest = *text;

	if (!take_word(&rest, "size"))
		return true;
	(void)str_cut(rest, ' ', &digits, text);
	return str_to_u64(digits, ret_size) == ERR_OK;
}

static enum err resume_counted(struct paging *p, struct str text)
{
	struct str digits;
	struct str tail;
	uint64_t number = 0;
	uint64_t size = p->size;

	if (!take_word(&text, cursor_word(p->spec)))
		return ERR_INVAL;
	(void)str_cut(text, ' ', &digits, &tail);
	if (str_to_u64(digits, &number) != ERR_OK || number < start_of(p->spec) ||
	    !take_size(&tail, &size) || tail.len > 0)
		return ERR_INVAL;
	p->number = number;
	p->size = size;
	if (p->spec->kind == PAGE_NUMBER) {
		uint64_t pages = number - start_of(p->spec);

		p->pages = pages < UINT_MAX ? (unsigned)pages : UINT_MAX;
	}
	return ERR_OK;
}

static bool is_readable(struct str cursor)
{
	return cursor.len > 0 && cursor.len <= CURSOR_MAX &&
	       memchr(cursor.ptr, '\0', cursor.len) == NULL;
}

static enum err resume_found(struct paging *p, struct str text)
{
	uint64_t size = p->size;
	char *cursor = NULL;

	if (!take_size(&text, &size) || !take_word(&text, cursor_word(p->spec)) ||
	    !is_readable(text))
		return ERR_INVAL;
	cursor = str_dup(text);
	if (cursor == NULL)
		return ERR_NOMEM;
	free(p->cursor);
	p->cursor = cursor;
	p->size = size;
	return ERR_OK;
}

enum err paging_resume(struct paging *p, struct str cursor)
{
	if (cursor.len == 0)
		return ERR_OK;
	if (cursor_word(p->spec) == NULL)
		return ERR_INVAL;
	return is_counted(p->spec) ? resume_counted(p, cursor) : resume_found(p, cursor);
}

/* ---- steps ---- */

static bool is_last(const struct paging *p, const struct page *page)
{
	bool has_more = page->has_more && page->more;

	if (page->has_more && !page->more)
		return true;
	if (page->records == 0 && (is_counted(p->spec) || !has_more))
		return true;
	if (p->spec->kind == PAGE_NUMBER && page->has_last && p->number >= page->last)
		return true;
	return p->spec->stop_short && !has_more && page->records < p->size;
}

static const char *step_found(struct paging *p, const struct page *page)
{
	char *cursor = NULL;

	if (!is_readable(page->next))
		return "the vendor's next link or token is too long, or has a NUL";
	if (p->cursor != NULL && str_eq(page->next, str_from(p->cursor)))
		return "the vendor's next page is the present one";
	cursor = str_dup(page->next);
	if (cursor == NULL)
		return err_str(ERR_NOMEM);
	free(p->cursor);
	p->cursor = cursor;
	return NULL;
}

/* @return what is wrong, or NULL */
static const char *step(struct paging *p, const struct page *page)
{
	uint64_t by = p->spec->kind == PAGE_NUMBER ? 1 : page->records;

	if (p->pages >= p->pages_max)
		return "the vendor gives more pages than limits.pages";
	if (!is_counted(p->spec))
		return step_found(p, page);
	if (by > UINT64_MAX - p->number)
		return "the vendor's pages have no end";
	p->number += by;
	return NULL;
}

static bool is_same(const struct paging *p, const struct page *page)
{
	return p->has_digest && page->records > 0 &&
	       memcmp(p->digest, page->digest, sizeof(p->digest)) == 0;
}

enum paging_next paging_take(struct paging *p, const struct page *page, const char **reterr_text)
{
	const char *wrong = NULL;

	if (is_first(p) && page->size > 0)
		p->size = page->size;
	if (p->pages < UINT_MAX)
		p->pages++;
	if (is_same(p, page)) {
		*reterr_text = "the vendor gives the same page again";
		return PAGING_ERROR;
	}
	if (p->spec->kind == PAGE_NONE || is_last(p, page) ||
	    (!is_counted(p->spec) && !page->has_next))
		return PAGING_END;
	wrong = step(p, page);
	if (wrong != NULL) {
		*reterr_text = wrong;
		return PAGING_ERROR;
	}
	p->has_digest = true;
	memcpy(p->digest, page->digest, sizeof(p->digest));
	return PAGING_MORE;
}

bool paging_lookup(const struct paging *p, struct str name, char *scratch, size_t scratch_size,
                   struct str *ret_text)
{
	const char *word = p->spec->kind == PAGE_TOKEN ? "cursor" : cursor_word(p->spec);

	if (word == NULL || p->spec->kind == PAGE_LINK || !str_eq(name, str_from(word)))
		return false;
	if (p->spec->kind == PAGE_TOKEN) {
		*ret_text = str_from(p->cursor);
		return true;
	}
	int len = snprintf(scratch, scratch_size, "%llu", (unsigned long long)p->number);

	if (len < 0 || (size_t)len >= scratch_size)
		return false;
	*ret_text = (struct str){scratch, (size_t)len};
	return true;
}
