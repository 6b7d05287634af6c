/* SPDX-License-Identifier: MIT */
#include "tests/core/imap/odd_imap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <cmocka.h>

#define LINE_SIZE 8192

/* One line of the client. @return false: it has closed */
static bool read_line(struct vendor_link *link, char *ret_line)
{
	size_t len = 0;

	while (len + 1 < LINE_SIZE && recv(link->fd, ret_line + len, 1, 0) == 1) {
		if (ret_line[len++] == '\n')
			break;
	}
	ret_line[len] = '\0';
	return len > 0;
}

static void say_selected(struct odd_imap *o, struct vendor_link *link)
{
	char text[64];
	const unsigned selects = ++o->selects;

	(void)snprintf(text, sizeof(text), "* OK [UIDVALIDITY %u] x\r\n",
	               o->renumbers ? selects : 1);
	(void)vendor_say(link, text);
}

/* @return how many it found */
static unsigned say_found(struct odd_imap *o, struct vendor_link *link)
{
	char text[128] = "* SEARCH";
	unsigned count = 0;

	o->searches++;
	for (unsigned i = 0; i < o->mail_count; i++) {
		const size_t len = strlen(text);

		if (o->seen[i])
			continue;
		(void)snprintf(text + len, sizeof(text) - len, " %u", i + 1);
		count++;
	}
	(void)vendor_say(link, text);
	(void)vendor_say(link, "\r\n");
	return count;
}

static void say_mail(struct odd_imap *o, struct vendor_link *link, unsigned uid, const char *part)
{
	const time_t now = (time_t)o->received_s[uid - 1];
	const char *mail = o->mails[uid - 1],
		   *end = part[0] != '\0' ? strstr(mail, "\r\n\r\n") : NULL;
	const size_t len = end != NULL ? (size_t)(end - mail) + 4 : strlen(mail);
	char date[64];
	char head[256];
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	(void)strftime(date, sizeof(date), "%d-%b-%Y %H:%M:%S +0000", &tm);
	(void)snprintf(
		head, sizeof(head),
		"* %u FETCH (UID %u INTERNALDATE \"%s\" RFC822.SIZE %zu BODY[%s]<0> {%zu}\r\n", uid,
		uid, date, strlen(mail), part, len);
	(void)vendor_say(link, head);
	(void)vendor_send(link, mail, len);
	(void)vendor_say(link, ")\r\n");
}

/* Of "UID FETCH 1,2 …" and "UID STORE 1,2 …". */
static bool is_named(const char *line, const char *word, unsigned uid)
{
	const char *at = strstr(line, word);

	for (at = at != NULL ? at + strlen(word) : ""; *at >= '0' && *at <= '9';) {
		char *end;

		if (strtoul(at, &end, 10) == uid)
			return true;
		at = *end == ',' ? end + 1 : end;
	}
	return false;
}

static void say_mails(struct odd_imap *o, struct vendor_link *link, const char *line)
{
	const char *part = strstr(line, "HEADER") != NULL ? "HEADER.FIELDS (FROM SUBJECT)" : "";

	o->fetches++;
	for (unsigned uid = 1; uid <= o->mail_count; uid++) {
		if (is_named(line, "UID FETCH ", uid))
			say_mail(o, link, uid, part);
	}
}

static void mark(struct odd_imap *o, const char *line)
{
	o->marks++;
	for (unsigned uid = 1; uid <= o->mail_count && !o->forgets; uid++) {
		if (is_named(line, "UID STORE ", uid))
			o->seen[uid - 1] = true;
	}
}

static void act(struct vendor_link *link)
{
	struct odd_imap *o = (struct odd_imap *)link->vendor;
	char line[LINE_SIZE];
	char answer[80];

	(void)vendor_say(link, "* OK [CAPABILITY IMAP4rev1] ready\r\n");
	while (read_line(link, line)) {
		unsigned found = 0;

		if (strstr(line, " SELECT ") != NULL)
			say_selected(o, link);
		if (strstr(line, "UID SEARCH") != NULL)
			found = say_found(o, link);
		if (strstr(line, "UID FETCH ") != NULL)
			say_mails(o, link, line);
		if (strstr(line, "UID STORE ") != NULL)
			mark(o, line);
		(void)snprintf(answer, sizeof(answer), "%.*s OK\r\n", (int)strcspn(line, " "),
		               line);
		(void)vendor_say(link, answer);
		if (found > 0 && o->hangs_up)
			return;
	}
}

void odd_imap_start(struct odd_imap *o)
{
	vendor_start(&o->v, act, NULL);
	(void)snprintf(o->url, sizeof(o->url), "imap://127.0.0.1:%u", o->v.port);
}

void odd_imap_stop(struct odd_imap *o)
{
	vendor_stop(&o->v);
}

void odd_imap_deliver(struct odd_imap *o, const char *mail)
{
	const unsigned at = o->mail_count;

	assert_true(at < ODD_MAILS_MAX);
	assert_true(strlen(mail) < ODD_MAIL_SIZE);
	memcpy(o->mails[at], mail, strlen(mail) + 1);
	o->received_s[at] = (int64_t)time(NULL);
	o->mail_count++;
}
