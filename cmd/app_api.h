/* SPDX-License-Identifier: MIT */
/** app_api - what the requests of the admin API share. Private to cmd/app_api*.c. */
#ifndef CMD_APP_API_H
#define CMD_APP_API_H

#include "cmd/app_state.h"

/** What a call's state begins with. */
struct api_work {
	/** Its client is gone, or the listener ends. */
	void (*on_gone)(struct api_work *work);
};

/** {"error":TEXT} */
void api_answer_error(struct admin_call *call, unsigned status, const char *text);

/** POST /api/v1/import */
void api_import(struct app *app, struct admin_call *call, const struct admin_request *request);

#endif /* CMD_APP_API_H */
