/* SPDX-License-Identifier: MIT */
#include "core/ascii.h"
#include "normalise/profile/report_parts.h"
#include "normalise/profile/scalar_compile.h"

#define SEEN_MS  ((uint64_t)30 * 86400 * 1000)
#define EVERY_MS ((uint64_t)15 * 60 * 1000)

static enum err name_check(struct compiler *c, const struct yaml_node *node)
{
	for (size_t i = 0; i < node->key.len; i++) {
		char ch = node->key.ptr[i];

		if (!ascii_is_alnum(ch) && ch != '_' && ch != '-') {
			return yaml_fail_key(node, c->detail,
			                     "a loop's name has letters, digits, '-' and '_'");
		}
	}
	if (node->key.len == 0)
		return yaml_fail_key(node, c->detail, "a loop's name is empty");
	if (template_word_is_taken(node->key)) {
		return yaml_fail_key(node, c->detail, "\"%.*s\" is a name that requests use",
		                     STR_FMT(node->key));
	}
	if (compile_has_var(c, node->key)) {
		return yaml_fail_key(node, c->detail, "\"%.*s\" is a variable in vars already",
		                     STR_FMT(node->key));
	}
	return ERR_OK;
}

static enum err list_named(struct compiler *c, const struct yaml_node *node,
                           const struct list_table *lists, const struct list_spec **ret_list)
{
	const char *names[LISTS_MAX + 1] = {NULL};
	const char *nearest;
	enum err err = compile_need_text(c, node, "the name of a list");

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < lists->count; i++) {
		names[i] = lists->lists[i].name;
		if (str_eq(node->text, str_from(names[i]))) {
			*ret_list = &lists->lists[i];
			return ERR_OK;
		}
	}
	names[lists->count] = NULL;
	nearest = yaml_nearest(node->text, names);
	if (nearest != NULL) {
		return yaml_fail(node, c->detail,
		                 "no such list \"%.*s\" in lists; did you mean \"%s\"?",
		                 STR_FMT(node->text), nearest);
	}
	return yaml_fail(node, c->detail, "no such list \"%.*s\" in lists", STR_FMT(node->text));
}

static enum err seen_compile(struct compiler *c, const struct yaml_node *node,
                             struct each_spec *each)
{
	static const char *const known[] = {"seen", "for", NULL};
	static const char *const seen_words[] = {"campaign", NULL};
	const struct yaml_node *length = yaml_get(node, "for");
	enum err err = yaml_check_keys(node, known, c->detail);
	size_t i = 0;

	if (err == ERR_OK)
		err = compile_choice(c, yaml_get(node, "seen"), seen_words, &i);
	each->kind = EACH_SEEN;
	each->seen_ms = SEEN_MS;
	if (err == ERR_OK && length != NULL)
		err = compile_duration(c, length, 1000, &each->seen_ms);
	return err;
}

/** What the pages of the report say is compiled here; the rest when all reports are. */
static enum err report_part_compile(struct compiler *c, const struct yaml_node *node,
                                    struct each_spec *each)
{
	static const char *const known[] = {"report", "at", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err == ERR_OK && yaml_get(node, "at") == NULL)
		err = yaml_fail(node, c->detail, "\"at\" is missing: where the value is");
	each->kind = EACH_LIST;
	return err;
}

static enum err loop_compile(struct compiler *c, const struct yaml_node *node,
                             const struct list_table *lists, struct each_spec *each)
{
	static const char *const list_keys[] = {"list", NULL};
	static const char *const known[] = {"list", "report", "seen", NULL};
	enum err err;

	each->name = node->key.ptr;
	if (node->kind == YAML_SEQUENCE) {
		each->kind = EACH_VALUES;
		return compile_words(c, node, &each->values, &each->value_count);
	}
	if (node->kind == YAML_MAPPING && node->count == 0) {
		each->kind = EACH_CONFIGURED;
		return ERR_OK;
	}
	if (yaml_get(node, "report") != NULL)
		return report_part_compile(c, node, each);
	if (yaml_get(node, "seen") != NULL)
		return seen_compile(c, node, each);
	if (node->kind != YAML_MAPPING) {
		return yaml_fail(node, c->detail,
		                 "expected [values], {list: name}, {report: name, at: /pointer}, "
		                 "{seen: campaign} or {}");
	}
	if (yaml_get(node, "list") == NULL)
		return yaml_check_keys(node, known, c->detail);
	err = yaml_check_keys(node, list_keys, c->detail);
	each->kind = EACH_LIST;
	return err == ERR_OK ? list_named(c, yaml_get(node, "list"), lists, &each->list) : err;
}

enum err each_compile(struct compiler *c, const struct yaml_node *node,
                      const struct list_table *lists, struct profile_report *report)
{
	const struct yaml_node *at = node->first;
	enum err err = ERR_OK;

	if (node->kind != YAML_MAPPING || node->count == 0 || node->count > EACH_MAX)
		return yaml_fail(node, c->detail, "expected {name: loop}, at most %d", EACH_MAX);
	for (size_t i = 0; i < node->count && err == ERR_OK; i++, at = at->next) {
		err = name_check(c, at);
		if (err == ERR_OK)
			err = loop_compile(c, at, lists, &report->each[i]);
	}
	report->each_count = node->count;
	return err;
}

static const struct profile_report *report_named(const struct profile_report *reports, size_t count,
                                                 struct str name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(name, str_from(reports[i].source.name)))
			return &reports[i];
	}
	return NULL;
}

static enum err report_check(struct compiler *c, const struct yaml_node *node,
                             const struct profile_report *report)
{
	const char *why = NULL;

	if (node->kind != YAML_SCALAR)
		return yaml_fail(node, c->detail, "expected the name of a report");
	if (report == NULL) {
		return yaml_fail(node, c->detail, "no such report \"%.*s\" in reports",
		                 STR_FMT(node->text));
	}
	if (report->each_count > 0) {
		why = "has loops of its own";
	} else if (report->is_by_hand) {
		why = "is read from files";
	} else if (report->job != NULL) {
		why = "is ordered";
	} else if (report->window.is_given) {
		why = "has a window";
	} else if (report->is_stream) {
		why = "is a stream";
	}
	if (why == NULL)
		return ERR_OK;
	return yaml_fail(node, c->detail, "\"%.*s\" %s; it cannot be a list", STR_FMT(node->text),
	                 why);
}

/** A list of what the records of @p report say at @p at. */
static enum err list_of_report(struct compiler *c, const struct profile_report *report,
                               const struct yaml_node *at, const struct list_spec **ret_list)
{
	void *memory = NULL, *value_memory = NULL;
	enum err err = compile_alloc(c, 1, sizeof(struct list_spec), &memory);

	if (err == ERR_OK)
		err = compile_alloc(c, 1, sizeof(struct value_expr), &value_memory);
	if (err != ERR_OK)
		return err;

	struct value_expr *value = value_memory;
	struct list_spec *list = memory;

	*list = (struct list_spec){.name = report->source.name,
	                           .request = report->request,
	                           .page = report->page,
	                           .ok = report->ok,
	                           .decode = report->source.decode,
	                           .value = value,
	                           .every_ms = EVERY_MS};
	*ret_list = list;
	return value_compile(c, at, value);
}

static enum err link_each(struct compiler *c, const struct yaml_node *each_node,
                          struct profile_report *reports, size_t count,
                          struct profile_report *report)
{
	const struct yaml_node *at = each_node->first;
	enum err err = ERR_OK;

	for (size_t i = 0; i < report->each_count && err == ERR_OK; i++, at = at->next) {
		const struct yaml_node *name = yaml_get(at, "report");

		if (name == NULL)
			continue;

		const struct profile_report *other = report_named(reports, count, name->text);

		err = report_check(c, name, other);
		if (err == ERR_OK)
			err = list_of_report(c, other, yaml_get(at, "at"), &report->each[i].list);
	}
	return err;
}

enum err each_link_reports(struct compiler *c, const struct yaml_node *reports_node,
                           struct profile_report *reports, size_t count)
{
	const struct yaml_node *at = reports_node->first;
	enum err err = ERR_OK;

	for (size_t i = 0; at != NULL && err == ERR_OK; i++, at = at->next) {
		const struct yaml_node *each = yaml_get(at, "each");

		if (each != NULL)
			err = link_each(c, each, reports, count, &reports[i]);
	}
	return err;
}
