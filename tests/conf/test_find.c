/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <unistd.h>

#include "conf_text.h"
#include "tests/folder.h"

static void path_is_looked_for_in_the_order_of_the_manual(void **state)
{
	char before[PATH_MAX];
	struct folder folder;

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	folder_open(&folder);
	assert_int_equal(chdir(folder.path), 0);
	assert_int_equal(setenv("CAMPAIGN2MQTT_CONFIG", "/named.yaml", 1), 0);
	assert_string_equal(conf_find("/given.yaml"), "/given.yaml");
	assert_string_equal(conf_find(NULL), "/named.yaml");
	assert_int_equal(setenv("CAMPAIGN2MQTT_CONFIG", "", 1), 0);
	assert_string_equal(conf_find(NULL), "/etc/campaign2mqtt/campaign2mqtt.yaml");
	(void)folder_put(&folder, "campaign2mqtt.yaml", "");
	assert_string_equal(conf_find(NULL), "./campaign2mqtt.yaml");
	assert_int_equal(unsetenv("CAMPAIGN2MQTT_CONFIG"), 0);
	assert_string_equal(conf_find(NULL), "./campaign2mqtt.yaml");
	assert_int_equal(chdir(before), 0);
	folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_is_looked_for_in_the_order_of_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
