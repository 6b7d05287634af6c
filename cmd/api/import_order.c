/* SPDX-License-Identifier: MIT */
#include "cmd/api/import_order.h"

#include <stdlib.h>

#include "cmd/api/query.h"
#include "cmd/base/named_account.h"
#include "normalise/decode/decoder.h"
#include "normalise/normalise.h"

void import_order_fini(struct import_order *o)
{
	buf_fini(&o->vars);
	buf_fini(&o->body);
	free(o->account);
	free(o->report);
	*o = (struct import_order){.account = NULL};
}

static enum err take_text(char **to, struct str text)
{
	free(*to);
	*to = str_dup(text);
	return *to != NULL ? ERR_OK : ERR_NOMEM;
}

struct reading {
	struct import_order *order;
	uint64_t vars_len;
};

static enum err take_pair(void *arg, struct str name, struct str value,
                          struct err_detail *reterr_detail)
{
	struct reading *reading = arg;
	struct import_order *o = reading->order;
	struct str set_name;
	struct str set_value;

	if (str_eq(name, STR_LIT("account")))
		return take_text(&o->account, value);
	if (str_eq(name, STR_LIT("report")))
		return take_text(&o->report, value);
	if (str_eq(name, STR_LIT("vars")) && str_to_u64(value, &reading->vars_len) == ERR_OK)
		return ERR_OK;
	if (str_eq(name, STR_LIT("set")) && str_cut(value, '=', &set_name, &set_value)) {
		query_append(&o->vars, set_name, set_value);
		return buf_err(&o->vars);
	}
	err_detail_set(reterr_detail, "there is no \"%.*s\", or not with this value",
	               STR_FMT(name));
	return ERR_PARSE;
}

static enum err read_query(struct import_order *o, struct str query, uint64_t *ret_vars_len,
                           struct err_detail *reterr_detail)
{
	struct reading reading = {o, 0};
	enum err err = query_read(query, take_pair, &reading, reterr_detail);

	*ret_vars_len = reading.vars_len;
	if (err == ERR_OK && (o->account == NULL || o->report == NULL)) {
		err_detail_set(reterr_detail, "account and report are needed");
		err = ERR_PARSE;
	}
	return err;
}

static enum err take_body(struct import_order *o, struct str body, uint64_t vars_len,
                          struct err_detail *reterr_detail)
{
	if (vars_len >= body.len) {
		err_detail_set(reterr_detail, "the body is empty behind its vars");
		return ERR_PARSE;
	}
	if (vars_len > 0 && o->vars.len > 0)
		(void)buf_append_char(&o->vars, '&');
	(void)buf_append(&o->vars, body.ptr, (size_t)vars_len);
	(void)buf_append(&o->body, body.ptr + vars_len, body.len - (size_t)vars_len);
	return buf_err(&o->vars) != ERR_OK ? buf_err(&o->vars) : buf_err(&o->body);
}

/* Names that begin with '_' say how a slice is read; the others are loop values. */
static enum err check_vars(const struct import_target *target, struct str vars,
                           struct err_detail *reterr_detail)
{
	struct buf sets;
	struct str pair;
	enum err err = ERR_OK;

	buf_init(&sets, IMPORT_BODY_MAX);
	while (vars.len > 0) {
		(void)str_cut(vars, '&', &pair, &vars);
		if (pair.len == 0 || pair.ptr[0] == '_')
			continue;
		if (sets.len > 0)
			(void)buf_append_char(&sets, '&');
		(void)buf_append_str(&sets, pair);
	}
	err = buf_err(&sets);
	if (err == ERR_OK)
		err = import_target_check_sets(target, buf_str(&sets), reterr_detail);
	buf_fini(&sets);
	return err;
}

/* Single rows that are bad become dead letters. */
static enum err check_body(const struct import_target *target, const struct payload *payload,
                           struct err_detail *reterr_detail)
{
	struct decoder *decoder = NULL;
	struct record record;
	enum err err = decoder_new(&source_spec(target->source)->decode, payload,
	                           NORMALISE_MEMORY_DEFAULT, &decoder);

	if (err == ERR_OK)
		err = decoder_next(decoder, &record, reterr_detail);
	decoder_free(decoder);
	return err == ERR_PARSE || err == ERR_NOMEM ? err : ERR_OK;
}

static enum err check(const struct conf *conf, struct import_order *o,
                      struct err_detail *reterr_detail)
{
	const struct conf_account *account =
		named_account(conf, str_from(o->account), reterr_detail);
	struct import_target target;
	enum err err = ERR_NOENT;

	if (account != NULL) {
		err = import_target_find(conf, account, str_from(o->report), &target,
		                         reterr_detail);
	}
	if (err == ERR_OK)
		err = check_vars(&target, buf_str(&o->vars), reterr_detail);
	if (err != ERR_OK)
		return err;
	o->payload = import_target_payload(&target, buf_str(&o->vars), buf_str(&o->body));
	/* A reload may let go of the configuration's texts before the payload is written. */
	o->payload.account = str_from(o->account);
	o->payload.source = str_from(o->report);
	return check_body(&target, &o->payload, reterr_detail);
}

enum err import_order_read(const struct conf *conf, struct str query, struct str body,
                           struct import_order *ret_order, struct err_detail *reterr_detail)
{
	struct import_order o = {.account = NULL};
	uint64_t vars_len = 0;
	enum err err;

	buf_init(&o.vars, IMPORT_BODY_MAX);
	buf_init(&o.body, IMPORT_BODY_MAX);
	err = read_query(&o, query, &vars_len, reterr_detail);
	if (err == ERR_OK)
		err = take_body(&o, body, vars_len, reterr_detail);
	if (err == ERR_OK)
		err = check(conf, &o, reterr_detail);
	if (err == ERR_OK) {
		*ret_order = o;
	} else {
		import_order_fini(&o);
	}
	return err;
}
