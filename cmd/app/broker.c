/* SPDX-License-Identifier: MIT */
#include "cmd/app/broker.h"

struct publisher_conf broker_conf(const struct conf *conf)
{
	return (struct publisher_conf){
		.host = conf->mqtt.host,
		.port = conf->mqtt.port,
		.tls = conf->mqtt.tls,
		.ca = conf->mqtt.ca,
		.certificate = conf->mqtt.certificate,
		.key = conf->mqtt.key,
		.version = conf->mqtt.version,
		.username = conf->mqtt.username,
		.password = conf->mqtt.password,
		.client_id = conf->mqtt.client_id,
		.keepalive_s = (unsigned)(conf->mqtt.keepalive_ms / 1000),
		.topic_prefix = conf->mqtt.topic_prefix,
		.instance = conf->instance,
	};
}
