/* SPDX-License-Identifier: MIT */
/**
 * report_parts - what the files that compile `base`, `auth`, `limits`, `lists`, `reports` and
 * `register` share. Private to normalise/.
 *
 * Texts of the result are those of the document, which lives as long as its profile.
 */
#ifndef NORMALISE_PROFILE_REPORT_PARTS_H
#define NORMALISE_PROFILE_REPORT_PARTS_H

#include <stdatomic.h>

#include "normalise/profile/profile_parts.h"
#include "normalise/profile/report_spec.h"

/** Names that requests use themselves, beside variables and loop values. */
enum template_word {
	WORD_FROM = 1 << 0,
	WORD_TO = 1 << 1,
	WORD_PAGE = 1 << 2,
	WORD_OFFSET = 1 << 3,
	WORD_CURSOR = 1 << 4,
	WORD_HOOK = 1 << 5, /* hook.url, hook.user, hook.pass */
	WORD_HOOK_ID = 1 << 6,
	WORD_JOB_ID = 1 << 7 /* job.id */
};

/** Which names a template may use where it stands, and which ones it did. */
struct template_scope {
	struct compiler *c;
	const struct each_spec *each; /* loops of the report */
	size_t each_count;
	unsigned words;       /* enum template_word, or-ed */
	unsigned used_words;  /* of the templates so far */
	unsigned used_each;   /* bits by number */
	struct str not_known; /* name that made the last check fail */
};

/** Whether requests use that name themselves: no variable or loop may have it. */
bool template_word_is_taken(struct str name);

/** The words of requests with this kind of paging. */
unsigned template_words_of(enum page_kind kind);

/** A text that may be empty. @return ERR_OK, ERR_PARSE */
enum err template_text_compile(struct template_scope *s, const struct yaml_node *node,
                               struct str *ret_text) MUST_CHECK;

/** A text that is not empty. @return ERR_OK, ERR_PARSE */
enum err template_need_compile(struct template_scope *s, const struct yaml_node *node,
                               const char *expected, struct str *ret_text) MUST_CHECK;

/** The scalars of a tree. @return ERR_OK, ERR_PARSE */
enum err template_tree_check(struct template_scope *s, const struct yaml_node *node) MUST_CHECK;

/** scheme://host[:port][/path] as a template. @return ERR_OK, ERR_PARSE */
enum err base_compile(struct template_scope *s, const struct yaml_node *node,
                      struct str *ret_base) MUST_CHECK;

/** A whole address as a template. @return ERR_OK, ERR_PARSE */
enum err address_compile(struct template_scope *s, const struct yaml_node *node,
                         struct str *ret_address) MUST_CHECK;

/** @return ERR_OK, ERR_PARSE, ERR_NOMEM, as are those below */
enum err request_compile(struct template_scope *s, const struct yaml_node *node,
                         struct request_spec *ret_request) MUST_CHECK;

/** What a request is where it does not say. */
struct request_usual {
	const char *method;
	unsigned expect[EXPECT_MAX]; /* ends with 0 where there are fewer */
};

/** request_compile() is that with GET and 200. */
enum err request_compile_usual(struct template_scope *s, const struct yaml_node *node,
                               const struct request_usual *usual,
                               struct request_spec *ret_request) MUST_CHECK;

/** `query`, `headers` and `form` of a request. */
enum err named_texts_compile(struct template_scope *s, const struct yaml_node *node,
                             const struct named_text **ret_list, size_t *ret_count) MUST_CHECK;
enum err headers_compile(struct template_scope *s, const struct yaml_node *node,
                         struct request_spec *request) MUST_CHECK;

/** Whether it can be a header's name. */
bool header_name_is_valid(struct str name);

enum err auth_compile(struct compiler *c, const struct yaml_node *node,
                      struct auth_spec *ret_auth) MUST_CHECK;

/** @param node  NULL: the defaults */
enum err limits_compile(struct compiler *c, const struct yaml_node *node,
                        struct limits_spec *ret_limits) MUST_CHECK;

/** `hosts`, at most HOSTS_MAX. */
enum err hosts_compile(struct compiler *c, const struct yaml_node *node, struct str *hosts,
                       size_t *ret_count) MUST_CHECK;

/** Whether it is HOST or HOST:PORT. */
bool host_is_valid(struct str text);

enum err window_compile(struct compiler *c, const struct yaml_node *node,
                        struct window_spec *ret_window) MUST_CHECK;

enum err page_compile(struct compiler *c, const struct yaml_node *node,
                      struct page_spec *ret_page) MUST_CHECK;

/** Fail when a request does not use what its paging counts. */
enum err page_check_used(const struct template_scope *s, const struct yaml_node *node,
                         enum page_kind kind) MUST_CHECK;

enum err ok_compile(struct compiler *c, const struct yaml_node *node,
                    struct ok_spec *ret_ok) MUST_CHECK;

/** Most `lists` of a profile. */
#define LISTS_MAX 64

/** The compiled lists of a profile, in the order of the file. */
struct list_table {
	const struct list_spec *lists;
	size_t count;
};

/** One of `lists`; its name is the node's key. */
enum err list_compile(struct compiler *c, const struct yaml_node *node,
                      struct list_spec *ret_list) MUST_CHECK;

/** Refuse what pages cannot be read with. */
enum err decode_check_pages(struct compiler *c, const struct yaml_node *node,
                            const struct decode_spec *spec, bool allow_stream) MUST_CHECK;

/** `each` of a report; loops over another report get their list by each_link_reports(). */
enum err each_compile(struct compiler *c, const struct yaml_node *node,
                      const struct list_table *lists, struct profile_report *report) MUST_CHECK;

/** The reports of a profile, all compiled. */
enum err each_link_reports(struct compiler *c, const struct yaml_node *reports_node,
                           struct profile_report *reports, size_t count) MUST_CHECK;

/** One of `reports`; its name is the node's key. */
enum err report_compile(struct compiler *c, const struct yaml_node *node,
                        const struct map_list *maps, const struct list_table *lists,
                        struct profile_report *ret_report) MUST_CHECK;

/** Fail when the request that asks for the report's values does not use its window or a loop. */
enum err report_check_used(const struct template_scope *s, const struct yaml_node *report_node,
                           const struct profile_report *report, const char *where) MUST_CHECK;

/** `own_map` of a webhook or report. */
enum err own_map_compile(struct compiler *c, const struct yaml_node *node,
                         struct profile_source *source) MUST_CHECK;

/** `job` of a report whose loops, times and decoding are there; the fallback is linked later. */
enum err job_compile(struct compiler *c, const struct yaml_node *report_node,
                     const struct profile_report *report,
                     const struct job_spec **ret_job) MUST_CHECK;

/** A value of a job's answer: there is nothing but its body. */
enum err answer_value_compile(struct compiler *c, const struct yaml_node *node, const char *key,
                              const struct value_expr **ret_expr) MUST_CHECK;

/** `ready` of a job. */
enum err ready_compile(struct template_scope *s, const struct yaml_node *node,
                       struct job_spec *job) MUST_CHECK;

/** `fallback` of the jobs of a profile, whose reports are all compiled. */
enum err job_link_fallbacks(struct compiler *c, const struct yaml_node *reports_node,
                            struct profile_report *reports, size_t count) MUST_CHECK;

enum err register_compile(struct compiler *c, const struct yaml_node *node,
                          const struct register_spec **ret_register) MUST_CHECK;

struct profile {
	atomic_uint *refs;    /* owned; a pointer, so that a const profile can be counted */
	struct profile *self; /* for profile_ref() likewise */
	struct yaml_doc *doc; /* owned */
	struct map_pool pool;
	const char *name;
	const char *about;
	const struct yaml_node *maps_node; /* borrowed from doc; NULL for none */
	struct map_list maps;
	struct profile_source *webhooks;        /* in the pool, as is all that follows */
	const struct register_spec **registers; /* by number of the webhook; NULL for none */
	size_t webhook_count;
	struct profile_var *vars;
	size_t var_count;
	struct str base;
	struct auth_spec auth;
	struct limits_spec limits;
	struct str hosts[HOSTS_MAX];
	size_t host_count;
	struct list_table lists;
	struct profile_report *reports;
	size_t report_count;
};

/** All of a document. */
enum err profile_compile(struct profile *p, const struct yaml_node *root,
                         struct err_detail *detail) MUST_CHECK;

#endif /* NORMALISE_PROFILE_REPORT_PARTS_H */
