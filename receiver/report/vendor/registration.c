/* SPDX-License-Identifier: MIT */
#include "receiver/report/vendor/registration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/obj.h"
#include "receiver/report/vendor/vendor_pages.h"

#define REGISTRATION_MAGIC 0x72656769U
#define BODY_MAX           ((size_t)4 * 1024 * 1024)
#define TEXTS_MAX          ((size_t)8 * 1024 * 1024)
#define PAGES_MAX          1000
#define SECRET_PART        8
#define TEXT_SIZE          400 /* an err_detail's and a few words */
#define NO_CONTENT         204

struct registration {
	unsigned magic;
	const struct register_spec *spec; /* borrowed */
	struct vendor_client *client;     /* borrowed */
	registration_done done;
	void *arg;
	struct vendor_pages *pages; /* owned; LIST */
	struct page_hook *hooks;    /* owned; texts are in the arena */
	size_t hook_count, hook_room;
	struct arena texts;
	struct vendor_call *call; /* borrowed until its end; the others */
	struct buf body;
	char *password; /* owned, wiped; NULL: none was told */
	char text[TEXT_SIZE];
};

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

static enum err list_on_page(void *arg, struct str body, struct err_detail *reterr_detail)
{
	struct registration *r;

	OBJ_FROM(r, arg, REGISTRATION_MAGIC);
	return page_hooks(body, r->spec, keep_hook, r, reterr_detail);
}

static void list_on_done(void *arg, const struct vendor_pages_end *end)
{
	struct registration *r;

	OBJ_FROM(r, arg, REGISTRATION_MAGIC);
	registration_end(r, end->end, end->status, end->was_sent, end->text);
}

static enum err ask_list(struct registration *r)
{
	static const struct vendor_pages_ops ops = {list_on_page, list_on_done};
	const struct vendor_pages_conf conf = {
		.client = r->client,
		.request = &r->spec->list,
		.page = &r->spec->list_page,
		.decode = &r->spec->list_decode,
		.ok = &r->spec->ok,
		.pages_max = PAGES_MAX,
		.body_max = BODY_MAX,
		.unreadable = "the vendor's list cannot be read: ",
	};

	return vendor_pages_new(&conf, &ops, r, &r->pages);
}

/* ---- the others ---- */

static bool registration_lookup(void *arg, struct str name, struct str *ret_text)
{
	const struct registration_order *order = arg;

	const struct {
		struct str name, text;
	} hook[] = {
		{STR_LIT("hook.id"), order->id},
		{STR_LIT("hook.url"), order->url},
		{STR_LIT("hook.user"), order->username},
		{STR_LIT("hook.pass"), order->password},
	};

	for (size_t i = 0; i < sizeof(hook) / sizeof(hook[0]); i++) {
		if (str_eq(hook[i].name, name)) {
			*ret_text = hook[i].text;
			return hook[i].text.len > 0;
		}
	}
	return false;
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

/* `ok` of the answer. @return ERR_OK; else the text says why */
static enum err read_answer(struct registration *r)
{
	static const struct page_spec no_paging = {.kind = PAGE_NONE};
	static const struct decode_spec whole = {.as = DECODE_JSON};
	struct err_detail detail = {.text = ""};
	struct page page = {.records = 0};
	enum err err = buf_err(&r->body);

	if (err == ERR_OK) {
		err = page_read(buf_str(&r->body), &whole, &no_paging, &r->spec->ok, &r->texts,
		                &page, &detail);
	}
	if (err != ERR_OK) {
		(void)snprintf(r->text, sizeof(r->text), "the vendor's answer cannot be read: %s",
		               detail.text[0] != '\0' ? detail.text : err_str(err));
		return err;
	}
	if (page.is_ok)
		return ERR_OK;
	(void)snprintf(r->text, sizeof(r->text), "the vendor says: %.*s", STR_FMT(page.error));
	return ERR_INVAL;
}

static void registration_on_done(void *arg, const struct vendor_result *result)
{
	struct registration *r;

	OBJ_FROM(r, arg, REGISTRATION_MAGIC);
	if (result->end != VENDOR_OK) {
		registration_end(r, result->end, result->status, result->was_sent, result->text);
	} else if (r->spec->ok.at != NULL && result->status != NO_CONTENT &&
	           read_answer(r) != ERR_OK) {
		registration_end(r, VENDOR_REFUSED, result->status, true, r->text);
	} else {
		registration_end(r, VENDOR_OK, result->status, true, "");
	}
}

static const struct request_spec *request_of(const struct register_spec *spec,
                                             enum registration_verb verb)
{
	switch (verb) {
	case REGISTRATION_LIST:
		return &spec->list;
	case REGISTRATION_CREATE:
		return &spec->create;
	case REGISTRATION_UPDATE:
		return &spec->update;
	case REGISTRATION_DELETE:
		return &spec->remove;
	}
	return NULL;
}

/* What is told twice is there twice, but for what has an id. */
static enum err send_order(struct registration *r, const struct registration_order *order)
{
	static const struct vendor_ops ops = {.on_body = registration_on_body,
	                                      .on_again = registration_on_again,
	                                      .on_done = registration_on_done};
	struct registration_order own = *order; /* as the look-up wants it */
	struct vendor_request request = {
		.spec = request_of(r->spec, order->verb),
		.lookup = registration_lookup,
		.lookup_arg = &own,
		.is_safe = order->verb != REGISTRATION_CREATE,
		.body_max = BODY_MAX,
	};

	return vendor_client_send(r->client, &request, &ops, r, &r->call);
}

/* ---- public ---- */

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
	r->done = done;
	r->arg = arg;
	arena_init(&r->texts, TEXTS_MAX);
	buf_init(&r->body, BODY_MAX);
	if (order->password.len > 0)
		r->password = str_dup(order->password);
	if (order->password.len > 0 && r->password == NULL) {
		err = ERR_NOMEM;
	} else {
		err = order->verb == REGISTRATION_LIST ? ask_list(r) : send_order(r, order);
	}
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
	vendor_pages_free(r->pages);
	if (r->password != NULL)
		explicit_bzero(r->password, strlen(r->password));
	free(r->password);
	free(r->hooks);
	arena_fini(&r->texts);
	buf_fini(&r->body);
	OBJ_POISON(r);
	free(r);
}
