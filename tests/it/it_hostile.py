"""The daemon under hostile clients: it answers rightly, serves honest ones, leaks nothing and stays small."""
import http.client
import json
import os
import socket
import struct
import threading
import unittest

import hostile_http
from harness import PASSWORD, RELEASE, USER, Case, basic, password_hash, sms, wait_until

HOST = "127.0.0.1"
# Tens of thousands of messages: a broker that saves itself after each would be what is measured.
MEMORY_BROKER = "autosave_on_changes false\nautosave_interval 1800\n"
PATH = "/hooks/everlytic/sms"
MIB = 1 << 20
MEMORY = 64 * MIB
# What the process takes beside the budget of its requests: the store's queue and cache, the heap's slack.
MEMORY_REST = 48 * MIB
STEADY_REST = 32 * MIB


def accounts():
    pair = f'{{username: {USER}, password_hash: "{password_hash(PASSWORD)}"}}'
    return "".join(f"\n  - name: {name}\n    vendor: everlytic\n    webhooks:\n"
                   f"      - {{webhook: sms, auth: {{basic: [{pair}]}}}}" for name in ("everlytic", "second")) + "\n"


class Hostile(Case):
    extra = "limits: {body: 1MiB, header: 16KiB, memory: 64MiB, request_timeout: 3s}"

    def setUp(self):
        super().setUp()
        self.honest = 0
        self.start_broker(MEMORY_BROKER)
        # Events only: tens of thousands of dead letters' notices would keep Python from measuring anything.
        self.start_subscriber("campaigns/v1/+/+/+")
        self.start_daemon(accounts=accounts())
        self.assert_serves()
        self.start_rss = self.daemon.rss_bytes()
        self.start_files = self.files()

    def files(self):
        return len(os.listdir(f"/proc/{self.daemon.process.pid}/fd"))

    def wait_for_event(self, message_id):
        wait_until(lambda: any(json.loads(m.payload)["data"]["message"]["id"] == message_id
                               for m in self.subscriber.all("/honest/")), what=f"the event of {message_id}")

    def assert_serves(self):
        """Alive, healthy, and an honest webhook of either account is stored and published."""
        self.assertIsNone(self.daemon.process.poll())
        self.assertEqual(self.daemon.admin("/healthz")[0], 200)
        for account in ("everlytic", "second"):
            self.honest += 1
            message_id = f"honest-{self.honest}"
            status, _, _ = self.daemon.post(sms(message_id, campaign="honest"), f"/hooks/{account}/sms")
            self.assertEqual(status, 200)
            self.wait_for_event(message_id)

    def assert_as_before(self):
        self.assert_serves()
        self.daemon.wait_empty()
        wait_until(lambda: self.files() <= self.start_files, what=f"{self.start_files} open files again")
        wait_until(lambda: self.daemon.rss_bytes() < self.start_rss + STEADY_REST, 10, "the memory of the start")


class Requests(Hostile):
    """On the sanitized build; _stop_daemon() looks for its reports."""

    def assert_as_before(self):
        self.assert_serves()
        wait_until(lambda: self.files() <= self.start_files, what=f"{self.start_files} open files again")

    def test_every_case_of_the_battery_has_a_right_outcome(self):
        count, failures = hostile_http.run_battery(HOST, self.daemon.port, PATH, basic())
        self.assertGreaterEqual(count, 250)
        self.assertEqual(failures, [], "\n".join(failures))
        self.assert_as_before()

    def test_a_reset_at_every_byte_of_a_request(self):
        request = hostile_http.Maker(HOST, PATH, basic()).post(b"X-Padding: " + b"x" * 40)
        for at in range(len(request) + 1):
            with socket.create_connection((HOST, self.daemon.port), 5) as s:
                s.sendall(request[:at])
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.assert_as_before()

    def test_half_close_at_every_byte_ends_the_connection(self):
        request = hostile_http.Maker(HOST, PATH, basic()).post()
        for at in range(len(request) + 1):
            with socket.create_connection((HOST, self.daemon.port), 5) as s:
                s.sendall(request[:at])
                s.shutdown(socket.SHUT_WR)
                answer = hostile_http.parse_answers(hostile_http.receive_all(s))
                self.assertIn(answer, [(200,)] if at == len(request) else [(), (400,)], at)
        self.assert_as_before()

    def test_wrong_credentials_are_slowed_down_and_verified_pairs_pass(self):
        statuses = []
        for number in range(30):
            status, headers, _ = self.daemon.post(sms(1), auth=basic(USER, f"guess-{number}"))
            statuses.append(status)
            if status == 429:
                self.assertTrue(1 <= int(headers["Retry-After"]) <= 60)
        self.assertEqual(statuses, [401] * 20 + [429] * 10)
        # Both accounts' pairs were verified before.
        self.assert_serves()
        # A look without credentials is no attempt at them; another address has its own count.
        self.assertEqual(self.daemon.post(sms(1), auth=None)[0], 401)
        with socket.create_connection((HOST, self.daemon.port), 5, source_address=("127.0.0.2", 0)) as s:
            s.sendall(hostile_http.Maker(HOST, PATH, basic(USER, "guess")).post(b"Connection: close"))
            self.assertEqual(hostile_http.parse_answers(hostile_http.receive_all(s)), (401,))
        self.assert_as_before()


class Load(Hostile):
    program = RELEASE

    def test_honest_webhooks_beside_slow_clients_are_all_published(self):
        posted, statuses, stop = [], [], threading.Event()

        def post():
            connection = http.client.HTTPConnection(HOST, self.daemon.port, timeout=10)
            while not stop.is_set():
                message_id = f"beside-{len(posted)}"
                connection.request("POST", PATH, json.dumps(sms(message_id, campaign="beside")),
                                   {"Authorization": basic(), "Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                posted.append(message_id)
                statuses.append(answer.status)
            connection.close()

        sender = threading.Thread(target=post)
        sender.start()
        try:
            hostile_http.run_slow_clients(HOST, self.daemon.port, PATH, basic(), count=200, seconds=3.0)
        finally:
            stop.set()
            sender.join(30)
        self.assertEqual(set(statuses), {200})
        self.daemon.wait_empty()
        events = wait_until(lambda: len(self.subscriber.all("/beside/")) >= len(posted) and self.subscriber.all("/beside/"),
                            what="every event")
        self.assertEqual([json.loads(m.payload)["data"]["message"]["id"] for m in events], posted)

    def test_bodies_without_credentials_are_refused_unread_and_cost_no_memory(self):
        statuses = hostile_http.run_unauthenticated_bodies(HOST, self.daemon.port, PATH)
        self.assertEqual(statuses, [401] * 200)
        self.assertLess(self.peak(), self.start_rss + MEMORY)
        self.assert_as_before()

    def peak(self):
        return hostile_http.memory_mib(self.daemon.process.pid, "VmHWM") * MIB

    def test_bodies_with_credentials_are_taken_or_put_off_within_the_budget(self):
        body = json.dumps(sms("large", campaign="large", filler="x" * (MIB - 1000))).encode()
        data = hostile_http.Maker(HOST, PATH, basic()).post(b"Connection: close", body=body)
        statuses = hostile_http.run_bodies(HOST, self.daemon.port, data, 200)
        self.assertLessEqual(set(statuses), {200, 503})
        self.assertGreater(statuses.count(200), 20)
        self.assertLess(self.peak(), self.start_rss + MEMORY + MEMORY_REST)
        wait_until(lambda: len(self.subscriber.all("/large/")) == 1, what="the one event")
        self.daemon.wait_empty()
        self.assertEqual(self.daemon.metric("duplicates_total"), statuses.count(200) - 1)
        self.assert_as_before()

    def test_a_client_that_never_reads_its_answers(self):
        request = hostile_http.Maker(HOST, PATH, basic()).post()
        idle = []
        for _ in range(50):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            s.connect((HOST, self.daemon.port))
            s.setblocking(False)
            idle.append(s)
        for _ in range(20):
            for s in idle:
                try:
                    s.send(request * 200)
                except OSError:
                    pass
        self.assert_serves()
        self.assertLess(self.daemon.rss_bytes(), self.start_rss + MEMORY + MEMORY_REST)
        for s in idle:
            s.close()
        self.assert_as_before()

    def test_storm_of_resets(self):
        request = hostile_http.Maker(HOST, PATH, basic()).post(body=b"[" + b"1," * 2000 + b"1]")
        for number in range(2000):
            with socket.create_connection((HOST, self.daemon.port), 5) as s:
                s.sendall(request[:number * 7 % len(request)])
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.assert_as_before()


class Caps(Hostile):
    program = RELEASE
    extra = "limits: {connections: 40, connections_per_address: 30, request_timeout: 2s}"

    def is_open(self, s):
        """Whether the server holds it: it answers a probe."""
        try:
            s.sendall(b"HEAD " + PATH.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n")
            return s.recv(1000).startswith(b"HTTP/1.1 200 ")
        except OSError:
            return False

    def connect(self, source):
        s = socket.create_connection((HOST, self.daemon.port), 5, source_address=(source, 0))
        self.addCleanup(s.close)
        return s

    def test_connections_are_capped_in_all_and_for_one_address(self):
        first = [s for s in [self.connect("127.0.0.2") for _ in range(60)] if self.is_open(s)]
        self.assertEqual(len(first), 30)
        # Another address still gets in.
        self.assert_serves()
        second = [s for s in [self.connect("127.0.0.3") for _ in range(60)] if self.is_open(s)]
        self.assertTrue(5 <= len(second) <= 10, len(second))
        self.assertGreater(self.daemon.metric("http_refused_total"), 0)
        for s in first + second:
            s.close()
        self.assert_as_before()


if __name__ == "__main__":
    unittest.main()
