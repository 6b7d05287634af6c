"""The demonstration of `make run`: events of every kind arrive, by webhook and by report of each vendor, and everything it started is
gone afterwards."""
import collections
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from harness import SOURCE, free_port, port_answers, wait_until

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from constant_contact import ConstantContact  # noqa: E402
from everlytic import Everlytic  # noqa: E402
from life import Life  # noqa: E402
from ocamba import Ocamba  # noqa: E402
from passona import Passona  # noqa: E402
from samba import Samba  # noqa: E402

SECONDS = 16
VENDORS = ("ocamba", "constant-contact", "samba", "everlytic", "passona")


def demo(*more):
    return ["/usr/bin/python3", "-B", os.path.join(SOURCE, "scripts/demo.py"), "--build", os.path.join(SOURCE, "build/release"), *more]


class Happenings(unittest.TestCase):
    """What happens at the simulated vendors of the demonstration."""

    def after(self, steps):
        sims = [kind() for kind in (Ocamba, ConstantContact, Samba, Everlytic, Passona)]
        for sim in sims:
            self.addCleanup(sim.stop)
        life = Life(*sims)
        for _ in range(steps):
            life.step()
        return sims

    def test_the_same_happens_each_time(self):
        first, again = ([collections.Counter(fact[1] for fact in sim.truth()) for sim in self.after(100)] for _ in range(2))
        self.assertEqual(first, again)
        self.assertEqual([bool(counts) for counts in first], [True] * 5)

    def test_nothing_grows_without_end(self):
        ocamba, constant_contact, samba, everlytic, passona = self.after(20000)
        for rows in (ocamba.clicks, samba.events, everlytic.rows, everlytic.replies):
            self.assertLessEqual(len(rows), 600)
        self.assertLessEqual(len(constant_contact.campaigns), 5)
        self.assertLessEqual(len(passona.campaigns), 24)
        self.assertLessEqual(max(len(rows) for c in passona.campaigns.values() for rows in c["rows"].values()), 1200)


class Demo(unittest.TestCase):
    def test_events_of_every_kind_arrive_and_it_stops_by_itself(self):
        folder = tempfile.mkdtemp(prefix="c2m-it-")
        self.addCleanup(shutil.rmtree, folder, True)
        os.chmod(folder, 0o711)      # the mails belong to another user when root runs this
        for _again in range(2):
            result = subprocess.run(demo("--duration", f"{SECONDS}s"), capture_output=True, text=True, timeout=120,
                                    env={**os.environ, "TMPDIR": folder})
            self.assertEqual(result.returncode, 0, result.stdout[-3000:] + result.stderr[-3000:])
            self.assertIn("hooks    http://127.0.0.1:", result.stdout)
            self.assertIn("kinds arrived", result.stdout)
            self.assertNotIn("lvl=", result.stderr)
            for vendor in VENDORS:
                self.assertRegex(result.stdout, rf"\n[0-9:.]{{12}} {vendor} +report +[a-z]+ ")
            self.assertRegex(result.stdout, r"\n[0-9:.]{12} passona +csv +delivered ")
            for account in ("everlytic", "shop"):
                self.assertRegex(result.stdout, rf"\n[0-9:.]{{12}} {account} +webhook +[a-z]+ ")
            # A report that was ordered, step by step.
            self.assertRegex(result.stdout, r"(?s) order +ordered .* ordered report (\S+): 202.* order +mailed .* mail arrived, with a link to "
                             r"\1\.csv.* order +fetched .* file of \1 fetched: 200, ")
            # Its file has rows, and some of them come as events.
            self.assertNotRegex(result.stdout, r"fetched: 200, \d\d bytes")
            self.assertRegex(result.stdout, r"(?s) file of \S+ fetched: .* passona +csv +")
            # A counter with how much it grew, and a summary.
            self.assertRegex(result.stdout, r"constant-contact report +clicked +\S.* \d+ \(\+\d+\)\n")
            self.assertRegex(result.stdout, r" summary +(vendor|observed) .* sent \d+")
            self.assertEqual(os.listdir(folder), [])

    def test_what_did_not_arrive_is_named(self):
        result = subprocess.run(demo("--duration", "0.1s"), capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 1, result.stdout[-3000:])
        self.assertIn("no event of these kinds arrived: ", result.stderr)
        self.assertIn("webhook everlytic subscribed", result.stderr)

    def test_without_its_broker_it_does_not_go_on(self):
        result = subprocess.run(demo(), capture_output=True, text=True, timeout=60,
                                env={**os.environ, "MQTT_URL": f"mqtt://127.0.0.1:{free_port()}"})
        self.assertEqual(result.returncode, 1, result.stdout[-3000:])
        self.assertIn("mosquitto_sub ended with 1", result.stderr)

    def test_whichever_signal_ends_it_everything_that_it_started_ends(self):
        # Killed it cannot remove its folder.
        folder = tempfile.mkdtemp(prefix="c2m-it-")
        self.addCleanup(shutil.rmtree, folder, True)
        os.chmod(folder, 0o711)
        for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(signal=signo.name):
                p = subprocess.Popen(demo(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                     env={**os.environ, "TMPDIR": folder})
                self.addCleanup(p.stdout.close)
                self.addCleanup(p.kill)
                banner = ""
                while " ocamba  " not in banner or " shop  " not in banner:
                    line = p.stdout.readline()
                    self.assertNotEqual(line, "", banner)
                    banner += line
                ports = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", banner)}
                self.assertEqual(len(ports), 4 + len(VENDORS), banner)
                p.send_signal(signo)
                p.wait(60)
                wait_until(lambda o=ports: not any(port_answers(port) for port in o), 30, "the end of all of them")


if __name__ == "__main__":
    unittest.main()
