"""Deciding a sign-in: password as Exchange or Gmail would, or an OAuth token.

https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
"""

import hmac
import re

from sandbox.context import Context
from sandbox.google import parties
from sandbox.smtp import replies
from sandbox.tokens import TokenRefused
from sandbox.world import Person

_XOAUTH2 = re.compile(rb"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01")


class SignInRefused(Exception):
    """`reply` is what the server says. `challenge`: the JSON error is sent first, as XOAUTH2 does, with the
    `scope` it misses."""

    def __init__(self, reply: str, *, challenge: bool = False, scope: str = "SMTP.Send"):
        super().__init__(reply.partition(" ")[0])
        self.reply, self.challenge, self.scope = reply, challenge, scope


def by_password(context: Context, user: str, password: str) -> Person:
    """The mailbox that signed in; raises SignInRefused."""
    person = context.world.person(user)
    if person is None or "@" not in user:
        raise SignInRefused(replies.BAD_CREDENTIALS)
    if not person.directory:
        return _at_gmail(person, password)
    if not context.world.directory(person.directory).smtp_auth:
        raise SignInRefused(replies.OFF_FOR_TENANT)
    if not person.smtp_auth:
        raise SignInRefused(replies.OFF_FOR_MAILBOX)
    if not _equal(person.password, password):
        raise SignInRefused(replies.BAD_CREDENTIALS)
    if person.mfa or person.blocked:
        raise SignInRefused(replies.NOT_MET)
    if not person.mailbox:
        raise SignInRefused(replies.AUTH_FAILED)
    return person


def _at_gmail(person: Person, password: str) -> Person:
    if _equal(person.app_password, password):
        return person
    needs_app_password = _equal(person.password, password)
    raise SignInRefused(replies.GMAIL_ASKS_FOR_OTHER if needs_app_password else replies.GMAIL_BAD_CREDENTIALS)


def by_token(context: Context, response: bytes) -> Person:
    """`response` is the decoded XOAUTH2 string. The token must be for mail protocols, allow SMTP, and be the
    mailbox's own, or one that may open it; raises SignInRefused."""
    match = _XOAUTH2.fullmatch(response)
    if not match:
        raise SignInRefused(replies.BAD_ARGUMENTS)
    mailbox = context.world.person(match[1].decode("utf-8", "replace"))
    if parties.is_google_account(mailbox):
        return _by_google_token(context, mailbox, match[2].decode("ascii", "replace"))
    try:
        claims = context.mint.read(match[2].decode("ascii", "replace"))
    except TokenRefused:
        raise SignInRefused(replies.AUTH_FAILED, challenge=True) from None
    if mailbox is None or not _allows(context, claims, mailbox):
        raise SignInRefused(replies.AUTH_FAILED, challenge=True)
    if not context.world.directory(mailbox.directory).smtp_auth:
        raise SignInRefused(replies.OFF_FOR_TENANT, challenge=True)
    if not mailbox.smtp_auth:
        raise SignInRefused(replies.OFF_FOR_MAILBOX, challenge=True)
    return mailbox


def _by_google_token(context: Context, mailbox: Person, token: str) -> Person:
    """https://developers.google.com/workspace/gmail/imap/xoauth2-protocol: the account's own, for all of Gmail."""
    found = parties.bearer(context, token)
    if found and found[0] == mailbox and parties.MAIL in found[1] and mailbox.mailbox:
        return mailbox
    raise SignInRefused(replies.GMAIL_BAD_CREDENTIALS, challenge=True, scope=parties.MAIL)


def _allows(context: Context, claims: dict, mailbox: Person) -> bool:
    if (
        claims.get("aud") != context.outlook_url
        or claims.get("tid") != mailbox.directory
        or not mailbox.mailbox
    ):
        return False
    if claims["idtyp"] == "app":
        return "SMTP.SendAsApp" in claims["roles"] and mailbox.app_access
    person = context.world.person(claims["oid"])
    return person is not None and "SMTP.Send" in claims["scp"].split() and person.may_open(mailbox.address)


def _equal(wanted: str, given: str) -> bool:
    return bool(wanted) and hmac.compare_digest(wanted.encode(), given.encode("utf-8", "surrogateescape"))
