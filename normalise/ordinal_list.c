/* SPDX-License-Identifier: MIT */
#include "normalise/ordinal_list.h"

#include "core/ascii.h"
#include "normalise/ordinals.h"

/** A number up to @p max at the begin of @p rest, of which it is cut. */
static bool cut_number(struct str *rest, uint64_t max, uint64_t *ret_number)
{
	size_t len = 0;
	uint64_t number;

	while (len < rest->len && ascii_is_digit(rest->ptr[len]))
		len++;
	if (str_to_u64((struct str){rest->ptr, len}, &number) != ERR_OK || number > max)
		return false;
	*rest = (struct str){rest->ptr + len, rest->len - len};
	*ret_number = number;
	return true;
}

/** The character itself or its escape. */
static bool cut_mark(struct str *rest, char mark, struct str escape)
{
	size_t len = 0;

	if (rest->len > 0 && rest->ptr[0] == mark) {
		len = 1;
	} else if (rest->len >= escape.len &&
	           str_ieq((struct str){rest->ptr, escape.len}, escape)) {
		len = escape.len;
	}
	*rest = (struct str){rest->ptr + len, rest->len - len};
	return len > 0;
}

/** The next entry, and the comma behind it. @return false: there is none that can be read */
static bool cut_entry(struct ordinal_list *list)
{
	uint64_t index, ordinal;
	struct str rest = list->rest;

	if (!cut_number(&rest, UINT64_MAX, &index) || !cut_mark(&rest, ':', STR_LIT("%3A")) ||
	    !cut_number(&rest, UINT32_MAX, &ordinal))
		return false;
	if (cut_mark(&rest, ',', STR_LIT("%2C")) == (rest.len == 0))
		return false; /* nothing behind a comma, or something without one */
	*list = (struct ordinal_list){rest, true, index, (uint32_t)ordinal};
	return true;
}

static bool is_well_formed(struct str text)
{
	struct ordinal_list list = {.rest = text};

	while (list.rest.len > 0) {
		struct ordinal_list before = list;

		if (!cut_entry(&list) || (before.has_entry && list.index <= before.index))
			return false;
	}
	return true;
}

void ordinal_list_open(struct ordinal_list *list, struct str vars)
{
	struct str field, name, text;

	*list = (struct ordinal_list){.rest = STR_EMPTY};
	while (vars.len > 0) {
		(void)str_cut(vars, '&', &field, &vars);
		(void)str_cut(field, '=', &name, &text);
		if (str_eq(name, STR_LIT(ORDINALS_VAR)))
			list->rest = text; /* the last one counts, as in every form */
	}
	if (!is_well_formed(list->rest))
		list->rest = STR_EMPTY;
}

uint32_t ordinal_list_get(struct ordinal_list *list, size_t index)
{
	while ((!list->has_entry || list->index < index) && cut_entry(list))
		;
	return list->has_entry && list->index == index ? list->ordinal : 0;
}
