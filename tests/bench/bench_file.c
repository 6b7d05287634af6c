/* SPDX-License-Identifier: MIT */
/*
 * Reads a report file, plain, gzip or zip, to its end as slices: rows and bytes a second, and the
 * most memory it took.
 *
 *     bench_file PATH [MIB]    with MIB, a delivery CSV of that size is written to PATH first
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "core/clock.h"
#include "receiver/report/file/report_file.h"

static int write_file(const char *path, uint64_t bytes)
{
	FILE *out = fopen(path, "wb");
	uint64_t written = 0;

	if (out == NULL)
		return EXIT_FAILURE;
	written += (uint64_t)fprintf(out, "SMS_ID,Sender,Recipient,Message_Copy,Status,"
	                                  "Expiry_Date\r\n");
	for (uint64_t n = 0; written < bytes; n++) {
		written += (uint64_t)fprintf(out,
		                             "m-%010" PRIu64 ",EX,4477%010" PRIu64
		                             ",\"Hi, \"\"you\"\",\nline %" PRIu64
		                             "\",Success,2027-01-01T10:00:00+0000\r\n",
		                             n, n, n);
	}
	return fclose(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void print_figures(const struct report_file *f, uint64_t rows, uint64_t slices,
                          uint64_t bytes, uint64_t ms)
{
	double seconds = ms > 0 ? (double)ms / 1000 : 0.001;
	struct rusage usage;
	uint64_t read, size;

	report_file_progress(f, &read, &size);
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%" PRIu64 " rows in %" PRIu64 " slices, %.0f MB of a file of %.0f MB in "
	             "%.2f s: %.0f rows/s, %.0f MB/s; peak %.1f MiB\n",
	             rows, slices, (double)bytes / 1e6, (double)size / 1e6, seconds,
	             (double)rows / seconds, (double)bytes / 1e6 / seconds,
	             (double)usage.ru_maxrss / 1024);
}

static int read_file(const char *path)
{
	static const struct decode_spec csv = {.as = DECODE_CSV};
	const struct report_file_conf conf = {.path = path};
	struct report_file_slice slice = {.rows = 1};
	struct report_file *f = NULL;
	struct err_detail detail = {.text = ""};
	uint64_t rows = 0, slices = 0, bytes = 0, begin_ms = clock_mono_ms();
	enum err err = report_file_open(&conf, &f, &detail);

	if (err == ERR_OK)
		err = report_file_begin(f, &csv, &detail);
	while (err == ERR_OK && slice.rows > 0) {
		err = report_file_next(f, &slice, &detail);
		if (err != ERR_OK)
			break;
		rows += slice.rows;
		bytes += slice.body.len;
		slices += slice.rows > 0 ? 1 : 0;
	}
	if (err != ERR_OK) {
		(void)fprintf(stderr, "%s: %s\n", path, detail.text);
	} else {
		print_figures(f, rows, slices, bytes, clock_mono_ms() - begin_ms);
	}
	report_file_free(f);
	return err == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3) {
		(void)fprintf(stderr, "usage: bench_file PATH [MIB]\n");
		return EXIT_FAILURE;
	}
	if (argc == 3 && write_file(argv[1], strtoull(argv[2], NULL, 10) << 20) != EXIT_SUCCESS)
		return EXIT_FAILURE;
	return read_file(argv[1]);
}
