/* SPDX-License-Identifier: MIT */
#include "core/loop.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include <event2/event.h>
#include <event2/thread.h>

#include "core/obj.h"

#define TIMER_MAGIC  0x74696d72U
#define IO_MAGIC     0x6c696f21U
#define SIGNAL_MAGIC 0x73696721U

struct post {
	STAILQ_ENTRY(post) link;
	loop_fn fn;
	void *arg; /* borrowed */
};

STAILQ_HEAD(post_list, post);

struct loop {
	struct event_base *base; /* owned */
	struct event *wake;      /* owned; activated by loop_post() */
	pthread_mutex_t lock;    /* guards posts and wake_pending */
	struct post_list posts;  /* owned */
	bool wake_pending;
};

struct loop_timer {
	unsigned magic;
	struct event *ev; /* owned */
	loop_fn fn;
	void *arg; /* borrowed */
};

struct loop_io {
	unsigned magic;
	struct event *read_ev;  /* owned */
	struct event *write_ev; /* owned */
	loop_io_fn fn;
	void *arg; /* borrowed */
};

struct loop_signal {
	unsigned magic;
	struct event *ev; /* owned */
	loop_fn fn;
	void *arg; /* borrowed */
};

static void loop_on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	struct post_list posts = STAILQ_HEAD_INITIALIZER(posts);

	(void)fd;
	(void)what;
	pthread_mutex_lock(&loop->lock);
	STAILQ_CONCAT(&posts, &loop->posts);
	loop->wake_pending = false;
	pthread_mutex_unlock(&loop->lock);
	while (!STAILQ_EMPTY(&posts)) {
		struct post *p = STAILQ_FIRST(&posts);

		STAILQ_REMOVE_HEAD(&posts, link);
		loop_fn fn = p->fn;
		void *fn_arg = p->arg;

		free(p);
		fn(fn_arg);
	}
}

enum err loop_new(struct loop **ret_loop)
{
	enum err err = ERR_NOMEM;
	struct loop *loop = NULL;

	if (evthread_use_pthreads() != 0)
		goto out;
	loop = calloc(1, sizeof(*loop));
	if (loop == NULL)
		goto out;
	STAILQ_INIT(&loop->posts);
	(void)pthread_mutex_init(&loop->lock, NULL);
	loop->base = event_base_new();
	if (loop->base == NULL)
		goto out;
	loop->wake = event_new(loop->base, -1, EV_PERSIST, loop_on_wake, loop);
	if (loop->wake == NULL || event_add(loop->wake, NULL) != 0)
		goto out;
	*ret_loop = loop;
	loop = NULL;
	err = ERR_OK;
out:
	loop_free(loop);
	return err;
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	while (!STAILQ_EMPTY(&loop->posts)) {
		struct post *p = STAILQ_FIRST(&loop->posts);

		STAILQ_REMOVE_HEAD(&loop->posts, link);
		free(p);
	}
	if (loop->wake != NULL)
		event_free(loop->wake);
	if (loop->base != NULL)
		event_base_free(loop->base);
	(void)pthread_mutex_destroy(&loop->lock);
	free(loop);
}

enum err loop_run(struct loop *loop)
{
	return event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0 ? ERR_IO : ERR_OK;
}

static void loop_on_stop(void *arg)
{
	struct loop *loop = arg;

	(void)event_base_loopbreak(loop->base);
}

void loop_stop(struct loop *loop)
{
	/* A post rather than a bare loopbreak: that one is lost when it comes before loop_run(). */
	if (loop_post(loop, loop_on_stop, loop) != ERR_OK)
		(void)event_base_loopbreak(loop->base);
}

void loop_turn(struct loop *loop, uint64_t wait_ms)
{
	struct timeval tv = {(time_t)(wait_ms / 1000), (suseconds_t)(wait_ms % 1000 * 1000)};

	if (wait_ms == 0) {
		(void)event_base_loop(loop->base, EVLOOP_NONBLOCK);
		return;
	}
	(void)event_base_loopexit(loop->base, &tv);
	(void)event_base_loop(loop->base, EVLOOP_ONCE);
}

enum err loop_post(struct loop *loop, loop_fn fn, void *arg)
{
	struct post *p = malloc(sizeof(*p));
	bool wake;

	if (p == NULL)
		return ERR_NOMEM;
	p->fn = fn;
	p->arg = arg;
	pthread_mutex_lock(&loop->lock);
	STAILQ_INSERT_TAIL(&loop->posts, p, link);
	wake = !loop->wake_pending;
	loop->wake_pending = true;
	pthread_mutex_unlock(&loop->lock);
	if (wake)
		event_active(loop->wake, EV_READ, 0);
	return ERR_OK;
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}

static void timer_on_fire(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *timer;

	OBJ_FROM(timer, arg, TIMER_MAGIC);
	(void)fd;
	(void)what;
	timer->fn(timer->arg);
}

enum err loop_timer_new(struct loop *loop, loop_fn fn, void *arg, struct loop_timer **ret_timer)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	if (timer == NULL)
		return ERR_NOMEM;
	timer->magic = TIMER_MAGIC;
	timer->fn = fn;
	timer->arg = arg;
	timer->ev = event_new(loop->base, -1, 0, timer_on_fire, timer);
	if (timer->ev == NULL) {
		free(timer);
		return ERR_NOMEM;
	}
	*ret_timer = timer;
	return ERR_OK;
}

void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms)
{
	struct timeval tv = {(time_t)(delay_ms / 1000), (suseconds_t)(delay_ms % 1000 * 1000)};

	(void)event_add(timer->ev, &tv);
}

void loop_timer_stop(struct loop_timer *timer)
{
	if (timer != NULL)
		(void)event_del(timer->ev);
}

void loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->ev);
	OBJ_POISON(timer);
	free(timer);
}

static void io_on_event(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io;

	OBJ_FROM(io, arg, IO_MAGIC);
	(void)fd;
	io->fn(io->arg, (what & EV_READ) != 0, (what & EV_WRITE) != 0);
}

enum err loop_io_new(struct loop *loop, int fd, loop_io_fn fn, void *arg, struct loop_io **ret_io)
{
	struct loop_io *io = calloc(1, sizeof(*io));

	if (io == NULL)
		return ERR_NOMEM;
	io->magic = IO_MAGIC;
	io->fn = fn;
	io->arg = arg;
	io->read_ev = event_new(loop->base, fd, EV_READ | EV_PERSIST, io_on_event, io);
	io->write_ev = event_new(loop->base, fd, EV_WRITE | EV_PERSIST, io_on_event, io);
	if (io->read_ev == NULL || io->write_ev == NULL) {
		loop_io_free(io);
		return ERR_NOMEM;
	}
	*ret_io = io;
	return ERR_OK;
}

static void want(struct event *ev, short what, bool wanted)
{
	bool is_on = event_pending(ev, what, NULL) != 0;

	if (wanted && !is_on) {
		(void)event_add(ev, NULL);
	} else if (!wanted && is_on) {
		(void)event_del(ev);
	}
}

void loop_io_want(struct loop_io *io, bool read, bool write)
{
	want(io->read_ev, EV_READ, read);
	want(io->write_ev, EV_WRITE, write);
}

void loop_io_free(struct loop_io *io)
{
	if (io == NULL)
		return;
	if (io->read_ev != NULL)
		event_free(io->read_ev);
	if (io->write_ev != NULL)
		event_free(io->write_ev);
	OBJ_POISON(io);
	free(io);
}

static void signal_on_event(evutil_socket_t signo, short what, void *arg)
{
	struct loop_signal *sig;

	OBJ_FROM(sig, arg, SIGNAL_MAGIC);
	(void)signo;
	(void)what;
	sig->fn(sig->arg);
}

enum err loop_signal_new(struct loop *loop, int signo, loop_fn fn, void *arg,
                         struct loop_signal **ret_signal)
{
	struct loop_signal *sig = calloc(1, sizeof(*sig));

	if (sig == NULL)
		return ERR_NOMEM;
	sig->magic = SIGNAL_MAGIC;
	sig->fn = fn;
	sig->arg = arg;
	sig->ev = event_new(loop->base, signo, EV_SIGNAL | EV_PERSIST, signal_on_event, sig);
	if (sig->ev == NULL || event_add(sig->ev, NULL) != 0) {
		loop_signal_free(sig);
		return ERR_NOMEM;
	}
	*ret_signal = sig;
	return ERR_OK;
}

void loop_signal_free(struct loop_signal *sig)
{
	if (sig == NULL)
		return;
	if (sig->ev != NULL)
		event_free(sig->ev);
	OBJ_POISON(sig);
	free(sig);
}
