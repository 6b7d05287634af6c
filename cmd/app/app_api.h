/* SPDX-License-Identifier: MIT */
/** app_api - what the requests of the admin API share. Private to cmd/app/app_api*.c. */
#ifndef CMD_APP_APP_API_H
#define CMD_APP_APP_API_H

#include "cmd/app/app_state.h"

/** What a call is doing, when its client goes away: its state begins with it. */
struct api_state {
	void (*gone)(struct api_state *state);
};

/** {"error":TEXT} */
void api_answer_error(struct admin_call *call, unsigned status, const char *text);

/** POST /api/v1/import */
void api_import(struct app *app, struct admin_call *call, const struct admin_request *request);

/** POST /api/v1/imported: an order of a report that a person imported whole is done. */
void api_imported(struct app *app, struct admin_call *call, struct str query);

#endif /* CMD_APP_APP_API_H */
