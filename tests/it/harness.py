"""The roles of the integration tests: Broker, Daemon, Subscriber, and a raw HTTP client.

Each test has a broker and a daemon of its own, with its own ports and folder. Nothing sleeps: everything waits for a
condition with a deadline. Only processes started here are ended, by their process id.
"""
import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import paho.mqtt.client as paho

BUILD = os.environ.get("BUILD_DIR", os.path.join(os.path.dirname(__file__), "../../build/asan"))
SOURCE = os.environ.get("SOURCE_DIR", os.path.abspath(os.path.join(os.path.dirname(__file__), "../..")))
PROGRAM = os.path.join(BUILD, "campaign2mqtt")
RELEASE = os.path.join(SOURCE, "build/release/campaign2mqtt")
DEADLINE = 30.0

USER, PASSWORD = "ev-sms", "s3cret:with-colon"
_hashes = {}


def password_hash(password, program=None):
    """Argon2id hash by the program itself, once per password."""
    if password not in _hashes:
        _hashes[password] = subprocess.run([program or PROGRAM, "hash-password"], input=password.encode(),
                                           capture_output=True, check=True, timeout=60).stdout.decode().strip()
    return _hashes[password]


def basic(username=USER, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, deadline=DEADLINE, what="the condition"):
    """Give the first true value of condition(); fail after the deadline."""
    end = time.monotonic() + deadline
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {deadline} s")
        pause.wait(0.01)


def port_answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Broker:
    """A Mosquitto of its own. restart() and kill() keep port and folder."""

    def __init__(self, folder, extra=""):
        self.folder = os.path.join(folder, "broker")
        os.makedirs(self.folder, exist_ok=True)
        self.port = free_port()
        self.conf = os.path.join(self.folder, "mosquitto.conf")
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
                    f"persistence_location {self.folder}/\nautosave_interval 1\n"
                    "max_queued_messages 1000000\nmax_inflight_messages 1000\nset_tcp_nodelay true\n"
                    f"user root\n{extra}")
        self.process = None
        self.start()

    def start(self):
        log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(["/usr/sbin/mosquitto", "-c", self.conf], stdout=log, stderr=log)
        log.close()
        wait_until(lambda: port_answers(self.port), what="the broker's port")

    def stop(self, signo=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(signo)
            self.process.wait(DEADLINE)
            self.process = None

    def kill(self):
        self.stop(signal.SIGKILL)

    def wait_saved(self):
        """Until the broker has written what it has now: sessions made just before a kill would be forgotten, and with
        them what is published before their subscribers come back."""
        path, since = os.path.join(self.folder, "mosquitto.db"), time.time()
        wait_until(lambda: os.path.exists(path) and os.path.getmtime(path) > since, what="the broker's database")


class Subscriber:
    """A persistent QoS 1 session that keeps every message in order."""

    def __init__(self, port, topic="#", client_id=None, v5=True):
        self.messages = []
        self.parsed, self.parsed_count = [], 0
        self.lock = threading.Lock()
        self.connected = threading.Event()
        client_id = client_id or f"sub-{os.getpid()}-{id(self)}"
        if v5:
            self.client = paho.Client(client_id, protocol=paho.MQTTv5)
        else:
            self.client = paho.Client(client_id, clean_session=False)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self.connected.set()
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(1, 1)
        self.topic = topic
        self.client.max_inflight_messages_set(1000)
        if v5:
            from paho.mqtt.packettypes import PacketTypes
            from paho.mqtt.properties import Properties
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = 3600
            properties.ReceiveMaximum = 1000
            self.client.connect("127.0.0.1", port, clean_start=False, properties=properties)
        else:
            self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        if not self.connected.wait(DEADLINE):
            raise AssertionError("the subscriber could not subscribe")

    def _on_connect(self, client, *_):
        client.subscribe(self.topic, qos=1)

    def _on_message(self, _client, _arg, message):
        with self.lock:
            self.messages.append(message)

    def all(self, topic_part=""):
        with self.lock:
            return [m for m in self.messages if topic_part in m.topic]

    def events(self, prefix="campaigns/v1"):
        """(topic without prefix, event) of every event message, repetitions included. Each is parsed once: who polls
        a hundred times a second must not keep the interpreter from receiving."""
        for m in self.all()[self.parsed_count:]:
            self.parsed_count += 1
            levels = m.topic.split("/")
            if m.topic.startswith(prefix + "/") and len(levels) == len(prefix.split("/")) + 3:
                self.parsed.append((m.topic[len(prefix) + 1:], json.loads(m.payload)))
        return list(self.parsed)

    def wait_events(self, count, deadline=DEADLINE):
        wait_until(lambda: len(self.events()) >= count, deadline, f"{count} events (there are {len(self.events())})")
        return self.events()

    def ids(self):
        return {event["id"] for _topic, event in self.events()}

    def close(self):
        self.client.loop_stop()
        self.client.disconnect()


EVERLYTIC = """
  - name: everlytic
    vendor: everlytic
    webhooks:
      - webhook: sms
        auth: {{basic: [{{username: {user}, password_hash: "{hash}"}}]}}
      - webhook: email
        auth: {{basic: [{{username: {user}, password_hash: "{hash}"}}]}}
"""


class Daemon:
    """campaign2mqtt with a configuration file in its own folder."""

    def __init__(self, folder, broker_port, accounts=None, extra="", program=None, start=True, mqtt=""):
        self.folder = folder
        self.program = program or PROGRAM
        self.port, self.admin_port = free_port(), free_port()
        self.conf = os.path.join(folder, "campaign2mqtt.yaml")
        self.log_path = os.path.join(folder, "log")
        self.broker_port = broker_port
        if accounts is None:
            accounts = EVERLYTIC.format(user=USER, hash=password_hash(PASSWORD))
        self.write_conf(accounts, extra, mqtt)
        self.process = None
        if start:
            self.start()

    def write_conf(self, accounts, extra="", mqtt=""):
        with open(self.conf, "w", encoding="utf-8") as f:
            f.write(f"instance: gw1\nstore: {{path: data/c.db}}\n"
                    f"mqtt: {{url: \"mqtt://127.0.0.1:{self.broker_port}\"{mqtt}}}\n"
                    f"listen: [{{address: \"127.0.0.1:{self.port}\"}}]\n"
                    f"admin: {{address: \"127.0.0.1:{self.admin_port}\"}}\n{extra}\naccounts:{accounts}")

    def start(self, wait=True, env=None):
        log = open(self.log_path, "ab")
        self.process = subprocess.Popen([self.program, "run", "-c", self.conf], stdout=log, stderr=log,
                                        env={**os.environ, **(env or {})})
        log.close()
        if wait:
            wait_until(self.is_ready, what="the daemon's start: " + self.log()[-2000:])

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}: {self.log()[-3000:]}")
        try:
            return self.admin("/readyz")[0] in (200, 503) and port_answers(self.port)
        except OSError:
            return False

    def stop(self, signo=signal.SIGTERM, expect=0):
        if self.process is None:
            return
        self.process.send_signal(signo)
        code = self.process.wait(60)
        self.process = None
        if expect is not None and code != expect:
            raise AssertionError(f"the daemon ended with {code}: {self.log()[-6000:]}")

    def kill(self):
        self.stop(signal.SIGKILL, None)

    def log(self):
        try:
            with open(self.log_path, encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def log_contains(self, text):
        return text in self.log()

    def admin(self, path, headers=None):
        c = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=5)
        try:
            c.request("GET", path, headers=headers or {})
            r = c.getresponse()
            return r.status, r.read().decode()
        finally:
            c.close()

    def metric(self, name):
        """Sum of the series whose line starts with this name (labels may be part of it)."""
        total = 0
        for line in self.admin("/metrics")[1].splitlines():
            if line.startswith("campaign2mqtt_" + name):
                rest = line[len("campaign2mqtt_" + name):]
                if rest[:1] in ("{", " ") or "{" in name:
                    total += int(line.rsplit(" ", 1)[1])
        return total

    def wait_empty(self, deadline=DEADLINE):
        """Until everything accepted is settled."""
        wait_until(lambda: self.metric("journal_entries") == 0, deadline, "an empty journal")

    def rss_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1)) * 1024

    def post(self, body, path="/hooks/everlytic/sms", media_type="application/json", method="POST", auth=basic(),
             headers=None):
        """(status, headers, body) of one request on a connection of its own."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        all_headers = dict(headers or {})
        if auth:
            all_headers["Authorization"] = auth
        if media_type:
            all_headers["Content-Type"] = media_type
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            c.request(method, path, body, all_headers)
            r = c.getresponse()
            return r.status, dict(r.getheaders()), r.read()
        finally:
            c.close()


def sms(message_id, kind="delivered", campaign="OTP / live", timestamp="2024-09-03T11:02:09+02:00", **more):
    """An Everlytic SMS webhook body as documented."""
    body = {"id": "3f1f6a50-6a11-4f7e-9a6e-0c2b7c1d9e01", "type": kind, "timestamp": timestamp,
            "data": {"transaction": {"id": message_id, "custom_id": "order-5512", "campaign": {"name": campaign},
                                     "sent_timestamp": "2024-09-03T11:02:01+02:00",
                                     "recipient": {"mobile_number": "27820000001"}}}}
    body["data"].update(more)
    return body


class Case(unittest.TestCase):
    """A test with a folder, and whatever it starts ended afterwards."""

    accounts = None
    extra = ""
    program = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="c2m-it-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def start_broker(self, extra=""):
        self.broker = Broker(self.folder, extra)
        self.addCleanup(self.broker.stop)
        return self.broker

    def start_daemon(self, **more):
        more.setdefault("accounts", self.accounts)
        more.setdefault("extra", self.extra)
        more.setdefault("program", self.program)
        self.daemon = Daemon(self.folder, self.broker.port, **more)
        self.addCleanup(self._stop_daemon, self.daemon)     # a test may start another one
        return self.daemon

    def _stop_daemon(self, daemon):
        if daemon.process is not None and daemon.process.poll() is None:
            daemon.stop()
        log = daemon.log()
        self.assertNotIn("ERROR: AddressSanitizer", log)
        self.assertNotIn("ERROR: LeakSanitizer", log)
        self.assertNotIn("runtime error:", log)

    def start_subscriber(self, topic="#", **more):
        self.subscriber = Subscriber(self.broker.port, topic, **more)
        self.addCleanup(self.subscriber.close)
        return self.subscriber

    def start_all(self, **more):
        self.start_broker()
        self.start_subscriber()
        return self.start_daemon(**more)
