/* SPDX-License-Identifier: MIT */
/* GMime's half: parts, transfer encodings and charsets. */
#include "receiver/report/mail/report_mail.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "receiver/report/mail/report_mail_internal.h"

#define PARTS_MAX 1000

static enum err copy_from(struct report_mail *mail, GMimeMessage *message)
{
	InternetAddressList *list = g_mime_message_get_from(message);
	InternetAddress *first = list != NULL && internet_address_list_length(list) > 0
	                                 ? internet_address_list_get_address(list, 0)
	                                 : NULL;
	const char *addr =
		first != NULL && INTERNET_ADDRESS_IS_MAILBOX(first)
			? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first))
			: NULL;

	if (addr == NULL)
		return ERR_OK;
	mail->from = str_dup(str_from(addr));
	if (mail->from == NULL)
		return ERR_NOMEM;
	for (char *c = mail->from; *c != '\0'; c++)
		*c = ascii_lower(*c);
	return ERR_OK;
}

/* The subject is text like any other: a forwarded mail's may be the one that names the campaign. */
static enum err take_subject(struct report_mail *mail, GMimeMessage *message)
{
	const char *subject = g_mime_message_get_subject(message);

	if (subject == NULL)
		return ERR_OK;
	(void)buf_append_str(&mail->text, str_from(subject));
	(void)buf_append_char(&mail->text, '\n');
	if (mail->subject != NULL)
		return ERR_OK;
	mail->subject = str_dup(str_from(subject));
	return mail->subject != NULL ? ERR_OK : ERR_NOMEM;
}

/* "format=flowed; delsp=yes": a blank at a line's end joins it to the next. Source: RFC 3676. */
static enum err take_flowed(struct report_mail *mail, struct str text, bool is_delsp)
{
	for (size_t i = 0; i < text.len; i++) {
		size_t lf = i + 1 < text.len && text.ptr[i + 1] == '\r' ? i + 2 : i + 1;
		bool is_soft = text.ptr[i] == ' ' && lf < text.len && text.ptr[lf] == '\n';

		if (!is_soft || !is_delsp)
			(void)buf_append_char(&mail->text, text.ptr[i]);
		if (is_soft)
			i = lf;
	}
	return buf_err(&mail->text) == ERR_NOMEM ? ERR_NOMEM : ERR_OK;
}

static bool has_parameter(GMimeContentType *type, const char *name, const char *value)
{
	const char *is = g_mime_content_type_get_parameter(type, name);

	return is != NULL && g_ascii_strcasecmp(is, value) == 0;
}

static enum err take_text(struct report_mail *mail, GMimeContentType *type, struct str text)
{
	size_t begin = mail->text.len;
	enum err err;

	if (g_mime_content_type_is_type(type, "text", "html"))
		return mail_take_html(mail, text);
	if (has_parameter(type, "format", "flowed")) {
		err = take_flowed(mail, text, has_parameter(type, "delsp", "yes"));
	} else {
		err = buf_append_str(&mail->text, text) == ERR_NOMEM ? ERR_NOMEM : ERR_OK;
	}
	(void)buf_append_char(&mail->text, '\n');
	return err == ERR_OK ? mail_find_links(mail, begin) : err;
}

/* @param charset  NULL: the bytes as they are. @return the bytes of the part; to be unreferenced */
static GByteArray *decode(GMimeDataWrapper *content, const char *charset)
{
	GMimeStream *memory = g_mime_stream_mem_new();
	GMimeStream *decoded = g_mime_stream_filter_new(memory);
	/* One that is not known leaves the bytes as they are: links are ASCII in most. */
	GMimeFilter *filter = charset != NULL ? g_mime_filter_charset_new(charset, "utf-8") : NULL;
	GByteArray *bytes;

	if (filter != NULL) {
		(void)g_mime_stream_filter_add(GMIME_STREAM_FILTER(decoded), filter);
		g_object_unref(filter);
	}
	/* Broken base64 or a charset's broken bytes: what can be read is. */
	(void)g_mime_data_wrapper_write_to_stream(content, decoded);
	(void)g_mime_stream_flush(decoded);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(memory), FALSE);
	g_object_unref(decoded);
	g_object_unref(memory);
	return bytes;
}

static bool is_wide(const char *charset)
{
	static const char *const beginnings[] = {"utf-16",     "utf16",       "utf-32",  "utf32",
	                                         "ucs-",       "ucs2",        "ucs4",    "unicode",
	                                         "csunicode",  "csucs",       "csutf16", "csutf32",
	                                         "iso-10646-", "iso-ir-10646"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		if (g_ascii_strncasecmp(charset, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	}
	return false;
}

/* Each ASCII letter of a wide charset has a NUL beside it, and a link is of such: where there is
 * none, the bytes are another's that was labelled wrong. */
static bool is_mislabelled(GMimeDataWrapper *content, const char *charset)
{
	GByteArray *bytes;
	bool is;

	if (!is_wide(charset))
		return false;
	bytes = decode(content, NULL);
	is = bytes->len == 0 || memchr(bytes->data, '\0', bytes->len) == NULL;
	g_byte_array_unref(bytes);
	return is;
}

static enum err take_part(struct report_mail *mail, GMimePart *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	const char *charset;
	GByteArray *bytes;
	enum err err;

	if (content == NULL || type == NULL || !g_mime_content_type_is_type(type, "text", "*"))
		return ERR_OK;
	charset = g_mime_content_type_get_parameter(type, "charset");
	if (charset != NULL &&
	    (g_ascii_strcasecmp(charset, "utf-8") == 0 || is_mislabelled(content, charset)))
		charset = NULL;
	bytes = decode(content, charset);
	err = bytes->len > 0
	              ? take_text(mail, type, (struct str){(const char *)bytes->data, bytes->len})
	              : ERR_OK;
	g_byte_array_unref(bytes);
	return err;
}

static enum err take_object(struct report_mail *mail, GMimeObject *object)
{
	if (GMIME_IS_PART(object))
		return take_part(mail, GMIME_PART(object));
	if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));

		return inner != NULL ? take_subject(mail, inner) : ERR_OK;
	}
	return ERR_OK;
}

static enum err take_message(struct report_mail *mail, GMimeMessage *message)
{
	enum err err = copy_from(mail, message);
	GMimePartIter *iter;
	unsigned count = 0;

	if (err == ERR_OK)
		err = take_subject(mail, message);
	if (err != ERR_OK || g_mime_message_get_mime_part(message) == NULL)
		return err;
	iter = g_mime_part_iter_new(GMIME_OBJECT(message));
	do {
		GMimeObject *object = g_mime_part_iter_get_current(iter);

		if (object != NULL)
			err = take_object(mail, object);
	} while (err == ERR_OK && ++count < PARTS_MAX && g_mime_part_iter_next(iter));
	g_mime_part_iter_free(iter);
	return err;
}

static enum err read_mail(struct report_mail *mail, struct str bytes)
{
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *message;
	enum err err = ERR_OK;

	g_mime_init(); /* counts itself: all but the first do nothing */
	stream = g_mime_stream_mem_new_with_buffer(bytes.ptr, bytes.len);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message != NULL) {
		err = take_message(mail, message);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
	return err;
}

enum err report_mail_new(struct str bytes, const struct report_mail_spec *spec,
                         struct report_mail **ret_mail)
{
	struct report_mail *mail = calloc(1, sizeof(*mail));
	enum err err = ERR_OK;

	if (mail == NULL)
		return ERR_NOMEM;
	mail->spec = spec;
	buf_init(&mail->text, MAIL_TEXT_MAX);
	if (bytes.len > REPORT_MAIL_MAX)
		bytes.len = REPORT_MAIL_MAX;
	if (bytes.len > 0)
		err = read_mail(mail, bytes);
	mail->spec = NULL;
	if (err != ERR_OK) {
		report_mail_free(mail);
		return err;
	}
	*ret_mail = mail;
	return ERR_OK;
}

void report_mail_free(struct report_mail *mail)
{
	if (mail == NULL)
		return;
	for (size_t i = 0; i < mail->link_count; i++)
		free(mail->links[i].url);
	for (size_t i = 0; i < mail->stranger_count; i++)
		free(mail->strangers[i]);
	free(mail->from);
	free(mail->subject);
	buf_fini(&mail->text);
	free(mail);
}

struct str report_mail_from(const struct report_mail *mail)
{
	return str_from(mail->from);
}

struct str report_mail_subject(const struct report_mail *mail)
{
	return str_from(mail->subject);
}

bool report_mail_is_cut(const struct report_mail *mail)
{
	return buf_err(&mail->text) == ERR_LIMIT;
}

size_t report_mail_link_count(const struct report_mail *mail)
{
	return mail->link_count;
}

struct str report_mail_link(const struct report_mail *mail, size_t index)
{
	return str_from(mail->links[index].url);
}
