/* SPDX-License-Identifier: MIT */
#include "normalise/report_parts.h"
#include "normalise/scalar_compile.h"

#define EVERY_MS ((uint64_t)3600 * 1000)

/** Whether one of the maps counts identical rows. */
static bool maps_have_ordinal(const struct profile_source *source)
{
	for (size_t i = 0; i < source->map_count; i++) {
		if (source->maps[i]->has_ordinal)
			return true;
	}
	return false;
}

static enum err window_check_used(const struct template_scope *s, const struct yaml_node *node,
                                  const struct window_spec *window)
{
	if ((s->used_words & WORD_FROM) == 0) {
		return yaml_fail(node, s->c->detail,
		                 "${from} is not used in the request: every window would be the "
		                 "same");
	}
	if (window->step_ms > 0 && (s->used_words & WORD_TO) == 0) {
		return yaml_fail(node, s->c->detail,
		                 "${to} is not used in the request, but \"step\" cuts windows");
	}
	return ERR_OK;
}

static enum err each_check_used(const struct template_scope *s, const struct yaml_node *node)
{
	const struct yaml_node *at = node->first;

	for (size_t i = 0; i < s->each_count; i++, at = at->next) {
		if ((s->used_each & (1U << i)) == 0) {
			return yaml_fail(at, s->c->detail,
			                 "${%s} is not used in the request: every value would ask "
			                 "the same",
			                 s->each[i].name);
		}
	}
	return ERR_OK;
}

static enum err stream_check(struct compiler *c, const struct yaml_node *node)
{
	static const char *const refused[] = {"page", "ok"};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct yaml_node *at = yaml_get(node, refused[i]);

		if (at != NULL) {
			return yaml_fail_key(at, c->detail, "a json-stream has no \"%s\"",
			                     refused[i]);
		}
	}
	return ERR_OK;
}

static enum err request_part_compile(struct compiler *c, const struct yaml_node *node,
                                     struct profile_report *r)
{
	const struct yaml_node *request = yaml_get(node, "request");
	const struct yaml_node *window = yaml_get(node, "window");
	const struct yaml_node *page = yaml_get(node, "page");
	const struct yaml_node *each = yaml_get(node, "each");
	struct template_scope s = {.c = c,
	                           .each = r->each,
	                           .each_count = r->each_count,
	                           .words = template_words_of(r->page.kind)};
	enum err err;

	if (request == NULL)
		return yaml_fail(node, c->detail, "\"request\" is missing");
	if (window != NULL)
		s.words |= WORD_FROM | WORD_TO;
	err = request_compile(&s, request, &r->request);
	if (err == ERR_OK && window != NULL)
		err = window_check_used(&s, window, &r->window);
	if (err == ERR_OK && page != NULL)
		err = page_check_used(&s, page, r->page.kind);
	if (err == ERR_OK && each != NULL)
		err = each_check_used(&s, each);
	return err;
}

/* What nobody asks for has no request, and nothing that belongs to one. */
static enum err by_hand_check(struct compiler *c, const struct yaml_node *node,
                              struct profile_report *r)
{
	static const char *const refused[] = {"request", "every", "window", "page", "ok"};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct yaml_node *at = yaml_get(node, refused[i]);

		if (at != NULL) {
			return yaml_fail_key(at, c->detail,
			                     "a csv report is read from files and has no \"%s\"",
			                     refused[i]);
		}
	}
	r->is_by_hand = true;
	return ERR_OK;
}

static enum err source_part_compile(struct compiler *c, const struct yaml_node *node,
                                    const struct map_list *maps, struct profile_report *r)
{
	const struct yaml_node *decode = yaml_get(node, "decode");
	enum err err = source_maps_compile(c, node, maps, &r->source);

	if (err == ERR_OK && r->source.map_count == 0)
		err = yaml_fail(node, c->detail, "\"map\" is missing");
	if (err == ERR_OK && r->source.decode.as == DECODE_CSV) {
		err = by_hand_check(c, node, r);
	} else if (err == ERR_OK && decode != NULL) {
		err = decode_check_pages(c, decode, &r->source.decode, true);
	}
	if (err == ERR_OK && r->source.decode.as == DECODE_JSON_STREAM) {
		r->is_stream = true;
		err = stream_check(c, node);
	}
	if (err == ERR_OK)
		r->has_ordinal = maps_have_ordinal(&r->source);
	return err;
}

static enum err times_compile(struct compiler *c, const struct yaml_node *node,
                              struct profile_report *r)
{
	const struct yaml_node *every = yaml_get(node, "every");
	const struct yaml_node *window = yaml_get(node, "window");
	enum err err = ERR_OK;

	r->every_ms = EVERY_MS;
	if (every != NULL)
		err = compile_duration(c, every, 1000, &r->every_ms);
	if (err == ERR_OK && window != NULL)
		err = window_compile(c, window, &r->window);
	return err;
}

enum err report_compile(struct compiler *c, const struct yaml_node *node,
                        const struct map_list *maps, const struct list_table *lists,
                        struct profile_report *ret_report)
{
	static const char *const known[] = {"every", "each",   "window", "request", "ok",
	                                    "page",  "decode", "map",    NULL};
	struct profile_report r = {.each_count = 0};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err == ERR_OK)
		err = source_name_compile(c, node, SOURCE_REPORT, &r.source);
	if (err != ERR_OK)
		return err;

	const struct yaml_node *each = yaml_get(node, "each");
	const struct yaml_node *ok = yaml_get(node, "ok");
	const struct yaml_node *page = yaml_get(node, "page");

	err = times_compile(c, node, &r);
	if (err == ERR_OK && each != NULL)
		err = each_compile(c, each, lists, &r);
	if (err == ERR_OK && ok != NULL)
		err = ok_compile(c, ok, &r.ok);
	if (err == ERR_OK && page != NULL)
		err = page_compile(c, page, &r.page);
	if (err == ERR_OK)
		err = source_part_compile(c, node, maps, &r);
	if (err == ERR_OK && !r.is_by_hand)
		err = request_part_compile(c, node, &r);
	if (err == ERR_OK)
		*ret_report = r;
	return err;
}
