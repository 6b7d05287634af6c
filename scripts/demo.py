#!/usr/bin/python3
"""demo.py - the whole way on one machine: a broker, a mail server, five simulated vendors, senders that post as vendors do, the daemon that
asks the vendors for their reports, orders those that come by mail, and takes the webhooks; and the events.

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
sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from constant_contact import ConstantContact  # noqa: E402
from everlytic import Everlytic  # noqa: E402
from life import Life  # noqa: E402
from mailserver import MailServer  # noqa: E402
from ocamba import Ocamba  # noqa: E402
from passona import Passona  # noqa: E402
from samba import Samba  # noqa: E402

SMS = ("sent", "delivered", "failed", "bounced", "replied", "unsubscribed")
EMAIL = ("sent", "delivered", "failed", "bounced", "opened", "clicked", "unsubscribed", "subscribed")
REPORTS = {"ocamba": ("clicked",), "constant-contact": ("sent", "delivered", "clicked", "unsubscribed"), "samba": ("sent", "delivered"),
           "everlytic": ("sent", "opened", "clicked", "replied"), "passona": ("queued", "delivered", "clicked", "sent", "skipped")}
KINDS = ({("webhook", "everlytic", s) for s in SMS + EMAIL} | {("webhook", "shop", "delivered")}
         | {("report", account, s) for account, statuses in REPORTS.items() for s in statuses}
         | {("csv", "passona", s) for s in ("queued", "delivered")}
         | {("summary", "constant-contact", "vendor"), ("summary", "everlytic", "observed")})
STORY_PAUSE_S = 5.0         # between two orders whose way is printed
MAILS_MOST = 500
SUMMARY_PAUSE_S = 8.0       # between two summaries of an account that are printed


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


def start_vendors():
    """The five simulators, and what they need to be asked, as conf/examples/demo.yaml names it."""
    sims = {"ocamba": Ocamba(), "constant-contact": ConstantContact(page_max=2), "samba": Samba(), "everlytic": Everlytic(page_size=50),
            "passona": Passona(page_size=100)}
    env = {name.upper().replace("-", "_") + "_BASE": sim.base for name, sim in sims.items()}
    env |= {"OCAMBA_TOKEN": Ocamba.token, "CONSTANT_CONTACT_SECRET": ConstantContact.client_secret,
            "CONSTANT_CONTACT_REFRESH": sims["constant-contact"].refresh_token, "SAMBA_KEY": Samba.api_key,
            "EVERLYTIC_KEY": Everlytic.api_key, "PASSONA_TOKEN": Passona.token}
    return sims, env


def clean(text):
    """Nothing that steers a terminal."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def line_of(first, account, via, status, campaign, rest):
    return clean(f"{first:<12} {account:<16} {via:<8} {status:<12} {campaign:<20} {rest}")


def way_of(ingest):
    """How an event came: "csv" is the report that was ordered."""
    return "csv" if ingest["source"].endswith("-csv") else ingest["via"]


def event_line(event):
    d = event["data"]
    campaign = d.get("campaign", {})
    what = d.get("message", {}).get("id") or next(iter(d.get("recipient", {}).values()), "")
    if "count" in d:
        what = f"{d['count']} ({d.get('delta', 0):+})"
    return line_of(event["time"][11:23], d["account"], way_of(d["ingest"]), d["status"], campaign.get("name", campaign.get("id", "-")), what)


def summary_line(event):
    d = event["data"]
    counts = ", ".join(f"{status} {count}" for status, count in d["counts"].items() if count)
    campaign = d.get("campaign", {})
    return line_of(event["time"][11:23], d["account"], "summary", d["basis"], campaign.get("name", campaign.get("id", "-")), counts)


class Story:
    """One order after the other, whose way is told step by step."""

    def __init__(self, print_line):
        self.print_line, self.lock = print_line, threading.Lock()
        self.order, self.next_s = None, 0

    def tell(self, step, order, text):
        with self.lock:
            # One without rows has no end to be seen.
            if step == "ordered" and self.order is None and order.rows > 0 and time.monotonic() >= self.next_s:
                self.order = order
            if order is not self.order:
                return
            if step == "fetched":
                self.order, self.next_s = None, time.monotonic() + STORY_PAUSE_S
        words = {"ordered": f"ordered report {order.report}: {text}", "mailed": f"mail arrived, with a link to {order.report}.csv",
                 "fetched": f"file of {order.report} fetched: {text}; what is new in it follows as csv"}
        self.print_line(line_of(time.strftime("%H:%M:%S", time.gmtime()), "passona", "order", step, order.name, words[step]))


class Demo:
    def __init__(self, build):
        self.program = os.path.join(SOURCE, build, "campaign2mqtt")
        self.folder = tempfile.mkdtemp(prefix="campaign2mqtt-demo-")
        self.processes = []
        self.sims, self.sim_env = start_vendors()
        self.life = Life(*self.sims.values())
        self.seen, self.printing, self.next_summary = set(), threading.Lock(), {}
        self.stopping, self.ended_early, self.mail = False, None, None
        self.sims["passona"].post, self.sims["passona"].build_s = self.deliver, 0.8
        self.sims["passona"].tell = Story(self.print_line).tell
        self.user, self.password = "demo", secrets.token_urlsafe(12)

    def deliver(self, mail):
        number = self.mail.deliver(mail)
        if number % 100 == 0:
            self.mail.tidy(MAILS_MOST)
        return number

    def start(self, name, command, **more):
        """A session of its own, so that Ctrl-C reaches only this program, which stops the others in order; and they end
        with it however it ends."""
        p = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", *command], start_new_session=True, **more)
        self.processes.append((name, p))
        return p

    def watch(self, tail):
        """End the printing of events when the broker, the daemon or the follower of summaries has ended."""
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

    def prepare(self, mqtt_url):
        """The environment of conf/examples/demo.yaml."""
        self.hook, self.admin = free_port(8080), free_port(9080)
        digest = subprocess.run([self.program, "hash-password"], input=self.password.encode(), check=True,
                                capture_output=True).stdout.decode().strip()
        self.env = {**os.environ, **self.sim_env, "MQTT_URL": mqtt_url, "HOOK_PORT": str(self.hook), "ADMIN_PORT": str(self.admin),
                    "STORE_PATH": os.path.join(self.folder, "demo.db"), "HOOK_HASH": digest,
                    "MAIL_URL": self.mail.url(), "MAIL_PASSWORD": self.mail.password,
                    "CAMPAIGN2MQTT_CONFIG": os.path.join(SOURCE, "conf/examples/demo.yaml")}

    def start_summaries(self, mqtt_url):
        """`campaign2mqtt tail` follows events; summaries are retained, elsewhere."""
        url = urllib.parse.urlsplit(mqtt_url)
        command = ["/usr/bin/mosquitto_sub", "-h", url.hostname, "-p", str(url.port or (8883 if url.scheme == "mqtts" else 1883)), "-q", "1",
                   "-R", "-t", "campaigns/v1/+/+/summary/total"]
        if url.scheme == "mqtts":
            command.append("--tls-use-os-certs")
        summaries = self.start("mosquitto_sub", command, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.print_summaries, args=(summaries,), daemon=True).start()

    def print_line(self, line):
        with self.printing:
            if not self.stopping:
                print(line, flush=True)

    def print_summaries(self, summaries):
        for text in summaries.stdout:
            event = json.loads(text)
            d = event["data"]
            self.seen.add(("summary", d["account"], d["basis"]))
            if time.monotonic() >= self.next_summary.get(d["account"], 0):
                self.next_summary[d["account"]] = time.monotonic() + SUMMARY_PAUSE_S
                self.print_line(summary_line(event))

    def print_events(self, tail, duration):
        if duration:
            stopper = threading.Timer(duration, lambda: tail.send_signal(signal.SIGTERM))
            stopper.daemon = True
            stopper.start()
        for text in tail.stdout:
            event = json.loads(text)["event"]
            d = event["data"]
            self.seen |= {(way, d["account"], d["status"]) for way in (d["ingest"]["via"], way_of(d["ingest"]))}
            self.print_line(event_line(event))
        return KINDS - self.seen

    def print_addresses(self, mqtt_url):
        hooks = f"http://127.0.0.1:{self.hook}/hooks"
        vendors = [f"{sim.base}   {name}" for name, sim in self.sims.items()]
        print(f"\n  hooks    {hooks}/everlytic/sms   (user {self.user}, password {self.password})"
              f"\n           {hooks}/everlytic/email"
              f"\n           {hooks}/shop/json"
              f"\n  metrics  http://127.0.0.1:{self.admin}/metrics   health http://127.0.0.1:{self.admin}/readyz"
              f"\n  broker   {mqtt_url}   topics campaigns/v1/#"
              f"\n  mail     {self.mail.url()}   (user {self.mail.username}, password {self.mail.password})"
              "\n  vendors  " + "\n           ".join(vendors) +
              f"\n  post one yourself:"
              f"\n           curl -u {self.user}:{self.password} -H 'Content-Type: application/cloudevents+json' \\"
              f"\n             -d '{json.dumps(cloud_event('mine'))}' \\"
              f"\n             {hooks}/shop/json"
              f"\n\n  Ctrl-C stops all of it.\n", flush=True)

    def run(self, duration):
        mqtt_url = self.start_broker()
        self.mail = MailServer(users=(("reports", secrets.token_urlsafe(12)),))
        self.prepare(mqtt_url)
        # Who follows is there before the first event.
        self.start_summaries(mqtt_url)
        tail = self.start("tail", [self.program, "tail", "--json"], env=self.env, stdout=subprocess.PIPE, text=True)
        wait_for_port(self.hook, self.start("the daemon", [self.program, "run"], env=self.env), "the daemon")
        self.print_addresses(mqtt_url)
        self.watch(tail)
        senders = Senders(self.hook, self.user, self.password)
        senders.start()
        self.life.start()
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
            print("demo: no event of these kinds arrived: " + ", ".join(" ".join(kind) for kind in sorted(missing)),
                  file=sys.stderr)
            return 1
        print(f"demo: events of all {len(KINDS)} kinds arrived")
        return 0

    def close(self):
        self.stopping = True
        self.life.stop()
        for name, p in reversed(self.processes):
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
            try:
                p.wait(25)
            except subprocess.TimeoutExpired:
                print(f"demo: {name} does not stop; killing it", file=sys.stderr)
                p.kill()
                p.wait()
        for sim in self.sims.values():
            sim.stop()
        if self.mail is not None:
            self.mail.close()
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
