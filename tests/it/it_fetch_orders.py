"""fetch, and the API, of a report that is ordered: joined, left, and brought by a person."""
import http.client
import json
import signal
import subprocess
import unittest
import urllib.parse

from harness import wait_until
from orders import Orders


class FetchOrders(Orders):
    def begin(self, start):
        self.start_vendor()
        self.vendor.hold = True
        self.start_broker()
        self.start_subscriber()
        self.start_daemon(accounts=self.account("delivery-csv"), start=start)

    def popen(self, *args):
        process = subprocess.Popen([self.daemon.program, "fetch", "-c", self.daemon.conf, "passona", "delivery-csv", *args],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def wait_line(self, process, text):
        lines = []
        for line in process.stderr:
            lines.append(line)
            if text in line:
                return lines
        raise AssertionError(f"no line with {text!r}: {lines}")

    def post(self, path, **query):
        c = http.client.HTTPConnection("127.0.0.1", self.daemon.admin_port, timeout=20)
        self.addCleanup(c.close)
        c.request("POST", f"/api/v1/{path}?{urllib.parse.urlencode(query)}", b"", {"X-Campaign2mqtt": "1"})
        r = c.getresponse()
        return r.status, json.loads(r.read())

    def test_what_was_not_ordered_yet_is_no_news(self):
        self.begin(start=True)
        self.vendor.hold = False
        _out, err = self.popen().communicate(timeout=60)
        self.assertIn("being ordered", err)
        self.assertNotIn("idle", err)

    def one_order(self):
        self.assert_ordered((self.campaigns[0], "delivery"))

    def test_two_join_the_order_of_the_daemon(self):
        self.begin(start=True)
        wait_until(lambda: self.job() == "waiting", what="an order under way")
        both = [self.popen(), self.popen()]
        for process in both:
            self.wait_line(process, "waiting for the mail")
        self.release()
        for process in both:
            out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, err)
            self.assertRegex(out, r"^passona delivery-csv: 8 rows in \d+ s\n$")
        self.wait_facts("delivery")
        self.one_order()

    def test_who_leaves_an_order_leaves_it_to_the_daemon(self):
        self.begin(start=False)
        process = self.popen()
        self.wait_line(process, "waiting for the mail")
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 69, err)
        self.assertIn("what is ordered stays so", err)
        self.daemon.start()
        wait_until(lambda: self.job() == "waiting", 5, "the order adopted at once")
        self.release()
        self.wait_facts("delivery")
        self.one_order()

    def test_the_next_fetch_goes_on_with_it(self):
        self.begin(start=False)
        process = self.popen()
        self.wait_line(process, "waiting for the mail")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.release()                              # the mail comes while nobody waits
        process = self.popen()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("8 rows", out)
        self.one_order()

    def test_values_that_are_not_configured_are_adopted_too(self):
        """A person's order of another campaign outlives the daemon."""
        self.start_vendor(campaigns=2)
        self.vendor.hold = True
        other = self.campaigns.pop()
        self.start_broker()
        self.start_subscriber()
        self.start_daemon(accounts=self.account("delivery-csv", every="24h"))
        self.wait_line(self.popen("--set", f"campaign={other}"), "waiting for the mail")
        wait_until(lambda: self.job("delivery-csv", other) == "waiting", what="its state")
        self.daemon.kill()
        self.daemon.start()
        wait_until(lambda: self.job("delivery-csv", other) == "waiting", 5, "the order adopted at once")
        wait_until(lambda: len(self.vendor.orders) == 2, 20, "the configured one")
        self.vendor.hold = False
        for number in range(2):
            self.release(number)
        self.campaigns.append(other)
        self.wait_facts("delivery")
        self.assert_ordered((self.campaigns[0], "delivery"), (other, "delivery"))

    def test_an_order_is_a_real_one(self):
        self.begin(start=False)
        for args in (["--dry-run"], ["--from", "2026-10-01"], ["--to", "2026-10-01"]):
            process = self.popen(*args)
            _out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 64, err)
            self.assertIn("is ordered from the vendor", err)
        self.assert_ordered()

    def test_what_a_person_imported_ends_it(self):
        self.begin(start=True)
        wait_until(lambda: self.job() == "waiting", what="an order under way")
        values = {"account": "passona", "report": "delivery-csv", "set": f"campaign={self.campaigns[0]}"}
        self.assertEqual(self.post("imported", **{**values, "set": "campaign=other"}), (200, {"settled": False}))
        self.assertEqual(self.post("imported", **values), (200, {"settled": True}))
        wait_until(lambda: self.job() is None, what="no order")
        self.assertEqual(self.post("imported", **values), (200, {"settled": False}))
        self.assertEqual(self.post("imported", **{**values, "report": "nonsense"})[0], 404)
        self.assertEqual(self.post("imported", **{**values, "account": "nobody"})[0], 404)
        self.assertEqual(self.post("imported", account="passona")[0], 400)
        self.one_order()


if __name__ == "__main__":
    unittest.main()
