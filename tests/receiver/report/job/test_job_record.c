/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "receiver/report/job/job.h"

static enum err read_all(struct job_record *r, const char *lines)
{
	struct str text = str_from(lines);
	struct str line;
	struct str name;
	struct str value;
	enum err err = ERR_OK;

	while (text.len > 0 && err == ERR_OK) {
		(void)str_cut(text, '\n', &line, &text);
		(void)str_cut(line, ' ', &name, &value);
		err = job_record_line(r, name, value);
	}
	return err;
}

static void assert_text(const struct job_record *r, const char *wanted)
{
	struct buf b;

	buf_init(&b, 65536);
	assert_int_equal(job_record_write(r, &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), wanted);
	buf_fini(&b);
}

#define WHOLE                                                                                  \
	"job decoding\njob-ordered 1725353700000\njob-aged 1725353600000\njob-since "          \
	"1725353700001\n"                                                                      \
	"job-until 1725353700002\njob-orders 2\njob-unsure 1\njob-shared 1\n"                  \
	"job-fallback 1\njob-renewed 1\njob-id a%2Fb\njob-status-url https:%2F%2Fv%2Fs\n"      \
	"job-link https:%2F%2Fv%2F1%3Fk%3D%25\njob-link https:%2F%2Fv%2F2\n"                   \
	"job-mail 4294967295:7:18446744073709551615:3\njob-used 4\njob-used 5\njob-file 0a.gz" \
	"\njob-file-bytes 9\njob-validator %22e%22\njob-media-type text%2Fcsv\n"               \
	"job-place 262200 1003 1001\njob-handed-link https:%2F%2Fv%2F3\n"                      \
	"job-handed-file 0b\njob-handed-bytes 8\njob-text %C3%A4%0A\n"

static void what_is_written_is_read_again(void **state)
{
	struct job_record r = {.state = JOB_IDLE};

	(void)state;
	assert_int_equal(read_all(&r, WHOLE), ERR_OK);
	assert_int_equal(r.state, JOB_DECODING);
	assert_int_equal(r.ordered_ms, 1725353700000);
	assert_int_equal(r.since_ms, 1725353700001);
	assert_int_equal(r.until_ms, 1725353700002);
	assert_int_equal(r.orders, 2);
	assert_true(r.is_unsure && r.is_shared && r.is_fallback && r.is_renewed);
	assert_string_equal(r.id, "a/b");
	assert_int_equal(r.link_count, 2);
	assert_string_equal(r.links[0], "https://v/1?k=%");
	assert_int_equal(r.mail.uid_validity, 4294967295);
	assert_int_equal(r.mail.uid, 7);
	assert_true(r.mail.box == UINT64_MAX);
	assert_int_equal(r.mail.digest, 3);
	assert_int_equal(r.used_count, 2);
	assert_int_equal(r.used[1], 5);
	assert_int_equal(r.place.offset, 262200);
	assert_int_equal(r.place.line, 1003);
	assert_int_equal(r.place.rows, 1001);
	assert_int_equal(r.handed_bytes, 8);
	assert_string_equal(r.text, "\xc3\xa4\n");
	assert_text(&r, WHOLE);
	job_record_fini(&r);
	assert_text(&r, "");
}

static void a_flag_that_is_set_is_that_flag(void **state)
{
	struct job_record r = {.state = JOB_STALE, .is_shared = true};

	(void)state;
	assert_text(&r, "job stale\njob-shared 1\n");
	r = (struct job_record){.state = JOB_IDLE};
	assert_int_equal(read_all(&r, "job-fallback 1\njob-unsure 0\n"), ERR_OK);
	assert_true(r.is_fallback);
	assert_false(r.is_unsure || r.is_shared || r.is_renewed);
}

static void each_state_has_its_word(void **state)
{
	(void)state;
	for (int i = JOB_REQUESTED; i <= JOB_FAILED; i++) {
		struct job_record r = {.state = (enum job_state)i};
		struct job_record again = {.state = JOB_IDLE};
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(job_record_write(&r, &b), ERR_OK);
		assert_int_equal(read_all(&again, buf_cstr(&b)), ERR_OK);
		assert_int_equal(again.state, i);
		buf_fini(&b);
	}
	assert_string_equal(job_state_str(JOB_IDLE), "idle");
	assert_string_equal(job_state_str((enum job_state)99), "?");
}

static void links_that_were_fetched_are_not_kept(void **state)
{
	char *links[] = {strdup("a"), NULL, strdup("b")};
	struct job_record r = {
		.state = JOB_DOWNLOADING, .links = links, .link_count = 3, .part = 1};

	(void)state;
	assert_text(&r, "job downloading\njob-link b\n");
	r.part = 0;
	assert_text(&r, "job downloading\njob-link a\njob-link b\n");
	free(links[0]);
	free(links[2]);
}

static void counted_ones_are_stored_from_the_first_one_on(void **state)
{
	char a[] = "a", second[] = "b", file[] = "f", validator[] = "v";
	char *links[] = {a, second};
	struct job_record r = {.state = JOB_DECODING,
	                       .links = links,
	                       .link_count = 2,
	                       .part = 1,
	                       .is_counted = true,
	                       .file = file,
	                       .file_bytes = 7,
	                       .validator = validator,
	                       .place = {1, 2, 3}};
	struct buf b;

	(void)state;
	buf_init(&b, JOB_RECORD_MAX);
	assert_int_equal(job_record_write(&r, &b), ERR_OK);
	assert_string_equal(buf_cstr(&b), "job downloading\njob-link a\njob-link b\njob-file f\n");
	buf_fini(&b);
}

static void lines_of_others_are_told_apart(void **state)
{
	struct job_record r = {.state = JOB_IDLE};

	(void)state;
	assert_int_equal(job_record_line(&r, STR_LIT("jobs"), STR_LIT("1")), ERR_NOENT);
	assert_int_equal(job_record_line(&r, STR_LIT("watermark"), STR_LIT("1")), ERR_NOENT);
	assert_int_equal(job_record_line(&r, STR_EMPTY, STR_EMPTY), ERR_NOENT);
	assert_int_equal(job_record_line(&r, STR_LIT("job-colour"), STR_LIT("%%%")), ERR_OK);
	assert_int_equal(job_record_line(&r, STR_LIT("job-"), STR_EMPTY), ERR_OK);
	assert_text(&r, "");
}

static void damaged_lines_are_refused_and_change_nothing(void **state)
{
	static const char *const lines[] = {
		"job",
		"job ",
		"job Waiting",
		"job waiting ",
		"job-ordered -1",
		"job-ordered 253402300800000",
		"job-ordered 1.5",
		"job-orders 3",
		"job-orders",
		"job-unsure 2",
		"job-unsure true",
		"job-id",
		"job-id %",
		"job-id %0",
		"job-id %00",
		"job-id %zz",
		"job-id %2f",
		"job-id a b",
		"job-id \x01",
		"job-file ..",
		"job-file .hidden",
		"job-file ..%2Fetc%2Fpasswd",
		"job-file a%2Fb",
		"job-handed-file a%2Fb",
		"job-file-bytes 9223372036854775808",
		"job-place 1",
		"job-place 1 2",
		"job-place 1 2 3 4",
		"job-place 1 2 -3",
		"job-place  1 2 3",
		"job-mail",
		"job-mail 7",
		"job-mail 7:",
		"job-mail :7",
		"job-mail 7:0",
		"job-mail 7:-1",
		"job-mail 7:4294967296",
		"job-mail 4294967296:7",
		"job-mail 7:7:",
		"job-mail 7:7:7",
		"job-mail 7:7:7:",
		"job-mail 7:7:7:x",
		"job-mail 7:7:7:7:7",
		"job-mail 7:7:7:18446744073709551616",
		"job-used",
		"job-used x",
		"job-link",
		"job-link %",
		"job-text",
	};
	struct job_record r = {.state = JOB_IDLE};

	(void)state;
	assert_int_equal(read_all(&r, WHOLE), ERR_OK);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (read_all(&r, lines[i]) != ERR_PARSE)
			fail_msg("%s", lines[i]);
	}
	assert_text(&r, WHOLE);
	job_record_fini(&r);
}

static void a_later_line_counts(void **state)
{
	struct job_record r = {.state = JOB_IDLE};

	(void)state;
	assert_int_equal(read_all(&r, "job waiting\njob-id a\njob-file b\njob-id c\njob ready\n"
	                              "job-file d\n"),
	                 ERR_OK);
	assert_text(&r, "job ready\njob-id c\njob-file d\n");
	job_record_fini(&r);
}

static void a_text_that_is_too_long_is_refused(void **state)
{
	char line[400] = "job-text ";
	struct job_record r = {.state = JOB_STALE};

	(void)state;
	memset(line + 9, 'x', sizeof(r.text) - 1);
	assert_int_equal(read_all(&r, line), ERR_OK);
	assert_int_equal(strlen(r.text), sizeof(r.text) - 1);
	memset(line + 9, 'y', sizeof(r.text));
	assert_int_equal(read_all(&r, line), ERR_PARSE);
	assert_int_equal(r.text[0], 'x');
}

static void there_is_a_most_of_links(void **state)
{
	struct job_record r = {.state = JOB_READY};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < JOB_LINKS_MAX; i++) {
		assert_int_equal(job_record_line(&r, STR_LIT("job-link"), STR_LIT("https:%2F%2F")),
		                 ERR_OK);
	}
	assert_int_equal(job_record_line(&r, STR_LIT("job-link"), STR_LIT("a")), ERR_PARSE);
	assert_int_equal(r.link_count, JOB_LINKS_MAX);
	buf_init(&b, 22 * JOB_LINKS_MAX + 9);
	assert_int_equal(job_record_write(&r, &b), ERR_LIMIT);
	buf_fini(&b);
	buf_init(&b, 22 * JOB_LINKS_MAX + 10);
	assert_int_equal(job_record_write(&r, &b), ERR_OK);
	assert_int_equal(b.len, b.max);
	buf_fini(&b);
	job_record_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_flag_that_is_set_is_that_flag),
		cmocka_unit_test(each_state_has_its_word),
		cmocka_unit_test(links_that_were_fetched_are_not_kept),
		cmocka_unit_test(counted_ones_are_stored_from_the_first_one_on),
		cmocka_unit_test(lines_of_others_are_told_apart),
		cmocka_unit_test(damaged_lines_are_refused_and_change_nothing),
		cmocka_unit_test(a_later_line_counts),
		cmocka_unit_test(a_text_that_is_too_long_is_refused),
		cmocka_unit_test(there_is_a_most_of_links),
	};

	return cmocka_run_group_tests_name("job_record", tests, NULL, NULL);
}
