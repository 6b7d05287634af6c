"""Ocamba Hood: GET /v1/hood/reports/click/sms. One row for each click, without an id, with bucketed dates."""
import calendar
import json
import time

from simulator import Answer, FixedWindows, Simulator, as_json

PATH = "/v1/hood/reports/click/sms"


def iso(t):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))


class Ocamba(Simulator):
    token = "oc-secret-token"

    def __init__(self, port=0, tls=None, page_max=100):
        self.clicks = []               # (instant, row)
        self.page_max = page_max       # the vendor gives no more, whatever is asked
        self.windows = FixedWindows((10, 1), (150, 60))
        self.limited = 0
        super().__init__(port, tls)

    def click(self, profile, at=None, task="1002741", task_name="Autumn preview", url="https://shop.example.com/a", **more):
        """A click at a moment (default: now). Twice the same is two clicks."""
        at = time.time() if at is None else at
        row = {"click_date": iso(at - at % 86400), "profile_id": str(profile), "task_id": task, "tag_id": "15422",
               "tag_name": "shop-main", "tag_type": "web", "container_id": "126600001", "container_name": "shop.example.com",
               "delivery_date": iso(at - 600), "provider_id": "1008", "provider_name": "provider_sms",
               "integration_id": "1501", "integration_name": "Carrier A", "destination_url": url, "spam": "0"}
        if task != "0":
            row["task_name"] = task_name
        row.update(more)
        with self.lock:
            self.clicks.append((at, row))

    @staticmethod
    def fact(row):
        """What tells a click from others, as a test finds it in an event."""
        campaign = row["task_id"] if row.get("task_id", "0") != "0" else row.get("tag_id", "")
        return campaign, "clicked", row["profile_id"], row["destination_url"], row["delivery_date"]

    def truth(self):
        with self.lock:
            return [self.fact(row) for _, row in self.clicks]

    @staticmethod
    def seen(event):
        """The same, of an event."""
        data = event["data"]
        return (data["campaign"]["id"], data["status"], data["recipient"]["contact_id"], data["link"]["url"],
                data["times"]["sent"].replace(".000Z", "Z"))

    @staticmethod
    def _instant(text):
        form = "%Y-%m-%d %H:%M:%S" if " " in text else "%Y-%m-%d"
        return calendar.timegm(time.strptime(text, form))

    def answer(self, request):
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return as_json({"code": 401, "title": "Unauthorized.", "trace_id": "t-401"}, 401)
        if request.path != PATH or request.method != "GET":
            return as_json({"code": 404, "title": "Not found.", "trace_id": "t-404"}, 404)
        if self.active > 4:
            return Answer(429, headers={"Retry-After": "-1"})
        over = self.windows.is_over(request.at)
        if over is not None:
            self.limited += 1
            return Answer(429, headers={"Retry-After": str(int(over) + 1)})
        try:
            operator, span = request.query["click_date"].split(":", 1)
            first, last = (self._instant(part) for part in span.split(","))
            if operator not in ("r", "rf", "rl", "rr") or request.query.get("tz") != "UTC":
                raise ValueError
            number, _, size = request.query.get("page", "1").partition(",")
            number, size = int(number), min(int(size or 50), self.page_max)
        except (KeyError, ValueError):
            return as_json({"code": 400, "title": "Bad request.", "message": "The request is not valid.",
                            "trace_id": "t-400"}, 400)
        rows = [(at, row) for at, row in self.clicks
                if (at >= first if operator in ("rl", "rf") else at > first)
                and (at <= last if operator in ("rr", "rf") else at < last)]
        keys = [k.lstrip("-") for k in request.query.get("sort", "").split(",") if k]
        rows = sorted((row for _, row in rows), key=lambda row: [str(row.get(k, "")) for k in keys])
        page = rows[(number - 1) * size:number * size]
        return Answer(200, json.dumps(page).encode(), headers={"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "9",
                                                               "X-RateLimit-Reset": "1"})
