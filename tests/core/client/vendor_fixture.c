/* SPDX-License-Identifier: MIT */
#include "tests/core/client/vendor_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#define TICK_MS  5
#define SEEN_MAX ((size_t)4 << 20)

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
		link->vendor->sent += (size_t)n;
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
		if (link->fd < 0)
			break;
		v->connections++; /* before it is answered */
		if (pthread_create(&link->thread, NULL, serve, link) != 0) {
			v->connections--;
			break;
		}
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
