/* SPDX-License-Identifier: MIT */
#include "core/payload.h"

const char *payload_via_str(enum payload_via via)
{
	switch (via) {
	case PAYLOAD_WEBHOOK:
		return "webhook";
	case PAYLOAD_REPORT:
		return "report";
	case PAYLOAD_IMPORT:
		return "import";
	}
	return "unknown";
}
