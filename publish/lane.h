/* SPDX-License-Identifier: MIT */
/**
 * lane - the journal entries of one account on their way to the broker, strictly in order.
 *
 *     claim ─▶ entries ─▶ decode ─▶ items ─▶ ask (store_known) ─▶ send ─▶ PUBACK ─▶ fold ─▶ batches
 *       ▲                                                                                      │
 *       └──────────── connection lost: rewind ◀── (a moment) ─▶ settle ◀─────────────────────────┘
 *
 * Private to the relay, which gives each lane its turn: lane.c claims, lane_decode.c makes items,
 * lane_ask.c asks the store which of them are news, lane_send.c sends and takes the answers,
 * lane_settle.c folds and settles, lane_rewind.c forgets what is not settled.
 *
 * Bounded: entries by LANE_ENTRIES_MAX and LANE_BYTES_MAX, items by the relay's window (their
 * number and bytes; a lane that holds none always gets one), what is folded by RELAY_WAITING_IDS
 * and RELAY_WAITING_BYTES for all lanes; past these only a lane that has less than LANE_FOLDED_MIN
 * goes on.
 */
#ifndef PUBLISH_LANE_H
#define PUBLISH_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/backoff.h"
#include "core/metrics.h"
#include "publish/entry.h"
#include "publish/id_set.h"
#include "publish/outgoing.h"
#include "publish/relay.h"
#include "publish/settling.h"
#include "publish/tally_map.h"

#define LANE_CLAIM_COUNT  256
#define LANE_CLAIM_BYTES  ((size_t)256 * 1024)
#define LANE_ENTRIES_MAX  1024
#define LANE_BYTES_MAX    ((size_t)512 * 1024)
#define LANE_ASK_MAX      512
#define LANE_FOLDED_MIN   2048
#define LANE_BATCH_MS     500 /* so long one settle collects */
#define LANE_BATCHES_MAX  16
#define LANE_PARTIAL_MIN  512 /* so much of an unfinished entry is settled before it is done */
#define LANE_NOTICES_MAX  100 /* of one entry */
#define LANE_WORDS_MAX    32  /* unknown status words of an account that are logged */
#define LANE_RETRY_MS     1000
#define LANE_PAUSE_MIN_MS 1000
#define LANE_PAUSE_MAX_MS 60000

/** What all lanes share; owned by the relay. */
struct lane_env {
	struct loop *loop;
	struct store *store;
	struct source_table *sources;
	unsigned sources_nth;     /* rises when they are replaced */
	struct normaliser *spare; /* owned by the relay; NULL while it is in use */
	const char *prefix;
	struct id_set ids;        /* of all lanes' events that are not settled */
	struct tally_map tallies; /* of all lanes' counters that are not settled */
	size_t lanes;
	size_t window;        /* most items of all lanes */
	size_t window_bytes;  /* the most that they take */
	size_t held;          /* items of all lanes */
	size_t held_bytes;    /* of them */
	size_t waiting_ids;   /* in the batches of all lanes */
	size_t waiting_bytes; /* of their counters and dead letters */
	size_t waiting_ids_max;
	uint64_t settle_after_ms;
	bool is_draining;        /* settle at once */
	bool is_over;            /* begin nothing more */
	void (*wake)(void *arg); /* something can go on */
	/* counters of a campaign were settled */
	void (*changed)(void *arg, struct str account, struct str level);
	void *wake_arg; /* of both */
};

struct lane {
	TAILQ_ENTRY(lane) link;
	struct lane_env *env; /* borrowed */
	char *account;        /* owned */
	struct str account_str;

	/* the journal */
	int64_t newest;     /* newest entry that we know of */
	int64_t claimed;    /* entries up to here were claimed */
	int64_t settled;    /* entries up to here are settled */
	int64_t oldest_ms;  /* received time of the oldest entry not settled; 0: none */
	int64_t claim_seen; /* newest when the present claim was made */
	bool is_claiming;
	struct entry_list entries; /* owned; claimed, not folded */
	struct entry *decode_at;   /* the one to be decoded; NULL: all are */
	size_t entry_count, undecoded_count;
	uint64_t entry_bytes;

	/* items */
	struct outgoing_list items; /* owned; not folded */
	size_t held, held_bytes;
	struct outgoing *ask_at;  /* first NEW event; NULL: none */
	struct outgoing *asked;   /* first ASKED one while the store is being asked */
	unsigned asking;          /* questions that are with the store */
	enum err ask_err;         /* one of them failed */
	struct outgoing *send_at; /* nothing before it is READY */
	size_t ask_count;         /* of keys */
	uint8_t ask_ids[LANE_ASK_MAX * STORE_ID_BYTES];
	bool ask_known[LANE_ASK_MAX]; /* answers */
	size_t ask_tally_count;
	uint8_t ask_tallies[LANE_ASK_MAX * STORE_ID_BYTES];

	/* settles */
	struct settling_list batches; /* owned; the last may grow */
	size_t batch_count;
	size_t folded;             /* ids and dead letters in them */
	struct settling *settling; /* owned; is with the store, or waits to be given again; NULL */
	struct store_settle settle;
	struct settling_part part;       /* of the entry behind the settled ones */
	struct loop_timer *settle_timer; /* owned; the first batch has waited long enough */
	bool is_settle_timed;
	bool is_settling;  /* with the store */
	bool is_rewinding; /* everything was forgotten; what the store still does is awaited */

	/* trouble */
	struct loop_timer *pause_timer; /* owned; the broker refuses */
	struct loop_timer *retry_timer; /* owned; store or memory failed */
	struct backoff pause;
	bool is_paused, is_retrying;
	uint32_t logged_reasons[8]; /* one bit for each */
	uint32_t logged_words[LANE_WORDS_MAX];
	size_t logged_word_count;
};

/** @return ERR_OK, ERR_NOMEM */
enum err lane_new(struct lane_env *env, struct str account, struct lane **ret_lane) MUST_CHECK;
/** Accepts NULL. No operation of it may be in the store. */
void lane_free(struct lane *l);

/** An entry waits. */
void lane_notify(struct lane *l, int64_t entry, int64_t received_ms);
/** Claim when there is room. */
void lane_claim(struct lane *l);
/** Nothing of it waits; or the broker refuses it, and nothing acknowledged waits to be settled. */
bool lane_is_quiet(const struct lane *l);
/** Come back after a while: store or memory failed. */
void lane_retry_later(struct lane *l);

/** Decode at most @p max records. @return how many it was */
size_t lane_decode(struct lane *l, size_t max);
/** Ask the store about what was decoded. */
void lane_ask(struct lane *l);
/** No longer remember the id or tally of @p item as one that is on its way. */
void lane_let_go(struct lane *l, const struct outgoing *item);
/** Put @p item at the end. */
void lane_put(struct lane *l, struct outgoing *item);
/** Put @p added in front of @p after. */
void lane_put_before(struct lane *l, struct outgoing *after, struct outgoing *added);

/** The next item to send, NULL when there is none or the lane is paused. */
struct outgoing *lane_next(struct lane *l);
/** The item that lane_next() gave is on its way. */
void lane_sent(struct lane *l, struct outgoing *item, uint32_t slot);
/** Its PUBACK came. */
void lane_acked(struct lane *l, struct outgoing *item, unsigned reason);
/** It can never be sent; @p text says why. */
void lane_refuse(struct lane *l, struct outgoing *item, const char *text);

/** Take what is done from the front, and settle what has waited long enough. */
void lane_fold(struct lane *l);
/** Let go of a batch: it is settled, or is not going to be. */
void lane_drop_batch(struct lane *l, struct settling *s);

/** The connection is gone: forget everything that is not settled, to claim it again. */
void lane_rewind(struct lane *l);
/** An operation that was under way during lane_rewind() ended: go on after the last one. */
void lane_go_on(struct lane *l);

#endif /* PUBLISH_LANE_H */
