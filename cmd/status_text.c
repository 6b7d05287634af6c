/* SPDX-License-Identifier: MIT */
#include "cmd/status_text.h"

#include <string.h>

#include "cmd/table.h"
#include "cmd/time_text.h"
#include "core/buf.h"

#define TEXT_SIZE  64
#define SPAN_SIZE  32
#define VALUES_MAX 1024
#define MINUTES_S  120
#define HOURS_S    7200
#define DAYS_S     172800
#define MINUTE_LEN 16 /* "2026-11-20T10:00" */
#define KIB        1024
#define MIB        (1024LL * 1024)

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static long long number_at(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* "20 s", "5 min", "3 h", "4 d" */
static void write_duration(long long seconds, char ret_text[SPAN_SIZE])
{
	if (seconds >= DAYS_S) {
		(void)snprintf(ret_text, SPAN_SIZE, "%lld d", seconds / 86400);
	} else if (seconds >= HOURS_S) {
		(void)snprintf(ret_text, SPAN_SIZE, "%lld h", seconds / 3600);
	} else if (seconds >= MINUTES_S) {
		(void)snprintf(ret_text, SPAN_SIZE, "%lld min", seconds / 60);
	} else {
		(void)snprintf(ret_text, SPAN_SIZE, "%lld s", seconds);
	}
}

/* "3 min ago", "in 20 s"; "" for no time. */
static void write_from_now(const json_t *object, const char *key, int64_t now_ms,
                           char ret_text[TEXT_SIZE])
{
	char span[SPAN_SIZE];
	int64_t ms;

	ret_text[0] = '\0';
	if (time_text_parse(str_from(text_at(object, key)), &ms) != ERR_OK)
		return;
	write_duration((ms > now_ms ? ms - now_ms : now_ms - ms) / 1000, span);
	(void)snprintf(ret_text, TEXT_SIZE, ms > now_ms ? "in %s" : "%s ago", span);
}

static void write_bytes(long long bytes, char ret_text[TEXT_SIZE])
{
	if (bytes >= MIB) {
		(void)snprintf(ret_text, TEXT_SIZE, "%.1f MiB", (double)bytes / MIB);
	} else if (bytes >= KIB) {
		(void)snprintf(ret_text, TEXT_SIZE, "%.1f KiB", (double)bytes / KIB);
	} else {
		(void)snprintf(ret_text, TEXT_SIZE, "%lld bytes", bytes);
	}
}

/* ---- daemon, journal, broker ---- */

static void print_journal(const json_t *document, FILE *out)
{
	const json_t *journal = json_object_get(document, "journal");
	char bytes[TEXT_SIZE];
	char age[SPAN_SIZE] = "";

	if (number_at(journal, "entries") == 0) {
		(void)fputs("journal   empty", out);
	} else {
		write_bytes(number_at(journal, "bytes"), bytes);
		write_duration(number_at(journal, "oldest_seconds"), age);
		(void)fprintf(out, "journal   %lld payloads wait, %s, the oldest since %s",
		              number_at(journal, "entries"), bytes, age);
	}
	if (json_is_true(json_object_get(journal, "is_full")))
		(void)fputs("; FULL (store.max_bytes)", out);
	if (json_object_get(journal, "failure") != NULL)
		(void)fprintf(out, "; FAILING: %s", text_at(journal, "failure"));
	(void)fputc('\n', out);
}

static void print_broker(const json_t *document, FILE *out)
{
	const json_t *broker = json_object_get(document, "broker");

	if (json_is_true(json_object_get(broker, "connected"))) {
		(void)fprintf(out, "broker    connected, %lld on their way",
		              number_at(broker, "inflight"));
	} else {
		(void)fprintf(out, "broker    NOT CONNECTED: %s", text_at(broker, "trouble"));
	}
	if (number_at(broker, "refused_lanes") > 0) {
		(void)fprintf(out, "; refuses %lld accounts", number_at(broker, "refused_lanes"));
	}
	(void)fputc('\n', out);
}

static void print_daemon(const json_t *document, int64_t now_ms, FILE *out)
{
	char since[TEXT_SIZE];

	write_from_now(document, "since", now_ms, since);
	(void)fprintf(out, "daemon    %s, version %s, %s, started %s\n",
	              text_at(document, "instance"), text_at(document, "version"),
	              text_at(document, "state"), since);
}

/* ---- accounts ---- */

static void add_all(struct table *t, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		table_add(t, texts[i]);
}

static void add_account(struct table *t, const json_t *a)
{
	const char *circuit = text_at(a, "circuit");
	char wait[SPAN_SIZE] = "";
	char calls[TEXT_SIZE] = "";
	long long wait_s = number_at(a, "open_seconds");

	if (number_at(a, "wait_seconds") > wait_s)
		wait_s = number_at(a, "wait_seconds");
	if (wait_s > 0)
		write_duration(wait_s, wait);
	if (circuit[0] != '\0') {
		(void)snprintf(calls, sizeof(calls), "%lld+%lld", number_at(a, "active"),
		               number_at(a, "waiting"));
	}

	const char *const cells[] = {text_at(a, "account"),
	                             text_at(a, "vendor"),
	                             circuit,
	                             text_at(a, "auth"),
	                             calls,
	                             wait,
	                             text_at(a, "trouble")};

	if (strcmp(circuit, "open") == 0 || text_at(a, "trouble")[0] != '\0')
		table_mark(t);
	add_all(t, cells, sizeof(cells) / sizeof(cells[0]));
}

static enum err print_accounts(const json_t *accounts, bool has_colours, FILE *out)
{
	static const char *const head[] = {"ACCOUNT", "VENDOR", "CIRCUIT", "AUTH",
	                                   "CALLS",   "WAITS",  "TROUBLE"};
	struct table *t;
	size_t i;
	json_t *a;

	if (table_new(sizeof(head) / sizeof(head[0]), &t) != ERR_OK)
		return ERR_NOMEM;
	add_all(t, head, sizeof(head) / sizeof(head[0]));
	json_array_foreach(accounts, i, a) {
		add_account(t, a);
	}
	table_print(t, out, has_colours);
	table_free(t);
	return ERR_OK;
}

/* ---- reports ---- */

static void write_values(json_t *values, struct buf *b)
{
	void *at = json_object_iter(values);

	for (; at != NULL; at = json_object_iter_next(values, at)) {
		const char *text = json_string_value(json_object_iter_value(at));

		(void)buf_printf(b, "%s%s=%s", b->len > 0 ? " " : "", json_object_iter_key(at),
		                 text != NULL ? text : "");
	}
}

static void add_report(struct table *t, const char *account, const json_t *r, int64_t now_ms)
{
	const char *state = text_at(r, "state");
	char done[TEXT_SIZE];
	char next[TEXT_SIZE];
	char watermark[MINUTE_LEN + 1];
	char rows[TEXT_SIZE];
	struct buf values;

	buf_init(&values, VALUES_MAX);
	write_values(json_object_get(r, "values"), &values);
	write_from_now(r, "last_done", now_ms, done);
	write_from_now(r, "next", now_ms, next);
	(void)snprintf(watermark, sizeof(watermark), "%s", text_at(r, "watermark"));
	(void)snprintf(rows, sizeof(rows), "%lld", number_at(r, "rows"));

	const char *const cells[] = {
		account,   text_at(r, "report"), buf_cstr(&values), state, done, next, rows,
		watermark, text_at(r, "trouble")};

	if (strcmp(state, "failed") == 0 || strcmp(state, "refused") == 0)
		table_mark(t);
	add_all(t, cells, sizeof(cells) / sizeof(cells[0]));
	buf_fini(&values);
}

static enum err print_reports(const json_t *accounts, int64_t now_ms, bool has_colours, FILE *out)
{
	static const char *const head[] = {"ACCOUNT", "REPORT", "VALUES",     "STATE",  "LAST DONE",
	                                   "NEXT",    "ROWS",   "READ UNTIL", "TROUBLE"};
	struct table *t;
	size_t i, k;
	json_t *a, *r;

	if (table_new(sizeof(head) / sizeof(head[0]), &t) != ERR_OK)
		return ERR_NOMEM;
	add_all(t, head, sizeof(head) / sizeof(head[0]));
	json_array_foreach(accounts, i, a) {
		json_array_foreach(json_object_get(a, "reports"), k, r) {
			add_report(t, text_at(a, "account"), r, now_ms);
		}
	}
	table_print(t, out, has_colours);
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

enum err status_text_print(const json_t *document, int64_t now_ms, bool has_colours, FILE *out)
{
	const json_t *accounts = json_object_get(document, "accounts");

	print_daemon(document, now_ms, out);
	print_journal(document, out);
	print_broker(document, out);
	if (json_array_size(accounts) == 0)
		return ERR_OK;
	(void)fputc('\n', out);
	if (print_accounts(accounts, has_colours, out) != ERR_OK)
		return ERR_NOMEM;
	if (!has_reports(accounts))
		return ERR_OK;
	(void)fputc('\n', out);
	return print_reports(accounts, now_ms, has_colours, out);
}
