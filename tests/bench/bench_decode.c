/* SPDX-License-Identifier: MIT */
/* bench_decode - microseconds to check, read and decode an event of about 400 bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "normalise/decode/decoder.h"
#include "normalise/value/json_reader.h"

#define ROUNDS 500000
#define MEMORY ((size_t)1 << 20)

static const char event[] =
	"{\"id\":\"3f1f6a50-6a11-4f7e-9a6e-0c2b7c1d9e01\",\"type\":\"reply\","
	"\"timestamp\":\"2024-09-03T11:07:40+02:00\",\"data\":{\"transaction\":{\"id\":247801234,"
	"\"custom_id\":\"\",\"campaign\":{\"name\":\"September 2024\"},"
	"\"sent_timestamp\":\"2024-09-03T11:02:01+02:00\","
	"\"recipient\":{\"mobile_number\":\"27820000001\"}},"
	"\"reply\":{\"content\":\"STOP \\u2013 please\","
	"\"received_timestamp\":\"2024-09-03T11:07:31+02:00\"}}}";

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(enum err err)
{
	if (err != ERR_OK)
		abort();
}

static void check_once(struct arena *a)
{
	(void)a;
	must(json_check(str_from(event), NULL));
}

static void read_once(struct arena *a)
{
	struct json_cursor c = json_cursor(str_from(event));
	struct value *v;

	arena_reset(a);
	must(json_read(&c, a, &v, NULL));
}

static void decode_once(struct arena *a)
{
	struct decode_spec spec = {.as = DECODE_AUTO};
	struct payload payload = {.body = str_from(event)};
	struct err_detail detail;
	struct decoder *d;
	struct record r;

	(void)a;
	must(decoder_new(&spec, &payload, MEMORY, &d));
	must(decoder_next(d, &r, &detail));
	if (decoder_next(d, &r, &detail) != ERR_NOENT)
		abort();
	decoder_free(d);
}

static void measure(const char *what, void (*once)(struct arena *a))
{
	struct arena a;
	double start;

	arena_init(&a, MEMORY);
	start = now_us();
	for (int i = 0; i < ROUNDS; i++)
		once(&a);
	printf("%-28s %6.3f us per event of %zu bytes\n", what, (now_us() - start) / ROUNDS,
	       sizeof(event) - 1);
	arena_fini(&a);
}

int main(void)
{
	measure("check", check_once);
	measure("read into a tree", read_once);
	measure("decoder: new, next, free", decode_once);
	return EXIT_SUCCESS;
}
