/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/file/file_vendor.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define BLOCK 65536

char file_vendor_byte(char seed, uint64_t at)
{
	return (char)('a' + (at * 7 + at / 97 + at / 65521 + (uint64_t)seed) % 26);
}

/* The head of the next request, left where it is. */
static bool peek(struct vendor_link *link, char *head, size_t size)
{
	struct pollfd pfd = {.fd = link->fd, .events = POLLIN};
	ssize_t len = 0;

	head[0] = '\0';
	while (strstr(head, "\r\n\r\n") == NULL) {
		if (link->vendor->stop)
			return false;
		if (poll(&pfd, 1, 5) <= 0)
			continue;
		len = recv(link->fd, head, size - 1, MSG_PEEK);
		if (len <= 0)
			return false;
		head[len] = '\0';
	}
	return true;
}

static bool send_block(struct vendor_link *link, const struct file_answer *a, uint64_t at,
                       size_t len)
{
	static _Thread_local char block[BLOCK];
	char chunk[32];

	for (size_t i = 0; i < len; i++)
		block[i] = file_vendor_byte(a->seed, at + i);
	(void)snprintf(chunk, sizeof(chunk), "%zx\r\n", len);
	return (!a->is_chunked || vendor_say(link, chunk)) && vendor_send(link, block, len) &&
	       (!a->is_chunked || vendor_say(link, "\r\n"));
}

/** @return whether the connection can go on */
static bool send_bytes(struct vendor_link *link, const struct file_answer *a, uint64_t from)
{
	uint64_t end = a->cut > 0 && from + a->cut < a->size ? from + a->cut : a->size;
	uint64_t at = from;

	while (at < end) {
		size_t len = end - at < BLOCK ? (size_t)(end - at) : BLOCK;

		if (a->is_held && at == from)
			len = 1;
		if (!send_block(link, a, at, len))
			return false;
		if (a->is_held && at == from)
			vendor_wait_gate(link, 1);
		at += len;
	}
	if (a->is_chunked && end == a->size && !vendor_say(link, "0\r\n\r\n"))
		return false;
	return end == a->size && a->lie == 0 && !a->has_no_length;
}

static bool give_file(struct vendor_link *link, const struct file_answer *a, const char *request)
{
	const char *range = a->ignores_range ? NULL : strstr(request, "\r\nRange: bytes=");
	const char *match = strstr(request, "\r\nIf-Range: ");
	const char *etag = a->etag != NULL ? a->etag : FILE_ETAG;
	uint64_t from = 0;
	char head[1024];
	int len;

	if (range != NULL && match != NULL &&
	    strncmp(match + strlen("\r\nIf-Range: "), etag, strlen(etag)) == 0)
		from = strtoull(range + strlen("\r\nRange: bytes="), NULL, 10);
	if (from > 0 && from >= a->size) {
		(void)snprintf(head, sizeof(head),
		               "HTTP/1.1 416 X\r\nContent-Range: bytes */%llu\r\n"
		               "Content-Length: 0\r\n\r\n",
		               (unsigned long long)a->size);
		return vendor_say(link, head);
	}
	if (from > 0)
		from += a->shift;
	len = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%s%s%s%s",
	               from > 0 ? "206 Part" : "200 OK", etag[0] != '\0' ? "ETag: " : "", etag,
	               etag[0] != '\0' ? "\r\n" : "",
	               a->headers != NULL ? a->headers : "Content-Type: text/csv\r\n");
	if (from > 0)
		len += snprintf(head + len, sizeof(head) - (size_t)len,
		                "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)from,
		                (unsigned long long)a->size - 1, (unsigned long long)a->size);
	if (a->is_chunked)
		len += snprintf(head + len, sizeof(head) - (size_t)len,
		                "Transfer-Encoding: chunked\r\n");
	else if (!a->has_no_length)
		len += snprintf(head + len, sizeof(head) - (size_t)len, "Content-Length: %llu\r\n",
		                (unsigned long long)(a->size - from + a->lie));
	(void)snprintf(head + len, sizeof(head) - (size_t)len, "\r\n");
	return vendor_say(link, head) && send_bytes(link, a, from);
}

static bool give_status(struct vendor_link *link, const struct file_answer *a)
{
	const char *body = a->body != NULL ? a->body : "";
	char head[1024];

	(void)snprintf(head, sizeof(head), "HTTP/1.1 %u X\r\nContent-Length: %zu\r\n", a->status,
	               strlen(body));
	return vendor_say(link, head) && vendor_say(link, a->headers != NULL ? a->headers : "") &&
	       vendor_say(link, "\r\n") && vendor_say(link, body);
}

static struct file_answer next_answer(struct file_vendor *v)
{
	struct file_answer a;
	unsigned number = v->given++;

	pthread_mutex_lock(&v->lock);
	a = v->answers[number < v->count ? number : v->count - 1];
	pthread_mutex_unlock(&v->lock);
	return a;
}

static void serve(struct vendor_link *link)
{
	struct file_vendor *v =
		(struct file_vendor *)(void *)((char *)link->vendor -
	                                       offsetof(struct file_vendor, vendor));
	bool goes_on = true;
	char request[8192];

	while (goes_on && peek(link, request, sizeof(request)) && vendor_read(link)) {
		const struct file_answer a = next_answer(v);

		goes_on = a.status > 0 ? give_status(link, &a) : give_file(link, &a, request);
	}
}

void file_vendor_start(struct file_vendor *v)
{
	assert_int_equal(pthread_mutex_init(&v->lock, NULL), 0);
	file_vendor_clear(v);
	vendor_start(&v->vendor, serve, NULL);
}

void file_vendor_stop(struct file_vendor *v)
{
	vendor_stop(&v->vendor);
	(void)pthread_mutex_destroy(&v->lock);
}

void file_vendor_add(struct file_vendor *v, struct file_answer answer)
{
	pthread_mutex_lock(&v->lock);
	assert_true(v->count < FILE_ANSWERS_MAX);
	v->answers[v->count++] = answer;
	pthread_mutex_unlock(&v->lock);
}

void file_vendor_clear(struct file_vendor *v)
{
	pthread_mutex_lock(&v->lock);
	v->count = 0;
	pthread_mutex_unlock(&v->lock);
	v->given = 0;
}

unsigned file_vendor_count(struct file_vendor *v, const char *text)
{
	unsigned count = 0;

	pthread_mutex_lock(&v->vendor.lock);
	for (const char *at = buf_cstr(&v->vendor.seen); (at = strstr(at, text)) != NULL; at++)
		count++;
	pthread_mutex_unlock(&v->vendor.lock);
	return count;
}
