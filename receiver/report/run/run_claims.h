/* SPDX-License-Identifier: MIT */
/**
 * run_claims - what a window that still grows claims of its rows, as text of a checkpoint: the id
 * in hex, and how many rows have it, as in `ID:4,ID:2`. No I/O.
 */
#ifndef RECEIVER_REPORT_RUN_RUN_CLAIMS_H
#define RECEIVER_REPORT_RUN_RUN_CLAIMS_H

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"
#include "normalise/ordinals.h"

/** Append them; the buffer keeps the error. */
void run_claims_write(const struct ordinals_claims *claims, struct buf *b);

/** @return ERR_OK, ERR_PARSE none, too many, or damaged: nothing was changed */
enum err run_claims_read(struct str text, struct ordinals_claims *ret_claims) MUST_CHECK;

#endif /* RECEIVER_REPORT_RUN_RUN_CLAIMS_H */
