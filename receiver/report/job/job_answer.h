/* SPDX-License-Identifier: MIT */
/**
 * job_answer - what the answers of a job's vendor mean. Pure.
 *
 *     create  200 with a file: that is the report       status  202, or a word: not yet
 *             200, 201, 202: id, status URL, link               200, 204, or a word: ready
 *             303: where it is (or will be)                     303, 302: ready, there
 *             400, 401, 403, 404, 422 …: refused                410, 404, or a word: failed
 *             429, 503: later; other 5xx: unsure
 *
 * Where an address can stand is asked in this order: the profile's pointer, Operation-Location,
 * Location, Content-Location. Relative ones are resolved against the address that was asked. By
 * POLL with a `request` of the profile no address is looked for.
 *
 * create: a link, with 200 or 201, means ready, unless a word says otherwise; with 202 only a word
 * does. A 200 whose media type is that of a file (CSV, gzip, zip, octets …) is the report; so is,
 * by POLL, one of JSON that says neither where the report is nor where to ask. Otherwise an order
 * by POLL after which nothing can be asked (no address; no id for `request`) has failed. By MAILBOX
 * and HANDOFF every success is accepted.
 *
 * status: a word counts more than the HTTP status. With a `state` in the profile an answer without
 * one is not ready, but for a file; without `state`, one in which `link` or `parts` is still
 * missing is not. Ready, and nothing says where: Location, else the status URL itself gives the
 * file.
 *
 * Source: RFC 9110 15.3.3 (202), 15.4.4 (303), 10.2.3 (Retry-After); facts of vendors that build
 * reports in the background: docs/adding-a-vendor.md.
 */
#ifndef RECEIVER_REPORT_JOB_JOB_ANSWER_H
#define RECEIVER_REPORT_JOB_JOB_ANSWER_H

#include "core/arena.h"
#include "normalise/profile/job_words.h"

/** Slices are borrowed. */
struct job_reply {
	unsigned status;
	struct str url; /* that was asked */
	struct str location, operation_location, content_location;
	struct str media_type;
	int64_t retry_after_s; /* HTTP_RETRY_AFTER_*, or seconds */
	struct str body;       /* at most 1 MiB of it */
};

enum job_verdict {
	JOB_ACCEPTED_NOW, /* go on waiting with id and url */
	JOB_PENDING,
	JOB_IS_READY, /* parts, or without any: `download` of the profile */
	JOB_IS_BODY,  /* the answer's body is the report */
	JOB_HAS_FAILED,
};

struct job_told {
	enum job_verdict verdict;
	struct str id, status_url;
	const struct str
		*links; /* absolute. IS_BODY of a status answer: the address that was asked */
	size_t link_count;
	uint64_t again_ms; /* ACCEPTED_NOW, PENDING: from Retry-After within 1 s to 1 h; 0: not
	                      said */
	char text[200];    /* HAS_FAILED, ERR_PARSE: why, for people */
};

/** The answer to an order that was a success by its status. Texts are in @p arena.
 * @return ERR_OK, ERR_PARSE an address that is none (text is set), ERR_LIMIT more than
 * JOB_PARTS_MAX parts, ERR_NOMEM */
enum err job_answer_create(const struct job_spec *spec, const struct job_reply *reply,
                           struct arena *arena, struct job_told *ret_told) MUST_CHECK;
/** The same of a question how far it is. */
enum err job_answer_status(const struct job_spec *spec, const struct job_reply *reply,
                           struct arena *arena, struct job_told *ret_told) MUST_CHECK;

#endif /* RECEIVER_REPORT_JOB_JOB_ANSWER_H */
