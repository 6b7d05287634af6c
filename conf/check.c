/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf/load.h"
#include "conf/scalar.h"
#include "core/ascii.h"

#define INSTANCE_MAX 64

static bool is_instance_char(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* The host name, with whatever an instance may not hold as '-'. */
static enum err default_instance(struct conf_load *load)
{
	char name[INSTANCE_MAX + 1] = "";
	struct str copy = STR_EMPTY;
	enum err err;

	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
		(void)snprintf(name, sizeof(name), "campaign2mqtt");
	for (char *c = name; *c != '\0'; c++) {
		if (!is_instance_char(*c))
			*c = '-';
	}
	err = arena_str_dup(&load->full->arena, str_from(name), &copy);
	if (err == ERR_OK)
		load->full->conf.instance = copy.ptr;
	return err;
}

static enum err check_instance(struct conf_load *load, const struct yaml_node *root)
{
	const char *name = load->full->conf.instance;

	if (name == NULL)
		return default_instance(load);
	for (; *name != '\0'; name++) {
		if (!is_instance_char(*name)) {
			return yaml_fail(
				yaml_get(root, "instance"), load->detail,
				"expected letters, digits, '-', '.' and '_' only; not \"%s\"",
				load->full->conf.instance);
		}
	}
	return ERR_OK;
}

static enum err check_url(struct conf_load *load, const struct yaml_node *mqtt)
{
	struct conf *conf = &load->full->conf;
	struct conf_url url = {.tls = false};
	struct str host = STR_EMPTY;
	const char *why = "";
	enum err err;

	/* the default is right, so a wrong one stands in the file */
	if (conf_read_mqtt_url(str_from(conf->mqtt.url), &url, &why) != ERR_OK) {
		return yaml_fail(yaml_get(mqtt, "url"), load->detail, "not a broker's URL: %s",
		                 why);
	}
	err = arena_str_dup(&load->full->arena, url.host, &host);
	if (err != ERR_OK)
		return err;
	conf->mqtt.host = host.ptr;
	conf->mqtt.port = url.port;
	conf->mqtt.tls = url.tls;
	return ERR_OK;
}

static enum err check_tls_file(struct conf_load *load, const struct yaml_node *mqtt,
                               const char *name, const char *path)
{
	if (path == NULL)
		return ERR_OK;
	if (!load->full->conf.mqtt.tls) {
		return yaml_fail_key(yaml_get(mqtt, name), load->detail,
		                     "only used with TLS; write mqtts:// in \"url\", or remove it");
	}
	if (access(path, R_OK) != 0) {
		return yaml_fail(yaml_get(mqtt, name), load->detail,
		                 "\"%s\" cannot be read; correct the path or its owner and mode",
		                 path);
	}
	return ERR_OK;
}

static enum err check_tls(struct conf_load *load, const struct yaml_node *mqtt)
{
	const struct conf *conf = &load->full->conf;
	bool has_certificate = conf->mqtt.certificate != NULL;
	bool has_key = conf->mqtt.key != NULL;
	enum err err = check_tls_file(load, mqtt, "ca", conf->mqtt.ca);

	if (err == ERR_OK)
		err = check_tls_file(load, mqtt, "certificate", conf->mqtt.certificate);
	if (err == ERR_OK)
		err = check_tls_file(load, mqtt, "key", conf->mqtt.key);
	if (err == ERR_OK && has_certificate != has_key) {
		return yaml_fail_key(yaml_get(mqtt, has_key ? "key" : "certificate"), load->detail,
		                     "\"certificate\" and \"key\" belong together; add \"%s\"",
		                     has_key ? "certificate" : "key");
	}
	return err;
}

static enum err check_password(struct conf_load *load, const struct yaml_node *mqtt)
{
	const struct yaml_node *password = yaml_get(mqtt, "password");

	if (password == NULL)
		return ERR_OK;
	if (load->full->conf.mqtt.username == NULL) {
		return yaml_fail_key(password, load->detail,
		                     "a password needs a \"username\" beside it");
	}
	if (password->mark == ORIGIN_LITERAL) {
		conf_warn(load, password,
		          "a secret is written into the file; use ${file:PATH} or ${NAME}");
	}
	return ERR_OK;
}

static enum err check_prefix(struct conf_load *load, const struct yaml_node *mqtt)
{
	struct str prefix = str_from(load->full->conf.mqtt.topic_prefix);
	const char *why = NULL;

	if (strpbrk(prefix.ptr, "+#") != NULL) {
		why = "cannot hold the wildcards '+' and '#'";
	} else if (prefix.ptr[0] == '$') {
		why = "cannot begin with '$': the broker keeps those topics to itself";
	} else if (prefix.ptr[0] == '/' || prefix.ptr[prefix.len - 1] == '/') {
		why = "cannot begin or end with '/'";
	} else if (strstr(prefix.ptr, "//") != NULL) {
		why = "cannot have an empty level \"//\"";
	}
	if (why == NULL)
		return ERR_OK;
	return yaml_fail(yaml_get(mqtt, "topic_prefix"), load->detail, "a topic prefix %s", why);
}

static enum err default_client_id(struct conf_load *load)
{
	struct conf *conf = &load->full->conf;
	char text[sizeof("campaign2mqtt-") + INSTANCE_MAX];
	struct str copy = STR_EMPTY;
	enum err err;

	if (conf->mqtt.client_id != NULL)
		return ERR_OK;
	(void)snprintf(text, sizeof(text), "campaign2mqtt-%s", conf->instance);
	err = arena_str_dup(&load->full->arena, str_from(text), &copy);
	if (err == ERR_OK)
		conf->mqtt.client_id = copy.ptr;
	return err;
}

static enum err check_mqtt(struct conf_load *load, const struct yaml_node *mqtt)
{
	enum err err = check_url(load, mqtt);

	if (err == ERR_OK)
		err = check_tls(load, mqtt);
	if (err == ERR_OK)
		err = check_password(load, mqtt);
	if (err == ERR_OK)
		err = check_prefix(load, mqtt);
	if (err == ERR_OK && load->full->conf.mqtt.keepalive_ms % 1000 != 0) {
		return yaml_fail(yaml_get(mqtt, "keepalive"), load->detail,
		                 "expected whole seconds, such as 60s");
	}
	return err == ERR_OK ? default_client_id(load) : err;
}

/* Port 0 takes any free one, so it never collides. */
static bool is_same_address(const char *a, const char *b)
{
	const char *port = strrchr(a, ':');

	return strcmp(a, b) == 0 && strcmp(port, ":0") != 0;
}

static enum err check_addresses(struct conf_load *load, const struct yaml_node *root)
{
	const struct conf *conf = &load->full->conf;
	const struct yaml_node *node = yaml_get(root, "listen");

	if (!conf_address_is_loopback(str_from(conf->admin.address))) {
		return yaml_fail(yaml_get(yaml_get(root, "admin"), "address"), load->detail,
		                 "expected a loopback address in this version, such as "
		                 "127.0.0.1:9080; not \"%s\"",
		                 conf->admin.address);
	}
	node = conf->listen_count > 0 ? node->first : NULL;
	for (size_t i = 0; i < conf->listen_count; i++, node = node->next) {
		const char *address = conf->listen[i].address;
		bool taken = is_same_address(address, conf->admin.address);

		for (size_t j = 0; j < i && !taken; j++)
			taken = is_same_address(address, conf->listen[j].address);
		if (taken) {
			return yaml_fail(
				yaml_get(node, "address"), load->detail,
				"\"%s\" is already used by another listener; give each its "
				"own port",
				address);
		}
	}
	return ERR_OK;
}

static enum err check_limits(struct conf_load *load, const struct yaml_node *root)
{
	const struct conf *conf = &load->full->conf;
	const struct yaml_node *limits = yaml_get(root, "limits");
	const struct yaml_node *memory = yaml_get(limits, "memory");

	if (conf->limits.memory >= conf->limits.body)
		return ERR_OK;
	return yaml_fail(
		memory != NULL ? memory : yaml_get(limits, "body"), load->detail,
		"\"memory\" must be at least as large as \"body\", or no body of that size "
		"can ever be read");
}

enum err conf_check(struct conf_load *load, const struct yaml_node *root)
{
	enum err err = check_instance(load, root);

	if (err == ERR_OK)
		err = check_mqtt(load, yaml_get(root, "mqtt"));
	if (err == ERR_OK)
		err = check_addresses(load, root);
	return err == ERR_OK ? check_limits(load, root) : err;
}

enum err conf_check_listen(struct conf_load *load, const struct yaml_node *root)
{
	const struct conf *conf = &load->full->conf;
	const struct yaml_node *account = yaml_get(root, "accounts");

	if (conf->listen_count > 0 || account == NULL)
		return ERR_OK;
	for (account = account->first; account != NULL; account = account->next) {
		const struct yaml_node *hooks = yaml_get(account, "webhooks");

		if (hooks != NULL && hooks->count > 0) {
			return yaml_fail_key(hooks, load->detail,
			                     "webhooks need a listener; add \"listen: [{address: "
			                     "0.0.0.0:8080}]\" to the file");
		}
	}
	return ERR_OK;
}
