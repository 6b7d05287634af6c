"""A broker that is away for a minute under load: nothing is refused, lost or out of order."""
import os
import time
import unittest

from harness import RELEASE, wait_until
from it_durability import Load, Settled


class Outage(Settled):
    program = RELEASE

    def test_broker_away_under_load(self):
        away_s = float(os.environ.get("AWAY_SECONDS", "60"))
        self.start_all()
        load = Load(self, threads=1, rate=200)
        wait_until(lambda: len(self.received()) > 20, what="first events")
        self.broker.stop()
        end = time.monotonic() + away_s
        wait_until(lambda: time.monotonic() > end, away_s + 30, "the end of the outage")
        self.assertEqual(load.refused, 0)
        before = len(load.accepted)
        self.broker.start()
        wait_until(lambda: len(load.accepted) > before + 20, what="more load after the outage")
        load.stop()
        self.assertEqual(load.refused, 0)
        self.assert_all_delivered(load)
        first_seen = list(dict.fromkeys(self.received()))
        order = [int(n) for n in first_seen if n in set(load.accepted)]
        self.assertEqual(order, sorted(order), "events of one account came out of order")
        print(f"\nbroker away for {away_s:.0f} s: {len(load.accepted)} accepted, all delivered in order", flush=True)


if __name__ == "__main__":
    unittest.main()
