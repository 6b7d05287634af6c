/* SPDX-License-Identifier: MIT */
#include "publish/settling.h"

#include <stdlib.h>
#include <string.h>

/* The lane stops decoding long before; this is the size of the largest payload and more. */
#define TEXTS_MAX ((size_t)256 * 1024 * 1024)

enum err settling_new(struct settling **ret_settling)
{
	struct settling *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ERR_NOMEM;
	arena_init(&s->texts, TEXTS_MAX);
	*ret_settling = s;
	return ERR_OK;
}

void settling_free(struct settling *s)
{
	if (s == NULL)
		return;
	arena_fini(&s->texts);
	free(s->ids);
	settling_counts_fini(&s->counts);
	free(s->tallies);
	free(s->dead);
	free(s);
}

size_t settling_size(const struct settling *s)
{
	return s->id_count + s->tally_count + s->dead_count;
}

bool settling_is_empty(const struct settling *s)
{
	return settling_size(s) == 0 && s->entries == 0;
}

/* Room for one more of @p size bytes. */
static enum err reserve(void **array, size_t count, size_t *cap, size_t size)
{
	size_t larger = *cap > 0 ? *cap * 2 : 64;
	void *moved;

	if (count < *cap)
		return ERR_OK;
	moved = realloc(*array, larger * size);
	if (moved == NULL)
		return ERR_NOMEM;
	*array = moved;
	*cap = larger;
	return ERR_OK;
}

static enum err reserve_id(struct settling *s)
{
	void *ids = s->ids;
	enum err err = reserve(&ids, s->id_count, &s->id_cap, STORE_ID_BYTES);

	s->ids = ids;
	return err;
}

static enum err add_count(struct settling *s, struct str account, const struct outgoing *item)
{
	const struct store_campaign campaign = {.account = account,
	                                        .level = str_from(item->campaign),
	                                        .id = str_from(item->campaign_id),
	                                        .name = str_from(item->campaign_name)};
	const struct store_count add = {.status = str_from(status_str(item->status)),
	                                .add = item->is_tally ? item->tally.delta : 1,
	                                .is_observed = !item->is_tally};

	return settling_counts_add(&s->counts, &s->texts, &campaign, &add);
}

static enum err add_key(struct settling *s, struct str account, const struct outgoing *item)
{
	enum err err = reserve_id(s);

	if (err == ERR_OK)
		err = add_count(s, account, item);
	if (err != ERR_OK)
		return err;
	memcpy(s->ids + s->id_count * STORE_ID_BYTES, item->id, STORE_ID_BYTES);
	s->id_count++;
	return ERR_OK;
}

/* Nothing can fail once its counter was added. */
static enum err add_tally(struct settling *s, struct str account, const struct outgoing *item)
{
	struct store_tally tally = {.count = item->tally.count,
	                            .revision = item->tally.revision,
	                            .entry = item->entry->payload.entry,
	                            .index = item->nth};
	void *tallies = s->tallies;
	enum err err = reserve(&tallies, s->tally_count, &s->tally_cap, sizeof(tally));

	s->tallies = tallies;
	if (err == ERR_OK)
		err = add_count(s, account, item);
	if (err != ERR_OK)
		return err;
	memcpy(tally.id, item->tally.id, sizeof(tally.id));
	s->tallies[s->tally_count++] = tally;
	return ERR_OK;
}

static enum err copy_payload(struct settling *s, const struct payload *from, struct str body,
                             const struct payload **ret_payload)
{
	struct payload *p = arena_alloc(&s->texts, sizeof(*p));

	if (p == NULL)
		return ERR_NOMEM;
	*p = *from;
	p->body = body;

	struct str *const slices[] = {&p->account, &p->source,     &p->verified,
	                              &p->method,  &p->media_type, &p->query,
	                              &p->headers, &p->vars,       &p->body};

	for (size_t i = 0; i < sizeof(slices) / sizeof(slices[0]); i++) {
		if (arena_str_dup(&s->texts, *slices[i], slices[i]) != ERR_OK)
			return ERR_NOMEM;
	}
	*ret_payload = p;
	return ERR_OK;
}

static enum err copy_texts(struct settling *s, const struct outgoing *item, struct store_dead *dead)
{
	enum err err = arena_str_dup(&s->texts, str_from(item->cause), &dead->cause);

	if (err == ERR_OK)
		err = arena_str_dup(&s->texts, str_from(item->text), &dead->text);
	if (err == ERR_OK)
		err = arena_str_dup(&s->texts, str_from(item->id_text), &dead->event_id);
	return err;
}

static enum err add_dead(struct settling *s, const struct outgoing *item)
{
	const struct payload *from = &item->entry->payload;
	struct store_dead dead = {
		.entry = from->entry, .index = item->index, .received_ms = from->received_ms};
	/* The record of an event cannot be cut out any more: the whole payload is kept, once. */
	struct str body = item->is_event ? from->body : item->raw;
	void *rows = s->dead;
	enum err err;

	if (item->is_event && item->entry->kept_body)
		body = STR_EMPTY;
	err = reserve(&rows, s->dead_count, &s->dead_cap, sizeof(dead));
	s->dead = rows;
	if (err == ERR_OK)
		err = copy_texts(s, item, &dead);
	if (err == ERR_OK)
		err = copy_payload(s, from, body, &dead.payload);
	if (err != ERR_OK)
		return err;
	dead.account = dead.payload->account;
	dead.source = dead.payload->source;
	s->dead[s->dead_count++] = dead;
	if (item->is_event)
		item->entry->kept_body = true;
	return ERR_OK;
}

static void drop_dead(struct settling *s, size_t dead_count, const struct outgoing *item)
{
	if (s->dead_count == dead_count)
		return;
	s->dead_count = dead_count;
	if (s->dead[dead_count].payload->body.len > 0)
		item->entry->kept_body = false;
}

enum err settling_add_item(struct settling *s, struct str account, const struct outgoing *item)
{
	size_t dead_count = s->dead_count;
	enum err err = ERR_OK;

	/* The dead letter comes first: it is the one that can be taken back. */
	if (item->result == OUTGOING_DEAD)
		err = add_dead(s, item);
	if (err == ERR_OK && item->is_tally && item->is_counted) {
		err = add_tally(s, account, item);
	} else if (item->result == OUTGOING_PUBLISHED && item->is_counted) {
		err = add_key(s, account, item);
	}
	if (err != ERR_OK) {
		drop_dead(s, dead_count, item);
		return err;
	}
	if (item->result == OUTGOING_PUBLISHED)
		s->published[item->status]++;
	s->is_sent = s->is_sent || !item->is_duplicate;
	s->unread += item->is_unread;
	s->duplicates += item->is_duplicate;
	s->unknown_words += item->is_unknown_word;
	return ERR_OK;
}

void settling_add_entry(struct settling *s, const struct entry *e)
{
	s->duplicates += e->duplicates;
	s->part = (struct settling_part){.entry = 0};
	s->upto = e->payload.entry;
	s->entries++;
	s->bytes += e->payload.body.len;
}

void settling_fill(const struct settling *s, struct str account, struct store_settle *ret_settle)
{
	*ret_settle = (struct store_settle){
		.account = account,
		.upto = s->upto,
		.entries = s->entries,
		.bytes = s->bytes,
		.ids = s->ids,
		.id_count = s->id_count,
		.counts = s->counts.counts,
		.count_count = s->counts.count_count,
		.campaigns = s->counts.campaigns,
		.campaign_count = s->counts.campaign_count,
		.tallies = s->tallies,
		.tally_count = s->tally_count,
		.dead = s->dead,
		.dead_count = s->dead_count,
	};
}
