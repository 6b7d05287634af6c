/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/receiver/report/file/download_case.h"

#define MIB    ((uint64_t)1 << 20)
#define THREE  ((uint64_t)3 << 30)
#define PLENTY ((uint64_t)1 << 40)

static void a_file_arrives_whole(void **state)
{
	struct download_case *c = *state;
	struct stat st;

	file_vendor_add(&c->server, (struct file_answer){.size = 3 * MIB + 5});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 3 * MIB + 5);
	assert_int_equal(c->begins, 1);
	assert_string_equal(c->validator, FILE_ETAG);
	assert_string_equal(c->end_validator, FILE_ETAG);
	assert_string_equal(c->media_type, "text/csv");
	assert_int_equal(stat(c->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_vendor_count(&c->server, "GET /file"), 1);
	assert_int_equal(file_vendor_count(&c->server, "ange"), 0);
	assert_int_equal(file_vendor_count(&c->server, "\r\nAccept-Encoding: identity\r\n"), 1);
}

static void a_file_without_a_length_arrives(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 200000, .is_chunked = true});
	file_vendor_add(&c->server,
	                (struct file_answer){.size = 200000, .seed = 1, .has_no_length = true});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 200000);
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 1, 200000);
}

static void an_empty_file_is_one(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 0});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 0);
}

static void a_server_that_closes_in_the_middle_is_gone_on_with(void **state)
{
	struct download_case *c = *state;

	for (int i = 0; i < 3; i++)
		file_vendor_add(&c->server, (struct file_answer){.size = 500000, .cut = 100001});
	file_vendor_add(&c->server, (struct file_answer){.size = 500000});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 500000);
	assert_int_equal(file_vendor_count(&c->server,
	                                   "\r\nRange: bytes=100001-\r\nIf-Range: " FILE_ETAG
	                                   "\r\n"),
	                 1);
	assert_int_equal(file_vendor_count(&c->server, "\r\nRange: bytes=300003-\r\n"), 1);
	assert_int_equal(c->server.given, 4);
}

/* Each byte of a small file may be the last one before the break. */
static void every_place_of_a_break_gives_the_same_file(void **state)
{
	struct download_case *c = *state;

	for (uint64_t cut = 1; cut < 8; cut++) {
		file_vendor_clear(&c->server);
		file_vendor_add(&c->server,
		                (struct file_answer){.size = 9, .cut = cut, .is_chunked = cut % 2});
		file_vendor_add(&c->server, (struct file_answer){.size = 9});
		download_case_expect(c, DOWNLOAD_DONE);
		download_case_has(c, 0, 9);
		(void)unlink(c->path);
	}
}

static void without_a_validator_it_begins_anew(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 100, .etag = ""});
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .seed = 1, .etag = ""});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 1, 5000);
	assert_int_equal(file_vendor_count(&c->server, "\r\nRange"), 0);
	assert_string_equal(c->end_validator, "");
}

static void a_time_is_a_validator_too_and_a_weak_etag_is_none(void **state)
{
	static const char headers[] =
		"ETag: W/\"v\"\r\nLast-Modified: Tue, 03 Sep 2024 12:00:00 GMT\r\n";
	struct download_case *c = *state;

	file_vendor_add(
		&c->server,
		(struct file_answer){.size = 5000, .cut = 100, .etag = "", .headers = headers});
	file_vendor_add(&c->server, (struct file_answer){.size = 5000,
	                                                 .etag = "Tue, 03 Sep 2024 12:00:00 GMT"});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 5000);
	assert_int_equal(file_vendor_count(&c->server,
	                                   "\r\nRange: bytes=100-\r\nIf-Range: Tue, 03 Sep 2024 "
	                                   "12:00:00 GMT\r\n"),
	                 1);
}

static void a_validator_that_cannot_be_sent_is_none(void **state)
{
	struct download_case *c = *state;
	char etag[700];

	memset(etag, 'x', sizeof(etag));
	etag[0] = etag[sizeof(etag) - 2] = '"';
	etag[sizeof(etag) - 1] = '\0';
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .etag = etag});
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .etag = "\"\xc3\xa4\""});
	for (int i = 0; i < 2; i++) {
		download_case_expect(c, DOWNLOAD_DONE);
		assert_string_equal(c->end_validator, "");
	}
}

static void a_server_that_sends_all_again_is_believed(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 4000});
	file_vendor_add(&c->server, (struct file_answer){.size = 3000, .ignores_range = true});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 3000);
	assert_int_equal(c->begins, 2);
}

static void a_file_that_changed_between_tries_begins_anew(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 4000});
	file_vendor_add(&c->server,
	                (struct file_answer){.size = 6000, .seed = 1, .etag = "\"v2\"", .cut = 10});
	file_vendor_add(&c->server,
	                (struct file_answer){.size = 6000, .seed = 1, .etag = "\"v2\""});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 1, 6000);
	assert_string_equal(c->end_validator, "\"v2\"");
	assert_int_equal(file_vendor_count(&c->server, "If-Range: \"v2\""), 1);
}

/* The second answer is a part that does not fit; then all is asked for again. */
static void expect_anew(struct download_case *c, const char *content_range, const char *more)
{
	char headers[256];

	(void)snprintf(headers, sizeof(headers), "%s%s%s%s",
	               content_range[0] != '\0' ? "Content-Range: " : "", content_range,
	               content_range[0] != '\0' ? "\r\n" : "", more);
	file_vendor_clear(&c->server);
	file_vendor_add(&c->server,
	                (struct file_answer){.status = 206, .headers = headers, .body = "xyz"});
	file_vendor_add(&c->server, (struct file_answer){.size = 4500, .seed = 1});
	download_case_leave(c, 0, 4000);
	c->conf.validator = str_from(FILE_ETAG);
	download_case_expect(c, DOWNLOAD_DONE);
	if (c->server.given != 2)
		fail_msg("%s%s was taken", content_range, more);
	download_case_has(c, 1, 4500);
}

static void a_part_that_does_not_fit_is_not_taken(void **state)
{
	static const char *const ranges[] = {
		"bytes 4001-4003/5000", "bytes 3999-4001/5000",
		"bytes 0-2/5000",       "bytes 4000-3999/5000",
		"bytes 4000-5000/5000", "lines 4000-4002/5000",
		"bytes */5000",         "bytes -5/5000",
		"bytes 4000-4002/",     "",
	};
	struct download_case *c = *state;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		expect_anew(c, ranges[i], "");
	expect_anew(c, "bytes 4000-4002/5000", "ETag: \"v2\"\r\n");
	expect_anew(c, "", "Content-Type: multipart/byteranges; boundary=x\r\n");
}

/* In one download the size is known. */
static void a_file_that_changed_its_size_begins_anew(void **state)
{
	static const char *const ranges[] = {"Content-Range: bytes 4000-4002/4003\r\n",
	                                     "Content-Range: bytes 4000-4002/9000\r\n"};
	struct download_case *c = *state;

	for (size_t i = 0; i < 2; i++) {
		file_vendor_clear(&c->server);
		c->conf.validator = STR_EMPTY;
		file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 4000});
		file_vendor_add(
			&c->server,
			(struct file_answer){.status = 206, .headers = ranges[i], .body = "xyz"});
		file_vendor_add(&c->server, (struct file_answer){.size = 4500, .seed = 1});
		download_case_expect(c, DOWNLOAD_DONE);
		assert_int_equal(c->server.given, 3);
		download_case_has(c, 1, 4500);
	}
}

static void a_part_may_be_less_than_was_asked_for(void **state)
{
	struct download_case *c = *state;
	char body[4] = {file_vendor_byte(0, 4000), file_vendor_byte(0, 4001),
	                file_vendor_byte(0, 4002), '\0'};

	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 4000});
	file_vendor_add(&c->server,
	                (struct file_answer){.status = 206,
	                                     .headers = "Content-Range: bytes 4000-4002/5000\r\n",
	                                     .body = body});
	file_vendor_add(&c->server, (struct file_answer){.size = 5000});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 5000);
	assert_int_equal(file_vendor_count(&c->server, "Range: bytes=4003-\r\n"), 1);
}

static void more_than_the_rest_is_not_taken(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .cut = 4998});
	file_vendor_add(&c->server,
	                (struct file_answer){.status = 206,
	                                     .headers = "Content-Range: bytes 4998-4999/5000\r\n",
	                                     .body = "three"});
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .seed = 1});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 1, 5000);
}

static void what_an_earlier_process_left_is_gone_on_with(void **state)
{
	struct download_case *c = *state;

	download_case_leave(c, 0, 3000);
	c->conf.validator = str_from(FILE_ETAG);
	file_vendor_add(&c->server, (struct file_answer){.size = 5000});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 5000);
	assert_int_equal(file_vendor_count(&c->server, "Range: bytes=3000-\r\n"), 1);
	/* it was whole already */
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 5000);
	assert_int_equal(file_vendor_count(&c->server, "Range: bytes=5000-\r\n"), 1);
	assert_int_equal(c->server.given, 2);
	/* another file by now */
	download_case_leave(c, 0, 3000);
	c->conf.validator = STR_LIT("\"v0\"");
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 5000);
	/* nobody knows of what it is */
	download_case_leave(c, 1, 6000);
	c->conf.validator = STR_EMPTY;
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 5000);
	assert_int_equal(c->server.given, 4);
}

static void a_file_that_shrank_begins_anew(void **state)
{
	struct download_case *c = *state;

	download_case_leave(c, 0, 3000);
	c->conf.validator = str_from(FILE_ETAG);
	file_vendor_add(&c->server, (struct file_answer){.size = 2000, .seed = 1}); /* 416 */
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 1, 2000);
	assert_int_equal(c->server.given, 2);
}

static void an_announced_length_that_never_comes_is_not_waited_for(void **state)
{
	struct download_case *c = *state;

	/* "416, all of it are 5000" */
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .lie = 5000});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 5000);
	assert_int_equal(c->server.given, 2);
}

static void a_coding_nobody_asked_for_is_stored_as_it_comes(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){
					    .size = 5000,
					    .cut = 4000,
					    .headers = "Content-Encoding: gzip\r\n",
				    });
	file_vendor_add(&c->server, (struct file_answer){
					    .size = 5000,
					    .headers = "Content-Encoding: gzip\r\n",
				    });
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_has(c, 0, 5000);
}

static void the_largest_file_has_just_its_size(void **state)
{
	struct download_case *c = *state;

	c->conf.max_bytes = 5000;
	file_vendor_add(&c->server, (struct file_answer){.size = 5000});
	file_vendor_add(&c->server, (struct file_answer){.size = 5000, .is_chunked = true});
	file_vendor_add(&c->server, (struct file_answer){.size = 5001});
	file_vendor_add(&c->server, (struct file_answer){.size = 5001, .is_chunked = true});
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_expect(c, DOWNLOAD_DONE);
	download_case_expect(c, DOWNLOAD_TOO_LARGE);
	assert_non_null(strstr(c->result.text, "larger than 5000 bytes"));
	download_case_expect(c, DOWNLOAD_TOO_LARGE);
	assert_true(c->result.bytes <= 5000);
	/* and of a part */
	download_case_leave(c, 0, 3000);
	c->conf.validator = str_from(FILE_ETAG);
	download_case_expect(c, DOWNLOAD_TOO_LARGE);
	assert_int_equal(c->result.bytes, 3000);
}

static void three_gigabytes_are_refused_by_their_announcement(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = THREE});
	download_case_expect(c, DOWNLOAD_TOO_LARGE);
	assert_int_equal(c->result.bytes, 0);
	assert_int_equal(c->begins, 0);
}

static uint64_t resident(void)
{
	unsigned long long pages = 0, resident_pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%llu %llu", &pages, &resident_pages), 2);
	(void)fclose(f);
	return resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void three_gigabytes_without_a_word_stop_at_the_limit(void **state)
{
	struct download_case *c = *state;
	uint64_t before;

	file_vendor_add(&c->server, (struct file_answer){.size = 1000}); /* warm */
	file_vendor_add(&c->server, (struct file_answer){.size = THREE, .is_chunked = true});
	download_case_expect(c, DOWNLOAD_DONE);
	before = resident();
	download_case_expect(c, DOWNLOAD_TOO_LARGE);
	assert_in_range(c->result.bytes, 60 * MIB, 64 * MIB);
	assert_true(c->server.vendor.sent < 64 * MIB + 16 * MIB);
	assert_true(resident() < before + 16 * MIB);
}

static void without_room_not_a_byte_is_written(void **state)
{
	struct download_case *c = *state;

	file_vendor_add(&c->server, (struct file_answer){.size = 10 * MIB});
	download_case_space(DOWNLOAD_SPARE_BYTES + 10 * MIB - 1);
	download_case_expect(c, DOWNLOAD_NO_SPACE);
	assert_int_equal(c->result.bytes, 0);
	assert_non_null(strstr(c->result.text, "265 MiB are free, 266 MiB are needed"));
	download_case_space(DOWNLOAD_SPARE_BYTES + 10 * MIB);
	download_case_expect(c, DOWNLOAD_DONE);
	/* of a length that is not known the spare room at least */
	file_vendor_clear(&c->server);
	file_vendor_add(&c->server, (struct file_answer){.size = 1000, .is_chunked = true});
	download_case_space(DOWNLOAD_SPARE_BYTES - 1);
	download_case_expect(c, DOWNLOAD_NO_SPACE);
	download_case_space(UINT64_MAX);
	download_case_expect(c, DOWNLOAD_DONE);
}

/* Only the rest needs room. */
static void what_is_there_needs_no_room(void **state)
{
	struct download_case *c = *state;

	download_case_leave(c, 0, 4 * MIB);
	c->conf.validator = str_from(FILE_ETAG);
	file_vendor_add(&c->server, (struct file_answer){.size = 5 * MIB});
	download_case_space(DOWNLOAD_SPARE_BYTES + 1 * MIB);
	download_case_expect(c, DOWNLOAD_DONE);
	assert_int_equal(c->server.given, 1);
	download_case_has(c, 0, 5 * MIB);
}

static void room_that_goes_meanwhile_is_seen(void **state)
{
	struct download_case *c = *state;

	c->conf.max_bytes = 200 * MIB;
	file_vendor_add(&c->server, (struct file_answer){.size = 200 * MIB});
	download_case_space(PLENTY);
	download_case_space_until(3);
	download_case_expect(c, DOWNLOAD_NO_SPACE);
	assert_in_range(c->result.bytes, 63 * MIB, 66 * MIB);
	assert_string_equal(c->end_validator, FILE_ETAG); /* to go on with */
	download_case_space(PLENTY);
	c->conf.validator = str_from(FILE_ETAG);
	download_case_expect(c, DOWNLOAD_DONE);
	assert_int_equal(c->result.bytes, 200 * MIB);
	assert_int_equal(file_vendor_count(&c->server, "\r\nRange: bytes="), 1);
}

static void a_disk_that_takes_no_more_is_told(void **state)
{
	struct download_case *c = *state;
	struct rlimit before, limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 100000;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	file_vendor_add(&c->server, (struct file_answer){.size = 500000});
	download_case_expect(c, DOWNLOAD_NO_SPACE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_string_equal(c->result.text,
	                    "the downloaded file cannot be written: File too large");
	assert_int_equal(c->result.bytes, 100000);
	assert_string_equal(c->end_validator, FILE_ETAG);
	c->conf.validator = str_from(FILE_ETAG);
	download_case_expect(c, DOWNLOAD_DONE); /* what is there was gone on with */
	download_case_has(c, 0, 500000);
	assert_int_equal(file_vendor_count(&c->server, "\r\nRange: bytes=100000-"), 1);
}

static void a_page_for_people_is_no_file(void **state)
{
	static const char *const types[] = {"Content-Type: text/html; charset=utf-8\r\n",
	                                    "Content-Type: text/csv\r\n", ""};
	struct download_case *c = *state;
	char page[1200];

	memset(page, ' ', sizeof(page));
	memcpy(page, "\xef\xbb\xbf\r\n <!DocType HTML><html>", 25);
	page[sizeof(page) - 1] = '\0';
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		file_vendor_clear(&c->server);
		file_vendor_add(&c->server, (struct file_answer){.status = 200,
		                                                 .headers = types[i],
		                                                 .body = "<html>log in</html>"});
		file_vendor_add(
			&c->server,
			(struct file_answer){.status = 200, .headers = types[i], .body = page});
		for (int again = 0; again < 2; again++) {
			download_case_expect(c, DOWNLOAD_DEAD);
			assert_non_null(strstr(c->result.text, "page for people"));
		}
		assert_int_equal(c->server.given, 2);
	}
	/* an error in JSON is for who reads the file */
	file_vendor_add(&c->server,
	                (struct file_answer){.status = 200,
	                                     .headers = "Content-Type: application/json\r\n",
	                                     .body = "{\"error\":\"<html>\"}"});
	download_case_expect(c, DOWNLOAD_DONE);
	assert_string_equal(c->media_type, "application/json");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, download_case_set_up, download_case_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_arrives_whole),
		TEST(a_file_without_a_length_arrives),
		TEST(an_empty_file_is_one),
		TEST(a_server_that_closes_in_the_middle_is_gone_on_with),
		TEST(every_place_of_a_break_gives_the_same_file),
		TEST(without_a_validator_it_begins_anew),
		TEST(a_time_is_a_validator_too_and_a_weak_etag_is_none),
		TEST(a_validator_that_cannot_be_sent_is_none),
		TEST(a_server_that_sends_all_again_is_believed),
		TEST(a_file_that_changed_between_tries_begins_anew),
		TEST(a_part_that_does_not_fit_is_not_taken),
		TEST(a_file_that_changed_its_size_begins_anew),
		TEST(a_part_may_be_less_than_was_asked_for),
		TEST(more_than_the_rest_is_not_taken),
		TEST(what_an_earlier_process_left_is_gone_on_with),
		TEST(a_file_that_shrank_begins_anew),
		TEST(an_announced_length_that_never_comes_is_not_waited_for),
		TEST(a_coding_nobody_asked_for_is_stored_as_it_comes),
		TEST(the_largest_file_has_just_its_size),
		TEST(three_gigabytes_are_refused_by_their_announcement),
		TEST(three_gigabytes_without_a_word_stop_at_the_limit),
		TEST(without_room_not_a_byte_is_written),
		TEST(what_is_there_needs_no_room),
		TEST(room_that_goes_meanwhile_is_seen),
		TEST(a_disk_that_takes_no_more_is_told),
		TEST(a_page_for_people_is_no_file),
	};

	return cmocka_run_group_tests_name("download_answer", tests, NULL, NULL);
}
