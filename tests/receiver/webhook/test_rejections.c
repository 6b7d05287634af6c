/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/log.h"
#include "receiver/webhook/rejections.h"

#define LINES_MAX 8

static struct {
	char account[16], webhook[16], address[32];
	int64_t count;
} lines[LINES_MAX];

static size_t line_count;

static void take_field(struct log_field f)
{
	if (strcmp(f.key, "account") == 0) {
		memcpy(lines[line_count].account, f.text.ptr, f.text.len + 1);
	} else if (strcmp(f.key, "webhook") == 0) {
		memcpy(lines[line_count].webhook, f.text.ptr, f.text.len + 1);
	} else if (strcmp(f.key, "address") == 0) {
		memcpy(lines[line_count].address, f.text.ptr, f.text.len + 1);
	} else {
		lines[line_count].count = f.number;
	}
}

/* Instead of core/log's. */
void log_write(enum log_level level, const char *ev, ...)
{
	va_list ap;

	assert_int_equal(level, LOG_LVL_WARN);
	assert_string_equal(ev, "webhook.rejected");
	assert_true(line_count < LINES_MAX);
	va_start(ap, ev);
	for (;;) {
		struct log_field f = va_arg(ap, struct log_field);

		if (f.key == NULL)
			break;
		take_field(f);
	}
	va_end(ap);
	line_count++;
}

static struct loop *loop;
static struct rejections *rejections;

static void begin(uint64_t interval_ms)
{
	line_count = 0;
	assert_int_equal(loop_new(&loop), ERR_OK);
	assert_int_equal(rejections_new(loop, interval_ms, &rejections), ERR_OK);
}

static void end(void)
{
	rejections_free(rejections);
	loop_free(loop);
}

static void the_first_is_logged_at_once_and_the_rest_is_counted(void **state)
{
	(void)state;
	begin(600000);
	rejections_add(rejections, "acme", "sms", "192.0.2.1");
	rejections_add(rejections, "acme", "sms", "192.0.2.2");
	rejections_add(rejections, "acme", "email", "192.0.2.3");
	assert_int_equal(line_count, 1);
	assert_string_equal(lines[0].account, "acme");
	assert_string_equal(lines[0].webhook, "sms");
	assert_string_equal(lines[0].address, "192.0.2.1");
	assert_int_equal(lines[0].count, 1);
	rejections_add(rejections, "other", "sms", "192.0.2.4");
	assert_int_equal(line_count, 2);
	assert_string_equal(lines[1].account, "other");
	end();
	assert_int_equal(line_count, 3);
	assert_string_equal(lines[2].webhook, "email");
	assert_int_equal(lines[2].count, 2);
}

static void what_was_counted_is_logged_when_the_interval_ends(void **state)
{
	uint64_t deadline = clock_mono_ms() + 10000;

	(void)state;
	begin(20);
	for (size_t i = 0; i < 4; i++)
		rejections_add(rejections, "acme", "sms", "192.0.2.1");
	assert_int_equal(line_count, 1);
	while (line_count < 2 && clock_mono_ms() < deadline)
		loop_turn(loop, 100);
	assert_int_equal(line_count, 2);
	assert_int_equal(lines[1].count, 3);
	end();
	assert_int_equal(line_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_logged_at_once_and_the_rest_is_counted),
		cmocka_unit_test(what_was_counted_is_logged_when_the_interval_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
