"""Agreement texts, and the kinds of messages a company adds to the built-in ones."""

import re
from typing import Self

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.errors import InputError
from mailsettings import agreements, richtext
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.fields import TYPED_EXACTLY, LineField
from mailsettings.models import AgreementKind, AgreementText
from mailsettings.models.agreement import BUILT_IN_KINDS

_SLUG = re.compile(r"[a-z][a-z0-9_-]{1,31}")


class AgreementTextForm(SettingsForm):
    """A text that has its kind and its language already keeps them; the form then asks for neither."""

    audited_as = "agreement_text"

    kind = forms.ChoiceField(label=_("Kind of message"))
    language = forms.CharField(
        label=_("Language"),
        max_length=35,
        widget=forms.TextInput(attrs={"list": "languages"} | TYPED_EXACTLY),
        help_text=_("Its code: en, lv, de, sv, nb, or another one, such as pt-BR."),
        error_messages={"required": _("Type the code of the language, such as en.")},
    )
    html = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 14, "data-editor": ""}),
        help_text=_("Paragraphs, headings, lists, links, and bold, italic or underlined words."),
        error_messages={"required": _("Type the text. To stop appending it, untick “In use” instead.")},
    )

    class Meta:
        model = AgreementText
        fields = ("kind", "language", "html", "is_active")
        help_texts = {"is_active": _("A text that is not in use is kept, and not appended.")}

    def __init__(self, data: object = None, *, text: AgreementText, initial: object = None) -> None:
        self.text, self.company = text, text.company
        super().__init__(data, instance=text, initial=initial)
        if text.kind and text.language:
            del self.fields["kind"], self.fields["language"]
        else:
            self.fields["kind"].choices = list(agreements.kinds(text.company).items())

    @property
    def audited_on(self) -> str:
        return str(self.text)

    def again(self) -> Self:
        rows = AgreementText.objects.select_related("company").filter(pk=self.text.pk)
        return type(self)(text=rows.first() or self.text)

    def in_words(self, name: str, value: object) -> str:
        return richtext.plain(str(value)) if name == "html" else super().in_words(name, value)

    def clean_language(self) -> str:
        try:
            return agreements.language_tag(self.cleaned_data["language"])
        except InputError as error:
            raise forms.ValidationError(error.message) from None

    def clean_html(self) -> str:
        """The clean text. What had to be taken out is told, and the field then shows what is left."""
        typed = self.cleaned_data["html"]
        _check_size(typed)
        if richtext.has_unfinished_tag(typed):
            raise forms.ValidationError(
                _("The sign “<” begins a tag that does not end. For the sign itself write &lt; in its place.")
            )
        html = richtext.clean(typed)
        _check_size(html)
        if removed := richtext.removed(typed):
            self.data = self.data.copy()
            self.data[self.add_prefix("html")] = html
            raise forms.ValidationError(
                _(
                    "This cannot be mailed safely and was taken out: %(removed)s. "
                    "Look at what is left, then save it."
                ),
                params={"removed": _listed(removed)},
            )
        if not richtext.plain(html).strip():
            raise forms.ValidationError(self.fields["html"].error_messages["required"])
        return html

    def clean(self) -> dict[str, object]:
        values = super().clean()
        kind, language = values.get("kind"), values.get("language")
        rows = AgreementText.objects.filter(company=self.text.company, kind=kind, language=language)
        if kind and language and rows.exists():
            self.add_error(
                "language", _("There is a text of this kind in this language. Change that one, or delete it.")
            )
        return values


def _check_size(text: str) -> None:
    size_kb = -(-len(text.encode()) // 1000)
    if len(text.encode()) > richtext.MAX_BYTES:
        sentence = _("The text has %(size)d kB; at most 100 kB can be kept. Shorten it, or link to it.")
        raise forms.ValidationError(sentence, params={"size": size_kb})


def _listed(things: list[str], most: int = 10) -> str:
    return ", ".join(things[:most]) + (", …" if len(things) > most else "")


class AgreementKindForm(SettingsForm):
    label = LineField(
        label=_("Name"),
        max_length=100,
        help_text=_("What people call these messages, such as “Offer to a client”."),
    )
    slug = forms.CharField(
        label=_("Short name"),
        max_length=32,
        widget=forms.TextInput(attrs=TYPED_EXACTLY),
        help_text=_("What your business software names the kind by, such as client_offer."),
    )

    class Meta:
        model = AgreementKind
        fields = ("label", "slug")

    def __init__(self, data: object = None, *, company: Company, is_new: bool = True) -> None:
        super().__init__(data)
        self.company, self.is_new = company, is_new

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if not _SLUG.fullmatch(slug):
            raise forms.ValidationError(
                _("Use 2 to 32 small letters a to z, digits, “_” and “-”, beginning with a letter.")
            )
        if slug in BUILT_IN_KINDS:
            raise forms.ValidationError(_("This kind is built in. Choose another short name."))
        if self.is_new and slug in agreements.kinds(self.company):
            raise forms.ValidationError(_("The company has this kind already. Choose another short name."))
        return slug
