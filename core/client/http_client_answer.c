/* SPDX-License-Identifier: MIT */
/* The answer as it arrives: head, coding, body. */
#include <string.h>

#include "core/client/http_client_internal.h"
#include "core/clock.h"

#define DECODED_KEEP ((size_t)256 * 1024)

static bool stop(struct http_call *call, enum http_end end, const char *why)
{
	call->end = end;
	call->why = why;
	return false;
}

static struct str find_header(const struct http_call *call, struct str name)
{
	struct str rest = buf_str(&call->head);
	struct str found = STR_EMPTY;
	struct str line;
	struct str key;
	struct str value;

	while (rest.len > 0) {
		(void)str_cut(rest, '\n', &line, &rest);
		if (str_cut(line, ':', &key, &value) && str_ieq(key, name))
			found = str_trim(value);
	}
	return found;
}

struct str http_call_header(const struct http_call *call, const char *name)
{
	return find_header(call, str_from(name));
}

static bool choose_coding(struct http_call *call)
{
	struct str coding = find_header(call, STR_LIT("Content-Encoding"));

	if (call->is_identity || coding.len == 0 || str_ieq(coding, STR_LIT("identity")))
		return true;
	if (!str_ieq(coding, STR_LIT("gzip")) && !str_ieq(coding, STR_LIT("x-gzip")))
		return stop(call, HTTP_END_PROTOCOL, "a content coding that was not asked for");
	call->coding = CODING_GZIP;
	return inflate_new(&call->inflate) == ERR_OK || stop(call, HTTP_END_NOMEM, NULL);
}

static int64_t length_of(const struct http_call *call)
{
	uint64_t length;

	if (str_to_u64(find_header(call, STR_LIT("Content-Length")), &length) != ERR_OK ||
	    length > INT64_MAX)
		return -1;
	return (int64_t)length;
}

static void fill_answer(struct http_call *call, unsigned status)
{
	struct http_answer *a = &call->answer;

	a->status = status;
	a->was_sent = true;
	a->media_type = find_header(call, STR_LIT("Content-Type"));
	a->location = find_header(call, STR_LIT("Location"));
	a->length = length_of(call);
	a->retry_after_s = http_retry_after(find_header(call, STR_LIT("Retry-After")),
	                                    find_header(call, STR_LIT("Date")), clock_now_ms());
}

static bool end_head(struct http_call *call)
{
	long status = 0;

	(void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 100 && status < 200) {
		buf_reset(&call->head);
		return true;
	}
	call->is_head_whole = true;
	fill_answer(call, (unsigned)status);
	if (!choose_coding(call))
		return false;
	if (call->ops.on_head != NULL)
		call->ops.on_head(call->arg, &call->answer);
	return !call->is_cancelled;
}

bool http_call_take_line(struct http_call *call, struct str line)
{
	if (call->is_head_whole) /* a trailer */
		return true;
	if (str_trim(line).len == 0)
		return end_head(call);
	switch (buf_append_str(&call->head, line)) {
	case ERR_OK:
		return true;
	case ERR_NOMEM:
		return stop(call, HTTP_END_NOMEM, NULL);
	default:
		return stop(call, HTTP_END_HEAD_TOO_LARGE, NULL);
	}
}

static bool hand_over(struct http_call *call, struct str bytes)
{
	bool goes_on;

	if (bytes.len == 0)
		return true;
	if (bytes.len > call->body_max - call->answer.body_bytes)
		return stop(call, HTTP_END_TOO_LARGE, "the body is larger than allowed");
	call->answer.body_bytes += bytes.len;
	call->is_in_body = true;
	call->is_resumed_early = false;
	goes_on = call->ops.on_body(call->arg, bytes);
	call->is_in_body = false;
	call->is_paused = !goes_on && !call->is_resumed_early;
	return !call->is_cancelled;
}

static bool inflate_body(struct http_call *call, struct str bytes)
{
	uint64_t left = call->body_max - call->answer.body_bytes;

	if (call->decoded.cap > DECODED_KEEP)
		buf_fini(&call->decoded);
	buf_reset(&call->decoded);
	/* buf wants room for one at least; hand_over() counts exactly. */
	call->decoded.max = left < SIZE_MAX / 4 ? (size_t)left + 1 : SIZE_MAX / 4;
	switch (inflate_feed(call->inflate, bytes, &call->decoded)) {
	case ERR_OK:
		return hand_over(call, buf_str(&call->decoded));
	case ERR_NOMEM:
		return stop(call, HTTP_END_NOMEM, NULL);
	case ERR_LIMIT:
		return stop(call, HTTP_END_TOO_LARGE, "the body is larger than allowed");
	default:
		return stop(call, HTTP_END_CUT, "the body's gzip coding is damaged");
	}
}

bool http_call_take_body(struct http_call *call, struct str bytes)
{
	call->raw_bytes += bytes.len;
	if (call->coding == CODING_GZIP)
		return inflate_body(call, bytes);
	return hand_over(call, bytes);
}

/* No body at all is in order where none was to come. */
static bool has_no_body(const struct http_call *call)
{
	char *method = NULL;

	if (call->raw_bytes > 0)
		return false;
	(void)curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_METHOD, &method);
	return call->answer.status == 204 || call->answer.status == 304 ||
	       (method != NULL && strcmp(method, "HEAD") == 0) ||
	       str_eq(find_header(call, STR_LIT("Content-Length")), STR_LIT("0"));
}

void http_call_check_whole(struct http_call *call)
{
	if (!call->is_head_whole) {
		(void)stop(call, HTTP_END_CUT, "the answer ends in its head");
	} else if (call->coding == CODING_GZIP && !has_no_body(call) &&
	           inflate_end(call->inflate) != ERR_OK) {
		(void)stop(call, HTTP_END_CUT, "the body's gzip coding is cut short");
	}
}
