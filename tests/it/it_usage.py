"""Mistakes that people make on the command line: one line says what is wrong, where, and what to do; the exit code is right."""
import http.server
import os
import signal
import subprocess
import threading
import unittest

from harness import PROGRAM, Case, free_port

CSV = b"SMS_ID,Sender,Recipient,Message_Copy,Status,Expiry_Date\n"
EVERYTHING = """instance: gw1
store: {{path: data/c.db}}
mqtt: {{url: "mqtt://127.0.0.1:1"}}
listen: [{{address: "127.0.0.1:{port}"}}]
admin: {{address: "127.0.0.1:{admin}"}}
accounts:
  - vendor: passona
    vars: {{token: "${{TOKEN}}", base: "http://127.0.0.1:1"}}
    reports: [{{report: clicks, each: {{campaign: [a]}}}}]
  - vendor: constant-contact
    vars: {{client_id: a, base: "http://127.0.0.1:1"}}
    reports: [{{report: sms-summaries}}]
  - vendor: everlytic
    vars: {{host: a.example, username: u, api_key: "${{TOKEN}}", base: "http://127.0.0.1:1"}}
    webhooks: [{{webhook: sms, auth: {{basic: []}}}}, {{webhook: email, auth: none}}]
"""
URL = "--url https://h.example/hooks/everlytic/sms"
AT = " -c c.yaml "

# What is typed, the exit code, parts of the one line. c.yaml is a right configuration, no daemon runs.
COMMANDS = [
    ("nonsense", 64, ["nonsense", "-h"]),
    ("run --nonsense", 64, ["run", "--nonsense", "-h"]),
    ("run more", 64, ["usage", "run [-c FILE]"]),
    ("run -c", 64, ["-c", "needs an argument"]),
    ("check -x", 64, ["check", "\"-x\"", "-h"]),
    ("check more", 64, ["usage", "[--print]"]),
    ("check --print=yes", 64, ["--print=yes", "no argument"]),
    ("check -c none.yaml", 78, ["none.yaml", "No such file"]),
    ("check -c folder", 74, ["folder", "Is a directory"]),
    ("map", 64, ["usage", "--vendor V"]),
    ("map --vendor", 64, ["--vendor", "needs an argument"]),
    ("map --vendor passona --wrong", 64, ["--wrong"]),
    ("map --vendor passona none.csv", 74, ["none.csv", "No such file"]),
    ("map --vendor passona folder", 74, ["folder", "Is a directory"]),
    ("map --vendor passona --set x", 64, ["--set", "NAME=VALUE", "\"x\""]),
    ("map --vendor passona --set =x", 64, ["--set", "NAME=VALUE"]),
    ("map --vendor passona --received yesterday", 64, ["--received", "2024-09-03T09:02:09Z", "yesterday"]),
    ("vendors --wrong", 64, ["vendors", "--wrong"]),
    ("vendors passonna", 64, ["passonna", "campaign2mqtt vendors"]),
    ("vendors a b", 64, ["usage", "[NAME]"]),
    ("hash-password more", 64, ["usage: campaign2mqtt hash-password (", "-h"]),
    ("version --wrong", 64, ["usage: campaign2mqtt version ("]),
    ("healthcheck" + AT + "more", 64, ["usage"]),
    ("healthcheck" + AT, 69, ["no daemon", "admin.address", "campaign2mqtt run"]),
    ("status --wrong", 64, ["status", "--wrong"]),
    ("status" + AT, 69, ["no daemon", "127.0.0.1:", "admin.address", "campaign2mqtt run"]),
    ("status -c broken.yaml", 78, ["broken.yaml:2:", "litsen", "listen"]),
    ("tail" + AT, 69, ["127.0.0.1", "broker"]),
    ("tail --status delivred" + AT, 64, ["delivred", "delivered"]),
    ("tail --account a/b" + AT, 64, ["a/b"]),
    ("tail --account", 64, ["--account", "needs an argument"]),
    ("fetch passona" + AT, 64, ["usage", "ACCOUNT REPORT"]),
    ("fetch passona clicks --wrong" + AT, 64, ["fetch", "--wrong"]),
    ("fetch passona clicks --set x" + AT, 64, ["--set", "NAME=VALUE"]),
    ("fetch passona clicks --set campaing=x" + AT, 78, ["campaing"]),
    ("fetch passona clicks --from yesterday" + AT, 64, ["--from", "yesterday"]),
    ("fetch passona clicks --from 2024-01-02 --to 2024-01-01" + AT, 64, ["before"]),
    ("fetch nobody clicks" + AT, 78, ["nobody", "passona, constant-contact"]),
    ("fetch passona klicks" + AT, 78, ["klicks", "it has: clicks"]),
    ("fetch passona clicks -c broken.yaml", 78, ["broken.yaml:2:", "litsen"]),
    ("import passona clicks" + AT, 64, ["usage", "FILE|URL"]),
    ("import passona clicks-csv none.csv --set campaign=a" + AT, 74, ["none.csv", "no such file"]),
    ("import passona clicks-csv folder --set campaign=a" + AT, 74, ["folder"]),
    ("import passona clicks-csv delivery.csv" + AT, 64, ["--set campaign="]),
    ("import passona clicks-csv delivery.csv --set campaign=a" + AT, 65, ["delivery-csv", "clicks-csv"]),
    ("import nobody clicks-csv delivery.csv" + AT, 78, ["nobody", "there are: passona"]),
    ("import passona nothing delivery.csv" + AT, 78, ["nothing", "it has: clicks"]),
    ("import passona clicks-csv delivery.csv --set" + AT, 64, []),
    ("register everlytic" + AT, 64, ["usage", "ACCOUNT WEBHOOK"]),
    ("register everlytic sms" + AT, 64, ["--url"]),
    ("register everlytic sms --url x" + AT, 64, ["--url", "https://"]),
    ("register nobody sms --url https://h.example/hooks/nobody/sms" + AT, 64, ["nobody", "there are: passona"]),
    ("register everlytic mms --url https://h.example/hooks/everlytic/mms" + AT, 64, ["mms", "it has: sms, email"]),
    ("register everlytic sms --list --delete 1" + AT, 64, ["only one"]),
    ("register everlytic sms --keep soon --rotate 1" + AT, 64, ["--keep", "soon", "1h"]),
    ("register everlytic sms --password-file none " + URL + AT, 64, ["none", "No such file"]),
    ("register everlytic sms --password-file folder " + URL + AT, 64, ["folder", "Is a directory"]),
    ("register everlytic email --url https://h.example/hooks/everlytic/email" + AT, 78, ["c.yaml:", "auth: none"]),
    ("authorize" + AT, 64, ["usage", "ACCOUNT"]),
    ("authorize nobody" + AT, 64, ["nobody", "there are: passona"]),
    ("authorize passona" + AT, 64, ["passona", "no authorisation", "vars"]),
    ("authorize constant-contact --code x" + AT, 64, ["--redirect-uri"]),
    ("authorize constant-contact --code - --redirect-uri https://h" + AT, 65, ["no code"]),
    ("authorize constant-contact" + AT, 69, ["constant-contact", "127.0.0.1 port 1"]),
]
# What is printed by a command, and what it reads.
PRINTING = [
    ("-h", b""), ("fetch -h", b""), ("version", b""), ("vendors", b""), ("check -c c.yaml", b""), ("check -c c.yaml --print", b""),
    ("hash-password", b"secret"), ("map --vendor passona --source delivery-csv --set campaign=a", CSV + b"m1,B,447700900001,x,Success,\n"),
    ("authorize constant-contact --print-url --redirect-uri https://h.example -c c.yaml", b""),
]


class Usage(Case):
    """One line on stderr, nothing on stdout."""

    def setUp(self):
        super().setUp()
        os.mkdir(os.path.join(self.folder, "folder"))
        self.admin_port = free_port()
        for name, text in (("c.yaml", EVERYTHING.format(port=free_port(), admin=self.admin_port)),
                           ("broken.yaml", "mqtt: {url: mqtt://h}\nlitsen: []\n"), ("delivery.csv", CSV.decode())):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as f:
                f.write(text)

    def run_line(self, line, stdout=subprocess.PIPE, stdin=b"", **more):
        return subprocess.run([PROGRAM, *line.split()], stdout=stdout, stderr=subprocess.PIPE, input=stdin, timeout=60, cwd=self.folder,
                              env={**os.environ, "TOKEN": "t"}, **more)

    def assert_said(self, result, code, *parts):
        text = result.stderr.decode()
        lines = [line for line in text.splitlines() if "warning:" not in line]
        self.assertEqual((result.returncode, len(lines)), (code, 1), text)
        self.assertTrue(lines[0].startswith("campaign2mqtt: "), text)
        for part in parts:
            self.assertIn(part, lines[0])

    def test_what_is_typed(self):
        for line, code, parts in COMMANDS:
            with self.subTest(line):
                result = self.run_line(line)
                self.assertEqual(result.stdout, b"")
                self.assert_said(result, code, *parts)

    def test_no_configuration_at_all(self):
        if os.path.exists("/etc/campaign2mqtt/campaign2mqtt.yaml"):
            self.skipTest("there is one on this machine")
        self.assert_said(self.run_line("status"), 78, "campaign2mqtt.yaml", "-c FILE")

    def test_standard_output_that_is_full_closed_or_left(self):
        for line, stdin in PRINTING:
            with self.subTest(line):
                with open("/dev/full", "wb") as full:
                    self.assert_said(self.run_line(line, full, stdin), 74, "cannot write to standard output")
                self.assert_said(self.run_line(line, None, stdin, preexec_fn=lambda: os.close(1)), 74, "standard output")
                reader, writer = os.pipe()
                os.close(reader)                            # as `| head -1`
                result = self.run_line(line, writer, stdin)
                os.close(writer)
                said = [text for text in result.stderr.splitlines() if b"warning:" not in text]
                self.assertIn((result.returncode, len(said)), ((-signal.SIGPIPE, 0), (74, 1)), said)

    def test_why_standard_output_takes_no_more(self):
        with open("/dev/full", "wb") as full:
            self.assert_said(self.run_line("vendors", full), 74, "No space left on device")

    def test_all_streams_closed(self):
        """The store stays what it is."""
        result = subprocess.run([PROGRAM, "authorize", "-c", "c.yaml", "constant-contact", "--print-url", "--redirect-uri", "https://h.example"],
                                cwd=self.folder, env={**os.environ, "TOKEN": "t"}, timeout=60,
                                preexec_fn=lambda: os.closerange(0, 3))
        self.assertEqual(result.returncode, 74)
        with open(os.path.join(self.folder, "data/c.db"), "rb") as f:
            self.assertEqual(f.read(15), b"SQLite format 3")

    def test_a_daemon_of_another_version(self):
        class Other(http.server.BaseHTTPRequestHandler):
            document = b'{"instance":"gw1","version":"9.0.0","state":"ready","since":"2026-01-01T00:00:00Z","new":[1],"accounts":"none"}'

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                self.answer(200, self.document) if self.path == "/api/v1/status" else self.answer(404, b"")

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.answer(404, b"nothing here")

            def log_message(self, *args):
                pass
        server = http.server.HTTPServer(("127.0.0.1", self.admin_port), Other)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        status = self.run_line("status" + AT)
        self.assertEqual((status.returncode, status.stderr), (0, b""))
        self.assertIn(b"version 9.0.0", status.stdout)
        for line in ("fetch passona clicks", "authorize constant-contact", "import passona delivery-csv --set campaign=a rows.csv"):
            with open(os.path.join(self.folder, "rows.csv"), "wb") as f:
                f.write(CSV + b"m1,B,447700900001,x,Success,\n")
            self.assert_said(self.run_line(line + AT), 69 if "import" not in line else 65, "404", "version")


if __name__ == "__main__":
    unittest.main()
