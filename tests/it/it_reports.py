"""Each vendor's reports against its simulator: what a subscriber saw is what the vendor served, whatever happens between."""
import collections
import contextlib
import json
import os
import random
import sqlite3
import sys
import threading
import time
import unittest

from harness import SOURCE, Case, wait_until

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from constant_contact import ConstantContact  # noqa: E402
from everlytic import Everlytic  # noqa: E402
from ocamba import Ocamba, iso  # noqa: E402
from passona import Passona  # noqa: E402
from samba import Samba  # noqa: E402

DAY = 86400
OCAMBA_LAG = 660                # its profile's lag of 10 minutes, and one: what is younger may be asked for an hour later only


def ocamba(sim, every="1s", more=""):
    return f"""
  - vendor: ocamba
    vars: {{base: "{sim.base}", token: {sim.token}}}
    reports: [{{report: sms-clicks, every: {every}, start: 3d}}]
    {more}"""


def constant_contact(sim, every="1s", refresh="cc-refresh-0", name="constant-contact"):
    return f"""
  - name: {name}
    vendor: constant-contact
    vars: {{base: "{sim.base}", client_id: {sim.client_id}, client_secret: {sim.client_secret}, refresh_token: "{refresh}"}}
    reports: [{{report: sms-summaries, every: {every}}}]
"""


def samba(sim, every="1s", start="3d", more=""):
    return f"""
  - vendor: samba
    vars: {{base: "{sim.base}", trackpoint: "{sim.trackpoint}", api_key: {sim.api_key}}}
    reports: [{{report: sms-events, every: {every}, start: {start}}}]
    {more}"""


def everlytic(sim, every="1s", types="[sends, opens, clicks]", messages='["512"]', start="3d", replies=False, more=""):
    text = f"""
  - vendor: everlytic
    vars: {{base: "{sim.base}", username: {sim.username}, api_key: "{sim.api_key}"}}
    limits: {{rate: [20/1s]}}
    reports:
      - report: interaction-data
        every: {every}
        start: {start}
        each: {{message: {messages}, type: {types}}}
"""
    if replies:
        text += f"      - {{report: replies, every: {every}}}\n"
    return text + more


def passona(sim, reports="clicks delivery alt_delivery recipient sent", every="1s", each=""):
    text = f"""
  - vendor: passona
    vars: {{base: "{sim.base}", token: {sim.token}}}
    limits: {{rate: [100/1s]}}
    reports:
"""
    for report in reports.split():
        text += f"      - {{report: {report}, every: {every}{each}}}\n"
    return text


class Reports(Case):
    def sim(self, kind, **more):
        simulator = kind(**more)
        self.addCleanup(simulator.stop)
        return simulator

    def facts(self, sim, account):
        """Facts of an account as its simulator counts them, one for each event id."""
        seen = {}
        for topic, event in self.subscriber.events():
            if topic.startswith(account + "/"):
                seen[event["id"]] = sim.seen(event)
        return collections.Counter(seen.values())

    def wait_truth(self, sim, account, deadline=40, unsure=()):
        """Each fact of the vendor once; of those that are `unsure` each once or not at all."""
        def is_true():
            self.truth = collections.Counter(sim.truth())
            got = self.facts(sim, account)
            return not got - self.truth and not self.truth - got - collections.Counter(unsure)
        try:
            wait_until(is_true, deadline)
        except AssertionError:
            got, truth = self.facts(sim, account), collections.Counter(sim.truth())
            raise AssertionError(f"missing {list((truth - got).items())[:5]}, too many {list((got - truth).items())[:5]}, "
                                 f"asked {len(sim.log)} times; {self.daemon.log()[-3000:]}") from None
        return self.truth

    def restart_without_wait(self):
        """What failed is asked again at once: a failure's wait of half a minute or more is what other tests look at."""
        self.daemon.stop()
        with contextlib.closing(sqlite3.connect(os.path.join(self.folder, "data/c.db"))) as store, store:
            store.execute("DELETE FROM checkpoint WHERE CAST(key AS TEXT) LIKE 'due/%'")
        self.daemon.start()

    def assert_repeats_are_equal(self):
        """The same id is the same fact, however often it was published."""
        facts = {}
        for topic, event in self.subscriber.events():
            event = json.loads(json.dumps(event))
            event["data"].pop("ingest")
            event["data"]["times"].pop("received")
            if event["data"]["times"]["from"] == "received":
                event.pop("time")
            self.assertEqual(facts.setdefault(event["id"], (topic, event)), (topic, event))


class OcambaReports(Reports):
    def test_clicks_late_rows_and_identical_rows(self):
        sim = self.sim(Ocamba, page_max=7)
        now = time.time()
        for n in range(40):
            sim.click(n % 5, now - (n * 5000) % (2 * DAY) - 3600, task="0" if n % 3 == 0 else "77")
        for _ in range(3):
            sim.click(99, now - 7200)                    # three times the same
        self.start_all(accounts=ocamba(sim))
        self.wait_truth(sim, "ocamba")
        sim.click(100, now - 1800)                       # a late row within the lookback
        sim.click(99, now - 7200)                        # and a fourth click, of a day that was read already
        self.wait_truth(sim, "ocamba")
        self.assert_repeats_are_equal()
        self.assertEqual(sim.broken_rates(10, 1), [])
        self.assertEqual(sim.limited, 0)
        self.assertEqual({r.query["tz"] for r in sim.asked()}, {"UTC"})

    def test_a_row_that_is_shifted_between_two_pages(self):
        """A click that comes in front between two requests moves the last row of page 1 to page 2: no second click."""
        sim = self.sim(Ocamba, page_max=3)
        newest = time.time() - OCAMBA_LAG
        midnight = newest - newest % DAY
        at = midnight + (newest - midnight) / 2          # in the window that grows
        for n in range(10, 16):
            sim.click(n, at)
        sent = iter(range(9, 0, -1))

        def one_in_front(answer):
            number = next(sent, None)
            if number is not None:
                sim.click(number, at, delivery_date=iso(at - 6000 - 60 * (9 - number)))
            return answer
        growing = f"{iso(midnight)[:10]} 00:00:00,"
        sim.trouble("change", 9, lambda r: r.query.get("page", "").startswith("1,") and growing in r.query["click_date"],
                    change=one_in_front)
        self.start_all(accounts=ocamba(sim))
        self.wait_truth(sim, "ocamba")
        reads = len(sim.asked())
        wait_until(lambda: next(sent, None) is None and len(sim.asked()) > reads + 6, 40, what="more reads without a shift")
        self.wait_truth(sim, "ocamba")
        self.assertEqual(len(self.subscriber.ids()), 15)
        self.assert_repeats_are_equal()

    def test_parallel_limit_without_a_time(self):
        sim = self.sim(Ocamba)
        sim.click(1, time.time() - OCAMBA_LAG)
        sim.trouble("429", 2, headers={"Retry-After": "-1"})
        self.start_all(accounts=ocamba(sim))
        self.wait_truth(sim, "ocamba")
        first, second, third = (r.at for r in sim.asked()[:3])
        self.assertGreater(second - first, 0.9)
        self.assertGreater(third - second, 0.9)
        self.assertEqual(sim.most_active, 1)


class ConstantContactReports(Reports):
    def test_growing_counters_and_a_correction(self):
        sim = self.sim(ConstantContact, page_max=2)
        ids = [sim.campaign(f"Campaign {n}", sends=10 * n, delivers=n) for n in range(5)]
        bad = sim.campaign("Odd date", last_sent_date="2024--02-01T14:58:22.000-04:00", sends=7)
        self.start_all(accounts=constant_contact(sim))
        self.wait_truth(sim, "constant-contact")
        for step in range(1, 4):
            sim.count(ids[2], clicks=step, delivers=10 + step)
            self.wait_truth(sim, "constant-contact")
        sim.count(ids[2], delivers=12)                   # fewer than before: a correction
        self.wait_truth(sim, "constant-contact")
        sim.count(ids[2], delivers=13)                   # and up again, to a value that was there before
        self.wait_truth(sim, "constant-contact")
        deltas = collections.Counter()
        for topic, event in {e["id"]: (t, e) for t, e in self.subscriber.events()}.values():
            self.assertEqual(event["type"], f"campaign2mqtt.campaign.{event['data']['status']}.v1")
            deltas[event["data"]["campaign"]["id"], event["data"]["status"]] += event["data"]["delta"]
        self.assertEqual(deltas[ids[2], "delivered"], 13)
        self.assertEqual(deltas[ids[2], "clicked"], 3)
        odd = [e for _t, e in self.subscriber.events() if e["data"]["campaign"]["id"] == bad][0]
        self.assertEqual(odd["data"]["times"]["vendor_text"], "2024--02-01T14:58:22.000-04:00")
        self.assertEqual(sim.limited, 0)
        self.wait_summary(f"constant-contact/{ids[2]}", {"sent": 20, "delivered": 13, "clicked": 3}, "vendor")

    def wait_summary(self, path, counts, basis):
        def last():
            found = self.subscriber.all(f"campaigns/v1/{path}/summary/total")
            if not found:
                return None
            event = json.loads(found[-1].payload)
            got = {k: v for k, v in event["data"]["counts"].items() if v}
            return event if got == counts and event["data"]["basis"] == basis else None
        return wait_until(last, 20, f"the summary {counts}")

    def test_rotating_tokens_over_restarts(self):
        sim = self.sim(ConstantContact, expires_in=2)
        ident = sim.campaign("A", sends=1)
        self.start_all(accounts=constant_contact(sim))
        for count in range(2, 6):
            sim.count(ident, sends=count)
            self.wait_truth(sim, "constant-contact")
            if count % 2:
                self.daemon.kill()
            else:
                self.daemon.stop()
            self.daemon.start()
        self.assertFalse(any(r.status == 400 for r in sim.asked(path="/token")))
        self.assertEqual([r for r in sim.asked(path="/token") if "cc-access" in str(r.body)], [])
        for text in ("cc-refresh", "cc-access", "cc-client-secret"):
            self.assertNotIn(text, self.daemon.log())

    def test_an_account_that_needs_a_person_stops_alone(self):
        bad, good = self.sim(ConstantContact), self.sim(ConstantContact)
        bad.revoked = True
        bad.campaign("A", sends=1)
        good.campaign("B", sends=1)
        self.start_all(accounts=constant_contact(bad, name="dead") + constant_contact(good, name="alive"))
        self.wait_truth(good, "alive")
        wait_until(lambda: "campaign2mqtt authorize dead" in self.daemon.log(), what="a clear line in the log")
        asked = len(bad.asked(path="/token"))
        good.campaign("C", sends=1)
        self.wait_truth(good, "alive")
        self.assertLessEqual(len(bad.asked(path="/token")), asked + 1)

    def test_daily_quota_sleeps_until_midnight(self):
        sim = self.sim(ConstantContact)
        sim.campaign("A", sends=1)
        sim.trouble("status", None, lambda r: r.path.startswith("/v3/"), status=429,
                    body=b'{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}')
        self.start_all(accounts=constant_contact(sim))
        wait_until(lambda: sim.asked(path="/v3/"), what="one request")
        self.daemon.log()
        pause = threading.Event()
        pause.wait(3)                                    # nothing must happen: that takes time to see
        self.assertEqual(len(sim.asked(path="/v3/")), 1)


class SambaReports(Reports):
    def test_streams_in_every_dress_with_late_events(self):
        for dress in ("lines", "rs", "pretty"):
            with self.subTest(dress):
                sim = self.sim(Samba, dress=dress)
                now = time.time() * 1000
                for n in range(500):
                    sim.event(f"C-{n}", ("ACCEPTED", "DELIVERED", "EXPIRED", "SKIPPED", "LOST")[n % 5], now - n * 400000,
                              node="n-1" if n % 2 else None)
                self.setUp()
                self.start_all(accounts=samba(sim))
                self.wait_truth(sim, "samba")
                sim.event("late", "DELIVERED", now - 300000)
                self.wait_truth(sim, "samba")
                self.assert_repeats_are_equal()
                self.assertEqual(sim.broken_rates(1, 1), [])
                self.assertEqual({r.status for r in sim.asked()}, {200})

    def test_a_stream_that_is_cut_is_asked_for_again(self):
        sim = self.sim(Samba)
        now = time.time() * 1000
        for n in range(2000):
            sim.event(f"C-{n}", at_ms=now - 1000 - n)
        sim.cut_after = 200000
        self.start_all(accounts=samba(sim))
        wait_until(lambda: "ev=report.failed account=samba" in self.daemon.log(), what="the stream that was cut")
        self.restart_without_wait()
        self.wait_truth(sim, "samba")
        self.assert_repeats_are_equal()


class EverlyticReports(Reports):
    def test_interactions_pages_types_and_identical_rows(self):
        sim = self.sim(Everlytic, page_size=10)
        now = time.time()
        for n in range(57):
            sim.interaction(512, n % 20, ("sends", "opens", "clicks")[n % 3], now - n * 3000)
        for _ in range(2):
            sim.interaction(512, 3, "opens", now - DAY - 100)
        self.start_all(accounts=everlytic(sim, types="[sends, opens, clicks, forwards]"))
        self.wait_truth(sim, "everlytic")
        sim.interaction(512, 900, "opens", now)
        self.wait_truth(sim, "everlytic")
        self.assert_repeats_are_equal()
        wait_until(lambda: "interactionType is not valid" in self.daemon.log(), what="the refused type in the log")
        self.assertEqual(self.daemon.log().count("interactionType is not valid"), 1)

    def test_a_reply_by_webhook_and_by_report_is_one_event(self):
        from harness import PASSWORD, USER, password_hash
        sim = self.sim(Everlytic)
        at = 1725354451
        sim.reply(247801234, "STOP", at=at)
        sim.reply(247801235, "Yes", at=at + 60)
        hooks = f"""    webhooks:
      - webhook: sms
        auth: {{basic: [{{username: {USER}, password_hash: "{password_hash(PASSWORD)}"}}]}}
"""
        self.start_all(accounts=everlytic(sim, replies=True, more=hooks))
        body = {"id": "w", "type": "reply", "timestamp": "2024-09-03T11:10:00+02:00",
                "data": {"transaction": {"id": 247801234, "campaign": {"name": "September 2024"},
                                         "sent_timestamp": "2024-09-03T11:02:01+02:00",
                                         "recipient": {"mobile_number": "27820000001"}},
                         "reply": {"content": "STOP", "received_timestamp": "2024-09-03T11:07:31+02:00"}}}
        self.assertEqual(self.daemon.post(body)[0], 200)
        self.subscriber.wait_events(3)
        wait_until(lambda: len(sim.asked(path="/replies")) >= 3, what="three more reads")
        wait_until(lambda: self.daemon.metric("duplicates_total") >= 6, what="what was read again is known")
        self.assertEqual(len(self.subscriber.ids()), 3)    # two replies and one opt-out


class PassonaReports(Reports):
    def test_all_reports_of_listed_campaigns(self):
        sim = self.sim(Passona, page_size=3)
        now = time.time()
        running = sim.campaign("Running")
        over = sim.campaign("Over", expires=time.time() - 3600)
        sim.campaign("Long over", started=time.time() - 30 * DAY, expires=time.time() - 20 * DAY)
        sim.campaign("Not begun", started=0)
        for campaign in (running, over):
            for n in range(8):
                sim.message(campaign, n, ("Success", "Failed", None)[n % 3])
                sim.recipient(campaign, n)
            for n in (1, 1, 1, 1, 1, 2):
                sim.click(campaign, n, now - 600)             # also the same row on two pages
            sim.sent(campaign, 8)
        sim.unsent(over, 50)
        self.start_all(accounts=passona(sim, "clicks delivery alt_delivery recipient sent unsent"))
        self.wait_truth(sim, "passona")
        for n in range(8):
            sim.message(running, n, "Success")                # statuses change in place
        sim.click(running, 1, time.time() - 500)
        deadline = time.monotonic() + 20

        def changed():
            got = self.facts(sim, "passona")
            return all(got[fact] >= count for fact, count in collections.Counter(sim.truth()).items())
        wait_until(changed, max(1, deadline - time.monotonic()), "the changed rows")
        self.assert_repeats_are_equal()
        self.assertEqual([r for r in sim.asked(path="unsent") if running in r.path], [])

    def test_pages_that_are_read_are_not_asked_for_again_after_a_restart(self):
        sim = self.sim(Passona, page_size=5)
        campaign = sim.campaign()
        for n in range(200):
            sim.message(campaign, n, "Success")
        self.start_broker()
        self.start_subscriber()
        self.start_daemon(accounts=passona(sim, "alt_delivery", "30s"))
        wait_until(lambda: len(sim.asked(path="alt_delivery")) >= 10, what="ten pages")
        self.daemon.kill()
        asked = len(sim.asked(path="alt_delivery"))
        self.daemon.start()
        wait_until(lambda: len(self.subscriber.ids()) >= 200, what="all messages")
        pages = [int(r.query["page"]) for r in sim.asked(path="alt_delivery")[asked:]]
        self.assertGreaterEqual(pages[0], asked - 3)
        self.assertEqual(sorted(pages), pages)


class Killed(Reports):
    def test_all_five_killed_at_random_moments(self):
        now = time.time()
        sims = {"ocamba": self.sim(Ocamba, page_max=10), "constant-contact": self.sim(ConstantContact, page_max=2),
                "samba": self.sim(Samba), "everlytic": self.sim(Everlytic, page_size=10), "passona": self.sim(Passona)}
        for n in range(60):
            sims["ocamba"].click(n % 7, now - 4000 - (n % 30) * 60)
            sims["samba"].event(f"C-{n}", at_ms=now * 1000 - n * 60000)
            sims["everlytic"].interaction(512, n % 9, "opens", now - (n % 40) * 60)
        campaigns = [sims["constant-contact"].campaign(f"C{n}", sends=n) for n in range(6)]
        passona_campaign = sims["passona"].campaign()
        for n in range(120):
            sims["passona"].message(passona_campaign, n, "Success" if n % 4 else "Failed")
            if n % 3 == 0:
                sims["passona"].click(passona_campaign, n % 12, now - n % 5)
        self.start_broker()
        self.start_subscriber()
        self.broker.wait_saved()
        self.start_daemon(accounts=ocamba(sims["ocamba"]) + constant_contact(sims["constant-contact"]) +
                          samba(sims["samba"]) + everlytic(sims["everlytic"], types="[opens]") +
                          passona(sims["passona"], "clicks alt_delivery delivery"))
        dice, pause, unsure = random.Random(1), threading.Event(), []
        for n in range(12):
            pause.wait(dice.uniform(0.05, 1.5))          # a random moment is what is tested
            self.daemon.kill()
            # A value may have been given out just now and be gone with who asked, before it changes.
            before = [f for f in sims["constant-contact"].history if f[:2] == (campaigns[n % 6], "clicked")]
            unsure += (collections.Counter(before) - self.facts(sims["constant-contact"], "constant-contact")).elements()
            sims["constant-contact"].count(campaigns[n % 6], clicks=n + 1)
            self.daemon.start(wait=False)
        wait_until(self.daemon.is_ready, what="the last start")
        for account, sim in sims.items():
            self.wait_truth(sim, account, 90, unsure if account == "constant-contact" else ())
        self.assert_repeats_are_equal()
        self.assertEqual(sims["ocamba"].limited + sims["constant-contact"].limited, 0)


if __name__ == "__main__":
    unittest.main()
