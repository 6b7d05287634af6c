/* SPDX-License-Identifier: MIT */
#include "normalise/decode/csv_charset.h"

#include "normalise/text/media_type.h"

static enum csv_encoding encoding_of(enum charset charset)
{
	switch (charset) {
	case CHARSET_UTF8:
		return CSV_UTF8;
	case CHARSET_WINDOWS_1252:
		return CSV_WINDOWS_1252;
	case CHARSET_UTF16_LE:
		return CSV_UTF16_LE;
	case CHARSET_UTF16_BE:
		return CSV_UTF16_BE;
	}
	return CSV_AUTO;
}

static enum err declared(const struct csv_spec *spec, struct str media_type,
                         enum csv_encoding *ret_encoding)
{
	struct str name = media_type_param(media_type, STR_LIT("charset"));
	enum charset charset = CHARSET_UTF8;

	*ret_encoding = spec->encoding;
	if (spec->encoding != CSV_AUTO || name.len == 0)
		return ERR_OK;
	if (charset_from(name, &charset) != ERR_OK)
		return ERR_PARSE;
	/* Senders say UTF-8 of whatever they have: only a mark is believed. */
	*ret_encoding = charset == CHARSET_UTF8 ? CSV_AUTO : encoding_of(charset);
	return ERR_OK;
}

enum err csv_charset_choose(const struct csv_spec *spec, struct str media_type, struct str *text,
                            enum charset *ret_charset, enum csv_encoding *ret_encoding,
                            struct err_detail *reterr_detail)
{
	enum charset charset = CHARSET_UTF8;
	enum csv_encoding encoding = CSV_AUTO;
	struct str rest = charset_skip_bom(*text, &charset);

	if (rest.len < text->len) {
		encoding = encoding_of(charset);
	} else if (declared(spec, media_type, &encoding) != ERR_OK) {
		err_detail_set(reterr_detail, "the charset of the body is not known");
		return ERR_PARSE;
	}
	charset = encoding == CSV_UTF16_LE   ? CHARSET_UTF16_LE
	          : encoding == CSV_UTF16_BE ? CHARSET_UTF16_BE
	                                     : CHARSET_UTF8;
	*text = rest;
	*ret_charset = charset;
	*ret_encoding = charset == CHARSET_UTF8 ? encoding : CSV_UTF8;
	return ERR_OK;
}
