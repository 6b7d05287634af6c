/* SPDX-License-Identifier: MIT */
/* What `register` does, once it is clear with what. */
#include <stdio.h>
#include <string.h>

#include "cmd/vendor/register_order.h"

/* A vendor's text must not steer the reader's terminal. */
static void print_cell(struct str text, int width)
{
	int shown = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		(void)putchar(c < 0x20 || c == 0x7f ? '?' : c);
		shown += (c & 0xc0) != 0x80;
	}
	if (text.len == 0) {
		(void)putchar('-');
		shown = 1;
	}
	for (; shown < width; shown++)
		(void)putchar(' ');
	(void)putchar(width > 0 ? ' ' : '\n');
}

static int width_of(const struct register_list *list, size_t offset, const char *head)
{
	size_t width = strlen(head);

	for (size_t i = 0; i < list->count; i++) {
		struct str cell;

		memcpy(&cell, (const char *)&list->hooks[i] + offset, sizeof(cell));
		if (cell.len > width)
			width = cell.len;
	}
	return width < 60 ? (int)width : 60;
}

static void print_table(const struct register_list *list)
{
	const struct page_hook head = {STR_LIT("ID"), STR_LIT("URL"), STR_LIT("STATUS"),
	                               STR_LIT("EVENTS")};
	int id = width_of(list, offsetof(struct page_hook, id), "ID");
	int status = width_of(list, offsetof(struct page_hook, status), "STATUS");
	int events = width_of(list, offsetof(struct page_hook, events), "EVENTS");

	for (size_t i = 0; i <= list->count; i++) {
		const struct page_hook *hook = i == 0 ? &head : &list->hooks[i - 1];

		print_cell(hook->id, id);
		print_cell(hook->status, status);
		print_cell(hook->events, events);
		print_cell(hook->url, 0);
	}
}

/* ---- the verbs ---- */

static enum exit_code do_list(struct registering *r)
{
	struct register_list list = {.count = 0};
	enum exit_code code = register_vendor_list(r, &list);

	if (code == EXIT_OK)
		print_table(&list);
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
	enum exit_code code = refuse_same_url(r);

	if (code == EXIT_OK)
		code = register_pair_make(r);
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
	enum exit_code code = register_pair_make(r);

	if (code == EXIT_OK)
		code = register_pair_admit(r);
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
	enum exit_code code = EXIT_OK;

	if (r->spec->has_list)
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
