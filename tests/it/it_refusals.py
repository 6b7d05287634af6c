"""A broker that refuses one account's topics: that account waits, the others go on, nothing is lost or out of order."""
import json
import os
import signal
import unittest

from harness import EVERLYTIC, PASSWORD, USER, Case, password_hash, sms, wait_until

EVERYBODY = "topic read #\ntopic write campaigns/v1/_state/#\ntopic write campaigns/v1/welcome/#\n"
UNWELCOME = "topic write campaigns/v1/unwelcome/#\n"


class Refusals(Case):
    def setUp(self):
        super().setUp()
        self.acl = os.path.join(self.folder, "acl")
        self.write_acl(EVERYBODY)
        self.start_broker(f"acl_file {self.acl}\n")
        self.start_subscriber()
        one = EVERLYTIC.format(user=USER, hash=password_hash(PASSWORD))
        self.start_daemon(accounts="".join(one.replace("name: everlytic", "name: " + name)
                                           for name in ("unwelcome", "welcome")))

    def write_acl(self, text):
        with open(self.acl, "w", encoding="ascii") as f:
            f.write(text)
        os.chmod(self.acl, 0o600)

    def let_in(self):
        self.write_acl(EVERYBODY + UNWELCOME)
        self.broker.process.send_signal(signal.SIGHUP)

    def state(self):
        states = self.subscriber.all("campaigns/v1/_state/gw1")
        return json.loads(states[-1].payload)["state"] if states else None

    def send(self, account, numbers):
        for number in numbers:
            self.assertEqual(self.daemon.post(sms(number), f"/hooks/{account}/sms")[0], 200)

    def received(self, account):
        return [int(event["data"]["message"]["id"]) for topic, event in self.subscriber.events()
                if topic.startswith(account + "/")]

    def wait_received(self, account, numbers):
        wait_until(lambda: len(self.received(account)) >= len(numbers), what=f"the events of {account}")
        self.assertEqual(self.received(account), list(numbers))

    def refusals(self):
        return self.daemon.metric('publish_refusals_total{account="unwelcome"}')

    def test_a_refused_account_waits_and_the_others_go_on(self):
        self.send("unwelcome", range(20))
        self.send("welcome", range(100, 120))
        self.wait_received("welcome", range(100, 120))
        wait_until(lambda: self.state() == "degraded", what="the state degraded")
        before = self.refusals()
        self.assertGreater(before, 0)
        wait_until(lambda: self.refusals() > before, what="another try")
        self.send("welcome", range(120, 140))
        self.send("unwelcome", range(20, 30))
        self.wait_received("welcome", range(100, 140))
        self.assertEqual(self.received("unwelcome"), [])
        self.let_in()
        self.wait_received("unwelcome", range(30))
        wait_until(lambda: self.state() == "ready", what="the state ready again")
        self.daemon.wait_empty()
        self.assertEqual(self.daemon.metric("dead_letters_total"), 0)
        self.assertEqual(self.daemon.metric('events_published_total{account="unwelcome",status="delivered"}'), 30)
        self.assertEqual(self.received("welcome"), list(range(100, 140)))
        self.assertEqual(self.daemon.log().count("ev=relay.publish_refused"), 1)

    def test_what_is_refused_is_kept_over_a_stop(self):
        self.send("unwelcome", range(10))
        wait_until(lambda: self.state() == "degraded", what="the state degraded")
        self.daemon.stop()
        self.daemon.start()
        self.send("unwelcome", range(10, 20))
        self.let_in()
        self.wait_received("unwelcome", range(20))
        self.daemon.wait_empty()


if __name__ == "__main__":
    unittest.main()
