"""Everlytic: interaction-data and replies of an install, and both families of webhooks with their management."""
import base64
import json
import secrets
import time
import urllib.parse

from simulator import Answer, FixedWindows, Simulator, as_json

STATUS = {"sends": "sent", "opens": "opened", "clicks": "clicked", "bounces": "bounced", "unsubscribes": "unsubscribed"}
SMS = "/api/2.0/production/sms/webhooks"
EMAIL = "/transactional/email/v1/webhooks"
ZONE_S = 7200       # Africa/Johannesburg has no daylight saving


def local(t):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(t + ZONE_S))


class Everlytic(Simulator):
    username = "api-user"
    api_key = "ev-secret:with-colon"

    def __init__(self, port=0, tls=None, page_size=100):
        self.rows = []             # interactions
        self.replies = []
        self.hooks = {SMS: {}, EMAIL: {}}
        self.page_size = page_size
        self.types = set(STATUS)
        self.windows = FixedWindows((20, 1))
        super().__init__(port, tls)

    # ---- what happens at the vendor ----

    def interaction(self, message, contact, kind="sends", at=None):
        """Twice the same is two interactions."""
        at = time.time() if at is None else at
        with self.lock:
            self.rows.append({"contact_id": contact, "contact_email": f"c{contact}@example.org", "send_date": local(at - 60),
                              "interaction_type": kind, "interaction_date": local(at), "message_id": int(message)})

    def reply(self, transaction, text, mobile="+27820000001", at=None):
        at = time.time() if at is None else at
        with self.lock:
            self.replies.append({"reply_id": len(self.replies) + 1, "reply_content": text, "reply_mobile_number": mobile,
                                 "reply_transaction_id": transaction, "reply_received_date": local(at),
                                 "created_at": local(at), "updated_at": local(at)})

    @staticmethod
    def fact(row):
        return (str(row["message_id"]), STATUS[row["interaction_type"]], str(row["contact_id"]), row["interaction_date"])

    def truth(self):
        with self.lock:
            return [self.fact(row) for row in self.rows]

    @staticmethod
    def seen(event):
        data = event["data"]
        import calendar
        at = calendar.timegm(time.strptime(data["times"]["occurred"][:19], "%Y-%m-%dT%H:%M:%S"))
        return data["campaign"]["id"], data["status"], data["recipient"]["contact_id"], local(at)

    # ---- requests ----

    def _is_right(self, request):
        basic = base64.b64encode(f"{self.username}:{self.api_key}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {basic}"

    def _interactions(self, request, message):
        def refuse(text):
            return as_json({"result": "error", "status": text, "code": 400}, 400)

        wanted = request.json() or {}
        for name in ("interactionType", "fromDate", "toDate", "order"):
            if name not in wanted:
                return refuse(f"{name} is missing")
        number = wanted.get("pageNumber", 1)
        if not isinstance(number, int):
            return refuse("pageNumber is not numeric")
        if wanted["interactionType"] not in self.types:
            return refuse("interactionType is not valid")
        found = [row for row in self.rows
                 if row["message_id"] == int(message) and row["interaction_type"] == wanted["interactionType"]
                 and wanted["fromDate"] <= row["interaction_date"][:10] <= wanted["toDate"]]
        found.sort(key=lambda row: row["interaction_date"], reverse=wanted["order"] == "desc")
        page = found[(number - 1) * self.page_size:number * self.page_size]
        body = {"result": "success", "data": [{**row, "page_number": number} for row in page]}
        if number == 1:        # the totals are only here, and the number of pages is too small
            body = {"result": "success", "page_size": self.page_size,
                    "total_pages": max(1, len(found) // self.page_size), "total_rows": len(found), "data": body["data"]}
        return as_json(body)

    def _sms_hooks(self, request):
        hooks, path = self.hooks[SMS], request.path.removeprefix(SMS).strip("/")
        if request.method == "POST" and path == "create":
            hook = (request.json() or {}).get("webhook")
            if not isinstance(hook, dict) or not hook.get("event_types") or not hook.get("url"):
                return as_json({"status": "error", "message": "event_types or url is missing"}, 400)
            ident = secrets.token_hex(4)
            hooks[ident] = {"id": ident, "status": "enabled", **hook}
            return as_json({"status": "success", "data": {"webhook": hooks[ident]}})
        if request.method == "GET" and path == "":
            return as_json({"status": "success", "data": {"webhooks": list(hooks.values())}})
        if path not in hooks:
            return as_json({"status": "error", "message": "no such webhook"}, 404)
        if request.method == "PUT":
            hooks[path].update(request.json()["webhook"])
        if request.method == "DELETE":
            del hooks[path]
            return as_json({"status": "success"})
        return as_json({"status": "success", "data": {"webhook": hooks[path]}})

    def _email_hooks(self, request):
        hooks, path = self.hooks[EMAIL], request.path.removeprefix(EMAIL).strip("/")
        if request.method == "POST" and path == "":
            hook = request.json()
            if not isinstance(hook, dict) or not hook.get("event_types") or not hook.get("url"):
                return as_json({"code": 412, "message": "Invalid field", "error": {"errors": []}}, 412)
            ident = secrets.token_hex(4)
            hooks[ident] = {"id": ident, "status": "enabled", **hook}
            return as_json({"type": "webhook", "data": hooks[ident]})
        if request.method == "GET" and path == "":
            return as_json({"type": "webhook", "meta": {"total": len(hooks), "per_page": 50, "current_page": 1,
                                                        "last_page": 1, "from": 1, "to": len(hooks)},
                            "links": {}, "data": list(hooks.values())})
        if request.method == "DELETE":
            return as_json({"status": hooks.pop(path, None) is not None})
        if path not in hooks:
            return as_json({"code": 404, "message": "no such webhook"}, 404)
        if request.method == "PUT":
            hooks[path].update(request.json())
        return as_json({"type": "webhook", "data": hooks[path]})

    def answer(self, request):
        if not self._is_right(request):
            return Answer(401, b'"Invalid credentials."')
        if self.windows.is_over(request.at) is not None:
            return Answer(429)
        head, _, message = request.path.rpartition("/")
        if request.method == "POST" and head == "/api/3.0/messages/interaction-data":
            return self._interactions(request, message)
        if request.method == "GET" and request.path == "/api/2.0/production/sms/replies":
            return as_json(self.replies)
        if request.path.startswith(SMS):
            return self._sms_hooks(request)
        if request.path.startswith(EMAIL):
            return self._email_hooks(request)
        return as_json({"status": "error", "message": "not found"}, 404)

    # ---- calling the webhooks ----

    def call_hooks(self, body):
        """Post an SMS event to every enabled SMS webhook; the statuses of the answers."""
        import http.client
        statuses = []
        for hook in list(self.hooks[SMS].values()):
            if hook["status"] != "enabled":
                continue
            url = urllib.parse.urlsplit(hook["url"])
            basic = base64.b64encode("{username}:{password}".format(**hook["auth_details"]).encode()).decode()
            c = http.client.HTTPConnection(url.hostname, url.port, timeout=10)
            c.request("POST", url.path, json.dumps(body), {"Content-Type": "application/json",
                                                           "Authorization": f"Basic {basic}"})
            statuses.append(c.getresponse().status)
            c.close()
        return statuses
