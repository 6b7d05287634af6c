/* SPDX-License-Identifier: MIT */
#include "core/url.h"
#include "receiver/report/vendor/vendor_internal.h"

#define URL_MAX 16384

static bool own_name(const struct vendor_client *c, struct str name, struct str *ret_text)
{
	for (size_t i = 0; i < c->var_count; i++) {
		if (str_eq(name, str_from(c->vars[i].name))) {
			*ret_text = str_from(c->vars[i].value);
			return true;
		}
	}
	for (size_t i = 0; i < profile_var_count(c->profile); i++) {
		const struct profile_var *var = profile_var_at(c->profile, i);

		if (var->fallback != NULL && str_eq(name, str_from(var->name))) {
			*ret_text = str_from(var->fallback);
			return true;
		}
	}
	return false;
}

bool vendor_name(void *arg, struct str name, struct str *ret_text)
{
	const struct vendor_names *names = arg;

	return own_name(names->client, name, ret_text) ||
	       (names->lookup != NULL && names->lookup(names->arg, name, ret_text));
}

/* scheme://host:port of an address; what is behind it goes to @p ret_rest. */
static struct str origin_of(struct str url, struct str *ret_rest)
{
	struct url_parts parts;

	*ret_rest = STR_EMPTY;
	if (url_split(url, &parts) != ERR_OK)
		return url;
	*ret_rest = parts.path;
	return (struct str){url.ptr, url.len - parts.path.len};
}

static enum err render_url(const struct vendor_client *c, struct str text,
                           const struct vendor_names *names, struct buf *b)
{
	struct buf rendered;
	struct str path, rest;
	enum err err;

	buf_init(&rendered, URL_MAX);
	err = template_render(text, TEMPLATE_PLAIN, vendor_name,
	                      &(struct vendor_names){c, names->lookup, names->arg}, &rendered);
	if (err == ERR_OK && c->has_own_base) {
		(void)origin_of(buf_str(&rendered), &path);
		(void)buf_append_str(b, origin_of(c->base, &rest));
		err = buf_append_str(b, path);
	} else if (err == ERR_OK) {
		err = buf_append_str(b, buf_str(&rendered));
	}
	buf_fini(&rendered);
	return err;
}

enum err vendor_url_render(const struct vendor_client *c, struct str text, struct buf *b)
{
	return render_url(c, text, &(struct vendor_names){c, NULL, NULL}, b);
}

/* "host" means the scheme's port, "host:port" that one. */
static bool is_place(const struct url_parts *parts, struct str place)
{
	uint64_t number = parts->is_https ? 443 : 80;
	struct str host, port;

	return (!str_cut(place, ':', &host, &port) || str_to_u64(port, &number) == ERR_OK) &&
	       str_ieq(parts->host, host) && parts->port == number;
}

static bool is_listed(const struct vendor_client *c, const struct url_parts *parts)
{
	for (size_t i = 0; i < profile_host_count(c->profile); i++) {
		if (is_place(parts, profile_host_at(c->profile, i)))
			return true;
	}
	return false;
}

/* ".a.b" is "a.b" and all below. */
static bool is_below(struct str host, struct str listed)
{
	struct str end;

	if (listed.len == 0 || listed.ptr[0] != '.')
		return str_ieq(host, listed);
	if (host.len < listed.len)
		return str_ieq(host, (struct str){listed.ptr + 1, listed.len - 1});
	end = (struct str){host.ptr + host.len - listed.len, listed.len};
	return host.len > listed.len && str_ieq(end, listed);
}

static bool is_among_hosts(const struct vendor_call *call, const struct url_parts *parts)
{
	struct str host, port;
	uint64_t number;

	for (size_t i = 0; i < call->host_count; i++) {
		bool has_port = str_cut(call->hosts[i], ':', &host, &port);

		if (is_below(parts->host, host) &&
		    (!has_port || (str_to_u64(port, &number) == ERR_OK && number == parts->port)))
			return true;
	}
	return false;
}

const char *vendor_url_forbidden(const struct vendor_call *call, struct str url)
{
	struct url_parts parts, base;

	if (url_split(url, &parts) != ERR_OK || url_split(call->client->base, &base) != ERR_OK)
		return "a link that is no address";
	if (base.is_https && !parts.is_https)
		return "a link that is not https";
	if (call->is_any_host || (call->is_link && str_ieq(parts.host, base.host)) ||
	    is_listed(call->client, &parts) || is_among_hosts(call, &parts))
		return NULL;
	return "a link to a host that the profile does not list";
}

enum err vendor_url_base(const struct vendor_client *c, const struct request_spec *spec,
                         const struct vendor_names *names, struct buf *url)
{
	enum err err = spec->base.len > 0 ? render_url(c, spec->base, names, url)
	                                  : buf_append_str(url, c->base);

	if (err == ERR_OK && url->len > 0 && url->ptr[url->len - 1] == '/')
		url->ptr[--url->len] = '\0'; /* the path begins with one */
	return err;
}
