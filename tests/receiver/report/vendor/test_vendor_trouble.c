/* SPDX-License-Identifier: MIT */
/* What a vendor_client says by itself: no more than nobody else does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "receiver/report/vendor/vendor_internal.h"
#include "tests/receiver/report/vendor/client_case.h"

static FILE *file;
static int kept;
static char text[8192];

/** What the program writes on stderr from now on is for log_end(). */
static void log_begin(void)
{
	file = tmpfile();
	assert_non_null(file);
	kept = dup(STDERR_FILENO);
	assert_true(kept >= 0);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
}

/** @return it */
static const char *log_end(void)
{
	size_t len;

	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
	assert_int_equal(fseek(file, 0, SEEK_SET), 0);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	assert_int_equal(fclose(file), 0);
	return text;
}

static unsigned count_of(const char *wanted)
{
	unsigned count = 0;

	for (const char *at = text; (at = strstr(at, wanted)) != NULL; at++)
		count++;
	return count;
}

static void failures_are_told_by_whoever_asked(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(500, "", "{}"));
	log_begin();
	(void)client_case_ask_for(f, VENDOR_FAILED);
	assert_string_equal(log_end(), "");
}

static void the_circuit_is_told_when_it_opens_and_when_it_closes(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(500, "", "{}"));
	log_begin();
	for (int i = 0; i < 5; i++)
		(void)client_case_ask_for(f, VENDOR_FAILED);
	for (int i = 0; i < 2; i++) {
		(void)client_case_ask_for(f, VENDOR_LATER);
		f->client->circuit.until_ms = 0; /* its time has come, and the trial fails */
		(void)client_case_ask_for(f, VENDOR_FAILED);
	}
	f->client->circuit.until_ms = 0;
	scripted_clear(&f->s);
	scripted_add(&f->s, "/rows", scripted_json(200, "", "[1]"));
	(void)client_case_ask_for(f, VENDOR_OK);
	(void)client_case_ask_for(f, VENDOR_OK);
	(void)log_end();
	assert_int_equal(count_of("\n"), 2);
	assert_non_null(strstr(text, "lvl=warn ev=vendor.circuit_open account=acme seconds="));
	assert_non_null(strstr(text, "lvl=info ev=vendor.circuit_closed account=acme\n"));
}

static void refused_credentials_open_it_and_say_what_to_do(void **state)
{
	struct client_case *f = *state;
	char words[401], body[512];
	const char *told;

	for (size_t i = 0; i < sizeof(words); i++)
		words[i] = i % 4 < 3 ? 'x' : ' ';
	words[sizeof(words) - 1] = '\0';
	(void)snprintf(body, sizeof(body), "{\"message\":\"%s\"}", words);
	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows", scripted_json(401, "", "{}"));
	scripted_add(&f->s, "/rows", scripted_json(403, "", body));
	log_begin();
	told = client_case_ask_for(f, VENDOR_UNAUTHORIZED)->text;
	(void)log_end();
	assert_string_equal(told, "answered 401; check the credentials in vars");
	assert_int_equal(count_of("\n"), 1);
	assert_int_equal(count_of("vendor.circuit_open"), 1);
	vendor_client_reset(f->client);
	told = client_case_ask_for(f, VENDOR_UNAUTHORIZED)->text;
	assert_memory_equal(told, "answered 403: xxx xxx", 21);
	assert_string_equal(strchr(told, ';'), "; check the credentials in vars");
}

static void a_long_wait_is_told_and_a_short_one_is_not(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	scripted_add(&f->s, "/rows",
	             scripted_json(429, "Retry-After: 61\r\n", "{\"message\":\"no " SECRET "\"}"));
	log_begin();
	vendor_turn_pause(f->client, 60000, "answered 429");
	f->client->pause_ms = 0;
	(void)client_case_ask_for(f, VENDOR_LATER);
	(void)client_case_ask_for(f, VENDOR_LATER); /* of the same wait */
	(void)log_end();
	assert_int_equal(count_of("\n"), 1);
	assert_non_null(
		strstr(text, "ev=vendor.paused account=acme seconds=61 answer=\"answered 429"));
	assert_null(strstr(text, SECRET));
}

static void a_store_that_does_not_count_is_told_once(void **state)
{
	struct client_case *f = *state;

	client_case_begin(f, PROFILE_HEAD BEARER LIMITS PROFILE_TAIL);
	log_begin();
	vendor_trouble_store(f->client, ERR_OK);
	vendor_trouble_store(f->client, ERR_IO);
	vendor_trouble_store(f->client, ERR_IO);
	vendor_trouble_store(f->client, ERR_OK);
	vendor_trouble_store(f->client, ERR_LIMIT);
	(void)log_end();
	assert_int_equal(count_of("ev=vendor.counts_not_stored account=acme error="), 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, client_case_set_up, client_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(failures_are_told_by_whoever_asked),
		TEST(the_circuit_is_told_when_it_opens_and_when_it_closes),
		TEST(refused_credentials_open_it_and_say_what_to_do),
		TEST(a_long_wait_is_told_and_a_short_one_is_not),
		TEST(a_store_that_does_not_count_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
