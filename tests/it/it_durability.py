"""Kills, outages, order: what was answered 200 is delivered, whatever happened in between."""
import json
import os
import random
import threading
import unittest

from harness import RELEASE, Case, Subscriber, basic, sms, wait_until
import http.client


class Load:
    """Honest senders on keep-alive connections; remembers which message ids were answered 200."""

    def __init__(self, case, threads=4, rate=150):
        self.case, self.accepted, self.refused = case, [], 0
        self.next, self.lock, self.stopped = 0, threading.Lock(), threading.Event()
        self.pause = 1.0 / rate * threads
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]
        for t in self.threads:
            t.start()

    def _take(self):
        with self.lock:
            self.next += 1
            return self.next

    def _run(self):
        connection = None
        while not self.stopped.is_set():
            number = self._take()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.case.daemon.port, timeout=20)
                connection.request("POST", "/hooks/everlytic/sms", json.dumps(sms(number)),
                                   {"Authorization": basic(), "Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                with self.lock:
                    if answer.status == 200:
                        self.accepted.append(str(number))
                    else:
                        self.refused += 1
            except (OSError, http.client.HTTPException):
                connection = None
            self.stopped.wait(self.pause)

    def stop(self):
        self.stopped.set()
        for t in self.threads:
            t.join(30)


class Settled(Case):
    def received(self):
        return [e["data"]["message"]["id"] for _, e in self.subscriber.events()]

    def assert_all_delivered(self, load):
        accepted = set(load.accepted)
        self.assertGreater(len(accepted), 0)
        try:
            wait_until(lambda: accepted <= set(self.received()), 90, "delivery of everything accepted")
        except AssertionError as e:
            missing = sorted(accepted - set(self.received()), key=int)
            metrics = [m for m in self.daemon.admin("/metrics")[1].splitlines() if not m.startswith("#")]
            raise AssertionError(f"{e}: {len(missing)} are missing, such as {missing[:5]}; "
                                 f"{self.daemon.admin('/readyz')}; subscriber connected: "
                                 f"{self.subscriber.client.is_connected()}; {metrics}; "
                                 f"log: {self.daemon.log()[-1500:]}") from e
        ids = {}
        for _, event in self.subscriber.events():
            ids.setdefault(event["data"]["message"]["id"], set()).add(event["id"])
        self.assertTrue(all(len(i) == 1 for i in ids.values()), "a repetition came with another id")


class Durability(Settled):
    """On the release build: kills at random moments need speed; the sanitized build has the other tests."""

    program = RELEASE

    def test_kill_daemon_and_broker_at_random_moments(self):
        cycles = int(os.environ.get("KILL_CYCLES", "100"))
        seed = int(os.environ.get("KILL_SEED", str(random.randrange(1 << 30))))
        chance = random.Random(seed)
        self.start_all()
        self.broker.wait_saved()
        load = Load(self)
        pause = threading.Event()
        for cycle in range(cycles):
            pause.wait(chance.uniform(0.01, 0.4))
            if chance.random() < 0.6:
                self.daemon.kill()
                self.daemon.start()
            else:
                self.broker.kill()
                pause.wait(chance.uniform(0, 0.2))
                self.broker.start()
            with self.subTest(cycle=cycle, seed=seed):
                self.assertIsNone(self.daemon.process.poll())
        load.stop()
        print(f"\n{cycles} kills (seed {seed}): {len(load.accepted)} accepted, {len(self.received())} messages received",
              flush=True)
        self.assert_all_delivered(load)

    def test_what_is_settled_survives_a_kill_of_the_broker(self):
        # A subscriber that is away gets only what the broker has saved, and a PUBACK says nothing about that.
        rounds, size = 4, 50
        self.start_broker()
        Subscriber(self.broker.port, client_id="away").close()
        self.broker.stop()  # saves the session
        self.broker.start()
        self.start_daemon()
        for begin in range(0, rounds * size, size):
            for number in range(begin, begin + size):
                self.assertEqual(self.daemon.post(sms(number))[0], 200)
            self.daemon.wait_empty()
            self.broker.kill()
            self.broker.start()
        self.start_subscriber(client_id="away")
        wait_until(lambda: len(set(self.received())) == rounds * size, what="everything that was settled")

    def test_restart_repeats_only_with_the_same_ids_and_has_no_gap(self):
        self.start_all()
        for number in range(100):
            self.assertEqual(self.daemon.post(sms(number))[0], 200)
        self.daemon.kill()
        self.daemon.start()
        wait_until(lambda: len(set(self.received())) == 100, what="100 different messages")
        self.daemon.wait_empty()
        for number in range(100):
            self.daemon.post(sms(number, timestamp="2024-09-04T00:00:00+02:00"))
        self.daemon.wait_empty()
        self.assertEqual(len(self.subscriber.ids()), 100)

    def test_disk_full_is_503_and_recovers(self):
        self.start_broker()
        self.start_subscriber()
        self.start_daemon(start=False)
        limited = os.path.join(self.folder, "limited.sh")
        with open(limited, "w", encoding="utf-8") as f:
            # Past this size write() gives EFBIG, as a full disk gives ENOSPC.
            f.write(f"#!/bin/sh\nulimit -f 2048\nexec {self.daemon.program} \"$@\"\n")
        os.chmod(limited, 0o755)
        real, self.daemon.program = self.daemon.program, limited
        self.daemon.start()
        accepted, codes = [], set()
        for number in range(400):
            status, _, _ = self.daemon.post(json.dumps(sms(number, filler="z" * 20000)))
            codes.add(status)
            if status == 200:
                accepted.append(str(number))
        self.assertEqual(codes, {200, 503})
        self.assertEqual(self.daemon.admin("/healthz")[0], 200)
        self.daemon.stop(expect=None)
        self.daemon.program = real
        self.daemon.start()
        wait_until(lambda: set(accepted) <= set(self.received()), what="everything accepted")
        self.assertEqual(self.daemon.post(sms(9999))[0], 200)


if __name__ == "__main__":
    unittest.main()
