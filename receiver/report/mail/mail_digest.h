/* SPDX-License-Identifier: MIT */
/** mail_digest - texts as one number that outlives a restart: the same texts, the same number. */
#ifndef RECEIVER_REPORT_MAIL_MAIL_DIGEST_H
#define RECEIVER_REPORT_MAIL_MAIL_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/str.h"

/** Where one text ends and the next begins counts. @return never 0 */
uint64_t mail_digest(const struct str *texts, size_t count);
/** Of a mail, whatever number it has: what is in it, and when the server got it. */
uint64_t mail_digest_of(struct str mail, int64_t received_ms);

#endif /* RECEIVER_REPORT_MAIL_MAIL_DIGEST_H */
