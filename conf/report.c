/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "conf/account_parts.h"
#include "conf/names.h"
#include "conf/scalar.h"
#include "core/url.h"
#include "normalise/profile/template.h"
#include "normalise/value/timestamp.h"

#define TEXT_MAX ((size_t)16 * 1024)

static bool lookup_var(void *arg, struct str name, struct str *ret_text)
{
	const char *value = conf_var(arg, name);

	if (value == NULL)
		return false;
	*ret_text = str_from(value);
	return true;
}

/* ---- the vendor's address ---- */

/* Which variable a template cannot do without; NULL when all have a text. */
static const char *missing_var(const struct conf_account *account, struct str text)
{
	for (size_t i = 0; i < profile_var_count(account->profile); i++) {
		const struct profile_var *var = profile_var_at(account->profile, i);
		const char *value = conf_var(account, str_from(var->name));

		if (template_uses(text, str_from(var->name)) && (value == NULL || value[0] == '\0'))
			return var->name;
	}
	return NULL;
}

enum err conf_need_vars(struct conf_load *load, const struct yaml_node *account_node,
                        const struct conf_account *account, struct str text)
{
	const char *name = missing_var(account, text);
	const struct yaml_node *vars = yaml_get(account_node, "vars");
	const struct yaml_node *given = name != NULL ? yaml_get(vars, name) : NULL;

	if (name == NULL)
		return ERR_OK;
	if (given != NULL) {
		return yaml_fail(given, load->detail,
		                 "is empty; the reports of vendor \"%s\" need it",
		                 profile_name(account->profile));
	}
	return yaml_fail(vars != NULL ? vars : account_node, load->detail,
	                 "the reports of vendor \"%s\" need the variable \"%s\"; add it to vars",
	                 profile_name(account->profile), name);
}

/* A refresh token may come later, by authorisation; a public client has no secret. */
static enum err check_user(struct conf_load *load, const struct yaml_node *account_node,
                           struct conf_account *account)
{
	const struct auth_spec *auth = profile_auth(account->profile);
	enum err err;
	struct buf b;

	if (auth->kind != AUTH_BASIC)
		return ERR_OK;
	buf_init(&b, TEXT_MAX);
	err = template_render(auth->username, TEMPLATE_PLAIN, lookup_var, account, &b);
	if (err == ERR_OK && strchr(buf_cstr(&b), ':') != NULL) {
		err = yaml_fail(yaml_get(account_node, "vars"), load->detail,
		                "a user name for Basic authentication cannot hold ':'");
	}
	buf_fini(&b);
	return err;
}

static enum err check_auth(struct conf_load *load, const struct yaml_node *account_node,
                           struct conf_account *account)
{
	const struct auth_spec *auth = profile_auth(account->profile);
	const struct str texts[] = {auth->username, auth->password,         auth->token,
	                            auth->value,    auth->oauth2.token_url, auth->oauth2.client_id};
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && err == ERR_OK; i++)
		err = conf_need_vars(load, account_node, account, texts[i]);
	return err == ERR_OK ? check_user(load, account_node, account) : err;
}

static struct str without_slash(struct str text)
{
	while (text.len > 0 && text.ptr[text.len - 1] == '/')
		text.len--;
	return text;
}

static bool is_base_path(struct str path)
{
	return !str_has_prefix(path, STR_LIT("//")) &&
	       (path.len == 0 || (memchr(path.ptr, '?', path.len) == NULL &&
	                          memchr(path.ptr, '#', path.len) == NULL));
}

static enum err render_base(struct conf_load *load, const struct yaml_node *account_node,
                            struct conf_account *account)
{
	const struct yaml_node *vars = yaml_get(account_node, "vars");
	const struct yaml_node *node = yaml_get(vars, "base");
	struct url_parts parts;
	enum err err = ERR_OK;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	if (node != NULL) {
		(void)buf_append_str(&b, node->text);
	} else {
		err = template_render(profile_base(account->profile), TEMPLATE_PLAIN, lookup_var,
		                      account, &b);
	}
	if (err == ERR_OK)
		err = buf_err(&b);
	/* A host that was given with its scheme makes "https://https://…", which has a host too. */
	if (err == ERR_OK &&
	    (url_split(buf_str(&b), &parts) != ERR_OK || !is_base_path(parts.path))) {
		err = yaml_fail(node != NULL ? node : account_node, load->detail,
		                "\"%s\" is no address of an API; expected https://HOST",
		                buf_cstr(&b));
	} else if (err == ERR_NOENT || err == ERR_INVAL) {
		err = yaml_fail(account_node, load->detail, "the vendor's address cannot be made");
	}
	if (err == ERR_OK)
		err = conf_keep_text(load, without_slash(buf_str(&b)), &account->base);
	buf_fini(&b);
	return err;
}

static enum err parse_base(struct conf_load *load, const struct yaml_node *account_node,
                           struct conf_account *account)
{
	bool is_given = yaml_get(yaml_get(account_node, "vars"), "base") != NULL;
	enum err err = ERR_OK;

	if (profile_base(account->profile).len == 0 && !is_given)
		return ERR_OK;
	if (!is_given && missing_var(account, profile_base(account->profile)) != NULL) {
		return account->report_count > 0 ? conf_need_vars(load, account_node, account,
		                                                  profile_base(account->profile))
		                                 : ERR_OK;
	}
	err = render_base(load, account_node, account);
	if (err == ERR_OK && account->report_count > 0)
		err = check_auth(load, account_node, account);
	return err;
}

/* ---- reports ---- */

/* Of a report without a request there is nothing to schedule. */
static enum err check_asked(struct conf_load *load, const struct yaml_node *name,
                            const struct profile_report *spec)
{
	if (!spec->is_by_hand)
		return ERR_OK;
	return yaml_fail(name, load->detail,
	                 "report \"%s\" is read from files and needs no line here; remove it and "
	                 "use: campaign2mqtt import ACCOUNT %s FILE",
	                 spec->source.name, spec->source.name);
}

static enum err find_report(struct conf_load *load, const struct yaml_node *node,
                            const struct profile *profile, const struct profile_report **ret_spec)
{
	const struct yaml_node *name = yaml_get(node, "report");
	struct names names = {.count = 0};
	enum err err = names_check(load, node, "report");

	if (err != ERR_OK)
		return err;
	*ret_spec = profile_report(profile, name->text);
	if (*ret_spec != NULL)
		return check_asked(load, name, *ret_spec);
	for (size_t i = 0; i < profile_report_count(profile); i++) {
		if (!profile_report_at(profile, i)->is_by_hand)
			names_add(&names, profile_report_at(profile, i)->source.name);
	}
	return names_fail(load, name, "the vendor has no report", name->text, &names);
}

static enum err parse_zone(struct conf_load *load, const struct yaml_node *node,
                           struct conf_account *account, struct conf_report *report)
{
	const struct window_spec *window = &report->spec->window;
	struct timestamp_zone *zone = NULL;
	enum err err;
	struct buf b;

	if (!window->is_given || window->tz.len == 0)
		return ERR_OK;
	buf_init(&b, TEXT_MAX);
	err = template_render(window->tz, TEMPLATE_PLAIN, lookup_var, account, &b);
	if (err == ERR_OK)
		err = timestamp_zone_new(buf_cstr(&b), &zone);
	if (err == ERR_NOENT || err == ERR_INVAL)
		err = yaml_fail(node, load->detail, "no such time zone \"%s\"", buf_cstr(&b));
	if (err == ERR_OK)
		err = conf_keep_text(load, buf_str(&b), &report->tz);
	timestamp_zone_free(zone);
	buf_fini(&b);
	return err;
}

static enum err parse_report(struct conf_load *load, const struct yaml_node *node,
                             struct conf_account *account, struct conf_report *report)
{
	enum err err;

	if (node->kind != YAML_MAPPING)
		return yaml_fail(node, load->detail, "expected \"report: NAME\" and more keys");
	err = conf_parse_section(load, "accounts[].reports[]", node, report);
	if (err == ERR_OK)
		err = find_report(load, node, account->profile, &report->spec);
	if (err != ERR_OK)
		return err;
	report->name = report->spec->source.name;
	report->line = node->line;
	if (report->every_ms == 0)
		report->every_ms = report->spec->every_ms;
	if (report->start_ms > 0 && !report->spec->window.is_given) {
		return yaml_fail(yaml_get(node, "start"), load->detail,
		                 "report \"%s\" is read whole each time; remove \"start\"",
		                 report->name);
	}
	err = conf_parse_each(load, node, account, report);
	if (err == ERR_OK) {
		err = conf_need_vars(load, node->parent->parent, account,
		                     report->spec->request.path);
	}
	if (err == ERR_OK)
		err = conf_parse_job(load, node, account, report);
	if (err == ERR_OK)
		err = conf_check_overrides(load, node, "report", &report->spec->source);
	/* The source first: it says which variable holds a zone that does not exist. */
	if (err == ERR_OK) {
		err = conf_make_source(load, node, "report", account, &report->spec->source,
		                       &report->source);
	}
	return err == ERR_OK ? parse_zone(load, node, account, report) : err;
}

static enum err find_fallbacks(struct conf_load *load, const struct yaml_node *node,
                               const struct conf_account *account, struct conf_report *reports)
{
	enum err err = ERR_OK;

	for (size_t i = 0; node != NULL && err == ERR_OK; i++, node = node->next)
		err = conf_find_fallback(load, node, account, &reports[i]);
	return err;
}

/* What a report falls back on may come after it, or be none that is listed. */
static enum err parse_list(struct conf_load *load, const struct yaml_node *account_node,
                           const struct yaml_node *first, size_t count,
                           struct conf_account *account)
{
	struct conf_report *reports =
		arena_alloc(&load->full->arena, (count + 1) * sizeof(*reports));
	enum err err = ERR_OK;

	if (reports == NULL)
		return ERR_NOMEM;
	account->reports = reports;
	for (const struct yaml_node *n = first; n != NULL && err == ERR_OK; n = n->next)
		err = parse_report(load, n, account, &reports[account->report_count++]);
	if (err == ERR_OK)
		err = parse_base(load, account_node, account);
	if (err == ERR_OK)
		err = conf_add_importable(load, account);
	return err == ERR_OK ? find_fallbacks(load, first, account, reports) : err;
}

enum err conf_parse_reports(struct conf_load *load, const struct yaml_node *account_node,
                            struct conf_account *account)
{
	const struct yaml_node *node = yaml_get(account_node, "reports");
	size_t count = 0;
	enum err err = conf_list(load, node, &count);

	if (err == ERR_OK) {
		err = conf_parse_mailbox(load, yaml_get(account_node, "mailbox"),
		                         &account->mailbox);
	}
	if (err == ERR_OK) {
		err = parse_list(load, account_node, count > 0 ? node->first : NULL, count,
		                 account);
	}
	if (err == ERR_OK)
		conf_warn_idle_mailbox(load, account_node, account);
	return err;
}
