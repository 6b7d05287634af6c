/* SPDX-License-Identifier: MIT */
/**
 * profile_text - profiles written inside of tests. Include it after <cmocka.h>.
 */
#ifndef TESTS_NORMALISE_PROFILE_PROFILE_TEXT_H
#define TESTS_NORMALISE_PROFILE_PROFILE_TEXT_H

#include <stdio.h>
#include <string.h>

#include "normalise/normalise.h"
#include "normalise/profile/profile.h"

static inline enum err profile_from(const char *text, struct profile **ret_profile,
                                    struct err_detail *reterr_detail)
{
	struct yaml_doc *doc = NULL;

	assert_int_equal(yaml_parse(str_from(text), "p.yaml", &doc, reterr_detail), ERR_OK);

	enum err err = profile_new(doc, ret_profile, reterr_detail);

	if (err != ERR_OK)
		yaml_free(doc);
	return err;
}

/** A profile that must load. */
static inline struct profile *profile_good(const char *text)
{
	struct err_detail detail = {.text = ""};
	struct profile *p = NULL;

	if (profile_from(text, &p, &detail) != ERR_OK)
		fail_msg("line %u: %s: %s\n%s", detail.line, detail.key, detail.text, text);
	return p;
}

struct refused_case {
	const char *yaml; /* what comes between head and tail */
	unsigned line;    /* within it, from 1 */
	const char *text; /* part of the complaint */
};

/** Each must be refused with its line and text. */
static inline void assert_refused(const char *head, const char *tail, unsigned head_lines,
                                  const struct refused_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct err_detail detail = {.text = ""};
		struct profile *p = NULL;
		char text[4096];

		(void)snprintf(text, sizeof(text), "%s%s%s", head, cases[i].yaml, tail);
		if (profile_from(text, &p, &detail) != ERR_PARSE)
			fail_msg("it loads:\n%s", text);
		assert_null(p);
		assert_string_equal(detail.file, "p.yaml");
		if (detail.line != head_lines + cases[i].line ||
		    strstr(detail.text, cases[i].text) == NULL)
			fail_msg("%s\nwanted line %u: %s\n   got line %u: %s: %s", text,
			         head_lines + cases[i].line, cases[i].text, detail.line, detail.key,
			         detail.text);
	}
}

#define ASSERT_REFUSED(head, tail, head_lines, cases) \
	assert_refused(head, tail, head_lines, cases, sizeof(cases) / sizeof((cases)[0]))

/** The first webhook of a profile in these tests. */
static inline struct source *source_good(const struct profile *p)
{
	struct err_detail detail = {.text = ""};
	struct source *s = NULL;

	if (source_new("gw1", "acc", p, profile_webhook_at(p, 0), NULL, 0, NULL, &s, &detail) !=
	    ERR_OK)
		fail_msg("%s: %s", detail.key, detail.text);
	return s;
}

/** Profile with the given map under webhook "hook". */
#define PROFILE_WITH_MAP(map_lines) \
	"profile: t\nmaps:\n  m:\n" map_lines "webhooks: {hook: {map: m}}\n"

/** The events and causes that @p body gives at @p s, one per line. */
static inline void events_from(struct source *s, const char *body, struct buf *b)
{
	struct payload payload = {.received_ms = 1725354129412,
	                          .via = PAYLOAD_WEBHOOK,
	                          .account = STR_LIT("acc"),
	                          .source = STR_LIT("hook"),
	                          .method = STR_LIT("POST"),
	                          .query = STR_LIT("from=q"),
	                          .body = str_from(body)};
	struct normaliser *n = NULL;
	struct normalise_bad bad;
	struct event e;
	enum normalise_result r;

	assert_int_equal(normaliser_new(s, &payload, NORMALISE_MEMORY_DEFAULT, &n), ERR_OK);
	while ((r = normaliser_next(n, &e, &bad)) != NORMALISE_END) {
		assert_int_not_equal(r, NORMALISE_NOMEM);
		if (r == NORMALISE_EVENT)
			(void)buf_printf(b, "%.*s\n", STR_FMT(e.json));
		else
			(void)buf_printf(b, "%s\n", bad.cause);
	}
	normaliser_free(n);
}

/** events_from() a source of its own. */
static inline void events_of(const char *profile_text, const char *body, struct buf *b)
{
	struct profile *p = profile_good(profile_text);
	struct source *s = source_good(p);

	events_from(s, body, b);
	source_unref(s);
	profile_free(p);
}

/** The event must have @p wanted in its JSON; NULL: no matter. */
static inline void assert_event_has(const char *profile_text, const char *body, const char *wanted)
{
	struct buf b;

	buf_init(&b, 8 << 20);
	events_of(profile_text, body, &b);
	if (strstr(buf_cstr(&b), wanted) == NULL)
		fail_msg("%s\n%s\nwanted %s\n   got %s", profile_text, body, wanted, buf_cstr(&b));
	buf_fini(&b);
}

static inline void assert_event_lacks(const char *profile_text, const char *body,
                                      const char *unwanted)
{
	struct buf b;

	buf_init(&b, 8 << 20);
	events_of(profile_text, body, &b);
	if (strstr(buf_cstr(&b), unwanted) != NULL)
		fail_msg("%s\n%s\nunwanted %s\n   got %s", profile_text, body, unwanted,
		         buf_cstr(&b));
	buf_fini(&b);
}

#endif /* TESTS_NORMALISE_PROFILE_PROFILE_TEXT_H */
