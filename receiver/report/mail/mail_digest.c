/* SPDX-License-Identifier: MIT */
#include "receiver/report/mail/mail_digest.h"

#include <sodium.h>

#define HASH_BYTES 16
#define WORD_BYTES 8

/* Lowest byte first, on each machine. */
static void put_word(uint64_t word, unsigned char *bytes)
{
	for (unsigned i = 0; i < WORD_BYTES; i++)
		bytes[i] = (unsigned char)(word >> (8 * i));
}

static uint64_t get_word(const unsigned char *bytes)
{
	uint64_t word = 0;

	for (unsigned i = 0; i < WORD_BYTES; i++)
		word |= (uint64_t)bytes[i] << (8 * i);
	return word;
}

uint64_t mail_digest(const struct str *texts, size_t count)
{
	crypto_generichash_state state;
	unsigned char hash[HASH_BYTES];
	unsigned char len[WORD_BYTES];
	uint64_t word;

	(void)crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < count; i++) {
		put_word(texts[i].len, len);
		(void)crypto_generichash_update(&state, len, sizeof(len));
		(void)crypto_generichash_update(&state, (const unsigned char *)texts[i].ptr,
		                                texts[i].len);
	}
	(void)crypto_generichash_final(&state, hash, sizeof(hash));
	word = get_word(hash);
	return word != 0 ? word : 1;
}

uint64_t mail_digest_of(struct str mail, int64_t received_ms)
{
	unsigned char time[WORD_BYTES];

	put_word((uint64_t)received_ms, time);

	const struct str texts[] = {{(const char *)time, sizeof(time)}, mail};

	return mail_digest(texts, sizeof(texts) / sizeof(*texts));
}
