/* SPDX-License-Identifier: MIT */
/* How a call ended, and what Retry-After says. */
#include "core/ascii.h"
#include "core/client/http_client_internal.h"

#define RETRY_AFTER_MAX_S 86400
#define DATE_MAX          64

static enum http_end end_of_code(const struct http_call *call, CURLcode rc)
{
	switch (rc) {
	case CURLE_OK:
		return HTTP_END_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_URL_MALFORMAT: /* a host name that is none */
		return HTTP_END_RESOLVE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT: /* the connection's; the call's own time is kept here */
		return HTTP_END_CONNECT;
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_HTTP2:
		return HTTP_END_PROTOCOL;
	case CURLE_OUT_OF_MEMORY:
		/* libcurl says so too of a header line that is too long for it. */
		return call->attempts > 0 && !call->is_head_whole ? HTTP_END_HEAD_TOO_LARGE
		                                                  : HTTP_END_NOMEM;
	default:
		return curl_code_is_tls(rc) ? HTTP_END_TLS : HTTP_END_CUT;
	}
}

enum http_end http_end_of(const struct http_call *call, CURLcode rc)
{
	if (call->end != HTTP_END_OK)
		return call->end;
	return end_of_code(call, rc);
}

static int64_t clamp(int64_t seconds)
{
	if (seconds < 0)
		return 0;
	return seconds < RETRY_AFTER_MAX_S ? seconds : RETRY_AFTER_MAX_S;
}

/* Seconds since the epoch, or -1. A date begins with the name of a day. Source: RFC 9110, 5.6.7. */
static int64_t read_date(struct str text)
{
	char copy[DATE_MAX + 1];

	if (text.len < sizeof("Sun Nov  6 08:49:37 1994") - 1 || text.len > DATE_MAX ||
	    !ascii_is_letter(text.ptr[0]))
		return -1;
	for (size_t i = 0; i < text.len; i++)
		copy[i] = text.ptr[i];
	copy[text.len] = '\0';
	return (int64_t)curl_getdate(copy, NULL);
}

int64_t http_retry_after(struct str value, struct str server_date, int64_t now_ms)
{
	uint64_t seconds;
	int64_t date;
	int64_t now = read_date(server_date);

	value = str_trim(value);
	if (value.len == 0)
		return HTTP_RETRY_AFTER_NONE;
	switch (str_to_u64(value, &seconds)) {
	case ERR_OK:
		return seconds < RETRY_AFTER_MAX_S ? (int64_t)seconds : RETRY_AFTER_MAX_S;
	case ERR_LIMIT:
		return RETRY_AFTER_MAX_S;
	default:
		break;
	}
	date = read_date(value);
	if (date < 0)
		return HTTP_RETRY_AFTER_UNKNOWN;
	/* From the server's own clock where it tells the time: the two may differ. */
	return clamp(date - (now >= 0 ? now : now_ms / 1000));
}
