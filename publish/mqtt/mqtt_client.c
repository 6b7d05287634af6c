/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/mqtt_client.h"

#include <mqtt_protocol.h>
#include <stdbool.h>
#include <sys/stat.h>

#include <mosquitto.h>

#define SYSTEM_CA_FOLDER "/etc/ssl/certs"
/* SSL_VERIFY_PEER of OpenSSL, as mosquitto_tls_opts_set() documents it. */
#define VERIFY_PEER      1

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int set_tls(struct mosquitto *m, const struct publisher_conf *conf)
{
	const char *ca = conf->ca != NULL ? conf->ca : SYSTEM_CA_FOLDER;
	bool folder = is_folder(ca);
	int rc = mosquitto_tls_set(m, folder ? NULL : ca, folder ? ca : NULL, conf->certificate,
	                           conf->key, NULL);

	if (rc == MOSQ_ERR_SUCCESS && conf->ca == NULL)
		rc = mosquitto_int_option(m, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_tls_opts_set(m, VERIFY_PEER, "tlsv1.2", NULL);
	return rc;
}

static int set_session(struct mosquitto *m, const struct publisher_conf *conf)
{
	int version = conf->version == 311 ? MQTT_PROTOCOL_V311 : MQTT_PROTOCOL_V5;
	int rc = mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, version);

	/* libmosquitto sends 20 at once unless told; the broker's Receive Maximum lowers this. */
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_int_option(m, MOSQ_OPT_SEND_MAXIMUM, 65535);
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
	if (rc == MOSQ_ERR_SUCCESS && conf->username != NULL)
		rc = mosquitto_username_pw_set(m, conf->username, conf->password);
	return rc;
}

enum err mqtt_client_new(const struct publisher_conf *conf, const char *will_topic, struct str will,
                         void *obj, struct mosquitto **ret_client, struct err_detail *reterr_detail)
{
	const char *what = "mqtt.username or mqtt.password: not valid UTF-8";
	struct mosquitto *m;
	int rc;

	(void)mosquitto_lib_init(); /* counted; every call after the first does nothing */
	m = mosquitto_new(conf->client_id, true, obj);
	if (m == NULL)
		return ERR_NOMEM;
	rc = set_session(m, conf);
	if (rc == MOSQ_ERR_SUCCESS && conf->tls) {
		what = "mqtt.ca, mqtt.certificate or mqtt.key: cannot be read, or one of "
		       "certificate and key is missing";
		rc = set_tls(m, conf);
	}
	if (rc == MOSQ_ERR_SUCCESS) {
		what = "mqtt.topic_prefix: not valid in a topic";
		rc = mosquitto_will_set(m, will_topic, (int)will.len, will.ptr, 1, true);
	}
	if (rc == MOSQ_ERR_SUCCESS) {
		*ret_client = m;
		return ERR_OK;
	}
	mosquitto_destroy(m);
	if (rc == MOSQ_ERR_NOMEM)
		return ERR_NOMEM;
	err_detail_set(reterr_detail, "%s", what);
	return ERR_INVAL;
}

const char *mqtt_refusal_text(int version, int reason)
{
	bool is_v5 = version != 311;

	if (reason ==
	    (is_v5 ? MQTT_RC_BAD_USERNAME_OR_PASSWORD : CONNACK_REFUSED_BAD_USERNAME_PASSWORD)) {
		return "the broker refuses user name or password: check mqtt.username and "
		       "mqtt.password";
	}
	if (reason == (is_v5 ? MQTT_RC_NOT_AUTHORIZED : CONNACK_REFUSED_NOT_AUTHORIZED)) {
		return "the broker does not authorise this user: check mqtt.username, "
		       "mqtt.password and the broker's access list";
	}
	if (reason ==
	    (is_v5 ? MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION : CONNACK_REFUSED_PROTOCOL_VERSION))
		return "the broker does not speak this version of MQTT: set mqtt.version";
	return is_v5 ? mosquitto_reason_string(reason) : mosquitto_connack_string(reason);
}
