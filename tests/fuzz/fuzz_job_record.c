/* SPDX-License-Identifier: MIT */
/* Lines of a record: whatever is read is written so that it is read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "receiver/report/job/job.h"

#define TEXT_MAX ((size_t)4 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_lines(struct str text, bool must_be_good, struct job_record *r)
{
	struct str line;
	struct str name;
	struct str value;

	while (text.len > 0) {
		(void)str_cut(text, '\n', &line, &text);
		(void)str_cut(line, ' ', &name, &value);
		if (job_record_line(r, name, value) != ERR_OK && must_be_good)
			abort();
	}
}

static void write_record(const struct job_record *r, struct buf *text)
{
	buf_init(text, TEXT_MAX);
	if (job_record_write(r, text) != ERR_OK)
		abort();
}

static void check(const struct job_record *r)
{
	if (r->orders > JOB_ORDERS_MAX || r->link_count > JOB_LINKS_MAX || r->until_ms < 0 ||
	    strlen(r->text) >= sizeof(r->text) || strlen(job_state_str(r->state)) < 4)
		abort();
	if (r->file != NULL && (strchr(r->file, '/') != NULL || r->file[0] == '.'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct job_record r = {.state = JOB_IDLE};
	struct job_record again = {.state = JOB_IDLE};
	struct buf once;
	struct buf twice;

	read_lines((struct str){(const char *)bytes, size}, false, &r);
	check(&r);
	write_record(&r, &once);
	read_lines(buf_str(&once), true, &again);
	write_record(&again, &twice);
	if (!str_eq(buf_str(&once), buf_str(&twice)))
		abort();
	job_record_fini(&r);
	job_record_fini(&again);
	buf_fini(&once);
	buf_fini(&twice);
	return 0;
}
