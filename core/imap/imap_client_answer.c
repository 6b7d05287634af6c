/* SPDX-License-Identifier: MIT */
/* What the server says, and which step follows. */
#include <stdio.h>

#include "core/imap/imap_client_internal.h"

/* The server's words are for people: no control characters, not too long. */
static const char *words(struct imap_client *client, struct str rest)
{
	size_t len = rest.len < sizeof(client->text) - 1 ? rest.len : sizeof(client->text) - 1;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)rest.ptr[i];

		client->text[i] = (char)(c >= 0x20 && c < 0x7f ? c : '?');
	}
	client->text[len] = '\0';
	return client->text;
}

/* A mailbox that is not there is every waiting call's trouble; the connection is closed with it. */
static bool take_selected(struct imap_client *client, const struct imap_response *response)
{
	if (response->status != IMAP_STATUS_OK) {
		imap_client_fail(client, IMAP_END_MAILBOX, words(client, response->rest));
		return false;
	}
	if (client->uid_validity == 0) {
		imap_client_fail(client, IMAP_END_PROTOCOL, "the mailbox has no UIDVALIDITY");
		return false;
	}
	client->link = IMAP_READY;
	return true;
}

static bool take_ran(struct imap_client *client, const struct imap_response *response)
{
	struct imap_call *call = TAILQ_FIRST(&client->calls);
	bool is_ok = response->status == IMAP_STATUS_OK;

	client->link = IMAP_READY;
	client->is_kept = true;
	imap_reader_allow(&client->reader, IMAP_LITERAL_MAX);
	imap_call_finish(call, is_ok ? IMAP_END_OK : IMAP_END_REFUSED,
	                 is_ok ? "" : words(client, response->rest));
	return !client->stay.is_over;
}

static bool take_done(struct imap_client *client, const struct imap_response *response)
{
	char tag[16];

	(void)snprintf(tag, sizeof(tag), "c%u", client->tag);
	if (!str_eq(response->tag, str_from(tag))) {
		imap_client_fail(client, IMAP_END_PROTOCOL, "an answer to no command");
		return false;
	}
	loop_timer_stop(client->clock);
	if (client->link == IMAP_SELECTING)
		return take_selected(client, response);
	if (client->link == IMAP_RUNNING)
		return take_ran(client, response);
	if (client->link == IMAP_NOOPING) {
		client->link = IMAP_RUNNING;
		imap_link_send(client, buf_str(&TAILQ_FIRST(&client->calls)->command));
		return client->link == IMAP_RUNNING;
	}
	imap_client_fail(client, IMAP_END_PROTOCOL, "an answer to no command");
	return false;
}

static bool take_running(struct imap_client *client, const struct imap_response *response)
{
	enum err err = imap_call_take(TAILQ_FIRST(&client->calls), response);

	if (client->stay.is_over)
		return false;
	if (err == ERR_OK)
		return true;
	imap_client_fail(client, err == ERR_NOMEM ? IMAP_END_NOMEM : IMAP_END_PROTOCOL,
	                 err == ERR_LIMIT ? "too many mails found" : "an answer is not IMAP");
	return false;
}

bool imap_client_take(struct imap_client *client, struct str bytes)
{
	struct imap_response response;

	if (imap_response_read(bytes, &response) != ERR_OK) {
		imap_client_fail(client, IMAP_END_PROTOCOL, "an answer is not IMAP");
		return false;
	}
	if (response.kind == IMAP_DONE)
		return take_done(client, &response);
	if (response.kind == IMAP_BYE) {
		imap_client_fail(client, IMAP_END_CUT, words(client, response.rest));
		return false;
	}
	if (response.kind == IMAP_STATUS && client->link == IMAP_SELECTING) {
		uint32_t number = imap_code_number(response.code, STR_LIT("UIDVALIDITY"));

		if (number > 0)
			client->uid_validity = number;
	}
	return client->link == IMAP_RUNNING ? take_running(client, &response) : true;
}
