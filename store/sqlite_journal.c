/* SPDX-License-Identifier: MIT */
#include "store/sqlite.h"

/* Far below SQLite's limit of 10^9 bytes a row, far above what a listener lets in. */
#define ROW_MAX_BYTES ((size_t)512 * 1024 * 1024)

static bool payload_is_valid(const struct payload *p)
{
	const struct str parts[] = {p->source, p->verified, p->method, p->media_type,
	                            p->query,  p->headers,  p->vars,   p->body};
	size_t total = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].len > ROW_MAX_BYTES - total)
			return false;
		total += parts[i].len;
	}
	return sqlite_account_is_valid(p->account);
}

static void bind_payload(sqlite3_stmt *stmt, const struct payload *p)
{
	(void)sqlite3_bind_int64(stmt, 5, p->received_ms);
	(void)sqlite3_bind_int(stmt, 6, (int)p->via);
	(void)sqlite3_bind_int(stmt, 7, p->replay ? 1 : 0);
	sqlite_bind_str(stmt, 8, p->source);
	sqlite_bind_str(stmt, 9, p->verified);
	sqlite_bind_str(stmt, 10, p->method);
	sqlite_bind_str(stmt, 11, p->media_type);
	sqlite_bind_str(stmt, 12, p->query);
	sqlite_bind_str(stmt, 13, p->headers);
	sqlite_bind_str(stmt, 14, p->vars);
	sqlite_bind_blob(stmt, 15, p->body);
}

enum err sqlite_put(struct backend *b, const struct payload *payload, int64_t *ret_entry)
{
	sqlite3_stmt *stmt = b->stmts[STMT_JOURNAL_PUT];
	struct lane *lane;

	if (!payload_is_valid(payload))
		return ERR_INVAL;

	enum err err = sqlite_lane_need(b, payload->account, &lane);

	if (err != ERR_OK)
		return err;
	(void)sqlite3_bind_int64(stmt, 1, b->next_entry);
	(void)sqlite3_bind_int64(stmt, 2, lane->id);
	(void)sqlite3_bind_int64(stmt, 3, (int64_t)lane->newest_nth + 1);
	(void)sqlite3_bind_int64(stmt, 4, (int64_t)(lane->newest_bytes + payload->body.len));
	bind_payload(stmt, payload);
	err = sqlite_run(b, stmt);
	if (err != ERR_OK)
		return err;
	lane->newest = b->next_entry++;
	if (lane->oldest == 0) {
		lane->oldest = lane->newest;
		lane->gone_bytes = lane->newest_bytes;
	}
	lane->newest_nth++;
	lane->newest_bytes += payload->body.len;
	*ret_entry = lane->newest;
	return ERR_OK;
}

static enum err read_payload(struct backend *b, sqlite3_stmt *stmt, struct str account,
                             struct payload *ret_payload)
{
	struct payload p = {
		.entry = sqlite3_column_int64(stmt, 0),
		.received_ms = sqlite3_column_int64(stmt, 1),
		.via = (enum payload_via)sqlite3_column_int(stmt, 2),
		.replay = sqlite3_column_int(stmt, 3) != 0,
		.account = account,
	};
	struct str *const parts[] = {&p.source, &p.verified, &p.method, &p.media_type,
	                             &p.query,  &p.headers,  &p.vars,   &p.body};

	for (int i = 0; i < (int)(sizeof(parts) / sizeof(parts[0])); i++) {
		enum err err = sqlite_keep(b, stmt, 4 + i, parts[i]);

		if (err != ERR_OK)
			return err;
	}
	*ret_payload = p;
	return ERR_OK;
}

/* The statement is bound; read until it ends or the bytes are reached. */
static enum err read_claim(struct backend *b, sqlite3_stmt *stmt, struct str account,
                           size_t max_bytes, size_t *ret_count)
{
	enum err err = ERR_OK;
	size_t count = 0;
	size_t bytes = 0;
	bool has_row = false;

	while (count == 0 || bytes < max_bytes) {
		err = sqlite_row(b, stmt, &has_row);
		if (err != ERR_OK || !has_row)
			break;
		err = sqlite_grow(&b->rows, &b->rows_bytes, (count + 1) * sizeof(struct payload));
		if (err != ERR_OK)
			break;

		struct payload *p = (struct payload *)b->rows + count;

		err = read_payload(b, stmt, account, p);
		if (err != ERR_OK)
			break;
		bytes += p->body.len;
		count++;
	}
	(void)sqlite3_reset(stmt);
	if (err == ERR_OK)
		*ret_count = count;
	return err;
}

enum err sqlite_claim(struct backend *b, struct str account, int64_t after, size_t max_count,
                      size_t max_bytes, struct store_claim *ret_claim)
{
	sqlite3_stmt *stmt = b->stmts[STMT_JOURNAL_CLAIM];
	const struct lane *lane = sqlite_lane_find(b, account);
	struct str name;
	size_t count = 0;
	enum err err = ERR_OK;

	if (max_count == 0)
		return ERR_INVAL;
	sqlite_results_reset(b);
	if (lane != NULL && lane->newest > lane->upto) {
		err = arena_str_dup(&b->results, account, &name);
		if (err != ERR_OK)
			return err;
		(void)sqlite3_bind_int64(stmt, 1, lane->id);
		(void)sqlite3_bind_int64(stmt, 2, after > lane->upto ? after : lane->upto);
		(void)sqlite3_bind_int64(stmt, 3,
		                         max_count < INT32_MAX ? (int64_t)max_count : INT32_MAX);
		err = read_claim(b, stmt, name, max_bytes, &count);
	}
	if (err == ERR_OK)
		*ret_claim = (struct store_claim){b->rows, count};
	return err;
}
