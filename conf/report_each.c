/* SPDX-License-Identifier: MIT */
#include "conf/account_parts.h"
#include "conf/names.h"
#include "conf/scalar.h"

#define VALUES_MAX 10000
#define SEEN_MS    (30 * UINT64_C(86400000))

static const struct each_spec *find_each(const struct profile_report *spec, struct str name)
{
	for (size_t i = 0; i < spec->each_count; i++) {
		if (str_eq(name, str_from(spec->each[i].name)))
			return &spec->each[i];
	}
	return NULL;
}

static enum err check_each_names(struct conf_load *load, const struct yaml_node *each,
                                 const struct profile_report *spec)
{
	struct names names = {.count = 0};

	if (each == NULL)
		return ERR_OK;
	if (each->kind != YAML_MAPPING)
		return yaml_fail(each, load->detail, "expected \"NAME: [values]\"");
	for (size_t i = 0; i < spec->each_count; i++)
		names_add(&names, spec->each[i].name);
	for (const struct yaml_node *n = each->first; n != NULL; n = n->next) {
		if (find_each(spec, n->key) == NULL) {
			return names_fail(load, n, "the report has no loop", n->key, &names);
		}
	}
	return ERR_OK;
}

static enum err parse_values(struct conf_load *load, const struct yaml_node *node,
                             struct conf_loop *loop)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	const char **values = NULL;
	enum err err = ERR_OK;

	if (count == 0 || count > VALUES_MAX) {
		return yaml_fail(node, load->detail, "expected a list of 1 to %d values",
		                 VALUES_MAX);
	}
	values = arena_alloc(&load->full->arena, count * sizeof(*values));
	if (values == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next) {
		if (at->kind != YAML_SCALAR || at->text.len == 0 || yaml_is_null(at))
			return yaml_fail(at, load->detail, "expected a value that is not empty");
		err = conf_keep_text(load, at->text, &values[i]);
	}
	loop->kind = EACH_VALUES;
	loop->values = values;
	loop->value_count = count;
	return err;
}

static enum err parse_list(struct conf_load *load, const struct yaml_node *node,
                           const struct conf_account *account, struct conf_loop *loop)
{
	struct names names = {.count = 0};

	loop->kind = EACH_LIST;
	loop->list = node->kind == YAML_SCALAR ? profile_list(account->profile, node->text) : NULL;
	if (loop->list != NULL)
		return ERR_OK;
	for (size_t i = 0; i < profile_list_count(account->profile); i++)
		names_add(&names, profile_list_at(account->profile, i)->name);
	return names_fail(load, node, "the vendor has no list", node->text, &names);
}

static enum err parse_seen(struct conf_load *load, const struct yaml_node *node,
                           struct conf_loop *loop)
{
	const struct yaml_node *seen = yaml_get(node, "seen");
	const struct yaml_node *span = yaml_get(node, "for");

	loop->kind = EACH_SEEN;
	loop->seen_ms = SEEN_MS;
	if (seen->kind != YAML_SCALAR || !str_eq(seen->text, STR_LIT("campaign")))
		return yaml_fail(seen, load->detail, "expected \"campaign\"");
	if (span != NULL &&
	    (span->kind != YAML_SCALAR || conf_read_duration(span->text, &loop->seen_ms) != ERR_OK))
		return yaml_fail(span, load->detail, "expected a duration such as 30d");
	return ERR_OK;
}

static enum err parse_loop(struct conf_load *load, const struct yaml_node *node,
                           const struct conf_account *account, struct conf_loop *loop)
{
	static const char *const known[] = {"list", "seen", "for", NULL};
	enum err err;

	if (node->kind != YAML_MAPPING)
		return parse_values(load, node, loop);
	err = yaml_check_keys(node, known, load->detail);
	if (err != ERR_OK)
		return err;
	if (yaml_get(node, "list") != NULL)
		return parse_list(load, yaml_get(node, "list"), account, loop);
	if (yaml_get(node, "seen") != NULL)
		return parse_seen(load, node, loop);
	return yaml_fail(node, load->detail,
	                 "expected a list of values, {list: NAME} or {seen: campaign}");
}

/* The profile's values as the configuration's are. */
static enum err copy_values(struct conf_load *load, const struct each_spec *each,
                            struct conf_loop *loop)
{
	const char **values =
		arena_alloc(&load->full->arena, (each->value_count + 1) * sizeof(*values));
	enum err err = values != NULL ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; i < each->value_count && err == ERR_OK; i++)
		err = conf_keep_text(load, each->values[i], &values[i]);
	loop->values = values;
	return err;
}

enum err conf_parse_each(struct conf_load *load, const struct yaml_node *node,
                         const struct conf_account *account, struct conf_report *report)
{
	const struct profile_report *spec = report->spec;
	const struct yaml_node *each = yaml_get(node, "each");
	struct conf_loop *loops =
		arena_alloc(&load->full->arena, (spec->each_count + 1) * sizeof(*loops));
	enum err err = check_each_names(load, each, spec);

	if (loops == NULL)
		return ERR_NOMEM;
	report->loops = loops;
	for (size_t i = 0; i < spec->each_count && err == ERR_OK; i++) {
		const struct each_spec *e = &spec->each[i];
		const struct yaml_node *own = yaml_get(each, e->name);
		struct conf_loop *loop = &loops[report->loop_count++];

		*loop = (struct conf_loop){
			.name = e->name,
			.kind = e->kind,
			.list = e->list,
			.seen_ms = e->seen_ms,
			.value_count = e->value_count,
		};
		if (own != NULL) {
			err = parse_loop(load, own, account, loop);
		} else if (e->kind == EACH_CONFIGURED) {
			err = yaml_fail(node, load->detail,
			                "report \"%s\" needs \"each: {%s: [values]}\"",
			                report->name, e->name);
		} else if (e->kind == EACH_VALUES) {
			err = copy_values(load, e, loop);
		}
	}
	return err;
}
