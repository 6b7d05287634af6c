"""Dockerfile and docker-compose.yml, built and started for real: webhook in, event out, each container restarted."""
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from harness import PASSWORD, SOURCE, basic, free_port, password_hash, sms, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD_SECONDS = 900


class Containers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="c2m-containers-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.port, cls.project = free_port(), f"c2mtest{os.getpid()}"
        conf = os.path.join(cls.folder, "campaign2mqtt.yaml")
        with open(os.path.join(SOURCE, "conf/examples/compose.yaml"), encoding="utf-8") as f:
            text = f.read()
        os.mkdir(os.path.join(cls.folder, "secrets"))
        with open(os.path.join(cls.folder, "secrets/everlytic-hash"), "w", encoding="utf-8") as f:
            f.write(password_hash(PASSWORD) + "\n")
        # The container's user is not the owner of these files.
        os.chmod(os.path.join(cls.folder, "secrets"), 0o755)
        os.chmod(cls.folder, 0o755)
        with open(conf, "w", encoding="utf-8") as f:
            f.write(text)
        cls.env = {**os.environ, "CONTAINERS_CONF": os.path.join(HERE, "containers/containers.conf"),
                   "CAMPAIGN2MQTT_CONF": conf, "CAMPAIGN2MQTT_SECRETS": os.path.join(cls.folder, "secrets"),
                   "CAMPAIGN2MQTT_PORT": f"127.0.0.1:{cls.port}"}
        cls.command([os.path.join(HERE, "containers/base-images.sh"), os.path.join(cls.folder, "base")], BUILD_SECONDS)
        cls.addClassCleanup(cls.compose, "down", "-v")
        cls.compose("up", "--build", "-d", seconds=BUILD_SECONDS)

    @classmethod
    def command(cls, command, seconds=120):
        result = subprocess.run(command, env=cls.env, capture_output=True, text=True, timeout=seconds, cwd=SOURCE)
        if result.returncode != 0:
            raise AssertionError(f"{command}: {result.stdout[-3000:]}{result.stderr[-3000:]}")
        return result.stdout

    @classmethod
    def compose(cls, *args, seconds=180):
        return cls.command(["podman-compose", "-p", cls.project, "-f", os.path.join(SOURCE, "docker-compose.yml"), *args],
                           seconds)

    def name(self, service):
        return f"{self.project}_{service}_1"

    def post(self, number):
        try:
            c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            c.request("POST", "/hooks/everlytic/sms", json.dumps(sms(number)),
                      {"Authorization": basic(), "Content-Type": "application/json"})
            return c.getresponse().status
        except OSError:
            return 0

    def accept(self, number):
        wait_until(lambda: self.post(number) == 200, 60, f"200 for message {number}")

    def events(self):
        """What the persistent subscriber inside the broker's container has got."""
        with open(self.received, encoding="utf-8") as f:
            return [json.loads(line)["data"]["message"]["id"] for line in f if line.endswith("}\n")]

    def subscribe(self):
        self.received = os.path.join(self.folder, "received")
        out = open(self.received, "ab")
        p = subprocess.Popen(["podman", "run", "--rm", f"--network={self.project}_default", "--entrypoint", "mosquitto_sub",
                              "docker.io/library/c2m-clients", "-h", "mosquitto", "-i", "watcher", "-c", "-q", "1", "-t",
                              "campaigns/v1/+/+/+"], stdout=out, env=self.env)
        out.close()
        self.addCleanup(p.wait, 60)
        self.addCleanup(p.terminate)
        return p

    def test_webhook_in_event_out_and_nothing_lost_over_restarts(self):
        self.command(["podman", "build", "-q", "-t", "docker.io/library/c2m-clients", "-f",
                      os.path.join(HERE, "containers/clients.Dockerfile"), os.path.join(HERE, "containers")], BUILD_SECONDS)
        subscriber = self.subscribe()
        number = 0

        def first():
            nonlocal number
            number += 1
            self.accept(number)
            return self.events()

        wait_until(first, 60, "the first event at the subscriber")
        accepted = {str(number)}
        for restarted in ("campaign2mqtt", "mosquitto"):
            self.command(["podman", "restart", "-t", "10", self.name(restarted)])
            for _ in range(5):
                number += 1
                self.accept(number)
                accepted.add(str(number))
        self.assertIsNone(subscriber.poll(), "mosquitto_sub comes back by itself")
        wait_until(lambda: accepted <= set(self.events()), 60, "every accepted event")

    def test_the_container_is_as_closed_as_said(self):
        name = self.name("campaign2mqtt")
        wait_until(lambda: self.post(900000) == 200, 60, "the daemon")
        self.command(["podman", "healthcheck", "run", name])
        self.assertNotEqual(self.command(["podman", "exec", name, "id", "-u"]).strip(), "0")
        with self.assertRaisesRegex(AssertionError, "[Rr]ead-only"):
            self.command(["podman", "exec", name, "touch", "/usr/bin/x"])
        status = self.command(["podman", "exec", name, "grep", "CapEff", "/proc/1/status"])
        self.assertRegex(status, r"CapEff:\s+0+\n")


if __name__ == "__main__":
    unittest.main()
