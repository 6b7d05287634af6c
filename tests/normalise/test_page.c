/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/page.h"

#define MEMORY ((size_t)64 * 1024)

static const struct field_path *path(const char *text)
{
	struct field_path *p = NULL;

	if (text == NULL)
		return NULL;
	assert_int_equal(field_path_new(str_from(text), true, &p, NULL), ERR_OK);
	return p;
}

static void drop(const struct field_path *p)
{
	field_path_free((struct field_path *)(uintptr_t)p);
}

struct reading {
	struct arena arena;
	struct page page;
	struct err_detail detail;
};

static int reading_new(void **state)
{
	static struct reading r;

	r = (struct reading){.page = {.records = 77}};
	arena_init(&r.arena, MEMORY);
	*state = &r;
	return 0;
}

static int reading_free(void **state)
{
	struct reading *r = *state;

	arena_fini(&r->arena);
	return 0;
}

static enum err read_records(struct reading *r, const char *records, struct str body)
{
	struct decode_spec decode = {.as = DECODE_JSON, .records = path(records)};
	struct page_spec spec = {.kind = PAGE_NONE};
	enum err err;

	arena_reset(&r->arena);
	err = page_read(body, &decode, &spec, NULL, &r->arena, &r->page, &r->detail);
	drop(decode.records);
	return err;
}

/** Where the member at @p at steers paging as @p what; the body is "{"at": VALUE}". */
static enum err read_member(struct reading *r, const char *value,
                            const struct field_path **(*member)(struct page_spec *spec))
{
	struct decode_spec decode = {.as = DECODE_JSON};
	struct page_spec spec = {.kind = PAGE_LINK};
	const struct field_path *at = path("/m/at");
	char body[512];
	enum err err;

	*member(&spec) = at;
	(void)snprintf(body, sizeof(body),
	               value[0] != '\0' ? "{\"x\":1,\"m\":{\"at\":%s}}" : "{}%s", value);
	arena_reset(&r->arena);
	err = page_read(str_from(body), &decode, &spec, NULL, &r->arena, &r->page, &r->detail);
	drop(at);
	memset(body, 'x', sizeof(body)); /* texts are copies */
	return err;
}

static const struct field_path **next_of(struct page_spec *spec)
{
	return &spec->next;
}

static const struct field_path **last_of(struct page_spec *spec)
{
	return &spec->last;
}

static const struct field_path **more_of(struct page_spec *spec)
{
	return &spec->more;
}

static const struct field_path **size_of(struct page_spec *spec)
{
	return &spec->size_at;
}

static const struct field_path **same_of(struct page_spec *spec)
{
	return &spec->same;
}

static const struct {
	const char *records, *body;
	size_t count;
} counts[] = {
	{NULL, "[]", 0},
	{NULL, "[1,{},null,\"\"]", 4},
	{NULL, "{\"a\":1}", 1},
	{NULL, "null", 0},
	{NULL, " \"\" ", 0},
	{NULL, "\xef\xbb\xbf[1,2]", 2},
	{"/data/*", "{\"data\":[{},{},{}],\"meta\":{}}", 3},
	{"/data/*", "{\"data\":[]}", 0},
	{"/data/*", "{\"data\":null}", 0},
	{"/data/*", "{\"data\":\"\"}", 0},
	{"/data/*", "{\"data\":7}", 0},
	{"/data/*", "{}", 0},
	{"/data/*", "[]", 0},
	{"/data/*", "{\"data\":[1],\"data\":[1,2]}", 2},
	{"/data/*", "{\"\\u0064ata\":[1]}", 1},
	{"/data/*", "{\"data\":{\"one\":1}}", 1},
	{"/data", "{\"data\":{\"one\":1}}", 1},
	{"/data", "{\"data\":null}", 0},
	{"/data", "{\"data\":\"\"}", 0},
	{"/data", "{}", 0},
	{"/a/*/b/*", "{\"a\":[{\"b\":[1,2]},{\"b\":[]},{\"b\":[3]},{}]}", 3},
};

static void rows_are_counted_where_the_profile_says(void **state)
{
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		assert_int_equal(read_records(r, counts[i].records, str_from(counts[i].body)),
		                 ERR_OK);
		if (r->page.records != counts[i].count)
			fail_msg("%s: %zu", counts[i].body, r->page.records);
		assert_true(r->page.is_ok);
		assert_false(r->page.has_next || r->page.has_last || r->page.has_more);
	}
}

static const struct {
	const char *body, *text;
} broken[] = {
	{"", "ends where a value"},
	{"  ", "ends where a value"},
	{"[{\"a\":1},", "ends where a value"},
	{"[{\"a\":1}", "expected ','"},
	{"{\"data\":[1,2]}x", "something follows"},
	{"{\"data\":\"secret", "ends inside a string"},
	{"secret", "expected a value"},
	{"<html>secret</html>", "HTML"},
	{"\xef\xbb\xbf\n <!DOCTYPE html>", "HTML"},
	{"\xff\xfe[\0", ""},
};

static void half_a_document_is_no_page(void **state)
{
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		r->detail = (struct err_detail){.text = ""};
		assert_int_equal(read_records(r, "/data/*", str_from(broken[i].body)), ERR_PARSE);
		assert_int_equal(r->page.records, 77);
		if (strstr(r->detail.text, broken[i].text) == NULL)
			fail_msg("%s: %s", broken[i].body, r->detail.text);
		assert_null(strstr(r->detail.text, "secret"));
		assert_true(r->detail.line > 0);
	}
}

static void every_cut_of_a_page_is_refused(void **state)
{
	static const char body[] =
		"{\"data\":[{\"a\":\"\\u00e9\"},{\"b\":[1.5e3,true]}],\"n\":null}";
	struct reading *r = *state;

	for (size_t len = 0; len < sizeof(body) - 1; len++)
		assert_int_equal(read_records(r, "/data/*", (struct str){body, len}), ERR_PARSE);
	assert_int_equal(read_records(r, "/data/*", str_from(body)), ERR_OK);
	assert_int_equal(r->page.records, 2);
}

static void a_record_that_is_too_deep_is_a_row(void **state)
{
	struct reading *r = *state;
	char body[512];
	size_t at = (size_t)snprintf(body, sizeof(body), "{\"data\":[1,");

	for (int i = 0; i < 100; i++)
		body[at++] = '[';
	for (int i = 0; i < 100; i++)
		body[at++] = ']';
	at += (size_t)snprintf(body + at, sizeof(body) - at, ",2]}");
	assert_int_equal(read_records(r, "/data/*", (struct str){body, at}), ERR_OK);
	assert_int_equal(r->page.records, 3);
}

static const struct {
	const char *value, *want; /* NULL: there is none */
} nexts[] = {
	{"\"/v3/x?next=a\\/b\"", "/v3/x?next=a/b"},
	{"\"https://a.example/\\u00e9\"", "https://a.example/\xc3\xa9"},
	{"123456789012345678901234567890", "123456789012345678901234567890"},
	{"0", "0"},
	{"null", NULL},
	{"\"\"", NULL},
	{"false", NULL},
	{"", NULL},
};

static void a_link_or_token_is_a_text(void **state)
{
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(nexts) / sizeof(nexts[0]); i++) {
		assert_int_equal(read_member(r, nexts[i].value, next_of), ERR_OK);
		assert_int_equal(r->page.has_next, nexts[i].want != NULL);
		assert_true(str_eq(r->page.next, str_from(nexts[i].want)));
	}
}

static void what_is_no_link_does_not_end_paging_quietly(void **state)
{
	static const char *const values[] = {"true", "{}", "[\"/a\"]", "{\"href\":\"/secret\"}"};
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_int_equal(read_member(r, values[i], next_of), ERR_PARSE);
		assert_non_null(strstr(r->detail.text, "no text"));
		assert_int_equal(r->page.records, 77);
	}
}

static void a_link_is_not_looked_for_where_pages_are_numbered(void **state)
{
	struct reading *r = *state;
	struct decode_spec decode = {.as = DECODE_JSON};
	struct page_spec spec = {.kind = PAGE_NUMBER, .next = path("/n")};

	assert_int_equal(page_read(STR_LIT("{\"n\":[]}"), &decode, &spec, NULL, &r->arena, &r->page,
	                           &r->detail),
	                 ERR_OK);
	assert_false(r->page.has_next);
	drop(spec.next);
}

static const struct {
	const char *value;
	bool has;
	uint64_t number;
} lasts[] = {
	{"4", true, 4},
	{"\"12\"", true, 12},
	{"\" 12 \"", true, 12},
	{"0", true, 0},
	{"null", false, 0},
	{"\"\"", false, 0},
	{"-1", false, 0},
	{"1.5", false, 0},
	{"\"many\"", false, 0},
	{"[4]", false, 0},
	{"true", false, 0},
	{"", false, 0},
	{"18446744073709551615", true, UINT64_MAX},
	{"18446744073709551616", false, 0},
};

static void the_last_page_and_the_size_are_numbers_or_digits(void **state)
{
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(lasts) / sizeof(lasts[0]); i++) {
		assert_int_equal(read_member(r, lasts[i].value, last_of), ERR_OK);
		assert_int_equal(r->page.has_last, lasts[i].has);
		assert_true(r->page.last == lasts[i].number);
		assert_int_equal(read_member(r, lasts[i].value, size_of), ERR_OK);
		assert_true(r->page.size == lasts[i].number);
	}
}

static const struct {
	const char *value;
	bool has, more;
} mores[] = {
	{"true", true, true},   {"false", true, false}, {"\"TRUE\"", true, true},
	{"1", true, true},      {"0", true, false},     {"\"no\"", true, false},
	{"null", false, false}, {"\"\"", false, false}, {"\"perhaps\"", false, false},
	{"{}", false, false},   {"2", false, false},    {"", false, false},
};

static void more_is_true_or_false(void **state)
{
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(mores) / sizeof(mores[0]); i++) {
		assert_int_equal(read_member(r, mores[i].value, more_of), ERR_OK);
		assert_int_equal(r->page.has_more, mores[i].has);
		assert_int_equal(r->page.more, mores[i].more);
	}
}

static const struct {
	const char *value, *want;
} sames[] = {
	{"450", "450"},       {"\"a\\u00e9\"", "a\xc3\xa9"},
	{"true", "true"},     {"{\"total\": 4}", "{\"total\": 4}"},
	{"[1, 2]", "[1, 2]"}, {"null", ""},
	{"\"\"", ""},         {"", ""},
};

static void any_value_can_stay_the_same(void **state)
{
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(sames) / sizeof(sames[0]); i++) {
		assert_int_equal(read_member(r, sames[i].value, same_of), ERR_OK);
		assert_true(str_eq(r->page.same, str_from(sames[i].want)));
	}
}

static void a_member_past_the_arena_is_a_limit(void **state)
{
	static char value[200 * 1024];
	struct reading *r = *state;
	struct decode_spec decode = {.as = DECODE_JSON};
	struct page_spec spec = {.kind = PAGE_TOKEN, .next = path("/at")};
	int len = snprintf(value, sizeof(value), "{\"at\":\"\\n%0100000d\"}", 0);

	assert_int_equal(page_read((struct str){value, (size_t)len}, &decode, &spec, NULL,
	                           &r->arena, &r->page, &r->detail),
	                 ERR_LIMIT);
	assert_int_equal(r->page.records, 77);
	drop(spec.next);
}

static enum err read_ok(struct reading *r, const char *body, const char *error)
{
	static const struct str words[] = {{"success", 7}, {"true", 4}};
	struct decode_spec decode = {.as = DECODE_JSON};
	struct page_spec spec = {.kind = PAGE_NONE};
	struct ok_spec ok = {
		.at = path("/result"), .words = words, .word_count = 2, .error = path(error)};
	enum err err;

	arena_reset(&r->arena);
	err = page_read(str_from(body), &decode, &spec, &ok, &r->arena, &r->page, &r->detail);
	drop(ok.at);
	drop(ok.error);
	return err;
}

static const struct {
	const char *body, *error;
	bool is_ok;
	const char *text;
} oks[] = {
	{"{\"result\":\"success\"}", "/status", true, ""},
	{"{\"result\":\"SUCCESS\",\"status\":\"x\"}", "/status", true, ""},
	{"{\"result\":true}", "/status", true, ""},
	{"{\"result\":\"error\",\"status\":\"bad page\"}", "/status", false, "bad page"},
	{"{\"result\":\"error\",\"status\":\"no 447700900001\"}", "/status", false,
         "no \xe2\x80\xa6"},
	{"{\"result\":\"error\",\"e\":{\"message\":\"bad\",\"code\":3}}", "/e", false,
         "bad, code 3"},
	{"{\"result\":\"error\"}", "/status", false, ""},
	{"{\"result\":\"error\",\"status\":null}", "/status", false, ""},
	{"{\"result\":\"error\",\"status\":\"x\"}", NULL, false, ""},
	{"{\"result\":null,\"status\":\"x\"}", "/status", false, "x"},
	{"{\"result\":{}}", "/status", false, ""},
	{"{}", "/status", false, ""},
	{"[]", "/status", false, ""},
};

static void an_answer_can_say_that_it_is_none(void **state)
{
	struct reading *r = *state;

	for (size_t i = 0; i < sizeof(oks) / sizeof(oks[0]); i++) {
		assert_int_equal(read_ok(r, oks[i].body, oks[i].error), ERR_OK);
		if (r->page.is_ok != oks[i].is_ok || !str_eq(r->page.error, str_from(oks[i].text)))
			fail_msg("%s: %d %.*s", oks[i].body, r->page.is_ok, STR_FMT(r->page.error));
	}
}

static void expect_same_digest(struct reading *r, const char *a, const char *b, bool same)
{
	uint8_t digest[PAGE_DIGEST_BYTES];

	assert_int_equal(read_records(r, "/data/*", str_from(a)), ERR_OK);
	memcpy(digest, r->page.digest, sizeof(digest));
	assert_int_equal(read_records(r, "/data/*", str_from(b)), ERR_OK);
	assert_int_equal(memcmp(digest, r->page.digest, sizeof(digest)) == 0, same);
}

static void pages_with_the_same_records_have_the_same_digest(void **state)
{
	struct reading *r = *state;

	expect_same_digest(r, "{\"data\":[1,2],\"page\":1}", "{\"page\":2,\"data\":[1 ,\n2]}",
	                   true);
	expect_same_digest(r, "{\"data\":[1,2]}", "{\"data\":[2,1]}", false);
	expect_same_digest(r, "{\"data\":[12]}", "{\"data\":[1,2]}", false);
	expect_same_digest(r, "{\"data\":[]}", "{\"data\":null}", true);
	expect_same_digest(r, "{\"data\":[]}", "{\"data\":[0]}", false);
}

static void packed_records_are_counted_where_they_are(void **state)
{
	struct reading *r = *state;
	struct decode_spec decode = {
		.as = DECODE_JSON, .records = path("/data/*"), .json_at = path("/body")};
	struct page_spec spec = {.kind = PAGE_LINK, .next = path("/next")};

	assert_int_equal(page_read(STR_LIT("{\"next\":\"n\",\"body\":\"{\\\"data\\\":[1,2,3]}\"}"),
	                           &decode, &spec, NULL, &r->arena, &r->page, &r->detail),
	                 ERR_OK);
	assert_int_equal(r->page.records, 3);
	assert_true(str_eq(r->page.next, STR_LIT("n")));
	assert_int_equal(page_read(STR_LIT("{\"body\":\"{\\\"data\\\":[1,2\"}"), &decode, &spec,
	                           NULL, &r->arena, &r->page, &r->detail),
	                 ERR_PARSE);
	drop(decode.records);
	drop(decode.json_at);
	drop(spec.next);
}

/* vendors.md 5.2 and 4.2: all that steers is found in one page. */
static void a_whole_page_is_read(void **state)
{
	static const struct str words[] = {{"success", 7}};
	static const char body[] =
		"{\"result\":\"success\",\"data\":[{\"a\":1},{\"a\":2}],"
		"\"links\":{\"next\":\"api/2.0/x?page=2\"},\"page_size\":100,"
		"\"meta\":{\"last_page\":9,\"per_page\":\"50\",\"total\":450},\"more\":true}";
	struct reading *r = *state;
	struct decode_spec decode = {.as = DECODE_JSON, .records = path("/data/*")};
	struct ok_spec ok = {.at = path("/result"), .words = words, .word_count = 1};
	struct page_spec spec = {.kind = PAGE_LINK,
	                         .next = path("/links/next"),
	                         .last = path("/meta/last_page"),
	                         .more = path("/more"),
	                         .size_at = path("/meta/per_page"),
	                         .same = path("/meta/total")};

	assert_int_equal(
		page_read(str_from(body), &decode, &spec, &ok, &r->arena, &r->page, &r->detail),
		ERR_OK);
	assert_int_equal(r->page.records, 2);
	assert_true(r->page.is_ok && r->page.has_next && r->page.has_last && r->page.has_more &&
	            r->page.more);
	assert_true(str_eq(r->page.next, STR_LIT("api/2.0/x?page=2")));
	assert_int_equal(r->page.last, 9);
	assert_int_equal(r->page.size, 50);
	assert_true(str_eq(r->page.same, STR_LIT("450")));
	drop(decode.records);
	drop(ok.at);
	drop(spec.next);
	drop(spec.last);
	drop(spec.more);
	drop(spec.size_at);
	drop(spec.same);
}

int main(void)
{
#define READING(test) cmocka_unit_test_setup_teardown(test, reading_new, reading_free)
	const struct CMUnitTest tests[] = {
		READING(rows_are_counted_where_the_profile_says),
		READING(half_a_document_is_no_page),
		READING(every_cut_of_a_page_is_refused),
		READING(a_record_that_is_too_deep_is_a_row),
		READING(a_link_or_token_is_a_text),
		READING(what_is_no_link_does_not_end_paging_quietly),
		READING(a_link_is_not_looked_for_where_pages_are_numbered),
		READING(the_last_page_and_the_size_are_numbers_or_digits),
		READING(more_is_true_or_false),
		READING(any_value_can_stay_the_same),
		READING(a_member_past_the_arena_is_a_limit),
		READING(an_answer_can_say_that_it_is_none),
		READING(pages_with_the_same_records_have_the_same_digest),
		READING(packed_records_are_counted_where_they_are),
		READING(a_whole_page_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
