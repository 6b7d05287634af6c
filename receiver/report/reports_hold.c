/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_hold.h"

#include <string.h>

#include "core/clock.h"
#include "receiver/report/vendor/circuit.h"
#include "receiver/report/vendor/vendor_client.h"

static bool is_open(const struct hold *h)
{
	struct vendor_state state = {.circuit = ""};

	vendor_client_state(h->vendor, &state);
	return strcmp(state.circuit, "open") == 0;
}

void hold_for(struct hold *h, uint64_t wait_ms)
{
	uint64_t until_ms;

	if (wait_ms < LATER_MIN_MS)
		wait_ms = LATER_MIN_MS;
	if (wait_ms > LATER_MAX_MS)
		wait_ms = LATER_MAX_MS;
	until_ms = clock_mono_ms() + wait_ms;
	if (until_ms > h->until_ms)
		h->until_ms = until_ms;
	h->is_circuit = is_open(h);
}

void hold_auth(struct hold *h, uint64_t wait_ms)
{
	struct vendor_state state = {.circuit = ""};

	vendor_client_state(h->vendor, &state);
	if (state.open_ms > wait_ms)
		wait_ms = state.open_ms;
	hold_for(h, wait_ms > 0 ? wait_ms : CIRCUIT_AUTH_MIN_MS);
}

void hold_end(struct hold *h)
{
	h->until_ms = 0;
	h->is_circuit = false;
}

uint64_t hold_left(struct hold *h, uint64_t mono_ms)
{
	if (h->until_ms > mono_ms && !(h->is_circuit && !is_open(h)))
		return h->until_ms - mono_ms;
	hold_end(h); /* it is over, or somebody mended it */
	return 0;
}
