/* SPDX-License-Identifier: MIT */
/**
 * download - a link, or a request of the profile, into a file.
 *
 * Streamed to disk, a few KiB of memory. What is there of the file is gone on with by Range and
 * If-Range where the server gave a validator (strong ETag, else Last-Modified); a server that sends
 * all again is believed. Tried again after breaks, with growing pauses, within timeout_ms; 429 and
 * 503 with their Retry-After.
 *
 * Links: https only, unless the account's own base is http. A host other than the base's must be
 * one of `hosts` or of the profile's hosts. Asked without credentials first; after 401 or 403 once
 * with them where the link is of the base's origin. Redirects to allowed hosts are followed,
 * without credentials. A link is a secret: no log and no text has more than its host.
 *
 * A request of the profile has the account's credentials, waits for its turn and counts against the
 * rates (vendor_client.h, is_link); a 401 there is the account's trouble, and LATER.
 *
 * What a try fails with is logged when it is new (`download.interrupted`).
 *
 * Before and while it writes, the folder's file system must have room for what is announced and
 * DOWNLOAD_SPARE_BYTES more.
 *
 * Threads: the loop's; syncing runs on the worker.
 */
#ifndef RECEIVER_REPORT_FILE_DOWNLOAD_H
#define RECEIVER_REPORT_FILE_DOWNLOAD_H

#include "core/worker.h"
#include "receiver/report/vendor/vendor_client.h"

#define DOWNLOAD_SPARE_BYTES ((uint64_t)256 << 20)

struct download;

struct download_conf {
	struct vendor_client *client; /* borrowed */
	struct worker *worker;        /* borrowed */
	struct str url;               /* the link; empty: request */
	const struct request_spec *request;
	template_lookup_fn lookup; /* of the request; called during download_new() only */
	void *lookup_arg;
	const struct str *hosts; /* as in struct ready_mail_spec: ".example.com" is it and all
	                            below; copied */
	size_t host_count;
	bool is_any_host;     /* a person gave the link */
	const char *path;     /* of the file; copied. Made with mode 0600; opened once, within
	                         download_new() */
	struct str validator; /* of what is there; empty: nothing, or begin anew */
	uint64_t max_bytes;
	uint64_t timeout_ms; /* of all tries together */
	uint64_t pause_ms;   /* after the first try that fails, at most; later ones are longer;
	                        0: a second */
	uint64_t first_ms;   /* no further try after so long when no answer has begun, since a
	                        person waits; 0: timeout_ms */
};

enum download_end {
	DOWNLOAD_DONE,    /* whole, and synced */
	DOWNLOAD_DEAD,    /* 401, 403, 404, 410 …; an HTML page: asking again gives the same */
	DOWNLOAD_REFUSED, /* host not listed, or http; also of a redirect */
	DOWNLOAD_TOO_LARGE,
	DOWNLOAD_NO_SPACE, /* also a quota, or the largest file that the disk takes */
	DOWNLOAD_FAILED,   /* network, 5xx, local disk: what is there can be gone on with */
	DOWNLOAD_LATER,    /* the vendor wants to be asked after timeout_ms only */
};

struct download_progress {
	uint64_t bytes; /* in the file */
	uint64_t size;  /* of all of it; 0: not said */
};

struct download_result {
	enum download_end end;
	char text[240]; /* for people; no link in it */
	uint64_t bytes;
	struct str validator; /* of what is there; valid during the callback, as is the next */
	struct str media_type;
	uint64_t retry_ms; /* LATER */
};

struct download_ops {
	/** A few times a second at most. May be NULL. */
	void (*on_progress)(void *arg, const struct download_progress *progress);
	/** The server's answer has begun: what to keep so that a restart can go on. May be NULL. */
	void (*on_begin)(void *arg, struct str validator, struct str media_type);
	void (*on_done)(void *arg, const struct download_result *result);
};

/** Callbacks come from the loop, never from within. @return ERR_OK, ERR_NOMEM, ERR_NOENT a name of
 * the request has no text, ERR_INVAL no address */
enum err download_new(struct loop *loop, const struct download_conf *conf,
                      const struct download_ops *ops, void *arg,
                      struct download **ret_download) MUST_CHECK;
/** Without a callback; the file stays. Accepts NULL; also from its callbacks. */
void download_free(struct download *d);

#endif /* RECEIVER_REPORT_FILE_DOWNLOAD_H */
