"""Everlytic's documented shapes over real sockets: the documented topic, a valid event, published once."""
import json
import os
import unittest
import urllib.parse

from harness import SOURCE, Case, sms
from jsonschema import Draft202012Validator


def validator(name):
    with open(os.path.join(SOURCE, "docs/schema", name), encoding="utf-8") as f:
        return Draft202012Validator(json.load(f))


MESSAGE = validator("message.v1.json")
SUMMARY = validator("summary.v1.json")


def brackets(value, prefix):
    """PHP style names: data[transaction][id]=…"""
    if isinstance(value, dict):
        return [pair for k, v in value.items() for pair in brackets(v, f"{prefix}[{k}]" if prefix else k)]
    return [(prefix, str(value))]


REPLY = sms(247801236, "reply", reply={"content": "STOP", "received_timestamp": "2024-09-03T11:07:31+02:00"})
BOUNCE = sms(247801235, "bounce", bounce={"message": "mailbox-full", "type": "soft",
                                          "received_timestamp": "2024-09-03T11:02:50+02:00"})


def email(kind, number=1, **more):
    return {"id": f"b6f0-{number}", "type": kind, "timestamp": "2024-09-03T09:15:00Z", "data": [
        {"transaction": {"id": f"t-{number}", "message_id": "m-1", "method": "api", "group": {"id": "g-9", "name": "Receipts"},
                         "sent_timestamp": "2024-09-03T09:10:00Z", "subject": "Your receipt",
                         "message_size_bytes": "18233"},
         "recipient": {"name": "A", "email": "a@example.org"}, **more}]}


LEGACY = {"event_id": 991, "event_date": "2024-09-03 11:02:09", "event_type": "clicked", "email_to": "a@example.org",
          "group_name": "September 2024", "trans_id": 55}

# name, hook, body, topics below the prefix (campaign and status)
SHAPES = [
    ("sent", "sms", sms(1, "sent"), ["OTP%20%2F%20live/sent"]),
    ("delivered", "sms", sms(1, "delivered"), ["OTP%20%2F%20live/delivered"]),
    ("failed", "sms", sms(1, "failed"), ["OTP%20%2F%20live/failed"]),
    ("bounce", "sms", BOUNCE, ["OTP%20%2F%20live/bounced"]),
    ("reply with STOP", "sms", REPLY, ["OTP%20%2F%20live/replied", "OTP%20%2F%20live/unsubscribed"]),
    ("mail sent", "email", email("sent"), ["g-9/sent"]),
    ("mail delivered", "email", email("delivered"), ["g-9/delivered"]),
    ("mail failed", "email", email("failed"), ["g-9/failed"]),
    ("mail open", "email", email("open"), ["g-9/opened"]),
    ("mail click", "email", email("click", link_url="https://shop.example.com/r/1"), ["g-9/clicked"]),
    ("mail bounce", "email", email("bounce", bounce_type="hard"), ["g-9/bounced"]),
    ("mail unsubscribe", "email", email("unsubscribe"), ["g-9/unsubscribed"]),
    ("mail resubscribe", "email", email("resubscribe"), ["g-9/subscribed"]),
]


class Everlytic(Case):
    def setUp(self):
        super().setUp()
        self.start_all()

    def settle(self):
        self.daemon.wait_empty()

    def post(self, body, hook="sms", **more):
        status, _headers, answer = self.daemon.post(body, f"/hooks/everlytic/{hook}", **more)
        self.assertEqual((status, answer), (200, b'{"status":"accepted"}'))

    def test_every_documented_shape_gives_its_topic_and_a_valid_event_once(self):
        expected = []
        for name, hook, body, topics in SHAPES:
            with self.subTest(name):
                self.post(body, hook)
                expected += ["everlytic/" + t for t in topics]
                events = self.subscriber.wait_events(len(expected))
                self.assertEqual([t for t, _ in events], expected)
                for _, event in events:
                    MESSAGE.validate(event)
        for _name, hook, body, _topics in SHAPES:
            self.post({**body, "timestamp": "2024-09-03T13:59:59+02:00"}, hook)
        self.settle()
        self.assertEqual(len(self.subscriber.events()), len(expected))
        self.assertEqual(self.daemon.metric("duplicates_total"), len(expected))

    def test_the_sample_of_the_design(self):
        self.post(sms(247801234))
        (topic, event), = self.subscriber.wait_events(1)
        self.assertEqual(topic, "everlytic/OTP%20%2F%20live/delivered")
        self.assertEqual(event["source"], "/gw1/everlytic")
        self.assertEqual(event["type"], "campaign2mqtt.message.delivered.v1")
        self.assertEqual(event["subject"], "campaigns/OTP%20%2F%20live/messages/247801234")
        self.assertEqual(event["time"], "2024-09-03T09:02:09.000Z")
        data = event["data"]
        self.assertEqual(data["campaign"], {"id": "OTP / live", "name": "OTP / live"})
        self.assertEqual(data["message"], {"id": "247801234", "reference": "order-5512"})
        self.assertEqual(data["recipient"], {"msisdn": "+27820000001"})
        self.assertEqual((data["status"], data["outcome"], data["final"]), ("delivered", "positive", True))
        self.assertEqual(data["times"]["sent"], "2024-09-03T09:02:01.000Z")
        self.assertEqual(data["times"]["from"], "vendor")
        self.assertEqual((data["ingest"]["via"], data["ingest"]["source"], data["ingest"]["verified"]),
                         ("webhook", "sms", "basic"))
        message = self.subscriber.all("/delivered")[0]
        self.assertEqual((message.qos, message.retain), (1, 0))
        self.assertEqual(message.properties.ContentType, "application/cloudevents+json; charset=utf-8")
        properties = dict(message.properties.UserProperty)
        self.assertEqual(properties["id"], event["id"])
        self.assertEqual(properties["campaign"], "OTP%20%2F%20live")
        self.assertEqual(set(properties), {"specversion", "id", "source", "type", "time", "subject", "account",
                                           "campaign", "status"})
        self.assertGreater(message.properties.MessageExpiryInterval, 6 * 86400)

    def test_the_same_fact_in_every_encoding_is_one_event(self):
        body = sms(77)
        form = "application/x-www-form-urlencoded"
        flat = urllib.parse.urlencode(brackets(body, ""))
        self.post(body)
        self.post(body, media_type="text/plain")
        self.post(json.dumps(body), media_type=None)
        self.post(b"\xef\xbb\xbf" + json.dumps(body).encode())
        for field in ("event", "payload", "data"):
            self.post(urllib.parse.urlencode({field: json.dumps(body)}), media_type=form)
        self.post(flat, media_type=form)
        status, _, _ = self.daemon.post(None, "/hooks/everlytic/sms?" + flat, None, "GET")
        self.assertEqual(status, 200)
        status, _, _ = self.daemon.post(None, "/hooks/everlytic/sms?" + urllib.parse.urlencode({"event": json.dumps(body)}),
                                        None, "GET")
        self.assertEqual(status, 200)
        self.settle()
        self.assertEqual(len(self.subscriber.ids()), 1)
        self.assertEqual(self.daemon.metric("duplicates_total"), 9)

    def test_legacy_mail_and_every_verb(self):
        for number, method in enumerate(("POST", "PUT", "PATCH", "DELETE")):
            body = urllib.parse.urlencode({"event": json.dumps({**LEGACY, "trans_id": number})})
            status, _, _ = self.daemon.post(body, "/hooks/everlytic/email", "application/x-www-form-urlencoded", method)
            self.assertEqual(status, 200)
        events = self.subscriber.wait_events(4)
        self.assertEqual({t for t, _ in events}, {"everlytic/September%202024/clicked"})
        self.assertEqual({e["time"] for _, e in events}, {"2024-09-03T09:02:09.000Z"})

    def test_odd_campaign_names_never_give_a_wrong_topic(self):
        names = ["a/b", "a+b", "#", "$SYS", "100%", "  ", "\U0001F600", "nul\x00byte", "x" * 10000, "", "_none", "..",
                 "+27820000001x", "27820000001", "a@example.org", "\ud800"]
        for number, name in enumerate(names):
            self.post(json.dumps(sms(1000 + number, campaign=name)))
        events = self.subscriber.wait_events(len(names))
        levels = [t.split("/")[1] for t, _ in events]
        self.assertEqual(levels[:5], ["a%2Fb", "a%2Bb", "%23", "%24SYS", "100%25"])
        self.assertEqual(levels[9], "_none")
        self.assertEqual(levels[10], "%5Fnone")
        for level in levels[13:15]:
            self.assertRegex(level, r"^~[0-9a-f]{16}$")
        for level in levels:
            self.assertRegex(level, r"^[A-Za-z0-9.~_%-]{1,96}$")
        for _, event in events:
            MESSAGE.validate(event)
        self.settle()
        self.assertEqual(self.daemon.metric("dead_letters_total"), 0)

    def test_what_cannot_be_read_is_a_dead_letter_and_200(self):
        bad = [b"{", b'{"type":', b"[" * 100, b"\x00\x01\x02", b"{}", b"null", b'"text"', b"[{}]", b"{\"a\":1}", b"%%%"]
        for body in bad:
            self.post(body)
        self.settle()
        self.assertEqual(self.subscriber.events(), [])
        self.assertEqual(self.daemon.metric("dead_letters_total"), len(bad))
        notices = self.subscriber.all("/_dead/everlytic/sms/")
        self.assertEqual(len(notices), len(bad))
        self.assertFalse(any(n.retain for n in notices))
        for n in notices:
            self.assertEqual(json.loads(n.payload)["account"], "everlytic")

    def test_missing_and_mistyped_members_keep_what_is_known(self):
        # Neither message, recipient nor campaign: nothing that a subscriber could use.
        nobody = [{"type": "sent"}, {"type": "sent", "data": None}, {"type": "sent", "data": 5}]
        known = [{"type": "sent", "timestamp": 17, "data": {"transaction": {"id": {"x": 1}, "campaign": "flat"}}},
                 {"type": "exploded", "data": {"transaction": {"id": 5}}},
                 {"type": "sent", "data": {"transaction": {"campaign": {"name": "only"}}}},
                 sms(6, timestamp="2024--02-01T00:00:00Z"), sms(12345678901234567890),
                 {"type": 7, "timestamp": {}, "data": {"transaction": {"id": "x", "recipient": {"mobile_number": ["a"]}}}}]
        for body in nobody + known:
            self.post(body)
        events = [e for _, e in self.subscriber.wait_events(len(known))][1:]
        self.settle()
        for event in events:
            MESSAGE.validate(event)
        self.assertEqual((events[0]["data"]["status"], events[0]["data"]["vendor_status"]), ("unknown", "exploded"))
        self.assertEqual(events[1]["data"]["campaign"]["name"], "only")
        self.assertEqual(events[2]["data"]["times"]["from"], "received")
        self.assertEqual(events[2]["data"]["times"]["vendor_text"], "2024--02-01T00:00:00Z")
        self.assertEqual(events[3]["data"]["message"]["id"], "12345678901234567890")
        self.assertEqual((events[4]["data"]["status"], events[4]["data"]["vendor_status"]), ("unknown", "7"))
        self.assertEqual(self.daemon.metric("unknown_status_total"), 2)
        self.assertEqual(self.daemon.metric("dead_letters_total"), len(nobody))

    def test_a_batch_is_its_elements_and_a_bad_one_stops_nobody(self):
        self.post([sms(1), {}, sms(2), 5, sms(3)])
        self.post([])
        events = self.subscriber.wait_events(3)
        self.settle()
        self.assertEqual([e["data"]["message"]["id"] for _, e in events], ["1", "2", "3"])
        self.assertEqual(self.daemon.metric("dead_letters_total"), 2)

    def test_nothing_personal_is_logged(self):
        self.post(REPLY)
        self.post(b"{broken +27820000001")
        self.daemon.post(sms(1), auth="Basic d3Jvbmc6d3Jvbmc=")
        self.settle()
        log = self.daemon.log()
        for secret in ("27820000001", "STOP", "s3cret", "wrong", "d3Jvbmc6", "order-5512", "broken"):
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    unittest.main()
