/* SPDX-License-Identifier: MIT */
/* The webhook on the real server, with real credentials and worker; only store and sources are
 * fakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "auth/password.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "normalise/normalise.h"
#include "receiver/webhook/webhook.h"
#include "tests/admin/client.h"

struct source {
	struct profile_source spec;
	unsigned refs;
};

static struct source sms;

struct source *source_ref(struct source *s)
{
	s->refs++;
	return s;
}

void source_unref(struct source *s)
{
	s->refs--;
}

const char *source_account(const struct source *s)
{
	(void)s;
	return "acme";
}

const char *source_name(const struct source *s)
{
	(void)s;
	return "sms";
}

const struct profile_source *source_spec(const struct source *s)
{
	return &s->spec;
}

enum err normalise_check(const struct source *source, const struct payload *payload,
                         size_t memory_max, struct err_detail *reterr_detail)
{
	(void)source;
	(void)memory_max;
	(void)reterr_detail;
	return str_has_prefix(payload->body, STR_LIT("{")) ? ERR_OK : ERR_PARSE;
}

static size_t put_count;
static store_put_done put_done;
static void *put_arg;
static const struct payload *put_payload;

enum err store_put(struct store *s, const struct payload *payload,
                   const struct store_checkpoint *checkpoint, store_put_done done, void *arg)
{
	(void)s;
	(void)checkpoint;
	put_count++;
	put_payload = payload;
	put_done = done;
	put_arg = arg;
	return ERR_OK;
}

static void on_put(void *arg, struct str account, int64_t entry, int64_t received_ms)
{
	(void)arg;
	(void)account;
	(void)entry;
	(void)received_ms;
}

static struct loop *loop;
static struct worker *worker;
static struct credentials_cache *cache;
static struct ingest *ingest;
static struct webhook *webhook;
static struct http_server *server;
static uint16_t port;
static char text[8192];

#define SMS     "/hooks/acme/sms HTTP/1.1\r\nHost: x\r\n"
#define RIGHT   "Authorization: Basic dTpyaWdodA==\r\n"
#define WRONG   "Authorization: Basic dTp3cm9uZw==\r\n"
#define REALM   "\r\nWWW-Authenticate: Basic realm=\"campaign2mqtt\", charset=\"UTF-8\"\r\n"
#define ENDED   "\r\n\r\n"
#define SUCCESS ENDED "{\"status\":\"accepted\"}"

static struct route_table *make_routes(void)
{
	struct credentials *pairs;
	struct route_table *routes;
	char hash[PASSWORD_HASH_SIZE];

	assert_int_equal(password_hash(STR_LIT("right"), hash), ERR_OK);
	assert_int_equal(credentials_new(&pairs), ERR_OK);
	assert_int_equal(credentials_add(pairs, "u", hash, 0), ERR_OK);
	assert_int_equal(route_table_new(&routes), ERR_OK);
	assert_int_equal(route_table_add(routes, &sms, pairs), ERR_OK);
	credentials_unref(pairs);
	return routes;
}

static int setup(void **state)
{
	static const struct http_limits limits = {8192, 100, 100, 1 << 20, 10000, 10000};
	const struct webhook_conf conf = {.max_body = 4096};

	(void)state;
	put_count = 0;
	sms = (struct source){{.methods = METHOD_POST, .invalid = 400}, 1};
	assert_int_equal(auth_init(), ERR_OK);
	assert_int_equal(loop_new(&loop), ERR_OK);
	assert_int_equal(worker_new(loop, 100, &worker), ERR_OK);
	assert_int_equal(credentials_cache_new(worker, 16, &cache), ERR_OK);
	assert_int_equal(ingest_new(NULL, on_put, NULL, &ingest), ERR_OK);
	assert_int_equal(webhook_new(loop, ingest, cache, &conf, make_routes(), &webhook), ERR_OK);
	assert_int_equal(http_server_new(loop, &limits, &webhook_http_ops, webhook, &server),
	                 ERR_OK);
	assert_int_equal(http_server_listen(server, "127.0.0.1:0", &port), ERR_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	http_server_free(server);
	worker_free(worker);
	credentials_cache_free(cache);
	webhook_free(webhook);
	ingest_free(ingest);
	loop_turn(loop, 0);
	loop_free(loop);
	metrics_free();
	assert_int_equal(sms.refs, 1);
	return 0;
}

static void wait_for_puts(size_t count)
{
	uint64_t deadline = clock_mono_ms() + 10000;

	while (put_count < count && clock_mono_ms() < deadline)
		loop_turn(loop, 20);
	assert_int_equal(put_count, count);
}

static void expect(int fd, const char *part)
{
	if (!client_read(loop, fd, part, text, sizeof(text)))
		fail_msg("no \"%s\" in: %s", part, text);
}

static void a_payload_is_answered_after_its_commit_and_the_pair_is_remembered(void **state)
{
	int fd = client_connect(port);

	(void)state;
	for (size_t i = 1; i <= 2; i++) {
		client_write(fd, "POST " SMS RIGHT "Content-Length: 8\r\n\r\n{\"id\":1}");
		wait_for_puts(i);
		assert_true(str_eq(put_payload->body, STR_LIT("{\"id\":1}")));
		assert_true(str_eq(put_payload->verified, STR_LIT("basic")));
		assert_int_equal(read(fd, text, sizeof(text)), -1);
		put_done(put_arg, ERR_OK, 1);
		expect(fd, SUCCESS);
		assert_int_equal(strncmp(text, "HTTP/1.1 200 ", 13), 0);
	}
	(void)close(fd);
}

static void wrong_credentials_are_answered_without_the_body(void **state)
{
	static const char *const heads[] = {WRONG, ""};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int fd = client_connect(port);

		client_write(fd, "POST " SMS);
		client_write(fd, heads[i]);
		client_write(fd, "Content-Length: 1000\r\n\r\n");
		expect(fd, ENDED);
		assert_int_equal(strncmp(text, "HTTP/1.1 401 ", 13), 0);
		assert_non_null(strstr(text, REALM));
		(void)close(fd);
	}
	assert_int_equal(put_count, 0);
}

static void a_client_is_told_to_go_on_once_it_is_proven(void **state)
{
	int fd = client_connect(port);

	(void)state;
	client_write(fd, "POST " SMS RIGHT "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	expect(fd, "HTTP/1.1 100 ");
	client_write(fd, "{}");
	wait_for_puts(1);
	put_done(put_arg, ERR_OK, 1);
	expect(fd, SUCCESS);
	(void)close(fd);
}

static void a_probe_gets_allow_and_no_body(void **state)
{
	int fd = client_connect(port);

	(void)state;
	client_write(fd, "OPTIONS " SMS "WebHook-Request-Origin: sender.example\r\n\r\n");
	expect(fd, ENDED);
	assert_int_equal(strncmp(text, "HTTP/1.1 200 ", 13), 0);
	assert_non_null(strstr(text, "\r\nAllow: POST\r\n"));
	assert_non_null(strstr(text, "\r\nContent-Length: 0\r\n"));
	(void)close(fd);
}

static void what_cannot_be_decoded_is_kept_and_answered_400(void **state)
{
	int fd = client_connect(port);

	(void)state;
	client_write(fd, "POST " SMS RIGHT "Content-Length: 2\r\n\r\nhi");
	wait_for_puts(1);
	put_done(put_arg, ERR_OK, 1);
	expect(fd, ENDED);
	assert_int_equal(strncmp(text, "HTTP/1.1 400 ", 13), 0);
	(void)close(fd);
}

static void a_client_that_has_gone_changes_nothing_for_its_payload(void **state)
{
	int fd = client_connect(port);
	uint64_t deadline = clock_mono_ms() + 10000;

	(void)state;
	client_write(fd, "POST " SMS RIGHT "Content-Length: 8\r\n\r\n{\"id\":1}");
	wait_for_puts(1);
	(void)close(fd);
	loop_turn(loop, 20);
	assert_true(str_eq(put_payload->body, STR_LIT("{\"id\":1}")));
	assert_int_equal(webhook_open_requests(webhook), 1);
	put_done(put_arg, ERR_OK, 1);
	assert_int_equal(webhook_open_requests(webhook), 0);
	while (http_server_connections(server) > 0 && clock_mono_ms() < deadline)
		loop_turn(loop, 20);
	assert_int_equal(http_server_connections(server), 0);
}

static void a_client_that_leaves_in_its_body_holds_nothing(void **state)
{
	int fd = client_connect(port);
	uint64_t deadline = clock_mono_ms() + 10000;

	(void)state;
	client_write(fd, "POST " SMS RIGHT "Content-Length: 8\r\nExpect: 100-continue\r\n\r\n");
	expect(fd, "HTTP/1.1 100 ");
	client_write(fd, "{");
	(void)close(fd);
	while (http_server_connections(server) > 0 && clock_mono_ms() < deadline)
		loop_turn(loop, 20);
	assert_int_equal(http_server_connections(server), 0);
	assert_int_equal(webhook_open_requests(webhook), 0);
	assert_int_equal(put_count, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_payload_is_answered_after_its_commit_and_the_pair_is_remembered),
		TEST(wrong_credentials_are_answered_without_the_body),
		TEST(a_client_is_told_to_go_on_once_it_is_proven),
		TEST(a_probe_gets_allow_and_no_body),
		TEST(what_cannot_be_decoded_is_kept_and_answered_400),
		TEST(a_client_that_has_gone_changes_nothing_for_its_payload),
		TEST(a_client_that_leaves_in_its_body_holds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
