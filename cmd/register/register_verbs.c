/* SPDX-License-Identifier: MIT */
/* What `register` does, once it is clear with what. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/base/table.h"
#include "cmd/register/register_order.h"

static enum exit_code print_table(const struct register_list *list)
{
	static const struct table_column columns[] = {
		{"ID", 0}, {"STATUS", 3}, {"EVENTS", 1}, {"URL", 2}};
	const struct terminal terminal = terminal_of(STDOUT_FILENO);
	struct table *t;

	if (table_new(columns, sizeof(columns) / sizeof(columns[0]), &t) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	for (size_t i = 0; i < list->count; i++) {
		table_add(t, list->hooks[i].id);
		table_add(t, list->hooks[i].status);
		table_add(t, list->hooks[i].events);
		table_add(t, list->hooks[i].url);
	}
	table_print(t, &terminal, stdout);
	table_free(t);
	return EXIT_OK;
}

/* ---- the verbs ---- */

static enum exit_code do_list(struct registering *r)
{
	struct register_list list = {.count = 0};
	enum exit_code code = register_vendor_list(r, &list);

	if (code == EXIT_OK)
		code = print_table(&list);
	register_list_free(&list);
	return code;
}

static enum exit_code do_delete(struct registering *r)
{
	enum exit_code code = register_vendor_tell(r, REGISTRATION_DELETE, STR_EMPTY);

	if (code == EXIT_OK)
		(void)fprintf(stderr, "campaign2mqtt: %s is deleted\n", r->order->id);
	return code;
}

static enum exit_code refuse_same_url(struct registering *r)
{
	struct register_list list = {.count = 0};
	const struct page_hook *hook;
	enum exit_code code;

	if (!r->spec->has_list)
		return EXIT_OK;
	code = register_vendor_list(r, &list);
	hook = code == EXIT_OK ? register_list_url(&list, str_from(r->order->url)) : NULL;
	if (hook != NULL) {
		code = complain(EXIT_BAD_INPUT,
		                "%s is registered as %.*s; use --update %.*s or --rotate %.*s",
		                r->order->url, STR_FMT(hook->id), STR_FMT(hook->id),
		                STR_FMT(hook->id));
	}
	register_list_free(&list);
	return code;
}

static void print_password(const struct registering *r)
{
	if (r->order->shows_password)
		(void)printf("password: %s\n", r->password);
}

/* The id is in the list; that it cannot be asked for now is no failure any more. */
static void say_registered(struct registering *r)
{
	struct register_list list = {.count = 0};
	const struct page_hook *hook = NULL;

	if (r->spec->has_list && register_vendor_list(r, &list) == EXIT_OK)
		hook = register_list_url(&list, str_from(r->order->url));
	if (hook != NULL) {
		(void)fprintf(stderr, "campaign2mqtt: registered as %.*s\n", STR_FMT(hook->id));
	} else {
		(void)fputs("campaign2mqtt: registered\n", stderr);
	}
	register_list_free(&list);
}

static enum exit_code do_create(struct registering *r)
{
	enum exit_code code = register_pair_make(r);

	if (code == EXIT_OK)
		code = refuse_same_url(r);
	if (code == EXIT_OK)
		code = register_pair_admit(r);
	if (code == EXIT_OK)
		code = register_vendor_tell(r, REGISTRATION_CREATE, str_from(r->order->url));
	if (code == EXIT_OK) {
		print_password(r);
		say_registered(r);
	}
	return code;
}

static enum exit_code tell_update(struct registering *r, struct str url)
{
	enum exit_code code = register_pair_admit(r);

	if (code == EXIT_OK)
		code = register_vendor_tell(r, REGISTRATION_UPDATE, url);
	if (code == EXIT_OK) {
		print_password(r);
		(void)fprintf(stderr, "campaign2mqtt: %s has the new credentials\n", r->order->id);
	}
	return code;
}

/* UPDATE and ROTATE: the address stays what it is unless another one is given. */
static enum exit_code do_update(struct registering *r)
{
	struct register_list list = {.count = 0};
	struct str url = str_from(r->order->url);
	enum exit_code code = register_pair_make(r);

	if (code == EXIT_OK && r->spec->has_list)
		code = register_vendor_list(r, &list);
	if (code == EXIT_OK && r->spec->has_list) {
		const struct page_hook *hook = register_list_id(&list, str_from(r->order->id));

		if (hook == NULL) {
			code = complain(
				EXIT_BAD_INPUT,
				"the vendor has no webhook %s; \"register --list\" shows those "
				"it has",
				r->order->id);
		} else if (url.len == 0) {
			url = hook->url;
		}
	}
	if (code == EXIT_OK && url.len == 0)
		code = complain(EXIT_USAGE, "--url is missing: the vendor does not list it");
	if (code == EXIT_OK)
		code = tell_update(r, url);
	register_list_free(&list);
	return code;
}

enum exit_code register_obey(struct registering *r)
{
	switch (r->order->verb) {
	case REGISTER_CREATE:
		return do_create(r);
	case REGISTER_LIST:
		return do_list(r);
	case REGISTER_UPDATE:
	case REGISTER_ROTATE:
		return do_update(r);
	case REGISTER_DELETE:
		return do_delete(r);
	}
	return EXIT_BUG;
}
