/* SPDX-License-Identifier: MIT */
/**
 * list_ask - ask once for the values of a loop: the ids that the vendor lists, page by page, or
 * the campaigns of our own events.
 *
 * Threads: the loop's.
 */
#ifndef RECEIVER_REPORT_LIST_LIST_ASK_H
#define RECEIVER_REPORT_LIST_LIST_ASK_H

#include <stdint.h>

#include "receiver/report/list/choices.h"
#include "receiver/report/vendor/vendor_client.h"
#include "store/store.h"

/* One more than reports run for, so that too many of them are noticed. */
#define LIST_VALUES_MAX 10001

struct list_ask;

/** What came of it. Valid during the callback. */
struct list_answer {
	enum vendor_end end;    /* VENDOR_OK: values holds them all */
	uint64_t retry_ms;      /* VENDOR_LATER */
	const char *text;       /* for people; "" for OK */
	struct choices *values; /* may be taken: leave an empty one behind */
	size_t skipped;         /* records without a readable id */
};

/** The asking is over; list_ask_free() may be called from within. */
typedef void (*list_ask_done)(void *arg, const struct list_answer *answer);

struct list_ask_conf {
	struct store *store;
	struct vendor_client *client;              /* for a list; outlives the asking */
	const char *account;                       /* outlives the asking */
	const struct list_spec *list;              /* outlives the asking; NULL: seen campaigns */
	const struct timestamp_zone *const *zones; /* of the source, for the list's times */
	unsigned pages_max;                        /* of the profile's limits */
	uint64_t seen_ms;
};

/** Begin; done comes from the loop. @return ERR_OK, ERR_NOMEM, or why it cannot be asked */
enum err list_ask_new(const struct list_ask_conf *conf, list_ask_done done, void *arg,
                      struct list_ask **ret_ask) MUST_CHECK;
/** Before its end: no callback comes. Accepts NULL. */
void list_ask_free(struct list_ask *ask);

#endif /* RECEIVER_REPORT_LIST_LIST_ASK_H */
