/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/vendor/scripted.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/clock.h"
#include "tests/store/place.h"

#define DEADLINE_MS 10000
#define TEXT_SIZE   4096
#define TEXTS       64

const char *scripted_json(unsigned status, const char *headers, const char *body)
{
	static char texts[TEXTS][TEXT_SIZE];
	static size_t next;
	char *text = texts[next++ % TEXTS];

	(void)snprintf(text, TEXT_SIZE,
	               "HTTP/1.1 %u X\r\nContent-Type: application/json\r\n%s"
	               "Content-Length: %zu\r\n\r\n%s",
	               status, headers, strlen(body), body);
	return text;
}

/* The request line, left where it is. */
static bool peek(struct vendor_link *link, char *line, size_t size)
{
	struct pollfd pfd = {.fd = link->fd, .events = POLLIN};
	ssize_t len;
	char *end;

	while (poll(&pfd, 1, 5) <= 0) {
		if (link->vendor->stop)
			return false;
	}
	len = recv(link->fd, line, size - 1, MSG_PEEK);
	if (len <= 0)
		return false;
	line[len] = '\0';
	end = strchr(line, '\r');
	if (end != NULL)
		*end = '\0';
	return true;
}

static const char *next_answer(struct scripted *s, const char *line)
{
	struct scripted_step *found = NULL;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->count; i++) {
		if (strstr(line, s->steps[i].path) == NULL)
			continue;
		found = &s->steps[i];
		if (found->given == 0)
			break;
	}
	if (found != NULL)
		found->given++;
	pthread_mutex_unlock(&s->lock);
	return found != NULL ? found->answer : scripted_json(404, "", "{}");
}

static void serve(struct vendor_link *link)
{
	struct scripted *s = (struct scripted *)(void *)((char *)link->vendor -
	                                                 offsetof(struct scripted, vendor));
	const char *answer;
	char line[2048];

	while (peek(link, line, sizeof(line)) && vendor_read(link)) {
		answer = next_answer(s, line);
		if (answer == NULL || !vendor_say(link, answer))
			return;
	}
}

static void store_start(struct scripted *s)
{
	const struct store_conf conf = {s->store_path, 1 << 20, 0, 3600000, 3600000};
	struct err_detail detail = {.text = ""};

	if (store_open(s->loop, &conf, &s->store, &detail) != ERR_OK)
		fail_msg("store: %s", detail.text);
}

void scripted_open(struct scripted *s)
{
	const struct http_client_conf conf = {.user_agent = "test/1", .connections = 8};

	memset(s, 0, sizeof(*s));
	assert_int_equal(pthread_mutex_init(&s->lock, NULL), 0);
	assert_int_equal(loop_new(&s->loop), ERR_OK);
	assert_int_equal(http_client_new(s->loop, &conf, &s->http), ERR_OK);
	(void)snprintf(s->store_path, sizeof(s->store_path), "%s", place_fresh());
	store_start(s);
	vendor_start(&s->vendor, serve, NULL);
	(void)snprintf(s->base, sizeof(s->base), "http://127.0.0.1:%u", s->vendor.port);
}

void scripted_close(struct scripted *s)
{
	http_client_free(s->http);
	vendor_stop(&s->vendor);
	store_close(s->store);
	loop_free(s->loop);
	(void)pthread_mutex_destroy(&s->lock);
	place_remove();
}

void scripted_reopen(struct scripted *s)
{
	store_close(s->store);
	store_start(s);
}

void scripted_add(struct scripted *s, const char *path, const char *answer)
{
	pthread_mutex_lock(&s->lock);
	assert_true(s->count < SCRIPTED_STEPS_MAX);
	s->steps[s->count++] = (struct scripted_step){path, answer, 0};
	pthread_mutex_unlock(&s->lock);
}

void scripted_clear(struct scripted *s)
{
	pthread_mutex_lock(&s->lock);
	s->count = 0;
	pthread_mutex_unlock(&s->lock);
}

void scripted_wait(struct scripted *s, const unsigned *number, unsigned value)
{
	uint64_t end = clock_mono_ms() + DEADLINE_MS;

	while (*number < value && clock_mono_ms() < end)
		loop_turn(s->loop, 20);
	assert_int_equal(*number, value);
}

void scripted_settle(struct scripted *s)
{
	for (int i = 0; i < 20; i++)
		loop_turn(s->loop, 2);
}

bool scripted_saw(struct scripted *s, const char *text)
{
	return vendor_saw(&s->vendor, text);
}

unsigned scripted_count(struct scripted *s, const char *text)
{
	unsigned count = 0;

	pthread_mutex_lock(&s->vendor.lock);
	for (const char *at = buf_cstr(&s->vendor.seen); (at = strstr(at, text)) != NULL; at++)
		count++;
	pthread_mutex_unlock(&s->vendor.lock);
	return count;
}
