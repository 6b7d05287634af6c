/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>

#include "core/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct err_detail detail = {0};
	struct yaml_doc *doc = NULL;

	if (yaml_parse((struct str){(const char *)bytes, len}, "fuzz", &doc, &detail) == ERR_OK) {
		static const char *const known[] = {"a", "accounts", NULL};

		(void)!yaml_check_keys(yaml_root(doc), known, &detail);
	}
	yaml_free(doc);
	return 0;
}
