/* SPDX-License-Identifier: MIT */
#include "cmd/import/import_print.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "core/clock.h"

#define REDRAW_MS     100
#define BAD_SHOWN     5
#define MEGABYTE      1e6
#define LINE_SIZE     256
#define WIDTH_DEFAULT 80
#define MINUTES_S     120
#define LINE_EVERY_MS 10000

void import_print_init(struct import_print *p)
{
	*p = (struct import_print){.begin_ms = clock_mono_ms(),
	                           .is_terminal = isatty(STDERR_FILENO) == 1};
}

void import_print_clear(struct import_print *p)
{
	if (p->is_drawn)
		(void)fputs("\r\033[K", stderr);
	p->is_drawn = false;
}

static size_t terminal_width(void)
{
	struct winsize size = {0, 0, 0, 0};

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT;
	return size.ws_col;
}

static void draw(struct import_print *p, const char *text)
{
	(void)fprintf(stderr, "\r%.*s\033[K", (int)terminal_width() - 1, text);
	p->is_drawn = true;
	p->drawn_ms = clock_mono_ms();
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

	if (!p->is_terminal || clock_mono_ms() - p->drawn_ms < REDRAW_MS)
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
	draw(p, line);
}

void import_print_download(struct import_print *p, const char *host, uint64_t bytes, uint64_t size)
{
	uint64_t now_ms = clock_mono_ms();
	char of[32] = "", line[LINE_SIZE];

	if (p->line_ms == 0)
		p->line_ms = p->begin_ms;
	if (now_ms - (p->is_terminal ? p->drawn_ms : p->line_ms) <
	    (p->is_terminal ? REDRAW_MS : LINE_EVERY_MS))
		return;
	if (size > 0)
		(void)snprintf(of, sizeof(of), " of %.1f", (double)size / MEGABYTE);
	(void)snprintf(line, sizeof(line), "downloading from %.80s: %.1f%s MB", host,
	               (double)bytes / MEGABYTE, of);
	if (p->is_terminal) {
		draw(p, line);
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
	char text[80];

	if (!p->is_terminal || clock_mono_ms() - p->drawn_ms < REDRAW_MS)
		return;
	(void)snprintf(text, sizeof(text), "publishing: %llu payload%s in the journal",
	               (unsigned long long)waiting, waiting == 1 ? "" : "s");
	draw(p, text);
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
		return complain(EXIT_INPUT_OUTPUT, "cannot write to standard output");
	if (count->bad == 0)
		return EXIT_OK;
	return complain(EXIT_BAD_INPUT,
	                "%llu of them cannot be read and became dead letters; the others are "
	                "imported",
	                (unsigned long long)count->bad);
}
