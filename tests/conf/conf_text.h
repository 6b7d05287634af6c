/* SPDX-License-Identifier: MIT */
/**
 * conf_text - configurations out of literals, for the tests of conf/.
 */
#ifndef TESTS_CONF_CONF_TEXT_H
#define TESTS_CONF_CONF_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf/load.h"

#define HASH                                                     \
	"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/** A file with one good webhook; more accounts can follow. */
#define GOOD                                                                  \
	"instance: gw1\nlisten: [{address: \"127.0.0.1:8080\"}]\naccounts:\n" \
	"- vendor: everlytic\n  webhooks:\n  - {webhook: sms, auth: none}\n"

/** Counts warnings and keeps the last one. */
struct warnings {
	size_t count;
	struct err_detail last;
};

static inline void warnings_add(void *arg, const struct err_detail *detail)
{
	struct warnings *w = arg;

	w->count++;
	w->last = *detail;
}

static inline enum err text_load(const char *text, struct warnings *w, struct conf **ret_conf,
                                 struct err_detail *reterr_detail)
{
	struct yaml_doc *doc = NULL;
	enum err err = yaml_parse(str_from(text), "t.yaml", &doc, reterr_detail);

	if (err != ERR_OK)
		return err;
	err = conf_from_yaml(doc, "/etc/gw/t.yaml", w != NULL ? warnings_add : NULL, w, ret_conf,
	                     reterr_detail);
	if (err != ERR_OK)
		yaml_free(doc);
	return err;
}

static inline struct conf *text_conf(const char *text)
{
	struct err_detail detail = {0};
	struct conf *conf = NULL;

	if (text_load(text, NULL, &conf, &detail) != ERR_OK)
		fail_msg("%u:%u %s: %s", detail.line, detail.col, detail.key, detail.text);
	return conf;
}

struct broken {
	const char *text;
	unsigned line;
	const char *key;
	const char *part; /* of the message */
};

/** Every row must be refused where and as it says. */
static inline void assert_broken(const struct broken *rows, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++) {
		struct err_detail d = {0};
		struct conf *conf = NULL;
		enum err err = text_load(rows[i].text, NULL, &conf, &d);

		if (err == ERR_PARSE && d.line == rows[i].line && strcmp(d.key, rows[i].key) == 0 &&
		    strstr(d.text, rows[i].part) != NULL && strcmp(d.file, "t.yaml") == 0)
			continue;
		wrong++;
		print_error("row %zu: %s\n-> %s %s:%u [%s] %s\n", i, rows[i].text, err_str(err),
		            d.file, d.line, d.key, d.text);
		conf_free(conf);
	}
	assert_int_equal(wrong, 0);
}

#endif /* TESTS_CONF_CONF_TEXT_H */
