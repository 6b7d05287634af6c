/* SPDX-License-Identifier: MIT */
#include "normalise/value/timestamp_zone.h"

#include <stdlib.h>
#include <string.h>

/* GLib also takes offsets and POSIX rules ("+02:00", "SAST-2") for zones. A name of the tz database
 * begins with a letter, and has digits only below a folder ("Etc/GMT+2"). */
static bool is_zone_name(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-/";
	const char *rest = name + strspn(name, letters);

	if (!g_ascii_isalpha(name[0]))
		return false;
	if (*rest == '\0')
		return true;
	return strchr(name, '/') != NULL && rest[strspn(rest, "0123456789+-")] == '\0';
}

enum err timestamp_zone_new(const char *name, struct timestamp_zone **ret_zone)
{
	struct timestamp_zone *zone = NULL;
	enum err err = ERR_NOENT;

	if (!is_zone_name(name))
		return ERR_NOENT;
	zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		return ERR_NOMEM;
	if (strcmp(name, "UTC") != 0) {
		zone->tz = g_time_zone_new_identifier(name);
		if (zone->tz == NULL)
			goto out;
	}
	*ret_zone = zone;
	zone = NULL;
	err = ERR_OK;
out:
	timestamp_zone_free(zone);
	return err;
}

void timestamp_zone_free(struct timestamp_zone *zone)
{
	if (zone == NULL)
		return;
	if (zone->tz != NULL)
		g_time_zone_unref(zone->tz);
	free(zone);
}

enum err timestamp_zone_offset(const struct timestamp_zone *zone, int64_t local_s,
                               int *ret_offset_s)
{
	int winter = 0;
	int summer = 0;

	if (zone->tz == NULL) {
		*ret_offset_s = 0;
		return ERR_OK;
	}
	winter = g_time_zone_find_interval(zone->tz, G_TIME_TYPE_STANDARD, local_s);
	if (winter < 0) /* skipped: the offset before the gap moves it forward by the gap */
		winter = g_time_zone_find_interval(zone->tz, G_TIME_TYPE_STANDARD, local_s - DAY_S);
	if (winter < 0)
		return ERR_PARSE;
	*ret_offset_s = g_time_zone_get_offset(zone->tz, winter);

	/* Repeated: the larger offset is the earlier instant, whichever of the two the zone calls
	 * daylight saving (Europe/Dublin calls the winter so). */
	summer = g_time_zone_find_interval(zone->tz, G_TIME_TYPE_DAYLIGHT, local_s);
	if (summer >= 0 && g_time_zone_get_offset(zone->tz, summer) > *ret_offset_s)
		*ret_offset_s = g_time_zone_get_offset(zone->tz, summer);
	return ERR_OK;
}
