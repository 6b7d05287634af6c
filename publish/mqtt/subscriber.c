/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/subscriber.h"

#include <poll.h>
#include <stdlib.h>

#include <mosquitto.h>

#include "core/log.h"
#include "core/obj.h"

#define SUBSCRIBER_MAGIC 0x73756273U
#define LOOP_MS          200
#define RETRY_MS         1000
#define REFUSED          0x80

struct subscriber {
	unsigned magic;
	const char *topic_filter; /* borrowed */
	subscriber_fn fn;
	void *arg;       /* borrowed */
	bool is_stopped; /* fn has had enough */
	bool was_up;
	int refusal; /* reason of CONNACK or SUBACK that will not change; 0 for none */
};

static void subscriber_on_connect(struct mosquitto *m, void *obj, int rc)
{
	struct subscriber *s;

	OBJ_FROM(s, obj, SUBSCRIBER_MAGIC);
	if (rc != 0) {
		s->refusal = rc;
		return;
	}
	s->was_up = true;
	(void)mosquitto_subscribe(m, NULL, s->topic_filter, 1);
}

static void subscriber_on_subscribe(struct mosquitto *m, void *obj, int mid, int count,
                                    const int *granted)
{
	struct subscriber *s;

	OBJ_FROM(s, obj, SUBSCRIBER_MAGIC);
	(void)m;
	(void)mid;
	if (count > 0 && granted[0] >= REFUSED)
		s->refusal = granted[0];
}

static void subscriber_on_message(struct mosquitto *m, void *obj,
                                  const struct mosquitto_message *msg)
{
	struct subscriber *s;

	OBJ_FROM(s, obj, SUBSCRIBER_MAGIC);
	(void)m;
	if (!s->is_stopped) {
		s->is_stopped =
			!s->fn(s->arg, msg->topic,
		               (struct str){msg->payload, (size_t)msg->payloadlen}, msg->retain);
	}
}

static enum err set_up(struct mosquitto *m, const struct publisher_conf *conf)
{
	int rc = conf->username != NULL
	                 ? mosquitto_username_pw_set(m, conf->username, conf->password)
	                 : 0;

	if (rc == 0 && conf->tls) {
		rc = mosquitto_tls_set(m, conf->ca, conf->ca == NULL ? "/etc/ssl/certs" : NULL,
		                       conf->certificate, conf->key, NULL);
	}
	mosquitto_connect_callback_set(m, subscriber_on_connect);
	mosquitto_subscribe_callback_set(m, subscriber_on_subscribe);
	mosquitto_message_callback_set(m, subscriber_on_message);
	return rc == 0 ? ERR_OK : ERR_INVAL;
}

static enum err follow(struct mosquitto *m, struct subscriber *s, const volatile sig_atomic_t *stop,
                       struct err_detail *reterr_detail)
{
	while (!s->is_stopped && *stop == 0) {
		int rc = mosquitto_loop(m, LOOP_MS, 1);

		if (s->refusal != 0) {
			err_detail_set(reterr_detail, "the broker refuses: %s",
			               s->was_up ? "not allowed to subscribe"
			                         : mosquitto_connack_string(s->refusal));
			return ERR_AUTH;
		}
		if (rc == MOSQ_ERR_SUCCESS)
			continue;
		if (!s->was_up) {
			err_detail_set(reterr_detail, "the connection to the broker broke: %s",
			               mosquitto_strerror(rc));
			return ERR_IO;
		}
		(void)poll(NULL, 0, RETRY_MS); /* a signal ends it early */
		(void)mosquitto_reconnect(m);
	}
	return ERR_OK;
}

enum err subscriber_run(const struct publisher_conf *conf, const char *topic_filter,
                        subscriber_fn fn, void *arg, const volatile sig_atomic_t *stop,
                        struct err_detail *reterr_detail)
{
	struct subscriber s = {
		.magic = SUBSCRIBER_MAGIC, .topic_filter = topic_filter, .fn = fn, .arg = arg};
	enum err err = ERR_NOMEM;
	struct mosquitto *m = NULL;

	(void)mosquitto_lib_init();
	m = mosquitto_new(conf->client_id, true, &s);
	if (m == NULL)
		goto out;
	err = set_up(m, conf);
	if (err != ERR_OK) {
		err_detail_set(reterr_detail,
		               "the TLS files or credentials for the broker cannot be used");
		goto out;
	}

	int rc = mosquitto_connect(m, conf->host, conf->port, (int)conf->keepalive_s);

	if (rc != MOSQ_ERR_SUCCESS) {
		err_detail_set(reterr_detail, "cannot connect to %s port %u: %s", conf->host,
		               (unsigned)conf->port,
		               rc == MOSQ_ERR_ERRNO ? "is the broker running?"
		                                    : mosquitto_strerror(rc));
		err = ERR_IO;
		goto out;
	}
	err = follow(m, &s, stop, reterr_detail);
	(void)mosquitto_disconnect(m);
out:
	if (m != NULL)
		mosquitto_destroy(m);
	(void)mosquitto_lib_cleanup();
	return err;
}
