"""How long honest webhooks wait beside large batches and slow clients. Nothing else may run meanwhile: times are what is measured."""
import http.client
import json
import multiprocessing
import time
import unittest

import hostile_http
from harness import RELEASE, basic, sms
from it_bodies import MIB, Bodies, Sender
from it_everlytic import email
from it_hostile import HOST, PATH, Hostile


class LoopWatch:
    """Asks /healthz again and again, from a process of its own: how long the daemon's loop is away from it."""

    def __init__(self, port):
        fork = multiprocessing.get_context("fork")
        self.over, self.result = fork.Event(), fork.SimpleQueue()
        self.process = fork.Process(target=self._run, args=(port,), daemon=True)
        self.process.start()

    def _run(self, port):
        latencies = []
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not self.over.wait(0.001):
            began = time.monotonic()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            latencies.append(time.monotonic() - began)
        connection.close()
        self.result.put(latencies)

    def stop(self):
        """The latencies, sorted."""
        self.over.set()
        latencies = self.result.get()
        self.process.join()
        return sorted(latencies)


def milliseconds(latencies):
    return (f"{len(latencies)} answers, median {latencies[len(latencies) // 2] * 1e3:.1f}, p99 {p99(latencies) * 1e3:.1f}, "
            f"most {latencies[-1] * 1e3:.1f} ms")


def p99(latencies):
    return latencies[int(len(latencies) * 0.99)]


class Turns(Bodies):
    """Nobody reads the batches' events, so that Python's work on them is not what is measured."""

    program = RELEASE
    topic = "campaigns/v1/second/#"
    # Name, hook, body of about 4 MiB.
    BATCHES = [("deliveries", "sms", lambda: [sms(f"b{i}", campaign="batch") for i in range(12000)]),
               ("empty objects", "sms", lambda: b"[" + b"{}," * 250000 + b"{}]"),
               ("numbers", "sms", lambda: b"[" + b"1," * (MIB // 2) + b"1]"),
               ("one string", "sms", lambda: sms("s", filler="\u00e9" * (MIB // 2))),
               ("many fields", "sms", lambda: sms("f", **{f"k{i}": i for i in range(200000)})),
               ("shared envelope", "email", lambda: {**email("delivered"), "data": email("delivered")["data"] * 12000}),
               ("deep", "sms", lambda: b"[" * (4 * MIB))]

    def test_a_large_batch_does_not_hold_up_single_webhooks(self):
        """Requests of another account, while a batch of tens of thousands of records is normalised."""
        for name, hook, make in self.BATCHES:
            with self.subTest(name):
                body = make()
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.assertLessEqual(len(body), 4 * MIB)
                watch = LoopWatch(self.daemon.admin_port)
                self.post(body, hook)
                honest = self.post_singles(name)
                turns = watch.stop()
                print(f"{name}: honest {milliseconds(honest)}; loop {milliseconds(turns)}")
                self.assertLess(p99(turns), 0.1)
                self.assertLess(p99(honest), 0.25)
                self.daemon.wait_empty(120)

    def post_singles(self, name):
        latencies = []
        end = time.monotonic() + 2.5
        sender = Sender(self.daemon)
        while time.monotonic() < end:
            began = time.monotonic()
            self.assertEqual(sender.post(sms(f"{name}-{len(latencies)}", campaign="single"), account="second"), 200)
            latencies.append(time.monotonic() - began)
        sender.close()
        return sorted(latencies)


class SlowClients(Hostile):
    program = RELEASE

    def test_slow_clients_do_not_slow_down_honest_ones(self):
        result = hostile_http.run_slow_clients(HOST, self.daemon.port, PATH, basic())
        latencies = result["latencies"]
        print(f"{len(latencies)} honest answers, median {latencies[len(latencies) // 2] * 1e3:.1f} ms, "
              f"p99 {latencies[int(len(latencies) * 0.99)] * 1e3:.1f} ms")
        self.assertEqual(result["honest_failures"], 0)
        self.assertGreater(len(latencies), 100)
        self.assertLess(latencies[len(latencies) // 2], 0.05)
        self.assertLess(latencies[int(len(latencies) * 0.99)], 0.5)
        for kind in ("request line", "head", "body"):
            self.assertEqual(result["cut"][kind], result["clients"][kind], kind)
        self.assert_as_before()


if __name__ == "__main__":
    unittest.main()
