/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/obj.h"
#include "core/url.h"
#include "normalise/page.h"
#include "receiver/report/vendor/paging.h"

#define ASK_MAGIC      0x6c61736bU
#define SEEN_MAGIC     0x7365656eU
#define LIST_BODY_MAX  ((size_t)16 * 1024 * 1024)
#define LIST_PAGES_MAX 1000
#define PAGE_TEXTS_MAX ((size_t)256 * 1024)
#define VALUE_MAX      256 /* bytes; a checkpoint's key holds a few of them */
#define RAW_MAX        ((size_t)2 * LIST_VALUES_MAX)
#define SEEN_PAGE      500
#define SCRATCH_BYTES  32
#define NO_CONTENT     204

/* A read of campaigns under way; the store borrows its texts even when nobody waits any more. */
struct seen_read {
	unsigned magic;
	struct list_ask *ask;  /* borrowed; NULL: gone */
	char *account, *after; /* owned */
};

struct list_ask {
	unsigned magic;
	struct list_ask_conf conf;
	list_ask_done done;
	void *arg; /* borrowed */
	struct choices values;
	size_t skipped;
	struct paging paging;
	struct vendor_call *call; /* borrowed until its end */
	struct buf body;
	struct seen_read *read; /* borrowed; frees itself */
	int64_t since_ms;
	char text[320]; /* as long as an err_detail's */
};

static void ask_end(struct list_ask *ask, enum vendor_end end, uint64_t retry_ms, const char *text)
{
	struct list_answer answer = {end, retry_ms, text, &ask->values, ask->skipped};

	if (end == VENDOR_OK && choices_unique(&ask->values) != ERR_OK) {
		answer.end = VENDOR_FAILED;
		answer.text = err_str(ERR_NOMEM);
	}
	ask->done(ask->arg, &answer); /* may free the asking */
}

/*
 * An id becomes part of URLs, keys and log lines.
 */
static bool is_value(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
			return false;
	}
	return text.len > 0 && text.len <= VALUE_MAX;
}

/* @return ERR_LIMIT: there are more than anybody asks for */
static enum err take_value(void *arg, struct str text)
{
	struct list_ask *ask = arg;
	enum err err;

	if (!is_value(text)) {
		ask->skipped++;
		return ERR_OK;
	}
	err = choices_add(&ask->values, text, RAW_MAX);
	if (err != ERR_LIMIT)
		return err;
	err = choices_unique(&ask->values);
	if (err == ERR_OK && ask->values.count >= LIST_VALUES_MAX)
		return ERR_LIMIT;
	return err != ERR_OK ? err : choices_add(&ask->values, text, RAW_MAX);
}

/* ---- a vendor's list ---- */

/* The text of a number has to live until the next look-up. */
struct lookup {
	const struct paging *paging;
	char scratch[SCRATCH_BYTES];
};

static bool list_lookup(void *arg, struct str name, struct str *ret_text)
{
	struct lookup *l = arg;

	return paging_lookup(l->paging, name, l->scratch, sizeof(l->scratch), ret_text);
}

static bool list_on_body(void *arg, struct str bytes)
{
	struct list_ask *ask;

	OBJ_FROM(ask, arg, ASK_MAGIC);
	(void)buf_append_str(&ask->body, bytes); /* the error sticks */
	return true;
}

static void list_on_again(void *arg)
{
	struct list_ask *ask;

	OBJ_FROM(ask, arg, ASK_MAGIC);
	buf_reset(&ask->body);
}

static void list_on_done(void *arg, const struct vendor_result *result);

static enum err ask_page(struct list_ask *ask)
{
	static const struct vendor_ops ops = {
		.on_body = list_on_body, .on_again = list_on_again, .on_done = list_on_done};
	struct lookup lookup = {.paging = &ask->paging};
	struct vendor_request request = {
		.spec = &ask->conf.list->request,
		.lookup = list_lookup,
		.lookup_arg = &lookup,
		.is_safe = true,
		.body_max = LIST_BODY_MAX,
	};

	if (ask->conf.list->page.kind == PAGE_LINK && ask->paging.cursor != NULL)
		request.url = str_from(ask->paging.cursor);
	buf_reset(&ask->body);
	return vendor_client_send(ask->conf.client, &request, &ops, ask, &ask->call);
}

/* The link as a whole address, while the URL it came with is known. */
static enum err resolve_next(const struct list_ask *ask, struct page *page, char **ret_url)
{
	enum err err;

	if (ask->conf.list->page.kind != PAGE_LINK || !page->has_next)
		return ERR_OK;
	err = url_resolve(vendor_call_url(ask->call), page->next, ret_url);
	if (err == ERR_OK)
		page->next = str_from(*ret_url);
	return err;
}

/* @return PAGING_ERROR: the text says why */
static enum paging_next take_page(struct list_ask *ask, struct arena *texts, char **ret_url)
{
	const struct list_spec *list = ask->conf.list;
	struct str body = buf_str(&ask->body);
	struct err_detail detail = {.text = ""};
	struct page page = {.records = 0};
	const char *why = "";
	enum paging_next next;
	size_t skipped = 0;
	enum err err;

	err = buf_err(&ask->body);
	if (err == ERR_OK)
		err = page_read(body, &list->decode, &list->page, &list->ok, texts, &page, &detail);
	if (err == ERR_OK && !page.is_ok) {
		(void)snprintf(ask->text, sizeof(ask->text), "the vendor says: %.*s",
		               STR_FMT(page.error));
		return PAGING_ERROR;
	}
	if (err == ERR_OK) {
		err = page_list_values(body, list, ask->conf.zones, clock_now_ms(), take_value, ask,
		                       &skipped, &detail);
	}
	ask->skipped += skipped;
	if (err == ERR_LIMIT && ask->values.count >= LIST_VALUES_MAX)
		return PAGING_END;
	if (err == ERR_OK)
		err = resolve_next(ask, &page, ret_url);
	if (err != ERR_OK) {
		(void)snprintf(ask->text, sizeof(ask->text), "%s",
		               detail.text[0] != '\0' ? detail.text : err_str(err));
		return PAGING_ERROR;
	}
	next = paging_take(&ask->paging, &page, &why);
	if (next == PAGING_ERROR)
		(void)snprintf(ask->text, sizeof(ask->text), "%s", why);
	return next;
}

static void page_arrived(struct list_ask *ask)
{
	enum paging_next next;
	struct arena texts;
	char *url = NULL;
	enum err err = ERR_OK;

	arena_init(&texts, PAGE_TEXTS_MAX);
	next = take_page(ask, &texts, &url);
	free(url);
	arena_fini(&texts);
	ask->call = NULL;
	if (next == PAGING_MORE)
		err = ask_page(ask);
	if (next == PAGING_ERROR) {
		ask_end(ask, VENDOR_FAILED, 0, ask->text);
	} else if (err != ERR_OK) {
		ask_end(ask, VENDOR_FAILED, 0, err_str(err));
	} else if (next == PAGING_END) {
		ask_end(ask, VENDOR_OK, 0, "");
	}
}

static void list_on_done(void *arg, const struct vendor_result *result)
{
	struct list_ask *ask;

	OBJ_FROM(ask, arg, ASK_MAGIC);
	if (result->end == VENDOR_OK && result->status != NO_CONTENT) {
		page_arrived(ask);
		return;
	}
	ask->call = NULL;
	ask_end(ask, result->end, result->retry_ms, result->text);
}

/* ---- campaigns of our own events ---- */

static enum err read_campaigns(struct list_ask *ask, struct str after);

static void seen_read_free(struct seen_read *read)
{
	if (read == NULL)
		return;
	OBJ_POISON(read);
	free(read->account);
	free(read->after);
	free(read);
}

static void campaigns_arrived(struct list_ask *ask, enum err err,
                              const struct store_campaign *campaigns, size_t count)
{
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = take_value(ask, campaigns[i].id);
	if (err == ERR_OK && count == SEEN_PAGE) {
		err = read_campaigns(ask, campaigns[count - 1].level);
		if (err == ERR_OK)
			return;
	}
	if (err == ERR_OK || (err == ERR_LIMIT && ask->values.count >= LIST_VALUES_MAX)) {
		ask_end(ask, VENDOR_OK, 0, "");
	} else {
		ask_end(ask, VENDOR_FAILED, 0, err_str(err));
	}
}

static void seen_on_campaigns(void *arg, enum err err, const struct store_campaign *campaigns,
                              size_t count)
{
	struct seen_read *read;
	struct list_ask *ask;

	OBJ_FROM(read, arg, SEEN_MAGIC);
	ask = read->ask;
	seen_read_free(read);
	if (ask == NULL)
		return;
	ask->read = NULL;
	campaigns_arrived(ask, err, campaigns, count);
}

static enum err read_campaigns(struct list_ask *ask, struct str after)
{
	struct seen_read *read = calloc(1, sizeof(*read));
	enum err err = ERR_NOMEM;

	if (read == NULL)
		return ERR_NOMEM;
	read->magic = SEEN_MAGIC;
	read->ask = ask;
	read->account = strdup(ask->conf.account);
	read->after = str_dup(after);
	if (read->account == NULL || read->after == NULL)
		goto out;
	err = store_campaigns(ask->conf.store, str_from(read->account), ask->since_ms,
	                      str_from(read->after), SEEN_PAGE, seen_on_campaigns, read);
	if (err != ERR_OK)
		goto out;
	ask->read = read;
	read = NULL;
out:
	seen_read_free(read);
	return err;
}

/* ---- both ---- */

enum err list_ask_new(const struct list_ask_conf *conf, list_ask_done done, void *arg,
                      struct list_ask **ret_ask)
{
	struct list_ask *ask = calloc(1, sizeof(*ask));
	enum err err;

	if (ask == NULL)
		return ERR_NOMEM;
	ask->magic = ASK_MAGIC;
	ask->conf = *conf;
	ask->done = done;
	ask->arg = arg;
	buf_init(&ask->body, LIST_BODY_MAX);
	if (conf->list != NULL) {
		unsigned max = conf->pages_max < LIST_PAGES_MAX ? conf->pages_max : LIST_PAGES_MAX;

		paging_init(&ask->paging, &conf->list->page, max);
		err = ask_page(ask);
	} else {
		ask->since_ms = clock_now_ms() - (int64_t)conf->seen_ms;
		err = read_campaigns(ask, STR_EMPTY);
	}
	if (err != ERR_OK) {
		list_ask_free(ask);
		return err;
	}
	*ret_ask = ask;
	return ERR_OK;
}

void list_ask_free(struct list_ask *ask)
{
	if (ask == NULL)
		return;
	vendor_call_cancel(ask->call);
	if (ask->read != NULL)
		ask->read->ask = NULL;
	if (ask->conf.list != NULL)
		paging_fini(&ask->paging);
	choices_fini(&ask->values);
	buf_fini(&ask->body);
	OBJ_POISON(ask);
	free(ask);
}
