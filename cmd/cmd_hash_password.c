/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "auth/password.h"
#include "cmd/base/command.h"

#define PASSWORD_MAX 1024

/* Standard input without its final newline; on a terminal with the echo off. */
static enum exit_code read_password(char *password, size_t size, size_t *ret_len)
{
	bool is_terminal = isatty(STDIN_FILENO) == 1;
	struct termios before;
	bool echo_off = false;

	if (is_terminal && tcgetattr(STDIN_FILENO, &before) == 0) {
		struct termios quiet = before;

		quiet.c_lflag &= ~(tcflag_t)ECHO;
		echo_off = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
		(void)fputs("Password: ", stderr);
	}

	size_t len = 0;
	int c;

	while ((c = getchar()) != EOF && c != '\n' && len < size)
		password[len++] = (char)c;
	if (echo_off) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		(void)fputc('\n', stderr);
	}
	if (ferror(stdin) != 0)
		return complain(EXIT_INPUT_OUTPUT, "cannot read the password from standard input");
	if (len == size) {
		return complain(EXIT_BAD_INPUT, "the password is longer than %d bytes",
		                PASSWORD_MAX - 1);
	}
	if (len > 0 && password[len - 1] == '\r')
		len--;
	if (len == 0) {
		return complain(EXIT_BAD_INPUT,
		                "the password is empty; write it to standard input");
	}
	*ret_len = len;
	return EXIT_OK;
}

static enum exit_code run(int argc, char **argv)
{
	char password[PASSWORD_MAX];
	char hash[PASSWORD_HASH_SIZE];
	size_t len = 0;

	(void)argv;
	if (argc != 1)
		return complain_usage(&cmd_hash_password);

	enum exit_code code = read_password(password, sizeof(password), &len);

	if (code == EXIT_OK && password_hash((struct str){password, len}, hash) != ERR_OK)
		code = complain(EXIT_UNAVAILABLE, "out of memory while hashing the password");
	explicit_bzero(password, sizeof(password));
	if (code == EXIT_OK)
		(void)puts(hash);
	return code;
}

const struct command cmd_hash_password = {
	"hash-password", "",
	"read a password from standard input or the terminal and print its Argon2id hash",
	"  The hash is what `password_hash` of a webhook's `basic` pair takes.\n", run};
