/* SPDX-License-Identifier: MIT */
/**
 * app - the daemon: makes every part, hands each exactly what it needs, and takes them down in
 * order.
 *
 * The only place where the parts meet. No module fetches anything from here.
 *
 *     start:  store ─▶ relay, publisher ─▶ ingest ─▶ webhook ─▶ listeners ─▶ admin
 *     stop:   listeners stop ─▶ open requests answered ─▶ relay drained ─▶ `stopped` on the broker
 * ─▶ store closed
 *
 * Signals: TERM and INT stop (a second one at once), HUP reloads completely or not at all.
 */
#ifndef CMD_APP_APP_H
#define CMD_APP_APP_H

#include "cmd/base/command.h"

/**
 * Run the daemon until a signal stops it.
 *
 * @param conf  taken over
 * @return EXIT_OK after an orderly stop, else why it did not start (said on stderr)
 */
enum exit_code app_run(struct conf *conf);

#endif /* CMD_APP_APP_H */
