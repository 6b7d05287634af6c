/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "publish/entry.h"

/* A normaliser that counts to the length of the body; memory_left answers before it fails once. */
struct normaliser {
	size_t at, count;
};

struct source {
	int refs;
};

static size_t memory_left = SIZE_MAX;

struct source *source_ref(struct source *s)
{
	s->refs++;
	return s;
}

void source_unref(struct source *s)
{
	if (s != NULL)
		s->refs--;
}

enum err normaliser_new(const struct source *source, const struct payload *payload,
                        size_t memory_max, struct normaliser **ret_normaliser)
{
	struct normaliser *n = calloc(1, sizeof(*n));

	(void)source;
	(void)memory_max;
	assert_non_null(n);
	n->count = payload->body.len;
	*ret_normaliser = n;
	return ERR_OK;
}

void normaliser_restart(struct normaliser *n, const struct source *source,
                        const struct payload *payload)
{
	(void)source;
	*n = (struct normaliser){.count = payload->body.len};
}

void normaliser_free(struct normaliser *n)
{
	free(n);
}

enum normalise_result normaliser_next(struct normaliser *n, struct event *ret_event,
                                      struct normalise_bad *reterr_bad)
{
	(void)reterr_bad;
	if (memory_left == 0) {
		memory_left = SIZE_MAX;
		return NORMALISE_NOMEM;
	}
	memory_left--;
	if (n->at == n->count)
		return NORMALISE_END;
	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->id[0] = (uint8_t)++n->at;
	return NORMALISE_EVENT;
}

static void the_payload_is_copied_with_every_slice(void **state)
{
	char texts[9][8];
	struct payload p = {.entry = 3, .received_ms = 4, .via = PAYLOAD_REPORT, .replay = true};
	struct str *const slices[9] = {&p.account, &p.source,     &p.verified,
	                               &p.method,  &p.media_type, &p.query,
	                               &p.headers, &p.vars,       &p.body};
	struct entry *e = NULL;

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "text%u", (unsigned)i % 10);
		*slices[i] = str_from(texts[i]);
	}
	assert_int_equal(entry_new(&p, &e), ERR_OK);
	memset(texts, 0, sizeof(texts));
	assert_int_equal(e->payload.entry, 3);
	assert_int_equal(e->payload.via, PAYLOAD_REPORT);
	assert_true(e->payload.replay);
	assert_true(str_eq(e->payload.account, STR_LIT("text0")));
	assert_true(str_eq(e->payload.source, STR_LIT("text1")));
	assert_true(str_eq(e->payload.verified, STR_LIT("text2")));
	assert_true(str_eq(e->payload.method, STR_LIT("text3")));
	assert_true(str_eq(e->payload.media_type, STR_LIT("text4")));
	assert_true(str_eq(e->payload.query, STR_LIT("text5")));
	assert_true(str_eq(e->payload.headers, STR_LIT("text6")));
	assert_true(str_eq(e->payload.vars, STR_LIT("text7")));
	assert_true(str_eq(e->payload.body, STR_LIT("text8")));
	entry_free(e);
}

static void a_normaliser_serves_one_entry_after_the_other(void **state)
{
	const struct payload p = {.body = STR_LIT("1")};
	struct normaliser *spare = NULL;
	struct source source = {0};
	struct normalise_bad bad;
	struct entry *a = NULL, *b = NULL;
	struct event event;

	(void)state;
	assert_int_equal(entry_new(&p, &a), ERR_OK);
	assert_int_equal(entry_new(&p, &b), ERR_OK);
	a->spare = &spare;
	b->spare = &spare;
	assert_int_equal(entry_next(a, &source, &event, &bad), NORMALISE_EVENT);
	const struct normaliser *first = a->normaliser;

	entry_rest(a);
	assert_ptr_equal(spare, first);
	assert_int_equal(entry_next(b, &source, &event, &bad), NORMALISE_EVENT);
	assert_ptr_equal(b->normaliser, first);
	assert_null(spare);
	/* While it is in use, another one is made, and freed when there is a spare one. */
	assert_int_equal(entry_next(a, &source, &event, &bad), NORMALISE_EVENT);
	assert_ptr_not_equal(a->normaliser, first);
	entry_free(b);
	entry_free(a);
	assert_ptr_equal(spare, first);
	assert_int_equal(source.refs, 0);
	normaliser_free(spare);
}

static void decoding_goes_on_where_it_was_wherever_memory_ends(void **state)
{
	const struct payload p = {.body = STR_LIT("12345")};

	(void)state;
	for (size_t fail_at = 0; fail_at < 9; fail_at++) {
		enum normalise_result r = NORMALISE_EVENT;
		struct source source = {0};
		struct normalise_bad bad;
		struct entry *e = NULL;
		struct event event;

		memory_left = fail_at;
		assert_int_equal(entry_new(&p, &e), ERR_OK);
		while (r != NORMALISE_END) {
			r = entry_next(e, &source, &event, &bad);
			if (r == NORMALISE_NOMEM)
				entry_rest(e);
			if (r == NORMALISE_EVENT)
				assert_int_equal(event.id[0], ++e->taken);
		}
		assert_int_equal(e->taken, 5);
		entry_free(e);
		assert_int_equal(source.refs, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_payload_is_copied_with_every_slice),
		cmocka_unit_test(a_normaliser_serves_one_entry_after_the_other),
		cmocka_unit_test(decoding_goes_on_where_it_was_wherever_memory_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
