/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/mail_validity.h"

static enum validity_turn same(struct mail_validity *v, bool is_calm)
{
	if (!v->is_unsteady || !is_calm)
		return VALIDITY_SAME;
	v->is_unsteady = false;
	return VALIDITY_CALM;
}

enum validity_turn mail_validity_take(struct mail_validity *v, uint32_t value, uint64_t mono_ms)
{
	const bool is_calm = !v->has_changed || mono_ms - v->changed_ms >= VALIDITY_CALM_MS;
	const bool was_unsteady = v->is_unsteady;

	if (v->value == value)
		return same(v, is_calm);
	if (v->value == 0) {
		v->value = value;
		return VALIDITY_FIRST;
	}
	v->value = value;
	v->has_changed = true;
	v->changed_ms = mono_ms;
	v->is_unsteady = !is_calm;
	if (is_calm)
		return VALIDITY_ANEW;
	return was_unsteady ? VALIDITY_AGAIN : VALIDITY_UNSTEADY;
}
