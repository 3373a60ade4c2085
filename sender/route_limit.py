"""Whether the chosen way can carry a message of this size, as far as that is known before it is stored.

What an app or a password may do shows only in its token, and what a mail server takes only when it is asked: there
the transport tells.
"""

from django.utils.translation import gettext as _

from accounts.models import Membership
from core.sentences import decimal
from mailsettings import catalog
from oauth.models import Connection, Provider
from sender.mime import Frozen, MessageRefused, for_graph
from sender.plan import Call, encoded_bytes, plan
from sender.route_memory import Way
from sender.transports import gmail

ALWAYS_FITS_BYTES = 2 * 1024 * 1024  # by every way, with all that encoding and a line of Bcc add

_BY_GRAPH = (catalog.MICROSOFT_GRAPH, catalog.COMPANY_MAILBOX)


def check(frozen: Frozen, way: Way, membership: Membership) -> None:
    """Raises MessageRefused, with a sentence that says who can do what, when it is too large for the way."""
    if frozen.size_bytes <= ALWAYS_FITS_BYTES:
        return
    why = ""
    if way.route.method == catalog.GOOGLE_API:
        why = gmail.refusal(for_graph(frozen))
    elif way.route.method in _BY_GRAPH:
        why = _at_graph(frozen, way, membership)
    if why:
        raise MessageRefused(why, "attachments")


def _at_graph(frozen: Frozen, way: Way, membership: Membership) -> str:
    whose = {"company": membership.company_id, "membership": way.route.membership}
    connection = Connection.objects.filter(
        **whose, provider=Provider.MICROSOFT, address=way.route.account
    ).first()
    if connection is None:  # gone since the way was chosen
        return ""
    planned = plan(frozen, save_to_sent=way.policy.save_to_sent, scopes=connection.scopes)
    if planned.call is not Call.NONE:
        return ""
    if planned.lacks and way.policy.large_messages:
        return _not_given(frozen, planned.lacks, connection)
    return planned.note


def _not_given(frozen: Frozen, permission: str, connection: Connection) -> str:
    """The company's settings ask for the permission already."""
    size = decimal(encoded_bytes(frozen.size_bytes) / 1_048_576)
    names = {"size": size, "permission": permission, "address": connection.address}
    if connection.membership_id is None:
        sentence = _(
            "The message has %(size)s MB as it is sent. Over 4 MB Microsoft wants the permission %(permission)s, "
            "which the company's mailbox %(address)s was not given yet: an administrator connects it to Microsoft "
            "once more, on its page in the mail settings."
        )
    else:
        sentence = _(
            "The message has %(size)s MB as it is sent. Over 4 MB Microsoft wants the permission %(permission)s, "
            "which %(address)s has not given yet: connect to Microsoft once more, on the profile."
        )
    return sentence % names
