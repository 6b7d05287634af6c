/* SPDX-License-Identifier: MIT */
/**
 * report_mail - what a mail says of a report: the link to it, and whose it is. Pure.
 *
 * Any nesting of parts, forwarded mails too; quoted-printable, base64 and charsets by GMime. Links
 * are taken from HTML (href, and what stands in the text) and from plain text, by a list of hosts
 * and a pattern of the path: what leads elsewhere (tracking, unsubscribing, somebody's own host) is
 * never a link of the mail.
 *
 *     bytes ─▶ report_mail_new() ─▶ links ─▶ report_mail_match(jobs) ─▶ job and link, or why not
 *
 * A link is a secret with its query: it goes to who downloads it, and into no log.
 */
#ifndef RECEIVER_REPORT_MAIL_REPORT_MAIL_H
#define RECEIVER_REPORT_MAIL_REPORT_MAIL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"
#include "core/str.h"
#include "receiver/report/mail/campaign_ids.h"

#define REPORT_MAIL_MAX       ((size_t)10 << 20) /* bytes of a mail */
#define REPORT_MAIL_LINKS_MAX 100

/** Which links are a report's. */
struct report_mail_spec {
	const struct str
		*hosts; /* "files.example.com": that one; ".example.com": it and all below */
	size_t host_count;
	struct str path_suffix; /* ".csv": of the path, in any case; empty: any */
	struct str path_part;   /* "/exports/": in the path; empty: any */
	bool allows_http;       /* the profile's own base is http */
};

struct report_mail;

/**
 * @param bytes  as fetched; not kept. What is past REPORT_MAIL_MAX is not looked at
 * @return ERR_OK also when it has no link, or is no mail at all; ERR_NOMEM
 */
enum err report_mail_new(struct str bytes, const struct report_mail_spec *spec,
                         struct report_mail **ret_mail) MUST_CHECK;

/** Accepts NULL. */
void report_mail_free(struct report_mail *mail);

/** The sender's address in lower case, "" when there is none. */
struct str report_mail_from(const struct report_mail *mail);
/** Decoded, as UTF-8. */
struct str report_mail_subject(const struct report_mail *mail);
/** Its text is longer than what is looked through: what is written behind that is not found. */
bool report_mail_is_cut(const struct report_mail *mail);
/** Each once, in the order of the mail. */
size_t report_mail_link_count(const struct report_mail *mail);
struct str report_mail_link(const struct report_mail *mail, size_t index);

/** One that waits for its report. */
struct report_mail_job {
	struct str campaign; /* its id; may be empty */
	struct str report;   /* "alt_delivery": tells jobs of one campaign apart by the link; may be
	                        empty */
};

/** Campaigns of ours, whether anybody waits for them or not; those of jobs may be among them. */
struct report_mail_others {
	struct campaign_ids *const *sets; /* members may be NULL */
	size_t count;
};

enum report_mail_verdict {
	REPORT_MAIL_FOUND,
	REPORT_MAIL_NO_LINK,          /* no report mail */
	REPORT_MAIL_STRANGER,         /* like a report's link, but to a host that is not listed */
	REPORT_MAIL_NOT_HTTPS,        /* the listed host, but http */
	REPORT_MAIL_UNUSABLE,         /* the listed host, but too long, or with a user name */
	REPORT_MAIL_UNKNOWN_CAMPAIGN, /* it names one that nobody waits for, or nobody waits at all
	                               */
	REPORT_MAIL_SEVERAL, /* it may be several campaigns' or has several links that fit */
};

/** Static text, such as "link to another host". */
const char *report_mail_verdict_str(enum report_mail_verdict verdict);

/**
 * Whose is it? The campaign's id is looked for in the links (file names included), then in the text
 * near each link, in the subject, and in the whole text; the first place that has one decides.
 * Without any id the only job gets the only link, unless the mail says "campaign" and an id of
 * another one, or the id of another campaign of ours stands anywhere in it. An id that nobody knows
 * says nothing: it may be the file's own.
 *
 * An id of ours that is short, or a word without a digit, counts only behind the word campaign;
 * one that is a number also in the path of a link.
 *
 * @param others    NULL: none are known
 * @param ret_fits  @p count of them, all set: the jobs that it can be. For REPORT_MAIL_FOUND one,
 * or several of one campaign, which the report's own header tells apart
 * @param ret_link  index of the link; only set for REPORT_MAIL_FOUND
 */
enum report_mail_verdict report_mail_match(const struct report_mail *mail,
                                           const struct report_mail_job *jobs, size_t count,
                                           const struct report_mail_others *others, bool *ret_fits,
                                           size_t *ret_link);

#endif /* RECEIVER_REPORT_MAIL_REPORT_MAIL_H */
