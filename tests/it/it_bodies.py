"""Bad, odd and huge bodies against the real daemon: each is answered 200 and becomes events, duplicates or dead letters.

The account's webhooks answer 200 whatever the body is, so what became of it is read from the broker and the metrics.
"""
import http.client
import json
import random
import threading
import time
import unittest

from harness import PASSWORD, RELEASE, USER, Case, basic, password_hash, sms, wait_until
from it_everlytic import BOUNCE, LEGACY, MESSAGE, REPLY, SUMMARY, email

MIB = 1 << 20
STATUSES = {"queued", "deferred", "sent", "delivered", "undelivered", "bounced", "failed", "rejected", "expired",
            "canceled", "skipped", "opened", "clicked", "replied", "unsubscribed", "subscribed", "complained", "unknown"}
LEVEL = r"^[A-Za-z0-9.~%-][A-Za-z0-9._~%-]{0,95}$|^_none$"
CAUSES = {"unparsable", "too_large", "unmapped_shape", "publish_refused"}
PREFIX = "campaigns/v1"
# Tens of thousands of messages: a broker that saves itself after each would be what is measured.
MEMORY_BROKER = "autosave_on_changes false\nautosave_interval 1800\n"

DOCUMENTED = [("sms", sms(1, "sent")), ("sms", sms(2, "delivered")), ("sms", sms(3, "failed")), ("sms", REPLY), ("sms", BOUNCE),
              ("email", email("delivered", 4)), ("email", email("click", 5, link_url="https://shop.example.com/r/1")),
              ("email", email("bounce", 6, bounce_type="hard")), ("email", LEGACY)]


def accounts():
    pair = f'{{username: {USER}, password_hash: "{password_hash(PASSWORD)}"}}'
    return "".join(f"\n  - name: {name}\n    vendor: everlytic\n    webhooks:\n"
                   f"      - {{webhook: sms, auth: {{basic: [{pair}]}}}}\n"
                   f"      - {{webhook: email, auth: {{basic: [{pair}]}}}}" for name in ("everlytic", "second")) + "\n"


class Sender:
    """One keep-alive connection."""

    def __init__(self, daemon):
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)

    def post(self, body, hook="sms", media_type="application/json", account="everlytic"):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        headers = {"Authorization": basic(), "Content-Length": str(len(body))}
        if media_type:
            headers["Content-Type"] = media_type
        self.connection.request("POST", f"/hooks/{account}/{hook}", body, headers)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

    def close(self):
        self.connection.close()


class Bodies(Case):
    topic = "#"

    def setUp(self):
        super().setUp()
        self.start_broker(MEMORY_BROKER)
        self.start_subscriber(self.topic)
        self.start_daemon(accounts=accounts())
        self.sender = Sender(self.daemon)
        self.addCleanup(self.sender.close)
        self.posted = 0

    def post(self, body, hook="sms", **more):
        self.assertEqual(self.sender.post(body, hook, **more), 200)
        self.posted += 1

    def sums(self):
        return tuple(self.daemon.metric(name) for name in ("events_published_total", "duplicates_total", "dead_letters_total"))

    def settle(self, deadline=60):
        """Until everything posted is settled. Every topic and every event on the broker is as documented.

        Returns (events published, duplicates, dead letters).
        """
        self.daemon.wait_empty(deadline)
        sums = self.sums()
        wait_until(lambda: len(self.subscriber.events()) >= sums[0], deadline, f"{sums[0]} events at the subscriber")
        for message in self.subscriber.all():
            self.check_topic(message)
        for _, event in self.subscriber.events():
            MESSAGE.validate(event)
        return sums

    def check_topic(self, message):
        levels = message.topic.split("/")
        self.assertEqual("/".join(levels[:2]), PREFIX, message.topic)
        rest = levels[2:]
        if rest[0] == "_state":
            self.assertEqual(rest, ["_state", "gw1"])
        elif rest[0] == "_dead":
            self.assertEqual(len(rest), 4)
            self.assertIn(rest[1], ("everlytic", "second"))
            self.assertIn(rest[2], ("sms", "email"))
            self.assertIn(rest[3], CAUSES)
        elif rest[2:] == ["summary", "total"]:
            self.assertRegex(rest[1], LEVEL)
            SUMMARY.validate(json.loads(message.payload))
        else:
            self.assertEqual(len(rest), 3)
            self.assertIn(rest[0], ("everlytic", "second"))
            self.assertRegex(rest[1], LEVEL)
            self.assertIn(rest[2], STATUSES)

    def assert_one_of_each(self, expect):
        """Each body posted gave one event, one duplicate or one dead letter; `expect` has (events, duplicates, dead)."""
        sums = self.settle()
        self.assertEqual(sum(sums), self.posted, sums)
        if expect is not None:
            self.assertEqual(sums, expect)

    def assert_honest(self):
        self.post(sms("honest", campaign="honest"))
        wait_until(lambda: self.subscriber.all("/honest/"), what="the honest event")


class Shapes(Bodies):
    """On the sanitized build."""

    def test_every_prefix_of_a_documented_body(self):
        body = json.dumps(sms(1, "sent"))
        for size in range(len(body)):
            self.post(body[:size])
        self.assert_one_of_each((0, 0, len(body)))
        self.assert_honest()

    def test_depth(self):
        def nested(depth):
            return (b'{"type":"sent","data":{"transaction":{"id":"%d"}},"deep":' % depth + b"[" * (depth - 1) +
                    b"]" * (depth - 1) + b"}")
        self.post(nested(64))
        self.post(nested(65))
        self.post(nested(5000))
        self.post(b"[" * 64 + b"]" * 64)
        self.post(b'{"a":' * 100000 + b"1" + b"}" * 100000)
        sums = self.settle()
        self.assertEqual((sums[0], sums[2]), (1, 4))
        self.assertEqual(self.subscriber.events()[0][1]["data"]["message"]["id"], "64")

    def test_repeated_members_count_once_and_the_last_one(self):
        self.post(b'{"type":"failed","type":"sent","data":{"transaction":{"id":"a"}},"data":{"transaction":{"id":"b","id":"c"}}}')
        self.post(b'{"type":"sent","data":{"transaction":{"id":"d"' + b',"x":1' * 9000 + b"}}}")
        self.settle()
        first, second = [e["data"] for _, e in self.subscriber.events()]
        self.assertEqual((first["status"], first["message"]["id"]), ("sent", "c"))
        self.assertEqual(second["message"]["id"], "d")

    def test_encodings(self):
        text = json.dumps(sms("1", campaign="Grüße"), ensure_ascii=False)
        bodies = [(text.encode(), "application/json"), (b"\xef\xbb\xbf" + text.encode(), "application/json"),
                  (text.encode("utf-16"), "application/json"), (text.encode("utf-16-be"), "application/json; charset=utf-16be"),
                  (b"\xfe\xff" + text.encode("utf-16-be"), "application/json"),
                  (text.encode("latin-1"), "application/json; charset=iso-8859-1"),
                  (text.encode("cp1252"), 'application/json;charset="windows-1252"'),
                  (text.encode(), "application/json; charset=UTF-8; charset=latin1"), (text.encode(), None),
                  (text.encode(), "text/plain"), (text.encode(), "multipart/form-data; boundary=x"), (text.encode(), "a" * 3000)]
        for body, media_type in bodies:
            self.post(body, media_type=media_type)
        self.assert_one_of_each((1, len(bodies) - 1, 0))
        self.assertEqual(self.subscriber.events()[0][1]["data"]["campaign"]["name"], "Grüße")

    def test_bytes_that_are_no_text(self):
        chance = random.Random(7)
        bodies = [bytes(range(256)), b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\x00", b"\xff\xfe{", b"\xfe\xff\x00{", b"\x1f\x8b\x08",
                  b"PK\x03\x04" + bytes(100), b"%PDF-1.7", bytes(1000), b"\xed\xa0\x80", b"[\xff]"]
        bodies += [chance.randbytes(chance.randrange(1, 400)) for _ in range(100)]
        for body in bodies:
            self.post(body)
        self.assert_one_of_each((0, 0, len(bodies)))
        self.post(b'{"type":"sent","data":{"transaction":{"id":"x","campaign":{"name":"a\xff\xc3b\xed\xa0\x80"}}}}')
        self.post(b'{"type":"sent","data":{"transaction":{"id":"y","campaign":{"name":"\\ud800\\udc00 \\udfff"}}}}')
        self.settle()
        self.assertIn("\ufffd", self.subscriber.events()[0][1]["data"]["campaign"]["name"])
        self.assertEqual(self.subscriber.events()[1][1]["data"]["campaign"]["name"], "\U00010000 \ufffd")
        self.post(text := json.dumps(sms(1)).encode(), media_type="application/json; charset=ebcdic")
        self.assertEqual(self.settle()[2], len(bodies) + 1, text)

    def test_campaign_names(self):
        names = ["/", "+", "#", "$SYS/x", "%2F", "a b", "\U0001f4e3 sale", "nul\0nul", "x" * 10240, "", "_dead", "_none", "..", "\u202e",
                 "27820000001", "+27820000001", "a@example.org", "a/../../b", "\r\nX: y", "é" * 40, None, 5, True, ["a"], {"b": 1}]
        for number, name in enumerate(names):
            self.post(sms(f"n{number}", campaign=name))
        self.assert_one_of_each((len(names), 0, 0))
        topics = [topic.split("/")[1] for topic, _ in self.subscriber.events()]
        self.assertEqual(topics[:8], ["%2F", "%2B", "%23", "%24SYS%2Fx", "%252F", "a%20b", "%F0%9F%93%A3%20sale", "nul%00nul"])
        self.assertEqual(topics[9:12], ["_none", "%5Fdead", "%5Fnone"])
        for at in (14, 15, 16):
            self.assertRegex(topics[at], r"^~[0-9a-f]{16}$")
        self.assertEqual(self.subscriber.events()[7][1]["data"]["campaign"]["name"], "nul\0nul")

    def test_endless_ids_and_texts_are_published(self):
        """A property may have 65,535 bytes: a longer one is left out, and the event goes on."""
        sizes = (10 * 1024, 60000, 65535, 70000, 100 * 1024, MIB)
        for size in sizes:
            self.post(sms("i" * size))
            self.post(sms(f"t{size}", "reply", reply={"content": "t" * size}, filler="f" * size))
        self.post(sms("/" * 100000))
        self.assert_one_of_each((2 * len(sizes) + 1, 0, 0))
        by_length = {}
        for message in self.subscriber.all("/delivered"):
            event = json.loads(message.payload)
            by_length[len(event["data"]["message"]["id"])] = (event, dict(message.properties.UserProperty))
        for size in sizes:
            event, properties = by_length[size]
            self.assertTrue(event["subject"].endswith("i" * size))
            self.assertEqual(properties.get("subject"), event["subject"] if len(event["subject"]) <= 65535 else None)
            self.assertEqual(properties["id"], event["id"])

    def test_missing_and_mistyped_members(self):
        values = [None, 0, -1, 1e308, "", " ", "x", True, [], {}, [[]], {"a": {"b": None}}, ["a", 1], "2024-13-45", "\0", 10 ** 30]
        for hook, body in (("sms", sms(1, "reply", reply={"content": "STOP", "received_timestamp": "x"})), ("email", email("click", 2))):
            for path in list(self.paths(body)):
                for value in values:
                    self.post(self.changed(body, path, value), hook)
                self.post(self.changed(body, path, None, remove=True), hook)
        sums = self.settle()
        # A reply that is a word for it is two events; an empty array in `data` or as an element gives none.
        self.assertGreaterEqual(sum(sums), self.posted - 20)
        self.assert_honest()

    def paths(self, body, path=()):
        items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
        for key, value in items:
            yield path + (key,)
            yield from self.paths(value, path + (key,))

    def changed(self, body, path, value, remove=False):
        copy = json.loads(json.dumps(body))
        at = copy
        for key in path[:-1]:
            at = at[key]
        if remove:
            del at[path[-1]]
        else:
            at[path[-1]] = value
        return copy

    def test_unknown_types_and_wrong_dates(self):
        words = ["exploded", "DELIVERED", " sent ", "sent\0", "x" * 5000, "\U0001f600", "unknown", "_state", "../sent", "sent/x", "+", "#"]
        dates = ["", "yesterday", "2024-02-30T00:00:00Z", "2024-01-01T25:00:00Z", "0000-00-00T00:00:00Z", "99999-01-01T00:00:00Z",
                 "-1", "1e400", "2024-09-03T11:02:09+99:99", "2024-09-03T11:02:60Z", "9" * 400, 1725354129, -5, 1e300, True]
        for number, word in enumerate(words):
            self.post(sms(f"w{number}", word))
        for number, date in enumerate(dates):
            self.post(sms(f"d{number}", timestamp=date))
        self.post(sms("empty word", ""))
        # A record without a word for what happened fits no map.
        self.assert_one_of_each((len(words) + len(dates), 0, 1))
        for _, event in self.subscriber.events():
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_mutations(self):
        """Seeded: 2,000 documented bodies with bytes changed, cut, doubled and swapped."""
        chance = random.Random(20240903)
        expected = 0
        for number in range(2000):
            hook, body = DOCUMENTED[number % len(DOCUMENTED)]
            data = bytearray(json.dumps(body).encode())
            for _ in range(chance.randrange(1, 5)):
                self.mutate(data, chance)
            self.post(bytes(data), hook, media_type=chance.choice(["application/json", "application/x-www-form-urlencoded", None]))
            expected += 1
        sums = self.settle()
        # A mutation may make an empty array (no record), or a reply that opts out (two events).
        self.assertTrue(expected - 20 <= sum(sums) <= expected + 450, (expected, sums))
        self.assertGreater(min(sums), 100, sums)
        self.assert_honest()

    def mutate(self, data, chance):
        at = chance.randrange(len(data)) if data else 0
        kind = chance.randrange(6)
        if kind == 0 and data:
            data[at] = chance.randrange(256)
        elif kind == 1 and data:
            del data[at:at + chance.randrange(1, 12)]
        elif kind == 2:
            data[at:at] = bytes(data[at:at + chance.randrange(1, 30)])
        elif kind == 3:
            data[at:at] = chance.choice([b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\u0000", b"null", b"\xff", b"1e9"])
        elif kind == 4 and data:
            data[at] ^= 1 << chance.randrange(8)
        elif data:
            digits = [i for i, c in enumerate(data) if 48 <= c < 58]
            if digits:
                data[chance.choice(digits)] = 48 + chance.randrange(10)

    def test_good_and_bad_bodies_of_two_accounts_interleave_and_every_good_one_is_in_order(self):
        chance = random.Random(5)
        failures, good, bad = [], {"everlytic": [], "second": []}, {"everlytic": 0, "second": 0}

        def send(account):
            sender = Sender(self.daemon)
            for number in range(300):
                if chance.random() < 0.4:
                    body = chance.choice([b"{", b"[{}]", b"\0", b"[[[[", b'{"type":"sent"}', b"\xff\xfe", b"{}"])
                    bad[account] += 1
                else:
                    body = sms(f"{account}-{number}")
                    good[account].append(f"{account}-{number}")
                if sender.post(body, account=account) != 200:
                    failures.append((account, number))
            sender.close()

        senders = [threading.Thread(target=send, args=(account,)) for account in good]
        for thread in senders:
            thread.start()
        for thread in senders:
            thread.join(60)
        self.assertEqual(failures, [])
        sums = self.settle()
        self.assertEqual(sums, (sum(map(len, good.values())), 0, sum(bad.values())))
        for account, ids in good.items():
            seen = [e["data"]["message"]["id"] for topic, e in self.subscriber.events() if topic.startswith(account + "/")]
            self.assertEqual(seen, ids)


class Huge(Bodies):
    """On the release build: sizes and times are those that users have."""

    program = RELEASE

    def test_huge_bodies(self):
        limit = 4 * MIB
        bodies = [b'"' + b"x" * (limit - 3) + b'"', b"[" * limit, b'{"a":' * (limit // 5), b" " * limit, b"\\" * limit, b"\xff" * limit,
                  b'{"type":"' + b"\\u0000" * (limit // 6 - 10) + b'"}', b"{\"" + b"k" * (limit - 10) + b"\":1}", b"a=" * (limit // 2),
                  b"&" * limit, b"%" * limit, b"[" * 60 + b"0," * (limit // 2 - 100) + b"0" + b"]" * 60]
        for body in bodies:
            for media_type in ("application/json", "application/x-www-form-urlencoded"):
                self.post(body, media_type=media_type)
        self.assertEqual(self.sender.post(b"x" * (limit + 1)), 413)
        self.sender.close()
        sums = self.settle()
        self.assertEqual(sums[1], 0)
        self.assertGreaterEqual(sums[2], len(bodies) * 2 - 6)
        self.assert_honest()

    def test_a_hundred_thousand_bad_records(self):
        before = self.daemon.rss_bytes()
        for body in (b"[" + b"{}," * 99999 + b"{}]", b"[" + b"1," * (MIB // 2) + b"1]"):
            self.post(body)
        records = 100000 + MIB // 2 + 1
        started = time.monotonic()
        self.assertEqual(self.settle(170), (0, 0, records))
        print(f"{records} bad records: {time.monotonic() - started:.1f} s, "
              f"{(self.daemon.rss_bytes() - before) >> 20} MiB, log {len(self.daemon.log())} bytes")
        self.assertLess(self.daemon.rss_bytes() - before, 64 * MIB)
        # The broker and the log are told of some of them; the store has all.
        self.assertLessEqual(len(self.subscriber.all("/_dead/")), 200)
        self.assertLess(len(self.daemon.log()), 4 * MIB)
        self.assert_honest()

    def test_an_envelope_shared_by_many_records_does_not_fill_the_memory(self):
        """Each of the 300 events repeats the megabyte that they share."""
        body = email("delivered")
        one = body["data"][0]
        body["data"] = [{**one, "transaction": {**one["transaction"], "id": f"e{i}"}} for i in range(300)]
        body["note"] = "n" * MIB
        before = self.daemon.rss_bytes()
        self.post(body, "email")
        peak = [before]

        def look():
            peak.append(self.daemon.rss_bytes())
            return self.daemon.metric("journal_entries") == 0

        wait_until(look, 120, "an empty journal")
        print(f"shared envelope: peak {(max(peak) - before) >> 20} MiB")
        self.assertLess(max(peak) - before, 192 * MIB)
        self.assertEqual(self.sums(), (300, 0, 0))
        self.assert_honest()


class Refusals(Bodies):
    def test_what_the_broker_never_takes_is_a_dead_letter_and_the_rest_goes_on(self):
        for setting in ("max_packet_size 20000", "message_size_limit 20000"):
            with self.subTest(setting):
                self.broker.stop()
                with open(self.broker.conf, encoding="utf-8") as f:
                    text = f.read()
                with open(self.broker.conf, "w", encoding="utf-8") as f:
                    f.write(text.split("\nmax_packet_size")[0] + "\n" + setting + "\n")
                self.broker.start()
                wait_until(lambda: self.daemon.metric("mqtt_connected") == 1, what="the broker")
                before = self.sums()
                for number in range(3):
                    self.post(sms(f"{setting}-before-{number}"))
                    self.post(sms(f"{setting}-large-{number}", filler="x" * 100000))
                self.post(sms(f"{setting}-after"))
                self.daemon.wait_empty()
                self.assertEqual([b - a for a, b in zip(before, self.sums())], [4, 0, 3])
                wait_until(lambda: f"{setting}-after" in str([m.payload for m in self.subscriber.all("/delivered")]),
                           what="the event behind them")
        self.assertEqual(self.daemon.metric('dead_letters_total{account="everlytic",cause="publish_refused"}'), 6)


if __name__ == "__main__":
    unittest.main()
