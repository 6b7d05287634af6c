#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The hostile HTTP battery against tests/core/http_probe, the bare server. PROBE names the binary."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile_http  # noqa: E402

PATH = "/hooks/everlytic/sms"
AUTHORIZATION = "Basic dXNlcjpwYXNz"
HOST = "127.0.0.1"
TIMEOUT_MS = 2500
MEMORY_MIB = 64


class HttpProbe(unittest.TestCase):
    def setUp(self):
        self.probe = subprocess.Popen(
            [os.environ["PROBE"], AUTHORIZATION, str(MEMORY_MIB), str(TIMEOUT_MS)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.probe.stdout.readline())

    def tearDown(self):
        self.probe.stdin.close()
        self.probe.stdout.close()
        self.assertEqual(self.probe.wait(20), 0)

    def test_every_hostile_request_gets_a_right_answer(self):
        count, failures = hostile_http.run_battery(HOST, self.port, PATH, AUTHORIZATION)
        self.assertGreaterEqual(count, 150)
        self.assertEqual(failures, [], "\n".join(failures))

    def test_slow_clients_do_not_slow_down_honest_ones(self):
        result = hostile_http.run_slow_clients(HOST, self.port, PATH, AUTHORIZATION, seconds=5.0)
        latencies = result["latencies"]
        self.assertEqual(result["honest_failures"], 0)
        self.assertLess(latencies[len(latencies) // 2], 0.05)
        self.assertLess(latencies[int(len(latencies) * 0.99)], 0.5)
        for kind in ("request line", "head", "body", "idle"):
            self.assertEqual(result["cut"][kind], result["clients"][kind], kind)

    def test_bodies_without_credentials_cost_no_memory(self):
        before = hostile_http.memory_mib(self.probe.pid)
        statuses = hostile_http.run_unauthenticated_bodies(HOST, self.port, PATH)
        self.assertEqual(statuses, [401] * 200)
        self.assertLess(hostile_http.memory_mib(self.probe.pid, "VmHWM") - before, MEMORY_MIB)


if __name__ == "__main__":
    unittest.main(verbosity=2)
