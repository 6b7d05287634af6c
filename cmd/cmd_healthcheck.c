/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <curl/curl.h>

#include "cmd/command.h"
#include "core/buf.h"

#define TIMEOUT_MS 3000L
#define ANSWER_MAX ((size_t)16 * 1024)
#define STATUS_OK  200L

static size_t answer_on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	return buf_append(arg, bytes, size * count) == ERR_OK ? size * count : 0;
}

static enum exit_code ask(const char *url, struct buf *answer)
{
	CURL *curl = curl_easy_init();
	long status = 0;

	if (curl == NULL)
		return complain(EXIT_UNAVAILABLE, "out of memory");
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_on_bytes);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);

	CURLcode rc = curl_easy_perform(curl);

	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (rc != CURLE_OK) {
		return complain(EXIT_UNAVAILABLE, "%s: %s; is the daemon running?", url,
		                curl_easy_strerror(rc));
	}
	(void)fputs(buf_cstr(answer), stdout);
	return status == STATUS_OK ? EXIT_OK : EXIT_UNAVAILABLE;
}

static enum exit_code run(int argc, char **argv)
{
	struct conf *conf = NULL;
	enum exit_code code = load_conf_of_options(&cmd_healthcheck, argc, argv, &conf);
	struct buf url;
	struct buf answer;

	if (code != EXIT_OK)
		return code;
	buf_init(&url, 1024);
	buf_init(&answer, ANSWER_MAX);
	if (buf_printf(&url, "http://%s/readyz", conf->admin.address) == ERR_OK)
		code = ask(buf_cstr(&url), &answer);
	buf_fini(&answer);
	buf_fini(&url);
	conf_free(conf);
	return code;
}

const struct command cmd_healthcheck = {
	"healthcheck", "[-c FILE]",
	"ask the running daemon whether it can take payloads; exits with 69 when not",
	"  -c FILE   configuration that names the admin listener\n"
	"Prints the answer of /readyz; made for containers.\n",
	run};
