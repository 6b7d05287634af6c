/* SPDX-License-Identifier: MIT */
/*
 * The order. What counts is whether the vendor may be building something: an answer that is
 * definite says so, all else that happens once it was sent leaves it open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/obj.h"
#include "receiver/report/run/run_job_parts.h"

#define STATUS_OK       200
#define STATUS_TOO_MANY 429
#define STATUS_LATER    503

void run_order_init(struct run_order *o)
{
	*o = (struct run_order){.fd = -1};
	buf_init(&o->body, ORDER_BODY_MAX);
}

void run_order_fini(struct run_order *o)
{
	vendor_call_cancel(o->call);
	free(o->location);
	free(o->operation_location);
	free(o->content_location);
	free(o->media_type);
	buf_fini(&o->body);
	if (o->fd >= 0)
		(void)close(o->fd);
	free(o->name);
	run_order_init(o);
}

/** A try's answer is forgotten: another one begins. The call goes on. */
static void forget(struct run_job *rj)
{
	struct vendor_call *call = rj->order.call;
	const bool is_sent = rj->order.is_sent;

	run_file_remove(rj, rj->order.name);
	rj->order.call = NULL;
	run_order_fini(&rj->order);
	rj->order.call = call;
	rj->order.is_sent = is_sent;
}

/* ---- its answer ---- */

static struct job_reply reply_of(const struct run_order *o, struct str url)
{
	return (struct job_reply){.status = o->status,
	                          .url = url,
	                          .location = str_from(o->location),
	                          .operation_location = str_from(o->operation_location),
	                          .content_location = str_from(o->content_location),
	                          .media_type = str_from(o->media_type),
	                          .retry_after_s = o->retry_after_s,
	                          .body = buf_str(&o->body)};
}

static void accept(struct run_job *rj, const struct job_told *told)
{
	const struct job_acceptance a = {.id = told->id,
	                                 .status_url = told->status_url,
	                                 .links = told->links,
	                                 .link_count = told->link_count,
	                                 .is_ready = told->verdict == JOB_IS_READY};

	rj->first_ms = told->again_ms;
	run_job_log(rj, LOG_LVL_INFO, "report.accepted", LOG_END);
	if (job_accepted(rj->job, &a, run_job_now(rj)) != ERR_OK) {
		run_end(rj->run, REPORT_FAILED, "out of memory");
		return;
	}
	run_job_after(rj);
}

static void judge(struct run_job *rj, struct str url)
{
	const struct job_reply reply = reply_of(&rj->order, url);
	struct job_told told = {.verdict = JOB_ACCEPTED_NOW};
	enum err err;

	arena_reset(&rj->arena);
	err = job_answer_create(rj->spec, &reply, &rj->arena, &told);
	if (err == ERR_NOMEM) {
		run_end(rj->run, REPORT_FAILED, "out of memory");
	} else if (err != ERR_OK) {
		run_job_tell(rj, JOB_EV_REFUSED, JOB_END_REFUSED,
		             told.text[0] != '\0' ? told.text
		                                  : "the order's answer has no usable address");
	} else if (told.verdict == JOB_HAS_FAILED) {
		run_job_tell(rj, JOB_EV_REFUSED, JOB_END_REFUSED, told.text);
	} else if (told.verdict == JOB_IS_BODY) {
		run_body_keep(rj);
	} else {
		accept(rj, &told);
	}
}

/** Nothing is being built. */
static void not_sent(struct run_job *rj, const struct vendor_result *result)
{
	enum job_end end = JOB_END_FAILED;

	if (result->end == VENDOR_REFUSED && rj->order.is_sent) {
		run_job_tell(rj, JOB_EV_REFUSED, JOB_END_REFUSED, result->text);
		return;
	}
	if (result->end == VENDOR_REFUSED)
		end = JOB_END_REFUSED;
	if (result->end == VENDOR_UNAUTHORIZED)
		end = JOB_END_UNAUTHORIZED;
	if (result->end == VENDOR_LATER)
		end = JOB_END_LATER;
	rj->retry_ms = result->retry_ms;
	run_job_tell(rj, JOB_EV_NOT_SENT, end, result->text);
}

static bool is_definite(const struct vendor_result *result)
{
	return !result->was_sent || result->end == VENDOR_REFUSED ||
	       result->end == VENDOR_UNAUTHORIZED || result->status == STATUS_TOO_MANY ||
	       result->status == STATUS_LATER;
}

/** Of an answer without a head of its own, as 303 may be. */
static void complete(struct run_order *o, const struct vendor_result *result)
{
	if (o->status == 0)
		o->status = result->status;
	if (o->location == NULL && result->location.len > 0)
		o->location = str_dup(result->location);
	if (o->media_type == NULL && result->media_type.len > 0)
		o->media_type = str_dup(result->media_type);
}

static void on_done(void *arg, const struct vendor_result *result)
{
	struct run_job *rj;
	char *url;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	url = str_dup(vendor_call_url(rj->order.call));
	rj->order.call = NULL;
	run_kick(rj->run);
	if (rj->run->is_over || url == NULL) {
		/* It is kept as sent: the next run waits for what comes of it. */
		if (!rj->run->is_over)
			run_end(rj->run, REPORT_FAILED, "out of memory");
	} else if (result->end == VENDOR_OK) {
		complete(&rj->order, result);
		judge(rj, str_from(url));
	} else if (is_definite(result)) {
		not_sent(rj, result);
	} else {
		run_job_tell(rj, JOB_EV_UNSURE, JOB_END_LATER, result->text);
	}
	if (rj->syncing == NULL) {
		run_file_remove(rj, rj->order.name);
		run_order_fini(&rj->order);
	}
	free(url);
}

static bool on_head(void *arg, const struct vendor_head *head)
{
	struct run_job *rj;
	struct run_order *o;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	forget(rj);
	o = &rj->order;
	o->status = head->status;
	o->retry_after_s = head->retry_after_s;
	o->location = str_dup(head->location);
	o->operation_location = str_dup(head->operation_location);
	o->content_location = str_dup(head->content_location);
	o->media_type = str_dup(head->media_type);
	return true;
}

static bool on_body(void *arg, struct str bytes)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	if (rj->order.status == STATUS_OK || rj->order.status == 0) {
		run_body_take(rj, bytes);
	} else if (rj->order.body.len + bytes.len <= ORDER_BODY_MAX) {
		(void)buf_append_str(&rj->order.body, bytes);
	}
	return true;
}

static void on_again(void *arg)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	forget(rj);
}

/* ---- and its way there ---- */

static void on_turn(void *arg)
{
	struct run_job *rj;

	OBJ_FROM(rj, arg, RUN_JOB_MAGIC);
	if (!rj->order.is_sent) {
		run_job_tell(rj, JOB_EV_TURN, JOB_END_DONE, "");
		return;
	}
	/* Nothing of the last try arrived, and it is stored as sent. */
	rj->order.has_turn = true;
	run_kick(rj->run);
}

static const struct vendor_ops order_ops = {.on_turn = on_turn,
                                            .on_head = on_head,
                                            .on_body = on_body,
                                            .on_again = on_again,
                                            .on_done = on_done};

void run_order_begin(struct run_job *rj)
{
	const struct vendor_request request = {.spec = &rj->spec->create,
	                                       .lookup = run_job_name,
	                                       .lookup_arg = rj,
	                                       .is_safe = false,
	                                       .body_max = rj->spec->file_max,
	                                       .timeout_ms = rj->run->limits->timeout_ms};
	enum err err;

	run_order_fini(&rj->order);
	err = vendor_client_send(rj->run->client, &request, &order_ops, rj, &rj->order.call);
	if (err == ERR_NOENT || err == ERR_INVAL) {
		run_job_later(rj, JOB_EV_NOT_SENT, JOB_END_REFUSED,
		              err == ERR_NOENT ? "a name in the order has no value"
		                               : "the order cannot be written");
	} else if (err != ERR_OK) {
		run_job_later(rj, JOB_EV_NOT_SENT, JOB_END_FAILED, err_str(err));
	}
}

void run_order_send(struct run_job *rj)
{
	rj->order.is_sent = true;
	vendor_call_go(rj->order.call);
}

void run_order_go_on(struct run_job *rj)
{
	if (!rj->order.has_turn || rj->order.call == NULL)
		return;
	rj->order.has_turn = false;
	vendor_call_go(rj->order.call);
}
