"""Ordered reports when something is wrong with the order, the mails or the mailbox: the documented state, one clear message, nothing lost,
and nothing ordered again."""
import unittest

from harness import wait_until
from orders import Letter, Orders, Passona

import report_mails

PLAIN = report_mails.PLAIN
FALLBACK = "delivery"       # of delivery-csv, by the profile


class Troubles(Orders):
    def begin(self, hold=True, timeout="60s", reports="delivery-csv", now=True, **more):
        self.start_vendor()
        self.vendor.hold = hold
        self.start_all(now, accounts=self.account(reports, timeout=timeout, **more))
        self.order = self.campaigns[0], "delivery"

    def deliver(self, link=None, campaign="", sender=report_mails.SENDER, wording=PLAIN):
        """Some other mail. @return its number"""
        return self.mail.deliver(report_mails.compose(wording, link or "https://shop.example/", campaign, sender=sender))

    def mails(self, verdict):
        return self.daemon.metric(f'mailbox_mails_total{{mailbox="{self.mail.url()}",verdict="{verdict}"}}')

    def good_mail(self):
        """The right one comes after all, and all is well."""
        self.release()
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered(self.order)
        wait_until(lambda: self.mail.seen() == set(self.vendor.accepted[0].mails[:1]), what="the mark on that mail alone")
        wait_until(lambda: not self.left_files(), what="an empty folder of downloads")
        self.assert_clean()

    def wait_fallback(self, deadline=40):
        """Its pages instead of the file; every fact arrives."""
        self.wait_facts("delivery", deadline=deadline)
        self.assertEqual({e["data"]["ingest"]["source"] for _t, e in self.subscriber.events()}, {FALLBACK})
        self.assert_ordered(self.order)
        self.assert_clean()


class NoMail(Troubles):
    def test_no_mail(self):
        """Stale after its timeout: told once, counted, degraded; the fallback takes its place."""
        self.begin(timeout="2s")
        self.wait_fallback()
        self.wait_job("stale")
        wait_until(lambda: self.broker_state() == "degraded", what="_state degraded")
        self.assertEqual(self.status()["state"], "degraded")
        self.assertEqual(self.daemon.metric('report_jobs_stale_total{account="passona",report="delivery-csv"}'), 1)
        self.assertEqual(self.daemon.metric('report_orders_total{account="passona",report="delivery-csv"}'), 1)
        self.assertEqual(self.daemon.metric('report_jobs_ended_total{account="passona",report="delivery-csv",end="fallback"}'), 1)
        self.assertEqual(len(self.lines("warn", "error", account="passona")), 1)
        self.daemon.stop()
        self.daemon.start()
        self.wait_job("stale")
        self.assert_ordered(self.order)

    def test_the_next_order_that_is_well_ends_it(self):
        self.begin(timeout="1s", every="4s", now=False)
        wait_until(lambda: self.broker_state() == "degraded", what="_state degraded")
        self.vendor.hold = False
        wait_until(lambda: self.broker_state() == "ready", what="_state ready")
        self.assertEqual(self.status()["state"], "ready")
        self.wait_facts("delivery")

    def test_an_unsure_order_is_sent_once_more_when_it_gave_no_sign(self):
        self.start_vendor()
        self.vendor.trouble("lost", 1, lambda r: r.method == "POST")
        self.vendor.post = lambda mail: self.mail.deliver(mail) if len(self.vendor.orders) > 1 else None
        self.start_all(accounts=self.account("delivery-csv", timeout="2s"))
        self.wait_facts("delivery")
        self.assert_ordered(*[(self.campaigns[0], "delivery")] * 2)

    def test_an_unsure_order_whose_mail_comes_is_not_sent_again(self):
        self.start_vendor()
        self.vendor.trouble("lost", 1, lambda r: r.method == "POST")
        self.start_all(accounts=self.account("delivery-csv", timeout="20s"))
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered((self.campaigns[0], "delivery"))


    def test_a_link_of_another_report_is_no_sign_of_an_unsure_order(self):
        """It may be offered to any report of its campaign; the order that gave no sign is still sent once more."""
        self.start_vendor()
        self.vendor.trouble("dead", 1, lambda r: r.method == "POST" and r.path.endswith("/delivery"))
        self.vendor.letter = lambda _order: Letter(PLAIN, "campaign")
        self.start_all(False, accounts=self.account("delivery-csv recipient-csv", timeout="4s"))
        everything, self.ordered = self.ordered, self.ordered[:1]
        self.order_now()
        wait_until(lambda: len(self.vendor.orders) >= 1, what="the first order")
        self.ordered = everything[1:]
        self.order_now()
        self.wait_facts("delivery", "recipient")
        self.wait_done("delivery-csv")
        self.wait_done("recipient-csv")
        self.assert_ordered((self.campaigns[0], "delivery"), (self.campaigns[0], "delivery"), (self.campaigns[0], "recipient"))


class Answers(Troubles):
    def test_refused(self):
        for status in (400, 404, 422):
            with self.round(status=status):
                self.start_vendor()
                self.vendor.trouble("status", None, lambda r: r.method == "POST", status=status, body=b'{"message":"Not today"}')
                self.start_all(accounts=self.account("delivery-csv"))
                wait_until(lambda: self.lines("warn", "error"), what="the message")
                self.assert_told("Not today")
                self.assert_ordered((self.campaigns[0], "delivery"))
                self.assert_clean()

    def test_the_token_is_wrong(self):
        self.begin()
        self.daemon.stop()
        self.daemon.write_conf(self.account("clicks-csv").replace(Passona.token, "wrong-token"))
        self.vendor.orders.clear()
        self.daemon.start()
        self.order_now()
        wait_until(lambda: self.lines("warn", "error"), what="the message")
        self.assert_ordered((self.campaigns[0], "clicks"))
        self.assertNotIn("wrong-token", self.daemon.log())

    def test_too_many_orders_for_now(self):
        self.start_vendor()
        self.vendor.trouble("429", 1, lambda r: r.method == "POST", headers={"Retry-After": "1"})
        self.start_all(accounts=self.account("delivery-csv"))
        self.wait_facts("delivery")
        self.assert_ordered(*[(self.campaigns[0], "delivery")] * 2)       # the first one was not taken


class Mails(Troubles):
    def test_two_mails_for_one_order(self):
        self.begin()
        self.release(letter=Letter(count=2))
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered(self.order)
        self.assertEqual(self.mail.count(), 2)
        wait_until(lambda: len(self.mail.seen()) == 1, what="the mark on the mail")
        self.assertEqual([s for _t, _a, _r, s in self.vendor.files.asked], [200])
        self.assertEqual(self.lines("warn", "error"), [])

    def test_a_mail_for_an_unknown_campaign(self):
        self.begin()
        stranger = "11111111-69f6-11ef-9a0b-0242ac120008"
        number = self.deliver(f"{self.vendor.base}/exports/1.csv?token=1", stranger, wording=report_mails.by_name("inline"))
        wait_until(lambda: self.mails("unknown_campaign") == 1, what="the verdict")
        self.good_mail()
        self.assertNotIn(number, self.mail.seen())

    def test_a_second_mail_of_another_campaign_after_a_restart(self):
        """The only report that is waited for does not get a link that names another campaign of ours."""
        self.start_vendor(campaigns=2)
        self.vendor.hold = True
        self.vendor.message(self.campaigns[0], 77, "Success")
        self.start_all(accounts=self.account("delivery-csv"))
        wait_until(lambda: len(self.vendor.built()) == 2, what="two built reports")
        first, second = sorted(self.vendor.built(), key=lambda order: self.campaigns.index(order.campaign))
        self.vendor.release(first, Letter())
        self.wait_done(campaign=first.campaign)
        self.daemon.stop()
        self.vendor.release(first, Letter())
        self.daemon.start()
        wait_until(lambda: sum(self.mails(v) for v in ("unknown_campaign", "second", "found")), what="a verdict")
        self.vendor.release(second, Letter())
        self.wait_facts("delivery")
        self.assert_ordered(*[(campaign, "delivery") for campaign in self.campaigns])
        self.assertNotIn(first.mails[1], self.mail.seen())

    def test_a_stranger_with_a_link_to_another_host(self):
        other = self.sim(Passona)
        self.begin()
        number = self.deliver(f"http://localhost:{other.port}/exports/{self.campaigns[0]}/delivery.csv?token=1", self.campaigns[0])
        wait_until(lambda: self.mails("stranger") == 1, what="the verdict")
        self.good_mail()
        self.assertNotIn(number, self.mail.seen())
        self.assertEqual(other.asked(), [])

    def test_a_sender_that_is_not_listed(self):
        self.begin(mailbox=', from: ["@passona.example"]')
        order = wait_until(self.vendor.built, what="a built report")[0]
        number = self.deliver(f"{self.vendor.base}/exports/{self.campaigns[0]}/delivery.csv?token={order.file}", self.campaigns[0],
                              sender="Mallory <m@elsewhere.example>")
        self.good_mail()
        self.assertNotIn(number, self.mail.seen())

    def test_mails_that_have_nothing_to_do_with_it(self):
        self.begin()
        for n in range(30):
            self.mail.deliver(f"From: a@b.example\r\nSubject: {n}\r\n\r\nhttps://shop.example/{n}\r\n".encode())
        self.mail.deliver(b"\x00\xff\x00 no mail at all")
        self.mail.deliver(b"")
        wait_until(lambda: self.mails("no_link") + self.mails("stranger") >= 31, what="the verdicts")
        self.good_mail()

    def test_mails_that_nobody_can_use_are_told(self):
        """A link that is too long or has a user name, and a mail that is too large: one line each, and they stay as they are."""
        self.begin()
        link = f"{self.vendor.base}/exports/{self.campaigns[0]}/delivery.csv?token=1"
        self.deliver(link.replace("http://", "http://user:s3cret@"))
        self.deliver(link + "&more=" + "x" * 5000)
        self.mail.deliver(b"From: a@b.example\r\nSubject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 150000)
        wait_until(lambda: self.mails("unusable") == 2 and self.mails("too_large") == 1, what="the verdicts")
        self.good_mail()
        self.assertEqual(len([line for line in self.lines("warn") if "mailbox.mail_ignored" in line]), 3)
        self.assert_told("link is too long, or has a user name", 2)
        self.assert_told("larger than 10 MiB")
        self.assertNotIn("s3cret", self.daemon.log())

    def test_a_mailbox_with_50000_mails(self):
        self.start_mail()
        self.mail.deliver_many(b"From: a@b.example\r\nSubject: news\r\n\r\nnothing\r\n", 50000, received=1600000000)
        self.begin()
        self.good_mail()


class Mailboxes(Troubles):
    def test_it_is_down_and_comes_back(self):
        self.start_mail()
        self.start_vendor()
        self.mail.stop()
        self.order = self.campaigns[0], "delivery"
        self.start_all(accounts=self.account("delivery-csv"))
        self.wait_job("waiting")
        wait_until(lambda: any("mailbox." in line for line in self.lines("warn", "error")), what="the message")
        self.assertEqual(self.daemon.metric("mailbox_up"), 0)
        self.mail.start()
        self.wait_facts("delivery", deadline=90)
        self.wait_done()
        self.assertEqual(len(self.lines("warn", "error")), 1)
        self.assert_ordered(self.order)
        self.assertEqual(self.daemon.metric("mailbox_up"), 1)
        self.assert_clean()

    def test_the_password_is_wrong(self):
        self.start_vendor()
        self.order = self.campaigns[0], "delivery"
        self.start_all(accounts=self.account("delivery-csv", password="wrong-password", timeout="4s"))
        wait_until(lambda: any("mailbox." in line for line in self.lines("warn", "error")), what="the message")
        self.wait_fallback()
        self.wait_job("stale")
        self.assertNotIn("wrong-password", self.daemon.log())
        self.assertEqual(len([line for line in self.lines("warn", "error") if "mailbox." in line]), 1)

    def test_the_certificate_is_wrong(self):
        self.start_mail(tls=True)
        self.start_vendor()
        self.order = self.campaigns[0], "delivery"
        self.start_all(accounts=self.account("delivery-csv", mailbox=f', ca: "{self.mail.certificates["other"]}"', timeout="4s"))
        wait_until(lambda: any("certificate" in line for line in self.lines("warn", "error")), what="the message")
        self.wait_fallback()
        self.assertNotIn("Login", self.mail.log())


if __name__ == "__main__":
    unittest.main()
