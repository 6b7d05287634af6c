/* SPDX-License-Identifier: MIT */
/* imap_client against servers that are wrong, silent or gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/imap/imap_client.h"
#include "tests/core/client/vendor_fixture.h"

#define WAIT_MS    10000
#define TIMEOUT_MS 300

struct scene {
	struct vendor v;
	struct loop *loop;
	struct imap_client *client;
	unsigned mails, dones;
	enum imap_end end;
	char text[256];
};

/* One line of the client. @return false: it has closed */
static bool read_line(struct vendor_link *link, char *ret_line, size_t size)
{
	size_t len = 0;

	while (len + 1 < size && recv(link->fd, ret_line + len, 1, 0) == 1) {
		if (ret_line[len++] == '\n')
			break;
	}
	ret_line[len] = '\0';
	return len > 0;
}

/*
 * Up to the login as it should be. Then for each command one line of the script: "|" is a line's
 * end, "%" the command's tag; at the end of the script silence, at "!" the end of the connection.
 */
static void act(struct vendor_link *link)
{
	const char *at = link->vendor->script_text;
	char line[512], tag[64];

	(void)vendor_say(link, "* OK [CAPABILITY IMAP4rev1] ready\r\n");
	while (read_line(link, line, sizeof(line))) {
		const char *blank = strchr(line, ' ');
		char answer[128];

		(void)snprintf(tag, sizeof(tag), "%.*s", blank != NULL ? (int)(blank - line) : 0,
		               line);
		if (strstr(line, "CAPABILITY") != NULL || strstr(line, " LOGIN ") != NULL) {
			(void)snprintf(answer, sizeof(answer), "%s OK\r\n", tag);
			(void)vendor_say(link, answer);
			continue;
		}
		for (; *at != '\0' && *at != '\n'; at++) {
			if (*at == '!')
				return;
			(void)vendor_say(link, *at == '%' ? tag : "");
			if (*at != '%')
				(void)vendor_send(link, *at == '|' ? "\r\n" : at,
				                  *at == '|' ? 2 : 1);
		}
		if (*at == '\n')
			at++;
	}
}

static void silence(struct vendor_link *link)
{
	vendor_wait_close(link);
}

static void note_mail(void *arg, const struct imap_mail *mail)
{
	struct scene *s = arg;

	(void)mail;
	s->mails++;
}

static void note_done(void *arg, const struct imap_answer *answer)
{
	struct scene *s = arg;

	s->dones++;
	s->end = answer->end;
	(void)snprintf(s->text, sizeof(s->text), "%s", answer->text);
}

static enum imap_end run(struct scene *s, vendor_script script, const char *text, bool is_fetch)
{
	static const struct imap_ops ops = {note_mail, note_done};
	static const uint32_t uid = 7;
	struct imap_search all = {0};
	struct imap_fetch what = {.uids = &uid, .uid_count = 1, .part = IMAP_PART_WHOLE, .max = 50};
	struct imap_client_conf conf = {
		.user = "a", .password = "b", .mailbox = "INBOX", .timeout_ms = TIMEOUT_MS};
	struct imap_call *call;
	uint64_t until = clock_mono_ms() + WAIT_MS;
	char url[64];

	memset(s, 0, sizeof(*s));
	vendor_start(&s->v, script, text);
	(void)snprintf(url, sizeof(url), "imap://127.0.0.1:%u", s->v.port);
	conf.url = url;
	assert_int_equal(loop_new(&s->loop), ERR_OK);
	assert_int_equal(imap_client_new(s->loop, &conf, &s->client), ERR_OK);
	if (is_fetch) {
		assert_int_equal(imap_client_fetch(s->client, &what, &ops, s, &call), ERR_OK);
	} else {
		assert_int_equal(imap_client_search(s->client, &all, &ops, s, &call), ERR_OK);
	}
	while (s->dones == 0 && clock_mono_ms() < until)
		loop_turn(s->loop, 20);
	assert_int_equal(s->dones, 1);
	imap_client_free(s->client);
	vendor_stop(&s->v);
	loop_free(s->loop);
	return s->end;
}

#define SELECTED "* OK [UIDVALIDITY 1] x|% OK|\n"

static void wrong_answers_have_their_ends(void **state)
{
	static const struct {
		const char *script;
		bool is_fetch;
		enum imap_end end;
	} cases[] = {
		{SELECTED "% OK|\n* SEARCH 3 1|% OK|", false, IMAP_END_OK},
		{SELECTED "* 1 FETCH (UID 7 BODY[]<0> {3}|abc)|% OK|", true, IMAP_END_OK},
		{"% OK no validity|", false, IMAP_END_PROTOCOL},
		{"% NO [NONEXISTENT] none|", false, IMAP_END_MAILBOX},
		{"* BYE too many|", false, IMAP_END_CUT},
		{"!", false, IMAP_END_CUT},
		{SELECTED "% OK|\n% NO busy|", false, IMAP_END_REFUSED},
		{SELECTED "% OK|\n* SEARCH x|", false, IMAP_END_PROTOCOL},
		{SELECTED "% OK|\nc99 OK|", false, IMAP_END_PROTOCOL},
		{SELECTED "+ go on|", false, IMAP_END_PROTOCOL},
		{SELECTED "% OK|\n* SEARCH 1", false, IMAP_END_TIMEOUT},
		{"", false, IMAP_END_TIMEOUT},
		{SELECTED "* 1 FETCH (UID 7 BODY[]<0> {99999999}|", true, IMAP_END_PROTOCOL},
		{SELECTED "* 1 FETCH (UID 7 BODY[]<0> {9}|abc!", true, IMAP_END_CUT},
		{SELECTED "* 1 FETCH (UID 7 BODY[]<0> {9}|abc", true, IMAP_END_TIMEOUT},
		{SELECTED "* 1 FETCH (UID 7 BODY[]|", true, IMAP_END_PROTOCOL},
	};
	struct scene s;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum imap_end end = run(&s, act, cases[i].script, cases[i].is_fetch);

		if (end != cases[i].end)
			print_error("case %zu: %s (%s)\n", i, imap_end_str(end), s.text);
		assert_int_equal(end, cases[i].end);
		assert_int_equal(s.mails, i == 1 ? 1 : 0);
	}
}

static void a_server_that_does_not_greet_is_too_slow(void **state)
{
	struct scene s;

	(void)state;
	assert_int_equal(run(&s, silence, NULL, false), IMAP_END_TIMEOUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_answers_have_their_ends),
		cmocka_unit_test(a_server_that_does_not_greet_is_too_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
