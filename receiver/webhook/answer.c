/* SPDX-License-Identifier: MIT */
#include "receiver/webhook/answer.h"

#include <stdio.h>

#define CHALLENGE "Basic realm=\"campaign2mqtt\", charset=\"UTF-8\""

#define JSON_TYPE STR_LIT("application/json")
#define ACCEPTED  STR_LIT("{\"status\":\"accepted\"}")

static void send_reply(struct route *r, struct http_request *http, const struct http_reply *reply)
{
	if (r != NULL) {
		route_count(r, reply->status);
	} else {
		metric_add(METRIC_HTTP_REFUSED, "unknown_path", NULL, NULL, 1);
	}
	http_request_reply(http, reply);
}

/* A refusal with its reason as JSON. @p reply has the rest. */
static void send_refusal(struct route *r, struct http_request *http, const char *reason,
                         struct http_reply reply)
{
	char body[128];

	(void)snprintf(body, sizeof(body), "{\"status\":\"refused\",\"reason\":\"%s\"}", reason);
	reply.media_type = JSON_TYPE;
	reply.body = str_from(body);
	send_reply(r, http, &reply);
}

void answer_accepted(struct route *r, struct http_request *http)
{
	const struct profile_source *spec = r->spec;
	struct http_reply reply = {
		.status = 200,
		.media_type = spec->reply_type != NULL ? str_from(spec->reply_type) : JSON_TYPE,
		.body = spec->reply_body != NULL ? str_from(spec->reply_body) : ACCEPTED,
	};

	send_reply(r, http, &reply);
}

void answer_probe(struct route *r, struct http_request *http)
{
	struct http_reply reply = {.status = 200, .allow = r->allow};

	send_reply(r, http, &reply);
}

void answer_bad(struct route *r, struct http_request *http, const char *reason)
{
	send_refusal(r, http, reason, (struct http_reply){.status = 400});
}

void answer_unauthorized(struct route *r, struct http_request *http)
{
	send_refusal(r, http, "no or wrong credentials",
	             (struct http_reply){.status = 401, .www_authenticate = CHALLENGE});
}

void answer_unknown_path(struct http_request *http)
{
	send_refusal(NULL, http, "unknown path", (struct http_reply){.status = 404});
}

void answer_wrong_method(struct route *r, struct http_request *http)
{
	send_refusal(r, http, "wrong method",
	             (struct http_reply){.status = 405, .allow = r->allow});
}

void answer_throttled(struct route *r, struct http_request *http, unsigned retry_after_s)
{
	send_refusal(r, http, "too many wrong attempts",
	             (struct http_reply){.status = 429, .retry_after_s = retry_after_s});
}

void answer_header_too_large(struct route *r, struct http_request *http)
{
	send_refusal(r, http, "header too large", (struct http_reply){.status = 431});
}

void answer_later(struct route *r, struct http_request *http, unsigned retry_after_s)
{
	unsigned status = r->spec->later != 0 ? r->spec->later : 503;

	send_refusal(r, http, "try again later",
	             (struct http_reply){.status = status, .retry_after_s = retry_after_s});
}
