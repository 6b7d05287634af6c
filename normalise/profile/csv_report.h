/* SPDX-License-Identifier: MIT */
/** csv_report - which of a profile's reports a CSV is. */
#ifndef NORMALISE_PROFILE_CSV_REPORT_H
#define NORMALISE_PROFILE_CSV_REPORT_H

#include "core/str.h"
#include "normalise/profile/report_spec.h"

/**
 * The report that a CSV belongs to: the one of whose columns the largest part is there, and at
 * least half.
 *
 * @param header  first line of the file
 * @return NULL when there is none, or several are as good
 */
const struct profile_report *csv_report_of(const struct profile *profile, struct str header,
                                           char delimiter);

#endif /* NORMALISE_PROFILE_CSV_REPORT_H */
