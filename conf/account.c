/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "conf/account_parts.h"
#include "conf/names.h"
#include "conf/scalar.h"
#include "core/ascii.h"

#define RATE_MIN_MS UINT64_C(100)
#define RATE_MAX_MS (31 * UINT64_C(86400000))
#define RATE_MAX    UINT64_C(1000000)

static bool is_account_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!ascii_is_alnum(c) && c != '-')
			return false;
	}
	return name.len > 0;
}

static enum err parse_vendor(struct conf_load *load, const struct yaml_node *node,
                             struct conf_account *account)
{
	const struct conf *conf = &load->full->conf;
	const struct yaml_node *vendor = yaml_get(node, "vendor");
	struct names names = {.count = 0};
	enum err err = names_check(load, node, "vendor");

	if (err != ERR_OK)
		return err;
	account->profile = profile_set_get(conf->profiles, vendor->text);
	if (account->profile == NULL) {
		for (size_t i = 0; i < profile_set_count(conf->profiles); i++)
			names_add(&names, profile_name(profile_set_at(conf->profiles, i)));
		return names_fail(load, vendor, "there is no vendor", vendor->text, &names);
	}
	if (account->name == NULL)
		account->name = profile_name(account->profile);
	if (!is_account_name(str_from(account->name))) {
		return yaml_fail(yaml_get(node, "name") != NULL ? yaml_get(node, "name") : vendor,
		                 load->detail,
		                 "an account's name has letters, digits and '-' only; not \"%s\"",
		                 account->name);
	}
	return ERR_OK;
}

static const struct profile_var *find_var(const struct profile *profile, struct str name)
{
	for (size_t i = 0; i < profile_var_count(profile); i++) {
		if (str_eq(name, str_from(profile_var_at(profile, i)->name)))
			return profile_var_at(profile, i);
	}
	return NULL;
}

static enum err check_var(struct conf_load *load, const struct profile *profile,
                          const struct yaml_node *node)
{
	const struct profile_var *var = find_var(profile, node->key);
	struct names names = {.count = 0};
	bool is_base = str_eq(node->key, STR_LIT("base"));

	if (var == NULL && !is_base) {
		for (size_t i = 0; i < profile_var_count(profile); i++)
			names_add(&names, profile_var_at(profile, i)->name);
		if (find_var(profile, STR_LIT("base")) == NULL)
			names_add(&names, "base");
		return names_fail(load, node, "the vendor has no variable", node->key, &names);
	}
	if (node->kind != YAML_SCALAR || yaml_is_null(node))
		return yaml_fail(node, load->detail, "expected a text");
	if (is_base && !str_has_prefix(node->text, STR_LIT("http://")) &&
	    !str_has_prefix(node->text, STR_LIT("https://"))) {
		return yaml_fail(node, load->detail,
		                 "expected a URL that begins with http:// or https://");
	}
	if (strpbrk(node->text.ptr, "\r\n") != NULL) /* a secret's file may have more lines */
		return yaml_fail(node, load->detail, "must be one line");
	if (var != NULL && var->secret && node->mark == ORIGIN_LITERAL) {
		conf_warn(load, node,
		          "a secret is written into the file; use ${file:PATH} or ${NAME}");
	}
	return ERR_OK;
}

static enum err check_required_vars(struct conf_load *load, const struct profile *profile,
                                    const struct yaml_node *vars, const struct yaml_node *account)
{
	for (size_t i = 0; i < profile_var_count(profile); i++) {
		const struct profile_var *var = profile_var_at(profile, i);

		if (var->fallback == NULL && yaml_get(vars, var->name) == NULL) {
			return yaml_fail(vars != NULL ? vars : account, load->detail,
			                 "vendor \"%s\" needs the variable \"%s\"; add it to vars",
			                 profile_name(profile), var->name);
		}
	}
	return ERR_OK;
}

/* Given ones in the order of the file, then the profile's defaults of the others. */
static enum err parse_vars(struct conf_load *load, const struct yaml_node *account_node,
                           struct conf_account *account)
{
	const struct yaml_node *node = yaml_get(account_node, "vars");
	const struct profile *profile = account->profile;
	struct source_var *vars = NULL;
	enum err err = ERR_OK;

	if (node != NULL && yaml_is_null(node))
		node = NULL;
	if (node != NULL && node->kind != YAML_MAPPING)
		return yaml_fail(node, load->detail, "expected names with values, \"NAME: TEXT\"");
	vars = arena_alloc(&load->full->arena,
	                   ((node != NULL ? node->count : 0) + profile_var_count(profile) + 1) *
	                           sizeof(*vars));
	if (vars == NULL)
		return ERR_NOMEM;
	account->vars = vars;
	for (const struct yaml_node *n = node != NULL ? node->first : NULL; n != NULL;
	     n = n->next) {
		err = check_var(load, profile, n);
		if (err != ERR_OK)
			return err;
		vars[account->var_count++] = (struct source_var){n->key.ptr, n->text.ptr};
	}
	err = check_required_vars(load, profile, node, account_node);
	for (size_t i = 0; i < profile_var_count(profile) && err == ERR_OK; i++) {
		const struct profile_var *var = profile_var_at(profile, i);

		if (var->fallback != NULL && yaml_get(node, var->name) == NULL)
			vars[account->var_count++] = (struct source_var){var->name, var->fallback};
	}
	return err;
}

enum err conf_keep_text(struct conf_load *load, struct str text, const char **ret_text)
{
	struct str copy = STR_EMPTY;
	enum err err = arena_str_dup(&load->full->arena, text, &copy);

	if (err == ERR_OK)
		*ret_text = copy.ptr;
	return err;
}

const char *conf_var(const struct conf_account *account, struct str name)
{
	for (size_t i = 0; i < account->var_count; i++) {
		if (str_eq(name, str_from(account->vars[i].name)))
			return account->vars[i].value;
	}
	return NULL;
}

static enum err parse_rate(struct conf_load *load, const struct yaml_node *node,
                           struct rate_spec *rate)
{
	struct conf_rate read = {0, 0};

	if (node->kind != YAML_SCALAR || conf_read_rate(node->text, &read) != ERR_OK ||
	    read.count == 0 || read.count > RATE_MAX || read.per_ms < RATE_MIN_MS ||
	    read.per_ms > RATE_MAX_MS) {
		return yaml_fail(node, load->detail,
		                 "expected requests within a time, such as 10/1s");
	}
	*rate = (struct rate_spec){(unsigned)read.count, read.per_ms};
	return ERR_OK;
}

static enum err parse_limits(struct conf_load *load, const struct yaml_node *limits,
                             struct conf_account *account)
{
	static const char *const known[] = {"rate", NULL};
	const struct yaml_node *node = yaml_get(limits, "rate");
	struct rate_spec *rates = NULL;
	size_t count = 0;
	enum err err;

	if (limits == NULL || yaml_is_null(limits))
		return ERR_OK;
	err = yaml_check_keys(limits, known, load->detail);
	if (err != ERR_OK || node == NULL)
		return err;
	if (node->kind == YAML_SCALAR && !yaml_is_null(node)) {
		return yaml_fail(node, load->detail, "expected a list such as [10/1s, 150/1m]");
	}
	err = conf_list(load, node, &count);
	if (err != ERR_OK)
		return err;
	if (count > RATES_MAX)
		return yaml_fail(node, load->detail, "expected at most %d rates", RATES_MAX);
	rates = arena_alloc(&load->full->arena, (count + 1) * sizeof(*rates));
	if (rates == NULL)
		return ERR_NOMEM;
	account->rates = rates; /* an empty list: no limit at all */
	for (const struct yaml_node *n = node->first; n != NULL && err == ERR_OK; n = n->next)
		err = parse_rate(load, n, &rates[account->rate_count++]);
	return err;
}

static enum err check_twice(struct conf_load *load, const struct yaml_node *node,
                            const struct conf_account *account)
{
	const struct conf *conf = &load->full->conf;

	for (const struct conf_account *a = conf->accounts; a != account; a++) {
		if (strcmp(a->name, account->name) == 0) {
			return yaml_fail(yaml_get(node, "name") != NULL ? yaml_get(node, "name")
			                                                : yaml_get(node, "vendor"),
			                 load->detail,
			                 "an account named \"%s\" begins in line %u; give each a "
			                 "\"name\" of its own",
			                 account->name, a->line);
		}
	}
	return ERR_OK;
}

/* Many accounts may have the same file, which may be large. */
static enum err read_ca(struct conf_load *load, const struct yaml_node *node,
                        struct conf_account *account)
{
	for (const struct conf_account *a = load->full->conf.accounts; a != account; a++) {
		if (a->ca != NULL && strcmp(a->ca, account->ca) == 0) {
			account->ca_pem = a->ca_pem;
			return ERR_OK;
		}
	}
	return conf_read_authorities(load, yaml_get(node, "ca"), account->ca, &account->ca_pem);
}

static enum err parse_account(struct conf_load *load, const struct yaml_node *node,
                              struct conf_account *account)
{
	enum err err;

	if (node->kind != YAML_MAPPING)
		return yaml_fail(node, load->detail, "expected \"vendor: NAME\" and more keys");
	account->line = node->line;
	err = conf_parse_section(load, "accounts[]", node, account);
	if (err == ERR_OK && account->ca != NULL)
		err = read_ca(load, node, account);
	if (err == ERR_OK)
		err = parse_vendor(load, node, account);
	if (err == ERR_OK)
		err = check_twice(load, node, account);
	if (err == ERR_OK)
		err = parse_vars(load, node, account);
	if (err == ERR_OK)
		err = conf_parse_webhooks(load, yaml_get(node, "webhooks"), account);
	if (err == ERR_OK)
		err = parse_limits(load, yaml_get(node, "limits"), account);
	if (err == ERR_OK)
		err = conf_parse_reports(load, node, account);
	if (err == ERR_OK && account->webhook_count == 0 && account->report_count == 0) {
		conf_warn(load, node,
		          "the account has no webhooks and no reports, so nothing arrives but "
		          "imported files");
	}
	return err;
}

enum err conf_parse_accounts(struct conf_load *load, const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_get(root, "accounts");
	struct conf *conf = &load->full->conf;
	struct conf_account *accounts = NULL;
	size_t count = 0;
	enum err err = conf_list(load, node, &count);

	if (err != ERR_OK)
		return err;
	if (count == 0) {
		conf_warn(load, root, "there are no accounts, so nothing can arrive");
		return ERR_OK;
	}
	accounts = arena_alloc(&load->full->arena, count * sizeof(*accounts));
	if (accounts == NULL)
		return ERR_NOMEM;
	conf->accounts = accounts;
	for (const struct yaml_node *n = node->first; n != NULL && err == ERR_OK; n = n->next)
		err = parse_account(load, n, &accounts[conf->account_count++]);
	return err;
}
