/* SPDX-License-Identifier: MIT */
#include "receiver/report/file/download_space.h"

#include <sys/statvfs.h>

uint64_t download_space(int fd)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) != 0)
		return UINT64_MAX;
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}
