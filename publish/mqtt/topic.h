/* SPDX-License-Identifier: MIT */
/** topic - the topic tree of docs/event-format.md. Levels are escaped before they come here. */
#ifndef PUBLISH_MQTT_TOPIC_H
#define PUBLISH_MQTT_TOPIC_H

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

/** `P/{account}/{campaign}/{status}`. @return ERR_OK, ERR_NOMEM, ERR_LIMIT over 65535 bytes */
enum err topic_event(struct buf *b, const char *prefix, struct str account,
                     struct str campaign_level, struct str status) MUST_CHECK;
/** `P/{account}/{campaign}/summary/total` */
enum err topic_summary(struct buf *b, const char *prefix, struct str account,
                       struct str campaign_level) MUST_CHECK;
/** `P/_state/{instance}` */
enum err topic_state(struct buf *b, const char *prefix, const char *instance) MUST_CHECK;
/** `P/_dead/{account}/{source}/{cause}` */
enum err topic_dead(struct buf *b, const char *prefix, struct str account, struct str source,
                    struct str cause) MUST_CHECK;

#endif /* PUBLISH_MQTT_TOPIC_H */
