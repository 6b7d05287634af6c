/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cmd/app/broker.h"
#include "cmd/base/named_account.h"
#include "cmd/base/options.h"
#include "cmd/base/stop_signal.h"
#include "cmd/base/terminal.h"
#include "core/buf.h"
#include "normalise/event/status.h"
#include "publish/mqtt/subscriber.h"

#define TOPIC_MAX_BYTES 65535
#define NAMES_MAX_BYTES 4096
#define LINE_MAX_BYTES  ((size_t)1024 * 1024)

struct tail {
	const char *conf_file;
	const char *account;
	const char *campaign;
	const char *status;
	bool json;
	bool colour;
};

static const char *text_at(const json_t *object, const char *first, const char *second)
{
	const json_t *v = json_object_get(object, first);

	if (second != NULL)
		v = json_object_get(v, second);
	return json_string_value(v);
}

/* The name or the id of the campaign, unescaped. */
static bool is_campaign(const json_t *event_data, const char *campaign)
{
	const char *id = text_at(event_data, "campaign", "id");
	const char *name = text_at(event_data, "campaign", "name");

	return (id != NULL && strcmp(id, campaign) == 0) ||
	       (name != NULL && strcmp(name, campaign) == 0);
}

static const char *colour_of(const char *outcome)
{
	if (outcome == NULL)
		return "";
	if (strcmp(outcome, "positive") == 0 || strcmp(outcome, "engagement") == 0)
		return "\033[32m";
	if (strcmp(outcome, "negative") == 0)
		return "\033[31m";
	return strcmp(outcome, "consent") == 0 ? "\033[35m" : "\033[33m";
}

static const char *or_dash(const char *text)
{
	return text != NULL ? text : "-";
}

/** @param width  at least so many columns, and a blank; 0: the last cell */
static void append_cell(struct buf *line, const char *text, size_t width)
{
	size_t shown = terminal_width(str_from(text));

	terminal_append(line, str_from(text));
	if (width > 0)
		(void)buf_printf(line, "%*s ", shown < width ? (int)(width - shown) : 0, "");
}

static void print_readable(const struct tail *t, const json_t *event)
{
	const json_t *d = json_object_get(event, "data");
	const char *status = or_dash(text_at(d, "status", NULL));
	const char *name = text_at(d, "campaign", "name");
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	append_cell(&line, or_dash(text_at(event, "time", NULL)), 24);
	append_cell(&line, or_dash(text_at(d, "account", NULL)), 16);
	(void)buf_printf(&line, "%s", t->colour ? colour_of(text_at(d, "outcome", NULL)) : "");
	append_cell(&line, status, 12);
	(void)buf_printf(&line, "%s", t->colour ? "\033[0m" : "");
	append_cell(&line, or_dash(name != NULL ? name : text_at(d, "campaign", "id")), 24);
	append_cell(&line, or_dash(text_at(d, "message", "id")), 0);
	(void)puts(buf_cstr(&line));
	buf_fini(&line);
}

static bool tail_on_message(void *arg, const char *topic, struct str payload, bool retain)
{
	const struct tail *t = arg;
	json_t *event = json_loadb(payload.ptr, payload.len, JSON_ALLOW_NUL, NULL);
	const json_t *d = json_object_get(event, "data");

	if (d != NULL && (t->campaign == NULL || is_campaign(d, t->campaign))) {
		if (t->json) {
			(void)printf("{\"topic\":\"%s\",\"retain\":%s,\"event\":%.*s}\n", topic,
			             retain ? "true" : "false", STR_FMT(payload));
		} else {
			print_readable(t, event);
		}
	}
	json_decref(event);
	return fflush(stdout) == 0; /* a reader that has gone ends it */
}

static enum exit_code complain_status(const char *text)
{
	struct buf names;
	enum exit_code code;

	buf_init(&names, NAMES_MAX_BYTES);
	for (int s = 0; s < STATUS_COUNT; s++)
		names_append(&names, status_str((enum status)s));
	code = complain(EXIT_USAGE, "there is no status \"%s\"; there are: %s", text,
	                buf_cstr(&names));
	buf_fini(&names);
	return code;
}

static enum exit_code read_options(int argc, char **argv, struct tail *t)
{
	const struct command_option options[] = {{"account", &t->account, NULL},
	                                         {"campaign", &t->campaign, NULL},
	                                         {"status", &t->status, NULL},
	                                         {"json", NULL, &t->json}};
	enum exit_code code = options_read(&cmd_tail, argc, argv, options,
	                                   sizeof(options) / sizeof(options[0]), 0, &t->conf_file);
	enum status known;

	if (code != EXIT_OK)
		return code;
	if (t->status != NULL && !status_from(str_from(t->status), &known))
		return complain_status(t->status);
	if (t->account != NULL && strpbrk(t->account, "/+#") != NULL) {
		return complain(EXIT_USAGE, "\"%s\" cannot be an account: letters, digits and '-'",
		                t->account);
	}
	return EXIT_OK;
}

static enum exit_code follow(struct tail *t, const struct conf *conf)
{
	struct publisher_conf broker = broker_conf(conf);
	struct err_detail detail = {.line = 0};
	const volatile sig_atomic_t *stop = stop_signal_catch();
	struct buf filter;

	broker.client_id = NULL;
	buf_init(&filter, TOPIC_MAX_BYTES);
	(void)buf_printf(&filter, "%s/%s/+/%s", conf->mqtt.topic_prefix,
	                 t->account != NULL ? t->account : "+",
	                 t->status != NULL ? t->status : "+");

	enum err err =
		subscriber_run(&broker, buf_cstr(&filter), tail_on_message, t, stop, &detail);

	buf_fini(&filter);
	if (err == ERR_OK)
		return EXIT_OK;
	if (detail.text[0] == '\0')
		err_detail_set(&detail, "%s", err_str(err));
	return complain_detail(err == ERR_AUTH ? EXIT_NO_PERMISSION : EXIT_UNAVAILABLE, &detail);
}

static enum exit_code run(int argc, char **argv)
{
	struct tail t = {.colour = terminal_of(STDOUT_FILENO).has_colours};
	struct conf *conf = NULL;
	enum exit_code code = read_options(argc, argv, &t);

	if (code == EXIT_OK)
		code = load_conf(t.conf_file, &conf);
	if (code == EXIT_OK)
		code = follow(&t, conf);
	conf_free(conf);
	return code;
}

const struct command cmd_tail = {
	"tail", "[-c FILE] [--account A] [--campaign C] [--status S] [--json]",
	"follow events on the broker",
	"  -c FILE        configuration that names the broker\n"
	"  --account A    only events of this account\n"
	"  --campaign C   only events of the campaign with this id or name\n"
	"  --status S     only events with this status\n"
	"  --json         one line of JSON per event: "
	"{\"topic\":...,\"retain\":...,\"event\":{...}}\n"
	"Otherwise a line per event: time, account, status, campaign, message.\n",
	run};
