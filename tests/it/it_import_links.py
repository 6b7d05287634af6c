"""import of links: what stands in a report mail, given by a person."""
import gzip
import http.server
import io
import json
import os
import pty
import signal
import ssl
import subprocess
import threading
import unittest
import urllib.parse
import zipfile

from harness import free_port, wait_until
from it_import import CAMPAIGN, Import, delivery
from it_reports import Passona

SECRET = "token=s3cret-4711"
ROWS = 3000


def zipped(text, *names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name in names or ("delivery.csv",):
            z.writestr(name, text)
    return out.getvalue()


class Files(http.server.ThreadingHTTPServer):
    """Files at paths: `files[path]` is (status, headers, body) or a function of the request that writes its answer."""

    daemon_threads = True

    def __init__(self, tls=None):
        self.files, self.asked = {}, []
        super().__init__(("127.0.0.1", 0), FilesRequest)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        scheme = "https" if tls else "http"
        self.base = f"{scheme}://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, _request, _address):
        pass                                                 # clients that go away, or refuse the certificate

    def put(self, path, body, media_type="text/csv", status=200, **headers):
        self.files[path] = (status, {"Content-Type": media_type, **headers}, body if isinstance(body, bytes) else body.encode())
        return f"{self.base}{path}?{SECRET}"


class FilesRequest(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        self.server.asked.append((path, dict(self.headers)))
        answer = self.server.files.get(path, (404, {"Content-Type": "text/plain"}, b"no such file"))
        if callable(answer):
            answer(self)
            return
        self.answer(*answer)

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Links(Import):
    def setUp(self):
        super().setUp()
        self.tmp = os.path.join(self.folder, "tmp")
        os.mkdir(self.tmp)
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = self.tmp
        self.addCleanup(lambda: os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before))

    def serve(self, tls=None):
        files = Files(tls)
        self.addCleanup(files.server_close)
        self.addCleanup(files.shutdown)
        return files

    @staticmethod
    def account(base):
        return f"\n  - {{vendor: passona, vars: {{base: \"{base}\", token: t0ken}}}}\n"

    def run_it(self, *args):
        result = super().run_it(*args)
        self.assert_no_secret(result.out + result.err)
        self.assertEqual(os.listdir(self.tmp), [])
        return result

    def assert_no_secret(self, text):
        self.assertNotIn("s3cret", text)
        self.assertNotIn("/exports", text)

    def assert_brought(self, result, rows, report="delivery-csv"):
        self.assertEqual(result.code, 0, result.err)
        self.assertRegex(result.err, r"^campaign2mqtt: note: \d+ bytes downloaded from 127\.0\.0\.1\n")
        self.assertRegex(result.out, rf"^passona {report}: {rows} rows?, \d+ bytes in \d+ s\n$")

    def command(self, url):
        return [self.daemon.program, "import", "-c", self.daemon.conf, "passona", "delivery-csv", "--set",
                f"campaign={CAMPAIGN}", url]


class LinksWork(Links):
    def test_plain_and_packed(self):
        vendor, files = self.serve(), self.serve()
        text = delivery(ROWS)
        links = (files.put("/exports/a", text), files.put("/exports/b", gzip.compress(text.encode()), "application/gzip"),
                 files.put("/exports/c", zipped(text), "application/zip"),
                 files.put("/exports/d", text.encode("utf-16"), "text/csv; charset=utf-16"))
        for way in self.both_ways(self.account(vendor.base)):
            for link in links:
                self.assert_brought(self.imports("delivery-csv", link), ROWS)
            self.settle(way)
            wait_until(lambda: len(self.seen_ids()) == ROWS, what="the events")
            self.assertEqual(len(self.subscriber.events()), ROWS)
            self.assert_no_secret(self.daemon.log())
        self.assertEqual([h for _path, h in files.asked if "Authorization" in h], [])
        self.assertEqual(vendor.asked, [])

    def test_auto_is_told_by_the_header(self):
        files = self.serve()
        self.prepare(self.account(files.base))
        result = self.imports("auto", files.put("/exports/a", zipped(delivery(3))))
        self.assert_brought(result, 3)
        self.assertIn("campaign2mqtt: note: 127.0.0.1 is a delivery-csv\n", result.err)

    def test_the_vendor_s_own_link_may_want_credentials(self):
        files = self.serve()
        link = files.put("/exports/a", delivery(3))
        good = files.files["/exports/a"]
        files.files["/exports/a"] = lambda r: r.answer(*(good if "Authorization" in r.headers else (401, {}, b"{}")))
        self.prepare(self.account(files.base))
        self.assert_brought(self.imports("delivery-csv", link), 3)
        self.assertEqual(["Authorization" in h for _path, h in files.asked], [False, True])

    def test_a_break_is_gone_on_from(self):
        files = self.serve()
        body = delivery(ROWS).encode()
        link, half = files.put("/exports/a", body), len(body) // 2

        def answer(request):
            if "Range" in request.headers:
                start = int(request.headers["Range"][6:-1])
                request.answer(206, {"ETag": '"1"', "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}, body[start:])
                return
            request.send_response(200)
            request.send_header("ETag", '"1"')
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body[:half])
            request.close_connection = True
        files.files["/exports/a"] = answer
        self.prepare(self.account(files.base))
        self.assert_brought(self.imports("delivery-csv", link), ROWS)
        self.assertEqual(len(files.asked), 2)

    def test_a_terminal_shows_how_far_it_is(self):
        files = self.serve()
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        link = files.put("/exports/a", b"")
        files.files["/exports/a"] = self.slow(delivery(20000).encode(), go_on)
        self.prepare(self.account(files.base))
        leader, follower = pty.openpty()
        process = subprocess.Popen(self.command(link), stdout=follower, stderr=follower)
        self.addCleanup(self.end, process)
        os.close(follower)
        seen = b""
        while True:
            try:
                seen += os.read(leader, 65536)
            except OSError:
                break
            if b"downloading from 127.0.0.1: " in seen:
                go_on.set()
        os.close(leader)
        self.assertEqual(process.wait(60), 0, seen)
        self.assertRegex(seen.decode(), r"\rdownloading from 127\.0\.0\.1: [\d.]+ of [\d.]+ MB")
        self.assertIn("20000 rows", seen.decode().splitlines()[-1])
        self.assert_no_secret(seen.decode())

    @staticmethod
    def slow(body, go_on):
        """The first half, and the rest when `go_on` is set."""
        def answer(request):
            request.send_response(200)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body[:len(body) // 2])
            request.wfile.flush()
            go_on.wait(60)
            request.wfile.write(body[len(body) // 2:])
        return answer

    def half_a_file(self, pid):
        """What the command has written so far of what it downloads."""
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                if os.readlink(f"/proc/{pid}/fd/{fd}").startswith(self.tmp) and os.stat(f"/proc/{pid}/fd/{fd}").st_size:
                    return os.stat(f"/proc/{pid}/fd/{fd}")
            except FileNotFoundError:
                pass
        return None

    def test_stopped_by_a_signal(self):
        files = self.serve()
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        link = files.put("/exports/a", b"")
        files.files["/exports/a"] = self.slow(delivery(20000).encode(), go_on)
        self.prepare(self.account(files.base))
        for signo in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen(self.command(link), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(self.end, process)
            opened = wait_until(lambda p=process: self.half_a_file(p.pid), what="half a file")
            self.assertEqual(opened.st_mode & 0o777, 0o600)
            self.assertEqual(os.listdir(self.tmp), [])       # it has no name: not even SIGKILL leaves it
            with open(f"/proc/{process.pid}/cmdline", "rb") as f:
                self.assertNotIn(b"s3cret", f.read())
            process.send_signal(signo)
            _out, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 69, err)
            self.assertIn(b"nothing is imported", err)
            self.assertEqual(os.listdir(self.tmp), [])
        self.assertEqual(self.subscriber.events(), [])


class LinksThatAreNoGood(Links):
    def assert_refused(self, result, code, *parts):
        self.assert_complaint(result, code, *parts)

    def test_answers(self):
        files = self.serve()
        cases = ((files.put("/exports/403", b"<Error>expired</Error>", "application/xml", 403), 65, "order the report again"),
                 (files.put("/exports/404", b"gone", "text/plain", 404), 65, "order the report again"),
                 (files.put("/exports/410", b"gone", "text/plain", 410), 65, "order the report again"),
                 (files.put("/exports/html", "<!DOCTYPE html><html>Log in</html>", "text/html"), 65, "page"),
                 (files.put("/exports/hidden", "<!DOCTYPE html><html>Log in</html>", "text/csv"), 65, "page"),
                 (files.put("/exports/json", '{"message": "expired"}', "application/json"), 65, "JSON, not CSV: expired"),
                 (files.put("/exports/empty", b""), 65, "empty"),
                 (files.put("/exports/two", zipped(delivery(1), "a.csv", "b.csv")), 65, "several files"),
                 (files.put("/exports/cut", gzip.compress(delivery(1).encode())[:-9]), 65, "cut off"))
        for way in self.both_ways(self.account(files.base)):
            for link, code, part in cases:
                with self.subTest(f"{way} {link}"):
                    result = self.imports("delivery-csv", link)
                    self.assertEqual(result.code, code, result.err)
                    self.assertIn(part, result.err)
                    self.assertIn("127.0.0.1", result.err)
                    self.assertEqual(result.out, "")
            self.assertEqual(self.subscriber.events(), [])

    def test_a_link_that_works_once(self):
        files = self.serve()
        link = files.put("/exports/a", delivery(2))
        good = files.files["/exports/a"]

        def once(request):
            files.files["/exports/a"] = (403, {}, b"")
            request.answer(*good)
        files.files["/exports/a"] = once
        self.prepare(self.account(files.base))
        self.assert_brought(self.imports("delivery-csv", link), 2)
        self.assert_refused(self.imports("delivery-csv", link), 65, "127.0.0.1", "order the report again")

    def test_too_large(self):
        files = self.serve()
        link = files.put("/exports/a", b"")

        def large(request):
            request.send_response(200)
            request.send_header("Content-Length", str(1 << 50))
            request.end_headers()
        files.files["/exports/a"] = large
        self.prepare(self.account(files.base))
        self.assert_refused(self.imports("delivery-csv", link), 65, "larger than")

    def test_a_host_that_is_not_there(self):
        files = self.serve()
        self.prepare(self.account(files.base))
        self.assert_refused(self.imports("delivery-csv", f"http://127.0.0.1:{free_port()}/exports/a?{SECRET}"), 69, "127.0.0.1")

    def test_a_wrong_certificate(self):
        key, crt = os.path.join(self.folder, "k.pem"), os.path.join(self.folder, "c.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", crt, "-days", "1",
                        "-subj", "/CN=localhost"], check=True, capture_output=True, timeout=60)
        files = self.serve(tls=(crt, key))
        self.prepare(self.account("http://127.0.0.1:1"))
        self.assert_refused(self.imports("delivery-csv", files.put("/exports/a", delivery(1))), 69, "certificate")
        self.assertEqual(files.asked, [])

    def test_http_where_the_vendor_has_https(self):
        files = self.serve()
        self.prepare(self.account("https://127.0.0.1:1"))
        self.assert_refused(self.imports("delivery-csv", files.put("/exports/a", delivery(1))), 64, "127.0.0.1")
        self.assertEqual(files.asked, [])

    def test_command_lines(self):
        files = self.serve()
        self.prepare(self.account(files.base))
        link = files.put("/exports/a", delivery(1))
        self.assert_refused(self.imports("delivery-csv", link, campaign=None), 64, "needs --set campaign=ID")
        self.assert_refused(self.imports("deliveries", link), 78, "has no report")
        self.assert_refused(self.imports("delivery-csv", f"https://u:p@127.0.0.1/exports/a?{SECRET}"), 64, "https://HOST/PATH")
        self.assert_refused(self.imports("delivery-csv", "https://"), 64, "https://HOST/PATH")
        self.assertEqual(files.asked, [])
        os.environ["TMPDIR"] = os.path.join(self.folder, "missing")
        result = super(Links, self).run_it("import", "passona", "delivery-csv", "--set", f"campaign={CAMPAIGN}", link)
        os.environ["TMPDIR"] = self.tmp
        self.assert_refused(result, 74, "TMPDIR")


class Orders(Links):
    """What the command tells the daemon: one that answers as little as it needs."""

    def fake_daemon(self, imported):
        told = []

        class Admin(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def reply(self, status, document):
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                self.reply(200, {"instance": "gw1"})

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                url = urllib.parse.urlsplit(self.path)
                told.append((url.path, urllib.parse.parse_qs(url.query)))
                self.reply(200 if url.path == "/api/v1/import" else imported, {"error": "so it is"})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.daemon.admin_port), Admin)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return told

    def run_with(self, answer, text):
        files = self.serve()
        self.prepare(self.account(files.base))
        told = self.fake_daemon(answer)
        return told, self.imports("delivery-csv", self.file(text))

    def test_an_import_that_is_complete_is_told(self):
        told, result = self.run_with(200, delivery(3))
        self.assert_imported(result, "delivery-csv", 3)
        self.assertEqual([path for path, _query in told], ["/api/v1/import", "/api/v1/imported"])
        self.assertEqual(told[1][1], {"account": ["passona"], "report": ["delivery-csv"], "set": [f"campaign={CAMPAIGN}"]})

    def test_a_header_alone_is_complete(self):
        told, result = self.run_with(200, delivery(0))
        self.assertEqual((result.code, [path for path, _query in told]), (0, ["/api/v1/imported"]))

    def test_a_daemon_that_knows_no_orders(self):
        _told, result = self.run_with(404, delivery(3))
        self.assert_imported(result, "delivery-csv", 3)

    def test_a_daemon_that_has_trouble_is_a_note(self):
        _told, result = self.run_with(503, delivery(3))
        self.assertEqual(result.code, 0)
        self.assertRegex(result.err, r"^campaign2mqtt: note: an order of this report waits on, if there is one: so it is\n$")

    def test_an_order_that_waits_is_done(self):
        """Its mailbox is not there; a person brings the file, and the next time the link."""
        sim, files = self.sim(Passona), self.serve()
        campaign = sim.campaign()
        for way in ("file", "link"):
            with self.subTest(way):
                self.setUp()
                del sim.orders[:]
                self.start_all(accounts=f"""
  - vendor: passona
    vars: {{base: "{sim.base}", token: {sim.token}}}
    mailbox: {{url: "imaps://127.0.0.1:{free_port()}/INBOX", username: u, password: p, poll: 200ms}}
    reports: [{{report: delivery-csv, every: 1h, each: {{campaign: ["{campaign}"]}}}}]
""")
                job = wait_until(lambda: self.report().get("job"), what="the order")
                wait_until(lambda: self.report().get("job", {}).get("state") == "waiting", what="an order that waits")
                self.assertEqual(job["by"], "mailbox")
                source = self.file(delivery(3)) if way == "file" else files.put("/exports/a", gzip.compress(delivery(3).encode()))
                self.assertEqual(self.imports("delivery-csv", source, campaign=campaign).code, 0)
                wait_until(lambda: "job" not in self.report(), what="the end of the order")
                self.assertTrue(self.report()["last_done"])
                wait_until(lambda: len(self.seen_ids()) == 3, what="3 events")
                self.assertEqual(sim.orders, [(campaign, "delivery")])
                self.daemon.stop()
                self.broker.stop()

    def test_a_broken_file_is_not_complete(self):
        told, result = self.run_with(200, "<html>")
        self.assertEqual((result.code, told), (65, []))


if __name__ == "__main__":
    unittest.main()
