/* SPDX-License-Identifier: MIT */
/*
 * The cases of tests/cases/VENDOR/CASE/: what a vendor sends and the events it must become.
 *
 *   request.json|.form|.csv|.txt  the body; may be missing
 *   meta                      lines `name: value`: source, media_type, method, query, received,
 *                             header, var and set (NAME=VALUE; all three may repeat), same_ids_as
 *                             (another case). A source can be a webhook or a report; `set` are
 *                             loop values of a report
 *   config.yaml               `decode` and `map` as an operator would write them
 *   expect.jsonl              {"topic":…,"event":…} for each event, in order
 *   expect.bad                the cause of each dead letter, in order
 *
 * CASES_WRITE=1 in the environment writes the expectations of cases that have none, to be read by a
 * person before they are committed.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/ascii.h"
#include "normalise/normalise.h"
#include "normalise/profile/report_spec.h"
#include "normalise/value/timestamp.h"

#define ROOT      "tests/cases"
#define CASES_MAX 512
#define VARS_MAX  8

struct test_case {
	char vendor[64], name[96], path[256];
	struct buf body, meta, headers, sets, config, events, bad;
	struct source_var vars[VARS_MAX];
	size_t var_count;
	const char *source, *same_ids_as;
	struct payload payload;
};

static bool read_file(const char *folder, const char *name, struct buf *b)
{
	char path[512], chunk[4096];
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);

	FILE *f = fopen(path, "rb");

	if (f == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		assert_int_equal(buf_append(b, chunk, n), ERR_OK);
	(void)fclose(f);
	return true;
}

static void write_file(const char *folder, const char *name, const struct buf *b)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);

	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(b->ptr, 1, b->len, f), b->len);
	assert_int_equal(fclose(f), 0);
}

static int64_t time_ms(struct str text)
{
	struct timestamp_format *format = NULL;
	int64_t ms = 0;

	assert_int_equal(timestamp_format_new(STR_LIT("rfc3339"), &format, NULL), ERR_OK);
	assert_int_equal(timestamp_parse(format, NULL, text, &ms), ERR_OK);
	timestamp_format_free(format);
	return ms;
}

/* As the loop values of a report travel with its payloads. */
static void add_set(struct test_case *t, const char *text)
{
	const char *equals = strchr(text, '=');

	assert_non_null(equals);
	if (t->sets.len > 0)
		assert_int_equal(buf_append_char(&t->sets, '&'), ERR_OK);
	for (const char *at = text; *at != '\0'; at++) {
		if (at == equals || ascii_is_alnum(*at) || *at == '_')
			assert_int_equal(buf_append_char(&t->sets, *at), ERR_OK);
		else
			assert_int_equal(
				buf_printf(&t->sets, "%%%02X", (unsigned)(unsigned char)*at),
				ERR_OK);
	}
}

static void meta_line(struct test_case *t, struct str name, char *value)
{
	struct str text = str_from(value);

	if (str_eq(name, STR_LIT("source"))) {
		t->source = value;
	} else if (str_eq(name, STR_LIT("media_type"))) {
		t->payload.media_type = text;
	} else if (str_eq(name, STR_LIT("method"))) {
		t->payload.method = text;
	} else if (str_eq(name, STR_LIT("query"))) {
		t->payload.query = text;
	} else if (str_eq(name, STR_LIT("received"))) {
		t->payload.received_ms = time_ms(text);
	} else if (str_eq(name, STR_LIT("same_ids_as"))) {
		t->same_ids_as = value;
	} else if (str_eq(name, STR_LIT("header"))) {
		(void)buf_printf(&t->headers, "%s\n", value);
	} else if (str_eq(name, STR_LIT("set"))) {
		add_set(t, value);
	} else if (str_eq(name, STR_LIT("var"))) {
		char *equals = strchr(value, '=');

		assert_non_null(equals);
		assert_true(t->var_count < VARS_MAX);
		*equals = '\0';
		t->vars[t->var_count++] = (struct source_var){value, equals + 1};
	} else {
		fail_msg("%s/meta: unknown name %.*s", t->path, STR_FMT(name));
	}
}

static void read_meta(struct test_case *t)
{
	char *save = NULL;

	if (!read_file(t->path, "meta", &t->meta) || t->meta.len == 0)
		return;
	for (char *line = strtok_r(t->meta.ptr, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char *colon = strstr(line, ":");

		assert_non_null(colon);
		meta_line(t, (struct str){line, (size_t)(colon - line)},
		          colon + 1 + strspn(colon + 1, " "));
	}
}

static void read_request(struct test_case *t)
{
	static const struct {
		const char *file, *media_type;
	} kinds[] = {{"request.json", "application/json"},
	             {"request.form", "application/x-www-form-urlencoded"},
	             {"request.csv", "text/csv"},
	             {"request.txt", ""}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (read_file(t->path, kinds[i].file, &t->body))
			t->payload.media_type = str_from(kinds[i].media_type);
	}
}

static void case_open(struct test_case *t)
{
	struct buf *const bufs[] = {&t->body,   &t->meta,   &t->headers, &t->sets,
	                            &t->config, &t->events, &t->bad};

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_init(bufs[i], 4 * 1024 * 1024);
	t->payload = (struct payload){.entry = 184467,
	                              .received_ms = time_ms(STR_LIT("2024-09-03T09:02:09.412Z")),
	                              .via = PAYLOAD_WEBHOOK,
	                              .verified = STR_LIT("basic"),
	                              .method = STR_LIT("POST")};
	read_request(t);
	read_meta(t);
	assert_non_null(t->source);
	(void)read_file(t->path, "config.yaml", &t->config);
	t->payload.account = str_from(t->vendor);
	t->payload.source = str_from(t->source);
	t->payload.headers = buf_str(&t->headers);
	t->payload.vars = buf_str(&t->sets);
	t->payload.body = buf_str(&t->body);
}

static void case_close(struct test_case *t)
{
	struct buf *const bufs[] = {&t->body,   &t->meta,   &t->headers, &t->sets,
	                            &t->config, &t->events, &t->bad};

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_fini(bufs[i]);
}

/* One for all cases, begun again each time: nothing of one payload may show in the next. */
static struct normaliser *shared;

static void collect(struct test_case *t, const struct source *s)
{
	struct normalise_bad bad;
	struct event e;
	enum normalise_result r;

	if (shared != NULL)
		normaliser_restart(shared, s, &t->payload);
	else
		assert_int_equal(normaliser_new(s, &t->payload, NORMALISE_MEMORY_DEFAULT, &shared),
		                 ERR_OK);
	while ((r = normaliser_next(shared, &e, &bad)) != NORMALISE_END) {
		assert_int_not_equal(r, NORMALISE_NOMEM);
		if (r == NORMALISE_EVENT)
			(void)buf_printf(
				&t->events,
				"{\"topic\":\"campaigns/v1/%.*s/%.*s/%s\",\"event\":%.*s}\n",
				STR_FMT(e.account), STR_FMT(e.campaign_level), status_str(e.status),
				STR_FMT(e.json));
		else
			(void)buf_printf(&t->bad, "%s\n", bad.cause);
	}
}

static void run(struct test_case *t)
{
	struct err_detail detail = {.text = ""};
	struct profile_set *set = NULL;
	struct yaml_doc *config = NULL;
	struct source *s = NULL;

	case_open(t);
	assert_int_equal(profile_set_new(&set, &detail), ERR_OK);
	if (t->config.len > 0)
		assert_int_equal(yaml_parse(buf_str(&t->config), "config.yaml", &config, &detail),
		                 ERR_OK);

	const struct profile *p = profile_set_get(set, str_from(t->vendor));

	assert_non_null(p);

	const struct profile_source *spec = profile_source(p, str_from(t->source));

	assert_non_null(spec);
	if (profile_report(p, str_from(t->source)) != NULL) {
		t->payload.via = PAYLOAD_REPORT;
		t->payload.verified = STR_LIT("report");
		t->payload.method = STR_EMPTY;
	}
	if (source_new("gw1", t->vendor, p, spec, t->vars, t->var_count,
	               config != NULL ? yaml_root(config) : NULL, &s, &detail) != ERR_OK)
		fail_msg("%s:%u: %s: %s", t->path, detail.line, detail.key, detail.text);
	collect(t, s);
	source_unref(s);
	yaml_free(config);
	profile_set_free(set);
}

static void compare_event(const struct test_case *t, const char *wanted_line, const char *got_line)
{
	json_error_t error;
	json_t *wanted = json_loads(wanted_line, JSON_ALLOW_NUL, &error);
	json_t *got = json_loads(got_line, JSON_ALLOW_NUL, &error);

	if (got == NULL)
		fail_msg("%s: not JSON (%s): %s", t->path, error.text, got_line);
	if (wanted == NULL || !json_equal(wanted, got))
		fail_msg("%s:\nwanted %s\n   got %s", t->path, wanted_line, got_line);
	json_decref(wanted);
	json_decref(got);
}

static void compare_lines(const struct test_case *t, char *wanted, char *got, bool is_json)
{
	char *save_wanted = NULL, *save_got = NULL;
	char *w = strtok_r(wanted, "\n", &save_wanted);
	char *g = strtok_r(got, "\n", &save_got);

	for (; w != NULL && g != NULL;
	     w = strtok_r(NULL, "\n", &save_wanted), g = strtok_r(NULL, "\n", &save_got)) {
		if (is_json)
			compare_event(t, w, g);
		else
			assert_string_equal(w, g);
	}
	if (w != NULL || g != NULL)
		fail_msg("%s: %s %s", t->path, w != NULL ? "missing" : "too much",
		         w != NULL ? w : g);
}

static void compare(struct test_case *t, const char *file, struct buf *got, bool is_json)
{
	struct buf wanted;
	char empty[] = "";

	buf_init(&wanted, 4 * 1024 * 1024);
	if (!read_file(t->path, file, &wanted) && got->len > 0 && getenv("CASES_WRITE") != NULL)
		write_file(t->path, file, got);
	else
		compare_lines(t, wanted.len > 0 ? wanted.ptr : empty,
		              got->len > 0 ? got->ptr : empty, is_json);
	buf_fini(&wanted);
}

/* The ids in the order of the events. */
static void ids_of(const struct test_case *t, struct buf *ids)
{
	const char *at = t->events.len > 0 ? t->events.ptr : "";

	while ((at = strstr(at, "\"id\":\"")) != NULL) {
		at += strlen("\"id\":\"");
		/* the event's own id is the only one of 32 characters right behind specversion */
		if (strncmp(at - strlen("\"1.0\",\"id\":\""), "\"1.0\",", 6) == 0)
			(void)buf_printf(ids, "%.32s\n", at);
	}
}

static void compare_ids(const struct test_case *t)
{
	struct test_case other = {.payload = {0}};
	struct buf ids, other_ids;

	buf_init(&ids, 1 << 20);
	buf_init(&other_ids, 1 << 20);
	(void)snprintf(other.vendor, sizeof(other.vendor), "%s", t->vendor);
	(void)snprintf(other.path, sizeof(other.path), ROOT "/%s/%s", t->vendor, t->same_ids_as);
	run(&other);
	ids_of(t, &ids);
	ids_of(&other, &other_ids);
	assert_true(ids.len > 0);
	assert_string_equal(buf_cstr(&ids), buf_cstr(&other_ids));
	case_close(&other);
	buf_fini(&ids);
	buf_fini(&other_ids);
}

static void case_gives_what_it_expects(void **state)
{
	struct test_case *t = *state;

	run(t);
	if (t->same_ids_as != NULL)
		compare_ids(t);
	compare(t, "expect.jsonl", &t->events, true);
	compare(t, "expect.bad", &t->bad, false);
	case_close(t);
}

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static size_t find_cases(const char *vendor, struct test_case *list, size_t count)
{
	char path[256];
	struct dirent **found = NULL;

	(void)snprintf(path, sizeof(path), ROOT "/%s", vendor);

	int n = scandir(path, &found, is_visible, alphasort);

	for (int i = 0; i < n; i++) {
		struct test_case *t = &list[count];

		(void)snprintf(t->vendor, sizeof(t->vendor), "%s", vendor);
		(void)snprintf(t->name, sizeof(t->name), "%.30s/%.60s", vendor, found[i]->d_name);
		(void)snprintf(t->path, sizeof(t->path), "%.150s/%.100s", path, found[i]->d_name);
		count += count + 1 < CASES_MAX ? 1 : 0;
		free(found[i]);
	}
	free(found);
	return count;
}

int main(void)
{
	static struct test_case cases[CASES_MAX];
	static struct CMUnitTest tests[CASES_MAX];
	struct profile_set *set = NULL;
	size_t count = 0;

	if (profile_set_new(&set, NULL) != ERR_OK)
		return 1;
	for (size_t i = 0; i < profile_set_count(set); i++)
		count = find_cases(profile_name(profile_set_at(set, i)), cases, count);
	profile_set_free(set);
	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){.name = cases[i].name,
		                               .test_func = case_gives_what_it_expects,
		                               .initial_state = &cases[i]};
	if (count == 0) {
		(void)fprintf(stderr, "no cases in %s\n", ROOT);
		return 1;
	}

	int failed = _cmocka_run_group_tests("cases", tests, count, NULL, NULL);

	normaliser_free(shared);
	return failed;
}
