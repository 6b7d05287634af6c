/* SPDX-License-Identifier: MIT */
/**
 * job_poll - asks a job's status URL until it is ready, has failed, or nobody wants to know.
 *
 * Pauses: Retry-After where the vendor gives one (1 s to 1 h), else from `every` of the profile,
 * growing by half with jitter. A question that fails for now (network, 5xx, rate limit) is asked
 * again after the next pause; trouble is logged when it is new. What would be answered the same
 * again (400, 404, 410, 422 …, an address that may not be asked) and 401, 403 end it.
 *
 * Of an answer that is a file nothing but the head is read; of any other at most 1 MiB.
 *
 * Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_JOB_JOB_POLL_H
#define RECEIVER_REPORT_JOB_JOB_POLL_H

#include "receiver/report/job/job_answer.h"
#include "receiver/report/vendor/vendor_client.h"

struct job_poll;

struct job_poll_conf {
	const struct job_spec *spec; /* borrowed, as is the client */
	struct vendor_client *client;
	struct str status_url;     /* copied; empty: `poll.request` */
	uint64_t first_ms;         /* first pause, as the order's answer has it; 0: `every` */
	template_lookup_fn lookup; /* names of the request; called from the loop */
	void *lookup_arg;
	const char *account, *report; /* for the log; borrowed */
};

struct job_poll_ops {
	/** IS_READY, HAS_FAILED or IS_BODY (then the same address is the link). Not called again.
	 * @p told is valid during the call, also when that frees the poll. */
	void (*on_told)(void *arg, const struct job_told *told);
	/** It cannot be asked any more: UNAUTHORIZED, or REFUSED (404, 410, no such host). Not
	 * called again. */
	void (*on_end)(void *arg, const struct vendor_result *result);
};

/** Begins with the first pause. @return ERR_OK, ERR_NOMEM */
enum err job_poll_new(struct loop *loop, const struct job_poll_conf *conf,
                      const struct job_poll_ops *ops, void *arg,
                      struct job_poll **ret_poll) MUST_CHECK;
/** Accepts NULL; also from its callbacks. */
void job_poll_free(struct job_poll *p);

#endif /* RECEIVER_REPORT_JOB_JOB_POLL_H */
