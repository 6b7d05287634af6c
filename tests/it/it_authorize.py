"""`authorize`: a person lets an account in, by the device flow or by a code, and its reports go on."""
import os
import pty
import re
import signal
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

    def revoke(self):
        self.daemon.write_conf(account(self.sim, "cc-refresh-0"))
        self.assert_reports_run()
        self.sim.revoked = True
        self.sim.access_tokens.clear()
        wait_until(lambda: any(r.status == 400 for r in self.sim.asked("POST", TOKEN)))
        wait_until(lambda: "needs authorisation" in self.daemon_status())

    def daemon_status(self):
        return subprocess.run([PROGRAM, "status", "-c", self.daemon.conf, "--json"], capture_output=True, check=True,
                              timeout=60).stdout.decode()

    def good_reads(self):
        return len([r for r in self.sim.asked("GET") if r.status == 200])

    def test_a_revoked_account_goes_on_at_once(self):
        self.revoke()
        self.sim.codes.add("c0de")
        count = self.good_reads()
        text = self.authorize("--code", "c0de", "--redirect-uri", BACK)
        self.assertIn('"constant-contact" is authorised; its reports go on', text)
        wait_until(lambda: self.good_reads() > count, 5)
        self.assertNotIn("needs authorisation", self.daemon_status())
        self.daemon.stop()
        self.daemon.start()                           # the tokens are on disk
        count = self.good_reads()
        wait_until(lambda: self.good_reads() > count)

    def test_device_flow_through_the_daemon(self):
        self.revoke()
        p = self.begin()
        wait_until(lambda: self.sim.device is not None)
        _, err = self.begin().communicate(timeout=60)                       # one at a time
        self.assertIn(b"another authorisation of account", err)
        p.kill()                                                            # a person gives up
        p.wait()
        first = self.sim.device

        def try_again():
            self.again = self.begin()
            wait_until(lambda: self.again.poll() is not None or self.sim.device is not first)
            return self.again.poll() is None

        wait_until(try_again)                                               # and begins anew
        self.sim.device["is_approved"] = True
        count = self.good_reads()
        self.end(self.again)
        wait_until(lambda: self.good_reads() > count)

    def test_the_daemon_stops_or_reloads_meanwhile(self):
        self.revoke()
        p = self.begin()
        wait_until(lambda: self.sim.device is not None)
        self.daemon.write_conf(account(self.sim, "another"))
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.log_contains("app.reloaded"))
        self.daemon.stop()
        self.end(p, expect=69)

    def test_the_address_through_the_daemon(self):
        self.daemon.start()
        text = self.authorize("--print-url", "--redirect-uri", BACK)
        self.assertIn("/v1/authorize?response_type=code&client_id=cc-client", text)

    def test_another_daemon_on_the_address(self):
        self.daemon.start()
        with open(self.daemon.conf, encoding="utf-8") as f:
            text = f.read()
        other = os.path.join(self.folder, "other.yaml")
        with open(other, "w", encoding="utf-8") as f:
            f.write(text.replace("instance: gw1", "instance: gw2"))
        self.daemon.conf = other
        self.assertIn('the daemon is "gw1", not "gw2"', self.authorize(expect=64))

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

    def test_a_vendor_that_is_away(self):
        self.sim.stop()
        self.assertIn("is not authorised", self.authorize(expect=69))


if __name__ == "__main__":
    unittest.main()
