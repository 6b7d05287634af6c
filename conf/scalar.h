/* SPDX-License-Identifier: MIT */
/**
 * scalar - plain values as a person writes them: sizes, durations, rates, addresses, URLs.
 *
 * The readers say only whether a text is right; what was expected is the caller's sentence, for
 * which conf_expected() has the words.
 */
#ifndef CONF_SCALAR_H
#define CONF_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/schema.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

/** "512B", "16KiB". @return ERR_OK, ERR_PARSE, ERR_LIMIT */
enum err conf_read_size(struct str text, uint64_t *ret_bytes) MUST_CHECK;

/** "250ms", "72h". @return ERR_OK, ERR_PARSE, ERR_LIMIT */
enum err conf_read_duration(struct str text, uint64_t *ret_ms) MUST_CHECK;

/** "20/1m". @return ERR_OK, ERR_PARSE, ERR_LIMIT */
enum err conf_read_rate(struct str text, struct conf_rate *ret_rate) MUST_CHECK;

/** With the largest unit that divides it: 65536 gives "64KiB". */
void conf_write_size(struct buf *b, uint64_t bytes);
void conf_write_duration(struct buf *b, uint64_t ms);

/** "127.0.0.1:8080" or "[::1]:8080"; an IP address, any port. */
bool conf_address_is_valid(struct str text);

/** Whether the address of "ADDRESS:PORT" is the machine's own. */
bool conf_address_is_loopback(struct str text);

struct conf_url {
	bool tls;
	struct str host; /* without the brackets of an IPv6 address */
	uint16_t port;
};

/**
 * mqtt://HOST[:PORT][/] or mqtts://…
 *
 * @param ret_why  what is wrong with it, a literal
 * @return ERR_OK, ERR_PARSE
 */
enum err conf_read_mqtt_url(struct str text, struct conf_url *ret_url,
                            const char **ret_why) MUST_CHECK;

struct conf_imap_url {
	bool tls, is_loopback;
	struct str server; /* "imaps://HOST[:PORT]" */
	struct str folder; /* behind it, as it stands; may be empty */
};

/**
 * imaps://HOST[:PORT][/FOLDER] or imap://…
 *
 * @param ret_why  as above
 * @return ERR_OK, ERR_PARSE
 */
enum err conf_read_imap_url(struct str text, struct conf_imap_url *ret_url,
                            const char **ret_why) MUST_CHECK;

/** "files.acme.example": a name or an IPv4 address, without port. */
bool conf_host_is_valid(struct str host);

/** What belongs there: "a size from 1KiB to 1MiB, such as 16KiB". */
void conf_expected(const struct conf_key *key, struct buf *b);

#endif /* CONF_SCALAR_H */
