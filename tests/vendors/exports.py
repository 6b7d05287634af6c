"""Exports: a vendor of the ordinary kind, which builds a report in the background and can be asked how far it is.

    POST   /v1/exports {"kind": …, "campaign": …}    order
    GET    /v1/exports/{id}                          how far it is
    GET    /v1/exports/{id}/file[/{part}]            the file, with credentials
    GET    /exports/{token}.csv?sig=…                the file, behind a link that is a secret, without them
    DELETE /v1/exports/{id}                          it is not needed any more

How it answers is settable, since vendors differ: see Manner.
"""
import dataclasses
import re
import time

from report_files import ReportFiles, Shape, Way
from simulator import Answer, Simulator, as_json

COLUMNS = ("id", "campaign", "to", "state", "at")
EXPORT_PATH = re.compile(r"/v1/exports/([^/]+)(?:/file(?:/(\d+))?)?")


@dataclasses.dataclass
class Manner:
    """How the vendor does it."""
    order: str = "id"           # its answer: "id" 201 with an id; "url" 201 with a status URL; "location", "operation-location" 202;
                                # "other" 303; "now" 200 with the file itself
    is_relative: bool = False   # addresses in headers and bodies
    tells: str = "words"        # "words" in 200; "http": 202, then 303 to the file; "body": 202, then 200 with the file
    retry_after: object = None  # of the order's answer, and of status answers while it is pending: seconds, or a text
    file: str = "link"          # "link" in the status answer; "request": the profile knows the path; "parts": several links
    parts: int = 1
    build_s: float = 0.3
    pending: tuple = ("queued", "processing")
    done: str = "completed"
    failed: str = None          # its word: it fails
    reason: str = "no such campaign"
    gone: bool = False          # 410 to every question


@dataclasses.dataclass
class Export:
    id: str
    campaign: str
    at: float                   # monotonic, of the order
    manner: Manner
    questions: list = dataclasses.field(default_factory=list)    # monotonic, of each "how far is it?"
    tokens: list = None         # of its files
    removed: int = 0            # times


class Exports(Simulator):
    key = "exports-secret-key"

    def __init__(self, port=0, tls=None, **manner):
        self.rows = {}              # campaign: rows
        self.orders = []            # campaign of every POST that arrived, whatever was answered
        self.exports = {}
        self.manner, self.way, self.shape = Manner(**manner), Way(), Shape()
        self.spoil = lambda export, content: content
        self.files = ReportFiles()
        super().__init__(port, tls)

    # ---- what happens at the vendor ----

    def message(self, campaign, number, state="delivered", at=None):
        with self.lock:
            self.rows.setdefault(campaign, []).append({
                "id": f"{campaign}-{number}", "campaign": campaign, "to": f"4477009{number:05d}", "state": state,
                "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() if at is None else at))})

    def truth(self):
        with self.lock:
            return [(row["campaign"], row["state"], row["id"]) for rows in self.rows.values() for row in rows]

    @staticmethod
    def seen(event):
        data = event["data"]
        return data["campaign"]["id"], data["status"], data["message"]["id"]

    def stop(self):
        self.files.close()
        super().stop()

    # ---- requests ----

    def noted(self, request):
        if request.method == "POST" and request.path == "/v1/exports":
            try:
                self.orders.append(request.json().get("campaign"))
            except (ValueError, AttributeError):
                self.orders.append(None)
        found = EXPORT_PATH.fullmatch(request.path)
        if request.method == "GET" and found and found[1] in self.exports and "/file" not in request.path:
            self.exports[found[1]].questions.append(request.at)

    def _address(self, path):
        return path if self.manner.is_relative else self.base + path

    def _build(self, export):
        """Its files; once."""
        if export.tokens is None:
            rows = self.rows.get(export.campaign, [])
            parts = max(1, export.manner.parts if export.manner.file == "parts" else 1)
            size = -(-len(rows) // parts) or 1
            export.tokens = [self.files.put(self.spoil(export, self.shape.write(COLUMNS, rows[n * size:(n + 1) * size])),
                                            dataclasses.replace(self.way), f"{export.campaign}-{n}.csv") for n in range(parts)]

    def links(self, export):
        self._build(export)
        return [self._address(f"/exports/{token}.csv?sig=0123456789abcdef&part={n}") for n, token in enumerate(export.tokens)]

    def _file(self, request, export, part):
        self._build(export)
        if part >= len(export.tokens):
            return as_json({"error": {"message": "Not found"}}, 404)
        return self.files.answer(dataclasses.replace(request, path=f"/exports/{export.tokens[part]}.csv"))

    def _order(self, request):
        manner = dataclasses.replace(self.manner)
        campaign = request.json()["campaign"]
        export = Export(f"x-{len(self.exports) + 1:04d}", campaign, time.monotonic(), manner)
        self.exports[export.id] = export
        path = f"/v1/exports/{export.id}"
        headers = {} if manner.retry_after is None else {"Retry-After": str(manner.retry_after)}
        if manner.order == "now":
            return self._file(request, export, 0)
        if manner.order == "other":
            return Answer(303, b"", None, {"Location": self._address(path)})
        if manner.order in ("location", "operation-location"):
            name = {"location": "Location", "operation-location": "Operation-Location"}[manner.order]
            return Answer(202, b"", None, {name: self._address(path), **headers})
        body = {"data": {"id": export.id, "state": manner.pending[0]}}
        if manner.order == "url":
            body["data"] = {"state": manner.pending[0], "links": {"status": self._address(path)}}
        return as_json(body, 201, **headers)

    def _state(self, request, export):
        manner = export.manner
        headers = {} if manner.retry_after is None else {"Retry-After": str(manner.retry_after)}
        if manner.gone:
            return as_json({"error": {"message": "The export is gone"}}, 410)
        waited = time.monotonic() - export.at
        if waited < manner.build_s:
            if manner.tells != "words":
                return Answer(202, b"", None, headers)
            step = int(waited / manner.build_s * len(manner.pending))
            return as_json({"data": {"id": export.id, "state": manner.pending[step]}}, **headers)
        if manner.tells == "body":
            return self._file(request, export, 0)
        if manner.tells == "http" and manner.failed is None:
            return Answer(303, b"", None, {"Location": self.links(export)[0]})
        if manner.failed is not None:
            return as_json({"data": {"id": export.id, "state": manner.failed}, "error": {"message": manner.reason}})
        data = {"id": export.id, "state": manner.done}
        if manner.file == "link":
            data["url"] = self.links(export)[0]
        if manner.file == "parts":
            data["files"] = [{"number": n, "url": link} for n, link in enumerate(self.links(export))]
        return as_json({"data": data})

    def answer(self, request):
        if request.path.startswith("/exports/"):
            # As object storage does: two ways of proving who one is are one too many.
            if "authorization" in request.headers or "x-api-key" in request.headers:
                return Answer(400, b"<Error><Code>InvalidArgument</Code></Error>", "application/xml")
            return self.files.answer(request)
        if request.headers.get("x-api-key") != self.key:
            return as_json({"error": {"message": "Unauthorized"}}, 401)
        if request.path == "/v1/exports" and request.method == "POST":
            return self._order(request)
        found = EXPORT_PATH.fullmatch(request.path)
        if not found or found[1] not in self.exports:
            return as_json({"error": {"message": "Not found"}}, 404)
        export = self.exports[found[1]]
        if request.method == "DELETE":
            export.removed += 1
            return Answer(204, b"", None)
        if request.method != "GET":
            return as_json({"error": {"message": "Method not allowed"}}, 405)
        if "/file" in request.path:
            return self._file(request, export, int(found[2] or 0))
        return self._state(request, export)
