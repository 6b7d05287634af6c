/* SPDX-License-Identifier: MIT */
/**
 * err - the one set of result codes used by every module.
 *
 * A function that can fail for more than one reason returns `enum err` and
 * hands its result out through `ret_*` parameters, which it leaves untouched
 * on failure. What a person needs to know beyond the code goes into a
 * `struct err_detail *reterr_detail`, filled only on failure.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

enum err {
	ERR_OK = 0,
	ERR_NOMEM,   /* out of memory, or past a memory limit of this object */
	ERR_INVAL,   /* the caller passed a value that can never work */
	ERR_PARSE,   /* the peer's or the user's bytes are malformed */
	ERR_LIMIT,   /* a configured limit was reached */
	ERR_AUTH,    /* credentials or signature refused */
	ERR_AGAIN,   /* not now; try later (transient) */
	ERR_IO,      /* network, file or database failure */
	ERR_EXISTS,  /* already there (duplicate) */
	ERR_NOENT,   /* not there, or no more of it */
	ERR_CANCELED /* given up because its owner is shutting down */
};

/** Where and why something a person wrote is wrong. All members are NUL-terminated. */
struct err_detail {
	char file[256];     /* path as the user gave it; "" when there is none */
	unsigned line, col; /* from 1; 0 when not known */
	char key[160];      /* path of the key, e.g. "accounts[0].webhooks[1].auth"; "" when none */
	char text[320];     /* what is wrong and what was expected */
};

/** Static, human-readable text for @p err. Never NULL. */
const char *err_str(enum err err);

/**
 * Fill the text of @p reterr_detail, cut when too long. Accepts NULL (does nothing).
 * Leaves file, line, col and key as they are.
 */
void err_detail_set(struct err_detail *reterr_detail, const char *fmt, ...) PRINTF_LIKE(2, 3);

/**
 * One line for a person: "FILE:LINE:COL: KEY: TEXT", absent parts left out.
 *
 * @param ret_text  at least @p size bytes; always NUL-terminated
 */
void err_detail_format(const struct err_detail *detail, char *ret_text, unsigned long size);

#endif /* CORE_ERR_H */
