/* SPDX-License-Identifier: MIT */
#include "tests/receiver/report/run/order_scene.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "receiver/report/run/run_parts.h"
#include "tests/normalise/profile/profile_text.h"

#define DEADLINE_MS 20000

static const char yaml[] =
	"profile: acme\nbase: https://api.acme.example\n"
	"maps:\n"
	"  m: {status: {is: clicked}, key: [/id]}\n"
	"  o: {status: {is: clicked}, ordinal: true, set: {campaign.id: /word}}\n"
	"  x: {status: {is: clicked}, key: [/other, /thing]}\n"
	"reports:\n"
	"  items-csv: {decode: {as: csv}, map: m}\n"
	"  items-counted-csv: {decode: {as: csv}, map: o}\n"
	"  others-csv: {decode: {as: csv}, map: x}\n"
	"  items:\n"
	"    request: {path: /items, query: {page: \"${page}\"}}\n"
	"    page: {kind: number, last: /last}\n"
	"    decode: {as: json, records: /data/*}\n"
	"    map: m\n";

struct order_world *order_world(void)
{
	static struct order_world *world;

	if (world == NULL) {
		void *memory = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		assert_true(memory != MAP_FAILED);
		world = memory;
	}
	return world;
}

/* ---- the vendor ---- */

static void order_answer(struct order_scene *j, struct fake_answer *answer)
{
	answer->is_retried = j->is_retried;
	j->is_retried = false;
	if (answer->is_retried)
		return;
	order_world()->orders++;
	order_world()->mails++;
	answer->result.status = 202;
	answer->result.media_type = STR_LIT("text/plain");
	if (j->result.status != 0 || j->result.end != VENDOR_OK)
		answer->result = j->result;
	for (size_t i = 0; i < (j->body_times > 0 ? j->body_times : 1); i++)
		(void)buf_append_str(&answer->body, j->body);
}

static void vendor(void *arg, const struct fake_request *r, struct fake_answer *answer)
{
	struct order_scene *j = arg;

	if (strcmp(r->path, ORDER_PATH) == 0) {
		order_answer(j, answer);
	} else if (strcmp(r->method, "DELETE") == 0) {
		order_world()->removes++;
		answer->result.status = 204;
		if (j->remove_result.end != VENDOR_OK)
			answer->result = j->remove_result;
	} else {
		order_world()->pages++;
		scene_book(&j->s, r, answer);
		if (j->page_result.end != VENDOR_OK)
			answer->result = j->page_result;
	}
}

static const char *mail(void *arg, const char *report, bool *ret_is_shared)
{
	struct order_scene *j = arg;

	(void)report;
	*ret_is_shared = j->is_shared;
	return j->has_no_mail || order_world()->mails == 0 ? NULL : j->link;
}

static void file(void *arg, const char *url, struct fake_file *ret_file)
{
	struct order_scene *j = arg;

	(void)url;
	*ret_file = j->file;
}

static void on_step(void *arg)
{
	struct scene *s = arg;

	if (s->on_step != NULL)
		s->on_step(s);
}

/* ---- the scene ---- */

static struct source *source_of(struct order_scene *j, const char *name)
{
	const struct profile_report *report = profile_report(j->profile, str_from(name));
	struct source *source = NULL;

	assert_non_null(report);
	assert_int_equal(
		source_new("gw1", "acc", j->profile, &report->source, NULL, 0, NULL, &source, NULL),
		ERR_OK);
	return source;
}

static void default_job(struct order_scene *j)
{
	j->job = (struct job_spec){
		.create = {.method = "POST", .path = STR_LIT(ORDER_PATH)},
		.by = READY_MAILBOX,
		.timeout_ms = 30 * (uint64_t)MINUTE_MS,
		.file_max = (uint64_t)1 << 30,
		.download_timeout_ms = 3600000,
		.parallel = 16,
	};
	j->conf = (struct report_job_conf){.mailbox = fake_mailbox(),
	                                   .worker = j->worker,
	                                   .folder = j->folder,
	                                   .every_ms = (uint64_t)HOUR_MS};
}

static void default_spec(struct order_scene *j)
{
	static const struct report_value values[] = {{"campaign", "c1"}};
	struct scene *s = &j->s;

	j->pages = *profile_report(j->profile, STR_LIT("items"));
	default_job(j);
	j->fallback = source_of(j, "items");
	s->conf = (struct report_run_conf){.spec = &j->spec,
	                                   .zone = s->zone,
	                                   .values = values,
	                                   .value_count = 1,
	                                   .job = &j->conf};
	order_scene_use(j, "items-csv");
}

void order_scene_use(struct order_scene *j, const char *report)
{
	j->spec = *profile_report(j->profile, str_from(report));
	j->spec.job = &j->job;
	j->spec.is_by_hand = false;
	source_unref(j->s.source);
	j->s.source = source_of(j, report);
	j->s.conf.source = j->s.source;
}

void order_scene_open(struct order_scene *j, const char *path)
{
	order_scene_open_with(j, path, 0);
}

void order_scene_open_with(struct order_scene *j, const char *path, uint64_t entries_max)
{
	*j = (struct order_scene){.link = LINK};
	scene_set_now(SCENE_NOW);
	scene_open_with(&j->s, path, entries_max);
	(void)snprintf(j->folder, sizeof(j->folder), "%s.downloads", path);
	assert_int_equal(worker_new(j->s.loop, 8, &j->worker), ERR_OK);
	j->profile = profile_good(yaml);
	default_spec(j);
	fake_jobs_init(j->s.loop, j);
	fake_jobs.mail = mail;
	fake_jobs.file = file;
	fake_jobs.on_step = on_step;
	j->file = (struct fake_file){.end = DOWNLOAD_DONE,
	                             .content = STR_LIT("id\n1\n2\n3\n"),
	                             .media_type = "text/csv",
	                             .validator = "\"v1\""};
	scene_answer(&j->s, vendor);
}

void order_scene_close(struct order_scene *j)
{
	assert_int_equal(fake_jobs.waiting, 0);
	assert_int_equal(fake_jobs.polling, 0);
	assert_int_equal(fake_jobs.downloading, 0);
	worker_free(j->worker);
	source_unref(j->fallback);
	scene_close(&j->s);
	profile_free(j->profile);
}

static size_t each_file(struct order_scene *j, bool is_removed)
{
	DIR *dir = opendir(j->folder);
	const struct dirent *entry;
	size_t count = 0;

	if (dir == NULL)
		return 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		if (is_removed)
			assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
	}
	(void)closedir(dir);
	return count;
}

size_t order_scene_files(struct order_scene *j)
{
	return each_file(j, false);
}

void order_scene_remove_files(struct order_scene *j)
{
	assert_true(each_file(j, true) > 0);
}

/* ---- runs ---- */

static enum report_take on_foreign(void *arg, const struct profile_report *of,
                                   const struct report_handed *handed)
{
	struct order_scene *j = arg;

	j->foreign = of;
	j->handed = *handed;
	j->foreign_count++;
	return j->takes_foreign;
}

void order_scene_start(struct order_scene *j)
{
	j->s.on_foreign = on_foreign;
	scene_start(&j->s);
}

void order_scene_until(struct order_scene *j, const char *state)
{
	const uint64_t deadline = clock_mono_ms() + DEADLINE_MS;
	const struct report_job_progress *p = &j->s.progress.job;

	while (p->state == NULL || strcmp(p->state, state) != 0) {
		if (clock_mono_ms() > deadline)
			fail_msg("it is %s, not %s", p->state != NULL ? p->state : "?", state);
		if (j->s.done_count > 0)
			fail_msg("it ended: %s", j->s.result.text);
		scene_turn(&j->s);
	}
}

enum report_end order_scene_run(struct order_scene *j)
{
	order_scene_start(j);
	scene_finish(&j->s);
	return j->s.result.end;
}

void order_scene_later(struct order_scene *j, int64_t ms)
{
	scene_set_now(clock_now_ms() + ms);
	run_kick(j->s.run);
}

void order_scene_set_clock(struct order_scene *j, int64_t by_ms)
{
	scene_set_clock(clock_now_ms() + by_ms);
	run_kick(j->s.run);
	for (int i = 0; i < 5; i++)
		scene_turn(&j->s);
}
