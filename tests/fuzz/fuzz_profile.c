/* SPDX-License-Identifier: MIT */
/* Any YAML either becomes a profile or is refused; the requests of a profile can be rendered. */
#include <stdlib.h>

#include "normalise/profile/report_spec.h"
#include "normalise/profile/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_one(void *arg, struct str name, struct str *ret_text)
{
	(void)arg;
	(void)name;
	*ret_text = STR_LIT("1");
	return true;
}

/* What a request needs was checked at load. */
static void render(const struct request_spec *r)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < r->query_count; i++) {
		if (template_render(r->query[i].text, TEMPLATE_QUERY, is_one, NULL, &b) ==
		    ERR_INVAL)
			abort();
	}
	if (r->body == REQUEST_BODY_JSON &&
	    template_render_json(r->json, is_one, NULL, &b) == ERR_INVAL)
		abort();
	if (template_render(r->path, TEMPLATE_PATH, is_one, NULL, &b) == ERR_INVAL)
		abort();
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err_detail detail;
	struct yaml_doc *doc = NULL;
	struct profile *p = NULL;

	if (yaml_parse((struct str){(const char *)data, size}, "p.yaml", &doc, &detail) != ERR_OK)
		return 0;
	if (profile_new(doc, &p, &detail) != ERR_OK) {
		yaml_free(doc);
		return 0;
	}
	for (size_t i = 0; i < profile_report_count(p); i++)
		render(&profile_report_at(p, i)->request);
	profile_free(p);
	return 0;
}
