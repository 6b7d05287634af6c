/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_index.h"

#include <stdlib.h>

#include "core/percent.h"
#include "receiver/report/run/run_text.h"

#define FIRST_LINE STR_LIT("orders 1")

enum err index_key(const char *account, const char *report, struct buf *key)
{
	static const size_t prefix = sizeof("report") - 1;
	struct buf of_run;
	enum err err;

	buf_init(&of_run, COMBO_KEY_MAX);
	err = report_run_key(str_from(account), str_from(report), NULL, 0, &of_run);
	if (err == ERR_OK)
		err = buf_append_str(key, STR_LIT("orders"));
	if (err == ERR_OK)
		err = buf_append(key, of_run.ptr + prefix, of_run.len - prefix);
	buf_fini(&of_run);
	return err;
}

void index_begin(struct buf *b)
{
	(void)buf_append_str(b, FIRST_LINE);
	(void)buf_append_char(b, '\n');
}

void index_put(const struct combo *c, struct buf *b)
{
	struct buf line;

	buf_init(&line, COMBO_KEY_MAX);
	run_text_values(c->values, c->count, &line);
	(void)buf_append_char(&line, '\n');
	if (buf_err(&line) == ERR_OK && b->len + line.len <= INDEX_TEXT_MAX)
		(void)buf_append_str(b, buf_str(&line));
	buf_fini(&line);
}

static enum err read_values(struct str line, char *texts[2 * EACH_MAX],
                            struct report_value values[EACH_MAX], size_t *count)
{
	struct str pair;
	struct str name;
	struct str value;

	while (line.len > 0) {
		(void)str_cut(line, '&', &pair, &line);
		if (*count == EACH_MAX || !str_cut(pair, '=', &name, &value) ||
		    percent_decode(name, &texts[2 * *count]) != ERR_OK)
			return ERR_PARSE;
		if (percent_decode(value, &texts[2 * *count + 1]) != ERR_OK) {
			free(texts[2 * *count]);
			return ERR_PARSE;
		}
		values[*count] = (struct report_value){texts[2 * *count], texts[2 * *count + 1]};
		(*count)++;
	}
	return ERR_OK;
}

static enum err read_line(struct str line, struct combo **ret_combo)
{
	char *texts[2 * EACH_MAX];
	struct report_value values[EACH_MAX];
	size_t count = 0;
	enum err err = read_values(line, texts, values, &count);

	if (err == ERR_OK)
		err = combo_sorted(values, count, ret_combo);
	for (size_t i = 0; i < 2 * count; i++)
		free(texts[i]);
	return err;
}

enum err index_read(struct str text, void (*fn)(void *arg, struct combo *c), void *arg)
{
	struct str line;
	struct combo *c = NULL;

	(void)str_cut(text, '\n', &line, &text);
	if (text.len > 0 && !str_eq(line, FIRST_LINE))
		return ERR_PARSE;
	while (text.len > 0) {
		(void)str_cut(text, '\n', &line, &text);
		if (read_line(line, &c) == ERR_OK)
			fn(arg, c);
	}
	return ERR_OK;
}
