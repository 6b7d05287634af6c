/* SPDX-License-Identifier: MIT */
/* Bytes to responses, and what these say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/imap/imap_reader.h"
#include "core/imap/imap_response.h"

static enum err next(struct imap_reader *r, const char *text, struct str *ret_response)
{
	struct str bytes = str_from(text);

	return imap_reader_next(r, &bytes, ret_response);
}

static void a_literal_is_part_of_its_response(void **state)
{
	static const char text[] =
		"* 1 FETCH (UID 7 BODY[] {13}\r\nc1 OK no\r\n)\r\n)\r\nc1 OK yes\r\n";
	struct imap_reader r;
	struct str response, bytes = {text, sizeof(text) - 1};

	(void)state;
	imap_reader_init(&r, 100, 100);
	assert_int_equal(imap_reader_next(&r, &bytes, &response), ERR_OK);
	assert_int_equal(response.len, sizeof(text) - 1 - 2 - strlen("c1 OK yes\r\n"));
	assert_int_equal(imap_reader_next(&r, &bytes, &response), ERR_OK);
	assert_true(str_eq(response, STR_LIT("c1 OK yes")));
	assert_int_equal(imap_reader_next(&r, &bytes, &response), ERR_AGAIN);
	imap_reader_fini(&r);
}

static void limits_hold_outside_and_inside_of_literals(void **state)
{
	struct imap_reader r;
	struct str response;

	(void)state;
	imap_reader_init(&r, 10, 5);
	assert_int_equal(next(&r, "* 3456789\n", &response), ERR_OK);
	assert_int_equal(next(&r, "* 34567890\n", &response), ERR_LIMIT);
	imap_reader_fini(&r);
	imap_reader_init(&r, 50, 5);
	assert_int_equal(next(&r, "* {5}\r\n12345 {1}\r\n", &response), ERR_LIMIT);
	imap_reader_fini(&r);
	imap_reader_init(&r, 50, 5);
	assert_int_equal(next(&r, "* {99999999999999999999999}\r\n", &response), ERR_LIMIT);
	imap_reader_fini(&r);
}

static void a_nul_is_only_for_literals(void **state)
{
	struct imap_reader r;
	struct str response, bytes = {"* a\0b\r\n", 7};

	(void)state;
	imap_reader_init(&r, 50, 5);
	assert_int_equal(imap_reader_next(&r, &bytes, &response), ERR_PARSE);
	imap_reader_fini(&r);
	imap_reader_init(&r, 50, 5);
	bytes = (struct str){"* {1}\r\n\0\r\n", 10};
	assert_int_equal(imap_reader_next(&r, &bytes, &response), ERR_OK);
	imap_reader_fini(&r);
}

static void responses_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		enum imap_kind kind;
		enum imap_status status;
		const char *code;
	} cases[] = {
		{"c1 OK [READ-WRITE] done", IMAP_DONE, IMAP_STATUS_OK, "READ-WRITE"},
		{"c1 no", IMAP_DONE, IMAP_STATUS_NO, ""},
		{"c1 BAD x", IMAP_DONE, IMAP_STATUS_BAD, ""},
		{"* OK [UIDVALIDITY 5] x", IMAP_STATUS, IMAP_STATUS_OK, "UIDVALIDITY 5"},
		{"* BYE x", IMAP_BYE, IMAP_STATUS_NONE, ""},
		{"* SEARCH 1", IMAP_SEARCH, IMAP_STATUS_NONE, ""},
		{"* 5 fetch (UID 1)", IMAP_FETCH, IMAP_STATUS_NONE, ""},
		{"* 5 EXISTS", IMAP_OTHER, IMAP_STATUS_NONE, ""},
		{"* FLAGS (a)", IMAP_OTHER, IMAP_STATUS_NONE, ""},
	};

	static const char *const broken[] = {"", "c1", "+ go on", "c1 WHAT", " ", "*"};
	struct imap_response r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(imap_response_read(str_from(cases[i].text), &r), ERR_OK);
		assert_int_equal(r.kind, cases[i].kind);
		assert_int_equal(r.status, cases[i].status);
		assert_true(str_eq(r.code, str_from(cases[i].code)));
	}
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(imap_response_read(str_from(broken[i]), &r), ERR_PARSE);
	assert_int_equal(imap_code_number(STR_LIT("uidvalidity 5"), STR_LIT("UIDVALIDITY")), 5);
	assert_int_equal(imap_code_number(STR_LIT("UIDNEXT 5"), STR_LIT("UIDVALIDITY")), 0);
}

static void a_mail_is_read_in_any_order(void **state)
{
	static const char text[] =
		"(FLAGS (\\Seen $a (b)) BODY[HEADER.FIELDS (FROM SUBJECT)]<0> {3}\r\na)b "
		"INTERNALDATE \" 3-Sep-2024 14:00:00 +0200\" X NIL RFC822.SIZE 99 UID 7)";
	static const char *const broken[] = {"",
	                                     "(",
	                                     "(UID",
	                                     "(UID 0)",
	                                     "(UID 99999999999)",
	                                     "(BODY[ {1}\r\na)",
	                                     "(BODY[] {9}\r\na)",
	                                     "(A \"b)",
	                                     "(A (((b)",
	                                     "UID 1"};
	struct imap_mail m;

	(void)state;
	assert_int_equal(imap_mail_read(STR_LIT(text), &m), ERR_OK);
	assert_int_equal(m.uid, 7);
	assert_int_equal(m.size, 99);
	assert_true(m.has_body && str_eq(m.body, STR_LIT("a)b")));
	assert_int_equal(m.received_ms, (int64_t)1725364800 * 1000);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(imap_mail_read(str_from(broken[i]), &m), ERR_PARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_literal_is_part_of_its_response),
		cmocka_unit_test(limits_hold_outside_and_inside_of_literals),
		cmocka_unit_test(a_nul_is_only_for_literals),
		cmocka_unit_test(responses_are_told_apart),
		cmocka_unit_test(a_mail_is_read_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
