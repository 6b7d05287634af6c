/* SPDX-License-Identifier: MIT */
/** decode_any - what the fuzz targets of the decoders have in common. */
#ifndef TESTS_FUZZ_DECODE_ANY_H
#define TESTS_FUZZ_DECODE_ANY_H

#include <stdint.h>

#include "normalise/decode/decoder.h"

/** Decode the bytes as @p as with a few specs, look things up, and write every record. */
void decode_any(enum decode_as as, const uint8_t *bytes, size_t size);

#endif /* TESTS_FUZZ_DECODE_ANY_H */
