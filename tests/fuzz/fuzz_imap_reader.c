/* SPDX-License-Identifier: MIT */
/* Any bytes of a server: the same responses however they arrive, each within its limits. */
#include <stdlib.h>
#include <string.h>

#include "core/imap/imap_reader.h"
#include "core/imap/imap_response.h"

#define TEXT_MAX    4096
#define LITERAL_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t understand(struct str bytes)
{
	struct imap_response response;
	struct imap_mail mail;
	uint32_t uid;

	if (imap_response_read(bytes, &response) != ERR_OK)
		return 1;
	if (response.kind == IMAP_FETCH && imap_mail_read(response.rest, &mail) == ERR_OK &&
	    mail.body.len > bytes.len)
		abort();
	while (response.kind == IMAP_SEARCH && imap_search_next(&response.rest, &uid) == ERR_OK)
		;
	return bytes.len + (size_t)response.kind;
}

/* A sum over the responses, in pieces of @p step bytes. */
static size_t read_all(const uint8_t *data, size_t size, size_t step)
{
	struct imap_reader r;
	struct str response;
	size_t sum = 0;
	enum err err = ERR_AGAIN;

	imap_reader_init(&r, TEXT_MAX, LITERAL_MAX);
	for (size_t at = 0; at < size && err == ERR_AGAIN; at += step) {
		struct str piece = {(const char *)data + at, size - at < step ? size - at : step};

		while ((err = imap_reader_next(&r, &piece, &response)) == ERR_OK) {
			if (response.len > TEXT_MAX + LITERAL_MAX)
				abort();
			sum = sum * 31 + understand(response);
		}
	}
	imap_reader_fini(&r);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (read_all(data, size, 1) != read_all(data, size, size + 1))
		abort();
	return 0;
}
