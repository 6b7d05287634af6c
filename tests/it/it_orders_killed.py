"""Twelve orders, and the daemon killed at twenty moments on their way: each report is ordered once, each fact is there."""
import random
import threading
import unittest

from harness import wait_until
from orders import Orders

from passona import REPORTS, any_letter
from report_files import Shape

MOMENTS = 20
SEED = 20260903


class Killed(Orders):
    def marks(self):
        """What has happened so far, of each kind."""
        return {"order": len(self.vendor.orders), "mail": self.mail.count(), "seen": len(self.mail.seen()),
                "file": len(self.vendor.files.asked), "event": len(self.subscriber.messages)}

    def wait_mark(self, kind, more):
        """Until so many more of a kind have come; after a while any moment is one. (A first order may take its time after a start.)"""
        deadline = 6 if kind == "order" and len(self.vendor.orders) < 12 else 1.5
        wanted = self.marks().get(kind, 0) + more
        try:
            wait_until(lambda: kind != "time" and self.marks()[kind] >= wanted, deadline)
        except AssertionError:
            pass

    def trickle(self):
        """The mails come one after the other, in any order."""
        dice, ended = random.Random(SEED), threading.Event()

        def run():
            while not ended.wait(0.8):
                built = self.vendor.built()
                if built:
                    order = dice.choice(built)
                    self.vendor.release(order, any_letter(order))
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(ended.set)

    def test_killed_at_twenty_moments(self):
        dice, pause = random.Random(SEED), threading.Event()
        self.start_vendor(campaigns=2, rows=40)
        for number in range(1000, 4000):                     # more than one slice
            self.vendor.message(self.campaigns[0], number, "Success", at=1790000000)
        self.vendor.hold = True
        self.vendor.way.bytes_per_s = 200000
        self.trickle()
        self.start_broker()
        self.start_subscriber()
        self.broker.wait_saved()
        self.start_daemon(accounts=self.account(" ".join(r + "-csv" for r in REPORTS), timeout="30s"), start=False)
        killed_at = []
        for number in range(MOMENTS):
            self.daemon.start(wait=False)
            kind = "order" if number < 4 else dice.choice(("order", "mail", "mail", "seen", "seen", "file", "file", "event", "time"))
            self.wait_mark(kind, dice.randint(1, 3))
            pause.wait(dice.uniform(0, 0.15))
            self.assertIsNone(self.daemon.process.poll(), self.daemon.log()[-3000:])
            self.daemon.kill()
            killed_at.append((kind, self.marks()))
        self.daemon.start()
        # What was stored as sent, but was not, is sent when its time is over.
        self.wait_facts(*REPORTS, deadline=120)
        try:
            wait_until(lambda: len(self.vendor.orders) >= 12, 60)
        except AssertionError:
            raise AssertionError(f"{len(self.vendor.orders)} orders; {killed_at}; {self.jobs()}; {self.daemon.log()[-3000:]}") from None
        for campaign in self.campaigns:
            for report in REPORTS:
                self.wait_done(report + "-csv", campaign, 60)
        self.assertEqual(sorted(self.vendor.orders), sorted((c, r) for c in self.campaigns for r in REPORTS), killed_at)
        self.assert_repeats_are_equal()
        wait_until(lambda: not self.left_files(), what="an empty folder of downloads")
        self.assert_clean()

    def test_killed_just_after_the_last_row(self):
        """What is read whole is not ordered again by the next start, though nobody had the time to write down that it ran."""
        for word in ("decoded", "done", "downloaded"):
            with self.round(after=word):
                self.start_vendor(campaigns=4)
                self.start_all(accounts=self.account("delivery-csv clicks-csv recipient-csv", every="30s"))
                wait_until(lambda w=word: f"ev=report.{w} " in self.daemon.log(), what="a report")
                self.daemon.kill()
                self.daemon.start()
                self.wait_facts("delivery", "clicks", "recipient")
                threading.Event().wait(4)                    # what is due at a start begins within a tenth of `every`
                self.assertEqual(sorted(self.vendor.orders), sorted((c, r) for c in self.campaigns for r in ("delivery", "clicks", "recipient")),
                                 self.daemon.log())
                wait_until(lambda: not self.left_files(), what="an empty folder of downloads")

    def test_killed_within_a_file_of_characters_of_two_units(self):
        """UTF-16 of either order, whose texts are pairs of units nearly throughout: each row once, and exact."""
        for encoding in ("utf-16-le", "utf-16-be"):
            with self.round(encoding=encoding):
                self.start_vendor(rows=0)
                self.vendor.shape = Shape(bom=True, encoding=encoding)
                texts = {}
                for number in range(3000):
                    self.vendor.message(self.campaigns[0], number, "Success", at=1790000000)
                    texts[f"+4477009{number:05d}"] = f"{number}" + "\U0001f600\U0001d11e\U0010fffd" * (60 + number % 5) + "!" * (number % 3)
                for row in self.vendor.campaigns[self.campaigns[0]]["rows"]["delivery"]:
                    row["Message_Copy"] = texts["+" + row["Recipient"]]
                self.start_all(accounts=self.account("delivery-csv"))
                wait_until(lambda: "ev=report.downloaded " in self.daemon.log(), what="the file")
                for wanted in (1, 900, 2000):
                    self.daemon.kill()
                    self.daemon.start()
                    wait_until(lambda n=wanted: len(self.subscriber.ids()) >= n, what=f"{wanted} events")
                self.wait_facts("delivery")
                self.wait_done()
                self.assert_ordered((self.campaigns[0], "delivery"))
                got = {event["data"]["recipient"]["msisdn"]: event["data"]["text"] for _topic, event in self.subscriber.events()}
                self.assertEqual(got, texts)
                self.assert_repeats_are_equal()
                self.assertEqual(self.daemon.metric("dead_letters_total"), 0)
                wait_until(lambda: not self.left_files(), what="an empty folder of downloads")
                self.assert_clean()


if __name__ == "__main__":
    unittest.main()
