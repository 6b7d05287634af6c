/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/http.h>

#include "admin/listener.h"
#include "tests/admin/client.h"

#define REQUEST "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

static struct loop *loop;
static struct listener *listener;
static uint16_t port;
static char text[4096];

static void on_request(struct evhttp_request *req, void *arg)
{
	(void)arg;
	evhttp_send_reply(req, 200, "OK", NULL);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(loop_new(&loop), ERR_OK);
	assert_int_equal(listener_new(loop, "127.0.0.1:0", 2, on_request, NULL, &listener, &port),
	                 ERR_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	listener_free(listener);
	loop_free(loop);
	return 0;
}

static int ask(void)
{
	int fd = client_connect(port);

	client_write(fd, REQUEST);
	return fd;
}

static void one_connection_more_than_the_limit_waits_for_a_place(void **state)
{
	int first = ask();
	int second = ask();

	(void)state;
	assert_true(client_read(loop, first, "\r\n\r\n", text, sizeof(text)));
	assert_true(client_read(loop, second, "\r\n\r\n", text, sizeof(text)));

	int third = ask();

	for (size_t i = 0; i < 5; i++)
		loop_turn(loop, 10);
	assert_int_equal(read(third, text, sizeof(text)), -1);
	(void)close(first);
	assert_true(client_read(loop, third, "HTTP/1.1 200 OK", text, sizeof(text)));
	(void)close(second);
	(void)close(third);
}

static void many_connections_one_after_the_other_are_served(void **state)
{
	(void)state;
	for (size_t i = 0; i < 20; i++) {
		int fd = ask();

		assert_true(client_read(loop, fd, "\r\n\r\n", text, sizeof(text)));
		(void)close(fd);
	}
}

static void it_can_be_freed_with_open_connections(void **state)
{
	int fd = ask();

	(void)state;
	assert_true(client_read(loop, fd, "\r\n\r\n", text, sizeof(text)));
	listener_free(listener);
	listener = NULL;
	assert_int_equal(read(fd, text, sizeof(text)), 0);
	(void)close(fd);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_connection_more_than_the_limit_waits_for_a_place),
		TEST(many_connections_one_after_the_other_are_served),
		TEST(it_can_be_freed_with_open_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
