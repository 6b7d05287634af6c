/* SPDX-License-Identifier: MIT */
/*
 * Counts the rows of a clicks CSV, which may be identical, slice by slice: rows a second, the
 * slowest slice, the most memory it took, and how long it takes until the file is gone.
 *
 *     bench_rows FOLDER ROWS [EQUAL]    the file, and what finds no place in memory, go to FOLDER;
 *                                       each EQUAL rows are the same (1)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/yaml.h"
#include "normalise/ordinals.h"
#include "normalise/profile/profile.h"
#include "normalise/source.h"
#include "receiver/report/file/report_file.h"
#include "receiver/report/file/row_file.h"

#define PATH_SIZE   4096
#define NUMBERS_MAX ((size_t)16 << 20)

static const char profile_yaml[] =
	"profile: acme\nbase: https://api.acme.example\nmaps:\n"
	"  click:\n    ordinal: true\n"
	"    key: [\"@each/campaign\", recipient.msisdn, /Link_Name, /Link_Destination, "
	"{at: /Clicked_At, do: [time]}, /User_Agent]\n"
	"    time: {at: /Clicked_At, as: [\"%Y-%m-%d %H:%M:%S\", rfc3339], tz: Europe/London}\n"
	"    status: {is: clicked}\n"
	"    set: {recipient.msisdn: {at: /Phone_Number, do: [e164]}}\n"
	"reports:\n  clicks: {decode: {as: csv}, map: click}\n";

static void must(bool is_well, const char *what)
{
	if (is_well)
		return;
	(void)fprintf(stderr, "bench_rows: %s\n", what);
	exit(EXIT_FAILURE);
}

static void write_file(const char *path, uint64_t rows, uint64_t equal)
{
	FILE *out = fopen(path, "wb");

	must(out != NULL, path);
	(void)fprintf(out, "Phone_Number,Link_Name,Link_Destination,Clicked_At,User_Agent,"
	                   "Device_Type,OS_Version,Browser_Version\r\n");
	for (uint64_t i = 0; i < rows; i++) {
		const uint64_t n = i / equal;

		(void)fprintf(out,
		              "4477%08" PRIu64 ",Sale,https://shop.example.com/,2024-09-%02" PRIu64
		              " %02" PRIu64 ":%02" PRIu64 ":%02" PRIu64
		              ",Mozilla/5.0 (Linux; Android 13),WebKit,13,126.0.0.0\r\n",
		              n, n / 86400 % 28 + 1, n / 3600 % 24, n / 60 % 60, n % 60);
	}
	must(fclose(out) == 0, path);
}

static struct source *make_source(struct profile **ret_profile)
{
	struct err_detail detail = {.text = ""};
	struct yaml_doc *doc = NULL;
	struct source *s = NULL;

	must(yaml_parse(str_from(profile_yaml), "bench", &doc, &detail) == ERR_OK &&
	             profile_new(doc, ret_profile, &detail) == ERR_OK,
	     detail.text);
	must(source_new("gw", "acme", *ret_profile,
	                &profile_report(*ret_profile, STR_LIT("clicks"))->source, NULL, 0, NULL, &s,
	                NULL) == ERR_OK,
	     "no source");
	return s;
}

static double now_ms(clockid_t clock)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(clock, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void count(struct report_file *in, struct row_file *disk, const struct source *s)
{
	const struct ordinals_disk way = row_file_disk(disk);
	struct report_file_slice slice = {.rows = 1};
	struct err_detail detail = {.text = ""};
	struct ordinals *o = NULL;
	struct buf numbers;
	const double begin = now_ms(CLOCK_MONOTONIC), cpu = now_ms(CLOCK_PROCESS_CPUTIME_ID);
	double slowest = 0;
	uint64_t rows = 0, bytes = 0;
	struct rusage usage;

	buf_init(&numbers, NUMBERS_MAX);
	must(ordinals_new(ORDINALS_ROWS_DEFAULT, &way, &o) == ERR_OK, "out of memory");
	while (slice.rows > 0) {
		const double from = now_ms(CLOCK_MONOTONIC);
		struct payload payload;

		must(report_file_next(in, &slice, &detail) == ERR_OK, detail.text);
		payload = (struct payload){
			.body = slice.body, .vars = slice.vars, .media_type = slice.media_type};
		buf_reset(&numbers);
		if (slice.rows > 0)
			must(ordinals_count(o, s, &payload, &numbers) == ERR_OK,
			     row_file_error(disk));
		rows += slice.rows;
		bytes += numbers.len;
		slowest = now_ms(CLOCK_MONOTONIC) - from > slowest ? now_ms(CLOCK_MONOTONIC) - from
		                                                   : slowest;
	}
	(void)getrusage(RUSAGE_SELF, &usage);
	(void)printf("%" PRIu64 " rows in %.2f s: %.0f rows/s, %.2f us CPU each; %" PRIu64
	             " bytes of numbers; slowest slice %.1f ms; peak %.1f MiB\n",
	             rows, (now_ms(CLOCK_MONOTONIC) - begin) / 1e3,
	             (double)rows * 1e3 / (now_ms(CLOCK_MONOTONIC) - begin),
	             (now_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e3 / (double)rows, bytes, slowest,
	             (double)usage.ru_maxrss / 1024);
	const double end = now_ms(CLOCK_MONOTONIC);

	ordinals_free(o);
	(void)printf("its file is gone in %.1f ms\n", now_ms(CLOCK_MONOTONIC) - end);
	buf_fini(&numbers);
}

int main(int argc, char **argv)
{
	struct err_detail detail = {.text = ""};
	struct report_file_conf conf = {.path = NULL};
	struct report_file *in = NULL;
	struct profile *profile = NULL;
	struct row_file *disk = NULL;
	struct source *s;
	char path[PATH_SIZE];

	must(argc == 3 || argc == 4, "usage: bench_rows FOLDER ROWS [EQUAL]");
	(void)snprintf(path, sizeof(path), "%s/bench_rows.csv", argv[1]);
	write_file(path, strtoull(argv[2], NULL, 10), argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
	s = make_source(&profile);
	conf.path = path;
	must(report_file_open(&conf, &in, &detail) == ERR_OK &&
	             report_file_begin(in, &source_spec(s)->decode, &detail) == ERR_OK,
	     detail.text);
	must(row_file_new(argv[1], NULL, &disk) == ERR_OK, "out of memory");
	count(in, disk, s);
	row_file_free(disk);
	report_file_free(in);
	source_unref(s);
	profile_free(profile);
	(void)unlink(path);
	return EXIT_SUCCESS;
}
