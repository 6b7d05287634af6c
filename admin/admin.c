/* SPDX-License-Identifier: MIT */
#include "admin/admin.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "admin/call.h"
#include "admin/listener.h"
#include "admin/page.h"
#include "core/obj.h"

#define ADMIN_MAGIC 0x61646d21U

#define CONNECTIONS_MAX 64

/* The text of all metrics of a large configuration. */
#define PAGE_BYTES_MAX ((size_t)16 * 1024 * 1024)

struct admin {
	unsigned magic;
	struct listener *listener; /* owned */
	struct admin_ops ops;
	void *arg; /* borrowed */
	struct calls calls;
};

static void set_header(struct evhttp_request *req, const char *name, const char *value)
{
	/* Without memory for a header the answer goes without it. */
	(void)evhttp_add_header(evhttp_request_get_output_headers(req), name, value);
}

static void send_page(struct evhttp_request *req, const struct page *page, const struct buf *body)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(req);
	bool is_head = evhttp_request_get_command(req) == EVHTTP_REQ_HEAD;
	char length[32];

	set_header(req, "Content-Type", page->media_type);
	set_header(req, "Cache-Control", "no-store");
	if (page->allow != NULL)
		set_header(req, "Allow", page->allow);
	if (page->status >= 400)
		set_header(req, "Connection", "close");
	if (is_head) {
		(void)evutil_snprintf(length, sizeof(length), "%zu", body->len);
		set_header(req, "Content-Length", length);
	} else if (evbuffer_add(out, buf_cstr(body), body->len) != 0) {
		evhttp_send_error(req, HTTP_INTERNAL, NULL);
		return;
	}
	evhttp_send_reply(req, (int)page->status, page->reason, NULL);
}

static struct page_request page_request_of(struct evhttp_request *req)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	enum evhttp_cmd_type verb = evhttp_request_get_command(req);

	return (struct page_request){
		.path = path != NULL ? path : "",
		.reads = verb == EVHTTP_REQ_GET || verb == EVHTTP_REQ_HEAD,
	};
}

static void answer_page(struct admin *a, struct evhttp_request *req,
                        const struct page_request *wanted)
{
	struct buf body;

	buf_init(&body, PAGE_BYTES_MAX);
	struct page page = page_make(wanted, &a->ops, a->arg, &body);

	send_page(req, &page, &body);
	buf_fini(&body);
}

static void refuse_call(struct evhttp_request *req)
{
	const struct page page = {403, "Forbidden", "text/plain; charset=utf-8", NULL};
	struct buf body;

	buf_init(&body, 256);
	(void)buf_append_str(&body, STR_LIT("X-Campaign2mqtt: 1 is missing, or the host is not "
	                                    "localhost\n"));
	send_page(req, &page, &body);
	buf_fini(&body);
}

static void admin_on_request(struct evhttp_request *req, void *arg)
{
	struct admin *a;

	OBJ_FROM(a, arg, ADMIN_MAGIC);
	struct page_request wanted = page_request_of(req);

	if (strncmp(wanted.path, CALL_PATH, strlen(CALL_PATH)) != 0) {
		answer_page(a, req, &wanted);
	} else if (call_is_trusted(req)) {
		call_take(&a->calls, req);
	} else {
		refuse_call(req);
	}
}

enum err admin_new(struct loop *loop, const char *address, const struct admin_ops *ops, void *arg,
                   struct admin **ret_admin, uint16_t *ret_port)
{
	struct admin *a = calloc(1, sizeof(*a));
	enum err err;

	if (a == NULL)
		return ERR_NOMEM;
	a->magic = ADMIN_MAGIC;
	a->ops = *ops;
	a->arg = arg;
	a->calls = (struct calls){.ops = &a->ops, .arg = arg, .loop = loop};
	err = listener_new(loop, address, CONNECTIONS_MAX, admin_on_request, a, &a->listener,
	                   ret_port);
	if (err != ERR_OK) {
		free(a);
		return err;
	}
	*ret_admin = a;
	return ERR_OK;
}

void admin_free(struct admin *a)
{
	if (a == NULL)
		return;
	calls_abandon(&a->calls);
	listener_free(a->listener);
	OBJ_POISON(a);
	free(a);
}
