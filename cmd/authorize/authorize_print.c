/* SPDX-License-Identifier: MIT */
#include "cmd/authorize/authorize_print.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cmd/base/terminal.h"

#define MINUTE_S 60
#define TEXT_MAX ((size_t)16384)

void authorize_print_init(struct authorize_print *p, const char *account)
{
	*p = (struct authorize_print){.account = account};
}

static void print_text(FILE *to, const char *before, const json_t *text)
{
	const char *shown = json_string_value(text);
	struct buf b;

	if (shown == NULL)
		return;
	buf_init(&b, TEXT_MAX);
	terminal_append(&b, str_from(shown));
	(void)fprintf(to, "%s%s\n", before, buf_cstr(&b));
	buf_fini(&b);
}

static void take_device(const json_t *device)
{
	json_int_t expires_s = json_integer_value(json_object_get(device, "expires_seconds"));

	print_text(stderr, "Open ", json_object_get(device, "verification_uri"));
	print_text(stderr, "and type ", json_object_get(device, "user_code"));
	print_text(stderr, "or open ", json_object_get(device, "verification_uri_complete"));
	(void)fprintf(stderr, "within %lld minutes. Waiting …\n", (long long)expires_s / MINUTE_S);
}

static void take_done(struct authorize_print *p, const json_t *done)
{
	const char *err = json_string_value(json_object_get(done, "err"));
	const char *text = json_string_value(json_object_get(done, "text"));

	if (err == NULL)
		err = "";
	p->is_done = true;
	p->is_authorized = strcmp(err, "ok") == 0;
	p->has_refresh = json_is_true(json_object_get(done, "has_refresh"));
	if (strcmp(err, "auth") == 0) {
		p->code = EXIT_NO_PERMISSION;
	} else if (!p->is_authorized) {
		p->code = strcmp(err, "again") == 0 ? EXIT_UNAVAILABLE : EXIT_INPUT_OUTPUT;
	}
	(void)snprintf(p->text, sizeof(p->text), "%s", text != NULL ? text : "no reason was given");
}

void authorize_print_line(struct authorize_print *p, struct str line)
{
	json_t *root = json_loadb(line.ptr, line.len, JSON_ALLOW_NUL, NULL);
	const json_t *device = json_object_get(root, "device");
	const json_t *url = json_object_get(root, "url");
	const json_t *done = json_object_get(root, "done");

	if (device != NULL)
		take_device(device);
	if (url != NULL) {
		print_text(stdout, "", url);
		(void)fflush(stdout);
		p->is_done = true;
	}
	if (done != NULL)
		take_done(p, done);
	json_decref(root);
}

enum exit_code authorize_print_end(struct authorize_print *p, bool is_by_daemon)
{
	const struct authorize_print end = *p;

	authorize_print_init(p, end.account);
	if (!end.is_done) {
		return complain(EXIT_UNAVAILABLE,
		                "account \"%s\" is not authorised: the daemon was stopped, or the "
		                "account was changed",
		                end.account);
	}
	if (end.code != EXIT_OK) {
		return complain(end.code, "account \"%s\" is not authorised: %s", end.account,
		                end.text);
	}
	if (!end.is_authorized)
		return EXIT_OK; /* an address was printed */
	if (!end.has_refresh) {
		warn("the vendor gave no refresh token: it ends with the access token; the app and "
		     "the scope must allow offline access");
	}
	(void)fprintf(stderr, "campaign2mqtt: account \"%s\" is authorised; %s\n", end.account,
	              is_by_daemon ? "its reports go on" : "start the daemon");
	return EXIT_OK;
}
