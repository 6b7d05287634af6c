/* SPDX-License-Identifier: MIT */
/*
 * bench_store [PATH] [WAITING] - rate and CPU of the store, and its memory with a long backlog.
 *
 * CPU is that of the store's thread, system calls included.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/store.h"

#define BODY_BYTES 400
#define GROUP      64
#define ROUNDS     200000

struct bench {
	struct loop *loop;
	struct store *store;
	size_t open; /* operations on their way */
	uint8_t ids[GROUP][STORE_ID_BYTES];
	int64_t upto;
	size_t claimed;
	uint64_t wrong;
};

static double clock_us(clockid_t id)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(id, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* Of the store's thread: the process without this one. */
static double cpu_us(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID) - clock_us(CLOCK_THREAD_CPUTIME_ID);
}

static double rss_mib(void)
{
	char line[128] = "";
	char *end = line;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file != NULL) {
		if (fgets(line, sizeof(line), file) != NULL)
			(void)strtol(line, &end, 10); /* the second number is the resident one */
		(void)fclose(file);
	}

	long pages = strtol(end, NULL, 10);

	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

static void stop(const char *what)
{
	(void)fprintf(stderr, "bench_store: %s\n", what);
	_exit(70);
}

static void on_put(void *arg, enum err err, int64_t entry)
{
	struct bench *b = arg;

	(void)entry;
	b->wrong += err != ERR_OK;
	b->open--;
}

static void on_claim(void *arg, enum err err, const struct store_claim *claim)
{
	struct bench *b = arg;

	b->wrong += err != ERR_OK;
	b->claimed = claim->count;
	b->upto = claim->count > 0 ? claim->payloads[claim->count - 1].entry : 0;
	b->open--;
}

static void on_known(void *arg, enum err err, const bool *known)
{
	struct bench *b = arg;

	b->wrong += err != ERR_OK || known[0];
	b->open--;
}

static void on_done(void *arg, enum err err)
{
	struct bench *b = arg;

	b->wrong += err != ERR_OK;
	b->open--;
}

static void drain(struct bench *b)
{
	while (b->open > 0)
		loop_turn(b->loop, 1000);
}

static void put_group(struct bench *b, size_t count)
{
	static char body[BODY_BYTES];
	struct payload p = {.received_ms = clock_now_ms(),
	                    .via = PAYLOAD_WEBHOOK,
	                    .account = STR_LIT("acme"),
	                    .source = STR_LIT("sms"),
	                    .verified = STR_LIT("basic"),
	                    .method = STR_LIT("POST"),
	                    .media_type = STR_LIT("application/json"),
	                    .body = {body, sizeof(body)}};

	memset(body, 'x', sizeof(body));
	for (size_t i = 0; i < count; i++) {
		if (store_put(b->store, &p, NULL, on_put, b) != ERR_OK)
			stop("put refused");
		b->open++;
	}
}

static void random_ids(struct bench *b)
{
	static uint64_t state = 88172645463325252ULL;

	for (size_t i = 0; i < GROUP; i++) {
		for (size_t k = 0; k < STORE_ID_BYTES; k += sizeof(state)) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			memcpy(b->ids[i] + k, &state, sizeof(state));
		}
	}
}

static void claim_group(struct bench *b)
{
	b->open++;
	if (store_claim(b->store, STR_LIT("acme"), 0, GROUP, 1 << 20, on_claim, b) != ERR_OK)
		stop("claim refused");
	drain(b);
	if (b->claimed != GROUP)
		stop("claim gave too few");
}

static void known_group(struct bench *b)
{
	random_ids(b);
	b->open++;
	if (store_known(b->store, b->ids[0], GROUP, on_known, b) != ERR_OK)
		stop("known refused");
	drain(b);
}

static void settle_group(struct bench *b)
{
	const struct store_count count = {STR_LIT("acme"), STR_LIT("campaign"), STR_LIT("sent"),
	                                  GROUP, true};
	const struct store_campaign campaign = {.account = STR_LIT("acme"),
	                                        .level = STR_LIT("campaign"),
	                                        .id = STR_LIT("campaign")};
	struct store_settle s = {.account = STR_LIT("acme"),
	                         .upto = b->upto,
	                         .ids = b->ids[0],
	                         .id_count = GROUP,
	                         .counts = &count,
	                         .count_count = 1,
	                         .campaigns = &campaign,
	                         .campaign_count = 1};

	b->open++;
	if (store_settle(b->store, &s, on_done, b) != ERR_OK)
		stop("settle refused");
	drain(b);
}

static void report(const char *what, size_t count, double us, double cpu)
{
	(void)printf("%-34s %9.0f /s  %6.2f us CPU each  RSS %.1f MiB\n", what,
	             (double)count / us * 1e6, cpu / (double)count, rss_mib());
}

static void all_four(struct bench *b)
{
	double part[4] = {0, 0, 0, 0};
	uint64_t start = clock_mono_ms();
	uint64_t worst = 0;

	for (size_t i = 0; i < ROUNDS; i += GROUP) {
		uint64_t begin = clock_mono_ms();
		double cpu = cpu_us();

		put_group(b, GROUP);
		drain(b);
		part[0] += cpu_us() - cpu, cpu = cpu_us();
		claim_group(b);
		part[1] += cpu_us() - cpu, cpu = cpu_us();
		known_group(b);
		part[2] += cpu_us() - cpu, cpu = cpu_us();
		settle_group(b);
		part[3] += cpu_us() - cpu;
		if (clock_mono_ms() - begin > worst)
			worst = clock_mono_ms() - begin;
	}
	report("put+claim+known+settle, groups of 64", ROUNDS,
	       (double)(clock_mono_ms() - start) * 1e3, part[0] + part[1] + part[2] + part[3]);
	(void)printf("  put %.2f, claim %.2f, known %.2f, settle %.2f us CPU each; slowest group "
	             "%llu ms\n",
	             part[0] / ROUNDS, part[1] / ROUNDS, part[2] / ROUNDS, part[3] / ROUNDS,
	             (unsigned long long)worst);
}

static void backlog(struct bench *b, size_t count)
{
	uint64_t start = clock_mono_ms();
	double cpu = cpu_us();

	for (size_t i = 0; i < count; i += GROUP) {
		put_group(b, GROUP);
		if (b->open >= (size_t)GROUP * 8)
			drain(b);
	}
	drain(b);
	report("put alone, up to 512 at a time", count, (double)(clock_mono_ms() - start) * 1e3,
	       cpu_us() - cpu);
}

static void sweep_everything(struct bench *b, struct store_conf *conf)
{
	uint64_t start = clock_mono_ms();

	const struct store_settle s = {.account = STR_LIT("acme"), .upto = b->upto};

	if (store_settle(b->store, &s, on_done, b) != ERR_OK)
		stop("settle refused");
	b->open++;
	conf->keep_settled_ms = 0;
	store_set_limits(b->store, conf);
	store_sweep(b->store);
	drain(b);
	(void)printf("settle while sweeping answered after %llu ms\n",
	             (unsigned long long)(clock_mono_ms() - start));
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "bench_store.db";
	size_t waiting = argc > 2 ? (size_t)strtoul(argv[2], NULL, 10) : 1000000;
	struct store_conf conf = {path, 1ULL << 40, 0, 86400000, 7 * 86400000ULL};
	struct err_detail detail = {.text = ""};
	struct bench b = {.open = 0};

	if (loop_new(&b.loop) != ERR_OK)
		stop("no loop");
	if (store_open(b.loop, &conf, &b.store, &detail) != ERR_OK)
		stop(detail.text);
	all_four(&b);
	all_four(&b);
	sweep_everything(&b, &conf);
	backlog(&b, waiting);
	all_four(&b);

	uint64_t start = clock_mono_ms();

	store_close(b.store);
	(void)printf("close %llu ms", (unsigned long long)(clock_mono_ms() - start));
	start = clock_mono_ms();
	if (store_open(b.loop, &conf, &b.store, &detail) != ERR_OK)
		stop(detail.text);

	struct store_stats stats;

	store_stats(b.store, &stats);
	(void)printf(", open with %llu waiting %llu ms, RSS %.1f MiB, wrong answers %llu\n",
	             (unsigned long long)stats.waiting,
	             (unsigned long long)(clock_mono_ms() - start), rss_mib(),
	             (unsigned long long)b.wrong);
	store_close(b.store);
	loop_free(b.loop);
	return b.wrong > 0 ? 70 : 0;
}
