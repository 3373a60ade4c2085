"""Paste an error, get an explanation: for support, who hears of errors from elsewhere, too.

The text is read and forgotten: it is not stored, not logged, and never part of an address.
"""

from django import forms
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.access import STAFF, company_page
from accounts.models import Company, Membership
from diagnosis.explain import Explanation, explain
from diagnosis.readers import RETRY, for_each, whose_turn
from sender.explaining import for_company

MOST_TEXTS, WITHIN_S = 30, 5 * 60
MOST_CHARS = 200_000

_NOT_KNOWN = ("", _("I do not know"))
STAGES = (
    _NOT_KNOWN,
    ("authorize_redirect", _("on the sign-in page")),
    ("token", _("while a sign-in or a token was asked for")),
    ("graph_send", _("while a message was sent through Microsoft Graph or the Gmail API")),
    ("graph_other", _("at another request to Graph or the Gmail API")),
    ("smtp_connect", _("while the mail server was called (SMTP)")),
    ("smtp_tls", _("while encryption was started (SMTP)")),
    ("smtp_auth", _("while signing in to the mail server (SMTP)")),
    ("smtp_mail", _("while a message was handed over (SMTP)")),
    ("imap_auth", _("while signing in to read mail (IMAP)")),
    ("pop_auth", _("while signing in to read mail (POP)")),
)
PROVIDERS = (
    _NOT_KNOWN,
    ("microsoft", _("Microsoft 365")),
    ("google", _("Google")),
    ("other", _("another mail server")),
)
FLOWS = (
    _NOT_KNOWN,
    ("delegated", _("Connect: a person signed in once")),
    ("refresh", _("Connect: the stored permission was used again")),
    ("client_credentials", _("app-only: no person signs in")),
    ("basic", _("a password or app password")),
    ("ropc", _("user name and password at Microsoft")),
    ("xoauth2", _("a token at a mail server (XOAUTH2)")),
)


class ExplainForm(forms.Form):
    text = forms.CharField(
        label=_("The error text"),
        max_length=MOST_CHARS,
        strip=False,
        help_text=_("All of it, with codes and ids; any language, any program. It is not stored."),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={
            "required": _("Paste the error text."),
            "max_length": _("That is too long. Paste the part around the error."),
        },
    )
    provider = forms.ChoiceField(label=_("Whose server said it"), choices=PROVIDERS, required=False)
    stage = forms.ChoiceField(label=_("When it happened"), choices=STAGES, required=False)
    flow = forms.ChoiceField(label=_("How the sign-in is done"), choices=FLOWS, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs.pop(
            "maxlength", None
        )  # a browser would cut the text, saying nothing

    @property
    def context(self) -> dict[str, str | None]:
        """What `explain` is told beside the text."""
        return {name: self.cleaned_data.get(name) or None for name in ("stage", "provider", "flow")}

    def forgotten(self) -> "ExplainForm":
        """The form for the next text: what was chosen stays, what was pasted goes."""
        chosen = {name: self.data.get(name, "") for name in ("stage", "provider", "flow")}
        return ExplainForm(initial=chosen)


@sensitive_post_parameters("text")
@require_http_methods(["GET", "POST"])
@company_page(*STAFF)
def explain_text(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST what the text means, and the form for the next one."""
    form = ExplainForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return render(request, "portal/explain.html", {"form": form})
    if not form.is_valid():
        return render(request, "portal/explain.html", {"form": _emptied(form)}, status=422)
    if _too_many(request.membership):
        form.add_error(None, _("Those were many texts in a short time. Wait five minutes."))
        return render(request, "portal/explain.html", {"form": _emptied(form)}, status=429)
    found = explain(form.cleaned_data["text"], **form.context)
    return render(request, "portal/explain.html", _told(found, form, request.company))


def _told(found: Explanation, form: ExplainForm, company: Company) -> dict[str, object]:
    found = for_company(found, company)
    return {
        "form": form.forgotten(),
        "explanation": found,
        "whose_turn": whose_turn(found),
        "retry": RETRY[found.retry],
        "told": for_each(found),
    }


def _emptied(form: ExplainForm) -> ExplainForm:
    """The same mistakes without the text: what was pasted is not sent back."""
    form.data = form.data.copy()
    form.data["text"] = ""
    return form


def _too_many(viewer: Membership) -> bool:
    """Explaining is quick, but not free: a limit for each person."""
    key = f"explain:{viewer.user_id}"
    cache.add(key, 0, WITHIN_S)
    try:
        return cache.incr(key) > MOST_TEXTS
    except ValueError:  # it ended between the two lines
        return False
