/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/http/http_peers.h"

static struct http_peer_key key_of(const char *address, const char *expected_text)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct http_peer_key key;
	char text[INET6_ADDRSTRLEN];
	const void *from = &in;

	if (inet_pton(AF_INET, address, &in.sin_addr) != 1) {
		assert_int_equal(inet_pton(AF_INET6, address, &in6.sin6_addr), 1);
		from = &in6;
	}
	http_peer_key_from(from, &key, text);
	assert_string_equal(text, expected_text);
	return key;
}

static bool is_same(const char *a, const char *a_text, const char *b, const char *b_text)
{
	struct http_peer_key key_a = key_of(a, a_text);
	struct http_peer_key key_b = key_of(b, b_text);

	return memcmp(&key_a, &key_b, sizeof(key_a)) == 0;
}

static void ipv6_counts_by_its_64_and_ipv4_by_the_address(void **state)
{
	(void)state;
	assert_true(is_same("2001:db8::1", "2001:db8::1", "2001:db8::2:3", "2001:db8::2:3"));
	assert_false(is_same("2001:db8::1", "2001:db8::1", "2001:db8:0:1::1", "2001:db8:0:1::1"));
	assert_false(is_same("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"));
	assert_true(is_same("192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"));
}

static void an_unknown_family_has_a_text(void **state)
{
	struct sockaddr address = {.sa_family = AF_UNIX};
	struct http_peer_key key;
	char text[INET6_ADDRSTRLEN];

	(void)state;
	http_peer_key_from(&address, &key, text);
	assert_string_equal(text, "unknown");
}

static void each_key_is_counted_by_itself(void **state)
{
	struct http_peer_key a = key_of("192.0.2.1", "192.0.2.1");
	struct http_peer_key b = key_of("192.0.2.2", "192.0.2.2");
	struct http_peers *peers = NULL;

	(void)state;
	assert_int_equal(http_peers_new(&peers), ERR_OK);
	assert_int_equal(http_peers_enter(peers, &a, 0), ERR_LIMIT);
	assert_int_equal(http_peers_enter(peers, &a, 2), ERR_OK);
	assert_int_equal(http_peers_enter(peers, &a, 2), ERR_OK);
	assert_int_equal(http_peers_enter(peers, &a, 2), ERR_LIMIT);
	assert_int_equal(http_peers_enter(peers, &b, 2), ERR_OK);
	http_peers_leave(peers, &a);
	assert_int_equal(http_peers_enter(peers, &a, 2), ERR_OK);
	http_peers_free(peers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv6_counts_by_its_64_and_ipv4_by_the_address),
		cmocka_unit_test(an_unknown_family_has_a_text),
		cmocka_unit_test(each_key_is_counted_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
