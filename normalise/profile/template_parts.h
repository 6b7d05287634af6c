/* SPDX-License-Identifier: MIT */
/** template_parts - what template.c and template_json.c share. Private to normalise/. */
#ifndef NORMALISE_PROFILE_TEMPLATE_PARTS_H
#define NORMALISE_PROFILE_TEMPLATE_PARTS_H

#include "normalise/profile/template.h"

/** Append a replaced text. @return ERR_OK, ERR_INVAL it may not stand there, or the buffer's */
typedef enum err (*template_put_fn)(struct buf *b, struct str text);

/** As template_render(), with @p put for what is replaced. */
enum err template_expand(struct str text, template_put_fn put, template_lookup_fn lookup, void *arg,
                         struct buf *b) MUST_CHECK;

#endif /* NORMALISE_PROFILE_TEMPLATE_PARTS_H */
