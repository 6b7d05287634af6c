/* SPDX-License-Identifier: MIT */
/* What the parts take from a configuration, at the start and at a reload. */
#include <sys/resource.h>

#include "cmd/app/app_state.h"

#define SPARE_FILES     64 /* database, broker, admin, standard streams, … */
#define IDLE_TIMEOUT_MS 75000

enum err app_routes(const struct conf *conf, struct route_table **ret_routes)
{
	struct route_table *routes = NULL;
	struct credentials *credentials = NULL;
	enum err err = route_table_new(&routes);

	for (size_t a = 0; err == ERR_OK && a < conf->account_count; a++) {
		const struct conf_account *account = &conf->accounts[a];

		for (size_t w = 0; err == ERR_OK && w < account->webhook_count; w++) {
			const struct conf_webhook *hook = &account->webhooks[w];

			if (!hook->auth_none)
				err = credentials_new(&credentials);
			for (size_t i = 0; err == ERR_OK && i < hook->basic_count; i++) {
				err = credentials_add(credentials, hook->basic[i].username,
				                      hook->basic[i].password_hash,
				                      hook->basic[i].until_ms);
			}
			if (err == ERR_OK)
				err = route_table_add(routes, hook->source, credentials);
			credentials_unref(credentials);
			credentials = NULL;
		}
	}
	if (err == ERR_OK) {
		*ret_routes = routes;
		routes = NULL;
	}
	route_table_unref(routes);
	return err;
}

struct http_limits app_http_limits(const struct conf *conf)
{
	struct rlimit files = {0, 0};
	size_t connections = (size_t)conf->limits.connections;

	/* Past the descriptor limit accept() fails and honest clients wait: stay below it. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > SPARE_FILES &&
	    connections > files.rlim_cur - SPARE_FILES)
		connections = (size_t)files.rlim_cur - SPARE_FILES;
	return (struct http_limits){
		.header_bytes = (size_t)conf->limits.header,
		.connections = connections,
		.connections_per_address = (size_t)conf->limits.connections_per_address,
		.memory_bytes = (size_t)conf->limits.memory,
		.request_timeout_ms = conf->limits.request_timeout_ms,
		.idle_timeout_ms = IDLE_TIMEOUT_MS,
	};
}
