/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdint.h>

#include "conf/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct str text = {(const char *)bytes, len};
	struct err_detail detail = {0};
	struct yaml_doc *doc = NULL;
	struct conf *conf = NULL;
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	if (yaml_parse(text, "fuzz", &doc, &detail) == ERR_OK &&
	    conf_from_yaml(doc, "/nonexistent/fuzz", NULL, NULL, &conf, &detail) == ERR_OK)
		(void)!conf_print(conf, &b);
	if (conf == NULL)
		yaml_free(doc);
	conf_free(conf);
	buf_fini(&b);
	return 0;
}
