/* SPDX-License-Identifier: MIT */
/* The times of a call; that of the connection is libcurl's. */
#include <stdio.h>

#include "core/client/http_client_internal.h"
#include "core/clock.h"
#include "core/obj.h"

/* When the clock rings next; UINT64_MAX: nothing to wait for. */
static uint64_t deadline(const struct http_call *call)
{
	uint64_t at = call->end_at_ms > 0 ? call->end_at_ms : UINT64_MAX;

	if (call->last_at_ms > 0 && !call->is_paused &&
	    call->last_at_ms + call->idle_timeout_ms < at)
		at = call->last_at_ms + call->idle_timeout_ms;
	return at;
}

void http_call_wind_clock(struct http_call *call, uint64_t now_ms)
{
	uint64_t at = deadline(call);

	if (at == UINT64_MAX) {
		loop_timer_stop(call->clock);
	} else {
		loop_timer_start(call->clock, at > now_ms ? at - now_ms : 0);
	}
}

/*
 * What arrives only notes the time; the clock looks at it when it rings. So a stream of many small
 * pieces costs no timer each.
 */
void http_call_on_clock(void *arg)
{
	struct http_call *call;
	uint64_t now = clock_mono_ms();

	OBJ_FROM(call, arg, HTTP_CALL_MAGIC);
	if (now < deadline(call)) {
		http_call_wind_clock(call, now);
		return;
	}
	bool is_whole = call->end_at_ms > 0 && now >= call->end_at_ms;

	(void)snprintf(call->why_text, sizeof(call->why_text),
	               is_whole ? "not done within %llu ms" : "nothing arrived for %llu ms",
	               (unsigned long long)(is_whole ? call->timeout_ms : call->idle_timeout_ms));
	call->why = call->why_text;
	http_call_finish(call, HTTP_END_TIMEOUT);
}
