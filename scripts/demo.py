#!/usr/bin/python3
"""demo.py - the whole way on one machine: a broker, the daemon, senders that post as vendors do, and the events.

Ctrl-C stops all of it. With --duration it stops by itself, with 0 when an event of every kind arrived.
Everything lives in a folder of its own under the system's temporary folder; nothing else is touched.
"""
import argparse
import base64
import http.client
import itertools
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
SMS = ("sent", "delivered", "failed", "bounced", "replied", "unsubscribed")
EMAIL = ("sent", "delivered", "failed", "bounced", "opened", "clicked", "unsubscribed", "subscribed")


def free_port(wanted):
    """The wanted port if it is free, else any."""
    for port in (wanted, 0):
        with socket.socket() as s:
            try:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", port))
                return s.getsockname()[1]
            except OSError:
                continue
    raise SystemExit("demo: no free port on 127.0.0.1")


def wait_for_port(port, process, name):
    end = time.monotonic() + 20
    pause = threading.Event()
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"demo: {name} ended with {process.returncode} before it was ready; see the lines above")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            pause.wait(0.05)
    raise SystemExit(f"demo: {name} did not answer on 127.0.0.1:{port} within 20 s")


def now_text(offset_s=0):
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + offset_s))


def sms_body(number, kind):
    transaction = {"id": 247800000 + number, "custom_id": f"order-{number}", "campaign": {"name": "Spring / sale"},
                   "sent_timestamp": now_text(-8), "recipient": {"mobile_number": f"2782000{number % 10000:04d}"}}
    body = {"id": "3f1f6a50-6a11-4f7e-9a6e-0c2b7c1d9e01", "type": kind, "timestamp": now_text(),
            "data": {"transaction": transaction}}
    if kind == "reply":
        body["data"]["reply"] = {"content": "STOP" if number % 2 else "Yes please",
                                 "received_timestamp": now_text(-1)}
    if kind == "bounce":
        body["data"]["bounce"] = {"message": "mailbox-full", "type": "soft", "received_timestamp": now_text(-1)}
    return body


def email_body(number, kind):
    return {"id": secrets.token_hex(8), "type": kind, "timestamp": now_text(), "link_url": "https://shop.example/spring",
            "data": [{"transaction": {"id": f"t-{number}", "message_id": f"m-{number}", "method": "api",
                                      "group": {"id": "g-9", "name": "Receipts"}, "sent_timestamp": now_text(-60),
                                      "subject": "Your receipt", "message_size_bytes": "18233"},
                      "recipient": {"name": "A", "email": f"a{number}@example.org"}}]}


def cloud_event(number):
    return {"specversion": "1.0", "id": f"ce-{number}", "source": "/shop/orders", "type": "example.sms.delivered",
            "time": now_text(), "data": {"campaign": "Order updates", "message_id": f"o-{number}"}}


class Senders(threading.Thread):
    """Posts what the vendors would, every shape in turn, until stopped."""

    def __init__(self, port, user, password):
        super().__init__(daemon=True)
        self.port, self.stopped = port, threading.Event()
        self.authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def post(self, path, body, media_type):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        c.request("POST", path, body, {"Content-Type": media_type, "Authorization": self.authorization})
        status = c.getresponse().status
        c.close()
        if status != 200:
            print(f"demo: {path} was answered {status}", file=sys.stderr)

    def send(self, number):
        sms_kinds = ("sent", "delivered", "failed", "bounce", "reply", "reply")
        email_kinds = ("sent", "delivered", "failed", "bounce", "open", "click", "unsubscribe", "resubscribe")
        self.post("/hooks/everlytic/sms", json.dumps(sms_body(number, sms_kinds[number % len(sms_kinds)])),
                  "application/json")
        event = json.dumps(email_body(number, email_kinds[number % len(email_kinds)]))
        if number % 2:
            self.post("/hooks/everlytic/email", event, "application/json")
        else:
            self.post("/hooks/everlytic/email", urllib.parse.urlencode({"event": event}),
                      "application/x-www-form-urlencoded")
        self.post("/hooks/shop/json", json.dumps(cloud_event(number)), "application/cloudevents+json")

    def run(self):
        for number in itertools.count():
            if self.stopped.wait(0.25):
                return
            try:
                self.send(number)
            except OSError as e:
                if not self.stopped.is_set():
                    print(f"demo: a sender could not reach the daemon: {e}", file=sys.stderr)


class Demo:
    def __init__(self, build):
        self.program = os.path.join(SOURCE, build, "campaign2mqtt")
        self.folder = tempfile.mkdtemp(prefix="campaign2mqtt-demo-")
        self.processes = []
        self.seen = set()
        self.stopping, self.ended_early = False, None
        self.user, self.password = "demo", secrets.token_urlsafe(12)

    def start(self, name, command, **more):
        """A session of its own, so that Ctrl-C reaches only this program, which stops the others in order; and they end
        with it however it ends."""
        p = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], start_new_session=True, **more)
        self.processes.append((name, p))
        return p

    def watch(self, tail):
        """End the printing of events when the broker or the daemon has ended."""
        def wait(name, p):
            code = p.wait()
            if not self.stopping:
                self.ended_early = f"{name} ended with {code}"
                tail.terminate()
        for name, p in self.processes:
            if p is not tail:
                threading.Thread(target=wait, args=(name, p), daemon=True).start()

    def start_broker(self):
        if os.environ.get("MQTT_URL"):
            return os.environ["MQTT_URL"]
        port = free_port(1883)
        conf = os.path.join(self.folder, "mosquitto.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 65000\n"
                    f"max_inflight_messages 1000\nlog_type error\n"
                    # Another user's process would not end with this one.
                    f"user {pwd.getpwuid(os.geteuid()).pw_name}\n")
        wait_for_port(port, self.start("mosquitto", ["/usr/sbin/mosquitto", "-c", conf]), "mosquitto")
        return f"mqtt://127.0.0.1:{port}"

    def start_daemon(self, mqtt_url):
        hook, admin = free_port(8080), free_port(9080)
        digest = subprocess.run([self.program, "hash-password"], input=self.password.encode(), check=True,
                                capture_output=True).stdout.decode().strip()
        self.env = {**os.environ, "MQTT_URL": mqtt_url, "HOOK_PORT": str(hook), "ADMIN_PORT": str(admin),
                    "STORE_PATH": os.path.join(self.folder, "demo.db"), "HOOK_HASH": digest,
                    "CAMPAIGN2MQTT_CONFIG": os.path.join(SOURCE, "conf/examples/demo.yaml")}
        wait_for_port(hook, self.start("the daemon", [self.program, "run"], env=self.env), "the daemon")
        return hook, admin

    def print_events(self, tail, duration):
        end = time.monotonic() + duration if duration else None
        wanted = {("everlytic", s) for s in SMS + EMAIL} | {("shop", "delivered")}
        if end:
            stopper = threading.Timer(duration, lambda: tail.send_signal(signal.SIGTERM))
            stopper.daemon = True
            stopper.start()
        for line in tail.stdout:
            print(line, end="", flush=True)
            words = line.split()
            if len(words) > 2:
                self.seen.add((words[1], words[2]))
        return wanted - self.seen

    def run(self, duration):
        mqtt_url = self.start_broker()
        hook, admin = self.start_daemon(mqtt_url)
        print(f"\n  hooks    http://127.0.0.1:{hook}/hooks/everlytic/sms   (user {self.user}, password {self.password})"
              f"\n           http://127.0.0.1:{hook}/hooks/everlytic/email"
              f"\n           http://127.0.0.1:{hook}/hooks/shop/json"
              f"\n  metrics  http://127.0.0.1:{admin}/metrics   health http://127.0.0.1:{admin}/readyz"
              f"\n  broker   {mqtt_url}   topics campaigns/v1/#"
              f"\n  post one yourself:"
              f"\n           curl -u {self.user}:{self.password} -H 'Content-Type: application/cloudevents+json' \\"
              f"\n             -d '{json.dumps(cloud_event('mine'))}' \\"
              f"\n             http://127.0.0.1:{hook}/hooks/shop/json"
              f"\n\n  Ctrl-C stops all of it.\n", flush=True)
        tail = self.start("tail", [self.program, "tail"], env=self.env, stdout=subprocess.PIPE, text=True)
        self.watch(tail)
        senders = Senders(hook, self.user, self.password)
        senders.start()
        missing = self.print_events(tail, duration)
        self.stopping = True
        senders.stopped.set()
        if self.ended_early:
            print(f"demo: {self.ended_early}; see the lines above", file=sys.stderr)
            return 1
        if not duration:
            print("demo: the printing of events ended", file=sys.stderr)
            return 1
        if missing:
            print("demo: no event of these kinds arrived: " + ", ".join(f"{a} {s}" for a, s in sorted(missing)),
                  file=sys.stderr)
            return 1
        print(f"demo: events of all {len(self.seen)} kinds arrived")
        return 0

    def close(self):
        self.stopping = True
        for name, p in reversed(self.processes):
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
            try:
                p.wait(25)
            except subprocess.TimeoutExpired:
                print(f"demo: {name} does not stop; killing it", file=sys.stderr)
                p.kill()
                p.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release", help="folder of the program")
    parser.add_argument("--duration", default="", help="stop after this long, e.g. 20s")
    args = parser.parse_args()
    duration = float(args.duration.rstrip("s")) if args.duration else 0
    # Also where this was started with SIGINT ignored, as a shell does with `&`.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for signo in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signo, lambda number, _frame: sys.exit(128 + number))
    demo = Demo(args.build)
    try:
        return demo.run(duration)
    except KeyboardInterrupt:
        print("\ndemo: stopping", flush=True)
        return 0
    finally:
        for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signo, signal.SIG_IGN)
        demo.close()


if __name__ == "__main__":
    sys.exit(main())
