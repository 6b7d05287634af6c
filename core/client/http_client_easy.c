/* SPDX-License-Identifier: MIT */
/* What libcurl is told of one request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "core/client/http_client_internal.h"
#include "core/url.h"

#define CONNECT_TIMEOUT_MS 10000
#define LINE_MAX_BYTES     ((size_t)64 * 1024)
#define BUFFER_BYTES       (64L * 1024)

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!ascii_is_alnum(c) && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
			return false;
	}
	return s.len > 0;
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

static enum err add_line(struct http_call *call, const char *line)
{
	struct curl_slist *more = curl_slist_append(call->headers, line);

	if (more == NULL)
		return ERR_NOMEM;
	call->headers = more;
	return ERR_OK;
}

/* libcurl writes these; a second one would let two readers see two requests. */
static bool is_framing(struct str name)
{
	return str_ieq(name, STR_LIT("Content-Length")) ||
	       str_ieq(name, STR_LIT("Transfer-Encoding")) || str_ieq(name, STR_LIT("Connection"));
}

static enum err add_header(struct http_call *call, const struct http_client_header *header)
{
	struct buf line;
	enum err err;

	if (!is_token(header->name) || is_framing(header->name) || has_control(header->value))
		return ERR_INVAL;
	buf_init(&line, LINE_MAX_BYTES);
	/* libcurl's way to send an empty value is a semicolon; "NAME:" takes its own one out. */
	err = buf_append_str(&line, header->name);
	if (err == ERR_OK && str_trim(header->value).len == 0) {
		err = buf_append_char(&line, ';');
	} else if (err == ERR_OK && (err = buf_append_str(&line, STR_LIT(": "))) == ERR_OK) {
		err = buf_append_str(&line, header->value);
	}
	if (err == ERR_OK)
		err = add_line(call, buf_cstr(&line));
	buf_fini(&line);
	return err == ERR_LIMIT ? ERR_INVAL : err;
}

static bool has_header(const struct http_request *request, struct str name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (str_ieq(request->headers[i].name, name))
			return true;
	}
	return false;
}

/*
 * gzip is asked for and decoded here: libcurl takes a body whose compressed bytes stop in the
 * middle for a whole one, in each of its codings. Without the header a server may choose any.
 */
static enum err add_headers(struct http_call *call, const struct http_request *request)
{
	const char *coding =
		request->is_identity ? "Accept-Encoding: identity" : "Accept-Encoding: gzip";
	enum err err = ERR_OK;

	for (size_t i = 0; i < request->header_count && err == ERR_OK; i++)
		err = add_header(call, &request->headers[i]);
	if (err == ERR_OK && !has_header(request, STR_LIT("Accept-Encoding")))
		err = add_line(call, coding);
	if (err == ERR_OK && !has_header(request, STR_LIT("Content-Type")))
		err = add_line(call, "Content-Type:"); /* not libcurl's guess */
	if (err == ERR_OK)
		err = add_line(call, "Expect:");
	(void)curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
	return err;
}

static bool wants_length(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0;
}

static enum err set_method(struct http_call *call, const struct http_request *request)
{
	CURLcode rc = CURLE_OK;

	if (!is_token(str_from(request->method)))
		return ERR_INVAL;
	call->is_repeatable =
		strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
	if (request->has_body || wants_length(request->method)) {
		struct str body = request->has_body ? request->body : STR_EMPTY;

		(void)curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		                       (curl_off_t)body.len);
		/* Copied: a call that is cancelled from another one's callback may still send. */
		rc = curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS,
		                      body.len > 0 ? body.ptr : "");
	}
	if (strcmp(request->method, "HEAD") == 0 && !request->has_body) {
		(void)curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L);
	} else if (rc == CURLE_OK) {
		rc = curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST, request->method);
	}
	return rc == CURLE_OK ? ERR_OK : ERR_NOMEM;
}

static void set_limits(const struct http_call *call, const struct http_request *request)
{
	CURL *easy = call->easy;
	uint64_t connect_ms = request->connect_timeout_ms;

	if (connect_ms == 0)
		connect_ms = CONNECT_TIMEOUT_MS;
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	(void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	(void)curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
}

static CURLcode set_authorities(CURL *easy, struct str ca)
{
	struct curl_blob blob = {.len = ca.len, .flags = CURL_BLOB_COPY};
	char *copy = str_dup(ca); /* libcurl's pointer is not const */
	CURLcode rc;

	if (copy == NULL)
		return CURLE_OUT_OF_MEMORY;
	blob.data = copy;
	/* The system's folder would be asked besides. */
	(void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	rc = curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
	free(copy);
	return rc;
}

static CURLcode set_tls(const struct http_call *call, struct str ca)
{
	(void)curl_easy_setopt(call->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl_easy_setopt(call->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl_easy_setopt(call->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	return ca.len > 0 ? set_authorities(call->easy, ca) : CURLE_OK;
}

enum err http_call_set_up(struct http_call *call, const struct http_request *request)
{
	struct url_parts parts;
	enum err err;

	if (url_split(str_from(request->url), &parts) != ERR_OK)
		return ERR_INVAL;
	call->easy = curl_easy_init();
	if (call->easy == NULL)
		return ERR_NOMEM;
	set_limits(call, request);
	(void)curl_easy_setopt(call->easy, CURLOPT_FRESH_CONNECT, request->is_alone ? 1L : 0L);
	if (curl_easy_setopt(call->easy, CURLOPT_URL, request->url) != CURLE_OK ||
	    curl_easy_setopt(call->easy, CURLOPT_USERAGENT, call->client->user_agent) != CURLE_OK ||
	    set_tls(call, request->ca) != CURLE_OK)
		return ERR_NOMEM;
	err = set_method(call, request);
	return err == ERR_OK ? add_headers(call, request) : err;
}
