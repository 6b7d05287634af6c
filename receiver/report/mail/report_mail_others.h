/* SPDX-License-Identifier: MIT */
/**
 * report_mail_others - whether a mail is about a campaign that nobody waits for. Pure; private to
 * report_mail. That none of those that are waited for is named was looked for before.
 */
#ifndef RECEIVER_REPORT_MAIL_REPORT_MAIL_OTHERS_H
#define RECEIVER_REPORT_MAIL_REPORT_MAIL_OTHERS_H

#include "receiver/report/mail/report_mail_internal.h"

/** What is matched against what. */
struct mail_match {
	const struct report_mail *mail;
	const struct report_mail_job *jobs;
	size_t count;
	const struct report_mail_others *others; /* NULL */
	bool *fits;
};

/** It says "campaign" and then an id that is like ours. */
bool mail_names_another(const struct mail_match *m);
/** Another campaign of ours is named. @param path_len  so much of it is the path of a link */
bool mail_has_other(const struct mail_match *m, struct str s, size_t path_len);
/** … in one of the links. */
bool mail_links_have_other(const struct mail_match *m);

#endif /* RECEIVER_REPORT_MAIL_REPORT_MAIL_OTHERS_H */
