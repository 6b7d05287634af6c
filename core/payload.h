/* SPDX-License-Identifier: MIT */
/**
 * payload - bytes as received from a vendor, with what is known about them.
 *
 * A plain value; every slice is borrowed from whoever made it. This is what
 * goes through the one door (receiver/ingest), lies in the journal (store)
 * and is turned into events (normalise). Nothing of it is ever logged except
 * account, source, entry and sizes.
 */
#ifndef CORE_PAYLOAD_H
#define CORE_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

/** By which way it came; the number is stored in the journal, never change one. */
enum payload_via { PAYLOAD_WEBHOOK = 1, PAYLOAD_REPORT = 2, PAYLOAD_IMPORT = 3 };

struct payload {
	int64_t entry;       /* journal number, from 1; 0 while it is not in the journal */
	int64_t received_ms; /* wall clock at the edge, ms since the epoch */
	enum payload_via via;
	bool replay;           /* somebody asked to publish it again: no deduplication */
	struct str account;    /* account name: letters, digits, '-' */
	struct str source;     /* webhook or report name, e.g. "sms" */
	struct str verified;   /* proof of the sender: "basic", "none", … */
	struct str method;     /* HTTP verb of a webhook, upper case; else empty */
	struct str media_type; /* Content-Type as it came, parameters included; may be empty */
	struct str query;      /* raw query string without '?'; may be empty */
	struct str
		headers; /* kept headers, lower-case "name: value\n" lines (ce-*); may be empty */
	struct str vars; /* loop values of a report or `--set`, urlencoded; may be empty */
	struct str body;
};

/** Printable name of @p via as it stands in the event: "webhook", "report", "import". */
const char *payload_via_str(enum payload_via via);

#endif /* CORE_PAYLOAD_H */
