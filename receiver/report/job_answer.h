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
 * Location, Content-Location. Relative ones are resolved against the address that was asked.
 *
 * Source: RFC 9110 15.3.3 (202), 15.4.4 (303), 10.2.3 (Retry-After); facts of vendors that build
 * reports in the background: docs/adding-a-vendor.md.
 */
#ifndef RECEIVER_REPORT_JOB_ANSWER_H
#define RECEIVER_REPORT_JOB_ANSWER_H

#include "core/arena.h"
#include "normalise/job_words.h"

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
	const struct str *links; /* absolute */
	size_t link_count;
	uint64_t again_ms; /* PENDING: from Retry-After within 1 s to 1 h; 0: not said */
	char text[200];    /* HAS_FAILED: why, for people */
};

/** The answer to an order that was a success by its status. Texts are in @p arena.
 * @return ERR_OK, ERR_PARSE an address that is none (text), ERR_LIMIT, ERR_NOMEM */
enum err job_answer_create(const struct job_spec *spec, const struct job_reply *reply,
                           struct arena *arena, struct job_told *ret_told) MUST_CHECK;
/** The same of a question how far it is. */
enum err job_answer_status(const struct job_spec *spec, const struct job_reply *reply,
                           struct arena *arena, struct job_told *ret_told) MUST_CHECK;

#endif /* RECEIVER_REPORT_JOB_ANSWER_H */
