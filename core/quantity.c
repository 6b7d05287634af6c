/* SPDX-License-Identifier: MIT */
#include "core/quantity.h"

#include <inttypes.h>

#include "core/ascii.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{"GiB", (uint64_t)1 << 30}, {"MiB", (uint64_t)1 << 20}, {"KiB", 1024}, {"B", 1}, {NULL, 0}};
static const struct unit durations[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000},
                                        {"s", 1000},     {"ms", 1},      {NULL, 0}};

static enum err read_with_unit(struct str text, const struct unit *units, uint64_t *ret_value)
{
	size_t digits = 0;
	uint64_t number = 0;

	while (digits < text.len && ascii_is_digit(text.ptr[digits]))
		digits++;

	struct str unit = {text.ptr + digits, text.len - digits};
	enum err err = str_to_u64((struct str){text.ptr, digits}, &number);

	if (err != ERR_OK)
		return err;
	for (; units->name != NULL; units++) {
		if (!str_eq(unit, str_from(units->name)))
			continue;
		if (number > UINT64_MAX / units->factor)
			return ERR_LIMIT;
		*ret_value = number * units->factor;
		return ERR_OK;
	}
	return ERR_PARSE;
}

static void write_with_unit(struct buf *b, const struct unit *units, uint64_t value)
{
	while (units[1].name != NULL && (value < units->factor || value % units->factor != 0))
		units++;
	(void)buf_printf(b, "%" PRIu64 "%s", value / units->factor, units->name);
}

enum err quantity_read_size(struct str text, uint64_t *ret_bytes)
{
	return read_with_unit(text, sizes, ret_bytes);
}

enum err quantity_read_duration(struct str text, uint64_t *ret_ms)
{
	return read_with_unit(text, durations, ret_ms);
}

void quantity_write_size(struct buf *b, uint64_t bytes)
{
	write_with_unit(b, sizes, bytes);
}

void quantity_write_duration(struct buf *b, uint64_t ms)
{
	write_with_unit(b, durations, ms);
}
