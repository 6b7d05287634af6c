/* SPDX-License-Identifier: MIT */
/** wire - credentials and parameters as they are written into a request. For report/ and the
 * commands that speak to a daemon as a vendor does. */
#ifndef RECEIVER_REPORT_VENDOR_WIRE_H
#define RECEIVER_REPORT_VENDOR_WIRE_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

/**
 * Append the value of an Authorization header for Basic (RFC 7617).
 *
 * @return ERR_OK, ERR_INVAL a user name with a colon, ERR_LIMIT, ERR_NOMEM
 */
enum err wire_basic(struct str username, struct str password, struct buf *b) MUST_CHECK;

/** Append `name=value`, both percent-encoded, behind a '&' when the buffer is not empty. */
enum err wire_param(struct str name, struct str value, struct buf *b) MUST_CHECK;

/** Whether the query of an address has a parameter of this name, as wire_param() writes it. */
bool wire_has_param(struct str url, struct str name);

/** Visible ASCII and blanks between: what may be a header's value. */
bool wire_is_header_value(struct str value);

#endif /* RECEIVER_REPORT_VENDOR_WIRE_H */
