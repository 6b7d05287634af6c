/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <unistd.h>

#include "conf/conf.h"

#define FILE_HERE   "./campaign2mqtt.yaml"
#define FILE_SYSTEM "/etc/campaign2mqtt/campaign2mqtt.yaml"

const char *conf_find(const char *given)
{
	/* Nothing in this program changes the environment. */
	const char *named = getenv("CAMPAIGN2MQTT_CONFIG"); /* NOLINT(concurrency-mt-unsafe) */

	if (given != NULL)
		return given;
	if (named != NULL && named[0] != '\0')
		return named;
	return access(FILE_HERE, F_OK) == 0 ? FILE_HERE : FILE_SYSTEM;
}
