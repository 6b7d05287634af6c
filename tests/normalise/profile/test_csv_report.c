/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/profile/csv_report.h"

static const struct {
	const char *report, *header;
} passona[] = {
	{"clicks-csv", "Phone_Number,Link_Name,Link_Destination,Clicked_At,User_Agent,Device_Type,"
                       "OS_Version,Browser_Version"},
	{"delivery-csv", "SMS_ID,Sender,Recipient,Message_Copy,Status,Expiry_Date"},
	{"alt_delivery-csv",
         "MessageId,Mobile,FieldNames,FieldValues,MessageSent,MessageUpdate,Status"},
	{"recipient-csv", "Phone_Number,Group_Name,Group_Description,Field_Names,Field_Values"},
	{"sent-csv", "MessageId,Brand,SentOn,RecipientCount,TemplateApiId,TemplateName,Message"},
	{"unsent-csv", "MessageId,Mobile,FieldNames,FieldValues,Reason"},
	/* in another order, in another case, with more and with fewer columns */
	{"unsent-csv", "reason,FIELDVALUES,fieldnames,mobile,messageid,Extra"},
	{"delivery-csv", "sms id,recipient,message copy,STATUS"},
	{"sent-csv", "SentOn,RecipientCount,TemplateApiId"},
	{NULL, "MessageId,Mobile"},
	{NULL, "This link has expired."},
	{NULL, ""},
};

static void reports_are_told_apart_by_their_header(void **state)
{
	struct profile_set *set = NULL;
	const struct profile *p;

	(void)state;
	assert_int_equal(profile_set_new(&set, NULL), ERR_OK);
	p = profile_set_get(set, STR_LIT("passona"));
	for (size_t i = 0; i < sizeof(passona) / sizeof(passona[0]); i++) {
		const struct profile_report *r = csv_report_of(p, str_from(passona[i].header), ',');

		if (passona[i].report == NULL) {
			assert_null(r);
			continue;
		}
		assert_non_null(r);
		assert_string_equal(r->source.name, passona[i].report);
		assert_non_null(r->job);
	}
	assert_null(
		csv_report_of(profile_set_get(set, STR_LIT("everlytic")), STR_LIT("id,type"), ','));
	profile_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_told_apart_by_their_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
