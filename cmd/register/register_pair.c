/* SPDX-License-Identifier: MIT */
/* The pair that a vendor gets: where it comes from, and how the daemon comes to know it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/password.h"
#include "cmd/register/register_order.h"
#include "conf/edit.h"
#include "core/buf.h"
#include "core/clock.h"
#include "normalise/value/timestamp.h"

#define LINES_MAX    4096
#define LINES_INDENT 12
#define SECOND_MS    1000
#define PATIENCE_MS  60000
#define PAUSE_MAX_MS 5000 /* the daemon shuts out who comes too often with wrong pairs */

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++) {
		if (is_control(*text))
			return true;
	}
	return false;
}

static enum exit_code take_username(struct registering *r)
{
	const char *given = r->order->username;
	int len;

	if (given != NULL) {
		len = snprintf(r->username, sizeof(r->username), "%s", given);
	} else {
		len = snprintf(r->username, sizeof(r->username), "%s-%s", r->account->name,
		               r->hook->name);
	}
	if (len <= 0 || (size_t)len >= sizeof(r->username) || has_control(r->username) ||
	    strchr(r->username, ':') != NULL) {
		return complain(EXIT_USAGE,
		                "a user name has 1 to %d bytes, without ':' and control characters",
		                REGISTER_USERNAME_SIZE - 1);
	}
	return EXIT_OK;
}

static enum exit_code read_password(struct registering *r)
{
	const char *path = r->order->password_file;
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *f = is_stdin ? stdin : fopen(path, "re");
	enum exit_code code;
	size_t len;

	if (f == NULL) {
		return complain_file(EXIT_USAGE, path);
	}
	len = fread(r->password, 1, sizeof(r->password), f);
	code = ferror(f) != 0 ? complain_file(EXIT_USAGE, path) : EXIT_OK;
	if (!is_stdin)
		(void)fclose(f);
	if (code != EXIT_OK)
		return code;
	if (len == sizeof(r->password))
		return complain(EXIT_USAGE, "%s: a password has at most 512 bytes", path);
	if (len > 0 && r->password[len - 1] == '\n')
		len--;
	if (len > 0 && r->password[len - 1] == '\r')
		len--;
	r->password[len] = '\0';
	if (len == 0 || strlen(r->password) != len || has_control(r->password)) {
		return complain(EXIT_USAGE,
		                "%s: a password is one line, without control characters", path);
	}
	return EXIT_OK;
}

enum exit_code register_pair_make(struct registering *r)
{
	enum exit_code code = take_username(r);

	if (code != EXIT_OK)
		return code;
	if (r->order->password_file != NULL)
		return read_password(r);
	_Static_assert(sizeof(r->password) >= PASSWORD_MADE_SIZE, "a made one fits");
	password_make(r->password);
	return EXIT_OK;
}

/* ---- into the configuration ---- */

static bool is_configured(const struct registering *r)
{
	for (size_t i = 0; i < r->hook->basic_count; i++) {
		const struct conf_basic *pair = &r->hook->basic[i];

		if (strcmp(pair->username, r->username) == 0 && pair->until == NULL &&
		    password_verify(str_from(r->password), pair->password_hash) == ERR_OK)
			return true;
	}
	return false;
}

static bool has_endless(const struct registering *r)
{
	for (size_t i = 0; i < r->hook->basic_count; i++) {
		if (r->hook->basic[i].until == NULL)
			return true;
	}
	return false;
}

static enum exit_code print_lines(const struct registering *r, const struct conf_edit *edit)
{
	enum exit_code code = EXIT_OK;
	struct buf b;

	buf_init(&b, LINES_MAX);
	if (conf_edit_pair_lines(edit, LINES_INDENT, STR_LIT("\n"), &b) != ERR_OK) {
		code = complain(EXIT_UNAVAILABLE, "out of memory");
	} else if (fputs(buf_cstr(&b), stdout) == EOF || fflush(stdout) == EOF) {
		code = complain_output();
	}
	buf_fini(&b);
	if (code != EXIT_OK)
		return code;
	(void)fprintf(stderr,
	              "campaign2mqtt: add these lines under \"auth: basic:\" of webhook \"%s\" "
	              "(line %u of %s), and reload the daemon\n",
	              r->hook->name, r->hook->line, r->conf->file);
	if (edit->until != NULL && has_endless(r)) {
		(void)fprintf(
			stderr,
			"campaign2mqtt: give each pair that is there its end: until: \"%s\"\n",
			edit->until);
	}
	return EXIT_OK;
}

static enum exit_code write_lines(const struct registering *r, const struct conf_edit *edit)
{
	struct err_detail detail = {.line = 0};
	enum err err = conf_edit_file(r->conf->file, edit, &detail);

	if (err == ERR_OK) {
		(void)fprintf(stderr,
		              "campaign2mqtt: the new pair is in %s; reload the daemon now\n",
		              r->conf->file);
		return EXIT_OK;
	}
	if (detail.text[0] == '\0')
		err_detail_set(&detail, "%s: %s", r->conf->file, err_str(err));
	(void)complain_detail(EXIT_CONFIGURATION, &detail);
	if (err == ERR_INVAL)
		(void)print_lines(r, edit);
	return exit_code_from_err(err);
}

static enum exit_code put_into_conf(struct registering *r)
{
	char hash[PASSWORD_HASH_SIZE], until[TIMESTAMP_TEXT_SIZE];
	struct conf_edit edit = {
		.account = r->account_number,
		.webhook = r->webhook_number,
		.username = r->username,
		.password_hash = hash,
	};

	if (password_hash(str_from(r->password), hash) != ERR_OK)
		return complain(EXIT_UNAVAILABLE, "out of memory while hashing the password");
	if (r->order->verb == REGISTER_ROTATE) {
		int64_t end_ms = clock_now_ms() + (int64_t)r->order->keep_ms;

		timestamp_print(end_ms - end_ms % SECOND_MS, until);
		edit.until = until;
	}
	return r->order->does_write ? write_lines(r, &edit) : print_lines(r, &edit);
}

/* ---- until the daemon takes it ---- */

/* The pair is in the file: the daemon only has to be told. */
static enum exit_code wait_for_daemon(struct registering *r)
{
	uint64_t end_ms = clock_mono_ms() + PATIENCE_MS, pause_ms = SECOND_MS;
	enum trial trial = register_trial(r);

	while (trial == TRIAL_REFUSED && clock_mono_ms() < end_ms) {
		register_pause(r, pause_ms);
		pause_ms =
			pause_ms + SECOND_MS < PAUSE_MAX_MS ? pause_ms + SECOND_MS : PAUSE_MAX_MS;
		trial = register_trial(r);
	}
	if (trial != TRIAL_REFUSED)
		return EXIT_OK;
	return complain(
		EXIT_UNAVAILABLE,
		"the daemon was not reloaded, so the vendor was told nothing; take the pair "
		"of user \"%s\" out of the configuration, and begin again",
		r->username);
}

static bool ask_for_enter(void)
{
	int c;

	(void)fputs("Press Enter when the daemon was reloaded (Ctrl-C ends): ", stderr);
	while ((c = getchar()) != '\n' && c != EOF)
		;
	return c == '\n';
}

/* A person adds the lines; in a pipe nobody can be asked. */
static enum exit_code wait_for_person(struct registering *r)
{
	bool is_terminal = isatty(STDIN_FILENO) == 1;
	enum trial trial;

	do {
		if (is_terminal && !ask_for_enter())
			return complain(EXIT_UNAVAILABLE, "the vendor was told nothing");
		trial = register_trial(r);
		if (trial == TRIAL_REFUSED) {
			warn("the daemon does not take the new pair yet");
		}
	} while (is_terminal && trial == TRIAL_REFUSED);
	return EXIT_OK;
}

enum exit_code register_pair_admit(struct registering *r)
{
	enum exit_code code;

	if (is_configured(r))
		return EXIT_OK;
	code = put_into_conf(r);
	if (code != EXIT_OK)
		return code;
	return r->order->does_write ? wait_for_daemon(r) : wait_for_person(r);
}
