/* SPDX-License-Identifier: MIT */
#include "cmd/api/daemon.h"

#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#define CONNECT_TIMEOUT_MS 3000L
#define GET_TIMEOUT_MS     10000L
#define URL_MAX_BYTES      4096
#define REFUSAL_MAX        4096
#define LINE_MAX_BYTES     ((size_t)66 * 1024 * 1024)
#define STATUS_OK          200
#define STATUS_REFUSED     400
#define STATUS_ERROR       500
#define STATUS_LATER       503
#define SEND_TIMEOUT_MS    60000L

struct exchange {
	CURL *curl;                /* owned */
	struct curl_slist *header; /* owned */
	struct buf url;
	const char *address; /* borrowed */
};

static void exchange_fini(struct exchange *x)
{
	curl_slist_free_all(x->header);
	curl_easy_cleanup(x->curl);
	buf_fini(&x->url);
}

static enum err exchange_init(struct exchange *x, const char *address, const char *path)
{
	memset(x, 0, sizeof(*x));
	buf_init(&x->url, URL_MAX_BYTES);
	x->address = address;
	x->curl = curl_easy_init();
	x->header = curl_slist_append(NULL, "X-Campaign2mqtt: 1");
	if (x->curl == NULL || x->header == NULL ||
	    buf_printf(&x->url, "http://%s%s", address, path) != ERR_OK) {
		exchange_fini(x);
		return ERR_NOMEM;
	}
	(void)curl_easy_setopt(x->curl, CURLOPT_URL, buf_cstr(&x->url));
	(void)curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, x->header);
	(void)curl_easy_setopt(x->curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(x->curl, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(x->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	return ERR_OK;
}

static enum err err_of(const struct exchange *x, CURLcode rc, struct err_detail *reterr_detail)
{
	switch (rc) {
	case CURLE_OK:
		return ERR_OK;
	case CURLE_COULDNT_CONNECT:
		err_detail_set(
			reterr_detail,
			"no daemon listens on %s (admin.address); \"campaign2mqtt run\" starts one",
			x->address);
		return ERR_NOENT;
	case CURLE_OUT_OF_MEMORY:
		err_detail_set(reterr_detail, "out of memory");
		return ERR_NOMEM;
	case CURLE_WRITE_ERROR:
		err_detail_set(reterr_detail, "%s: the answer is too large", x->address);
		return ERR_LIMIT;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
		err_detail_set(reterr_detail,
		               "%s: the daemon ended the answer early: it was stopped, or this "
		               "reader is too slow",
		               x->address);
		return ERR_IO;
	default:
		err_detail_set(reterr_detail, "%s: %s", x->address, curl_easy_strerror(rc));
		return ERR_IO;
	}
}

static size_t answer_on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	return buf_append(arg, bytes, size * count) == ERR_OK ? size * count : 0;
}

enum err daemon_get(const char *address, const char *path, struct buf *answer, long *ret_status,
                    struct err_detail *reterr_detail)
{
	struct exchange x;
	enum err err = exchange_init(&x, address, path);

	if (err != ERR_OK) {
		err_detail_set(reterr_detail, "out of memory");
		return err;
	}
	(void)curl_easy_setopt(x.curl, CURLOPT_TIMEOUT_MS, GET_TIMEOUT_MS);
	(void)curl_easy_setopt(x.curl, CURLOPT_WRITEFUNCTION, answer_on_bytes);
	(void)curl_easy_setopt(x.curl, CURLOPT_WRITEDATA, answer);
	err = err_of(&x, curl_easy_perform(x.curl), reterr_detail);
	if (err == ERR_OK)
		(void)curl_easy_getinfo(x.curl, CURLINFO_RESPONSE_CODE, ret_status);
	exchange_fini(&x);
	return err;
}

/* ---- lines ---- */

struct reader {
	const struct daemon_lines *lines;
	CURL *curl;
	struct buf rest;    /* of a line */
	struct buf refusal; /* body of another status */
	bool is_ended;      /* by on_line() */
};

static bool read_lines(struct reader *r, struct str bytes)
{
	struct str line;

	while (memchr(bytes.ptr, '\n', bytes.len) != NULL) {
		(void)str_cut(bytes, '\n', &line, &bytes);
		if (r->rest.len > 0) {
			if (buf_append_str(&r->rest, line) != ERR_OK)
				return false;
			line = buf_str(&r->rest);
		}
		r->is_ended = !r->lines->on_line(r->lines->arg, line);
		buf_reset(&r->rest);
		if (r->is_ended)
			return false;
		if (bytes.len == 0)
			return true;
	}
	return buf_append_str(&r->rest, bytes) == ERR_OK;
}

static bool take_bytes(struct reader *r, const char *bytes, size_t len)
{
	long status = 0;

	(void)curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != STATUS_OK)
		return buf_append(&r->refusal, bytes, len) == ERR_OK;
	return len == 0 || read_lines(r, (struct str){bytes, len});
}

static size_t reader_on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	return take_bytes(arg, bytes, size * count) ? size * count : 0;
}

static int reader_on_time(void *arg, curl_off_t down, curl_off_t down_now, curl_off_t up,
                          curl_off_t up_now)
{
	const struct reader *r = arg;

	(void)down;
	(void)down_now;
	(void)up;
	(void)up_now;
	return r->lines->stop != NULL && *r->lines->stop != 0;
}

static enum err refusal_of(const struct reader *r, const char *address, long status,
                           struct err_detail *reterr_detail)
{
	json_t *answer = json_loadb(buf_cstr(&r->refusal), r->refusal.len, 0, NULL);
	const char *text = json_string_value(json_object_get(answer, "error"));

	if (text != NULL) {
		err_detail_set(reterr_detail, "%s", text);
	} else {
		err_detail_set(reterr_detail,
		               "%s answers %ld: is it this program's daemon, of this version?",
		               address, status);
	}
	json_decref(answer);
	return text != NULL && status == STATUS_REFUSED ? ERR_INVAL : ERR_IO;
}

static enum err read_answer(struct exchange *x, struct reader *r, struct err_detail *reterr_detail)
{
	long status = 0;
	CURLcode rc = curl_easy_perform(x->curl);

	if (r->is_ended || rc == CURLE_ABORTED_BY_CALLBACK)
		return ERR_CANCELED;
	(void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	if (rc == CURLE_OK && status != STATUS_OK)
		return refusal_of(r, x->address, status, reterr_detail);
	return err_of(x, rc, reterr_detail);
}

enum err daemon_post(const char *address, const char *path, struct str form,
                     const struct daemon_lines *lines, struct err_detail *reterr_detail)
{
	struct exchange x;
	enum err err = exchange_init(&x, address, path);
	struct reader r = {.lines = lines, .curl = x.curl};

	if (err != ERR_OK) {
		err_detail_set(reterr_detail, "out of memory");
		return err;
	}
	buf_init(&r.rest, LINE_MAX_BYTES);
	buf_init(&r.refusal, REFUSAL_MAX);
	(void)curl_easy_setopt(x.curl, CURLOPT_POSTFIELDSIZE, (long)form.len);
	(void)curl_easy_setopt(x.curl, CURLOPT_POSTFIELDS, form.ptr);
	(void)curl_easy_setopt(x.curl, CURLOPT_WRITEFUNCTION, reader_on_bytes);
	(void)curl_easy_setopt(x.curl, CURLOPT_WRITEDATA, &r);
	(void)curl_easy_setopt(x.curl, CURLOPT_NOPROGRESS, 0L);
	(void)curl_easy_setopt(x.curl, CURLOPT_XFERINFOFUNCTION, reader_on_time);
	(void)curl_easy_setopt(x.curl, CURLOPT_XFERINFODATA, &r);
	err = read_answer(&x, &r, reterr_detail);
	buf_fini(&r.rest);
	buf_fini(&r.refusal);
	exchange_fini(&x);
	return err;
}

/* ---- one body ---- */

struct sending {
	const volatile sig_atomic_t *stop;
};

static int send_on_time(void *arg, curl_off_t down, curl_off_t down_now, curl_off_t up,
                        curl_off_t up_now)
{
	const struct sending *sending = arg;

	(void)down;
	(void)down_now;
	(void)up;
	(void)up_now;
	return *sending->stop != 0;
}

static enum err err_of_status(const struct buf *answer, const char *address, long status,
                              struct err_detail *reterr_detail)
{
	const struct reader r = {.refusal = *answer};
	enum err err;

	if (status == STATUS_OK)
		return ERR_OK;
	err = refusal_of(&r, address, status, reterr_detail);
	if (status == STATUS_LATER)
		return ERR_AGAIN;
	return status >= STATUS_REFUSED && status < STATUS_ERROR ? ERR_INVAL : err;
}

static enum err send_it(struct exchange *x, struct buf *answer, struct err_detail *reterr_detail)
{
	long status = 0;
	CURLcode rc = curl_easy_perform(x->curl);
	enum err err;

	if (rc == CURLE_ABORTED_BY_CALLBACK)
		return ERR_CANCELED;
	err = err_of(x, rc, reterr_detail);
	if (err != ERR_OK)
		return err;
	(void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	return err_of_status(answer, x->address, status, reterr_detail);
}

enum err daemon_send(const char *address, const char *path, struct str body,
                     const volatile sig_atomic_t *stop, struct err_detail *reterr_detail)
{
	struct sending sending = {stop};
	struct exchange x;
	struct buf answer;
	enum err err = exchange_init(&x, address, path);

	if (err != ERR_OK) {
		err_detail_set(reterr_detail, "out of memory");
		return err;
	}
	buf_init(&answer, REFUSAL_MAX);
	(void)curl_slist_append(x.header, "Expect:"); /* no pause before a large body */
	(void)curl_slist_append(x.header, "Content-Type: application/octet-stream");
	(void)curl_easy_setopt(x.curl, CURLOPT_TIMEOUT_MS, SEND_TIMEOUT_MS);
	(void)curl_easy_setopt(x.curl, CURLOPT_POSTFIELDSIZE, (long)body.len);
	(void)curl_easy_setopt(x.curl, CURLOPT_POSTFIELDS, body.ptr);
	(void)curl_easy_setopt(x.curl, CURLOPT_WRITEFUNCTION, answer_on_bytes);
	(void)curl_easy_setopt(x.curl, CURLOPT_WRITEDATA, &answer);
	(void)curl_easy_setopt(x.curl, CURLOPT_NOPROGRESS, 0L);
	(void)curl_easy_setopt(x.curl, CURLOPT_XFERINFOFUNCTION, send_on_time);
	(void)curl_easy_setopt(x.curl, CURLOPT_XFERINFODATA, &sending);
	err = send_it(&x, &answer, reterr_detail);
	buf_fini(&answer);
	exchange_fini(&x);
	return err;
}
