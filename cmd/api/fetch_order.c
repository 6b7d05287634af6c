/* SPDX-License-Identifier: MIT */
#include "cmd/api/fetch_order.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/api/query.h"
#include "cmd/base/time_text.h"

void fetch_order_fini(struct fetch_order *o)
{
	free(o->account);
	free(o->report);
	for (size_t i = 0; i < 2 * o->value_count; i++)
		free(o->texts[i]);
	memset(o, 0, sizeof(*o));
}

static enum err take_text(char **to, struct str text)
{
	free(*to);
	*to = str_dup(text);
	return *to != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err take_set(struct fetch_order *o, struct str text, struct err_detail *reterr_detail)
{
	char **texts = &o->texts[2 * o->value_count];
	struct str name;
	struct str value;

	if (!str_cut(text, '=', &name, &value) || name.len == 0 ||
	    memchr(text.ptr, '\0', text.len) != NULL) {
		err_detail_set(reterr_detail, "set takes NAME=VALUE, not \"%.*s\"", STR_FMT(text));
		return ERR_PARSE;
	}
	if (o->value_count == FETCH_VALUES_MAX) {
		err_detail_set(reterr_detail, "more than %d values", FETCH_VALUES_MAX);
		return ERR_PARSE;
	}
	texts[0] = str_dup(name);
	texts[1] = str_dup(value);
	o->values[o->value_count] = (struct report_value){texts[0], texts[1]};
	o->value_count++;
	return texts[0] != NULL && texts[1] != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err take_time(int64_t *to, struct str name, struct str text,
                          struct err_detail *reterr_detail)
{
	enum err err = time_text_parse(text, to);

	if (err == ERR_PARSE) {
		err_detail_set(reterr_detail,
		               "%.*s takes a time such as 2024-09-03T09:02:09Z or a date, "
		               "not \"%.*s\"",
		               STR_FMT(name), STR_FMT(text));
	}
	return err;
}

static enum err take_pair(void *arg, struct str name, struct str value,
                          struct err_detail *reterr_detail)
{
	struct fetch_order *o = arg;

	if (str_eq(name, STR_LIT("account")))
		return take_text(&o->account, value);
	if (str_eq(name, STR_LIT("report")))
		return take_text(&o->report, value);
	if (str_eq(name, STR_LIT("set")))
		return take_set(o, value, reterr_detail);
	if (str_eq(name, STR_LIT("from")))
		return take_time(&o->from_ms, name, value, reterr_detail);
	if (str_eq(name, STR_LIT("to")))
		return take_time(&o->to_ms, name, value, reterr_detail);
	if (str_eq(name, STR_LIT("dry"))) {
		o->is_dry = str_eq(value, STR_LIT("1"));
		return ERR_OK;
	}
	err_detail_set(reterr_detail, "there is no \"%.*s\"", STR_FMT(name));
	return ERR_PARSE;
}

static enum err check(const struct fetch_order *o, struct err_detail *reterr_detail)
{
	if (o->account == NULL || o->report == NULL) {
		err_detail_set(reterr_detail, "account and report are needed");
		return ERR_PARSE;
	}
	if (o->from_ms != 0 && o->to_ms != 0 && o->from_ms >= o->to_ms) {
		err_detail_set(reterr_detail, "from must be before to");
		return ERR_PARSE;
	}
	return ERR_OK;
}

enum err fetch_order_read(struct str query, struct fetch_order *ret_order,
                          struct err_detail *reterr_detail)
{
	struct fetch_order o = {.account = NULL};
	enum err err = query_read(query, take_pair, &o, reterr_detail);

	if (err == ERR_OK)
		err = check(&o, reterr_detail);
	if (err == ERR_OK) {
		*ret_order = o;
	} else {
		fetch_order_fini(&o);
	}
	return err;
}
