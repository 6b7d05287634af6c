"""Mistakes that people make in a configuration: one line says file, line, key and what to do; the exit code is right."""
import os
import shutil
import socket
import sqlite3
import subprocess
import unittest

from harness import PASSWORD, PROGRAM, Case, free_port, password_hash

HOOK = "listen: [{{address: \"127.0.0.1:8080\"}}]\naccounts:\n  - vendor: everlytic\n    webhooks:\n      - webhook: sms\n        auth: {auth}\n"


def hook(auth):
    return HOOK.format(auth=auth)


def report(vendor, account_vars, reports, more=""):
    """An account that asks for reports; the lines of the account, of vars and of reports are 2, 3 and 4."""
    return "accounts:\n  - vendor: {}\n    vars: {}\n    reports: {}\n{}".format(
        vendor, account_vars.replace("{", "{{").replace("}", "}}"), reports.replace("{", "{{").replace("}", "}}"),
        more.replace("{", "{{").replace("}", "}}"))


OCAMBA, EVERLYTIC = "{token: t}", "{host: live1.everlytic.net, username: u, api_key: k}"


# What it is, the file, line, parts of the complaint. {hash} is a right password hash.
FILES = [
    ("a tab", "mqtt:\n\turl: mqtt://h\n", 2, ["tab"]),
    ("an unquoted colon", "mqtt: {url: mqtt://h}\nlog: {level: info: debug}\n", 2, []),
    ("a colon without a blank", "mqtt:\n  url:mqtt://h\n  version: 5\n", 3, []),
    ("wrong indentation", "mqtt:\n  url: mqtt://h\n version: 5\n", 3, []),
    ("a list where an object belongs", "mqtt: [mqtt://h]\n", 1, ["mqtt", "expected"]),
    ("a text where a list belongs", "listen: 127.0.0.1:8080\n", 1, ["listen", "expected"]),
    ("an account outside of the list", "accounts:\n  vendor: everlytic\n", 2, ["accounts", "expected"]),
    ("a variable that is not set", "mqtt: {url: mqtt://h, username: u,\n  password: \"${{NOT_SET_ANYWHERE}}\"}\n", 2,
     ["mqtt.password", "NOT_SET_ANYWHERE"]),
    ("a missing secret file", "mqtt:\n  password: ${{file:secrets/none}}\n", 2, ["mqtt.password", "secrets/none"]),
    ("an empty secret file", "mqtt:\n  password: ${{file:empty}}\n", 2, ["mqtt.password", "empty"]),
    ("a folder as secret file", "mqtt:\n  password: ${{file:folder}}\n", 2, ["mqtt.password", "folder"]),
    ("an unfinished variable", "mqtt:\n  password: \"${{HOME\"\n", 2, ["mqtt.password"]),
    ("the same account twice", "accounts:\n  - vendor: everlytic\n  - name: everlytic\n    vendor: generic\n", 3, ["accounts[1]", "everlytic"]),
    ("the same key twice", "mqtt:\n  url: mqtt://a\n  url: mqtt://b\n", 3, ["url"]),
    ("an unknown vendor", "accounts:\n  - vendor: everlitic\n", 2, ["accounts[0].vendor", "everlytic"]),
    ("an unknown webhook", "accounts:\n  - vendor: everlytic\n    webhooks:\n      - webhook: sns\n        auth: none\n", 4,
     ["accounts[0].webhooks[0].webhook", "sms"]),
    ("a webhook twice", "accounts:\n  - vendor: everlytic\n    webhooks:\n      - {{webhook: sms, auth: none}}\n"
     "      - {{webhook: sms, auth: none}}\n", 5, ["accounts[0].webhooks[1]", "sms"]),
    ("a webhook without auth", "accounts:\n  - vendor: everlytic\n    webhooks: [{{webhook: sms}}]\n", 3, ["accounts[0].webhooks[0]", "auth"]),
    ("a plain password as hash", hook("{{basic: [{{username: u, password_hash: secret}}]}}"), 6, ["password_hash", "hash-password"]),
    ("a bcrypt hash", hook("{{basic: [{{username: u, password_hash: \"$2y$05$abc\"}}]}}"), 6, ["password_hash", "hash-password"]),
    ("a cut hash", hook("{{basic: [{{username: u, password_hash: \"$argon2id$v=19$m=65536\"}}]}}"), 6, ["password_hash", "hash-password"]),
    ("password instead of password_hash", hook("{{basic: [{{username: u, password: secret}}]}}"), 6, ["password"]),
    ("no user name", hook("{{basic: [{{password_hash: \"{hash}\"}}]}}"), 6, ["username"]),
    ("no list of pairs", hook("{{basic: }}"), 6, ["basic"]),
    ("an account's name with a slash", "accounts:\n  - name: a/b\n    vendor: everlytic\n", 2, ["accounts[0].name"]),
    ("an account's name that begins with _", "accounts:\n  - name: _a\n    vendor: everlytic\n", 2, ["accounts[0].name"]),
    ("a port past 65535", "listen: [{{address: \"127.0.0.1:99999\"}}]\n", 1, ["listen[0].address", "99999"]),
    ("an address without a port", "listen: [{{address: 127.0.0.1}}]\n", 1, ["listen[0].address", "port"]),
    ("a name as address", "listen: [{{address: \"localhost:8080\"}}]\n", 1, ["listen[0].address"]),
    ("another scheme", "mqtt: {{url: \"tcp://h:1883\"}}\n", 1, ["mqtt.url", "mqtt://"]),
    ("a broker without a scheme", "mqtt: {{url: \"127.0.0.1:1883\"}}\n", 1, ["mqtt.url", "mqtt://"]),
    ("a broker's port past 65535", "mqtt: {{url: \"mqtt://h:99999\"}}\n", 1, ["mqtt.url"]),
    ("a topic prefix with a wildcard", "mqtt: {{url: mqtt://h, topic_prefix: \"campaigns/#\"}}\n", 1, ["mqtt.topic_prefix"]),
    ("an MQTT version", "mqtt: {{url: mqtt://h, version: 4}}\n", 1, ["mqtt.version", "5"]),
    ("a size with a wrong unit", "store:\n  max_bytes: 10GB\n", 2, ["store.max_bytes", "GiB"]),
    ("a duration without a unit", "limits: {{request_timeout: 10}}\n", 1, ["limits.request_timeout", "s"]),
    ("a negative limit", "limits: {{connections: -1}}\n", 1, ["limits.connections"]),
    ("a log level", "log: {{level: verbose}}\n", 1, ["log.level", "debug"]),
    ("a misspelt key", "instanze: gw1\n", 1, ["instanze", "instance"]),
    ("a report's vendor that is misspelt", report("ocambo", OCAMBA, "[{report: sms-clicks}]"), 2, ["accounts[0].vendor", "did you mean \"ocamba\""]),
    ("no token in vars", report("ocamba", "{tz: UTC}", "[{report: sms-clicks}]"), 3, ["accounts[0].vars", "need the variable \"token\""]),
    ("an empty token", report("ocamba", "{token: \"\"}", "[{report: sms-clicks}]"), 3, ["accounts[0].vars", "token"]),
    ("a misspelt variable", report("ocamba", "{tokn: t}", "[{report: sms-clicks}]"), 3, ["accounts[0].vars.tokn", "did you mean \"token\""]),
    ("a variable of OAuth2 that is missing", report("constant-contact", "{tz: UTC}", "[{report: sms-summaries}]"), 3, ["client_id"]),
    ("no host", report("everlytic", "{username: u, api_key: k}", "[{report: replies}]"), 3, ["accounts[0].vars", "\"host\""]),
    ("an unknown report", report("ocamba", OCAMBA, "[{report: clicks}]"), 4, ["accounts[0].reports[0].report", "sms-clicks"]),
    ("a webhook's name as report", report("everlytic", EVERLYTIC, "[{report: sms}]"), 4,
     ["accounts[0].reports[0].report", "interaction-data, replies"]),
    ("a webhook of vendor generic as report", report("generic", "{}", "[{report: json}]"), 4,
     ["accounts[0].reports[0].report", "there are: export, export-by-id, export-by-mail"]),
    ("a report that is only a name", report("ocamba", OCAMBA, "[sms-clicks]"), 4, ["accounts[0].reports[0]", "report: NAME"]),
    ("the same report twice", report("ocamba", OCAMBA, "[{report: sms-clicks}, {report: sms-clicks}]"), 4,
     ["accounts[0].reports[1].report", "keep one"]),
    ("a duration in words", report("ocamba", OCAMBA, "[{report: sms-clicks, every: 15 minutes}]"), 4,
     ["accounts[0].reports[0].every", "duration", "15 minutes"]),
    ("a report's duration without a unit", report("ocamba", OCAMBA, "[{report: sms-clicks, every: 15}]"), 4, ["reports[0].every", "\"15\""]),
    ("a start with a sign", report("ocamba", OCAMBA, "[{report: sms-clicks, start: -7d}]"), 4, ["reports[0].start", "-7d"]),
    ("a start that is a date", report("ocamba", OCAMBA, "[{report: sms-clicks, start: 2024-09-03}]"), 4, ["reports[0].start", "duration"]),
    ("a loop value that is missing", report("everlytic", EVERLYTIC, "[{report: interaction-data}]"), 4, ["each: {message: [values]}"]),
    ("a loop that is misspelt", report("everlytic", EVERLYTIC, "[{report: interaction-data, each: {mesage: [1]}}]"), 4,
     ["each.mesage", "did you mean \"message\""]),
    ("no loop values", report("everlytic", EVERLYTIC, "[{report: interaction-data, each: {message: []}}]"), 4, ["each.message", "1 to 10000"]),
    ("a report by mail without a mailbox", report("passona", "{token: t}", "[{report: clicks-csv}]"), 4,
     ["accounts[0].reports[0]", "comes by mail and needs \"mailbox\"", "mailbox: {url: \"imaps://imap.example.net/INBOX\", username: "]),
    ("a mailbox for a report that is answered", report("passona", "{token: t}", "[{report: clicks, mailbox: {url: \"imaps://h\"}}]"), 4,
     ["reports[0].mailbox", "does not come by mail", "remove"]),
    ("a mailbox without a password", report("passona", "{token: t}", "[{report: clicks-csv}]",
                                            "    mailbox: {url: \"imaps://h\", username: u}\n"), 5,
     ["accounts[0].mailbox", "\"password\" is missing"]),
    ("a mailbox's password in the clear", report("passona", "{token: t}", "[{report: clicks-csv}]",
                                                 "    mailbox: {url: \"imap://mail.example\", username: u, password: p}\n"), 5,
     ["accounts[0].mailbox.url", "in the clear", "imaps://"]),
    ("a password in the mailbox's URL", report("passona", "{token: t}", "[{report: clicks-csv}]",
                                               "    mailbox: {url: \"imaps://u:p@mail.example\", username: u, password: p}\n"), 5,
     ["accounts[0].mailbox.url", "credentials do not belong here"]),
    ("a mailbox of POP", report("passona", "{token: t}", "[{report: clicks-csv}]",
                                "    mailbox: {url: \"pop3://mail.example\", username: u, password: p}\n"), 5,
     ["accounts[0].mailbox.url", "imaps://"]),
    ("a timeout of what is answered at once", report("passona", "{token: t}", "[{report: clicks, timeout: 5m}]"), 4,
     ["reports[0].timeout", "answered at once", "remove"]),
    ("a list that there is not", report("passona", "{token: t}", "[{report: clicks, each: {campaign: {list: campaign}}}]"), 4,
     ["each.campaign.list", "did you mean \"campaigns\""]),
    ("a base without a scheme", report("ocamba", "{token: t, base: api.ocamba.com}", "[{report: sms-clicks}]"), 3, ["vars.base", "https://"]),
    ("a zone that there is not", report("ocamba", "{token: t, tz: Europe/Berlinn}", "[{report: sms-clicks}]"), 3, ["vars.tz", "Europe/Berlinn"]),
    ("a rate without a time", report("ocamba", OCAMBA, "[{report: sms-clicks}]", "    limits: {rate: [10/s]}\n"), 5, ["limits.rate[0]", "10/1s"]),
    ("a profile's word in an account's report", report("ocamba", OCAMBA, "[{report: sms-clicks, window: {}}]"), 4,
     ["reports[0].window", "unknown key", "every"]),
    ("a report by mail", report("passona", "{token: t}", "[{report: clicks, mailbox: {}}]"), 4, ["reports[0].mailbox", "mail"]),
    ("an empty file", "", None, []),
    ("not YAML at all", "\0\1\2", None, []),
    ("UTF-16 without a mark", "m\0q\0t\0t\0", None, []),
]


class Mistakes(Case):
    def setUp(self):
        super().setUp()
        os.mkdir(os.path.join(self.folder, "folder"))
        self.file("empty", "")

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def run_program(self, *args, **more):
        return subprocess.run([PROGRAM, *args], capture_output=True, timeout=60, **more)

    def assert_complaint(self, result, code, *parts):
        text = result.stderr.decode()
        lines = [line for line in text.splitlines() if "warning" not in line and " lvl=" not in line]
        self.assertEqual((result.returncode, len(lines)), (code, 1), text)
        for part in parts:
            self.assertIn(part, lines[0])

    def test_files(self):
        hashed = password_hash(PASSWORD)
        for name, text, line, parts in FILES:
            with self.subTest(name):
                path = self.file("c.yaml", text.replace("{{", "{").replace("}}", "}").replace("{hash}", hashed))
                place = path + (f":{line}:" if line else "")
                for command in ("check", "run"):
                    self.assert_complaint(self.run_program(command, "-c", path), 78, place, *parts)

    def conf(self, store="data/c.db", port=None):
        return self.file("c.yaml", f"instance: gw1\nstore: {{path: {store}}}\nmqtt: {{url: \"mqtt://127.0.0.1:1\"}}\n"
                         f"listen: [{{address: \"127.0.0.1:{port or free_port()}\"}}]\nadmin: {{address: \"127.0.0.1:{free_port()}\"}}\n")

    def test_a_folder_as_configuration(self):
        self.assert_complaint(self.run_program("check", "-c", self.folder), 74, self.folder, "irectory")

    def test_an_unreadable_file(self):
        """Root reads everything, so it is tried as nobody, with a copy of the program within its reach."""
        secret = self.file("secret", "s")
        os.chmod(secret, 0o000)
        os.chmod(self.folder, 0o755)
        path = self.file("c.yaml", f"mqtt:\n  password: ${{file:{secret}}}\n")
        program = shutil.copy(PROGRAM, os.path.join(self.folder, "program"))
        os.chmod(program, 0o755)
        result = subprocess.run([program, "check", "-c", path], capture_output=True, timeout=60,
                                user="nobody" if os.geteuid() == 0 else None,
                                env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        self.assert_complaint(result, 78, path + ":2:", "mqtt.password", secret, "may not be read")

    def test_store_paths(self):
        self.file("text", "hello " * 1000)
        other = os.path.join(self.folder, "other.db")
        with sqlite3.connect(other) as db:
            db.execute("create table bookmarks (url text)")
        db.close()
        for store, codes, parts in (("folder", (74, 78), ["folder"]), ("text", (74, 78), ["text"]), ("text/c.db", (74, 78), ["text"]),
                                    ("other.db", (74, 78), ["other.db"]), ("/proc/c.db", (73, 74, 77, 78), ["/proc/c.db"])):
            with self.subTest(store):
                result = self.run_program("run", "-c", self.conf(store))
                self.assertIn(result.returncode, codes, result.stderr)
                self.assert_complaint(result, result.returncode, *parts)
        with sqlite3.connect(other) as db:
            self.assertEqual(db.execute("select name from sqlite_master").fetchall(), [("bookmarks",)])
        db.close()

    def test_a_newer_schema(self):
        self.start_broker()
        self.start_daemon()
        self.daemon.stop()
        path = os.path.join(self.folder, "data/c.db")
        with sqlite3.connect(path) as db:
            version, = db.execute("pragma user_version").fetchone()
            db.execute(f"pragma user_version = {version + 1000}")
        db.close()
        result = self.run_program("run", "-c", self.daemon.conf)
        self.assertIn(result.returncode, (74, 78))
        self.assert_complaint(result, result.returncode, path, "newer")

    def test_a_second_daemon_on_the_same_store(self):
        self.start_broker()
        self.start_daemon()
        self.assert_complaint(self.run_program("run", "-c", self.conf()), 69, "c.db")
        self.assertEqual(self.daemon.admin("/healthz")[0], 200)

    def test_taken_ports(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assert_complaint(self.run_program("run", "-c", self.conf(port=port)), 69, str(port), "taken")
            path = self.file("c.yaml", f"instance: x\nadmin: {{address: \"127.0.0.1:{port}\"}}\n")
            self.assert_complaint(self.run_program("run", "-c", path), 69, "admin.address", str(port))

    def test_an_address_of_another_machine(self):
        path = self.file("c.yaml", "instance: x\nlisten: [{address: \"192.0.2.1:8080\"}]\n")
        result = self.run_program("run", "-c", path)
        self.assertIn(result.returncode, (69, 78))
        self.assert_complaint(result, result.returncode, "192.0.2.1:8080")


if __name__ == "__main__":
    unittest.main()
