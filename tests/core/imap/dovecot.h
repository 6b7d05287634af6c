/* SPDX-License-Identifier: MIT */
/**
 * dovecot - a real IMAP server of the test's own: folder, ports, user and processes.
 *
 * User "ann", password "secret", mailbox INBOX. It runs in the foreground in a process group of its
 * own and is ended by that. Certificates come from an authority of its own.
 */
#ifndef TESTS_CORE_IMAP_DOVECOT_H
#define TESTS_CORE_IMAP_DOVECOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct dovecot {
	char path[64];             /* its folder */
	char ca[96], other_ca[96]; /* the authority, and one that signed nothing */
	uint16_t port, tls_port;   /* tls_port: imaps; 0 without TLS */
	char url[64], tls_url[64];
	pid_t pid;
	unsigned mails; /* delivered */
};

/** Start it and wait until it answers. @p has_tls: imaps, and STARTTLS on the other port */
void dovecot_start(struct dovecot *d, bool has_tls);
/** End it and remove its folder. */
void dovecot_stop(struct dovecot *d);
/** As a power cut would. */
void dovecot_kill(struct dovecot *d);
/** Begin again on the same ports, with the same mails. */
void dovecot_restart(struct dovecot *d);

/** Put a mail into the INBOX; @p received_s is its INTERNALDATE. @return its number, from 1 */
unsigned dovecot_deliver(struct dovecot *d, const char *mail, size_t len, int64_t received_s);
/** The same mail @p count times. */
void dovecot_deliver_many(struct dovecot *d, const char *mail, size_t len, int64_t received_s,
                          unsigned count);
/** Mails that are marked as seen, and all that are there. */
unsigned dovecot_count_seen(const struct dovecot *d);
unsigned dovecot_count(const struct dovecot *d);
/** Whether the mail of that number is marked as seen. */
bool dovecot_is_seen(const struct dovecot *d, unsigned number);

#endif /* TESTS_CORE_IMAP_DOVECOT_H */
