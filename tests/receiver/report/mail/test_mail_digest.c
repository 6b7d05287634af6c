/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "receiver/report/mail/mail_digest.h"

static void the_same_texts_have_the_same_number_for_ever(void **state)
{
	const struct str texts[] = {STR_LIT("imaps://h"), STR_LIT("INBOX"), STR_LIT("ann")};

	(void)state;
	/* It is stored. */
	assert_true(mail_digest(texts, 3) == UINT64_C(17287119755678429169));
	assert_true(mail_digest_of(STR_LIT("From: a"), 1725354000000) ==
	            UINT64_C(9908219773716401489));
}

static void others_have_others(void **state)
{
	const struct str a[] = {STR_LIT("ab"), STR_LIT("c")};
	const struct str b[] = {STR_LIT("a"), STR_LIT("bc")};

	(void)state;
	assert_true(mail_digest(a, 2) != mail_digest(b, 2));
	assert_true(mail_digest(a, 1) != mail_digest(a, 2));
	assert_true(mail_digest_of(a[0], 1000) != mail_digest_of(a[0], 2000));
	assert_true(mail_digest_of(a[0], 1000) != mail_digest_of(a[1], 1000));
	assert_true(mail_digest_of(STR_EMPTY, INT64_MIN) != 0);
	assert_true(mail_digest(NULL, 0) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_texts_have_the_same_number_for_ever),
		cmocka_unit_test(others_have_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
