"""Samba.ai: POST /shop/{trackpoint}/export-sms-events, a stream of JSON values in one of three dresses."""
import json
import time

from simulator import Answer, Simulator, as_json

WORDS = {"DELIVERED": "delivered", "ACCEPTED": "sent", "EXPIRED": "expired", "DELETED": "canceled",
         "UNDELIVERABLE": "undelivered", "REJECTED": "rejected", "SKIPPED": "skipped"}
DAY_MS = 86400000


class Samba(Simulator):
    api_key = "samba-secret-key"
    trackpoint = "4541000000000001"

    def __init__(self, port=0, tls=None, dress="lines"):
        self.events = []           # records, with the moment they can be seen from
        self.dress = dress         # "lines", "rs", "pretty"
        self.cut_after = None      # bytes of the next stream before the connection is cut
        super().__init__(port, tls)

    def event(self, user, status="DELIVERED", at_ms=None, campaign="c-1", name="Back to school", node=None, late_s=0.0):
        """An event of a moment; `late_s`: it can be seen only so much later."""
        at_ms = int(time.time() * 1000) if at_ms is None else int(at_ms)
        record = {"smsEvent": {"trackpoint": int(self.trackpoint), "userId": user, "status": status, "date": at_ms},
                  "source": {"type": "flow" if node else "one-off", "campaign": {"id": campaign, "name": name},
                             "sendDate": at_ms - 1000}}
        if node:
            record["source"]["node"] = {"id": node, "name": f"step {node}"}
        with self.lock:
            self.events.append((time.time() + late_s, record))

    @staticmethod
    def fact(record):
        event = record["smsEvent"]
        return (record["source"]["campaign"]["id"], WORDS.get(event["status"], "unknown"), event["userId"], event["date"])

    def truth(self):
        with self.lock:
            return [self.fact(record) for _, record in self.events]

    @staticmethod
    def seen(event):
        data = event["data"]
        at = data["times"]["occurred"]
        seconds = time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")
        import calendar
        return (data["campaign"]["id"], data["status"], data["recipient"]["contact_id"],
                calendar.timegm(seconds) * 1000 + int(at[20:23]))

    def _dressed(self, record):
        if self.dress == "rs":
            return b"\x1e" + json.dumps(record).encode() + b"\n"
        if self.dress == "pretty":
            return json.dumps(record, indent=2).encode()
        return json.dumps(record).encode() + b"\n"

    def _stream(self, records):
        left = self.cut_after
        self.cut_after = None
        block = b""
        for record in records:
            block += self._dressed(record)
            if left is not None and len(block) >= left:
                yield block[:left]
                yield None
                return
            if len(block) >= 65536:
                left = None if left is None else left - len(block)
                yield block
                block = b""
        if block:
            yield block

    def answer(self, request):
        if request.headers.get("x-api-key") != self.api_key:
            return as_json({"type": "forbidden", "title": "Forbidden", "status": 403}, 403)
        if request.method != "POST" or request.path != f"/shop/{self.trackpoint}/export-sms-events":
            return as_json({"type": "not-found", "title": "Not found", "status": 404}, 404)
        now_ms = time.time() * 1000
        try:
            wanted = request.json()
            last = wanted.get("to", min(now_ms, wanted.get("from", now_ms) + 90 * DAY_MS))
            first = wanted.get("from", last - 90 * DAY_MS)
            if not isinstance(first, (int, float)) or not isinstance(last, (int, float)):
                raise ValueError
        except ValueError:
            return Answer(422, b'{"type":"unprocessable-json","title":"Unprocessable JSON","status":422,'
                               b'"detail":"from: must be an integer"}', "application/problem+json")
        if last - first > 90 * DAY_MS or first < now_ms - 90 * DAY_MS - 60000:
            return Answer(422, b'{"type":"unprocessable-json","title":"Unprocessable JSON","status":422,'
                               b'"detail":"from: older than 90 days"}', "application/problem+json")
        now = time.time()
        found = [record for since, record in self.events
                 if since <= now and first <= record["smsEvent"]["date"] <= last]
        found.sort(key=lambda record: -record["smsEvent"]["date"])      # the later one first
        return Answer(200, media_type="application/json-seq", chunks=self._stream(found))
