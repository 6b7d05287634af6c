/* SPDX-License-Identifier: MIT */
/**
 * ordinal_list - the ordinals that came with a payload: `_ordinals=INDEX:ORDINAL,…` among its vars
 * (normalise/ordinals.h writes them). Private to normalise/.
 *
 * Indexes rise. Anything else between the '=' and the next '&' makes the whole list count as
 * absent. `:` and `,` may be percent-encoded.
 */
#ifndef NORMALISE_ORDINAL_LIST_H
#define NORMALISE_ORDINAL_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

struct ordinal_list {
	struct str rest; /* borrowed from the payload: entries that were not looked at */
	bool has_entry;
	uint64_t index; /* of the present entry */
	uint32_t ordinal;
};

/** @param vars  of the payload; must outlive the list */
void ordinal_list_open(struct ordinal_list *list, struct str vars);

/** Ordinal of a record; 0 when it is not listed. Must be asked with rising @p index. */
uint32_t ordinal_list_get(struct ordinal_list *list, size_t index);

#endif /* NORMALISE_ORDINAL_LIST_H */
