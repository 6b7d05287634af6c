/* SPDX-License-Identifier: MIT */
#include "publish/mqtt/resolve.h"

#include <netdb.h>
#include <sys/socket.h>

static enum err err_from_gai(int rc)
{
	if (rc == EAI_MEMORY)
		return ERR_NOMEM;
	return rc == EAI_NONAME ? ERR_NOENT : ERR_IO;
}

static const struct addrinfo *pick(const struct addrinfo *list, unsigned attempt)
{
	const struct addrinfo *at = list;
	unsigned count = 1;

	for (; at->ai_next != NULL; at = at->ai_next)
		count++;
	at = list;
	for (unsigned i = attempt % count; i > 0; i--)
		at = at->ai_next;
	return at;
}

enum err resolve_address(const char *host, unsigned attempt, char ret_address[RESOLVE_TEXT_MAX],
                         struct err_detail *reterr_detail)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	const struct addrinfo *chosen;
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(host, NULL, &hints, &list);

	if (rc == 0) {
		chosen = pick(list, attempt);
		rc = getnameinfo(chosen->ai_addr, chosen->ai_addrlen, ret_address, RESOLVE_TEXT_MAX,
		                 NULL, 0, NI_NUMERICHOST);
		freeaddrinfo(list);
	}
	if (rc == 0)
		return ERR_OK;
	err_detail_set(reterr_detail, "%s: %s", host, gai_strerror(rc));
	return err_from_gai(rc);
}
