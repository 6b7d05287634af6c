/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/normalise/profile/profile_text.h"

#define HEAD "profile: t\nmaps: {m: {status: {is: sent}}}\nwebhooks:\n  hook:\n    map: m\n"

static const struct refused_case decodes[] = {
	{"    decode: json\n", 1, ""},
	{"    decode: {as: xml}\n", 1, "expected auto, json"},
	{"    decode: {as: [json]}\n", 1, "expected auto, json"},
	{"    decode: {record: /a}\n", 1, "did you mean \"records\""},
	{"    decode: {records: a}\n", 1, "no JSON Pointer"},
	{"    decode: {records: null}\n", 1, "expected a JSON Pointer"},
	{"    decode: {spread: /a/*}\n", 1, "no JSON Pointer"},
	{"    decode: {json_fields: event}\n", 1, "expected a list of 1 to 16"},
	{"    decode: {json_fields: []}\n", 1, "expected a list of 1 to 16"},
	{"    decode: {json_fields: [\"\"]}\n", 1, "name of a form field"},
	{"    decode: {unpack: /a}\n", 1, "expected one step"},
	{"    decode: {unpack: [{gzip: /a}]}\n", 1, "unknown key \"gzip\""},
	{"    decode: {unpack: [{}]}\n", 1, "expected one step"},
	{"    decode: {unpack: [{json: /a/*}]}\n", 1, "no JSON Pointer"},
	{"    decode: {as: csv, records: /a}\n", 1, "csv has no \"records\""},
	{"    decode: {as: csv, spread: /a}\n", 1, "csv has no \"spread\""},
	{"    decode: {as: json, csv: {}}\n", 1, "\"csv\" is for as: csv or auto"},
	{"    decode: {as: csv, csv: {delimiter: \":\"}}\n", 1, "expected auto, ,, ;, tab or |"},
	{"    decode: {as: csv, csv: {header: no}}\n", 1, "expected true or false"},
	{"    decode: {as: csv, csv: {encoding: utf8}}\n", 1, "did you mean \"utf-8\""},
	{"    decode: {as: csv, csv: {quote: x}}\n", 1, "unknown key \"quote\""},
};

static void decoding_is_checked_with_its_line(void **state)
{
	(void)state;
	ASSERT_REFUSED(HEAD, "", 5, decodes);
}

static void every_key_reaches_the_decoder(void **state)
{
	struct profile *p = profile_good(
		HEAD "    decode: {as: json-stream, records: /a/*/b, json_fields: [x, y], unpack: "
		     "[{json: /m}], spread: /data}\n");
	const struct decode_spec *d = &profile_webhook(p, STR_LIT("hook"))->decode;

	(void)state;
	assert_int_equal(d->as, DECODE_JSON_STREAM);
	assert_int_equal(d->records->count, 3);
	assert_true(d->records->steps[1].is_any);
	assert_int_equal(d->json_field_count, 2);
	assert_string_equal(d->json_fields[1], "y");
	assert_int_equal(d->json_at->count, 1);
	assert_int_equal(d->spread->count, 1);
	profile_free(p);
}

static void what_is_said_of_csv_reaches_the_decoder(void **state)
{
	static const struct {
		const char *text;
		struct csv_spec csv;
	} rows[] = {
		{"{}", {.delimiter = '\0'}},
		{"{delimiter: auto, header: true, encoding: auto}", {.delimiter = '\0'}},
		{"{delimiter: \",\"}", {.delimiter = ','}},
		{"{delimiter: ;, encoding: windows-1252}",
	         {.delimiter = ';', .encoding = CSV_WINDOWS_1252}},
		{"{delimiter: tab, encoding: utf-16le}",
	         {.delimiter = '\t', .encoding = CSV_UTF16_LE}},
		{"{delimiter: \"|\", header: false, encoding: utf-8}",
	         {.delimiter = '|', .no_header = true, .encoding = CSV_UTF8}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[300];

		(void)snprintf(text, sizeof(text), "%s    decode: {as: csv, csv: %s}\n", HEAD,
		               rows[i].text);
		struct profile *p = profile_good(text);
		const struct decode_spec *d = &profile_webhook(p, STR_LIT("hook"))->decode;

		assert_int_equal(d->as, DECODE_CSV);
		assert_int_equal(d->csv.delimiter, rows[i].csv.delimiter);
		assert_int_equal(d->csv.encoding, rows[i].csv.encoding);
		assert_true(d->csv.no_header == rows[i].csv.no_header);
		profile_free(p);
	}
}

static void without_decode_the_body_decides(void **state)
{
	struct profile *p = profile_good(HEAD);
	const struct decode_spec *d = &profile_webhook(p, STR_LIT("hook"))->decode;

	(void)state;
	assert_int_equal(d->as, DECODE_AUTO);
	assert_null(d->records);
	assert_null(d->json_at);
	assert_null(d->spread);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoding_is_checked_with_its_line),
		cmocka_unit_test(every_key_reaches_the_decoder),
		cmocka_unit_test(what_is_said_of_csv_reaches_the_decoder),
		cmocka_unit_test(without_decode_the_body_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
