/* SPDX-License-Identifier: MIT */
#include "receiver/report/file/download_head.h"

#include "receiver/report/vendor/wire.h"

static enum err read_size(struct str text, int64_t *ret_size)
{
	uint64_t size;

	if (str_eq(text, STR_LIT("*"))) {
		*ret_size = -1;
		return ERR_OK;
	}
	if (str_to_u64(text, &size) != ERR_OK || size > INT64_MAX)
		return ERR_PARSE;
	*ret_size = (int64_t)size;
	return ERR_OK;
}

static enum err read_part(struct str text, struct download_range *r)
{
	struct str first, last;

	if (str_eq(text, STR_LIT("*")))
		return r->size >= 0 ? ERR_OK : ERR_PARSE;
	if (!str_cut(text, '-', &first, &last) || str_to_u64(first, &r->first) != ERR_OK ||
	    str_to_u64(last, &r->last) != ERR_OK || r->last < r->first || r->last >= INT64_MAX ||
	    (r->size >= 0 && r->last >= (uint64_t)r->size))
		return ERR_PARSE;
	r->has_part = true;
	return ERR_OK;
}

enum err download_range_read(struct str value, struct download_range *ret_range)
{
	struct download_range r = {.has_part = false};
	struct str unit, rest, part, size;
	enum err err;

	if (!str_cut(str_trim(value), ' ', &unit, &rest) || !str_ieq(unit, STR_LIT("bytes")) ||
	    !str_cut(str_trim(rest), '/', &part, &size))
		return ERR_PARSE;
	err = read_size(size, &r.size);
	if (err == ERR_OK)
		err = read_part(part, &r);
	if (err == ERR_OK)
		*ret_range = r;
	return err;
}

bool download_is_validator(struct str value)
{
	return value.len > 0 && value.len <= DOWNLOAD_VALIDATOR_MAX && wire_is_header_value(value);
}

static bool is_etag(struct str value)
{
	return value.len > 0 && value.ptr[0] == '"';
}

bool download_differs(struct str ours, struct str theirs)
{
	return ours.len > 0 && theirs.len > 0 && is_etag(ours) == is_etag(theirs) &&
	       !str_eq(ours, theirs);
}

bool download_is_html(struct str bytes)
{
	static const char *const beginnings[] = {"<!doctype html", "<html", "<head",
	                                         "<body",          "<!--",  "<script"};

	if (str_has_prefix(bytes, STR_LIT("\xef\xbb\xbf")))
		bytes = (struct str){bytes.ptr + 3, bytes.len - 3};
	bytes = str_trim(bytes);
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		struct str beginning = str_from(beginnings[i]);

		if (bytes.len >= beginning.len &&
		    str_ieq((struct str){bytes.ptr, beginning.len}, beginning))
			return true;
	}
	return false;
}
