/* SPDX-License-Identifier: MIT */
/**
 * app_api - what the requests of the admin API share. Private to cmd/app/app_api*.c.
 *
 * A call is answered once: with api_answer_*(), or line by line. Until then its client may go away,
 * and api_state.gone is called.
 */
#ifndef CMD_APP_APP_API_H
#define CMD_APP_APP_API_H

#include "cmd/app/app_state.h"

/** What a call is doing, when its client goes away: its state begins with it. */
struct api_state {
	void (*gone)(struct api_state *state);
};

/** {"error":TEXT} */
void api_answer_error(struct admin_call *call, unsigned status, const char *text);

/** What the answers of a request say where they differ from those of others. */
struct api_refusals {
	unsigned parse_status; /* of ERR_PARSE: 400 the request is wrong, 422 what it carries is */
	const char *limit;     /* of ERR_LIMIT: what there is too much of, and what to do */
};

/** Why it was not begun: 404 ERR_NOENT, 503 for later. @param detail  of ERR_PARSE and ERR_NOENT */
void api_answer_refusal(struct admin_call *call, const struct api_refusals *refusals, enum err err,
                        const struct err_detail *detail);

/**
 * POST /api/v1/import: a slice of a report into the journal. 200 {"entry":N} once it is synced;
 * 400, 404, 422, 503 {"error":TEXT}.
 */
void api_import(struct app *app, struct admin_call *call, const struct admin_request *request);

/**
 * POST /api/v1/imported: an order of a report that a person imported whole is done. 200
 * {"settled":whether there was one}; 400, 404, 503 {"error":TEXT}.
 */
void api_imported(struct app *app, struct admin_call *call, struct str query);

#endif /* CMD_APP_APP_API_H */
