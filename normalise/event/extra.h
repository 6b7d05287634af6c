/* SPDX-License-Identifier: MIT */
/**
 * extra - what no map took out of a record, as the member `extra` of the event.
 *
 * Structure and order stay as they came. Left out are members marked `used`, nulls, and objects
 * and arrays with nothing left in them; `extra` itself too. Private to normalise/.
 */
#ifndef NORMALISE_EVENT_EXTRA_H
#define NORMALISE_EVENT_EXTRA_H

#include "normalise/value/json_writer.h"

/** @param record  may be NULL */
void extra_write(struct json_writer *w, const struct value *record);

#endif /* NORMALISE_EVENT_EXTRA_H */
