/* SPDX-License-Identifier: MIT */
/* bench_event - what it costs to read the times of a fact and to write it as an event. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "normalise/event/fact.h"
#include "normalise/value/timestamp.h"

#define ROUNDS 1000000

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct fact a_delivery(const struct payload *payload)
{
	struct fact fact = {
		.instance = "gw1",
		.vendor = "everlytic",
		.account = "everlytic",
		.payload = payload,
		.status = STATUS_DELIVERED,
		.vendor_status = STR_LIT("delivered"),
		.has_time = true,
		.time_ms = 1725354129000,
		.key = {STR_LIT("247801234"), STR_LIT("delivered")},
		.key_count = 2,
	};

	fact.fields[FIELD_CHANNEL] = STR_LIT("sms");
	fact.fields[FIELD_CAMPAIGN_NAME] = STR_LIT("OTP / live");
	fact.fields[FIELD_MESSAGE_ID] = STR_LIT("247801234");
	fact.fields[FIELD_MESSAGE_REFERENCE] = STR_LIT("order-5512");
	fact.fields[FIELD_RECIPIENT_MSISDN] = STR_LIT("+27820000001");
	fact.fields[FIELD_TIMES_SENT] = STR_LIT("2024-09-03T09:02:01.000Z");
	return fact;
}

static void fail(const char *what, enum err err)
{
	(void)fprintf(stderr, "%s: %s\n", what, err_str(err));
	abort();
}

static void measure_write(const struct fact *fact)
{
	struct buf scratch;
	struct buf json;
	struct event event;

	buf_init(&scratch, 65536);
	buf_init(&json, 65536);
	double start = now_us();

	for (int i = 0; i < ROUNDS; i++) {
		enum err err = event_write(fact, &scratch, &json, &event);

		if (err != ERR_OK)
			fail("event_write", err);
	}
	(void)printf("event_write      %.3f us per event of %zu bytes\n",
	             (now_us() - start) / ROUNDS, json.len);
	buf_fini(&scratch);
	buf_fini(&json);
}

static void measure_id(const struct fact *fact)
{
	uint8_t id[EVENT_ID_BYTES];
	double start = now_us();

	for (int i = 0; i < ROUNDS; i++)
		event_id(fact, id);
	(void)printf("  of it event_id %.3f us\n", (now_us() - start) / ROUNDS);
}

static void measure_parse(const char *zone_name, struct str text)
{
	struct timestamp_format *format = NULL;
	struct timestamp_zone *zone = NULL;
	int64_t ms = 0;
	enum err err = timestamp_format_new(STR_LIT("rfc3339"), &format, NULL);

	if (err == ERR_OK)
		err = timestamp_zone_new(zone_name, &zone);
	if (err != ERR_OK)
		fail(zone_name, err);
	double start = now_us();

	for (int i = 0; i < ROUNDS && err == ERR_OK; i++)
		err = timestamp_parse(format, zone, text, &ms);
	if (err != ERR_OK)
		fail("timestamp_parse", err);
	(void)printf("timestamp_parse  %.3f us for %.*s, zone %s\n", (now_us() - start) / ROUNDS,
	             STR_FMT(text), zone_name);
	timestamp_zone_free(zone);
	timestamp_format_free(format);
}

int main(void)
{
	const struct payload payload = {
		.entry = 184467,
		.received_ms = 1725354129412,
		.via = PAYLOAD_WEBHOOK,
		.account = STR_LIT("everlytic"),
		.source = STR_LIT("sms"),
		.verified = STR_LIT("basic"),
	};
	const struct fact fact = a_delivery(&payload);

	measure_write(&fact);
	measure_id(&fact);
	measure_parse("UTC", STR_LIT("2024-09-03T11:02:09+02:00"));
	measure_parse("Europe/London", STR_LIT("2024-09-03 11:02:09"));
	return EXIT_SUCCESS;
}
