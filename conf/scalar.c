/* SPDX-License-Identifier: MIT */
#include "conf/scalar.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/ascii.h"
#include "core/quantity.h"

enum err conf_read_size(struct str text, uint64_t *ret_bytes)
{
	return quantity_read_size(text, ret_bytes);
}

enum err conf_read_duration(struct str text, uint64_t *ret_ms)
{
	return quantity_read_duration(text, ret_ms);
}

enum err conf_read_rate(struct str text, struct conf_rate *ret_rate)
{
	struct conf_rate rate = {0, 0};
	struct str count, per;

	if (!str_cut(text, '/', &count, &per))
		return ERR_PARSE;

	enum err err = str_to_u64(count, &rate.count);

	if (err == ERR_OK)
		err = conf_read_duration(per, &rate.per_ms);
	if (err == ERR_OK)
		*ret_rate = rate;
	return err;
}

void conf_write_size(struct buf *b, uint64_t bytes)
{
	quantity_write_size(b, bytes);
}

void conf_write_duration(struct buf *b, uint64_t ms)
{
	quantity_write_duration(b, ms);
}

/* Cut "HOST:PORT" or "[HOST]:PORT"; the port may be missing. */
static bool cut_port(struct str text, struct str *ret_host, bool *ret_bracketed,
                     struct str *ret_port)
{
	struct str rest = STR_EMPTY;

	*ret_bracketed = text.len > 0 && text.ptr[0] == '[';
	if (!*ret_bracketed) {
		(void)str_cut(text, ':', ret_host, ret_port);
		return true;
	}
	if (!str_cut((struct str){text.ptr + 1, text.len - 1}, ']', ret_host, &rest))
		return false;
	if (rest.len > 0 && rest.ptr[0] != ':')
		return false;
	*ret_port = rest.len > 0 ? (struct str){rest.ptr + 1, rest.len - 1} : STR_EMPTY;
	return true;
}

static bool read_ip(struct str host, bool v6, unsigned char ret_bytes[16])
{
	char text[INET6_ADDRSTRLEN];

	if (host.len == 0 || host.len >= sizeof(text))
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	return inet_pton(v6 ? AF_INET6 : AF_INET, text, ret_bytes) == 1;
}

static bool read_address(struct str text, bool *ret_v6, unsigned char ret_bytes[16])
{
	struct str host, port;
	uint64_t number = 0;

	return cut_port(text, &host, ret_v6, &port) && read_ip(host, *ret_v6, ret_bytes) &&
	       port.len <= 5 && str_to_u64(port, &number) == ERR_OK && number <= UINT16_MAX;
}

bool conf_address_is_valid(struct str text)
{
	unsigned char bytes[16];
	bool v6;

	return read_address(text, &v6, bytes);
}

bool conf_address_is_loopback(struct str text)
{
	static const unsigned char one[16] = {[15] = 1};
	unsigned char bytes[16] = {0};
	bool v6;

	if (!read_address(text, &v6, bytes))
		return false;
	return v6 ? memcmp(bytes, one, sizeof(one)) == 0 : bytes[0] == 127;
}

static bool is_host_name(struct str host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = host.ptr[i];

		if (!ascii_is_alnum(c) && c != '-' && c != '.' && c != '_')
			return false;
	}
	return host.len > 0 && host.len <= 253;
}

static enum err refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return ERR_PARSE;
}

/* HOST[:PORT] of a URL of MQTT or IMAP. */
static enum err read_authority(struct str text, uint16_t default_port, struct conf_url *url,
                               const char **ret_why)
{
	unsigned char bytes[16];
	struct str port = STR_EMPTY;
	uint64_t number = 0;
	bool v6 = false;

	if (text.len > 0 && memchr(text.ptr, '@', text.len) != NULL) {
		return refuse(ret_why, "credentials do not belong here; give them as username and "
		                       "password beside it");
	}
	if (!cut_port(text, &url->host, &v6, &port) ||
	    (v6 ? !read_ip(url->host, true, bytes) : !is_host_name(url->host))) {
		return refuse(ret_why, "a host name or address is expected behind the scheme");
	}
	if (port.len == 0 && text.ptr[text.len - 1] != ':') {
		url->port = default_port;
		return ERR_OK;
	}
	if (str_to_u64(port, &number) != ERR_OK || number < 1 || number > UINT16_MAX)
		return refuse(ret_why, "the port must be a number from 1 to 65535");
	url->port = (uint16_t)number;
	return ERR_OK;
}

enum err conf_read_mqtt_url(struct str text, struct conf_url *ret_url, const char **ret_why)
{
	static const struct str plain = {"mqtt://", 7}, tls = {"mqtts://", 8};
	struct conf_url url = {.tls = str_has_prefix(text, tls)};
	struct str path;

	if (!url.tls && !str_has_prefix(text, plain))
		return refuse(ret_why, "it must begin with mqtt:// or mqtts://");
	text.ptr += url.tls ? tls.len : plain.len;
	text.len -= url.tls ? tls.len : plain.len;
	(void)str_cut(text, '/', &text, &path);
	if (path.len > 0)
		return refuse(ret_why, "a path does not belong here; end it behind the port");

	enum err err = read_authority(text, url.tls ? 8883 : 1883, &url, ret_why);

	if (err == ERR_OK)
		*ret_url = url;
	return err;
}

/* As core/imap/imap_client.h has it, which allows a password without TLS to no other. */
static bool is_loopback_host(struct str host)
{
	unsigned char bytes[16];

	return str_ieq(host, STR_LIT("localhost")) || str_eq(host, STR_LIT("::1")) ||
	       (read_ip(host, false, bytes) && bytes[0] == 127);
}

static bool has_any(struct str text, const char *chars)
{
	for (; *chars != '\0'; chars++) {
		if (text.len > 0 && memchr(text.ptr, *chars, text.len) != NULL)
			return true;
	}
	return false;
}

enum err conf_read_imap_url(struct str text, struct conf_imap_url *ret_url, const char **ret_why)
{
	static const struct str plain = {"imap://", 7}, tls = {"imaps://", 8};
	struct conf_url url = {.tls = str_has_prefix(text, tls)};
	size_t scheme = url.tls ? tls.len : plain.len;
	struct str server, folder;
	enum err err;

	if (!url.tls && !str_has_prefix(text, plain))
		return refuse(ret_why, "it must begin with imaps:// or imap://");
	(void)str_cut((struct str){text.ptr + scheme, text.len - scheme}, '/', &server, &folder);
	if (has_any(server, "?#") || has_any(folder, "?#")) {
		return refuse(ret_why,
		              "a query or fragment does not belong here; write %3F for '?' "
		              "and %23 for '#'");
	}
	err = read_authority(server, url.tls ? 993 : 143, &url, ret_why);
	if (err == ERR_OK) {
		*ret_url = (struct conf_imap_url){
			.tls = url.tls,
			.is_loopback = is_loopback_host(url.host),
			.server = {text.ptr, scheme + server.len},
			.folder = folder,
		};
	}
	return err;
}

bool conf_host_is_valid(struct str host)
{
	char before = '.';

	if (!is_host_name(host) || host.ptr[host.len - 1] == '.')
		return false;
	for (size_t i = 0; i < host.len; i++) {
		if (host.ptr[i] == '.' && before == '.')
			return false;
		before = host.ptr[i];
	}
	return true;
}

static void expected_range(const struct conf_key *key, struct buf *b,
                           void (*write)(struct buf *b, uint64_t value))
{
	(void)buf_append_str(b, STR_LIT(" from "));
	write(b, key->min);
	(void)buf_append_str(b, STR_LIT(" to "));
	write(b, key->max);
}

static void write_number(struct buf *b, uint64_t value)
{
	(void)buf_printf(b, "%" PRIu64, value);
}

static void expected_words(const struct conf_key *key, struct buf *b)
{
	for (const struct conf_word *w = key->words; w->text != NULL; w++)
		(void)buf_printf(b, "%s%s", w == key->words ? "" : " or ", w->text);
}

void conf_expected(const struct conf_key *key, struct buf *b)
{
	switch (key->type) {
	case CONF_TEXT:
		(void)buf_printf(b, "a text of at most %" PRIu64 " bytes", key->max);
		break;
	case CONF_PATH:
		(void)buf_append_str(b, STR_LIT("a path"));
		break;
	case CONF_ADDRESS:
		(void)buf_append_str(
			b,
			STR_LIT("an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080"));
		break;
	case CONF_SIZE:
		(void)buf_append_str(b, STR_LIT("a size in B, KiB, MiB or GiB"));
		expected_range(key, b, conf_write_size);
		break;
	case CONF_DURATION:
		(void)buf_append_str(b, STR_LIT("a duration in ms, s, m, h or d"));
		expected_range(key, b, conf_write_duration);
		break;
	case CONF_NUMBER:
		(void)buf_append_str(b, STR_LIT("a number"));
		expected_range(key, b, write_number);
		break;
	case CONF_RATE:
		(void)buf_append_str(b, STR_LIT("COUNT/TIME, such as 20/1m, with a count"));
		expected_range(key, b, write_number);
		(void)buf_append_str(b, STR_LIT(" and a time from 1s to 1d"));
		break;
	case CONF_WORD:
		expected_words(key, b);
		break;
	case CONF_NODE:
	case CONF_REFUSED:
		(void)buf_append_str(b, str_from(key->unit));
		break;
	}
}
