"""What the documentation shows works: its profiles load, its configurations too, and its example does what the page says."""
import json
import os
import re
import subprocess
import textwrap
import sys
import unittest

from jsonschema import Draft202012Validator

from harness import PROGRAM, SOURCE, Case, password_hash, wait_until

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from simulator import Answer, Simulator, as_json  # noqa: E402


def blocks(page, language):
    with open(os.path.join(SOURCE, page), encoding="utf-8") as f:
        return re.findall(rf"^```{language}\n(.*?)^```$", f.read(), re.M | re.S)


class Acme(Simulator):
    """The API of docs/adding-a-vendor.md: the answers that its page shows, for the campaign and day that they are of."""

    def __init__(self, deliveries, campaigns):
        self.deliveries, self.campaigns = deliveries, campaigns
        super().__init__()

    def answer(self, request):
        if request.headers.get("x-acme-key") != "k3y":
            return as_json({}, 401)
        if request.path == "/v1/campaigns":
            return as_json(self.campaigns)
        is_ours = request.query["campaign"] == "c-7" and request.query["page"] == "1" and request.query["from"].endswith("T00:00:00")
        return as_json(self.deliveries if is_ours else {"data": [], "meta": {"last_page": 1}})


class AcmeExports(Acme):
    """The same with exports: running at the first question, completed at the next one."""

    def __init__(self, deliveries, campaigns, ordered, status, file):
        self.ordered, self.status, self.file, self.asked_for = ordered, status, file, 0
        super().__init__(deliveries, campaigns)

    def answer(self, request):
        if request.path == "/e-51/1.csv":
            return Answer(body=self.file.encode(), media_type="text/csv")
        if not request.path.startswith("/v1/exports") or request.headers.get("x-acme-key") != "k3y":
            return super().answer(request)
        if request.method == "POST":
            return as_json(self.ordered, 202, **{"Location": "/v1/exports/e-51", "Retry-After": "1"})
        if request.method == "DELETE":
            return Answer(204)
        self.asked_for += 1
        if self.asked_for == 1:
            return as_json({"status": "running"}, **{"Retry-After": "1"})
        return as_json(json.loads(json.dumps(self.status).replace("https://files.acme.example", self.base)))


class Docs(Case):
    def put(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def check(self, text):
        path = self.put("c.yaml", text)
        return subprocess.run([PROGRAM, "check", "-c", path], capture_output=True, text=True, timeout=60)


class AddingAVendor(Docs):
    page = "docs/adding-a-vendor.md"

    def profiles(self):
        return [text for text in blocks(self.page, "yaml") if text.startswith("profile: ")]

    def test_profiles_and_their_configuration_load(self):
        self.put("secrets/acme-key", "k3y")
        configuration = [text for text in blocks(self.page, "yaml") if text.startswith("profiles: ")][0]
        self.assertEqual(len(self.profiles()), 3)
        for profile in self.profiles():
            self.put("profiles/acme.yaml", profile)
            result = self.check("profiles: [profiles]\naccounts: [{vendor: acme}]\n")
            self.assertEqual(result.returncode, 0, result.stderr)
        result = self.check(configuration)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_the_example_of_a_webhook_does_what_the_page_says(self):
        record = next(json.loads(text) for text in blocks(self.page, "json") if "report" in json.loads(text))
        self.put("profiles/acme.yaml", self.profiles()[0])
        self.start_all(accounts="\n  - vendor: acme\n    webhooks: [{webhook: reports, auth: none}]\n", extra="profiles: [profiles]")
        self.assertEqual(self.daemon.post(record, "/hooks/acme/reports", auth=None)[0], 200)
        (topic, event), = self.subscriber.wait_events(1)
        data = event["data"]
        self.assertEqual((topic, event["time"]), ("acme/Spring%20%2F%202024/undelivered", "2024-09-03T09:02:00.000Z"))
        self.assertEqual((data["message"]["id"], data["recipient"], data["reason"], data["vendor_status"], data["extra"]),
                         ("5512", {"msisdn": "+442079460000"}, "mailbox_full", "FAILED", {"report": {"route": "A7"}}))

    def test_the_mappings_in_the_configuration_load(self):
        self.put("secrets/acme-token", "t0ken")
        texts = [text for text in blocks(self.page, "yaml") if "vendor: generic" in text]
        self.assertEqual(len(texts), 2)
        for text in texts:
            result = self.check("listen: [{address: \"127.0.0.1:8080\"}]\n" + text.replace('"…"', f'"{password_hash("p")}"'))
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_example_of_a_report_does_what_the_page_says(self):
        shown = [json.loads(text) for text in blocks(self.page, "json")]
        deliveries, campaigns, expected = (next(j for j in shown if name in j) for name in ("data", "campaigns", "extra"))
        sim = Acme(deliveries, campaigns)
        self.addCleanup(sim.stop)
        self.put("profiles/acme.yaml", self.profiles()[1])
        self.start_all(accounts=f"\n  - vendor: acme\n    vars: {{base: \"{sim.base}\", key: k3y}}\n"
                                "    reports: [{report: deliveries, every: 10m}]\n", extra="profiles: [profiles]")
        wait_until(lambda: len(self.subscriber.ids()) == 2, what="both rows as events")
        event = next(e for topic, e in self.subscriber.events() if topic == "acme/c-7/delivered")
        self.assertEqual({k: v for k, v in event["data"].items() if k in expected}, expected)
        self.assertEqual(event["time"], "2024-09-03T09:02:09.000Z")
        # Seven days and today of one campaign; the one that has not begun is not asked for; the first page of a list has no cursor.
        asked = wait_until(lambda: len(sim.asked(path="deliveries")) >= 7 and sim.asked(path="deliveries"), what="seven days")
        self.assertEqual({r.query["campaign"] for r in asked}, {"c-7"})
        self.assertEqual([r.query for r in sim.asked(path="campaigns")], [{}])


    def exports(self):
        """Acme with its exports, and the third profile in place."""
        shown = [json.loads(text) for text in blocks(self.page, "json")]
        answers = (next(j for j in shown if name in j) for name in ("data", "campaigns", "export", "files"))
        sim = AcmeExports(*answers, blocks(self.page, "csv")[0])
        self.addCleanup(sim.stop)
        self.put("profiles/acme.yaml", self.profiles()[2])
        return sim

    def start_acme(self, sim, report):
        self.start_all(accounts=f"\n  - vendor: acme\n    vars: {{base: \"{sim.base}\", key: k3y}}\n"
                                f"    reports: [{{report: {report}, every: 6h}}]\n", extra="profiles: [profiles]")

    def test_the_file_of_the_ordered_report_has_the_facts_of_the_pages(self):
        sim = self.exports()
        self.start_acme(sim, "deliveries")
        wait_until(lambda: len(self.subscriber.ids()) == 2, what="both rows as events")
        path = self.put("1.csv", sim.file)
        result = subprocess.run([PROGRAM, "import", "-c", self.daemon.conf, "acme", "deliveries-export", "--set", "campaign=c-7", path],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("2 rows", result.stdout)
        self.daemon.wait_empty()
        self.assertEqual(len(self.subscriber.ids()), 2)

    def test_the_example_of_an_ordered_report_does_what_the_page_says(self):
        sim = self.exports()
        self.start_acme(sim, "deliveries-export")
        wait_until(lambda: len(self.subscriber.ids()) == 2, what="both rows of the file as events")
        event = next(e for topic, e in self.subscriber.events() if topic == "acme/c-7/delivered")
        self.assertEqual((event["time"], event["data"]["extra"]), ("2024-09-03T09:02:09.000Z", {"Cost": "0.04"}))
        wait_until(lambda: [r for r in sim.log if r.method == "DELETE"], what="the vendor's file removed")
        orders = [r.json() for r in sim.log if r.method == "POST"]
        self.assertEqual([(o["campaign"], sorted(o)) for o in orders], [("c-7", ["campaign", "from", "to"])])
        links = sim.asked(path="1.csv")
        self.assertEqual([(r.query, "x-acme-key" in r.headers) for r in links], [({"sig": "3kX0"}, False)])
        self.assertEqual(sim.asked(path="deliveries"), [])


class EventFormat(unittest.TestCase):
    def test_its_events_satisfy_the_schemas(self):
        """An example that leaves out what is as above gets it from the first one."""
        shown = [json.loads(text) for text in blocks("docs/event-format.md", "json")]
        self.assertEqual([event["type"].split(".")[1:3] for event in shown],
                         [["message", "delivered"], ["campaign", "clicked"], ["campaign", "summary"]])
        for event, name in zip(shown, ("message", "campaign", "summary")):
            with open(os.path.join(SOURCE, f"docs/schema/{name}.v1.json"), encoding="utf-8") as f:
                schema = json.load(f)
            event = {**shown[0], **event}
            self.assertEqual([e.message for e in Draft202012Validator(schema).iter_errors(event)], [])


class Readme(Docs):
    def test_its_configurations_load(self):
        """With real hashes and with the files of their secrets."""
        for text in blocks("README.md", "yaml"):
            for name in re.findall(r"\$\{file:([^}]*)\}", text):
                self.put(name, "s3cret")
            result = self.check(re.sub(r'"\$argon2id\$[^"]*"', f'"{password_hash("p")}"', text))
            self.assertEqual((result.returncode, result.stderr), (0, ""))


class Operations(Docs):
    def test_its_configurations_load(self):
        with open(os.path.join(SOURCE, "docs/operations.md"), encoding="utf-8") as f:
            texts = [textwrap.dedent(text) for text in re.findall(r"^ *```yaml\n(.*?)^ *```$", f.read(), re.M | re.S)]
        self.assertEqual([text.split("vendor: ")[1].split()[0] for text in texts], ["everlytic", "passona", "everlytic", "constant-contact"])
        with open(os.path.join(SOURCE, "tests/conf/ca.pem"), encoding="ascii") as f:
            self.put("authority.pem", f.read())
        for text in texts:
            for name in re.findall(r"\$\{file:([^}]*)\}", text):
                self.put(name, "s3cret")
            result = self.check("listen: [{address: \"127.0.0.1:8080\"}]\n" + text)
            self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
