/* SPDX-License-Identifier: MIT */
/** report_mail_internal - what the files of report_mail share; nobody else includes it. */
#ifndef RECEIVER_REPORT_MAIL_REPORT_MAIL_INTERNAL_H
#define RECEIVER_REPORT_MAIL_REPORT_MAIL_INTERNAL_H

#include "core/buf.h"
#include "receiver/report/mail/report_mail.h"

#define MAIL_TEXT_MAX      ((size_t)512 * 1024)
#define MAIL_URL_MAX       ((size_t)4096)
#define MAIL_STRANGERS_MAX 20

struct mail_link {
	char *url; /* owned */
	size_t at; /* where in the text it stands */
};

struct report_mail {
	const struct report_mail_spec *spec; /* borrowed; while it is read */
	char *from, *subject;                /* owned; may be NULL */
	struct buf text; /* what a reader sees, UTF-8 but for what was broken; cut when too long */
	struct mail_link links[REPORT_MAIL_LINKS_MAX];
	size_t link_count;
	char *strangers[MAIL_STRANGERS_MAX]; /* owned; links elsewhere */
	size_t stranger_count;
	bool has_fitting_stranger; /* one whose path is like a report's */
	bool has_http;             /* one that fits, but for its scheme */
	bool has_unusable;         /* one that fits, but for its length or a user name */
};

/* report_mail_link.c */

/** A link that stands at @p at of the text: keep it, or what it says of the mail. */
enum err mail_take_link(struct report_mail *mail, struct str url, size_t at) MUST_CHECK;
/** Links that are written out in the text from @p from on. */
enum err mail_find_links(struct report_mail *mail, size_t from) MUST_CHECK;

/* report_mail_html.c */

/** Append what HTML shows to the text; take its links. */
enum err mail_take_html(struct report_mail *mail, struct str html) MUST_CHECK;

#endif /* RECEIVER_REPORT_MAIL_REPORT_MAIL_INTERNAL_H */
