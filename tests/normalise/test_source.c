/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/report_spec.h"
#include "tests/normalise/profile/profile_text.h"

#define PROFILE                                                                     \
	"profile: t\nvars: {tz: {default: UTC}, none: }\n"                          \
	"maps:\n"                                                                   \
	"  m: {status: {is: sent}, time: {at: /t, as: [rfc3339], tz: \"${tz}\"}}\n" \
	"webhooks:\n  hook: {map: m}\n  own: {map: m, own_map: allowed}\n"          \
	"  must: {own_map: required}\n"                                             \
	"reports: {file: {own_map: required, decode: {as: csv}}}\n"

static enum err source_of(const struct profile *p, const char *name, const struct source_var *vars,
                          size_t var_count, const char *config, struct source **ret_source,
                          struct err_detail *detail)
{
	struct yaml_doc *doc = NULL;

	*detail = (struct err_detail){.text = ""};
	if (config != NULL)
		assert_int_equal(yaml_parse(str_from(config), "c.yaml", &doc, detail), ERR_OK);

	enum err err =
		source_new("gw1", "acc", p, profile_source(p, str_from(name)), vars, var_count,
	                   doc != NULL ? yaml_root(doc) : NULL, ret_source, detail);

	yaml_free(doc); /* only read during the call */
	return err;
}

static void a_source_tells_who_it_is(void **state)
{
	struct profile *p = profile_good(PROFILE);
	struct err_detail detail;
	struct source *s = NULL;

	(void)state;
	assert_int_equal(source_of(p, "hook", NULL, 0, NULL, &s, &detail), ERR_OK);
	assert_string_equal(source_instance(s), "gw1");
	assert_string_equal(source_account(s), "acc");
	assert_string_equal(source_name(s), "hook");
	assert_string_equal(source_vendor(s), "t");
	assert_int_equal(source_spec(s)->map_count, 1);
	assert_ptr_equal(source_ref(s), s);
	source_unref(s);
	assert_string_equal(source_account(s), "acc"); /* one reference is left */
	source_unref(s);
	source_unref(NULL);
	profile_free(p);
}

static const struct {
	const char *name, *tz, *config;
	const char *file, *key, *text;
} refused[] = {
	{"hook", "Africa/Nowhere", NULL, "", "vars.tz", "no such time zone \"Africa/Nowhere\""},
	{"hook", NULL, NULL, "", "vars.tz", "no such time zone \"\""},
	{"hook", "UTC", "{map: {status: {is: sent}}}", "c.yaml", "map", "neither can be given"},
	{"must", "UTC", NULL, "", "map", "needs a map of your own"},
	{"must", "UTC", "{decode: {as: json}}", "", "map", "needs a map of your own"},
	{"own", "UTC", "{maps: {}}", "c.yaml", "maps", "unknown key \"maps\""},
	{"own", "UTC", "{map: []}", "c.yaml", "map", "a map or a list of maps"},
	{"own", "UTC", "{map: {status: {is: gone}}}", "c.yaml", "map.status.is", "none of our 18"},
	{"own", "UTC", "{map: [{status: {is: sent}}, {like: x}]}", "c.yaml", "map[1].like",
         "no such map \"x\""},
	{"own", "UTC", "{decode: {as: xml}}", "c.yaml", "decode.as", "expected auto"},
	{"file", "UTC", NULL, "", "map", "needs a map of your own"},
	{"file", "UTC", "{decode: {as: form}, map: {status: {is: sent}}}", "c.yaml", "decode",
         "a file is read as auto, csv, json or json-stream"},
	{"own", "UTC",
         "{map: {status: {is: sent}, time: {at: /t, as: [rfc3339], tz: \"${none}\"}}}", "",
         "vars.none", "expected a time zone"},
};

static void what_cannot_work_is_told(void **state)
{
	struct profile *p = profile_good(PROFILE);

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct source_var vars[] = {{"tz", refused[i].tz != NULL ? refused[i].tz : ""}};
		struct err_detail detail;
		struct source *s = NULL;

		assert_int_equal(
			source_of(p, refused[i].name, vars, 1, refused[i].config, &s, &detail),
			ERR_PARSE);
		assert_null(s);
		assert_string_equal(detail.file, refused[i].file);
		assert_string_equal(detail.key, refused[i].key);
		if (strstr(detail.text, refused[i].text) == NULL)
			fail_msg("wanted %s\n   got %s", refused[i].text, detail.text);
	}
	profile_free(p);
}

static void own_decoding_and_maps_take_the_place_of_the_profiles(void **state)
{
	struct profile *p = profile_good(PROFILE);
	struct err_detail detail;
	struct source *s = NULL;

	(void)state;
	assert_int_equal(source_of(p, "own", NULL, 0, "{decode: {as: form}}", &s, &detail), ERR_OK);
	assert_int_equal(source_spec(s)->decode.as, DECODE_FORM);
	assert_ptr_equal(source_spec(s)->maps, profile_webhook(p, STR_LIT("own"))->maps);
	source_unref(s);
	assert_int_equal(source_of(p, "must", NULL, 0, "{map: [{like: m}, {status: {is: opened}}]}",
	                           &s, &detail),
	                 ERR_OK);
	assert_int_equal(source_spec(s)->decode.as, DECODE_AUTO);
	assert_int_equal(source_spec(s)->map_count, 2);
	assert_non_null(source_zones(s)[0]);
	source_unref(s);
	assert_int_equal(source_of(p, "file", NULL, 0,
	                           "{map: {status: {is: sent}, set: {message.id: /Id}}}", &s,
	                           &detail),
	                 ERR_OK);
	assert_int_equal(source_spec(s)->decode.as, DECODE_CSV);
	assert_int_equal(source_spec(s)->decode.column_count, 1); /* of its own map */
	source_unref(s);
	profile_free(p);
}

static void a_source_outlives_its_profile(void **state)
{
	struct profile *p = profile_good(PROFILE);
	struct source *s = source_good(p);
	struct buf b;

	(void)state;
	profile_free(p);
	buf_init(&b, 1 << 20);
	events_from(s, "{\"t\": \"2024-09-03T09:28:49Z\"}", &b);
	assert_non_null(strstr(buf_cstr(&b), "\"status\":\"sent\""));
	assert_non_null(strstr(buf_cstr(&b), "2024-09-03T09:28:49"));
	assert_string_equal(source_vendor(s), "t");
	source_unref(s);
	buf_fini(&b);
}

static void a_source_outlives_the_set_it_was_made_from(void **state)
{
	struct profile_set *set = NULL;
	struct err_detail detail = {.text = ""};

	(void)state;
	assert_int_equal(profile_set_new(&set, &detail), ERR_OK);

	const struct profile *p = profile_set_get(set, STR_LIT("everlytic"));

	assert_non_null(p);

	struct source *s = source_good(p);
	size_t maps = source_spec(s)->map_count;
	struct buf b;

	profile_set_free(set);
	assert_string_equal(source_vendor(s), "everlytic");
	assert_true(maps > 0);
	assert_int_equal(source_spec(s)->map_count, maps);
	buf_init(&b, 1 << 20);
	events_from(s, "{}", &b); /* reads every map's conditions */
	source_unref(s);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_tells_who_it_is),
		cmocka_unit_test(what_cannot_work_is_told),
		cmocka_unit_test(own_decoding_and_maps_take_the_place_of_the_profiles),
		cmocka_unit_test(a_source_outlives_its_profile),
		cmocka_unit_test(a_source_outlives_the_set_it_was_made_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
