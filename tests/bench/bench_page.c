/* SPDX-License-Identifier: MIT */
/* What a report's page of 50 rows costs: looked at for paging, counted, and turned into events. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/buf.h"
#include "normalise/normalise.h"
#include "normalise/ordinals.h"
#include "normalise/page.h"

#define PAGES 4000
#define ROWS  50

static const char profile_text[] =
	"profile: bench\n"
	"maps:\n"
	"  row:\n"
	"    key: [message.id, recipient.msisdn]\n"
	"    time: {at: [/MessageUpdate, /MessageSent], as: ['%Y-%m-%d %H:%M:%S'], tz: "
	"Europe/London}\n"
	"    status: {at: /Status, map: {Success: delivered, Failed: failed}}\n"
	"    ordinal: true\n"
	"    set:\n"
	"      channel: =sms\n"
	"      campaign.id: \"@each/campaign\"\n"
	"      message.id: /MessageId\n"
	"      recipient.msisdn: {at: /Mobile, do: [e164]}\n"
	"      times.sent: /MessageSent\n"
	"      fields: {at: [/FieldNames, /FieldValues], do: [zip]}\n"
	"webhooks: {rows: {decode: {as: json, records: /data/*}, map: row}}\n";

static void must(bool is_ok)
{
	if (!is_ok)
		abort();
}

static void write_page(struct buf *b)
{
	(void)buf_append_str(b, STR_LIT("{\"data\":["));
	for (int i = 0; i < ROWS; i++) {
		(void)buf_printf(
			b,
			"%s{\"MessageId\":\"7a110000-1c2d-4e5f-8a9b-00000000%04d\",\"Mobile\":"
			"\"4477009%05d\",\"FieldNames\":\"First Name,Last Name\",\"FieldValues\":"
			"\"Ann,Lee\",\"MessageSent\":\"2024-09-03 10:00:%02d\",\"MessageUpdate\":"
			"\"2024-09-03 10:01:%02d\",\"Status\":\"Success\"}",
			i > 0 ? "," : "", i, i, i, i);
	}
	(void)buf_append_str(b, STR_LIT("],\"links\":{\"first\":\"a?page=1\",\"next\":\"a?page=2\"}"
	                                ",\"meta\":{\"current_page\":1,\"last_page\":9,"
	                                "\"per_page\":\"50\",\"total\":450}}"));
	must(buf_err(b) == ERR_OK);
}

static void print_cost(const char *what, const struct timespec *from)
{
	struct timespec to;

	(void)clock_gettime(CLOCK_MONOTONIC, &to);

	double us =
		((double)(to.tv_sec - from->tv_sec) * 1e9 + (double)(to.tv_nsec - from->tv_nsec)) /
		1e3 / PAGES;

	(void)printf("%-20s %8.1f us a page %6.2f us a row\n", what, us, us / ROWS);
}

static const struct field_path *path(const char *text)
{
	struct field_path *p = NULL;

	must(field_path_new(str_from(text), true, &p, NULL) == ERR_OK);
	return p; /* kept to the end */
}

static void look(struct str body, const struct source *s)
{
	struct page_spec spec = {.kind = PAGE_NUMBER,
	                         .last = path("/meta/last_page"),
	                         .size_at = path("/meta/per_page")};
	struct timespec from;
	struct arena arena;

	arena_init(&arena, (size_t)64 * 1024);
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < PAGES; i++) {
		struct page page;

		must(page_read(body, &source_spec(s)->decode, &spec, NULL, &arena, &page, NULL) ==
		     ERR_OK);
		must(page.records == ROWS && page.last == 9);
		arena_reset(&arena);
	}
	print_cost("page_read", &from);
	arena_fini(&arena);
}

static void count(const struct payload *payload, const struct source *s)
{
	struct ordinals *ordinals = NULL;
	struct timespec from;
	struct buf numbers;

	buf_init(&numbers, (size_t)1 << 20);
	must(ordinals_new((size_t)1 << 20, NULL, &ordinals) == ERR_OK);
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < PAGES; i++) {
		buf_reset(&numbers);
		must(ordinals_count(ordinals, s, payload, &numbers) == ERR_OK);
	}
	print_cost("ordinals_count", &from);
	ordinals_free(ordinals);
	buf_fini(&numbers);
}

static void normalise(const struct payload *payload, const struct source *s)
{
	struct normaliser *n = NULL;
	struct timespec from;

	must(normaliser_new(s, payload, NORMALISE_MEMORY_DEFAULT, &n) == ERR_OK);
	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < PAGES; i++) {
		struct normalise_bad bad;
		struct event e;
		int rows = 0;

		normaliser_restart(n, s, payload);
		while (normaliser_next(n, &e, &bad) == NORMALISE_EVENT)
			rows++;
		must(rows == ROWS);
	}
	print_cost("normalise", &from);
	normaliser_free(n);
}

int main(void)
{
	struct yaml_doc *doc = NULL;
	struct profile *profile = NULL;
	struct source *s = NULL;
	struct buf page;

	buf_init(&page, (size_t)1 << 20);
	write_page(&page);
	must(yaml_parse(str_from(profile_text), "bench", &doc, NULL) == ERR_OK);
	must(profile_new(doc, &profile, NULL) == ERR_OK);
	must(source_new("gw1", "acc", profile, profile_webhook_at(profile, 0), NULL, 0, NULL, &s,
	                NULL) == ERR_OK);

	const struct payload payload = {.via = PAYLOAD_REPORT,
	                                .source = STR_LIT("rows"),
	                                .vars = STR_LIT("campaign=6f0a2c10-69f6-11ef-9a0b"),
	                                .media_type = STR_LIT("application/json"),
	                                .body = buf_str(&page)};

	(void)printf("a page of %d rows, %zu bytes\n", ROWS, page.len);
	look(payload.body, s);
	count(&payload, s);
	normalise(&payload, s);
	source_unref(s);
	profile_free(profile);
	buf_fini(&page);
	return 0;
}
