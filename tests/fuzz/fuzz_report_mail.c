/* SPDX-License-Identifier: MIT */
/* Any bytes as a mail: its links are of the listed hosts, over https, and bounded. */
#include <stdlib.h>

#include "core/url.h"
#include "receiver/report/mail/report_mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_link(struct str link)
{
	struct url_parts parts;

	if (url_split(link, &parts) != ERR_OK || !parts.is_https ||
	    !str_ieq(parts.host, STR_LIT("files.passona.example")))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct str host = {"files.passona.example", 21};
	static const struct report_mail_spec spec = {
		.hosts = &host, .host_count = 1, .path_suffix = {".csv", 4}};
	static const struct report_mail_job jobs[] = {
		{{"6f0a2c10-69f6-11ef-9a0b-0242ac120008", 36}, {"delivery", 8}},
		{{"6f0a2c10-69f6-11ef-9a0b-0242ac120008", 36}, {"alt_delivery", 12}},
		{{"4711", 4}, {NULL, 0}}};
	struct report_mail *mail = NULL;
	bool fits[3];
	size_t link = SIZE_MAX;

	if (report_mail_new((struct str){(const char *)data, size}, &spec, &mail) != ERR_OK)
		return 0;
	if (report_mail_link_count(mail) > REPORT_MAIL_LINKS_MAX)
		abort();
	for (size_t i = 0; i < report_mail_link_count(mail); i++)
		check_link(report_mail_link(mail, i));
	for (size_t count = 0; count <= 3; count++) {
		bool is_found = report_mail_match(mail, jobs, count, NULL, fits, &link) ==
		                REPORT_MAIL_FOUND;

		if (is_found && (count == 0 || link >= report_mail_link_count(mail)))
			abort();
	}
	report_mail_free(mail);
	return 0;
}
