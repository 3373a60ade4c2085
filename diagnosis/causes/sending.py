"""Causes in the message itself: sender, recipients, content and limits."""

from django.utils.translation import gettext_lazy as _

from diagnosis.causes.shape import Cause, Retry

CAUSES = (
    Cause(
        slug="send_as_denied",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("This From address may not be used"),
        happened=_("The account that signs in has no right to send with the From address of the message."),
        todo=_(
            "Send from the address that signs in, or grant it the right “Send As” (or “Send on Behalf”) on the other "
            "mailbox."
        ),
        todo_user=_(
            "Ask for the right to send as that address, or for your own address in From. The text "
            "below is for your IT."
        ),
        todo_admin=_(
            "Choose the person's own address as From in Mail settings → Policy, or have the right "
            "given at Microsoft."
        ),
        guide="send-as",
        commands=(
            "Add-RecipientPermission -Identity {from_address} -Trustee {mailbox} -AccessRights SendAs",
            'Set-Mailbox -Identity {from_address} -GrantSendOnBehalfTo @{Add="{mailbox}"}',
        ),
    ),
    Cause(
        slug="recipient_invalid",
        who="sender",
        retry=Retry.STOP_MESSAGE,
        title=_("A recipient's address is not accepted"),
        happened=_("A recipient's address is missing, misspelt, or does not exist."),
        todo=_("Correct the address, and send the message again."),
    ),
    Cause(
        slug="recipient_restricted",
        who="sender",
        retry=Retry.STOP_MESSAGE,
        title=_("The recipient does not take mail from this sender"),
        happened=_("The recipient is a group or mailbox that accepts mail from some senders only."),
        todo=_("Ask the recipient's administrator to allow your address, or use another address."),
    ),
    Cause(
        slug="too_many_recipients",
        who="sender",
        retry=Retry.STOP_MESSAGE,
        title=_("Too many recipients in one message"),
        happened=_("The server takes fewer recipients in one message."),
        todo=_("Split the recipients over several messages."),
    ),
    Cause(
        slug="message_too_large",
        who="sender",
        retry=Retry.STOP_MESSAGE,
        title=_("The message is too large"),
        happened=_("The message with its attachments is over the size that the server takes."),
        todo=_("Make the attachments smaller, or send a link to them instead."),
        todo_admin=_(
            "Have the person send a link instead, or turn on messages over 4 MB in Mail settings → Policy."
        ),
        todo_it=_("Raise what the mailbox may send, at most to 150 MB, with the command below."),
        commands=("Set-Mailbox -Identity {mailbox} -MaxSendSize 150MB",),
    ),
    Cause(
        slug="message_content_blocked",
        who="sender",
        retry=Retry.STOP_MESSAGE,
        title=_("The content was refused"),
        happened=_("The text, a link or an attachment was judged to be spam or dangerous."),
        todo=_("Remove the attachment type or the link in question, and send the message again."),
    ),
    Cause(
        slug="message_format_rejected",
        who="operator",
        retry=Retry.STOP_MESSAGE,
        title=_("The message breaks the format rules"),
        happened=_("The message has lines that are too long, single line feeds, or damaged parts."),
        todo=_("Report the message to whoever runs this portal; the software that made it must be mended."),
    ),
    Cause(
        slug="sending_limit_reached",
        who="wait",
        retry=Retry.WAIT,
        title=_("The sending limit is used up"),
        happened=_("The account has sent all that the provider allows it for now, usually for one day."),
        todo=_("Nothing needs to be done. The portal tries again; usually it goes on within 24 hours."),
    ),
    Cause(
        slug="sender_blocked_for_spam",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The sender is blocked as a suspected spammer"),
        happened=_("The provider has barred the account from sending because it looked like spam."),
        todo=_(
            "Make the account safe (new password, no unknown rules), then take it off the restricted list."
        ),
        todo_user=_(
            "Change your password now, and look for rules in your mailbox that you did not make. Then "
            "send the text below to your IT."
        ),
        commands=(
            "Get-BlockedSenderAddress -SenderAddress {mailbox}",
            "Remove-BlockedSenderAddress -SenderAddress {mailbox}",
        ),
    ),
    Cause(
        slug="sending_ip_or_tenant_blocked",
        who="tenant_admin",
        who_if=(("other", "operator"),),
        retry=Retry.PAUSE_MAILBOX,
        title=_("The sending server or organisation is on a block list"),
        happened=_("The receiving side takes no mail from this address or organisation."),
        todo=_(
            "Mend what led to the listing, ask the list's owner for removal, or send another way meanwhile."
        ),
    ),
    Cause(
        slug="sender_domain_authentication_failed",
        who="company_admin",
        retry=Retry.STOP_MESSAGE,
        title=_("The From domain does not vouch for this server"),
        happened=_("The receiver checked SPF, DKIM or DMARC of the From address, and they do not fit."),
        todo=_("Publish SPF, DKIM and DMARC records that include the way this mail leaves."),
        guide="sender-domain",
    ),
    Cause(
        slug="sender_address_malformed",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The From address is not a valid address"),
        happened=_("The server cannot read the sender's address, or its domain does not exist."),
        todo=_("Enter one plain e-mail address as the From address in the mail settings."),
    ),
)
