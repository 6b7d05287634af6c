/* SPDX-License-Identifier: MIT */
#include "core/client/curl_loop.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/obj.h"

#define CURL_LOOP_MAGIC 0x63756c70U
#define WATCH_MAGIC     0x63757774U

TAILQ_HEAD(curl_watches, curl_watch);

/** A socket of libcurl's, watched. */
struct curl_watch {
	unsigned magic;
	TAILQ_ENTRY(curl_watch) link;
	struct curl_loop *cl; /* borrowed */
	struct loop_io *io;   /* owned */
	curl_socket_t fd;
};

struct curl_loop {
	unsigned magic;
	struct loop *loop;        /* borrowed: outlives us */
	CURLM *multi;             /* owned */
	struct loop_timer *timer; /* owned; libcurl's */
	struct curl_watches watches;
	struct curl_loop_ops ops;
	void *arg; /* borrowed: our user */
	bool has_global;
};

static void act(struct curl_loop *cl, curl_socket_t fd, int what)
{
	int running;

	cl->ops.before(cl->arg);
	(void)curl_multi_socket_action(cl->multi, fd, what, &running);
	cl->ops.after(cl->arg);
}

static void watch_on_io(void *arg, bool readable, bool writable)
{
	struct curl_watch *watch;

	OBJ_FROM(watch, arg, WATCH_MAGIC);
	act(watch->cl, watch->fd,
	    (readable ? CURL_CSELECT_IN : 0) | (writable ? CURL_CSELECT_OUT : 0));
}

static void loop_on_timer(void *arg)
{
	struct curl_loop *cl;

	OBJ_FROM(cl, arg, CURL_LOOP_MAGIC);
	act(cl, CURL_SOCKET_TIMEOUT, 0);
}

static void watch_free(struct curl_loop *cl, struct curl_watch *watch)
{
	TAILQ_REMOVE(&cl->watches, watch, link);
	loop_io_free(watch->io);
	OBJ_POISON(watch);
	free(watch);
}

static struct curl_watch *watch_new(struct curl_loop *cl, curl_socket_t fd)
{
	struct curl_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->magic = WATCH_MAGIC;
	watch->cl = cl;
	watch->fd = fd;
	if (loop_io_new(cl->loop, fd, watch_on_io, watch, &watch->io) != ERR_OK) {
		free(watch);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&cl->watches, watch, link);
	(void)curl_multi_assign(cl->multi, fd, watch);
	return watch;
}

/* An error from here would stop every transfer: only the one without memory is to end. */
static int loop_on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct curl_watch *watch = socket_arg;
	struct curl_loop *cl;

	OBJ_FROM(cl, arg, CURL_LOOP_MAGIC);
	if (what == CURL_POLL_REMOVE) {
		(void)curl_multi_assign(cl->multi, fd, NULL);
		if (watch != NULL)
			watch_free(cl, watch);
		return 0;
	}
	if (watch == NULL)
		watch = watch_new(cl, fd);
	if (watch == NULL) {
		cl->ops.on_nomem(cl->arg, easy);
		return 0;
	}
	loop_io_want(watch->io, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0);
	return 0;
}

static int loop_on_timeout(CURLM *multi, long timeout_ms, void *arg)
{
	struct curl_loop *cl;

	(void)multi;
	OBJ_FROM(cl, arg, CURL_LOOP_MAGIC);
	if (timeout_ms < 0) {
		loop_timer_stop(cl->timer);
	} else {
		loop_timer_start(cl->timer, (uint64_t)timeout_ms);
	}
	return 0;
}

static enum err prepare(struct curl_loop *cl, unsigned connections)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return ERR_NOMEM;
	cl->has_global = true;
	if (loop_timer_new(cl->loop, loop_on_timer, cl, &cl->timer) != ERR_OK)
		return ERR_NOMEM;
	cl->multi = curl_multi_init();
	if (cl->multi == NULL)
		return ERR_NOMEM;
	(void)curl_multi_setopt(cl->multi, CURLMOPT_SOCKETFUNCTION, loop_on_socket);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_SOCKETDATA, cl);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_TIMERFUNCTION, loop_on_timeout);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_TIMERDATA, cl);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)connections);
	(void)curl_multi_setopt(cl->multi, CURLMOPT_MAXCONNECTS, (long)connections);
	return ERR_OK;
}

enum err curl_loop_new(struct loop *loop, unsigned connections, const struct curl_loop_ops *ops,
                       void *arg, struct curl_loop **ret_cl)
{
	struct curl_loop *cl = calloc(1, sizeof(*cl));
	enum err err;

	assert(connections > 0);
	if (cl == NULL)
		return ERR_NOMEM;
	cl->magic = CURL_LOOP_MAGIC;
	cl->loop = loop;
	cl->ops = *ops;
	cl->arg = arg;
	TAILQ_INIT(&cl->watches);
	err = prepare(cl, connections);
	if (err != ERR_OK) {
		curl_loop_free(cl);
		return err;
	}
	*ret_cl = cl;
	return ERR_OK;
}

void curl_loop_free(struct curl_loop *cl)
{
	struct curl_watch *watch;

	if (cl == NULL)
		return;
	OBJ_CHECK(cl, CURL_LOOP_MAGIC);
	while ((watch = TAILQ_FIRST(&cl->watches)) != NULL) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it does not follow TAILQ_REMOVE */
		(void)curl_multi_assign(cl->multi, watch->fd, NULL);
		watch_free(cl, watch);
	}
	if (cl->multi != NULL) {
		/* Connections that are kept are closed now: nobody watches them any more. */
		(void)curl_multi_setopt(cl->multi, CURLMOPT_SOCKETFUNCTION, NULL);
		(void)curl_multi_setopt(cl->multi, CURLMOPT_TIMERFUNCTION, NULL);
		(void)curl_multi_cleanup(cl->multi);
	}
	loop_timer_free(cl->timer);
	if (cl->has_global)
		curl_global_cleanup();
	OBJ_POISON(cl);
	free(cl);
}

/* @return length of " 30 ms" or " 30 milliseconds", 0 when it is none */
static size_t time_len(const char *text)
{
	static const char *const units[] = {" milliseconds", " ms"};
	size_t digits = strspn(text, "0123456789");

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && digits > 0; i++) {
		size_t len = strlen(units[i]);

		if (strncmp(text + digits, units[i], len) == 0)
			return digits + len;
	}
	return 0;
}

void curl_text_steady(char *text)
{
	static const char word[] = " after ";
	const size_t word_len = sizeof(word) - 1;
	char *at = strstr(text, word);
	size_t len = 0;

	while (at != NULL && (len = time_len(at + word_len)) == 0)
		at = strstr(at + word_len, word);
	if (at == NULL)
		return;
	len += word_len;
	memmove(at, at + len, strlen(at + len) + 1);
}

bool curl_code_is_tls(CURLcode rc)
{
	switch (rc) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_USE_SSL_FAILED:
		return true;
	default:
		return false;
	}
}

CURLM *curl_loop_multi(struct curl_loop *cl)
{
	return cl->multi;
}
