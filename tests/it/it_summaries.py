"""Vendors' counters and the retained summaries, through the real daemon and broker."""
import json
import unittest
from pathlib import Path

from harness import Case, Subscriber, sms, wait_until
from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).resolve().parents[2] / "docs/schema"

COUNTERS = """
  - name: mapped
    vendor: generic
    webhooks:
      - webhook: json
        auth: none
        decode: {as: json, records: /rows/*}
        map:
          key: [campaign.id]
          counters: {at: /counts, map: {sends: sent, clicks: clicked}}
          set: {campaign.id: /id, campaign.name: /name}
"""


def check(kind, event):
    schema = json.loads((SCHEMAS / f"{kind}.v1.json").read_text(encoding="utf-8"))
    return [e.message for e in Draft202012Validator(schema).iter_errors(event)]


class Summaries(Case):
    def newest(self, part):
        found = self.subscriber.all(part + "/summary/total")
        return json.loads(found[-1].payload) if found else None

    def wait_counts(self, part, counts):
        wait_until(lambda: (self.newest(part) or {"data": {"counts": {}}})["data"]["counts"] == counts,
                   what=f"{counts}, not {self.newest(part)}")
        self.assertEqual(check("summary", self.newest(part)), [])
        return self.newest(part)["data"]

    def test_messages_are_counted_and_the_summary_is_retained(self):
        self.start_all()
        for i in range(4):
            self.assertEqual(self.daemon.post(sms(i))[0], 200)
        self.assertEqual(self.daemon.post(sms(1))[0], 200)
        self.assertEqual(self.daemon.post(sms(9, "failed"))[0], 200)
        data = self.wait_counts("OTP%20%2F%20live", {"delivered": 4, "failed": 1})
        self.assertEqual((data["basis"], data["vendor"], data["rates"]), ("observed", "everlytic", {"failed": 0.25}))
        self.assertEqual(data["campaign"], {"id": "OTP / live", "name": "OTP / live"})
        late = Subscriber(self.broker.port, "campaigns/v1/+/+/summary/total", client_id="late")
        self.addCleanup(late.close)
        wait_until(lambda: late.all(), what="the retained summary")
        message = late.all()[0]
        self.assertTrue(message.retain)
        self.assertEqual(message.properties.ContentType, "application/cloudevents+json; charset=utf-8")
        properties = dict(message.properties.UserProperty)
        event = json.loads(message.payload)
        self.assertEqual({k: properties[k] for k in ("id", "type", "subject", "status")},
                         {**{k: event[k] for k in ("id", "type", "subject")}, "status": "summary"})

    def test_a_killed_daemon_and_a_stop_leave_the_last_summary(self):
        self.start_all()
        total = 0
        for round_ in range(4):
            for i in range(50):
                self.assertEqual(self.daemon.post(sms(1000 * round_ + i))[0], 200)
            total += 50
            if round_ < 3:
                # About when the settle comes; the summary may be published or not.
                wait_until(lambda t=total: len(self.subscriber.ids()) >= t, what="the events")
                wait_until(lambda: self.daemon.metric("journal_entries") < 50, what="a settle")
                self.daemon.kill()
                self.daemon.start()
        self.subscriber.wait_events(total)
        wait_until(lambda: len(self.subscriber.ids()) >= total, what="the events")
        self.daemon.stop()
        self.wait_counts("OTP%20%2F%20live", {"delivered": total})

    def send(self, **counts):
        self.assertEqual(self.daemon.post({"rows": [{"id": "c1", "name": "One", "counts": counts}]},
                                          "/hooks/mapped/json", auth=None)[0], 200)

    def test_counters_tell_their_changes(self):
        self.start_all(accounts=COUNTERS)
        self.send(sends=100, clicks=5)
        self.send(sends=100, clicks=5)
        self.send(sends=100, clicks=9)
        self.subscriber.wait_events(3)
        self.daemon.wait_empty()
        self.daemon.kill()
        self.daemon.start()
        self.send(sends=100, clicks=7)
        self.send(sends=100, clicks=9)
        events = [e for _, e in self.subscriber.wait_events(5)]
        data = self.wait_counts("c1", {"sent": 100, "clicked": 9})
        self.assertEqual((data["basis"], data["rates"], data["campaign"]),
                         ("vendor", {"clicked": 0.09}, {"id": "c1", "name": "One"}))
        clicks = [e for e in events if e["data"]["status"] == "clicked"]
        self.assertEqual([(e["data"]["count"], e["data"]["delta"]) for e in clicks], [(5, 5), (9, 4), (7, -2), (9, 2)])
        self.assertEqual(len({e["id"] for e in events}), 5)
        self.assertEqual([check("campaign", e) for e in events], [[]] * 5)


if __name__ == "__main__":
    unittest.main()
