/* SPDX-License-Identifier: MIT */
/* `ca`: the PEM files of authorities that are trusted instead of the system's. */
#include <stdlib.h>
#include <string.h>

#include "conf/account_parts.h"
#include "conf/text_file.h"
#include "core/pem.h"

#define AUTHORITIES_MAX ((size_t)1024 * 1024) /* the system's are about 220 KiB */

static const char *trouble_of(struct str text)
{
	size_t count = 0;

	if (text.len > AUTHORITIES_MAX)
		return "is larger than 1 MiB";
	if (memchr(text.ptr, '\0', text.len) != NULL)
		return "holds a NUL byte; it must be text, in PEM";
	switch (pem_certificates(text, &count)) {
	case ERR_OK:
		return NULL;
	case ERR_NOENT:
		return "holds no certificate; expected PEM: \"-----BEGIN CERTIFICATE-----\" and so "
		       "on";
	default:
		return "holds a certificate that is not whole; put the file there again";
	}
}

enum err conf_read_authorities(struct conf_load *load, const struct yaml_node *node,
                               const char *path, const char **ret_pem)
{
	const char *why = NULL;
	char *text = NULL;
	size_t len = 0;
	enum err err = text_file_read(path, AUTHORITIES_MAX, &text, &len, &why);

	if (err == ERR_OK)
		why = trouble_of((struct str){text, len});
	if (why != NULL) {
		err = yaml_fail(node, load->detail, "\"%s\" %s", path, why);
	} else if (err == ERR_OK && ret_pem != NULL) {
		err = conf_keep_text(load, (struct str){text, len}, ret_pem);
	}
	free(text);
	return err;
}
