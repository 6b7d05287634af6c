"""fetch and status as a person uses them: beside a running daemon and without one, on a terminal and in a pipe."""
import http.client
import http.server
import json
import re
import signal
import socket
import subprocess
import threading
import time
import unittest

import jsonschema
from harness import DEADLINE, free_port, wait_until
from it_reports import DAY, Passona, Reports, Samba, passona, samba
from terminal import on_terminal

TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
COUNT = {"type": "integer", "minimum": 0}
TEXT = {"type": "string", "minLength": 1}


def closed(required, optional=None):
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})},
            "additionalProperties": False}


VALUES = {"type": "object", "additionalProperties": {"type": "string"}}
JOB = closed({"state": TEXT, "stale": {"type": "boolean"}},
             {"by": {"enum": ["mailbox", "poll", "handoff"]}, "since": TIME, "ordered": TIME, "until": TIME,
              "file_bytes": COUNT, "file_size": COUNT, "text": TEXT})
REPORT = closed({"report": TEXT, "values": VALUES, "state": {"enum": ["waiting", "running", "failed", "refused", "paused"]},
                 "pages": COUNT, "rows": COUNT},
                {"last_begin": TIME, "last_done": TIME, "next": TIME, "watermark": TIME, "trouble": TEXT,
                 "job": JOB})
MAILBOX = closed({"url": TEXT, "username": {"type": "string", "pattern": r"^.\*\*\*$"},
                  "state": {"enum": ["idle", "waiting", "looking", "down"]}, "jobs": COUNT},
                 {"since": TIME, "last_look": TIME, "cause": TEXT, "text": TEXT})
STATUS = closed({
    "instance": TEXT, "version": TEXT, "since": TIME, "state": {"enum": ["ready", "degraded", "stopping"]},
    "journal": closed({"entries": COUNT, "bytes": COUNT, "is_full": {"type": "boolean"}},
                      {"oldest_seconds": COUNT, "failure": TEXT}),
    "broker": closed({"connected": {"type": "boolean"}, "inflight": COUNT, "refused_lanes": COUNT}, {"trouble": TEXT}),
    "accounts": {"type": "array", "items": closed(
        {"account": TEXT, "vendor": TEXT, "reports": {"type": "array", "items": REPORT}},
        {"circuit": {"enum": ["closed", "open", "trial"]}, "open_seconds": COUNT, "wait_seconds": COUNT, "auth": TEXT,
         "waiting": COUNT, "active": COUNT, "trouble": TEXT})},
    "mailboxes": {"type": "array", "items": MAILBOX}})
PROGRESS = closed({"values": VALUES, "pages": COUNT, "rows": COUNT, "bytes": COUNT},
                  {"skipped_pages": COUNT, "page": COUNT, "last_page": COUNT, "window": closed({"from": TIME, "to": TIME}),
                   "begin": TIME, "until": TIME, "paused": {"const": True}, "job": JOB})
RUN = closed({"values": VALUES, "pages": COUNT, "rows": COUNT, "bytes": COUNT,
              "end": {"enum": ["done", "refused", "failed", "later", "unauthorized", "canceled"]}},
             {"skipped_pages": COUNT, "retry_seconds": COUNT, "text": TEXT, "job": JOB})
LINE = {"oneOf": [closed({"progress": PROGRESS}), closed({"run": RUN}), closed({"bad": closed({"text": TEXT})}),
                  closed({"done": closed({"err": {"enum": ["ok", "noent", "auth", "again", "io", "canceled", "nomem"]}},
                                         {"text": TEXT})}),
                  closed({"event": closed({"topic": TEXT, "retain": {"const": False}, "event": {"type": "object"}})})]}


class Result:
    def __init__(self, code, out, err):
        self.code, self.out = code, out
        self.err = "".join(line for line in err.splitlines(True) if "warning:" not in line)


class Fetch(Reports):
    def prepare(self, accounts, start=False, broker=True):
        """Broker, subscriber and a daemon's configuration; with `start` the daemon too."""
        self.start_broker()
        self.start_subscriber()
        if not broker:
            self.broker.stop()
        return self.start_daemon(accounts=accounts, start=start)

    def popen(self, *args, **more):
        process = subprocess.Popen([self.daemon.program, args[0], "-c", self.daemon.conf, *args[1:]],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def run_it(self, *args):
        process = self.popen(*args)
        out, err = process.communicate(timeout=120)
        result = Result(process.returncode, out.decode(), err.decode())
        self.assertNotIn("Sanitizer", result.err)
        self.assertNotIn("runtime error", result.err)
        return result

    def fetch(self, *args):
        return self.run_it("fetch", *args)

    def status(self):
        result = self.run_it("status", "--json")
        self.assertEqual((result.code, result.err), (0, ""))
        document = json.loads(result.out)
        jsonschema.validate(document, STATUS)
        return document

    def report(self, index=0):
        return self.status()["accounts"][0]["reports"][index]

    def wait_done(self):
        """Until the daemon has read its reports once."""
        return wait_until(lambda: self.report().get("last_done"), what="the first run")

    def assert_complaint(self, result, code, *parts):
        self.assertEqual(result.code, code, result.err)
        self.assertEqual(result.out, "")
        self.assertEqual(len(result.err.splitlines()), 1, result.err)
        for part in parts:
            self.assertIn(part, result.err)

    def passona(self, rows=12, page_size=5, **more):
        sim = self.sim(Passona, page_size=page_size)
        self.campaign = sim.campaign()
        for n in range(rows):
            sim.message(self.campaign, n, "Success")
        return sim

    def seen_ids(self):
        return self.subscriber.ids()

    def both_ways(self, accounts):
        """The same without a daemon and beside one."""
        for name in ("alone", "daemon"):
            with self.subTest(name):
                self.setUp()                             # a folder of its own
                self.prepare(accounts, start=name == "daemon")
                yield name
                self.daemon.stop()
                self.broker.stop()


class FetchWorks(Fetch):
    def test_alone(self):
        sim = self.passona()
        self.prepare(passona(sim, "alt_delivery clicks", "1h"))
        result = self.fetch("passona", "alt_delivery")
        self.assertEqual((result.code, result.err), (0, ""))
        self.assertRegex(result.out, r"^passona alt_delivery: 3 pages, 12 rows in \d+ s\n$")
        self.assertEqual(len(self.subscriber.wait_events(12)), 12)
        self.assertEqual(sim.asked(path="clicks"), [])         # only this report
        states = [json.loads(m.payload)["state"] for m in self.subscriber.all("_state/gw1")]
        wait_until(lambda: states[-1:] == ["stopped"] or states.extend(
            json.loads(m.payload)["state"] for m in self.subscriber.all("_state/gw1")), what="stopped")
        self.daemon.start()                                     # nothing waits, nothing is published twice
        self.wait_done()
        self.daemon.wait_empty()
        self.assertEqual(len(self.subscriber.events()), 12)

    def test_beside_a_daemon(self):
        sim = self.passona(3)
        self.prepare(passona(sim, "alt_delivery", "1h"), start=True)
        self.wait_done()
        for n in range(3, 40):
            sim.message(self.campaign, n, "Success")
        result = self.fetch("passona", "alt_delivery")
        self.assertEqual((result.code, result.err), (0, ""))
        self.assertRegex(result.out, r"^passona alt_delivery: 8 pages, 40 rows in \d+ s\n$")
        wait_until(lambda: len(self.seen_ids()) == 40, what="40 events")
        self.assertEqual(self.report()["rows"], 40)

    def test_values(self):
        sim = self.passona(4)
        other = sim.campaign("Other")
        for n in range(7):
            sim.message(other, n, "Failed")
        for _ in self.both_ways(passona(sim, "alt_delivery", "1h")):
            sim.log.clear()
            result = self.fetch("passona", "alt_delivery", "--set", f"campaign={other}")
            self.assertEqual((result.code, result.err), (0, ""))
            self.assertIn("2 pages, 7 rows", result.out)
            result = self.fetch("passona", "alt_delivery")
            self.assertIn("3 pages, 11 rows", result.out)
            self.assertIn("2 runs", result.out)

    def test_dry_run_is_what_a_subscriber_gets_and_changes_nothing(self):
        sim = self.passona()
        for way in self.both_ways(passona(sim, "alt_delivery", "1h")):
            if way == "daemon":
                self.wait_done()
                self.daemon.wait_empty()
                sim.message(self.campaign, 100, "Failed")
            before = len(self.subscriber.events())
            status = self.report() if way == "daemon" else None
            result = self.fetch("passona", "alt_delivery", "--dry-run")
            self.assertEqual(result.code, 0, result.err)
            self.assertRegex(result.err, r"^passona alt_delivery: \d+ pages, (\d+) rows in \d+ s; \1 events, nothing was stored\n$")
            lines = [json.loads(line) for line in result.out.splitlines()]
            for line in lines:
                jsonschema.validate({"event": line}, LINE)
            if way == "daemon":
                after = self.report()
                for key in ("last_begin", "last_done", "watermark"):
                    self.assertEqual(after.get(key), status.get(key))
                self.assertEqual(self.status()["journal"]["entries"], 0)
            self.assertEqual(len(self.subscriber.events()), before)
            self.assertEqual(self.fetch("passona", "alt_delivery").code, 0)
            wait_until(lambda: len(self.seen_ids()) == len(lines), what="the events")
            self.assertEqual(self.comparable((line["topic"], line["event"]) for line in lines),
                             self.comparable(("campaigns/v1/" + t, e) for t, e in self.subscriber.events()))

    @staticmethod
    def comparable(events):
        found = {}
        for topic, event in events:
            event = json.loads(json.dumps(event))
            event["data"].pop("ingest")
            event["data"]["times"].pop("received")
            found[event["id"]] = (topic, event)
        return found

    def test_a_stretch_of_time_does_not_move_the_watermark(self):
        sim = self.sim(Samba)
        now = time.time()
        for n in range(5):
            sim.event(f"C-{n}", at_ms=(now - 600 - n) * 1000)
        self.prepare(samba(sim, every="1h", start="1d"), start=True)
        self.wait_done()
        wait_until(lambda: len(self.seen_ids()) == 5, what="what is due")
        watermark = self.report()["watermark"]
        for n in range(7):
            sim.event(f"old-{n}", at_ms=(now - 10 * DAY - n * 3600) * 1000)
        sim.event("older", at_ms=(now - 30 * DAY) * 1000)

        def text(days):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - days * DAY))
        result = self.fetch("samba", "sms-events", "--from", text(12), "--to", text(9))
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("7 rows", result.out)
        wait_until(lambda: len(self.seen_ids()) == 12, what="the old ones")
        self.assertEqual(self.report()["watermark"], watermark)
        bodies = [r.json() for r in sim.asked()[1:]]
        self.assertTrue(all(abs(b["from"] / 1000 - now) < 12.1 * DAY and b["to"] / 1000 <= now - 8.9 * DAY for b in bodies), bodies)
        self.daemon.stop()
        date = time.strftime("%Y-%m-%d", time.gmtime(now - 31 * DAY))
        result = self.fetch("samba", "sms-events", "--from", date, "--to", text(29))      # a date, and without a daemon
        self.assertIn("1 row ", result.out, result.err)
        wait_until(lambda: len(self.seen_ids()) == 13, what="the oldest one")
        self.daemon.start()
        self.assertEqual(self.report()["watermark"], watermark)


class FetchRefuses(Fetch):
    def test_usage(self):
        sim = self.passona(1)
        self.prepare(passona(sim, "alt_delivery", "1h"))
        for args, part in ((("passona",), "usage"), (("a", "b", "c"), "usage"),
                           (("passona", "alt_delivery", "--set", "x"), "NAME=VALUE"),
                           (("passona", "alt_delivery", "--from", "soon"), "time"),
                           (("passona", "alt_delivery", "--to", "2024-02-30"), "time"),
                           (("passona", "alt_delivery", "--from", "2024-02-03", "--to", "2024-02-02"), "before")):
            self.assert_complaint(self.fetch(*args), 64, part)
        self.assertEqual(self.fetch("passona", "alt_delivery", "--nonsense").code, 64)
        self.assertEqual(sim.log, [])

    def test_what_is_not_there_is_told_with_what_is(self):
        sim = self.passona(1)
        for _ in self.both_ways(passona(sim, "alt_delivery sent", "1h")):
            self.assert_complaint(self.fetch("nobody", "alt_delivery"), 78, '"nobody"', "passona")
            self.assert_complaint(self.fetch("passona", "clicks"), 78, '"clicks"', "alt_delivery", "sent")
            self.assert_complaint(self.fetch("passona", "sent", "--set", "campain=1"), 78, '"campain"')

    def test_values_that_the_vendor_refuses(self):
        sim = self.passona(1)
        for _ in self.both_ways(passona(sim, "alt_delivery", "1h")):
            self.assert_complaint(self.fetch("passona", "alt_delivery", "--set", "campaign=nope"), 65, "campaign=nope", "refuses",
                                  "404")
            result = self.fetch("passona", "alt_delivery", "--set", "campaign=nope", "--set", f"campaign={self.campaign}")
            self.assert_complaint(result, 65, "1 of 2 runs")

    def test_a_wrong_token(self):
        sim = self.passona(1)
        for _ in self.both_ways(passona(sim, "alt_delivery", "1h").replace(sim.token, "wrong-token")):
            result = self.fetch("passona", "alt_delivery", "--set", f"campaign={self.campaign}")
            self.assert_complaint(result, 77, "401")
            self.assertNotIn("wrong-token", result.err)

    def test_a_vendor_that_is_away(self):
        sim = self.passona(1)
        accounts = passona(sim, "alt_delivery", "1h")
        sim.stop()
        self.doCleanups_of(sim)
        for _ in self.both_ways(accounts):
            result = self.fetch("passona", "alt_delivery", "--set", f"campaign={self.campaign}")
            self.assert_complaint(result, 69, "passona alt_delivery")

    def doCleanups_of(self, sim):
        sim.stop = lambda: None


class FetchInterrupted(Fetch):
    def slow(self, sim, pause_s=0.2):
        sim.trouble("slow", None, lambda r: "reporting" in r.path, pause_s=pause_s)

    def wait_pages(self, sim, count):
        wait_until(lambda: len(sim.asked(path="reporting")) >= count, what=f"{count} pages")

    def test_no_broker(self):
        sim = self.passona(23)
        self.prepare(passona(sim, "alt_delivery", "1h"), broker=False)
        result = self.fetch("passona", "alt_delivery")
        self.assertEqual(result.code, 0, result.err)
        self.assertIn("5 pages, 23 rows", result.out)
        self.assertRegex(result.err, r"^campaign2mqtt: note: 5 payloads wait in the journal \(the broker is away: .+\); "
                                     r"the daemon or the next fetch publishes them\n$")
        self.broker.start()
        self.assertEqual(self.fetch("passona", "alt_delivery").code, 0)
        wait_until(lambda: len(self.seen_ids()) == 23, what="all events")
        self.daemon.start()
        self.assertEqual(self.status()["journal"]["entries"], 0)

    def test_killed_and_stopped_in_order(self):
        for signo in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
            with self.subTest(signo):
                sim = self.passona(40)
                self.slow(sim)
                self.prepare(passona(sim, "alt_delivery", "1h"))
                process = self.popen("fetch", "passona", "alt_delivery")
                self.wait_pages(sim, 4)
                process.send_signal(signo)
                out, err = process.communicate(timeout=30)
                if signo != signal.SIGKILL:
                    self.assert_complaint(Result(process.returncode, out.decode(), err.decode()), 69, "stopped")
                    self.assertGreater(len(self.seen_ids()), 0)      # what it had is published
                sim.well()
                asked = len(sim.asked(path="reporting"))
                self.assertEqual(self.fetch("passona", "alt_delivery").code, 0)
                wait_until(lambda: len(self.seen_ids()) == 40, what="all events")
                self.assertGreater(int(sim.asked(path="reporting")[asked].query["page"]), 1)    # it went on
                self.assertRegex(str(self.daemon.log()), "^$")
                self.broker.stop()

    def test_the_daemon_goes_on_when_the_client_goes_away(self):
        sim = self.passona(40)
        self.prepare(passona(sim, "alt_delivery", "1h"), start=True)
        self.wait_done()
        wait_until(lambda: len(self.seen_ids()) == 40, what="the first run")
        for n in range(40, 60):
            sim.message(self.campaign, n, "Success")
        self.slow(sim)
        asked = len(sim.asked(path="reporting"))
        process = self.popen("fetch", "passona", "alt_delivery")
        self.wait_pages(sim, asked + 2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        self.assert_complaint(Result(process.returncode, out.decode(), err.decode()), 69, "the daemon goes on")
        wait_until(lambda: len(self.seen_ids()) == 60, what="the rest")
        process = self.popen("fetch", "passona", "alt_delivery", "--dry-run")
        asked = len(sim.asked(path="reporting"))
        self.wait_pages(sim, asked + 2)
        process.kill()
        wait_until(lambda: self.status()["accounts"][0]["active"] == 0, 10, "the end of the dry run")
        self.assertLess(len(sim.asked(path="reporting")) - asked, 10)

    def test_a_daemon_that_is_killed_or_stopped(self):
        for signo in (signal.SIGKILL, signal.SIGTERM):
            with self.subTest(signo):
                sim = self.passona(40)
                self.slow(sim)
                self.prepare(passona(sim, "alt_delivery", "1h"), start=True)
                process = self.popen("fetch", "passona", "alt_delivery")
                self.wait_pages(sim, 3)
                self.daemon.stop(signo, None)
                out, err = process.communicate(timeout=30)
                self.assert_complaint(Result(process.returncode, out.decode(), err.decode()), 69, "stopped")
                sim.well()
                self.assertEqual(self.fetch("passona", "alt_delivery").code, 0)      # alone now
                wait_until(lambda: len(self.seen_ids()) == 40, what="all events")
                self.broker.stop()

    def test_a_large_dry_run_waits_for_its_reader(self):
        sim, count = self.sim(Samba), 48000     # more than a daemon keeps for one client
        now = time.time() * 1000
        for n in range(count):
            sim.event(f"C-{n}", at_ms=now - 5 * DAY * 1000 - n * 1000)
        self.prepare(samba(sim, every="1h", start="1d"), start=True)
        self.wait_done()
        process = self.popen("fetch", "samba", "sms-events", "--from", time.strftime("%Y-%m-%d", time.gmtime(time.time() - 8 * DAY)),
                             "--dry-run")
        wait_until(lambda: self.status()["accounts"][0]["active"], what="the dry run")
        wait_until(lambda: self.daemon.admin("/healthz")[0] == 200, what="a daemon that is not held up")
        self.assertIsNone(process.poll())
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(len({json.loads(line)["event"]["id"] for line in out.splitlines()}), count)

    def test_a_full_journal_and_no_broker(self):
        sim = self.passona(60)
        self.prepare(passona(sim, "alt_delivery", "1h"), broker=False)
        with open(self.daemon.conf, encoding="utf-8") as f:
            text = f.read()
        with open(self.daemon.conf, "w", encoding="utf-8") as f:
            f.write(text.replace("path: data/c.db", "path: data/c.db, max_bytes: 4KiB"))
        result = self.fetch("passona", "alt_delivery")
        self.assertEqual(result.code, 69)
        self.assertIn("the journal is full (store.max_bytes)", result.err)
        self.assertRegex(result.err, r"note: \d+ payloads wait")
        self.broker.start()
        self.assertEqual(self.fetch("passona", "alt_delivery").code, 0)
        wait_until(lambda: len(self.seen_ids()) == 60, what="all events")

    def test_a_reader_that_has_enough(self):
        sim = self.passona(200)
        for way in self.both_ways(passona(sim, "alt_delivery", "1h")):
            process = self.popen("fetch", "passona", "alt_delivery", "--dry-run")
            self.assertTrue(json.loads(process.stdout.readline()))
            process.stdout.close()
            self.assertNotEqual(process.wait(30), 0)
            if way == "daemon":
                wait_until(lambda: self.status()["accounts"][0]["active"] == 0, 10, "the end of the dry run")

    def test_a_second_signal_ends_a_daemon_with_runs_under_way(self):
        sim = self.passona(40)
        self.slow(sim, 3)
        hook = "  - {name: shop, vendor: generic, webhooks: [{webhook: json, auth: none}]}\n"
        self.prepare(passona(sim, "alt_delivery", "1h") + hook, start=True)
        self.wait_pages(sim, 1)
        half = socket.create_connection(("127.0.0.1", self.daemon.port))      # the stop waits for its other half
        self.addCleanup(half.close)
        half.sendall(b"POST /hooks/shop/json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
        wait_until(lambda: self.daemon.metric("http_connections") == 1, what="the connection")
        self.daemon.process.send_signal(signal.SIGTERM)
        wait_until(lambda: self.daemon.log_contains("ev=app.stopping open_requests=1"), what="the stop")
        self.daemon.process.send_signal(signal.SIGINT)
        self.assertEqual(self.daemon.process.wait(20), 0, self.daemon.log()[-3000:])


class FetchLooks(Fetch):
    def on_terminal(self, *args):
        """(code, what the terminal got) of a command on a pseudo terminal."""
        return on_terminal([self.daemon.program, args[0], "-c", self.daemon.conf, *args[1:]])

    def test_progress_on_a_terminal_and_none_in_a_pipe(self):
        sim = self.passona(60)
        sim.trouble("slow", None, lambda r: "reporting" in r.path, pause_s=0.15)
        for _ in self.both_ways(passona(sim, "alt_delivery", "1h")):
            code, text = self.on_terminal("fetch", "passona", "alt_delivery")
            self.assertEqual(code, 0, text)
            drawn = re.findall(r"\r(\d+) pages?, (\d+) rows[^\r\n]*\x1b\[K", text)
            self.assertGreater(len(drawn), 3, text)
            self.assertEqual(sorted(drawn, key=lambda d: int(d[0])), drawn)
            self.assertRegex(text, r"page \d+ of 12, about \d+ s left")
            self.assertRegex(text, r"\d+ rows/s")
            last = text.split("\x1b[K")[-1]
            self.assertRegex(last, r"^passona alt_delivery: 12 pages, 60 rows in \d+ s\n$")
            longest = max(len(part) for part in re.split(r"\r|\x1b\[K", text) if "page" in part and "warning" not in part)
            self.assertLess(longest, 80)
            result = self.fetch("passona", "alt_delivery")
            self.assertEqual(result.err, "")
            self.assertNotIn("\r", result.out)

    def test_status_table(self):
        sim = self.passona(7)
        hook = """  - {name: shop, vendor: generic, webhooks: [{webhook: json, auth: none}]}\n"""
        self.prepare(passona(sim, "alt_delivery", "1h") + hook, start=True)
        self.wait_done()
        self.daemon.wait_empty()
        result = self.run_it("status")
        self.assertEqual((result.code, result.err), (0, ""))
        lines = result.out.splitlines()
        self.assertRegex(lines[0], r"^daemon +gw1, version \d+\.\d+\.\d+, ready, started \d+ s ago$")
        self.assertEqual(lines[1], "journal   empty")
        self.assertRegex(lines[2], r"^broker +connected, \d+ on their way$")
        rows = {tuple(line.split()[:2]): line for line in lines[3:] if line}
        self.assertRegex(rows["passona", "passona"], r"closed +ok +0\+0")
        self.assertIn(("shop", "generic"), rows)
        report = rows["passona", "alt_delivery"]
        self.assertRegex(report, rf"campaign={self.campaign} +waiting +\d+ s ago +in (\d+ min|\d+ s|1 h) +7 ")
        head = [line for line in lines if line.startswith("ACCOUNT  REPORT")][0]
        self.assertEqual(head.index("STATE"), report.index("waiting"))
        self.assertNotIn("\x1b", result.out)
        self.assertEqual({a["account"] for a in self.status()["accounts"]}, {"passona", "shop"})
        sim.trouble("status", None, status=500)
        self.fetch("passona", "alt_delivery")
        code, text = self.on_terminal("status")
        self.assertEqual(code, 0)
        self.assertIn("\x1b[31m", text)                  # what failed is red
        self.assertIn("500", text)
        self.broker.kill()
        wait_until(lambda: not self.status()["broker"]["connected"], what="no broker")
        self.assertRegex(self.run_it("status").out, r"broker +NOT CONNECTED: .+")

    def test_no_daemon_or_another_one(self):
        sim = self.passona(1)
        self.prepare(passona(sim, "alt_delivery", "1h"))
        self.assert_complaint(self.run_it("status"), 69, "no daemon", "admin.address")
        self.assert_complaint(self.run_it("status", "--json"), 69, "no daemon")
        self.assert_complaint(self.run_it("status", "more"), 64, "usage")
        with open(self.daemon.conf, encoding="utf-8") as f:
            mine = f.read()
        with open(self.daemon.conf, "w", encoding="utf-8") as f:
            f.write(mine.replace("instance: gw1", "instance: gw2").replace("data/c.db", "data/other.db"))
        self.daemon.start()
        with open(self.daemon.conf, "w", encoding="utf-8") as f:
            f.write(mine)
        self.assert_complaint(self.fetch("passona", "alt_delivery"), 69, '"gw2"', '"gw1"')
        with open(self.daemon.conf, "w", encoding="utf-8") as f:      # the daemon's store, but not its address
            f.write(mine.replace("data/c.db", "data/other.db").replace(f":{self.daemon.admin_port}", f":{free_port()}"))
        self.assert_complaint(self.fetch("passona", "alt_delivery"), 69)
        self.daemon.stop()

    def test_another_program_on_the_address(self):
        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"<html>welcome</html>")

            def log_message(self, *args):
                pass
        sim = self.passona(1)
        self.prepare(passona(sim, "alt_delivery", "1h"))
        server = http.server.HTTPServer(("127.0.0.1", self.daemon.admin_port), Page)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.assert_complaint(self.run_it("status"), 69, "not this program")
        self.assert_complaint(self.fetch("passona", "alt_delivery"), 69, "another program")


class Api(Fetch):
    def ask(self, method, path, headers=None, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.daemon.admin_port, timeout=DEADLINE)
        try:
            c.request(method, path, body, {"X-Campaign2mqtt": "1"} if headers is None else headers)
            r = c.getresponse()
            return r.status, r.read().decode()
        finally:
            c.close()

    def test_answers(self):
        sim = self.passona(12)
        self.prepare(passona(sim, "alt_delivery", "1h"), start=True)
        jsonschema.validate(json.loads(self.ask("GET", "/api/v1/status")[1]), STATUS)
        self.assertEqual(self.ask("GET", "/api/v1/status", {})[0], 403)
        self.assertEqual(self.ask("POST", "/api/v1/fetch?account=passona&report=alt_delivery", {})[0], 403)
        self.assertEqual(self.ask("GET", "/api/v1/fetch")[0], 405)
        self.assertEqual(self.ask("POST", "/api/v1/status")[0], 405)
        self.assertEqual(self.ask("GET", "/api/v1/")[0], 404)
        for query in ("", "account=passona", "account=passona&report=alt_delivery&set=x", "account=a&report=b&from=x",
                      "account=a&report=b&x=y"):
            code, text = self.ask("POST", "/api/v1/fetch?" + query)
            self.assertEqual(code, 400, query)
            self.assertTrue(json.loads(text)["error"])
        code, text = self.ask("POST", f"/api/v1/fetch?account=passona&report=alt_delivery&set=campaign%3D{self.campaign}&dry=1")
        self.assertEqual(code, 200)
        lines = [json.loads(line) for line in text.splitlines()]
        for line in lines:
            jsonschema.validate(line, LINE)
        self.assertEqual(len([line for line in lines if "event" in line]), 12)
        self.assertEqual(lines[-1], {"done": {"err": "ok"}})
        self.assertEqual(lines[-2]["run"]["end"], "done")
        code, text = self.ask("POST", "/api/v1/fetch?account=x&report=y")
        self.assertEqual(json.loads(text)["done"]["err"], "noent")

    def test_many_at_once_have_a_limit_and_leave_nothing_behind(self):
        sim = self.passona(12)
        self.prepare(passona(sim, "alt_delivery", "1h"), start=True)
        self.wait_done()
        sim.trouble("slow", None, pause_s=0.1)           # the same values run one after the other
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.ask("POST", "/api/v1/fetch?account=passona&report=alt_delivery&dry=1")[0]))
                   for _ in range(100)]
        for t in threads:
            t.start()
        self.assertEqual(self.ask("GET", "/api/v1/status")[0], 200)
        for t in threads:
            t.join(120)
        self.assertEqual(len(answers), 100)
        self.assertLessEqual(set(answers), {200, 503})
        self.assertIn(200, answers)
        self.daemon.stop()


if __name__ == "__main__":
    unittest.main()
