#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The JSON Schemas are valid, take our sample events, and refuse broken ones.

The samples are those that tests/normalise/event/test_event_write.c compares with what
event_write() writes, so the schemas are checked against the program's own output.
Needs Debian's python3-jsonschema.
"""

import copy
import json
import pathlib
import re
import unittest

from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = {
    path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "docs/schema").glob("*.json"))
}
SAMPLES = {
    path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "tests/events").glob("*.json"))
}
STATUSES = {
    "queued", "deferred", "sent", "delivered", "undelivered", "bounced", "failed", "rejected",
    "expired", "canceled", "skipped", "opened", "clicked", "replied", "unsubscribed",
    "subscribed", "complained", "unknown",
}


def schema_of(document):
    """Name of the schema a document must satisfy."""
    if "specversion" not in document:
        return "state.v1" if "state" in document else "dead.v1"
    kind = document["type"].split(".")[1:3]
    return "summary.v1" if kind == ["campaign", "summary"] else f"{kind[0]}.v1"


def errors_of(name, document):
    found = Draft202012Validator(SCHEMAS[name]).iter_errors(document)
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in found]


def changed(document, path, value):
    """A copy with the member at path set; None takes it away."""
    copied = copy.deepcopy(document)
    *parents, last = path.split("/")
    at = copied
    for name in parents:
        at = at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return copied


BROKEN = {
    "message.delivered": [
        ("id", None),
        ("id", "9B1F0C6F4F0A4BE29A5B8B1A3C9D7E10"),
        ("id", "9b1f"),
        ("specversion", "0.3"),
        ("source", "gw1/everlytic"),
        ("source", "/gw 1/everlytic"),
        ("type", "campaign2mqtt.message.cancelled.v1"),
        ("type", "campaign2mqtt.campaign.delivered.v1"),
        ("subject", "campaigns/OTP / live"),
        ("subject", "campaigns/"),
        ("subject", "campaigns/a/messages/"),
        ("subject", "campaigns/a%2f"),
        ("time", "2024-09-03T09:02:09Z"),
        ("time", "2024-09-03T11:02:09.000+02:00"),
        ("datacontenttype", "text/plain"),
        ("datacontenttype", None),
        ("partitionkey", "x"),
        ("data", None),
        ("data/vendor", ""),
        ("data/account", "a b"),
        ("data/channel", 7),
        ("data/campaign/id", None),
        ("data/campaign/kind", "x"),
        ("data/message/id", 247801234),
        ("data/message", {}),
        ("data/recipient/phone", "+27820000001"),
        ("data/status", "cancelled"),
        ("data/status", None),
        ("data/outcome", "negative"),
        ("data/final", False),
        ("data/final", "true"),
        ("data/reason", "because"),
        ("data/count", 1),
        ("data/unheard_of", 1),
        ("data/extra", None),  # set to null below
        ("data/times/received", None),
        ("data/times/occurred", None),
        ("data/times/from", "received"),
        ("data/times/from", "guess"),
        ("data/times/vendor_text", "2024--02-01"),
        ("data/ingest", None),
        ("data/ingest/via", "mail"),
        ("data/ingest/entry", 0),
        ("data/ingest/entry", "184467"),
    ],
    "message.every-field": [
        ("data/message/parts", "3"),
        ("data/bounce/class", "firm"),
        ("data/client/machine", "true"),
        ("data/client/ip", "192.0.2.7"),
        ("data/fields/town", 7),
        ("data/error", {}),
    ],
    "message.unknown": [("data/times/occurred", "2024-09-03T09:02:09.000Z")],
    "campaign.sent": [
        ("data/count", None),
        ("data/count", "60"),
        ("data/count", 1.5),
        ("type", "campaign2mqtt.message.sent.v1"),
    ],
    "campaign.summary": [
        ("data/basis", "both"),
        ("data/counts/cancelled", 1),
        ("data/counts/sent", -1),
        ("data/rates/read", 0.5),
        ("type", "campaign2mqtt.campaign.sent.v1"),
        ("subject", "campaigns/a/messages/1"),
    ],
    "dead": [
        ("cause", None),
        ("cause", "Bad Cause"),
        ("entry", "1"),
        ("index", -1),
        ("received", "yesterday"),
        ("event_id", "x"),
        ("body", "x"),
    ],
    "state": [("state", "init"), ("since", None), ("since", 1725354129)],
}


class Schemas(unittest.TestCase):
    def test_each_schema_is_valid(self):
        self.assertEqual(
            set(SCHEMAS), {"message.v1", "campaign.v1", "summary.v1", "dead.v1", "state.v1"}
        )
        for name, schema in SCHEMAS.items():
            with self.subTest(name):
                Draft202012Validator.check_schema(schema)
                self.assertEqual(schema["$id"], f"urn:campaign2mqtt:schema:{name}")

    def test_the_statuses_are_the_closed_list(self):
        for name in ("message.v1", "campaign.v1", "summary.v1"):
            listed = SCHEMAS[name]["$defs"]["status"]["enum"]
            self.assertEqual(len(listed), 18)
            self.assertEqual(set(listed), STATUSES)

    def test_each_field_of_the_table_has_its_place(self):
        table = (ROOT / "normalise/event/fields.def").read_text(encoding="utf-8")
        names = re.findall(r'^FIELD\(\w+, "([^"]+)"', table, re.MULTILINE)
        self.assertGreater(len(names), 20)
        for schema in (SCHEMAS["message.v1"], SCHEMAS["campaign.v1"]):
            for name in names:
                at = schema["properties"]["data"]
                for part in name.split("."):
                    at = schema["$defs"][at["$ref"].split("/")[-1]] if "$ref" in at else at
                    self.assertIn(part, at["properties"], name)
                    at = at["properties"][part]

    def test_each_sample_validates(self):
        self.assertEqual({schema_of(s) for s in SAMPLES.values()}, set(SCHEMAS))
        for name, sample in SAMPLES.items():
            with self.subTest(name):
                self.assertEqual(errors_of(schema_of(sample), sample), [])

    def test_each_broken_sample_is_refused(self):
        self.assertEqual(set(BROKEN), set(SAMPLES))
        for name, changes in BROKEN.items():
            sample = SAMPLES[name]
            schema = schema_of(sample)
            for path, value in changes:
                with self.subTest(f"{name} {path}={value!r}"):
                    if path == "data/extra":
                        broken = copy.deepcopy(sample)
                        broken["data"]["extra"] = None
                    else:
                        broken = changed(sample, path, value)
                    self.assertNotEqual(errors_of(schema, broken), [])

    def test_each_status_has_one_outcome_and_finality(self):
        sample = SAMPLES["message.delivered"]
        outcomes = SCHEMAS["message.v1"]["properties"]["data"]["properties"]["outcome"]["enum"]
        for status in STATUSES:
            right = 0
            for outcome in outcomes:
                for final in (False, True):
                    event = copy.deepcopy(sample)
                    event["data"].update(status=status, outcome=outcome, final=final)
                    right += not errors_of("message.v1", event)
            self.assertEqual(right, 1, status)

    def test_every_event_of_the_cases_validates(self):
        count = 0
        for path in sorted((ROOT / "tests/cases").glob("*/*/expect.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                event = json.loads(line)["event"]
                self.assertEqual(errors_of(schema_of(event), event), [], path)
                count += 1
        self.assertGreater(count, 100)


if __name__ == "__main__":
    unittest.main(verbosity=1)
