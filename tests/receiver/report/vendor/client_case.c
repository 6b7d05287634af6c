/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/vendor/client_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

static bool lookup(void *arg, struct str name, struct str *ret_text)
{
	(void)arg;
	if (str_eq(name, STR_LIT("value"))) {
		*ret_text = STR_LIT("a b");
		return true;
	}
	*ret_text = STR_EMPTY;
	return str_eq(name, STR_LIT("nothing"));
}

void client_case_open(struct client_case *f)
{
	const struct vendor_client_conf conf = {.account = "acme",
	                                        .profile = f->profile,
	                                        .vars = f->vars,
	                                        .var_count = f->var_count,
	                                        .base = str_from(f->s.base),
	                                        .rates = f->rate_count > 0 ? f->rates : NULL,
	                                        .rate_count = f->rate_count};

	assert_int_equal(vendor_client_new(f->s.loop, f->s.http, f->s.store, &conf, &f->client),
	                 ERR_OK);
}

void client_case_begin(struct client_case *f, const char *profile)
{
	f->profile = profile_good(profile);
	client_case_open(f);
	f->request.spec = &profile_report(f->profile, STR_LIT("rows"))->request;
}

static bool on_body(void *arg, struct str bytes)
{
	struct told *t = arg;

	assert_true(t->body_len + bytes.len < sizeof(t->body));
	memcpy(t->body + t->body_len, bytes.ptr, bytes.len);
	t->body_len += bytes.len;
	t->body[t->body_len] = '\0';
	return true;
}

static void on_again(void *arg)
{
	struct told *t = arg;

	t->agains++;
	t->body_len = 0;
}

static void on_done(void *arg, const struct vendor_result *result)
{
	struct told *t = arg;

	t->result = *result;
	(void)snprintf(t->text, sizeof(t->text), "%s", result->text);
	(void)snprintf(t->location, sizeof(t->location), "%.*s", STR_FMT(result->location));
	t->call = NULL;
	t->dones++;
}

const struct vendor_ops client_case_ops = {
	.on_body = on_body, .on_again = on_again, .on_done = on_done};

void client_case_send(struct client_case *f, struct told *t)
{
	memset(t, 0, sizeof(*t));
	assert_int_equal(vendor_client_send(f->client, &f->request, &client_case_ops, t, &t->call),
	                 ERR_OK);
	assert_int_equal(t->dones, 0); /* nothing from within */
}

struct told *client_case_ask(struct client_case *f)
{
	struct told *t = &f->told[0];

	client_case_send(f, t);
	scripted_wait(&f->s, &t->dones, 1);
	return t;
}

struct told *client_case_ask_for(struct client_case *f, enum vendor_end end)
{
	struct told *t = client_case_ask(f);

	if (t->result.end != end)
		fail_msg("end %d: %s", (int)t->result.end, t->text);
	return t;
}

int client_case_set_up(void **state)
{
	struct client_case *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	scripted_open(&f->s);
	f->vars[0] = (struct source_var){"key", SECRET};
	f->vars[1] = (struct source_var){"base", f->s.base};
	f->var_count = 2;
	f->request = (struct vendor_request){.lookup = lookup, .is_safe = true};
	*state = f;
	return 0;
}

int client_case_tear_down(void **state)
{
	struct client_case *f = *state;

	vendor_client_free(f->client);
	profile_free(f->profile);
	scripted_close(&f->s);
	metrics_free();
	free(f);
	return 0;
}

int64_t client_case_metric(enum metric_id id, const char *code)
{
	return metric_get(id, "acme", code, NULL)->value;
}
