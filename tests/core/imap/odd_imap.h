/* SPDX-License-Identifier: MIT */
/**
 * odd_imap - an IMAP server of the test's own that understands what imap_client says, and does some
 * of it wrong.
 */
#ifndef TESTS_CORE_IMAP_ODD_IMAP_H
#define TESTS_CORE_IMAP_ODD_IMAP_H

#include "tests/core/client/vendor_fixture.h"

#define ODD_MAILS_MAX 4
#define ODD_MAIL_SIZE ((size_t)640 * 1024)

struct odd_imap {
	struct vendor v; /* first: a link leads to it */
	char url[64];
	/* Set before it starts, or while it does. */
	atomic_bool forgets;   /* STORE is answered OK, and no mark is kept */
	atomic_bool renumbers; /* each SELECT tells another UIDVALIDITY */
	atomic_bool hangs_up;  /* closes the connection after each search that found something */
	/* What it was asked. */
	atomic_uint selects, searches, fetches, marks;
	/* The mailbox; UIDs are numbers from 1. */
	char mails[ODD_MAILS_MAX][ODD_MAIL_SIZE];
	atomic_uint mail_count;
	int64_t received_s[ODD_MAILS_MAX];
	atomic_bool seen[ODD_MAILS_MAX];
};

/** Everything else is 0: a server that is as it should be. */
void odd_imap_start(struct odd_imap *o);
void odd_imap_stop(struct odd_imap *o);
/** Received now. */
void odd_imap_deliver(struct odd_imap *o, const char *mail);

#endif /* TESTS_CORE_IMAP_ODD_IMAP_H */
