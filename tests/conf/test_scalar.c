/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf/scalar.h"

struct amount {
	const char *text;
	uint64_t value;
	const char *written;
};

static void sizes_are_read_and_written_with_their_unit(void **state)
{
	static const struct amount cases[] = {
		{"0B", 0, "0B"},
		{"512B", 512, "512B"},
		{"1024B", 1024, "1KiB"},
		{"16KiB", 16384, "16KiB"},
		{"1025B", 1025, "1025B"},
		{"4MiB", 4194304, "4MiB"},
		{"10GiB", 10737418240U, "10GiB"},
		{"2048MiB", 2147483648U, "2GiB"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t bytes = 1;
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(conf_read_size(str_from(cases[i].text), &bytes), ERR_OK);
		assert_int_equal(bytes, cases[i].value);
		conf_write_size(&b, bytes);
		assert_string_equal(buf_cstr(&b), cases[i].written);
		buf_fini(&b);
	}
}

static void durations_are_read_and_written_with_their_unit(void **state)
{
	static const struct amount cases[] = {
		{"0ms", 0, "0ms"},         {"250ms", 250, "250ms"},  {"1000ms", 1000, "1s"},
		{"90s", 90000, "90s"},     {"60s", 60000, "1m"},     {"5m", 300000, "5m"},
		{"36h", 129600000, "36h"}, {"72h", 259200000, "3d"}, {"7d", 604800000, "7d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t ms = 1;
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(conf_read_duration(str_from(cases[i].text), &ms), ERR_OK);
		assert_int_equal(ms, cases[i].value);
		conf_write_duration(&b, ms);
		assert_string_equal(buf_cstr(&b), cases[i].written);
		buf_fini(&b);
	}
}

static void malformed_amounts_are_refused(void **state)
{
	static const char *const sizes[] = {"",       "B",   "10",  "10KB",   "10kib",
	                                    "10 KiB", "+1B", "-1B", "1.5GiB", "1TiB",
	                                    "0x1B",   "1B ", " 1B"};
	static const char *const durations[] = {"",      "s",    "10",    "10S",
	                                        "10sec", "10 s", "1h30m", "1w"};
	uint64_t value = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_int_equal(conf_read_size(str_from(sizes[i]), &value), ERR_PARSE);
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
		assert_int_equal(conf_read_duration(str_from(durations[i]), &value), ERR_PARSE);
	assert_int_equal(conf_read_size(STR_LIT("18446744073709551615GiB"), &value), ERR_LIMIT);
	assert_int_equal(conf_read_size(STR_LIT("18446744073709551616B"), &value), ERR_LIMIT);
	assert_int_equal(conf_read_duration(STR_LIT("18446744073709551615d"), &value), ERR_LIMIT);
	assert_int_equal(value, 77);
}

static void rates_are_a_count_and_a_time(void **state)
{
	static const char *const wrong[] = {"", "20", "/1m", "20/", "20/1", "x/1m", "20/1m/1m"};
	struct conf_rate rate = {0, 0};

	(void)state;
	assert_int_equal(conf_read_rate(STR_LIT("20/1m"), &rate), ERR_OK);
	assert_int_equal(rate.count, 20);
	assert_int_equal(rate.per_ms, 60000);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(conf_read_rate(str_from(wrong[i]), &rate), ERR_PARSE);
}

static void addresses_are_an_ip_address_and_a_port(void **state)
{
	static const struct {
		const char *text;
		bool valid, loopback;
	} cases[] = {
		{"127.0.0.1:80", true, true},
		{"127.255.0.1:0", true, true},
		{"[::1]:80", true, true},
		{"0.0.0.0:65535", true, false},
		{"[::]:80", true, false},
		{"[::ffff:10.0.0.1]:80", true, false},
		{"128.0.0.1:80", true, false},
		{"127.0.0.1", false, false},
		{"127.0.0.1:", false, false},
		{"127.0.0.1:65536", false, false},
		{"127.0.0.1:000080", false, false},
		{"127.0.0.1:+80", false, false},
		{"127.0.0.1:80:80", false, false},
		{"::1:80", false, false},
		{"[::1]", false, false},
		{"[::1]80", false, false},
		{"[127.0.0.1]:80", false, false},
		{"[::1:80", false, false},
		{"localhost:80", false, false},
		{":80", false, false},
		{"80", false, false},
		{"", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str text = str_from(cases[i].text);

		if (conf_address_is_valid(text) != cases[i].valid ||
		    conf_address_is_loopback(text) != cases[i].loopback)
			fail_msg("%s", cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read_and_written_with_their_unit),
		cmocka_unit_test(durations_are_read_and_written_with_their_unit),
		cmocka_unit_test(malformed_amounts_are_refused),
		cmocka_unit_test(rates_are_a_count_and_a_time),
		cmocka_unit_test(addresses_are_an_ip_address_and_a_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
