"""The commands as a person uses them: output, exit codes, errors that say file, line, key and what to do."""
import json
import os
import subprocess
import unittest

from harness import EVERLYTIC, PASSWORD, PROGRAM, SOURCE, USER, Case, password_hash, sms, wait_until

CASES = os.path.join(SOURCE, "tests/cases")


def run(*args, stdin=None, env=None, cwd=None):
    return subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, timeout=60, cwd=cwd,
                          env={**os.environ, **(env or {})})


class Commands(Case):
    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def assert_complaint(self, result, code, *parts):
        self.assertEqual(result.returncode, code, result.stderr)
        lines = [line for line in result.stderr.decode().splitlines() if "warning" not in line]
        self.assertEqual(len(lines), 1, lines)
        for part in parts:
            self.assertIn(part, lines[0])

    def test_overview_help_and_usage(self):
        self.assertEqual(run("-h").returncode, 0)
        self.assertIn(b"hash-password", run("-h").stdout)
        self.assertEqual(run().returncode, 64)
        self.assert_complaint(run("nope"), 64, "nope")
        for command in ("run", "check", "map", "fetch", "status", "tail", "vendors", "hash-password", "healthcheck", "version"):
            result = run(command, "-h")
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            self.assertTrue(result.stdout.startswith(b"usage: campaign2mqtt " + command.encode()))
            self.assertEqual(run(command, "--nonsense").returncode, 64)

    def test_version_and_vendors(self):
        self.assertRegex(run("version").stdout.decode(), r"^campaign2mqtt \d+\.\d+\.\d+\n$")
        text = run("vendors").stdout.decode()
        self.assertIn("everlytic", text)
        self.assertIn("generic", text)
        self.assertRegex(run("vendors", "everlytic").stdout.decode(), r"webhook sms +POST, GET")
        passona, generic = (run("vendors", name).stdout.decode() for name in ("passona", "generic"))
        self.assertRegex(passona, r"(?m)^  report  clicks +every 10m, for each campaign$")
        self.assertRegex(passona, r"(?m)^  report  clicks-csv +every 1h, for each campaign, ordered: a mail has the link, else clicks$")
        self.assertRegex(generic, r"(?m)^  report  export +every 1h, ordered: asked until it is there \(the configuration gives the mapping\)$")
        self.assert_complaint(run("vendors", "nope"), 64, "nope")

    def test_hash_password(self):
        result = run("hash-password", stdin=b"pass:word\n")
        self.assertRegex(result.stdout.decode(), r"^\$argon2id\$v=19\$[^\n]+\n$")
        self.assertNotEqual(result.stdout, run("hash-password", stdin=b"pass:word").stdout)
        self.assert_complaint(run("hash-password", stdin=b""), 65, "empty")

    def test_map_prints_topic_and_event(self):
        result = run("map", "--vendor", "everlytic", "--source", "sms", "--received", "2024-09-03T09:02:10Z",
                     stdin=json.dumps(sms(7)).encode())
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        line = json.loads(result.stdout)
        self.assertEqual(line["topic"], "campaigns/v1/everlytic/OTP%20%2F%20live/delivered")
        self.assertFalse(line["retain"])
        self.assertEqual(line["event"]["data"]["times"]["received"], "2024-09-03T09:02:10.000Z")
        named = run("map", "--vendor", "everlytic", "--source", "sms", "--account", "other", stdin=json.dumps(sms(7)).encode())
        self.assertEqual(json.loads(named.stdout)["topic"].split("/")[2], "other")

    def test_map_says_which_record_is_bad_and_prints_the_others(self):
        result = run("map", "--vendor", "everlytic", "--source", "sms", stdin=json.dumps([sms(1), {}, sms(2)]).encode())
        self.assertEqual(result.returncode, 65)
        self.assertEqual(len(result.stdout.splitlines()), 2)
        self.assertIn(b"record 2", result.stderr)
        self.assert_complaint(run("map", "--vendor", "everlytic", "--source", "sms", stdin=b'{\n "a": tru }'), 65, "line 2")
        self.assert_complaint(run("map", "--vendor", "x", "--source", "sms"), 64, "vendors")
        self.assert_complaint(run("map", "--vendor", "everlytic", "--source", "x"), 64, "vendors everlytic")
        self.assert_complaint(run("map", "--vendor", "everlytic"), 64, "usage")

    DELIVERY = b"SMS_ID,Sender,Recipient,Message_Copy,Status,Expiry_Date\r\n"

    def map_csv(self, body, *args):
        return run("map", "--vendor", "passona", "--set", "campaign=c1", *args, stdin=body)

    def test_map_tells_the_report_by_the_header_of_a_csv(self):
        rows = b"m1,B,447700900001,\"Hi,\nAnn\",Success,\r\nm2,B,447700900002,x,Failed,\r\n"
        result = self.map_csv(self.DELIVERY + rows)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        events = [json.loads(line)["event"]["data"] for line in result.stdout.splitlines()]
        self.assertEqual([(e["message"]["id"], e["status"]) for e in events], [("m1", "delivered"), ("m2", "failed")])
        self.assertEqual(events[0]["text"], "Hi,\nAnn")
        self.assertEqual(events[0]["ingest"]["source"], "delivery-csv")
        path = os.path.join(self.folder, "delivery.csv")
        with open(path, "wb") as f:
            f.write((self.DELIVERY + rows).decode().encode("utf-16"))
        again = run("map", "--vendor", "passona", "--source", "delivery-csv", "--set", "campaign=c1", path)
        self.assertEqual([json.loads(line)["event"]["id"] for line in again.stdout.splitlines()],
                         [json.loads(line)["event"]["id"] for line in result.stdout.splitlines()])

    def test_map_takes_the_delimiter_that_a_first_line_names(self):
        text = "sep=;\r\n" + self.DELIVERY.decode().replace(",", ";") + "m1;B;447700900001;x;Success;\r\nm2;B;447700900002\r\n"
        for body in (text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16"), text.replace("sep=;", '"SEP=;"').encode("cp1252")):
            result = self.map_csv(body)
            lines = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual([e["event"]["data"]["message"]["id"] for e in lines if "event" in e], ["m1"], result.stderr)
            self.assertIn(b"line 4: 3 fields where the header has 6", result.stdout + result.stderr)

    def test_map_says_what_is_wrong_with_a_csv(self):
        self.assert_complaint(run("map", "--vendor", "passona", stdin=self.DELIVERY), 64, "--set campaign=")
        self.assert_complaint(run("map", "--vendor", "passona", "--source", "clicks-csv", stdin=b""), 64, "--set campaign=")
        self.assert_complaint(self.map_csv(b"id,when\n1,2\n"), 65, "--source")
        self.assert_complaint(self.map_csv(b"<html>sign in", "--source", "clicks-csv"), 65, "HTML")
        self.assert_complaint(self.map_csv(b"Link expired\n", "--source", "clicks-csv"), 65, "none of the columns")
        self.assert_complaint(self.map_csv(b"a,b\n", "--source", "clicks-csv", "--media-type", "text/csv; charset=x"),
                              65, "charset")
        result = self.map_csv(self.DELIVERY)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))
        ragged = self.DELIVERY + b"m1,B,447700900001,x,Success,\n\nm2,B\nm3,B,447700900003,x,Success,\nm4,B,4477,\"x"
        result = self.map_csv(ragged)
        self.assertEqual(result.returncode, 65)
        self.assertEqual(len(result.stdout.splitlines()), 2)
        self.assertEqual(result.stderr.decode().splitlines(),
                         ["campaign2mqtt: unparsable: line 4: 2 fields where the header has 6",
                          "campaign2mqtt: unparsable: line 6: the file ends within quotes"])

    def test_map_reads_files_larger_than_it_keeps_in_memory(self):
        text = b"x" * 4000
        rows = b"".join(b"m%d,B,%d,%s,Success,\n" % (n, 447700900000 + n, text) for n in range(17000))
        self.assertGreater(len(rows), 64 << 20)
        result = self.map_csv(self.DELIVERY + rows)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), 17000)
        self.assertEqual(json.loads(lines[-1])["event"]["data"]["message"]["id"], "m16999")

    def test_map_reads_a_stream_value_by_value(self):
        with open(os.path.join(CASES, "samba", "sms-events-record-separators", "request.json"), "rb") as f:
            stream = f.read()
        one = run("map", "--vendor", "samba", "--source", "sms-events", stdin=stream)
        many = run("map", "--vendor", "samba", "--source", "sms-events", stdin=stream * 3000)
        self.assertEqual((one.returncode, one.stderr, many.returncode), (0, b"", 0))
        self.assertGreater(len(stream) * 3000, 1 << 19)
        self.assertEqual(len(many.stdout.splitlines()), 3000 * len(one.stdout.splitlines()))
        self.assert_complaint(run("map", "--vendor", "samba", "--source", "sms-events", stdin=b"<html>"), 65, "unparsable")
        self.assert_complaint(run("map", "--vendor", "samba", "--source", "sms-events", stdin=b'{"a": '), 65, "ends within")

    def conf(self, accounts=None, extra=""):
        accounts = accounts or EVERLYTIC.format(user=USER, hash=password_hash(PASSWORD))
        return self.file("c.yaml", f"listen: [{{address: \"127.0.0.1:8080\"}}]\n{extra}\naccounts:{accounts}")

    def test_check_and_print(self):
        path = self.conf(extra="mqtt: {url: mqtt://h, username: u, password: top-secret}")
        result = run("check", "-c", path)
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"2 webhooks", result.stdout)
        self.assertIn(b"warning", result.stderr)
        self.assertNotIn(b"top-secret", result.stderr)
        printed = run("check", "-c", path, "--print").stdout.decode()
        self.assertNotIn("top-secret", printed)
        self.assertNotIn("argon2id", printed)
        self.assertIn("***", printed)
        self.assertIn("topic_prefix: campaigns/v1", printed)

    def test_wrong_configurations_say_where_and_what(self):
        rows = [
            ("mqtt: {url: mqtt://h}\nlitsen: []\n", ":2:", "litsen", "listen"),
            ("store: {max_bytes: 10GB}\n", ":1:", "store.max_bytes", "GiB"),
            ("mqtt: {url: \"http://h\"}\n", ":1:", "mqtt.url", "mqtt"),
            ("mqtt: {password: \"${NOT_SET_ANYWHERE}\"}\n", ":1:", "mqtt.password", "NOT_SET_ANYWHERE"),
            ("mqtt: {password: \"${file:secrets/none}\"}\n", ":1:", "mqtt.password", "secrets/none"),
            ("a: [\n", ":", "", ""),
            ("listen: [{address: \"127.0.0.1:1\"}]\naccounts:\n  - vendor: everlitic\n", ":3:", "accounts[0].vendor", "everlytic"),
            ("listen: [{address: \"127.0.0.1:1\"}]\naccounts:\n  - vendor: everlytic\n    webhooks:\n      - webhook: sms\n", ":5:",
             "accounts[0].webhooks[0]", "auth"),
            ("listen: [{address: \"127.0.0.1:1\"}]\naccounts:\n  - vendor: everlytic\n  - vendor: everlytic\n", ":4:", "accounts[1]", "everlytic"),
            ("listen: [{address: \"127.0.0.1:1\"}]\naccounts:\n  - vendor: everlytic\n    webhooks:\n      - webhook: sms\n"
             "        auth: {basic: [{username: u, password_hash: \"$2b$12$abc\"}]}\n", ":6:", "password_hash", "hash-password"),
        ]
        for text, line, key, hint in rows:
            with self.subTest(text):
                path = self.file("bad.yaml", text)
                for command in ("check", "run"):
                    self.assert_complaint(run(command, "-c", path), 78, path + line, key, hint)
        self.assert_complaint(run("check", "-c", "/nowhere/x.yaml"), 78, "/nowhere/x.yaml")

    def test_a_broken_profile_fails_with_file_line_and_key(self):
        os.mkdir(os.path.join(self.folder, "profiles"))
        self.file("profiles/mine.yaml", "profile: mine\nmaps:\n  m:\n    status: {is: sent}\n    key: [a/b]\n")
        path = self.file("p.yaml", "profiles: [profiles]\n")
        self.assert_complaint(run("check", "-c", path), 78, "mine.yaml:5", "maps.m.key")

    def test_the_file_is_found_by_the_rules(self):
        path = self.conf()
        self.assertEqual(run("check", env={"CAMPAIGN2MQTT_CONFIG": path}).returncode, 0)
        os.rename(path, os.path.join(self.folder, "campaign2mqtt.yaml"))
        self.assertEqual(run("check", cwd=self.folder, env={"CAMPAIGN2MQTT_CONFIG": ""}).returncode, 0)

    def test_a_taken_port_and_a_second_daemon(self):
        self.start_broker()
        self.start_daemon()
        second = run("run", "-c", self.daemon.conf)
        self.assertEqual(second.returncode, 69, second.stderr)
        other = self.file("other.yaml", f"instance: x\nstore: {{path: other/c.db}}\nlisten: [{{address: \"127.0.0.1:{self.daemon.port}\"}}]\n")
        result = run("run", "-c", other)
        self.assertEqual(result.returncode, 69)
        self.assertIn(b"taken", result.stderr)

    def test_tail_follows_and_filters(self):
        self.start_all()
        command = [PROGRAM, "tail", "-c", self.daemon.conf, "--json", "--status", "delivered", "--campaign", "a / b"]
        tail = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(tail.stdout.close)
        try:
            seen = []

            def first_line():
                # The subscription is not visible from outside: post until the first event comes through.
                self.daemon.post(sms(len(seen) + 1000, campaign="a / b"))
                seen.append(1)
                return tail.stdout in __import__("select").select([tail.stdout], [], [], 0.05)[0]

            wait_until(first_line, what="a line of tail")
            self.daemon.post(sms(1, "sent", campaign="a / b"))
            self.daemon.post(sms(2, campaign="other"))
            self.daemon.post(sms(3, campaign="a / b"))
            line = {}
            while line.get("event", {}).get("data", {}).get("message", {}).get("id") != "3":
                line = json.loads(tail.stdout.readline())
                self.assertEqual(line["topic"], "campaigns/v1/everlytic/a%20%2F%20b/delivered")
        finally:
            tail.terminate()
            self.assertEqual(tail.wait(30), 0)

    def test_tail_without_a_broker(self):
        path = self.conf(extra="mqtt: {url: \"mqtt://127.0.0.1:1\"}")
        self.assert_complaint(run("tail", "-c", path), 69, "127.0.0.1", "broker")

    def test_healthcheck(self):
        self.start_all()
        result = run("healthcheck", "-c", self.daemon.conf)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.daemon.stop()
        self.assertEqual(run("healthcheck", "-c", self.daemon.conf).returncode, 69)


if __name__ == "__main__":
    unittest.main()
