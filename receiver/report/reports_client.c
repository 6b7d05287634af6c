/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct var {
	char *name, *value; /* owned */
};

struct client {
	unsigned refs;
	struct vendor_client *vendor; /* owned */
	struct profile *profile;      /* a reference: its address is not used again */
	char *account, *base;         /* owned */
	char *ca;                     /* owned; NULL */
	struct var *vars;             /* owned */
	size_t var_count;
	struct rate_spec *rates; /* owned */
	bool has_rates;
	size_t rate_count;
};

static void client_free(struct client *c)
{
	if (c == NULL)
		return;
	vendor_client_free(c->vendor);
	for (size_t i = 0; i < c->var_count; i++) {
		free(c->vars[i].name);
		free(c->vars[i].value);
	}
	free(c->vars);
	free(c->rates);
	free(c->account);
	free(c->base);
	free(c->ca);
	profile_free(c->profile);
	free(c);
}

static enum err copy_vars(struct client *c, const struct vendor_client_conf *conf)
{
	if (conf->var_count == 0)
		return ERR_OK;
	c->vars = calloc(conf->var_count, sizeof(*c->vars));
	if (c->vars == NULL)
		return ERR_NOMEM;
	c->var_count = conf->var_count;
	for (size_t i = 0; i < conf->var_count; i++) {
		c->vars[i].name = strdup(conf->vars[i].name);
		c->vars[i].value = strdup(conf->vars[i].value);
		if (c->vars[i].name == NULL || c->vars[i].value == NULL)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

static enum err copy_conf(struct client *c, const struct vendor_client_conf *conf)
{
	c->account = strdup(conf->account);
	c->base = str_dup(conf->base);
	c->profile = profile_ref(conf->profile);
	c->ca = conf->ca != NULL ? strdup(conf->ca) : NULL;
	if (c->account == NULL || c->base == NULL || (conf->ca != NULL && c->ca == NULL))
		return ERR_NOMEM;
	c->has_rates = conf->rates != NULL;
	if (conf->rates != NULL && conf->rate_count > 0) {
		c->rates = calloc(conf->rate_count, sizeof(*c->rates));
		if (c->rates == NULL)
			return ERR_NOMEM;
		memcpy(c->rates, conf->rates, conf->rate_count * sizeof(*c->rates));
		c->rate_count = conf->rate_count;
	}
	return copy_vars(c, conf);
}

enum err client_new(struct loop *loop, struct http_client *http, struct store *store,
                    const struct vendor_client_conf *conf, struct client **ret_client)
{
	struct client *c = calloc(1, sizeof(*c));
	enum err err;

	if (c == NULL)
		return ERR_NOMEM;
	c->refs = 1;
	err = copy_conf(c, conf);
	if (err == ERR_OK)
		err = vendor_client_new(loop, http, store, conf, &c->vendor);
	if (err != ERR_OK) {
		client_free(c);
		return err;
	}
	*ret_client = c;
	return ERR_OK;
}

struct client *client_ref(struct client *c)
{
	c->refs++;
	return c;
}

void client_unref(struct client *c)
{
	if (c == NULL)
		return;
	assert(c->refs > 0);
	if (--c->refs == 0)
		client_free(c);
}

struct vendor_client *client_vendor(const struct client *c)
{
	return c->vendor;
}

static bool same_vars(const struct client *c, const struct vendor_client_conf *conf)
{
	if (c->var_count != conf->var_count)
		return false;
	for (size_t i = 0; i < c->var_count; i++) {
		if (strcmp(c->vars[i].name, conf->vars[i].name) != 0 ||
		    strcmp(c->vars[i].value, conf->vars[i].value) != 0)
			return false;
	}
	return true;
}

static bool same_rates(const struct client *c, const struct vendor_client_conf *conf)
{
	if (c->rates == NULL || conf->rates == NULL)
		return c->has_rates == (conf->rates != NULL) && c->rate_count == conf->rate_count;
	if (c->rate_count != conf->rate_count)
		return false;
	for (size_t i = 0; i < c->rate_count; i++) {
		if (c->rates[i].count != conf->rates[i].count ||
		    c->rates[i].per_ms != conf->rates[i].per_ms)
			return false;
	}
	return true;
}

static bool same_ca(const struct client *c, const struct vendor_client_conf *conf)
{
	if (c->ca == NULL || conf->ca == NULL)
		return c->ca == conf->ca;
	return strcmp(c->ca, conf->ca) == 0;
}

bool client_is_of(const struct client *c, const struct vendor_client_conf *conf)
{
	return profile_same(c->profile, conf->profile) && strcmp(c->account, conf->account) == 0 &&
	       str_eq(str_from(c->base), conf->base) && same_vars(c, conf) && same_rates(c, conf) &&
	       same_ca(c, conf);
}
