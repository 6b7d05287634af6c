"""`authorize`: a person lets an account in, by the device flow or by a code, and its reports go on."""
import os
import pty
import re
import subprocess
import sys
import unittest
import urllib.parse

from harness import PROGRAM, SOURCE, Case, wait_until

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from constant_contact import TOKEN, ConstantContact  # noqa: E402
from simulator import as_json  # noqa: E402

BACK = "https://me.example/back"


def account(sim, refresh=""):
    return f"""
  - vendor: constant-contact
    vars: {{base: "{sim.base}", client_id: {sim.client_id}, client_secret: {sim.client_secret}, refresh_token: "{refresh}"}}
    reports: [{{report: sms-summaries, every: 1s}}]
  - {{name: hooks, vendor: generic}}
"""


class Authorize(Case):
    def setUp(self):
        super().setUp()
        self.sim = ConstantContact()
        self.addCleanup(self.sim.stop)
        self.sim.campaign("Spring", sends=3)
        self.start_broker()
        self.start_subscriber()
        self.start_daemon(accounts=account(self.sim), start=False)

    def begin(self, *args, stdin=subprocess.DEVNULL, name="constant-contact"):
        p = subprocess.Popen([PROGRAM, "authorize", "-c", self.daemon.conf, name, *args], stdin=stdin,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(p.stdout.close)
        self.addCleanup(p.stderr.close)
        return p

    def end(self, p, expect=0, stdin=None):
        out, err = p.communicate(stdin, timeout=60)
        text = (out + err).decode()
        self.assertEqual(p.returncode, expect, text)
        for token in (self.sim.refresh_token, *self.sim.access_tokens, self.sim.client_secret):
            self.assertNotIn(token, text.replace("cc-refresh-0", "") if token == "cc-refresh-0" else text)
        return text

    def authorize(self, *args, expect=0, stdin=None, **more):
        return self.end(self.begin(*args, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, **more), expect, stdin)

    def assert_reports_run(self):
        self.daemon.start()
        events = self.subscriber.wait_events(1)
        self.assertEqual(events[0][1]["data"]["campaign"]["name"], "Spring")

    def test_device_flow(self):
        p = self.begin()
        wait_until(lambda: self.sim.device is not None)
        lines = list(iter(lambda: p.stderr.readline().decode(), "within 10 minutes. Waiting …\n"))
        self.assertIn(f"Open {self.sim.base}/activate\n", lines)
        self.assertIn("and type ABCD-EFGH\n", lines)
        wait_until(lambda: len(self.sim.asked("POST", TOKEN)) >= 2)         # it polls
        self.assertIsNone(p.poll())
        self.sim.device["is_approved"] = True
        self.assertIn('"constant-contact" is authorised', self.end(p))
        self.assert_reports_run()
        self.daemon.stop()
        self.daemon.start()                                                 # and after a restart
        wait_until(lambda: self.daemon.metric("vendor_requests_total") > 0)

    def test_device_flow_that_a_person_refuses(self):
        p = self.begin()
        wait_until(lambda: self.sim.device is not None)
        self.sim.trouble("status", None, lambda r: r.path == TOKEN, status=400, body=b'{"error":"access_denied"}')
        self.assertIn("is not authorised", self.end(p, expect=77))

    def test_without_a_refresh_token_it_warns(self):
        def cut(answer):
            import json
            return as_json({k: v for k, v in json.loads(answer.body).items() if k != "refresh_token"})

        self.sim.codes.add("c0de")
        self.sim.trouble("change", 1, lambda r: r.path == TOKEN, change=cut)
        text = self.authorize("--code", "c0de", "--redirect-uri", BACK)
        self.assertIn("warning: the vendor gave no refresh token", text)

    def test_code(self):
        self.sim.codes.add("c0de/with=signs")
        self.authorize("--code", "c0de/with=signs", "--redirect-uri", BACK)
        self.assert_reports_run()

    def test_code_from_an_address_on_standard_input(self):
        self.sim.codes.add("c0de/2")
        self.authorize("--code", "-", "--redirect-uri", BACK, stdin=f"{BACK}?code=c0de%2F2&state=x\n".encode())
        self.assert_reports_run()

    def test_printed_address(self):
        text = self.authorize("--print-url", "--redirect-uri", BACK)
        url = urllib.parse.urlsplit(text.splitlines()[0])
        query = dict(urllib.parse.parse_qsl(url.query))
        self.assertTrue(url.path.endswith("/v1/authorize"))
        self.assertEqual((query["client_id"], query["redirect_uri"], query["response_type"]), ("cc-client", BACK, "code"))
        self.assertGreaterEqual(len(query["state"]), 32)

    def test_printed_address_on_a_terminal_takes_the_code(self):
        master, slave = pty.openpty()
        p = self.begin("--print-url", "--redirect-uri", BACK, stdin=slave)
        os.close(slave)
        state = re.search(r"state=([\w-]+)", p.stdout.readline().decode()).group(1)
        self.sim.codes.add("c0de")
        os.write(master, f"{BACK}?code=c0de&state={state}\n".encode())
        self.end(p)
        os.close(master)
        self.assert_reports_run()

    def test_another_state_is_refused(self):
        master, slave = pty.openpty()
        p = self.begin("--print-url", "--redirect-uri", BACK, stdin=slave)
        os.close(slave)
        self.sim.codes.add("c0de")
        os.write(master, f"{BACK}?code=c0de&state=other\n".encode())
        self.assertIn("belongs to another try", self.end(p, expect=65))
        os.close(master)
        self.assertEqual(self.sim.asked("POST", TOKEN), [])

    def test_an_account_that_was_revoked_goes_on(self):
        self.daemon.write_conf(account(self.sim, "cc-refresh-0"))
        self.assert_reports_run()
        self.sim.revoked = True
        self.sim.access_tokens.clear()
        wait_until(lambda: self.daemon.log_contains("needs authorisation") or self.daemon.log_contains("invalid_grant")
                   or self.daemon.log_contains("refresh token is invalid"))
        self.daemon.stop()
        self.sim.codes.add("c0de")
        self.authorize("--code", "c0de", "--redirect-uri", BACK)
        count = len([r for r in self.sim.asked("GET") if r.status == 200])
        self.daemon.start()
        wait_until(lambda: len([r for r in self.sim.asked("GET") if r.status == 200]) > count)

    def test_bad_usage(self):
        for args, text in (
                (["--code", "x"], "--redirect-uri belongs"),
                (["--redirect-uri", BACK], "--redirect-uri belongs"),
                (["--print-url"], "--redirect-uri belongs"),
                (["--print-url", "--code", "x", "--redirect-uri", BACK], "give --print-url first"),
                (["more"], "usage:")):
            self.assertIn(text, self.authorize(*args, expect=64))
        self.assertIn('no account "nobody"', self.authorize(name="nobody", expect=64))
        self.assertIn("needs no authorisation", self.authorize(name="hooks", expect=64))
        self.assertIn("is not authorised", self.authorize("--code", "unknown", "--redirect-uri", BACK, expect=77))
        self.assertIn("there is no code", self.authorize("--code", "", "--redirect-uri", BACK, expect=65))

    def test_a_running_daemon_has_to_be_stopped(self):
        self.daemon.start()
        self.assertIn("stop the daemon", self.authorize(expect=69))

    def test_a_vendor_that_is_away(self):
        self.sim.stop()
        self.assertIn("is not authorised", self.authorize(expect=69))


if __name__ == "__main__":
    unittest.main()
