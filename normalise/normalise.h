/* SPDX-License-Identifier: MIT */
/**
 * normalise - (source, payload) → events. Pure: no I/O, no clock, the same answer each time.
 *
 *     struct normaliser *n;
 *     normaliser_new(source, payload, memory, &n);
 *     while ((r = normaliser_next(n, &event, &bad)) != NORMALISE_END) …
 */
#ifndef NORMALISE_NORMALISE_H
#define NORMALISE_NORMALISE_H

#include "core/payload.h"
#include "normalise/event/event.h"
#include "normalise/source.h"

/** Memory one record may take while it is decoded and written. */
#define NORMALISE_MEMORY_DEFAULT ((size_t)16 * 1024 * 1024)

enum normalise_result {
	NORMALISE_EVENT,       /* one event */
	NORMALISE_BAD_RECORD,  /* this record cannot become an event: a dead letter; go on */
	NORMALISE_BAD_PAYLOAD, /* the body cannot be decoded: a dead letter; END follows */
	NORMALISE_END,
	NORMALISE_NOMEM, /* out of memory (not a limit); try the payload again later */
};

/** Why a record or payload cannot go on. Slices are valid until the next step. */
struct normalise_bad {
	const char *cause;        /* closed list, fit for a topic level: "unparsable", "too_large",
	                             "unmapped_shape" */
	size_t index;             /* of the record, from 0 */
	struct str raw;           /* the bytes to keep */
	struct err_detail detail; /* where and why; holds no text of the payload */
};

struct normaliser;

/** @param source, payload  borrowed; must outlive the normaliser. @return ERR_OK, ERR_NOMEM */
enum err normaliser_new(const struct source *source, const struct payload *payload,
                        size_t memory_max, struct normaliser **ret_normaliser) MUST_CHECK;

/**
 * Begin with another payload, as a new normaliser would; the memory stays, so that it costs no
 * allocation. Events of the payload before become invalid.
 *
 * @param source, payload  as in normaliser_new()
 */
void normaliser_restart(struct normaliser *n, const struct source *source,
                        const struct payload *payload);

/** Accepts NULL. */
void normaliser_free(struct normaliser *n);

enum normalise_result normaliser_next(struct normaliser *n, struct event *ret_event,
                                      struct normalise_bad *reterr_bad) MUST_CHECK;

/**
 * Only decode: would every record be readable? For the answer of a webhook whose profile wants 400.
 *
 * @return ERR_OK (also when it gives no record), ERR_PARSE with the detail, ERR_NOMEM
 */
enum err normalise_check(const struct source *source, const struct payload *payload,
                         size_t memory_max, struct err_detail *reterr_detail) MUST_CHECK;

#endif /* NORMALISE_NORMALISE_H */
