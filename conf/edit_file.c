/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/edit.h"
#include "conf/load.h"

#define NAME_MAX_BYTES 4096
#define MODE_BITS      07777

/* A file and the one that is to take its place. */
struct swap {
	char *path; /* owned; without symbolic links */
	struct buf new_path;
	int fd;        /* of the new one; -1 */
	bool is_there; /* the new one has to go */
	struct stat st;
	struct err_detail *detail;
};

static enum err fail_file(struct swap *s, const char *path, const char *what)
{
	int why = errno;

	if (s->detail != NULL) {
		*s->detail = (struct err_detail){.line = 0};
		(void)snprintf(s->detail->file, sizeof(s->detail->file), "%s", path);
		err_detail_set(s->detail, "%s: %s", what,
		               strerror(why)); /* NOLINT(concurrency-mt-unsafe) */
	}
	if (why == EACCES || why == EPERM)
		return ERR_AUTH;
	return why == ENOENT ? ERR_NOENT : ERR_IO;
}

static enum err read_all(struct swap *s, struct buf *b)
{
	FILE *f = fopen(s->path, "rbe");
	char block[4096];
	size_t n;
	enum err err = ERR_OK;

	if (f == NULL)
		return fail_file(s, s->path, "cannot be read");
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		(void)buf_append(b, block, n);
	if (ferror(f) != 0 || fstat(fileno(f), &s->st) != 0) {
		err = fail_file(s, s->path, "cannot be read");
	} else {
		err = buf_err(b);
	}
	(void)fclose(f);
	return err;
}

/* Who may read the old one may read the new one, and nobody else. */
static enum err keep_owner(struct swap *s)
{
	bool is_ours = s->st.st_uid == geteuid() && s->st.st_gid == getegid();

	if (!is_ours && fchown(s->fd, s->st.st_uid, s->st.st_gid) != 0)
		return fail_file(s, s->path, "a new file cannot be given the owner of this one");
	if (fchmod(s->fd, s->st.st_mode & MODE_BITS) != 0)
		return fail_file(s, s->path, "a new file cannot be given the mode of this one");
	return ERR_OK;
}

static enum err write_all(struct swap *s, struct str text)
{
	size_t done = 0;

	while (done < text.len) {
		ssize_t n = write(s->fd, text.ptr + done, text.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fail_file(s, buf_cstr(&s->new_path), "cannot be written");
		done += (size_t)n;
	}
	if (fsync(s->fd) != 0)
		return fail_file(s, buf_cstr(&s->new_path), "cannot be written");
	return ERR_OK;
}

static enum err write_new(struct swap *s, struct str text)
{
	enum err err = buf_printf(&s->new_path, "%s.XXXXXX", s->path);

	if (err != ERR_OK)
		return err;
	s->fd = mkstemp(s->new_path.ptr);
	if (s->fd < 0)
		return fail_file(s, buf_cstr(&s->new_path), "a new file cannot be made here");
	s->is_there = true;
	err = keep_owner(s);
	return err == ERR_OK ? write_all(s, text) : err;
}

/* The name is durable only when its folder is. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = str_dup((struct str){path, slash > path ? (size_t)(slash - path) : 1});
	int fd = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	free(folder);
}

/* What is written must be a configuration, at the place that it will have. */
static enum err check_text(const char *path, struct str text, struct err_detail *detail)
{
	struct yaml_doc *doc = NULL;
	struct conf *conf = NULL;
	enum err err = yaml_parse(text, path, &doc, detail);

	if (err != ERR_OK)
		return err;
	err = conf_from_yaml(doc, path, NULL, NULL, &conf, detail);
	if (err != ERR_OK)
		yaml_free(doc);
	conf_free(conf);
	return err;
}

static enum err take_place(struct swap *s)
{
	if (rename(buf_cstr(&s->new_path), s->path) != 0)
		return fail_file(s, s->path, "cannot be replaced");
	s->is_there = false;
	sync_folder(s->path);
	return ERR_OK;
}

enum err conf_edit_file(const char *path, const struct conf_edit *edit,
                        struct err_detail *reterr_detail)
{
	struct swap s = {.path = realpath(path, NULL), .fd = -1, .detail = reterr_detail};
	struct buf before, after;
	enum err err;

	buf_init(&s.new_path, NAME_MAX_BYTES);
	buf_init(&before, CONF_EDIT_MAX_BYTES);
	buf_init(&after, CONF_EDIT_MAX_BYTES);
	err = s.path != NULL ? read_all(&s, &before) : fail_file(&s, path, "cannot be read");
	if (err == ERR_OK)
		err = conf_edit_text(buf_str(&before), path, edit, &after, reterr_detail);
	if (err == ERR_OK)
		err = check_text(path, buf_str(&after), reterr_detail);
	if (err == ERR_OK)
		err = write_new(&s, buf_str(&after));
	if (err == ERR_OK)
		err = take_place(&s);
	if (s.fd >= 0)
		(void)close(s.fd);
	if (s.is_there)
		(void)unlink(buf_cstr(&s.new_path));
	free(s.path);
	buf_fini(&s.new_path);
	buf_fini(&before);
	buf_fini(&after);
	return err;
}
