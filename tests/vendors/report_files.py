"""report_files - files that a simulated vendor gives out behind secret links, well and badly."""
import csv
import dataclasses
import gzip
import io
import re
import secrets
import threading
import time
import zipfile

from simulator import Answer

BLOCK = 65536
FILES_MOST = 300       # before the oldest go
LOGIN = (b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form action='/login' method='post'>"
         b"<input name='user'><input name='password' type='password'></form></body></html>")
DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"


@dataclasses.dataclass
class Way:
    """How a file is given out."""
    single_use: bool = False       # 403 after the first time
    expires_s: float = None        # 403 so long after it was put there
    ranges: bool = True            # goes on in the middle
    etag: bool = True
    modified: bool = False         # Last-Modified instead
    pack: str = None               # "gzip", "zip"
    bytes_per_s: float = None      # slow
    cuts: tuple = ()               # the first answers end after so many bytes
    redirect: str = None           # "here": to another path; or the base of another server
    login: bool = False            # a page of HTML with 200 instead
    needs: str = None              # value of Authorization that it wants
    media_type: str = "text/csv; charset=utf-8"
    size: bool = True              # Content-Length


@dataclasses.dataclass
class Shape:
    """How a CSV is written."""
    bom: bool = False
    line_end: str = "\r\n"
    delimiter: str = ","
    reorder: bool = False
    extra: tuple = ()              # more columns
    encoding: str = "utf-8"
    all_quoted: bool = False

    def write(self, columns, rows):
        """@return bytes of a CSV with a header; None is an empty field"""
        columns = list(reversed(columns)) if self.reorder else list(columns)
        for at, name in enumerate(self.extra):
            columns.insert(min(2 * at + 1, len(columns)), name)
        text = io.StringIO()
        w = csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end,
                       quoting=csv.QUOTE_ALL if self.all_quoted else csv.QUOTE_MINIMAL)
        w.writerow(columns)
        w.writerows([f"more {n}" if name in self.extra else row.get(name) for name in columns] for n, row in enumerate(rows))
        return (("\ufeff" if self.bom else "") + text.getvalue()).encode(self.encoding)


def packed(content, pack, name):
    if pack == "gzip":
        return gzip.compress(content, 6)
    if pack == "zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
            z.writestr(name, content)
        return archive.getvalue()
    return content


class Long:
    """A content that is too large to be kept: texts, each so many times."""

    def __init__(self, *parts):
        self.parts = parts      # (bytes, times)

    def __len__(self):
        return sum(len(text) * times for text, times in self.parts)

    def pieces(self, begin):
        for text, times in self.parts:
            whole = min(begin // len(text), times)
            begin -= whole * len(text)
            if whole == times:
                continue
            block = text * min(times, max(1, BLOCK // len(text)))
            left = (times - whole) * len(text) - begin
            while left > 0:
                piece = block[begin % len(text):][:left]
                yield piece
                begin, left = 0, left - len(piece)
            begin = 0


class File:
    """`content`: bytes or Long."""

    def __init__(self, content, way, name="report.csv"):
        self.content, self.way = packed(content, way.pack, name) if isinstance(content, bytes) else content, way
        self.size = len(self.content)
        self.at, self.served, self.cuts = time.monotonic(), 0, list(way.cuts)
        self.tag = f'"{secrets.token_hex(8)}"'
        self.modified = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() - 60))
        self.gone = threading.Event()

    def _pieces(self, begin):
        if isinstance(self.content, Long):
            yield from self.content.pieces(begin)
            return
        for at in range(begin, self.size, BLOCK):
            yield self.content[at:at + BLOCK]

    def blocks(self, begin):
        """From `begin` on, as slow as wanted; None where it is cut off."""
        left = self.cuts.pop(0) if self.cuts else None
        for piece in self._pieces(begin):
            if left is not None and len(piece) > left:
                yield piece[:left]
                yield None
                return
            left = None if left is None else left - len(piece)
            if self.way.bytes_per_s is None:
                yield piece
                continue
            step = max(1, int(self.way.bytes_per_s / 20))
            for at in range(0, len(piece), step):
                yield piece[at:at + step]
                if self.gone.wait(0.05):
                    yield None
                    return

    def _begin(self, request):
        """Where the request wants it from; None: there is no such place."""
        found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        if not found or not self.way.ranges:
            return 0
        validator = request.headers.get("if-range")
        if validator not in (None, self.tag if self.way.etag else "", self.modified if self.way.modified else ""):
            return 0
        return int(found[1]) if int(found[1]) < self.size else None

    def answer(self, request):
        begin = self._begin(request)
        headers = {"ETag": self.tag} if self.way.etag else {}
        if self.way.modified:
            headers["Last-Modified"] = self.modified
        if self.way.ranges:
            headers["Accept-Ranges"] = "bytes"
        if begin is None:
            return Answer(416, headers={**headers, "Content-Range": f"bytes */{self.size}"})
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{self.size - 1}/{self.size}"
        answer = Answer(206 if begin else 200, media_type=self.way.media_type, headers=headers)
        if self.way.size:
            answer.blocks, answer.announced = self.blocks(begin), self.size - begin
        else:
            answer.chunks = self.blocks(begin)
        return answer


class ReportFiles:
    """The files behind links, by a token that is somewhere in the path or the query. Keeps what was asked for."""

    def __init__(self):
        self.files = {}
        self.asked = []          # (token, Authorization or None, Range or None, status)
        self.lock = threading.RLock()

    def put(self, content, way, name="report.csv"):
        """@return its token"""
        token = secrets.token_hex(16)
        with self.lock:
            self.files[token] = File(content, way, name)
            while len(self.files) > FILES_MOST:
                self.files.pop(next(iter(self.files))).gone.set()
        return token

    def close(self):
        with self.lock:
            for f in self.files.values():
                f.gone.set()

    def answer(self, request):
        with self.lock:
            place = [*request.path.replace(".", "/").replace("-", "/").split("/"), *request.query.values()]
            token = next((word for word in place if word in self.files), None)
            answer = self._answer(request, self.files[token]) if token else Answer(404, b"", "text/plain")
            self.asked.append((token, request.headers.get("authorization"), request.headers.get("range"), answer.status))
            return answer

    @staticmethod
    def _answer(request, f):
        way = f.way
        if way.login:
            return Answer(200, LOGIN, "text/html; charset=utf-8")
        if way.needs and request.headers.get("authorization") != way.needs:
            return Answer(401, b'{"message":"Unauthenticated."}')
        if way.redirect and not request.path.startswith("/exports/moved/"):
            base = "" if way.redirect == "here" else way.redirect
            token = next(w for w in [*request.path.replace(".", "/").replace("-", "/").split("/"), *request.query.values()]
                         if len(w) == 32)
            return Answer(302, b"", "text/html", {"Location": f"{base}/exports/moved/{token}.csv"})
        if (way.single_use and f.served) or (way.expires_s is not None and time.monotonic() > f.at + way.expires_s):
            return Answer(403, DENIED, "application/xml")
        f.served += 1
        return f.answer(request)
