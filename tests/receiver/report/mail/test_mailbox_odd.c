/* SPDX-License-Identifier: MIT */
/* Mailboxes at servers that number their mails anew, or forget what was marked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "receiver/report/mail/mailboxes.h"
#include "tests/core/imap/odd_imap.h"

#define WAIT_MS    30000
#define QUIET_MS   700
#define LINES_SIZE 65536
#define CAMPAIGN   "6f0a2c10-69f6-11ef-9a0b-0242ac120008"
#define MAIL       "From: <reports@passona.example>\r\nSubject: Your report\r\n\r\n"
#define LINK       "https://files.passona.example/exports/"

struct scene {
	struct odd_imap o;
	struct loop *loop;
	struct mailboxes *all;
	struct mailbox_conf conf;
	struct mailbox *box;
	struct str host;
	struct report_mail_spec spec;
	struct mail_waiter *w;
	unsigned links; /* told */
	struct completion_mail mail;
	struct completion_status status;
	FILE *log;
	int kept_stderr;
	char lines[LINES_SIZE];
};

/* ---- the log ---- */

static void log_begin(struct scene *s)
{
	(void)fflush(stderr);
	s->kept_stderr = dup(STDERR_FILENO);
	s->log = tmpfile();
	assert_non_null(s->log);
	assert_true(dup2(fileno(s->log), STDERR_FILENO) >= 0);
}

/* How often the event was logged until now. */
static unsigned logged(struct scene *s, const char *event)
{
	unsigned count = 0;
	size_t len;

	(void)fflush(stderr);
	len = (size_t)pread(fileno(s->log), s->lines, LINES_SIZE - 1, 0);
	s->lines[len] = '\0';
	for (const char *at = s->lines; (at = strstr(at, event)) != NULL; at++)
		count++;
	return count;
}

static void log_end(struct scene *s)
{
	(void)fflush(stderr);
	assert_true(dup2(s->kept_stderr, STDERR_FILENO) >= 0);
	(void)close(s->kept_stderr);
	(void)fclose(s->log);
}

/* ---- the scene ---- */

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	odd_imap_start(&s->o);
	assert_int_equal(loop_new(&s->loop), ERR_OK);
	assert_int_equal(mailboxes_new(s->loop, &s->all), ERR_OK);
	s->host = STR_LIT("files.passona.example");
	s->spec = (struct report_mail_spec){
		.hosts = &s->host, .host_count = 1, .path_suffix = STR_LIT(".csv")};
	s->conf = (struct mailbox_conf){.url = s->o.url,
	                                .folder = "INBOX",
	                                .username = "ann",
	                                .password = "secret",
	                                .poll_ms = 30};
	log_begin(s);
	*state = s;
	return 0;
}

static void close_box(struct scene *s)
{
	mailbox_leave(s->w);
	s->w = NULL;
	mailbox_unref(s->box);
	mailboxes_free(s->all);
}

static int teardown(void **state)
{
	struct scene *s = *state;

	log_end(s);
	close_box(s);
	loop_free(s->loop);
	odd_imap_stop(&s->o);
	metrics_free();
	free(s);
	return 0;
}

static void note_link(void *arg, struct str link, bool is_shared)
{
	struct scene *s = arg;

	(void)link;
	(void)is_shared;
	s->links++;
	s->mail = mailbox_told(s->w);
	mailbox_kept(s->w);
}

static void wait_for_mail(struct scene *s)
{
	const struct mail_wanted wanted = {.id = STR_LIT("job"),
	                                   .campaign = STR_LIT(CAMPAIGN),
	                                   .report = STR_LIT("clicks"),
	                                   .ordered_ms = clock_now_ms() - 60000,
	                                   .spec = &s->spec};

	if (s->box == NULL)
		assert_int_equal(mailbox_of(s->all, &s->conf, &s->box), ERR_OK);
	mailbox_leave(s->w);
	s->w = NULL;
	assert_int_equal(mailbox_wait(s->box, &wanted, note_link, s, &s->w), ERR_OK);
}

static void note_status(void *arg, const char *url, const char *username,
                        const struct completion_status *status)
{
	struct scene *s = arg;

	(void)url;
	(void)username;
	s->status = *status;
}

static struct completion_status status(struct scene *s)
{
	mailboxes_status(s->all, note_status, s);
	return s->status;
}

#define WAIT_FOR(s, condition)                                        \
	do {                                                          \
		uint64_t wait_until_ms = clock_mono_ms() + WAIT_MS;   \
		while (!(condition)) {                                \
			assert_true(clock_mono_ms() < wait_until_ms); \
			loop_turn((s)->loop, 10);                     \
		}                                                     \
	} while (0)

static void wait_searches(struct scene *s, unsigned more)
{
	const unsigned wanted = s->o.searches + more;

	WAIT_FOR(s, s->o.searches >= wanted);
}

/* ---- marks that are not kept ---- */

static void a_mail_whose_mark_is_forgotten_is_used_once(void **state)
{
	struct scene *s = *state;

	s->o.forgets = true;
	odd_imap_deliver(&s->o, MAIL LINK CAMPAIGN ".csv");
	wait_for_mail(s);
	WAIT_FOR(s, s->links == 1 && s->o.marks == 1);
	/* It was another's file: the order waits anew. */
	wait_for_mail(s);
	wait_searches(s, 4);
	assert_int_equal(s->links, 1);
	assert_int_equal(logged(s, "mailbox.keeps_no_marks"), 1);
	assert_true(s->o.marks <= 2);
	/* The next mail is used. */
	odd_imap_deliver(&s->o, MAIL LINK CAMPAIGN "/2.csv");
	WAIT_FOR(s, s->links == 2);
	wait_for_mail(s);
	wait_searches(s, 4);
	assert_int_equal(s->links, 2);
	assert_int_equal(logged(s, "mailbox.keeps_no_marks"), 1);
	assert_int_equal(status(s).second_mails, 0);
}

static void one_that_keeps_marks_is_not_blamed(void **state)
{
	struct scene *s = *state;

	odd_imap_deliver(&s->o, MAIL LINK CAMPAIGN ".csv");
	wait_for_mail(s);
	WAIT_FOR(s, s->links == 1 && s->o.marks == 1);
	wait_for_mail(s);
	wait_searches(s, 3);
	assert_int_equal(s->links, 1);
	assert_true(s->o.seen[0]);
	assert_int_equal(logged(s, "mailbox."), 1); /* report_found */
}

/* The same mail under another number: known by what is in it, and marked at last. */
static void numbers_that_change_do_not_make_a_mail_a_new_one(void **state)
{
	struct scene *s = *state;

	s->o.forgets = true;
	odd_imap_deliver(&s->o, MAIL LINK CAMPAIGN ".csv");
	wait_for_mail(s);
	WAIT_FOR(s, s->links == 1 && s->o.marks == 1);
	s->o.renumbers = true;
	s->o.hangs_up = true;
	wait_for_mail(s);
	wait_searches(s, 2);
	s->o.hangs_up = false;
	s->o.forgets = false;
	WAIT_FOR(s, s->o.seen[0]);
	assert_int_equal(s->links, 1);
}

/* As the record of the order has it. */
static void what_was_used_before_a_restart_is_not_used_again(void **state)
{
	struct scene *s = *state;

	s->o.forgets = true;
	odd_imap_deliver(&s->o, MAIL LINK CAMPAIGN ".csv");
	wait_for_mail(s);
	WAIT_FOR(s, s->links == 1 && s->o.marks == 1);
	assert_true(s->mail.digest != 0);
	close_box(s);
	s->box = NULL;
	assert_int_equal(mailboxes_new(s->loop, &s->all), ERR_OK);
	assert_int_equal(mailbox_of(s->all, &s->conf, &s->box), ERR_OK);
	mailbox_used(s->box, s->mail.digest);
	wait_for_mail(s);
	wait_searches(s, 4);
	assert_int_equal(s->links, 1);
}

/* ---- numbers that change ---- */

static void numbers_that_change_at_each_look_are_asked_for_in_peace(void **state)
{
	struct scene *s = *state;
	uint64_t until_ms;
	unsigned searches;

	s->o.renumbers = true;
	s->o.hangs_up = true;
	s->conf.poll_ms = 600000;
	odd_imap_deliver(&s->o, MAIL LINK CAMPAIGN ".csv");
	wait_for_mail(s);
	WAIT_FOR(s, status(s).state == COMPLETION_DOWN);
	searches = s->o.searches;
	assert_true(searches <= 3);
	for (until_ms = clock_mono_ms() + QUIET_MS; clock_mono_ms() < until_ms;)
		loop_turn(s->loop, 10);
	assert_int_equal(s->o.searches, searches);
	assert_int_equal(status(s).end, IMAP_END_CHANGED);
	assert_true(status(s).since_ms > 0);
	assert_non_null(strstr(status(s).text, "UIDVALIDITY"));
}

static void they_are_warned_of_once_and_a_server_that_is_mended_is_read(void **state)
{
	struct scene *s = *state;

	s->o.renumbers = true;
	s->o.hangs_up = true;
	odd_imap_deliver(&s->o, MAIL LINK CAMPAIGN ".csv");
	wait_for_mail(s);
	WAIT_FOR(s, s->o.searches >= 6);
	assert_int_equal(logged(s, "mailbox.made_anew"), 1);
	assert_int_equal(logged(s, "mailbox.unsteady"), 1);
	assert_int_equal(logged(s, "lvl=warn"), 2);
	assert_int_equal(s->links, 0);
	s->o.hangs_up = false;
	s->o.renumbers = false;
	WAIT_FOR(s, s->links == 1);
	WAIT_FOR(s, s->o.seen[0]);
	assert_int_equal(status(s).since_ms, 0);
	assert_int_equal(status(s).end, IMAP_END_OK);
}

/* ---- whose mailbox ---- */

static void a_mark_is_for_the_mailbox_that_it_was_noted_of(void **state)
{
	struct scene *s = *state;
	struct completion_mail other;

	odd_imap_deliver(&s->o, MAIL "nothing");
	odd_imap_deliver(&s->o, MAIL LINK CAMPAIGN ".csv");
	wait_for_mail(s);
	WAIT_FOR(s, s->links == 1 && s->o.seen[1]);
	other = s->mail;
	other.uid = 1;
	s->conf.username = "bob";
	mailbox_leave(s->w);
	s->w = NULL;
	mailbox_unref(s->box);
	assert_int_equal(mailbox_of(s->all, &s->conf, &s->box), ERR_OK);
	mailbox_mark(s->box, other);
	wait_for_mail(s);
	wait_searches(s, 3);
	assert_false(s->o.seen[0]); /* bob's first mail is not ann's */
	other.box = 0;
	mailbox_mark(s->box, other); /* noted by a version that did not say whose it is */
	wait_searches(s, 3);
	assert_false(s->o.seen[0]);
	other.box = mailbox_identity(s->box);
	mailbox_mark(s->box, other);
	WAIT_FOR(s, s->o.seen[0]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* ---- mails that are not found ---- */

/* Newsletters are not told, but this one may have a link. */
static void a_text_that_is_longer_than_what_is_read_is_told(void **state)
{
	struct scene *s = *state;
	struct buf mail;

	buf_init(&mail, ODD_MAIL_SIZE);
	(void)buf_append_str(&mail, STR_LIT(MAIL));
	for (unsigned i = 0; i < 7600; i++)
		(void)buf_printf(&mail, "%70s\r\n", "x");
	(void)buf_append_str(&mail, STR_LIT(LINK CAMPAIGN ".csv"));
	odd_imap_deliver(&s->o, buf_cstr(&mail));
	odd_imap_deliver(&s->o, MAIL "no link at all");
	buf_fini(&mail);
	wait_for_mail(s);
	WAIT_FOR(s, status(s).mails[REPORT_MAIL_NO_LINK] == 2);
	wait_searches(s, 2);
	assert_int_equal(logged(s, "mailbox.mail_ignored"), 1);
	assert_int_equal(logged(s, "no link in the first 512 KiB of its text"), 1);
	assert_int_equal(s->links, 0);
	assert_int_equal(s->o.marks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mail_whose_mark_is_forgotten_is_used_once),
		TEST(one_that_keeps_marks_is_not_blamed),
		TEST(numbers_that_change_do_not_make_a_mail_a_new_one),
		TEST(what_was_used_before_a_restart_is_not_used_again),
		TEST(numbers_that_change_at_each_look_are_asked_for_in_peace),
		TEST(they_are_warned_of_once_and_a_server_that_is_mended_is_read),
		TEST(a_mark_is_for_the_mailbox_that_it_was_noted_of),
		TEST(a_text_that_is_longer_than_what_is_read_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
