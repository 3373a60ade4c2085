"""Each event of the audit log as a sentence: what was done, with `%(on)s` for what it was done to.

The key is the action as `accounts.audit.record` stores it. A test finds every action in the code here.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.audit_facts import name_of, value_of
from portal.templatetags.tones import spoken

# Part of an action before the dot -> what it is about.
KINDS: dict[str, Promise] = {
    "agreement_kind": gettext_lazy("Kinds of agreement texts"),
    "agreement_text": gettext_lazy("Agreement texts"),
    "alarms": gettext_lazy("Alarms"),
    "app_only": gettext_lazy("Sending as the app"),
    "approval": gettext_lazy("Approval at Microsoft"),
    "audit": gettext_lazy("Audit log"),
    "batch": gettext_lazy("Batches"),
    "check": gettext_lazy("Checks"),
    "company": gettext_lazy("Company"),
    "connection": gettext_lazy("Connections"),
    "credential": gettext_lazy("Passwords and secrets"),
    "google_app": gettext_lazy("Google settings"),
    "handover": gettext_lazy("Links for the IT"),
    "invitation": gettext_lazy("Invitations"),
    "key": gettext_lazy("API keys"),
    "mail_policy": gettext_lazy("Mail policy"),
    "mailing": gettext_lazy("Letters to many people"),
    "member": gettext_lazy("Members and roles"),
    "message": gettext_lazy("Messages"),
    "microsoft_app": gettext_lazy("Office 365 settings"),
    "outbox": gettext_lazy("Outbox"),
    "people": gettext_lazy("People"),
    "person_settings": gettext_lazy("People’s mail settings"),
    "settings": gettext_lazy("Checks before saving"),
    "smtp_server": gettext_lazy("Mail server"),
    "user": gettext_lazy("Accounts"),
    "webhook": gettext_lazy("Webhooks"),
}

SENTENCES: dict[str, Promise] = {
    "agreement_kind.added": gettext_lazy("Added the kind of agreement text “%(on)s”."),
    "agreement_kind.changed": gettext_lazy("Changed the kind of agreement text “%(on)s”."),
    "agreement_kind.deleted": gettext_lazy("Deleted the kind of agreement text “%(on)s”."),
    "agreement_text.added": gettext_lazy("Added the agreement text %(on)s."),
    "agreement_text.changed": gettext_lazy("Changed the agreement text %(on)s."),
    "agreement_text.deleted": gettext_lazy("Deleted the agreement text %(on)s."),
    "alarms.mail_switched": gettext_lazy("Switched alarms by mail on or off for %(on)s."),
    "alarms.settings_changed": gettext_lazy("Changed when alarms are told."),
    "app_only.added": gettext_lazy("Set up sending as the app."),
    "app_only.changed": gettext_lazy("Changed the settings of sending as the app."),
    "approval.answered": gettext_lazy("Came back from Microsoft with an answer about the approval."),
    "approval.asked": gettext_lazy("Went to Microsoft to approve permissions."),
    "approval.checked": gettext_lazy("Checked whether the permissions are approved."),
    "audit.exported": gettext_lazy("Downloaded the audit log."),
    "batch.cancelled": gettext_lazy("Stopped the batch %(on)s; its waiting messages are not sent."),
    "batch.exported": gettext_lazy("Downloaded the refused lines of the batch %(on)s."),
    "check.asked": gettext_lazy("Started a check of the mail of %(on)s."),
    "check.bundle_downloaded": gettext_lazy("Downloaded the support bundle of a check of %(on)s."),
    "check.planned": gettext_lazy("Planned a later check of the mail of %(on)s."),
    "company.added": gettext_lazy("Opened the company %(on)s."),
    "company.changed": gettext_lazy("Changed the company %(on)s."),
    "company.second_step_asked": gettext_lazy("Asked all admins of %(on)s for a second step at sign-in."),
    "company.second_step_left": gettext_lazy("Let admins of %(on)s sign in without a second step."),
    "connection.connected": gettext_lazy("Connected %(on)s."),
    "connection.disconnected": gettext_lazy("Disconnected %(on)s."),
    "connection.needs_reconnecting": gettext_lazy("Found that %(on)s has to connect again."),
    "connection.refused": gettext_lazy("Tried to connect %(on)s, and was refused."),
    "credential.deleted": gettext_lazy("Deleted a password or secret of %(on)s."),
    "credential.expiry_changed": gettext_lazy("Changed the day on which a secret of %(on)s ends."),
    "credential.refused": gettext_lazy("Tried a new secret of %(on)s, and it was refused."),
    "credential.replaced": gettext_lazy("Replaced a password or secret of %(on)s."),
    "credential.set": gettext_lazy("Set a password or secret of %(on)s."),
    "credential.took_over": gettext_lazy("Let the new secret of %(on)s take over."),
    "google_app.added": gettext_lazy("Set up the Google settings."),
    "google_app.changed": gettext_lazy("Changed the Google settings."),
    "handover.declined": gettext_lazy("Did not take over what %(on)s handed in."),
    "handover.handed_in": gettext_lazy("Handed in the settings by the link for %(on)s."),
    "handover.looked": gettext_lazy("Looked how far it is, by the link for %(on)s."),
    "handover.made": gettext_lazy("Made a link for %(on)s."),
    "handover.refused": gettext_lazy("Handed in settings by the link for %(on)s that do not work."),
    "handover.renewed": gettext_lazy("Renewed the link for %(on)s."),
    "handover.reopened": gettext_lazy("Opened the link for %(on)s once more."),
    "handover.revoked": gettext_lazy("Revoked the link for %(on)s."),
    "handover.taken_over": gettext_lazy("Took over what %(on)s handed in."),
    "invitation.made": gettext_lazy("Invited %(on)s."),
    "invitation.revoked": gettext_lazy("Revoked the invitation of %(on)s."),
    "key.made": gettext_lazy("Made the API key %(on)s."),
    "key.revoked": gettext_lazy("Revoked the API key %(on)s."),
    "mail_policy.added": gettext_lazy("Set the mail policy."),
    "mail_policy.changed": gettext_lazy("Changed the mail policy."),
    "mailing.asked_to_connect": gettext_lazy("Asked people to connect their mail."),
    "mailing.invitations": gettext_lazy("Invited many people."),
    "mailing.stopped": gettext_lazy("Stopped a letter to many people."),
    "member.added": gettext_lazy("Added %(on)s to the company."),
    "member.removed": gettext_lazy("Removed %(on)s from the company."),
    "member.role_changed": gettext_lazy("Changed the role of %(on)s."),
    "message.attachment_downloaded": gettext_lazy("Downloaded a file of the message %(on)s."),
    "message.body_viewed": gettext_lazy("Read the message %(on)s."),
    "message.cancelled": gettext_lazy("Stopped the message %(on)s."),
    "message.resolved_as_lost": gettext_lazy(
        "Said that the message %(on)s did not arrive, and sent it again."
    ),
    "message.resolved_as_sent": gettext_lazy("Said that the message %(on)s arrived."),
    "message.retried": gettext_lazy("Tried the message %(on)s again."),
    "message.test_sent": gettext_lazy("Sent a test as %(on)s."),
    "microsoft_app.added": gettext_lazy("Set up the Office 365 settings."),
    "microsoft_app.changed": gettext_lazy("Changed the Office 365 settings."),
    "outbox.exported": gettext_lazy("Downloaded the outbox as a file."),
    "people.exported": gettext_lazy("Downloaded the people as a file."),
    "person_settings.added": gettext_lazy("Set the mail settings of %(on)s."),
    "person_settings.changed": gettext_lazy("Changed the mail settings of %(on)s."),
    "settings.checked": gettext_lazy("Checked mail settings before they were saved."),
    "smtp_server.added": gettext_lazy("Set up the mail server."),
    "smtp_server.changed": gettext_lazy("Changed the mail server."),
    "user.added": gettext_lazy("Made an account for %(on)s."),
    "user.app_removed": gettext_lazy("Removed the authenticator app of %(on)s."),
    "user.app_set_up": gettext_lazy("Set up an authenticator app for %(on)s."),
    "user.changed": gettext_lazy("Changed the account of %(on)s."),
    "user.created": gettext_lazy("Made an account for %(on)s."),
    "user.made_operator": gettext_lazy("Made %(on)s an operator of the portal."),
    "user.passkey_added": gettext_lazy("Added a passkey for %(on)s."),
    "user.passkey_removed": gettext_lazy("Removed a passkey of %(on)s."),
    "user.password_changed": gettext_lazy("Changed the password of %(on)s for the portal."),
    "user.recovery_code_used": gettext_lazy("Used a recovery code of %(on)s."),
    "user.recovery_codes_made": gettext_lazy("Made new recovery codes for %(on)s."),
    "user.renamed": gettext_lazy("Changed the name of %(on)s."),
    "user.second_step_removed": gettext_lazy("Removed the second step at sign-in of %(on)s."),
    "webhook.added": gettext_lazy("Made a webhook to %(on)s."),
    "webhook.changed": gettext_lazy("Changed the webhook to %(on)s."),
    "webhook.removed": gettext_lazy("Removed the webhook to %(on)s."),
    "webhook.secret_replaced": gettext_lazy("Made a new signing secret for the webhook to %(on)s."),
    "webhook.sent_again": gettext_lazy("Posted events to %(on)s again."),
    "webhook.stopped": gettext_lazy("Stopped posting to %(on)s, which takes nothing."),
    "webhook.switched_off": gettext_lazy("Switched the webhook to %(on)s off."),
    "webhook.switched_on": gettext_lazy("Switched the webhook to %(on)s on."),
    "webhook.tested": gettext_lazy("Posted a test to %(on)s."),
}

_CHANGE = gettext_lazy("%(before)s → %(after)s")
NOTHING, DETAIL_CHARACTERS = "–", 200


def sentence(action: str, on: str) -> str:
    """What was done; an action of an older release that has no sentence any more is spelled out."""
    known = SENTENCES.get(action)
    return str(known) % {"on": on} if known else " ".join(filter(None, [spoken(action), on]))


def details(stored: dict[str, object]) -> list[str]:
    """Each fact of an event; `old` and `new` are one, from the one to the other."""
    facts = dict(stored)
    changed = []
    if {"old", "new"} <= facts.keys():
        changed = [
            _CHANGE % {"before": _said("old", facts.pop("old")), "after": _said("new", facts.pop("new"))}
        ]
    return changed + [detail(name, value) for name, value in sorted(facts.items())]


def detail(name: str, value: object) -> str:
    """`Port: 25 → 587` for a value before and after, `Role: admin` for a plain one."""
    if isinstance(value, list) and len(value) == 2 and name != "fields":
        return _("%(name)s: %(before)s → %(after)s") % {
            "name": name_of(name),
            "before": _said(name, value[0]),
            "after": _said(name, value[1]),
        }
    return _("%(name)s: %(value)s") % {"name": name_of(name), "value": _said(name, value)}


def _said(name: str, value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_said(name, each) for each in value) or NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = NOTHING if value in (None, "") else value_of(name, str(value))
    return text if len(text) <= DETAIL_CHARACTERS else f"{text[:DETAIL_CHARACTERS]}…"
