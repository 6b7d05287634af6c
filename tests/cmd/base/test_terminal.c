/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/base/terminal.h"

#define UUID "48a4c0ab-69f6-11ef-9a0b-0242ac120008"

static void assert_wrapped(const char *text, size_t columns, size_t indent, const char *expected)
{
	struct buf b;

	buf_init(&b, 65536);
	terminal_wrap(&b, str_from(text), columns, indent);
	assert_string_equal(buf_cstr(&b), expected);
	buf_fini(&b);
}

static void lines_are_broken_where_a_person_would(void **state)
{
	static const struct {
		const char *text;
		size_t columns, indent;
		const char *expected;
	} rows[] = {
		{"", 40, 2, ""},
		{"as it is", 8, 2, "as it is"},
		{"as long as it likes", 0, 2, "as long as it likes"},
		{"one two three", 8, 2, "one two\n  three"},
		{"one two  three", 7, 0, "one two\nthree"},
		{"  one two three", 9, 4, "  one two\n    three"},
		{"abcdefghij", 4, 1, "abcd\n efg\n hij"},
		{"ab cdefghij", 6, 2, "ab\n  cdef\n  ghij"},
		{"trailing blanks      ", 15, 2, "trailing blanks"},
		{"  VALUES campaign=" UUID, 40, 4, "  VALUES campaign=\n    " UUID},
		{"  VALUES campaign=" UUID " type=sends", 40, 4,
	         "  VALUES campaign=\n    " UUID "\n    type=sends"},
		{"imaps://imap.acme.example/INBOX", 28, 2, "imaps://imap.acme.example/\n  INBOX"},
		/* wide characters take two columns, and are never cut */
		{"\xe5\xb8\xb3\xe6\x88\xb6\xe5\xb8\xb3\xe6\x88\xb6", 5, 1,
	         "\xe5\xb8\xb3\xe6\x88\xb6\n \xe5\xb8\xb3\xe6\x88\xb6"},
		{"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 3, 0, "\xc3\xa9\xc3\xa9\xc3\xa9\n\xc3\xa9"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_wrapped(rows[i].text, rows[i].columns, rows[i].indent, rows[i].expected);
}

/* Whatever the text and the width are, a line fits, and nothing but blanks is lost. */
static void any_text_fits_any_terminal(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int n = 0; n < 20000; n++) {
		char text[64], joined[256] = "", wanted[64] = "";
		size_t len = 0, columns = 6 + (size_t)n % 30, indent = (size_t)n % 5;
		struct buf b;
		char *line, *rest;

		while (len < 40) {
			static const char *const all[] = {"a", "b", " ",        "=",
			                                  "/", "-", "\xc3\xa9", "\xe5\xb8\xb3"};
			const char *c;

			seed = seed * 1103515245U + 12345U;
			c = all[(seed >> 16) % 8];
			memcpy(text + len, c, strlen(c));
			len += strlen(c);
		}
		text[len] = '\0';
		buf_init(&b, 4096);
		terminal_wrap(&b, str_from(text), columns, indent);
		for (line = strtok_r(b.ptr, "\n", &rest); line != NULL;
		     line = strtok_r(NULL, "\n", &rest)) {
			assert_true(terminal_width(str_from(line)) <= columns);
			strcat(joined, line);
		}
		for (size_t i = 0, k = 0; joined[i] != '\0'; i++) {
			if (joined[i] != ' ')
				joined[k++] = joined[i];
			if (joined[i + 1] == '\0')
				joined[k] = '\0';
		}
		for (size_t i = 0, k = 0; i < len; i++) {
			if (text[i] != ' ')
				wanted[k++] = text[i];
		}
		assert_string_equal(joined, wanted);
		buf_fini(&b);
	}
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	char text[] = "a\033[2Jb\r\n\x7f\xc2\x9b"
		      "2J\xc2\xa0\xc3\xa9\xc2";
	struct buf b;

	(void)state;
	terminal_clean(text);
	assert_string_equal(text, "a?[2Jb?????2J\xc2\xa0\xc3\xa9\xc2");
	buf_init(&b, 64);
	terminal_append(&b, str_from("x\n"));
	terminal_append(&b, STR_LIT("y\0z"));
	terminal_append(&b, STR_EMPTY);
	assert_string_equal(buf_cstr(&b), "x?y?z");
	buf_fini(&b);
}

static void what_fits_is_whole_characters(void **state)
{
	struct str text = STR_LIT("a\xc3\xa9\xe5\xb8\xb3"
	                          "b");

	(void)state;
	assert_int_equal(terminal_width(text), 5);
	assert_int_equal(terminal_fit(text, 0), 0);
	assert_int_equal(terminal_fit(text, 1), 1);
	assert_int_equal(terminal_fit(text, 2), 3);
	assert_int_equal(terminal_fit(text, 3), 3);
	assert_int_equal(terminal_fit(text, 4), 6);
	assert_int_equal(terminal_fit(text, 80), 7);
}

static size_t columns_of(int fd, unsigned short columns, const char *environment)
{
	struct winsize size = {.ws_row = 24, .ws_col = columns};

	assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
	assert_int_equal(
		environment != NULL ? setenv("COLUMNS", environment, 1) : unsetenv("COLUMNS"), 0);
	return terminal_of(fd).columns;
}

static void a_terminal_says_how_wide_it_is(void **state)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY), pipes[2];

	(void)state;
	assert_true(fd >= 0);
	assert_true(terminal_of(fd).has_colours);
	assert_int_equal(columns_of(fd, 200, "100"), 200);
	assert_int_equal(columns_of(fd, 40, NULL), 40);
	assert_int_equal(columns_of(fd, 12, NULL), 40);
	assert_int_equal(columns_of(fd, 0, "132"), 132);
	assert_int_equal(columns_of(fd, 0, "3"), 40);
	assert_int_equal(columns_of(fd, 0, NULL), 80);
	assert_int_equal(columns_of(fd, 0, ""), 80);
	assert_int_equal(columns_of(fd, 0, "wide"), 80);
	assert_int_equal(columns_of(fd, 0, "99999999999999999999"), 80);
	(void)close(fd);
	assert_int_equal(setenv("COLUMNS", "60", 1), 0);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(terminal_of(pipes[1]).columns, 0);
	assert_false(terminal_of(pipes[1]).has_colours);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_broken_where_a_person_would),
		cmocka_unit_test(any_text_fits_any_terminal),
		cmocka_unit_test(control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(what_fits_is_whole_characters),
		cmocka_unit_test(a_terminal_says_how_wide_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
