/* SPDX-License-Identifier: MIT */
#include "cmd/api/authorize_lines.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/api/json_parts.h"
#include "cmd/api/query.h"
#include "core/obj.h"
#include "receiver/report/vendor/oauth2.h"

#define LINES_MAGIC    0x6175746cU
#define TEXTS_MAX      ((size_t)64 * 1024)
#define LINE_MAX_BYTES ((size_t)64 * 1024)

/* ---- the order ---- */

static const char **text_of(struct authorize_order *o, struct str name)
{
	const struct {
		struct str name;
		const char **text;
	} texts[] = {
		{STR_LIT("instance"), &o->instance}, {STR_LIT("account"), &o->account},
		{STR_LIT("code"), &o->code},         {STR_LIT("redirect_uri"), &o->redirect_uri},
		{STR_LIT("state"), &o->state},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (str_eq(texts[i].name, name))
			return texts[i].text;
	}
	return NULL;
}

/* Decoded texts become C strings of their own behind each other. */
static enum err keep_text(struct authorize_order *o, struct str text, const char **ret_text)
{
	size_t at = o->texts.len;
	enum err err = buf_append_str(&o->texts, text);

	if (err == ERR_OK)
		err = buf_append_char(&o->texts, '\0');
	if (err == ERR_OK)
		*ret_text = o->texts.ptr + at;
	return err;
}

static enum err take_pair(void *arg, struct str name, struct str value,
                          struct err_detail *reterr_detail)
{
	struct authorize_order *o = arg;
	const char **text = text_of(o, name);

	if (text == NULL || memchr(value.ptr, '\0', value.len) != NULL) {
		err_detail_set(reterr_detail, "unknown or wrong: \"%.*s\"", STR_FMT(name));
		return ERR_PARSE;
	}
	return keep_text(o, value, text);
}

enum err authorize_order_read(struct str query, struct authorize_order *ret_order,
                              struct err_detail *reterr_detail)
{
	struct authorize_order *o = ret_order;
	enum err err = ERR_OK;

	*o = (struct authorize_order){{0}, "", "", "", "", ""};
	buf_init(&o->texts, 2 * TEXTS_MAX);
	/* Room for everything at first, so that no text moves. */
	for (size_t i = 0; i <= query.len + 8 && err == ERR_OK; i++)
		err = buf_append_char(&o->texts, '\0');
	buf_reset(&o->texts);
	if (err == ERR_OK)
		err = query_read(query, take_pair, o, reterr_detail);
	if (err == ERR_OK && o->account[0] == '\0') {
		err_detail_set(reterr_detail, "\"account\" is missing");
		err = ERR_PARSE;
	}
	return err == ERR_LIMIT ? ERR_PARSE : err;
}

void authorize_order_fini(struct authorize_order *order)
{
	if (order->texts.ptr != NULL)
		explicit_bzero(order->texts.ptr, order->texts.cap);
	buf_fini(&order->texts);
}

/* ---- the lines ---- */

struct authorize_lines {
	unsigned magic;
	struct oauth2 *oauth2;    /* borrowed */
	struct loop_timer *timer; /* owned; tells the end outside of everybody's callbacks */
	char *url;                /* owned; NULL: a person's part is under way */
	enum err end;
	struct buf line;
	struct authorize_lines_ops ops;
	void *arg;
};

static struct json_writer begin_line(struct authorize_lines *l)
{
	struct json_writer w;

	buf_reset(&l->line);
	w = json_writer(&l->line);
	json_open_object(&w);
	return w;
}

static void end_line(struct authorize_lines *l, struct json_writer *w)
{
	json_close_object(w);
	if (buf_err(&l->line) == ERR_OK)
		(void)l->ops.on_line(l->arg, buf_str(&l->line)); /* who is gone drops it */
}

static const char *err_word(enum err err)
{
	switch (err) {
	case ERR_OK:
		return "ok";
	case ERR_AUTH:
		return "auth";
	case ERR_AGAIN:
		return "again";
	default:
		return "io";
	}
}

static void lines_on_device(void *arg, const struct oauth2_device *device)
{
	struct authorize_lines *l;

	OBJ_FROM(l, arg, LINES_MAGIC);
	struct json_writer w = begin_line(l);

	json_key(&w, STR_LIT("device"));
	json_open_object(&w);
	json_member(&w, STR_LIT("verification_uri"), device->verification_uri);
	json_member(&w, STR_LIT("verification_uri_complete"), device->verification_uri_complete);
	json_member(&w, STR_LIT("user_code"), device->user_code);
	json_parts_number(&w, STR_LIT("expires_seconds"), device->expires_ms / 1000);
	json_close_object(&w);
	end_line(l, &w);
}

static void lines_on_done(void *arg, enum err err, bool has_refresh, const char *text)
{
	struct authorize_lines *l;

	OBJ_FROM(l, arg, LINES_MAGIC);
	struct json_writer w = begin_line(l);

	json_key(&w, STR_LIT("done"));
	json_open_object(&w);
	json_member(&w, STR_LIT("err"), str_from(err_word(err)));
	json_key(&w, STR_LIT("has_refresh"));
	json_bool(&w, has_refresh);
	json_member(&w, STR_LIT("text"), str_from(text));
	json_close_object(&w);
	end_line(l, &w);
	l->end = err;
	loop_timer_start(l->timer, 0);
}

static void write_url(struct authorize_lines *l)
{
	struct json_writer w = begin_line(l);

	json_member(&w, STR_LIT("url"), str_from(l->url));
	end_line(l, &w);
	l->end = ERR_CANCELED; /* no authorisation: nothing has changed yet */
}

static void lines_on_time(void *arg)
{
	struct authorize_lines *l;

	OBJ_FROM(l, arg, LINES_MAGIC);
	if (l->url != NULL)
		write_url(l);
	l->ops.on_end(l->arg, l->end);
}

static enum err begin(struct authorize_lines *l, const struct authorize_order *o)
{
	static const struct oauth2_person_ops ops = {lines_on_device, lines_on_done};
	enum err err;

	if (o->code[0] != '\0') {
		return oauth2_code(l->oauth2, str_from(o->code), str_from(o->redirect_uri), &ops,
		                   l);
	}
	if (o->redirect_uri[0] == '\0')
		return oauth2_device(l->oauth2, &ops, l);
	err = oauth2_authorize_url(l->oauth2, str_from(o->redirect_uri), str_from(o->state),
	                           &l->url);
	if (err == ERR_OK)
		loop_timer_start(l->timer, 0);
	return err;
}

static enum err refuse(enum err err, const struct authorize_order *o,
                       struct err_detail *reterr_detail)
{
	if (err == ERR_NOMEM)
		return err;
	if (err == ERR_NOENT) {
		err_detail_set(reterr_detail,
		               o->redirect_uri[0] == '\0'
		                       ? "the vendor has no device flow; use --print-url and --code"
		                       : "the vendor has no address to authorise at");
	} else {
		err_detail_set(reterr_detail,
		               "the request cannot be made from the profile and `vars` of the "
		               "account: %s",
		               err_str(err));
	}
	return ERR_PARSE;
}

enum err authorize_lines_new(struct loop *loop, struct vendor_client *client,
                             const struct authorize_order *order,
                             const struct authorize_lines_ops *ops, void *arg,
                             struct authorize_lines **ret_lines, struct err_detail *reterr_detail)
{
	struct oauth2 *oauth2 = vendor_client_oauth2(client);
	struct authorize_lines *l;
	enum err err;

	if (oauth2 == NULL) {
		err_detail_set(reterr_detail, "account \"%.64s\" needs no authorisation",
		               order->account);
		return ERR_PARSE;
	}
	if (oauth2_has_person(oauth2)) {
		err_detail_set(reterr_detail,
		               "another authorisation of account \"%.64s\" is under way",
		               order->account);
		return ERR_EXISTS;
	}
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return ERR_NOMEM;
	l->magic = LINES_MAGIC;
	l->oauth2 = oauth2;
	l->ops = *ops;
	l->arg = arg;
	buf_init(&l->line, LINE_MAX_BYTES);
	err = loop_timer_new(loop, lines_on_time, l, &l->timer);
	if (err == ERR_OK)
		err = begin(l, order);
	if (err != ERR_OK) {
		authorize_lines_free(l);
		return refuse(err, order, reterr_detail);
	}
	*ret_lines = l;
	return ERR_OK;
}

void authorize_lines_free(struct authorize_lines *l)
{
	if (l == NULL)
		return;
	oauth2_person_drop(l->oauth2, l);
	loop_timer_free(l->timer);
	free(l->url);
	buf_fini(&l->line);
	OBJ_POISON(l);
	free(l);
}
