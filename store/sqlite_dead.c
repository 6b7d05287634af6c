/* SPDX-License-Identifier: MIT */
#include "store/sqlite.h"

static void bind_payload(sqlite3_stmt *stmt, const struct payload *p)
{
	static const struct payload none;

	(void)sqlite3_bind_int(stmt, 10, p != NULL ? 1 : 0);
	if (p == NULL)
		p = &none;
	(void)sqlite3_bind_int64(stmt, 11, p->received_ms);
	(void)sqlite3_bind_int(stmt, 12, (int)p->via);
	(void)sqlite3_bind_int(stmt, 13, p->replay ? 1 : 0);
	sqlite_bind_str(stmt, 14, p->account);
	sqlite_bind_str(stmt, 15, p->source);
	sqlite_bind_str(stmt, 16, p->verified);
	sqlite_bind_str(stmt, 17, p->method);
	sqlite_bind_str(stmt, 18, p->media_type);
	sqlite_bind_str(stmt, 19, p->query);
	sqlite_bind_str(stmt, 20, p->headers);
	sqlite_bind_str(stmt, 21, p->vars);
	sqlite_bind_blob(stmt, 22, p->body);
}

enum err sqlite_dead_add(struct backend *b, const struct store_dead *dead, int64_t now_ms)
{
	sqlite3_stmt *stmt = b->stmts[STMT_DEAD_ADD];

	(void)sqlite3_bind_int64(stmt, 1, now_ms);
	sqlite_bind_str(stmt, 2, dead->account);
	sqlite_bind_str(stmt, 3, dead->source);
	sqlite_bind_str(stmt, 4, dead->cause);
	sqlite_bind_str(stmt, 5, dead->text);
	(void)sqlite3_bind_int64(stmt, 6, dead->entry);
	(void)sqlite3_bind_int64(stmt, 7, (int64_t)dead->index);
	(void)sqlite3_bind_int64(stmt, 8, dead->received_ms);
	sqlite_bind_str(stmt, 9, dead->event_id);
	bind_payload(stmt, dead->payload);
	return sqlite_run(b, stmt);
}

static enum err read_payload(struct backend *b, sqlite3_stmt *stmt, int64_t entry,
                             struct payload *ret_payload)
{
	struct payload p = {
		.entry = entry,
		.received_ms = sqlite3_column_int64(stmt, 11),
		.via = (enum payload_via)sqlite3_column_int(stmt, 12),
		.replay = sqlite3_column_int(stmt, 13) != 0,
	};
	struct str *const parts[] = {&p.account, &p.source,  &p.verified, &p.method, &p.media_type,
	                             &p.query,   &p.headers, &p.vars,     &p.body};

	for (int i = 0; i < (int)(sizeof(parts) / sizeof(parts[0])); i++) {
		enum err err = sqlite_keep(b, stmt, 14 + i, parts[i]);

		if (err != ERR_OK)
			return err;
	}
	*ret_payload = p;
	return ERR_OK;
}

static enum err read_dead(struct backend *b, sqlite3_stmt *stmt, struct store_dead_row *ret_row)
{
	struct store_dead_row row = {
		.id = sqlite3_column_int64(stmt, 0),
		.parked_ms = sqlite3_column_int64(stmt, 1),
		.dead.entry = sqlite3_column_int64(stmt, 6),
		.dead.index = (size_t)sqlite3_column_int64(stmt, 7),
		.dead.received_ms = sqlite3_column_int64(stmt, 8),
	};
	enum err err = sqlite_keep(b, stmt, 2, &row.dead.account);

	if (err == ERR_OK)
		err = sqlite_keep(b, stmt, 3, &row.dead.source);
	if (err == ERR_OK)
		err = sqlite_keep(b, stmt, 4, &row.dead.cause);
	if (err == ERR_OK)
		err = sqlite_keep(b, stmt, 5, &row.dead.text);
	if (err == ERR_OK)
		err = sqlite_keep(b, stmt, 9, &row.dead.event_id);
	if (err == ERR_OK && sqlite3_column_int(stmt, 10) != 0) {
		struct payload *p = arena_alloc(&b->results, sizeof(*p));

		err = p != NULL ? read_payload(b, stmt, row.dead.entry, p) : ERR_NOMEM;
		row.dead.payload = p;
	}
	if (err == ERR_OK)
		*ret_row = row;
	return err;
}

enum err sqlite_dead_list(struct backend *b, int64_t after, size_t max, bool with_bodies,
                          const struct store_dead_row **ret_rows, size_t *ret_count)
{
	sqlite3_stmt *stmt = b->stmts[STMT_DEAD_LIST];
	enum err err;
	size_t count = 0;
	bool has_row = false;

	sqlite_results_reset(b);
	(void)sqlite3_bind_int64(stmt, 1, after);
	(void)sqlite3_bind_int64(stmt, 2, max < INT32_MAX ? (int64_t)max : INT32_MAX);
	(void)sqlite3_bind_int(stmt, 3, with_bodies ? 1 : 0);
	while ((err = sqlite_row(b, stmt, &has_row)) == ERR_OK && has_row) {
		err = sqlite_grow(&b->rows, &b->rows_bytes,
		                  (count + 1) * sizeof(struct store_dead_row));
		if (err == ERR_OK)
			err = read_dead(b, stmt, (struct store_dead_row *)b->rows + count);
		if (err != ERR_OK)
			break;
		count++;
	}
	(void)sqlite3_reset(stmt);
	if (err == ERR_OK) {
		*ret_rows = b->rows;
		*ret_count = count;
	}
	return err;
}

enum err sqlite_dead_drop(struct backend *b, int64_t id)
{
	sqlite3_stmt *stmt = b->stmts[STMT_DEAD_DROP];

	(void)sqlite3_bind_int64(stmt, 1, id);

	enum err err = sqlite_run(b, stmt);

	if (err == ERR_OK && sqlite3_changes(b->db) == 0)
		return ERR_NOENT;
	return err;
}
