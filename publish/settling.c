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
	free(s->counts);
	free(s->dead);
	free(s);
}

bool settling_is_empty(const struct settling *s)
{
	return s->id_count == 0 && s->dead_count == 0 && s->entries == 0;
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

static enum err add_count(struct settling *s, struct str account, struct str campaign,
                          struct str status)
{
	struct store_count count = {.add = 1, .status = status};
	void *counts = s->counts;
	enum err err;

	/* Neighbours mostly are of one campaign. */
	for (size_t i = s->count_count; i-- > 0;) {
		if (str_eq(s->counts[i].status, status) &&
		    str_eq(s->counts[i].campaign, campaign)) {
			s->counts[i].add++;
			return ERR_OK;
		}
	}
	err = reserve(&counts, s->count_count, &s->count_cap, sizeof(count));
	s->counts = counts;
	if (err == ERR_OK)
		err = arena_str_dup(&s->texts, account, &count.account);
	if (err == ERR_OK)
		err = arena_str_dup(&s->texts, campaign, &count.campaign);
	if (err == ERR_OK)
		s->counts[s->count_count++] = count;
	return err;
}

static enum err add_published(struct settling *s, struct str account, const struct outgoing *item)
{
	enum err err = reserve_id(s);

	if (err == ERR_OK) {
		err = add_count(s, account, str_from(item->campaign),
		                str_from(status_str(item->status)));
	}
	if (err != ERR_OK)
		return err;
	memcpy(s->ids + s->id_count * STORE_ID_BYTES, item->id, STORE_ID_BYTES);
	s->id_count++;
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

enum err settling_add_item(struct settling *s, struct str account, const struct outgoing *item)
{
	enum err err = ERR_OK;

	if (item->result == OUTGOING_DEAD) {
		err = add_dead(s, item);
	} else if (item->result == OUTGOING_PUBLISHED && item->is_counted) {
		err = add_published(s, account, item);
	}
	if (err != ERR_OK)
		return err;
	if (item->result == OUTGOING_PUBLISHED)
		s->published[item->status]++;
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
		.counts = s->counts,
		.count_count = s->count_count,
		.dead = s->dead,
		.dead_count = s->dead_count,
	};
}
