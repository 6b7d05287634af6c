/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/url.h"
#include "receiver/report/vendor/vendor_internal.h"
#include "receiver/report/vendor/wire.h"

#define URL_MAX    16384
#define HEADER_MAX 16384
#define BODY_MAX   (1U << 20)

/* A parameter of which nothing is left, such as the cursor of the first page, is not sent. */
static bool is_left_out(const struct named_text *param, const struct buf *value)
{
	return value->len == 0 && param->text.len > 0;
}

static enum err append_query(const struct request_spec *spec, struct vendor_names *names,
                             struct buf *url)
{
	char separator = memchr(url->ptr, '?', url->len) != NULL ? '&' : '?';
	enum err err = ERR_OK;
	struct buf value;

	buf_init(&value, URL_MAX);
	for (size_t i = 0; i < spec->query_count && err == ERR_OK; i++) {
		const struct named_text *param = &spec->query[i];

		buf_reset(&value);
		err = template_render(param->text, TEMPLATE_QUERY, vendor_name, names, &value);
		if (err != ERR_OK || is_left_out(param, &value))
			continue;
		(void)buf_append_char(url, separator);
		(void)buf_append_str(url, param->name);
		(void)buf_append_char(url, '=');
		err = buf_append_str(url, buf_str(&value));
		separator = '&';
	}
	buf_fini(&value);
	return err;
}

static enum err keep(struct vendor_call *call, struct str text, struct str *ret_copy)
{
	return arena_str_dup(&call->arena, text, ret_copy);
}

static enum err build_url(struct vendor_call *call, const struct vendor_request *request,
                          struct vendor_names *names)
{
	struct str copy = STR_EMPTY;
	struct buf url;
	enum err err;

	buf_init(&url, URL_MAX);
	err = vendor_url_base(call->client, request->spec, names, &url);
	if (err == ERR_OK)
		err = template_render(request->spec->path, TEMPLATE_PATH, vendor_name, names, &url);
	if (err == ERR_OK && url.len == 0)
		err = ERR_INVAL;
	if (err == ERR_OK)
		err = append_query(request->spec, names, &url);
	if (err == ERR_OK)
		err = keep(call, buf_str(&url), &copy);
	buf_fini(&url);
	if (err != ERR_OK)
		return err == ERR_LIMIT ? ERR_INVAL : err;
	call->url = copy.ptr;
	call->is_home = true; /* the profile says where to */
	call->is_ours = !request->is_anonymous;
	return ERR_OK;
}

static enum err add_header(struct vendor_call *call, struct str name, struct str value)
{
	struct http_client_header *h = &call->headers[call->header_count];
	enum err err;

	if (call->header_count >= VENDOR_HEADERS_MAX || !wire_is_header_value(value))
		return ERR_INVAL;
	err = keep(call, name, &h->name);
	if (err == ERR_OK)
		err = keep(call, value, &h->value);
	if (err == ERR_OK)
		call->header_count++;
	return err;
}

static bool has_header(const struct vendor_call *call, struct str name)
{
	for (size_t i = 0; i < call->header_count; i++) {
		if (str_ieq(call->headers[i].name, name))
			return true;
	}
	return false;
}

static enum err add_default(struct vendor_call *call, struct str name, struct str value)
{
	return has_header(call, name) ? ERR_OK : add_header(call, name, value);
}

static enum err build_headers(struct vendor_call *call, const struct request_spec *spec,
                              struct vendor_names *names)
{
	struct str accept = call->is_link ? STR_LIT("*/*") : STR_LIT("application/json");
	enum err err = ERR_OK;
	struct buf value;

	buf_init(&value, HEADER_MAX);
	for (size_t i = 0; i < spec->header_count && err == ERR_OK; i++) {
		const struct named_text *header = &spec->headers[i];

		buf_reset(&value);
		err = template_render(header->text, TEMPLATE_PLAIN, vendor_name, names, &value);
		if (err == ERR_OK && !is_left_out(header, &value))
			err = add_header(call, header->name, buf_str(&value));
	}
	buf_fini(&value);
	/* Without it some answer errors with a page or a redirect. */
	if (err == ERR_OK)
		err = add_default(call, STR_LIT("accept"), accept);
	return err == ERR_LIMIT ? ERR_INVAL : err;
}

static enum err build_extra(struct vendor_call *call, const struct vendor_request *request)
{
	enum err err = request->header_count <= VENDOR_EXTRA_MAX ? ERR_OK : ERR_INVAL;

	for (size_t i = 0; i < request->header_count && err == ERR_OK; i++) {
		const struct vendor_header *header = &request->headers[i];

		if (!wire_is_header_value(header->value))
			return ERR_INVAL;
		err = keep(call, str_from(header->name), &call->extra[i].name);
		if (err == ERR_OK)
			err = keep(call, header->value, &call->extra[i].value);
		call->extra_count = i + 1;
	}
	return err;
}

static enum err build_hosts(struct vendor_call *call, const struct vendor_request *request)
{
	struct str *hosts;
	enum err err = ERR_OK;

	if (request->host_count == 0)
		return ERR_OK;
	hosts = arena_alloc(&call->arena, request->host_count * sizeof(*hosts));
	if (hosts == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < request->host_count && err == ERR_OK; i++)
		err = keep(call, request->hosts[i], &hosts[i]);
	call->hosts = hosts;
	call->host_count = err == ERR_OK ? request->host_count : 0;
	return err;
}

static enum err render_form(const struct request_spec *spec, struct vendor_names *names,
                            struct buf *body)
{
	enum err err = ERR_OK;
	struct buf value;

	buf_init(&value, BODY_MAX);
	for (size_t i = 0; i < spec->form_count && err == ERR_OK; i++) {
		const struct named_text *param = &spec->form[i];

		buf_reset(&value);
		err = template_render(param->text, TEMPLATE_PLAIN, vendor_name, names, &value);
		if (err == ERR_OK && !is_left_out(param, &value))
			err = wire_param(param->name, buf_str(&value), body);
	}
	buf_fini(&value);
	return err;
}

static enum err render_body(const struct request_spec *spec, struct vendor_names *names,
                            struct buf *body, struct str *ret_type)
{
	switch (spec->body) {
	case REQUEST_BODY_NONE:
		return ERR_OK;
	case REQUEST_BODY_JSON:
		*ret_type = STR_LIT("application/json");
		return template_render_json(spec->json, vendor_name, names, body);
	case REQUEST_BODY_FORM:
		*ret_type = STR_LIT("application/x-www-form-urlencoded");
		return render_form(spec, names, body);
	case REQUEST_BODY_TEXT:
		*ret_type = STR_LIT("text/plain; charset=utf-8");
		return template_render(spec->text, TEMPLATE_PLAIN, vendor_name, names, body);
	}
	return ERR_INVAL;
}

static enum err build_body(struct vendor_call *call, const struct request_spec *spec,
                           struct vendor_names *names)
{
	struct str type = STR_EMPTY;
	struct buf body;
	enum err err;

	buf_init(&body, BODY_MAX);
	err = render_body(spec, names, &body, &type);
	if (err == ERR_OK)
		err = keep(call, buf_str(&body), &call->body);
	if (err == ERR_OK && type.len > 0)
		err = add_default(call, STR_LIT("content-type"), type);
	buf_fini(&body);
	/* A POST without one says so: Content-Length: 0. */
	call->has_body = spec->body != REQUEST_BODY_NONE ||
	                 (strcmp(call->method, "GET") != 0 && strcmp(call->method, "DELETE") != 0);
	return err == ERR_LIMIT ? ERR_INVAL : err;
}

static enum err keep_method(struct vendor_call *call, const char *method)
{
	struct str copy = STR_EMPTY;
	enum err err = keep(call, str_from(method), &copy);

	if (err == ERR_OK)
		call->method = copy.ptr;
	return err;
}

enum err vendor_request_leave(struct vendor_call *call, struct str url)
{
	struct str copy = STR_EMPTY;
	enum err err = keep(call, url, &copy);

	if (err != ERR_OK)
		return err;
	call->url = copy.ptr;
	call->method = "GET";
	call->headers[0] = (struct http_client_header){STR_LIT("accept"), STR_LIT("*/*")};
	call->header_count = 1;
	call->credentials = (struct http_client_header){STR_EMPTY, STR_EMPTY};
	call->auth_query = STR_EMPTY;
	call->has_body = false;
	call->body = STR_EMPTY;
	call->is_ours = false;
	return ERR_OK;
}

/* A link of the vendor's: credentials only to where the request itself would have gone. */
static enum err build_link(struct vendor_call *call, const struct vendor_request *request,
                           struct vendor_names *names)
{
	struct str copy = STR_EMPTY;
	struct buf base;
	enum err err;

	buf_init(&base, URL_MAX);
	err = vendor_url_base(call->client, request->spec, names, &base);
	call->is_home = err == ERR_OK && url_same_origin(request->url, buf_str(&base));
	call->is_ours = call->is_home && !request->is_anonymous;
	buf_fini(&base);
	if (err != ERR_OK)
		return err == ERR_LIMIT ? ERR_INVAL : err;
	if (!call->is_ours)
		return vendor_request_leave(call, request->url);
	err = keep(call, request->url, &copy);
	call->url = copy.ptr;
	return err;
}

static enum err build_address(struct vendor_call *call, const struct vendor_request *request,
                              struct vendor_names *names)
{
	return request->url.len > 0 ? build_link(call, request, names)
	                            : build_url(call, request, names);
}

enum err vendor_request_build(struct vendor_call *call, const struct vendor_request *request)
{
	struct vendor_names names = {call->client, request->lookup, request->lookup_arg};
	enum err err = keep_method(call, request->spec->method);

	if (err == ERR_OK)
		err = build_headers(call, request->spec, &names);
	if (err == ERR_OK)
		err = build_body(call, request->spec, &names);
	if (err == ERR_OK)
		err = build_extra(call, request);
	if (err == ERR_OK)
		err = build_hosts(call, request);
	if (err == ERR_OK)
		err = build_address(call, request, &names);
	if (err == ERR_OK && call->is_ours)
		err = vendor_auth_build(call);
	return err;
}
