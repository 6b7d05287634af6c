/* SPDX-License-Identifier: MIT */
/**
 * stay - an object that its owner may free from within its callbacks stays until the last of them
 * has returned.
 *
 * Whoever calls back does so between stay_enter() and stay_leave(), and looks at is_over before it
 * goes on; who frees the object asks stay_end() first.
 */
#ifndef CORE_STAY_H
#define CORE_STAY_H

#include <assert.h>
#include <stdbool.h>

struct stay {
	unsigned depth; /* callbacks on the stack */
	bool is_over;   /* it was freed from within one */
};

static inline void stay_enter(struct stay *s)
{
	s->depth++;
}

/** @return whether the object is to be destroyed now */
static inline bool stay_leave(struct stay *s)
{
	assert(s->depth > 0);
	s->depth--;
	return s->depth == 0 && s->is_over;
}

/** It is freed. @return whether it is to be destroyed now; else the last stay_leave() says so */
static inline bool stay_end(struct stay *s)
{
	s->is_over = true;
	return s->depth == 0;
}

#endif /* CORE_STAY_H */
