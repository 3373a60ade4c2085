"""Causes in the account that signs in and in the rules of its organisation."""

from django.utils.translation import gettext_lazy as _

from diagnosis.causes.shape import Cause, Retry

CAUSES = (
    Cause(
        slug="user_password_wrong",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The user name or password is not accepted"),
        happened=_("The mail server refused the user name or the password stored here."),
        todo=_(
            "Try both in the provider's web mail. Then enter the full user name and the current password "
            "here."
        ),
        todo_google=_(
            "Enter the full Gmail address and an app password; the account's own password does not work."
        ),
        guide="email-password",
    ),
    Cause(
        slug="user_password_expired",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The password has expired"),
        happened=_("The account's password must be changed before the account can be used again."),
        todo=_("Sign in at the provider's web page, set a new password, and store it here."),
        guide="email-password",
    ),
    Cause(
        slug="user_account_disabled",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The account is blocked"),
        happened=_("The account may not sign in any more, or it has been removed."),
        todo=_("Allow the account to sign in again, or choose another mailbox."),
        todo_user=_("Ask your IT whether your account should be active, and connect again once it is."),
        todo_admin=_(
            "If the person has left, remove them here. Otherwise ask who looks after Microsoft 365 to "
            "unblock the account."
        ),
        commands=("Update-MgUser -UserId {mailbox} -AccountEnabled:$true",),
    ),
    Cause(
        slug="account_locked_or_malicious_ip",
        who="wait",
        retry=Retry.WAIT,
        title=_("The account is locked for a while"),
        happened=_("There were too many wrong sign-ins, or they came from an address with a bad name."),
        todo=_(
            "Wait until the lock ends, and correct the stored password meanwhile. Each new try makes it "
            "longer."
        ),
        guide="email-password",
    ),
    Cause(
        slug="account_blocked_for_abuse",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The provider has blocked the account"),
        happened=_(
            "The provider saw something suspicious and has locked the account until its owner confirms it."
        ),
        todo=_("Sign in at the provider's web page, follow the steps shown there, then connect again."),
    ),
    Cause(
        slug="mfa_required",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("A second factor is needed"),
        happened=_("Your organisation asks for a second factor, which only you can give, in a browser."),
        todo=_("Connect again, and confirm the sign-in with your second factor."),
        todo_it=_("Use Connect to Microsoft instead of user name and password for this account."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="mfa_enrollment_required",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("A second factor must be set up first"),
        happened=_("Your organisation asks for a second factor, and this account has none yet."),
        todo=_("Sign in at mysignins.microsoft.com/security-info, add a second factor, and connect again."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="conditional_access_blocked",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("A rule of your organisation stops the sign-in"),
        happened=_("A Conditional Access policy in your Microsoft 365 refuses this sign-in."),
        todo=_(
            "Find the sign-in in Entra's log by the ids below, and exclude the app or the account from the "
            "policy."
        ),
        todo_user=_(
            "Try once from your office and your usual computer. If it is refused there too, send the "
            "text below to your IT."
        ),
    ),
    Cause(
        slug="device_not_compliant",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Your organisation demands a managed device"),
        happened=_("A policy allows only managed or joined devices. A server cannot be one."),
        todo=_(
            "Exclude the app or the sending account from the device policy, or use sending without a person."
        ),
        todo_user=_("Try once from your managed work computer. If it is refused there too, tell your IT."),
    ),
    Cause(
        slug="sign_in_risk_blocked",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The account is marked as risky"),
        happened=_("Microsoft's identity protection has stopped the account because it looks taken over."),
        todo=_("Review the risky user in Entra, dismiss the risk or reset the password, then connect again."),
        todo_user=_(
            "Change your Microsoft password and confirm your second factor. Then send the text below "
            "to your IT, who clears the mark."
        ),
    ),
    Cause(
        slug="tenant_restrictions_blocked",
        who="tenant_admin",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The network or directory does not allow this sign-in"),
        happened=_(
            "A rule about which directories may be used from here, or by this account, refuses the sign-in."
        ),
        todo=_("Add the directory to the list of allowed ones, or connect from a network without that rule."),
        todo_user=_(
            "Try once without VPN, from another network. If it is refused there too, send the text "
            "below to your IT."
        ),
    ),
    Cause(
        slug="sign_in_frequency_expired",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("Your organisation wants you to sign in again"),
        happened=_("A rule of your organisation ends every session after some time."),
        todo=_("Connect again."),
        todo_it=_(
            "Exempt the sending account from the sign-in frequency rule, or this comes back each time."
        ),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="refresh_token_expired",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The connection was unused for too long"),
        happened=_("The stored permission ended because nothing was sent for a long time."),
        todo=_("Connect the account again."),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="refresh_token_revoked",
        who="user",
        retry=Retry.PAUSE_MAILBOX,
        title=_("The stored permission was withdrawn"),
        happened=_(
            "The password was changed, an administrator ended all sessions, or access was taken back."
        ),
        todo=_("Connect the account again."),
        todo_google=_(
            "Connect the account again. If this returns every week, the Google app must leave testing."
        ),
        guide="connect-to-microsoft",
    ),
    Cause(
        slug="refresh_token_not_issued",
        who="operator",
        tell="user",  # of an app of its own an operator mends it; this portal asks for it each time
        retry=Retry.PAUSE_MAILBOX,
        title=_("The provider gave no lasting permission"),
        happened=_("Without a lasting permission, sending stops after about an hour."),
        todo=_(
            "Connect the account again, and accept all that is asked for. If this returns, remove the app's access in "
            "the account first."
        ),
        guide="connect-to-microsoft",
    ),
)
