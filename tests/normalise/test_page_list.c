/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "normalise/page.h"
#include "normalise/profile/map.h"

#define DAY_MS INT64_C(86400000)
#define NOW_MS INT64_C(1725354129412) /* 2024-09-03T09:02:09Z */

/** A list as a profile would have it: words of YAML, compiled by the compiler of maps. */
struct lists {
	struct map_pool pool;
	struct yaml_doc *doc;
	struct conditions when;
	struct value_expr value;
	struct time_rule after, until;
	struct timestamp_zone *zones[2];
	struct list_spec spec;
	struct buf seen;
	enum err answer; /* of the callback */
	size_t skipped;
	struct err_detail detail;
};

static void compile_list(struct lists *l, const char *yaml)
{
	struct compiler c = {.pool = &l->pool, .detail = &l->detail};

	if (yaml_parse(str_from(yaml), "l.yaml", &l->doc, &l->detail) != ERR_OK)
		fail_msg("%s: %s", yaml, l->detail.text);

	struct yaml_node *root = yaml_root(l->doc);

	assert_int_equal(value_compile(&c, yaml_get(root, "value"), &l->value), ERR_OK);
	l->spec.value = &l->value;
	if (yaml_get(root, "when") != NULL) {
		assert_int_equal(conditions_compile(&c, yaml_get(root, "when"), &l->when), ERR_OK);
		l->spec.when = &l->when;
	}
	if (yaml_get(root, "after") != NULL) {
		assert_int_equal(time_compile(&c, yaml_get(root, "after"), &l->after), ERR_OK);
		l->spec.after.rule = &l->after;
	}
	if (yaml_get(root, "until") != NULL) {
		assert_int_equal(time_compile(&c, yaml_get(root, "until"), &l->until), ERR_OK);
		l->spec.until.rule = &l->until;
	}
	assert_true(l->pool.zone_count < 3);
	for (const struct pool_zone *z = l->pool.zones; z != NULL; z = z->next) {
		size_t i = l->zones[0] != NULL ? 1 : 0;

		assert_int_equal(timestamp_zone_new(z->text.ptr, &l->zones[i]), ERR_OK);
	}
}

static void list_open(struct lists *l, const char *yaml)
{
	struct field_path *records = NULL;

	*l = (struct lists){.answer = ERR_OK};
	map_pool_init(&l->pool);
	buf_init(&l->seen, 1 << 20);
	assert_int_equal(field_path_new(STR_LIT("/data/*"), true, &records, NULL), ERR_OK);
	l->spec.decode = (struct decode_spec){.as = DECODE_JSON, .records = records};
	compile_list(l, yaml);
}

static void list_close(struct lists *l)
{
	field_path_free((struct field_path *)(uintptr_t)l->spec.decode.records);
	timestamp_zone_free(l->zones[0]);
	timestamp_zone_free(l->zones[1]);
	map_pool_fini(&l->pool);
	yaml_free(l->doc);
	buf_fini(&l->seen);
}

static enum err see(void *arg, struct str value)
{
	struct lists *l = arg;

	(void)buf_printf(&l->seen, "%.*s ", STR_FMT(value));
	return l->answer;
}

static enum err list_values(struct lists *l, const char *body)
{
	buf_reset(&l->seen);
	return page_list_values(str_from(body), &l->spec,
	                        (const struct timestamp_zone *const *)l->zones, NOW_MS, see, l,
	                        &l->skipped, &l->detail);
}

static void expect_values(struct lists *l, const char *body, const char *want, size_t skipped)
{
	if (list_values(l, body) != ERR_OK)
		fail_msg("%s: %s", body, l->detail.text);
	assert_string_equal(buf_cstr(&l->seen), want);
	assert_int_equal(l->skipped, skipped);
}

static void ids_are_given_and_what_has_none_is_counted(void **state)
{
	struct lists l;

	(void)state;
	list_open(&l, "value: [/uuid, /id]\n");
	expect_values(
		&l, "{\"data\":[{\"uuid\":\"a\"},{\"id\":7},{\"uuid\":\"\"},{},null,{\"id\":[1]}]}",
		"a 7 ", 4);
	expect_values(&l, "{\"data\":[]}", "", 0);
	expect_values(&l, "{\"data\":null}", "", 0);
	expect_values(&l, "{}", "", 0);
	list_close(&l);
}

static void only_records_where_the_conditions_hold_count(void **state)
{
	struct lists l;

	(void)state;
	list_open(&l, "value: /id\nwhen: [{at: /s, exists: true}, {at: /t, is: [SMS, both]}]\n");
	expect_values(
		&l,
		"{\"data\":[{\"id\":1,\"s\":1,\"t\":\"sms\"},{\"id\":2,\"s\":\"\",\"t\":\"sms\"},"
		"{\"id\":3,\"s\":1,\"t\":\"mail\"},{\"id\":4,\"s\":1,\"t\":\"both\"}]}",
		"1 4 ", 0);
	list_close(&l);
}

static void a_record_counts_from_one_time_until_another(void **state)
{
	struct lists l;

	(void)state;
	list_open(&l, "value: /id\nafter: {at: /from, as: [rfc3339]}\nuntil: {at: /to, as: "
	              "[rfc3339]}\n");
	l.spec.until.plus_ms = 7 * DAY_MS;
	expect_values(
		&l,
		"{\"data\":[{\"id\":1,\"from\":\"2024-09-03T09:02:09Z\"},"
		"{\"id\":2,\"from\":\"2024-09-03T09:02:10Z\"},"
		"{\"id\":3,\"to\":\"2024-08-27T09:02:10Z\"},"
		"{\"id\":4,\"to\":\"2024-08-27T09:02:09Z\"},"
		"{\"id\":5,\"from\":\"\",\"to\":null},"
		"{\"id\":6,\"from\":\"soon\"},{\"id\":7,\"to\":\"never\"},"
		"{\"id\":8,\"from\":\"2024-09-01T00:00:00Z\",\"to\":\"2024-09-02T00:00:00Z\"}]}",
		"1 3 5 8 ", 2);
	list_close(&l);
}

static void times_are_read_in_their_zone(void **state)
{
	struct lists l;

	(void)state;
	list_open(&l, "value: /id\nafter: {at: /a, as: [\"%Y-%m-%d %H:%M:%S\"], tz: UTC}\n"
	              "until: {at: /b, as: [\"%Y-%m-%d %H:%M:%S\"], tz: Europe/London}\n");
	expect_values(&l,
	              "{\"data\":[{\"id\":1,\"a\":\"2024-09-03 09:30:00\"},"
	              "{\"id\":2,\"a\":\"2024-09-03 09:00:00\"},"
	              "{\"id\":3,\"b\":\"2024-09-03 09:30:00\"},"
	              "{\"id\":4,\"b\":\"2024-09-03 10:30:00\"}]}",
	              "2 4 ", 0);
	list_close(&l);
}

static void without_a_zone_such_a_time_cannot_be_read(void **state)
{
	struct lists l;

	(void)state;
	list_open(&l, "value: /id\nafter: {at: /a, as: [\"%Y-%m-%d\"], tz: UTC}\n");
	assert_int_equal(page_list_values(STR_LIT("{\"data\":[{\"id\":1,\"a\":\"2024-09-03\"}]}"),
	                                  &l.spec, NULL, NOW_MS, see, &l, &l.skipped, &l.detail),
	                 ERR_OK);
	assert_int_equal(l.skipped, 1);
	list_close(&l);
}

static void what_surrounds_the_list_can_be_named(void **state)
{
	struct lists l;

	(void)state;
	list_open(&l, "value: {at: [/list, \"@up/team\"], do: [upper]}\n");
	expect_values(&l, "{\"team\":\"t\",\"data\":[{\"list\":\"a\"},{}]}", "A T ", 0);
	list_close(&l);
}

static void a_time_filter_without_formats_leaves_the_text(void **state)
{
	struct lists l;

	(void)state;
	list_open(&l, "value: {at: /id, do: [time]}\nwhen: {at: /id, do: [time], is: [\"1\"]}\n");
	expect_values(&l, "{\"data\":[{\"id\":1}]}", "1 ", 0);
	list_close(&l);
}

static void errors_come_through(void **state)
{
	static const enum err answers[] = {ERR_NOMEM, ERR_LIMIT, ERR_NOENT, ERR_EXISTS};
	struct lists l;

	(void)state;
	list_open(&l, "value: /id\n");
	l.skipped = 77;
	assert_int_equal(list_values(&l, "{\"data\":[{\"id\":1}"), ERR_PARSE);
	assert_int_equal(list_values(&l, "<html>"), ERR_PARSE);
	assert_non_null(strstr(l.detail.text, "HTML"));
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		l.answer = answers[i];
		assert_int_equal(list_values(&l, "{\"data\":[{\"id\":1},{\"id\":2}]}"), answers[i]);
		assert_string_equal(buf_cstr(&l.seen), "1 ");
	}
	assert_int_equal(l.skipped, 77);
	list_close(&l);
}

static void a_record_that_is_too_deep_is_skipped(void **state)
{
	struct lists l;
	char body[512];
	size_t at = (size_t)snprintf(body, sizeof(body), "{\"data\":[{\"id\":");

	(void)state;
	for (int i = 0; i < 70; i++)
		body[at++] = '[';
	for (int i = 0; i < 70; i++)
		body[at++] = ']';
	(void)snprintf(body + at, sizeof(body) - at, "},{\"id\":2}]}");
	list_open(&l, "value: /id\n");
	expect_values(&l, body, "2 ", 1);
	list_close(&l);
}

static const struct {
	const char *body;
	bool does;
} matches[] = {
	{"{\"error_key\":\"throttled\"}", true},
	{"{\"error_key\":\"THROTTLED\"}", true},
	{"\xef\xbb\xbf{\"error_key\":\"throttled\"}", true},
	{"[{\"error_key\":\"throttled\"}]", true},
	{"[{\"error_key\":\"x\"},{\"error_key\":\"quota_exceeded\"}]", true},
	{"{\"error_key\":\"x\"}", false},
	{"{\"error_key\":null}", false},
	{"{\"other\":\"throttled\"}", false},
	{"[]", false},
	{"\"throttled\"", false},
	{"", false},
	{"throttled", false},
	{"<html>throttled</html>", false},
	{"{\"error_key\":\"throttled\"", false},
};

static void a_body_matches_alone_or_in_a_list(void **state)
{
	struct lists l;

	(void)state;
	list_open(&l, "value: /id\nwhen: {at: /error_key, is: [throttled, quota_exceeded]}\n");
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		if (page_matches(str_from(matches[i].body), &l.when) != matches[i].does)
			fail_msg("%s", matches[i].body);
	}
	list_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_given_and_what_has_none_is_counted),
		cmocka_unit_test(only_records_where_the_conditions_hold_count),
		cmocka_unit_test(a_record_counts_from_one_time_until_another),
		cmocka_unit_test(times_are_read_in_their_zone),
		cmocka_unit_test(without_a_zone_such_a_time_cannot_be_read),
		cmocka_unit_test(what_surrounds_the_list_can_be_named),
		cmocka_unit_test(a_time_filter_without_formats_leaves_the_text),
		cmocka_unit_test(errors_come_through),
		cmocka_unit_test(a_record_that_is_too_deep_is_skipped),
		cmocka_unit_test(a_body_matches_alone_or_in_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
