/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/file/download_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "receiver/report/file/download_space.h"
#include "tests/normalise/profile/profile_text.h"
#include "tests/store/place.h"

#define DEADLINE_MS 60000

static uint64_t space;
static unsigned space_questions;

uint64_t download_space(int fd)
{
	assert_true(fd >= 0);
	if (space_questions > 0 && --space_questions == 0)
		space = 0;
	return space;
}

void download_case_space(uint64_t bytes)
{
	space = bytes;
	space_questions = 0;
}

void download_case_space_until(unsigned questions)
{
	space_questions = questions;
}

static void on_progress(void *arg, const struct download_progress *progress)
{
	struct download_case *c = arg;

	assert_int_equal(c->dones, 0);
	c->progress = *progress;
	c->progresses++;
}

static void on_begin(void *arg, struct str validator, struct str media_type)
{
	struct download_case *c = arg;

	assert_int_equal(c->dones, 0);
	c->begins++;
	(void)snprintf(c->validator, sizeof(c->validator), "%.*s", STR_FMT(validator));
	(void)snprintf(c->media_type, sizeof(c->media_type), "%.*s", STR_FMT(media_type));
}

static void on_done(void *arg, const struct download_result *result)
{
	struct download_case *c = arg;

	c->dones++;
	c->result = *result;
	(void)snprintf(c->end_validator, sizeof(c->end_validator), "%.*s",
	               STR_FMT(result->validator));
	assert_null(strstr(result->text, "/file"));
	assert_null(strstr(result->text, "sig="));
	assert_null(strstr(result->text, "s3cret"));
	assert_null(strstr(result->text, DOWNLOAD_SECRET));
	assert_true((result->end == DOWNLOAD_DONE) == (result->text[0] == '\0'));
}

void download_case_client(struct download_case *c, const char *base, const char *more)
{
	const struct source_var vars[] = {{"key", DOWNLOAD_SECRET}};
	char profile[2048];

	vendor_client_free(c->client);
	profile_free(c->profile);
	(void)snprintf(
		profile, sizeof(profile),
		"profile: acme\nvars: {key: {secret: true}}\n"
		"base: https://api.acme.example\n"
		"auth: {kind: bearer, token: '${key}'}\n%s"
		"maps:\n  m: {key: [message.id], status: {is: sent}, set: {message.id: /id}}\n"
		"reports:\n  rows:\n"
		"    request: {path: '/exports/${id}/file', query: {n: '${nothing}'}}\n"
		"    each: {id: {}, nothing: {}}\n"
		"    decode: {as: json, records: /*}\n    map: m\n",
		more);
	c->profile = profile_good(profile);
	(void)snprintf(c->base, sizeof(c->base), "%s", base);

	const struct vendor_client_conf conf = {.account = "acme",
	                                        .profile = c->profile,
	                                        .vars = vars,
	                                        .var_count = 1,
	                                        .base = str_from(c->base)};

	assert_int_equal(vendor_client_new(c->loop, c->http, NULL, &conf, &c->client), ERR_OK);
	c->conf.client = c->client;
}

void download_case_elsewhere(struct download_case *c, const char *path)
{
	(void)snprintf(c->url, sizeof(c->url), "http://localhost:%u%s", c->server.vendor.port,
	               path);
	c->conf.url = str_from(c->url);
}

int download_case_set_up(void **state)
{
	const struct http_client_conf http = {.user_agent = "test/1", .connections = 8};
	struct download_case *c = calloc(1, sizeof(*c));
	char base[64];

	assert_non_null(c);
	assert_int_equal(loop_new(&c->loop), ERR_OK);
	assert_int_equal(http_client_new(c->loop, &http, &c->http), ERR_OK);
	assert_int_equal(worker_new(c->loop, 8, &c->worker), ERR_OK);
	file_vendor_start(&c->server);
	(void)snprintf(base, sizeof(base), "http://127.0.0.1:%u", c->server.vendor.port);
	download_case_client(c, base, "");
	(void)snprintf(c->url, sizeof(c->url), "%s/file" DOWNLOAD_QUERY, base);
	(void)snprintf(c->path, sizeof(c->path), "%s", place_fresh());
	c->conf.worker = c->worker;
	c->conf.url = str_from(c->url);
	c->conf.path = c->path;
	c->conf.max_bytes = (uint64_t)64 << 20;
	c->conf.timeout_ms = 30000;
	c->conf.pause_ms = 20;
	c->ops = (struct download_ops){on_progress, on_begin, on_done};
	download_case_space((uint64_t)1 << 40);
	*state = c;
	return 0;
}

int download_case_tear_down(void **state)
{
	struct download_case *c = *state;

	download_free(c->d);
	vendor_client_free(c->client);
	profile_free(c->profile);
	http_client_free(c->http);
	worker_free(c->worker);
	file_vendor_stop(&c->server);
	loop_free(c->loop);
	metrics_free();
	place_remove();
	free(c);
	return 0;
}

void download_case_leave(struct download_case *c, char seed, uint64_t bytes)
{
	FILE *f = fopen(c->path, "w");

	assert_non_null(f);
	for (uint64_t i = 0; i < bytes; i++)
		assert_int_not_equal(fputc(file_vendor_byte(seed, i), f), EOF);
	assert_int_equal(fclose(f), 0);
}

void download_case_begin(struct download_case *c)
{
	download_free(c->d);
	c->d = NULL;
	c->begins = c->dones = c->progresses = 0;
	assert_int_equal(download_new(c->loop, &c->conf, &c->ops, c, &c->d), ERR_OK);
	assert_int_equal(c->begins + c->dones + c->progresses, 0); /* nothing from within */
}

void download_case_wait(struct download_case *c, const unsigned *number, unsigned value)
{
	uint64_t end = clock_mono_ms() + DEADLINE_MS;

	while (*number < value && clock_mono_ms() < end)
		loop_turn(c->loop, 20);
	assert_int_equal(*number, value);
}

void download_case_expect(struct download_case *c, enum download_end end)
{
	struct stat st;

	download_case_begin(c);
	download_case_wait(c, &c->dones, 1);
	if (c->result.end != end)
		fail_msg("end %d: %s", (int)c->result.end, c->result.text);
	download_case_turn(c, 5);
	assert_int_equal(c->dones, 1);
	if (stat(c->path, &st) == 0)
		assert_int_equal(st.st_size, c->result.bytes);
}

void download_case_has(struct download_case *c, char seed, uint64_t bytes)
{
	FILE *f = fopen(c->path, "r");

	assert_non_null(f);
	for (uint64_t i = 0; i < bytes; i++) {
		int byte = fgetc(f);

		if (byte != file_vendor_byte(seed, i))
			fail_msg("byte %llu is %d", (unsigned long long)i, byte);
	}
	assert_int_equal(fgetc(f), EOF);
	assert_int_equal(fclose(f), 0);
}

void download_case_turn(struct download_case *c, unsigned turns)
{
	for (unsigned i = 0; i < turns; i++)
		loop_turn(c->loop, 2);
}
