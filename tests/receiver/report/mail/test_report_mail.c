/* SPDX-License-Identifier: MIT */
/* The mails of tests/mails against their expectations, and what is easier said in C. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "receiver/report/mail/report_mail.h"

#define MAILS SOURCE_DIR "/tests/mails/"

#define CAMPAIGN_A "6f0a2c10-69f6-11ef-9a0b-0242ac120008"
#define CAMPAIGN_B "7b1d3e20-70aa-11ef-9a0b-0242ac120008"

static const struct str hosts[] = {{"files.passona.example", 21}, {".cdn.passona.example", 20}};
static const struct report_mail_spec spec = {
	.hosts = hosts, .host_count = 2, .path_suffix = {".csv", 4}, .path_part = {"/exports/", 9}};

static struct report_mail_job job_of(char letter)
{
	switch (letter) {
	case 'a':
		return (struct report_mail_job){STR_LIT(CAMPAIGN_A), STR_LIT("alt_delivery")};
	case 'b':
		return (struct report_mail_job){STR_LIT(CAMPAIGN_B), STR_LIT("clicks")};
	case 'c':
		return (struct report_mail_job){STR_LIT(CAMPAIGN_A), STR_LIT("delivery")};
	default:
		return (struct report_mail_job){STR_LIT("4711"), STR_EMPTY};
	}
}

static const char *word_of(enum report_mail_verdict verdict)
{
	static const char *const words[] = {
		[REPORT_MAIL_FOUND] = "found",
		[REPORT_MAIL_NO_LINK] = "no_link",
		[REPORT_MAIL_STRANGER] = "stranger",
		[REPORT_MAIL_NOT_HTTPS] = "not_https",
		[REPORT_MAIL_UNUSABLE] = "unusable",
		[REPORT_MAIL_UNKNOWN_CAMPAIGN] = "unknown_campaign",
		[REPORT_MAIL_SEVERAL] = "several",
	};

	return words[verdict];
}

static char *load(const char *name, size_t *ret_len)
{
	char path[512];
	char *bytes = malloc((size_t)1 << 20);
	FILE *file;

	(void)snprintf(path, sizeof(path), MAILS "%s.eml", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	assert_non_null(bytes);
	*ret_len = fread(bytes, 1, (size_t)1 << 20, file);
	assert_int_equal(fclose(file), 0);
	return bytes;
}

/* "VERDICT FITS LINK" of a mail and jobs by letter. */
static void judge(const struct report_mail *mail, const char *letters, char *ret_text, size_t size)
{
	struct report_mail_job jobs[8];
	bool fits[8];
	char names[9] = "";
	size_t count = letters[0] == '-' ? 0 : strlen(letters), link = SIZE_MAX, len = 0;
	struct str url = STR_LIT("-");

	for (size_t i = 0; i < count; i++)
		jobs[i] = job_of(letters[i]);
	enum report_mail_verdict verdict = report_mail_match(mail, jobs, count, NULL, fits, &link);

	for (size_t i = 0; i < count && verdict == REPORT_MAIL_FOUND; i++) {
		if (fits[i])
			names[len++] = letters[i];
	}
	if (verdict == REPORT_MAIL_FOUND)
		url = report_mail_link(mail, link);
	(void)snprintf(ret_text, size, "%s %s %.*s", word_of(verdict), len > 0 ? names : "-",
	               STR_FMT(url));
}

static unsigned check_line(const char *line)
{
	char name[64], letters[16], expected[8192], found[8192];
	struct report_mail *mail = NULL;
	size_t len = 0;

	if (line[0] == '#')
		return 0;
	assert_int_equal(sscanf(line, "%63s %15s %8191[^\n]", name, letters, expected), 3);
	char *bytes = load(name, &len);

	assert_int_equal(report_mail_new((struct str){bytes, len}, &spec, &mail), ERR_OK);
	judge(mail, letters, found, sizeof(found));
	report_mail_free(mail);
	free(bytes);
	if (strcmp(found, expected) == 0)
		return 0;
	print_error("%s with jobs %s:\n  found    %s\n  expected %s\n", name, letters, found,
	            expected);
	return 1;
}

static void every_mail_is_judged_as_written_down(void **state)
{
	char line[8192];
	unsigned bad = 0, lines = 0;
	FILE *file = fopen(MAILS "expect.txt", "r");

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		bad += check_line(line);
		lines++;
	}
	assert_int_equal(fclose(file), 0);
	assert_true(lines > 50);
	assert_int_equal(bad, 0);
}

/* Every beginning of every mail: no crash, and no link that is not of the hosts. */
static void a_mail_may_end_anywhere(void **state)
{
	static const char *const names[] = {"soft-wrapped", "entities", "forwarded-twice",
	                                    "split-by-html", "utf-16"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = 0;
		char *bytes = load(names[i], &len);

		for (size_t cut = 0; cut < len; cut++) {
			struct report_mail *mail = NULL;
			char *exact = malloc(cut + 1);

			assert_non_null(exact);
			memcpy(exact, bytes, cut);
			assert_int_equal(report_mail_new((struct str){exact, cut}, &spec, &mail),
			                 ERR_OK);
			free(exact);
			report_mail_free(mail);
		}
		free(bytes);
	}
}

static struct report_mail *read_text(const char *text, const struct report_mail_spec *with)
{
	struct report_mail *mail = NULL;

	assert_int_equal(report_mail_new(str_from(text), with, &mail), ERR_OK);
	return mail;
}

static void sender_and_subject_are_decoded(void **state)
{
	struct report_mail *mail =
		read_text("From: =?utf-8?Q?J=C3=B6rg?= <Reports@Passona.Example>\r\n"
	                  "Subject: =?utf-8?B?w5xiZXJzaWNodA==?=\r\n\r\nx\r\n",
	                  &spec);
	struct str from = report_mail_from(mail), subject = report_mail_subject(mail);

	(void)state;
	assert_true(str_eq(from, STR_LIT("reports@passona.example")));
	assert_true(str_eq(subject, STR_LIT("\xc3\x9c"
	                                    "bersicht")));
	report_mail_free(mail);
	mail = read_text("\r\n", &spec);
	assert_int_equal(report_mail_from(mail).len + report_mail_subject(mail).len, 0);
	report_mail_free(mail);
	report_mail_free(NULL);
}

static void hosts_are_matched_whole_or_below_a_dot(void **state)
{
	static const struct {
		const char *url;
		size_t links;
	} cases[] = {
		{"https://files.passona.example/exports/a.csv", 1},
		{"HTTPS://FILES.Passona.Example:443/exports/A.CSV", 1},
		{"https://x.files.passona.example/exports/a.csv", 0},
		{"https://cdn.passona.example/exports/a.csv", 1},
		{"https://a.b.cdn.passona.example/exports/a.csv", 1},
		{"https://evilcdn.passona.example/exports/a.csv", 0},
		{"https://files.passona.example./exports/a.csv", 0},
		{"https://files.passona.example/exports/a.csv.exe", 0},
		{"https://files.passona.example/a.csv?/exports/", 0},
		{"https://files.passona.example/exports/get?f=a.csv", 0},
		{"https://user:pw@files.passona.example/exports/a.csv", 0},
		{"http://files.passona.example/exports/a.csv", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "Subject: a\r\n\r\n%s\r\n", cases[i].url);
		struct report_mail *mail = read_text(text, &spec);

		if (report_mail_link_count(mail) != cases[i].links)
			print_error("%s\n", cases[i].url);
		assert_int_equal(report_mail_link_count(mail), cases[i].links);
		report_mail_free(mail);
	}
}

static void http_counts_where_the_profile_is_http(void **state)
{
	struct report_mail_spec with = spec;
	struct report_mail *mail;

	(void)state;
	with.allows_http = true;
	mail = read_text("\r\nhttp://files.passona.example/exports/a.csv\r\n", &with);
	assert_int_equal(report_mail_link_count(mail), 1);
	report_mail_free(mail);
}

/* What is a report's link but for its length or a user name is no newsletter's. */
static void a_link_that_cannot_be_used_is_told(void **state)
{
	static const struct {
		const char *url;
		size_t more; /* bytes of its query */
		enum report_mail_verdict verdict;
	} cases[] = {
		{"https://user:pw@files.passona.example/exports/a.csv", 0, REPORT_MAIL_UNUSABLE},
		{"https://a@b@files.passona.example/exports/a.csv?x=@", 0, REPORT_MAIL_UNUSABLE},
		{"https://files.passona.example/exports/a.csv?", 5000, REPORT_MAIL_UNUSABLE},
		{"https://u@files.passona.example/exports/a.csv?", 100000, REPORT_MAIL_UNUSABLE},
		{"https://files.passona.example@evil.example/exports/a.csv", 0,
	         REPORT_MAIL_NO_LINK},
		{"https://evil.example\\@files.passona.example/a.csv", 0, REPORT_MAIL_NO_LINK},
		{"https://evil.example/exports/a.csv?", 5000, REPORT_MAIL_NO_LINK},
		{"https://user:pw@files.passona.example/news", 0, REPORT_MAIL_NO_LINK},
		{"https://@", 0, REPORT_MAIL_NO_LINK},
		{"https://", 5000, REPORT_MAIL_NO_LINK},
	};
	const struct report_mail_job job = {STR_LIT("c-1"), STR_LIT("")};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report_mail *mail;
		struct buf text;
		bool fits;
		size_t link;

		buf_init(&text, (size_t)1 << 20);
		(void)buf_printf(&text, "Subject: a\r\n\r\n%s", cases[i].url);
		for (size_t k = 0; k < cases[i].more; k++)
			(void)buf_append_char(&text, 'x');
		mail = read_text(buf_cstr(&text), &spec);
		if (report_mail_match(mail, &job, 1, NULL, &fits, &link) != cases[i].verdict)
			fail_msg("%s", cases[i].url);
		report_mail_free(mail);
		buf_fini(&text);
	}
}

#define BEGIN   "Subject: Your report\r\n\r\n"
#define EXPORTS "https://files.passona.example/exports/"

/* One waits, others are known: is the mail the only one's? */
static void a_mail_of_another_campaign_is_not_the_only_ones(void **state)
{
	static const struct {
		const char *text;
		char job;
		const char *verdict;
	} cases[] = {
		/* an id that nobody knows may be the file's own */
		{BEGIN EXPORTS "9c2e4f30-71bb-11ef-9a0b-0242ac120008.csv", 'a', "found"},
		{BEGIN EXPORTS "880012.csv", 'd', "found"},
		/* link, its path and its query; text; subject */
		{BEGIN EXPORTS CAMPAIGN_B ".csv?sig=x", 'a', "unknown_campaign"},
		{BEGIN EXPORTS "7B1D3E20%2D70AA-11EF-9a0b-0242ac120008/1.csv", 'a',
	         "unknown_campaign"},
		{BEGIN EXPORTS "1.csv?for=" CAMPAIGN_B, 'a', "unknown_campaign"},
		{BEGIN "of " CAMPAIGN_B "\r\n" EXPORTS "1.csv", 'a', "unknown_campaign"},
		{"Subject: " CAMPAIGN_B "\r\n\r\n" EXPORTS "1.csv", 'a', "unknown_campaign"},
		{BEGIN EXPORTS "x" CAMPAIGN_B ".csv", 'a', "found"},
		{BEGIN EXPORTS CAMPAIGN_B "0.csv", 'a', "found"},
		/* the link decides, then what is near it */
		{BEGIN CAMPAIGN_A "\r\n" EXPORTS CAMPAIGN_B ".csv", 'a', "unknown_campaign"},
		{BEGIN EXPORTS CAMPAIGN_A "/" CAMPAIGN_B ".csv", 'a', "found"},
		{BEGIN CAMPAIGN_A ", not " CAMPAIGN_B "\r\n" EXPORTS "1.csv", 'a', "found"},
		/* numbers, short ones and words */
		{BEGIN EXPORTS "700123.csv", 'd', "unknown_campaign"},
		{BEGIN EXPORTS "1.csv?Expires=700123", 'd', "found"},
		{BEGIN EXPORTS "1.csv?campaign=700123", 'd', "unknown_campaign"},
		{BEGIN "700123 rows\r\n" EXPORTS "1.csv", 'd', "found"},
		{BEGIN EXPORTS "991.csv", 'd', "found"},
		{BEGIN EXPORTS "campaign/991.csv", 'd', "unknown_campaign"},
		{BEGIN "your delivery report\r\n" EXPORTS "delivery.csv", 'd', "found"},
		{BEGIN "campaign delivery:\r\n" EXPORTS "1.csv", 'd', "unknown_campaign"},
	};
	static const struct str known[] = {{CAMPAIGN_A, 36}, {CAMPAIGN_B, 36}, {"700123", 6},
	                                   {"991", 3},       {"delivery", 8},  {"4711", 4}};
	struct campaign_ids *sets[2] = {NULL, NULL};
	const struct report_mail_others others = {sets, 2};

	(void)state;
	assert_int_equal(campaign_ids_new(known, 6, &sets[1]), ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report_mail *mail = read_text(cases[i].text, &spec);
		struct report_mail_job job = job_of(cases[i].job);
		bool fits = false;
		size_t link = 0;
		const char *verdict =
			word_of(report_mail_match(mail, &job, 1, &others, &fits, &link));

		if (strcmp(verdict, cases[i].verdict) != 0)
			print_error("%s\n", cases[i].text);
		assert_string_equal(verdict, cases[i].verdict);
		assert_int_equal(fits, strcmp(verdict, "found") == 0);
		report_mail_free(mail);
	}
	campaign_ids_unref(sets[1]);
}

static void links_and_text_are_bounded(void **state)
{
	struct buf text;
	struct report_mail *mail = NULL;

	(void)state;
	buf_init(&text, (size_t)16 << 20);
	(void)buf_printf(&text, "Content-Type: text/html\r\n\r\n");
	for (unsigned i = 0; i < 100000; i++)
		(void)buf_printf(&text, "<a href=\"https://files.passona.example/exports/%u.csv\">",
		                 i);
	for (unsigned i = 0; i < 5000; i++)
		(void)buf_printf(&text, "<a href=\"https://evil.example/exports/%u.csv\">%5000s",
		                 i % 7, i % 500 == 0 ? "x" : "");
	assert_int_equal(report_mail_new(buf_str(&text), &spec, &mail), ERR_OK);
	assert_int_equal(report_mail_link_count(mail), REPORT_MAIL_LINKS_MAX);
	report_mail_free(mail);
	buf_fini(&text);
}

#define TEXT_LINK "https://files.passona.example/exports/" CAMPAIGN_A ".csv"

/* What says UTF-16 of itself, and is none: it would be Chinese, and without a link. */
static void a_wide_charset_that_is_none_is_not_believed(void **state)
{
	static const char *const charsets[] = {
		"utf-16",  "UTF-16LE", "\"utf-16be\"", "utf-32",  "UCS-2",
		"ucs-4be", "utf16",    "csUnicode",    "unicode", "ISO-10646-UCS-2"};
	static const char *const bodies[][2] = {
		{"text/plain", "\r\n\r\nIhr Bericht, f\xc3\xbcr Sie: " TEXT_LINK "\r\n"},
		{"text/plain", "\r\n\r\nIhr Bericht f\xfcr Sie: " TEXT_LINK "\r\n"},
		{"text/html", "\r\n\r\n<p>f\xfcr</p><a href=\"" TEXT_LINK "\">x</a>\r\n"},
		{"text/plain", "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	                       "f=FCr Sie:\r\n" TEXT_LINK "\r\n"},
		{"text/plain", "\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	                       "aHR0cHM6Ly9maWxlcy5wYXNzb25hLmV4YW1wbGUvZXhwb3J0cy82ZjBhMmMxMC02OWY"
	                       "2LTExZWYtOWEwYi0wM"
	                       "jQyYWMxMjAwMDguY3N2Cg==\r\n"}};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++) {
		for (size_t k = 0; k < sizeof(bodies) / sizeof(bodies[0]); k++) {
			struct report_mail *mail;

			(void)snprintf(text, sizeof(text), "Content-Type: %s; charset=%s%s",
			               bodies[k][0], charsets[i], bodies[k][1]);
			mail = read_text(text, &spec);
			if (report_mail_link_count(mail) != 1)
				print_error("%s\n", text);
			assert_int_equal(report_mail_link_count(mail), 1);
			assert_true(str_eq(report_mail_link(mail, 0), STR_LIT(TEXT_LINK)));
			report_mail_free(mail);
		}
	}
}

static void a_text_that_is_cut_is_known(void **state)
{
	static const char *const types[] = {"text/plain", "text/html", "text/plain; format=flowed"};
	struct report_mail *mail = NULL;
	struct buf text;

	(void)state;
	buf_init(&text, (size_t)4 << 20);
	for (size_t i = 0; i < 2 * sizeof(types) / sizeof(types[0]); i++) {
		bool is_long = i % 2 == 1;

		buf_reset(&text);
		(void)buf_printf(&text, "Content-Type: %s\r\n\r\n", types[i / 2]);
		for (unsigned n = is_long ? 8000 : 7000; n > 0; n--)
			(void)buf_printf(&text, "%70s\r\n", "x");
		(void)buf_append_str(&text, STR_LIT(TEXT_LINK "\r\n"));
		assert_int_equal(report_mail_new(buf_str(&text), &spec, &mail), ERR_OK);
		assert_int_equal(report_mail_is_cut(mail), is_long);
		assert_int_equal(report_mail_link_count(mail), is_long ? 0 : 1);
		report_mail_free(mail);
	}
	buf_fini(&text);
}

static void verdicts_have_words(void **state)
{
	(void)state;
	for (int i = REPORT_MAIL_FOUND; i <= REPORT_MAIL_SEVERAL; i++)
		assert_true(strlen(report_mail_verdict_str((enum report_mail_verdict)i)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mail_is_judged_as_written_down),
		cmocka_unit_test(a_mail_may_end_anywhere),
		cmocka_unit_test(sender_and_subject_are_decoded),
		cmocka_unit_test(hosts_are_matched_whole_or_below_a_dot),
		cmocka_unit_test(http_counts_where_the_profile_is_http),
		cmocka_unit_test(a_link_that_cannot_be_used_is_told),
		cmocka_unit_test(a_mail_of_another_campaign_is_not_the_only_ones),
		cmocka_unit_test(links_and_text_are_bounded),
		cmocka_unit_test(a_wide_charset_that_is_none_is_not_believed),
		cmocka_unit_test(a_text_that_is_cut_is_known),
		cmocka_unit_test(verdicts_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
