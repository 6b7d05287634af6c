"""A file of 3 GB that is ordered: read in little memory."""
import re
import unittest

from harness import RELEASE, wait_until
from orders import Orders

from report_files import Long


class Large(Orders):
    """On the release build: sanitizers have a memory of their own."""

    program = RELEASE

    def peak_mib(self):
        with open(f"/proc/{self.daemon.process.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1)) / 1024

    def test_3_gb(self):
        """Most of it are thirty fields of 100 MB, each a dead letter; the rows between and behind them are published."""
        self.start_vendor()
        row = b'm-x,EX,447,"' + b"x" * 88
        self.vendor.spoil = lambda _order, content: Long((content, 1), *[part for n in range(30) for part in (
            (row, 1), (b"y" * 100, 1 << 20), (b'",Success,\r\nm-%d,EX,44770090%04d,Hi,Success,\r\n' % (n, n), 1))])
        self.start_all(accounts=self.account("delivery-csv", timeout="10m"))
        self.wait_done(deadline=240)
        self.daemon.wait_empty()
        wait_until(lambda: len(self.subscriber.ids()) == 38, what="38 events")
        self.assertEqual(self.daemon.metric("dead_letters_total"), 30)
        self.assertGreater(self.daemon.metric("report_download_bytes_total"), 3 * 10 ** 9)
        self.assert_ordered((self.campaigns[0], "delivery"))
        self.assertLess(self.peak_mib(), 48)
        wait_until(lambda: not self.left_files(), what="an empty folder of downloads")
        self.assert_clean()


if __name__ == "__main__":
    unittest.main()
