"""Passona: the six reports of a campaign as JSON pages, as Laravel pages them, and the list of campaigns."""
import re
import secrets
import time

from simulator import Simulator, as_json

REPORTS = ("clicks", "delivery", "alt_delivery", "recipient", "sent", "unsent")
SUCCESS = {"Success": "delivered", "Failed": "failed"}


def london(t):
    """Local time of the United Kingdom, without an offset."""
    import datetime
    import zoneinfo
    return datetime.datetime.fromtimestamp(t, zoneinfo.ZoneInfo("Europe/London")).strftime("%Y-%m-%d %H:%M:%S")


class Passona(Simulator):
    token = "passona-secret-token"

    def __init__(self, port=0, tls=None, page_size=50, honours_per_page=False):
        self.campaigns = {}
        self.page_size = page_size
        self.honours_per_page = honours_per_page
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
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return as_json({"message": "Unauthenticated."}, 401)
        if request.path == "/api/2.0/campaigns" and request.method == "GET":
            return self._page(request, self._list(), request.path)
        found = re.fullmatch(r"/api/2\.0/reporting/([^/]+)/([a-z_]+)", request.path)
        if not found or found[2] not in REPORTS or found[1] not in self.campaigns:
            return as_json({"message": "Not Found"}, 404)
        if request.method != "GET":
            return as_json({"message": "The method is not supported for this route."}, 405)
        return self._page(request, self.campaigns[found[1]]["rows"][found[2]], request.path)
