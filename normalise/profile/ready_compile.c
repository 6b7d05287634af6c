/* SPDX-License-Identifier: MIT */
/* How it becomes known that an ordered report is ready: by mail, by asking, or by a person. */
#include <string.h>

#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

#define MINUTE_MS        ((uint64_t)60 * 1000)
#define DAY_MS           (MINUTE_MS * 60 * 24)
#define TIMEOUT_LEAST_MS 1000
#define EVERY_MIN_MS     5000
#define EVERY_MAX_MS     (5 * MINUTE_MS)

/* In the order of enum ready_kind. */
static const char *const kinds[] = {"mailbox", "poll", "handoff", NULL};

static const struct {
	const char *key;
	enum ready_kind by;
} keys[] = {
	{"from", READY_MAILBOX}, {"hosts", READY_MAILBOX}, {"suffix", READY_MAILBOX},
	{"part", READY_MAILBOX}, {"request", READY_POLL},  {"url", READY_POLL},
	{"state", READY_POLL},   {"done", READY_POLL},     {"failed", READY_POLL},
	{"error", READY_POLL},   {"link", READY_POLL},     {"parts", READY_POLL},
	{"every", READY_POLL},
};

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static enum err keys_check(struct compiler *c, const struct yaml_node *node)
{
	const char *known[KEY_COUNT + 3] = {"by", "timeout"};

	for (size_t i = 0; i < KEY_COUNT; i++)
		known[i + 2] = keys[i].key;
	return yaml_check_keys(node, known, c->detail);
}

static enum err kind_compile(struct compiler *c, const struct yaml_node *node, struct job_spec *job)
{
	const struct yaml_node *by = yaml_get(node, "by");
	size_t kind = 0;
	enum err err;

	if (by == NULL)
		return yaml_fail(node, c->detail, "\"by\" is missing: mailbox, poll or handoff");
	err = compile_choice(c, by, kinds, &kind);
	job->by = (enum ready_kind)kind;
	for (size_t i = 0; i < KEY_COUNT && err == ERR_OK; i++) {
		const struct yaml_node *at = yaml_get(node, keys[i].key);

		if (at != NULL && keys[i].by != job->by) {
			err = yaml_fail_key(at, c->detail, "\"%s\" is for by: %s", keys[i].key,
			                    kinds[keys[i].by]);
		}
	}
	return err;
}

static uint64_t usual_timeout_ms(enum ready_kind by)
{
	switch (by) {
	case READY_MAILBOX:
		return 30 * MINUTE_MS;
	case READY_POLL:
		return 60 * MINUTE_MS;
	case READY_HANDOFF:
		break;
	}
	return 7 * DAY_MS;
}

/* ---- by mailbox ---- */

static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	}
	return text.len > 0;
}

/** NAME@DOMAIN, or @DOMAIN. */
static bool is_sender(struct str text)
{
	struct str name, domain = STR_EMPTY;

	return is_plain(text) && str_cut(text, '@', &name, &domain) && domain.len > 0 &&
	       memchr(domain.ptr, '@', domain.len) == NULL;
}

/** HOST, or .HOST: that and all below. Ports do not count in links. */
static bool is_link_host(struct str text)
{
	if (text.len > 0 && text.ptr[0] == '.')
		text = (struct str){text.ptr + 1, text.len - 1};
	return host_is_valid(text) && memchr(text.ptr, ':', text.len) == NULL;
}

static enum err texts_compile(struct compiler *c, const struct yaml_node *node, size_t max,
                              bool (*is_good)(struct str text), const char *expected,
                              struct str *texts, size_t *ret_count)
{
	const struct yaml_node *at = node->first;

	if (node->kind != YAML_SEQUENCE || node->count == 0 || node->count > max)
		return yaml_fail(node, c->detail, "expected a list of 1 to %zu: %s", max, expected);
	for (size_t i = 0; i < node->count; i++, at = at->next) {
		if (at->kind != YAML_SCALAR || !is_good(at->text))
			return yaml_fail(at, c->detail, "expected %s", expected);
		texts[i] = at->text;
	}
	*ret_count = node->count;
	return ERR_OK;
}

static enum err path_text_compile(struct compiler *c, const struct yaml_node *node, const char *key,
                                  struct str *ret_text)
{
	const struct yaml_node *at = yaml_get(node, key);

	if (at == NULL)
		return ERR_OK;
	if (at->kind != YAML_SCALAR || !is_plain(at->text) ||
	    memchr(at->text.ptr, '?', at->text.len) != NULL) {
		return yaml_fail(at, c->detail,
		                 "expected a text of a link's path, without blanks and '?'");
	}
	*ret_text = at->text;
	return ERR_OK;
}

static enum err mail_compile(struct compiler *c, const struct yaml_node *node,
                             struct ready_mail_spec *mail)
{
	const struct yaml_node *from = yaml_get(node, "from");
	const struct yaml_node *hosts = yaml_get(node, "hosts");
	enum err err = ERR_OK;

	if (from != NULL) {
		err = texts_compile(c, from, FROM_MAX, is_sender,
		                    "a sender such as reports@example.com or \"@example.com\"",
		                    mail->from, &mail->from_count);
	}
	if (err == ERR_OK && hosts != NULL) {
		err = texts_compile(c, hosts, HOSTS_MAX, is_link_host,
		                    "a host such as files.example.com or .example.com", mail->hosts,
		                    &mail->host_count);
	}
	if (err == ERR_OK)
		err = path_text_compile(c, node, "suffix", &mail->path_suffix);
	if (err == ERR_OK)
		err = path_text_compile(c, node, "part", &mail->path_part);
	return err;
}

/* ---- by poll ---- */

static bool pick_has_scope(const struct pick *pick)
{
	for (size_t i = 0; i < pick->place_count; i++) {
		if (pick->places[i].kind == PLACE_SCOPE)
			return true;
	}
	return false;
}

static bool choice_has_scope(const struct choice *choice)
{
	for (size_t i = 0; i < choice->when.count; i++) {
		if (pick_has_scope(&choice->when.list[i].pick))
			return true;
	}
	return pick_has_scope(&choice->pick);
}

enum err answer_value_compile(struct compiler *c, const struct yaml_node *node, const char *key,
                              const struct value_expr **ret_expr)
{
	const struct value_expr *expr = NULL;
	enum err err = value_member_compile(c, node, key, &expr);

	for (size_t i = 0; err == ERR_OK && expr != NULL && i < expr->count; i++) {
		if (choice_has_scope(&expr->choices[i])) {
			return yaml_fail(yaml_get(node, key), c->detail,
			                 "a job's answer has no @up, @env, @each, @hdr and @query");
		}
	}
	if (err == ERR_OK)
		*ret_expr = expr;
	return err;
}

/** Words that are there need a `state`, and a `state` needs those that end the waiting. */
static enum err words_check(struct compiler *c, const struct yaml_node *node,
                            const struct ready_poll_spec *poll)
{
	static const char *const words[] = {"done", "failed"};

	for (size_t i = 0; i < 2 && poll->state == NULL; i++) {
		const struct yaml_node *at = yaml_get(node, words[i]);

		if (at != NULL) {
			return yaml_fail_key(at, c->detail,
			                     "\"%s\" needs \"state\": where its words are",
			                     words[i]);
		}
	}
	if (poll->state != NULL && poll->done_count == 0)
		return yaml_fail(node, c->detail, "\"state\" needs \"done\": words for ready");
	for (size_t i = 0; i < poll->done_count * poll->failed_count; i++) {
		struct str word = poll->done[i / poll->failed_count];

		if (str_ieq(word, poll->failed[i % poll->failed_count])) {
			return yaml_fail(yaml_get(node, "failed"), c->detail,
			                 "\"%.*s\" is a word of \"done\" too", STR_FMT(word));
		}
	}
	return ERR_OK;
}

static enum err words_compile(struct compiler *c, const struct yaml_node *node,
                              struct ready_poll_spec *poll)
{
	const struct yaml_node *done = yaml_get(node, "done");
	const struct yaml_node *failed = yaml_get(node, "failed");
	enum err err = answer_value_compile(c, node, "state", &poll->state);

	if (err == ERR_OK && done != NULL)
		err = compile_words(c, done, &poll->done, &poll->done_count);
	if (err == ERR_OK && failed != NULL)
		err = compile_words(c, failed, &poll->failed, &poll->failed_count);
	return err == ERR_OK ? words_check(c, node, poll) : err;
}

static enum err places_compile(struct compiler *c, const struct yaml_node *node,
                               struct ready_poll_spec *poll)
{
	const struct yaml_node *parts = yaml_get(node, "parts");
	enum err err = answer_value_compile(c, node, "url", &poll->url);

	if (err == ERR_OK)
		err = answer_value_compile(c, node, "error", &poll->error);
	if (err == ERR_OK)
		err = answer_value_compile(c, node, "link", &poll->link);
	if (err == ERR_OK && parts != NULL)
		err = compile_pointer(c, parts, true, &poll->parts);
	return err;
}

static enum err question_compile(struct template_scope *s, const struct yaml_node *node,
                                 struct ready_poll_spec *poll)
{
	static const struct request_usual usual = {"GET", {200, 202, 204, 302, 303}};
	const struct yaml_node *request = yaml_get(node, "request");
	const struct yaml_node *url = yaml_get(node, "url");

	if (request == NULL)
		return ERR_OK;
	if (url != NULL) {
		return yaml_fail_key(url, s->c->detail,
		                     "\"url\" and \"request\" exclude each other");
	}
	poll->has_request = true;
	return request_compile_usual(s, request, &usual, &poll->request);
}

static enum err poll_compile(struct template_scope *s, const struct yaml_node *node,
                             struct ready_poll_spec *poll)
{
	const struct yaml_node *every = yaml_get(node, "every");
	enum err err = question_compile(s, node, poll);

	poll->every_min_ms = EVERY_MIN_MS;
	poll->every_max_ms = EVERY_MAX_MS;
	if (err == ERR_OK)
		err = words_compile(s->c, node, poll);
	if (err == ERR_OK)
		err = places_compile(s->c, node, poll);
	if (err == ERR_OK && every != NULL)
		err = compile_pauses(s->c, every, &poll->every_min_ms, &poll->every_max_ms);
	return err;
}

enum err ready_compile(struct template_scope *s, const struct yaml_node *node, struct job_spec *job)
{
	const struct yaml_node *timeout = yaml_get(node, "timeout");
	enum err err = keys_check(s->c, node);

	if (err == ERR_OK)
		err = kind_compile(s->c, node, job);
	if (err != ERR_OK)
		return err;
	job->timeout_ms = usual_timeout_ms(job->by);
	if (timeout != NULL)
		err = compile_duration(s->c, timeout, TIMEOUT_LEAST_MS, &job->timeout_ms);
	if (err == ERR_OK && job->by == READY_MAILBOX)
		err = mail_compile(s->c, node, &job->mail);
	if (err == ERR_OK && job->by == READY_POLL)
		err = poll_compile(s, node, &job->poll);
	return err;
}
