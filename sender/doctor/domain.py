"""What the DNS says of the From domain: SPF, DKIM and DMARC, and whether they fit the way the mail leaves.

RFC 7208, RFC 6376, RFC 7489; https://learn.microsoft.com/defender-office-365/email-authentication-about and
https://support.google.com/a/answer/33786. These are warnings: which DKIM selectors a domain uses cannot be asked, and
a receiver decides by itself.
"""

import re
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from publicsuffixlist import PublicSuffixList

from sender.doctor import spf
from sender.doctor.dns_names import DnsUnavailable, Names
from sender.doctor.spf import Problem, Spf
from sender.doctor.steps import Planned, Said, StepState
from sender.doctor.subject import Subject

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
_KEY = re.compile(r"(?:^|;)\s*p\s*=\s*[A-Za-z0-9+/]")  # an empty one is a key that was taken back
_SUFFIXES = PublicSuffixList()


class DomainSteps:
    def __init__(self, subject: Subject, provider: str) -> None:
        self.provider = provider
        self.domain = subject.route.from_address.rpartition("@")[2]
        bounces = subject.route.sender_address or subject.route.from_address
        self._bounces_to = bounces.rpartition("@")[2]  # what SPF is asked about
        self._names = Names()
        self._lets_send: bool | None = None  # None: not known
        self._signs: bool | None = None

    def plan(self) -> list[Planned]:
        label = gettext_lazy("DNS of the From domain")
        if settings.DNS_RESOLVER == OFF:
            return [Planned("dns", label, self._off)]
        steps = (("spf", self.spf), ("dkim", self.dkim), ("dmarc", self.dmarc))
        return [Planned(name, f"{label}: {name.upper()}", self._asked(look)) for name, look in steps]

    def spf(self) -> Said:
        found = spf.read(self.domain, self._names.texts)
        if found.problem:
            self._lets_send = False
            return self._broken(found)
        names = self._words()
        if found.lets_all:
            text = _("%(domain)s has one that lets everybody send (+all).") % names
            return Said(text, StepState.WARN, _("End it with ~all or -all."))
        named = SPF_NAMES.get(self.provider, ())
        if not named:
            return Said(_("%(domain)s has one. See that it names your mail server.") % names)
        self._lets_send = any(name in found.names for name in named)
        if self._lets_send:
            return Said(_("%(domain)s has one, and it names %(provider)s.") % names)
        text = _("%(domain)s has one, but neither it nor what it includes names %(provider)s.") % names
        return Said(text, StepState.WARN, self._spf_hint())

    def _broken(self, found: Spf) -> Said:
        names = self._words() | {"at": found.at, "most": spf.MOST_QUESTIONS}
        if found.problem == Problem.MISSING:
            text = _("%(domain)s has no SPF record, so that receivers cannot tell who may send for it.")
            hint = self._spf_hint()
        elif found.problem == Problem.SEVERAL:
            text = _("%(domain)s has several SPF records, which counts as none.")
            hint = _("Put them into one.")
        elif found.problem == Problem.TOO_MANY:
            text = _(
                "The SPF record of %(domain)s leads to more than %(most)s questions, so that it counts as broken."
            )
            hint = _("Take out what is included and no longer used.")
        else:
            text = _(
                "The SPF record of %(domain)s includes %(at)s, which has no such record: it counts as broken."
            )
            hint = _("Take %(at)s out of it.") % names
        return Said(text % names, StepState.WARN, hint)

    def dkim(self) -> Said:
        names = self._words()
        selectors = SELECTORS.get(self.provider, ())
        if not selectors:
            text = _("Not to be known: each mail server chooses the name of its key.")
            return Said(text, StepState.SKIP)
        places = [f"{selector}._domainkey.{self.domain}" for selector in selectors]
        self._signs = any(_KEY.search(text) for place in places for text in self._names.texts(place))
        if self._signs:
            return Said(_("%(domain)s publishes a key for %(provider)s.") % names)
        text = _("%(domain)s publishes no key under the usual names of %(provider)s.") % names
        hint = _(
            "Switch DKIM on for the domain in the provider's administration, and add the records it shows."
        )
        return Said(text, StepState.WARN, hint)

    def dmarc(self) -> Said:
        names = self._words()
        place, records = self._dmarc_records()
        if len(records) > 1:
            text = _("%(place)s has several DMARC records, which counts as none.") % {"place": place}
            return Said(text, StepState.WARN, _("Leave one."))
        if not records:
            text = _("%(domain)s has no DMARC record. Large receivers ask for one.") % names
            hint = _("Add a TXT record at %(place)s, to begin with: v=DMARC1; p=none") % {
                "place": f"_dmarc.{self.domain}"
            }
            return Said(text, StepState.WARN, hint)
        parts = (part.lower().partition("=") for part in records[0].split(";"))
        tags = {name.strip(): value.strip() for name, _sign, value in parts}
        is_own = place == f"_dmarc.{self.domain}"
        policy = tags.get("p", "") if is_own else tags.get("sp", tags.get("p", ""))
        text = _("%(place)s asks receivers for: %(policy)s.") % {"place": place, "policy": policy or "none"}
        if policy not in ("quarantine", "reject"):
            return Said(text)
        return self._under_a_strict_policy(text, tags)

    def _under_a_strict_policy(self, text: str, tags: dict[str, str]) -> Said:
        """What receivers refuse unless SPF or DKIM passes for the domain in From itself (RFC 7489, 3.1)."""
        by_spf = self._lets_send is not False and self._aligned(tags.get("aspf", "r"))
        if self._signs:
            return Said(text)
        if self._signs is None and by_spf:  # an own mail server: how it signs is not to be known
            return Said(text)
        if by_spf:
            hint = _("Without DKIM a forwarded message fails this. Switch DKIM on first.")
            return Said(text, StepState.WARN, hint)
        hint = _(
            "Neither SPF nor DKIM speaks for %(domain)s on this way, so that receivers may refuse the mail."
        )
        return Said(text, StepState.WARN, hint % self._words())

    def _aligned(self, mode: str) -> bool:
        """Whether bounces go to the domain in From; relaxed, to one of the same organisation."""
        ours, other = self.domain.lower(), self._bounces_to.lower()
        return ours == other or (mode != "s" and _organisation(ours) == _organisation(other))

    def _dmarc_records(self) -> tuple[str, list[str]]:
        """Of the domain, or of the organisation's (RFC 7489, 6.6.3), with where they stand."""
        for domain in dict.fromkeys((self.domain, _organisation(self.domain))):
            place = f"_dmarc.{domain}"
            texts = self._names.texts(place)
            records = [text for text in texts if text.lower().replace(" ", "").startswith("v=dmarc1")]
            if records:
                return place, records
        return "", []

    def _asked(self, look: Callable[[], Said]) -> Callable[[], Said]:
        def said() -> Said:
            try:
                return look()
            except DnsUnavailable:
                return Said(_("Not looked up: the portal's DNS server gave no answer."), StepState.SKIP)

        return said

    def _off(self) -> Said:
        return Said(_("Not looked up: the operator has switched that off."), StepState.SKIP)

    def _words(self) -> dict[str, str]:
        return {"domain": self.domain, "provider": _PROVIDERS.get(self.provider, "")}

    def _spf_hint(self) -> str:
        named = SPF_NAMES.get(self.provider)
        if not named:
            return _("Add a TXT record that begins with v=spf1 and names your mail server.")
        return _("Add include:%(name)s to it.") % {"name": named[0]}


def _organisation(domain: str) -> str:
    """The domain that was registered: firm.co.uk of mail.firm.co.uk."""
    return _SUFFIXES.privatesuffix(domain.lower()) or domain
