/* SPDX-License-Identifier: MIT */
/** download_space - room on the disk. Private to download; its tests link another one. */
#ifndef RECEIVER_REPORT_FILE_DOWNLOAD_SPACE_H
#define RECEIVER_REPORT_FILE_DOWNLOAD_SPACE_H

#include <stdint.h>

/** Bytes that may still be written where this file is; UINT64_MAX when nobody knows. */
uint64_t download_space(int fd);

#endif /* RECEIVER_REPORT_FILE_DOWNLOAD_SPACE_H */
