/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/pem.h"

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END   "-----END CERTIFICATE-----\n"
/* DER: a sequence of four bytes, of 130, which needs a length of two. */
#define SHORT "MAQAAAAA\n"
#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define LONG  "MIGC" ZEROS ZEROS ZEROS ZEROS "\n"

static void check(const char *text, enum err wanted, size_t wanted_count)
{
	size_t count = 99, len = strlen(text);
	char *copy = malloc(len + 1); /* so that a byte too far is seen */
	enum err err;

	assert_non_null(copy);
	memcpy(copy, text, len);
	err = pem_certificates((struct str){copy, len}, &count);
	free(copy);
	if (err != wanted || count != (wanted == ERR_OK ? wanted_count : 99))
		fail_msg("%s: %s, %zu", text, err_str(err), count);
}

static void whole_certificates_are_counted(void **state)
{
	(void)state;
	check(BEGIN SHORT END, ERR_OK, 1);
	check(BEGIN LONG END, ERR_OK, 1);
	check("Issuer: me\n" BEGIN SHORT END "\n# another\n" BEGIN LONG END "end\n", ERR_OK, 2);
	check("-----BEGIN CERTIFICATE-----\r\nMAQA\r\nAAAA\r\n-----END CERTIFICATE-----\r\n",
	      ERR_OK, 1);
	check("-----BEGIN CERTIFICATE-----MAQAAAAA-----END CERTIFICATE-----", ERR_OK, 1);
	check("-----BEGIN TRUSTED CERTIFICATE-----\nMAQAAAAAAAAA\n-----END TRUSTED "
	      "CERTIFICATE-----\n",
	      ERR_OK, 1);
	check("-----BEGIN X509 CERTIFICATE-----\nMAUAAAAAAA==\n-----END X509 CERTIFICATE-----\n",
	      ERR_OK, 1);
	check("-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n" BEGIN SHORT END, ERR_OK,
	      1);
}

static void a_text_without_certificates_is_told(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"certificate",
		"-----BEGIN",
		"-----BEGIN ",
		"-----BEGIN CERTIFICATE",
		"-----BEGIN CERTIFICATE----",
		"-----BEGIN PRIVATE KEY-----\nMAQAAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE REQUEST-----\nMAQAAAAA\n-----END CERTIFICATE "
		"REQUEST-----\n",
		"0\x82\x03\x19\x30\x82",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check(texts[i], ERR_NOENT, 0);
}

static void broken_certificates_are_refused(void **state)
{
	static const char *const texts[] = {
		BEGIN,
		BEGIN SHORT,
		BEGIN SHORT "-----END CERTIFICATE",
		BEGIN END,
		BEGIN "MAQA\n" END,                      /* three bytes */
		BEGIN "MAQAAAA\n" END,                   /* seven letters */
		BEGIN "MAUAAAAA\n" END,                  /* a byte too few */
		BEGIN "MQQAAAAA\n" END,                  /* a set */
		BEGIN "MIGC" ZEROS ZEROS ZEROS "\n" END, /* cut off */
		BEGIN "MIAAAAAA\n" END,                  /* a length that is open */
		BEGIN "MIX/////////////AAAA\n" END,      /* … of five bytes */
		BEGIN "MIT/////AAAA\n" END,              /* 4 GiB */
		BEGIN "MAQA!AAAA\n" END,
		BEGIN "MAQA=AAAA\n" END,
		BEGIN "MAQAAA====\n" END,
		BEGIN SHORT "-----END X509 CERTIFICATE-----\n",
		BEGIN SHORT END BEGIN "MAQA\n" END, /* the second one */
		BEGIN BEGIN SHORT END,
		BEGIN "Proc-Type: 4,ENCRYPTED\n\n" SHORT END,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check(texts[i], ERR_PARSE, 0);
}

static void nul_bytes_are_no_end(void **state)
{
	static const char text[] = "a\0" BEGIN SHORT END;
	size_t count = 0;

	(void)state;
	assert_int_equal(pem_certificates((struct str){text, sizeof(text) - 1}, &count), ERR_OK);
	assert_int_equal(count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_certificates_are_counted),
		cmocka_unit_test(a_text_without_certificates_is_told),
		cmocka_unit_test(broken_certificates_are_refused),
		cmocka_unit_test(nul_bytes_are_no_end),
	};

	return cmocka_run_group_tests_name("pem", tests, NULL, NULL);
}
