"""Signals, reload, the state topic, the admin listener."""
import json
import os
import signal
import socket
import unittest

from harness import DEADLINE, EVERLYTIC, PASSWORD, Case, basic, password_hash, sms, wait_until


class Lifecycle(Case):
    def states(self):
        return [json.loads(m.payload) for m in self.subscriber.all("campaigns/v1/_state/gw1")]

    def test_birth_stop_and_will(self):
        self.start_all()
        wait_until(self.states, what="the birth message")
        birth = self.states()[0]
        self.assertEqual(birth["state"], "ready")
        self.assertRegex(birth["since"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.daemon.stop()
        wait_until(lambda: self.states()[-1]["state"] == "stopped", what="stopped")
        self.daemon.start()
        wait_until(lambda: self.states()[-1]["state"] == "ready", what="ready again")
        again = self.states()[-1]
        self.daemon.kill()
        wait_until(lambda: self.states()[-1]["state"] == "lost", 40, "the Last Will")
        self.assertEqual(self.states()[-1]["since"], again["since"])

    def test_term_answers_and_publishes_what_was_accepted(self):
        self.start_all()
        for number in range(50):
            self.assertEqual(self.daemon.post(sms(number))[0], 200)
        self.daemon.stop(signal.SIGTERM, 0)
        self.assertEqual(len(self.subscriber.wait_events(50)), 50)

    def test_reload_takes_all_or_nothing(self):
        self.start_all()
        self.assertEqual(self.daemon.post(sms(1))[0], 200)
        new = EVERLYTIC.format(user="fresh", hash=password_hash(PASSWORD)) + """
  - name: shop
    vendor: generic
    webhooks: [{webhook: json, auth: none}]
"""
        self.daemon.write_conf(new)
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.log_contains("ev=app.reloaded"), what="the reload")
        self.assertEqual(self.daemon.post(sms(2))[0], 401)
        self.assertEqual(self.daemon.post(sms(2), auth=basic("fresh"))[0], 200)
        self.assertEqual(self.daemon.post(None, "/hooks/shop/json", None, "HEAD", None)[0], 200)
        self.daemon.write_conf(new.replace("vendor: generic", "vendor: genric"))
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.log_contains("ev=app.reload_refused"), what="the refusal")
        self.assertIn("genric", self.daemon.log())
        self.assertEqual(self.daemon.post(sms(3), auth=basic("fresh"))[0], 200)
        self.daemon.write_conf(new)
        with open(self.daemon.conf, encoding="utf-8") as f:
            text = f.read().replace("instance: gw1", "instance: gw2")
        with open(self.daemon.conf, "w", encoding="utf-8") as f:
            f.write(text)
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.log().count("ev=app.reload_refused") == 2, what="the second refusal")
        self.assertIn("restart", self.daemon.log())
        self.assertEqual(len(self.subscriber.wait_events(3)), 3)

    def test_reload_under_load_loses_nothing(self):
        self.start_all()
        for number in range(200):
            self.assertEqual(self.daemon.post(sms(number))[0], 200)
            if number % 20 == 0:
                self.daemon.process.send_signal(signal.SIGHUP)
        self.subscriber.wait_events(200)

    def test_admin(self):
        self.start_all()
        self.assertEqual(self.daemon.admin("/healthz")[0], 200)
        wait_until(lambda: "mqtt" not in self.daemon.admin("/readyz")[1], what="a connected broker")
        self.assertEqual(self.daemon.admin("/readyz")[0], 200)
        self.assertEqual(self.daemon.admin("/nope")[0], 404)
        self.assertEqual(self.daemon.post(sms(1))[0], 200)
        self.subscriber.wait_events(1)
        wait_until(lambda: self.daemon.metric('events_published_total{account="everlytic",status="delivered"}') == 1,
                   what="the counter")
        self.assertEqual(self.daemon.metric('webhook_requests_total{account="everlytic",webhook="sms",code="200"}'), 1)
        self.assertEqual(self.daemon.metric("mqtt_connected"), 1)
        self.broker.stop()
        wait_until(lambda: self.daemon.metric("mqtt_connected") == 0, what="the lost broker")
        status, text = self.daemon.admin("/readyz")
        self.assertEqual(status, 200)
        self.assertIn("mqtt", text)

    def test_the_service_manager_is_told(self):
        path = os.path.join(self.folder, "notify")
        told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(told.close)
        told.bind(path)
        told.settimeout(DEADLINE)
        self.start_broker()
        self.start_daemon(start=False)
        self.daemon.start(env={"NOTIFY_SOCKET": path})

        def wait_for(word):
            text = ""
            while word not in text.splitlines():
                text = told.recv(4096).decode()
            return text

        wait_for("READY=1")
        wait_for("WATCHDOG=1")
        self.daemon.process.send_signal(signal.SIGHUP)
        self.assertRegex(wait_for("RELOADING=1"), r"MONOTONIC_USEC=\d+")
        wait_for("READY=1")
        self.daemon.process.send_signal(signal.SIGTERM)
        wait_for("STOPPING=1")
        self.daemon.stop()

    def test_json_log(self):
        self.extra = "log: {level: debug, format: json}"
        self.start_all(extra=self.extra)
        self.daemon.post(sms(1))
        self.daemon.stop()
        for line in self.daemon.log().splitlines():
            self.assertIn("ev", json.loads(line))

    def test_mqtt_3_1_1(self):
        self.start_broker()
        self.start_subscriber(v5=False)
        self.start_daemon(mqtt=", version: 3.1.1")
        self.assertEqual(self.daemon.post(sms(1))[0], 200)
        (topic, event), = self.subscriber.wait_events(1)
        self.assertEqual(topic, "everlytic/OTP%20%2F%20live/delivered")
        self.assertEqual(event["specversion"], "1.0")


if __name__ == "__main__":
    unittest.main()
