/* SPDX-License-Identifier: MIT */
#include "normalise/profile/map.h"
#include "normalise/profile/scalar_compile.h"

static enum err format_compile(struct compiler *c, const struct yaml_node *node,
                               const struct timestamp_format **ret_format)
{
	struct pool_format *owner = arena_alloc(&c->pool->arena, sizeof(*owner));
	struct err_detail detail = {.text = ""};
	enum err err = owner != NULL ? compile_need_text(c, node, "a time format") : ERR_NOMEM;

	if (err != ERR_OK)
		return err;
	err = timestamp_format_new(node->text, &owner->format, &detail);
	if (err == ERR_PARSE)
		return yaml_fail(node, c->detail, "%s", detail.text);
	if (err != ERR_OK)
		return err;
	owner->next = c->pool->formats;
	c->pool->formats = owner;
	*ret_format = owner->format;
	return ERR_OK;
}

static enum err formats_compile(struct compiler *c, const struct yaml_node *node,
                                struct time_rule *rule)
{
	const struct yaml_node *at;
	size_t count = yaml_items(node, &at);
	void *memory = NULL;
	enum err err;

	if (count == 0)
		return yaml_fail(node, c->detail, "expected at least one time format");
	err = compile_alloc(c, count, sizeof(struct timestamp_format *), &memory);

	const struct timestamp_format **formats = memory;

	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next) {
		err = format_compile(c, at, &formats[i]);
		if (err == ERR_OK && timestamp_format_needs_zone(formats[i]) && !rule->has_zone) {
			err = yaml_fail(at, c->detail,
			                "times of this format can lack a zone; give it as \"tz\", "
			                "such as tz: UTC");
		}
	}
	rule->formats = formats;
	rule->format_count = count;
	return err;
}

bool compile_has_var(const struct compiler *c, struct str name)
{
	for (size_t i = 0; i < c->var_count; i++) {
		if (str_eq(name, str_from(c->vars[i].name)))
			return true;
	}
	return false;
}

static enum err zone_check(struct compiler *c, const struct yaml_node *node,
                           const struct pool_zone *zone)
{
	struct timestamp_zone *found = NULL;
	enum err err;

	if (zone->is_var) {
		if (!compile_has_var(c, zone->text)) {
			return yaml_fail(node, c->detail, "no such variable \"%.*s\" in vars",
			                 STR_FMT(zone->text));
		}
		return ERR_OK;
	}
	err = timestamp_zone_new(zone->text.ptr, &found);
	timestamp_zone_free(found);
	if (err == ERR_NOENT) {
		return yaml_fail(node, c->detail,
		                 "no such time zone \"%.*s\"; expected a name such as "
		                 "Africa/Johannesburg",
		                 STR_FMT(zone->text));
	}
	return err;
}

static struct str zone_text(struct str text, bool *ret_is_var)
{
	*ret_is_var = text.len > 3 && str_has_prefix(text, STR_LIT("${")) &&
	              text.ptr[text.len - 1] == '}';
	return *ret_is_var ? (struct str){text.ptr + 2, text.len - 3} : text;
}

/** Number of the zone in the pool, added when it is new. */
static enum err zone_compile(struct compiler *c, const struct yaml_node *node,
                             struct time_rule *rule)
{
	enum err err = compile_need_text(c, node, "a time zone");
	struct pool_zone zone = {.next = NULL};
	struct pool_zone **end = &c->pool->zones;

	if (err != ERR_OK)
		return err;
	zone.text = zone_text(node->text, &zone.is_var);
	rule->has_zone = true;
	for (rule->zone = 0; *end != NULL; end = &(*end)->next, rule->zone++) {
		if ((*end)->is_var == zone.is_var && str_eq((*end)->text, zone.text))
			return ERR_OK;
	}
	err = compile_text(c, zone.text, &zone.text);
	if (err == ERR_OK)
		err = zone_check(c, node, &zone);
	if (err != ERR_OK)
		return err;
	*end = arena_alloc(&c->pool->arena, sizeof(**end));
	if (*end == NULL)
		return ERR_NOMEM;
	**end = zone;
	c->pool->zone_count++;
	return ERR_OK;
}

enum err compile_zone_check(struct compiler *c, const struct yaml_node *node)
{
	enum err err = compile_need_text(c, node, "a time zone");
	struct pool_zone zone = {.next = NULL};

	if (err != ERR_OK)
		return err;
	zone.text = zone_text(node->text, &zone.is_var);
	return zone_check(c, node, &zone);
}

static enum err time_received(struct compiler *c, const struct yaml_node *node)
{
	const struct yaml_node *is = yaml_get(node, "is");

	if (is->kind != YAML_SCALAR || !str_eq(is->text, STR_LIT("received")))
		return yaml_fail(is, c->detail, "expected \"received\"");
	if (yaml_get(node, "at") != NULL)
		return yaml_fail(is, c->detail, "\"is\" and \"at\" exclude each other");
	return ERR_OK;
}

enum err time_part_compile(struct compiler *c, const struct yaml_node *node, struct time_rule *rule)
{
	const struct yaml_node *at = yaml_get(node, "at");
	const struct yaml_node *as = yaml_get(node, "as");
	const struct yaml_node *tz = yaml_get(node, "tz");
	enum err err = ERR_OK;

	if (at != NULL && as == NULL)
		err = yaml_fail(node, c->detail, "\"as\" is missing: the formats of the time");
	if (err == ERR_OK && tz != NULL)
		err = zone_compile(c, tz, rule);
	if (err == ERR_OK && as != NULL)
		err = formats_compile(c, as, rule);
	if (err == ERR_OK && at != NULL)
		err = value_compile(c, at, &rule->at);
	return err;
}

enum err time_compile(struct compiler *c, const struct yaml_node *node, struct time_rule *rule)
{
	static const char *const known[] = {"at", "as", "tz", "is", NULL};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;
	if (yaml_get(node, "is") != NULL) {
		err = time_received(c, node);
	} else if (yaml_get(node, "at") == NULL) {
		err = yaml_fail(node, c->detail, "expected \"at\" or \"is: received\"");
	}
	return err == ERR_OK ? time_part_compile(c, node, rule) : err;
}
