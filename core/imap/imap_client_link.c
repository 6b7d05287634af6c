/* SPDX-License-Identifier: MIT */
/* The connection: libcurl up to the login, then its bytes. */
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/imap/imap_client_internal.h"
#include "core/obj.h"

#define OUT_MAX    ((size_t)64 * 1024)
#define READ_BYTES 16384
#define TURN_READS 32 /* then the loop is let go on */

static void set_options(const struct imap_client *client)
{
	CURL *easy = client->easy;
	long tls = client->is_tls_wanted ? CURLUSESSL_ALL : CURLUSESSL_NONE;
	long seconds = (long)((client->timeout_ms + 999) / 1000);

	(void)curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "imap,imaps");
	(void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	(void)curl_easy_setopt(easy, CURLOPT_USE_SSL, tls);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)client->timeout_ms);
	(void)curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->curl_text);
}

static CURLcode set_texts(const struct imap_client *client)
{
	CURL *easy = client->easy;
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_URL, client->url);

	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_USERNAME, client->user);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(easy, CURLOPT_PASSWORD, client->password);
	if (rc == CURLE_OK && client->ca != NULL) {
		/* The system's folder would be asked besides the file. */
		(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		/* Else what was read once is kept for a day, also when the file is mended. */
		(void)curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
		rc = curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca);
	}
	return rc;
}

enum err imap_link_open(struct imap_client *client)
{
	client->curl_text[0] = '\0';
	client->is_kept = false;
	client->easy = curl_easy_init();
	if (client->easy == NULL)
		return ERR_NOMEM;
	set_options(client);
	if (set_texts(client) != CURLE_OK ||
	    curl_multi_add_handle(curl_loop_multi(client->curl), client->easy) != CURLM_OK) {
		curl_easy_cleanup(client->easy);
		client->easy = NULL;
		return ERR_NOMEM;
	}
	imap_reader_init(&client->reader, IMAP_TEXT_MAX, IMAP_LITERAL_MAX);
	buf_init(&client->out, OUT_MAX);
	client->sent = 0;
	client->link = IMAP_CONNECTING;
	client->began_ms = clock_mono_ms();
	imap_client_wind_clock(client);
	return ERR_OK;
}

void imap_link_close(struct imap_client *client)
{
	if (client->link == IMAP_CLOSED)
		return;
	client->link = IMAP_CLOSED;
	loop_timer_stop(client->clock);
	loop_io_free(client->io);
	client->io = NULL;
	(void)curl_multi_remove_handle(curl_loop_multi(client->curl), client->easy);
	curl_easy_cleanup(client->easy);
	client->easy = NULL;
	imap_reader_fini(&client->reader);
	buf_fini(&client->out);
}

static enum imap_end end_of(CURLcode rc)
{
	switch (rc) {
	case CURLE_OK:
		return IMAP_END_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_URL_MALFORMAT:
		return IMAP_END_RESOLVE;
	case CURLE_COULDNT_CONNECT:
		return IMAP_END_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return IMAP_END_TIMEOUT;
	case CURLE_LOGIN_DENIED:
		return IMAP_END_LOGIN;
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return IMAP_END_PROTOCOL;
	case CURLE_OUT_OF_MEMORY:
		return IMAP_END_NOMEM;
	default:
		return curl_code_is_tls(rc) ? IMAP_END_TLS : IMAP_END_CUT;
	}
}

static void fail_with(struct imap_client *client, CURLcode rc)
{
	/* The text outlives the handle, but not this struct's next attempt. */
	const char *text =
		client->curl_text[0] != '\0' ? client->curl_text : curl_easy_strerror(rc);

	curl_text_steady(client->curl_text);
	imap_client_fail(client, end_of(rc), text);
}

/* @return whether to go on reading */
static bool feed(struct imap_client *client, struct str bytes)
{
	struct str response;
	enum err err;

	while ((err = imap_reader_next(&client->reader, &bytes, &response)) == ERR_OK) {
		if (!imap_client_take(client, response))
			return false;
	}
	if (err == ERR_AGAIN)
		return true;
	imap_client_fail(client, err == ERR_NOMEM ? IMAP_END_NOMEM : IMAP_END_PROTOCOL,
	                 err == ERR_LIMIT ? "an answer is too long" : "an answer is not IMAP");
	return false;
}

/* TLS may have read more than it gave: on until nothing is left, though not for ever at once. */
void imap_link_read(struct imap_client *client)
{
	char bytes[READ_BYTES];

	for (unsigned i = 0; i < TURN_READS && client->link >= IMAP_OPEN; i++) {
		size_t len = 0;
		CURLcode rc = curl_easy_recv(client->easy, bytes, sizeof(bytes), &len);

		if (rc == CURLE_AGAIN)
			return;
		if (rc != CURLE_OK || len == 0) {
			imap_client_fail(client, IMAP_END_CUT, "the server closed the connection");
			return;
		}
		client->has_answered = true;
		if (!feed(client, (struct str){bytes, len}))
			return;
		imap_client_wind_clock(client);
	}
	if (client->link >= IMAP_OPEN)
		loop_timer_start(client->soon, 0);
}

static void write_on(struct imap_client *client)
{
	while (client->sent < client->out.len) {
		size_t len = 0;
		CURLcode rc = curl_easy_send(client->easy, client->out.ptr + client->sent,
		                             client->out.len - client->sent, &len);

		if (rc == CURLE_AGAIN)
			break;
		if (rc != CURLE_OK) {
			imap_client_fail(client, IMAP_END_CUT, "the connection is gone");
			return;
		}
		client->sent += len;
	}
	if (client->sent == client->out.len) {
		buf_reset(&client->out);
		client->sent = 0;
	}
	loop_io_want(client->io, true, client->out.len > 0);
}

static void link_on_io(void *arg, bool readable, bool writable)
{
	struct imap_client *client;

	OBJ_FROM(client, arg, IMAP_CLIENT_MAGIC);
	imap_client_enter(client);
	if (writable)
		write_on(client);
	if (readable && !client->stay.is_over)
		imap_link_read(client);
	if (!client->stay.is_over)
		imap_client_go_on(client);
	imap_client_leave(client);
}

void imap_link_over(struct imap_client *client, CURLcode rc)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (rc != CURLE_OK) {
		fail_with(client, rc);
		return;
	}
	if (curl_easy_getinfo(client->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
	    fd == CURL_SOCKET_BAD) {
		imap_client_fail(client, IMAP_END_CUT, "the connection is gone");
		return;
	}
	if (loop_io_new(client->loop, fd, link_on_io, client, &client->io) != ERR_OK) {
		imap_client_fail(client, IMAP_END_NOMEM, "out of memory");
		return;
	}
	loop_io_want(client->io, true, false);
	loop_timer_stop(client->clock);
	client->link = IMAP_OPEN;
	imap_client_go_on(client);
}

void imap_link_send(struct imap_client *client, struct str command)
{
	client->tag++;
	client->has_answered = false;
	client->began_ms = clock_mono_ms();
	(void)buf_printf(&client->out, "c%u ", client->tag);
	(void)buf_append_str(&client->out, command);
	if (buf_append(&client->out, "\r\n", 2) != ERR_OK) {
		imap_client_fail(client, IMAP_END_NOMEM, "out of memory");
		return;
	}
	imap_client_wind_clock(client);
	write_on(client);
}
