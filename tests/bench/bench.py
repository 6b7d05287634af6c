#!/usr/bin/python3
"""bench.py - the figures of docs/benchmarks.md, each beside its neighbours, measured in the same run.

Load generator, broker, subscriber and what is measured share the machine: only ratios within one run count.
Everything runs on loopback, in a folder of its own, bounded in count and time.
"""
import argparse
import http.client
import json
import os
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../it"), os.path.join(HERE, "../vendors"), HERE]
import harness  # noqa: E402
import report_mails  # noqa: E402
import vendor_files  # noqa: E402
from mailserver import MailServer  # noqa: E402
from passona import Passona  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
NODE_RED = "node-red@4"


def say(text):
    print(text, flush=True)


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mib(pid, what="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(what + ":")) / 1024


class Counter:
    """The subscriber, QoS 1, and the count of what arrived at it."""

    def __init__(self, port, folder, topic, build):
        self.path = os.path.join(folder, f"counted-{time.monotonic_ns()}")
        self.process = subprocess.Popen([os.path.join(build, "count_messages"), str(port), topic, self.path])
        harness.wait_until(lambda: os.path.exists(self.path) and os.path.getsize(self.path) == 8, what="the subscriber")

    def count(self):
        with open(self.path, "rb") as f:
            return struct.unpack("q", f.read(8))[0]

    def close(self):
        self.process.terminate()
        self.process.wait()


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder = args, folder
        self.program = os.path.join(args.build, "campaign2mqtt")
        self.broker = harness.Broker(folder)
        self.started = []              # all of them end with us, also when something fails on the way
        self.round = 0

    def start(self, *command, **more):
        self.started.append(subprocess.Popen(command, **more))
        return self.started[-1]

    def wrk(self, port, path, seconds):
        """(requests/s, p50 ms, p99 ms, errors, requests)"""
        self.round += 1
        out = subprocess.run(["wrk", "-t2", "-c64", f"-d{seconds}s", "--latency", "-s", os.path.join(HERE, "single.lua"),
                              f"http://127.0.0.1:{port}{path}", "--", str(self.round), harness.basic()],
                             capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
        line = next(x for x in out.splitlines() if x.startswith("RESULT "))
        return [float(x) for x in line.split()[1:]]

    # ---- neighbours ----

    def nginx(self, places="location / { return 204; }"):
        port = harness.free_port()
        conf = os.path.join(self.folder, "nginx.conf")
        with open(conf, "w", encoding="utf-8") as f:
            f.write("user root;\n" if os.getuid() == 0 else "")
            f.write(f"worker_processes 1;\ndaemon off;\npid {self.folder}/nginx.pid;\nerror_log stderr crit;\n"
                    "events { worker_connections 1024; }\nhttp { access_log off; keepalive_requests 100000000;\n"
                    f"client_body_temp_path {self.folder}/nb; proxy_temp_path {self.folder}/np;\n"
                    f"fastcgi_temp_path {self.folder}/nf; uwsgi_temp_path {self.folder}/nu; scgi_temp_path {self.folder}/ns;\n"
                    f"server {{ listen 127.0.0.1:{port}; {places} }} }}\n")
        process = self.start("/usr/sbin/nginx", "-c", conf, "-p", self.folder)
        harness.wait_until(lambda: harness.port_answers(port), what="nginx")
        return port, process

    def node_red(self):
        home = os.path.join(self.args.build, "../bench/node-red")
        if not os.path.exists(os.path.join(home, "node_modules/node-red")):
            say("installing Node-RED with npm ...")
            os.makedirs(home, exist_ok=True)
            subprocess.run(["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent", "--prefix", home,
                            NODE_RED], check=True, timeout=600)
        user = os.path.join(self.folder, "node-red")
        os.makedirs(user, exist_ok=True)
        port = harness.free_port()
        # The same event with the same properties; what Node-RED does not do is store, deduplicate and repeat.
        code = """
const body = msg.payload, t = body.data.transaction;
if (msg.req.headers.authorization !== AUTHORIZATION) { msg.statusCode = 401; return [null, msg]; }
const outcome = {sent: 'pending', delivered: 'positive', failed: 'negative', bounce: 'negative', reply: 'engagement'};
const words = {bounce: 'bounced', reply: 'replied'}, status = words[body.type] || body.type;
const level = encodeURIComponent(t.campaign.name), id = String(t.id);
const time = new Date(body.timestamp).toISOString(), sent = new Date(t.sent_timestamp).toISOString();
const event = {specversion: '1.0',
  id: crypto.createHash('blake2s256').update('everlytic').update(status).update(id).digest('hex').slice(0, 32),
  source: '/gw1/everlytic', type: 'campaign2mqtt.message.' + status + '.v1',
  subject: 'campaigns/' + level + '/messages/' + id, time, datacontenttype: 'application/json',
  data: {vendor: 'everlytic', account: 'everlytic', channel: 'sms',
    campaign: {id: t.campaign.name, name: t.campaign.name}, message: {id, reference: t.custom_id},
    recipient: {msisdn: '+' + t.recipient.mobile_number}, status, vendor_status: body.type,
    outcome: outcome[body.type], final: body.type !== 'sent',
    times: {occurred: time, sent, received: new Date().toISOString(), from: 'vendor'},
    extra: {id: body.id, padding: body.padding}, ingest: {via: 'webhook', source: 'sms', verified: 'basic'}}};
const out = {topic: 'campaigns/v1/everlytic/' + level + '/' + status, payload: JSON.stringify(event),
  contentType: 'application/cloudevents+json; charset=utf-8', messageExpiryInterval: 604800,
  userProperties: {specversion: event.specversion, id: event.id, source: event.source, type: event.type, time,
    subject: event.subject, account: 'everlytic', campaign: level, status}};
msg.statusCode = 204; msg.payload = '';
return [out, msg];
""".replace("AUTHORIZATION", json.dumps(harness.basic()))
        flow = [{"id": "t", "type": "tab", "label": "t"},
                {"id": "b", "type": "mqtt-broker", "broker": "127.0.0.1", "port": str(self.broker.port), "clientid": "",
                 "protocolVersion": "5", "keepalive": "60", "cleansession": True},
                {"id": "in", "type": "http in", "z": "t", "url": "/hook", "method": "post", "wires": [["f"]]},
                {"id": "f", "type": "function", "z": "t", "func": code, "libs": [{"var": "crypto", "module": "crypto"}], "outputs": 2, "wires": [["out"], ["re"]]},
                {"id": "out", "type": "mqtt out", "z": "t", "topic": "", "qos": "1", "retain": "false", "broker": "b",
                 "wires": []},
                {"id": "re", "type": "http response", "z": "t", "statusCode": "", "wires": []}]
        with open(os.path.join(user, "flows.json"), "w", encoding="utf-8") as f:
            json.dump(flow, f)
        with open(os.path.join(user, "settings.js"), "w", encoding="utf-8") as f:
            f.write("module.exports = {flowFile: 'flows.json', credentialSecret: false, httpAdminRoot: false, "
                    f"uiPort: {port}, uiHost: '127.0.0.1', logging: {{console: {{level: 'error'}}}}, telemetry: "
                    "{enabled: false, updateNotification: false}};\n")
        process = self.start("node", os.path.join(home, "node_modules/node-red/red.js"), "-u", user, "-s",
                             os.path.join(user, "settings.js"), stdout=subprocess.DEVNULL)
        counter = self.counter()
        harness.wait_until(lambda: self.post(port, "/hook") == 204, 60, "Node-RED's flow")
        harness.wait_until(lambda: counter.count() >= 1, what="Node-RED's event at the subscriber")
        counter.close()
        return port, process

    def counter(self):
        counter = Counter(self.broker.port, self.folder, "campaigns/v1/+/+/+", self.args.build)
        self.started.append(counter.process)
        return counter

    def post(self, port, path):
        """Status of one request as the load makes them; 0 when there is no answer."""
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            c.request("POST", path, json.dumps({**harness.sms(1), "padding": "x"}),
                      {"Content-Type": "application/json", "Authorization": harness.basic()})
            return c.getresponse().status
        except OSError:
            return 0
        finally:
            c.close()

    # ---- ours ----

    def daemon(self, name):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder)
        return harness.Daemon(folder, self.broker.port, program=self.program)

    def measured(self, port, path, pid, seconds):
        before = cpu_s(pid)
        rate, p50, p99, errors, requests = self.wrk(port, path, seconds)
        if errors:
            raise SystemExit(f"bench: {errors:.0f} of {requests:.0f} requests to {path} on port {port} failed")
        return {"rate": rate, "p50": p50, "p99": p99, "errors": errors, "cpu_us": (cpu_s(pid) - before) * 1e6 / requests,
                "requests": requests, "rss": memory_mib(pid)}

    def single(self):
        """Single-event webhooks over 64 keep-alive connections, in interleaved rounds."""
        seconds, rounds = self.args.seconds, self.args.rounds
        nginx_port, nginx = self.nginx()
        red_port, red = self.node_red()
        d = self.daemon("single")
        counter = self.counter()
        nginx_worker = int(subprocess.run(["pgrep", "-P", str(nginx.pid)], capture_output=True, text=True,
                                          check=True).stdout.split()[0])
        results = {"nginx answering 204": [], "Node-RED, QoS 1, stores nothing": [], "campaign2mqtt": []}
        try:
            self.wrk(red_port, "/hook", 1)
            self.wrk(d.port, "/hooks/everlytic/sms", 1)
            d.wait_empty(120)
            for _ in range(rounds):
                results["nginx answering 204"].append(self.measured(nginx_port, "/", nginx_worker, seconds))
                results["Node-RED, QoS 1, stores nothing"].append(self.measured(red_port, "/hook", red.pid, seconds))
                before, cpu_before, start = counter.count(), cpu_s(d.process.pid), time.monotonic()
                r = self.measured(d.port, "/hooks/everlytic/sms", d.process.pid, seconds)
                target = before + r["requests"]
                harness.wait_until(lambda: counter.count() >= target, 120, "every event at the subscriber")
                r["published_rate"] = r["requests"] / (time.monotonic() - start)
                d.wait_empty(120)
                # Whatever was published after the load ended belongs to these events too.
                r["cpu_us"] = (cpu_s(d.process.pid) - cpu_before) * 1e6 / r["requests"]
                results["campaign2mqtt"].append(r)
            peak = memory_mib(d.process.pid, "VmHWM")
        finally:
            counter.close()
            d.stop()
            for p in (nginx, red):
                p.terminate()
                p.wait()
        say(f"\nSingle-event webhooks, 64 keep-alive connections, Basic auth, {rounds} rounds of {seconds} s (median)\n")
        say(f"| {'':34}| requests/s | p50 ms | p99 ms | CPU µs per request | RSS MiB |\n|{'-' * 35}|---|---|---|---|---|")
        medians = {}
        for name, rows in results.items():
            m = {k: statistics.median(r[k] for r in rows) for k in rows[0]}
            medians[name] = m
            say(f"| {name:34}| {m['rate']:10.0f} | {m['p50']:6.2f} | {m['p99']:6.2f} | {m['cpu_us']:18.1f} | {m['rss']:7.1f} |")
        ours, red_m = medians["campaign2mqtt"], medians["Node-RED, QoS 1, stores nothing"]
        say(f"\npublished and received by the subscriber: {ours['published_rate']:.0f} events/s until the last had arrived")
        self.check("rate against Node-RED", ours["published_rate"] / red_m["rate"], ">=", 4, "times")
        self.check("daemon's CPU per event", ours["cpu_us"], "<=", 45, "µs")
        self.check("p99 of the answer", ours["p99"], "<=", 20, "ms")
        self.check("peak resident memory", peak, "<=", 32, "MiB")

    def batch(self):
        """Bodies of 1,000 events."""
        d = self.daemon("batch")
        counter = self.counter()
        batches, size = self.args.batches, 1000
        bodies = [json.dumps([harness.sms(n * size + i) for i in range(size)]) for n in range(batches)]
        try:
            harness.wait_until(lambda: d.metric("mqtt_connected") == 1, what="a connected broker")
            d.post(harness.sms(10 ** 9))
            harness.wait_until(lambda: counter.count() >= 1, what="the first event")
            before, start = cpu_s(d.process.pid), time.monotonic()
            sender = threading.Thread(target=lambda: [d.post(b) for b in bodies])
            sender.start()
            harness.wait_until(lambda: counter.count() >= batches * size + 1, 300, "every event of the batches")
            seconds = time.monotonic() - start
            sender.join()
            d.wait_empty(120)
            cpu = (cpu_s(d.process.pid) - before) * 1e6 / (batches * size)
            rss = memory_mib(d.process.pid, "VmHWM")
        finally:
            counter.close()
            d.stop()
        say(f"\nBatch bodies of 1,000 events: {batches} bodies, {batches * size} events in {seconds:.1f} s, "
            f"{cpu:.1f} µs CPU per event")
        self.check("events published per second", batches * size / seconds, ">=", 15000, "events/s")
        self.check("peak resident memory", rss, "<=", 32, "MiB")

    def backlog(self):
        """A million payloads waiting: memory, and then all of them delivered."""
        d = self.daemon("backlog")
        self.broker.stop()
        count, start = 0, time.monotonic()
        while count < self.args.backlog and time.monotonic() - start < 900:
            count += self.wrk(d.port, "/hooks/everlytic/sms", 10)[4]
        waiting = d.metric("journal_entries")
        rss = memory_mib(d.process.pid)
        say(f"\nBacklog: broker away, {waiting} payloads waiting in the journal")
        self.check("payloads waiting", waiting, ">=", self.args.backlog, "payloads")
        self.check("resident memory with the backlog", rss, "<=", 32, "MiB")
        d.stop()
        start = time.monotonic()
        d.start()
        say(f"restart with the backlog: ready after {time.monotonic() - start:.1f} s")
        self.check("resident memory after a restart", memory_mib(d.process.pid), "<=", 32, "MiB")
        self.broker.start()
        counter = self.counter()
        start = time.monotonic()
        d.wait_empty(600)
        seconds = time.monotonic() - start
        say(f"drained in {seconds:.0f} s: {waiting / seconds:.0f} events/s")
        self.check("peak resident memory while draining", memory_mib(d.process.pid, "VmHWM"), "<=", 32, "MiB")
        counter.close()
        d.stop()

    # ---- reports ----

    def stream(self):
        """A million records in one stream."""
        path, rows = os.path.join(self.folder, "stream"), self.args.rows
        size = vendor_files.write_stream(path, rows)
        port, nginx = self.nginx(f"location / {{ root {self.folder}; try_files /stream =404; default_type application/json-seq; "
                                 "error_page 405 =200 $uri; }")
        say(f"\nStream of {rows} Samba records, {size / rows:.0f} bytes each")
        start = time.monotonic()
        subprocess.run(["curl", "-sSf", "-o", "/dev/null", f"http://127.0.0.1:{port}/stream"], check=True, timeout=600)
        say(f"nginx to curl, which drops it: {rows / (time.monotonic() - start):.0f} records/s")
        self.report("samba", f"""
  - vendor: samba
    vars: {{base: "http://127.0.0.1:{port}", trackpoint: "{vendor_files.TRACKPOINT}", api_key: k}}
    limits: {{rate: []}}
    reports: [{{report: sms-events, every: EVERY, start: 1d}}]
""", rows, nginx, 60000)
        os.unlink(path)

    def pages(self):
        """A million rows in pages of 50."""
        folder, pages = os.path.join(self.folder, "pages"), self.args.rows // vendor_files.PAGE_ROWS
        rows = pages * vendor_files.PAGE_ROWS
        size = vendor_files.write_pages(folder, pages)
        port, nginx = self.nginx(f"location / {{ root {folder}; try_files /$arg_page =404; default_type application/json; }}")
        say(f"\n{pages} pages of {vendor_files.PAGE_ROWS} Passona rows, {size / rows:.0f} bytes a row")
        out = subprocess.run(["wrk", "-t1", "-c1", "-d3s", f"http://127.0.0.1:{port}/?page={pages}"], capture_output=True, text=True,
                             check=True, timeout=60).stdout
        rate = float(next(x for x in out.splitlines() if x.startswith("Requests/sec")).split()[1])
        say(f"nginx to wrk, one page after the other: {rate * vendor_files.PAGE_ROWS:.0f} rows/s")
        self.report("passona", f"""
  - vendor: passona
    vars: {{base: "http://127.0.0.1:{port}", token: t}}
    limits: {{rate: []}}
    reports: [{{report: alt_delivery, every: EVERY, each: {{campaign: ["{vendor_files.CAMPAIGN}"]}}}}]
""", rows, nginx, 30000)
        shutil.rmtree(folder)

    def csv(self):
        """A million rows as one CSV: ordered, mailed, downloaded."""
        self.ordered("delivery", vendor_files.write_csv, self.args.rows, 2)

    def clicks(self):
        """Three million rows that are counted, since two of them may be the same: the way into the journal."""
        self.ordered("clicks", vendor_files.write_clicks, 3 * self.args.rows, 1)

    def ordered(self, report, write, rows, orders):
        folder, campaign = os.path.join(self.folder, report), vendor_files.CAMPAIGN
        os.makedirs(os.path.join(folder, "exports"))
        size = write(os.path.join(folder, f"exports/{report}.csv"), rows)
        port, nginx = self.nginx(f"location / {{ root {folder}; default_type text/csv; }}")
        link = f"http://127.0.0.1:{port}/exports/{report}.csv"
        say(f"\nCSV of {rows} Passona rows of {report}, {size / rows:.0f} bytes each")
        start = time.monotonic()
        subprocess.run(["curl", "-sSf", "-o", "/dev/null", link], check=True, timeout=600)
        say(f"nginx to curl, which drops it: {rows / (time.monotonic() - start):.0f} rows/s")
        vendor, mail = Passona(), MailServer()
        vendor.campaign("Bench", campaign)
        vendor.build_s = 0
        # What the vendor has is small; what its mail leads to is nginx's.
        vendor.post = lambda _mail: mail.deliver(report_mails.compose(report_mails.PLAIN, link, campaign, report))
        try:
            self.report(f"passona-{report}", f"""
  - name: passona-{report}
    vendor: passona
    vars: {{base: "{vendor.base}", token: {vendor.token}}}
    limits: {{rate: []}}
    mailbox: {{url: "{mail.url()}", username: {mail.username}, password: {mail.password}, poll: 1s}}
    reports: [{{report: {report}-csv, every: EVERY, each: {{campaign: ["{campaign}"]}}}}]
""", rows, nginx, 60000, self.fetch_file, orders)
            if len(vendor.orders) != orders:
                raise SystemExit(f"bench: {len(vendor.orders)} orders instead of {orders}")
        finally:
            vendor.stop()
            mail.close()
        shutil.rmtree(folder)

    def report(self, account, text, rows, nginx, wanted, fetch=None, times=2):
        """Into the journal with the broker away; then, unless once is enough, to the subscriber, and all of it again, unchanged."""
        folder = os.path.join(self.folder, account)
        os.makedirs(folder)
        self.broker.stop()
        d = harness.Daemon(folder, self.broker.port, accounts=text.replace("EVERY", "1h"), program=self.program)
        try:
            (fetch or self.fetch)(d, rows, wanted)
            if times == 1:
                return
            self.broker.start()
            self.publish(d, rows)
            self.fetch_again(d, text, rows)
            self.check("peak resident memory of all that", memory_mib(d.process.pid, "VmHWM"), "<=", 48, "MiB")
        finally:
            d.stop()
            nginx.terminate()
            nginx.wait()
            if self.broker.process is None:
                self.broker.start()

    @staticmethod
    def polled(condition, what):
        """Seldom, so that what is measured does not answer questions all the time."""
        end = time.monotonic() + 900
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"bench: {what} did not come")
            time.sleep(0.1)

    def fetch(self, d, rows, wanted):
        cpu = cpu_s(d.process.pid)
        self.polled(lambda: d.log_contains("report.done"), "the report's end")
        cpu = (cpu_s(d.process.pid) - cpu) * 1e6 / rows
        line = next(x for x in d.log().splitlines() if "report.done" in x)
        words = dict(x.split("=", 1) for x in line.split() if "=" in x)
        if int(words["rows"]) != rows:
            raise SystemExit(f"bench: {words['rows']} rows came of {rows}")
        say(f"into the journal, broker away: {int(words['ms']) / 1000:.1f} s, {cpu:.1f} µs CPU a row, "
            f"{memory_mib(d.process.pid):.1f} MiB")
        self.check("rows per second into the journal", rows * 1000 / int(words["ms"]), ">=", wanted, "rows/s")
        self.check("peak resident memory", memory_mib(d.process.pid, "VmHWM"), "<=", 48, "MiB")

    def fetch_file(self, d, rows, wanted):
        """How long it was ordered and waited for says nothing: from the first rows on."""
        harness.wait_until(lambda: d.metric("report_rows_total"), 300, "the first rows")
        first, start, cpu = d.metric("report_rows_total"), time.monotonic(), cpu_s(d.process.pid)
        self.polled(lambda: d.metric("report_rows_total") >= rows, "the file's last row")
        seconds, cpu = time.monotonic() - start, (cpu_s(d.process.pid) - cpu) * 1e6 / max(1, rows - first)
        self.polled(lambda: d.log_contains("report.done"), "the report's end")
        say(f"from the file into the journal, broker away: {seconds:.1f} s, {cpu:.1f} µs CPU a row, {memory_mib(d.process.pid):.1f} MiB")
        self.check("rows per second into the journal", (rows - first) / seconds, ">=", wanted, "rows/s")
        self.check("peak resident memory", memory_mib(d.process.pid, "VmHWM"), "<=", 48, "MiB")

    def publish(self, d, rows):
        counter = self.counter()
        harness.wait_until(lambda: d.metric("mqtt_connected") == 1, 90, "a connected broker")
        start, before, cpu = time.monotonic(), counter.count(), cpu_s(d.process.pid)
        self.polled(lambda: counter.count() >= rows, "every event at the subscriber")
        seconds = time.monotonic() - start
        self.polled(lambda: d.metric("journal_entries") == 0, "an empty journal")
        counter.close()
        say(f"published: {seconds:.1f} s, {(cpu_s(d.process.pid) - cpu) * 1e6 / (rows - before):.1f} µs CPU an event")
        self.check("events per second at the subscriber", (rows - before) / seconds, ">=", 15000, "events/s")
        self.check("peak resident memory", memory_mib(d.process.pid, "VmHWM"), "<=", 48, "MiB")

    def fetch_again(self, d, text, rows):
        """Once more: every row is known."""
        published = d.metric("events_published_total")
        first = d.metric("report_rows_total")
        d.write_conf(text.replace("EVERY", "1s"))
        d.process.send_signal(signal.SIGHUP)
        harness.wait_until(lambda: d.metric("report_rows_total") > first, what="the report's second run")
        start, cpu = time.monotonic(), cpu_s(d.process.pid)
        gone = d.metric("report_rows_total") - first
        d.write_conf(text.replace("EVERY", "1h"))
        d.process.send_signal(signal.SIGHUP)
        self.polled(lambda: d.metric("duplicates_total") >= rows and d.metric("journal_entries") == 0, "the second run's end")
        seconds = time.monotonic() - start
        cpu = (cpu_s(d.process.pid) - cpu) * 1e6 / (rows - gone)
        if d.metric("events_published_total") != published:
            raise SystemExit("bench: a row that had not changed became an event")
        say(f"again and unchanged: {seconds:.1f} s, {cpu:.1f} µs CPU a row")
        self.check("unchanged rows per second", (rows - gone) / seconds, ">=", 50000, "rows/s")

    missed = 0

    def check(self, name, value, relation, limit, unit):
        good = value >= limit if relation == ">=" else value <= limit
        Bench.missed += not good
        say(f"{'ok  ' if good else 'MISS'} {name}: {value:.1f} {unit} (wanted {relation} {limit})")

    def close(self):
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                process.wait(30)
        self.broker.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--seconds", type=int, default=8, help="length of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=200)
    parser.add_argument("--backlog", type=int, default=1000000)
    parser.add_argument("--rows", type=int, default=1000000, help="of a report")
    parser.add_argument("parts", nargs="*", default=["single", "batch", "backlog", "stream", "pages", "csv", "clicks"])
    args = parser.parse_args()
    args.build = os.path.abspath(args.build)
    harness.PROGRAM = os.path.join(args.build, "campaign2mqtt")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = tempfile.mkdtemp(prefix="campaign2mqtt-bench-")
    bench = Bench(args, folder)
    try:
        for part in args.parts:
            getattr(bench, part)()
    finally:
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)
    say("\nall wanted figures reached" if Bench.missed == 0 else f"\n{Bench.missed} figures missed")
    return 1 if Bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
