"""What Exchange Online and Gmail say on the wire.

https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission
https://support.google.com/a/answer/3726730
"""

from datetime import UTC, datetime

SIZE_LIMIT_BYTES = 37_748_736
RECIPIENTS_LIMIT = 1000
CONNECTIONS_LIMIT = 3

HOST = "sandbox.outlook.example"

AUTH_OK = "235 2.7.0 Authentication successful"
OK_RECIPIENT = "250 2.1.5 Recipient OK"
OK_SENDER = "250 2.1.0 Sender OK"
CONCURRENT = (
    "432 4.3.2 Concurrent connections limit exceeded."
    " Visit https://aka.ms/concurrent_sending for more information."
)
RATE = "421 4.4.2 Message submission rate for this client has exceeded the configured limit"
GREYLISTED = "450 4.7.1 Recipient address rejected: Greylisted, try again later"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"
TOO_LATE_AUTH = "503 5.5.1 Already authenticated"
NEED_EHLO = "503 5.5.2 Send hello first"
NEED_MAIL = "503 5.5.2 Need mail command"
NEED_RCPT = "503 5.5.2 Need rcpt command"
NESTED_MAIL = "503 5.5.2 Sender already specified"
BAD_ARGUMENTS = "501 5.5.4 Invalid arguments"
BAD_ADDRESS = "501 5.1.3 Invalid address"
BAD_SENDER = "501 5.1.7 Invalid address"
BAD_BASE64 = "501 5.5.2 Cannot decode the base64 text"
UNKNOWN_MECHANISM = "504 5.7.4 Unrecognized authentication type"
NEED_STARTTLS = "530 5.7.0 Must issue a STARTTLS command first"
NOT_AUTHENTICATED = "530 5.7.57 Client not authenticated to send mail"
AUTH_FAILED = "535 5.7.3 Authentication unsuccessful"
BAD_CREDENTIALS = "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect."
NOT_MET = (
    "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated"
    " successfully. Contact your administrator."
)
OFF_FOR_TENANT = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
    " Visit https://aka.ms/smtp_auth_disabled for more information."
)
OFF_FOR_MAILBOX = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."
    " Visit https://aka.ms/smtp_auth_disabled for more information."
)
UNKNOWN_RECIPIENT = "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"
BARE_LINEFEEDS = (
    "550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds, which cannot be sent via DATA"
    " and receiving system does not support BDAT"
)
NOT_SENDER = "550 5.7.60 SMTP; Client does not have permissions to send as this sender"
TOO_BIG = "552 5.3.4 Message size exceeds fixed maximum message size"
NON_ASCII = "553 5.6.7 Non-ASCII addresses need SMTPUTF8"
UNKNOWN_PARAMETER = "555 5.5.4 Unsupported option"

GMAIL_BAD_CREDENTIALS = (
    "535-5.7.8 Username and Password not accepted. For more information, go to\r\n"
    "535 5.7.8  https://support.google.com/mail/?p=BadCredentials sandbox - gsmtp"
)
GMAIL_ASKS_FOR_OTHER = (
    "534-5.7.9 Application-specific password required. For more information, go to\r\n"
    "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor sandbox - gsmtp"
)


def banner() -> str:
    """What follows `220 host`."""
    return f"Microsoft ESMTP MAIL Service ready at {datetime.now(UTC):%a, %d %b %Y %H:%M:%S +0000}"


def queued(mail_id: str) -> str:
    return f"250 2.0.0 OK <{mail_id}@{HOST}> [Hostname={HOST}] Queued mail for delivery"


def send_as_denied(mailbox: str, sender: str) -> str:
    return (
        f"554 5.2.252 SendAsDenied; {mailbox} not allowed to send as {sender};"
        " STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied"
    )
