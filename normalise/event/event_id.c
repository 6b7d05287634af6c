/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <sodium.h>

#include "core/ascii.h"
#include "normalise/event/fact.h"

/* Deeper than any decoder reads; members below it count by nothing. */
#define DEPTH_MAX 96

/* Instead of a length: the record's digest follows, not a key value. */
#define RECORD_MARK UINT32_MAX

#define DIGEST_BYTES 16

static void add_bytes(crypto_generichash_state *h, const void *bytes, size_t len)
{
	if (len > 0)
		(void)crypto_generichash_update(h, bytes, len);
}

static void add_u32(crypto_generichash_state *h, uint32_t n)
{
	const unsigned char bytes[] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
	                               (unsigned char)(n >> 8), (unsigned char)n};

	add_bytes(h, bytes, sizeof(bytes));
}

static void add_text(crypto_generichash_state *h, struct str text)
{
	add_u32(h, (uint32_t)text.len);
	add_bytes(h, text.ptr, text.len);
}

/* A word the profile does not know says more than "unknown". Case does not count, as in profiles.
 */
static void add_status(crypto_generichash_state *h, const struct fact *fact)
{
	struct str word = str_from(status_str(fact->status));

	if (!fact->is_unknown_word) {
		add_text(h, word);
		return;
	}
	add_u32(h, (uint32_t)(word.len + 1 + fact->vendor_status.len));
	add_bytes(h, word.ptr, word.len);
	add_bytes(h, ":", 1);
	for (size_t i = 0; i < fact->vendor_status.len; i++) {
		char c = ascii_lower(fact->vendor_status.ptr[i]);

		add_bytes(h, &c, 1);
	}
}

/* ---- the record, when there is no key ---- */

/*
 * Every scalar gets a digest of its path and text; their sum does not depend on the order of an
 * object's members. A path is a chain of digests, one for each level.
 */
struct level {
	const struct value *container;
	const struct value *next;
	uint32_t index; /* of next */
	unsigned char path[DIGEST_BYTES];
};

static void step_digest(const unsigned char *path, const struct level *at, const struct value *v,
                        unsigned char *ret_path)
{
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, DIGEST_BYTES);
	add_bytes(&h, path, DIGEST_BYTES);
	if (at->container->kind == VALUE_OBJECT) {
		add_text(&h, v->key);
	} else {
		add_u32(&h, at->index);
	}
	(void)crypto_generichash_final(&h, ret_path, DIGEST_BYTES);
}

static void add_leaf(const unsigned char *path, const struct value *v, unsigned char *sum)
{
	static const char kinds[] = {
		[VALUE_NULL] = 'n',   [VALUE_FALSE] = 'f',  [VALUE_TRUE] = 't',
		[VALUE_NUMBER] = '0', [VALUE_STRING] = 's', [VALUE_ARRAY] = '[',
		[VALUE_OBJECT] = '{'};
	unsigned char digest[DIGEST_BYTES];
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, DIGEST_BYTES);
	add_bytes(&h, path, DIGEST_BYTES);
	add_bytes(&h, &kinds[v->kind], 1);
	add_bytes(&h, v->text.ptr, v->text.len);
	(void)crypto_generichash_final(&h, digest, DIGEST_BYTES);
	sodium_add(sum, digest, DIGEST_BYTES);
}

static bool has_children(const struct value *v)
{
	return (v->kind == VALUE_OBJECT || v->kind == VALUE_ARRAY) && v->first != NULL;
}

static void record_digest(const struct value *record, unsigned char *ret_sum)
{
	struct level levels[DEPTH_MAX];
	unsigned char path[DIGEST_BYTES] = {0};
	size_t depth = 0;

	sodium_memzero(ret_sum, DIGEST_BYTES);
	if (!has_children(record)) {
		add_leaf(path, record, ret_sum);
		return;
	}
	levels[depth++] = (struct level){.container = record, .next = record->first};
	while (depth > 0) {
		struct level *at = &levels[depth - 1];
		const struct value *v = at->next;

		if (v == NULL) {
			depth--;
			continue;
		}
		step_digest(at->path, at, v, path);
		at->next = v->next;
		at->index++;
		if (!has_children(v) || depth == DEPTH_MAX) {
			add_leaf(path, v, ret_sum);
			continue;
		}
		levels[depth] = (struct level){.container = v, .next = v->first};
		for (size_t i = 0; i < DIGEST_BYTES; i++)
			levels[depth].path[i] = path[i];
		depth++;
	}
}

static void add_record(crypto_generichash_state *h, const struct value *record)
{
	unsigned char sum[DIGEST_BYTES];

	record_digest(record, sum);
	add_u32(h, RECORD_MARK);
	add_bytes(h, sum, sizeof(sum));
}

/* All but the count of a counter. */
static void add_fact(crypto_generichash_state *h, const struct fact *fact)
{
	size_t count = fact->key_count;

	while (count > 0 && fact->key[count - 1].len == 0)
		count--;
	add_text(h, str_from(fact->account));
	add_text(h, fact->is_campaign ? STR_LIT("campaign") : STR_LIT("message"));
	add_status(h, fact);
	for (size_t i = 0; i < count; i++)
		add_text(h, fact->key[i]);
	if (count == 0 && fact->record != NULL)
		add_record(h, fact->record);
	add_u32(h, fact->ordinal);
}

void event_id(const struct fact *fact, uint8_t ret_id[EVENT_ID_BYTES])
{
	uint64_t count = (uint64_t)fact->count;
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, EVENT_ID_BYTES);
	add_fact(&h, fact);
	if (fact->has_count) {
		add_u32(&h, (uint32_t)(count >> 32));
		add_u32(&h, (uint32_t)count);
	}
	(void)crypto_generichash_final(&h, ret_id, EVENT_ID_BYTES);
}

void event_tally(const struct fact *fact, uint8_t ret_tally[EVENT_ID_BYTES])
{
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, EVENT_ID_BYTES);
	add_fact(&h, fact);
	(void)crypto_generichash_final(&h, ret_tally, EVENT_ID_BYTES);
}

void event_id_revise(const uint8_t id[EVENT_ID_BYTES], uint32_t revision,
                     uint8_t ret_id[EVENT_ID_BYTES])
{
	crypto_generichash_state h;

	if (revision == 0) {
		memmove(ret_id, id, EVENT_ID_BYTES);
		return;
	}
	(void)crypto_generichash_init(&h, NULL, 0, EVENT_ID_BYTES);
	add_bytes(&h, id, EVENT_ID_BYTES);
	add_u32(&h, revision);
	(void)crypto_generichash_final(&h, ret_id, EVENT_ID_BYTES);
}
