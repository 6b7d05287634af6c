/* SPDX-License-Identifier: MIT */
/**
 * job_words - what the JSON of a job's answers says: its id, where it stands, where the file is.
 *
 * Pure. A body that is no JSON (empty, CSV, HTML) says nothing, and that is no error: what counts
 * then are the status and the headers (receiver/report/job/job_answer.h).
 */
#ifndef NORMALISE_PROFILE_JOB_WORDS_H
#define NORMALISE_PROFILE_JOB_WORDS_H

#include "core/arena.h"
#include "core/err.h"
#include "normalise/profile/report_spec.h"

#define JOB_PARTS_MAX 1000
#define JOB_TEXT_MAX  8192 /* of an id, an address or a text; a longer one counts as absent */

enum job_word {
	JOB_WORD_NONE, /* no `state` in the profile, or nothing there in the answer */
	JOB_WORD_PENDING,
	JOB_WORD_DONE,
	JOB_WORD_FAILED,
};

/** Texts are in the arena; empty when the answer does not have them. */
struct job_words {
	bool is_json;
	struct str id;  /* of the create's answer */
	struct str url; /* status URL, of the create's answer */
	enum job_word word;
	struct str state; /* as the vendor wrote it */
	struct str error;
	struct str link;         /* `link`; absolute, or relative to the address that was asked */
	const struct str *parts; /* `parts`; without them the link alone */
	size_t part_count;
};

/**
 * @param body  of the create's, or a status answer
 * @return ERR_OK, ERR_LIMIT more than JOB_PARTS_MAX parts, ERR_NOMEM
 */
enum err job_words_read(const struct job_spec *spec, struct str body, struct arena *arena,
                        struct job_words *ret_words) MUST_CHECK;

#endif /* NORMALISE_PROFILE_JOB_WORDS_H */
