"""The demonstration of `make run`: events of every kind arrive, and everything it started is gone afterwards."""
import os
import re
import signal
import subprocess
import unittest

from harness import SOURCE, port_answers, wait_until

SECONDS = 12


class Demo(unittest.TestCase):
    def test_events_of_every_kind_arrive_and_it_stops_by_itself(self):
        for _again in range(2):
            result = subprocess.run(["/usr/bin/python3", "-B", os.path.join(SOURCE, "scripts/demo.py"), "--build",
                                     os.path.join(SOURCE, "build/release"), "--duration", f"{SECONDS}s"],
                                    capture_output=True, text=True, timeout=120)
            self.assertEqual(result.returncode, 0, result.stdout[-3000:] + result.stderr[-3000:])
            self.assertIn("hooks    http://127.0.0.1:", result.stdout)
            self.assertIn("kinds arrived", result.stdout)
            self.assertNotIn("lvl=error", result.stderr)

    def test_whichever_signal_ends_it_everything_that_it_started_ends(self):
        for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(signal=signo.name):
                p = subprocess.Popen(["/usr/bin/python3", "-B", os.path.join(SOURCE, "scripts/demo.py"), "--build",
                                      os.path.join(SOURCE, "build/release")], stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, text=True)
                self.addCleanup(p.stdout.close)
                self.addCleanup(p.kill)
                banner = ""
                while " shop " not in banner:
                    line = p.stdout.readline()
                    self.assertNotEqual(line, "", banner)
                    banner += line
                ports = {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", banner)}
                self.assertEqual(len(ports), 3, banner)
                p.send_signal(signo)
                p.wait(60)
                wait_until(lambda o=ports: not any(port_answers(port) for port in o), 30, "the end of all three")


if __name__ == "__main__":
    unittest.main()
