"""The webhooks in a file, told apart by their address. What it does not mention is left alone."""

from accounts.audit import Actor
from accounts.models import Company
from core.errors import InputError
from mailsettings.apply.reading import Table
from mailsettings.apply.report import Report
from webhooks import secrets, services
from webhooks.forms import AT_FIRST, WebhookForm
from webhooks.models import Endpoint


def write_webhooks(company: Company, tables: list[Table], report: Report, actor: Actor) -> None:
    seen: set[str] = set()
    for table in tables:
        url = str(table.values.get("url", "")).strip()
        if url in seen:
            report.wrong(f"{table.path}.url", "This address stands in the company twice.")
            continue
        seen.add(url)
        try:
            _write(company, url, table, report, actor)
        except InputError as error:  # the company has as many as it may have
            report.wrong_input(table.path, error)


def _write(company: Company, url: str, table: Table, report: Report, actor: Actor) -> None:
    stored = None if company._state.adding else services.of(company).filter(url=url).first()
    endpoint = stored or Endpoint(company=company, url=url, events=AT_FIRST)
    form = WebhookForm({"url": url, "events": table.values.get("events", endpoint.events)})
    report.wrong_form(table.path, form)
    secret = _secret(table, report, is_new=stored is None)
    if report.errors:
        return
    path, events = f"{company.code}.webhook.{endpoint.host}", form.cleaned_data["events"]
    if stored is None:
        endpoint, _shown = services.add(company, url, events, actor, secret)
        report.changed(path, {"events": (None, endpoint.events), "secret": (None, "stored")})
    else:
        _change(endpoint, events, secret, path, report, actor)
    _switch(endpoint, table.values.get("is_on", endpoint.is_on), path, report, actor)


def _secret(table: Table, report: Report, *, is_new: bool) -> str:
    """What signs; "" where none is given, or something is wrong with it, which is reported."""
    path = f"{table.path}.secret"
    if "secret" not in table.secrets:
        if is_new:
            report.wrong(path, "A new webhook needs its signing secret: nobody could read one made here.")
        return ""
    try:
        secret = table.secrets["secret"].read()
    except InputError as error:
        report.wrong_input(path, error)
        return ""
    if not secrets.is_fit(secret):
        report.wrong(path, "A signing secret is whsec_ and 24 to 64 random bytes in base64.")
    return secret


def _change(
    endpoint: Endpoint, events: list[str], secret: str, path: str, report: Report, actor: Actor
) -> None:
    before = endpoint.events
    if set(events) != set(before):
        services.change(endpoint, endpoint.url, events, actor)
        report.changed(path, {"events": (before, endpoint.events)})
    if secret and not secrets.is_newest(endpoint, secret):
        services.rotate(endpoint, actor, secret)
        report.changed(path, {"secret": ("stored", "replaced")})


def _switch(endpoint: Endpoint, is_on: bool, path: str, report: Report, actor: Actor) -> None:
    if is_on != endpoint.is_on:
        (services.switch_on if is_on else services.switch_off)(endpoint, actor)
        report.changed(path, {"is_on": (endpoint.is_on, is_on)})
