/* SPDX-License-Identifier: MIT */
/* The watcher of report mails against a real Dovecot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"
#include "receiver/report/mail/completion_mailbox.h"
#include "tests/core/imap/dovecot.h"

#define WAIT_MS    90000
#define CAMPAIGN_A "6f0a2c10-69f6-11ef-9a0b-0242ac120008"
#define CAMPAIGN_B "7b1d3e20-70aa-11ef-9a0b-0242ac120008"
#define CAMPAIGN_X "99999999-1111-2222-3333-444444444444"
#define LINK       "https://files.passona.example/exports/"
#define REPORTS    "reports@passona.example"

static const struct str host = {"files.passona.example", 21};
static const struct report_mail_spec spec = {
	.hosts = &host, .host_count = 1, .path_suffix = {".csv", 4}};

struct told {
	char jobs[128], link[256];
	size_t job_count;
	struct completion_mail mail;
};

struct scene {
	struct dovecot d;
	struct loop *loop;
	struct completion_mailbox *box;
	struct completion_mailbox_conf conf;
	struct str from;
	struct told told[8];
	unsigned count;
	bool stores, frees;
};

static void note_found(void *arg, const struct completion_found *found)
{
	struct scene *s = arg;
	struct told *t = &s->told[s->count];

	assert_true(s->count < 8);
	s->count++;
	t->mail = found->mail;
	t->job_count = found->job_count;
	(void)snprintf(t->link, sizeof(t->link), "%.*s", STR_FMT(found->link));
	t->jobs[0] = '\0';
	for (size_t i = 0; i < found->job_count; i++) {
		size_t len = strlen(t->jobs);

		(void)snprintf(t->jobs + len, sizeof(t->jobs) - len, "%.*s ",
		               STR_FMT(found->jobs[i]));
	}
	if (s->stores) {
		completion_mailbox_stored(s->box, found->mail);
		for (size_t i = 0; i < found->job_count; i++)
			completion_mailbox_remove_job(s->box, found->jobs[i]);
	}
	if (s->frees) {
		completion_mailbox_free(s->box);
		s->box = NULL;
	}
}

static void begin(struct scene *s, bool has_tls)
{
	memset(s, 0, sizeof(*s));
	dovecot_start(&s->d, has_tls);
	assert_int_equal(loop_new(&s->loop), ERR_OK);
	s->from = STR_LIT(REPORTS);
	s->stores = true;
	s->conf = (struct completion_mailbox_conf){
		.name = "reports", .poll_ms = 50, .wait_ms = 50, .from = &s->from, .from_count = 0};
	s->conf.imap = (struct imap_client_conf){.url = s->d.url,
	                                         .user = "ann",
	                                         .password = "secret",
	                                         .mailbox = "INBOX",
	                                         .timeout_ms = 20000};
}

static void open_box(struct scene *s)
{
	assert_int_equal(completion_mailbox_new(s->loop, &s->conf, note_found, s, &s->box), ERR_OK);
}

static void end(struct scene *s)
{
	completion_mailbox_free(s->box);
	loop_free(s->loop);
	dovecot_stop(&s->d);
}

static int64_t now_s(void)
{
	return clock_now_ms() / 1000;
}

static void add(struct scene *s, const char *id, const char *campaign, const char *report)
{
	struct completion_job job = {.id = str_from(id),
	                             .campaign = str_from(campaign),
	                             .report = str_from(report),
	                             .ordered_at_ms = clock_now_ms() - 60000,
	                             .spec = &spec};

	assert_int_equal(completion_mailbox_add_job(s->box, &job), ERR_OK);
}

static void add_of(struct scene *s, const char *id, const char *account, const char *report)
{
	struct completion_job job = {.id = str_from(id),
	                             .account = str_from(account),
	                             .campaign = STR_LIT(CAMPAIGN_A),
	                             .report = str_from(report),
	                             .ordered_at_ms = clock_now_ms() - 60000,
	                             .spec = &spec};

	assert_int_equal(completion_mailbox_add_job(s->box, &job), ERR_OK);
}

static unsigned deliver(struct scene *s, const char *from, const char *text)
{
	char mail[2048];
	int len = snprintf(mail, sizeof(mail),
	                   "From: Somebody <%s>\r\nSubject: Your report\r\n\r\n%s\r\n", from, text);

	return dovecot_deliver(&s->d, mail, (size_t)len, now_s());
}

#define WAIT_FOR(s, condition)                                   \
	do {                                                     \
		uint64_t until_ms = clock_mono_ms() + WAIT_MS;   \
		while (!(condition)) {                           \
			assert_true(clock_mono_ms() < until_ms); \
			loop_turn((s)->loop, 10);                \
		}                                                \
	} while (0)

static struct completion_status status(const struct scene *s)
{
	return completion_mailbox_status(s->box);
}

/* Another round has ended. */
static void wait_round(struct scene *s)
{
	/* One may have been running when the mail came: two ends. */
	for (int i = 0; i < 2; i++) {
		WAIT_FOR(s, status(s).state == COMPLETION_LOOKING);
		WAIT_FOR(s, status(s).state != COMPLETION_LOOKING);
	}
}

static void a_report_is_told_and_marked_once_it_is_stored(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	s.stores = false;
	open_box(&s);
	assert_int_equal(status(&s).state, COMPLETION_IDLE);
	add(&s, "job-1", CAMPAIGN_A, "");
	wait_round(&s);
	assert_int_equal(s.count, 0);

	unsigned mail = deliver(&s, REPORTS, LINK CAMPAIGN_A ".csv?sig=secret");

	WAIT_FOR(&s, s.count == 1);
	assert_string_equal(s.told[0].jobs, "job-1 ");
	assert_string_equal(s.told[0].link, LINK CAMPAIGN_A ".csv?sig=secret");
	wait_round(&s);
	assert_int_equal(s.count, 1); /* told once */
	assert_int_equal(dovecot_count_seen(&s.d), 0);
	assert_int_equal(status(&s).untold, 1);
	completion_mailbox_stored(s.box, s.told[0].mail);
	WAIT_FOR(&s, dovecot_is_seen(&s.d, mail));
	completion_mailbox_remove_job(s.box, STR_LIT("job-1"));
	WAIT_FOR(&s, status(&s).state == COMPLETION_IDLE);
	assert_int_equal(status(&s).unmarked + status(&s).untold, 0);
	assert_int_equal(dovecot_count(&s.d), 1);
	end(&s);
}

static void what_could_not_be_stored_is_told_again(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	s.stores = false;
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	deliver(&s, REPORTS, LINK CAMPAIGN_A ".csv");
	WAIT_FOR(&s, s.count == 1);
	completion_mailbox_released(s.box, s.told[0].mail);
	WAIT_FOR(&s, s.count == 2);
	assert_int_equal(dovecot_count_seen(&s.d), 0);
	end(&s);
}

static void mails_of_nobody_stay_as_they_are(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	deliver(&s, "evil@evil.example", "https://evil.example/" CAMPAIGN_A ".csv");
	deliver(&s, REPORTS, "campaign " CAMPAIGN_X ": " LINK "1.csv");
	deliver(&s, REPORTS, LINK CAMPAIGN_A "/1.csv " LINK CAMPAIGN_A "/2.csv");
	deliver(&s, REPORTS, "no link at all");
	deliver(&s, REPORTS, "http://files.passona.example/" CAMPAIGN_A ".csv");
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	wait_round(&s);
	wait_round(&s);

	struct completion_status st = status(&s);

	assert_int_equal(s.count, 0);
	assert_int_equal(dovecot_count_seen(&s.d), 0);
	assert_int_equal(st.mails[REPORT_MAIL_STRANGER], 1); /* each fetched once */
	assert_int_equal(st.mails[REPORT_MAIL_UNKNOWN_CAMPAIGN], 1);
	assert_int_equal(st.mails[REPORT_MAIL_SEVERAL], 1);
	assert_int_equal(st.mails[REPORT_MAIL_NO_LINK], 1);
	assert_int_equal(st.mails[REPORT_MAIL_NOT_HTTPS], 1);
	/* Now somebody waits for what was nobody's. */
	add(&s, "job-x", CAMPAIGN_X, "");
	WAIT_FOR(&s, s.count == 1);
	assert_string_equal(s.told[0].jobs, "job-x ");
	WAIT_FOR(&s, dovecot_count_seen(&s.d) == 1);
	assert_true(dovecot_is_seen(&s.d, 2));
	end(&s);
}

static void a_list_of_senders_keeps_all_others_out(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	s.conf.from_count = 1;
	deliver(&s, "reports@passona.example.evil.example", LINK CAMPAIGN_A ".csv");
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	wait_round(&s);
	assert_int_equal(s.count, 0);
	assert_int_equal(status(&s).mails[REPORT_MAIL_FOUND], 0);
	deliver(&s, "REPORTS@Passona.example", LINK CAMPAIGN_A ".csv");
	WAIT_FOR(&s, s.count == 1);
	completion_mailbox_free(s.box);
	s.from = STR_LIT("@passona.example");
	s.stores = false;
	open_box(&s);
	add(&s, "job-2", CAMPAIGN_B, "");
	deliver(&s, "any@passona.example", LINK CAMPAIGN_B ".csv");
	WAIT_FOR(&s, s.count == 2);
	assert_string_equal(s.told[1].jobs, "job-2 ");
	end(&s);
}

static void two_mails_for_one_job_give_one_link(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	s.stores = false;
	deliver(&s, REPORTS, LINK CAMPAIGN_A "/1.csv");
	deliver(&s, REPORTS, LINK CAMPAIGN_A "/2.csv");
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	WAIT_FOR(&s, s.count == 1);
	wait_round(&s);
	assert_int_equal(s.count, 1);
	assert_string_equal(s.told[0].link, LINK CAMPAIGN_A "/2.csv"); /* the newer one */
	assert_int_equal(status(&s).second_mails, 1);
	completion_mailbox_stored(s.box, s.told[0].mail);
	completion_mailbox_remove_job(s.box, STR_LIT("job-1"));
	WAIT_FOR(&s, dovecot_is_seen(&s.d, 2));
	assert_false(dovecot_is_seen(&s.d, 1));
	end(&s);
}

/* Which of them it is, neither mail nor file says. */
static void one_report_of_two_accounts_is_not_guessed(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	deliver(&s, REPORTS, LINK CAMPAIGN_A "/delivery.csv");
	deliver(&s, REPORTS, LINK CAMPAIGN_A "/clicks.csv");
	open_box(&s);
	add_of(&s, "job-1", "one", "delivery");
	add_of(&s, "job-2", "two", "delivery");
	add_of(&s, "job-3", "two", "clicks");
	WAIT_FOR(&s, s.count == 1);
	wait_round(&s);
	assert_int_equal(s.count, 1);
	assert_string_equal(s.told[0].jobs, "job-3 ");
	assert_int_equal(status(&s).mails[REPORT_MAIL_SEVERAL], 1);
	assert_false(dovecot_is_seen(&s.d, 1));
	end(&s);
}

static void jobs_of_one_campaign_are_told_together(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	s.stores = false;
	open_box(&s);
	add(&s, "clicks", CAMPAIGN_A, "clicks");
	add(&s, "sent", CAMPAIGN_A, "sent");
	add(&s, "other", CAMPAIGN_B, "sent");
	deliver(&s, REPORTS, LINK CAMPAIGN_A "/1.csv");
	WAIT_FOR(&s, s.count == 1);
	assert_string_equal(s.told[0].jobs, "clicks sent ");
	deliver(&s, REPORTS, LINK CAMPAIGN_A "/sent.csv");
	WAIT_FOR(&s, s.count == 2);
	assert_string_equal(s.told[1].jobs, "sent ");
	end(&s);
}

static void a_mail_older_than_the_order_is_not_its_report(void **state)
{
	struct scene s;
	char mail[] = "From: a@passona.example\r\n\r\n" LINK "1.csv\r\n";

	(void)state;
	begin(&s, false);
	dovecot_deliver(&s.d, mail, sizeof(mail) - 1, now_s() - 3600);
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	wait_round(&s);
	assert_int_equal(s.count, 0);
	dovecot_deliver(&s.d, mail, sizeof(mail) - 1, now_s());
	WAIT_FOR(&s, s.count == 1);
	WAIT_FOR(&s, dovecot_is_seen(&s.d, 2));
	end(&s);
}

static void a_server_that_is_down_is_tried_again(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	s.stores = false;
	open_box(&s);
	dovecot_kill(&s.d);
	add(&s, "job-1", CAMPAIGN_A, "");
	/* A login process that outlives its master for a moment may still take a connection. */
	WAIT_FOR(&s, status(&s).state == COMPLETION_DOWN && status(&s).end == IMAP_END_CONNECT);
	assert_true(status(&s).since_ms > 0);
	assert_true(strlen(status(&s).text) > 0);
	deliver(&s, REPORTS, LINK CAMPAIGN_A ".csv");
	dovecot_restart(&s.d);
	WAIT_FOR(&s, s.count == 1);
	assert_int_equal(status(&s).end, IMAP_END_OK);
	/* Stored while it is down again: marked when it is back, though nobody waits any more. */
	dovecot_kill(&s.d);
	completion_mailbox_stored(s.box, s.told[0].mail);
	completion_mailbox_remove_job(s.box, STR_LIT("job-1"));
	WAIT_FOR(&s, status(&s).state == COMPLETION_DOWN);
	assert_int_equal(status(&s).unmarked, 1);
	dovecot_restart(&s.d);
	WAIT_FOR(&s, dovecot_is_seen(&s.d, 1));
	WAIT_FOR(&s, status(&s).state == COMPLETION_IDLE);
	end(&s);
}

static void a_wrong_password_and_a_wrong_certificate_have_their_words(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, true);
	s.conf.imap.password = "wrong";
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	WAIT_FOR(&s, status(&s).state == COMPLETION_DOWN);
	assert_int_equal(status(&s).end, IMAP_END_LOGIN);
	assert_non_null(strstr(status(&s).text, "check username and password"));
	completion_mailbox_free(s.box);
	s.conf.imap.password = "secret";
	s.conf.imap.url = s.d.tls_url;
	s.conf.imap.ca = s.d.other_ca;
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	WAIT_FOR(&s, status(&s).state == COMPLETION_DOWN);
	assert_int_equal(status(&s).end, IMAP_END_TLS);
	assert_non_null(strstr(status(&s).text, "check url and ca"));
	completion_mailbox_free(s.box);
	s.conf.imap.ca = s.d.ca;
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	deliver(&s, REPORTS, LINK CAMPAIGN_A ".csv");
	WAIT_FOR(&s, s.count == 1);
	end(&s);
}

/* Newest first, in bounded rounds: the fresh mail does not wait behind all others. */
static void fifty_thousand_mails_hold_nobody_up(void **state)
{
	static const char news[] = "From: news@shop.example\r\nSubject: Sale\r\n\r\nbuy\r\n";
	struct scene s;
	uint64_t began;

	(void)state;
	begin(&s, false);
	s.stores = false;
	dovecot_deliver_many(&s.d, news, sizeof(news) - 1, now_s(), 50000);
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	deliver(&s, REPORTS, LINK CAMPAIGN_A ".csv");
	began = clock_mono_ms();
	WAIT_FOR(&s, s.count == 1);
	print_message("found among 50,000 after %u ms\n", (unsigned)(clock_mono_ms() - began));
	assert_true(status(&s).mails[REPORT_MAIL_NO_LINK] < 50000);
	assert_int_equal(dovecot_count_seen(&s.d), 0);
	completion_mailbox_free(s.box);
	/* With senders the server sorts them out. */
	s.conf.from_count = 1;
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	WAIT_FOR(&s, s.count == 2);
	assert_int_equal(status(&s).mails[REPORT_MAIL_NO_LINK], 0);
	end(&s);
}

static void a_server_killed_in_the_middle_of_a_fetch_loses_nothing(void **state)
{
	struct scene s;
	size_t len = (size_t)8 << 20;
	char *large = malloc(len);
	static const char tail[] = "\r\n" LINK CAMPAIGN_A ".csv\r\n";
	int got;

	(void)state;
	begin(&s, false);
	assert_non_null(large);
	memset(large, 'x', len);
	got = snprintf(large, 200,
	               "From: " REPORTS "\r\nContent-Type: multipart/mixed; "
	               "boundary=b\r\n\r\n--b\r\nContent-Type: image/png\r\n\r\n");
	large[got] = 'x';
	for (size_t i = 1000; i + 1 < len; i += 1000)
		memcpy(large + i, "\r\n", 2);
	memcpy(large + len - 200, "\r\n--b\r\nContent-Type: text/plain\r\n\r\n", 35);
	memcpy(large + len - sizeof(tail) + 1, tail, sizeof(tail) - 1);
	dovecot_deliver(&s.d, large, len, now_s());
	free(large);
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	/* The fetch of the whole mail begins with the status of the first found head; it takes many
	 * turns, and one of them is the last for the server. Eight times at most: the pause after
	 * each failure is twice as long, and must not outlast the test. */
	for (unsigned turns = 5; turns <= 61 && s.count == 0; turns += 8) {
		for (unsigned i = 0; i < turns && s.count == 0; i++)
			loop_turn(s.loop, 5);
		dovecot_kill(&s.d);
		if (s.count == 0)
			WAIT_FOR(&s, status(&s).state == COMPLETION_DOWN || s.count > 0);
		dovecot_restart(&s.d);
	}
	WAIT_FOR(&s, s.count == 1);
	WAIT_FOR(&s, dovecot_is_seen(&s.d, 1));
	assert_int_equal(s.count, 1);
	end(&s);
}

static void it_can_be_freed_from_its_callback_and_at_any_turn(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	deliver(&s, REPORTS, LINK CAMPAIGN_A ".csv");
	s.frees = true;
	s.stores = false;
	open_box(&s);
	add(&s, "job-1", CAMPAIGN_A, "");
	WAIT_FOR(&s, s.count == 1);
	assert_null(s.box);
	for (unsigned turns = 0; turns < 20; turns++) {
		s.count = 0;
		open_box(&s);
		add(&s, "job-1", CAMPAIGN_A, "");
		for (unsigned i = 0; i < turns && s.box != NULL; i++)
			loop_turn(s.loop, 5);
		completion_mailbox_free(s.box);
		s.box = NULL;
	}
	end(&s);
}

static void jobs_are_bounded_and_known_once(void **state)
{
	struct scene s;
	struct completion_job job = {.id = STR_LIT("one"), .spec = &spec};
	char id[16];

	(void)state;
	begin(&s, false);
	open_box(&s);
	assert_int_equal(completion_mailbox_add_job(s.box, &job), ERR_OK);
	assert_int_equal(completion_mailbox_add_job(s.box, &job), ERR_EXISTS);
	for (unsigned i = 1; i < COMPLETION_JOBS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "%u", i);
		job.id = str_from(id);
		assert_int_equal(completion_mailbox_add_job(s.box, &job), ERR_OK);
	}
	job.id = STR_LIT("last");
	assert_int_equal(completion_mailbox_add_job(s.box, &job), ERR_LIMIT);
	completion_mailbox_remove_job(s.box, STR_LIT("nobody"));
	completion_mailbox_remove_job(s.box, STR_LIT("one"));
	assert_int_equal(completion_mailbox_add_job(s.box, &job), ERR_OK);
	completion_mailbox_stored(s.box, (struct completion_mail){.uid_validity = 1, .uid = 1});
	completion_mailbox_released(s.box, (struct completion_mail){.uid_validity = 1, .uid = 1});
	completion_mailbox_free(NULL);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_told_and_marked_once_it_is_stored),
		cmocka_unit_test(what_could_not_be_stored_is_told_again),
		cmocka_unit_test(mails_of_nobody_stay_as_they_are),
		cmocka_unit_test(a_list_of_senders_keeps_all_others_out),
		cmocka_unit_test(two_mails_for_one_job_give_one_link),
		cmocka_unit_test(one_report_of_two_accounts_is_not_guessed),
		cmocka_unit_test(jobs_of_one_campaign_are_told_together),
		cmocka_unit_test(a_mail_older_than_the_order_is_not_its_report),
		cmocka_unit_test(a_server_that_is_down_is_tried_again),
		cmocka_unit_test(a_wrong_password_and_a_wrong_certificate_have_their_words),
		cmocka_unit_test(fifty_thousand_mails_hold_nobody_up),
		cmocka_unit_test(a_server_killed_in_the_middle_of_a_fetch_loses_nothing),
		cmocka_unit_test(it_can_be_freed_from_its_callback_and_at_any_turn),
		cmocka_unit_test(jobs_are_bounded_and_known_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
