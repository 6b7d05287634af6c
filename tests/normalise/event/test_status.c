/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "normalise/event/status.h"

static const struct {
	enum status status;
	const char *word, *outcome;
	bool final;
} contract[] = {
	{STATUS_UNKNOWN, "unknown", "unknown", false},
	{STATUS_QUEUED, "queued", "pending", false},
	{STATUS_DEFERRED, "deferred", "pending", false},
	{STATUS_SENT, "sent", "pending", false},
	{STATUS_DELIVERED, "delivered", "positive", true},
	{STATUS_UNDELIVERED, "undelivered", "negative", true},
	{STATUS_BOUNCED, "bounced", "negative", true},
	{STATUS_FAILED, "failed", "negative", true},
	{STATUS_REJECTED, "rejected", "negative", true},
	{STATUS_EXPIRED, "expired", "negative", true},
	{STATUS_CANCELED, "canceled", "neutral", true},
	{STATUS_SKIPPED, "skipped", "neutral", true},
	{STATUS_OPENED, "opened", "engagement", false},
	{STATUS_CLICKED, "clicked", "engagement", false},
	{STATUS_REPLIED, "replied", "engagement", false},
	{STATUS_UNSUBSCRIBED, "unsubscribed", "consent", false},
	{STATUS_SUBSCRIBED, "subscribed", "consent", false},
	{STATUS_COMPLAINED, "complained", "consent", false},
};

static void each_status_has_the_word_outcome_and_finality_of_the_contract(void **state)
{
	(void)state;
	assert_int_equal(sizeof(contract) / sizeof(contract[0]), STATUS_COUNT);
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		enum status read = STATUS_COUNT;

		assert_string_equal(status_str(contract[i].status), contract[i].word);
		assert_string_equal(status_outcome(contract[i].status), contract[i].outcome);
		assert_int_equal(status_is_final(contract[i].status), contract[i].final);
		assert_true(status_from(str_from(contract[i].word), &read));
		assert_int_equal(read, contract[i].status);
	}
}

static void another_word_is_no_status_and_leaves_the_output_alone(void **state)
{
	static const char *const words[] = {"", "Delivered", "delivered ", "deliver", "cancelled"};
	enum status kept = STATUS_SENT;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_false(status_from(str_from(words[i]), &kept));
	assert_int_equal(kept, STATUS_SENT);
}

static void the_reasons_are_the_twenty_of_the_list(void **state)
{
	static const char *const words[] = {"none",
	                                    "invalid_recipient",
	                                    "unreachable",
	                                    "mailbox_full",
	                                    "no_consent",
	                                    "blocked_by_recipient",
	                                    "carrier_filtered",
	                                    "spam_filtered",
	                                    "duplicate",
	                                    "content_rejected",
	                                    "sender_unregistered",
	                                    "suppressed",
	                                    "quiet_hours",
	                                    "throttled",
	                                    "no_credit",
	                                    "ttl_exceeded",
	                                    "canceled_by_sender",
	                                    "technical",
	                                    "no_receipt",
	                                    "other"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_true(reason_is_known(str_from(words[i])));
	assert_false(reason_is_known(str_from("Other")));
	assert_false(reason_is_known(str_from("")));
	assert_false(reason_is_known(str_from("delivered")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_status_has_the_word_outcome_and_finality_of_the_contract),
		cmocka_unit_test(another_word_is_no_status_and_leaves_the_output_alone),
		cmocka_unit_test(the_reasons_are_the_twenty_of_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
