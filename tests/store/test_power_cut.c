/* SPDX-License-Identifier: MIT */
/*
 * Power cut: a layer between SQLite and the files knows what was synced. After the cut only that is
 * certain; of each later write nothing, a part or all reached the disk.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "core/log.h"
#include "store/backend.h"
#include "tests/store/place.h"

#define CUTS           60
#define FILES_MAX      4
#define SECTOR         512
#define NAME_MAX_BYTES 256

/* One write (or, with no bytes, a truncation to `offset`) since the last sync. */
struct pending {
	struct pending *next;
	sqlite3_int64 offset;
	size_t len;
	unsigned char bytes[];
};

/* What is certainly on the disk. */
struct image {
	char name[NAME_MAX_BYTES];
	unsigned char *bytes;
	size_t len, cap;
	struct pending *first, **last;
};

struct shim_file {
	sqlite3_file base;
	struct image *image; /* NULL: not one that we watch */
	sqlite3_file *real;
};

static struct image images[FILES_MAX];
static sqlite3_vfs shim;
static sqlite3_vfs *real_vfs;
static unsigned seed = 1;

static unsigned random_below(unsigned limit)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 12) % limit;
}

static void apply(struct image *image, const struct pending *p, size_t len)
{
	size_t end = (size_t)p->offset + len;

	if (p->len == 0) { /* a truncation */
		if (end < image->len)
			image->len = end;
		return;
	}
	if (end > image->cap) {
		image->cap = end * 2;
		image->bytes = realloc(image->bytes, image->cap);
		assert_non_null(image->bytes);
	}
	if (end > image->len) {
		memset(image->bytes + image->len, 0, end - image->len);
		image->len = end;
	}
	memcpy(image->bytes + p->offset, p->bytes, len);
}

static void forget(struct image *image)
{
	while (image->first != NULL) {
		struct pending *next = image->first->next;

		free(image->first);
		image->first = next;
	}
	image->last = &image->first;
}

static void synced(struct image *image)
{
	for (const struct pending *p = image->first; p != NULL; p = p->next)
		apply(image, p, p->len);
	forget(image);
}

static void note(struct image *image, const void *bytes, size_t len, sqlite3_int64 offset)
{
	struct pending *p = malloc(sizeof(*p) + len);

	assert_non_null(p);
	p->next = NULL;
	p->offset = offset;
	p->len = len;
	if (len > 0)
		memcpy(p->bytes, bytes, len);
	*image->last = p;
	image->last = &p->next;
}

static struct shim_file *shim_of(sqlite3_file *file)
{
	return (struct shim_file *)file;
}

static int shim_close(sqlite3_file *file)
{
	struct shim_file *f = shim_of(file);

	return f->real->pMethods != NULL ? f->real->pMethods->xClose(f->real) : SQLITE_OK;
}

static int shim_read(sqlite3_file *file, void *bytes, int len, sqlite3_int64 offset)
{
	struct shim_file *f = shim_of(file);

	return f->real->pMethods->xRead(f->real, bytes, len, offset);
}

static int shim_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 offset)
{
	struct shim_file *f = shim_of(file);

	if (f->image != NULL)
		note(f->image, bytes, (size_t)len, offset);
	return f->real->pMethods->xWrite(f->real, bytes, len, offset);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	struct shim_file *f = shim_of(file);

	if (f->image != NULL)
		note(f->image, NULL, 0, size);
	return f->real->pMethods->xTruncate(f->real, size);
}

static int shim_sync(sqlite3_file *file, int flags)
{
	struct shim_file *f = shim_of(file);

	(void)flags;
	if (f->image != NULL)
		synced(f->image);
	return SQLITE_OK; /* the real disk does not matter here */
}

static int shim_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	struct shim_file *f = shim_of(file);

	return f->real->pMethods->xFileSize(f->real, ret_size);
}

static int shim_lock(sqlite3_file *file, int level)
{
	struct shim_file *f = shim_of(file);

	return f->real->pMethods->xLock(f->real, level);
}

static int shim_unlock(sqlite3_file *file, int level)
{
	struct shim_file *f = shim_of(file);

	return f->real->pMethods->xUnlock(f->real, level);
}

static int shim_check_lock(sqlite3_file *file, int *ret_locked)
{
	struct shim_file *f = shim_of(file);

	return f->real->pMethods->xCheckReservedLock(f->real, ret_locked);
}

static int shim_control(sqlite3_file *file, int op, void *arg)
{
	struct shim_file *f = shim_of(file);

	return f->real->pMethods->xFileControl(f->real, op, arg);
}

static int shim_sector(sqlite3_file *file)
{
	(void)file;
	return SECTOR;
}

static int shim_traits(sqlite3_file *file)
{
	(void)file;
	return 0;
}

static const sqlite3_io_methods shim_methods = {
	.iVersion = 1,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_check_lock,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector,
	.xDeviceCharacteristics = shim_traits,
};

static struct image *image_of(const char *name)
{
	for (size_t i = 0; i < FILES_MAX; i++) {
		struct image *image = &images[i];

		if (strcmp(image->name, name) == 0)
			return image;
		if (image->name[0] == '\0') {
			(void)snprintf(image->name, sizeof(image->name), "%s", name);
			image->last = &image->first;
			return image;
		}
	}
	return NULL;
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *ret_flags)
{
	struct shim_file *f = shim_of(file);
	int rc;

	(void)vfs;
	f->real = (sqlite3_file *)(void *)(f + 1);
	f->image = name != NULL ? image_of(name) : NULL;
	rc = real_vfs->xOpen(real_vfs, name, f->real, flags, ret_flags);
	f->base.pMethods = f->real->pMethods != NULL ? &shim_methods : NULL;
	return rc;
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	struct image *image = image_of(name);

	(void)vfs;
	if (image != NULL) {
		forget(image);
		image->len = 0;
	}
	return real_vfs->xDelete(real_vfs, name, sync_folder);
}

static void shim_install(void)
{
	real_vfs = sqlite3_vfs_find(NULL);
	shim = *real_vfs;
	shim.zName = "power";
	shim.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
	shim.xOpen = shim_open;
	shim.xDelete = shim_delete;
	assert_int_equal(sqlite3_vfs_register(&shim, 1), SQLITE_OK);
}

static void shim_remove(void)
{
	assert_int_equal(sqlite3_vfs_unregister(&shim), SQLITE_OK);
	for (size_t i = 0; i < FILES_MAX; i++) {
		forget(&images[i]);
		free(images[i].bytes);
		images[i] = (struct image){.name = ""};
	}
}

/* The file as the disk may have it: each unsynced write arrived, or not, or in part. */
static void write_remains(struct image *image, const char *path)
{
	FILE *file = fopen(path, "wb");

	for (const struct pending *p = image->first; p != NULL; p = p->next) {
		switch (random_below(3)) {
		case 0:
			break;
		case 1:
			apply(image, p, p->len);
			break;
		default:
			if (p->len >= SECTOR)
				apply(image, p, p->len / SECTOR / 2 * SECTOR);
		}
	}
	assert_non_null(file);
	if (image->len > 0)
		assert_int_equal(fwrite(image->bytes, 1, image->len, file), image->len);
	assert_int_equal(fclose(file), 0);
}

struct life {
	int64_t acknowledged; /* newest entry of a commit that gave ERR_OK */
	int64_t settled;
	uint64_t changes; /* of the campaign's counters */
	char checkpoint[32];
};

static void id_of(int64_t n, uint8_t id[STORE_ID_BYTES])
{
	memset(id, 0x33, STORE_ID_BYTES);
	memcpy(id, &n, sizeof(n));
}

/* A counter of the vendor that stands at @p count; its changes add up to the same. */
static void settle_tally(struct store_settle *s, const struct life *life, int64_t count)
{
	static struct store_tally tally;
	static struct store_count change;
	static const struct store_campaign campaign = {.account = {"acme", 4}, .level = {"c", 1}};

	tally = (struct store_tally){.count = count, .entry = count};
	change = (struct store_count){STR_LIT("acme"), STR_LIT("c"), STR_LIT("sent"),
	                              count - life->settled, false};
	s->tallies = &tally;
	s->counts = &change;
	s->campaigns = &campaign;
	s->tally_count = s->count_count = s->campaign_count = 1;
}

/* One transaction: some puts, a checkpoint, a settle. */
static void transaction(struct backend *b, struct life *life, bool is_last)
{
	const struct backend_ops *ops = &store_sqlite_ops;
	static char body[3000];
	uint8_t id[STORE_ID_BYTES];
	int64_t entry = 0;
	char value[32];
	struct store_checkpoint c = {STR_LIT("report"), STR_EMPTY};

	assert_int_equal(ops->begin(b, true), ERR_OK);
	for (unsigned i = random_below(8); i < 8; i++) {
		struct payload p = {.via = PAYLOAD_WEBHOOK,
		                    .account = STR_LIT("acme"),
		                    .body = {body, random_below(sizeof(body))}};

		assert_int_equal(ops->put(b, &p, &entry), ERR_OK);
	}
	(void)snprintf(value, sizeof(value), "at %lld", (long long)entry);
	c.value = str_from(value);
	assert_int_equal(ops->checkpoint_set(b, &c), ERR_OK);
	id_of(entry / 2, id);

	struct store_settle s = {
		.account = STR_LIT("acme"), .upto = entry / 2, .ids = id, .id_count = 1};

	settle_tally(&s, life, entry / 2);
	assert_int_equal(ops->settle(b, &s, 1700000000000), ERR_OK);
	if (is_last)
		return; /* the cut comes before it ends */
	assert_int_equal(ops->commit(b, NULL), ERR_OK);
	life->acknowledged = entry;
	life->settled = entry / 2;
	life->changes++;
	memcpy(life->checkpoint, value, sizeof(value));
}

static void live_and_cut(const struct store_conf *conf, const char *after, struct life *life)
{
	const struct backend_ops *ops = &store_sqlite_ops;
	struct err_detail detail = {.text = ""};
	struct backend *b = NULL;
	unsigned count = 1 + random_below(60);
	char path[NAME_MAX_BYTES + 8];

	shim_install();
	if (ops->open(conf, &b, &detail) != ERR_OK)
		fail_msg("open: %s", detail.text);
	for (unsigned i = 0; i <= count; i++) {
		transaction(b, life, i == count);
		if (i < count && random_below(10) == 0)
			ops->idle(b);
	}
	for (size_t i = 0; i < FILES_MAX && images[i].name[0] != '\0'; i++) {
		const char *tail = images[i].name + strlen(images[i].name) - 4;

		(void)snprintf(path, sizeof(path), "%s%s", after,
		               strcmp(tail, "-wal") == 0 ? "-wal" : "");
		if (strcmp(tail, "-wal") == 0 || strcmp(tail + 1, ".db") == 0)
			write_remains(&images[i], path);
	}
	ops->rollback(b);
	ops->close(b);
	shim_remove();
}

static void check_tally(struct backend *b, const struct life *life)
{
	const struct backend_ops *ops = &store_sqlite_ops;
	const struct store_campaign *due = NULL;
	const struct store_count *counts = NULL;
	struct store_tally tally;
	const uint8_t id[STORE_ID_BYTES] = {0};
	size_t count = 0;

	assert_int_equal(ops->tallies(b, id, 1, &tally), ERR_OK);
	assert_int_equal(tally.count, life->settled);
	assert_int_equal(ops->counts(b, STR_LIT("acme"), STR_LIT("c"), &counts, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(counts[0].add, life->settled);
	assert_int_equal(ops->summaries_due(b, 9, &due, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(due[0].change, life->changes);
}

static void check_after(const struct store_conf *conf, const struct life *life)
{
	const struct backend_ops *ops = &store_sqlite_ops;
	struct err_detail detail = {.text = ""};
	struct backend *b = NULL;
	const struct store_lane *lanes = NULL;
	size_t count = 0;
	struct str value = STR_EMPTY;
	uint8_t id[STORE_ID_BYTES];
	bool known = false;

	if (ops->open(conf, &b, &detail) != ERR_OK)
		fail_msg("open after the cut: %s", detail.text);
	assert_int_equal(ops->begin(b, false), ERR_OK);
	assert_int_equal(ops->lanes(b, &lanes, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(lanes[0].newest, life->acknowledged);
	assert_int_equal(lanes[0].settled, life->settled);
	assert_int_equal(lanes[0].waiting, life->acknowledged - life->settled);
	assert_int_equal(ops->checkpoint_get(b, STR_LIT("report"), &value), ERR_OK);
	assert_true(str_eq(value, str_from(life->checkpoint)));
	id_of(life->settled, id);
	assert_int_equal(ops->known(b, id, 1, &known), ERR_OK);
	assert_true(known);
	check_tally(b, life);
	assert_int_equal(ops->commit(b, NULL), ERR_OK);
	ops->close(b);
}

static void what_was_acknowledged_survives_power_cuts(void **state)
{
	(void)state;
	for (int i = 0; i < CUTS; i++) {
		struct store_conf conf = {NULL, 1 << 30, 0, 3600000, 3600000};
		struct life life = {.acknowledged = 0};
		char before[NAME_MAX_BYTES];
		char after[NAME_MAX_BYTES];

		(void)snprintf(before, sizeof(before), "%s", place_fresh());
		(void)snprintf(after, sizeof(after), "%s", place_fresh());
		conf.path = before;
		live_and_cut(&conf, after, &life);
		conf.path = after;
		check_after(&conf, &life);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_acknowledged_survives_power_cuts),
	};

	log_init(LOG_LVL_WARN, LOG_FMT_LOGFMT);

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	place_remove();
	return failed;
}
