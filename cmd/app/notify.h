/* SPDX-License-Identifier: MIT */
/** notify - what a service manager is told: systemd's protocol of $NOTIFY_SOCKET, sd_notify(3). */
#ifndef CMD_APP_NOTIFY_H
#define CMD_APP_NOTIFY_H

/**
 * Tell the service manager; without one that asked for it nothing happens. That it could not be
 * told is not an error: nobody else can do anything about it.
 *
 * @param text  lines "NAME=VALUE"
 */
void notify(const char *text);

#endif /* CMD_APP_NOTIFY_H */
