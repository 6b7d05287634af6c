"""What the tests of ordered reports stand on: the mail server, and the vendors that build reports in the background."""
import csv
import email
import email.policy
import gzip
import http.client
import imaplib
import io
import os
import re
import ssl
import sys
import unittest
import urllib.parse
import zipfile

from harness import SOURCE, wait_until

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
import report_mails  # noqa: E402
from exports import Exports  # noqa: E402
from mailserver import MailServer  # noqa: E402
from passona import LINKS, REPORTS, Letter, Passona, any_letter  # noqa: E402
from report_files import Long, Shape  # noqa: E402


def ask(base, path, method="GET", body=None, **headers):
    """(status, headers, body); the body may be cut off."""
    url = urllib.parse.urlsplit(base)
    c = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
    try:
        c.request(method, path, body, headers)
        r = c.getresponse()
        try:
            content = r.read()
        except http.client.IncompleteRead as e:
            content = e.partial
        return r.status, {k.lower(): v for k, v in r.getheaders()}, content
    finally:
        c.close()


def fetch(link, **headers):
    url = urllib.parse.urlsplit(link)
    return ask(f"{url.scheme}://{url.netloc}", f"{url.path}?{url.query}", **headers)


def texts(mail):
    """Everything in it that a person could read."""
    found = str(mail["subject"])
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            found += "\n" + part.get_content()
    return found.replace("&amp;", "&")


def living(session):
    """Processes of a session that have not ended."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
                fields = f.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(pid))
    return found


class Mail(unittest.TestCase):
    def server(self, **more):
        server = MailServer(**more)
        self.addCleanup(server.close)
        return server

    def client(self, server, tls=False, ca=None, password=None):
        if tls:
            client = imaplib.IMAP4_SSL("127.0.0.1", server.tls_port, ssl_context=ssl.create_default_context(cafile=ca))
        else:
            client = imaplib.IMAP4("127.0.0.1", server.port)
        self.addCleanup(client.shutdown)
        client.login(server.username, password or server.password)
        client.select("INBOX")
        return client

    def test_mails_arrive_and_are_marked_also_after_a_restart(self):
        server = self.server()
        first = server.deliver(b"Subject: one\r\n\r\none\r\n")
        client = self.client(server)
        self.assertEqual(client.search(None, "UNSEEN")[1], [b"1"])
        server.deliver(b"Subject: two\r\n\r\ntwo\r\n", received=1700000000)
        client.noop()
        self.assertEqual(client.search(None, "UNSEEN")[1], [b"1 2"])
        self.assertEqual(client.search(None, "SINCE", "01-Jan-2024")[1], [b"1"])
        self.assertEqual(server.seen(), set())
        client.store("1", "+FLAGS", "\\Seen")
        wait_until(lambda: server.seen() == {first}, what="the flag")
        server.stop()
        self.assertEqual(server.count(), 2)
        server.deliver(b"Subject: three\r\n\r\nthree\r\n")
        server.start()
        self.assertEqual(self.client(server).search(None, "UNSEEN")[1], [b"2 3"])

    def test_tls_is_believed_with_its_authority_only(self):
        server = self.server(tls=True)
        server.deliver(b"Subject: one\r\n\r\none\r\n")
        self.assertEqual(self.client(server, True, server.ca).search(None, "ALL")[1], [b"1"])
        with self.assertRaises(ssl.SSLError):
            self.client(server, True, server.certificates["other"])
        with self.assertRaises(imaplib.IMAP4.error):
            self.client(server, password="wrong")

    def test_nothing_is_left(self):
        server = MailServer(tls=True)
        pid, folder = server.process.pid, server.folder
        server.close()
        self.assertFalse(os.path.exists(folder))
        wait_until(lambda: not living(pid), what="the end of all of its processes")

    def test_many_mails(self):
        server = self.server()
        server.deliver_many(b"Subject: many\r\n\r\nmany\r\n", 2000)
        self.assertEqual(len(self.client(server).search(None, "UNSEEN")[1][0].split()), 2000)


class Orders(unittest.TestCase):
    """Passona's reports by mail."""

    def setUp(self):
        self.sim = Passona()
        self.addCleanup(self.sim.stop)
        self.mails = []
        self.sim.post = lambda mail: self.mails.append(mail) or len(self.mails)
        self.sim.build_s = 0.02
        self.campaign = self.sim.campaign("Spring / sale")
        for n in range(20):
            self.sim.message(self.campaign, n, "Success" if n % 3 else "Failed")
            self.sim.click(self.campaign, n % 5)
            self.sim.recipient(self.campaign, n)
        self.sim.sent(self.campaign, 20)
        self.sim.unsent(self.campaign, 77)

    def order(self, report="delivery", token=Passona.token):
        return ask(self.sim.base, f"/api/2.0/reporting/{self.campaign}/{report}", "POST", Authorization=f"Bearer {token}")

    def ordered(self, report="delivery"):
        """The link of a report that was ordered and is ready."""
        count = len(self.mails)
        self.assertEqual(self.order(report)[0], 202)
        wait_until(lambda: len(self.mails) > count, what="the mail")
        return self.sim.accepted[-1].link

    def test_the_answer_says_nothing(self):
        status, headers, body = self.order()
        self.assertEqual((status, body, headers["content-length"]), (202, b"", "0"))
        self.assertNotIn("location", headers)
        self.assertNotIn("content-type", headers)

    def test_every_order_counts(self):
        self.order()
        self.sim.trouble("status", status=500)
        self.order()
        self.sim.trouble("lost")
        with self.assertRaises(http.client.RemoteDisconnected):
            self.order()
        self.assertEqual(self.order(token="wrong")[0], 401)
        self.assertEqual(self.sim.orders, [(self.campaign, "delivery")] * 4)
        self.assertEqual(len(self.sim.accepted), 2)      # the lost one was done

    def test_the_file_is_what_the_pages_say(self):
        for report in REPORTS:
            status, headers, body = fetch(self.ordered(report))
            self.assertEqual((status, headers["content-type"]), (200, "text/csv; charset=utf-8"))
            rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
            wanted = self.sim.campaigns[self.campaign]["rows"][report]
            self.assertEqual(rows, [{k: "" if v is None else str(v) for k, v in row.items()} for row in wanted], report)

    def test_every_wording_has_the_link_and_what_it_says_it_has(self):
        order = None
        for wording in report_mails.WORDINGS:
            for link in LINKS:
                self.sim.letter = lambda _order, w=wording, k=link: Letter(w, k)
                if order is None:
                    self.ordered()
                    order = self.sim.accepted[-1]
                else:
                    self.sim.release(order)
                text = texts(email.message_from_bytes(self.mails[-1], policy=email.policy.default))
                self.assertIn(order.link, text, wording.name)
                self.assertEqual(fetch(order.link)[0], 200)
                self.assertNotIn("{", text)
                says = "{campaign}" in (wording.subject + (wording.text or "") + (wording.html or "")) or "{campaign}" in LINKS[link]
                self.assertEqual(self.campaign in text, says, (wording.name, link))

    def test_any_letter_says_the_campaign_somewhere(self):
        self.sim.letter = any_letter
        for _ in range(len(report_mails.WORDINGS) * len(LINKS) // 2):
            self.ordered()
            self.assertIn(self.campaign, texts(email.message_from_bytes(self.mails[-1], policy=email.policy.default)))

    def test_mails_can_be_held_back_and_come_in_any_order_and_twice(self):
        self.sim.hold = True
        for report in ("clicks", "sent"):
            self.order(report)
        first, second = wait_until(lambda: len(self.sim.built()) == 2 and self.sim.built(), what="both")
        self.assertEqual(self.mails, [])
        self.sim.release(second)
        self.sim.release(first, Letter(count=2))
        self.assertEqual(len(self.mails), 3)
        self.assertEqual((second.mails, first.mails), ([1], [2, 3]))
        self.assertEqual(self.sim.built(), [])

    def test_one_use_and_expiry(self):
        self.sim.way.single_use = True
        link = self.ordered()
        self.assertEqual([fetch(link)[0] for _ in range(3)], [200, 403, 403])
        self.sim.way.single_use, self.sim.way.expires_s = False, 0
        self.assertEqual(fetch(self.ordered())[0], 403)
        self.assertEqual(fetch(self.sim.base + "/exports/" + "0" * 32 + ".csv")[0], 404)

    def test_ranges(self):
        link = self.ordered()
        whole, tag = (lambda r: (r[2], r[1]["etag"]))(fetch(link))
        status, headers, body = fetch(link, **{"Range": "bytes=100-", "If-Range": tag})
        self.assertEqual((status, body, headers["content-range"]), (206, whole[100:], f"bytes 100-{len(whole) - 1}/{len(whole)}"))
        self.assertEqual(fetch(link, **{"Range": "bytes=100-", "If-Range": '"other"'})[::2], (200, whole))
        self.assertEqual(fetch(link, Range=f"bytes={len(whole)}-")[0], 416)
        self.sim.way.ranges, self.sim.way.etag = False, False
        status, headers, body = fetch(self.ordered(), Range="bytes=100-")
        self.assertEqual((status, body), (200, whole))
        self.assertNotIn("etag", headers)

    def test_cut_slow_packed_redirected_and_a_login_page(self):
        way = self.sim.way
        way.cuts = (10,)
        link = self.ordered()
        self.assertEqual(len(fetch(link)[2]), 10)
        whole = fetch(link)[2]
        self.assertGreater(len(whole), 1000)
        way.cuts, way.bytes_per_s = (), 20000
        self.assertEqual(fetch(self.ordered())[2], whole)
        way.bytes_per_s, way.pack = None, "gzip"
        self.assertEqual(gzip.decompress(fetch(self.ordered())[2]), whole)
        way.pack = "zip"
        archive = zipfile.ZipFile(io.BytesIO(fetch(self.ordered())[2]))
        self.assertEqual([(name, archive.read(name)) for name in archive.namelist()], [("delivery.csv", whole)])
        way.pack, way.redirect = None, "here"
        status, headers, _body = fetch(self.ordered())
        self.assertEqual(status, 302)
        self.assertEqual(fetch(self.sim.base + headers["location"])[2], whole)
        way.redirect, way.login = None, True
        status, headers, body = fetch(self.ordered())
        self.assertEqual((status, headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertIn(b"<html>", body)
        way.login, way.needs, way.size = False, f"Bearer {Passona.token}", False
        link = self.ordered()
        self.assertEqual(fetch(link)[0], 401)
        self.assertEqual(fetch(link, Authorization=way.needs)[2], whole)

    def test_contents_that_are_not_kept(self):
        long = Long((b"head\n", 1), (b"abc", 50000), (b"x" * 100000, 3), (b"end", 1))
        whole = b"head\n" + b"abc" * 50000 + b"x" * 300000 + b"end"
        self.assertEqual(len(long), len(whole))
        for begin in (0, 1, 5, 6, 7, 70000, 150004, 150005, 150006, 350000, len(whole) - 3, len(whole) - 1):
            self.assertEqual(b"".join(long.pieces(begin)), whole[begin:], begin)
        self.sim.spoil = lambda _order, _content: long
        link = self.ordered()
        self.assertEqual(fetch(link)[2], whole)
        self.assertEqual(fetch(link, Range="bytes=150000-")[2], whole[150000:])

    def test_shapes(self):
        self.sim.shape = Shape(bom=True, reorder=True, extra=("Cost", "Team"), line_end="\n", delimiter=";", all_quoted=True)
        body = fetch(self.ordered())[2]
        self.assertTrue(body.startswith(b'\xef\xbb\xbf"Expiry_Date";"Cost";"Status";"Team";'))
        rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
        self.assertEqual(rows[1]["SMS_ID"], self.sim.campaigns[self.campaign]["rows"]["delivery"][1]["SMS_ID"])
        self.assertEqual(rows[1]["Cost"], "more 1")


class Background(unittest.TestCase):
    """The ordinary kind."""

    def sim(self, **manner):
        sim = Exports(**manner)
        self.addCleanup(sim.stop)
        for n in range(10):
            sim.message("c-1", n)
        return sim

    def order(self, sim):
        return ask(sim.base, "/v1/exports", "POST", '{"kind":"sms","campaign":"c-1"}', **{"X-Api-Key": sim.key})

    def ask(self, sim, path, method="GET"):
        return ask(sim.base, path, method, **{"X-Api-Key": sim.key})

    def until_ready(self, sim, path):
        """The first answer that is not "pending"."""
        def answer():
            status, headers, body = self.ask(sim, path)
            return status != 202 and b"queued" not in body and b"processing" not in body and (status, headers, body)
        return wait_until(answer, what="the export")

    def test_by_words_and_a_link(self):
        sim = self.sim(build_s=0.1, retry_after=2)
        status, headers, body = self.order(sim)
        self.assertEqual((status, headers["retry-after"], body), (201, "2", b'{"data": {"id": "x-0001", "state": "queued"}}'))
        status, headers, body = self.until_ready(sim, "/v1/exports/x-0001")
        self.assertIn(b'"completed"', body)
        link = re.search(rb'"url": "([^"]+)"', body)[1].decode()
        self.assertEqual(fetch(link)[2].count(b"\r\n"), 11)
        self.assertEqual(fetch(link, **{"X-Api-Key": sim.key})[0], 400)
        self.assertEqual(self.ask(sim, "/v1/exports/x-0001", "DELETE")[0], 204)
        self.assertEqual((sim.exports["x-0001"].removed, sim.orders), (1, ["c-1"]))
        self.assertGreater(len(sim.exports["x-0001"].questions), 1)

    def test_by_status_and_a_redirect(self):
        for order, name in (("location", "location"), ("operation-location", "operation-location"), ("other", "location")):
            sim = self.sim(order=order, tells="http", is_relative=True, build_s=0.05)
            status, headers, _body = self.order(sim)
            self.assertEqual((status, headers[name]), (303 if order == "other" else 202, "/v1/exports/x-0001"))
            status, headers, _body = self.until_ready(sim, headers[name])
            self.assertEqual(status, 303)
            self.assertEqual(fetch(sim.base + headers["location"])[0], 200)

    def test_by_body_by_request_in_parts_and_at_once(self):
        sim = self.sim(order="url", tells="body", build_s=0)
        self.assertIn(sim.base.encode() + b"/v1/exports/x-0001", self.order(sim)[2])
        self.assertEqual(self.until_ready(sim, "/v1/exports/x-0001")[2].count(b"\r\n"), 11)
        sim = self.sim(file="request", build_s=0)
        self.order(sim)
        self.assertNotIn(b"url", self.until_ready(sim, "/v1/exports/x-0001")[2])
        self.assertEqual(self.ask(sim, "/v1/exports/x-0001/file")[2].count(b"\r\n"), 11)
        sim = self.sim(file="parts", parts=3, build_s=0)
        self.order(sim)
        links = re.findall(rb'"url": "([^"]+)"', self.until_ready(sim, "/v1/exports/x-0001")[2])
        self.assertEqual([fetch(link.decode())[2].count(b"\r\n") - 1 for link in links], [4, 4, 2])
        sim = self.sim(order="now")
        self.assertEqual(self.order(sim)[2].count(b"\r\n"), 11)

    def test_failures(self):
        sim = self.sim(failed="timed_out", build_s=0)
        self.order(sim)
        self.assertIn(b"no such campaign", self.until_ready(sim, "/v1/exports/x-0001")[2])
        sim = self.sim(gone=True)
        self.order(sim)
        self.assertEqual(self.ask(sim, "/v1/exports/x-0001")[0], 410)
        self.assertEqual(ask(sim.base, "/v1/exports/x-0001")[0], 401)


if __name__ == "__main__":
    unittest.main()
