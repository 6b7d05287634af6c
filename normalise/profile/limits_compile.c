/* SPDX-License-Identifier: MIT */
#include "core/ascii.h"
#include "core/quantity.h"
#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

#define RATE_COUNT_MAX 1000000
#define PARALLEL_MAX   64
#define PAGES_MAX      100000000
#define RETRY_MAX      100
#define THROTTLES_MAX  8
#define SECOND_MS      ((uint64_t)1000)
#define MINUTE_MS      (60 * SECOND_MS)
#define MIB            ((uint64_t)1 << 20)

static const struct limits_spec defaults = {
	.parallel = 1,
	.timeout_ms = 2 * MINUTE_MS,
	.stream_timeout_ms = 60 * MINUTE_MS,
	.body_max = 16 * MIB,
	.stream_body_max = 4096 * MIB,
	.pages_max = 100000,
	.retry_max = 4,
	.backoff_min_ms = SECOND_MS,
	.backoff_max_ms = 2 * MINUTE_MS,
};

static enum err rate_compile(struct compiler *c, const struct yaml_node *node,
                             struct rate_spec *rate)
{
	struct str count_text = STR_EMPTY, per_text = STR_EMPTY;
	uint64_t count = 0, per_ms = 0;

	if (node->kind != YAML_SCALAR || !str_cut(node->text, '/', &count_text, &per_text) ||
	    str_to_u64(count_text, &count) != ERR_OK || count == 0 || count > RATE_COUNT_MAX ||
	    quantity_read_duration(per_text, &per_ms) != ERR_OK || per_ms == 0 ||
	    per_ms > COMPILE_DURATION_MAX_MS) {
		return yaml_fail(node, c->detail,
		                 "expected so many requests in a time, such as 10/1s");
	}
	*rate = (struct rate_spec){(unsigned)count, per_ms};
	return ERR_OK;
}

static enum err rates_compile(struct compiler *c, const struct yaml_node *node,
                              struct limits_spec *l)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	enum err err = ERR_OK;

	if (count == 0 || count > RATES_MAX) {
		return yaml_fail(node, c->detail, "expected 1 to %d rates such as 10/1s",
		                 RATES_MAX);
	}
	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next)
		err = rate_compile(c, at, &l->rates[i]);
	l->rate_count = count;
	return err;
}

static enum err retry_compile(struct compiler *c, const struct yaml_node *node,
                              struct limits_spec *l)
{
	static const char *const known[] = {"max", "backoff", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *max = yaml_get(node, "max");
	const struct yaml_node *backoff = yaml_get(node, "backoff");
	uint64_t number = l->retry_max;

	if (max != NULL)
		err = compile_number(c, max, 0, RETRY_MAX, &number);
	l->retry_max = (unsigned)number;
	if (err == ERR_OK && backoff != NULL)
		err = compile_pauses(c, backoff, &l->backoff_min_ms, &l->backoff_max_ms);
	return err;
}

static enum err throttle_when_compile(struct compiler *c, const struct yaml_node *node,
                                      struct throttle_spec *t)
{
	void *memory = NULL;
	enum err err = compile_alloc(c, 1, sizeof(struct conditions), &memory);
	struct conditions *when = memory;

	if (err == ERR_OK)
		err = condition_part_compile(c, node, when);
	t->when = when;
	return err;
}

static enum err throttle_compile(struct compiler *c, const struct yaml_node *node,
                                 struct throttle_spec *t)
{
	static const char *const known[] = {"status", "at",     "do",    "sep",
	                                    "is",     "exists", "until", NULL};
	static const char *const untils[] = {"midnight", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);
	size_t i = 0;

	if (err != ERR_OK)
		return err;

	const struct yaml_node *status = yaml_get(node, "status");
	const struct yaml_node *until = yaml_get(node, "until");
	bool has_condition = yaml_get(node, "at") != NULL || yaml_get(node, "is") != NULL ||
	                     yaml_get(node, "exists") != NULL;

	if (status == NULL && !has_condition)
		return yaml_fail(node, c->detail, "expected \"status\" or \"at\" with \"is\"");
	if (status != NULL)
		err = compile_status(c, status, 300, 599, &t->status);
	if (err == ERR_OK && has_condition)
		err = throttle_when_compile(c, node, t);
	if (err == ERR_OK && until != NULL) {
		err = compile_choice(c, until, untils, &i);
		t->until_midnight = true;
	}
	return err;
}

static enum err throttles_compile(struct compiler *c, const struct yaml_node *node,
                                  struct limits_spec *l)
{
	const struct yaml_node *at = node->first;
	void *memory = NULL;
	enum err err;

	if (node->kind != YAML_SEQUENCE || node->count == 0 || node->count > THROTTLES_MAX) {
		return yaml_fail(node, c->detail,
		                 "expected a list of 1 to %d such as [{status: 403}]",
		                 THROTTLES_MAX);
	}
	err = compile_alloc(c, node->count, sizeof(struct throttle_spec), &memory);

	struct throttle_spec *list = memory;

	for (size_t i = 0; i < node->count && err == ERR_OK; i++, at = at->next)
		err = throttle_compile(c, at, &list[i]);
	l->throttles = list;
	l->throttle_count = node->count;
	return err;
}

static enum err amounts_compile(struct compiler *c, const struct yaml_node *node,
                                struct limits_spec *l)
{
	const struct yaml_node *parallel = yaml_get(node, "parallel");
	const struct yaml_node *timeout = yaml_get(node, "timeout");
	const struct yaml_node *body = yaml_get(node, "body");
	const struct yaml_node *pages = yaml_get(node, "pages");
	uint64_t number = l->parallel, page_count = l->pages_max;
	enum err err = ERR_OK;

	if (parallel != NULL)
		err = compile_number(c, parallel, 1, PARALLEL_MAX, &number);
	if (err == ERR_OK && timeout != NULL) {
		err = compile_duration(c, timeout, 1, &l->timeout_ms);
		l->stream_timeout_ms = l->timeout_ms;
	}
	if (err == ERR_OK && body != NULL) {
		err = compile_size(c, body, &l->body_max);
		l->stream_body_max = l->body_max;
	}
	if (err == ERR_OK && pages != NULL)
		err = compile_number(c, pages, 1, PAGES_MAX, &page_count);
	l->parallel = (unsigned)number;
	l->pages_max = (unsigned)page_count;
	return err;
}

enum err limits_compile(struct compiler *c, const struct yaml_node *node,
                        struct limits_spec *ret_limits)
{
	static const char *const known[] = {"rate",  "parallel", "timeout",   "body",
	                                    "pages", "retry",    "throttled", NULL};
	struct limits_spec l = defaults;
	enum err err = node != NULL ? yaml_check_keys(node, known, c->detail) : ERR_OK;

	if (err != ERR_OK)
		return err;

	const struct yaml_node *rate = yaml_get(node, "rate");
	const struct yaml_node *retry = yaml_get(node, "retry");
	const struct yaml_node *throttled = yaml_get(node, "throttled");

	if (rate != NULL)
		err = rates_compile(c, rate, &l);
	if (err == ERR_OK && node != NULL)
		err = amounts_compile(c, node, &l);
	if (err == ERR_OK && retry != NULL)
		err = retry_compile(c, retry, &l);
	if (err == ERR_OK && throttled != NULL)
		err = throttles_compile(c, throttled, &l);
	if (err == ERR_OK)
		*ret_limits = l;
	return err;
}

bool host_is_valid(struct str text)
{
	struct str host, port;
	uint64_t number = 1;

	if (str_cut(text, ':', &host, &port) &&
	    (str_to_u64(port, &number) != ERR_OK || number == 0 || number > UINT16_MAX))
		return false;
	for (size_t i = 0; i < host.len; i++) {
		if (!ascii_is_alnum(host.ptr[i]) && host.ptr[i] != '-' && host.ptr[i] != '.')
			return false;
	}
	return host.len > 0 && host.ptr[0] != '.' && host.ptr[0] != '-';
}

enum err hosts_compile(struct compiler *c, const struct yaml_node *node, struct str *hosts,
                       size_t *ret_count)
{
	const struct yaml_node *at = node->first;

	if (node->kind != YAML_SEQUENCE || node->count == 0 || node->count > HOSTS_MAX) {
		return yaml_fail(node, c->detail,
		                 "expected a list of 1 to %d names such as [files.example.com]",
		                 HOSTS_MAX);
	}
	for (size_t i = 0; i < node->count; i++, at = at->next) {
		if (at->kind != YAML_SCALAR || !host_is_valid(at->text)) {
			return yaml_fail(at, c->detail,
			                 "expected a host such as files.example.com");
		}
		hosts[i] = at->text;
	}
	*ret_count = node->count;
	return ERR_OK;
}
