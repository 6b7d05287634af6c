/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/mailboxes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/metrics.h"
#include "core/obj.h"
#include "receiver/report/mail/mail_digest.h"
#include "receiver/report/mail/mailbox_internal.h"

#define LOOK_MS   1000
#define LINGER_MS 60000 /* for marks that a server does not take at once */

/* ---- boxes ---- */

static void box_free(struct mailbox *box)
{
	if (box == NULL)
		return;
	assert(box->refs == 0 && TAILQ_EMPTY(&box->waiters));
	completion_mailbox_free(box->box);
	mailbox_turns_fini(&box->turns);
	for (size_t i = 0; i < box->from_count; i++)
		free(box->from[i]);
	if (box->password != NULL)
		explicit_bzero(box->password, strlen(box->password));
	free(box->label);
	free(box->url);
	free(box->folder);
	free(box->username);
	free(box->password);
	free(box->ca);
	OBJ_POISON(box);
	free(box);
}

static bool is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool is_of(const struct mailbox *box, const struct mailbox_conf *conf)
{
	if (box->from_count != conf->from_count || box->poll_ms != conf->poll_ms ||
	    box->wants_starttls != conf->wants_starttls)
		return false;
	for (size_t i = 0; i < conf->from_count; i++) {
		if (!str_eq(str_from(box->from[i]), conf->from[i]))
			return false;
	}
	return is_same_text(box->url, conf->url) && is_same_text(box->folder, conf->folder) &&
	       is_same_text(box->username, conf->username) &&
	       is_same_text(box->password, conf->password) && is_same_text(box->ca, conf->ca);
}

/* Of several users of one folder: 0 when any of them cannot read theirs. */
static void show_up(const struct mailboxes *m, const char *label)
{
	const struct mailbox *box;
	int64_t is_up = 1;

	TAILQ_FOREACH(box, &m->list, link) {
		if (strcmp(box->label, label) == 0 &&
		    completion_mailbox_status(box->box).since_ms != 0)
			is_up = 0;
	}
	metric_get(METRIC_MAILBOX_UP, label, NULL, NULL)->value = is_up;
}

static void box_on_state(void *arg)
{
	struct mailbox *box;

	OBJ_FROM(box, arg, MAILBOX_MAGIC);
	show_up(box->m, box->label);
}

/* ---- making ---- */

static enum err copy_from(struct mailbox *box, const struct mailbox_conf *conf)
{
	if (conf->from_count > COMPLETION_FROM_MAX)
		return ERR_INVAL;
	for (size_t i = 0; i < conf->from_count; i++) {
		char *copy = str_dup(conf->from[i]);

		if (copy == NULL)
			return ERR_NOMEM;
		box->from[box->from_count++] = copy;
	}
	return ERR_OK;
}

static char *label_of(const struct mailbox_conf *conf)
{
	const size_t size = strlen(conf->url) + strlen(conf->folder) + 2;
	char *label = malloc(size);

	if (label != NULL)
		(void)snprintf(label, size, "%s/%s", conf->url, conf->folder);
	return label;
}

static enum err copy_conf(struct mailbox *box, const struct mailbox_conf *conf)
{
	box->wants_starttls = conf->wants_starttls;
	box->poll_ms = conf->poll_ms;
	box->label = label_of(conf);
	box->url = strdup(conf->url);
	box->folder = strdup(conf->folder);
	box->username = strdup(conf->username);
	box->password = strdup(conf->password);
	if (conf->ca != NULL && (box->ca = strdup(conf->ca)) == NULL)
		return ERR_NOMEM;
	if (box->label == NULL || box->url == NULL || box->folder == NULL ||
	    box->username == NULL || box->password == NULL)
		return ERR_NOMEM;
	return copy_from(box, conf);
}

static uint64_t identity_of(const struct mailbox_conf *conf)
{
	const struct str texts[] = {str_from(conf->url), str_from(conf->folder),
	                            str_from(conf->username)};

	return mail_digest(texts, sizeof(texts) / sizeof(*texts));
}

static enum err box_new(struct mailboxes *m, const struct mailbox_conf *conf,
                        struct mailbox **ret_box)
{
	struct completion_mailbox_conf completion = {
		.imap = {.url = conf->url,
	                 .wants_starttls = conf->wants_starttls,
	                 .user = conf->username,
	                 .password = conf->password,
	                 .mailbox = conf->folder,
	                 .ca = conf->ca},
		.from = conf->from,
		.from_count = conf->from_count,
		.poll_ms = conf->poll_ms,
		.on_state = box_on_state,
	};
	struct mailbox *box = calloc(1, sizeof(*box));
	enum err err;

	if (box == NULL)
		return ERR_NOMEM;
	box->magic = MAILBOX_MAGIC;
	box->m = m;
	box->identity = identity_of(conf);
	TAILQ_INIT(&box->waiters);
	err = copy_conf(box, conf);
	if (err == ERR_OK) {
		completion.name = box->label;
		err = completion_mailbox_new(m->loop, &completion, mailbox_on_found, box,
		                             &box->box);
	}
	if (err != ERR_OK) {
		box_free(box);
		return err;
	}
	*ret_box = box;
	return ERR_OK;
}

enum err mailbox_of(struct mailboxes *m, const struct mailbox_conf *conf, struct mailbox **ret_box)
{
	struct mailbox *box;
	enum err err;

	TAILQ_FOREACH(box, &m->list, link) {
		if (is_of(box, conf)) {
			*ret_box = mailbox_ref(box);
			return ERR_OK;
		}
	}
	err = box_new(m, conf, &box);
	if (err != ERR_OK)
		return err;
	TAILQ_INSERT_TAIL(&m->list, box, link);
	*ret_box = mailbox_ref(box);
	return ERR_OK;
}

struct mailbox *mailbox_ref(struct mailbox *box)
{
	OBJ_CHECK(box, MAILBOX_MAGIC);
	box->refs++;
	return box;
}

void mailbox_unref(struct mailbox *box)
{
	if (box == NULL)
		return;
	OBJ_CHECK(box, MAILBOX_MAGIC);
	assert(box->refs > 0);
	if (--box->refs > 0)
		return;
	box->unused_ms = clock_mono_ms();
	loop_timer_start(box->m->timer, 0);
}

/* ---- those that nobody wants any more ---- */

static bool is_over(const struct mailbox *box, uint64_t mono_ms)
{
	return completion_mailbox_status(box->box).unmarked == 0 ||
	       mono_ms - box->unused_ms >= LINGER_MS;
}

static void remove_box(struct mailboxes *m, struct mailbox *box)
{
	TAILQ_REMOVE(&m->list, box, link);
	show_up(m, box->label);
	box_free(box);
}

static void on_timer(void *arg)
{
	struct mailboxes *m = arg;
	uint64_t mono_ms = clock_mono_ms();
	struct mailbox *box = TAILQ_FIRST(&m->list);

	while (box != NULL) {
		struct mailbox *next = TAILQ_NEXT(box, link);

		if (box->refs == 0 && is_over(box, mono_ms)) {
			remove_box(m, box);
		} else if (box->refs == 0) {
			loop_timer_start(m->timer, LOOK_MS);
		}
		box = next;
	}
}

enum err mailboxes_new(struct loop *loop, struct mailboxes **ret_mailboxes)
{
	struct mailboxes *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return ERR_NOMEM;
	m->loop = loop;
	TAILQ_INIT(&m->list);
	if (loop_timer_new(loop, on_timer, m, &m->timer) != ERR_OK) {
		free(m);
		return ERR_NOMEM;
	}
	*ret_mailboxes = m;
	return ERR_OK;
}

void mailboxes_free(struct mailboxes *m)
{
	if (m == NULL)
		return;
	while (!TAILQ_EMPTY(&m->list)) {
		struct mailbox *box = TAILQ_FIRST(&m->list);

		TAILQ_REMOVE(&m->list, box, link);
		box_free(box);
	}
	loop_timer_free(m->timer);
	free(m);
}

bool mailboxes_is_marking(const struct mailboxes *m)
{
	const struct mailbox *box;
	bool is = false;

	TAILQ_FOREACH(box, &m->list, link) {
		const struct completion_status status = completion_mailbox_status(box->box);

		is = is || (status.unmarked > 0 && status.since_ms == 0);
	}
	return is;
}

void mailboxes_status(const struct mailboxes *m, mailbox_status_fn fn, void *arg)
{
	const struct mailbox *box;

	TAILQ_FOREACH(box, &m->list, link) {
		struct completion_status status = completion_mailbox_status(box->box);

		fn(arg, box->label, box->username, &status);
	}
}
