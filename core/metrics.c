/* SPDX-License-Identifier: MIT */
#include "core/metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS   1024
#define LABEL_MAX 3
#define PREFIX    "campaign2mqtt_"

enum metric_type { COUNTER, GAUGE };

struct metric_def {
	enum metric_type type;
	const char *name;
	const char *labels;
	const char *help;
};

static const struct metric_def defs[METRIC_COUNT] = {
#define METRIC(id, type, name, labels, help) {type, name, labels, help},
#include "core/metrics.def"
#undef METRIC
};

struct series {
	struct metric metric; /* first: metric_get() hands out its address */
	enum metric_id id;
	char *labels[LABEL_MAX]; /* owned; NULL where there is none */
	struct series *next_in_bucket;
	struct series *next; /* in order of creation */
};

/* Global like the log's level: a counter has one meaning in the whole process. */
static struct series *buckets[BUCKETS];
static struct series *first;
static struct series **last = &first;
static struct metric lost; /* what metric_get() gives when memory is short */

static uint32_t hash_text(uint32_t h, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 16777619U; /* FNV-1a */
	return (h ^ 0xffU) * 16777619U;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_series(const struct series *s, enum metric_id id,
                      const char *const labels[LABEL_MAX])
{
	return s->id == id && same(s->labels[0], labels[0]) && same(s->labels[1], labels[1]) &&
	       same(s->labels[2], labels[2]);
}

static void series_free(struct series *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < LABEL_MAX; i++)
		free(s->labels[i]);
	free(s);
}

static struct series *series_new(enum metric_id id, const char *const labels[LABEL_MAX])
{
	struct series *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->id = id;
	for (size_t i = 0; i < LABEL_MAX; i++) {
		if (labels[i] == NULL)
			continue;
		s->labels[i] = strdup(labels[i]);
		if (s->labels[i] == NULL) {
			series_free(s);
			return NULL;
		}
	}
	return s;
}

struct metric *metric_get(enum metric_id id, const char *a, const char *b, const char *c)
{
	const char *const labels[LABEL_MAX] = {a, b, c};
	uint32_t h = hash_text(hash_text(hash_text(2166136261U ^ (uint32_t)id, a), b), c) % BUCKETS;

	for (struct series *s = buckets[h]; s != NULL; s = s->next_in_bucket) {
		if (is_series(s, id, labels))
			return &s->metric;
	}

	struct series *s = series_new(id, labels);

	if (s == NULL)
		return &lost;
	s->next_in_bucket = buckets[h];
	buckets[h] = s;
	*last = s;
	last = &s->next;
	return &s->metric;
}

static void write_label_value(struct buf *b, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '\\' || *value == '"')
			(void)buf_append_char(b, '\\');
		if (*value == '\n') {
			(void)buf_append_str(b, STR_LIT("\\n"));
		} else {
			(void)buf_append_char(b, *value);
		}
	}
}

static void write_series(struct buf *b, const struct metric_def *def, const struct series *s)
{
	struct str names = str_from(def->labels);
	struct str name;

	(void)buf_printf(b, PREFIX "%s", def->name);
	for (size_t i = 0; i < LABEL_MAX && names.len > 0; i++) {
		(void)str_cut(names, ',', &name, &names);
		(void)buf_printf(b, "%c%.*s=\"", i == 0 ? '{' : ',', STR_FMT(name));
		write_label_value(b, s->labels[i] != NULL ? s->labels[i] : "");
		(void)buf_append_char(b, '"');
	}
	(void)buf_printf(b, "%s %" PRId64 "\n", def->labels[0] != '\0' ? "}" : "", s->metric.value);
}

static const char *type_name(enum metric_type type)
{
	return type == COUNTER ? "counter" : "gauge";
}

enum err metrics_write(struct buf *b)
{
	for (size_t id = 0; id < METRIC_COUNT; id++) {
		const struct metric_def *def = &defs[id];

		(void)buf_printf(b, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", def->name,
		                 def->help, def->name, type_name(def->type));
		if (def->labels[0] == '\0') {
			(void)metric_get((enum metric_id)id, NULL, NULL,
			                 NULL); /* shown from the start, as 0 */
		}
		for (const struct series *s = first; s != NULL; s = s->next) {
			if ((size_t)s->id == id)
				write_series(b, def, s);
		}
	}
	return buf_err(b);
}

enum err metrics_write_doc(struct buf *b)
{
	(void)buf_append_str(b,
	                     STR_LIT("| metric | type | labels | meaning |\n|---|---|---|---|\n"));
	for (size_t id = 0; id < METRIC_COUNT; id++) {
		(void)buf_printf(b, "| `" PREFIX "%s` | %s | %s | %s |\n", defs[id].name,
		                 type_name(defs[id].type),
		                 defs[id].labels[0] != '\0' ? defs[id].labels : "–", defs[id].help);
	}
	return buf_err(b);
}

void metrics_free(void)
{
	while (first != NULL) {
		struct series *next = first->next;

		series_free(first);
		first = next;
	}
	last = &first;
	memset(buckets, 0, sizeof(buckets));
}
