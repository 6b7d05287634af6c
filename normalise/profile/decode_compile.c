/* SPDX-License-Identifier: MIT */
#include "normalise/profile/profile_parts.h"
#include "normalise/profile/scalar_compile.h"

#define JSON_FIELDS_MAX 16

static const struct {
	const char *word;
	enum decode_as as;
} kinds[] = {
	{"auto", DECODE_AUTO}, {"json", DECODE_JSON},   {"json-stream", DECODE_JSON_STREAM},
	{"form", DECODE_FORM}, {"query", DECODE_QUERY}, {"csv", DECODE_CSV},
};

static enum err as_compile(struct compiler *c, const struct yaml_node *node, enum decode_as *ret_as)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (node->kind == YAML_SCALAR && str_eq(node->text, str_from(kinds[i].word))) {
			*ret_as = kinds[i].as;
			return ERR_OK;
		}
	}
	return yaml_fail(node, c->detail, "expected auto, json, json-stream, form, query or csv");
}

static enum err json_fields_compile(struct compiler *c, const struct yaml_node *node,
                                    struct decode_spec *spec)
{
	const struct yaml_node *at = node->first;
	void *memory = NULL;
	enum err err;

	if (node->kind != YAML_SEQUENCE || node->count == 0 || node->count > JSON_FIELDS_MAX) {
		return yaml_fail(node, c->detail, "expected a list of 1 to %d names",
		                 JSON_FIELDS_MAX);
	}
	err = compile_alloc(c, node->count, sizeof(char *), &memory);

	const char **names = memory;

	for (size_t i = 0; i < node->count && err == ERR_OK; i++, at = at->next) {
		struct str name = STR_EMPTY;

		err = compile_need_text(c, at, "the name of a form field");
		if (err == ERR_OK)
			err = compile_text(c, at->text, &name);
		names[i] = name.ptr;
	}
	spec->json_fields = names;
	spec->json_field_count = node->count;
	return err;
}

/** `unpack: [{json: /pointer}]` */
static enum err unpack_compile(struct compiler *c, const struct yaml_node *node,
                               struct decode_spec *spec)
{
	static const char *const known[] = {"json", NULL};
	enum err err;

	if (node->kind != YAML_SEQUENCE || node->count != 1)
		return yaml_fail(node, c->detail, "expected one step: [{json: /pointer}]");
	err = yaml_check_keys(node->first, known, c->detail);
	if (err != ERR_OK)
		return err;

	const struct yaml_node *json = yaml_get(node->first, "json");

	if (json == NULL)
		return yaml_fail(node, c->detail, "expected one step: [{json: /pointer}]");
	return compile_pointer(c, json, false, &spec->json_at);
}

/* Rows are flat: what looks for records or documents inside of something has nothing to look at. */
static enum err csv_check(struct compiler *c, const struct yaml_node *node,
                          const struct decode_spec *spec)
{
	static const char *const refused[] = {"records", "json_fields", "unpack", "spread"};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct yaml_node *at = yaml_get(node, refused[i]);

		if (spec->as == DECODE_CSV && at != NULL)
			return yaml_fail_key(at, c->detail, "csv has no \"%s\"", refused[i]);
	}
	return ERR_OK;
}

enum err decode_compile(struct compiler *c, const struct yaml_node *node,
                        struct decode_spec *ret_spec)
{
	static const char *const known[] = {"as",     "records", "json_fields", "unpack",
	                                    "spread", "csv",     NULL};
	struct decode_spec spec = {.as = DECODE_AUTO};
	enum err err = yaml_check_keys(node, known, c->detail);

	if (err != ERR_OK)
		return err;

	const struct yaml_node *as = yaml_get(node, "as");
	const struct yaml_node *records = yaml_get(node, "records");
	const struct yaml_node *fields = yaml_get(node, "json_fields");
	const struct yaml_node *unpack = yaml_get(node, "unpack");
	const struct yaml_node *spread = yaml_get(node, "spread");
	const struct yaml_node *csv = yaml_get(node, "csv");

	if (as != NULL)
		err = as_compile(c, as, &spec.as);
	if (err == ERR_OK && records != NULL)
		err = compile_pointer(c, records, true, &spec.records);
	if (err == ERR_OK && fields != NULL)
		err = json_fields_compile(c, fields, &spec);
	if (err == ERR_OK && unpack != NULL)
		err = unpack_compile(c, unpack, &spec);
	if (err == ERR_OK && spread != NULL)
		err = compile_pointer(c, spread, false, &spec.spread);
	if (err == ERR_OK)
		err = csv_check(c, node, &spec);
	if (err == ERR_OK && csv != NULL)
		err = csv_compile(c, csv, &spec);
	if (err == ERR_OK)
		*ret_spec = spec;
	return err;
}
