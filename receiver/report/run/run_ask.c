/* SPDX-License-Identifier: MIT */
/* One request of a run: its names, its link, and what it means when it ends other than well. */
#include "core/log.h"
#include "receiver/report/run/run_parts.h"

/** Names of one request. */
struct names {
	const struct report_run *run;
	char scratch[32]; /* for numbers */
};

bool run_name(const struct report_run *run, struct str name, struct str *ret_text)
{
	for (size_t i = 0; i < run->value_count; i++) {
		if (str_eq(name, str_from(run->values[i].name))) {
			*ret_text = str_from(run->values[i].value);
			return true;
		}
	}
	if (run->times->is_given && str_eq(name, STR_LIT("from"))) {
		*ret_text = buf_str(&run->from_text);
		return true;
	}
	if (run->times->is_given && str_eq(name, STR_LIT("to"))) {
		*ret_text = buf_str(&run->to_text);
		return true;
	}
	return false;
}

static bool look_up(void *arg, struct str name, struct str *ret_text)
{
	struct names *names = arg;

	return run_name(names->run, name, ret_text) ||
	       paging_lookup(&names->run->paging, name, names->scratch, sizeof(names->scratch),
	                     ret_text);
}

/** Links that come with a page take the request's place. */
static struct str link_of(const struct report_run *run)
{
	return run->spec->page.kind == PAGE_LINK ? str_from(run->paging.cursor) : STR_EMPTY;
}

static enum err open_cut(struct report_run *run)
{
	stream_cut_free(run->cut);
	run->cut = NULL;
	run->is_held = false;
	return stream_cut_new(SLICE_BYTES, VALUE_BYTES_MAX, &run->cut);
}

static uint64_t body_max(const struct report_run *run)
{
	return run->spec->is_stream ? run->limits->stream_body_max : run->limits->body_max;
}

static uint64_t timeout_of(const struct report_run *run)
{
	return run->spec->is_stream ? run->limits->stream_timeout_ms : run->limits->timeout_ms;
}

void run_ask(struct report_run *run)
{
	struct names names = {.run = run};
	const bool is_stream = run->spec->is_stream;
	const struct vendor_request request = {.spec = &run->spec->request,
	                                       .lookup = look_up,
	                                       .lookup_arg = &names,
	                                       .url = link_of(run),
	                                       .is_safe = true,
	                                       .body_max = body_max(run),
	                                       .timeout_ms = timeout_of(run)};
	const struct vendor_ops *ops = is_stream ? &run_stream_ops : &run_page_ops;
	enum err err = is_stream ? open_cut(run) : ERR_OK;

	run->wants_page = false;
	buf_reset(&run->body);
	if (err == ERR_OK)
		err = vendor_client_send(run->client, &request, ops, run, &run->call);
	if (err == ERR_NOENT || err == ERR_INVAL) {
		run_end(run, REPORT_REFUSED,
		        err == ERR_NOENT ? "a name in the request has no value"
		                         : "the request cannot be written");
	} else if (err != ERR_OK) {
		run_end(run, REPORT_FAILED, err_str(err));
	}
}

void run_refused(struct report_run *run, const char *text)
{
	if (!run->is_resumed) {
		run_end(run, REPORT_REFUSED, text);
		return;
	}
	/* Links and tokens of vendors expire; the window does not. */
	log_warn("report.cursor_refused", log_str("account", source_account(run->source)),
	         log_str("report", source_name(run->source)), log_str("answer", text));
	run_rewind(run);
	run->wants_page = true;
}

void run_failed(struct report_run *run, const struct vendor_result *result)
{
	switch (result->end) {
	case VENDOR_REFUSED:
		run_refused(run, result->text);
		break;
	case VENDOR_UNAUTHORIZED:
		run_end(run, REPORT_UNAUTHORIZED, result->text);
		break;
	case VENDOR_LATER:
		run->result.retry_ms = result->retry_ms;
		run_end(run, REPORT_LATER, result->text);
		break;
	case VENDOR_FAILED:
	case VENDOR_OK:
		run_end(run, REPORT_FAILED, result->text);
		break;
	}
}
