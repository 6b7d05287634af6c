/* SPDX-License-Identifier: MIT */
/* Against a broker that says exactly what the test wants: bytes over a socket. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "publish/mqtt/mqtt_link.h"

#define DEADLINE_MS 10000

struct fixture {
	struct loop *loop;
	struct worker *worker;
	struct mqtt_link *link;
	int listener, peer;
	struct publisher_conf conf;
	int ups, acks, closes;
	unsigned receive_max, reasons[8];
	uint64_t tokens[8];
	enum mqtt_end end;
	char why[256];
};

static void on_up(void *arg, unsigned receive_max)
{
	struct fixture *f = arg;

	f->ups++;
	f->receive_max = receive_max;
}

static void on_ack(void *arg, uint64_t token, unsigned reason)
{
	struct fixture *f = arg;

	f->tokens[f->acks % 8] = token;
	f->reasons[f->acks % 8] = reason;
	f->acks++;
}

static void on_closed(void *arg, enum mqtt_end end, const char *why)
{
	struct fixture *f = arg;

	f->closes++;
	f->end = end;
	(void)snprintf(f->why, sizeof(f->why), "%s", why);
	mqtt_link_close(f->link);
	f->link = NULL;
}

static const struct mqtt_link_ops ops = {on_up, on_ack, on_closed};

#define WAIT_FOR(f, condition)                                     \
	do {                                                       \
		uint64_t deadline = clock_mono_ms() + DEADLINE_MS; \
		while (!(condition) && clock_mono_ms() < deadline) \
			loop_turn((f)->loop, 2);                   \
		assert_true(condition);                            \
	} while (0)

static void setup(struct fixture *f)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	struct err_detail detail;

	*f = (struct fixture){.peer = -1};
	f->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(f->listener, 4), 0);
	assert_int_equal(getsockname(f->listener, (struct sockaddr *)&a, &len), 0);
	f->conf = (struct publisher_conf){.host = "127.0.0.1",
	                                  .port = ntohs(a.sin_port),
	                                  .version = 5,
	                                  .client_id = "c",
	                                  .keepalive_s = 60};
	assert_int_equal(loop_new(&f->loop), ERR_OK);
	assert_int_equal(worker_new(f->loop, 4, &f->worker), ERR_OK);
	assert_int_equal(mqtt_link_open(f->loop, f->worker, &f->conf, "will", STR_LIT("{}"), 0,
	                                &ops, f, &f->link, &detail),
	                 ERR_OK);
}

static void teardown(struct fixture *f)
{
	mqtt_link_close(f->link);
	worker_free(f->worker);
	loop_free(f->loop);
	if (f->peer >= 0)
		(void)close(f->peer);
	(void)close(f->listener);
}

/* Until @p count bytes came; they are thrown away. */
static void expect_bytes(struct fixture *f, size_t count)
{
	uint64_t deadline = clock_mono_ms() + DEADLINE_MS;
	static uint8_t bytes[1 << 20];

	if (f->peer < 0)
		f->peer = accept(f->listener, NULL, NULL);
	assert_true(f->peer >= 0);
	while (count > 0 && clock_mono_ms() < deadline) {
		ssize_t n = recv(f->peer, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (n > 0)
			count -= (size_t)n < count ? (size_t)n : count;
		loop_turn(f->loop, 1);
	}
	assert_int_equal(count, 0);
}

static void say(struct fixture *f, const void *bytes, size_t len)
{
	assert_int_equal(send(f->peer, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

#define SAY(f, literal) say(f, literal, sizeof(literal) - 1)

/* CONNACK without properties. */
static void accept_link(struct fixture *f)
{
	expect_bytes(f, 1);
	SAY(f, "\x20\x03\x00\x00\x00");
	WAIT_FOR(f, f->ups == 1);
}

static enum err send_one(struct fixture *f, uint64_t token)
{
	const struct publisher_message message = {.topic = "t", .payload = STR_LIT("x")};

	return mqtt_link_send(f->link, &message, token);
}

static void limits_of_the_connack_are_kept(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	expect_bytes(&f, 1);
	/* Receive Maximum 9, Maximum Packet Size 8 */
	SAY(&f, "\x20\x0b\x00\x00\x08\x21\x00\x09\x27\x00\x00\x00\x08");
	WAIT_FOR(&f, f.ups == 1);
	assert_int_equal(f.receive_max, 9);
	assert_int_equal(send_one(&f, 1), ERR_LIMIT); /* 9 bytes */
	assert_int_equal(mqtt_link_send(f.link, &(struct publisher_message){.topic = "t"}, 2),
	                 ERR_OK);
	teardown(&f);
}

static void reasons_come_with_their_tokens(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	accept_link(&f);
	assert_int_equal(f.receive_max, 65535);
	assert_int_equal(send_one(&f, 101), ERR_OK);
	assert_int_equal(send_one(&f, 102), ERR_OK);
	assert_int_equal(send_one(&f, 103), ERR_OK);
	expect_bytes(&f, 27);
	/* The third first; one that nobody sent; one twice. */
	SAY(&f, "\x40\x03\x00\x03\x97\x40\x02\x00\x07\x40\x02\x00\x01\x40\x02\x00\x01"
	        "\x40\x04\x00\x02\x10\x00");
	WAIT_FOR(&f, f.acks == 3);
	assert_int_equal(f.tokens[0], 103);
	assert_int_equal(f.reasons[0], 0x97);
	assert_int_equal(f.tokens[1], 101);
	assert_int_equal(f.reasons[1], 0);
	assert_int_equal(f.tokens[2], 102);
	assert_int_equal(f.reasons[2], 0x10);
	teardown(&f);
}

static void a_refusal_is_told_with_its_text(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	expect_bytes(&f, 1);
	SAY(&f, "\x20\x03\x00\x86\x00");
	WAIT_FOR(&f, f.closes == 1);
	assert_int_equal(f.end, MQTT_END_REFUSED);
	assert_non_null(strstr(f.why, "password"));
	assert_int_equal(f.ups, 0);
	teardown(&f);
}

static void a_broker_without_qos_1_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	expect_bytes(&f, 1);
	SAY(&f, "\x20\x05\x00\x00\x02\x24\x00");
	WAIT_FOR(&f, f.closes == 1);
	assert_int_equal(f.end, MQTT_END_REFUSED);
	assert_int_equal(f.ups, 0);
	teardown(&f);
}

static void the_brokers_disconnect_is_told_with_its_reason(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	accept_link(&f);
	SAY(&f, "\xe0\x01\x8b");
	WAIT_FOR(&f, f.closes == 1);
	assert_int_equal(f.end, MQTT_END_LOST);
	assert_string_equal(f.why, "the broker disconnected: Server shutting down");
	teardown(&f);
}

static void acks_before_the_end_are_told_first(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	accept_link(&f);
	assert_int_equal(send_one(&f, 5), ERR_OK);
	expect_bytes(&f, 9);
	SAY(&f, "\x40\x02\x00\x01");
	assert_int_equal(close(f.peer), 0);
	f.peer = -1;
	WAIT_FOR(&f, f.closes == 1);
	assert_int_equal(f.acks, 1);
	assert_int_equal(f.end, MQTT_END_LOST);
	assert_string_equal(f.why, "the broker closed the connection");
	teardown(&f);
}

static void garbage_closes_the_link(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	expect_bytes(&f, 1);
	SAY(&f, "\xf0\x00\x00\x00");
	WAIT_FOR(&f, f.closes == 1);
	assert_int_equal(f.end, MQTT_END_LOST);
	teardown(&f);
}

static void more_than_the_socket_takes_arrives_later(void **state)
{
	static char big[1 << 20];
	const struct publisher_message message = {.topic = "t", .payload = {big, sizeof(big)}};
	struct fixture f;

	(void)state;
	setup(&f);
	accept_link(&f);
	for (uint64_t i = 0; i < 16; i++)
		assert_int_equal(mqtt_link_send(f.link, &message, i), ERR_OK);
	expect_bytes(&f, 16 * sizeof(big));
	teardown(&f);
}

static void goodbye_is_said(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	accept_link(&f);
	mqtt_link_disconnect(f.link);
	assert_false(mqtt_link_is_up(f.link));
	WAIT_FOR(&f, f.closes == 1);
	assert_int_equal(f.end, MQTT_END_BYE);
	expect_bytes(&f, 2);
	teardown(&f);
}

static void it_can_be_closed_while_it_dials(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f);
	mqtt_link_close(f.link);
	f.link = NULL;
	teardown(&f);
	assert_int_equal(f.closes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_of_the_connack_are_kept),
		cmocka_unit_test(reasons_come_with_their_tokens),
		cmocka_unit_test(a_refusal_is_told_with_its_text),
		cmocka_unit_test(a_broker_without_qos_1_is_refused),
		cmocka_unit_test(the_brokers_disconnect_is_told_with_its_reason),
		cmocka_unit_test(acks_before_the_end_are_told_first),
		cmocka_unit_test(garbage_closes_the_link),
		cmocka_unit_test(more_than_the_socket_takes_arrives_later),
		cmocka_unit_test(goodbye_is_said),
		cmocka_unit_test(it_can_be_closed_while_it_dials),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
