/* SPDX-License-Identifier: MIT */
/** broker - the part of a configuration that a connection to the broker needs. */
#ifndef CMD_APP_BROKER_H
#define CMD_APP_BROKER_H

#include "conf/conf.h"
#include "publish/mqtt/publisher.h"

/** Borrowed from @p conf. */
struct publisher_conf broker_conf(const struct conf *conf);

#endif /* CMD_APP_BROKER_H */
