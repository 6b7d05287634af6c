"""import: reports that a person downloaded, beside a running daemon and without one."""
import csv
import gzip
import http.client
import io
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import unittest
import urllib.parse
import zipfile

from harness import wait_until
from it_fetch import Fetch
from it_reports import Passona, Samba, passona, samba

CAMPAIGN = "48a4c0ab-69f6-11ef-9a0b-0242ac120008"
REPORTS = ("clicks", "delivery", "alt_delivery", "recipient", "sent", "unsent")
PASSONA = "\n  - {vendor: passona}\n"
HEADER = "SMS_ID,Sender,Recipient,Message_Copy,Status,Expiry_Date\n"
VM_MAX = 400 * 1024 * 1024                               # with sanitizers


def as_csv(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def delivery(count, first=0):
    return HEADER + "".join(f'm-{n:08d},EX,4477{n:08d},"Hi, ""you"",\nsecond line {n}",Success,2027-01-01T10:00:00+0000\n'
                            for n in range(first, first + count))


def high_water(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1)) * 1024


class Import(Fetch):
    def file(self, text, name="file.csv"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def imports(self, report, path, *args, account="passona", campaign=CAMPAIGN):
        sets = ["--set", f"campaign={campaign}"] if campaign else []
        return self.run_it("import", account, report, *sets, *args, path)

    def assert_imported(self, result, report, rows, account="passona"):
        self.assertEqual((result.code, result.err), (0, ""))
        self.assertRegex(result.out, rf"^{account} {report}: {rows} rows?, \d+ bytes in \d+ s\n$")

    @staticmethod
    def said(err):
        """What it says on stderr, but for what the configuration is warned of."""
        return [line for line in err.decode().splitlines() if "warning:" not in line]

    def settle(self, way):
        if way == "daemon":
            self.daemon.wait_empty()


class ImportWorks(Import):
    def simulated(self):
        sim = self.sim(Passona, page_size=5)
        campaign = sim.campaign(ident=CAMPAIGN)
        at = 1790000000
        for n in range(12):
            sim.message(campaign, n, "Failed" if n % 3 == 0 else "Success", at=at + n)
            sim.click(campaign, n % 4, at=at + n // 8)
            sim.recipient(campaign, n)
            sim.unsent(campaign, n)
        sim.click(campaign, 99, at=at)
        sim.click(campaign, 99, at=at)                       # twice the same is two clicks
        sim.sent(campaign, 12, at=at)
        return sim

    def test_six_reports_as_csv_are_the_facts_of_the_json(self):
        sim = self.simulated()
        rows = sim.campaigns[CAMPAIGN]["rows"]
        for way in self.both_ways(PASSONA):
            for report in REPORTS:
                before = len(self.subscriber.events())
                page = self.file(json.dumps({"data": rows[report]}), "page.json")
                self.assert_imported(self.imports(report, page), report, len(rows[report]))
                self.settle(way)
                wait_until(lambda b=before: len(self.subscriber.events()) > b or report == "alt_delivery", what=report)
            wait_until(lambda: len(self.seen_ids()) == 12 + 14 + 12 + 1 + 12, what="the facts of JSON")
            events = {e["id"]: e for _t, e in self.subscriber.events()}
            self.assertEqual({e["data"]["ingest"]["via"] for e in events.values()}, {"import"})
            for report in REPORTS:
                path = self.file(as_csv(rows[report]), report + ".csv")
                self.assert_imported(self.imports(report + "-csv", path), report + "-csv", len(rows[report]))
            self.settle(way)
            self.assertEqual(len(self.subscriber.events()), len(events))

    def test_csv_then_the_vendor_s_own_json(self):
        sim = self.simulated()
        rows = sim.campaigns[CAMPAIGN]["rows"]
        self.prepare(passona(sim, "delivery sent recipient", "1h"))
        for report in ("delivery", "sent", "recipient"):
            self.assert_imported(self.imports(report + "-csv", self.file(as_csv(rows[report]))), report + "-csv", len(rows[report]))
        wait_until(lambda: len(self.seen_ids()) == 25, what="25 events")
        for report in ("delivery", "sent", "recipient"):
            self.assertEqual(self.fetch("passona", report).code, 0)
        self.assertEqual(len(self.subscriber.events()), 25)

    def test_twice_the_same_file_is_published_once(self):
        for way in self.both_ways(PASSONA):
            path = self.file(delivery(3000))
            for _ in range(2):
                self.assert_imported(self.imports("delivery-csv", path), "delivery-csv", 3000)
                self.settle(way)
            wait_until(lambda: len(self.seen_ids()) == 3000, what="3000 events")
            self.assertEqual(len(self.subscriber.events()), 3000)

    def test_identical_clicks_far_apart_are_different_facts(self):
        row = "44770090000{:02d},Sale,https://a.example/,2024-09-03 09:02:09,{},WebKit,13,1\n"
        head = "Phone_Number,Link_Name,Link_Destination,Clicked_At,User_Agent,Device_Type,OS_Version,Browser_Version\n"
        text = head + row.format(1, "x") + "".join(row.format(2, f"Agent {n} " + "y" * 100) for n in range(3000)) + row.format(1, "x")
        for way in self.both_ways(PASSONA):
            for _ in range(2):
                self.assert_imported(self.imports("clicks-csv", self.file(text)), "clicks-csv", 3002)
            self.settle(way)
            wait_until(lambda: len(self.seen_ids()) == 3002, what="3002 clicks")
            self.assertEqual(len(self.subscriber.events()), 3002)

    def test_auto_is_told_by_the_header(self):
        for way in self.both_ways(PASSONA):
            result = self.imports("auto", self.file(delivery(3)))
            self.assertEqual(result.code, 0, result.err)
            self.assertRegex(result.err, r"^campaign2mqtt: note: \S+ is a delivery-csv\n$")
            self.assertRegex(result.out, r"^passona delivery-csv: 3 rows, ")
            self.settle(way)
            wait_until(lambda: len(self.seen_ids()) == 3, what="3 events")

    def test_a_stream(self):
        sim = self.sim(Samba)
        for n in range(3000):
            sim.event(f"C-{n}", at_ms=1790000000000 + n)
        self.prepare(samba(sim, "1h"))
        stream = "".join("\x1e" + json.dumps(record) + "\n" for _since, record in sim.events)
        self.assert_imported(self.imports("sms-events", self.file(stream, "s.json"), account="samba", campaign=None),
                             "sms-events", 3000, account="samba")
        wait_until(lambda: len(self.seen_ids()) == 3000, what="the events")

    def test_other_encodings_and_delimiters(self):
        self.prepare(PASSONA)
        rows = list(csv.reader(io.StringIO(delivery(4))))
        ids = None
        for delimiter in ",;\t|":
            out = io.StringIO()
            csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
                for first in ("", f"sep={delimiter}\r\n"):
                    path = self.file((first + out.getvalue()).encode(encoding))
                    self.assert_imported(self.imports("delivery-csv", path), "delivery-csv", 4)
                    self.assertIn("is a delivery-csv", self.imports("auto", path).err)
                wait_until(lambda: len(self.seen_ids()) >= 4, what="the events")
                ids = ids or self.seen_ids()
        self.assertEqual(self.seen_ids(), ids)

    def test_packed_files(self):
        text = delivery(3000).encode()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr("exports/delivery.csv", text)
        for way in self.both_ways(PASSONA):
            for bytes_ in (gzip.compress(text), packed.getvalue()):   # told by what is in it, not by its name
                path = self.file(bytes_)
                self.assert_imported(self.imports("delivery-csv", path), "delivery-csv", 3000)
                result = self.imports("auto", path)
                self.assertEqual(result.code, 0, result.err)
            self.settle(way)
            wait_until(lambda: len(self.seen_ids()) == 3000, what="3000 events")
            self.assertEqual(len(self.subscriber.events()), 3000)

    def test_standard_input(self):
        text = delivery(3000).encode()
        self.prepare(PASSONA)
        for bytes_ in (text, gzip.compress(text)):
            process = self.popen("import", "passona", "delivery-csv", "--set", f"campaign={CAMPAIGN}", "-", stdin=subprocess.PIPE)
            out, err = process.communicate(bytes_, timeout=60)
            self.assertEqual((process.returncode, self.said(err)), (0, []))
            self.assertIn(b"3000 rows", out)
        wait_until(lambda: len(self.seen_ids()) == 3000, what="3000 events")

    def test_without_a_broker_it_waits_in_the_journal(self):
        self.prepare(PASSONA, broker=False)
        result = self.imports("delivery-csv", self.file(delivery(20)))
        self.assertEqual(result.code, 0, result.err)
        self.assertRegex(result.err, r"^campaign2mqtt: note: 1 payload waits in the journal \(the broker is away: .*\); "
                                     r"the daemon or the next import publishes them\n$")
        self.broker.start()
        self.start_subscriber()
        self.assert_imported(self.imports("delivery-csv", self.file(delivery(20))), "delivery-csv", 20)
        wait_until(lambda: len(self.seen_ids()) == 20, what="20 events")

    def test_a_terminal_shows_how_far_it_is(self):
        for _ in self.both_ways(PASSONA):
            path = self.file(delivery(20000))
            leader, follower = pty.openpty()
            process = subprocess.Popen([self.daemon.program, "import", "-c", self.daemon.conf, "passona", "delivery-csv",
                                        "--set", f"campaign={CAMPAIGN}", path], stdout=follower, stderr=follower)
            self.addCleanup(self.end, process)
            os.close(follower)
            seen = b""
            while True:
                try:
                    seen += os.read(leader, 65536)
                except OSError:
                    break
            os.close(leader)
            self.assertEqual(process.wait(60), 0, seen)
            self.assertRegex(seen.decode(), r"\r[\d.]+ of [\d.]+ MB, \d+ rows, \d+ rows/s")
            self.assertIn("20000 rows", seen.decode().splitlines()[-1])


class ImportRefuses(Import):
    def test_bad_files(self):
        text = HEADER + "a,b,c,d,e,f\n"
        cases = (("missing", None, 74, "there is no such file"), ("empty", "", 65, "is empty"),
                 ("html", "<!DOCTYPE html><html><body>Log in</body></html>", 65, "HTML"),
                 ("json", '{"data": []}', 65, ""), ("other", "Phone_Number,Group_Name,Group_Description,Field_Names,Field_Values\n"
                  "447,a,b,c,d\n", 65, "this is a recipient-csv, not a delivery-csv"),
                 ("strange", "foo,bar\n1,2\n", 65, ""), ("cut.gz", gzip.compress(delivery(9).encode())[:-1], 65, "cut off"),
                 ("half.zip", b"PK\x03\x04 and no more", 65, "damaged or cut off"),
                 ("twice.gz", gzip.compress(gzip.compress(b"x")), 65, "packed twice"))
        for way in self.both_ways(PASSONA):
            for name, content, code, part in cases:
                with self.subTest(f"{way} {name}"):
                    path = self.file(content, name) if content is not None else os.path.join(self.folder, name)
                    self.assert_complaint(self.imports("delivery-csv", path), code, part)
            self.assert_complaint(self.imports("delivery-csv", self.folder), 74, "no file")
            self.assert_complaint(self.imports("delivery", self.file(text)), 65, "file.csv")
            self.assert_complaint(self.imports("delivery", self.file('{"data": [{"SMS_ID": "x"')), 65, "file.csv")
            self.assert_complaint(self.imports("auto", self.file("foo,bar\n1,2\n")), 65, "no report of passona has this header")
            self.assertEqual(self.subscriber.events(), [])

    def test_only_a_header(self):
        for _ in self.both_ways(PASSONA):
            for report in ("delivery-csv", "auto"):
                result = self.imports(report, self.file(HEADER))
                self.assertEqual((result.code, result.out), (0, "passona delivery-csv: 0 rows, nothing to import\n"), result.err)
            result = self.imports("delivery", self.file('{"data": []}'))
            self.assertEqual((result.code, result.out), (0, "passona delivery: 0 rows, nothing to import\n"), result.err)

    def test_cut_off_within_quotes(self):
        for way in self.both_ways(PASSONA):
            result = self.imports("delivery-csv", self.file(delivery(5) + 'm-x,EX,447,"Hi, you'))
            self.assertEqual(result.code, 65, result.err)
            self.assertRegex(result.err, r"^campaign2mqtt: line 12: .*\ncampaign2mqtt: 1 of them cannot be read and became dead letters; ")
            wait_until(lambda: len(self.seen_ids()) == 5, what="5 events")
            self.settle(way)
            if way == "daemon":
                self.assertEqual(self.daemon.metric("dead_letters_total"), 1)

    def test_command_lines(self):
        self.prepare(PASSONA)
        path = self.file(delivery(1))
        self.assert_complaint(self.imports("delivery-csv", path, campaign=None), 64, '"delivery-csv" needs --set campaign=ID')
        self.assert_complaint(self.imports("delivery-csv", path, "--set", "campaing=x"), 64, "campaing", "it has: campaign")
        self.assert_complaint(self.imports("delivery-csv", path, "--set", "campaign=x"), 64, "once")
        self.assert_complaint(self.imports("delivery-csv", path, "--set", "campaign"), 64, "NAME=VALUE")
        self.assert_complaint(self.imports("deliveries", path), 78, "delivery-csv", "has no report \"deliveries\"")
        self.assert_complaint(self.imports("delivery-csv", path, account="nobody"), 78, "there are: passona")
        self.assertEqual(self.run_it("import", "passona").code, 64)

    def test_a_report_from_files_needs_no_line_in_the_configuration(self):
        folder = os.path.join(self.folder, "profiles")
        os.mkdir(folder)
        with open(os.path.join(folder, "acme.yaml"), "w", encoding="ascii") as f:
            f.write("profile: acme\nmaps: {m: {status: {is: sent}, set: {message.id: /SMS_ID}}}\n"
                    "reports: {by-hand: {decode: {as: csv}, map: m}}\n")
        self.start_broker()
        self.start_daemon(accounts="\n  - {vendor: acme, reports: [{report: by-hand}]}\n", extra=f"profiles: [{folder}]", start=False)
        self.assert_complaint(self.imports("by-hand", self.file(delivery(1)), account="acme"), 78, "import ACCOUNT by-hand FILE")


class ImportApi(Import):
    def post(self, body, **query):
        c = http.client.HTTPConnection("127.0.0.1", self.daemon.admin_port, timeout=30)
        try:
            c.request("POST", "/api/v1/import?" + urllib.parse.urlencode(query), body, {"X-Campaign2mqtt": "1"})
            r = c.getresponse()
            return r.status, json.loads(r.read() or b"{}") if r.status != 413 else {}
        finally:
            c.close()

    def test_answers(self):
        self.prepare(PASSONA, start=True)
        right = {"account": "passona", "report": "delivery-csv", "set": f"campaign={CAMPAIGN}"}
        for query, status in (({"report": "x"}, 404), ({"account": "x"}, 404), ({"set": "a=b"}, 422), ({"more": "1"}, 422),
                              ({"vars": "99999"}, 422), ({"vars": "x"}, 422)):
            got, answer = self.post(delivery(1), **{**right, **query})
            self.assertEqual(got, status, (query, answer))
            self.assertTrue(answer["error"])
        self.assertEqual(self.post("<html>", **right)[0], 422)
        self.assertEqual(self.post("", **right)[0], 422)
        self.assertEqual(self.post("x" * (2 * 1024 * 1024 + 1), **right)[0], 413)
        got, answer = self.post(delivery(2), **right)
        self.assertEqual((got, list(answer)), (200, ["entry"]))
        wait_until(lambda: len(self.seen_ids()) == 2, what="2 events")

    def import_into_a_full_journal(self):
        """The command, waiting for a daemon whose journal is full while its broker is away."""
        self.start_broker()
        self.start_subscriber()
        self.start_daemon(accounts=PASSONA, start=False)
        with open(self.daemon.conf, encoding="utf-8") as f:
            conf = f.read().replace("path: data/c.db", "path: data/c.db, max_bytes: 1MiB")
        with open(self.daemon.conf, "w", encoding="utf-8") as f:
            f.write(conf)
        self.broker.stop()
        self.daemon.start()
        process = self.popen("import", "passona", "delivery-csv", "--set", f"campaign={CAMPAIGN}", self.file(delivery(30000)))
        wait_until(lambda: self.daemon.admin("/readyz")[0] == 503, what="a full journal")
        self.assertIsNone(process.poll())
        return process

    def test_a_full_journal_makes_the_command_wait(self):
        process = self.import_into_a_full_journal()
        self.broker.start()
        out, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, self.said(err)), (0, []))
        self.assertIn(b"30000 rows", out)
        wait_until(lambda: len(self.seen_ids()) == 30000, 120, what="30000 events")

    def test_stopped_by_a_signal(self):
        process = self.import_into_a_full_journal()          # so it cannot have ended before the signal comes
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 69, err)
        self.assertIn(b"nothing is doubled", err)


class ImportCounts(Import):
    """Clicks, of which identical ones are counted, beyond the 98,304 different ones that find a place in memory."""
    DIFFERENT = 101000

    def clicks(self):
        row = "4477{:08d},Sale,https://a.example/,2024-09-03 09:02:09,x,WebKit,13,1\n"
        text = "".join(row.format(n) for n in range(self.DIFFERENT))
        first = "".join(row.format(n) for n in range(500))
        last = "".join(row.format(n) for n in range(self.DIFFERENT - 500, self.DIFFERENT))
        return self.file("Phone_Number,Link_Name,Link_Destination,Clicked_At,User_Agent,Device_Type,OS_Version,Browser_Version\n"
                         + text + first + last + last)

    def numbers(self):
        """How many rows of the journal have which number, but for 0."""
        db = sqlite3.connect("file:" + os.path.join(self.folder, "data/c.db") + "?mode=ro", uri=True)
        try:
            found = {}
            for (text,) in db.execute("SELECT vars FROM journal"):
                for number in re.findall(r"[0-9]+:([0-9]+)", urllib.parse.unquote(text or "")):
                    found[number] = found.get(number, 0) + 1
            return found
        finally:
            db.close()

    def test_beyond_what_finds_place_in_memory(self):
        self.prepare(PASSONA, broker=False)
        result = self.imports("clicks-csv", self.clicks())
        self.assertEqual(result.code, 0, result.err)
        self.assertIn(f"{self.DIFFERENT + 1500} rows", result.out)
        self.assertEqual(self.numbers(), {"1": 1000, "2": 500})

    def test_without_a_folder_for_them(self):
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = "/dev/null/x"
        self.addCleanup(lambda: os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before))
        self.prepare(PASSONA, broker=False)
        result = self.imports("clicks-csv", self.clicks())
        self.assertEqual(result.code, 74)
        self.assertIn("the rows that are counted cannot be kept in /dev/null/x: Not a directory; set TMPDIR to a folder with more room",
                      result.err)


class ImportLasts(Import):
    def test_killed_in_the_middle_and_run_again(self):
        for way in self.both_ways(PASSONA):
            path = self.file(delivery(20000))
            for _ in range(2):
                process = self.popen("import", "passona", "delivery-csv", "--set", f"campaign={CAMPAIGN}", path)
                before = len(self.subscriber.events())
                wait_until(lambda p=process, b=before: p.poll() is not None or len(self.subscriber.events()) > b, what="events")
                process.kill()
                process.communicate()
            self.assert_imported(self.imports("delivery-csv", path), "delivery-csv", 20000)
            self.settle(way)
            wait_until(lambda: len(self.seen_ids()) == 20000, 120, what="20000 events")
            if way == "daemon":                              # without one, what was on its way comes again with its id
                self.assertEqual(len(self.subscriber.events()), 20000)

    def test_a_large_file_needs_no_memory(self):
        path = self.file(delivery(40000))
        self.prepare(PASSONA, start=True)
        process = self.popen("import", "passona", "delivery-csv", "--set", f"campaign={CAMPAIGN}", path)
        most = 0
        while process.poll() is None:
            try:
                most = max(most, high_water(process.pid))
            except (FileNotFoundError, AttributeError, ProcessLookupError):
                break
        out, err = process.communicate(timeout=120)
        self.assertEqual((process.returncode, self.said(err)), (0, []))
        self.assertIn(b"40000 rows", out)
        self.assertLess(most, VM_MAX)
        self.daemon.wait_empty(300)
        self.assertLess(high_water(self.daemon.process.pid), 2 * VM_MAX)
        # Counted first: who builds a set of ids a hundred times a second keeps the interpreter from receiving.
        wait_until(lambda: len(self.subscriber.messages) >= 40000, 240, "40000 messages")
        self.assertEqual(self.daemon.metric("events_published_total"), 40000)
        wait_until(lambda: len(self.seen_ids()) == 40000, what="40000 events")


if __name__ == "__main__":
    unittest.main()
