/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/metrics.h"
#include "receiver/report/vendor/vendor_internal.h"

#define LONG_PAUSE_MS 60000 /* shorter ones are not worth a line */

void vendor_trouble_counted(const struct vendor_client *c, unsigned status)
{
	char code[16];

	(void)snprintf(code, sizeof(code), "%u", status);
	metric_add(METRIC_VENDOR_REQUESTS, c->account, status > 0 ? code : "none", NULL, 1);
}

void vendor_trouble_show(struct vendor_client *c, const char *text)
{
	(void)snprintf(c->trouble, sizeof(c->trouble), "%s", text);
}

void vendor_trouble_over(struct vendor_client *c)
{
	c->trouble[0] = '\0';
	c->auth_state = "ok";
}

/* A trial that fails, and another wait after it, are no news. */
static void tell_circuit(struct vendor_client *c)
{
	uint64_t now_ms = clock_mono_ms();

	if (c->circuit.state == CIRCUIT_OPEN && !c->is_open_told) {
		c->is_open_told = true;
		log_warn("vendor.circuit_open", log_str("account", c->account),
		         log_int("seconds", c->circuit.until_ms > now_ms
		                                    ? (int64_t)(c->circuit.until_ms - now_ms) / 1000
		                                    : 0));
	} else if (c->circuit.state == CIRCUIT_CLOSED && c->is_open_told) {
		c->is_open_told = false;
		log_info("vendor.circuit_closed", log_str("account", c->account));
	}
}

void vendor_trouble_circuit(struct vendor_client *c)
{
	struct metric *m = metric_get(METRIC_VENDOR_CIRCUIT_OPEN, c->account, NULL, NULL);

	m->value = c->circuit.state != CIRCUIT_CLOSED ? 1 : 0;
	tell_circuit(c);
}

void vendor_trouble_pause(const struct vendor_client *c, uint64_t wait_ms, const char *why)
{
	if (wait_ms <= LONG_PAUSE_MS)
		return;
	log_warn("vendor.paused", log_str("account", c->account),
	         log_int("seconds", (int64_t)(wait_ms / 1000)), log_str("answer", why));
}

void vendor_trouble_store(struct vendor_client *c, enum err err)
{
	if (err != ERR_OK && !c->is_store_told) {
		log_warn("vendor.counts_not_stored", log_str("account", c->account),
		         log_str("error", err_str(err)));
	}
	c->is_store_told = err != ERR_OK;
}
