/* SPDX-License-Identifier: MIT */
#include "core/http/http_peers.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/util.h>

#define BUCKETS 4096

struct peer {
	LIST_ENTRY(peer) link;
	struct http_peer_key key;
	size_t count;
};

LIST_HEAD(peer_list, peer);

struct http_peers {
	uint64_t seed; /* so that nobody can aim addresses at one bucket */
	struct peer_list buckets[BUCKETS];
};

static void key_from_ipv6(const struct in6_addr *in6, struct http_peer_key *ret_key,
                          char ret_text[INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(in6)) {
		memcpy(ret_key->bytes, in6->s6_addr, 16);
		(void)inet_ntop(AF_INET, in6->s6_addr + 12, ret_text, INET6_ADDRSTRLEN);
		return;
	}
	memset(ret_key, 0, sizeof(*ret_key));
	memcpy(ret_key->bytes, in6->s6_addr, 8);
	(void)inet_ntop(AF_INET6, in6, ret_text, INET6_ADDRSTRLEN);
}

void http_peer_key_from(const struct sockaddr *address, struct http_peer_key *ret_key,
                        char ret_text[INET6_ADDRSTRLEN])
{
	memset(ret_key, 0, sizeof(*ret_key));
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		key_from_ipv6(&in6.sin6_addr, ret_key, ret_text);
	} else if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		ret_key->bytes[10] = 0xff;
		ret_key->bytes[11] = 0xff;
		memcpy(ret_key->bytes + 12, &in.sin_addr, 4);
		(void)inet_ntop(AF_INET, &in.sin_addr, ret_text, INET6_ADDRSTRLEN);
	} else {
		memcpy(ret_text, "unknown", sizeof("unknown"));
	}
}

enum err http_peers_new(struct http_peers **ret_peers)
{
	struct http_peers *peers = calloc(1, sizeof(*peers));

	if (peers == NULL)
		return ERR_NOMEM;
	evutil_secure_rng_get_bytes(&peers->seed, sizeof(peers->seed));
	for (size_t i = 0; i < BUCKETS; i++)
		LIST_INIT(&peers->buckets[i]);
	*ret_peers = peers;
	return ERR_OK;
}

void http_peers_free(struct http_peers *peers)
{
	if (peers == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (!LIST_EMPTY(&peers->buckets[i])) {
			struct peer *peer = LIST_FIRST(&peers->buckets[i]);

			LIST_REMOVE(peer, link);
			free(peer);
		}
	}
	free(peers);
}

static struct peer_list *bucket_of(struct http_peers *peers, const struct http_peer_key *key)
{
	uint64_t halves[2];

	memcpy(halves, key->bytes, sizeof(halves));

	uint64_t hash = (halves[0] ^ peers->seed) * 0x9e3779b97f4a7c15U;

	hash = ((hash ^ hash >> 29) + halves[1]) * 0xbf58476d1ce4e5b9U;
	return &peers->buckets[(hash >> 40) % BUCKETS];
}

static struct peer *find(const struct peer_list *bucket, const struct http_peer_key *key)
{
	struct peer *peer;

	LIST_FOREACH(peer, bucket, link) {
		if (memcmp(peer->key.bytes, key->bytes, sizeof(key->bytes)) == 0)
			return peer;
	}
	return NULL;
}

enum err http_peers_enter(struct http_peers *peers, const struct http_peer_key *key, size_t max)
{
	struct peer_list *bucket = bucket_of(peers, key);
	struct peer *peer = find(bucket, key);

	if ((peer != NULL ? peer->count : 0) >= max)
		return ERR_LIMIT;
	if (peer == NULL) {
		peer = calloc(1, sizeof(*peer));
		if (peer == NULL)
			return ERR_NOMEM;
		peer->key = *key;
		LIST_INSERT_HEAD(bucket, peer, link);
	}
	peer->count++;
	return ERR_OK;
}

void http_peers_leave(struct http_peers *peers, const struct http_peer_key *key)
{
	struct peer *peer = find(bucket_of(peers, key), key);

	assert(peer != NULL);
	if (--peer->count > 0)
		return;
	LIST_REMOVE(peer, link);
	free(peer);
}
