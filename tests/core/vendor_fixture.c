/* SPDX-License-Identifier: MIT */
#include "tests/core/vendor_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "core/clock.h"

#define WAIT_MS  10000
#define TICK_MS  5
#define SEEN_MAX ((size_t)4 << 20)
#define BODY_MAX ((size_t)64 << 20)

static bool wait_readable(struct vendor_link *link)
{
	struct pollfd pfd = {.fd = link->fd, .events = POLLIN};

	if (link->tls != NULL && SSL_pending(link->tls) > 0)
		return true;
	while (!link->vendor->stop) {
		if (poll(&pfd, 1, TICK_MS) > 0)
			return true;
	}
	return false;
}

static long receive(struct vendor_link *link, char *bytes, size_t size)
{
	if (!wait_readable(link))
		return -1;
	if (link->tls != NULL)
		return SSL_read(link->tls, bytes, (int)size);
	return (long)recv(link->fd, bytes, size, 0);
}

static size_t body_length(const char *head)
{
	const char *at = strstr(head, "\r\nContent-Length:");

	return at != NULL ? strtoul(at + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

bool vendor_read(struct vendor_link *link)
{
	char bytes[8192];
	size_t len = 0;
	size_t whole = SIZE_MAX;

	while (len < whole) {
		long n = receive(link, bytes + len, sizeof(bytes) - 1 - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		bytes[len] = '\0';
		const char *end = strstr(bytes, "\r\n\r\n");

		if (end != NULL)
			whole = (size_t)(end - bytes) + 4 + body_length(bytes);
	}
	pthread_mutex_lock(&link->vendor->lock);
	(void)buf_append(&link->vendor->seen, bytes, len);
	pthread_mutex_unlock(&link->vendor->lock);
	link->vendor->requests++;
	return true;
}

bool vendor_send(struct vendor_link *link, const char *bytes, size_t len)
{
	while (len > 0 && !link->vendor->stop) {
		long n = link->tls != NULL
		                 ? SSL_write(link->tls, bytes, len > 16384 ? 16384 : (int)len)
		                 : (long)send(link->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n <= 0 && link->tls != NULL)
			return false;
		if (n < 0) {
			struct pollfd pfd = {.fd = link->fd, .events = POLLOUT};

			if (poll(&pfd, 1, TICK_MS) > 0 && (pfd.revents & (POLLERR | POLLHUP)) != 0)
				return false;
			continue;
		}
		bytes += n;
		len -= (size_t)n;
	}
	return len == 0;
}

bool vendor_say(struct vendor_link *link, const char *text)
{
	return vendor_send(link, text, strlen(text));
}

void vendor_wait_gate(struct vendor_link *link, int value)
{
	while (link->vendor->gate < value && !link->vendor->stop)
		(void)poll(NULL, 0, 1);
}

void vendor_wait_close(struct vendor_link *link)
{
	char byte;

	while (receive(link, &byte, 1) > 0)
		;
}

void vendor_once(struct vendor_link *link)
{
	if (vendor_read(link))
		(void)vendor_send(link, link->vendor->script_text, link->vendor->script_len);
}

void vendor_always(struct vendor_link *link)
{
	while (vendor_read(link) &&
	       vendor_send(link, link->vendor->script_text, link->vendor->script_len))
		;
}

bool vendor_saw(struct vendor *v, const char *text)
{
	pthread_mutex_lock(&v->lock);
	bool saw = strstr(buf_cstr(&v->seen), text) != NULL;

	pthread_mutex_unlock(&v->lock);
	return saw;
}

static void *serve(void *arg)
{
	struct vendor_link *link = arg;
	struct vendor *v = link->vendor;

	if (v->tls_context != NULL) {
		link->tls = SSL_new(v->tls_context);
		(void)SSL_set_fd(link->tls, link->fd);
	}
	if (link->tls == NULL || SSL_accept(link->tls) == 1)
		v->script(link);
	if (link->tls != NULL) {
		(void)SSL_shutdown(link->tls);
		SSL_free(link->tls);
	}
	/* What the client still sends must not turn the end into a reset. */
	(void)shutdown(link->fd, SHUT_WR);
	(void)close(link->fd);
	return NULL;
}

static void *serve_all(void *arg)
{
	struct vendor *v = arg;
	struct pollfd pfd = {.fd = v->fd, .events = POLLIN};

	while (!v->stop) {
		struct vendor_link *link = &v->links[v->connections];

		if (poll(&pfd, 1, TICK_MS) <= 0 || v->connections == VENDOR_LINKS_MAX)
			continue;
		*link = (struct vendor_link){.vendor = v, .number = v->connections};
		link->fd = accept(v->fd, NULL, NULL);
		if (link->fd < 0 || pthread_create(&link->thread, NULL, serve, link) != 0)
			break;
		v->connections++;
	}
	for (unsigned i = 0; i < v->connections; i++)
		(void)pthread_join(v->links[i].thread, NULL);
	return NULL;
}

void vendor_start(struct vendor *v, vendor_script script, const char *text)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);

	v->script = script;
	v->script_text = text;
	v->script_len = text != NULL ? strlen(text) : 0;
	buf_init(&v->seen, SEEN_MAX);
	assert_int_equal(pthread_mutex_init(&v->lock, NULL), 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(v->fd >= 0);
	assert_int_equal(bind(v->fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(v->fd, 16), 0);
	assert_int_equal(getsockname(v->fd, (struct sockaddr *)&in, &len), 0);
	v->port = ntohs(in.sin_port);
	assert_int_equal(pthread_create(&v->thread, NULL, serve_all, v), 0);
}

void vendor_stop(struct vendor *v)
{
	v->stop = true;
	assert_int_equal(pthread_join(v->thread, NULL), 0);
	(void)close(v->fd);
	(void)pthread_mutex_destroy(&v->lock);
	buf_fini(&v->seen);
}

static void copy_text(char *to, size_t size, struct str from)
{
	(void)snprintf(to, size, "%.*s", STR_FMT(from));
}

static void note_answer(struct outcome *o, const struct http_answer *a)
{
	o->status = a->status;
	o->was_sent = a->was_sent;
	o->retry_after_s = a->retry_after_s;
	o->body_bytes = a->body_bytes;
	copy_text(o->media_type, sizeof(o->media_type), a->media_type);
	copy_text(o->location, sizeof(o->location), a->location);
}

static void outcome_on_head(void *arg, const struct http_answer *answer)
{
	struct outcome *o = arg;

	assert_int_equal(o->dones + o->bodies, 0);
	o->heads++;
	note_answer(o, answer);
	if (o->header_name != NULL)
		copy_text(o->header, sizeof(o->header), http_call_header(o->call, o->header_name));
}

static bool outcome_on_body(void *arg, struct str bytes)
{
	struct outcome *o = arg;

	assert_int_equal(o->heads, 1);
	assert_int_equal(o->dones, 0);
	assert_true(bytes.len > 0);
	o->bodies++;
	assert_int_equal(buf_append_str(&o->body, bytes), ERR_OK);
	if (o->also != NULL)
		o->also(o);
	return !o->pause_each;
}

static void outcome_on_done(void *arg, enum http_end end, const struct http_answer *answer,
                            const char *text)
{
	struct outcome *o = arg;

	o->dones++;
	o->end = end;
	note_answer(o, answer);
	copy_text(o->text, sizeof(o->text), str_from(text));
	assert_true((end == HTTP_END_OK) == (text[0] == '\0'));
	if (o->then != NULL)
		o->then(o);
}

const struct http_call_ops outcome_ops = {outcome_on_head, outcome_on_body, outcome_on_done};

void outcome_fini(struct outcome *o)
{
	if (o->body.max > 0)
		buf_fini(&o->body);
}

void client_fixture_init(struct client_fixture *f, vendor_script script, const char *text,
                         const char *ca)
{
	struct http_client_conf conf = {.user_agent = "test/1", .ca = ca, .connections = 4};

	assert_int_equal(loop_new(&f->loop), ERR_OK);
	assert_int_equal(http_client_new(f->loop, &conf, &f->client), ERR_OK);
	vendor_start(&f->vendor, script, text);
	(void)snprintf(f->url, sizeof(f->url), "http%s://127.0.0.1:%u/path?q=1",
	               f->vendor.tls_context != NULL ? "s" : "", f->vendor.port);
}

void client_fixture_fini(struct client_fixture *f)
{
	http_client_free(f->client);
	vendor_stop(&f->vendor);
	loop_free(f->loop);
	outcome_fini(&f->o);
}

struct http_request client_request(const struct client_fixture *f)
{
	return (struct http_request){.method = "GET", .url = f->url, .body_max = BODY_MAX};
}

void client_send(struct client_fixture *f, const struct http_request *request, struct outcome *o)
{
	if (o->body.max == 0)
		buf_init(&o->body, BODY_MAX);
	assert_int_equal(http_client_send(f->client, request, &outcome_ops, o, &o->call), ERR_OK);
	assert_int_equal(o->heads + o->bodies + o->dones, 0); /* nothing from within the call */
}

void client_wait(struct client_fixture *f, const unsigned *counter, unsigned value)
{
	uint64_t end = clock_mono_ms() + WAIT_MS;

	while (*counter < value && clock_mono_ms() < end)
		loop_turn(f->loop, 20);
	assert_int_equal(*counter, value);
}

void client_do(struct client_fixture *f, const struct http_request *request)
{
	client_send(f, request, &f->o);
	client_wait(f, &f->o.dones, 1);
}

void client_get(struct client_fixture *f, vendor_script script, const char *text)
{
	memset(f, 0, sizeof(*f));
	client_fixture_init(f, script, text, NULL);

	struct http_request request = client_request(f);

	client_do(f, &request);
}
