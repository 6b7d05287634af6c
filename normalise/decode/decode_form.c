/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "normalise/decode/decode.h"
#include "normalise/decode/form.h"

/* The first of the profile's fields that holds a JSON document. */
static struct str find_json(const struct decode_spec *spec, const struct value *form,
                            struct err_detail *reterr_detail)
{
	for (size_t i = 0; i < spec->json_field_count; i++) {
		const struct value *v = value_get(form, str_from(spec->json_fields[i]));

		if (v == NULL || v->kind != VALUE_STRING || !json_is_container(v->text))
			continue;
		(void)snprintf(reterr_detail->key, sizeof(reterr_detail->key), "%s",
		               spec->json_fields[i]);
		return v->text;
	}
	return STR_EMPTY;
}

enum err decode_form(struct decoder *d, struct str text, enum charset charset, struct str *ret_json,
                     struct err_detail *reterr_detail)
{
	enum err err =
		form_read(&d->document, text, charset, DECODE_FIELDS_MAX, &d->form, reterr_detail);

	if (err != ERR_OK)
		return err;
	d->env_form = d->form;
	*ret_json = find_json(d->spec, d->form, reterr_detail);
	return ERR_OK;
}
