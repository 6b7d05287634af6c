/* SPDX-License-Identifier: MIT */
/** media_type - the parts of a Content-Type that decoding needs. Private to normalise/. */
#ifndef NORMALISE_TEXT_MEDIA_TYPE_H
#define NORMALISE_TEXT_MEDIA_TYPE_H

#include <stdbool.h>

#include "core/str.h"

/** "application/json" of "application/json; charset=utf-8"; blanks around it are cut. */
struct str media_type_essence(struct str media_type);

/**
 * Value of a parameter, without its quotes; empty when it is absent. The first of that name counts.
 * Source: RFC 9110, 5.6.6 and 8.3.1.
 */
struct str media_type_param(struct str media_type, struct str name);

/** application/json, text/json or anything that ends in +json. */
bool media_type_is_json(struct str media_type);

#endif /* NORMALISE_TEXT_MEDIA_TYPE_H */
