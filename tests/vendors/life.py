"""life - lets things happen at the five simulated vendors, in a believable rhythm and always the same way.

Campaigns are sent, receipts come in, some people click, reply or leave, counters grow and are corrected once in a while. What a vendor shows
late is late here too. Nothing grows without end: old rows go, full campaigns are over and others begin.
"""
import random
import threading
import time

DAY = 86400
ROWS_MOST = 600             # of one list of a vendor, before its oldest rows go
CAMPAIGN_MESSAGES = 800     # of one Passona campaign, before the next one begins
COUNTED_CAMPAIGNS = 4       # of Constant Contact
MAILING = 512               # Everlytic's bulk mailing, as conf/examples/demo.yaml asks for it
NAMES = ("Spring / sale", "Autumn preview", "Double points", "We miss you", "Last chance")


class Life(threading.Thread):
    """Something at each vendor every `pause_s`, until stop()."""

    def __init__(self, ocamba, constant_contact, samba, everlytic, passona, pause_s=0.4, seed=1):
        super().__init__(daemon=True)
        self.ocamba, self.constant_contact, self.samba = ocamba, constant_contact, samba
        self.everlytic, self.passona = everlytic, passona
        self.pause_s, self.stopped = pause_s, threading.Event()
        self.dice, self.steps, self.ago_s = random.Random(seed), 0, 0
        self.counts = [[constant_contact.campaign(name, sent=time.time() - DAY * (n + 1)), dict(sends=0, delivers=0, clicks=0, optouts=0)]
                       for n, name in enumerate(NAMES[:COUNTED_CAMPAIGNS])]
        self.over, self.messages = [], [0, 100, 200]
        self.running = [self.begin_passona(name) for name in NAMES[:3]]
        self.end_passona(self.begin_passona("Yesterday's news"))
        for minutes in range(12, 0, -1):
            self.ago_s = 60 * minutes
            self.step()
        self.ago_s = 0

    def run(self):
        while not self.stopped.wait(self.pause_s):
            self.step()

    def stop(self):
        self.stopped.set()
        if self.is_alive():
            self.join()

    def now(self):
        return time.time() - self.ago_s

    def step(self):
        self.steps += 1
        for happen in (self.ocamba_clicks, self.constant_contact_counts, self.samba_receipts, self.everlytic_mailing,
                       self.everlytic_reply, self.passona_messages):
            happen()

    # ---- one vendor each ----

    def ocamba_clicks(self):
        """Clicks are shown some minutes after they happened; a person may click twice."""
        sim, at = self.ocamba, self.now() - self.dice.uniform(900, 1500)
        task = self.dice.randrange(4)
        for _ in range(self.dice.choice((0, 1, 1, 2))):
            sim.click(self.dice.randrange(1000, 1400), at, task=str(task and 1002740 + task), task_name=NAMES[task])
        with sim.lock:
            del sim.clicks[:-ROWS_MOST]

    def constant_contact_counts(self):
        """Counters only; now and then one goes down, which is a correction."""
        ident, counts = self.dice.choice(self.counts)
        counts["sends"] += self.dice.randrange(5, 40) if counts["sends"] < 2000 else 0
        counts["delivers"] = max(counts["delivers"], int(counts["sends"] * 0.96))
        counts["clicks"] = min(counts["clicks"] + self.dice.randrange(0, 4), counts["delivers"])
        counts["optouts"] = min(counts["optouts"] + (self.dice.random() < 0.4), counts["delivers"])
        if self.steps % 23 == 0 and counts["clicks"] > 2:
            counts["clicks"] -= 2
        self.constant_contact.count(ident, **counts)

    def samba_receipts(self):
        """Accepted first, what became of it a little later; some have no such luck."""
        sim, now = self.samba, self.now() * 1000
        user, name = f"C-{self.dice.randrange(100, 999)}", self.dice.randrange(2)
        last = self.dice.choices(("DELIVERED", "EXPIRED", "UNDELIVERABLE", "REJECTED", "SKIPPED"), (20, 3, 2, 2, 2))[0]
        more = {"campaign": f"c-{name + 1}", "name": ("Back to school", "Abandoned cart")[name], "node": "n-1" if name else None}
        if last != "SKIPPED":
            sim.event(user, "ACCEPTED", now - 9000, **more)
        sim.event(user, last, now - 4000, **more)
        with sim.lock:
            del sim.events[:-ROWS_MOST]

    def everlytic_mailing(self):
        """A bulk mailing: what is opened was sent before, two clicks of a person are two."""
        sim, contact = self.everlytic, self.dice.randrange(2000, 9000)
        kinds = ("sends",) + self.dice.choice(((), ("opens",), ("opens", "clicks"), ("bounces",), ("opens", "clicks", "clicks"),
                                               ("opens", "unsubscribes")))
        for n, kind in enumerate(kinds):
            sim.interaction(MAILING, contact, kind, self.now() - 60 + 10 * n)
        with sim.lock:
            del sim.rows[:-ROWS_MOST]

    def everlytic_reply(self):
        if self.steps % 4 == 0:
            text = self.dice.choice(("STOP", "Yes please", "Who is this?", "Thanks!"))
            self.everlytic.reply(248000000 + self.steps, text, f"+2782111{self.dice.randrange(10000):04d}", self.now())
            with self.everlytic.lock:
                del self.everlytic.replies[:-ROWS_MOST]

    def begin_passona(self, name, expires=None):
        ident = "{:08x}-69f6-11ef-9a0b-0242ac120008".format(self.dice.getrandbits(32))
        self.passona.campaign(name, ident, expires=expires)
        return ident

    def end_passona(self, ident):
        """Over, with some that were never sent. Long over a little later: no longer asked for; and gone when nobody can know it any more."""
        sim = self.passona
        for number in range(3):
            sim.unsent(ident, 90000 + number)
        with sim.lock:
            sim.campaigns[ident]["expires"] = time.time() - 60
            for old in self.over[-20:-2]:
                sim.campaigns[old]["expires"] = time.time() - 20 * DAY
            for old in self.over[:-20]:
                sim.campaigns.pop(old)
        self.over = self.over[-20:] + [ident]

    def passona_messages(self):
        """A recipient is chosen, the message has a result, perhaps a click. There are always some campaigns on their way; they are sent
        in batches, which have a count."""
        sim, place = self.passona, self.dice.randrange(len(self.running))
        ident, number = self.running[place], self.messages[place]
        if self.steps % 8 == 0:
            sim.sent(ident, self.dice.randrange(20, 60), self.now() - 25)
            sim.unsent(self.over[-1], 80000 + self.steps % 1000)
        sim.recipient(ident, number)
        sim.message(ident, number, "Success" if self.dice.random() < 0.85 else "Failed", self.now() - 20)
        if self.dice.random() < 0.5:
            sim.click(ident, number, self.now() - 5)
        self.messages[place] += 1
        if self.messages[place] == CAMPAIGN_MESSAGES:
            self.end_passona(ident)
            self.running[place], self.messages[place] = self.begin_passona(self.dice.choice(NAMES)), 0
