/* SPDX-License-Identifier: MIT */
/** report_mail_words - words, and ids of campaigns, in texts and links. Pure; private to
 * report_mail. */
#ifndef RECEIVER_REPORT_MAIL_REPORT_MAIL_WORDS_H
#define RECEIVER_REPORT_MAIL_REPORT_MAIL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/str.h"

#define MAIL_SHORT_ID 5 /* up to so many characters an id counts only behind the word campaign */

/** A letter or digit stands there. */
bool mail_is_word_char(struct str s, size_t at);
/** The word "campaign" stands a little before @p at. */
bool mail_is_introduced(struct str s, size_t at);
/** The word stands on its own somewhere, in any case. */
bool mail_has_word(struct str s, struct str word);
/** So does an id; a short one behind the word campaign. */
bool mail_has_id(struct str s, struct str id);
/** "%2D" is "-": a link is looked through as the server reads it. @param to  as long as it */
struct str mail_decode_url(struct str url, char *to);

#endif /* RECEIVER_REPORT_MAIL_REPORT_MAIL_WORDS_H */
