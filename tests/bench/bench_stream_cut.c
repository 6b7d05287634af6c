/* SPDX-License-Identifier: MIT */
/* bench_stream_cut - megabytes and records a second that stream_cut gets through. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/clock.h"
#include "normalise/decode/stream_cut.h"

#define STREAM_BYTES ((size_t)300 << 20)
#define PIECE        ((size_t)16 * 1024)
#define SLICE        ((size_t)256 * 1024)
#define VALUE_MAX    ((size_t)1 << 20)

static const char record[] =
	"{\"smsEvent\":{\"trackpoint\":1234567890123456,\"userId\":\"customer-000123\","
	"\"status\":\"DELIVERED\",\"date\":1725354000000},\"source\":{\"type\":\"flow\","
	"\"campaign\":"
	"{\"id\":\"dc8a7564-fb1e-11e9-abb5-0242ac120008\",\"name\":\"Autumn \\\"preview\\\"\"},"
	"\"node\":{\"id\":\"n-12\",\"name\":\"Send\"},\"sendDate\":1725353990000}}\n";

static size_t run(struct stream_cut *c, struct str piece)
{
	struct str slice;
	size_t records;
	size_t count = 0;

	if (stream_cut_feed(c, piece) != ERR_OK)
		abort();
	while (stream_cut_next(c, &slice, &records) == ERR_OK)
		count += records;
	return count;
}

int main(void)
{
	struct stream_cut *c;
	struct buf text;
	size_t count = 0;

	buf_init(&text, STREAM_BYTES);
	while (buf_append(&text, record, sizeof(record) - 1) == ERR_OK)
		;
	if (stream_cut_new(SLICE, VALUE_MAX, &c) != ERR_OK)
		abort();

	uint64_t start = clock_mono_ms();

	for (size_t at = 0; at < text.len; at += PIECE) {
		size_t len = text.len - at < PIECE ? text.len - at : PIECE;

		count += run(c, (struct str){text.ptr + at, len});
	}

	uint64_t took = clock_mono_ms() - start;

	(void)printf("stream_cut: %zu MB, %zu records in %" PRIu64
	             " ms: %.0f MB/s, %.0f records/s\n",
	             text.len >> 20, count, took, (double)text.len / 1e3 / (double)took,
	             (double)count * 1e3 / (double)took);
	stream_cut_free(c);
	buf_fini(&text);
	return 0;
}
