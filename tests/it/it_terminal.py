"""What a person sees on terminals of 40, 80 and 200 columns: everything, in lines that fit; in a pipe one line a row, without escape codes."""
import json
import os
import re
import subprocess
import unittest

from harness import PROGRAM, wait_until
from it_reports import ocamba, samba
from ocamba import Ocamba
from orders import Orders
from samba import Samba
from terminal import on_terminal

SIZES = (40, 80, 200)
REPORTS = ("delivery-csv", "clicks-csv")
RED, PLAIN = "\x1b[31m", "\x1b[0m"


def pipe(*args, **more):
    return subprocess.run([PROGRAM, *args], capture_output=True, timeout=60, text=True, **more)


def uncoloured(text):
    return text.replace(RED, "").replace(PLAIN, "")


def letters(text):
    """What is read, whatever line it stands in."""
    return re.sub(r"\s", "", uncoloured(text))


class Status(Orders):
    """Two campaigns, reports that do not come, a vendor that fails and one that refuses the credentials."""

    def begin(self):
        self.start_vendor(campaigns=2)
        self.vendor.hold = True
        failing, refusing = self.sim(Samba), self.sim(Ocamba)
        failing.trouble("status", None, status=503)
        refusing.trouble("status", None, status=401, body=b'{"message":"Unauthenticated.\\u001b[2J"}')
        accounts = self.account(" ".join(REPORTS), timeout="2s", pages="alt_delivery").rstrip("\n")
        self.start_all(accounts=accounts + samba(failing, "1h") + ocamba(refusing, "1h"))
        wait_until(lambda: len(self.troubles()) >= 2 + 2 * len(self.campaigns), 40, "everything that is wrong")

    def troubles(self):
        reports = [r for a in self.status()["accounts"] for r in a["reports"]]
        return [r for r in reports if r.get("trouble") or r.get("job", {}).get("state") == "stale"]

    def on(self, columns, **more):
        code, text = on_terminal([PROGRAM, "status", "-c", self.daemon.conf], columns, **more)
        self.assertEqual(code, 0, text)
        return text

    def test_all_that_is_wrong(self):
        """One daemon, since it takes a while until all of it is."""
        self.begin()
        self.look_at_status()
        self.look_without_a_width()
        self.look_at_progress()

    def look_at_status(self):
        piped = pipe("status", "-c", self.daemon.conf)
        self.assertEqual((piped.returncode, piped.stderr), (0, ""))
        self.assertNotIn("\x1b", piped.stdout)
        for report in REPORTS:
            for campaign in self.campaigns:                 # of its reports, and of its orders
                rows = [line for line in piped.stdout.splitlines() if line.startswith(f"passona  {report}") and campaign in line]
                self.assertEqual(len(rows), 2, piped.stdout)
        for columns in SIZES:
            with self.subTest(columns=columns):
                text = self.on(columns)
                for line in uncoloured(text).splitlines():
                    self.assertLessEqual(len(line), columns, text)
                self.assertNotIn("\x1b", uncoloured(text))
                for campaign in self.campaigns:             # whole: it can be copied
                    self.assertEqual(text.count(campaign), 2 * len(REPORTS) + 1, text)
                red = [letters(part.split(PLAIN)[0]) for part in text.split(RED)[1:]]
                self.assertEqual(len([r for r in red if r.startswith("samba") and "answered503" in r]), 2, red)
                self.assertEqual(len([r for r in red if "checkthecredentialsinvars" in r]), 2, red)
                for campaign in self.campaigns:
                    for report in REPORTS:
                        self.assertTrue([r for r in red if r.startswith(f"passona{report}") and f"campaign={campaign}" in r and "STALE" in r], red)
        self.assertEqual(len(uncoloured(self.on(200)).splitlines()), len(piped.stdout.splitlines()))

    def look_without_a_width(self):
        for columns, value in ((60, "60"), (40, "7"), (80, None)):
            env = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
            longest = max(len(line) for line in uncoloured(self.on(0, env=env if value is None else {**env, "COLUMNS": value})).splitlines())
            self.assertTrue(columns // 2 < longest <= columns, longest)
        document = json.loads(on_terminal([PROGRAM, "status", "-c", self.daemon.conf, "--json"], 40)[1].replace("\n", ""))
        self.assertEqual({a["account"] for a in document["accounts"]}, {"passona", "samba", "ocamba"})

    def look_at_progress(self):
        for columns in SIZES:
            text = on_terminal([PROGRAM, "fetch", "-c", self.daemon.conf, "passona", "alt_delivery"], columns)[1]
            drawn = [part.split("\x1b[K")[0] for part in text.split("\r")[1:]]
            self.assertTrue(all(len(part) < columns for part in drawn if "\n" not in part), drawn)


class Vendors(unittest.TestCase):
    def test_vendors_fits(self):
        piped = pipe("vendors").stdout
        self.assertIn("  report  clicks-csv       every 1h, for each campaign, ordered: a mail has the link, else clicks\n", piped)
        for columns in SIZES:
            code, text = on_terminal([PROGRAM, "vendors"], columns)
            self.assertEqual(code, 0)
            self.assertLessEqual(max(len(line) for line in text.splitlines()), columns)
            self.assertEqual(letters(text), letters(piped))
        self.assertEqual(text, piped)


if __name__ == "__main__":
    unittest.main()
