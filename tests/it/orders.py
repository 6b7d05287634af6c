"""What the tests of ordered reports share: a vendor that mails, its mailbox, a daemon that waits, and what must be true of each log."""
import collections
import contextlib
import json
import os
import socket
import sys
import urllib.parse

from harness import SOURCE, wait_until
from it_reports import Reports

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from mailserver import MailServer  # noqa: E402
from passona import Letter, Passona  # noqa: E402

PHONES = "4477009"      # every number of the simulated vendors begins so


class Orders(Reports):
    def start_mail(self, **more):
        self.mail = MailServer(**more)
        self.addCleanup(self.mail.close)
        return self.mail

    @contextlib.contextmanager
    def round(self, **label):
        """One of several rounds of a test, each with everything of its own."""
        with self.subTest(**label):
            try:
                yield
            finally:
                self.doCleanups()
                vars(self).pop("mail", None)
                self.setUp()

    def start_vendor(self, campaigns=1, rows=8, **more):
        """A vendor with so many campaigns, which have rows in each report; with a mailbox that it mails to."""
        self.vendor = self.sim(Passona, **more)
        self.vendor.build_s = 0.1
        if not hasattr(self, "mail"):
            self.start_mail()
        self.vendor.post = self.mail.deliver
        self.campaigns = [self.vendor.campaign(f"Spring / sale {n}", expires=1) for n in range(campaigns)]
        for campaign in self.campaigns:
            self.fill(campaign, rows)
        return self.vendor

    def fill(self, campaign, rows, first=0):
        at = 1790000000
        for n in range(first, first + rows):
            self.vendor.message(campaign, n, "Failed" if n % 3 == 0 else "Success", at=at + n)
            self.vendor.click(campaign, n % 5, at=at + n // 2)
            self.vendor.recipient(campaign, n)
        self.vendor.click(campaign, 99, at=at)
        self.vendor.click(campaign, 99, at=at)               # twice the same is two clicks
        self.vendor.sent(campaign, rows, at=at)
        self.vendor.unsent(campaign, 50)

    def account(self, reports, every="1h", timeout="60s", mailbox="", password=None, url=None, pages="", vendor=None, name="passona"):
        """Reports that are ordered, and `pages`: those that are asked for."""
        vendor = vendor or self.vendor
        each = ", ".join(f'"{campaign}"' for campaign in self.campaigns)
        self.ordered = [(report, campaign, name) for report in reports.split() for campaign in self.campaigns]
        text = f"""
  - name: {name}
    vendor: passona
    vars: {{base: "{vendor.base}", token: {vendor.token}}}
    limits: {{rate: [200/1s]}}
    mailbox: {{url: "{url or self.mail.url()}", username: {self.mail.username}, password: "{password or self.mail.password}", poll: 200ms{mailbox}}}
    reports:
"""
        for report in reports.split():
            text += f"      - {{report: {report}, every: {every}, timeout: {timeout}, each: {{campaign: [{each}]}}}}\n"
        for report in pages.split():
            text += f"      - {{report: {report}, every: {every}, each: {{campaign: [{each}]}}}}\n"
        return text

    def order_now(self):
        """As `fetch` of the command line. What is due at a start begins within ten seconds; most tests need not wait for that."""
        for report, campaign, account in self.ordered:
            query = urllib.parse.urlencode({"account": account, "report": report, "set": f"campaign={campaign}"})
            s = socket.create_connection(("127.0.0.1", self.daemon.admin_port), timeout=5)
            self.addCleanup(s.close)
            s.sendall(f"POST /api/v1/fetch?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Campaign2mqtt: 1\r\nContent-Length: 0\r\n\r\n"
                      .encode())

    def start_all(self, now=True, **more):
        super().start_all(**more)
        if now:
            self.order_now()

    # ---- what is seen from outside ----

    def facts_of(self, *reports, campaigns=None):
        """What reports of the vendor say: of delivery the same as of alt_delivery."""
        statuses = {"delivery": ("delivered", "failed"), "alt_delivery": ("delivered", "failed"), "clicks": ("clicked",),
                    "recipient": ("queued",), "sent": ("sent",), "unsent": ("skipped",)}
        wanted = {status for report in reports for status in statuses[report]}
        return [f for f in self.vendor.truth() if f[1] in wanted and f[0] in (campaigns or self.campaigns)]

    def wait_facts(self, *reports, deadline=40, account="passona"):
        """Each fact of these reports as one event id, and nothing else."""
        wanted = collections.Counter(self.facts_of(*reports))
        try:
            wait_until(lambda: self.facts(self.vendor, account) == wanted, deadline)
        except AssertionError:
            got = self.facts(self.vendor, account)
            raise AssertionError(f"missing {list((wanted - got).items())[:5]}, too many {list((got - wanted).items())[:5]}; "
                                 f"orders {self.vendor.orders}; {self.jobs()}; {self.daemon.log()[-3000:]}") from None

    def status(self):
        return json.loads(self.daemon.admin("/api/v1/status", {"X-Campaign2mqtt": "1"})[1])

    def report_status(self, report, campaign=None, account="passona"):
        campaign = campaign or self.campaigns[0]
        a = next(a for a in self.status()["accounts"] if a["account"] == account)
        return next((r for r in a["reports"] if r["report"] == report and r.get("values", {}).get("campaign") == campaign), {})

    def job(self, report="delivery-csv", campaign=None):
        """State of the job as `status` has it; None: there is none."""
        return self.report_status(report, campaign).get("job", {}).get("state")

    def jobs(self):
        return [(r["report"], r.get("values"), r["state"], r.get("job"), r.get("trouble"))
                for a in self.status()["accounts"] for r in a["reports"]]

    def wait_job(self, state, report="delivery-csv", campaign=None, deadline=20):
        try:
            wait_until(lambda: self.job(report, campaign) == state, deadline)
        except AssertionError:
            raise AssertionError(f"no job {state}: {self.jobs()}; {self.daemon.log()[-3000:]}") from None

    def wait_done(self, report="delivery-csv", campaign=None, deadline=30):
        """Until the run of the report has ended well."""
        try:
            wait_until(lambda: self.report_status(report, campaign).get("last_done"), deadline)
        except AssertionError:
            raise AssertionError(f"{report} is not done: {self.jobs()}; {self.daemon.log()[-3000:]}") from None

    def broker_state(self):
        """What is retained on _state: the last message."""
        found = self.subscriber.all("/_state/")
        return json.loads(found[-1].payload)["state"] if found else None

    def lines(self, *levels, account=None):
        """Log lines of these levels."""
        return [line for line in self.daemon.log().splitlines() if any(f"lvl={level} " in line for level in levels)
                and (account is None or f"account={account}" in line)]

    def assert_told(self, text, count=1):
        """One clear message, and no others."""
        lines = self.lines("warn", "error")
        self.assertEqual(len([line for line in lines if text in line]), count, "\n".join(lines))

    def left_files(self):
        """Names in the folder of downloads."""
        folder = os.path.join(self.folder, "data/downloads")
        return os.listdir(folder) if os.path.isdir(folder) else []

    def assert_clean(self):
        """No secret and nobody's number in the log, no file left."""
        log = self.daemon.log()
        for secret in [self.vendor.token, self.mail.password, PHONES, *self.vendor.files.files]:
            self.assertNotIn(secret, log)
        self.assertNotIn("X-Amz", log)

    def assert_ordered(self, *orders):
        """Exactly these arrived at the vendor."""
        self.assertEqual(sorted(self.vendor.orders), sorted(orders))

    def release(self, number=0, letter=None, **more):
        """Mail what was held back; waits until it is built."""
        wait_until(lambda: len(self.vendor.accepted) > number and self.vendor.accepted[number].state != "building", what="a built report")
        self.vendor.release(self.vendor.accepted[number], letter or Letter(), **more)
