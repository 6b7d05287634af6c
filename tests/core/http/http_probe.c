/* SPDX-License-Identifier: MIT */
/*
 * A small server on core/http_server for tests/it: POST /hooks/everlytic/sms with the right
 * Authorization gives 200. It prints its port and runs until it is ended or stdin closes.
 *
 *     http_probe AUTHORIZATION MEMORY_MIB REQUEST_TIMEOUT_MS
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/http/http_server.h"

#define BODY_MAX ((size_t)1024 * 1024)

struct probe {
	struct loop *loop;
	struct str authorization;
};

static struct http_reply reply_to_head(const struct probe *probe, const struct http_request *req)
{
	struct str method = http_request_method(req);

	if (!str_eq(http_request_path(req), STR_LIT("/hooks/everlytic/sms")))
		return (struct http_reply){.status = 404};
	if (http_request_header_count(req, "Authorization") == 0 &&
	    (str_eq(method, STR_LIT("GET")) || str_eq(method, STR_LIT("HEAD")) ||
	     str_eq(method, STR_LIT("OPTIONS"))))
		return (struct http_reply){.status = 200, .allow = "POST"};
	if (!str_eq(http_request_header(req, "Authorization"), probe->authorization))
		return (struct http_reply){.status = 401,
		                           .www_authenticate = "Basic realm=\"probe\""};
	if (!str_eq(method, STR_LIT("POST")))
		return (struct http_reply){.status = 405, .allow = "POST"};
	return (struct http_reply){.status = 200};
}

static void probe_on_head(void *arg, struct http_request *req)
{
	struct http_reply reply = reply_to_head(arg, req);

	if (reply.status == 200 && reply.allow == NULL)
		http_request_accept(req, BODY_MAX);
	else
		http_request_reply(req, &reply);
}

static void probe_on_request(void *arg, struct http_request *req)
{
	struct http_reply reply = {
		.status = 200,
		.media_type = STR_LIT("application/json"),
		.body = STR_LIT("{\"status\":\"accepted\"}"),
	};

	(void)arg;
	http_request_reply(req, &reply);
}

static void probe_on_stdin(void *arg, bool readable, bool writable)
{
	struct probe *probe = arg;
	char byte;

	(void)readable;
	(void)writable;
	if (read(STDIN_FILENO, &byte, 1) <= 0)
		loop_stop(probe->loop);
}

int main(int argc, char **argv)
{
	static const struct http_server_ops ops = {probe_on_head, probe_on_request, NULL};
	struct probe probe = {0};
	struct http_server *server = NULL;
	struct loop_io *io = NULL;
	uint16_t port = 0;
	int rc = EXIT_FAILURE;

	if (argc != 4)
		return EXIT_FAILURE;
	struct http_limits limits = {
		.header_bytes = (size_t)16 * 1024,
		.connections = 2000,
		.connections_per_address = 1500,
		.memory_bytes = (size_t)strtoul(argv[2], NULL, 10) * 1024 * 1024,
		.request_timeout_ms = strtoul(argv[3], NULL, 10),
		.idle_timeout_ms = strtoul(argv[3], NULL, 10),
	};

	probe.authorization = str_from(argv[1]);
	if (loop_new(&probe.loop) != ERR_OK ||
	    http_server_new(probe.loop, &limits, &ops, &probe, &server) != ERR_OK ||
	    http_server_listen(server, "127.0.0.1:0", &port) != ERR_OK ||
	    loop_io_new(probe.loop, STDIN_FILENO, probe_on_stdin, &probe, &io) != ERR_OK)
		goto out;
	loop_io_want(io, true, false);
	(void)printf("%u\n", (unsigned)port);
	(void)fflush(stdout);
	rc = loop_run(probe.loop) == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
out:
	loop_io_free(io);
	http_server_free(server);
	loop_free(probe.loop);
	return rc;
}
