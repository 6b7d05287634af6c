"""mailserver - a real Dovecot in a folder of its own, on free ports of loopback, with one mailbox or several.

Mails are delivered as a mail server does it: written into the maildir's `tmp`, and then moved to `new`. Whether a mail was
marked as seen is read from its file's name. Works as root, who drops to another user for the mails, and as anybody else.
"""
import grp
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import time

WAIT_S = 20.0
NOBODY = 65534
PREFIX = "campaign2mqtt-mail-"


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def _is_open_to_all(path):
    """Whether another user can go through every folder of a path."""
    while True:
        if not os.stat(path).st_mode & stat.S_IXOTH:
            return False
        if path == os.path.dirname(path):
            return True
        path = os.path.dirname(path)


def make_folder():
    """A folder that the mails' owner can reach, which is another user for root."""
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if os.geteuid() != 0 or _is_open_to_all(os.path.realpath(parent)):
            folder = tempfile.mkdtemp(prefix=PREFIX, dir=parent)
            os.chmod(folder, 0o755)
            return folder
    raise RuntimeError("no temporary folder that every user can reach")


def _openssl(*args, cwd):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", *args],
                   cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


def make_certificates(folder, address="127.0.0.1", authority="authority"):
    """ca.pem, and server.pem with server.key that it signed; other.pem is another authority. In `folder`."""
    _openssl("-keyout", "ca.key", "-out", "ca.pem", "-subj", f"/CN={authority}", cwd=folder)
    _openssl("-keyout", "other.key", "-out", "other.pem", "-subj", "/CN=another", cwd=folder)
    _openssl("-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=server",
             "-addext", f"subjectAltName=IP:{address},DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE", cwd=folder)
    return {name: os.path.join(folder, f"{name}.pem") for name in ("ca", "other", "server")} | {"key": os.path.join(folder, "server.key")}


class MailServer:
    """`port` speaks IMAP (with STARTTLS where there is TLS), `tls_port` IMAPS. Every user has the same mails."""

    def __init__(self, tls=False, users=(("reports", "mail-password"),)):
        self.username, self.password = users[0]
        self.folder = make_folder()
        self.process, self.mails, self.lock = None, 0, threading.Lock()
        self.uid = NOBODY if os.geteuid() == 0 else os.geteuid()
        self.gid = NOBODY if os.geteuid() == 0 else os.getegid()
        try:
            for name in ("mail", "mail/tmp", "mail/new", "mail/cur", "home"):
                os.mkdir(self._path(name), 0o755)
                os.chown(self._path(name), self.uid, self.gid)
            with open(self._path("users"), "w", encoding="utf-8") as f:
                f.writelines(f"{user}:{{PLAIN}}{password}\n" for user, password in users)
            os.chmod(self._path("users"), 0o644)
            self.port, self.tls_port = _free_port(), _free_port() if tls else 0
            self.certificates = make_certificates(self.folder) if tls else None
            self.ca = self.certificates["ca"] if tls else None
            self._write_conf()
            self.start()
        except BaseException:
            self.close()
            raise

    def _path(self, name):
        return os.path.join(self.folder, name)

    def url(self, folder="INBOX"):
        return f"imaps://127.0.0.1:{self.tls_port}/{folder}" if self.tls_port else f"imap://127.0.0.1:{self.port}/{folder}"

    def _write_conf(self):
        me, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
        users = ("default_login_user = dovenull\n" if os.geteuid() == 0 else
                 f"default_login_user = {me}\ndefault_internal_user = {me}\ndefault_internal_group = {group}\n")
        tls = (f"ssl = yes\nssl_cert = <{self.certificates['server']}\nssl_key = <{self.certificates['key']}\n" if self.tls_port
               else "ssl = no\n")
        with open(self._path("dovecot.conf"), "w", encoding="utf-8") as f:
            f.write(f"""{users}base_dir = {self._path('run')}
log_path = {self._path('log')}
protocols = imap
listen = 127.0.0.1
disable_plaintext_auth = no
auth_mechanisms = plain
auth_failure_delay = 0
mail_location = maildir:{self._path('mail')}
mailbox_list_index = no
first_valid_uid = 1
first_valid_gid = 1
service anvil {{
 chroot =
}}
service stats {{
 chroot =
}}
passdb {{
 driver = passwd-file
 args = {self._path('users')}
}}
userdb {{
 driver = static
 args = uid={self.uid} gid={self.gid} home={self._path('home')}
}}
service imap-login {{
 chroot =
 inet_listener imap {{
  port = {self.port}
 }}
 inet_listener imaps {{
  port = {self.tls_port}
  ssl = yes
 }}
}}
{tls}""")

    # ---- the process ----

    def _greets(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as s:
                return s.recv(4) == b"* OK"
        except OSError:
            return False

    def start(self):
        program = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if program is None:
            raise RuntimeError("no Dovecot here: install dovecot-imapd")
        # A session of its own, so that its children can be ended with it; and it ends when who started it does.
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", program, "-F", "-c", self._path("dovecot.conf")],
                                        start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        end, pause = time.monotonic() + WAIT_S, threading.Event()
        while not self._greets():
            if self.process.poll() is not None:
                raise RuntimeError(f"Dovecot ended with {self.process.returncode}: {self.log()[-2000:]}")
            if time.monotonic() > end:
                raise RuntimeError(f"Dovecot was not ready within {WAIT_S} s: {self.log()[-2000:]}")
            pause.wait(0.02)

    def stop(self):
        """Ends it at once; mails and ports stay, and start() brings it back."""
        process, self.process = self.process, None
        if process is None:
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)    # its own session, of which it is the first
        except ProcessLookupError:
            pass
        process.wait(WAIT_S)
        try:
            os.remove(self._path("mail/dovecot-uidlist.lock"))    # the next one would wait for two minutes
        except FileNotFoundError:
            pass

    def close(self):
        self.stop()
        end, pause = time.monotonic() + WAIT_S, threading.Event()
        while os.path.exists(self.folder) and time.monotonic() < end:    # a child may still be about to write
            shutil.rmtree(self.folder, ignore_errors=True)
            if os.path.exists(self.folder):
                pause.wait(0.05)

    def log(self):
        try:
            with open(self._path("log"), encoding="utf-8", errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    # ---- mails ----

    def _name(self, number):
        return f"1700000000.M{number:08d}P1.test"

    def deliver(self, mail, received=None):
        """A mail (bytes), received now or then (seconds). @return its number, from 1"""
        with self.lock:
            self.mails += 1
            number = self.mails
        path = self._path("mail/tmp/" + self._name(number))
        with open(path, "wb") as f:
            f.write(mail)
        os.chown(path, self.uid, self.gid)
        os.utime(path, (received, received) if received else None)
        os.rename(path, self._path("mail/new/" + self._name(number)))
        return number

    def deliver_many(self, mail, count, received=None):
        """The same mail many times."""
        first = self._path("mail/new/" + self._name(self.deliver(mail, received)))
        for _ in range(count - 1):
            with self.lock:
                self.mails += 1
                number = self.mails
            os.link(first, self._path("mail/new/" + self._name(number)))

    def tidy(self, keep):
        """As people do: all but the newest are deleted."""
        for folder in ("new", "cur"):
            for name in os.listdir(self._path("mail/" + folder)):
                if int(name.split(".M", 1)[1][:8]) <= self.mails - keep:
                    os.unlink(self._path(f"mail/{folder}/{name}"))

    def _files(self):
        return [name for folder in ("new", "cur") for name in os.listdir(self._path("mail/" + folder))]

    def count(self):
        return len(self._files())

    def seen(self):
        """Numbers of the mails that are marked as seen."""
        return {int(name.split(".M", 1)[1][:8]) for name in self._files() if "S" in name.partition(":2,")[2]}
