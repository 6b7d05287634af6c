/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "conf/account_parts.h"
#include "conf/scalar.h"
#include "core/ascii.h"

#define FOLDER_MAX 500
#define SENDER_MAX 320 /* RFC 5321: 64 before the '@', 255 behind it */

/* ---- where it is ---- */

/* RFC 3501 has names in printable ASCII; others are written in a UTF-7 of its own (5.1.3). */
static const char *read_folder(struct str text, char ret_folder[FOLDER_MAX + 1])
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '%') {
			int high = i + 2 < text.len ? ascii_hex_value(text.ptr[i + 1]) : -1;
			int low = i + 2 < text.len ? ascii_hex_value(text.ptr[i + 2]) : -1;

			if (high < 0 || low < 0)
				return "behind \"%\" of the folder two hexadecimal digits belong";
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c < 0x20 || c > 0x7e) {
			return "the folder's name must be ASCII; write other characters as the "
			       "server does, in modified UTF-7";
		}
		if (len == FOLDER_MAX)
			return "the folder's name is too long";
		ret_folder[len++] = c;
	}
	ret_folder[len] = '\0';
	return NULL;
}

static enum err keep_url(struct conf_load *load, const struct yaml_node *node,
                         const struct conf_imap_url *url, struct conf_mailbox *box)
{
	char folder[FOLDER_MAX + 1] = "";
	const char *why = read_folder(url->folder, folder);
	enum err err;

	if (why != NULL)
		return yaml_fail(node, load->detail, "not a mailbox's URL: %s", why);
	err = conf_keep_text(load, url->server, &box->url);
	if (err != ERR_OK)
		return err;
	return conf_keep_text(load, folder[0] != '\0' ? str_from(folder) : STR_LIT("INBOX"),
	                      &box->folder);
}

static enum err check_tls(struct conf_load *load, const struct yaml_node *mailbox,
                          const struct conf_imap_url *url, const struct conf_mailbox *box)
{
	if (url->tls && box->starttls) {
		return yaml_fail_key(yaml_get(mailbox, "starttls"), load->detail,
		                     "only used with imap://; imaps:// has TLS from the beginning");
	}
	if (!url->tls && !box->starttls && !url->is_loopback) {
		return yaml_fail(yaml_get(mailbox, "url"), load->detail,
		                 "the password would be sent in the clear; write imaps://, or add "
		                 "\"starttls: true\"");
	}
	if (box->ca == NULL)
		return ERR_OK;
	if (!url->tls && !box->starttls) {
		return yaml_fail_key(yaml_get(mailbox, "ca"), load->detail,
		                     "only used with TLS; write imaps:// in \"url\", or remove it");
	}
	return conf_read_authorities(load, yaml_get(mailbox, "ca"), box->ca, NULL);
}

static enum err parse_url(struct conf_load *load, const struct yaml_node *mailbox,
                          struct conf_mailbox *box)
{
	const struct yaml_node *node = yaml_get(mailbox, "url");
	struct conf_imap_url url = {.tls = false};
	const char *why = "it is empty";
	enum err err;

	if (node == NULL)
		return yaml_fail(mailbox, load->detail, "\"url\" is missing here");
	if (node->kind != YAML_SCALAR || yaml_is_null(node) ||
	    conf_read_imap_url(node->text, &url, &why) != ERR_OK) {
		return yaml_fail(node, load->detail,
		                 "not a mailbox's URL: %s; expected imaps://HOST/FOLDER", why);
	}
	err = keep_url(load, node, &url, box);
	return err == ERR_OK ? check_tls(load, mailbox, &url, box) : err;
}

/* ---- senders and hosts ---- */

/* "reports@acme.example", "@acme.example". */
static bool is_sender(struct str text)
{
	struct str name, domain;

	if (text.len > SENDER_MAX || !str_cut(text, '@', &name, &domain))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.ptr[i] <= 0x20 || name.ptr[i] >= 0x7f ||
		    strchr("<>()[],;:\"\\", name.ptr[i]) != NULL)
			return false;
	}
	return conf_host_is_valid(domain);
}

/* "files.acme.example", ".acme.example". */
static bool is_host(struct str text)
{
	bool is_dotted = text.len > 0 && text.ptr[0] == '.';

	return conf_host_is_valid(is_dotted ? (struct str){text.ptr + 1, text.len - 1} : text);
}

struct kind {
	bool (*is_right)(struct str text);
	size_t max;
	const char *expected;
};

static enum err parse_texts(struct conf_load *load, const struct yaml_node *node,
                            const struct kind *kind, const char *const **ret_list,
                            size_t *ret_count)
{
	const char **list = NULL;
	size_t count = 0;
	enum err err = conf_list(load, node, &count);

	if (err != ERR_OK || count == 0)
		return err;
	if (count > kind->max)
		return yaml_fail(node, load->detail, "expected at most %zu items", kind->max);
	list = arena_alloc(&load->full->arena, count * sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	node = node->first;
	for (size_t i = 0; i < count && err == ERR_OK; i++, node = node->next) {
		if (node->kind != YAML_SCALAR || !kind->is_right(node->text))
			return yaml_fail(node, load->detail, "expected %s", kind->expected);
		err = conf_keep_text(load, node->text, &list[i]);
	}
	*ret_list = list;
	*ret_count = count;
	return err;
}

static enum err parse_lists(struct conf_load *load, const struct yaml_node *node,
                            struct conf_mailbox *box)
{
	static const struct kind senders = {
		is_sender, CONF_FROM_MAX,
		"an address such as reports@acme.example, or @acme.example for all of a domain"};
	static const struct kind hosts = {
		is_host, HOSTS_MAX,
		"a host such as files.acme.example, or .acme.example for it and all below; no "
		"scheme, port or path"};
	enum err err =
		parse_texts(load, yaml_get(node, "from"), &senders, &box->from, &box->from_count);

	if (err != ERR_OK)
		return err;
	return parse_texts(load, yaml_get(node, "hosts"), &hosts, &box->hosts, &box->host_count);
}

enum err conf_parse_mailbox(struct conf_load *load, const struct yaml_node *node,
                            const struct conf_mailbox **ret_box)
{
	const struct yaml_node *password = yaml_get(node, "password");
	struct conf_mailbox *box = NULL;
	enum err err;

	*ret_box = NULL;
	if (node == NULL || yaml_is_null(node))
		return ERR_OK;
	if (node->kind != YAML_MAPPING) {
		return yaml_fail(node, load->detail,
		                 "expected \"{url: …, username: NAME, password: …}\"");
	}
	box = arena_alloc(&load->full->arena, sizeof(*box));
	if (box == NULL)
		return ERR_NOMEM;
	err = conf_parse_section(load, "accounts[].mailbox", node, box);
	if (err == ERR_OK)
		err = parse_url(load, node, box);
	if (err == ERR_OK)
		err = parse_lists(load, node, box);
	if (err != ERR_OK)
		return err;
	if (password->mark == ORIGIN_LITERAL) {
		conf_warn(load, password,
		          "a secret is written into the file; use ${file:PATH} or ${NAME}");
	}
	*ret_box = box;
	return ERR_OK;
}
