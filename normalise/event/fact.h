/* SPDX-License-Identifier: MIT */
/**
 * fact - what a map took out of one record, before it is written as an event.
 *
 * normalise/profile/map.c fills it, normalise/event/event_write.c turns it into a struct event.
 * Private to normalise/.
 */
#ifndef NORMALISE_EVENT_FACT_H
#define NORMALISE_EVENT_FACT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/payload.h"
#include "normalise/event/event.h"
#include "normalise/value/value.h"

enum field {

#define FIELD(id, name, kind, text) FIELD_##id,
#include "normalise/event/fields.def"
#undef FIELD
	FIELD_COUNT
};

enum field_kind {
	FIELD_KIND_TEXT,
	FIELD_KIND_BOOL,
	FIELD_KIND_INT,
	FIELD_KIND_TIME,
	FIELD_KIND_PAIRS
};

struct field_def {
	const char *name; /* "message.id" */
	enum field_kind kind;
	const char *text; /* for the documentation */
};

/** Indexed by enum field. */
extern const struct field_def field_defs[FIELD_COUNT];

/** @return whether @p name is one of the table */
bool field_from(struct str name, enum field *ret_field);

#define FACT_KEY_MAX 16

struct fact {
	/* Who and by which way. */
	const char *instance, *vendor, *account;
	const struct payload *payload;

	/* A changed counter of the campaign, not something that happened to one message. */
	bool is_campaign;
	bool has_count, has_delta;
	int64_t count, delta;

	/* What. Empty slices are left out of the event. TIME fields hold RFC 3339 text, BOOL
	 * "true"/"false", INT digits. */
	struct str fields[FIELD_COUNT];
	struct value *pairs; /* PAIRS field: an object of strings; NULL when there is none */
	enum status status;
	struct str vendor_status; /* the vendor's word as it came */
	bool is_unknown_word;     /* then the word is part of the identity */

	/* When. */
	bool has_time; /* false: the received time counts */
	int64_t time_ms;
	struct str vendor_time; /* raw text of a time that could not be read; else empty */

	/* Identity: the key's values in order; empty ones count as absent. All absent: canonical
	 * text of the record. */
	struct str key[FACT_KEY_MAX];
	size_t key_count;
	uint32_t ordinal; /* of identical rows in one closed window; 0 for the first and for all
	                     others */

	/* The rest: members not marked `used` go to data.extra. May be NULL. */
	struct value *record;
};

/** The campaign's id, else its name; empty when neither is known. */
struct str fact_campaign(const struct fact *fact, bool *ret_is_name);

/**
 * Write the event.
 *
 * @param scratch  memory for the texts of @p ret_event; its content is replaced
 * @param json     the event's JSON; its content is replaced
 * @return ERR_OK, ERR_NOMEM, ERR_LIMIT the event is larger than the buffers' maximum
 */
enum err event_write(const struct fact *fact, struct buf *scratch, struct buf *json,
                     struct event *ret_event) MUST_CHECK;

/**
 * The event's id: BLAKE2b-128 over account, kind of event, status word and key values, each
 * preceded by its length, the ordinal, and the count of a counter; docs/event-format.md has the
 * exact bytes.
 *
 * Absent values at the end of the key do not count. When all are absent the record stands for
 * them, whatever the order of its members; what a map has marked `used` makes no difference.
 */
void event_id(const struct fact *fact, uint8_t ret_id[EVENT_ID_BYTES]);

/** Which counter it is: the same without the count. */
void event_tally(const struct fact *fact, uint8_t ret_tally[EVENT_ID_BYTES]);

#endif /* NORMALISE_EVENT_FACT_H */
