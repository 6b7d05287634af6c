"""Vendors over TLS whose certificate a private authority signed: every request of an account trusts its `ca`, and nothing else."""
import os
import shutil
import subprocess
import time
import unittest

from harness import wait_until
from it_authorize import Authorize, account as authorize_account
from it_import import delivery
from it_import_links import Links
from it_register import Register, account as register_account
from it_reports import ConstantContact, Everlytic, Passona, Reports, constant_contact, passona
from passona import REPORTS
from tls import ADVICE, Tls, with_ca


class Pages(Tls, Reports):
    def fill(self, sim, rows=12):
        campaign = sim.campaign()
        at = 1790000000
        for n in range(rows):
            sim.message(campaign, n, "Failed" if n % 3 == 0 else "Success", at=at + n)
            sim.click(campaign, n, at=at + n)
            sim.recipient(campaign, n)
        sim.sent(campaign, rows, at=at)
        sim.unsent(sim.campaign("Over", expires=time.time() - 3600), 50)

    def passona(self, authority, **more):
        sim = self.sim(Passona, tls=authority.tls, page_size=5, **more)
        self.fill(sim)
        return sim

    def complaints(self, account):
        return [line for line in self.daemon.log().splitlines() if "lvl=warn" in line and f"account={account} " in line + " "]

    def test_all_reports_of_a_vendor(self):
        """Its list of campaigns, and each report in pages."""
        authority = self.authority()
        sim = self.passona(authority)
        self.start_all(accounts=with_ca(passona(sim, " ".join(REPORTS)), self.put_ca(authority.ca)))
        self.wait_truth(sim, "passona")
        for report in REPORTS:
            self.assertTrue(sim.asked(path=f"/{report}"), report)
        self.assertTrue(sim.asked(path="/campaigns"))
        self.assertEqual(self.complaints("passona"), [])

    def test_tokens_too(self):
        authority = self.authority()
        sim = self.sim(ConstantContact, tls=authority.tls)
        sim.campaign("Spring", sends=3)
        self.start_all(accounts=with_ca(constant_contact(sim), self.put_ca(authority.ca)))
        self.wait_truth(sim, "constant-contact")
        self.assertTrue(sim.asked(path="/token"))

    def test_tokens_with_another_authority(self):
        authority = self.authority()
        sim = self.sim(ConstantContact, tls=authority.tls)
        sim.campaign("Spring", sends=3)
        self.start_all(accounts=with_ca(constant_contact(sim), self.put_ca(authority.other)))
        wait_until(lambda: self.complaints("constant-contact"), what="the message")
        self.assertIn("the token endpoint: ", self.complaints("constant-contact")[0])
        self.assertIn(ADVICE, self.complaints("constant-contact")[0])
        self.assertEqual(sim.asked(), [])
        self.put_ca(authority.ca)
        self.reload()
        self.wait_truth(sim, "constant-contact")
        self.assertEqual(len(self.complaints("constant-contact")), 1)

    def test_a_connection_is_not_shared_between_accounts_with_different_authorities(self):
        """One host, one token: but for the authority there is no difference, and the first account's connections are kept."""
        authority = self.authority()
        sim = self.passona(authority)
        first = with_ca(passona(sim, "alt_delivery"), authority.ca)
        second = with_ca(passona(sim, "alt_delivery"), authority.other).replace("- vendor:", "- name: second\n    vendor:")
        third = passona(sim, "alt_delivery").replace("- vendor:", "- name: third\n    vendor:")
        self.start_all(accounts=first)
        wait_until(lambda: len(self.subscriber.ids()) == 12, what="the first account's events")
        self.daemon.write_conf(first + second + third)
        self.reload()
        for name in ("second", "third"):
            wait_until(lambda name=name: self.complaints(name), what=f"the message of {name}")
            self.assertIn(ADVICE, self.complaints(name)[0])
        asked = len(sim.asked())
        wait_until(lambda: len(sim.asked()) > asked + 2, what="the first account goes on")
        self.assertEqual({topic.split("/")[0] for topic, _event in self.subscriber.events()}, {"passona"})
        self.assertEqual(self.complaints("passona"), [])

    def test_check_says_what_is_wrong_with_the_file(self):
        authority = self.authority()
        sim = self.passona(authority)
        self.start_all(accounts=with_ca(passona(sim, "alt_delivery"), self.put_ca(authority.ca)))
        path = os.path.join(self.folder, "vendor.pem")
        with open(self.daemon.conf, encoding="utf-8") as f:
            line = next(n for n, text in enumerate(f.read().split("\n"), 1) if "vendor.pem" in text)
        for spoil, words in ((lambda: open(path, "w", encoding="ascii").close(), "holds no certificate"),
                             (lambda: os.unlink(path), "does not exist"),
                             (lambda: shutil.copy(authority.tls[1], path), "holds no certificate")):
            spoil()
            code, err = self.check()
            self.assertEqual(code, 78, err)
            self.assertIn(f"campaign2mqtt.yaml:{line}:", err)
            self.assertIn("accounts[0].ca", err)
            self.assertIn(f'"{path}" {words}', err)
        self.reload()
        self.assertIn("ev=app.reload_refused", self.daemon.log())
        self.wait_truth_of_alt(sim)                          # what was read at the start still holds
        self.put_ca(authority.ca)
        self.assertEqual(self.check()[0], 0)
        self.assertIn(f'ca: "{path}"', self.check("--print")[1].replace(f"ca: {path}", f'ca: "{path}"'))

    def wait_truth_of_alt(self, sim):
        sim.message(next(iter(sim.campaigns)), 90, "Success")
        wait_until(lambda: len(self.subscriber.ids()) == 13, what="one more event")

    def check(self, *args):
        p = subprocess.run([self.daemon.program, "check", "-c", self.daemon.conf, *args], capture_output=True, text=True, timeout=60)
        return p.returncode, p.stdout + p.stderr


class ImportedLinks(Tls, Links):
    def test_a_link_over_tls(self):
        authority = self.authority()
        files = self.serve(tls=authority.tls)
        link = files.put("/exports/a", delivery(7))
        for way in self.both_ways(with_ca(self.account_of(files), authority.ca)):
            self.assert_brought(self.imports("delivery-csv", link), 7)
            self.settle(way)
            wait_until(lambda: len(self.seen_ids()) == 7, what="the events")
        self.assertEqual([h for _path, h in files.asked if "Authorization" in h], [])

    def test_another_authority(self):
        authority = self.authority()
        files = self.serve(tls=authority.tls)
        self.prepare(with_ca(self.account_of(files), self.put_ca(authority.other)))
        result = self.imports("delivery-csv", files.put("/exports/a", delivery(1)))
        self.assert_complaint(result, 69, "certificate", ADVICE)
        self.assertEqual(files.asked, [])

    @staticmethod
    def account_of(files):
        return f"\n  - vendor: passona\n    vars: {{base: \"{files.base}\", token: t0ken}}\n"


class Registered(Tls, Register):
    def test_registered_over_tls(self):
        authority = self.authority()
        self.sim = self.sim_with(Everlytic, authority)
        accounts = register_account(self.sim)
        self.start_all(accounts=with_ca(accounts, self.put_ca(authority.other)))
        _out, err = self.register("--url", self.url(), expect=69)
        self.assertIn(ADVICE, err)
        self.assertEqual(self.sim.asked(), [])
        self.put_ca(authority.ca)
        _out, err = self.register("--url", self.url(), "--write", reload=True)
        self.assertIn(f"registered as {self.only()['id']}", err)
        self.assert_nothing_leaked()

    def sim_with(self, kind, authority):
        sim = kind(tls=authority.tls)
        self.addCleanup(sim.stop)
        return sim


class Authorized(Tls, Authorize):
    def test_authorized_over_tls(self):
        authority = self.authority()
        self.sim.stop()
        self.sim = ConstantContact(tls=authority.tls)
        self.addCleanup(self.sim.stop)
        self.sim.campaign("Spring", sends=3)
        self.daemon.write_conf(with_ca(authorize_account(self.sim), self.put_ca(authority.other)))
        self.assertIn(ADVICE, self.authorize(expect=69))
        self.assertEqual(self.sim.asked(), [])
        self.put_ca(authority.ca)
        p = self.begin()
        wait_until(lambda: self.sim.device is not None)
        self.sim.device["is_approved"] = True
        self.assertIn('"constant-contact" is authorised', self.end(p))
        self.assert_reports_run()


# The tests of the files that these came from are run there.
def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for case in (Pages, ImportedLinks, Registered, Authorized):
        suite.addTests(case(name) for name in loader.getTestCaseNames(case) if name in vars(case))
    return suite


if __name__ == "__main__":
    unittest.main()
