/* SPDX-License-Identifier: MIT */
/**
 * entry - one claimed journal entry: our copy of its payload and how far it is decoded.
 *
 * Decoding can stop anywhere and begin again: the normaliser gives the same answers each time, so
 * that after a failed allocation those already taken are skipped.
 */
#ifndef PUBLISH_ENTRY_H
#define PUBLISH_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "core/payload.h"
#include "normalise/normalise.h"

struct entry {
	TAILQ_ENTRY(entry) link;
	struct payload payload;        /* slices into our own memory */
	struct source *source;         /* counted; while it is being decoded */
	struct normaliser *normaliser; /* owned while it is being decoded */
	/* Where a normaliser waits for its next payload, so that an entry costs no memory of its
	 * own; borrowed: outlives us; NULL for none. Set after entry_new(). */
	struct normaliser **spare;
	size_t taken;      /* answers of the normaliser that were used */
	size_t items;      /* made from it and not folded yet */
	size_t notices;    /* of dead letters, made from it */
	size_t duplicates; /* of events on their way, that became no item */
	unsigned sources;  /* which sources it was begun with: lane_env.sources_nth */
	bool is_decoded;   /* there will be no more items */
	bool kept_body;    /* a dead letter has its body already */
};

TAILQ_HEAD(entry_list, entry);

/** Copy with one allocation. @return ERR_OK, ERR_NOMEM */
enum err entry_new(const struct payload *payload, struct entry **ret_entry) MUST_CHECK;

/** Accepts NULL. */
void entry_free(struct entry *e);

/**
 * The next answer of the normaliser that was not taken yet; take it with @c taken++.
 *
 * @param source  of this entry, borrowed
 */
enum normalise_result entry_next(struct entry *e, struct source *source, struct event *ret_event,
                                 struct normalise_bad *reterr_bad) MUST_CHECK;

/** Let go of normaliser and source: decoded, or to begin again later. */
void entry_rest(struct entry *e);

#endif /* PUBLISH_ENTRY_H */
