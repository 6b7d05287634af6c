"""What the tests of vendors over TLS share: authorities of their own, and accounts that trust one of them."""
import os
import re
import signal
import sys

from harness import SOURCE, wait_until

sys.path.insert(0, os.path.join(SOURCE, "tests/vendors"))
from mailserver import make_certificates  # noqa: E402

ADVICE = "check the address, and ca of the account"


class Authority:
    """`ca`: its PEM file. `tls`: for a simulator, a certificate for 127.0.0.1 and localhost that it signed."""

    def __init__(self, folder, name="authority"):
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        files = make_certificates(self.folder, authority=name)
        self.ca, self.other, self.tls = files["ca"], files["other"], (files["server"], files["key"])

    @staticmethod
    def text(*files):
        texts = []
        for name in files:
            with open(name, encoding="ascii") as f:
                texts.append(f.read())
        return "".join(texts)


def with_ca(accounts, ca):
    """The accounts of a configuration, each with this `ca`."""
    return re.sub(r"(vendor: [a-z-]+\n)", rf'\1    ca: "{ca}"\n', accounts)


class Tls:
    """Beside a Case."""

    def authority(self, name="authority"):
        return Authority(self.folder, name)

    def put_ca(self, *files):
        """The file that the account names, beside its configuration, has these authorities from now on."""
        with open(os.path.join(self.folder, "vendor.pem"), "w", encoding="ascii") as f:
            f.write(Authority.text(*files))
        return "vendor.pem"

    def reload(self):
        count = self.daemon.log().count("ev=app.reload")
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.log().count("ev=app.reload") > count, what="the reload")
