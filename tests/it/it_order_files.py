"""Ordered reports when something is wrong with the link or the file: the documented state, one clear message, nothing lost, and nothing
ordered again."""
import gzip
import os
import unittest

from harness import wait_until
from it_order_troubles import Troubles
from orders import Passona

from report_files import Way


class Links(Troubles):
    """The link leads to nothing: the job has failed, the fallback takes its place."""

    def run_with(self, way=None, spoil=None):
        self.start_vendor()
        self.order = self.campaigns[0], "delivery"
        if way:
            self.vendor.way = way
        if spoil:
            self.vendor.spoil = lambda _order, content: spoil(content)
        self.start_all(accounts=self.account("delivery-csv"))

    def assert_failed(self, text):
        self.wait_fallback()
        self.wait_job("failed")
        self.assert_told(text)
        wait_until(lambda: self.broker_state() == "degraded", what="_state degraded")
        wait_until(lambda: len(self.mail.seen()) == 1, what="the mark on the mail")
        wait_until(lambda: not self.left_files(), what="an empty folder of downloads")

    def test_expired(self):
        self.run_with(Way(expires_s=0))
        self.assert_failed("403")

    def test_used_up_by_a_download_that_was_cut_off(self):
        self.run_with(Way(single_use=True, cuts=(100,)))
        self.assert_failed("403")

    def test_a_page_to_log_in(self):
        self.run_with(Way(login=True))
        self.assert_failed("sent a page for people instead of a file")

    def test_html_that_says_it_is_csv(self):
        self.run_with(spoil=lambda _content: b"<!DOCTYPE html><html><body>Log in</body></html>")
        self.assert_failed("sent a page for people instead of a file")

    def test_a_redirect_to_a_host_that_is_not_listed(self):
        other = self.sim(Passona)
        self.run_with(Way(redirect=f"http://localhost:{other.port}"))
        self.assert_failed("sends us to a place that the profile does not list")
        self.assertEqual(other.asked(), [])

    def test_no_folder_for_it(self):
        """Told, shown, and gone on with when somebody has mended it."""
        self.start_vendor()
        self.vendor.hold = True
        self.start_all(accounts=self.account("delivery-csv"))
        self.wait_job("waiting")
        folder = os.path.join(self.folder, "data/downloads")
        with open(folder, "w", encoding="utf-8"):
            pass
        self.release()
        wait_until(lambda: self.report_status("delivery-csv").get("trouble"), what="the trouble in status")
        self.assert_told("the downloaded file cannot be opened: Not a directory")
        self.assertEqual(self.job(), "downloading")
        os.unlink(folder)
        self.order_now()                # joins the order that stands still
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered((self.campaigns[0], "delivery"))
        self.assertEqual(len(self.lines("warn", "error")), 1)

    def test_an_empty_file(self):
        self.run_with(spoil=lambda _content: b"")
        self.assert_failed("there is nothing in it")

    def test_other_columns(self):
        self.run_with(spoil=lambda _content: b"Error,Code\r\nLink expired,7\r\n")
        self.assert_failed("the header has none of the columns")

    def test_nul_bytes_in_the_header(self):
        self.run_with(spoil=lambda content: content.replace(b"Sender", b"Sen\0der"))
        self.assert_failed("NUL")

    def test_a_million_columns(self):
        self.run_with(spoil=lambda _content: b",".join(b"c%d" % n for n in range(1000000)) + b"\r\n")
        self.assert_failed("the header is longer than 64 KiB")

    def test_a_broken_archive(self):
        self.run_with(spoil=lambda content: gzip.compress(content * 100)[:-400])
        self.assert_failed("the gzip file is cut off")


class Rows(Troubles):
    """Single rows that cannot be read are dead letters; the others are published."""

    def run_with(self, spoil, dead, published):
        self.start_vendor()
        self.vendor.spoil = lambda _order, content: spoil(content)
        self.start_all(accounts=self.account("delivery-csv"))
        self.wait_done()
        self.daemon.wait_empty()
        wait_until(lambda: len(self.subscriber.ids()) == published, what=f"{published} events")
        self.assertEqual(self.daemon.metric("dead_letters_total"), dead)
        self.assert_ordered((self.campaigns[0], "delivery"))
        self.assertEqual(self.broker_state(), "ready")
        self.assert_clean()
        wait_until(lambda: not self.left_files(), what="an empty folder of downloads")

    def test_cut_off_within_quotes(self):
        self.run_with(lambda content: content + b'm-x,EX,44770090,"Hi, you', 1, 8)

    def test_nul_bytes(self):
        self.run_with(lambda content: content + b"m-x,E\0X,447\0,Hi,Success,\r\nm-y,EX,447700900999,Hi,Success,\r\n", 1, 9)

    def test_a_row_of_a_million_columns(self):
        self.run_with(lambda content: content + b"x," * 1000000 + b"\r\nm-y,EX,447700900999,Hi,Success,\r\n", 1, 9)

    def test_a_field_of_100_mb(self):
        self.run_with(lambda content: content + b'm-x,EX,447,"' + b"x" * (100 << 20) + b'",Success,\r\nm-y,EX,447700900999,Hi,Success,\r\n',
                      1, 9)


if __name__ == "__main__":
    unittest.main()
