/* SPDX-License-Identifier: MIT */
/* Who waits for report mails, and who gets which link, against a real Dovecot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/metrics.h"
#include "receiver/report/mail/mailboxes.h"
#include "tests/core/imap/dovecot.h"

#define WAIT_MS    20000
#define CAMPAIGN_A "6f0a2c10-69f6-11ef-9a0b-0242ac120008"
#define CAMPAIGN_B "7b1d3e20-70aa-11ef-9a0b-0242ac120008"
#define LINK       "https://files.passona.example/exports/"

struct waiter {
	struct mail_waiter *w;
	char link[256];
	unsigned count;
	bool is_shared;
	bool keeps, leaves; /* at once */
};

struct scene {
	struct dovecot d;
	struct loop *loop;
	struct mailboxes *all;
	struct mailbox *box;
	struct mailbox_conf conf;
	struct str host; /* each has words of its own, which are the same */
	struct report_mail_spec specs[8];
	size_t spec_count;
	int64_t ordered_ms;
	/* mailboxes_status() */
	size_t boxes;
	struct completion_status status;
	char label[512];
};

static void begin(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	dovecot_start(&s->d, false);
	assert_int_equal(loop_new(&s->loop), ERR_OK);
	assert_int_equal(mailboxes_new(s->loop, &s->all), ERR_OK);
	s->host = STR_LIT("files.passona.example");
	s->ordered_ms = clock_now_ms() - 60000;
	s->conf = (struct mailbox_conf){.url = s->d.url,
	                                .folder = "INBOX",
	                                .username = "ann",
	                                .password = "secret",
	                                .poll_ms = 50};
	assert_int_equal(mailbox_of(s->all, &s->conf, &s->box), ERR_OK);
}

static void end(struct scene *s)
{
	mailbox_unref(s->box);
	mailboxes_free(s->all);
	loop_free(s->loop);
	dovecot_stop(&s->d);
	metrics_free();
}

static void note_link(void *arg, struct str link, bool is_shared)
{
	struct waiter *x = arg;

	(void)snprintf(x->link, sizeof(x->link), "%.*s", STR_FMT(link));
	x->count++;
	x->is_shared = is_shared;
	if (x->keeps)
		mailbox_kept(x->w);
	if (x->leaves) {
		mailbox_leave(x->w);
		x->w = NULL;
	}
}

static enum err try_wait(struct scene *s, struct waiter *x, const char *id, const char *campaign)
{
	struct report_mail_spec *spec = &s->specs[s->spec_count++];
	const struct mail_wanted wanted = {.id = str_from(id),
	                                   .campaign = str_from(campaign),
	                                   .report = str_from(id),
	                                   .ordered_ms = s->ordered_ms,
	                                   .spec = spec};

	assert_true(s->spec_count <= 8);
	*spec = (struct report_mail_spec){
		.hosts = &s->host, .host_count = 1, .path_suffix = STR_LIT(".csv")};
	return mailbox_wait(s->box, &wanted, note_link, x, &x->w);
}

static void wait_at(struct scene *s, struct waiter *x, const char *id, const char *campaign)
{
	assert_int_equal(try_wait(s, x, id, campaign), ERR_OK);
}

static unsigned deliver(struct scene *s, const char *text)
{
	char mail[1024];
	int len = snprintf(mail, sizeof(mail),
	                   "From: <reports@passona.example>\r\nSubject: Your report\r\n\r\n%s\r\n",
	                   text);

	return dovecot_deliver(&s->d, mail, (size_t)len, clock_now_ms() / 1000);
}

/* What it is called: with its folder. */
static const char *label(struct scene *s)
{
	(void)snprintf(s->label, sizeof(s->label), "%s/INBOX", s->d.url);
	return s->label;
}

static void note_status(void *arg, const char *url, const char *username,
                        const struct completion_status *status)
{
	struct scene *s = arg;

	assert_string_equal(url, label(s));
	assert_string_equal(username, "ann");
	s->boxes++;
	s->status = *status;
}

static struct completion_status status(struct scene *s)
{
	s->boxes = 0;
	mailboxes_status(s->all, note_status, s);
	return s->status;
}

#define WAIT_FOR(s, condition)                                   \
	do {                                                     \
		uint64_t until_ms = clock_mono_ms() + WAIT_MS;   \
		while (!(condition)) {                           \
			assert_true(clock_mono_ms() < until_ms); \
			loop_turn((s)->loop, 10);                \
		}                                                \
	} while (0)

/* A round that began now has ended. */
static void wait_round(struct scene *s)
{
	for (int i = 0; i < 2; i++) {
		WAIT_FOR(s, status(s).state == COMPLETION_LOOKING);
		WAIT_FOR(s, status(s).state != COMPLETION_LOOKING);
	}
}

static void equal_settings_share_one_connection(void **state)
{
	struct scene s;
	struct mailbox *same = NULL;
	struct mailbox *other = NULL;
	struct str from = STR_LIT("@passona.example");
	struct mailbox_conf conf;

	(void)state;
	begin(&s);
	conf = s.conf;
	assert_int_equal(mailbox_of(s.all, &conf, &same), ERR_OK);
	assert_ptr_equal(same, s.box);
	conf.password = "another";
	assert_int_equal(mailbox_of(s.all, &conf, &other), ERR_OK);
	assert_ptr_not_equal(other, s.box);
	mailbox_unref(other);
	conf = s.conf;
	conf.from = &from;
	conf.from_count = 1;
	assert_int_equal(mailbox_of(s.all, &conf, &other), ERR_OK);
	assert_ptr_not_equal(other, s.box);
	(void)status(&s);
	assert_int_equal(s.boxes, 3);
	mailbox_unref(other);
	mailbox_unref(same);
	WAIT_FOR(&s, status(&s).jobs == 0 && s.boxes == 1); /* those that nobody wants are gone */
	end(&s);
}

static void wrong_settings_are_said(void **state)
{
	struct scene s;
	struct mailbox *box = NULL;
	struct str from[COMPLETION_FROM_MAX + 1] = {STR_EMPTY};

	(void)state;
	begin(&s);
	s.conf.url = "pop3://127.0.0.1";
	assert_int_equal(mailbox_of(s.all, &s.conf, &box), ERR_INVAL);
	s.conf.url = s.d.url;
	s.conf.ca = "/nowhere/ca.pem";
	assert_int_equal(mailbox_of(s.all, &s.conf, &box), ERR_NOENT);
	s.conf.ca = NULL;
	s.conf.from = from;
	s.conf.from_count = COMPLETION_FROM_MAX + 1;
	assert_int_equal(mailbox_of(s.all, &s.conf, &box), ERR_INVAL);
	assert_null(box);
	mailbox_unref(NULL);
	mailbox_leave(NULL);
	mailboxes_free(NULL);
	end(&s);
}

static void a_mail_is_marked_only_once_it_is_kept(void **state)
{
	struct scene s;
	struct waiter a = {.w = NULL};
	unsigned mail;

	(void)state;
	begin(&s);
	wait_at(&s, &a, "a", CAMPAIGN_A);
	mail = deliver(&s, LINK CAMPAIGN_A ".csv?sig=secret");
	WAIT_FOR(&s, a.count == 1);
	assert_string_equal(a.link, LINK CAMPAIGN_A ".csv?sig=secret");
	assert_false(a.is_shared);
	wait_round(&s);
	assert_false(dovecot_is_seen(&s.d, mail));
	mailbox_kept(a.w);
	WAIT_FOR(&s, dovecot_is_seen(&s.d, mail));
	assert_int_equal(a.count, 1);
	assert_int_equal(status(&s).jobs, 0);
	mailbox_leave(a.w);
	assert_int_equal(dovecot_count(&s.d), 1);
	end(&s);
}

static void what_could_not_be_stored_is_told_again(void **state)
{
	struct scene s;
	struct waiter a = {.w = NULL};

	(void)state;
	begin(&s);
	wait_at(&s, &a, "a", CAMPAIGN_A);
	deliver(&s, LINK CAMPAIGN_A ".csv");
	WAIT_FOR(&s, a.count == 1);
	mailbox_released(a.w);
	WAIT_FOR(&s, a.count == 2);
	assert_int_equal(dovecot_count_seen(&s.d), 0);
	mailbox_leave(a.w);
	end(&s);
}

/* It began when its mail was there already, and had been looked at for another. */
static void one_that_comes_late_gets_its_mail(void **state)
{
	struct scene s;
	struct waiter a = {.keeps = true};
	struct waiter b = {.keeps = true};

	(void)state;
	begin(&s);
	deliver(&s, "campaign " CAMPAIGN_A ": " LINK "1.csv");
	wait_at(&s, &b, "b", CAMPAIGN_B);
	wait_round(&s);
	assert_int_equal(b.count, 0);
	wait_at(&s, &a, "a", CAMPAIGN_A);
	WAIT_FOR(&s, a.count == 1);
	deliver(&s, LINK CAMPAIGN_B ".csv");
	WAIT_FOR(&s, b.count == 1);
	WAIT_FOR(&s, dovecot_count_seen(&s.d) == 2);
	mailbox_leave(a.w);
	mailbox_leave(b.w);
	end(&s);
}

/* As after a restart: the first one must not take what is there for its own. */
static void those_that_come_together_are_looked_for_together(void **state)
{
	struct scene s;
	struct waiter a = {.keeps = true};
	struct waiter b = {.keeps = true};

	(void)state;
	begin(&s);
	deliver(&s, LINK CAMPAIGN_A ".csv");
	wait_at(&s, &b, "b", CAMPAIGN_B);
	loop_turn(s.loop, 0);
	wait_at(&s, &a, "a", CAMPAIGN_A);
	WAIT_FOR(&s, a.count == 1);
	assert_int_equal(b.count, 0);
	/* Again, when it waits no more: it still is not that of the only one that does. */
	deliver(&s, LINK CAMPAIGN_A "/2.csv");
	wait_round(&s);
	assert_int_equal(b.count, 0);
	assert_int_equal(status(&s).second_mails, 1);
	/* One that names nobody is. */
	deliver(&s, LINK "3.csv");
	WAIT_FOR(&s, b.count == 1);
	assert_int_equal(dovecot_count(&s.d), 3);
	mailbox_leave(a.w);
	mailbox_leave(b.w);
	end(&s);
}

static void a_shared_link_goes_to_one_and_the_next_to_the_other(void **state)
{
	struct scene s;
	struct waiter a = {.w = NULL};
	struct waiter b = {.w = NULL};
	struct waiter *first;
	struct waiter *second;

	(void)state;
	begin(&s);
	wait_at(&s, &a, "clicks", CAMPAIGN_A);
	wait_at(&s, &b, "sent", CAMPAIGN_A);
	deliver(&s, LINK CAMPAIGN_A "/1.csv");
	WAIT_FOR(&s, a.count + b.count == 1);
	first = a.count == 1 ? &a : &b;
	second = first == &a ? &b : &a;
	assert_true(first->is_shared);
	mailbox_kept(first->w);
	/* It was the other's file: it waits anew, and must not be the first again. */
	mailbox_leave(first->w);
	wait_at(&s, first, first == &a ? "clicks" : "sent", CAMPAIGN_A);
	deliver(&s, LINK CAMPAIGN_A "/2.csv");
	WAIT_FOR(&s, second->count == 1);
	assert_true(second->is_shared);
	assert_int_equal(first->count, 1);
	mailbox_kept(second->w);
	/* Alone now: yet it may be a file of the one that has just left. */
	deliver(&s, LINK CAMPAIGN_A "/3.csv");
	WAIT_FOR(&s, first->count == 2);
	assert_true(first->is_shared);
	assert_string_equal(first->link, LINK CAMPAIGN_A "/3.csv");
	mailbox_kept(first->w);
	WAIT_FOR(&s, dovecot_count_seen(&s.d) == 3);
	mailbox_leave(a.w);
	mailbox_leave(b.w);
	end(&s);
}

static void two_at_once_are_told_to_two(void **state)
{
	struct scene s;
	struct waiter a = {.w = NULL};
	struct waiter b = {.w = NULL};

	(void)state;
	begin(&s);
	deliver(&s, LINK CAMPAIGN_A "/1.csv");
	deliver(&s, LINK CAMPAIGN_A "/2.csv");
	deliver(&s, LINK CAMPAIGN_A "/3.csv");
	wait_at(&s, &a, "clicks", CAMPAIGN_A);
	wait_at(&s, &b, "sent", CAMPAIGN_A);
	WAIT_FOR(&s, a.count == 1 && b.count == 1);
	assert_string_not_equal(a.link, b.link);
	/* The third is nobody's as long as both have one … */
	WAIT_FOR(&s, status(&s).second_mails == 1);
	wait_round(&s);
	assert_int_equal(status(&s).second_mails, 1);
	mailbox_kept(a.w);
	mailbox_kept(b.w);
	WAIT_FOR(&s, dovecot_count_seen(&s.d) == 2);
	/* … until one waits anew. */
	mailbox_leave(a.w);
	wait_at(&s, &a, "clicks", CAMPAIGN_A);
	WAIT_FOR(&s, a.count == 2);
	assert_string_equal(a.link, LINK CAMPAIGN_A "/1.csv"); /* newest first */
	mailbox_leave(a.w);
	mailbox_leave(b.w);
	end(&s);
}

static void two_mails_for_one_job_give_one_link(void **state)
{
	struct scene s;
	struct waiter a = {.w = NULL};

	(void)state;
	begin(&s);
	deliver(&s, LINK CAMPAIGN_A "/1.csv");
	deliver(&s, LINK CAMPAIGN_A "/2.csv");
	wait_at(&s, &a, "a", CAMPAIGN_A);
	WAIT_FOR(&s, a.count == 1);
	wait_round(&s);
	assert_int_equal(a.count, 1);
	assert_string_equal(a.link, LINK CAMPAIGN_A "/2.csv");
	mailbox_kept(a.w);
	WAIT_FOR(&s, dovecot_count_seen(&s.d) == 1);
	/* Its link is dead: the older one is tried. */
	mailbox_leave(a.w);
	wait_at(&s, &a, "a", CAMPAIGN_A);
	WAIT_FOR(&s, a.count == 2);
	assert_string_equal(a.link, LINK CAMPAIGN_A "/1.csv");
	mailbox_leave(a.w);
	end(&s);
}

/* Who was told has left without keeping it: the other is told. */
static void a_link_whose_waiter_has_left_is_told_to_the_other(void **state)
{
	struct scene s;
	struct waiter a = {.leaves = true};
	struct waiter b = {.leaves = true};

	(void)state;
	begin(&s);
	wait_at(&s, &a, "clicks", CAMPAIGN_A);
	wait_at(&s, &b, "sent", CAMPAIGN_A);
	deliver(&s, LINK CAMPAIGN_A "/1.csv");
	WAIT_FOR(&s, a.count == 1 && b.count == 1);
	assert_null(a.w);
	assert_null(b.w);
	WAIT_FOR(&s, status(&s).state == COMPLETION_IDLE);
	assert_int_equal(dovecot_count_seen(&s.d), 0);
	assert_int_equal(s.status.untold, 0);
	end(&s);
}

static void one_id_waits_once(void **state)
{
	struct scene s;
	struct waiter a = {.keeps = true};
	struct waiter b = {.w = NULL};

	(void)state;
	begin(&s);
	wait_at(&s, &a, "a", CAMPAIGN_A);
	assert_int_equal(try_wait(&s, &b, "a", CAMPAIGN_A), ERR_EXISTS);
	deliver(&s, LINK CAMPAIGN_A ".csv");
	WAIT_FOR(&s, a.count == 1);
	/* It has kept its link: the same one may wait before it has left. */
	wait_at(&s, &b, "a", CAMPAIGN_A);
	mailbox_kept(a.w);
	mailbox_released(a.w);
	mailbox_leave(a.w);
	assert_int_equal(status(&s).jobs, 1);
	deliver(&s, LINK CAMPAIGN_A "/2.csv");
	WAIT_FOR(&s, b.count == 1);
	mailbox_leave(b.w);
	end(&s);
}

/* Nobody wants the mailbox any more, but a mail is still to be marked. */
static void a_mark_is_made_before_the_connection_is_closed(void **state)
{
	struct scene s;
	struct waiter a = {.w = NULL};

	(void)state;
	begin(&s);
	wait_at(&s, &a, "a", CAMPAIGN_A);
	deliver(&s, LINK CAMPAIGN_A ".csv");
	WAIT_FOR(&s, a.count == 1);
	mailbox_unref(s.box); /* the waiter holds it */
	s.box = NULL;
	mailbox_kept(a.w);
	mailbox_leave(a.w);
	WAIT_FOR(&s, dovecot_count_seen(&s.d) == 1);
	(void)status(&s);
	WAIT_FOR(&s, (status(&s), s.boxes == 0));
	end(&s);
}

static void know(struct scene *s, const char *account, const char *id)
{
	struct campaign_ids *ids = NULL;
	struct str list = str_from(id);

	assert_int_equal(campaign_ids_new(&list, 1, &ids), ERR_OK);
	assert_int_equal(mailbox_know(s->box, account, ids), ERR_OK);
	campaign_ids_unref(ids);
}

/* The only one that waits does not get it, whichever account has that campaign. */
static void a_mail_of_a_campaign_that_is_known_is_nobody_elses(void **state)
{
	struct scene s;
	struct waiter b = {.keeps = true};
	unsigned first;
	unsigned second;

	(void)state;
	begin(&s);
	know(&s, "one", CAMPAIGN_B);
	know(&s, "two", "another");
	know(&s, "two", CAMPAIGN_A);
	first = deliver(&s, LINK CAMPAIGN_A ".csv");
	wait_at(&s, &b, "b", CAMPAIGN_B);
	WAIT_FOR(&s, status(&s).mails[REPORT_MAIL_UNKNOWN_CAMPAIGN] == 1);
	assert_int_equal(b.count, 0);
	second = deliver(&s, LINK "1.csv");
	WAIT_FOR(&s, b.count == 1);
	assert_string_equal(b.link, LINK "1.csv");
	WAIT_FOR(&s, dovecot_is_seen(&s.d, second));
	assert_false(dovecot_is_seen(&s.d, first));
	mailbox_leave(b.w);
	end(&s);
}

static void nothing_is_looked_at_before_the_campaigns_are_known(void **state)
{
	struct scene s;
	struct waiter b = {.keeps = true};
	uint64_t pause_ms;

	(void)state;
	begin(&s);
	assert_int_equal(mailbox_know(s.box, "one", NULL), ERR_OK);
	assert_int_equal(mailbox_know(s.box, "two", NULL), ERR_OK);
	wait_at(&s, &b, "b", CAMPAIGN_B);
	deliver(&s, LINK "1.csv");
	know(&s, "one", CAMPAIGN_B);
	pause_ms = clock_mono_ms() + 500; /* ten polls */
	WAIT_FOR(&s, clock_mono_ms() >= pause_ms);
	assert_int_equal(status(&s).looked_at_ms, 0);
	know(&s, "two", CAMPAIGN_A);
	WAIT_FOR(&s, b.count == 1);
	/* What is known stays so. */
	assert_int_equal(mailbox_know(s.box, "one", NULL), ERR_OK);
	mailbox_leave(b.w);
	b = (struct waiter){.keeps = true};
	wait_at(&s, &b, "b", CAMPAIGN_B);
	deliver(&s, LINK "2.csv");
	WAIT_FOR(&s, b.count == 1);
	mailbox_leave(b.w);
	end(&s);
}

static uint32_t mailbox_validity(struct scene *s)
{
	struct waiter a = {.keeps = true};
	uint32_t validity;

	wait_at(s, &a, "a", CAMPAIGN_A);
	deliver(s, LINK CAMPAIGN_A ".csv");
	WAIT_FOR(s, a.count == 1);
	validity = mailbox_told(a.w).uid_validity;
	assert_int_equal(mailbox_told(a.w).uid, 1);
	mailbox_leave(a.w);
	WAIT_FOR(s, !mailboxes_is_marking(s->all));
	assert_true(dovecot_is_seen(&s->d, 1));
	return validity;
}

/* After a restart: of the mailbox as it was then, and told to nobody. */
static void a_mail_is_marked_again_after_a_restart(void **state)
{
	struct scene s;
	struct waiter a = {.keeps = true};
	struct completion_mail noted = {.uid = 0};
	uint32_t validity;
	unsigned mail;
	unsigned other;

	(void)state;
	begin(&s);
	validity = mailbox_validity(&s);
	mailbox_unref(s.box);
	WAIT_FOR(&s, (status(&s), s.boxes == 0));
	mail = deliver(&s, LINK CAMPAIGN_A ".csv");
	other = deliver(&s, "nothing");
	assert_int_equal(mailbox_of(s.all, &s.conf, &s.box), ERR_OK);
	noted.box = mailbox_identity(s.box);
	noted.uid = other;
	noted.uid_validity = validity + 1;
	mailbox_mark(s.box, noted);
	noted.uid = mail;
	noted.uid_validity = validity;
	mailbox_mark(s.box, noted);
	mailbox_mark(s.box, noted);
	mailbox_mark(s.box, (struct completion_mail){.box = noted.box});
	assert_true(mailboxes_is_marking(s.all));
	wait_at(&s, &a, "a", CAMPAIGN_A);
	WAIT_FOR(&s, dovecot_is_seen(&s.d, mail));
	WAIT_FOR(&s, !mailboxes_is_marking(s.all));
	wait_round(&s);
	assert_int_equal(a.count, 0);
	assert_false(dovecot_is_seen(&s.d, other));
	mailbox_leave(a.w);
	end(&s);
}

static void metrics_say_whether_it_works(void **state)
{
	struct scene s;
	struct waiter a = {.keeps = true};

	(void)state;
	begin(&s);
	wait_at(&s, &a, "a", CAMPAIGN_A);
	deliver(&s, LINK CAMPAIGN_A ".csv");
	WAIT_FOR(&s, a.count == 1);
	assert_int_equal(metric_get(METRIC_MAILBOX_MAILS, label(&s), "found", NULL)->value, 1);
	mailbox_leave(a.w);
	WAIT_FOR(&s, metric_get(METRIC_MAILBOX_UP, label(&s), NULL, NULL)->value == 1);
	dovecot_kill(&s.d);
	wait_at(&s, &a, "a", CAMPAIGN_A);
	WAIT_FOR(&s, metric_get(METRIC_MAILBOX_UP, label(&s), NULL, NULL)->value == 0);
	assert_int_equal(status(&s).state, COMPLETION_DOWN);
	mailbox_leave(a.w);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_settings_share_one_connection),
		cmocka_unit_test(wrong_settings_are_said),
		cmocka_unit_test(a_mail_is_marked_only_once_it_is_kept),
		cmocka_unit_test(what_could_not_be_stored_is_told_again),
		cmocka_unit_test(one_that_comes_late_gets_its_mail),
		cmocka_unit_test(those_that_come_together_are_looked_for_together),
		cmocka_unit_test(a_shared_link_goes_to_one_and_the_next_to_the_other),
		cmocka_unit_test(two_at_once_are_told_to_two),
		cmocka_unit_test(two_mails_for_one_job_give_one_link),
		cmocka_unit_test(a_link_whose_waiter_has_left_is_told_to_the_other),
		cmocka_unit_test(one_id_waits_once),
		cmocka_unit_test(a_mark_is_made_before_the_connection_is_closed),
		cmocka_unit_test(a_mail_of_a_campaign_that_is_known_is_nobody_elses),
		cmocka_unit_test(nothing_is_looked_at_before_the_campaigns_are_known),
		cmocka_unit_test(a_mail_is_marked_again_after_a_restart),
		cmocka_unit_test(metrics_say_whether_it_works),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
