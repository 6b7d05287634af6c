/* SPDX-License-Identifier: MIT */
/*
 * bench_csv - rows a second that a delivery CSV is cut at, decoded at, and mapped at.
 *
 *     bench_csv [ROWS]     default: 1,000,000
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "core/buf.h"
#include "normalise/decode/csv_cut.h"
#include "normalise/normalise.h"
#include "normalise/profile/report_spec.h"

#define ROWS  1000000
#define PIECE ((size_t)64 * 1024)
#define SLICE ((size_t)256 * 1024)

enum work { CUT, DECODE, MAP };

struct bench {
	const struct source *source;
	const struct decode_spec *spec;
	enum work work;
	struct decoder *decoder;
	struct normaliser *normaliser;
	uint64_t bytes, rows, records;
	uint64_t written;
};

static uint64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void must(enum err err)
{
	if (err != ERR_OK)
		abort();
}

static void decode(struct bench *b, const struct payload *payload)
{
	struct record r;
	enum err err;

	if (b->decoder == NULL)
		must(decoder_new(b->spec, payload, NORMALISE_MEMORY_DEFAULT, &b->decoder));
	else
		decoder_restart(b->decoder, b->spec, payload);
	while ((err = decoder_next(b->decoder, &r, NULL)) == ERR_OK)
		b->records++;
	if (err != ERR_NOENT)
		abort();
}

static void map(struct bench *b, const struct payload *payload)
{
	struct normalise_bad bad;
	struct event event;
	enum normalise_result r;

	if (b->normaliser == NULL)
		must(normaliser_new(b->source, payload, NORMALISE_MEMORY_DEFAULT, &b->normaliser));
	else
		normaliser_restart(b->normaliser, b->source, payload);
	while ((r = normaliser_next(b->normaliser, &event, &bad)) == NORMALISE_EVENT)
		b->records++;
	if (r != NORMALISE_END)
		abort();
}

static void take(struct bench *b, struct csv_cut *cut)
{
	struct csv_slice slice;

	while (csv_cut_next(cut, &slice) == ERR_OK) {
		struct payload payload = {.via = PAYLOAD_IMPORT,
		                          .received_ms = 1725354129412,
		                          .media_type = STR_LIT(CSV_SLICE_TYPE),
		                          .vars = slice.vars,
		                          .body = slice.body};

		b->rows += slice.rows;
		if (b->work == DECODE)
			decode(b, &payload);
		if (b->work == MAP)
			map(b, &payload);
	}
}

static void write_row(struct bench *b, struct buf *piece)
{
	uint64_t n = b->written++;

	must(buf_printf(piece,
	                "7a110000-0000-0000-0000-%012" PRIu64 ",EXAMPLE,4477%08" PRIu64
	                ",\"Hi Ann, 20%% off today:\nhttps://psms.io/%06" PRIx64
	                "\",%s,2024-09-05T10:00:04+0100\r\n",
	                n, n % 100000000, n % 0xffffff, n % 7 == 0 ? "Failed" : "Success"));
}

/* The pieces are made between the measured parts. */
static uint64_t run(struct bench *b, uint64_t rows)
{
	struct csv_cut *cut = NULL;
	struct buf piece;
	uint64_t took_us = 0, start;

	buf_init(&piece, 2 * PIECE);
	must(csv_cut_new(b->spec, STR_EMPTY, SLICE, &cut));
	must(buf_append_str(
		&piece, STR_LIT("SMS_ID,Sender,Recipient,Message_Copy,Status,Expiry_Date\r\n")));
	while (b->written < rows) {
		while (piece.len < PIECE && b->written < rows)
			write_row(b, &piece);
		b->bytes += piece.len;
		start = now_us();
		must(csv_cut_feed(cut, buf_str(&piece), NULL));
		take(b, cut);
		took_us += now_us() - start;
		buf_reset(&piece);
	}
	start = now_us();
	must(csv_cut_end(cut, NULL));
	take(b, cut);
	took_us += now_us() - start;
	csv_cut_free(cut);
	buf_fini(&piece);
	return took_us;
}

static void measure(const struct source *source, enum work work, const char *what, uint64_t rows)
{
	struct bench b = {.source = source, .spec = &source_spec(source)->decode, .work = work};
	double took_us = (double)run(&b, rows);
	struct rusage usage;

	if (b.rows != rows || (work != CUT && b.records != rows))
		abort();
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("csv, %-20s %" PRIu64 " rows, %" PRIu64
	             " MB: %.0f rows/s, %.0f MB/s, at most %ld MiB resident\n",
	             what, b.rows, b.bytes >> 20, (double)rows * 1e6 / took_us,
	             (double)b.bytes / took_us, usage.ru_maxrss / 1024);
	decoder_free(b.decoder);
	normaliser_free(b.normaliser);
}

int main(int argc, char **argv)
{
	uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : ROWS;
	struct profile_set *set = NULL;
	struct source *source = NULL;
	const struct profile *p;

	must(profile_set_new(&set, NULL));
	p = profile_set_get(set, STR_LIT("passona"));
	must(source_new("bench", "passona", p, profile_source(p, STR_LIT("delivery-csv")), NULL, 0,
	                NULL, &source, NULL));
	measure(source, CUT, "file to slices:", rows);
	measure(source, DECODE, "file to records:", rows);
	measure(source, MAP, "file to events:", rows);
	source_unref(source);
	profile_set_free(set);
	return 0;
}
