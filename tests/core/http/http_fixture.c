/* SPDX-License-Identifier: MIT */
#include "tests/core/http/http_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"

#define WAIT_MS 5000
#define GOT_MAX (32U << 20)

static void reply_text(struct http_request *req, unsigned status, const char *text)
{
	struct http_reply reply = {
		.status = status,
		.media_type = STR_LIT("text/plain"),
		.body = str_from(text),
	};

	http_request_reply(req, &reply);
}

static void fixture_on_head(void *arg, struct http_request *req)
{
	struct fixture *f = arg;
	struct str path = http_request_path(req);

	f->heads++;
	if (str_eq(path, STR_LIT("/refuse")))
		reply_text(req, 401, "no");
	else if (str_eq(path, STR_LIT("/decide")))
		f->undecided = req;
	else
		http_request_accept(req, f->max_body);
}

static void fixture_on_request(void *arg, struct http_request *req)
{
	static char large[1 << 20];
	struct fixture *f = arg;
	struct str path = http_request_path(req);

	f->requests++;
	buf_reset(&f->last_body);
	(void)buf_append_str(&f->last_body, http_request_body(req));
	if (str_has_prefix(path, STR_LIT("/hold"))) {
		assert_true(f->held_count < FIXTURE_HELD_MAX);
		f->held[f->held_count++] = req;
		return;
	}
	if (str_eq(path, STR_LIT("/large"))) {
		memset(large, 'x', sizeof(large) - 1);
		reply_text(req, 200, large);
		return;
	}
	reply_text(req, 200, "fine");
}

static void fixture_on_dropped(void *arg, struct http_request *req)
{
	struct fixture *f = arg;

	(void)req;
	f->dropped++;
}

struct http_limits fixture_limits(void)
{
	return (struct http_limits){
		.header_bytes = 4096,
		.connections = 100,
		.connections_per_address = 100,
		.memory_bytes = (size_t)8 << 20,
		.request_timeout_ms = 20000,
		.idle_timeout_ms = 20000,
	};
}

void fixture_init(struct fixture *f, const struct http_limits *limits)
{
	static const struct http_server_ops ops = {fixture_on_head, fixture_on_request,
	                                           fixture_on_dropped};

	memset(f, 0, sizeof(*f));
	f->max_body = 1 << 20;
	buf_init(&f->last_body, GOT_MAX);
	assert_int_equal(loop_new(&f->loop), ERR_OK);
	assert_int_equal(http_server_new(f->loop, limits, &ops, f, &f->server), ERR_OK);
	assert_int_equal(http_server_listen(f->server, "127.0.0.1:0", &f->port), ERR_OK);
	assert_int_not_equal(f->port, 0);
}

void fixture_fini(struct fixture *f)
{
	http_server_free(f->server);
	while (f->held_count > 0)
		fixture_reply(f);
	if (f->undecided != NULL)
		reply_text(f->undecided, 200, "late");
	loop_free(f->loop);
	buf_fini(&f->last_body);
}

void fixture_reply(struct fixture *f)
{
	struct http_request *req = f->held[0];

	assert_true(f->held_count > 0);
	f->held_count--;
	memmove(f->held, f->held + 1, f->held_count * sizeof(f->held[0]));
	reply_text(req, 200, "held");
}

int fixture_connect(const struct fixture *f)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(f->port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

void fixture_send(const struct fixture *f, int fd, struct str bytes)
{
	uint64_t end = clock_mono_ms() + WAIT_MS;

	while (bytes.len > 0 && clock_mono_ms() < end) {
		ssize_t n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return;
		if (n > 0)
			bytes = (struct str){bytes.ptr + n, bytes.len - (size_t)n};
		loop_turn(f->loop, n > 0 ? 0 : 1);
	}
}

/* What is there now; false when the connection ended. */
static bool receive(int fd, struct buf *got)
{
	char part[65536];
	ssize_t n = recv(fd, part, sizeof(part), 0);

	if (n > 0)
		assert_int_equal(buf_append(got, part, (size_t)n), ERR_OK);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

static void prepare(struct buf *got)
{
	if (got->max == 0)
		buf_init(got, GOT_MAX);
}

bool fixture_expect(const struct fixture *f, int fd, const char *text, struct buf *got)
{
	uint64_t end = clock_mono_ms() + WAIT_MS;
	size_t seen = 0; /* looked through already */

	prepare(got);
	while (strstr(buf_cstr(got) + seen, text) == NULL) {
		seen = got->len > strlen(text) ? got->len - strlen(text) : 0;
		if (clock_mono_ms() > end || !receive(fd, got))
			return strstr(buf_cstr(got) + seen, text) != NULL;
		loop_turn(f->loop, 1);
	}
	return true;
}

bool fixture_expect_close(const struct fixture *f, int fd, struct buf *got)
{
	uint64_t end = clock_mono_ms() + WAIT_MS;

	prepare(got);
	while (clock_mono_ms() < end) {
		if (!receive(fd, got))
			return true;
		loop_turn(f->loop, 1);
	}
	return false;
}

bool fixture_wait(const struct fixture *f, const unsigned *counter, unsigned value)
{
	uint64_t end = clock_mono_ms() + WAIT_MS;

	while (*counter != value && clock_mono_ms() < end)
		loop_turn(f->loop, 1);
	return *counter == value;
}

bool fixture_wait_connections(const struct fixture *f, size_t count)
{
	uint64_t end = clock_mono_ms() + WAIT_MS;

	while (http_server_connections(f->server) != count && clock_mono_ms() < end)
		loop_turn(f->loop, 1);
	return http_server_connections(f->server) == count;
}

size_t fixture_count(const struct buf *got, const char *text)
{
	size_t count = 0;

	for (const char *at = buf_cstr(got); (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

void session_open(struct session *s)
{
	struct http_limits limits = fixture_limits();

	memset(s, 0, sizeof(*s));
	fixture_init(&s->f, &limits);
	s->fd = fixture_connect(&s->f);
}

void session_close(struct session *s)
{
	(void)close(s->fd);
	if (s->got.max > 0)
		buf_fini(&s->got);
	fixture_fini(&s->f);
}

void session_send(struct session *s, const char *text)
{
	fixture_send(&s->f, s->fd, str_from(text));
}

bool session_expect(struct session *s, const char *text)
{
	return fixture_expect(&s->f, s->fd, text, &s->got);
}

bool session_expect_close(struct session *s)
{
	return fixture_expect_close(&s->f, s->fd, &s->got);
}
