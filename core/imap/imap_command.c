/* SPDX-License-Identifier: MIT */
#include "core/imap/imap_command.h"

#define DAY_MS        86400000
#define FROM_MAX      16
#define ADDRESS_BYTES "16384"

static enum err put_quoted(struct buf *to, struct str text)
{
	(void)buf_append_char(to, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c < 0x20 || c > 0x7e)
			return ERR_INVAL;
		if (c == '"' || c == '\\')
			(void)buf_append_char(to, '\\');
		(void)buf_append_char(to, c);
	}
	return buf_append_char(to, '"');
}

enum err imap_command_select(struct buf *to, struct str mailbox, bool is_read_only)
{
	(void)buf_append_str(to, is_read_only ? STR_LIT("EXAMINE ") : STR_LIT("SELECT "));
	return put_quoted(to, mailbox);
}

/* "3-Sep-2024". Source for the sum: the calendar's era of 400 years, as in imap_mail.c. */
static void put_day(struct buf *to, int64_t ms)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int64_t z = ms / DAY_MS + 719468;
	int64_t era = z / 146097, of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	int64_t day = of_year - (153 * month + 2) / 5 + 1;

	month = month < 10 ? month + 2 : month - 10; /* from 0 */
	year += era * 400 + (month < 2 ? 1 : 0);
	(void)buf_printf(to, " SINCE %d-%s-%04d", (int)day, months[month], (int)year);
}

/* OR takes two: n names need n - 1 of them in front. */
static enum err put_from(struct buf *to, const struct imap_search *search)
{
	enum err err = ERR_OK;

	if (search->from_count > FROM_MAX)
		return ERR_INVAL;
	for (size_t i = 1; i < search->from_count; i++)
		(void)buf_append_str(to, STR_LIT(" OR"));
	for (size_t i = 0; i < search->from_count && err == ERR_OK; i++) {
		(void)buf_append_str(to, STR_LIT(" FROM "));
		err = put_quoted(to, search->from[i]);
	}
	return err;
}

enum err imap_command_search(struct buf *to, const struct imap_search *search)
{
	(void)buf_append_str(to, STR_LIT("UID SEARCH"));
	if (search->above_uid > 0 && search->above_uid < UINT32_MAX)
		(void)buf_printf(to, " UID %u:*", (unsigned)search->above_uid + 1);
	if (search->is_unseen)
		(void)buf_append_str(to, STR_LIT(" UNSEEN"));
	if (search->since_ms > 0)
		put_day(to, search->since_ms);
	if (search->above_uid == 0 && !search->is_unseen && search->since_ms <= 0 &&
	    search->from_count == 0)
		(void)buf_append_str(to, STR_LIT(" ALL"));

	enum err err = put_from(to, search);

	return err == ERR_OK ? buf_err(to) : err;
}

static void put_uids(struct buf *to, const struct imap_fetch *fetch)
{
	for (size_t i = 0; i < fetch->uid_count; i++)
		(void)buf_printf(to, "%s%u", i > 0 ? "," : "", (unsigned)fetch->uids[i]);
}

enum err imap_command_fetch(struct buf *to, const struct imap_fetch *fetch)
{
	(void)buf_append_str(to, STR_LIT("UID FETCH "));
	put_uids(to, fetch);
	(void)buf_append_str(to, STR_LIT(" (UID INTERNALDATE RFC822.SIZE BODY.PEEK["));
	if (fetch->part == IMAP_PART_ADDRESS) {
		return buf_append_str(
			to, STR_LIT("HEADER.FIELDS (FROM SUBJECT)]<0." ADDRESS_BYTES ">)"));
	}
	return buf_printf(to, "]<0.%zu>)", fetch->max);
}

enum err imap_command_mark_seen(struct buf *to, const struct imap_fetch *fetch)
{
	(void)buf_append_str(to, STR_LIT("UID STORE "));
	put_uids(to, fetch);
	return buf_append_str(to, STR_LIT(" +FLAGS.SILENT (\\Seen)"));
}
