/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include "core/imap/imap_client_internal.h"
#include "core/imap/imap_command.h"

static bool is_loopback(struct str host)
{
	unsigned char address[sizeof(struct in6_addr)];
	char text[INET6_ADDRSTRLEN];

	if (str_ieq(host, STR_LIT("localhost")) || str_ieq(host, STR_LIT("[::1]")))
		return true;
	if (host.len == 0 || host.len >= sizeof(text))
		return false;
	memcpy(text, host.ptr, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, address) == 1 && address[0] == 127;
}

/* @return ERR_OK, ERR_INVAL */
static enum err read_url(const char *url, bool *ret_is_plain, struct str *ret_host)
{
	struct str rest = str_from(url);
	bool is_plain = str_has_prefix(rest, STR_LIT("imap://"));
	size_t len = is_plain ? sizeof("imap://") - 1 : sizeof("imaps://") - 1;
	size_t end;

	if (!is_plain && !str_has_prefix(rest, STR_LIT("imaps://")))
		return ERR_INVAL;
	rest = (struct str){rest.ptr + len, rest.len - len};
	for (size_t i = 0; i < rest.len; i++) {
		unsigned char c = (unsigned char)rest.ptr[i];

		if (c <= 0x20 || c >= 0x7f || strchr("/?#@\\;", c) != NULL)
			return ERR_INVAL;
	}
	end = rest.len;
	for (size_t i = rest.len; i > 0 && rest.ptr[i - 1] != ']'; i--) {
		if (rest.ptr[i - 1] == ':')
			end = i - 1;
	}
	if (end == 0)
		return ERR_INVAL;
	*ret_is_plain = is_plain;
	*ret_host = (struct str){rest.ptr, end};
	return ERR_OK;
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

enum err imap_client_check(const struct imap_client_conf *conf, bool *ret_is_tls_wanted)
{
	bool is_plain = false;
	struct str host = STR_EMPTY;
	struct buf command;
	enum err err = read_url(conf->url, &is_plain, &host);

	if (err != ERR_OK)
		return err;
	if (has_control(conf->user) || has_control(conf->password) || conf->mailbox[0] == '\0')
		return ERR_INVAL;
	if (conf->ca != NULL && access(conf->ca, R_OK) != 0)
		return ERR_NOENT;
	buf_init(&command, 4096);
	err = imap_command_select(&command, str_from(conf->mailbox), conf->is_read_only);
	buf_fini(&command);
	*ret_is_tls_wanted = is_plain && (conf->wants_starttls || !is_loopback(host));
	return err == ERR_LIMIT ? ERR_INVAL : err;
}
