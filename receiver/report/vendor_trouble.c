/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "receiver/report/vendor_internal.h"

#define LOG_EVERY_MS 60000 /* of one cause */

void vendor_trouble_counted(const struct vendor_client *c, unsigned status)
{
	char code[16];

	(void)snprintf(code, sizeof(code), "%u", status);
	metric_add(METRIC_VENDOR_REQUESTS, c->account, status > 0 ? code : "none", NULL, 1);
}

/* The place of a cause, or the oldest one. */
static struct vendor_logged *place_of(struct vendor_client *c, const char *cause)
{
	struct vendor_logged *oldest = &c->logged[0];

	for (size_t i = 0; i < VENDOR_LOGGED_MAX; i++) {
		if (strcmp(c->logged[i].cause, cause) == 0)
			return &c->logged[i];
		if (c->logged[i].at_ms < oldest->at_ms)
			oldest = &c->logged[i];
	}
	return oldest;
}

void vendor_trouble_show(struct vendor_client *c, const char *cause, const char *text)
{
	struct vendor_logged *logged = place_of(c, cause);
	uint64_t now_ms = clock_mono_ms();

	(void)snprintf(c->trouble, sizeof(c->trouble), "%s", text);
	if (strcmp(logged->cause, cause) == 0 && now_ms - logged->at_ms < LOG_EVERY_MS)
		return;
	(void)snprintf(logged->cause, sizeof(logged->cause), "%s", cause);
	logged->at_ms = now_ms;
	log_warn("vendor.request_failed", log_str("account", c->account), log_str("cause", cause),
	         log_str("text", text));
}

void vendor_trouble_over(struct vendor_client *c)
{
	bool was_logged = false;

	for (size_t i = 0; i < VENDOR_LOGGED_MAX; i++) {
		was_logged = was_logged || c->logged[i].at_ms > 0;
		c->logged[i] = (struct vendor_logged){.at_ms = 0};
	}
	c->trouble[0] = '\0';
	c->auth_state = "ok";
	if (was_logged)
		log_info("vendor.works_again", log_str("account", c->account));
}

void vendor_trouble_circuit(const struct vendor_client *c)
{
	struct metric *m = metric_get(METRIC_VENDOR_CIRCUIT_OPEN, c->account, NULL, NULL);

	m->value = c->circuit.state != CIRCUIT_CLOSED ? 1 : 0;
}
