/* SPDX-License-Identifier: MIT */
#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

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
                                  const struct window_spec *window, const char *where)
{
	if ((s->used_words & WORD_FROM) == 0) {
		return yaml_fail(node, s->c->detail,
		                 "${from} is not used in %s: every window would be the same",
		                 where);
	}
	if (window->step_ms > 0 && (s->used_words & WORD_TO) == 0) {
		return yaml_fail(node, s->c->detail,
		                 "${to} is not used in %s, but \"step\" cuts windows", where);
	}
	return ERR_OK;
}

static enum err each_check_used(const struct template_scope *s, const struct yaml_node *node,
                                const char *where)
{
	const struct yaml_node *at = node->first;

	for (size_t i = 0; i < s->each_count; i++, at = at->next) {
		if ((s->used_each & (1U << i)) == 0) {
			return yaml_fail(at, s->c->detail,
			                 "${%s} is not used in %s: every value would ask the same",
			                 s->each[i].name, where);
		}
	}
	return ERR_OK;
}

enum err report_check_used(const struct template_scope *s, const struct yaml_node *report_node,
                           const struct profile_report *report, const char *where)
{
	const struct yaml_node *window = yaml_get(report_node, "window");
	const struct yaml_node *each = yaml_get(report_node, "each");
	enum err err = ERR_OK;

	if (window != NULL)
		err = window_check_used(s, window, &report->window, where);
	if (err == ERR_OK && each != NULL)
		err = each_check_used(s, each, where);
	return err;
}

/** Keys that this kind of report cannot have; the list ends with NULL. */
static enum err refuse_keys(struct compiler *c, const struct yaml_node *node,
                            const char *const *refused, const char *who)
{
	for (size_t i = 0; refused[i] != NULL; i++) {
		const struct yaml_node *at = yaml_get(node, refused[i]);

		if (at != NULL)
			return yaml_fail_key(at, c->detail, "%s has no \"%s\"", who, refused[i]);
	}
	return ERR_OK;
}

static enum err request_part_compile(struct compiler *c, const struct yaml_node *node,
                                     struct profile_report *r)
{
	const struct yaml_node *request = yaml_get(node, "request");
	const struct yaml_node *page = yaml_get(node, "page");
	struct template_scope s = {.c = c,
	                           .each = r->each,
	                           .each_count = r->each_count,
	                           .words = template_words_of(r->page.kind)};
	enum err err;

	if (request == NULL)
		return yaml_fail(node, c->detail, "\"request\" is missing");
	if (r->window.is_given)
		s.words |= WORD_FROM | WORD_TO;
	err = request_compile(&s, request, &r->request);
	if (err == ERR_OK && page != NULL)
		err = page_check_used(&s, page, r->page.kind);
	return err == ERR_OK ? report_check_used(&s, node, r, "the request") : err;
}

/** How the report's records come: pages, a stream, an ordered file, or files by hand. */
static enum err way_compile(struct compiler *c, const struct yaml_node *node,
                            struct profile_report *r)
{
	static const char *const no_pages[] = {"request", "ok", "page", NULL};
	static const char *const no_request[] = {"request", "every", "window", "page", "ok", NULL};
	static const char *const no_stream[] = {"page", "ok", NULL};
	enum err err = ERR_OK;

	if (yaml_get(node, "job") != NULL) {
		err = refuse_keys(c, node, no_pages, "a report with a \"job\"");
		return err == ERR_OK ? job_compile(c, node, r, &r->job) : err;
	}
	if (r->source.decode.as == DECODE_CSV) {
		r->is_by_hand = true;
		return refuse_keys(c, node, no_request,
		                   "a csv report without a \"job\" is read from files and");
	}
	if (r->source.takes_map) {
		return yaml_fail_key(yaml_get(node, "own_map"), c->detail,
		                     "\"own_map\" is for webhooks and for reports that come as "
		                     "a file");
	}
	if (r->is_stream)
		err = refuse_keys(c, node, no_stream, "a json-stream");
	return err == ERR_OK ? request_part_compile(c, node, r) : err;
}

static enum err source_part_compile(struct compiler *c, const struct yaml_node *node,
                                    const struct map_list *maps, struct profile_report *r)
{
	const struct yaml_node *decode = yaml_get(node, "decode");
	const struct yaml_node *own_map = yaml_get(node, "own_map");
	bool is_file = yaml_get(node, "job") != NULL;
	enum err err = own_map != NULL ? own_map_compile(c, own_map, &r->source) : ERR_OK;

	if (err == ERR_OK)
		err = source_maps_compile(c, node, maps, &r->source);
	if (err == ERR_OK && r->source.map_count == 0 && !r->source.map_required)
		err = yaml_fail(node, c->detail, "\"map\" is missing");
	is_file |= r->source.decode.as == DECODE_CSV;
	if (err == ERR_OK && decode != NULL) {
		err = is_file ? decode_check_file(c, decode, &r->source.decode)
		              : decode_check_pages(c, decode, &r->source.decode, true);
	}
	if (err != ERR_OK)
		return err;
	r->is_stream = r->source.decode.as == DECODE_JSON_STREAM;
	r->has_ordinal = r->source.takes_map || maps_have_ordinal(&r->source);
	return ERR_OK;
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
	static const char *const known[] = {"every",  "each", "window", "request", "ok", "page",
	                                    "decode", "map",  "job",    "own_map", NULL};
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
	if (err == ERR_OK)
		err = way_compile(c, node, &r);
	if (err == ERR_OK)
		*ret_report = r;
	return err;
}
