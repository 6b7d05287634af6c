/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/registration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/obj.h"
#include "core/url.h"
#include "receiver/report/vendor/paging.h"

#define REGISTRATION_MAGIC 0x72656769U
#define BODY_MAX           ((size_t)4 * 1024 * 1024)
#define TEXTS_MAX          ((size_t)8 * 1024 * 1024)
#define PAGES_MAX          1000
#define SECRET_PART        8
#define SCRATCH_BYTES      32
#define TEXT_SIZE          400 /* an err_detail's and a few words */
#define NO_CONTENT         204

struct registration {
	unsigned magic;
	const struct register_spec *spec; /* borrowed */
	struct vendor_client *client;     /* borrowed */
	enum registration_verb verb;
	registration_done done;
	void *arg;
	struct paging paging;    /* LIST */
	struct page_hook *hooks; /* owned; texts are in the arena */
	size_t hook_count, hook_room;
	struct arena texts;
	struct vendor_call *call; /* borrowed until its end */
	struct buf body;
	char *password; /* owned, wiped; NULL: none was told */
	char text[TEXT_SIZE];
};

/* Names of the templates, beside the account's variables. */
struct lookup {
	const struct registration_order *order;
	const struct paging *paging;
	char scratch[SCRATCH_BYTES];
};

static bool registration_lookup(void *arg, struct str name, struct str *ret_text)
{
	struct lookup *l = arg;

	const struct {
		struct str name, text;
	} hook[] = {
		{STR_LIT("hook.id"), l->order->id},
		{STR_LIT("hook.url"), l->order->url},
		{STR_LIT("hook.user"), l->order->username},
		{STR_LIT("hook.pass"), l->order->password},
	};

	for (size_t i = 0; i < sizeof(hook) / sizeof(hook[0]); i++) {
		if (str_eq(hook[i].name, name)) {
			*ret_text = hook[i].text;
			return hook[i].text.len > 0;
		}
	}
	return l->order->verb == REGISTRATION_LIST &&
	       paging_lookup(l->paging, name, l->scratch, sizeof(l->scratch), ret_text);
}

/* A vendor may say our own words back, and what looked like a token was cut out of them. */
static bool holds_secret(const struct registration *r, const char *text)
{
	size_t len = r->password != NULL ? strlen(r->password) : 0;
	size_t part = len < SECRET_PART ? len : SECRET_PART;
	char piece[SECRET_PART + 1];
	bool is_there = false;

	for (size_t i = 0; part > 0 && i + part <= len && !is_there; i++) {
		memcpy(piece, r->password + i, part);
		piece[part] = '\0';
		is_there = strstr(text, piece) != NULL;
	}
	explicit_bzero(piece, sizeof(piece));
	return is_there;
}

static void registration_end(struct registration *r, enum vendor_end end, unsigned status,
                             bool was_sent, const char *text)
{
	if (holds_secret(r, text))
		text = "the vendor refuses, in words that hold the password: not shown";

	const struct registration_answer answer = {end,  status,   was_sent,
	                                           text, r->hooks, r->hook_count};

	r->call = NULL;
	r->done(r->arg, &answer); /* may free it */
}

static bool registration_on_body(void *arg, struct str bytes)
{
	struct registration *r;

	OBJ_FROM(r, arg, REGISTRATION_MAGIC);
	(void)buf_append_str(&r->body, bytes); /* the error sticks */
	return true;
}

static void registration_on_again(void *arg)
{
	struct registration *r;

	OBJ_FROM(r, arg, REGISTRATION_MAGIC);
	buf_reset(&r->body);
}

/* ---- the list ---- */

static enum err keep_hook(void *arg, const struct page_hook *hook)
{
	struct registration *r = arg;
	struct page_hook *kept;
	enum err err;

	if (r->hook_count == REGISTRATION_HOOKS_MAX)
		return ERR_LIMIT;
	if (r->hook_count == r->hook_room) {
		size_t room = r->hook_room > 0 ? r->hook_room * 2 : 16;
		struct page_hook *hooks = realloc(r->hooks, room * sizeof(*hooks));

		if (hooks == NULL)
			return ERR_NOMEM;
		r->hooks = hooks;
		r->hook_room = room;
	}
	kept = &r->hooks[r->hook_count];
	err = arena_str_dup(&r->texts, hook->id, &kept->id);
	if (err == ERR_OK)
		err = arena_str_dup(&r->texts, hook->url, &kept->url);
	if (err == ERR_OK)
		err = arena_str_dup(&r->texts, hook->status, &kept->status);
	if (err == ERR_OK)
		err = arena_str_dup(&r->texts, hook->events, &kept->events);
	if (err == ERR_OK)
		r->hook_count++;
	return err;
}

/* `ok` of the answer. @return ERR_OK, ERR_INVAL with the vendor's text, or as page_read() */
static enum err read_answer(struct registration *r, const struct page_spec *paging,
                            struct arena *texts, struct page *page)
{
	static const struct decode_spec whole = {.as = DECODE_JSON};
	const struct decode_spec *decode =
		r->verb == REGISTRATION_LIST ? &r->spec->list_decode : &whole;
	struct err_detail detail = {.text = ""};
	enum err err = buf_err(&r->body);

	if (err == ERR_OK) {
		err = page_read(buf_str(&r->body), decode, paging, &r->spec->ok, texts, page,
		                &detail);
	}
	if (err != ERR_OK) {
		(void)snprintf(r->text, sizeof(r->text), "the vendor's answer cannot be read: %s",
		               detail.text[0] != '\0' ? detail.text : err_str(err));
		return err;
	}
	if (page->is_ok)
		return ERR_OK;
	(void)snprintf(r->text, sizeof(r->text), "the vendor says: %.*s", STR_FMT(page->error));
	return ERR_INVAL;
}

static enum paging_next take_page(struct registration *r, struct arena *texts, char **ret_url)
{
	const struct page_spec *spec = &r->spec->list_page;
	struct err_detail detail = {.text = ""};
	struct page page = {.records = 0};
	const char *why = "";
	enum paging_next next;
	enum err err = read_answer(r, spec, texts, &page);

	if (err != ERR_OK)
		return PAGING_ERROR;
	err = page_hooks(buf_str(&r->body), r->spec, keep_hook, r, &detail);
	if (err == ERR_OK && spec->kind == PAGE_LINK && page.has_next) {
		err = url_resolve(vendor_call_url(r->call), page.next, ret_url);
		if (err == ERR_OK)
			page.next = str_from(*ret_url);
	}
	if (err != ERR_OK) {
		(void)snprintf(r->text, sizeof(r->text), "the vendor's list cannot be read: %s",
		               detail.text[0] != '\0' ? detail.text : err_str(err));
		return PAGING_ERROR;
	}
	next = paging_take(&r->paging, &page, &why);
	if (next == PAGING_ERROR)
		(void)snprintf(r->text, sizeof(r->text), "%s", why);
	return next;
}

static enum err send_order(struct registration *r, const struct registration_order *order);

static void page_arrived(struct registration *r, unsigned status)
{
	static const struct registration_order list = {.verb = REGISTRATION_LIST};
	enum paging_next next;
	struct arena texts;
	char *url = NULL;

	arena_init(&texts, TEXTS_MAX);
	next = take_page(r, &texts, &url);
	free(url);
	arena_fini(&texts);
	if (next == PAGING_MORE && send_order(r, &list) != ERR_OK) {
		(void)snprintf(r->text, sizeof(r->text), "the next page cannot be asked for");
		next = PAGING_ERROR;
	}
	if (next == PAGING_ERROR) {
		registration_end(r, VENDOR_FAILED, status, true, r->text);
	} else if (next == PAGING_END) {
		registration_end(r, VENDOR_OK, status, true, "");
	}
}

/* ---- the others ---- */

static void done_arrived(struct registration *r, unsigned status)
{
	static const struct page_spec no_paging = {.kind = PAGE_NONE};
	struct page page = {.records = 0};
	struct arena texts;
	enum err err = ERR_OK;

	arena_init(&texts, TEXTS_MAX);
	if (r->spec->ok.at != NULL && status != NO_CONTENT)
		err = read_answer(r, &no_paging, &texts, &page);
	arena_fini(&texts);
	registration_end(r, err == ERR_OK ? VENDOR_OK : VENDOR_REFUSED, status, true,
	                 err == ERR_OK ? "" : r->text);
}

static void registration_on_done(void *arg, const struct vendor_result *result)
{
	struct registration *r;

	OBJ_FROM(r, arg, REGISTRATION_MAGIC);
	if (result->end != VENDOR_OK) {
		registration_end(r, result->end, result->status, result->was_sent, result->text);
	} else if (r->verb != REGISTRATION_LIST) {
		done_arrived(r, result->status);
	} else if (result->status == NO_CONTENT) {
		registration_end(r, VENDOR_OK, result->status, true, "");
	} else {
		page_arrived(r, result->status);
	}
}

static const struct request_spec *request_of(const struct registration *r)
{
	switch (r->verb) {
	case REGISTRATION_LIST:
		return &r->spec->list;
	case REGISTRATION_CREATE:
		return &r->spec->create;
	case REGISTRATION_UPDATE:
		return &r->spec->update;
	case REGISTRATION_DELETE:
		return &r->spec->remove;
	}
	return NULL;
}

/* What is told twice is there twice, but for a list, and for what has an id. */
static enum err send_order(struct registration *r, const struct registration_order *order)
{
	static const struct vendor_ops ops = {.on_body = registration_on_body,
	                                      .on_again = registration_on_again,
	                                      .on_done = registration_on_done};
	struct lookup lookup = {.order = order, .paging = &r->paging};
	struct vendor_request request = {
		.spec = request_of(r),
		.lookup = registration_lookup,
		.lookup_arg = &lookup,
		.is_safe = order->verb != REGISTRATION_CREATE,
		.body_max = BODY_MAX,
	};

	if (order->verb == REGISTRATION_LIST && r->spec->list_page.kind == PAGE_LINK &&
	    r->paging.cursor != NULL)
		request.url = str_from(r->paging.cursor);
	buf_reset(&r->body);
	return vendor_client_send(r->client, &request, &ops, r, &r->call);
}

enum err registration_ask(struct vendor_client *client, const struct register_spec *spec,
                          const struct registration_order *order, registration_done done, void *arg,
                          struct registration **ret_registration)
{
	struct registration *r = calloc(1, sizeof(*r));
	enum err err;

	if (r == NULL)
		return ERR_NOMEM;
	r->magic = REGISTRATION_MAGIC;
	r->spec = spec;
	r->client = client;
	r->verb = order->verb;
	r->done = done;
	r->arg = arg;
	arena_init(&r->texts, TEXTS_MAX);
	buf_init(&r->body, BODY_MAX);
	paging_init(&r->paging, &spec->list_page, PAGES_MAX);
	if (order->password.len > 0)
		r->password = str_dup(order->password);
	err = order->password.len > 0 && r->password == NULL ? ERR_NOMEM : send_order(r, order);
	if (err != ERR_OK) {
		registration_free(r);
		return err;
	}
	*ret_registration = r;
	return ERR_OK;
}

void registration_free(struct registration *r)
{
	if (r == NULL)
		return;
	vendor_call_cancel(r->call);
	paging_fini(&r->paging);
	if (r->password != NULL)
		explicit_bzero(r->password, strlen(r->password));
	free(r->password);
	free(r->hooks);
	arena_fini(&r->texts);
	buf_fini(&r->body);
	OBJ_POISON(r);
	free(r);
}
