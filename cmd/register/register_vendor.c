/* SPDX-License-Identifier: MIT */
/* The requests of `register`, one at a time. */
#include <stdio.h>

#include "cmd/register/register_order.h"

/* How one request ended. */
struct told {
	struct loop *loop;
	enum vendor_end end;
	unsigned status;
	bool was_sent;
	char text[400];
	const struct page_hook *hooks;
	size_t hook_count;
};

static void told_on_answer(void *arg, const struct registration_answer *answer)
{
	struct told *told = arg;

	told->end = answer->end;
	told->status = answer->status;
	told->was_sent = answer->was_sent;
	(void)snprintf(told->text, sizeof(told->text), "%s", answer->text);
	told->hooks = answer->hooks;
	told->hook_count = answer->hook_count;
	loop_stop(told->loop);
}

static enum exit_code complain_told(const struct registering *r, const struct told *told,
                                    bool is_create)
{
	enum exit_code code = asking_exit_code(told->end);
	const char *more = "";

	if (told->end == VENDOR_UNAUTHORIZED) {
		more = "; check the credentials in `vars` of the account";
	} else if (told->end == VENDOR_FAILED && told->was_sent && is_create) {
		more = "; it may be registered all the same: look with --list";
	} else if (told->end == VENDOR_LATER) {
		more = "; try again later";
	}
	if (told->status == 0) {
		return complain(code, "%s: the vendor: %s%s", r->account->name, told->text, more);
	}
	return complain(code, "%s: the vendor answers %u: %s%s", r->account->name, told->status,
	                told->text, more);
}

static enum exit_code ask(struct registering *r, const struct registration_order *order,
                          struct told *told, struct registration **ret_registration)
{
	enum err err;

	*told = (struct told){.loop = r->asking.loop};
	err = registration_ask(r->asking.client, r->spec, order, told_on_answer, told,
	                       ret_registration);
	if (err != ERR_OK) {
		return complain(err == ERR_NOMEM ? EXIT_UNAVAILABLE : EXIT_CONFIGURATION,
		                "%s: the request cannot be made from the profile and `vars` of the "
		                "account: %s",
		                r->account->name, err_str(err));
	}
	if (loop_run(r->asking.loop) != ERR_OK)
		return complain(EXIT_BUG, "the event loop failed");
	return told->end == VENDOR_OK ? EXIT_OK
	                              : complain_told(r, told, order->verb == REGISTRATION_CREATE);
}

enum exit_code register_vendor_list(struct registering *r, struct register_list *ret_list)
{
	static const struct registration_order order = {.verb = REGISTRATION_LIST};
	struct registration *registration = NULL;
	struct told told;
	enum exit_code code = ask(r, &order, &told, &registration);

	if (code != EXIT_OK) {
		registration_free(registration);
		return code;
	}
	*ret_list = (struct register_list){registration, told.hooks, told.hook_count};
	return EXIT_OK;
}

void register_list_free(struct register_list *list)
{
	registration_free(list->registration);
	*list = (struct register_list){.count = 0};
}

const struct page_hook *register_list_url(const struct register_list *list, struct str url)
{
	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(list->hooks[i].url, url))
			return &list->hooks[i];
	}
	return NULL;
}

const struct page_hook *register_list_id(const struct register_list *list, struct str id)
{
	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(list->hooks[i].id, id))
			return &list->hooks[i];
	}
	return NULL;
}

enum exit_code register_vendor_tell(struct registering *r, enum registration_verb verb,
                                    struct str url)
{
	const struct registration_order order = {
		.verb = verb,
		.id = str_from(r->order->id),
		.url = url,
		.username = str_from(r->username),
		.password = str_from(r->password),
	};
	struct registration *registration = NULL;
	struct told told;
	enum exit_code code = ask(r, &order, &told, &registration);

	registration_free(registration);
	return code;
}
