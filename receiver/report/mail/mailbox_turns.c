/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/mailbox_turns.h"

#include <stdlib.h>
#include <string.h>

static void turn_fini(struct mailbox_turn *turn)
{
	free(turn->id);
	*turn = (struct mailbox_turn){.id = NULL};
}

void mailbox_turns_fini(struct mailbox_turns *t)
{
	for (size_t i = 0; i < TURNS_MAX; i++)
		turn_fini(&t->list[i]);
	t->next = 0;
}

static const struct mailbox_turn *find(const struct mailbox_turns *t, const char *id,
                                       int64_t ordered_ms)
{
	for (size_t i = 0; i < TURNS_MAX; i++) {
		const struct mailbox_turn *turn = &t->list[i];

		if (turn->id != NULL && turn->ordered_ms == ordered_ms && strcmp(turn->id, id) == 0)
			return turn;
	}
	return NULL;
}

void mailbox_turns_add(struct mailbox_turns *t, const char *id, int64_t ordered_ms)
{
	const struct mailbox_turn *found = find(t, id, ordered_ms);
	struct mailbox_turn turn = {.ordered_ms = ordered_ms, .count = 1};

	if (found != NULL) {
		t->list[found - t->list].count++;
		return;
	}
	turn.id = strdup(id);
	if (turn.id == NULL)
		return;
	turn_fini(&t->list[t->next]);
	t->list[t->next] = turn;
	t->next = (t->next + 1) % TURNS_MAX;
}

unsigned mailbox_turns_count(const struct mailbox_turns *t, const char *id, int64_t ordered_ms)
{
	const struct mailbox_turn *turn = find(t, id, ordered_ms);

	return turn != NULL ? turn->count : 0;
}
