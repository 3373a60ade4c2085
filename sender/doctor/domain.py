"""What the DNS says of the From domain: SPF, DKIM and DMARC, and whether they fit the way the mail leaves.

RFC 7208, RFC 6376, RFC 7489; https://learn.microsoft.com/defender-office-365/email-authentication-about and
https://support.google.com/a/answer/33786. These are warnings: a record may name the provider by detours that
are not followed here, and which DKIM selectors a domain uses cannot be asked.
"""

from collections.abc import Callable
from functools import cached_property

import dns.exception
import dns.nameserver
import dns.resolver
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import PostroomError
from core.net import ascii_host
from sender.doctor.steps import Planned, Said, StepState
from sender.doctor.subject import Subject

LIMIT_S = 4.0  # for one question
OFF = "off"
# What SPF names, and where the public keys lie, by provider in the words of diagnosis.
SPF_NAMES = {
    "microsoft": (
        "spf.protection.outlook.com",
        "spf.protection.office365.us",
        "spf.protection.partner.outlook.cn",
    ),
    "google": ("_spf.google.com", "aspmx.googlemail.com"),
}
SELECTORS = {"microsoft": ("selector1", "selector2"), "google": ("google",)}
_PROVIDERS = {"microsoft": "Microsoft 365", "google": "Google"}
_NOTHING_THERE = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN)


class DnsUnavailable(PostroomError):
    """No server answered in time, or none is set."""


class Names:
    """Questions to the DNS; after the first without an answer the rest is not asked."""

    def __init__(self) -> None:
        self._is_gone = False

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, aliases followed; none when there are none. Raises DnsUnavailable."""
        if self._is_gone:
            raise DnsUnavailable
        try:
            answer = self._resolver.resolve(name, "TXT", lifetime=LIMIT_S, search=False)
        except _NOTHING_THERE:
            return []
        except (dns.exception.DNSException, OSError, ValueError):  # the last for a setting that is none
            self._is_gone = True
            raise DnsUnavailable from None
        return [b"".join(each.strings).decode("utf-8", "replace") for each in answer]

    @cached_property
    def _resolver(self) -> dns.resolver.Resolver:
        """The system's, or those of `settings.DNS_RESOLVER` ("192.0.2.1:5353,…")."""
        if not settings.DNS_RESOLVER:
            return dns.resolver.Resolver()
        found = dns.resolver.Resolver(configure=False)
        pairs = [one.strip().rpartition(":") for one in settings.DNS_RESOLVER.split(",")]
        found.nameservers = [
            dns.nameserver.Do53Nameserver(host.strip("[]") or port, int(port) if host else 53)
            for host, _colon, port in pairs
        ]
        return found


class DomainSteps:
    def __init__(self, subject: Subject, provider: str) -> None:
        self.provider = provider
        self.domain = subject.route.from_address.rpartition("@")[2]
        self._names = Names()
        self._signs: bool | None = None

    def plan(self) -> list[Planned]:
        label = gettext_lazy("DNS of the From domain")
        if settings.DNS_RESOLVER == OFF:
            return [Planned("dns", label, self._off)]
        steps = (("spf", self.spf), ("dkim", self.dkim), ("dmarc", self.dmarc))
        return [Planned(name, f"{label}: {name.upper()}", self._asked(look)) for name, look in steps]

    def spf(self) -> Said:
        found = [text for text in self._texts(self.domain) if text.lower().split(" ")[0] == "v=spf1"]
        names = self._words()
        if not found:
            text = (
                _("%(domain)s has no SPF record, so that receivers cannot tell who may send for it.") % names
            )
            return Said(text, StepState.WARN, self._spf_hint())
        if len(found) > 1:
            text = _("%(domain)s has several SPF records, which counts as none.") % names
            return Said(text, StepState.WARN, _("Put them into one."))
        named = SPF_NAMES.get(self.provider, ())
        words = {word.lstrip("+").lower() for word in found[0].split()}
        if not named:
            return Said(_("%(domain)s has one. See that it names your mail server.") % names)
        if words & {f"include:{name}" for name in named}:
            return Said(_("%(domain)s has one, and it names %(provider)s.") % names)
        text = _("%(domain)s has one, but it does not name %(provider)s itself.") % names
        return Said(text, StepState.WARN, self._spf_hint())

    def dkim(self) -> Said:
        names = self._words()
        selectors = SELECTORS.get(self.provider, ())
        if not selectors:
            text = _("Not to be known: each mail server chooses the name of its key.")
            return Said(text, StepState.SKIP)
        places = [f"{selector}._domainkey.{self.domain}" for selector in selectors]
        self._signs = any("p=" in text for place in places for text in self._texts(place))
        if self._signs:
            return Said(_("%(domain)s publishes a key for %(provider)s.") % names)
        text = _("%(domain)s publishes no key under the usual names of %(provider)s.") % names
        hint = _(
            "Switch DKIM on for the domain in the provider's administration, and add the records it shows."
        )
        return Said(text, StepState.WARN, hint)

    def dmarc(self) -> Said:
        names = self._words()
        place, record = self._dmarc_record()
        if not record:
            text = _("%(domain)s has no DMARC record. Large receivers ask for one.") % names
            hint = _("Add a TXT record at %(place)s, to begin with: v=DMARC1; p=none") % {
                "place": f"_dmarc.{self.domain}"
            }
            return Said(text, StepState.WARN, hint)
        tags = dict(part.strip().split("=", 1) for part in record.split(";") if "=" in part)
        policy = tags.get("p", "").strip().lower()
        names |= {"place": place, "policy": policy or "none"}
        text = _("%(place)s asks receivers for: %(policy)s.") % names
        if policy in ("quarantine", "reject") and self._signs is False:
            hint = _("Without DKIM a forwarded message fails this. Switch DKIM on first.")
            return Said(text, StepState.WARN, hint)
        return Said(text)

    def _dmarc_record(self) -> tuple[str, str]:
        """Of the domain or of one above it, with where it stands."""
        labels = self.domain.split(".")
        for start in range(max(len(labels) - 1, 1)):
            place = f"_dmarc.{'.'.join(labels[start:])}"
            for text in self._texts(place):
                if text.lower().replace(" ", "").startswith("v=dmarc1"):
                    return place, text
        return "", ""

    def _asked(self, look: Callable[[], Said]) -> Callable[[], Said]:
        def said() -> Said:
            try:
                return look()
            except DnsUnavailable:
                return Said(_("Not looked up: the portal's DNS server gave no answer."), StepState.SKIP)

        return said

    def _off(self) -> Said:
        return Said(_("Not looked up: the operator has switched that off."), StepState.SKIP)

    def _texts(self, name: str) -> list[str]:
        try:
            return self._names.texts(ascii_host(name))
        except OSError:  # what cannot be a host name
            return []

    def _words(self) -> dict[str, str]:
        return {"domain": self.domain, "provider": _PROVIDERS.get(self.provider, "")}

    def _spf_hint(self) -> str:
        named = SPF_NAMES.get(self.provider)
        if not named:
            return _("Add a TXT record that begins with v=spf1 and names your mail server.")
        return _("Add include:%(name)s to it, unless another include of yours covers that.") % {
            "name": named[0]
        }
