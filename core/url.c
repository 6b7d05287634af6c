/* SPDX-License-Identifier: MIT */
#include "core/url.h"

#include "core/ascii.h"
#include "core/buf.h"

#define HTTP_PORT  80
#define HTTPS_PORT 443
#define URL_MAX    ((size_t)64 * 1024)

static bool has_forbidden(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c <= 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

static struct str skip(struct str s, size_t count)
{
	return (struct str){s.ptr + count, s.len - count};
}

static size_t find_any(struct str s, struct str set)
{
	size_t i = 0;

	for (; i < s.len; i++) {
		for (size_t k = 0; k < set.len; k++) {
			if (s.ptr[i] == set.ptr[k])
				return i;
		}
	}
	return i;
}

static bool has_scheme(struct str url, struct str scheme)
{
	return url.len >= scheme.len && str_ieq((struct str){url.ptr, scheme.len}, scheme);
}

static enum err split_port(struct str text, struct url_parts *parts)
{
	uint64_t port = 0;

	if (text.len == 0) /* "host:" is the same as "host". Source: RFC 3986, 3.2.3 */
		return ERR_OK;
	if (str_to_u64(text, &port) != ERR_OK || port == 0 || port > UINT16_MAX)
		return ERR_PARSE;
	parts->port = (uint16_t)port;
	return ERR_OK;
}

static bool is_host(struct str host, bool is_literal)
{
	struct str wrong = is_literal ? STR_LIT("[@\\<>\"") : STR_LIT("[]@\\<>\":");

	return host.len > 0 && find_any(host, wrong) == host.len;
}

/* "host", "host:port", "[::1]:port" */
static enum err split_authority(struct str text, struct url_parts *parts)
{
	bool is_literal = text.len > 0 && text.ptr[0] == '[';
	struct str port = STR_EMPTY;

	if (!is_literal) {
		(void)str_cut(text, ':', &parts->host, &port);
		return is_host(parts->host, false) ? split_port(port, parts) : ERR_PARSE;
	}

	size_t end = find_any(text, STR_LIT("]"));

	if (end == text.len || !is_host((struct str){text.ptr + 1, end - 1}, true))
		return ERR_PARSE;
	parts->host = (struct str){text.ptr, end + 1};
	port = skip(text, end + 1);
	if (port.len > 0 && port.ptr[0] != ':')
		return ERR_PARSE;
	return port.len > 0 ? split_port(skip(port, 1), parts) : ERR_OK;
}

enum err url_split(struct str url, struct url_parts *ret_parts)
{
	struct url_parts parts = {.port = HTTP_PORT};
	enum err err;

	if (has_forbidden(url))
		return ERR_PARSE;
	if (has_scheme(url, STR_LIT("https://"))) {
		parts.is_https = true;
		parts.port = HTTPS_PORT;
	} else if (!has_scheme(url, STR_LIT("http://"))) {
		return ERR_PARSE;
	}

	struct str rest = skip(url, parts.is_https ? 8 : 7);
	size_t end = find_any(rest, STR_LIT("/?#"));

	err = split_authority((struct str){rest.ptr, end}, &parts);
	if (err != ERR_OK)
		return err;
	rest = skip(rest, end);
	/* A fragment is never sent. */
	parts.path = (struct str){rest.ptr, find_any(rest, STR_LIT("#"))};
	*ret_parts = parts;
	return ERR_OK;
}

/* "name:" at its beginning, whatever the name. Source: RFC 3986, 3.1 */
static bool has_any_scheme(struct str link)
{
	size_t i = 0;

	if (link.len == 0 || !ascii_is_letter(link.ptr[0]))
		return false;
	while (i < link.len && (ascii_is_alnum(link.ptr[i]) || link.ptr[i] == '+' ||
	                        link.ptr[i] == '-' || link.ptr[i] == '.'))
		i++;
	return i < link.len && link.ptr[i] == ':';
}

/* What of the base stands before the link. */
static struct str base_part(struct str base, const struct url_parts *parts, struct str link)
{
	size_t scheme = parts->is_https ? 6 : 5; /* "https:" */
	struct str origin = {base.ptr, (size_t)(parts->path.ptr - base.ptr)};
	struct str path = {parts->path.ptr, find_any(parts->path, STR_LIT("?"))};

	if (has_any_scheme(link))
		return STR_EMPTY;
	if (str_has_prefix(link, STR_LIT("//")))
		return (struct str){base.ptr, scheme};
	if (link.len == 0)
		return (struct str){base.ptr, origin.len + parts->path.len};
	if (link.ptr[0] == '?')
		return (struct str){base.ptr, origin.len + path.len};
	return origin;
}

static enum err join(struct str head, struct str link, struct buf *url)
{
	bool is_relative = head.len > 0 && link.len > 0 && link.ptr[0] != '/' && link.ptr[0] != '?';

	(void)buf_append_str(url, head);
	if (is_relative)
		(void)buf_append_char(url, '/');
	(void)buf_append(url, link.ptr, find_any(link, STR_LIT("#")));
	return buf_err(url) == ERR_LIMIT ? ERR_PARSE : buf_err(url);
}

enum err url_resolve(struct str base, struct str link, char **ret_url)
{
	struct url_parts parts;
	struct buf url;
	enum err err;

	buf_init(&url, URL_MAX);
	link = (struct str){link.ptr, find_any(link, STR_LIT("#"))};
	err = url_split(base, &parts);
	if (err == ERR_OK)
		err = join(base_part(base, &parts, link), link, &url);
	if (err == ERR_OK)
		err = url_split(buf_str(&url), &parts);
	if (err != ERR_OK)
		goto out;
	*ret_url = url.ptr;
	url.ptr = NULL;
out:
	buf_fini(&url);
	return err;
}

bool url_same_origin(struct str a, struct str b)
{
	struct url_parts pa;
	struct url_parts pb;

	return url_split(a, &pa) == ERR_OK && url_split(b, &pb) == ERR_OK &&
	       pa.is_https == pb.is_https && pa.port == pb.port && str_ieq(pa.host, pb.host);
}
