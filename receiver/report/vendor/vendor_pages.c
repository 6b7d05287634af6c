/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/vendor_pages.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/obj.h"
#include "core/url.h"
#include "receiver/report/vendor/paging.h"

#define PAGES_MAGIC   0x76706167U
#define TEXTS_MAX     ((size_t)256 * 1024) /* what leads to the next page */
#define SCRATCH_BYTES 32
#define TEXT_SIZE     400 /* an err_detail's and a few words */
#define NO_CONTENT    204

struct vendor_pages {
	unsigned magic;
	struct vendor_pages_conf conf;
	const struct vendor_pages_ops *ops; /* borrowed */
	void *arg;                          /* borrowed */
	struct paging paging;
	struct vendor_call *call; /* borrowed until its end */
	struct buf body;
	char text[TEXT_SIZE];
};

static void pages_end(struct vendor_pages *p, const struct vendor_pages_end *end)
{
	p->call = NULL;
	p->ops->on_done(p->arg, end); /* may free it */
}

/* ---- asking ---- */

/* The text of a number has to live until the next look-up. */
struct lookup {
	const struct paging *paging;
	char scratch[SCRATCH_BYTES];
};

static bool pages_lookup(void *arg, struct str name, struct str *ret_text)
{
	struct lookup *l = arg;

	return paging_lookup(l->paging, name, l->scratch, sizeof(l->scratch), ret_text);
}

static bool pages_on_body(void *arg, struct str bytes)
{
	struct vendor_pages *p;

	OBJ_FROM(p, arg, PAGES_MAGIC);
	(void)buf_append_str(&p->body, bytes); /* the error sticks */
	return true;
}

static void pages_on_again(void *arg)
{
	struct vendor_pages *p;

	OBJ_FROM(p, arg, PAGES_MAGIC);
	buf_reset(&p->body);
}

static void pages_on_done(void *arg, const struct vendor_result *result);

static enum err ask_page(struct vendor_pages *p)
{
	static const struct vendor_ops ops = {
		.on_body = pages_on_body, .on_again = pages_on_again, .on_done = pages_on_done};
	struct lookup lookup = {.paging = &p->paging};
	struct vendor_request request = {
		.spec = p->conf.request,
		.lookup = pages_lookup,
		.lookup_arg = &lookup,
		.is_safe = true,
		.body_max = p->conf.body_max,
	};

	if (p->conf.page->kind == PAGE_LINK && p->paging.cursor != NULL)
		request.url = str_from(p->paging.cursor);
	buf_reset(&p->body);
	return vendor_client_send(p->conf.client, &request, &ops, p, &p->call);
}

/* ---- a page ---- */

static enum paging_next not_readable(struct vendor_pages *p, enum err err,
                                     const struct err_detail *detail)
{
	(void)snprintf(p->text, sizeof(p->text), "%s%s", p->conf.unreadable,
	               detail->text[0] != '\0' ? detail->text : err_str(err));
	return PAGING_ERROR;
}

/* The link as a whole address, while the URL it came with is known. */
static enum err resolve_next(const struct vendor_pages *p, struct page *page, char **ret_url)
{
	enum err err;

	if (p->conf.page->kind != PAGE_LINK || !page->has_next)
		return ERR_OK;
	err = url_resolve(vendor_call_url(p->call), page->next, ret_url);
	if (err == ERR_OK)
		page->next = str_from(*ret_url);
	return err;
}

/* @return PAGING_ERROR: the text says why */
static enum paging_next take_page(struct vendor_pages *p, struct arena *texts, char **ret_url)
{
	const struct vendor_pages_conf *conf = &p->conf;
	struct err_detail detail = {.text = ""};
	struct page page = {.records = 0};
	const char *why = "";
	enum paging_next next;
	enum err err = buf_err(&p->body);

	if (err == ERR_OK) {
		err = page_read(buf_str(&p->body), conf->decode, conf->page, conf->ok, texts, &page,
		                &detail);
	}
	if (err == ERR_OK && !page.is_ok) {
		(void)snprintf(p->text, sizeof(p->text), "the vendor says: %.*s",
		               STR_FMT(page.error));
		return PAGING_ERROR;
	}
	if (err == ERR_OK)
		err = p->ops->on_page(p->arg, buf_str(&p->body), &detail);
	if (err == ERR_EXISTS)
		return PAGING_END;
	if (err == ERR_OK)
		err = resolve_next(p, &page, ret_url);
	if (err != ERR_OK)
		return not_readable(p, err, &detail);
	next = paging_take(&p->paging, &page, &why);
	if (next == PAGING_ERROR)
		(void)snprintf(p->text, sizeof(p->text), "%s", why);
	return next;
}

static void page_arrived(struct vendor_pages *p, unsigned status)
{
	struct vendor_pages_end end = {.status = status, .was_sent = true, .text = ""};
	enum paging_next next;
	struct arena texts;
	char *url = NULL;
	enum err err;

	arena_init(&texts, TEXTS_MAX);
	next = take_page(p, &texts, &url);
	free(url);
	arena_fini(&texts);
	if (next == PAGING_MORE) {
		err = ask_page(p);
		if (err == ERR_OK)
			return;
		(void)snprintf(p->text, sizeof(p->text), "%s", err_str(err));
	}
	end.end = next == PAGING_END ? VENDOR_OK : VENDOR_FAILED;
	if (end.end != VENDOR_OK)
		end.text = p->text;
	pages_end(p, &end);
}

static void pages_on_done(void *arg, const struct vendor_result *result)
{
	const struct vendor_pages_end end = {result->end, result->status, result->was_sent,
	                                     result->retry_ms, result->text};
	struct vendor_pages *p;

	OBJ_FROM(p, arg, PAGES_MAGIC);
	if (result->end == VENDOR_OK && result->status != NO_CONTENT) {
		page_arrived(p, result->status);
	} else {
		pages_end(p, &end);
	}
}

/* ---- public ---- */

enum err vendor_pages_new(const struct vendor_pages_conf *conf, const struct vendor_pages_ops *ops,
                          void *arg, struct vendor_pages **ret_pages)
{
	struct vendor_pages *p = calloc(1, sizeof(*p));
	enum err err;

	if (p == NULL)
		return ERR_NOMEM;
	p->magic = PAGES_MAGIC;
	p->conf = *conf;
	p->ops = ops;
	p->arg = arg;
	buf_init(&p->body, conf->body_max);
	paging_init(&p->paging, conf->page, conf->pages_max);
	err = ask_page(p);
	if (err != ERR_OK) {
		vendor_pages_free(p);
		return err;
	}
	*ret_pages = p;
	return ERR_OK;
}

void vendor_pages_free(struct vendor_pages *p)
{
	if (p == NULL)
		return;
	vendor_call_cancel(p->call);
	paging_fini(&p->paging);
	buf_fini(&p->body);
	OBJ_POISON(p);
	free(p);
}
