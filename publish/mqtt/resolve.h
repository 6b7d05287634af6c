/* SPDX-License-Identifier: MIT */
/**
 * resolve - name of the broker to a numeric address.
 *
 * Blocks for as long as the resolver takes: call it on core/worker only.
 */
#ifndef PUBLISH_MQTT_RESOLVE_H
#define PUBLISH_MQTT_RESOLVE_H

#include <stddef.h>

#include "core/err.h"

/** Enough for an IPv6 address with its zone. */
#define RESOLVE_TEXT_MAX 128

/**
 * @param host     name or numeric address
 * @param attempt  picks one of several addresses: attempt modulo their number, so that an address
 *                 that does not answer is not the only one tried
 * @param ret_address  NUL-terminated numeric address
 * @return ERR_OK
 *         ERR_NOENT  no such name
 *         ERR_IO     the look-up failed
 *         ERR_NOMEM
 *         The detail says why, for people.
 */
enum err resolve_address(const char *host, unsigned attempt, char ret_address[RESOLVE_TEXT_MAX],
                         struct err_detail *reterr_detail) MUST_CHECK;

#endif /* PUBLISH_MQTT_RESOLVE_H */
