/* SPDX-License-Identifier: MIT */
#include "cmd/fetch/fetch_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cmd/base/progress_line.h"
#include "cmd/fetch/fetch_jobs.h"
#include "cmd/fetch/fetch_shown.h"
#include "core/buf.h"

#define EVENT_PREFIX STR_LIT("{\"event\":")
#define TEXT_MAX     ((size_t)4096)

struct fetch_print {
	const char *account, *report; /* borrowed */
	struct fetch_shown *shown;    /* owned: numbers and the progress line */
	struct buf worst;             /* of the runs that failed: values and text */
	struct buf done_text;
	enum exit_code worst_code, done_code;
	uint64_t runs, failed, events, bad;
	struct progress_line line;
	int broken_errno; /* of standard output */
	bool is_dry, is_done, is_broken, is_canceled;
	bool is_ordered; /* and that goes on without us */
};

/* ---- the progress line ---- */

void fetch_print_clear(struct fetch_print *p)
{
	progress_line_clear(&p->line);
}

static void show_progress(struct fetch_print *p, const json_t *progress)
{
	char text[FETCH_SHOWN_SIZE];
	bool is_new = fetch_shown_take(p->shown, progress);

	if (!p->line.is_terminal && is_new) {
		fetch_shown_order(progress, text);
		(void)fprintf(stderr, "%s %s%s\n", p->account, p->report, text);
	}
	/* After a step nothing may come for a while: the line must not say what was before it. */
	if (!p->line.is_terminal || (!is_new && !progress_line_is_due(&p->line)))
		return;
	fetch_shown_text(p->shown, text);
	progress_line_draw(&p->line, text);
}

void fetch_print_waiting(void *print, uint64_t waiting)
{
	struct fetch_print *p = print;

	progress_line_publishing(&p->line, waiting);
}

/* ---- lines ---- */

static bool print_event(struct fetch_print *p, struct str line)
{
	const struct str event = {line.ptr + EVENT_PREFIX.len, line.len - EVENT_PREFIX.len - 1};

	p->events++;
	fetch_print_clear(p);
	if (fwrite(event.ptr, 1, event.len, stdout) == event.len && putchar('\n') != EOF)
		return true;
	p->is_broken = true;
	p->broken_errno = errno;
	return false;
}

static enum exit_code code_of_end(const char *end)
{
	static const struct {
		const char *end;
		enum exit_code code;
	} codes[] = {
		{"done", EXIT_OK},           {"canceled", EXIT_OK}, /* the last line says so */
		{"refused", EXIT_BAD_INPUT}, {"failed", EXIT_UNAVAILABLE},
		{"later", EXIT_UNAVAILABLE}, {"unauthorized", EXIT_NO_PERMISSION},
	};

	for (size_t i = 0; end != NULL && i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(codes[i].end, end) == 0)
			return codes[i].code;
	}
	return EXIT_UNAVAILABLE;
}

static void take_run(struct fetch_print *p, const json_t *run)
{
	const char *end = json_string_value(json_object_get(run, "end"));
	const char *text = json_string_value(json_object_get(run, "text"));
	json_int_t retry_s = json_integer_value(json_object_get(run, "retry_seconds"));
	enum exit_code code = code_of_end(end);

	fetch_shown_run(p->shown, run);
	p->runs++;
	if (end != NULL && strcmp(end, "canceled") == 0 &&
	    fetch_jobs_is_outstanding(json_object_get(run, "job")))
		p->is_ordered = true;
	if (code == EXIT_OK)
		return;
	p->failed++;
	if (code <= p->worst_code)
		return;
	p->worst_code = code;
	buf_reset(&p->worst);
	fetch_shown_values(json_object_get(run, "values"), &p->worst);
	(void)buf_printf(&p->worst, ": %s%s",
	                 code == EXIT_BAD_INPUT ? "the vendor refuses it: " : "",
	                 text != NULL ? text : "no reason was given");
	if (retry_s > 0)
		(void)buf_printf(&p->worst, " (try again in %lld s)", (long long)retry_s);
}

static void take_done(struct fetch_print *p, const json_t *done)
{
	static const struct {
		const char *err;
		enum exit_code code;
	} codes[] = {
		{"ok", EXIT_OK},
		{"noent", EXIT_CONFIGURATION},
		{"auth", EXIT_NO_PERMISSION},
	};

	const char *err = json_string_value(json_object_get(done, "err"));
	const char *text = json_string_value(json_object_get(done, "text"));

	p->is_done = true;
	p->done_code = EXIT_UNAVAILABLE;
	for (size_t i = 0; err != NULL && i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(codes[i].err, err) == 0)
			p->done_code = codes[i].code;
	}
	p->is_canceled = err != NULL && strcmp(err, "canceled") == 0;
	(void)buf_append_str(&p->done_text, str_from(text));
}

static void take_bad(struct fetch_print *p, const json_t *bad)
{
	const char *text = json_string_value(json_object_get(bad, "text"));

	p->bad++;
	fetch_print_clear(p);
	(void)complain(EXIT_BAD_INPUT, "%s", text != NULL ? text : "a record cannot be read");
}

bool fetch_print_line(void *print, struct str line)
{
	struct fetch_print *p = print;
	json_t *object;

	if (str_has_prefix(line, EVENT_PREFIX))
		return print_event(p, line);
	object = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, NULL);
	if (json_object_get(object, "progress") != NULL)
		show_progress(p, json_object_get(object, "progress"));
	if (json_object_get(object, "run") != NULL)
		take_run(p, json_object_get(object, "run"));
	if (json_object_get(object, "bad") != NULL)
		take_bad(p, json_object_get(object, "bad"));
	if (json_object_get(object, "done") != NULL)
		take_done(p, json_object_get(object, "done"));
	json_decref(object);
	return true;
}

/* ---- the end ---- */

bool fetch_print_is_done(const struct fetch_print *p)
{
	return p->is_done;
}

static void say_done(struct fetch_print *p)
{
	FILE *out = p->is_dry ? stderr : stdout; /* stdout has the events */
	char text[FETCH_SHOWN_SIZE];

	fetch_shown_total(p->shown, text);
	(void)fprintf(out, "%s %s: %s", p->account, p->report, text);
	if (p->runs > 1)
		(void)fprintf(out, ", %llu runs", (unsigned long long)p->runs);
	if (p->is_dry) {
		(void)fprintf(out, "; %llu event%s, nothing was stored",
		              (unsigned long long)p->events, p->events == 1 ? "" : "s");
	}
	if (p->done_text.len > 0)
		(void)fprintf(out, " (%s)", buf_cstr(&p->done_text));
	(void)fputc('\n', out);
}

static enum exit_code say_failed(const struct fetch_print *p)
{
	if (p->failed == 0 || p->done_code == EXIT_CONFIGURATION) {
		return complain(p->done_code, "%s %s: %s", p->account, p->report,
		                buf_cstr(&p->done_text));
	}
	if (p->runs == 1) {
		return complain(p->worst_code, "%s %s%s", p->account, p->report,
		                buf_cstr(&p->worst));
	}
	return complain(p->worst_code, "%s %s%s (%llu of %llu runs failed)", p->account, p->report,
	                buf_cstr(&p->worst), (unsigned long long)p->failed,
	                (unsigned long long)p->runs);
}

enum exit_code fetch_print_end(struct fetch_print *p)
{
	fetch_print_clear(p);
	errno = p->broken_errno;
	if (p->is_broken || fflush(stdout) != 0)
		return complain_output();
	if (!p->is_done)
		return EXIT_UNAVAILABLE; /* somebody else says why */
	if (p->is_canceled) {
		return complain(EXIT_UNAVAILABLE, "%s %s: stopped; %s", p->account, p->report,
		                p->is_ordered
		                        ? "what is ordered stays so: the daemon or the next fetch "
		                          "goes on with it, and orders nothing twice"
		                        : "the next fetch goes on from here");
	}
	if (p->done_code != EXIT_OK || p->failed > 0)
		return say_failed(p);
	say_done(p);
	return p->bad > 0 ? EXIT_BAD_INPUT : EXIT_OK;
}

/* ---- life ---- */

enum err fetch_print_new(const char *account, const char *report, bool is_dry,
                         struct fetch_print **ret_print)
{
	struct fetch_print *p = calloc(1, sizeof(*p));

	if (p == NULL || fetch_shown_new(&p->shown) != ERR_OK) {
		free(p);
		return ERR_NOMEM;
	}
	p->account = account;
	p->report = report;
	p->is_dry = is_dry;
	progress_line_init(&p->line);
	buf_init(&p->worst, TEXT_MAX);
	buf_init(&p->done_text, TEXT_MAX);
	*ret_print = p;
	return ERR_OK;
}

void fetch_print_free(struct fetch_print *p)
{
	if (p == NULL)
		return;
	fetch_print_clear(p);
	fetch_shown_free(p->shown);
	buf_fini(&p->worst);
	buf_fini(&p->done_text);
	free(p);
}
