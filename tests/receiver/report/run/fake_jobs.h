/* SPDX-License-Identifier: MIT */
/**
 * fake_jobs - mailbox, status questions and downloads that do as the test says, in place of the
 * real ones.
 *
 * What becomes of them comes from the loop: a mail when `mail` gives a link to who waits, an answer
 * when `told` gives one, a file when `file` has filled one.
 */
#ifndef TESTS_RECEIVER_REPORT_RUN_FAKE_JOBS_H
#define TESTS_RECEIVER_REPORT_RUN_FAKE_JOBS_H

#include "receiver/report/file/download.h"
#include "receiver/report/job/job_answer.h"
#include "receiver/report/job/job_poll.h"
#include "receiver/report/mail/mailboxes.h"

struct fake_file {
	enum download_end end;
	const char *text; /* of an end that is no file */
	struct str content;
	size_t times; /* the content stands so often in it; 0: once */
	const char *validator, *media_type;
	uint64_t retry_ms;
};

struct fake_jobs {
	struct loop *loop;
	void (*on_step)(void *arg); /* something happens; may be NULL */
	void *arg;

	/** What an order's answer means; NULL: by its status alone. */
	enum err (*answer)(void *arg, const struct job_reply *reply, struct job_told *told);
	/** The mail's link, or NULL: none yet. */
	const char *(*mail)(void *arg, const char *report, bool *ret_is_shared);
	/** @return whether the vendor says something now */
	bool (*told)(void *arg, const char *status_url, struct job_told *told);
	bool (*ended)(void *arg, struct vendor_result *result); /* may be NULL */
	void (*file)(void *arg, const char *url, struct fake_file *file);
	enum err wait_result;
	bool is_held; /* downloads stop before their end */

	struct completion_mail mail_id; /* of the next mail */
	struct completion_mail marked;  /* again; the last one */
	size_t marks;
	uint64_t used; /* digest of a mail that is not to be told; the last one */
	size_t waits, leaves, kept, released, waiting;
	char campaign[64], report[64], hosts[256]; /* of the last wait */
	int64_t ordered_ms;
	bool allows_http;
	size_t polls, polling;
	size_t downloads, downloading, resumed;
	char url[256], validator[64], download_hosts[256];
	bool is_request;
	uint64_t max_bytes;
};

extern struct fake_jobs fake_jobs;

struct mailbox *fake_mailbox(void);
void fake_jobs_init(struct loop *loop, void *arg);

#endif /* TESTS_RECEIVER_REPORT_RUN_FAKE_JOBS_H */
