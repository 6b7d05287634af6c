/* SPDX-License-Identifier: MIT */
#include "receiver/report/list/list_ask.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/obj.h"
#include "normalise/page.h"
#include "receiver/report/list/list_seen.h"
#include "receiver/report/vendor/vendor_pages.h"

#define ASK_MAGIC      0x6c61736bU
#define LIST_BODY_MAX  ((size_t)16 * 1024 * 1024)
#define LIST_PAGES_MAX 1000
#define VALUE_MAX      256 /* bytes; a checkpoint's key holds a few of them */
#define RAW_MAX        ((size_t)2 * LIST_VALUES_MAX)

struct list_ask {
	unsigned magic;
	struct list_ask_conf conf;
	list_ask_done done;
	void *arg; /* borrowed */
	struct choices values;
	size_t skipped;
	struct vendor_pages *pages; /* owned; of a list */
	struct list_seen *seen;     /* owned; of our own events */
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

/* An id becomes part of URLs, keys and log lines. */
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

/* That many are enough: more are not run, but that there are more is noticed. */
static bool has_enough(const struct list_ask *ask, enum err err)
{
	return err == ERR_LIMIT && ask->values.count >= LIST_VALUES_MAX;
}

/* ---- a vendor's list ---- */

static enum err list_on_page(void *arg, struct str body, struct err_detail *reterr_detail)
{
	struct list_ask *ask;
	size_t skipped = 0;
	enum err err;

	OBJ_FROM(ask, arg, ASK_MAGIC);
	err = page_list_values(body, ask->conf.list, ask->conf.zones, clock_now_ms(), take_value,
	                       ask, &skipped, reterr_detail);
	ask->skipped += skipped;
	return has_enough(ask, err) ? ERR_EXISTS : err;
}

static void list_on_done(void *arg, const struct vendor_pages_end *end)
{
	struct list_ask *ask;

	OBJ_FROM(ask, arg, ASK_MAGIC);
	ask_end(ask, end->end, end->retry_ms, end->text);
}

static enum err ask_list(struct list_ask *ask)
{
	static const struct vendor_pages_ops ops = {list_on_page, list_on_done};
	const struct list_spec *list = ask->conf.list;
	const unsigned max = ask->conf.pages_max;
	const struct vendor_pages_conf conf = {
		.client = ask->conf.client,
		.request = &list->request,
		.page = &list->page,
		.decode = &list->decode,
		.ok = &list->ok,
		.pages_max = max < LIST_PAGES_MAX ? max : LIST_PAGES_MAX,
		.body_max = LIST_BODY_MAX,
		.unreadable = "",
	};

	return vendor_pages_new(&conf, &ops, ask, &ask->pages);
}

/* ---- campaigns of our own events ---- */

static void seen_on_done(void *arg, enum err err)
{
	struct list_ask *ask;

	OBJ_FROM(ask, arg, ASK_MAGIC);
	if (err == ERR_OK || has_enough(ask, err)) {
		ask_end(ask, VENDOR_OK, 0, "");
	} else {
		ask_end(ask, VENDOR_FAILED, 0, err_str(err));
	}
}

static enum err ask_seen(struct list_ask *ask)
{
	static const struct list_seen_ops ops = {take_value, seen_on_done};

	return list_seen_new(ask->conf.store, ask->conf.account,
	                     clock_now_ms() - (int64_t)ask->conf.seen_ms, &ops, ask, &ask->seen);
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
	err = conf->list != NULL ? ask_list(ask) : ask_seen(ask);
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
	vendor_pages_free(ask->pages);
	list_seen_free(ask->seen);
	choices_fini(&ask->values);
	OBJ_POISON(ask);
	free(ask);
}
