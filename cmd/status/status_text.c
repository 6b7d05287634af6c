/* SPDX-License-Identifier: MIT */
#include "cmd/status/status_text.h"

#include <string.h>

#include "cmd/status/status_jobs.h"
#include "cmd/status/status_parts.h"

#define MINUTE_LEN     16 /* "2026-11-20T10:00" */
#define LINE_MAX_BYTES 16384
#define LINE_INDENT    10 /* where the text of these lines begins */

/* ---- daemon, journal, broker ---- */

/** @param line  freed here */
static void print_line(struct buf *line, bool is_bad, const struct terminal *terminal, FILE *out)
{
	struct buf lines;

	buf_init(&lines, LINE_MAX_BYTES);
	if (line->ptr != NULL)
		terminal_clean(line->ptr);
	terminal_wrap(&lines, buf_str(line), terminal->columns, LINE_INDENT);
	terminal_print(terminal, buf_cstr(&lines), is_bad, out);
	buf_fini(line);
	buf_fini(&lines);
}

static void print_journal(const json_t *document, const struct terminal *terminal, FILE *out)
{
	const json_t *journal = json_object_get(document, "journal");
	bool is_full = json_is_true(json_object_get(journal, "is_full"));
	bool is_failing = json_object_get(journal, "failure") != NULL;
	char bytes[STATUS_TEXT_SIZE];
	char age[STATUS_SPAN_SIZE] = "";
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	if (status_number_at(journal, "entries") == 0) {
		(void)buf_append_str(&line, STR_LIT("journal   empty"));
	} else {
		status_write_bytes(status_number_at(journal, "bytes"), bytes);
		status_write_duration(status_number_at(journal, "oldest_seconds"), age);
		(void)buf_printf(&line, "journal   %lld payloads wait, %s, the oldest since %s",
		                 status_number_at(journal, "entries"), bytes, age);
	}
	if (is_full)
		(void)buf_append_str(&line, STR_LIT("; FULL (store.max_bytes)"));
	if (is_failing)
		(void)buf_printf(&line, "; FAILING: %s", status_text_at(journal, "failure"));
	print_line(&line, is_full || is_failing, terminal, out);
}

static void print_broker(const json_t *document, const struct terminal *terminal, FILE *out)
{
	const json_t *broker = json_object_get(document, "broker");
	bool is_connected = json_is_true(json_object_get(broker, "connected"));
	long long refused = status_number_at(broker, "refused_lanes");
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	if (is_connected) {
		(void)buf_printf(&line, "broker    connected, %lld on their way",
		                 status_number_at(broker, "inflight"));
	} else {
		(void)buf_printf(&line, "broker    NOT CONNECTED: %s",
		                 status_text_at(broker, "trouble"));
	}
	if (refused > 0)
		(void)buf_printf(&line, "; refuses %lld accounts", refused);
	print_line(&line, !is_connected || refused > 0, terminal, out);
}

static void print_daemon(const json_t *document, int64_t now_ms, const struct terminal *terminal,
                         FILE *out)
{
	const char *state = status_text_at(document, "state");
	char since[STATUS_TEXT_SIZE];
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	status_write_from_now(document, "since", now_ms, since);
	(void)buf_printf(&line, "daemon    %s, version %s, %s, started %s",
	                 status_text_at(document, "instance"), status_text_at(document, "version"),
	                 state, since);
	print_line(&line, strcmp(state, "degraded") == 0, terminal, out);
}

/* ---- accounts ---- */

static void add_account(struct table *t, const json_t *a)
{
	const char *circuit = status_text_at(a, "circuit");
	char wait[STATUS_SPAN_SIZE] = "";
	char calls[STATUS_TEXT_SIZE] = "";
	long long wait_s = status_number_at(a, "open_seconds");

	if (status_number_at(a, "wait_seconds") > wait_s)
		wait_s = status_number_at(a, "wait_seconds");
	if (wait_s > 0)
		status_write_duration(wait_s, wait);
	if (circuit[0] != '\0') {
		(void)snprintf(calls, sizeof(calls), "%lld+%lld", status_number_at(a, "active"),
		               status_number_at(a, "waiting"));
	}

	const char *const cells[] = {status_text_at(a, "account"),
	                             status_text_at(a, "vendor"),
	                             circuit,
	                             status_text_at(a, "auth"),
	                             calls,
	                             wait,
	                             status_text_at(a, "trouble")};

	if (strcmp(circuit, "open") == 0 || status_text_at(a, "trouble")[0] != '\0')
		table_mark(t);
	status_add_all(t, cells, sizeof(cells) / sizeof(cells[0]));
}

static enum err print_accounts(const json_t *accounts, const struct terminal *terminal, FILE *out)
{
	static const struct table_column columns[] = {{"ACCOUNT", 0}, {"VENDOR", 2}, {"CIRCUIT", 6},
	                                              {"AUTH", 5},    {"CALLS", 3},  {"WAITS", 4},
	                                              {"TROUBLE", 1}};
	struct table *t;
	size_t i;
	json_t *a;

	if (table_new(columns, sizeof(columns) / sizeof(columns[0]), &t) != ERR_OK)
		return ERR_NOMEM;
	json_array_foreach(accounts, i, a) {
		add_account(t, a);
	}
	table_print(t, terminal, out);
	table_free(t);
	return ERR_OK;
}

/* ---- reports ---- */

static void add_report(struct table *t, const char *account, const json_t *r, int64_t now_ms)
{
	const char *state = status_text_at(r, "state");
	char done[STATUS_TEXT_SIZE];
	char next[STATUS_TEXT_SIZE];
	char watermark[MINUTE_LEN + 1];
	char rows[STATUS_TEXT_SIZE];
	struct buf values;

	buf_init(&values, STATUS_VALUES_MAX);
	status_write_values(json_object_get(r, "values"), &values);
	status_write_from_now(r, "last_done", now_ms, done);
	status_write_from_now(r, "next", now_ms, next);
	(void)snprintf(watermark, sizeof(watermark), "%s", status_text_at(r, "watermark"));
	(void)snprintf(rows, sizeof(rows), "%lld", status_number_at(r, "rows"));

	const char *const cells[] = {
		account,   status_text_at(r, "report"), buf_cstr(&values), state, done, next, rows,
		watermark, status_text_at(r, "trouble")};

	if (strcmp(state, "failed") == 0 || strcmp(state, "refused") == 0 ||
	    status_text_at(r, "trouble")[0] != '\0')
		table_mark(t);
	status_add_all(t, cells, sizeof(cells) / sizeof(cells[0]));
	buf_fini(&values);
}

static enum err print_reports(const json_t *accounts, int64_t now_ms,
                              const struct terminal *terminal, FILE *out)
{
	static const struct table_column columns[] = {
		{"ACCOUNT", 0}, {"REPORT", 8}, {"VALUES", 2},     {"STATE", 7},  {"LAST DONE", 4},
		{"NEXT", 6},    {"ROWS", 5},   {"READ UNTIL", 3}, {"TROUBLE", 1}};
	struct table *t;
	size_t i, k;
	json_t *a, *r;

	if (table_new(columns, sizeof(columns) / sizeof(columns[0]), &t) != ERR_OK)
		return ERR_NOMEM;
	json_array_foreach(accounts, i, a) {
		json_array_foreach(json_object_get(a, "reports"), k, r) {
			add_report(t, status_text_at(a, "account"), r, now_ms);
		}
	}
	table_print(t, terminal, out);
	table_free(t);
	return ERR_OK;
}

static bool has_reports(const json_t *accounts)
{
	size_t i;
	json_t *a;

	json_array_foreach(accounts, i, a) {
		if (json_array_size(json_object_get(a, "reports")) > 0)
			return true;
	}
	return false;
}

enum err status_text_print(const json_t *document, int64_t now_ms, const struct terminal *terminal,
                           FILE *out)
{
	const json_t *accounts = json_object_get(document, "accounts");

	print_daemon(document, now_ms, terminal, out);
	print_journal(document, terminal, out);
	print_broker(document, terminal, out);
	if (json_array_size(accounts) == 0)
		return ERR_OK;
	(void)fputc('\n', out);
	if (print_accounts(accounts, terminal, out) != ERR_OK)
		return ERR_NOMEM;
	if (!has_reports(accounts))
		return ERR_OK;
	(void)fputc('\n', out);
	if (print_reports(accounts, now_ms, terminal, out) != ERR_OK)
		return ERR_NOMEM;
	return status_jobs_print(document, now_ms, terminal, out);
}
