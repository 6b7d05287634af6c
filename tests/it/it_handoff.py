"""Reports that are ordered and that a person fetches and imports (`by: handoff`): the daemon waits, and orders once."""
import os
import subprocess
import sys
import unittest

from harness import SOURCE, wait_until
from it_exports import Background

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from exports import COLUMNS  # noqa: E402
from report_files import Shape  # noqa: E402

WORDS = """
        id: /data/id
        ready: {by: handoff}
"""
FALLBACK = "        fallback: pages\n"


class Handoff(Background):
    def start(self, words=WORDS, timeout=", timeout: 60s", **more):
        self.begin(words, timeout=timeout, **more)
        self.campaigns = ["c-1"]

    def job(self, report="exports", campaign=None):
        return self.report_status(report, campaign, "acme").get("job", {})

    def wait_state(self, state, deadline=20):
        wait_until(lambda: self.job().get("state") == state, deadline, f"the order {state}")

    def command(self, *args):
        p = subprocess.run([self.daemon.program, args[0], "-c", self.daemon.conf, *args[1:]], capture_output=True, text=True, timeout=60)
        return p.returncode, p.stdout, p.stderr

    def file(self):
        """What a person fetches at the vendor's."""
        path = os.path.join(self.folder, "fetched.csv")
        with open(path, "wb") as f:
            f.write(Shape().write(COLUMNS, self.vendor.rows["c-1"]))
        return path

    def bring(self):
        code, out, err = self.command("import", "acme", "exports", "--set", "campaign=c-1", self.file())
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"^acme exports: \d+ rows, \d+ bytes in \d+ s\n$")

    def assert_done(self):
        """Each fact once, the order is over, and no other was made."""
        self.wait_truth(self.vendor, "acme")
        wait_until(lambda: self.job() == {}, what="no order")
        self.assertEqual(self.vendor.orders, ["c-1"])
        self.assertEqual(len(self.subscriber.events()), len(self.subscriber.ids()))
        self.assertEqual(self.vendor.files.asked, [])
        self.assertEqual(self.vendor.asked("GET"), [])          # nobody asks how far it is

    def test_ordered_once_and_brought_by_a_person(self):
        self.start()
        self.wait_state("waiting")
        job = self.job()
        self.assertEqual(job["by"], "handoff")
        self.assertIn("until", job)
        self.assertIn("waiting for somebody to import it", self.command("status")[1])
        self.assertEqual(self.subscriber.events(), [])
        self.bring()
        self.assert_done()
        self.assertEqual(self.daemon.metric('report_orders_total{account="acme",report="exports"}'), 1)
        self.assertNotIn("waiting for somebody", self.command("status")[1])
        self.assertEqual(self.complaints(), [])

    def test_it_waits_on_after_restarts(self):
        self.start(timeout=", timeout: 1h")
        self.wait_state("waiting")
        before = self.job()
        for end in (self.daemon.stop, self.daemon.kill):
            end()
            self.daemon.start()
            self.wait_state("waiting")
            self.assertEqual({k: self.job()[k] for k in ("by", "ordered", "until")}, {k: before[k] for k in ("by", "ordered", "until")})
        self.bring()
        self.assert_done()
        self.daemon.stop()
        self.daemon.start()
        wait_until(lambda: self.report_status("exports", None, "acme").get("state"), what="its status")
        self.assertEqual(self.job(), {})
        self.assert_done()
        self.assertEqual(self.complaints(), [])

    def test_brought_a_second_time(self):
        self.start()
        self.wait_state("waiting")
        self.bring()
        self.assert_done()
        self.bring()
        self.daemon.wait_empty()
        self.assert_done()

    def test_stale_when_nobody_comes(self):
        """Told once, and waited on; who comes late is in time."""
        self.start(timeout=", timeout: 2s")
        self.wait_state("stale")
        wait_until(lambda: self.broker_state() == "degraded", what="_state degraded")
        self.assertEqual(self.daemon.metric('report_jobs_stale_total{account="acme",report="exports"}'), 1)
        self.assertEqual(len(self.complaints()), 1, self.complaints())
        self.assertIn("ev=report.stale ", self.complaints()[0])
        self.daemon.stop()
        self.daemon.start()
        self.wait_state("stale")
        self.assertEqual(len(self.complaints()), 1, self.complaints())
        self.assertEqual(self.subscriber.events(), [])
        self.bring()
        self.assert_done()
        wait_until(lambda: self.broker_state() == "ready", what="_state ready")

    def test_stale_with_a_fallback(self):
        """Its pages are read, and what somebody brings afterwards is not published again."""
        self.start(WORDS + FALLBACK, timeout=", timeout: 2s")
        self.wait_truth(self.vendor, "acme")
        self.wait_state("stale")
        self.assertEqual(self.vendor.orders, ["c-1"])
        self.assertTrue(self.vendor.asked("GET", "/v1/pages"))
        count = len(self.subscriber.events())
        self.bring()
        self.daemon.wait_empty()
        self.assertEqual(len(self.subscriber.events()), count)
        self.assertEqual(self.vendor.orders, ["c-1"])


def load_tests(loader, _tests, _pattern):
    """Not those of the file that the case came from."""
    return loader.loadTestsFromTestCase(Handoff)


if __name__ == "__main__":
    unittest.main()
