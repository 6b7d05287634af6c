/* SPDX-License-Identifier: MIT */
#include "conf/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *open_trouble(int number)
{
	if (number == ENOENT || number == ENOTDIR)
		return "does not exist; create it, or correct the path";
	if (number == EACCES || number == EPERM)
		return "may not be read by this user; change its owner or mode";
	return "cannot be opened";
}

static enum err open_file(const char *path, int *ret_fd, const char **ret_why)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		*ret_why = open_trouble(errno);
		return ERR_PARSE;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		*ret_why = "is not a regular file";
		return ERR_PARSE;
	}
	*ret_fd = fd;
	return ERR_OK;
}

static ssize_t read_all(int fd, char *bytes, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, bytes + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

enum err text_file_read(const char *path, size_t max, char **ret_text, size_t *ret_len,
                        const char **ret_why)
{
	char *bytes = NULL;
	ssize_t len;
	int fd = -1;
	enum err err = open_file(path, &fd, ret_why);

	if (err != ERR_OK)
		return err;
	err = ERR_NOMEM;
	bytes = malloc(max + 1);
	if (bytes == NULL)
		goto out;
	len = read_all(fd, bytes, max + 1);
	if (len < 0) {
		explicit_bzero(bytes, max + 1);
		*ret_why = "cannot be read";
		err = ERR_PARSE;
		goto out;
	}
	*ret_text = bytes;
	*ret_len = (size_t)len;
	bytes = NULL;
	err = ERR_OK;
out:
	free(bytes);
	(void)close(fd);
	return err;
}
