/* SPDX-License-Identifier: MIT */
#include "receiver/report/list/combo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *put_text(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = *at;

	memcpy(copy, text, size);
	*at += size;
	return copy;
}

enum err combo_new(const struct report_value *values, size_t count, struct combo **ret_combo)
{
	size_t head = sizeof(struct combo) + count * sizeof(struct report_value);
	size_t bytes = 0;
	struct combo *c;
	char *at;

	for (size_t i = 0; i < count; i++)
		bytes += strlen(values[i].name) + strlen(values[i].value) + 2;
	c = malloc(head + bytes);
	if (c == NULL)
		return ERR_NOMEM;
	c->count = count;
	at = (char *)c + head;
	for (size_t i = 0; i < count; i++) {
		c->values[i].name = put_text(&at, values[i].name);
		c->values[i].value = put_text(&at, values[i].value);
	}
	*ret_combo = c;
	return ERR_OK;
}

static int cmp_value(const void *a, const void *b)
{
	return strcmp(((const struct report_value *)a)->name,
	              ((const struct report_value *)b)->name);
}

enum err combo_sorted(const struct report_value *values, size_t count, struct combo **ret_combo)
{
	enum err err = combo_new(values, count, ret_combo);

	if (err == ERR_OK)
		qsort((*ret_combo)->values, count, sizeof(*values), cmp_value);
	return err;
}

void combo_free(struct combo *c)
{
	free(c);
}

int combo_cmp(const struct combo *a, const struct combo *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	for (size_t i = 0; i < a->count; i++) {
		int order = strcmp(a->values[i].name, b->values[i].name);

		if (order == 0)
			order = strcmp(a->values[i].value, b->values[i].value);
		if (order != 0)
			return order;
	}
	return 0;
}

void combo_text(const struct combo *c, char *ret_text, size_t size)
{
	size_t len = 0;

	ret_text[0] = '\0';
	for (size_t i = 0; i < c->count && len < size; i++) {
		const struct report_value *v = &c->values[i];
		bool is_address = strchr(v->value, '@') != NULL;
		int n = snprintf(ret_text + len, size - len, "%s%s=%s", i > 0 ? " " : "", v->name,
		                 is_address ? "…" : v->value);

		if (n < 0)
			return;
		len += (size_t)n;
	}
}

enum err combo_key(const char *account, const char *report, const struct combo *c, struct buf *b)
{
	static const size_t prefix = sizeof("report") - 1;
	struct buf key;
	enum err err;

	buf_init(&key, COMBO_KEY_MAX);
	err = report_run_key(str_from(account), str_from(report), c->values, c->count, &key);
	if (err == ERR_OK && key.len <= prefix)
		err = ERR_LIMIT;
	if (err == ERR_OK)
		err = buf_append_str(b, STR_LIT("due"));
	if (err == ERR_OK)
		err = buf_append(b, key.ptr + prefix, key.len - prefix);
	buf_fini(&key);
	return err;
}
