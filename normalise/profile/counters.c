/* SPDX-License-Identifier: MIT */
#include "normalise/profile/map.h"

/* Every reader of JSON keeps integers up to 2^53 exactly. Source: RFC 8259, 6. */
#define COUNT_MAX ((uint64_t)1 << 53)

/* A number with a sign, point or exponent is no counter, whatever it comes to. */
static bool count_from(const struct value *v, int64_t *ret_count)
{
	struct str text = STR_EMPTY;
	uint64_t count;

	if (!value_text(v, &text) || str_to_u64(str_trim(text), &count) != ERR_OK ||
	    count > COUNT_MAX)
		return false;
	*ret_count = (int64_t)count;
	return true;
}

/** @return whether @p v is a counter; marks it, and what says nothing */
static bool take(struct eval *ev, struct value *v, int64_t *ret_count)
{
	bool is_count = v != NULL && count_from(v, ret_count);

	if (is_count || value_is_empty(v))
		eval_use(ev, v);
	return is_count;
}

/** The first of the members called @p word that is a counter. */
static bool take_member(struct eval *ev, const struct value *object, struct str word,
                        int64_t *ret_count)
{
	if (object == NULL || object->kind != VALUE_OBJECT)
		return false;
	for (struct value *v = object->first; v != NULL; v = v->next) {
		if (str_ieq(v->key, word) && take(ev, v, ret_count))
			return true;
	}
	return false;
}

void counters_read(const struct map *map, struct eval *ev, struct counter_list *ret_counters)
{
	ret_counters->count = 0;
	for (size_t i = 0; i < map->counter_count; i++) {
		const struct counter_rule *rule = &map->counters[i];
		struct value *v = field_path_get(rule->at, ev->record);
		struct counter *counter = &ret_counters->list[ret_counters->count];
		bool is_taken = rule->word.len > 0 ? take_member(ev, v, rule->word, &counter->count)
		                                   : take(ev, v, &counter->count);

		counter->status = rule->status;
		ret_counters->count += is_taken ? 1 : 0;
	}
}
