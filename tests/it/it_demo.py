"""The demonstration of `make run`: events of every kind arrive, and everything it started is gone afterwards."""
import os
import subprocess
import unittest

from harness import SOURCE

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


if __name__ == "__main__":
    unittest.main()
