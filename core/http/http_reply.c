/* SPDX-License-Identifier: MIT */
#include "core/http/http_reply.h"

#include <string.h>
#include <time.h>

#define DECIMAL_MAX 20

struct status_text {
	unsigned status;
	const char *text;
};

static const struct status_text status_texts[] = {
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{417, "Expectation Failed"},
	{422, "Unprocessable Content"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
};

const char *http_status_text(unsigned status)
{
	for (size_t i = 0; i < sizeof(status_texts) / sizeof(status_texts[0]); i++) {
		if (status_texts[i].status == status)
			return status_texts[i].text;
	}
	return "Unknown";
}

static void put_two(char *ret_text, int value)
{
	ret_text[0] = (char)('0' + value / 10 % 10);
	ret_text[1] = (char)('0' + value % 10);
}

/* By hand: strftime() would follow the locale. */
void http_date_update(struct http_date *date, int64_t now_ms)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t second = now_ms / 1000;
	time_t t = (time_t)second;
	struct tm tm;

	if ((date->second == second && date->text[0] != '\0') || gmtime_r(&t, &tm) == NULL)
		return;
	memcpy(date->text, "Ddd, 00 Mmm 0000 00:00:00 GMT", HTTP_DATE_LEN + 1);
	memcpy(date->text, days + (ptrdiff_t)tm.tm_wday * 3, 3);
	put_two(date->text + 5, tm.tm_mday);
	memcpy(date->text + 8, months + (ptrdiff_t)tm.tm_mon * 3, 3);
	put_two(date->text + 12, (tm.tm_year + 1900) / 100);
	put_two(date->text + 14, tm.tm_year % 100);
	put_two(date->text + 17, tm.tm_hour);
	put_two(date->text + 20, tm.tm_min);
	put_two(date->text + 23, tm.tm_sec);
	date->second = second;
}

static void put(struct buf *out, struct str s)
{
	(void)buf_append_str(out, s); /* errors stick; the caller asks once */
}

static void put_number(struct buf *out, uint64_t value)
{
	char digits[DECIMAL_MAX];
	size_t at = DECIMAL_MAX;

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	put(out, (struct str){digits + at, DECIMAL_MAX - at});
}

static void put_field(struct buf *out, struct str name_and_colon, struct str value)
{
	if (value.len == 0)
		return;
	put(out, name_and_colon);
	put(out, value);
	put(out, STR_LIT("\r\n"));
}

static void put_status_line(struct buf *out, unsigned status)
{
	if (status == 200) {
		put(out, STR_LIT("HTTP/1.1 200 OK\r\n"));
		return;
	}
	put(out, STR_LIT("HTTP/1.1 "));
	put_number(out, status);
	put(out, STR_LIT(" "));
	put(out, str_from(http_status_text(status)));
	put(out, STR_LIT("\r\n"));
}

static bool has_no_content(unsigned status)
{
	return status < 200 || status == 204 || status == 304;
}

void http_reply_write(struct buf *out, const struct http_reply *reply,
                      const struct http_reply_form *form, const struct http_date *date)
{
	put_status_line(out, reply->status);
	put_field(out, STR_LIT("Date: "), str_from(date->text));
	put_field(out, STR_LIT("Content-Type: "), reply->media_type);
	if (!has_no_content(reply->status)) {
		put(out, STR_LIT("Content-Length: "));
		put_number(out, reply->body.len);
		put(out, STR_LIT("\r\n"));
	}
	put_field(out, STR_LIT("Allow: "), str_from(reply->allow));
	put_field(out, STR_LIT("WWW-Authenticate: "), str_from(reply->www_authenticate));
	if (reply->retry_after_s > 0) {
		put(out, STR_LIT("Retry-After: "));
		put_number(out, reply->retry_after_s);
		put(out, STR_LIT("\r\n"));
	}
	if (form->close) {
		put(out, STR_LIT("Connection: close\r\n"));
	} else if (form->keep_alive) {
		put(out, STR_LIT("Connection: keep-alive\r\n"));
	}
	put(out, STR_LIT("\r\n"));
	if (!form->is_head && !has_no_content(reply->status))
		put(out, reply->body);
}
