"""Reports that a vendor builds in the background and can be asked about, by YAML alone: wherever it says how far it is, and wherever the file is."""
import os
import sys
import unittest

from harness import SOURCE, wait_until
from orders import Orders

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from exports import Exports  # noqa: E402
from report_files import Shape, Way  # noqa: E402

WORDS = """
        id: /data/id
        ready:
          by: poll
          timeout: 30s
          request: {path: "/v1/exports/${job.id}"}
          state: /data/state
          done: [completed, ready]
          failed: [failed, timed_out, cancelled]
          error: /error/message
          every: 200ms..1s
"""
BY_STATUS = """
        ready: {by: poll, timeout: 30s, every: 200ms..1s}
"""
PROFILE = """profile: acme
about: Acme, reports that are built in the background
vars:
  key: {{default: "", secret: true}}
base: https://api.acme.example
auth: {{kind: header, name: X-Api-Key, value: "${{key}}"}}
maps:
  export:
    key: [message.id]
    time: {{at: /at, as: [rfc3339]}}
    status: {{at: /state, map: {{delivered: delivered, failed: failed}}}}
    set:
      channel: =sms
      campaign.id: /campaign
      message.id: /id
      recipient.msisdn: {{at: /to, do: [e164]}}
reports:
  pages:
    each: {{campaign: {{}}}}
    request: {{path: /v1/pages, query: {{campaign: "${{campaign}}"}}}}
    decode: {{as: json, records: /rows/*}}
    map: export
  exports:
    every: 1h
    each: {{campaign: {{}}}}
    job:
      create: {{method: POST, path: /v1/exports, json: {{kind: sms, campaign: "${{campaign}}"}}, expect: [200, 201, 202, 303]}}{job}
    decode: {{as: csv}}
    map: export
"""


class WithPages(Exports):
    """It has the same rows as JSON too."""

    def answer(self, request):
        if request.path == "/v1/pages":
            from simulator import as_json
            return as_json({"rows": self.rows.get(request.query["campaign"], [])})
        return super().answer(request)


class Background(Orders):
    def begin(self, job, rows=9, every="1h", campaigns=("c-1",), way=None, timeout="", prepare=None, **manner):
        self.vendor = self.sim(WithPages, **manner)
        if prepare:
            prepare(self.vendor)
        self.vendor.way = way or Way()
        for campaign in campaigns:
            for n in range(rows):
                self.vendor.message(campaign, n, "failed" if n % 4 == 0 else "delivered")
        os.makedirs(os.path.join(self.folder, "profiles"))
        with open(os.path.join(self.folder, "profiles/acme.yaml"), "w", encoding="utf-8") as f:
            # All lines of a job are given as they stand below `job:` in the documentation.
            f.write(PROFILE.format(job="\n" + "\n".join(line[2:] for line in job.strip("\n").split("\n"))))
        each = ", ".join(campaigns)
        self.ordered = [("exports", campaign, "acme") for campaign in campaigns]
        self.start_all(extra="profiles: [profiles]\n", accounts=f"""
  - vendor: acme
    vars: {{base: "{self.vendor.base}", key: {self.vendor.key}}}
    limits: {{rate: [200/1s]}}
    reports: [{{report: exports, every: {every}{timeout}, each: {{campaign: [{each}]}}}}]
""")

    def assert_good(self, orders=1, deadline=30):
        self.wait_truth(self.vendor, "acme", deadline)
        wait_until(lambda: self.daemon.log().count("ev=report.done ") >= orders, what="the end of the report")
        self.assertEqual(len(self.vendor.orders), orders)
        log = self.daemon.log()
        for secret in (self.vendor.key, "sig=", "4477009", *self.vendor.files.files):
            self.assertNotIn(secret, log)
        folder = os.path.join(self.folder, "data/downloads")
        wait_until(lambda: not os.path.isdir(folder) or not os.listdir(folder), what="an empty folder of downloads")
        self.assertEqual(self.complaints(), [])

    def complaints(self):
        return [line for line in self.daemon.log().splitlines() if "lvl=warn" in line or "lvl=error" in line]

    def export(self, number=1):
        return self.vendor.exports[f"x-{number:04d}"]


class WhereItIs(Background):
    """Where it says how far it is, and where the file is."""

    def test_an_id_words_and_a_link(self):
        self.begin(WORDS + "          link: /data/url\n")
        self.assert_good()
        self.assertGreaterEqual(len(self.export().questions), 1)

    def test_an_id_words_and_a_request_for_the_file(self):
        self.begin(WORDS + '        download: {path: "/v1/exports/${job.id}/file"}\n', file="request")
        self.assert_good()

    def test_an_id_words_and_parts(self):
        self.begin(WORDS + "          parts: /data/files/*/url\n", file="parts", parts=4, rows=30)
        self.assert_good()
        self.assertEqual([status for _t, _a, _r, status in self.vendor.files.asked], [200] * 4)

    def test_a_status_url_in_the_body(self):
        job = WORDS.replace('          request: {path: "/v1/exports/${job.id}"}\n', "          url: /data/links/status\n").replace(
            "        id: /data/id\n", "")
        self.begin(job + "          link: /data/url\n", order="url", is_relative=True)
        self.assert_good()

    def test_location_and_a_redirect_to_the_file(self):
        for order in ("location", "operation-location", "other"):
            for is_relative in (False, True):
                with self.round(order=order, is_relative=is_relative):
                    self.begin(BY_STATUS, order=order, tells="http", is_relative=is_relative)
                    self.assert_good()

    def test_the_status_url_becomes_the_file(self):
        self.begin(BY_STATUS, order="location", tells="body")
        self.assert_good()

    def test_the_answer_is_the_report_at_once(self):
        self.begin(BY_STATUS, order="now")
        self.assert_good()

    def test_packed_and_in_other_columns(self):
        self.begin(WORDS + "          link: /data/url\n", way=Way(pack="zip", media_type="application/zip"))
        self.vendor.shape = Shape(reorder=True, delimiter="\t")
        self.assert_good()

    def test_it_is_removed(self):
        self.begin(WORDS + '          link: /data/url\n        remove: {method: DELETE, path: "/v1/exports/${job.id}"}\n')
        self.assert_good()
        wait_until(lambda: self.export().removed == 1, what="the removal")
        self.assertEqual(len(self.vendor.asked("DELETE")), 1)


class HowOften(Background):
    def test_retry_after_is_kept(self):
        self.begin(WORDS + "          link: /data/url\n", retry_after=2, build_s=3)
        self.assert_good()
        asked = [self.export().at, *self.export().questions]
        for earlier, later in zip(asked, asked[1:]):
            self.assertGreaterEqual(later - earlier, 1.9)
        self.assertLessEqual(len(asked), 4)

    def test_pauses_grow(self):
        self.begin(WORDS + "          link: /data/url\n", build_s=4)
        self.assert_good()
        asked = self.export().questions
        self.assertLess(len(asked), 12)
        self.assertGreater(asked[-1] - asked[-2], (asked[1] - asked[0]) * 1.1)

    def test_many_at_once(self):
        campaigns = [f"c-{n}" for n in range(20)]
        self.begin(WORDS + "          link: /data/url\n        parallel: 5\n", campaigns=campaigns, rows=3)
        self.assert_good(orders=20)
        self.assertEqual(sorted(self.vendor.orders), sorted(campaigns))


class Restarts(Background):
    def restarted(self):
        self.daemon.kill()
        self.daemon.start()

    def test_while_it_is_built(self):
        for job, manner in ((WORDS + "          link: /data/url\n", {}), (BY_STATUS, {"order": "location", "tells": "http"})):
            with self.round(manner=manner):
                self.begin(job, build_s=3, **manner)
                wait_until(lambda: self.vendor.exports and self.export().questions, what="a question")
                self.restarted()
                self.assert_good()

    def test_while_it_is_downloaded(self):
        self.begin(WORDS + "          link: /data/url\n", way=Way(bytes_per_s=60000), rows=3000)
        wait_until(lambda: self.vendor.files.asked, what="a download")
        wait_until(lambda: any(os.path.getsize(os.path.join(self.folder, "data/downloads", name)) > 50000
                               for name in os.listdir(os.path.join(self.folder, "data/downloads"))), what="bytes")
        self.vendor.way.bytes_per_s = None
        for f in self.vendor.files.files.values():
            f.way.bytes_per_s = None
        self.restarted()
        self.assert_good()
        self.assertIsNotNone(self.vendor.files.asked[-1][2])

    def test_at_any_moment(self):
        """Killed four times on the way; parts too."""
        self.begin(WORDS + "          parts: /data/files/*/url\n", file="parts", parts=3, rows=3000, way=Way(bytes_per_s=60000), build_s=1)
        for condition in (lambda: self.vendor.exports and self.export().questions, lambda: self.vendor.files.asked,
                          lambda: len(self.vendor.files.asked) > 2, lambda: len(self.subscriber.messages) > 100):
            wait_until(condition, what="a moment")
            self.restarted()
        self.assert_good()


    def test_an_order_whose_answer_was_lost(self):
        """Nobody knows its id, so it cannot be asked for: when its time is over it is ordered once more."""
        self.begin(WORDS + "          link: /data/url\n", timeout=", timeout: 3s", prepare=lambda vendor: vendor.trouble(
            "lost", 1, lambda r: r.method == "POST"))
        wait_until(lambda: len(self.vendor.orders) == 1, what="the order")
        self.restarted()
        self.wait_truth(self.vendor, "acme")
        self.assertEqual(len(self.vendor.orders), 2)


class Failures(Background):
    def assert_failed(self, text):
        wait_until(self.complaints, what="the message")
        self.assertEqual(len(self.complaints()), 1, self.complaints())
        self.assertIn(text, self.complaints()[0])
        self.assertEqual(len(self.vendor.orders), 1)
        self.assertEqual(self.subscriber.all("/delivered"), [])

    def test_the_vendor_says_that_it_failed(self):
        self.begin(WORDS + "          link: /data/url\n", failed="timed_out", reason="Too many rows; ask for fewer")
        self.assert_failed("Too many rows; ask for fewer")

    def test_it_is_gone(self):
        self.begin(WORDS + "          link: /data/url\n", gone=True)
        self.assert_failed("410")

    def test_never_ready_and_the_pages_instead(self):
        self.begin(WORDS + "          link: /data/url\n        fallback: pages\n", build_s=1000, timeout=", timeout: 2s")
        self.wait_truth(self.vendor, "acme")
        self.assertEqual({e["data"]["ingest"]["source"] for _t, e in self.subscriber.events()}, {"pages"})
        self.assertEqual(len(self.vendor.orders), 1)

    def test_a_link_that_expired_is_asked_for_again(self):
        self.begin(WORDS + "          link: /data/url\n", way=Way(expires_s=0))
        wait_until(lambda: any(s == 403 for _t, _a, _r, s in self.vendor.files.asked), what="a refused download")
        for f in self.vendor.files.files.values():
            f.way.expires_s = None
        self.wait_truth(self.vendor, "acme")
        self.assertEqual(len(self.vendor.orders), 1)

    def test_trouble_while_it_is_asked(self):
        self.begin(WORDS + "          link: /data/url\n", build_s=2)
        wait_until(lambda: self.vendor.exports and self.export().questions, what="a question")
        self.vendor.trouble("status", 2, lambda r: "/v1/exports/" in r.path, status=503)
        self.wait_truth(self.vendor, "acme")
        self.assertEqual(len(self.vendor.orders), 1)

    def test_a_link_to_another_host_is_refused_and_gets_no_credentials(self):
        other = self.sim(Exports)
        self.begin(WORDS + "          link: /data/url\n", build_s=1)
        address = self.vendor._address
        self.vendor._address = lambda path: address(path).replace(self.vendor.base, f"http://localhost:{other.port}")
        self.assert_failed("localhost")
        self.assertEqual(other.asked(), [])


if __name__ == "__main__":
    unittest.main()
