/* SPDX-License-Identifier: MIT */
/*
 * bench_run PATH - how fast a run of a report gets pages and streams into the journal.
 *
 * The vendor is a fake that answers at once; the store is the real one, at PATH (a file on the disk
 * to be measured). Prints pages, rows and records in a second, and CPU time of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/yaml.h"
#include "normalise/profile/profile.h"
#include "normalise/value/timestamp.h"
#include "receiver/report/run/run.h"
#include "tests/receiver/report/vendor/fake_vendor.h"

#define PAGES   6000
#define ROWS    50
#define RECORDS 600000

static const char profile_yaml[] =
	"profile: acme\nbase: https://api.acme.example\nmaps:\n  m: {status: {is: clicked}, key: "
	"[/id]}\n"
	"  o: {status: {is: clicked}, ordinal: true}\nreports:\n"
	"  pages: {request: {path: /p, query: {page: \"${page}\"}}, page: {kind: number, last: "
	"/last}, "
	"decode: {as: json, records: /data/*}, map: m}\n"
	"  rows: {request: {path: /p, query: {page: \"${page}\"}}, page: {kind: number, last: "
	"/last}, "
	"decode: {as: json, records: /data/*}, map: o}\n"
	"  stream: {request: {path: /s}, decode: {as: json-stream}, map: m}\n";

struct bench {
	struct loop *loop;
	struct store *store;
	struct ingest *ingest;
	struct profile *profile;
	struct vendor_client vendor;
	struct report_run *run;
	struct report_result result;
	bool is_done;
};

static void stop(const char *what)
{
	(void)fprintf(stderr, "bench_run: %s\n", what);
	_exit(70);
}

static double cpu_ms(void)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void put_record(struct buf *b, unsigned long id)
{
	(void)buf_printf(
		b,
		"{\"id\":\"%lu\",\"campaign\":{\"id\":\"0d5f6f0e-69f6-11ef\",\"name\":\"Back to "
		"school\"},\"recipient\":\"+447700900%03lu\",\"status\":\"DELIVERED\","
		"\"date\":17253538%05lu}",
		id, id % 1000, id % 100000);
}

static void answer(void *arg, const struct fake_request *r, struct fake_answer *a)
{
	const unsigned long page = strtoul(r->page, NULL, 10);

	(void)arg;
	if (r->page[0] == '\0') {
		for (unsigned long i = 0; i < RECORDS; i++) {
			put_record(&a->body, i);
			(void)buf_append_char(&a->body, '\n');
		}
		return;
	}
	(void)buf_printf(&a->body, "{\"last\":%d,\"data\":[", PAGES);
	for (unsigned long i = 0; i < ROWS; i++) {
		if (i > 0)
			(void)buf_append_char(&a->body, ',');
		put_record(&a->body, page * ROWS + i);
	}
	(void)buf_append_str(&a->body, STR_LIT("]}"));
}

static void on_put(void *arg, struct str account, int64_t entry, int64_t received_ms)
{
	(void)arg;
	(void)account;
	(void)entry;
	(void)received_ms;
}

static void on_done(void *arg, const struct report_result *result)
{
	struct bench *b = arg;

	b->result = *result;
	b->is_done = true;
}

static void measure(struct bench *b, const char *name)
{
	const struct profile_report *spec = profile_report(b->profile, str_from(name));
	const struct report_run_ops ops = {.on_done = on_done};
	struct report_run_conf conf = {.spec = spec};
	uint64_t start = clock_mono_ms();
	double cpu = cpu_ms();
	double seconds;

	if (source_new("gw", "acme", b->profile, &spec->source, NULL, 0, NULL, &conf.source,
	               NULL) != ERR_OK ||
	    report_run_new(b->loop, b->ingest, b->store, &b->vendor, &conf, &ops, b, &b->run) !=
	            ERR_OK)
		stop("no run");
	source_unref(conf.source);
	b->is_done = false;
	while (!b->is_done)
		loop_turn(b->loop, 1000);
	report_run_free(b->run);
	if (b->result.end != REPORT_DONE)
		stop(b->result.text);
	seconds = (double)(clock_mono_ms() - start + 1) / 1e3;
	(void)printf("%-8s %7.0f payloads/s %9.0f rows/s %7.1f MiB/s %7.2f us CPU each row\n", name,
	             (double)b->result.progress.pages / seconds,
	             (double)b->result.progress.rows / seconds,
	             (double)b->result.progress.bytes / seconds / 1048576,
	             (cpu_ms() - cpu) * 1e3 / (double)b->result.progress.rows);
}

static void load_profile(struct bench *b)
{
	struct err_detail detail = {.text = ""};
	struct yaml_doc *doc = NULL;

	if (yaml_parse(str_from(profile_yaml), "bench", &doc, &detail) != ERR_OK ||
	    profile_new(doc, &b->profile, &detail) != ERR_OK) {
		(void)fprintf(stderr, "%u: %s: %s\n", detail.line, detail.key, detail.text);
		stop("no profile");
	}
}

int main(int argc, char **argv)
{
	const struct store_conf conf = {.path = argc > 1 ? argv[1] : "bench_run.db",
	                                .max_bytes = 1ULL << 40};
	struct err_detail detail = {.text = ""};
	struct bench b = {.is_done = false};

	log_init(LOG_LVL_WARN, LOG_FMT_LOGFMT);
	if (loop_new(&b.loop) != ERR_OK)
		stop("no loop");
	if (store_open(b.loop, &conf, &b.store, &detail) != ERR_OK)
		stop(detail.text);
	if (ingest_new(b.store, on_put, NULL, &b.ingest) != ERR_OK)
		stop("no ingest");
	load_profile(&b);
	fake_vendor_init(&b.vendor, b.loop, answer, NULL);
	b.vendor.chunk = 16384;
	measure(&b, "pages");
	measure(&b, "rows");
	measure(&b, "stream");
	store_close(b.store);
	ingest_free(b.ingest);
	profile_free(b.profile);
	loop_free(b.loop);
	return 0;
}
