/* SPDX-License-Identifier: MIT */
/**
 * pem - whether a text has certificates in PEM (RFC 7468), as far as can be told without reading
 * them: so that a file that is none, or was cut off, is refused before it is used. No I/O.
 */
#ifndef CORE_PEM_H
#define CORE_PEM_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

/**
 * Count the certificates; other parts of the text are passed over.
 *
 * @return ERR_OK     at least one, and each is whole
 *         ERR_NOENT  there is none
 *         ERR_PARSE  one is cut off, or is no base64 of DER
 */
enum err pem_certificates(struct str text, size_t *ret_count) MUST_CHECK;

#endif /* CORE_PEM_H */
