/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "conf/account_parts.h"
#include "conf/names.h"
#include "conf/scalar.h"
#include "core/url.h"
#include "normalise/template.h"
#include "normalise/timestamp.h"

#define TEXT_MAX    ((size_t)16 * 1024)
#define VALUES_MAX  10000
#define SEEN_MS     (30 * UINT64_C(86400000))
#define RATE_MIN_MS UINT64_C(100)
#define RATE_MAX_MS (31 * UINT64_C(86400000))
#define RATE_MAX    UINT64_C(1000000)

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

static enum err need_vars(struct conf_load *load, const struct yaml_node *account_node,
                          const struct conf_account *account, struct str text)
{
	const char *name = missing_var(account, text);
	const struct yaml_node *vars = yaml_get(account_node, "vars");

	if (name == NULL)
		return ERR_OK;
	return yaml_fail(vars != NULL ? vars : account_node, load->detail,
	                 "the reports of vendor \"%s\" need the variable \"%s\"; add it to vars",
	                 profile_name(account->profile), name);
}

/* A refresh token may come later, by authorisation; a public client has no secret. */
static enum err check_auth(struct conf_load *load, const struct yaml_node *account_node,
                           const struct conf_account *account)
{
	const struct auth_spec *auth = profile_auth(account->profile);
	const struct str texts[] = {auth->username, auth->password,         auth->token,
	                            auth->value,    auth->oauth2.token_url, auth->oauth2.client_id};
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && err == ERR_OK; i++)
		err = need_vars(load, account_node, account, texts[i]);
	return err;
}

static enum err keep_text(struct conf_load *load, struct str text, const char **ret_text)
{
	struct str copy = STR_EMPTY;
	enum err err = arena_str_dup(&load->full->arena, text, &copy);

	if (err == ERR_OK)
		*ret_text = copy.ptr;
	return err;
}

static struct str without_slash(struct str text)
{
	while (text.len > 0 && text.ptr[text.len - 1] == '/')
		text.len--;
	return text;
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
	if (err == ERR_OK && url_split(buf_str(&b), &parts) != ERR_OK) {
		err = yaml_fail(node != NULL ? node : account_node, load->detail,
		                "\"%s\" is no address of an API; expected https://HOST",
		                buf_cstr(&b));
	} else if (err == ERR_NOENT || err == ERR_INVAL) {
		err = yaml_fail(account_node, load->detail, "the vendor's address cannot be made");
	}
	if (err == ERR_OK)
		err = keep_text(load, without_slash(buf_str(&b)), &account->base);
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
		return account->report_count > 0 ? need_vars(load, account_node, account,
		                                             profile_base(account->profile))
		                                 : ERR_OK;
	}
	err = render_base(load, account_node, account);
	if (err == ERR_OK && account->report_count > 0)
		err = check_auth(load, account_node, account);
	return err;
}

/* ---- loop values ---- */

static const struct each_spec *find_each(const struct profile_report *spec, struct str name)
{
	for (size_t i = 0; i < spec->each_count; i++) {
		if (str_eq(name, str_from(spec->each[i].name)))
			return &spec->each[i];
	}
	return NULL;
}

static enum err check_each_names(struct conf_load *load, const struct yaml_node *each,
                                 const struct profile_report *spec)
{
	struct names names = {.count = 0};

	if (each == NULL)
		return ERR_OK;
	if (each->kind != YAML_MAPPING)
		return yaml_fail(each, load->detail, "expected \"NAME: [values]\"");
	for (size_t i = 0; i < spec->each_count; i++)
		names_add(&names, spec->each[i].name);
	for (const struct yaml_node *n = each->first; n != NULL; n = n->next) {
		if (find_each(spec, n->key) == NULL) {
			return names_fail(load, n, "the report has no loop", n->key, &names);
		}
	}
	return ERR_OK;
}

static enum err parse_values(struct conf_load *load, const struct yaml_node *node,
                             struct conf_loop *loop)
{
	bool is_list = node->kind == YAML_SEQUENCE;
	size_t count = is_list ? node->count : 1;
	const struct yaml_node *at = is_list ? node->first : node;
	const char **values = NULL;
	enum err err = ERR_OK;

	if (count == 0 || count > VALUES_MAX) {
		return yaml_fail(node, load->detail, "expected a list of 1 to %d values",
		                 VALUES_MAX);
	}
	values = arena_alloc(&load->full->arena, count * sizeof(*values));
	if (values == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count && err == ERR_OK; i++, at = at->next) {
		if (at->kind != YAML_SCALAR || at->text.len == 0 || yaml_is_null(at))
			return yaml_fail(at, load->detail, "expected a value that is not empty");
		err = keep_text(load, at->text, &values[i]);
	}
	loop->kind = EACH_VALUES;
	loop->values = values;
	loop->value_count = count;
	return err;
}

static enum err parse_list(struct conf_load *load, const struct yaml_node *node,
                           const struct conf_account *account, struct conf_loop *loop)
{
	struct names names = {.count = 0};

	loop->kind = EACH_LIST;
	loop->list = node->kind == YAML_SCALAR ? profile_list(account->profile, node->text) : NULL;
	if (loop->list != NULL)
		return ERR_OK;
	for (size_t i = 0; i < profile_list_count(account->profile); i++)
		names_add(&names, profile_list_at(account->profile, i)->name);
	return names_fail(load, node, "the vendor has no list", node->text, &names);
}

static enum err parse_seen(struct conf_load *load, const struct yaml_node *node,
                           struct conf_loop *loop)
{
	const struct yaml_node *seen = yaml_get(node, "seen");
	const struct yaml_node *span = yaml_get(node, "for");

	loop->kind = EACH_SEEN;
	loop->seen_ms = SEEN_MS;
	if (seen->kind != YAML_SCALAR || !str_eq(seen->text, STR_LIT("campaign")))
		return yaml_fail(seen, load->detail, "expected \"campaign\"");
	if (span != NULL &&
	    (span->kind != YAML_SCALAR || conf_read_duration(span->text, &loop->seen_ms) != ERR_OK))
		return yaml_fail(span, load->detail, "expected a duration such as 30d");
	return ERR_OK;
}

static enum err parse_loop(struct conf_load *load, const struct yaml_node *node,
                           const struct conf_account *account, struct conf_loop *loop)
{
	static const char *const known[] = {"list", "seen", "for", NULL};
	enum err err;

	if (node->kind != YAML_MAPPING)
		return parse_values(load, node, loop);
	err = yaml_check_keys(node, known, load->detail);
	if (err != ERR_OK)
		return err;
	if (yaml_get(node, "list") != NULL)
		return parse_list(load, yaml_get(node, "list"), account, loop);
	if (yaml_get(node, "seen") != NULL)
		return parse_seen(load, node, loop);
	return yaml_fail(node, load->detail,
	                 "expected a list of values, {list: NAME} or {seen: campaign}");
}

/* The profile's values as the configuration's are. */
static enum err copy_values(struct conf_load *load, const struct each_spec *each,
                            struct conf_loop *loop)
{
	const char **values =
		arena_alloc(&load->full->arena, (each->value_count + 1) * sizeof(*values));
	enum err err = values != NULL ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; i < each->value_count && err == ERR_OK; i++)
		err = keep_text(load, each->values[i], &values[i]);
	loop->values = values;
	return err;
}

static enum err parse_each(struct conf_load *load, const struct yaml_node *node,
                           const struct conf_account *account, struct conf_report *report)
{
	const struct profile_report *spec = report->spec;
	const struct yaml_node *each = yaml_get(node, "each");
	struct conf_loop *loops =
		arena_alloc(&load->full->arena, (spec->each_count + 1) * sizeof(*loops));
	enum err err = check_each_names(load, each, spec);

	if (loops == NULL)
		return ERR_NOMEM;
	report->loops = loops;
	for (size_t i = 0; i < spec->each_count && err == ERR_OK; i++) {
		const struct each_spec *e = &spec->each[i];
		const struct yaml_node *own = yaml_get(each, e->name);
		struct conf_loop *loop = &loops[report->loop_count++];

		*loop = (struct conf_loop){
			.name = e->name,
			.kind = e->kind,
			.list = e->list,
			.seen_ms = e->seen_ms,
			.value_count = e->value_count,
		};
		if (own != NULL) {
			err = parse_loop(load, own, account, loop);
		} else if (e->kind == EACH_CONFIGURED) {
			err = yaml_fail(node, load->detail,
			                "report \"%s\" needs \"each: {%s: [values]}\"",
			                report->name, e->name);
		} else if (e->kind == EACH_VALUES) {
			err = copy_values(load, e, loop);
		}
	}
	return err;
}

/* ---- reports ---- */

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
		return ERR_OK;
	for (size_t i = 0; i < profile_report_count(profile); i++)
		names_add(&names, profile_report_at(profile, i)->source.name);
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
		err = keep_text(load, buf_str(&b), &report->tz);
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
	err = parse_each(load, node, account, report);
	if (err == ERR_OK)
		err = parse_zone(load, node, account, report);
	if (err == ERR_OK)
		err = need_vars(load, node->parent->parent, account, report->spec->request.path);
	return err == ERR_OK ? conf_make_source(load, node, "report", account,
	                                        &report->spec->source, &report->source)
	                     : err;
}

/* ---- the account's own limits ---- */

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
	if (err == ERR_OK && node != NULL)
		err = conf_list(load, node, &count);
	if (err != ERR_OK || node == NULL)
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

enum err conf_parse_reports(struct conf_load *load, const struct yaml_node *account_node,
                            struct conf_account *account)
{
	const struct yaml_node *node = yaml_get(account_node, "reports");
	struct conf_report *reports = NULL;
	size_t count = 0;
	enum err err = conf_list(load, node, &count);

	if (err == ERR_OK)
		err = parse_limits(load, yaml_get(account_node, "limits"), account);
	if (err != ERR_OK)
		return err;
	reports = arena_alloc(&load->full->arena, (count + 1) * sizeof(*reports));
	if (reports == NULL)
		return ERR_NOMEM;
	account->reports = reports;
	for (const struct yaml_node *n = count > 0 ? node->first : NULL; n != NULL && err == ERR_OK;
	     n = n->next)
		err = parse_report(load, n, account, &reports[account->report_count++]);
	return err == ERR_OK ? parse_base(load, account_node, account) : err;
}
