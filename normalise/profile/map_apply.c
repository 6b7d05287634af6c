/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/ascii.h"
#include "normalise/profile/map.h"

/* Longer ones are no numbers that a reader of JSON keeps exactly. */
#define INT_DIGITS_MAX 15

static bool accept_int(struct str *text)
{
	struct str t = str_trim(*text);

	if (t.len == 0 || t.len > INT_DIGITS_MAX || (t.len > 1 && t.ptr[0] == '0'))
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (!ascii_is_digit(t.ptr[i]))
			return false;
	}
	*text = t;
	return true;
}

static bool accept_bool(struct str *text)
{
	if (str_ieq(*text, STR_LIT("true")) || str_eq(*text, STR_LIT("1")) ||
	    str_ieq(*text, STR_LIT("yes"))) {
		*text = STR_LIT("true");
	} else if (str_ieq(*text, STR_LIT("false")) || str_eq(*text, STR_LIT("0")) ||
	           str_ieq(*text, STR_LIT("no"))) {
		*text = STR_LIT("false");
	} else {
		return false;
	}
	return true;
}

static bool accept_time(struct eval *ev, struct str *text)
{
	int64_t ms = 0;

	if (!eval_time(ev, *text, &ms))
		return false;
	*text = eval_print_time(ev, ms);
	return true;
}

/** Closed lists hold whatever a vendor writes. */
static bool accept_word(enum field field, struct str text)
{
	if (field == FIELD_REASON)
		return reason_is_known(text);
	if (field == FIELD_BOUNCE_CLASS)
		return str_eq(text, STR_LIT("hard")) || str_eq(text, STR_LIT("soft"));
	return true;
}

static bool accept_field(void *arg, struct eval *ev, struct str *text)
{
	const struct set_rule *rule = arg;

	switch (field_defs[rule->field].kind) {
	case FIELD_KIND_TEXT:
		return accept_word(rule->field, *text);
	case FIELD_KIND_BOOL:
		return accept_bool(text);
	case FIELD_KIND_INT:
		return accept_int(text);
	case FIELD_KIND_TIME:
		return accept_time(ev, text);
	case FIELD_KIND_PAIRS:
		break;
	}
	return false;
}

static void apply_set(const struct map *map, struct eval *ev, struct fact *fact)
{
	for (size_t i = 0; i < map->set_count; i++) {
		struct set_rule *rule = &map->set[i];

		if (field_defs[rule->field].kind == FIELD_KIND_PAIRS) {
			fact->pairs = value_expr_pairs(&rule->value, ev);
		} else {
			(void)value_expr_text(&rule->value, ev, accept_field, rule,
			                      &fact->fields[rule->field]);
		}
	}
}

static bool find_status(const struct status_rule *rule, struct str word, enum status *ret_status)
{
	if (!rule->has_words) {
		for (int i = 0; i < STATUS_COUNT; i++) {
			if (str_ieq(word, str_from(status_str((enum status)i)))) {
				*ret_status = (enum status)i;
				return true;
			}
		}
		return false;
	}
	for (size_t i = 0; i < rule->word_count; i++) {
		if (str_ieq(word, rule->words[i].word)) {
			*ret_status = rule->words[i].status;
			return true;
		}
	}
	return false;
}

static void apply_status(const struct status_rule *rule, struct eval *ev, struct fact *fact)
{
	struct str word = STR_EMPTY;
	enum status status = STATUS_UNKNOWN;

	if (value_expr_text(&rule->at, ev, NULL, NULL, &word))
		fact->vendor_status = word;
	if (rule->is_fixed) {
		status = rule->fixed;
	} else if (word.len > 0) {
		fact->is_unknown_word = !find_status(rule, str_trim(word), &status);
	}
	fact->status = status;
}

/** The search for the first usable time. */
struct time_search {
	int64_t ms;
	struct str bad; /* the first text that is none */
	struct value *bad_at;
};

static bool accept_instant(void *arg, struct eval *ev, struct str *text)
{
	struct time_search *search = arg;

	if (eval_time(ev, *text, &search->ms))
		return true;
	if (search->bad.len == 0) {
		search->bad = *text;
		search->bad_at = ev->now;
	}
	return false;
}

static void apply_time(const struct map *map, struct eval *ev, struct fact *fact)
{
	struct time_search search = {.ms = 0};
	struct str text = STR_EMPTY;

	fact->has_time = value_expr_text(&map->time.at, ev, accept_instant, &search, &text);
	if (fact->has_time) {
		fact->time_ms = search.ms;
		return;
	}
	fact->vendor_time = search.bad;
	eval_use(ev, search.bad_at);
}

static struct str key_value(const struct key_rule *rule, struct eval *ev, const struct fact *fact)
{
	struct str text = STR_EMPTY;

	switch (rule->kind) {
	case KEY_FIELD:
		return fact->fields[rule->field];
	case KEY_TIME:
		return fact->has_time ? eval_print_time(ev, fact->time_ms) : fact->vendor_time;
	case KEY_VALUE:
		(void)value_expr_text(&rule->value, ev, NULL, NULL, &text);
		break;
	}
	return text;
}

static void apply_key(const struct map *map, struct eval *ev, struct fact *fact)
{
	ev->keep_unused = true; /* identity alone does not show a member to anybody */
	for (size_t i = 0; i < map->key_count; i++)
		fact->key[i] = key_value(&map->key[i], ev, fact);
	fact->key_count = map->key_count;
	ev->keep_unused = false;
}

bool map_matches(const struct map *map, struct eval *ev, const struct timestamp_zone *const *zones)
{
	ev->time = &map->time;
	ev->zone = map->time.has_zone ? zones[map->time.zone] : NULL;
	return conditions_hold(&map->when, ev);
}

enum err map_apply(const struct map *map, struct eval *ev, struct fact *fact)
{
	memset(fact->fields, 0, sizeof(fact->fields));
	fact->is_campaign = fact->has_count = map->counter_count > 0;
	fact->has_delta = false;
	fact->count = 0;
	fact->pairs = NULL;
	fact->vendor_status = STR_EMPTY;
	fact->is_unknown_word = false;
	fact->vendor_time = STR_EMPTY;
	fact->record = ev->record;
	if (map->counter_count == 0)
		apply_status(&map->status, ev, fact);
	apply_time(map, ev, fact);
	apply_set(map, ev, fact);
	apply_key(map, ev, fact);
	return ev->err;
}
