/* SPDX-License-Identifier: MIT */
#include "store/sqlite_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/str.h"

#define FREE_MIN_BYTES ((unsigned long long)4 * 1024 * 1024)

static enum err failed(const char *path, const char *what, int errnum,
                       struct err_detail *reterr_detail)
{
	char reason[128];

	if (strerror_r(errnum, reason, sizeof(reason)) != 0)
		(void)snprintf(reason, sizeof(reason), "error %d", errnum);
	err_detail_set(reterr_detail, "store %.140s: %s: %s; check store.path and its owner", path,
	               what, reason);
	return errnum == EACCES || errnum == EPERM || errnum == EROFS ? ERR_AUTH : ERR_IO;
}

/* @p path is cut and mended in place. */
static enum err make_folders(char *path, struct err_detail *reterr_detail)
{
	for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
		*at = '\0';

		int rc = mkdir(path, 0700);

		if (rc != 0 && errno != EEXIST)
			return failed(path, "cannot make the folder", errno, reterr_detail);
		*at = '/';
	}
	return ERR_OK;
}

static enum err take_lock(const char *path, int *ret_fd, struct err_detail *reterr_detail)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return failed(path, "cannot make the lock file", errno, reterr_detail);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		*ret_fd = fd;
		return ERR_OK;
	}

	int errnum = errno;

	(void)close(fd);
	if (errnum != EWOULDBLOCK)
		return failed(path, "cannot lock", errnum, reterr_detail);
	err_detail_set(reterr_detail,
	               "store %.200s: another process has it open; stop that one first, or set "
	               "another store.path",
	               path);
	return ERR_EXISTS;
}

/* A new name is durable only when its folder is synced. */
static enum err sync_folder(const char *path, struct err_detail *reterr_detail)
{
	char *folder = str_dup(str_from(path));
	char *slash = folder != NULL ? strrchr(folder, '/') : NULL;
	enum err err = ERR_OK;

	if (folder == NULL)
		return ERR_NOMEM;
	if (slash != NULL)
		slash[slash == folder ? 1 : 0] = '\0';

	int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) != 0)
		err = failed(path, "cannot sync the folder", errno, reterr_detail);
	if (fd >= 0)
		(void)close(fd);
	free(folder);
	return err;
}

static enum err make_file(const char *path, struct err_detail *reterr_detail)
{
	struct statvfs fs;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return failed(path, "cannot be written", errno, reterr_detail);

	int rc = fstatvfs(fd, &fs);

	(void)close(fd);
	if (rc == 0 && (unsigned long long)fs.f_bavail * fs.f_frsize < FREE_MIN_BYTES) {
		err_detail_set(reterr_detail,
		               "store %.200s: the disk is full (%llu KiB free); make room", path,
		               (unsigned long long)fs.f_bavail * fs.f_frsize / 1024);
		return ERR_IO;
	}
	return sync_folder(path, reterr_detail);
}

enum err sqlite_place_open(const char *path, int *ret_lock_fd, struct err_detail *reterr_detail)
{
	int fd = -1;
	size_t len = path != NULL ? strlen(path) : 0;
	char *name = len > 0 ? malloc(len + sizeof(".lock")) : NULL;
	enum err err = ERR_OK;

	if (len == 0 || path[len - 1] == '/') {
		err_detail_set(reterr_detail, "store.path is not the name of a file");
		free(name);
		return ERR_INVAL;
	}
	if (name == NULL)
		return ERR_NOMEM;
	(void)snprintf(name, len + sizeof(".lock"), "%s.lock", path);
	err = make_folders(name, reterr_detail);
	if (err == ERR_OK)
		err = take_lock(name, &fd, reterr_detail);
	if (err == ERR_OK)
		err = make_file(path, reterr_detail);
	free(name);
	if (err != ERR_OK && fd >= 0)
		(void)close(fd);
	if (err == ERR_OK)
		*ret_lock_fd = fd;
	return err;
}
