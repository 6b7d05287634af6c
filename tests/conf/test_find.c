/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <unistd.h>

#include "conf_text.h"

static void path_is_looked_for_in_the_order_of_the_manual(void **state)
{
	char before[PATH_MAX], folder[] = "/tmp/test_find_XXXXXX";
	FILE *f = NULL;

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(setenv("CAMPAIGN2MQTT_CONFIG", "/named.yaml", 1), 0);
	assert_string_equal(conf_find("/given.yaml"), "/given.yaml");
	assert_string_equal(conf_find(NULL), "/named.yaml");
	assert_int_equal(setenv("CAMPAIGN2MQTT_CONFIG", "", 1), 0);
	assert_string_equal(conf_find(NULL), "/etc/campaign2mqtt/campaign2mqtt.yaml");
	f = fopen("campaign2mqtt.yaml", "w");
	assert_non_null(f);
	(void)fclose(f);
	assert_string_equal(conf_find(NULL), "./campaign2mqtt.yaml");
	assert_int_equal(unsetenv("CAMPAIGN2MQTT_CONFIG"), 0);
	assert_string_equal(conf_find(NULL), "./campaign2mqtt.yaml");
	(void)unlink("campaign2mqtt.yaml");
	assert_int_equal(chdir(before), 0);
	(void)rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_is_looked_for_in_the_order_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
