"""simulator - what all simulated vendors share: an HTTP server, a log of what was asked, and misbehaviour.

A simulated vendor answers as its documentation and our notes say. It keeps a log of every request, so that a test can
ask afterwards whether a rate limit was broken, a credential went astray or somebody hammered; and it misbehaves on
demand: `trouble("html", times=2)` answers the next two requests with a page of HTML.
"""
import collections
import dataclasses
import http.server
import io
import json
import socket
import ssl
import struct
import threading
import time
import urllib.parse


@dataclasses.dataclass
class Request:
    at: float          # monotonic seconds; of its first bytes, as far as the kernel says
    method: str
    path: str
    query: dict        # last value of each name
    headers: dict      # lower-case names
    body: bytes
    status: int = 0    # of the answer

    def json(self):
        return json.loads(self.body or b"null")


@dataclasses.dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: dict = dataclasses.field(default_factory=dict)
    announced: int = None      # Content-Length that is not the body's
    pause_s: float = 0.0       # before the answer
    chunks: object = None      # an iterator of bytes instead of a body, sent chunked; None in it: cut off there
    blocks: object = None      # likewise, but of `announced` bytes in all
    is_lost: bool = False      # it was done, but nothing is answered: the connection is closed


def as_json(value, status=200, **headers):
    return Answer(status, json.dumps(value).encode(), headers=dict(headers))


class Trouble:
    """One kind of misbehaviour, for so many requests that fit."""

    def __init__(self, kind, times, fits, **more):
        self.kind, self.left, self.fits, self.more = kind, times, fits, more

    def spoil(self, good):
        """The answer instead of `good`, a function that makes the right one."""
        kind = self.kind
        if kind == "429":
            return Answer(429, b'{"message":"Too Many Attempts."}', headers=self.more.get("headers", {}))
        if kind == "status":
            return Answer(self.more.get("status", 500), self.more.get("body", b"{}"),
                          self.more.get("media_type", "application/json"), self.more.get("headers", {}))
        if kind == "html":
            return Answer(200, b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>later</body></html>",
                          self.more.get("media_type", "text/html; charset=utf-8"))
        if kind == "half":             # half a document, though the answer is complete as HTTP
            answer = good()
            answer.body = answer.body[:max(1, len(answer.body) // 2)]
            return answer
        if kind == "cut":              # fewer bytes than announced
            answer = good()
            answer.announced = len(answer.body)
            answer.body = answer.body[:max(1, len(answer.body) // 2)]
            return answer
        if kind == "dead":             # nothing is done, nothing answered
            return Answer(is_lost=True)
        if kind == "lost":             # done, and nobody hears of it
            answer = good()
            answer.is_lost = True
            return answer
        if kind == "slow":
            answer = good()
            answer.pause_s = self.more.get("pause_s", 1.0)
            return answer
        if kind == "huge":
            size = self.more.get("size", 1 << 30)
            block = b" " * 65536
            return Answer(200, chunks=(block for _ in range(size // len(block))))
        if kind == "change":           # the right answer, changed by a function
            return self.more["change"](good())
        raise ValueError(kind)


class Arrivals(io.RawIOBase):
    """What comes on a connection, and when the first of it came: the kernel's time, since a busy machine lets us look late."""

    TIMESTAMPS = 35    # SO_TIMESTAMPNS

    def __init__(self, connection):
        super().__init__()
        self.connection, self.first = connection, None
        connection.setsockopt(socket.SOL_SOCKET, self.TIMESTAMPS, 1)

    def readable(self):
        return True

    def readinto(self, target):
        size, more, _flags, _address = self.connection.recvmsg_into([target], 64)
        if self.first is None:
            seconds = [struct.unpack("@ll", data) for _level, kind, data in more if kind == self.TIMESTAMPS and len(data) == 16]
            passed = time.time() - seconds[0][0] - seconds[0][1] * 1e-9 if seconds else 0
            self.first = time.monotonic() - max(0.0, passed)
        return size

    def take_first(self):
        first, self.first = self.first, None
        return time.monotonic() if first is None else first


class Simulator:
    """One vendor on a port of its own. Subclasses have `answer(request)` and their data."""

    certificate = None

    def __init__(self, port=0, tls=None):
        """`tls`: (certificate file, key file) for https."""
        self.log = []
        self.troubles = []
        self.lock = threading.RLock()
        self.active = 0
        self.most_active = 0
        simulator = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            arrivals = None

            def setup(self):
                super().setup()
                if not isinstance(self.connection, ssl.SSLSocket):
                    self.arrivals = Arrivals(self.connection)
                    self.rfile = io.BufferedReader(self.arrivals)

            def handle_one(self):
                simulator._serve(self)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                pass    # a client that went away

        self.server = Server(("127.0.0.1", port), Handler)
        scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.port = self.server.server_address[1]
        self.base = f"{scheme}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    # ---- what a test asks for ----

    def trouble(self, kind, times=1, fits=lambda request: True, **more):
        """Misbehave for the next `times` requests that fit; None: for ever."""
        with self.lock:
            self.troubles.append(Trouble(kind, times, fits, **more))

    def well(self):
        """No more misbehaviour."""
        with self.lock:
            self.troubles.clear()

    def asked(self, method=None, path=None):
        with self.lock:
            return [r for r in self.log if (method is None or r.method == method) and (path is None or path in r.path)]

    def broken_rates(self, count, per_s):
        """Moments at which more than `count` requests lay within `per_s` seconds (a little less, for the way here)."""
        times = [r.at for r in self.asked()]
        window, broken = collections.deque(), []
        for t in times:
            window.append(t)
            while window[0] < t - per_s * 0.97:
                window.popleft()
            if len(window) > count:
                broken.append((t, len(window)))
        return broken

    # ---- serving ----

    def noted(self, request):
        """A request has arrived, whatever becomes of it."""

    def answer(self, request):
        raise NotImplementedError

    def _find_trouble(self, request):
        for t in self.troubles:
            if t.left != 0 and t.fits(request):
                if t.left is not None:
                    t.left -= 1
                return t
        return None

    def _make(self, request):
        with self.lock:
            trouble = self._find_trouble(request)
            return trouble.spoil(lambda: self.answer(request)) if trouble else self.answer(request)

    def _serve(self, handler):
        url = urllib.parse.urlsplit(handler.path)
        length = int(handler.headers.get("Content-Length") or 0)
        at = handler.arrivals.take_first() if handler.arrivals else time.monotonic()
        request = Request(at, handler.command, url.path,
                          dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)),
                          {k.lower(): v for k, v in handler.headers.items()}, handler.rfile.read(length))
        with self.lock:
            self.log.append(request)
            self.noted(request)
            self.active += 1
            self.most_active = max(self.most_active, self.active)
        try:
            answer = self._make(request)
            request.status = answer.status
            if answer.pause_s:
                threading.Event().wait(answer.pause_s)
            self._write(handler, answer)
        finally:
            with self.lock:
                self.active -= 1

    @staticmethod
    def _cut(handler):
        handler.close_connection = True
        handler.wfile.flush()
        handler.connection.close()

    def _write(self, handler, answer):
        if answer.is_lost:
            self._cut(handler)
            return
        handler.send_response(answer.status)
        if answer.media_type is not None:
            handler.send_header("Content-Type", answer.media_type)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if answer.chunks is not None:
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            for piece in answer.chunks:
                if piece is None:
                    self._cut(handler)
                    return
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.write(b"0\r\n\r\n")
            return
        announced = len(answer.body) if answer.announced is None else answer.announced
        handler.send_header("Content-Length", str(announced))
        handler.end_headers()
        if answer.blocks is not None:
            for piece in answer.blocks:
                if piece is None:
                    self._cut(handler)
                    return
                handler.wfile.write(piece)
            return
        handler.wfile.write(answer.body)
        if announced != len(answer.body):
            handler.wfile.flush()
            handler.close_connection = True


class FixedWindows:
    """Rate limits as vendors count them: so many in each second, minute, day of the clock."""

    def __init__(self, *limits):
        self.limits = limits
        self.counts = {}

    def is_over(self, at=None):
        """One more, that came at that moment (monotonic)."""
        now = time.time() - (time.monotonic() - at if at else 0)
        over = None
        for count, per_s in self.limits:
            key = (per_s, int(now // per_s))
            self.counts[key] = self.counts.get(key, 0) + 1
            if self.counts[key] > count:
                over = per_s - now % per_s
        return over
