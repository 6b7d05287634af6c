/* SPDX-License-Identifier: MIT */
/**
 * fetch_lines - a person's fetch: a query in, lines of JSON out. The daemon sends them to its
 * client, and `fetch` without a daemon reads them itself, so that both look the same.
 *
 *     account=A&report=R&set=NAME%3DVALUE&from=TIME&to=TIME&dry=1
 *
 *     {"progress":{"values":{…},"pages":…,"rows":…,"window":{"from":…,"to":…},…}}
 *     {"event":{"topic":…,"retain":false,"event":{…}}}     dry runs
 *     {"bad":{"text":…}}                                   dry runs: what cannot become an event
 *     {"run":{"values":{…},"end":"done",…}}                one set of loop values ended
 *     {"done":{"err":"ok","text":…}}                       the last line
 *
 * Of a report that is ordered progress and run have a "job", as in `status`; its progress comes
 * again every ten seconds while it is waited for.
 *
 * Threads: the loop's.
 */
#ifndef CMD_API_FETCH_LINES_H
#define CMD_API_FETCH_LINES_H

#include <stdbool.h>

#include "core/loop.h"
#include "receiver/report/reports.h"

struct fetch_lines;

struct fetch_lines_ops {
	/** @return false: nobody can read on; the fetch is dropped */
	bool (*on_line)(void *arg, struct str line);
	/** Whether it has enough lines for the moment: a dry run waits. May be NULL. */
	bool (*is_busy)(void *arg);
	/** After the last line, or after on_line() gave false. It may free the fetch_lines. */
	void (*on_end)(void *arg);
};

/**
 * @param topic_prefix  borrowed
 * @return ERR_OK, ERR_PARSE the query is wrong (detail), ERR_LIMIT too many fetches at once,
 *         ERR_CANCELED the reports are stopping, ERR_NOMEM
 */
enum err fetch_lines_new(struct loop *loop, struct reports *reports, struct str query,
                         const char *topic_prefix, const struct fetch_lines_ops *ops, void *arg,
                         struct fetch_lines **ret_lines,
                         struct err_detail *reterr_detail) MUST_CHECK;

/**
 * Drop what is under way: a dry run ends, another one goes on. Accepts NULL. Not from on_line().
 */
void fetch_lines_free(struct fetch_lines *l);

#endif /* CMD_API_FETCH_LINES_H */
