/* SPDX-License-Identifier: MIT */
#include "receiver/report/reports_parts.h"

void reports_sweep(struct reports *r)
{
	(void)r;
}
