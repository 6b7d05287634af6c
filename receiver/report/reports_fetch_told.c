/* SPDX-License-Identifier: MIT */
/* What is told of a run to who asked for it, and what it says of the whole. */
#include <stdio.h>

#include "receiver/report/reports_fetch_parts.h"

/* ---- while it is under way ---- */

void fetching_enter(struct report_fetching *f)
{
	f->active++;
}

void fetching_leave(struct report_fetching *f)
{
	f->active--;
}

void fetching_tell(const struct report_fetching *f, const struct running *x)
{
	if (f != NULL && !f->is_dropped && f->ops.on_progress != NULL)
		f->ops.on_progress(f->arg, x->combo->values, x->combo->count, &x->progress);
}

bool fetching_payload(const struct report_fetching *f, struct source *source,
                      const struct payload *payload)
{
	if (f == NULL || f->is_dropped || f->ops.on_payload == NULL)
		return true;
	return f->ops.on_payload(f->arg, source, payload);
}

/* ---- how it ends ---- */

static unsigned badness(enum err err)
{
	static const enum err order[] = {ERR_OK,   ERR_NOENT, ERR_AGAIN,   ERR_IO,
	                                 ERR_AUTH, ERR_NOMEM, ERR_CANCELED};

	for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (order[i] == err)
			return i;
	}
	return 0;
}

static void fetching_worse(struct report_fetching *f, enum err err, const char *text)
{
	if (badness(err) <= badness(f->err))
		return;
	f->err = err;
	(void)snprintf(f->text, sizeof(f->text), "%s", text);
}

void fetching_drop_items(struct report_fetching *f)
{
	while (f->next < f->item_count)
		combo_free(f->items[f->next++]);
}

void fetching_fail(struct report_fetching *f, enum err err, const char *text)
{
	fetching_worse(f, err, text);
	f->is_planned = true;
	fetching_drop_items(f);
}

static enum err err_of(enum report_end end)
{
	switch (end) {
	case REPORT_DONE:
		return ERR_OK;
	case REPORT_REFUSED:
	case REPORT_FAILED:
		return ERR_IO;
	case REPORT_LATER:
		return ERR_AGAIN;
	case REPORT_UNAUTHORIZED:
		return ERR_AUTH;
	case REPORT_CANCELED:
		return ERR_CANCELED;
	}
	return ERR_IO;
}

void fetching_on_run(struct report_fetching *f, const struct running *x)
{
	f->active--;
	if (!f->is_dropped && f->ops.on_run != NULL)
		f->ops.on_run(f->arg, x->combo->values, x->combo->count, &x->result);
	fetching_worse(f, err_of(x->result.end), x->result.text);
	/* The others would hear the same. */
	if (x->result.end == REPORT_LATER || x->result.end == REPORT_UNAUTHORIZED)
		fetching_drop_items(f);
}
