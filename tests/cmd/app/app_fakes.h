/* SPDX-License-Identifier: MIT */
/**
 * app_fakes - the parts of a daemon that cmd/app/app_status.c and cmd/app/app_health.c look at, as
 * a test wants them to be. For one .c file of a test only.
 */
#ifndef TESTS_CMD_APP_APP_FAKES_H
#define TESTS_CMD_APP_APP_FAKES_H

#include "cmd/app/app_state.h"

static struct {
	struct store_stats store;
	struct relay_stats relay;
	bool is_up;
	size_t stale;
	const char *state; /* last one on the state topic */
	size_t states;     /* how often it was said */
	void (*tell_reports)(account_status_fn on_account, report_status_fn on_report, void *arg);
	void (*tell_mailboxes)(mailbox_status_fn fn, void *arg);
} fake;

void store_stats(const struct store *s, struct store_stats *ret_stats)
{
	(void)s;
	*ret_stats = fake.store;
}

void store_sweep(struct store *s)
{
	(void)s;
}

void relay_stats(const struct relay *r, struct relay_stats *ret_stats)
{
	(void)r;
	*ret_stats = fake.relay;
}

bool publisher_is_up(const struct publisher *p)
{
	(void)p;
	return fake.is_up;
}

const char *publisher_trouble(const struct publisher *p)
{
	(void)p;
	return "connection refused";
}

void publisher_set_state(struct publisher *p, const char *state)
{
	(void)p;
	fake.state = state;
	fake.states++;
}

size_t http_server_connections(const struct http_server *server)
{
	(void)server;
	return 0;
}

size_t reports_stale(const struct reports *r)
{
	(void)r;
	return fake.stale;
}

void reports_status(const struct reports *r, account_status_fn on_account,
                    report_status_fn on_report, void *arg)
{
	(void)r;
	if (fake.tell_reports != NULL)
		fake.tell_reports(on_account, on_report, arg);
}

void reports_mailboxes(const struct reports *r, mailbox_status_fn fn, void *arg)
{
	(void)r;
	if (fake.tell_mailboxes != NULL)
		fake.tell_mailboxes(fn, arg);
}

#endif /* TESTS_CMD_APP_APP_FAKES_H */
