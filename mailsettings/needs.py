"""What keeps mail from leaving, by area of the settings: what is missing or wrong in its form, and elsewhere.

The panel beside a form shows it while the form is being filled in; the cards go by the same functions.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from django.forms import model_to_dict
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Company
from mailsettings import catalog
from mailsettings.forms import (
    AppOnlyForm,
    GoogleAppForm,
    MicrosoftAppForm,
    PolicyForm,
    SmtpServerForm,
    company_mailbox,
)
from mailsettings.forms.app_only import SWITCHES as APP_ONLY_SWITCHES
from mailsettings.forms.base import SettingsForm
from mailsettings.forms.policy import RUNGS
from mailsettings.models import (
    AppOnlySettings,
    Authentication,
    CompanyMailSettings,
    GoogleApp,
    MicrosoftApp,
    Security,
)

Values = Mapping[str, object]

# Switched on in settings of their own, not in the policy.
_OPTIONAL = (*APP_ONLY_SWITCHES.values(), catalog.COMPANY_MAILBOX, *catalog.OF_GOOGLE)

# Labels that do not read well before "is missing".
_NAMES: dict[str, Promise] = {"secret_expires_on": gettext_lazy("The day the client secret ends")}


@dataclass(frozen=True, slots=True)
class Need:
    """One sentence; `field` of the area's form or `page` (a URL name) is where it is mended."""

    text: str
    field: str = ""
    page: str = ""
    methods: tuple[str, ...] = ()  # that it stops; empty: all of the area


@dataclass(frozen=True, slots=True)
class Area:
    page: str  # URL name
    form: Callable[..., SettingsForm]
    methods: tuple[str, ...]
    further: Callable[
        [Company, SettingsForm, CompanyMailSettings], Iterator[Need]
    ]  # beyond the form's own rules
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # that only these methods need


def of(
    area: str, company: Company, typed: Values | None = None, policy: CompanyMailSettings | None = None
) -> list[Need]:
    """What is missing with the area's form as it is typed, or as it is stored."""
    place = AREAS[area]
    values = shown(place.form(company=company)) if typed is None else typed
    form = place.form(values, company=company)
    fields = (replace(need, methods=place.fields.get(need.field, ())) for need in _of_fields(form))
    return [*fields, *place.further(company, form, policy or policy_of(company))]


def of_method(company: Company, method: str, policy: CompanyMailSettings | None = None) -> list[Need] | None:
    """What stops a method as everything is stored; None where nothing is set up for it yet."""
    area = _area_of(method)
    if area is None:
        return []
    policy = policy or policy_of(company)
    if not _is_begun(company, method, policy):
        return None
    return [need for need in of(area, company, policy=policy) if method in (need.methods or (method,))]


def unused(policy: CompanyMailSettings, method: str) -> str:
    """Why the company's policy passes a method over; "" when it does not."""
    if policy.method not in ("", method):
        return _("The company sends by %(way)s.") % {"way": catalog.METHODS[policy.method].label}
    if any(method in methods and not getattr(policy, switch) for switch, methods in RUNGS.items()):
        return _("The policy switches this way off.")
    return ""


def policy_of(company: Company) -> CompanyMailSettings:
    return CompanyMailSettings.objects.filter(company=company).first() or CompanyMailSettings()


def shown(form: SettingsForm) -> dict[str, object]:
    """What a form that nobody has typed into shows."""
    values = {name: form[name].value() for name in form.fields}
    defaults = model_to_dict(form.instance, form._meta.fields)
    return defaults | {name: value for name, value in values.items() if value is not None}


def _of_fields(form: SettingsForm) -> Iterator[Need]:
    for name, sentences in form.errors.items():
        if name not in form.fields:
            yield from (Need(sentence) for sentence in sentences)
            continue
        label = _NAMES.get(name, form[name].label)
        if form[name].value() in (None, ""):
            yield Need(_("%(what)s is missing.") % {"what": label}, name)
        else:
            yield from (Need(f"{form[name].label}: {sentence}", name) for sentence in sentences)


def _office365(company: Company, form: MicrosoftAppForm, policy: CompanyMailSettings) -> Iterator[Need]:
    yield from _ended(form)
    yield from _passed_over(company, policy, "office365")


def _ended(form: MicrosoftAppForm) -> Iterator[Need]:
    if form.stored is None or "secret_expires_on" in form.errors or form.cleaned_data.get("client_secret"):
        return
    day = form.cleaned_data.get("secret_expires_on") or form.stored.expires_on
    if day and day < form.company.today:
        facts = {"what": form.stored.get_kind_display(), "day": date_format(day, "SHORT_DATE_FORMAT")}
        yield Need(
            _("The %(what)s ended on %(day)s. Nobody can send until it is replaced.") % facts,
            page="app-credential",
        )


def _smtp(company: Company, form: SmtpServerForm, policy: CompanyMailSettings) -> Iterator[Need]:
    """What neither people's own passwords nor the company's do without; one of the two is enough."""
    values = form.cleaned_data
    own, as_company = (_uses(company, policy, method) for method in AREAS["smtp"].methods)
    if values.get("security") == Security.NONE and own and not as_company:
        sentence = _("The mail server is set to no encryption, so that nobody's password may be sent to it.")
        yield Need(sentence, "security", methods=(catalog.SMTP_PASSWORD,))
    signs_in = values.get("authentication") == Authentication.PASSWORD and "user_name" not in form.errors
    if signs_in and not values.get("user_name") and as_company and not own:
        yield Need(_("Company's user name is missing."), "user_name", methods=(catalog.COMPANY_SMTP,))
    yield from _passed_over(company, policy, "smtp")


def _app_only(company: Company, form: AppOnlyForm, policy: CompanyMailSettings) -> Iterator[Need]:
    on = [method for switch, method in APP_ONLY_SWITCHES.items() if form.cleaned_data.get(switch)]
    if not on and not form.errors.keys() & APP_ONLY_SWITCHES.keys():
        yield Need(_("Neither way of sending as the app is switched on."), "use_graph")
    yield from registration(company)
    yield from _passed_over(company, policy, "app-only")


def _google(company: Company, form: GoogleAppForm, policy: CompanyMailSettings) -> Iterator[Need]:
    yield from _passed_over(company, policy, "google")


def registration(company: Company) -> list[Need]:
    """What the stored app registration lacks, for whatever signs in with it."""
    page = AREAS["office365"].page
    if not MicrosoftApp.objects.filter(company=company).exists():
        return [Need(_("The Office 365 settings of the app are not filled in."), page=page)]
    form = MicrosoftAppForm(shown(MicrosoftAppForm(company=company)), company=company)
    found = [*_of_fields(form), *_ended(form)]
    return [replace(need, field="", page=page) for need in found]


def _policy(company: Company, form: PolicyForm, _stored: CompanyMailSettings) -> Iterator[Need]:
    """That a way which is on is not complete; or that none is set up at all."""
    policy = form.instance
    used = [method for method in catalog.METHODS if _uses(company, policy, method)]
    ways = {method: of_method(company, method, policy) for method in used}
    if all(found is None for found in ways.values()):
        only = catalog.METHODS.get(policy.method)
        none = (
            _("%(way)s is not set up yet.") % {"way": only.label}
            if only
            else _("No way of sending is set up yet.")
        )
        yield Need(none, page=_page_of(policy.method))
    told = set()
    for method, found in ways.items():
        for need in found or ():
            if need.text not in told:
                told.add(need.text)
                yield Need(
                    f"{catalog.METHODS[method].label}: {need.text}", page=need.page or _page_of(method)
                )


def _area_of(method: str) -> str | None:
    return next((name for name, place in AREAS.items() if method in place.methods), None)


def _page_of(method: str) -> str:
    area = _area_of(method)
    return AREAS[area].page if area else "settings"


def _is_begun(company: Company, method: str, policy: CompanyMailSettings) -> bool:
    """Whether somebody has filled in something for the method."""
    if method in APP_ONLY_SWITCHES.values():
        return _is_on_app(company, method)
    if method == catalog.COMPANY_MAILBOX:
        return company_mailbox.is_on(company)
    if method in catalog.OF_GOOGLE:
        app = GoogleApp.objects.filter(company=company).first()
        return app is not None and app.method == method
    row = AREAS[_area_of(method)].form._meta.model.objects.filter(company=company).first()
    if method == catalog.SMTP_PASSWORD and row and row.security == Security.NONE:
        return not _uses(company, policy, catalog.COMPANY_SMTP)
    if method == catalog.COMPANY_SMTP and row and row.authentication == Authentication.PASSWORD:
        return bool(row.user_name) or not _uses(company, policy, catalog.SMTP_PASSWORD)
    return row is not None


def _is_on_app(company: Company, method: str) -> bool:
    switch = next(name for name, slug in APP_ONLY_SWITCHES.items() if slug == method)
    return AppOnlySettings.objects.filter(company=company, **{switch: True}).exists()


def _uses(company: Company, policy: CompanyMailSettings, method: str) -> bool:
    return company.allows(method) and not unused(policy, method)


def _passed_over(company: Company, policy: CompanyMailSettings, area: str) -> Iterator[Need]:
    """Settings alone do nothing while the policy passes all their ways over."""
    reasons = {
        unused(policy, method)
        for method in AREAS[area].methods
        if company.allows(method) and (method not in _OPTIONAL or _is_begun(company, method, policy))
    }
    if reasons and "" not in reasons:
        yield from (Need(reason, page="settings-policy") for reason in sorted(reasons))


# A method belongs to the first area that names it: app-only is an area of its own beside the app registration.
AREAS: dict[str, Area] = {
    "app-only": Area("settings-app-only", AppOnlyForm, tuple(APP_ONLY_SWITCHES.values()), _app_only),
    "office365": Area("settings-office365", MicrosoftAppForm, catalog.OF_THE_APP, _office365),
    "google": Area("settings-google", GoogleAppForm, catalog.OF_GOOGLE, _google),
    "smtp": Area(
        "settings-smtp",
        SmtpServerForm,
        (catalog.SMTP_PASSWORD, catalog.COMPANY_SMTP),
        _smtp,
        dict.fromkeys(("user_name", "password"), (catalog.COMPANY_SMTP,)),
    ),
    "policy": Area("settings-policy", PolicyForm, (), _policy),
}
