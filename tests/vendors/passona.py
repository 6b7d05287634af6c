"""Passona: the six reports of a campaign as JSON pages, as Laravel pages them, and the list of campaigns.

A report can be ordered too: the POST is answered with an empty 202, and some time later a mail has a link to a CSV.
"""
import dataclasses
import re
import secrets
import threading
import time

import report_mails
from report_files import ReportFiles, Shape, Way
from simulator import Answer, Simulator, as_json

REPORTS = ("clicks", "delivery", "alt_delivery", "recipient", "sent", "unsent")
COLUMNS = {
    "clicks": ("Phone_Number", "Link_Name", "Link_Destination", "Clicked_At", "User_Agent", "Device_Type", "OS_Version", "Browser_Version"),
    "delivery": ("SMS_ID", "Sender", "Recipient", "Message_Copy", "Status", "Expiry_Date"),
    "alt_delivery": ("MessageId", "Mobile", "FieldNames", "FieldValues", "MessageSent", "MessageUpdate", "Status"),
    "recipient": ("Phone_Number", "Group_Name", "Group_Description", "Field_Names", "Field_Values"),
    "sent": ("MessageId", "Brand", "SentOn", "RecipientCount", "TemplateApiId", "TemplateName", "Message"),
    "unsent": ("MessageId", "Mobile", "FieldNames", "FieldValues", "Reason"),
}
REPORT_PATH = re.compile(r"/api/2\.0/reporting/([^/]+)/([a-z_]+)")
# Where a link has its token, and what else it says.
LINKS = {
    "both": "/exports/{campaign}/{report}.csv?token={token}",
    "file": "/exports/{token}/{report}-{campaign}.csv",
    "campaign": "/exports/{campaign}/{token}.csv?X-Amz-Expires=900",
    "query": "/exports/get.csv?name={campaign}.csv&X-Amz-Date=20260903T100000Z&sig={token}",
    "report": "/exports/{report}-{token}.csv",
    "nothing": "/exports/{token}.csv?X-Amz-Expires=900&X-Amz-Signature=6f0a2c1069f611ef9a0b0242ac1200087b1d3e2070aa11ef9a0b0242ac120008",
}
SUCCESS = {"Success": "delivered", "Failed": "failed"}


def london(t):
    """Local time of the United Kingdom, without an offset."""
    import datetime
    import zoneinfo
    return datetime.datetime.fromtimestamp(t, zoneinfo.ZoneInfo("Europe/London")).strftime("%Y-%m-%d %H:%M:%S")


@dataclasses.dataclass
class Order:
    number: int                 # from 0, in the order of arrival
    campaign: str
    report: str
    name: str = ""              # of the campaign
    rows: int = 0               # of the report, when it was ordered
    state: str = "building"     # then "built", "mailed"
    file: str = None            # its token
    link: str = None
    mails: list = dataclasses.field(default_factory=list)    # what `post` returned


@dataclasses.dataclass
class Letter:
    """How a person is told."""
    wording: report_mails.Wording = report_mails.PLAIN
    link: str = "both"          # of LINKS
    count: int = 1              # so many mails
    sender: str = report_mails.SENDER


def any_letter(order):
    """Every wording and link in turn in which the campaign can be found somewhere."""
    wording = report_mails.WORDINGS[order.number % len(report_mails.WORDINGS)]
    says = any(text and "{campaign}" in text for text in (wording.subject, wording.text, wording.html))
    links = list(LINKS) if says else ["both", "file", "campaign", "query"]
    return Letter(wording, links[order.number % len(links)])


class Passona(Simulator):
    token = "passona-secret-token"

    def __init__(self, port=0, tls=None, page_size=50, honours_per_page=False):
        self.campaigns = {}
        self.page_size = page_size
        self.honours_per_page = honours_per_page
        self.orders = []                # (campaign, report) of every POST that arrived, whatever was answered
        self.accepted = []              # Order
        self.build_s = 0.2              # until an order is built
        self.hold = False               # built orders are mailed by release()
        self.post = None                # function that gets the bytes of a mail
        self.letter = any_letter        # Order → Letter
        self.way, self.shape = Way(), Shape()
        self.spoil = lambda order, content: content
        self.link_base = None           # of the links; None: ours
        self.tell = lambda step, order, text: None    # "ordered", "mailed", "fetched": for who watches
        self.files, self.timers = ReportFiles(), set()
        super().__init__(port, tls)

    # ---- what happens at the vendor ----

    def campaign(self, name="Sale", ident=None, started=None, expires=None):
        ident = ident or "{}-69f6-11ef-9a0b-0242ac120008".format(secrets.token_hex(4))
        now = time.time()
        with self.lock:
            self.campaigns[ident] = {
                "name": name, "started": now - 3600 if started is None else started,
                "expires": now + 86400 if expires is None else expires, "rows": {r: [] for r in REPORTS}}
        return ident

    def message(self, campaign, number, status=None, at=None):
        """A message on its way; with a status it is in both delivery reports. Returns its id."""
        at = time.time() if at is None else at
        ident = "{}-0000-0000-0000-{:012d}".format(campaign[:8], number)
        mobile = f"4477009{number:05d}"
        with self.lock:
            rows = self.campaigns[campaign]["rows"]
            rows["delivery"] = [r for r in rows["delivery"] if r["SMS_ID"] != ident]
            rows["alt_delivery"] = [r for r in rows["alt_delivery"] if r["MessageId"] != ident]
            if status:
                rows["delivery"].append({"SMS_ID": ident, "Sender": "EXAMPLE", "Recipient": mobile,
                                         "Message_Copy": "Hi, 20% off:\nhttps://psms.example/x", "Status": status,
                                         "Expiry_Date": "2027-01-01T10:00:00+0000"})
                rows["alt_delivery"].append({"MessageId": ident, "Mobile": mobile, "FieldNames": "First Name,Last Name",
                                             "FieldValues": "Ann,Lee", "MessageSent": london(at),
                                             "MessageUpdate": london(at + 2), "Status": status})
        return ident

    def click(self, campaign, number, at=None, link="Sale"):
        """Twice the same is two clicks."""
        at = time.time() if at is None else at
        with self.lock:
            self.campaigns[campaign]["rows"]["clicks"].append(
                {"Phone_Number": f"4477009{number:05d}", "Link_Name": link, "Link_Destination": "https://shop.example.com/",
                 "Clicked_At": london(at), "User_Agent": "Mozilla/5.0 (Linux; Android 13)", "Device_Type": "WebKit",
                 "OS_Version": "13", "Browser_Version": "126.0.0.0"})

    def recipient(self, campaign, number):
        with self.lock:
            self.campaigns[campaign]["rows"]["recipient"].append(
                {"Phone_Number": f"4477009{number:05d}", "Group_Name": "All", "Group_Description": None,
                 "Field_Names": "First Name", "Field_Values": "Smith, Jo"})

    def sent(self, campaign, count, at=None):
        at = time.time() if at is None else at
        with self.lock:
            self.campaigns[campaign]["rows"]["sent"].append(
                {"MessageId": campaign, "Brand": "EXAMPLE", "SentOn": london(at), "RecipientCount": count,
                 "TemplateApiId": "t-1", "TemplateName": "Sale", "Message": "Hi ::Link::"})

    def unsent(self, campaign, number):
        with self.lock:
            self.campaigns[campaign]["rows"]["unsent"].append(
                {"MessageId": campaign, "Mobile": f"4477009{number:05d}", "FieldNames": "First Name", "FieldValues": "Ann",
                 "Reason": "pending"})

    def truth(self):
        facts = []
        with self.lock:
            for ident, c in self.campaigns.items():
                rows = c["rows"]
                facts += [(ident, SUCCESS.get(r["Status"], "unknown"), "+" + r["Recipient"]) for r in rows["delivery"]]
                facts += [(ident, "clicked", "+" + r["Phone_Number"]) for r in rows["clicks"]]
                facts += [(ident, "queued", "+" + r["Phone_Number"]) for r in rows["recipient"]]
                facts += [(ident, "sent", r["RecipientCount"]) for r in rows["sent"]]
                facts += [(ident, "skipped", "+" + r["Mobile"]) for r in rows["unsent"]]
        return facts

    @staticmethod
    def seen(event):
        data = event["data"]
        who = data["count"] if "count" in data else data["recipient"]["msisdn"]
        return data["campaign"]["id"], data["status"], who

    # ---- orders ----

    def csv(self, campaign, report, shape=None):
        """The report as it is now."""
        with self.lock:
            return (shape or self.shape).write(COLUMNS[report], self.campaigns[campaign]["rows"][report])

    def noted(self, request):
        found = REPORT_PATH.fullmatch(request.path)
        if request.method == "POST" and found:
            self.orders.append((found[1], found[2]))

    def _order(self, campaign, report):
        kept = self.campaigns[campaign]
        order = Order(len(self.accepted), campaign, report, kept["name"], len(kept["rows"][report]))
        self.accepted.append(order)
        self.tell("ordered", order, "202, nothing more")
        self._later(self.build_s, lambda: self._build(order))
        return Answer(202, b"", None)

    def _later(self, seconds, what):
        def run():
            with self.lock:
                self.timers.discard(timer)
            what()
        timer = threading.Timer(seconds, run)
        timer.daemon = True
        self.timers.add(timer)
        timer.start()

    def _build(self, order):
        with self.lock:
            if order.campaign not in self.campaigns:
                return
            content = self.spoil(order, self.csv(order.campaign, order.report))
            order.file = self.files.put(content, dataclasses.replace(self.way), f"{order.report}.csv")
            order.state = "built"
            if self.hold:
                return
        self.release(order)

    def release(self, order, letter=None, **more):
        """Mail it, also a second time."""
        letter = letter or self.letter(order)
        words = {"campaign": order.campaign, "report": order.report, "token": order.file, **more}
        order.link = (self.link_base or self.base) + LINKS[letter.link].format_map(words)
        mail = report_mails.compose(letter.wording, order.link, words["campaign"], words["report"], order.name, letter.sender)
        for _ in range(letter.count):
            order.mails.append(self.post(mail) if self.post else None)
        order.state = "mailed"
        self.tell("mailed", order, letter.wording.name)

    def built(self):
        """Orders that wait for release()."""
        with self.lock:
            return [order for order in self.accepted if order.state == "built"]

    def stop(self):
        with self.lock:
            for timer in self.timers:
                timer.cancel()
        self.files.close()
        super().stop()

    # ---- requests ----

    def _page(self, request, rows, path):
        number = int(request.query.get("page", 1))
        size = self.page_size
        if self.honours_per_page and request.query.get("per_page", "").isdigit():
            size = min(int(request.query["per_page"]), 500)
        page = rows[(number - 1) * size:number * size]
        last = max(1, -(-len(rows) // size))
        relative = path.lstrip("/")
        first = (number - 1) * size + 1
        return as_json({
            "data": page,
            "links": {"first": f"{relative}?page=1", "last": f"{relative}?page={last}",
                      "prev": f"{relative}?page={number - 1}" if number > 1 else None,
                      "next": f"{relative}?page={number + 1}" if number < last else None},
            "meta": {"current_page": number, "from": first if page else None, "last_page": last, "path": relative,
                     "per_page": str(size), "to": first + len(page) - 1 if page else None, "total": len(rows)}})

    def _list(self):
        return [{"uuid": ident, "team_uuid": "team-1", "name": c["name"], "sender": "EXAMPLE",
                 "expiry_date": london(c["expires"]), "status": 2,
                 "started_sending_at": london(c["started"]) if c["started"] else "", "finished_sending_at": "",
                 "created_at": london(0), "updated_at": london(0)} for ident, c in self.campaigns.items()]

    def answer(self, request):
        if request.path.startswith("/exports/") and request.method == "GET":
            answer = self.files.answer(request)
            order = next((o for o in self.accepted if o.file == self.files.asked[-1][0]), None)
            if order is not None:
                self.tell("fetched", order, f"{answer.status}, {answer.announced or 0} bytes")
            return answer
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return as_json({"message": "Unauthenticated."}, 401)
        if request.path == "/api/2.0/campaigns" and request.method == "GET":
            return self._page(request, self._list(), request.path)
        found = REPORT_PATH.fullmatch(request.path)
        if not found or found[2] not in REPORTS or found[1] not in self.campaigns:
            return as_json({"message": "Not Found"}, 404)
        if request.method == "POST":
            return self._order(found[1], found[2])
        if request.method != "GET":
            return as_json({"message": "The method is not supported for this route."}, 405)
        return self._page(request, self.campaigns[found[1]]["rows"][found[2]], request.path)
