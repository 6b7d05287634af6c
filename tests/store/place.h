/* SPDX-License-Identifier: MIT */
/** place - a folder of its own for each test program, removed at the end. */
#ifndef TESTS_STORE_PLACE_H
#define TESTS_STORE_PLACE_H

/** A path in the folder where nothing is yet; valid until the next call. */
const char *place_fresh(void);

/** The folder; made at the first call. */
const char *place_folder(void);

/** Remove the folder with everything in it. */
void place_remove(void);

#endif /* TESTS_STORE_PLACE_H */
