/* SPDX-License-Identifier: MIT */
/*
 * An answer of a job's vendor: the first line has digits of the status, the next four the headers,
 * the rest is the body. Whatever it says, addresses are absolute ones, and texts are bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "core/url.h"
#include "normalise/profile/profile.h"
#include "receiver/report/job/job_answer.h"

#define ARENA_MAX ((size_t)32 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const char profile_text[] =
	"profile: t\nbase: https://v.example\nmaps: {m: {status: {is: sent}}}\nreports:\n"
	"  mail:\n    map: m\n    job: {create: {path: /c}, ready: {by: mailbox}}\n"
	"  bare:\n    map: m\n    job: {create: {path: /c}, ready: {by: poll}}\n"
	"  full:\n    map: m\n    job: {create: {path: /c}, id: /id, ready: {by: poll, "
	"url: /links/status, state: [/status, /state], done: [ready, completed], failed: [failed], "
	"error: /message, link: [/url, /result/url], parts: /files/*/url}}\n";

/** Made once. */
static const struct profile *profile(void)
{
	static struct profile *p;
	struct err_detail detail = {.text = ""};
	struct yaml_doc *doc = NULL;

	if (p == NULL && (yaml_parse(str_from(profile_text), "p.yaml", &doc, &detail) != ERR_OK ||
	                  profile_new(doc, &p, &detail) != ERR_OK))
		abort();
	return p;
}

static void check_address(struct str address)
{
	struct url_parts parts;

	if (url_split(address, &parts) != ERR_OK)
		abort();
}

static void check(enum err err, const struct job_told *told)
{
	if (memchr(told->text, '\0', sizeof(told->text)) == NULL ||
	    str_has_control(str_from(told->text)))
		abort();
	if (err != ERR_OK)
		return;
	if (told->status_url.len > 0)
		check_address(told->status_url);
	if (told->link_count > JOB_PARTS_MAX || told->again_ms > 3600000)
		abort();
	for (size_t i = 0; i < told->link_count; i++)
		check_address(told->links[i]);
	if (told->verdict == JOB_HAS_FAILED && told->text[0] == '\0')
		abort();
}

static struct job_reply reply_of(struct str text)
{
	struct job_reply reply = {.url = STR_LIT("https://v.example/api/7?x=1")};
	struct str status;
	uint64_t number;

	(void)str_cut(text, '\n', &status, &text);
	if (str_to_u64(status, &number) != ERR_OK)
		number = 200;
	reply.status = (unsigned)(number % 600);
	reply.retry_after_s = (int64_t)(number / 600) - 2;
	(void)str_cut(text, '\n', &reply.location, &text);
	(void)str_cut(text, '\n', &reply.operation_location, &text);
	(void)str_cut(text, '\n', &reply.content_location, &text);
	(void)str_cut(text, '\n', &reply.media_type, &reply.body);
	return reply;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct job_reply reply = reply_of((struct str){(const char *)bytes, size});
	const struct profile *p = profile();

	for (size_t i = 0; i < profile_report_count(p); i++) {
		const struct job_spec *spec = profile_report_at(p, i)->job;
		struct job_told told = {.verdict = JOB_PENDING};
		struct arena arena;

		arena_init(&arena, ARENA_MAX);
		check(job_answer_create(spec, &reply, &arena, &told), &told);
		arena_reset(&arena);
		told = (struct job_told){.verdict = JOB_PENDING};
		check(job_answer_status(spec, &reply, &arena, &told), &told);
		arena_fini(&arena);
	}
	return 0;
}
