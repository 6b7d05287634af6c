/* SPDX-License-Identifier: MIT */
/* imap_client against a real Dovecot. */
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
#include "core/imap/imap_client.h"
#include "tests/core/imap/dovecot.h"

#define WAIT_MS  60000
#define DAY_S    86400
#define NOON     1725364800 /* 2024-09-03 12:00:00 UTC */
#define MAIL_MAX ((size_t)10 << 20)

static const char mail[] =
	"From: Reports <reports@passona.example>\r\nTo: ann@example.net\r\n"
	"Subject: Your report\r\n\r\nc3 OK done\r\nA003 OK done\r\n)\r\n* BYE\r\n";

struct outcome {
	unsigned mails, dones;
	enum imap_end end;
	char text[256];
	uint32_t uid_validity, uid, first, last;
	size_t uid_count;
	bool has_more;
	int64_t received_ms;
	uint64_t size;
	struct buf body;
	struct imap_client *to_free; /* in on_mail() */
	struct imap_call *call, *to_cancel;
};

struct scene {
	struct dovecot d;
	struct loop *loop;
	struct imap_client *client;
	struct outcome o;
};

static void note_mail(void *arg, const struct imap_mail *m)
{
	struct outcome *o = arg;

	o->mails++;
	o->uid = m->uid;
	o->received_ms = m->received_ms;
	o->size = m->size;
	buf_reset(&o->body);
	assert_int_equal(buf_append_str(&o->body, m->body), ERR_OK);
	imap_call_cancel(o->to_cancel);
	imap_client_free(o->to_free);
}

static void note_done(void *arg, const struct imap_answer *a)
{
	struct outcome *o = arg;

	o->dones++;
	o->end = a->end;
	(void)snprintf(o->text, sizeof(o->text), "%s", a->text);
	o->uid_validity = a->uid_validity;
	o->uid_count = a->uid_count;
	o->has_more = a->has_more;
	o->first = a->uid_count > 0 ? a->uids[0] : 0;
	o->last = a->uid_count > 0 ? a->uids[a->uid_count - 1] : 0;
	assert_true((a->end == IMAP_END_OK) == (a->text[0] == '\0'));
}

static const struct imap_ops ops = {note_mail, note_done};

static struct imap_client_conf conf_of(const struct scene *s)
{
	return (struct imap_client_conf){.url = s->d.url,
	                                 .user = "ann",
	                                 .password = "secret",
	                                 .mailbox = "INBOX",
	                                 .timeout_ms = 10000};
}

static void begin(struct scene *s, bool has_tls)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->o.body, (size_t)16 << 20);
	dovecot_start(&s->d, has_tls);
	assert_int_equal(loop_new(&s->loop), ERR_OK);
}

static void open_with(struct scene *s, const struct imap_client_conf *conf)
{
	assert_int_equal(imap_client_new(s->loop, conf, &s->client), ERR_OK);
}

static void end(struct scene *s)
{
	imap_client_free(s->client);
	loop_free(s->loop);
	dovecot_stop(&s->d);
	buf_fini(&s->o.body);
}

static void wait_for(struct scene *s, const unsigned *counter, unsigned value)
{
	uint64_t until = clock_mono_ms() + WAIT_MS;

	while (*counter < value && clock_mono_ms() < until)
		loop_turn(s->loop, 20);
	assert_int_equal(*counter, value);
}

static void search(struct scene *s, const struct imap_search *what)
{
	unsigned dones = s->o.dones;

	assert_int_equal(imap_client_search(s->client, what, &ops, &s->o, &s->o.call), ERR_OK);
	assert_int_equal(s->o.dones, dones); /* nothing from within */
	wait_for(s, &s->o.dones, dones + 1);
}

static struct imap_fetch fetch_of(const struct scene *s, const uint32_t *uid, enum imap_part part)
{
	return (struct imap_fetch){.uid_validity = s->o.uid_validity,
	                           .uids = uid,
	                           .uid_count = 1,
	                           .part = part,
	                           .max = MAIL_MAX};
}

static void fetch(struct scene *s, uint32_t uid, enum imap_part part)
{
	struct imap_fetch what = fetch_of(s, &uid, part);
	unsigned dones = s->o.dones;

	assert_int_equal(imap_client_fetch(s->client, &what, &ops, &s->o, &s->o.call), ERR_OK);
	wait_for(s, &s->o.dones, dones + 1);
}

static enum imap_end end_with(struct scene *s, const struct imap_client_conf *conf)
{
	struct imap_search all = {0};
	enum imap_end how;

	open_with(s, conf);
	search(s, &all);
	how = s->o.end;
	imap_client_free(s->client);
	s->client = NULL;
	return how;
}

static void search_finds_by_day_flag_sender_and_number(void **state)
{
	struct scene s;
	struct str from[] = {STR_LIT("nobody@"), STR_LIT("REPORTS@passona.example")};
	struct imap_search what = {0};

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	dovecot_deliver(&s.d, mail, sizeof(mail) - 1, NOON - 10 * DAY_S);
	dovecot_deliver(&s.d, mail, sizeof(mail) - 1, NOON);
	open_with(&s, &conf);
	search(&s, &what);
	assert_int_equal(s.o.end, IMAP_END_OK);
	assert_int_equal(s.o.uid_count, 2);
	assert_true(s.o.uid_validity > 0);
	what.since_ms = (int64_t)(NOON - DAY_S) * 1000;
	search(&s, &what);
	assert_int_equal(s.o.uid_count, 1);
	assert_int_equal(s.o.first, 2);
	what.from = from;
	what.from_count = 2;
	what.is_unseen = true;
	search(&s, &what);
	assert_int_equal(s.o.uid_count, 1);
	what.from_count = 1;
	search(&s, &what);
	assert_int_equal(s.o.uid_count, 0);
	what = (struct imap_search){.above_uid = 2};
	search(&s, &what); /* the server gives the last one all the same */
	assert_int_equal(s.o.uid_count, 0);
	dovecot_deliver(&s.d, mail, sizeof(mail) - 1, NOON);
	search(&s, &what); /* on the kept connection */
	assert_int_equal(s.o.uid_count, 1);
	assert_int_equal(s.o.last, 3);
	end(&s);
}

static void reading_marks_nothing_and_marking_marks_one(void **state)
{
	struct scene s;
	struct imap_search all = {.is_unseen = true};
	uint32_t uid = 2;

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	dovecot_deliver_many(&s.d, mail, sizeof(mail) - 1, NOON, 3);
	open_with(&s, &conf);
	search(&s, &all);
	fetch(&s, 2, IMAP_PART_ADDRESS);
	assert_int_equal(s.o.end, IMAP_END_OK);
	assert_int_equal(s.o.mails, 1);
	assert_int_equal(s.o.received_ms, (int64_t)NOON * 1000);
	assert_int_equal(s.o.size, sizeof(mail) - 1);
	assert_non_null(strstr(buf_cstr(&s.o.body), "reports@passona.example"));
	assert_null(strstr(buf_cstr(&s.o.body), "To:"));
	fetch(&s, 2, IMAP_PART_WHOLE);
	assert_int_equal(s.o.mails, 2);
	assert_string_equal(buf_cstr(&s.o.body), mail);
	assert_int_equal(dovecot_count_seen(&s.d), 0);

	struct imap_fetch what = fetch_of(&s, &uid, IMAP_PART_WHOLE);
	unsigned dones = s.o.dones;

	assert_int_equal(imap_client_mark_seen(s.client, &what, &ops, &s.o, &s.o.call), ERR_OK);
	wait_for(&s, &s.o.dones, dones + 1);
	assert_int_equal(s.o.end, IMAP_END_OK);
	assert_int_equal(dovecot_count_seen(&s.d), 1);
	assert_true(dovecot_is_seen(&s.d, 2));
	assert_int_equal(dovecot_count(&s.d), 3);
	search(&s, &all);
	assert_int_equal(s.o.uid_count, 2);
	end(&s);
}

static void a_mail_that_is_gone_is_told_as_none(void **state)
{
	struct scene s;
	struct imap_search all = {0};

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	open_with(&s, &conf);
	search(&s, &all);
	fetch(&s, 77, IMAP_PART_WHOLE);
	assert_int_equal(s.o.end, IMAP_END_OK);
	assert_int_equal(s.o.mails, 0);
	end(&s);
}

static void a_large_mail_is_cut_at_the_limit(void **state)
{
	struct scene s;
	struct imap_search all = {0};
	size_t len = MAIL_MAX + 5000;
	char *large = malloc(len);

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	assert_non_null(large);
	memset(large, 'x', len);
	memcpy(large, mail, sizeof(mail) - 1);
	for (size_t i = 1000; i + 1 < len; i += 1000) {
		large[i] = '\r';
		large[i + 1] = '\n';
	}
	dovecot_deliver(&s.d, large, len, NOON);
	open_with(&s, &conf);
	search(&s, &all);
	fetch(&s, 1, IMAP_PART_WHOLE);
	assert_int_equal(s.o.end, IMAP_END_OK);
	assert_int_equal(s.o.body.len, MAIL_MAX);
	assert_int_equal(s.o.size, len);
	assert_memory_equal(s.o.body.ptr, large, MAIL_MAX);
	free(large);
	end(&s);
}

static void errors_are_told_apart(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, true);
	struct imap_client_conf good = conf_of(&s), conf = good;

	assert_int_equal(end_with(&s, &conf), IMAP_END_OK);
	conf.password = "wrong";
	assert_int_equal(end_with(&s, &conf), IMAP_END_LOGIN);
	conf = good;
	conf.mailbox = "Reports \"of\\ours";
	assert_int_equal(end_with(&s, &conf), IMAP_END_MAILBOX);
	conf = good;
	conf.url = "imap://127.0.0.1:1";
	assert_int_equal(end_with(&s, &conf), IMAP_END_CONNECT);
	conf.url = "imaps://no-such-host.invalid";
	assert_int_equal(end_with(&s, &conf), IMAP_END_RESOLVE);
	end(&s);
}

static void certificates_are_verified(void **state)
{
	struct scene s;
	char url[64];

	(void)state;
	begin(&s, true);
	struct imap_client_conf good = conf_of(&s), conf = good;

	conf.url = s.d.tls_url;
	assert_int_equal(end_with(&s, &conf), IMAP_END_TLS); /* the system's authorities */
	conf.ca = s.d.other_ca;
	assert_int_equal(end_with(&s, &conf), IMAP_END_TLS);
	conf.ca = s.d.ca;
	assert_int_equal(end_with(&s, &conf), IMAP_END_OK);
	(void)snprintf(url, sizeof(url), "imaps://localhost:%u", s.d.tls_port);
	conf.url = url; /* the certificate is for 127.0.0.1 */
	assert_int_equal(end_with(&s, &conf), IMAP_END_TLS);
	conf = good;
	conf.wants_starttls = true;
	assert_int_equal(end_with(&s, &conf), IMAP_END_TLS);
	conf.ca = s.d.ca;
	assert_int_equal(end_with(&s, &conf), IMAP_END_OK);
	end(&s);
}

static void copy_file(const char *from, const char *to)
{
	char bytes[4096];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t len;

	assert_non_null(in);
	assert_non_null(out);
	len = fread(bytes, 1, sizeof(bytes), in);
	assert_true(len > 0 && len < sizeof(bytes));
	assert_int_equal(fwrite(bytes, 1, len, out), len);
	assert_int_equal(fclose(in), 0);
	assert_int_equal(fclose(out), 0);
}

static void a_file_of_authorities_is_read_again_for_each_connection(void **state)
{
	struct imap_search all = {0};
	struct scene s;
	char path[128];

	(void)state;
	begin(&s, true);
	struct imap_client_conf conf = conf_of(&s);

	(void)snprintf(path, sizeof(path), "%s/mended.pem", s.d.path);
	copy_file(s.d.other_ca, path);
	conf.url = s.d.tls_url;
	conf.ca = path;
	open_with(&s, &conf);
	search(&s, &all);
	assert_int_equal(s.o.end, IMAP_END_TLS);
	copy_file(s.d.ca, path);
	search(&s, &all);
	assert_int_equal(s.o.end, IMAP_END_OK);
	assert_int_equal(unlink(path), 0);
	end(&s);
}

static void starttls_is_wanted_where_it_is_not_offered(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	conf.wants_starttls = true;
	assert_int_equal(end_with(&s, &conf), IMAP_END_TLS);
	end(&s);
}

static void a_read_only_mailbox_takes_no_mark(void **state)
{
	struct scene s;
	struct imap_search all = {0};
	uint32_t uid = 1;

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	conf.is_read_only = true;
	dovecot_deliver(&s.d, mail, sizeof(mail) - 1, NOON);
	open_with(&s, &conf);
	search(&s, &all);
	assert_int_equal(s.o.uid_count, 1);

	struct imap_fetch what = fetch_of(&s, &uid, IMAP_PART_WHOLE);

	assert_int_equal(imap_client_mark_seen(s.client, &what, &ops, &s.o, &s.o.call), ERR_OK);
	wait_for(&s, &s.o.dones, 2);
	assert_int_equal(dovecot_count_seen(&s.d), 0);
	end(&s);
}

static void a_kept_connection_that_was_closed_is_made_anew(void **state)
{
	struct scene s;
	struct imap_search all = {0};

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	open_with(&s, &conf);
	search(&s, &all);
	assert_true(imap_client_is_connected(s.client));
	dovecot_kill(&s.d);
	search(&s, &all);
	assert_int_equal(s.o.end, IMAP_END_CONNECT);
	dovecot_restart(&s.d);
	search(&s, &all);
	assert_int_equal(s.o.end, IMAP_END_OK);
	dovecot_kill(&s.d);
	dovecot_restart(&s.d);
	search(&s, &all); /* nothing has told the client yet */
	assert_int_equal(s.o.end, IMAP_END_OK);
	end(&s);
}

static void uids_of_another_validity_are_refused(void **state)
{
	struct scene s;
	struct imap_search all = {0};

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	dovecot_deliver(&s.d, mail, sizeof(mail) - 1, NOON);
	open_with(&s, &conf);
	search(&s, &all);
	s.o.uid_validity++;
	fetch(&s, 1, IMAP_PART_WHOLE);
	assert_int_equal(s.o.end, IMAP_END_CHANGED);
	assert_int_equal(s.o.mails, 0);
	search(&s, &all);
	assert_int_equal(s.o.end, IMAP_END_OK);
	end(&s);
}

static void fifty_thousand_mails_are_found_newest_last(void **state)
{
	struct scene s;
	struct imap_search unseen = {.is_unseen = true};

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	conf.timeout_ms = 60000;
	dovecot_deliver_many(&s.d, mail, sizeof(mail) - 1, NOON, 50010);
	open_with(&s, &conf);
	search(&s, &unseen);
	assert_int_equal(s.o.end, IMAP_END_OK);
	assert_int_equal(s.o.uid_count, IMAP_UIDS_MAX);
	assert_true(s.o.has_more);
	assert_int_equal(s.o.first, 11);
	assert_int_equal(s.o.last, 50010);
	end(&s);
}

static void calls_can_be_cancelled_and_the_client_freed_at_any_time(void **state)
{
	struct scene s;
	struct imap_search all = {0};
	struct outcome other = {0};

	(void)state;
	begin(&s, false);
	struct imap_client_conf conf = conf_of(&s);

	buf_init(&other.body, (size_t)1 << 20);
	dovecot_deliver(&s.d, mail, sizeof(mail) - 1, NOON);
	open_with(&s, &conf);
	/* Before it began, and one that waits behind another. */
	assert_int_equal(imap_client_search(s.client, &all, &ops, &other, &other.call), ERR_OK);
	imap_call_cancel(other.call);
	search(&s, &all);
	/* While it runs: from its own on_mail(). */
	uint32_t uid = 1;
	struct imap_fetch what = fetch_of(&s, &uid, IMAP_PART_WHOLE);

	assert_int_equal(imap_client_fetch(s.client, &what, &ops, &other, &other.call), ERR_OK);
	other.to_cancel = other.call;
	search(&s, &all);
	assert_int_equal(other.mails, 1);
	assert_int_equal(other.dones, 0);
	assert_int_equal(s.o.end, IMAP_END_OK);
	/* The whole client, from on_mail(). */
	other.to_cancel = NULL;
	other.to_free = s.client;
	s.client = NULL;
	assert_int_equal(imap_client_fetch(other.to_free, &what, &ops, &other, &other.call),
	                 ERR_OK);
	wait_for(&s, &other.mails, 2);
	assert_int_equal(other.dones, 0);
	buf_fini(&other.body);
	/* At each turn of a connection's beginning. */
	for (int turns = 0; turns < 12; turns++) {
		open_with(&s, &conf);
		assert_int_equal(imap_client_search(s.client, &all, &ops, &s.o, &s.o.call), ERR_OK);
		for (int i = 0; i < turns; i++)
			loop_turn(s.loop, 20);
		imap_client_free(s.client);
		s.client = NULL;
	}
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search_finds_by_day_flag_sender_and_number),
		cmocka_unit_test(reading_marks_nothing_and_marking_marks_one),
		cmocka_unit_test(a_mail_that_is_gone_is_told_as_none),
		cmocka_unit_test(a_large_mail_is_cut_at_the_limit),
		cmocka_unit_test(errors_are_told_apart),
		cmocka_unit_test(certificates_are_verified),
		cmocka_unit_test(a_file_of_authorities_is_read_again_for_each_connection),
		cmocka_unit_test(starttls_is_wanted_where_it_is_not_offered),
		cmocka_unit_test(a_read_only_mailbox_takes_no_mark),
		cmocka_unit_test(a_kept_connection_that_was_closed_is_made_anew),
		cmocka_unit_test(uids_of_another_validity_are_refused),
		cmocka_unit_test(fifty_thousand_mails_are_found_newest_last),
		cmocka_unit_test(calls_can_be_cancelled_and_the_client_freed_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
