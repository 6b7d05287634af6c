/* SPDX-License-Identifier: MIT */
#include "cmd/import/import_print.h"

#include <stdio.h>

#include "core/clock.h"

#define BAD_SHOWN     5
#define MEGABYTE      1e6
#define LINE_SIZE     256
#define MINUTES_S     120
#define LINE_EVERY_MS 10000

void import_print_init(struct import_print *p)
{
	*p = (struct import_print){.begin_ms = clock_mono_ms()};
	progress_line_init(&p->line);
}

void import_print_clear(struct import_print *p)
{
	progress_line_clear(&p->line);
}

static double elapsed_s(const struct import_print *p)
{
	return (double)(clock_mono_ms() - p->begin_ms) / 1000;
}

void import_print_progress(struct import_print *p, const struct import_count *count,
                           bool is_waiting)
{
	double part = count->size > 0 ? (double)count->bytes / (double)count->size : 1;
	double seconds = elapsed_s(p);
	char left[48] = "", line[LINE_SIZE];

	if (!progress_line_is_due(&p->line))
		return;
	if (is_waiting) {
		(void)snprintf(left, sizeof(left), ", waiting: the journal is full");
	} else if (part > 0 && part < 1) {
		double rest = seconds * (1 - part) / part;

		(void)snprintf(left, sizeof(left), ", about %.0f %s left",
		               rest < MINUTES_S ? rest : rest / 60, rest < MINUTES_S ? "s" : "min");
	}
	(void)snprintf(line, sizeof(line), "%.1f of %.1f MB, %llu rows, %.0f rows/s%s",
	               (double)count->bytes / MEGABYTE, (double)count->size / MEGABYTE,
	               (unsigned long long)count->rows,
	               seconds > 0 ? (double)count->rows / seconds : 0, left);
	progress_line_draw(&p->line, line);
}

void import_print_download(struct import_print *p, const char *host, uint64_t bytes, uint64_t size)
{
	uint64_t now_ms = clock_mono_ms();
	char of[32] = "", line[LINE_SIZE];

	if (p->line_ms == 0)
		p->line_ms = p->begin_ms;
	if (p->line.is_terminal ? !progress_line_is_due(&p->line)
	                        : now_ms - p->line_ms < LINE_EVERY_MS)
		return;
	if (size > 0)
		(void)snprintf(of, sizeof(of), " of %.1f", (double)size / MEGABYTE);
	(void)snprintf(line, sizeof(line), "downloading from %.80s: %.1f%s MB", host,
	               (double)bytes / MEGABYTE, of);
	if (p->line.is_terminal) {
		progress_line_draw(&p->line, line);
		return;
	}
	(void)fprintf(stderr, "campaign2mqtt: note: %s\n", line);
	p->line_ms = now_ms;
}

void import_print_downloaded(struct import_print *p, const char *host, uint64_t bytes)
{
	import_print_clear(p);
	(void)fprintf(stderr, "campaign2mqtt: note: %llu bytes downloaded from %.80s\n",
	              (unsigned long long)bytes, host);
	p->begin_ms = clock_mono_ms();
}

void import_print_waiting(void *print, uint64_t waiting)
{
	struct import_print *p = print;

	progress_line_publishing(&p->line, waiting);
}

void import_print_bad(void *print, const char *text)
{
	struct import_print *p = print;

	p->bad++;
	if (p->bad > BAD_SHOWN)
		return;
	import_print_clear(p);
	(void)complain(EXIT_BAD_INPUT, "%s", text);
}

enum exit_code import_print_end(struct import_print *p, const char *account, const char *report,
                                const struct import_count *count)
{
	import_print_clear(p);
	if (count->rows == 0) {
		(void)printf("%s %s: 0 rows, nothing to import\n", account, report);
	} else {
		(void)printf("%s %s: %llu row%s, %llu bytes in %.0f s\n", account, report,
		             (unsigned long long)count->rows, count->rows == 1 ? "" : "s",
		             (unsigned long long)count->bytes, elapsed_s(p));
	}
	if (fflush(stdout) != 0)
		return complain_output();
	if (count->bad == 0)
		return EXIT_OK;
	return complain(EXIT_BAD_INPUT,
	                "%llu of them cannot be read and became dead letters; the others are "
	                "imported",
	                (unsigned long long)count->bad);
}
