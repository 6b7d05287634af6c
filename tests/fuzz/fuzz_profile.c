/* SPDX-License-Identifier: MIT */
/* Any YAML either becomes a profile or is refused. */
#include "normalise/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err_detail detail;
	struct yaml_doc *doc = NULL;
	struct profile *p = NULL;

	if (yaml_parse((struct str){(const char *)data, size}, "p.yaml", &doc, &detail) != ERR_OK)
		return 0;
	if (profile_new(doc, &p, &detail) != ERR_OK)
		yaml_free(doc);
	profile_free(p);
	return 0;
}
