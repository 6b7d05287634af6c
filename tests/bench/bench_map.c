/* SPDX-License-Identifier: MIT */
/* What one Everlytic SMS event costs: mapping alone, and from body to event. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "normalise/normalise.h"
#include "normalise/profile/map.h"
#include "normalise/value/json_reader.h"

#define ROUNDS 200000

static const char body[] =
	"{\"id\":\"3f1f6a50-6a11-4f7e-9a6e-0c2b7c1d9e01\",\"type\":\"delivered\",\"timestamp\":"
	"\"2024-09-03T11:02:09+02:00\",\"data\":{\"transaction\":{\"id\":247801234,\"custom_id\":"
	"\"order-5512\",\"campaign\":{\"name\":\"OTP / "
	"live\"},\"sent_timestamp\":\"2024-09-03T11:02:01+02:00\","
	"\"recipient\":{\"mobile_number\":\"27820000001\"}}}}";

static void print_cost(const char *what, const struct timespec *from)
{
	struct timespec to;

	(void)clock_gettime(CLOCK_MONOTONIC, &to);
	(void)printf(
		"%-20s %.2f us\n", what,
		((double)(to.tv_sec - from->tv_sec) * 1e9 + (double)(to.tv_nsec - from->tv_nsec)) /
			1e3 / ROUNDS);
}

static void map_alone(const struct source *s)
{
	struct json_cursor c = json_cursor((struct str){body, sizeof(body) - 1});
	struct arena record_arena, arena;
	struct value *record = NULL;
	struct fact fact = {.account = "everlytic"};
	struct timespec from;

	arena_init(&record_arena, 1 << 20);
	arena_init(&arena, 1 << 20);
	if (json_read(&c, &record_arena, &record, NULL) != ERR_OK)
		abort();
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < ROUNDS; i++) {
		struct eval ev = {.record = record, .arena = &arena};

		for (size_t m = 0; m < source_spec(s)->map_count; m++) {
			const struct map *map = source_spec(s)->maps[m];

			if (map_matches(map, &ev, source_zones(s)) &&
			    map_apply(map, &ev, &fact) != ERR_OK)
				abort();
		}
		eval_unmark(&ev);
		arena_reset(&arena);
	}
	print_cost("map", &from);
	arena_fini(&arena);
	arena_fini(&record_arena);
}

static void whole_way(const struct source *s)
{
	struct payload payload = {.via = PAYLOAD_WEBHOOK,
	                          .method = STR_LIT("POST"),
	                          .media_type = STR_LIT("application/json"),
	                          .body = {body, sizeof(body) - 1}};
	struct timespec from;

	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	struct normaliser *n = NULL;

	for (int i = 0; i < ROUNDS; i++) {
		struct normalise_bad bad;
		struct event e;

		if (n != NULL)
			normaliser_restart(n, s, &payload);
		else if (normaliser_new(s, &payload, NORMALISE_MEMORY_DEFAULT, &n) != ERR_OK)
			abort();
		while (normaliser_next(n, &e, &bad) == NORMALISE_EVENT)
			;
	}
	normaliser_free(n);
	print_cost("body to event", &from);
}

int main(void)
{
	struct profile_set *set = NULL;
	struct source *s = NULL;

	if (profile_set_new(&set, NULL) != ERR_OK)
		return 1;

	const struct profile *p = profile_set_get(set, STR_LIT("everlytic"));

	if (source_new("gw1", "everlytic", p, profile_webhook(p, STR_LIT("sms")), NULL, 0, NULL, &s,
	               NULL) != ERR_OK)
		return 1;
	map_alone(s);
	whole_way(s);
	source_unref(s);
	profile_set_free(set);
	return 0;
}
