"""Agreement texts: what the company's messages of one kind end with, in each language."""

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.sealed import Row
from mailsettings import richtext

# Every company has these; its admins may add kinds of their own.
BUILT_IN_KINDS: dict[str, str | Promise] = {
    "carrier_order": _("Order to a carrier"),
    "client_order": _("Order to a client"),
}
LINE_OF_DASHES = "-" * 40


class AgreementKind(Row):
    """A kind of message the company added."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="agreement_kinds")
    slug = models.CharField(_("short name"), max_length=32)  # what business software names it by
    label = models.CharField(_("name"), max_length=100)

    class Meta:
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["company", "slug"], name="agreement_kind_once")]

    def __str__(self) -> str:
        return self.label


class AgreementText(Row):
    """`html` is clean (`mailsettings.richtext`), `kind` the slug of a kind, `language` a BCP 47 tag."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="agreement_texts")
    kind = models.CharField(_("kind of message"), max_length=32)
    language = models.CharField(_("language"), max_length=35)
    html = models.TextField(_("text"))
    is_active = models.BooleanField(_("in use"), default=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_by_label = models.CharField(max_length=254)  # stays when the user is gone

    class Meta:
        ordering = ["kind", "language"]
        constraints = [
            models.UniqueConstraint(fields=["company", "kind", "language"], name="agreement_text_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"

    @property
    def language_name(self) -> str:
        return language_name(self.language)

    @property
    def appended_html(self) -> str:
        """Exactly what is added to the HTML part of a message."""
        return f"<hr>\n{self.html}\n"

    @property
    def appended_text(self) -> str:
        """Exactly what is added to the text part of a message."""
        return f"{LINE_OF_DASHES}\n\n{richtext.plain(self.html)}\n"


def language_name(tag: str) -> str:
    """The language in words, such as “Latvian”; its tag where Django has no name for it."""
    try:
        return get_language_info(tag.lower())["name_translated"]
    except KeyError:
        return tag
