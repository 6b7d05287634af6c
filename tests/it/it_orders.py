"""Reports that are ordered, mailed and downloaded: each fact once, each report ordered once, whatever mails and files look like."""
import random
import unittest

from harness import wait_until
from orders import Letter, Orders, Passona

import report_mails
from passona import REPORTS, any_letter
from report_files import Shape, Way

CSV = " ".join(report + "-csv" for report in REPORTS)
BARE = Letter(report_mails.PLAIN, "nothing")


class TwelveOrders(Orders):
    def test_six_reports_of_two_campaigns(self):
        """Mails in any order and wording; the last one says nothing of its campaign."""
        self.start_vendor(campaigns=2)
        self.vendor.hold = True
        self.start_all(now=False, accounts=self.account(CSV))
        wait_until(lambda: len(self.vendor.built()) == 12, what="twelve orders")
        orders = self.vendor.built()
        random.Random(7).shuffle(orders)
        for number, order in enumerate(orders[:-1]):
            order.number = number
            self.vendor.release(order, any_letter(order))
        wait_until(lambda: len(self.mail.seen()) == 11, what="eleven mails that are marked as seen")
        self.vendor.release(orders[-1], BARE)
        self.wait_facts(*REPORTS)
        for campaign in self.campaigns:
            for report in REPORTS:
                self.wait_done(report + "-csv", campaign)
        self.assert_ordered(*[(c, r) for c in self.campaigns for r in REPORTS])
        wait_until(lambda: len(self.mail.seen()) == 12, what="marks on twelve mails")
        self.assertEqual(self.mail.count(), 12)
        wait_until(lambda: not self.left_files(), what="an empty folder of downloads")
        self.assert_repeats_are_equal()
        self.assert_clean()
        self.assertEqual({e["data"]["ingest"]["source"] for _t, e in self.subscriber.events()} - {r + "-csv" for r in REPORTS}, set())

    def test_links_of_one_campaign_that_do_not_name_their_report(self):
        """The file's header says whose it is."""
        self.start_vendor()
        self.vendor.hold = True
        self.start_all(accounts=self.account(CSV))
        wait_until(lambda: len(self.vendor.built()) == 6, what="six orders")
        for order in reversed(self.vendor.built()):
            self.vendor.release(order, Letter(report_mails.PLAIN, "campaign"))
        self.wait_facts(*REPORTS)
        for report in REPORTS:
            self.wait_done(report + "-csv")
        self.assert_ordered(*[(self.campaigns[0], r) for r in REPORTS])
        wait_until(lambda: len(self.mail.seen()) == 6, what="marks on six mails")
        wait_until(lambda: not self.left_files(), what="an empty folder of downloads")
        self.assert_clean()

    def test_csv_and_pages_of_the_same_reports_are_each_fact_once(self):
        self.start_vendor(campaigns=2)
        self.start_all(now=False, accounts=self.account(CSV, pages=" ".join(REPORTS)))
        self.wait_facts(*REPORTS)
        for campaign in self.campaigns:
            for report in REPORTS:
                self.wait_done(report, campaign)
                self.wait_done(report + "-csv", campaign)
        self.daemon.wait_empty()
        for report in REPORTS:
            rows = sum(len(c["rows"][report]) for c in self.vendor.campaigns.values())
            for name in (report, report + "-csv"):
                self.assertEqual(self.daemon.metric(f'report_rows_total{{account="passona",report="{name}"}}'), rows, name)
        self.assertEqual(len(self.subscriber.events()), len(self.vendor.truth()))
        self.assertEqual(self.daemon.metric("dead_letters_total"), 0)

    def test_ordered_again_when_it_is_due_and_only_what_is_new_is_published(self):
        self.start_vendor()
        self.start_all(now=False, accounts=self.account("delivery-csv", every="2s"))
        self.wait_facts("delivery")
        self.fill(self.campaigns[0], 4, 20)
        self.wait_facts("delivery")
        self.assertEqual(len(self.subscriber.events()), len(self.subscriber.ids()))
        wait_until(lambda: len(self.mail.seen()) >= 2, what="mails that are marked as seen")

    def test_tls_of_the_mailbox(self):
        self.start_mail(tls=True)
        self.start_vendor()
        self.start_all(accounts=self.account("delivery-csv", mailbox=f', ca: "{self.mail.ca}"'))
        self.wait_facts("delivery")
        self.assert_ordered((self.campaigns[0], "delivery"))

    def test_two_accounts_share_a_mailbox(self):
        self.start_vendor()
        other = self.sim(Passona)
        other.post, other.build_s = self.mail.deliver, 0.1
        other.campaigns = self.vendor.campaigns
        self.start_all(now=False, accounts=self.account("delivery-csv") + self.account("clicks-csv", vendor=other, name="second"))
        wait_until(lambda: {t.split("/")[0] for t, _e in self.subscriber.events()} == {"passona", "second"}, what="events of both")
        self.assertEqual((len(self.vendor.orders), len(other.orders)), (1, 1))


    def test_the_same_campaign_id_in_two_accounts_is_not_guessed(self):
        """Rows of one account never become events of the other: told, and the fallback of each is read."""
        self.start_vendor()
        other = self.sim(Passona)
        other.post, other.build_s = self.mail.deliver, 0.1
        other.campaign("Other", ident=self.campaigns[0], expires=1)
        other.message(self.campaigns[0], 700, "Failed", at=1790000000)
        self.vendor.hold = other.hold = True
        self.start_all(now=False, accounts=self.account("delivery-csv", timeout="15s") +
                       self.account("delivery-csv", timeout="15s", vendor=other, name="second"))
        wait_until(lambda: self.vendor.built() and other.built(), what="two built reports")
        other.release(other.built()[0], Letter())
        self.vendor.release(self.vendor.built()[0], Letter())
        self.wait_facts("delivery")
        wait_until(lambda: self.facts(other, "second"), what="the fact of the second account")
        self.assertEqual(sorted(self.facts(other, "second")), sorted(f for f in other.truth() if f[1] == "failed"))
        self.assert_told("several jobs or links are possible", 2)
        self.assertEqual((len(self.vendor.orders), len(other.orders)), (1, 1))


class Files(Orders):
    """One report, whose file comes in some other way."""

    def run_with(self, way=None, shape=None, letter=None, spoil=None, reports="delivery-csv", rows=8, **more):
        self.start_vendor(rows=rows)
        self.vendor.way, self.vendor.shape = way or Way(), shape or Shape()
        self.vendor.letter = letter or any_letter
        if spoil:
            self.vendor.spoil = lambda _order, content: spoil(content)
        self.start_all(accounts=self.account(reports, **more))

    def assert_good(self, *asked):
        """Published, ordered once; and `asked`: how the file was asked for."""
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered((self.campaigns[0], "delivery"))
        wait_until(lambda: len(self.mail.seen()) == 1, what="the mark on the mail")
        self.assertEqual(self.broker_state(), "ready")
        wait_until(lambda: not self.left_files(), what="an empty folder of downloads")
        self.assert_clean()
        if asked:
            self.assertEqual([status for _token, _auth, _range, status in self.vendor.files.asked], list(asked))

    def test_gzip_and_zip(self):
        for pack in ("gzip", "zip"):
            with self.round(pack=pack):
                self.run_with(Way(pack=pack, media_type="application/octet-stream"))
                self.assert_good(200)

    def test_other_columns_first_and_more_of_them(self):
        self.run_with(shape=Shape(reorder=True, extra=("Cost", "Team"), bom=True, line_end="\n", delimiter=";"))
        self.assert_good(200)

    def test_its_first_line_names_the_delimiter(self):
        """More than one slice: the line is in none of them, and the places behind them are the file's."""
        self.run_with(shape=Shape(delimiter=";"), spoil=lambda content: b"sep=;\r\n" + content, rows=3000)
        self.assert_good(200)

    def test_a_link_that_can_be_used_once(self):
        self.run_with(Way(single_use=True))
        self.assert_good(200)

    def test_cut_off_and_gone_on_with(self):
        self.run_with(Way(cuts=(30000, 20000)), rows=400)
        self.assert_good(200, 206, 206)
        begins = [int(wanted[6:-1]) for _token, _auth, wanted, _status in self.vendor.files.asked[1:]]
        self.assertEqual(sorted(begins), begins)
        self.assertGreater(begins[0], 0)

    def test_cut_off_by_a_server_without_ranges(self):
        self.run_with(Way(cuts=(30000,), ranges=False), rows=400)
        self.assert_good(200, 200)

    def test_slow_and_without_a_length(self):
        self.run_with(Way(bytes_per_s=40000, size=False), rows=200)
        self.assert_good(200)

    def test_redirected(self):
        self.run_with(Way(redirect="here"))
        self.assert_good(302, 200)

    def test_a_link_that_wants_the_token(self):
        self.run_with(Way(needs=f"Bearer {Passona.token}"))
        self.assert_good(401, 200)

    def test_credentials_are_not_sent_with_a_link(self):
        self.run_with()
        self.assert_good(200)
        self.assertEqual([auth for _token, auth, _range, _status in self.vendor.files.asked], [None])

    def test_a_file_of_another_host_that_the_configuration_lists(self):
        self.start_vendor()
        self.vendor.link_base = f"http://localhost:{self.vendor.port}"
        self.start_all(accounts=self.account("delivery-csv", mailbox=", hosts: [localhost]"))
        self.assert_good(200)

    def test_only_a_header(self):
        self.run_with(spoil=lambda content: content[:content.index(b"\n") + 1])
        self.wait_done()
        self.assertEqual(self.subscriber.events(), [])
        self.assert_ordered((self.campaigns[0], "delivery"))
        self.assertEqual(self.lines("warn", "error"), [])


if __name__ == "__main__":
    unittest.main()
