/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/used_mails.h"

bool used_mails_has(const struct used_mails *u, uint64_t digest)
{
	if (digest == 0)
		return false;
	for (size_t i = 0; i < USED_MAX; i++) {
		if (u->digests[i] == digest)
			return true;
	}
	return false;
}

void used_mails_add(struct used_mails *u, uint64_t digest)
{
	if (digest == 0 || used_mails_has(u, digest))
		return;
	u->digests[u->next++ % USED_MAX] = digest;
}
