/* SPDX-License-Identifier: MIT */
/**
 * reports_client - a counted vendor_client that knows what it was made from, so that a reload can
 * keep it; for receiver/report/ and for who lets a
 * person authorise an account.
 */
#ifndef RECEIVER_REPORT_REPORTS_CLIENT_H
#define RECEIVER_REPORT_REPORTS_CLIENT_H

#include "receiver/report/vendor/vendor_client.h"

struct client;

/** @return ERR_OK, ERR_NOMEM */
enum err client_new(struct loop *loop, struct http_client *http, struct store *store,
                    const struct vendor_client_conf *conf, struct client **ret_client) MUST_CHECK;
struct client *client_ref(struct client *c);
/** Let go of one reference. Accepts NULL. */
void client_unref(struct client *c);

struct vendor_client *client_vendor(const struct client *c);
/** Whether it was made from the same. */
bool client_is_of(const struct client *c, const struct vendor_client_conf *conf);

#endif /* RECEIVER_REPORT_REPORTS_CLIENT_H */
