"""The answers of the public listener, as documented, against the real daemon."""
import gzip
import json
import socket
import unittest

from harness import USER, Case, basic, sms, wait_until

CHALLENGE = 'Basic realm="campaign2mqtt", charset="UTF-8"'


class Answers(Case):
    extra = "limits: {body: 64KiB, header: 4KiB, request_timeout: 1s}"

    def setUp(self):
        super().setUp()
        self.start_all()

    def ask(self, expect, *args, **more):
        status, headers, body = self.daemon.post(*args, **more)
        self.assertEqual(status, expect)
        return headers, body

    def test_credentials(self):
        for auth in (None, basic("nobody"), basic(USER, "wrong"), "Basic !!!", "Bearer x", "Basic", "Basic " + "A" * 2000):
            headers, _ = self.ask(401, sms(1), auth=auth)
            self.assertEqual(headers["WWW-Authenticate"], CHALLENGE)
        self.ask(200, sms(1), auth=basic().replace("Basic", "bAsIc"))
        self.ask(200, sms(1), auth=basic())

    def test_probes(self):
        for method in ("HEAD", "OPTIONS", "GET"):
            headers, body = self.ask(200, None, media_type=None, method=method, auth=None)
            self.assertEqual((headers["Allow"], body), ("POST, GET", b""))
            self.ask(200, None, media_type=None, method=method)
            self.ask(401, None, media_type=None, method=method, auth=basic(USER, "wrong"))

    def test_paths_and_methods(self):
        for path in ("/", "/hooks", "/hooks/everlytic", "/hooks/everlytic/nope", "/hooks/nope/sms", "/hooks/everlytic/sms/",
                     "/hooks/everlytic/sms/x", "/Hooks/everlytic/sms", "/hooks//everlytic/sms"):
            self.ask(404, sms(1), path=path)
        headers, _ = self.ask(405, sms(1), method="PUT")
        self.assertEqual(headers["Allow"], "POST, GET")
        self.ask(405, sms(1), method="BREW")

    def test_sizes_and_codings(self):
        self.ask(413, b"x" * (64 * 1024 + 1))
        self.ask(200, b"x" * (64 * 1024))
        self.ask(431, sms(1), headers={"X-Long": "y" * 5000})
        packed = gzip.compress(json.dumps(sms(5)).encode())
        self.ask(200, packed, headers={"Content-Encoding": "gzip"})
        self.ask(413, gzip.compress(b" " * 1000000), headers={"Content-Encoding": "gzip"})
        self.ask(400, b"not gzip", headers={"Content-Encoding": "gzip"})
        self.ask(415, packed, headers={"Content-Encoding": "br"})
        self.assertEqual(self.subscriber.wait_events(1)[0][1]["data"]["message"]["id"], "5")

    def raw(self, request, read_all=True):
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=10) as s:
            s.sendall(request)
            answer = b""
            while read_all:
                piece = s.recv(65536)
                if not piece:
                    break
                answer += piece
            return answer

    def head(self, length, more=""):
        return (f"POST /hooks/everlytic/sms HTTP/1.1\r\nHost: x\r\nAuthorization: {basic()}\r\n"
                f"Content-Length: {length}\r\n{more}\r\n").encode()

    def test_too_slow(self):
        self.assertEqual(self.raw(b"POST /hooks/every"), b"")
        self.assertTrue(self.raw(b"POST /hooks/everlytic/sms HTTP/1.1\r\nHost: x\r\n").startswith(b"HTTP/1.1 408 "))
        self.assertTrue(self.raw(self.head(100) + b"{").startswith(b"HTTP/1.1 408 "))

    def test_wrong_credentials_are_refused_before_the_body(self):
        answer = self.raw(self.head(60000).replace(basic().encode(), b"Basic eDp5"))
        self.assertTrue(answer.startswith(b"HTTP/1.1 401 "))

    def test_continue_comes_after_authentication(self):
        body = json.dumps(sms(9)).encode()
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=10) as s:
            s.sendall(self.head(len(body), "Expect: 100-continue\r\n"))
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 100 "))
            s.sendall(body)
            self.assertTrue(s.recv(1000).startswith(b"HTTP/1.1 200 "))
        refused = self.raw(self.head(len(body), "Expect: 100-continue\r\n").replace(basic().encode(), b"Basic eDp5"))
        self.assertTrue(refused.startswith(b"HTTP/1.1 401 "))

    def test_a_client_that_goes_after_its_request_is_stored_all_the_same(self):
        body = json.dumps(sms(11)).encode()
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=10) as s:
                s.sendall(self.head(len(body)) + body)
        self.subscriber.wait_events(1)
        self.daemon.wait_empty()
        wait_until(lambda: self.daemon.metric("webhook_requests_total") == 20, what="20 requests counted")

    def test_pipelined_requests_are_answered_in_order(self):
        bodies = [json.dumps(sms(n)).encode() for n in range(50)]
        last = b"Connection: close\r\n"
        requests = b"".join(self.head(len(b)) + b for b in bodies[:-1])
        requests += self.head(len(bodies[-1]), last.decode()) + bodies[-1]
        answer = self.raw(requests)
        self.assertEqual(answer.count(b"HTTP/1.1 200 "), 50)
        events = self.subscriber.wait_events(50)
        self.assertEqual([e["data"]["message"]["id"] for _, e in events], [str(n) for n in range(50)])


class Full(Case):
    extra = "limits: {body: 64KiB}"

    def test_a_full_journal_is_503_and_readyz_says_so_and_nothing_accepted_is_lost(self):
        self.start_broker()
        self.start_subscriber()
        self.broker.stop()
        self.start_daemon(start=False)
        with open(self.daemon.conf, encoding="utf-8") as f:
            text = f.read().replace("{path: data/c.db}", "{path: data/c.db, max_bytes: 1MiB}")
        with open(self.daemon.conf, "w", encoding="utf-8") as f:
            f.write(text)
        self.daemon.start()
        accepted = 0
        for number in range(200):
            status, headers, _ = self.daemon.post(json.dumps(sms(number, custom="y" * 20000)))
            if status == 503:
                self.assertIn("Retry-After", headers)
                break
            self.assertEqual(status, 200)
            accepted += 1
        self.assertTrue(40 < accepted < 60, accepted)
        status, text = self.daemon.admin("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("max_bytes", text)
        self.broker.start()
        self.daemon.wait_empty()
        self.subscriber.wait_events(accepted)
        self.assertEqual(self.daemon.post(json.dumps(sms(9999)))[0], 200)
        self.assertEqual(self.daemon.admin("/readyz")[0], 200)


class Generic(Case):
    accounts = """
  - name: shop
    vendor: generic
    webhooks: [{webhook: json, auth: none}]
  - name: mapped
    vendor: generic
    webhooks:
      - webhook: json
        auth: none
        decode: {as: json, records: /results/*}
        map:
          key: [message.id]
          time: {at: /doneAt, as: [rfc3339]}
          status: {at: /status/groupName, map: {DELIVERED: delivered, UNDELIVERABLE: undelivered}}
          set:
            campaign.id: /campaign
            message.id: /messageId
            recipient.msisdn: {at: /to, do: [e164]}
"""

    def setUp(self):
        super().setUp()
        self.start_all()

    def test_cloud_events_in_all_three_modes(self):
        def event(number):
            return {"specversion": "1.0", "id": f"e{number}", "source": "/s", "type": "com.example.sms.delivered.v1",
                    "time": "2024-09-03T09:00:00Z", "data": {"campaign": "c-1", "message_id": f"m{number}"}}
        post = self.daemon.post
        path = "/hooks/shop/json"
        self.assertEqual(post(event(1), path, "application/cloudevents+json", auth=None)[0], 200)
        self.assertEqual(post([event(2), event(3)], path, "application/cloudevents-batch+json", auth=None)[0], 200)
        e = event(4)
        headers = {"ce-" + k: v for k, v in e.items() if k != "data"}
        self.assertEqual(post(e["data"], path, "application/json", auth=None, headers=headers)[0], 200)
        self.assertEqual(post(event(1), path, "application/cloudevents+json", auth=None)[0], 200)
        events = self.subscriber.wait_events(4)
        self.daemon.wait_empty()
        self.assertEqual([t for t, _ in self.subscriber.events()], ["shop/c-1/delivered"] * 4)
        self.assertEqual([e["data"]["message"]["id"] for _, e in events], ["m1", "m2", "m3", "m4"])

    def test_a_mapping_of_the_configuration(self):
        body = {"results": [{"messageId": "m-1", "to": "15550100002", "campaign": "spring", "doneAt": "2026-11-21T09:30:02.000+0000",
                             "status": {"groupName": "DELIVERED"}},
                            {"messageId": "m-2", "campaign": "spring", "status": {"groupName": "undeliverable"}}]}
        self.assertEqual(self.daemon.post(body, "/hooks/mapped/json", auth=None)[0], 200)
        events = self.subscriber.wait_events(2)
        self.assertEqual([t for t, _ in events], ["mapped/spring/delivered", "mapped/spring/undelivered"])
        self.assertEqual(events[0][1]["time"], "2026-11-21T09:30:02.000Z")

    def test_what_cannot_be_decoded_is_400_and_kept(self):
        self.assertEqual(self.daemon.post(b"{", "/hooks/shop/json", auth=None)[0], 400)
        self.daemon.wait_empty()
        self.assertEqual(self.daemon.metric("dead_letters_total"), 1)


if __name__ == "__main__":
    unittest.main()
