/* SPDX-License-Identifier: MIT */
/** download_case - an account, a server with a file, and a download of it. */
#ifndef TESTS_RECEIVER_REPORT_FILE_DOWNLOAD_CASE_H
#define TESTS_RECEIVER_REPORT_FILE_DOWNLOAD_CASE_H

#include "core/worker.h"
#include "receiver/report/file/download.h"
#include "tests/receiver/report/file/file_vendor.h"

#define DOWNLOAD_SECRET "k3y-of-the-account"
#define DOWNLOAD_QUERY  "?sig=s3cret-of-the-link"

struct download_case {
	struct loop *loop;
	struct http_client *http;
	struct worker *worker;
	struct profile *profile;
	struct vendor_client *client;
	struct file_vendor server;
	char base[64], url[128], path[128];
	struct download_conf conf;
	struct download_ops ops;
	struct download *d;

	/* what was told */
	unsigned begins, dones, progresses;
	char validator[600], media_type[200]; /* at the begin */
	struct download_progress progress;
	struct download_result result;
	char end_validator[600];
};

int download_case_set_up(void **state);
int download_case_tear_down(void **state);

/** The account's client again, with this base and @p more lines of the profile. */
void download_case_client(struct download_case *c, const char *base, const char *more);
/** From another host of the same server. */
void download_case_elsewhere(struct download_case *c, const char *path);

/** Room on the disk that the download sees. */
void download_case_space(uint64_t bytes);
/** From the so-manieth question on it is 0. */
void download_case_space_until(unsigned questions);

/** What a try of an earlier process left. */
void download_case_leave(struct download_case *c, char seed, uint64_t bytes);

void download_case_begin(struct download_case *c);
/** Turn the loop until the number is reached, with a deadline. */
void download_case_wait(struct download_case *c, const unsigned *number, unsigned value);
/** Begin, and wait for an end, which must be this one. */
void download_case_expect(struct download_case *c, enum download_end end);
/** The file is this one. */
void download_case_has(struct download_case *c, char seed, uint64_t bytes);
void download_case_turn(struct download_case *c, unsigned turns);

#endif /* TESTS_RECEIVER_REPORT_FILE_DOWNLOAD_CASE_H */
