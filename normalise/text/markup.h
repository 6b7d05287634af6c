/* SPDX-License-Identifier: MIT */
/** markup - what HTML or XML says to a person. Private to normalise/. */
#ifndef NORMALISE_TEXT_MARKUP_H
#define NORMALISE_TEXT_MARKUP_H

#include "core/arena.h"
#include "core/str.h"

/**
 * The <title> of HTML, "an HTML page without a title", or the text between the tags of anything
 * else; character references are replaced.
 *
 * @param a  for the text; empty when it is full
 */
struct str markup_text(struct arena *a, struct str text);

#endif /* NORMALISE_TEXT_MARKUP_H */
