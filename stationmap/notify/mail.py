"""Messages by e-mail: SMTP, by TLS from the first byte or from STARTTLS on, never without."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from stationmap.notify.channels import DIRECT_TLS_PORT, Mailbox
from stationmap.notify.message import Message, fitted
from stationmap.notify.outcome import Outcome, Reason

TIMEOUT_S = 10.0
_MAX_BYTES, _MAX_LINES = 20_000, 200
_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (smtplib.SMTPAuthenticationError, "sign_in"),
    (smtplib.SMTPRecipientsRefused, "recipients"),
    (smtplib.SMTPSenderRefused, "recipients"),
    (smtplib.SMTPNotSupportedError, "untrusted"),  # no STARTTLS
    (smtplib.SMTPResponseException, "refused"),
    (ssl.SSLError, "untrusted"),
    (Exception, "unreachable"),
)
"""What an error means: the first kind that it is of."""


def send(mailbox: Mailbox, message: Message, at: datetime, context: ssl.SSLContext | None = None) -> Outcome:
    """Send a message to the people of a mailbox and return what became of it."""
    trusted = context or ssl.create_default_context()
    try:
        server = _connected(mailbox, trusted)
        try:
            if mailbox.user:
                server.login(mailbox.user, mailbox.password.get_secret_value())
            refused = server.send_message(_email(mailbox, message, at), mailbox.sender, list(mailbox.recipients))
        finally:
            # What was taken stays taken, however the server says good-bye.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()
    except (OSError, smtplib.SMTPException) as error:
        reason = next(reason for kind, reason in _REASONS if isinstance(error, kind))
        return Outcome(reason, str(getattr(error, "smtp_code", "")))
    return Outcome("sent", f"{len(mailbox.recipients) - len(refused)}/{len(mailbox.recipients)}" if refused else "")


def _connected(mailbox: Mailbox, trusted: ssl.SSLContext) -> smtplib.SMTP:
    if mailbox.port == DIRECT_TLS_PORT:
        return smtplib.SMTP_SSL(mailbox.server, mailbox.port, timeout=TIMEOUT_S, context=trusted)
    server = smtplib.SMTP(mailbox.server, mailbox.port, timeout=TIMEOUT_S)
    try:
        server.starttls(context=trusted)
    except BaseException:
        server.close()
        raise
    return server


def _email(mailbox: Mailbox, message: Message, at: datetime) -> EmailMessage:
    email = EmailMessage(policy=SMTP)
    email["Subject"] = message.title
    email["From"] = Address(addr_spec=mailbox.sender)
    email["To"] = [Address(addr_spec=each) for each in mailbox.recipients]
    email["Date"] = format_datetime(at)
    email["Message-ID"] = make_msgid(domain=mailbox.sender.rpartition("@")[2])
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(fitted(message, _MAX_BYTES, mailbox.language, max_lines=_MAX_LINES).text() + "\n")
    return email
