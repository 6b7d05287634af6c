/* SPDX-License-Identifier: MIT */
/**
 * file_vendor - a server with one file, which it gives well or badly, as the test says for each of
 * its answers.
 */
#ifndef TESTS_RECEIVER_REPORT_FILE_FILE_VENDOR_H
#define TESTS_RECEIVER_REPORT_FILE_FILE_VENDOR_H

#include "tests/core/client/vendor_fixture.h"

#define FILE_ANSWERS_MAX 16
#define FILE_ETAG        "\"v1\""

/** One answer. What is 0 or NULL: as a good server does it. */
struct file_answer {
	unsigned status;     /* with `headers` and `body` only; 0: the file */
	const char *headers; /* more of them, with line ends */
	const char *body;
	const char *etag; /* "": none */
	uint64_t size;    /* of the file */
	char seed;        /* another one gives another file */
	uint64_t cut;     /* close after so many bytes of the body */
	uint64_t lie;     /* announce so many bytes more */
	uint64_t shift;   /* a part begins so many bytes later than it was asked for */
	bool ignores_range, has_no_length, is_chunked;
	bool is_held; /* after the first byte, until the gate is open */
};

struct file_vendor {
	struct vendor vendor;
	pthread_mutex_t lock;                         /* guards answers and count */
	struct file_answer answers[FILE_ANSWERS_MAX]; /* the last one again and again */
	size_t count;
	atomic_uint given;
};

void file_vendor_start(struct file_vendor *v);
void file_vendor_stop(struct file_vendor *v);
/** Before the request that it is for. */
void file_vendor_add(struct file_vendor *v, struct file_answer answer);
/** Forget them; what was seen stays. */
void file_vendor_clear(struct file_vendor *v);
/** Byte of the file at a place. */
char file_vendor_byte(char seed, uint64_t at);
unsigned file_vendor_count(struct file_vendor *v, const char *text);

#endif /* TESTS_RECEIVER_REPORT_FILE_FILE_VENDOR_H */
