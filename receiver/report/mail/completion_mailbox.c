/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/completion_mailbox.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/obj.h"
#include "receiver/report/mail/completion_internal.h"

#define HINT_SIZE    64 /* room for it behind what the server says */
#define POLL_MS      20000
#define WAIT_MS      1000
#define WAIT_MAX_MS  300000
#define LOGIN_MIN_MS 60000 /* servers lock accounts that try wrong passwords */
#define LOGIN_MAX_MS 1800000

const char *completion_state_str(enum completion_state state)
{
	static const char *const texts[] = {
		[COMPLETION_IDLE] = "idle",
		[COMPLETION_WAITING] = "waiting",
		[COMPLETION_LOOKING] = "looking",
		[COMPLETION_DOWN] = "down",
	};

	return texts[state];
}

static void destroy(struct completion_mailbox *box)
{
	imap_client_free(box->imap);
	loop_timer_free(box->timer);
	completion_free_jobs(box);
	completion_free_known(box);
	completion_clear_told(box, 0);
	free(box->told);
	for (size_t i = 0; i < box->from_count; i++)
		free(box->from[i]);
	looked_mails_fini(&box->looked);
	free(box->uids);
	free(box->name);
	OBJ_POISON(box);
	free(box);
}

void completion_enter(struct completion_mailbox *box)
{
	stay_enter(&box->stay);
}

void completion_leave(struct completion_mailbox *box)
{
	if (stay_leave(&box->stay))
		destroy(box);
}

/* What a person can do, where it is a person's matter. */
static const char *hint_of(enum imap_end end)
{
	switch (end) {
	case IMAP_END_LOGIN:
		return "; check username and password of the mailbox";
	case IMAP_END_MAILBOX:
		return "; check the folder in url of the mailbox";
	case IMAP_END_TLS:
		return "; check url and ca of the mailbox";
	default:
		return "";
	}
}

/* What is unsteady was told, and is so while some looks go well, too. */
static void tell_end(const struct completion_mailbox *box, enum imap_end end, bool was_down)
{
	if (end != IMAP_END_OK && end != IMAP_END_CHANGED &&
	    (!was_down || end != box->status.end)) {
		log_warn("mailbox.failed", log_str("mailbox", box->name),
		         log_str("cause", imap_end_str(end)), log_str("text", box->text));
	} else if (end == IMAP_END_OK && was_down && !box->validity.is_unsteady) {
		log_info("mailbox.works_again", log_str("mailbox", box->name));
	}
}

static void note_end(struct completion_mailbox *box, enum imap_end end, const char *text)
{
	bool was_down = box->status.since_ms != 0;

	(void)snprintf(box->text, sizeof(box->text), "%.*s%s", (int)(sizeof(box->text) - HINT_SIZE),
	               text, hint_of(end));
	tell_end(box, end, was_down);
	box->status.end = end;
	if (end == IMAP_END_OK) {
		box->status.since_ms = 0;
	} else if (!was_down) {
		box->status.since_ms = clock_now_ms();
	}
	if (box->on_state != NULL)
		box->on_state(box->arg);
}

void completion_down(struct completion_mailbox *box, enum imap_end end, const char *text,
                     uint64_t wait_ms)
{
	if (box->stay.is_over)
		return;
	note_end(box, end, text);
	box->status.state = COMPLETION_DOWN;
	loop_timer_start(box->timer, wait_ms);
}

void completion_fail(struct completion_mailbox *box, enum imap_end end, const char *text)
{
	struct backoff *wait = end == IMAP_END_LOGIN ? &box->login_wait : &box->wait;

	completion_down(box, end, text, backoff_next(wait));
}

static bool has_work(const struct completion_mailbox *box)
{
	bool has_marks = false;

	for (size_t i = 0; i < box->told_count; i++)
		has_marks = has_marks || box->told[i].is_stored;
	return box->job_count > 0 || has_marks;
}

/* What has numbers that change has all mails to be looked at again: not without a pause. */
static bool must_look_on(const struct completion_mailbox *box)
{
	return box->is_forgotten || (box->has_more && !box->validity.is_unsteady);
}

void completion_round_over(struct completion_mailbox *box)
{
	if (box->stay.is_over)
		return;
	note_end(box, IMAP_END_OK, "");
	backoff_reset(&box->wait);
	backoff_reset(&box->login_wait);
	box->status.looked_at_ms = clock_now_ms();
	box->status.state = COMPLETION_WAITING;
	loop_timer_start(box->timer, must_look_on(box) ? 0 : box->poll_ms);
}

/* Not before it is known which campaigns there are: a mail may be given to the wrong one. */
static bool is_held(struct completion_mailbox *box)
{
	uint64_t held_ms = completion_held_ms(box);

	box->is_held = held_ms > 0;
	if (box->is_held)
		loop_timer_start(box->timer, held_ms);
	return box->is_held;
}

static void box_on_timer(void *arg)
{
	struct completion_mailbox *box;

	OBJ_FROM(box, arg, COMPLETION_MAGIC);
	if (box->call != NULL || is_held(box))
		return;
	completion_enter(box);
	if (has_work(box)) {
		completion_round_begin(box);
	} else {
		box->status.state = COMPLETION_IDLE;
	}
	completion_leave(box);
}

static enum err copy_from(struct completion_mailbox *box,
                          const struct completion_mailbox_conf *conf)
{
	assert(conf->from_count <= COMPLETION_FROM_MAX);
	for (size_t i = 0; i < conf->from_count; i++) {
		for (size_t c = 0; c < conf->from[i].len; c++) {
			if (conf->from[i].ptr[c] < 0x21 || conf->from[i].ptr[c] > 0x7e)
				return ERR_INVAL;
		}
		box->from[i] = str_dup(conf->from[i]);
		if (box->from[i] == NULL)
			return ERR_NOMEM;
		box->from_count++;
	}
	return ERR_OK;
}

static enum err prepare(struct completion_mailbox *box, const struct completion_mailbox_conf *conf)
{
	enum err err;

	box->name = str_dup(str_from(conf->name));
	box->told = calloc(COMPLETION_TOLD_MAX, sizeof(*box->told));
	if (box->name == NULL || box->told == NULL)
		return ERR_NOMEM;
	err = copy_from(box, conf);
	if (err == ERR_OK)
		err = loop_timer_new(box->loop, box_on_timer, box, &box->timer);
	if (err == ERR_OK)
		err = imap_client_new(box->loop, &conf->imap, &box->imap);
	return err;
}

enum err completion_mailbox_new(struct loop *loop, const struct completion_mailbox_conf *conf,
                                completion_found_fn on_found, void *arg,
                                struct completion_mailbox **ret_box)
{
	struct completion_mailbox *box = calloc(1, sizeof(*box));
	uint64_t seed = clock_mono_ms();
	enum err err;

	if (box == NULL)
		return ERR_NOMEM;
	box->magic = COMPLETION_MAGIC;
	box->loop = loop;
	box->on_found = on_found;
	box->on_state = conf->on_state;
	box->arg = arg;
	box->poll_ms = conf->poll_ms > 0 ? conf->poll_ms : POLL_MS;
	backoff_init(&box->wait, conf->wait_ms > 0 ? conf->wait_ms : WAIT_MS, WAIT_MAX_MS, seed);
	backoff_init(&box->login_wait, LOGIN_MIN_MS, LOGIN_MAX_MS, seed);
	err = prepare(box, conf);
	if (err != ERR_OK) {
		destroy(box);
		return err;
	}
	*ret_box = box;
	return ERR_OK;
}

void completion_mailbox_free(struct completion_mailbox *box)
{
	if (box == NULL)
		return;
	OBJ_CHECK(box, COMPLETION_MAGIC);
	if (stay_end(&box->stay)) {
		destroy(box);
		return;
	}
	imap_call_cancel(box->call);
	imap_call_cancel(box->marks);
}

struct completion_status completion_mailbox_status(const struct completion_mailbox *box)
{
	struct completion_status status = box->status;

	status.text = box->text;
	status.jobs = box->job_count;
	for (size_t i = 0; i < box->told_count; i++) {
		if (box->told[i].is_stored) {
			status.unmarked++;
		} else {
			status.untold++;
		}
	}
	return status;
}
