"""Ordered reports whose file comes over TLS, with the certificate of a private authority: from the right place only, and ordered once."""
import unittest

from harness import wait_until
from it_order_troubles import Troubles
from orders import Letter, Passona
from tls import ADVICE, Tls, with_ca


class TlsOrders(Tls, Troubles):
    """A vendor, and a mailbox, whose certificates one authority signed."""

    def prepare(self, **more):
        self.mine = self.authority()
        self.start_mail(tls=True)
        self.start_vendor(tls=self.mine.tls, **more)
        self.order = self.campaigns[0], "delivery"

    def start(self, *authorities, mailbox="", **more):
        ca = self.put_ca(*(authorities or [self.mine.ca]))
        self.start_all(accounts=with_ca(self.account("delivery-csv", mailbox=f', ca: "{self.mail.ca}"{mailbox}', **more), ca))

    def place(self, authority=None):
        """Another place, at which the vendor's own files could be. @return it, and its base with another name of this machine"""
        sim = self.sim(Passona, tls=authority.tls if authority else None)
        sim.files = self.vendor.files
        return sim, f"http{'s' if authority else ''}://localhost:{sim.port}"

    def ignored(self, cause):
        return [line for line in self.lines("warn", "error", "info") if "ev=mailbox.mail_ignored" in line and cause in line]

    def assert_waits(self, cause, number):
        """The mail is not taken, and told of once; the order waits on."""
        wait_until(lambda: self.ignored(cause), what=f"the message \"{cause}\"")
        self.assertEqual(len(self.ignored(cause)), 1, self.daemon.log()[-3000:])
        self.assertEqual(self.job(), "waiting")
        self.assertNotIn(number, self.mail.seen())
        self.assertEqual(self.vendor.files.asked, [])
        self.assert_ordered(self.order)


class FromTheRightPlace(TlsOrders):
    def test_ordered_mailed_and_downloaded(self):
        self.prepare()
        self.start()
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered(self.order)
        self.assertEqual([status for _token, _auth, _range, status in self.vendor.files.asked], [200])
        self.assertEqual([auth for _token, auth, _range, _status in self.vendor.files.asked], [None])
        self.assertTrue(self.vendor.accepted[0].link.startswith("https://127.0.0.1:"))
        wait_until(lambda: len(self.mail.seen()) == 1, what="the mark on the mail")
        wait_until(lambda: not self.left_files(), what="an empty folder of downloads")
        self.assertEqual(self.lines("warn", "error"), [])
        self.assertEqual(len(self.subscriber.events()), len(self.subscriber.ids()))
        self.assert_clean()

    def test_a_break_is_gone_on_from(self):
        self.prepare(rows=3000)
        self.vendor.way.cuts = (100000,)
        self.start()
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered(self.order)
        self.assertEqual([(rest or "", status) for _token, _auth, rest, status in self.vendor.files.asked][1][1], 206)

    def test_files_of_another_host_with_another_authority(self):
        self.prepare()
        theirs = self.authority("file host")
        _place, self.vendor.link_base = self.place(theirs)
        self.start(self.mine.ca, theirs.ca, mailbox=", hosts: [localhost]")
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered(self.order)


class FromAnotherPlace(TlsOrders):
    def begin_with(self, base):
        """The mail's link leads there. @return number of the mail"""
        self.vendor.hold, self.vendor.link_base = True, base
        self.start()
        self.wait_job("waiting")
        self.release()
        return self.vendor.accepted[0].mails[0]

    def good_link(self):
        self.vendor.link_base = None
        self.vendor.release(self.vendor.accepted[0], Letter())
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered(self.order)
        self.assertEqual([status for _token, _auth, _range, status in self.vendor.files.asked], [200])
        self.assert_clean()

    def test_a_link_without_tls(self):
        """The very file, at the very host, where everybody on the way could read or change it."""
        self.prepare()
        place, _base = self.place()
        number = self.begin_with(f"http://127.0.0.1:{place.port}")
        self.assert_waits("link is not https", number)
        self.assertEqual(self.mails("not_https"), 1)
        self.assertEqual(place.asked(), [])
        self.good_link()
        self.assertEqual(place.asked(), [])

    def test_a_link_to_a_host_that_is_not_listed(self):
        """Its certificate would be right; it is not even asked for one."""
        self.prepare()
        place, base = self.place(self.mine)
        number = self.begin_with(base)
        self.assert_waits("link to another host", number)
        self.assertEqual(self.mails("stranger"), 1)
        self.assertEqual(place.asked(), [])
        self.good_link()
        self.assertEqual(place.asked(), [])

    def test_a_redirect_to_a_host_that_is_not_listed(self):
        self.prepare()
        place, base = self.place(self.mine)
        self.vendor.way.redirect = base
        self.start()
        self.wait_job("failed")
        self.assert_told("sends us to a place that the profile does not list")
        self.assertEqual(place.asked(), [])
        self.assert_ordered(self.order)


class WrongAuthority(TlsOrders):
    def test_nothing_can_be_ordered_until_the_file_is_mended(self):
        self.prepare()
        self.start(self.mine.other)
        wait_until(lambda: self.lines("warn", "error"), what="the message")
        self.assert_told(ADVICE)
        self.assertEqual(self.vendor.asked(), [])
        self.put_ca(self.mine.ca)
        self.reload()
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered(self.order)
        self.assert_told(ADVICE)
        self.assert_clean()

    def test_what_is_ordered_is_not_ordered_again_when_the_file_is_mended(self):
        """The vendor is trusted, the host of its files is not."""
        self.prepare()
        theirs = self.authority("file host")
        _place, self.vendor.link_base = self.place(theirs)
        self.start(mailbox=", hosts: [localhost]")
        wait_until(lambda: any(ADVICE in line for line in self.lines("warn", "error")), what="the message")
        self.assertIn("certificate", self.lines("warn", "error")[0])
        self.assertIn("host=localhost", self.lines("warn", "error")[0])
        self.assertEqual(self.vendor.files.asked, [])
        self.put_ca(self.mine.ca, theirs.ca)
        self.reload()
        self.wait_facts("delivery")
        self.wait_done()
        self.assert_ordered(self.order)
        self.assert_told(ADVICE)
        self.assert_clean()

    def test_a_restart_with_another_file_goes_on_with_the_order(self):
        self.prepare()
        self.vendor.hold = True
        self.start()
        self.wait_job("waiting")
        self.daemon.stop()
        self.put_ca(self.mine.other)
        self.daemon.start()
        self.release()
        wait_until(lambda: any(ADVICE in line for line in self.lines("warn", "error")), what="the message")
        self.put_ca(self.mine.ca)
        self.reload()
        self.wait_facts("delivery")
        self.assert_ordered(self.order)


def load_tests(loader, _tests, _pattern):
    """Not those of the file that the cases came from."""
    suite = unittest.TestSuite()
    for case in (FromTheRightPlace, FromAnotherPlace, WrongAuthority):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
