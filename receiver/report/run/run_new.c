/* SPDX-License-Identifier: MIT */
/* A run comes into being, and is gone. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/obj.h"
#include "receiver/report/file/row_file.h"
#include "receiver/report/run/run_parts.h"
#include "receiver/report/run/run_text.h"

#define KEY_MAX       512 /* the store's */
#define VARS_MAX      ((size_t)64 * 1024)
#define TIME_TEXT_MAX 256

static const char *copy_text(char **to, const char *text)
{
	const size_t size = strlen(text) + 1;
	const char *copy = memcpy(*to, text, size);

	*to += size;
	return copy;
}

static enum err copy_values(struct report_run *run, const struct report_value *values, size_t count)
{
	size_t bytes = (count + 1) * sizeof(*values);
	char *to;

	for (size_t i = 0; i < count; i++)
		bytes += strlen(values[i].name) + strlen(values[i].value) + 2;
	run->values = malloc(bytes);
	if (run->values == NULL)
		return ERR_NOMEM;
	to = (char *)&run->values[count + 1];
	for (size_t i = 0; i < count; i++) {
		run->values[i].name = copy_text(&to, values[i].name);
		run->values[i].value = copy_text(&to, values[i].value);
	}
	run->value_count = count;
	run_text_values(run->values, count, &run->vars);
	return ERR_OK;
}

static void init(struct report_run *run)
{
	run->magic = RUN_MAGIC;
	run->begun_mono_ms = clock_mono_ms();
	run->is_first = true;
	run->limits = profile_limits(source_profile(run->source));
	run->window_spec = run->spec->window;
	run->times = &run->window_spec;
	buf_init(&run->key, KEY_MAX);
	buf_init(&run->vars, VARS_MAX);
	buf_init(&run->committed, CHECKPOINT_MAX);
	buf_init(&run->from_text, TIME_TEXT_MAX);
	buf_init(&run->to_text, TIME_TEXT_MAX);
	buf_init(&run->body, (size_t)run->limits->body_max);
	arena_init(&run->arena, PAGE_MEMORY_MAX);
	paging_init(&run->paging, &run->spec->page, run->limits->pages_max);
	STAILQ_INIT(&run->pieces);
}

/** Both come of the values; one that is too long is the configuration's fault. */
static enum err make_texts(struct report_run *run, const struct report_run_conf *conf)
{
	enum err err = copy_values(run, conf->values, conf->value_count);

	if (err == ERR_OK) {
		err = report_run_key(str_from(source_account(run->source)),
		                     str_from(source_name(run->source)), run->values,
		                     run->value_count, &run->key);
	}
	if (err == ERR_OK)
		err = buf_err(&run->vars);
	if (err == ERR_LIMIT) {
		run_end(run, REPORT_REFUSED, "the loop values are too long");
		err = ERR_OK;
	}
	return err;
}

/** The report, and what may take its place. */
static bool has_ordinals(const struct profile_report *spec)
{
	return spec->has_ordinal || (spec->job != NULL && spec->job->fallback != NULL &&
	                             spec->job->fallback->has_ordinal);
}

static enum err make_bag(struct report_run *run, const struct report_run_conf *conf)
{
	const size_t rows_max = conf->rows_max > 0 ? conf->rows_max : ORDINALS_ROWS_DEFAULT;
	struct ordinals_disk disk;
	enum err err;

	if (conf->folder == NULL)
		return ordinals_new(rows_max, NULL, &run->bag);
	err = row_file_new(conf->folder, conf->worker, &run->bag_file);
	if (err != ERR_OK)
		return err;
	disk = row_file_disk(run->bag_file);
	return ordinals_new(rows_max, &disk, &run->bag);
}

static enum err make_ordinals(struct report_run *run, const struct report_run_conf *conf)
{
	enum err err = ERR_OK;

	if (has_ordinals(run->spec))
		err = make_bag(run, conf);
	run->ordinals = run->spec->has_ordinal ? run->bag : NULL;
	return err;
}

/** Who orders must keep it, so that nothing is ordered twice. */
static enum err make_job(struct report_run *run, const struct report_job_conf *conf)
{
	if (run->spec->job == NULL)
		return ERR_OK;
	if (run_is_kept(run))
		return run_job_new(run, conf);
	run_end(run, REPORT_REFUSED,
	        run_is_dry(run) ? "an ordered report cannot be dry: each order is a real one"
	                        : "an ordered report cannot be of a stretch that a person gives: "
	                          "its order is kept with the checkpoint");
	return ERR_OK;
}

enum err report_run_new(struct loop *loop, struct ingest *ingest, struct store *store,
                        struct vendor_client *client, const struct report_run_conf *conf,
                        const struct report_run_ops *ops, void *arg, struct report_run **ret_run)
{
	struct report_run *run = calloc(1, sizeof(*run));
	enum err err;

	if (run == NULL)
		return ERR_NOMEM;
	run->loop = loop;
	run->ingest = ingest;
	run->store = store;
	run->client = client;
	run->source = source_ref(conf->source);
	run->spec = conf->spec;
	run->zone = conf->zone;
	run->from_ms = conf->from_ms;
	run->to_ms = conf->to_ms;
	run->is_adoption = conf->is_adoption;
	run->ops = *ops;
	run->arg = arg;
	init(run);
	if (conf->start_ms > 0)
		run->window_spec.start_ms = conf->start_ms;
	err = loop_timer_new(loop, run_on_wake, run, &run->wake);
	if (err == ERR_OK)
		err = make_texts(run, conf);
	if (err == ERR_OK)
		err = make_ordinals(run, conf);
	if (err == ERR_OK)
		err = make_job(run, conf->job);
	if (err != ERR_OK) {
		report_run_free(run);
		return err;
	}
	run_kick(run);
	*ret_run = run;
	return ERR_OK;
}

void report_run_free(struct report_run *run)
{
	if (run == NULL)
		return;
	OBJ_CHECK(run, RUN_MAGIC);
	assert(run->call == NULL && !run->is_putting && !run->is_getting);
	run_drop_pieces(run);
	run_job_free(run->job);
	free(run->values);
	buf_fini(&run->key);
	buf_fini(&run->vars);
	buf_fini(&run->committed);
	buf_fini(&run->from_text);
	buf_fini(&run->to_text);
	buf_fini(&run->body);
	arena_fini(&run->arena);
	paging_fini(&run->paging);
	run_checkpoint_fini(&run->at);
	ordinals_free(run->bag);
	row_file_free(run->bag_file);
	stream_cut_free(run->cut);
	loop_timer_free(run->wake);
	source_unref(run->source);
	OBJ_POISON(run);
	free(run);
}
