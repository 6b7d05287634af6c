"""Constant Contact v3: SMS campaign summaries behind OAuth2 with refresh tokens that rotate."""
import base64
import calendar
import json
import secrets
import time
import urllib.parse

from simulator import FixedWindows, Simulator, as_json

PATH = "/v3/reports/summary_reports/sms_campaign_summaries"
TOKEN = "/oauth2/default/v1/token"
DEVICE = "/oauth2/default/v1/device/authorize"
STATUS = {"sends": "sent", "delivers": "delivered", "bounces": "bounced", "clicks": "clicked", "opens": "opened",
          "optouts": "unsubscribed"}


def instant(text):
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


class ConstantContact(Simulator):
    client_id = "cc-client"
    client_secret = "cc-client-secret"

    def __init__(self, port=0, tls=None, page_max=50, rotates=True, expires_in=86400):
        self.campaigns = {}            # id: dict
        self.history = []              # (campaign, status, count): every value a counter ever had when it was read
        self.served = {}               # (campaign, status): last count that was given out
        self.page_max = page_max
        self.rotates, self.expires_in = rotates, expires_in
        self.refresh_token = "cc-refresh-0"
        self.access_tokens = set()
        self.revoked = False
        self.windows = FixedWindows((4, 1), (10000, 86400))
        self.limited = 0
        self.device = None             # {"device_code", "user_code", "is_approved"}
        self.codes = set()             # authorization codes that were given to a person
        super().__init__(port, tls)

    # ---- what happens at the vendor ----

    def campaign(self, name, sent=None, ident=None, last_sent_date=None, **counts):
        ident = ident or secrets.token_hex(8)
        sent = time.time() - 3600 if sent is None else sent
        with self.lock:
            self.campaigns[ident] = {"name": name, "sent": sent,
                                     "last_sent_date": last_sent_date or time.strftime("%Y-%m-%dT%H:%M:%S.000+00:00",
                                                                                       time.gmtime(sent)),
                                     "counts": {"sends": 0, "delivers": 0, "clicks": 0, "optouts": 0, **counts}}
        return ident

    def count(self, ident, **counts):
        """Set counters to these values."""
        with self.lock:
            self.campaigns[ident]["counts"].update(counts)

    def truth(self):
        """Every change of a counter that was given out, and what is to be given out now."""
        with self.lock:
            waiting = [(ident, STATUS[word], count) for ident, c in self.campaigns.items()
                       for word, count in c["counts"].items() if self.served.get((ident, STATUS[word])) != count]
            return self.history + waiting

    @staticmethod
    def seen(event):
        return event["data"]["campaign"]["id"], event["data"]["status"], event["data"]["count"]

    # ---- tokens ----

    def _grant(self):
        access = "cc-access-" + secrets.token_hex(8)
        self.access_tokens = {access}
        if self.rotates:
            self.refresh_token = "cc-refresh-" + secrets.token_hex(8)
        return as_json({"token_type": "Bearer", "expires_in": self.expires_in, "access_token": access,
                        "scope": "offline_access campaign_data", "refresh_token": self.refresh_token})

    def _client_is_right(self, request, form):
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {basic}" or form.get("client_id") == self.client_id

    def _token(self, request):
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        form.update(request.query)
        grant = form.get("grant_type")
        if not self._client_is_right(request, form):
            return as_json({"error": "invalid_client", "error_description": "unknown client"}, 401)
        if grant == "refresh_token":
            if self.revoked or form.get("refresh_token") != self.refresh_token:
                return as_json({"error": "invalid_grant",
                                "error_description": "The refresh token is invalid or expired."}, 400)
            return self._grant()
        if grant == "authorization_code":
            if form.get("code") not in self.codes:
                return as_json({"error": "invalid_grant", "error_description": "The code is unknown."}, 400)
            self.codes.discard(form["code"])
            self.revoked = False
            self.refresh_token = "cc-refresh-" + secrets.token_hex(8)
            return self._grant()
        if grant == "urn:ietf:params:oauth:grant-type:device_code":
            if self.device is None or form.get("device_code") != self.device["device_code"]:
                return as_json({"error": "invalid_grant"}, 400)
            if not self.device["is_approved"]:
                return as_json({"error": "authorization_pending"}, 400)
            self.device = None
            self.revoked = False
            self.refresh_token = "cc-refresh-" + secrets.token_hex(8)
            return self._grant()
        return as_json({"error": "unsupported_grant_type"}, 400)

    def _device(self):
        self.device = {"device_code": secrets.token_hex(8), "user_code": "ABCD-EFGH", "is_approved": False}
        return as_json({"device_code": self.device["device_code"], "user_code": self.device["user_code"],
                        "verification_uri": f"{self.base}/activate", "expires_in": 600, "interval": 1,
                        "verification_uri_complete": f"{self.base}/activate?user_code=ABCD-EFGH"})

    # ---- the report ----

    def _rows(self, first, last):
        rows = []
        for ident, c in sorted(self.campaigns.items(), key=lambda item: -item[1]["sent"]):
            if first <= c["sent"] and (last is None or c["sent"] <= last):
                rows.append({"campaign_id": ident, "campaign_name": c["name"], "campaign_type": "SMS",
                             "last_sent_date": c["last_sent_date"], "unique_counts": dict(c["counts"])})
        return rows

    def _note(self, rows):
        for row in rows:
            for word, count in row["unique_counts"].items():
                key = row["campaign_id"], STATUS[word]
                if self.served.get(key) != count:
                    self.history.append((*key, count))
                self.served[key] = count

    def answer(self, request):
        if request.path == TOKEN and request.method == "POST":
            return self._token(request)
        if request.path == DEVICE and request.method == "POST":
            return self._device()
        over = self.windows.is_over(request.at)
        if over is not None:
            self.limited += 1
            return as_json({"error_key": "throttled", "error_message": "Limit Exceeded"}, 429)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.access_tokens:
            return as_json({"error_key": "unauthorized", "error_message": "Unauthorized"}, 401)
        if request.path != PATH or request.method != "GET":
            return as_json([{"error_key": "not_found", "error_message": "no such resource"}], 404)
        query = dict(request.query)
        if "next" in query:
            query = json.loads(base64.urlsafe_b64decode(query["next"] + "=="))
        try:
            first = instant(query["start_at"])
            last = instant(query["end_at"]) + 1 if "end_at" in query else None
            size = min(int(query.get("limit", 50)), self.page_max)
            if not 1 <= int(query.get("limit", 50)) <= 50:
                raise ValueError
        except (KeyError, ValueError):
            return as_json([{"error_key": "reports.api.validation.error",
                             "error_message": "start_at does not have a valid value"}], 400)
        offset = int(query.get("o", 0))
        rows = self._rows(first, last)
        page = rows[offset:offset + size]
        self._note(page)
        body = {"aggregate_percents": {"deliver": 98, "click": 9, "bounce": 1, "unsubscribe": 0}}
        if page:
            body["bulk_sms_campaign_summaries"] = page
        if offset + size < len(rows):
            cursor = base64.urlsafe_b64encode(json.dumps({**query, "o": offset + size}).encode()).decode().rstrip("=")
            body["_links"] = {"next": {"href": f"{PATH}?next={cursor}"}}
        else:
            body["_links"] = {"next": None}
        return as_json(body)
