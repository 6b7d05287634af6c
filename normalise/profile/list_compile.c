/* SPDX-License-Identifier: MIT */
#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

#define EVERY_MS ((uint64_t)15 * 60 * 1000)

enum err decode_check_pages(struct compiler *c, const struct yaml_node *node,
                            const struct decode_spec *spec, bool allow_stream)
{
	switch (spec->as) {
	case DECODE_AUTO:
	case DECODE_JSON:
		return ERR_OK;
	case DECODE_JSON_STREAM:
		if (allow_stream)
			return ERR_OK;
		break;
	case DECODE_FORM:
	case DECODE_QUERY:
	case DECODE_CSV:
		break;
	}
	return yaml_fail(node, c->detail, "answers are read as auto or json%s",
	                 allow_stream ? " or json-stream" : "");
}

/** `{at, as, tz, plus}` */
static enum err time_compile_plus(struct compiler *c, const struct yaml_node *node,
                                  struct list_time *time)
{
	static const char *const known[] = {"at", "as", "tz", "plus", NULL};
	void *memory = NULL;
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err == ERR_OK && yaml_get(node, "at") == NULL)
		err = yaml_fail(node, c->detail, "\"at\" is missing: where the time is");
	if (err == ERR_OK)
		err = compile_alloc(c, 1, sizeof(struct time_rule), &memory);
	if (err != ERR_OK)
		return err;

	const struct yaml_node *plus = yaml_get(node, "plus");
	struct time_rule *rule = memory;

	err = time_part_compile(c, node, rule);
	if (err == ERR_OK && plus != NULL)
		err = compile_shift(c, plus, &time->plus_ms);
	time->rule = rule;
	return err;
}

static enum err value_part_compile(struct compiler *c, const struct yaml_node *node,
                                   struct list_spec *list)
{
	if (yaml_get(node, "value") == NULL)
		return yaml_fail(node, c->detail, "\"value\" is missing: where the id is");
	return value_member_compile(c, node, "value", &list->value);
}

static enum err choice_parts_compile(struct compiler *c, const struct yaml_node *node,
                                     struct list_spec *list)
{
	const struct yaml_node *when = yaml_get(node, "when");
	const struct yaml_node *after = yaml_get(node, "after");
	const struct yaml_node *until = yaml_get(node, "until");
	void *memory = NULL;
	enum err err = compile_alloc(c, 1, sizeof(struct conditions), &memory);
	struct conditions *conditions = memory;

	if (err == ERR_OK && when != NULL) {
		err = conditions_compile(c, when, conditions);
		list->when = conditions;
	}
	if (err == ERR_OK && after != NULL)
		err = time_compile_plus(c, after, &list->after);
	if (err == ERR_OK && until != NULL)
		err = time_compile_plus(c, until, &list->until);
	return err;
}

static enum err asking_compile(struct compiler *c, const struct yaml_node *node,
                               struct list_spec *list)
{
	const struct yaml_node *request = yaml_get(node, "request");
	const struct yaml_node *ok = yaml_get(node, "ok");
	const struct yaml_node *page = yaml_get(node, "page");
	const struct yaml_node *decode = yaml_get(node, "decode");
	struct template_scope s = {.c = c};
	enum err err = ERR_OK;

	if (request == NULL)
		return yaml_fail(node, c->detail, "\"request\" is missing");
	if (page != NULL)
		err = page_compile(c, page, &list->page);
	s.words = template_words_of(list->page.kind);
	if (err == ERR_OK)
		err = request_compile(&s, request, &list->request);
	if (err == ERR_OK)
		err = page_check_used(&s, page != NULL ? page : node, list->page.kind);
	if (err == ERR_OK && ok != NULL)
		err = ok_compile(c, ok, &list->ok);
	if (err == ERR_OK && decode != NULL)
		err = decode_compile(c, decode, &list->decode);
	if (err == ERR_OK && decode != NULL)
		err = decode_check_pages(c, decode, &list->decode, false);
	return err;
}

enum err list_compile(struct compiler *c, const struct yaml_node *node, struct list_spec *ret_list)
{
	static const char *const known[] = {"request", "ok",    "page",  "decode", "value",
	                                    "when",    "after", "until", "every",  NULL};
	struct list_spec list = {.name = node->key.ptr, .every_ms = EVERY_MS};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *every = yaml_get(node, "every");

	err = asking_compile(c, node, &list);
	if (err == ERR_OK)
		err = value_part_compile(c, node, &list);
	if (err == ERR_OK)
		err = choice_parts_compile(c, node, &list);
	if (err == ERR_OK && every != NULL)
		err = compile_duration(c, every, 1000, &list.every_ms);
	if (err == ERR_OK)
		*ret_list = list;
	return err;
}
