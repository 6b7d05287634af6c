"""`register`: webhooks of Everlytic are made, listed, changed, rotated and deleted; no call is refused on the way."""
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

from harness import PASSWORD, PROGRAM, SOURCE, Case, basic, password_hash, port_answers, sms, wait_until

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from everlytic import EMAIL, SMS, Everlytic  # noqa: E402
from simulator import Answer, as_json  # noqa: E402


def account(sim, first="[]", email="none"):
    return f"""
  # Everlytic, with its webhooks
  - vendor: everlytic
    vars: {{base: "{sim.base}", username: {sim.username}, api_key: "{sim.api_key}"}}
    webhooks:
      - webhook: sms     # short messages
        auth:
          basic: {first}
      - webhook: email
        auth: {email}
"""


class Register(Case):
    def setUp(self):
        super().setUp()
        self.sim = Everlytic()
        self.addCleanup(self.sim.stop)
        self.said = ""

    def register(self, *args, expect=0, webhook="sms", account_name="everlytic", stdin=b"", reload=False):
        """Run it to its end; with `reload`, tell the daemon as soon as the file has changed."""
        before = self.conf_text()
        p = subprocess.Popen([PROGRAM, "register", "-c", self.daemon.conf, account_name, webhook, *args],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if reload:
            threading.Thread(target=self.reload_when_changed, args=(before,), daemon=True).start()
        out, err = (text.decode() for text in p.communicate(stdin, timeout=90))
        self.said += out + err
        self.assertEqual(p.returncode, expect, out + err + self.daemon.log()[-2000:])
        return out, err

    def conf_text(self):
        with open(self.daemon.conf, encoding="utf-8") as f:
            return f.read()

    def reload_when_changed(self, before):
        wait_until(lambda: self.conf_text() != before)
        self.daemon.process.send_signal(signal.SIGHUP)

    def url(self, webhook="sms"):
        return f"http://127.0.0.1:{self.daemon.port}/hooks/everlytic/{webhook}"

    def only(self, family=SMS):
        (hook,) = self.sim.hooks[family].values()
        return hook

    def passwords(self):
        """Every password that the vendor ever got."""
        found = set()
        for request in self.sim.asked():
            found.update(re.findall(r'"password": ?"([^"]+)"', request.body.decode()))
        return found

    def assert_nothing_leaked(self):
        """No password anywhere; user names are in the configuration and never in the list."""
        files = [os.path.join(folder, name) for folder, _, names in os.walk(self.folder) for name in names
                 if "broker" not in folder]
        texts = [self.said.encode(), self.daemon.log().encode()]
        for name in files:
            with open(name, "rb") as f:
                texts.append(f.read())
        self.assertTrue(self.passwords())
        for password in self.passwords():
            for text in texts:
                self.assertNotIn(password.encode(), text)

    def registered(self):
        """One SMS webhook, registered and known to the daemon."""
        self.start_all(accounts=account(self.sim))
        self.register("--url", self.url(), "--write", reload=True)
        return self.only()

    # ---- create ----

    def test_registered_and_called(self):
        self.start_all(accounts=account(self.sim))
        before = self.conf_text()
        os.chmod(self.daemon.conf, 0o640)
        out, err = self.register("--url", self.url(), "--write", reload=True)
        hook = self.only()
        self.assertEqual(hook["url"], self.url())
        self.assertEqual(hook["auth_details"]["username"], "everlytic-sms")
        self.assertRegex(hook["auth_details"]["password"], r"\A[A-Za-z0-9_-]{32}\Z")
        self.assertEqual(out, "")
        self.assertIn(f"registered as {hook['id']}", err)
        self.assertEqual(self.sim.call_hooks(sms("1")), [200])
        self.assertEqual(self.subscriber.wait_events(1)[0][1]["data"]["message"]["id"], "1")
        after = self.conf_text()
        self.assertEqual(re.sub(r'\[\{username: "everlytic-sms", password_hash: "[^"]+"\}\]', "[]", after), before)
        self.assertEqual(os.stat(self.daemon.conf).st_mode & 0o7777, 0o640)
        self.assertEqual(sorted(os.listdir(self.folder)), ["broker", "campaign2mqtt.yaml", "data", "log"])
        self.assert_nothing_leaked()

    def test_the_daemon_knows_the_pair_before_the_vendor_does(self):
        self.start_all(accounts=account(self.sim))
        p = subprocess.Popen([PROGRAM, "register", "-c", self.daemon.conf, "everlytic", "sms", "--url", self.url(), "--write"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until(lambda: "everlytic-sms" in self.conf_text())
        wait_until(lambda: self.daemon.metric('webhook_requests_total{account="everlytic",webhook="sms",code="401"') > 0)
        self.assertEqual(self.sim.asked("POST"), [])
        self.daemon.process.send_signal(signal.SIGHUP)
        p.communicate(timeout=60)
        self.assertEqual(p.returncode, 0)
        self.assertEqual(self.sim.call_hooks(sms("1")), [200])

    def test_lines_to_add_are_printed(self):
        self.start_all(accounts=account(self.sim))
        out, err = self.register("--url", self.url())
        self.assertRegex(out, r'\A +- username: "everlytic-sms"\n +password_hash: "\$argon2id\$[^"]+"\n\Z')
        self.assertIn("warning: the daemon does not take the new pair yet", err)
        self.assertEqual(self.sim.call_hooks(sms("1")), [401])
        self.daemon.write_conf(account(self.sim, "\n" + out))
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.sim.call_hooks(sms("1")) == [200])
        self.assert_nothing_leaked()

    def test_on_a_terminal_it_waits_for_a_person(self):
        self.start_all(accounts=account(self.sim))
        master, slave = pty.openpty()
        p = subprocess.Popen([PROGRAM, "register", "-c", self.daemon.conf, "everlytic", "sms", "--url", self.url()],
                             stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.close(slave)
        lines = p.stdout.readline() + p.stdout.readline()
        os.write(master, b"\n")                      # too early: asked again
        text = b""
        while text.count(b"Press Enter") < 2:
            text += p.stderr.read(1)
        self.assertEqual(self.sim.hooks[SMS], {})
        self.daemon.write_conf(account(self.sim, "\n" + lines.decode()))
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.log_contains("app.reloaded"))
        os.write(master, b"\n")
        p.communicate(timeout=60)
        os.close(master)
        self.assertEqual(p.returncode, 0)
        self.assertEqual(self.sim.call_hooks(sms("1")), [200])

    def test_without_a_daemon_nobody_is_waited_for(self):
        self.start_all(accounts=account(self.sim))
        self.daemon.stop()
        self.register("--url", self.url(), "--write")
        self.daemon.start()
        self.assertEqual(self.sim.call_hooks(sms("1")), [200])

    def test_own_user_name_and_password(self):
        pairs = f'[{{username: mine, password_hash: "{password_hash(PASSWORD)}"}}]'
        self.start_all(accounts=account(self.sim, pairs))
        before = self.conf_text()
        out, _ = self.register("--url", self.url(), "--username", "mine", "--password-file", "-", "--print-password",
                               stdin=PASSWORD.encode() + b"\n")
        self.assertEqual(self.only()["auth_details"], {"username": "mine", "password": PASSWORD})
        self.assertEqual(out, f"password: {PASSWORD}\n")
        self.assertEqual(self.conf_text(), before)    # it is there already
        self.assertEqual(self.sim.call_hooks(sms("1")), [200])

    def test_the_same_address_is_registered_once(self):
        hook = self.registered()
        before = self.conf_text()
        _, err = self.register("--url", self.url(), "--write", expect=65)
        self.assertIn(f"is registered as {hook['id']}; use --update {hook['id']} or --rotate {hook['id']}", err)
        self.assertEqual(self.conf_text(), before)
        self.assertEqual(len(self.sim.hooks[SMS]), 1)

    # ---- list, update, delete ----

    def test_list_shows_no_credentials(self):
        hook = self.registered()
        self.said = ""
        out, err = self.register("--list")
        self.assertNotIn("everlytic-sms", err)
        head, row = out.splitlines()
        self.assertEqual(head.split(), ["ID", "STATUS", "EVENTS", "URL"])
        self.assertEqual(row.split(), [hook["id"], "enabled", "sent,failed,bounce,reply,delivered", self.url()])
        self.assertNotIn("everlytic-sms", out)
        self.assert_nothing_leaked()

    def test_list_of_nothing_and_a_hostile_one(self):
        self.start_all(accounts=account(self.sim))
        self.assertEqual(len(self.register("--list")[0].splitlines()), 1)
        self.sim.hooks[SMS]["x"] = {"id": "x\x1b[2J", "url": None, "status": ["a"], "event_types": ["b\nc"],
                                    "auth_details": {"username": "u", "password": "swordfish-swordfish"}}
        out, err = self.register("--list")
        self.assertNotIn("\x1b", out)
        self.assertEqual(len(out.splitlines()), 2)
        self.assertNotIn("swordfish", out + err)

    def test_update_and_delete(self):
        hook = self.registered()
        old = dict(hook["auth_details"])
        other = self.url().replace("127.0.0.1", "localhost")
        self.register("--update", hook["id"], "--url", other, "--username", "second", "--write", reload=True)
        self.assertEqual(hook["url"], other)
        self.assertEqual(hook["auth_details"]["username"], "second")
        self.assertEqual(self.sim.call_hooks(sms("1")), [200])
        self.assertEqual(self.daemon.post(sms("2"), auth=basic(old["username"], old["password"]))[0], 200)   # no end
        self.register("--delete", hook["id"])
        self.assertEqual(self.sim.hooks[SMS], {})
        _, err = self.register("--delete", "gone", expect=65)
        self.assertIn("no such webhook", err)
        _, err = self.register("--update", "gone", "--url", other, expect=65)
        self.assertIn("the vendor has no webhook gone", err)
        self.assert_nothing_leaked()

    # ---- rotate ----

    def test_rotation_while_calls_go_on(self):
        hook = self.registered()
        old = dict(hook["auth_details"])
        answers, stop = [], threading.Event()

        def call():
            n = 0
            while not stop.is_set():
                n += 1
                answers.extend(self.sim.call_hooks(sms(f"call-{n}")))
                stop.wait(0.02)

        caller = threading.Thread(target=call)
        caller.start()
        try:
            wait_until(lambda: len(answers) > 5)
            started = time.time()
            self.register("--rotate", hook["id"], "--keep", "8s", "--write", reload=True)
            count = len(answers)
            wait_until(lambda: len(answers) > count + 5)
        finally:
            stop.set()
            caller.join()
        self.assertEqual(set(answers), {200})
        self.assertNotEqual(hook["auth_details"]["password"], old["password"])
        stale = basic(old["username"], old["password"])
        if time.time() < started + 6:
            self.assertEqual(self.daemon.post(sms("kept"), auth=stale)[0], 200)
        wait_until(lambda: self.daemon.post(sms("late"), auth=stale)[0] == 401)
        self.assertGreater(time.time(), started + 6.9)
        self.assertEqual(self.sim.call_hooks(sms("new")), [200])
        self.subscriber.wait_events(len(answers))
        check = subprocess.run([PROGRAM, "check", "-c", self.daemon.conf], capture_output=True, check=True, timeout=60)
        self.assertIn(b"until: this pair's time has ended", check.stderr)
        self.daemon.stop()
        self.daemon.start()                           # an ended pair does not stop a start
        self.assertEqual(self.daemon.post(sms("late"), auth=stale)[0], 401)
        self.assert_nothing_leaked()

    # ---- e-mail ----

    def test_email_family(self):
        self.start_all(accounts=account(self.sim, email="{basic: []}"))
        self.register("--url", self.url("email"), "--write", webhook="email", reload=True)
        hook = self.only(EMAIL)
        self.assertEqual(self.sim.hooks[SMS], {})
        self.assertEqual(hook["field_set"], "standard")
        auth = basic(hook["auth_details"]["username"], hook["auth_details"]["password"])
        self.assertEqual(self.daemon.post({}, path="/hooks/everlytic/email", method="GET", auth=auth)[0], 200)
        out, _ = self.register("--list", webhook="email")
        self.assertIn(hook["id"], out)
        self.register("--rotate", hook["id"], "--write", webhook="email", reload=True)
        self.register("--delete", hook["id"], webhook="email")
        self.assertEqual(self.sim.hooks[EMAIL], {})
        self.assert_nothing_leaked()

    def test_list_of_several_pages(self):
        self.start_all(accounts=account(self.sim, email="{basic: []}"))

        def page(request):
            number = int(request.query["page"])
            return as_json({"meta": {"last_page": 3}, "data": [{"id": f"h{number}", "url": f"https://{number}.example/"}]})

        self.sim._email_hooks = page
        out, _ = self.register("--list", webhook="email")
        self.assertEqual([line.split()[0] for line in out.splitlines()[1:]], ["h1", "h2", "h3"])

    # ---- what goes wrong ----

    def test_bad_usage(self):
        self.start_all(accounts=account(self.sim))
        url = ["--url", self.url()]
        cases = [
            ([], "--url is missing"),
            (["--url", "ftp://x/"], "is no address"),
            (["--list", "--delete", "x"], "only one of"),
            (["--delete", ""], "the id is empty"),
            ([*url, "--keep", "soon"], "is no time"),
            ([*url, "--keep", "9999d"], "is no time"),
            ([*url, "--username", "a:b"], "without ':'"),
            ([*url, "--username", ""], "1 to 256"),
            ([*url, "--username", "x" * 300], "1 to 256"),
            ([*url, "--password-file", "/nonexistent"], "cannot be read"),
            ([*url, "--password-file", "-"], "one line"),
        ]
        for args, text in cases:
            self.assertIn(text, self.register(*args, expect=64)[1])
        for stdin in (b"a\nb\n", b"a\0b", b"x" * 600, b"\n"):
            self.register(*url, "--password-file", "-", expect=64, stdin=stdin)
        self.assertIn('no account "nobody"', self.register(*url, account_name="nobody", expect=64)[1])
        self.assertIn('no webhook "mms"', self.register(*url, webhook="mms", expect=64)[1])
        self.assertIn('"auth: none"', self.register(*url, webhook="email", expect=78)[1])
        self.assertEqual([r for r in self.sim.asked() if r.method != "GET"], [])

    def test_webhooks_that_nobody_can_register(self):
        self.start_all(accounts="\n  - vendor: generic\n    vars: {base: \"http://127.0.0.1:1\"}\n"
                                "    webhooks: [{webhook: json, auth: {basic: []}}]\n")
        _, err = self.register("--url", self.url(), account_name="generic", webhook="json", expect=64)
        self.assertIn("cannot be registered from here", err)

    def test_what_the_vendor_says(self):
        self.start_all(accounts=account(self.sim))
        url = ["--url", self.url(), "--write"]
        self.sim.trouble("status", 1, status=401, body=b'"Invalid credentials."')
        self.assertIn("401", self.register(*url, expect=77)[1])
        self.assertNotIn("username:", self.conf_text().split("webhooks:")[1])

        def echo(request):
            """Refuses, and says our password."""
            return Answer(400, b'{"status":"error","message":"bad password: %s"}' %
                          request.json()["webhook"]["auth_details"]["password"].encode())

        answer = self.sim.answer
        self.sim.answer = lambda request: echo(request) if request.method == "POST" else answer(request)
        _, err = self.register(*url, reload=True, expect=65)
        self.assertIn("400", err)
        self.sim.answer = lambda request: as_json({"status": "error", "message": "too many webhooks"}) \
            if request.method == "POST" else answer(request)
        _, err = self.register(*url, reload=True, expect=65)
        self.assertIn("too many webhooks", err)
        self.assert_nothing_leaked()
        self.sim.stop()
        self.assertFalse(port_answers(self.sim.port))
        self.register("--list", expect=69)

    def test_a_list_that_cannot_be_extended(self):
        self.start_all(accounts=account(self.sim).replace(
            "auth:\n          basic: []",
            f'auth:\n          ? basic\n          : - {{username: a, password_hash: "{password_hash(PASSWORD)}"}}'))
        before = self.conf_text()
        out, err = self.register("--url", self.url(), "--write", expect=78)
        self.assertIn("add the pair by hand", err)
        self.assertIn("- username:", out)
        self.assertEqual(self.conf_text(), before)
        self.assertEqual(self.sim.hooks[SMS], {})


if __name__ == "__main__":
    unittest.main()
