# SPDX-License-Identifier: MIT
"""Hostile HTTP clients: a battery of wrong and odd requests over raw sockets, and load.

It runs against any server that answers as a webhook of this project does: one at
`path` that takes POST with the right `authorization` (the whole header value) and answers 200.

    failures = run_battery("127.0.0.1", port, "/hooks/everlytic/sms", "Basic …")

Standard library only.
"""

import re
import resource
import selectors
import socket
import struct
import time
import zlib

ANSWER_SECONDS = 5
CLOSED = ()
BAD = [(400,)]
OK = [(200,)]
BODY = b'{"id":1}'


class Case:
    """Bytes to send, and which sequences of statuses are right for them.

    half_close: the client ends its sending side after the bytes, so an unfinished request is
    over. Without it the server must answer (or close) by itself.
    pieces: send in so many parts. reset: leave with RST and look at nothing.
    """

    def __init__(self, name, data, allowed, half_close=True, pieces=1, reset=False):
        self.name = name
        self.data = data
        self.allowed = allowed
        self.half_close = half_close
        self.pieces = pieces
        self.reset = reset


class Maker:
    """Builds requests to one webhook."""

    def __init__(self, host, path, authorization):
        self.host = host.encode()
        self.path = path.encode()
        self.authorization = authorization.encode()

    def request(self, *lines, body=b"", line=None, host=None, auth=True):
        line = line if line is not None else b"POST " + self.path + b" HTTP/1.1"
        head = [line, host if host is not None else b"Host: " + self.host]
        if auth:
            head.append(b"Authorization: " + self.authorization)
        head = [part for part in head if part != b"-"]
        return b"\r\n".join(head + list(lines)) + b"\r\n\r\n" + body

    def post(self, *lines, body=BODY, **more):
        return self.request(b"Content-Length: %d" % len(body), *lines, body=body, **more)

    def chunked(self, body, *lines, **more):
        return self.request(b"Transfer-Encoding: chunked", *lines, body=body, **more)


def length_cases(m):
    for value in (b"+8", b"-8", b"-0", b"8 8", b"8,8", b"8, 8", b"0x8", b"8.0", b"8e0", b"", b"8;", b"eight",
                  b"\"8\"", b"8\x0b", b"18446744073709551615", b"18446744073709551616", b"18446744073709551624",
                  b"9223372036854775808", b"99999999999999999999999999", b"4294967304x", b"\xc2\xb28"):
        yield Case(f"Content-Length {value!r}", m.request(b"Content-Length: " + value, body=BODY), BAD)
    for value in (b"8", b"08", b" 8", b"8 ", b"\t8\t"):
        yield Case(f"Content-Length {value!r} is legal", m.request(b"Content-Length:" + value, body=BODY), OK)
    yield Case("two equal Content-Length", m.post(b"Content-Length: 8"), BAD)
    yield Case("two different Content-Length", m.post(b"Content-Length: 3"), BAD)
    yield Case("Content-Length in two cases", m.post(b"content-length: 8"), BAD)
    yield Case("Content-Length too large for the body limit", m.request(b"Content-Length: 999999999"), [(413,)])
    yield Case("Content-Length longer than the body", m.request(b"Content-Length: 9", body=BODY), [(400,), CLOSED])
    yield Case("Content-Length 0", m.request(b"Content-Length: 0"), OK)
    yield Case("no length at all", m.request(), OK)
    yield Case("a body that was not announced is the next request", m.request(body=BODY), [(200, 400), (200,)])
    yield Case("Content-Length shorter than the body", m.request(b"Content-Length: 3", body=BODY), [(200, 400), (200,)])


def coding_cases(m):
    last = b"0\r\n\r\n"
    for value in (b"identity", b"gzip", b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b"chunked,", b",chunked",
                  b"xchunked", b"chunkedx", b"chunked;q=1", b"\"chunked\"", b"chunked\x0b", b"\x0bchunked", b"", b"x",
                  b"chun ked", b"chunked identity", b"deflate", b"trailers", b"chunke", b"chunked\xa0"):
        yield Case(f"Transfer-Encoding {value!r}", m.request(b"Transfer-Encoding: " + value, body=last), BAD)
    yield Case("two Transfer-Encoding", m.chunked(last, b"Transfer-Encoding: chunked"), BAD)
    yield Case("Transfer-Encoding identity and chunked", m.chunked(last, b"Transfer-Encoding: identity"), BAD)
    yield Case("Content-Length before Transfer-Encoding", m.post(b"Transfer-Encoding: chunked", body=last), BAD)
    yield Case("Content-Length after Transfer-Encoding", m.chunked(last, b"Content-Length: 5"), BAD)
    yield Case("Content-Length 0 and Transfer-Encoding", m.chunked(last, b"Content-Length: 0"), BAD)
    yield Case("Transfer-Encoding with a blank before its colon", m.request(b"Transfer-Encoding : chunked", body=last), BAD)
    yield Case("Transfer-Encoding folded", m.request(b"Transfer-Encoding:\r\n chunked", body=last), BAD)
    yield Case("Transfer-Encoding in HTTP/1.0",
               m.chunked(last, line=b"POST " + m.path + b" HTTP/1.0"), BAD)
    yield Case("Transfer-Encoding with a vertical tab in its name", m.request(b"Transfer\x0b-Encoding: chunked", body=last), BAD)


def chunk_cases(m):
    good = b"\r\n" + BODY + b"\r\n0\r\n\r\n"
    for size in (b"0x8", b"0X8", b"+8", b"-8", b" 8", b"8 ", b"8\t", b"", b"8,8", b"8.", b"8h", b"g", b"_8",
                 b"100000000000000008", b"ffffffffffffffff", b"8000000000000000", b"0" * 20 + b"8", b"8 ;a", b"8;",
                 b"8;a\x00b", b"8;a\x01", b"\xef\xbc\x98"):
        yield Case(f"chunk size {size!r}", m.chunked(size + good), BAD)
    for size in (b"8", b"08", b"0000000000000008", b"8;a=b", b"8;a", b'8;a="b;c"', b"8;a=b;c=d"):
        yield Case(f"chunk size {size!r} is legal", m.chunked(size + good), OK)
    yield Case("chunk size line ends in LF", m.chunked(b"8\n" + BODY + b"\r\n0\r\n\r\n"), BAD)
    yield Case("chunk size line ends in CR", m.chunked(b"8\r" + BODY + b"\r\n0\r\n\r\n"), BAD)
    yield Case("chunk ends in LF", m.chunked(b"8\r\n" + BODY + b"\n0\r\n\r\n"), BAD)
    yield Case("chunk ends in two letters", m.chunked(b"8\r\n" + BODY + b"XX0\r\n\r\n"), BAD)
    yield Case("chunk longer than its size", m.chunked(b"7\r\n" + BODY + b"\r\n0\r\n\r\n"), BAD)
    yield Case("chunk shorter than its size", m.chunked(b"9\r\n" + BODY + b"\r\n0\r\n\r\n"), BAD)
    yield Case("last chunk without its empty line", m.chunked(b"8\r\n" + BODY + b"\r\n0\r\n"), [(400,), CLOSED])
    yield Case("no last chunk", m.chunked(b"8\r\n" + BODY + b"\r\n"), [(400,), CLOSED])
    yield Case("empty line ends in LF", m.chunked(b"8\r\n" + BODY + b"\r\n0\r\n\n"), BAD)
    yield Case("trailers", m.chunked(b"8\r\n" + BODY + b"\r\n0\r\nA: b\r\nC: d\r\n\r\n"), OK)
    yield Case("trailer that looks like framing", m.chunked(b"0\r\nContent-Length: 50\r\n\r\n"), OK)
    yield Case("trailer without a colon", m.chunked(b"0\r\nA\r\n\r\n"), BAD)
    yield Case("trailer with a blank before its colon", m.chunked(b"0\r\nA : b\r\n\r\n"), BAD)
    yield Case("folded trailer", m.chunked(b"0\r\nA: b\r\n c\r\n\r\n"), BAD)
    yield Case("NUL in a trailer", m.chunked(b"0\r\nA: \x00\r\n\r\n"), BAD)
    yield Case("endless trailers", m.chunked(b"0\r\n" + b"A: b\r\n" * 60000 + b"\r\n"), [(431,), (400,)])
    yield Case("endless extension", m.chunked(b"8;" + b"a" * 200000 + good), BAD)
    yield Case("one-byte chunks", m.chunked(b"1\r\nx\r\n" * 500 + b"0\r\n\r\n"), OK)
    yield Case("chunks over the body limit", m.chunked(b"100000\r\n" + b"x" * 0x100000 + b"\r\n1\r\nx"), [(413,)], half_close=False)


def header_cases(m):
    for c in list(range(0x20)) + [0x7f]:
        if c == 0x09:
            continue
        allowed = BAD
        yield Case(f"byte {c:#04x} in a header value", m.post(b"X: a" + bytes([c]) + b"b"), allowed)
    for c in b"\x00\x01\x7f ()<>@,;\\\"/[]?={}\t\xe4":
        yield Case(f"byte {c:#04x} in a header name", m.post(b"X" + bytes([c]) + b"Y: a"), BAD)
    yield Case("blank before the colon", m.post(b"X : a"), BAD)
    yield Case("tab before the colon", m.post(b"X\t: a"), BAD)
    yield Case("folded with a blank", m.post(b"X: a\r\n b"), BAD)
    yield Case("folded with a tab", m.post(b"X: a\r\n\tb"), BAD)
    yield Case("first header starts with a blank", m.post(host=b" Host: a"), BAD)
    yield Case("no colon", m.post(b"X"), BAD)
    yield Case("no name", m.post(b": a"), BAD)
    yield Case("no value", m.post(b"X:"), OK)
    yield Case("only blanks as value", m.post(b"X:  \t "), OK)
    yield Case("high bytes in a value", m.post(b"X: \xc3\xa4\xff"), OK)
    yield Case("no Host", m.post(host=b"-"), BAD)
    yield Case("two Hosts", m.post(b"Host: b"), BAD)
    yield Case("two equal Hosts", m.post(b"Host: " + m.host), BAD)
    yield Case("empty Host", m.post(host=b"Host:"), BAD)
    for host in (b"a b", b"a/b", b"a@b", b"a?b", b"a\\b", b"<a>", b"a#b"):
        yield Case(f"Host {host!r}", m.post(host=b"Host: " + host), BAD)
    yield Case("Host in HTTP/1.0 is not needed", m.post(line=b"POST " + m.path + b" HTTP/1.0", host=b"-"), OK)
    yield Case("lines end in LF", m.post().replace(b"\r\n", b"\n"), BAD)
    yield Case("one line ends in LF", m.post().replace(b"\r\n", b"\n", 1), BAD)
    yield Case("lines end in CR", m.post().replace(b"\r\n", b"\r"), BAD)
    yield Case("a line ends in CR CR LF", m.post(b"X: a\r"), BAD)
    yield Case("the head ends in CR LF LF", m.post().replace(b"\r\n\r\n", b"\r\n\n"), BAD)
    yield Case("the head ends in LF CR LF", m.post().replace(b"\r\n\r\n", b"\n\r\n"), BAD)
    yield Case("bare CR, connection kept open", m.post(b"X: a\rb"), BAD, half_close=False)
    yield Case("NUL, connection kept open", m.post(b"X: a\x00b"), BAD, half_close=False)
    yield Case("Expect something else", m.post(b"Expect: 200-ok"), [(417,)])
    yield Case("Expect twice, one unknown", m.post(b"Expect: 100-continue", b"Expect: x"), [(417,)])
    yield Case("Expect 100-continue with the body at once", m.post(b"Expect: 100-continue"), [(200,), (100, 200)])
    yield Case("Content-Encoding unknown", m.post(b"Content-Encoding: br"), [(415,)])
    yield Case("Content-Encoding list", m.post(b"Content-Encoding: gzip, gzip"), [(415,)])
    yield Case("Connection: close twice", m.post(b"Connection: close", b"Connection: close"), OK)
    yield Case("Upgrade is not done", m.post(b"Connection: Upgrade", b"Upgrade: h2c"), OK)


def gzip_cases(m):
    def packed(text):
        z = zlib.compressobj(9, zlib.DEFLATED, 31)
        return z.compress(text) + z.flush()

    gzip = b"Content-Encoding: gzip"
    good = packed(BODY)
    yield Case("gzip", m.post(gzip, body=good), OK)
    yield Case("gzip, two members", m.post(gzip, body=packed(b'{"id"') + packed(b":1}")), OK)
    yield Case("gzip cut", m.post(gzip, body=good[:-1]), BAD)
    yield Case("gzip without its end", m.post(gzip, body=good[:-8]), BAD)
    yield Case("gzip with something behind it", m.post(gzip, body=good + b"x"), BAD)
    yield Case("gzip with a wrong sum", m.post(gzip, body=good[:-8] + b"\0\0\0\0" + good[-4:]), BAD)
    yield Case("not gzip", m.post(gzip), BAD)
    yield Case("zlib instead of gzip", m.post(gzip, body=zlib.compress(BODY)), BAD)
    yield Case("gzip bomb", m.post(gzip, body=packed(bytes(64 << 20))), [(413,)])


def line_cases(m):
    ok_line = b"POST " + m.path + b" HTTP/1.1"
    for line in (b"", b" ", b"POST", b"POST " + m.path, b"POST  " + m.path + b" HTTP/1.1", b"POST " + m.path + b"  HTTP/1.1",
                 b"POST\t" + m.path + b" HTTP/1.1", b" " + ok_line, ok_line + b" ", ok_line + b" x",
                 b"POST " + m.path + b" http/1.1", b"POST " + m.path + b" HTTP/1", b"POST " + m.path + b" HTTP/1.10",
                 b"POST " + m.path + b" HTTP/01.1", b"POST " + m.path + b" HTTP/+1.1", b"POST " + m.path + b" HTTP/-1.1",
                 b"POST " + m.path + b" HTTP/1,1", b"POST " + m.path + b" HTTP 1.1", b"POST " + m.path + b" XTTP/1.1",
                 b"PO(ST " + m.path + b" HTTP/1.1", b"PO\x00ST " + m.path + b" HTTP/1.1", b"\xffPOST " + m.path + b" HTTP/1.1",
                 b"POST x HTTP/1.1", b"POST * HTTP/1.1", b"POST ? HTTP/1.1", b"POST \\ HTTP/1.1", b"POST http: HTTP/1.1",
                 b"POST http:// HTTP/1.1", b"POST http:/x HTTP/1.1", b"POST ftp://a/ HTTP/1.1", b"POST http://u:p@a/ HTTP/1.1",
                 b"POST http://other.example" + m.path + b" HTTP/1.1", b"CONNECT a:443 HTTP/1.1", b"POST //\x00 HTTP/1.1",
                 b"POST " + m.path + b"#a HTTP/1.1", b"POST " + m.path + b"\x7f HTTP/1.1", b"POST " + m.path + b"\xc3\xa4 HTTP/1.1",
                 b"POST " + m.path + b"\x0b HTTP/1.1"):
        yield Case(f"request line {line!r}", m.post(line=line), BAD)
    for version in (b"HTTP/2.0", b"HTTP/3.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/9.9"):
        yield Case(f"version {version!r}", m.post(line=b"POST " + m.path + b" " + version), [(505,)])
    yield Case("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [(505,), (400,)])
    yield Case("absolute target", m.post(line=b"POST http://" + m.host + m.path + b" HTTP/1.1"), OK)
    yield Case("target with a query", m.post(line=b"POST " + m.path + b"?a=b HTTP/1.1"), OK)
    yield Case("one empty line first", b"\r\n" + m.post(), OK)
    yield Case("two empty lines first", b"\r\n\r\n" + m.post(), BAD)
    yield Case("bare LF first", b"\n" + m.post(), BAD)
    yield Case("unknown path", m.post(line=b"POST /nothing HTTP/1.1"), [(404,)])
    yield Case("unknown method", m.post(line=b"BREW " + m.path + b" HTTP/1.1"), [(405,)])
    yield Case("TRACE", m.request(line=b"TRACE " + m.path + b" HTTP/1.1"), [(405,)])
    yield Case("method in lower case", m.post(line=b"post " + m.path + b" HTTP/1.1"), [(405,)])
    yield Case("HEAD without credentials", m.request(line=b"HEAD " + m.path + b" HTTP/1.1", auth=False), OK)
    yield Case("OPTIONS without credentials", m.request(line=b"OPTIONS " + m.path + b" HTTP/1.1", auth=False), OK)
    yield Case("long target", m.post(line=b"POST /" + b"a" * 200000 + b" HTTP/1.1"), [(431,), (414,)])
    yield Case("long header", m.post(b"X: " + b"a" * 200000), [(431,)])
    yield Case("many headers", m.post(*[b"a:"] * 5000), [(431,)])
    yield Case("endless request line, kept open", b"A" * 200000, [(431,)], half_close=False)
    yield Case("TLS on a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), BAD, half_close=False)
    yield Case("binary", bytes(range(256)), BAD, half_close=False)


def connection_cases(m):
    post = m.post()
    yield Case("nothing", b"", [CLOSED])
    yield Case("cut in the request line", post[:6], [CLOSED, (400,)])
    yield Case("cut in the head", post[:40], [CLOSED, (400,)])
    yield Case("cut in the body", post[:-1], [CLOSED, (400,)])
    yield Case("cut in a chunk", m.chunked(b"8\r\n{"), [CLOSED, (400,)])
    yield Case("half-closed client gets its answer", post, OK)
    yield Case("byte by byte", post, OK, pieces=len(post))
    yield Case("chunked byte by byte", m.chunked(b"3\r\n" + BODY[:3] + b"\r\n5;a\r\n" + BODY[3:] + b"\r\n0\r\n\r\n"), OK, pieces=400)
    yield Case("100 pipelined", post * 100, [(200,) * 100])
    yield Case("pipelined in parts", post * 20, [(200,) * 20], pieces=50)
    yield Case("pipelined, the second bad", post + m.post(b"X : y") + post, [(200, 400)])
    yield Case("pipelined, the second without credentials", post + m.post(auth=False) + post, [(200, 401)])
    yield Case("pipelined behind Connection: close", m.post(b"Connection: close") + post, OK)
    yield Case("pipelined behind HTTP/1.0", m.post(line=b"POST " + m.path + b" HTTP/1.0") + post, OK)
    yield Case("HTTP/1.0 with keep-alive", m.post(b"Connection: keep-alive", line=b"POST " + m.path + b" HTTP/1.0") + post, [(200, 200)])
    yield Case("request hidden in an unread body",
               m.post(auth=False, body=post) + b"", [(401,)])
    yield Case("request hidden behind both lengths",
               m.request(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + post), BAD)
    yield Case("no credentials, large body", m.post(auth=False, body=b"x" * 900000), [(401,)])
    yield Case("no credentials, Expect", m.request(b"Content-Length: 9", b"Expect: 100-continue", auth=False), [(401,)], half_close=False)
    yield Case("too large, body sent at once", m.post(body=b"x" * 2000000), [(413,)])
    yield Case("reset after the request", post, [], reset=True)
    yield Case("reset in the head", post[:30], [], reset=True)
    yield Case("reset in the body", post[:-2], [], reset=True)
    yield Case("reset with 50 pipelined", post * 50, [], reset=True)
    yield Case("reset in an unread body", m.post(auth=False, body=b"x" * 300000), [], reset=True)


def all_cases(host, path, authorization):
    m = Maker(host, path, authorization)
    cases = []
    for group in (length_cases, coding_cases, chunk_cases, header_cases, gzip_cases, line_cases, connection_cases):
        cases.extend(group(m))
    return cases


STATUS_LINE = re.compile(rb"HTTP/1\.1 (\d{3}) ")
LENGTH_LINE = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.I)


def parse_answers(data, is_head=False):
    """Statuses of the whole answers in `data`; ValueError when it is anything else."""
    statuses = []
    while data:
        head, found, rest = data.partition(b"\r\n\r\n")
        status = STATUS_LINE.match(head)
        if not found or status is None:
            raise ValueError(f"not an answer: {data[:80]!r}")
        length = LENGTH_LINE.search(head + b"\r\n")
        size = int(length.group(1)) if length and not is_head else 0
        if len(rest) < size:
            raise ValueError("an answer is cut")
        statuses.append(int(status.group(1)))
        data = rest[size:]
    return tuple(statuses)


def receive_all(sock):
    """Everything until the server closes; a reset behind an answer ends it too."""
    received = b""
    while True:
        try:
            part = sock.recv(65536)
        except ConnectionResetError:
            return received
        if not part:
            return received
        received += part


def send_pieces(sock, case):
    step = max(1, -(-len(case.data) // case.pieces))
    for at in range(0, len(case.data), step):
        sock.sendall(case.data[at:at + step])


def run_case(case, host, port):
    """None when the outcome is right, else what it was."""
    with socket.create_connection((host, port), ANSWER_SECONDS) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            send_pieces(sock, case)
            if case.reset:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return None
            if case.half_close:
                sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused early: the answer is what counts
        try:
            statuses = parse_answers(receive_all(sock), case.data.startswith(b"HEAD "))
        except socket.timeout:
            return "no end within the time"
        except ValueError as error:
            return str(error)
    return None if statuses in case.allowed else f"{statuses}, allowed {case.allowed}"


def run_battery(host, port, path, authorization):
    """Run every case, and after each group of ten an honest request.

    Returns (number of cases, list of "name: what came").
    """
    cases = all_cases(host, path, authorization)
    honest = Case("honest", Maker(host, path, authorization).post(), OK)
    failures = []
    for number, case in enumerate(cases):
        outcome = run_case(case, host, port)
        if outcome is not None:
            failures.append(f"{case.name}: {outcome}")
        if number % 10 == 0 and run_case(honest, host, port) is not None:
            failures.append(f"{case.name}: the server does not serve any more after it")
    return len(cases), failures


def allow_many_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


class SlowClient:
    """One connection that takes its time. `step` sends the next bit; False when it is over."""

    def __init__(self, host, port, kind, maker):
        self.kind = kind
        self.sent = 0
        self.answer = b""
        self.began = time.monotonic()
        self.ended = None
        post = maker.post(body=b"x" * 2000)
        head = len(post) - 2000
        # What is sent at once, and what drips.
        if kind == "request line":
            self.first, self.drip = post[:3], post[3:head]
        elif kind == "head":
            self.first, self.drip = post[:60], b"x" * 4000
        elif kind == "body":
            self.first, self.drip = post[:head], post[head:]
        elif kind == "reader":
            self.first, self.drip = maker.post() * 2000, b""
        else:
            self.first, self.drip = b"", b""
        self.sock = socket.socket()
        if kind == "reader":
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect((host, port))
        self.sock.setblocking(False)
        self._send(self.first)

    def _send(self, data):
        try:
            self.sock.send(data)
        except BlockingIOError:
            pass
        except OSError:
            self._end()

    def _end(self):
        if self.ended is None:
            self.ended = time.monotonic()
            self.sock.close()

    def step(self):
        if self.ended is not None:
            return False
        if self.sent < len(self.drip):
            self._send(self.drip[self.sent:self.sent + 1])
            self.sent += 1
        if self.ended is None and self.kind != "reader":
            self._look()
        return self.ended is None

    def _look(self):
        try:
            part = self.sock.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        self.answer += part
        if not part:
            self._end()

    def close(self):
        self._end()


SLOW_KINDS = ("request line", "head", "body", "idle", "reader")


def run_slow_clients(host, port, path, authorization, count=500, seconds=6.0, drip_seconds=0.25):
    """`count` slow clients of all kinds beside honest requests on one keep-alive connection.

    Returns {"latencies": seconds of each honest request, sorted; "honest_failures": n;
             "cut": {kind: how many the server closed}, "clients": {kind: n}}.
    """
    allow_many_files(count + 200)
    maker = Maker(host, path, authorization)
    clients = [SlowClient(host, port, SLOW_KINDS[i % len(SLOW_KINDS)], maker) for i in range(count)]
    latencies, failures = [], 0
    end = time.monotonic() + seconds
    next_drip = 0.0
    with socket.create_connection((host, port), ANSWER_SECONDS) as honest:
        while time.monotonic() < end:
            if time.monotonic() >= next_drip:
                next_drip = time.monotonic() + drip_seconds
                for client in clients:
                    client.step()
            began = time.monotonic()
            failures += not _exchange(honest, maker.post())
            latencies.append(time.monotonic() - began)
    cut = {kind: sum(c.kind == kind and c.ended is not None for c in clients) for kind in SLOW_KINDS}
    for client in clients:
        client.close()
    return {"latencies": sorted(latencies), "honest_failures": failures, "cut": cut,
            "clients": {kind: sum(c.kind == kind for c in clients) for kind in SLOW_KINDS}}


def _exchange(sock, data):
    """One honest request on a connection that stays open."""
    sock.sendall(data)
    received = b""
    while True:
        part = sock.recv(65536)
        if not part:
            return False
        received += part
        try:
            return parse_answers(received) == (200,)
        except ValueError:
            continue


def run_unauthenticated_bodies(host, port, path, count=200, size=1 << 20):
    """`count` clients at once, each pushing `size` bytes without credentials as far as it can.

    Returns the statuses they saw (None: no whole answer).
    """
    return run_bodies(host, port, Maker(host, path, "").post(auth=False, body=b"x" * size), count)


def run_bodies(host, port, data, count):
    """`count` clients at once, each pushing `data`. Returns the statuses they saw (None: no whole answer)."""
    allow_many_files(count + 200)
    chooser = selectors.DefaultSelector()
    sent, answers, open_now = {}, {}, 0
    for _ in range(count):
        sock = socket.create_connection((host, port), ANSWER_SECONDS)
        sock.setblocking(False)
        sent[sock], answers[sock] = 0, b""
        chooser.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        open_now += 1
    end = time.monotonic() + 30
    while open_now > 0 and time.monotonic() < end:
        for key, mask in chooser.select(1):
            if not _push(key.fileobj, mask, data, sent, answers, chooser):
                chooser.unregister(key.fileobj)
                key.fileobj.close()
                open_now -= 1
    chooser.close()
    return [_first_status(answer) for answer in answers.values()]


def _push(sock, mask, data, sent, answers, chooser):
    """Send and receive what goes; False when the connection is over."""
    try:
        if mask & selectors.EVENT_WRITE:
            sent[sock] += sock.send(data[sent[sock]:sent[sock] + 65536])
            if sent[sock] >= len(data):
                chooser.modify(sock, selectors.EVENT_READ)
    except BlockingIOError:
        pass
    except OSError:
        chooser.modify(sock, selectors.EVENT_READ)
    try:
        part = sock.recv(65536)
    except BlockingIOError:
        return True
    except OSError:
        return False
    answers[sock] += part
    return bool(part)


def _first_status(answer):
    try:
        return parse_answers(answer)[0]
    except (ValueError, IndexError):
        return None


def memory_mib(pid, what="VmRSS"):
    """Resident memory of a process; what="VmHWM" for its peak."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith(what + ":"):
                return int(line.split()[1]) / 1024
    raise ValueError(what)
