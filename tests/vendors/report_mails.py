"""report_mails - the mails in which a vendor says that a report is ready: their wordings, as data, and how they are coded.

{link}, {campaign}, {report} and {name} (of the campaign) stand for what a mail is about. Where the campaign's id is found (in the link, its
file name, the subject, the text, or nowhere) and whether the report is named is up to wording and link together.
"""
import dataclasses
import email.message
import email.policy
import email.utils
import time

SENDER = "Passona Reports <reports@passona.example>"
PERSON = "reports@example.net"


@dataclasses.dataclass(frozen=True)
class Wording:
    name: str
    subject: str
    text: str = None
    html: str = None
    coding: str = "quoted-printable"     # or "base64", "7bit"
    charset: str = "utf-8"
    forwarded: str = None                # "attached" as a mail of its own, or "inline"


PLAIN = Wording("plain", "Your report is ready", "Hello,\n\nyour report is ready:\n\n{link}\n\nThe link can be used once.\n", coding="7bit")

WORDINGS = (
    PLAIN,
    Wording("html", "Your report is ready", html="""<html><body><p>Hello,</p><p>the report <b>{report}</b> of “{name}” is ready.</p>
<table><tr><td style="background:#06c"><a href="{html_link}" target="_blank">Download</a></td></tr></table>
<p>Not you? <a href="https://passona.example/unsubscribe?u=1">Unsubscribe</a></p></body></html>"""),
    Wording("both", "Report: {report}", "Your report: {link}\n", "<p>Your report: <a href='{html_link}'>{html_link}</a></p>"),
    Wording("soft-wrapped", "Your report is ready", "Your report {report} of campaign {campaign} is ready. Use the link within fifteen "
            "minutes: {link}\nGoodbye\n"),
    Wording("base64", "Votre rapport est prêt", "Bonjour,\n\nvotre rapport « {name} » est prêt : {link}\n\nÀ bientôt\n", coding="base64"),
    Wording("encoded-words", "Ihr Bericht für die Kampagne „{name}“ ({campaign}) ist verfügbar, grüne Grüße",
            "Guten Tag,\n\nIhr Bericht steht bereit:\n<{link}>\n\nMit freundlichen Grüßen\n"),
    Wording("japanese", "レポート（{campaign}）の準備ができました", "レポートをダウンロードできます。\n{link}\n", coding="base64"),
    Wording("arabic", "تقريرك جاهز", html="<div dir='rtl'><p>تقرير الحملة {campaign} جاهز</p><a href=\"{html_link}\">تنزيل</a></div>",
            coding="base64"),
    Wording("latin-1", "Su informe está listo", "Señor: el informe de la campaña {campaign} está listo.\n{link}\n", charset="iso-8859-1"),
    Wording("polish", "Raport gotowy do pobrania", "Twój raport jest już gotowy.\nKampania: {campaign}\nPobierz: {link}\n",
            charset="iso-8859-2"),
    Wording("attached", "Fwd: your report", "See below.\n", forwarded="attached"),
    Wording("inline", "Fwd: your report is ready", "FYI\n\n---------- Forwarded message ---------\nFrom: Passona Reports "
            "<reports@passona.example>\nSubject: Your report is ready\nTo: <reports@example.net>\n\n> Campaign {campaign}\n> {link}\n"),
)


def by_name(name):
    return next(w for w in WORDINGS if w.name == name)


def _mail(sender, subject, at):
    mail = email.message.EmailMessage(email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, PERSON, subject
    mail["Date"] = email.utils.formatdate(at or time.time())
    mail["Message-ID"] = email.utils.make_msgid(domain="passona.example")
    return mail


def compose(wording, link, campaign="", report="", name="", sender=SENDER, at=None):
    """@return bytes of the mail"""
    words = {"link": link, "campaign": campaign, "report": report, "name": name, "html_link": link.replace("&", "&amp;")}
    mail = _mail(sender, wording.subject.format_map(words), at)
    if wording.forwarded == "attached":
        inner = _mail(SENDER, PLAIN.subject, at)
        inner.set_content(PLAIN.text.format_map(words), cte=PLAIN.coding)
        mail.set_content(wording.text)
        mail.add_attachment(inner)
        return mail.as_bytes()
    if wording.text is not None:
        mail.set_content(wording.text.format_map(words), charset=wording.charset, cte=wording.coding)
    if wording.html is not None:
        html = wording.html.format_map(words)
        if wording.text is None:
            mail.set_content(html, subtype="html", charset=wording.charset, cte=wording.coding)
        else:
            mail.add_alternative(html, subtype="html", charset=wording.charset, cte=wording.coding)
    return mail.as_bytes()
