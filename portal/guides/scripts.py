"""PowerShell that is ready to paste, with the company's ids and mailboxes; what is not known stands in < >.

New-ServicePrincipal takes -ObjectId, formerly -ServiceId: the object ID of the enterprise application. The scripts look
it up, because the app registration has another one, and copying that is the usual mistake.
https://learn.microsoft.com/exchange/permissions-exo/application-rbac,
https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
"""

import re
from collections.abc import Callable

from portal.guides.values import Values

# https://learn.microsoft.com/powershell/module/exchange/connect-exchangeonline (-ExchangeEnvironmentName);
# https://learn.microsoft.com/powershell/microsoftgraph/authentication-commands (-Environment)
_EXCHANGE = {"gcc-high": "O365USGovGCCHigh", "dod": "O365USGovDoD", "china": "O365China"}
_GRAPH = {"gcc-high": "USGov", "dod": "USGovDoD", "china": "China"}


def quoted(text: str) -> str:
    """A PowerShell string in which nothing is expanded; it takes typographic quotes for quotes, too."""
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"


def exchange(values: Values) -> str:
    """Signing in to Exchange Online; the module is installed once."""
    where = _EXCHANGE.get(values.cloud, "")
    cloud = f" -ExchangeEnvironmentName {where}" if where else ""
    return f"# Once: Install-Module ExchangeOnlineManagement\nConnect-ExchangeOnline{cloud}\n"


def service_principal(values: Values) -> str:
    where = _GRAPH.get(values.cloud, "")
    cloud = f" -Environment {where}" if where else ""
    return (
        f"{exchange(values)}"
        "# Once: Install-Module Microsoft.Graph.Applications\n"
        f"Connect-MgGraph -Scopes Application.Read.All{cloud}\n\n"
        f"$clientId = {quoted(values.client_id or '<client id>')}\n"
        "# The object ID of the enterprise application, not the one of the app registration:\n"
        "$objectId = (Get-MgServicePrincipal -Filter \"appId eq '$clientId'\").Id\n"
        "New-ServicePrincipal -AppId $clientId -ObjectId $objectId -DisplayName 'Postroom'\n"
    )


def limited_graph(values: Values) -> str:
    """RBAC for Applications: the app may send as the members of a group only."""
    mailbox = quoted(values.mailbox or "<mailbox>")
    return (
        f"{service_principal(values)}\n"
        "# The mailboxes that the app may send as:\n"
        f"New-DistributionGroup -Name 'Postroom senders' -Type Security -Members {mailbox}\n"
        "$group = (Get-DistributionGroup 'Postroom senders').DistinguishedName\n"
        "New-ManagementScope -Name 'Postroom senders' "
        "-RecipientRestrictionFilter \"MemberOfGroup -eq '$group'\"\n"
        "New-ManagementRoleAssignment -App $objectId -Role 'Application Mail.Send' "
        "-CustomResourceScope 'Postroom senders'\n\n"
        "# InScope has to be True here, and False for a mailbox outside the group:\n"
        f"Test-ServicePrincipalAuthorization -Identity $objectId -Resource {mailbox} | Format-Table\n"
    )


def smtp_as_app(values: Values) -> str:
    mailbox = quoted(values.mailbox or "<mailbox>")
    return (
        f"{service_principal(values)}\n"
        "# For each mailbox that sends:\n"
        f"$mailbox = {mailbox}\n"
        "Add-MailboxPermission -Identity $mailbox -User $objectId -AccessRights FullAccess\n"
        "Set-CASMailbox -Identity $mailbox -SmtpClientAuthenticationDisabled $false\n"
    )


def allow_smtp(values: Values) -> str:
    mailbox = quoted(values.mailbox or values.own_address or "<mailbox>")
    return (
        f"{exchange(values)}"
        f"$mailbox = {mailbox}\n"
        "# Empty: as the organisation; False: allowed; True: switched off for this mailbox.\n"
        "Get-CASMailbox -Identity $mailbox | Format-List SmtpClientAuthenticationDisabled\n"
        "Get-TransportConfig | Format-List SmtpClientAuthenticationDisabled\n\n"
        "# Allow it for this one mailbox, whatever holds for the organisation:\n"
        "Set-CASMailbox -Identity $mailbox -SmtpClientAuthenticationDisabled $false\n"
    )


def send_as(values: Values) -> str:
    return (
        f"{exchange(values)}"
        f"$person = {quoted(values.own_address or '<person>')}\n"
        f"$mailbox = {quoted(values.shared_mailbox or values.mailbox or '<shared mailbox>')}\n\n"
        "# From shows the mailbox alone:\n"
        "Add-RecipientPermission -Identity $mailbox -Trustee $person -AccessRights SendAs\n"
        "# or: From shows the person on behalf of the mailbox:\n"
        "Set-Mailbox -Identity $mailbox -GrantSendOnBehalfTo @{Add=$person}\n"
    )


SCRIPTS: dict[str, Callable[[Values], str]] = {
    "limited_graph": limited_graph,
    "smtp_as_app": smtp_as_app,
    "allow_smtp": allow_smtp,
    "send_as": send_as,
}
