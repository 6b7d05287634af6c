"""Vendors that misbehave: each trouble has one reaction, and none of them stops another vendor or loses a row."""
import collections
import json
import os
import shutil
import subprocess
import time
import unittest

from harness import wait_until
from it_reports import OCAMBA_LAG, Ocamba, Passona, Reports, Samba, ocamba, passona, samba


class Troubles(Reports):
    """A vendor with a trouble beside one without: the other goes on all the time, and this one recovers."""

    def run_with(self, trouble, log_text, deadline=90, kind=Passona):
        healthy = self.sim(Samba)
        sick = self.sim(Passona, page_size=5)
        campaign = sick.campaign()
        for n in range(12):
            sick.message(campaign, n, "Success")
        now = time.time() * 1000
        healthy.event("C-0", at_ms=now - 1000)
        trouble(sick)
        self.start_all(accounts=passona(sick, "alt_delivery") + samba(healthy))
        self.wait_truth(healthy, "samba")
        wait_until(lambda: log_text in self.daemon.log(), deadline, f"\"{log_text}\" in the log")
        healthy.event("C-1", at_ms=time.time() * 1000 - 3000)
        self.wait_truth(healthy, "samba")
        log = self.daemon.log()
        for secret in (sick.token, healthy.api_key):
            self.assertNotIn(secret, log)
        self.assert_few_lines("passona")
        return sick

    def assert_few_lines(self, account):
        """However often it is tried: one line says what is wrong, and perhaps others that it is left alone."""
        lines = [line for line in self.daemon.log().splitlines() if f" account={account} " in line + " " and "ev=report.done" not in line]
        self.assertLessEqual(len(lines), 3, "\n".join(lines))

    def facts_of_alt(self, sick):
        return [f for f in sick.truth() if f[1] in ("delivered", "failed")]

    def assert_calm(self, sick, most):
        """No hot loop: the sick vendor was not asked more than so often."""
        self.assertLessEqual(len(sick.asked(path="reporting")), most)

    def test_too_many_requests_for_ever(self):
        sick = self.run_with(lambda s: s.trouble("429", None, lambda r: "reporting" in r.path,
                                                 headers={"Retry-After": "3600"}), "429")
        self.assert_calm(sick, 2)

    def test_absurd_retry_after(self):
        sick = self.run_with(lambda s: s.trouble("429", None, lambda r: "reporting" in r.path,
                                                 headers={"Retry-After": "999999999999"}), "429")
        self.assert_calm(sick, 2)

    def test_html_with_status_200(self):
        sick = self.run_with(lambda s: s.trouble("html", 8, lambda r: "reporting" in r.path), "HTML")
        self.assert_calm(sick, 20)

    def test_html_that_says_it_is_json(self):
        sick = self.run_with(lambda s: s.trouble("html", 8, lambda r: "reporting" in r.path,
                                                 media_type="application/json"), "HTML")
        self.assert_calm(sick, 20)

    def test_half_a_json(self):
        sick = self.run_with(lambda s: s.trouble("half", 3, lambda r: r.query.get("page") == "2"), "report.failed")
        self.assert_calm(sick, 30)

    def test_endless_next(self):
        def same_page(answer):
            body = json.loads(answer.body)
            body["meta"]["last_page"] = 1000000
            answer.body = json.dumps(body).encode()
            return answer
        sick = self.run_with(lambda s: s.trouble("change", None, lambda r: "reporting" in r.path and r.query.get("page") != "1",
                                                 change=lambda a: same_page(self.first_page(a))), "same page")
        self.assert_calm(sick, 20)

    @staticmethod
    def first_page(answer):
        body = json.loads(answer.body)
        body["data"] = [{"MessageId": "m-1", "Mobile": "447700900001", "Status": "Success"}]
        answer.body = json.dumps(body).encode()
        return answer

    def test_errors_for_a_long_time(self):
        sick = self.run_with(lambda s: s.trouble("status", None, lambda r: "reporting" in r.path, status=500,
                                                 body=b'{"message":"Server Error"}'), "Server Error", 60)
        self.assert_calm(sick, 30)

    def test_wrong_credentials(self):
        sick = self.run_with(lambda s: s.trouble("status", None, status=401, body=b'{"message":"Unauthenticated."}'),
                             "Unauthenticated.; check the credentials in vars")
        self.assertLessEqual(len(sick.asked()), 3)

    def test_a_body_of_a_gibibyte(self):
        before = self.run_with(lambda s: s.trouble("huge", 2, lambda r: "reporting" in r.path), "larger than allowed")
        self.assertLess(self.daemon.rss_bytes(), 600 * 1024 * 1024)
        self.assert_calm(before, 20)

    def test_lists_that_are_null_or_missing(self):
        def change(answer):
            answer.body = b'{"data":null,"links":null,"meta":null}'
            return answer
        sick = self.sim(Passona)
        campaign = sick.campaign()
        sick.message(campaign, 1, "Success")
        sick.trouble("change", 1, lambda r: "reporting" in r.path, change=change)
        sick.trouble("status", 1, lambda r: "reporting" in r.path, status=200, body=b'{"meta":{}}')
        self.start_all(accounts=passona(sick, "alt_delivery"))
        wait_until(lambda: len(self.subscriber.ids()) == 1, what="the event once the vendor is well")
        self.assertNotIn("report.failed", self.daemon.log())

    def test_bad_rows_do_not_stop_their_page(self):
        sick = self.sim(Passona)
        campaign = sick.campaign()
        for n in range(4):
            sick.message(campaign, n, "Success")
        rows = sick.campaigns[campaign]["rows"]["alt_delivery"]
        rows[1] = None
        rows[2] = {"MessageId": [], "Mobile": {}, "Status": 7, "MessageUpdate": "2024--02-01"}
        rows.insert(0, "text")
        self.start_all(accounts=passona(sick, "alt_delivery", "20s"))
        wait_until(lambda: len(self.subscriber.ids()) == 3, what="three events")
        wait_until(lambda: self.subscriber.all("_dead/passona/alt_delivery"), what="dead letters")
        self.daemon.wait_empty()

    def test_a_next_link_to_another_host_is_refused(self):
        from it_reports import ConstantContact, constant_contact
        other = self.sim(Passona)
        sick = self.sim(ConstantContact)
        sick.campaign("A", sends=1)

        def change(answer):
            body = json.loads(answer.body)
            body["_links"] = {"next": {"href": other.base + "/v3/steal"}}
            answer.body = json.dumps(body).encode()
            return answer
        sick.trouble("change", None, lambda r: r.path.startswith("/v3/"), change=change)
        self.start_all(accounts=constant_contact(sick))
        wait_until(lambda: "the profile does not list" in self.daemon.log(), what="the refusal")
        self.assertEqual(other.asked(), [])
        self.wait_truth(sick, "constant-contact")

    def test_a_redirect_is_not_followed(self):
        other = self.sim(Passona)
        sick = self.run_with(lambda s: s.trouble("status", None, lambda r: "reporting" in r.path, status=302,
                                                 headers={"Location": other.base + "/elsewhere"}), "the profile does not list")
        self.assertEqual(other.asked(), [])
        self.assert_calm(sick, 20)

    def test_a_certificate_that_is_wrong(self):
        key, crt = os.path.join(self.folder, "k.pem"), os.path.join(self.folder, "c.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", crt, "-days", "1",
                        "-subj", "/CN=localhost"], check=True, capture_output=True, timeout=60)
        sick = self.sim(Passona, tls=(crt, key))
        sick.campaign()
        self.start_all(accounts=passona(sick, "alt_delivery"))
        wait_until(lambda: "certificate" in self.daemon.log(), what="the refusal")
        self.assertEqual(sick.asked(), [])

    def test_a_vendor_that_is_not_there_for_a_while(self):
        sick = self.sim(Passona)
        campaign = sick.campaign()
        sick.message(campaign, 1, "Success")
        port = sick.port
        sick.stop()
        self.start_all(accounts=passona(sick, "alt_delivery"))
        wait_until(lambda: self.daemon.metric('vendor_requests_total{account="passona",code="none"}'), what="a request without an answer")
        again = self.sim(Passona, port=port)
        again.campaigns = sick.campaigns
        wait_until(lambda: self.subscriber.ids(), 120, "the event once it is back")

    def test_a_full_journal_pauses_reports(self):
        sick = self.sim(Samba)
        now = time.time() * 1000
        for n in range(3000):
            sick.event(f"C-{n}", at_ms=now - 2000 - n)
        self.start_broker()
        self.start_subscriber()
        self.broker.stop()
        self.start_daemon(accounts=samba(sick), extra="")
        text = open(self.daemon.conf, encoding="utf-8").read().replace("store: {path: data/c.db}",
                                                                      "store: {path: data/c.db, max_bytes: 64KiB}")
        open(self.daemon.conf, "w", encoding="utf-8").write(text)
        self.daemon.stop()
        shutil.rmtree(os.path.join(self.folder, "data"))
        self.daemon.start()
        wait_until(lambda: self.daemon.admin("/readyz")[0] == 503, what="a full journal")
        self.broker.start()
        wait_until(lambda: len(self.subscriber.ids()) == 3000, 60, "all events once the broker is back")
        self.assertEqual(collections.Counter(sick.truth()), self.facts(sick, "samba"))


class Reload(Reports):
    def test_a_changed_configuration_keeps_progress(self):
        sim = self.sim(Passona, page_size=5)
        first = sim.campaign()
        for n in range(30):
            sim.message(first, n, "Success")
        other = self.sim(Ocamba)
        other.click(1, time.time() - OCAMBA_LAG - 100)
        self.start_all(accounts=passona(sim, "alt_delivery", "1h"))
        wait_until(lambda: len(self.subscriber.ids()) == 30, what="the first report")
        asked = len(sim.asked(path="alt_delivery"))
        self.daemon.write_conf(passona(sim, "alt_delivery", "1h") + ocamba(other))
        import signal
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(self.subscriber.ids()) == 31, what="the new account's event")
        self.assertEqual(len(sim.asked(path="alt_delivery")), asked)
        self.daemon.write_conf(ocamba(other))
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.log().count("ev=app.reloaded") == 2, what="the second reload")
        other.click(2, time.time() - OCAMBA_LAG)
        wait_until(lambda: len(self.subscriber.ids()) == 32, what="the click")


if __name__ == "__main__":
    unittest.main()
