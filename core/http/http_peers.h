/* SPDX-License-Identifier: MIT */
/**
 * http_peers - how many connections each client address has open.
 *
 * IPv4 counts by address, also when it comes mapped into IPv6; IPv6 by its
 * /64, which one client owns as a whole.
 */
#ifndef CORE_HTTP_HTTP_PEERS_H
#define CORE_HTTP_HTTP_PEERS_H

#include <netinet/in.h>
#include <stddef.h>

#include "core/err.h"

struct sockaddr;
struct http_peers;

/** What connections are counted by. */
struct http_peer_key {
	unsigned char bytes[16];
};

/** Key and text of a socket address. An address of another family gives the text "unknown". */
void http_peer_key_from(const struct sockaddr *address, struct http_peer_key *ret_key,
                        char ret_text[INET6_ADDRSTRLEN]);

/** @return ERR_OK, ERR_NOMEM */
enum err http_peers_new(struct http_peers **ret_peers) MUST_CHECK;

/** Accepts NULL. */
void http_peers_free(struct http_peers *peers);

/** Count one more. @return ERR_OK, ERR_LIMIT it has @p max already, ERR_NOMEM */
enum err http_peers_enter(struct http_peers *peers, const struct http_peer_key *key,
                          size_t max) MUST_CHECK;

/** One less; it was entered before. */
void http_peers_leave(struct http_peers *peers, const struct http_peer_key *key);

#endif /* CORE_HTTP_HTTP_PEERS_H */
