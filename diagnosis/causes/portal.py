"""Causes in the portal itself: its own refusals speak the same vocabulary as the providers' errors."""

from django.utils.translation import gettext_lazy as _

from diagnosis.causes.shape import Cause, Retry

CAUSES = (
    Cause(
        slug="settings_incomplete",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The mail settings are not complete"),
        happened=_("Something that this way of sending needs has not been filled in."),
        todo=_("Open the mail settings and fill in what is marked there."),
    ),
    Cause(
        slug="method_not_allowed",
        who="operator",
        retry=Retry.PAUSE_MAILBOX,
        title=_("This way of sending is not allowed here"),
        happened=_("It is switched off for this company."),
        todo=_("Allow this way for the company, or choose another one."),
        todo_user=_("Choose another way of sending, or ask your administrator."),
        todo_admin=_("Choose another way of sending, or ask the operator of this portal to allow it."),
    ),
    Cause(
        slug="not_connected",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Not connected"),
        happened=_("There is no stored permission to send for this person."),
        todo=_("Press Connect to Microsoft on your profile, and sign in there once."),
        todo_google=_("Press Connect to Google on your profile, and sign in there once."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="federated_account_needs_browser",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("This account cannot sign in by password here"),
        happened=_(
            "Its password is checked by your organisation's own sign-in service, in a browser only, and "
            "not by Microsoft."
        ),
        todo=_("Press Connect to Microsoft on your profile, and sign in there once."),
        todo_it=_("Use Connect to Microsoft instead of user name and password for this account."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="wrong_account_signed_in",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Another account came back"),
        happened=_("The account that signed in is not the one expected here. Nothing was stored."),
        todo=_("Start again, and choose your own work account on the sign-in page."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="connect_link_expired",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The connection took too long"),
        happened=_(
            "A connection must be finished within ten minutes after it was started. Nothing was stored."
        ),
        todo=_("Start the connection again."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="connect_settings_changed",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The settings were changed meanwhile"),
        happened=_(
            "While you were signing in, somebody changed your company's app in the mail settings. Nothing was "
            "stored."
        ),
        todo=_("Start the connection again."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="sending_not_allowed",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The permission to send was not given"),
        happened=_(
            "You signed in, but a lasting permission to send mail did not come with it. Nothing was stored."
        ),
        todo=_(
            "Connect again, and accept all that is asked for, with every box ticked. If it stays, the app itself "
            "lacks the permission."
        ),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="callback_replayed",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("This sign-in was already used"),
        happened=_("The page was reloaded, or an old address was opened. Each sign-in counts once."),
        todo=_(
            "Look at your profile: if it says connected, all is well. Otherwise start the connection again."
        ),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="outgoing_address_refused",
        who="operator",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The portal may not connect to that address"),
        happened=_("The host leads to a private or local address, which this portal does not dial."),
        todo=_("If the mail server really is there, add its address to the portal's list of allowed ones."),
        todo_admin=_(
            "Enter the server's public host name, or ask the operator of this portal to allow the address."
        ),
    ),
    Cause(
        slug="unknown_outcome",
        who="sender",
        retry=Retry.STOP_MESSAGE,
        title=_("It is not known whether the message left"),
        happened=_(
            "The connection ended after the message had been handed over and before the server answered."
        ),
        todo=_("Look into Sent Items or ask the recipient. Send it again only if it is not there."),
    ),
    Cause(
        slug="person_removed",
        who="company_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The person was removed from the company"),
        happened=_(
            "The message was handed over as a person who is no longer here, so nobody can sign in for it."
        ),
        todo=_("Cancel the message, or have it handed over again as somebody else."),
    ),
    Cause(
        slug="gave_up_waiting",
        who="company_admin",
        retry=Retry.STOP_MESSAGE,
        title=_("The message waited too long"),
        happened=_("It could not be sent within the company's give-up time, and was not tried any more."),
        todo=_("See that a worker runs and that the mailbox works, then try the message again."),
    ),
    Cause(
        slug="stored_message_unreadable",
        who="operator",
        retry=Retry.STOP_MESSAGE,
        title=_("The stored message cannot be read"),
        happened=_("Its encryption key is not configured any more, or the stored bytes were changed."),
        todo=_("Put the missing key back into the portal's configuration, then try the message again."),
    ),
    Cause(
        slug="portal_at_fault",
        who="operator",
        retry=Retry.WAIT,
        title=_("The portal's own configuration is at fault"),
        happened=_(
            "Something that the stored settings need was taken out of it, such as an encryption key. The words below "
            "say what."
        ),
        todo=_(
            "Put it back, and waiting mail leaves by itself. What cannot be read any more has to be typed in again."
        ),
    ),
    Cause(
        slug="unrecognised",
        who="operator",
        retry=Retry.WAIT,
        title=_("The server gave an error that is not known here"),
        happened=_("The portal has no explanation for this text yet. The server's own words are below."),
        todo=_("Read the server's own words. If they do not help, send this page to your support."),
    ),
)
