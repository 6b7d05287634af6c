/* SPDX-License-Identifier: MIT */
#include "tests/store/backend_contract.h"
#include "tests/store/place.h"

static void fresh(struct store_conf *ret_conf)
{
	ret_conf->path = place_fresh();
}

int main(void)
{
	int failed = backend_contract_run(&store_sqlite_ops, fresh);

	place_remove();
	return failed;
}
