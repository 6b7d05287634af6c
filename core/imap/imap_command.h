/* SPDX-License-Identifier: MIT */
/** imap_command - the commands of imap_client as text, without tag and CR LF. Pure. */
#ifndef CORE_IMAP_IMAP_COMMAND_H
#define CORE_IMAP_IMAP_COMMAND_H

#include "core/buf.h"
#include "core/imap/imap_client.h"

/** SELECT or EXAMINE. @return ERR_OK, ERR_NOMEM, ERR_INVAL not printable ASCII */
enum err imap_command_select(struct buf *to, struct str mailbox, bool is_read_only) MUST_CHECK;
/** @return ERR_OK, ERR_NOMEM, ERR_INVAL */
enum err imap_command_search(struct buf *to, const struct imap_search *search) MUST_CHECK;
/** @return ERR_OK, ERR_NOMEM */
enum err imap_command_fetch(struct buf *to, const struct imap_fetch *fetch) MUST_CHECK;
enum err imap_command_mark_seen(struct buf *to, const struct imap_fetch *fetch) MUST_CHECK;

#endif /* CORE_IMAP_IMAP_COMMAND_H */
