"""Dockerfile and docker-compose.yml, built and started for real: webhook in, event out, each container restarted and killed.

Needs Podman, and root or sudo. The two base images and the layers with Debian's packages stay for the next time; every
container, network, volume and other image made here is removed.
"""
import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from harness import PASSWORD, SOURCE, basic, free_port, password_hash, sms, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD_SECONDS = 900
BROKER_IMAGE = "docker.io/library/eclipse-mosquitto:2"
TOPIC = "campaigns/v1/+/+/+"


class Sender(threading.Thread):
    """Posts one message after the other until stopped, also while nobody answers."""

    def __init__(self, post, numbers):
        super().__init__(daemon=True)
        self.post, self.numbers = post, numbers
        self.accepted = set()
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(0.02):
            number = next(self.numbers)
            if self.post(number) == 200:
                self.accepted.add(str(number))


class Containers(unittest.TestCase):
    numbers = iter(range(1, 1000000))

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="c2m-containers-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)
        cls.port, cls.project = free_port(), f"c2mtest{os.getpid()}"
        cls.image = f"localhost/campaign2mqtt-test:{cls.project}"
        cls.write_configuration()
        cls.check_podman()
        cls.command([os.path.join(HERE, "containers/base-images.sh"), os.path.join(cls.folder, "base")], BUILD_SECONDS)
        cls.check_that_containers_run()
        cls.build_images()
        cls.addClassCleanup(cls.remove_containers)
        cls.compose("up", "-d")

    @classmethod
    def write_configuration(cls):
        secrets, conf = os.path.join(cls.folder, "secrets"), os.path.join(cls.folder, "campaign2mqtt.yaml")
        os.mkdir(secrets)
        with open(os.path.join(secrets, "everlytic-hash"), "w", encoding="utf-8") as f:
            f.write(password_hash(PASSWORD) + "\n")
        shutil.copyfile(os.path.join(SOURCE, "conf/examples/compose.yaml"), conf)
        # The containers' users are not the owner of these files.
        for path, mode in ((cls.folder, 0o755), (secrets, 0o755), (secrets + "/everlytic-hash", 0o644), (conf, 0o644)):
            os.chmod(path, mode)
        # The Docker format has health checks, OCI's has none.
        cls.env = {"CONTAINERS_CONF": os.path.join(HERE, "containers/containers.conf"), "BUILDAH_FORMAT": "docker",
                   "CAMPAIGN2MQTT_IMAGE": cls.image, "CAMPAIGN2MQTT_CONF": conf, "CAMPAIGN2MQTT_SECRETS": secrets,
                   "CAMPAIGN2MQTT_PORT": f"127.0.0.1:{cls.port}", "MOSQUITTO_PORT": f"127.0.0.1:{free_port()}"}

    @classmethod
    def check_podman(cls):
        if shutil.which("podman") is None or shutil.which("podman-compose") is None:
            raise AssertionError("this test needs Podman: scripts/install-packages.sh container")
        if os.geteuid() != 0 and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode != 0:
            raise AssertionError("this test needs root: run it as root, or `sudo -v` first")

    @classmethod
    def check_that_containers_run(cls):
        try:
            cls.command(["podman", "run", "--rm", "--network=none", "docker.io/library/debian:bookworm-slim", "true"])
        except AssertionError as e:
            raise AssertionError("Podman cannot run a container on this machine (inside a chroot, or a container without "
                                 f"namespaces, it cannot); the rest of the tests: ctest -LE container\n{e}") from None

    @classmethod
    def build_images(cls):
        for stage in ("build-packages", "run-packages"):
            kept = f"localhost/campaign2mqtt-test-{stage}"
            before = cls.run_command(["podman", "images", "-q", kept]).stdout.split()
            cls.build(stage, kept)
            # What an older Dockerfile asked for.
            for old in set(before) - set(cls.command(["podman", "images", "-q", kept]).split()):
                cls.run_command(["podman", "rmi", old])
        for stage in ("build", ""):
            tag = cls.image + ("-build" if stage else "")
            cls.addClassCleanup(cls.run_command, ["podman", "rmi", "-f", tag])
            cls.build(stage, tag)

    @classmethod
    def remove_containers(cls):
        cls.compose("down", "-v")
        # Some releases of podman-compose leave it.
        cls.run_command(["podman", "network", "rm", "-f", f"{cls.project}_default"])

    @classmethod
    def build(cls, stage, tag):
        cls.command(["podman", "build", "-q", "-t", tag, *(["--target", stage] if stage else []), SOURCE], BUILD_SECONDS)

    @classmethod
    def as_root(cls, command):
        sudo = ["sudo", "-n"] if os.geteuid() != 0 else []
        return [*sudo, "env", *(f"{name}={value}" for name, value in cls.env.items()), *command]

    @classmethod
    def run_command(cls, command, seconds=120):
        return subprocess.run(cls.as_root(command), capture_output=True, text=True, timeout=seconds, cwd=SOURCE, check=False)

    @classmethod
    def command(cls, command, seconds=120):
        result = cls.run_command(command, seconds)
        if result.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: exit {result.returncode}\n"
                                 f"{result.stdout[-3000:]}{result.stderr[-3000:]}")
        return result.stdout

    @classmethod
    def compose(cls, *args):
        return cls.command(["podman-compose", "-p", cls.project, "-f", os.path.join(SOURCE, "docker-compose.yml"), *args],
                           180)

    def name(self, service):
        return f"{self.project}_{service}_1"

    def restart(self, service):
        self.command(["podman", "restart", "-t", "30", self.name(service)])

    def kill(self, service):
        self.command(["podman", "kill", self.name(service)])
        self.command(["podman", "start", self.name(service)])

    def post(self, number):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            c.request("POST", "/hooks/everlytic/sms", json.dumps(sms(number)),
                      {"Authorization": basic(), "Content-Type": "application/json"})
            return c.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            c.close()

    def accept(self, count):
        """Post until count more are accepted."""
        accepted = set()

        def one():
            number = next(self.numbers)
            if self.post(number) == 200:
                accepted.add(str(number))
            return len(accepted) == count

        wait_until(one, 60, f"{count} accepted messages")
        return accepted

    def mosquitto_sub(self, client_id, *args):
        """A persistent session in the containers' network."""
        return self.as_root(["podman", "run", "--rm", f"--network={self.project}_default", "--entrypoint", "mosquitto_sub",
                             "--name", f"{self.project}_{client_id}", BROKER_IMAGE, "-h", "mosquitto", "-i", client_id, "-c",
                             "-q", "1", "-t", TOPIC, *args])

    def leave_session(self, client_id):
        """Subscribe, and go; the session is on the broker's disk afterwards."""
        wait_until(lambda: subprocess.run(self.mosquitto_sub(client_id, "-E"), capture_output=True, timeout=60,
                                          check=False).returncode == 0, 60, "a session at the broker")
        left = int(time.time())
        saved = ["podman", "exec", self.name("mosquitto"), "stat", "-c", "%Y", "/mosquitto/data/mosquitto.db"]
        wait_until(lambda: int(self.run_command(saved).stdout or 0) > left, 30, "a saved session")

    def subscribe(self, client_id):
        """Take up the session; give a function that says which messages have arrived."""
        path = os.path.join(self.folder, client_id)
        with open(path, "ab") as out:
            p = subprocess.Popen(self.mosquitto_sub(client_id), stdout=out, stderr=subprocess.DEVNULL)
        self.addCleanup(p.wait, 60)
        self.addCleanup(self.run_command, ["podman", "rm", "-f", "-v", "-t", "0", f"{self.project}_{client_id}"])

        def arrived():
            self.assertIsNone(p.poll(), f"{client_id}: mosquitto_sub ended")
            with open(path, encoding="utf-8") as f:
                return {json.loads(line)["data"]["message"]["id"] for line in f if line.endswith("}\n")}
        return arrived

    def wait_for_empty_journal(self):
        ask = "exec 3<>/dev/tcp/127.0.0.1/9080; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"

        def is_empty():
            text = self.run_command(["podman", "exec", self.name("campaign2mqtt"), "bash", "-c", ask]).stdout
            return re.search(r"^campaign2mqtt_journal_entries 0$", text, re.M)
        wait_until(is_empty, 60, "an empty journal")

    def wait_for_arrival(self, accepted, arrived):
        wait_until(lambda: accepted <= arrived(), 90, "the arrival of every accepted message")

    def test_nothing_accepted_is_lost_while_a_container_is_restarted_or_killed(self):
        arrived = self.subscribe("watcher")
        wait_until(lambda: self.accept(1) and arrived(), 60, "a first event")
        for interrupt in (self.restart, self.kill):
            for service in ("campaign2mqtt", "mosquitto"):
                with self.subTest(how=interrupt.__name__, service=service):
                    sender = Sender(self.post, self.numbers)
                    sender.start()
                    wait_until(lambda s=sender: len(s.accepted) >= 20, 60, "messages before it")
                    interrupt(service)
                    before = len(sender.accepted)
                    wait_until(lambda s=sender, n=before: len(s.accepted) >= n + 20, 60, "messages after it")
                    sender.stopped.set()
                    sender.join()
                    self.wait_for_arrival(sender.accepted, arrived)

    def test_a_subscriber_that_is_away_gets_everything_from_the_restarted_broker(self):
        for interrupt in (self.restart, self.kill):
            with self.subTest(how=interrupt.__name__):
                client_id = f"away-{interrupt.__name__}"
                self.leave_session(client_id)
                accepted = self.accept(50)
                self.wait_for_empty_journal()
                # From here on only the broker can have them.
                self.command(["podman", "stop", "-t", "30", self.name("campaign2mqtt")])
                try:
                    interrupt("mosquitto")
                    self.wait_for_arrival(accepted, self.subscribe(client_id))
                finally:
                    self.command(["podman", "start", self.name("campaign2mqtt")])

    def test_a_broker_killed_at_once_owes_a_subscriber_that_is_away_nothing(self):
        self.leave_session("away-at-once")
        accepted = self.accept(50)
        self.kill("mosquitto")
        accepted |= self.accept(10)
        self.wait_for_arrival(accepted, self.subscribe("away-at-once"))

    def test_what_crashes_is_started_again(self):
        for service in ("campaign2mqtt", "mosquitto"):
            with self.subTest(service=service):
                get_pid = ["podman", "inspect", "-f", "{{.State.Pid}}", self.name(service)]
                pid = int(self.command(get_pid))
                self.assertGreater(pid, 1)
                self.command(["kill", "-9", str(pid)])
                wait_until(lambda g=get_pid, p=pid: int(self.command(g)) not in (0, p), 60, f"another {service}")
        self.accept(1)

    def test_the_containers_are_as_closed_as_said(self):
        self.accept(1)
        for service, user in (("campaign2mqtt", "990"), ("mosquitto", "1883")):
            with self.subTest(service=service):
                name = self.name(service)
                wait_until(lambda n=name: self.run_command(["podman", "healthcheck", "run", n]).returncode == 0, 30, "health")
                self.assertEqual(self.command(["podman", "exec", name, "id", "-u"]).strip(), user)
                with self.assertRaisesRegex(AssertionError, "[Rr]ead-only"):
                    self.command(["podman", "exec", name, "touch", "/usr/bin/x"])
                status = self.command(["podman", "exec", name, "cat", "/proc/1/status"])
                for line in (r"CapEff:\s+0+", r"CapPrm:\s+0+", r"CapBnd:\s+0+", r"NoNewPrivs:\s+1"):
                    self.assertRegex(status, f"(?m)^{line}$")

    def test_the_image_has_no_build_tools_and_no_sources(self):
        found = self.command(["podman", "run", "--rm", "--network=none", "--entrypoint", "sh", self.image, "-c",
                              "for c in cc gcc make cmake ninja pkg-config strip git; do command -v $c; done; "
                              "find / -xdev -path /usr/share/doc -prune -o -name '*.[ch]' -print; ls -d /src 2>/dev/null; "
                              "campaign2mqtt version >&2"])
        self.assertEqual(found, "")

    def test_a_daemon_that_does_not_run_is_not_healthy(self):
        result = self.run_command(["podman", "run", "--rm", "--network=none", "-v",
                                   f"{self.env['CAMPAIGN2MQTT_CONF']}:/etc/campaign2mqtt/campaign2mqtt.yaml:ro", "-v",
                                   f"{self.env['CAMPAIGN2MQTT_SECRETS']}:/etc/campaign2mqtt/secrets:ro", self.image,
                                   "healthcheck"])
        self.assertEqual(result.returncode, 69, result.stderr)


if __name__ == "__main__":
    unittest.main()
