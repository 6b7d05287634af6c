/* SPDX-License-Identifier: MIT */
#include "normalise/event/fact.h"

#define FIELD(id, name, kind, text) [FIELD_##id] = {name, FIELD_KIND_##kind, text},
const struct field_def field_defs[FIELD_COUNT] = {
#include "normalise/event/fields.def"
};
#undef FIELD

bool field_from(struct str name, enum field *ret_field)
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (str_eq(name, str_from(field_defs[i].name))) {
			*ret_field = (enum field)i;
			return true;
		}
	}
	return false;
}

struct str fact_campaign(const struct fact *fact, bool *ret_is_name)
{
	*ret_is_name = fact->fields[FIELD_CAMPAIGN_ID].len == 0;
	return fact->fields[*ret_is_name ? FIELD_CAMPAIGN_NAME : FIELD_CAMPAIGN_ID];
}
