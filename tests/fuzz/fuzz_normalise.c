/* SPDX-License-Identifier: MIT */
/* Any body through Everlytic's hooks ends, with events that are JSON. */
#include <stdlib.h>

#include "normalise/normalise.h"
#include "normalise/value/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** First byte: which hook, media type and method. */
static void run(const struct source *s, uint8_t choice, struct str body)
{
	struct payload payload = {
		.via = PAYLOAD_WEBHOOK,
		.received_ms = 1725354129412,
		.method = choice & 2 ? STR_LIT("GET") : STR_LIT("POST"),
		.media_type = choice & 4 ? STR_LIT("application/json")
	                                 : STR_LIT("application/x-www-form-urlencoded")};
	struct normaliser *n = NULL;
	struct normalise_bad bad;
	struct event e;
	enum normalise_result r;

	*(choice & 2 ? &payload.query : &payload.body) = body;
	if (normaliser_new(s, &payload, (size_t)1 << 20, &n) != ERR_OK)
		abort();
	while ((r = normaliser_next(n, &e, &bad)) != NORMALISE_END) {
		if (r == NORMALISE_NOMEM)
			abort();
		if (r == NORMALISE_EVENT && json_check(e.json, NULL) != ERR_OK)
			abort();
	}
	normaliser_free(n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct profile_set *set;
	static struct source *sources[2];
	const struct profile *p;

	if (set == NULL) {
		if (profile_set_new(&set, NULL) != ERR_OK)
			abort();
		p = profile_set_get(set, STR_LIT("everlytic"));
		for (size_t i = 0; i < 2; i++)
			if (source_new("gw1", "everlytic", p, profile_webhook_at(p, i), NULL, 0,
			               NULL, &sources[i], NULL) != ERR_OK)
				abort();
	}
	if (size > 0)
		run(sources[data[0] & 1], data[0], (struct str){(const char *)data + 1, size - 1});
	return 0;
}
