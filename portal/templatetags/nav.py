"""The menu of a company's pages: one table, from which each role sees its part."""

from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.access import ADMINS, STAFF
from accounts.models import Role

register = template.Library()

EVERYBODY = tuple(Role)


@dataclass(frozen=True, slots=True)
class Item:
    page: str  # the URL name
    icon: str
    label: str | Promise
    roles: tuple[str, ...] = EVERYBODY
    also: tuple[str, ...] = ()  # beginnings of the URL names of pages below it


ITEMS = (
    Item("overview", "layout-dashboard", _("Overview"), also=("calendar",)),
    Item("people", "users", _("People"), STAFF, ("person", "invit", "mailing")),
    Item(
        "settings",
        "sliders-horizontal",
        _("Mail settings"),
        ADMINS,
        (
            "settings-",
            "credential-",
            "company-mailbox",
            "hand-over",
            "microsoft-try-next",
            "microsoft-read-end",
        ),
    ),
    Item("outbox", "mails", _("Outbox"), also=("message", "batch")),
    Item("test-send", "send", _("Test send"), also=("test-send",)),
    Item("check", "stethoscope", _("Check"), also=("check-",)),
    Item("explain", "message-circle-question-mark", _("Explain an error"), STAFF),
    Item("guides", "book-open", _("Guides"), also=("guide",)),
    Item("alarms", "bell", _("Alarms"), STAFF, ("alarms-",)),
    Item("api-keys", "key-round", _("API keys"), ADMINS, ("api-key-",)),
    Item("webhooks", "webhook", _("Webhooks"), ADMINS, ("webhook-",)),
    Item("profile", "circle-user", _("My profile"), also=("profile-", "microsoft-", "google-")),
    Item("audit", "scroll-text", _("Audit log"), ADMINS),
)


@register.simple_tag(takes_context=True)
def nav(context: dict[str, object]) -> SafeString:
    """The menu with its foot; a page has it twice, for wide windows and for phones."""
    request, membership = context["request"], context["membership"]
    here = request.resolver_match.url_name or ""
    current = next((item.page for item in ITEMS if here == item.page or here.startswith(item.also)), "")
    inside = {
        "menu": _menu(
            membership.company.code, membership.role, current, request.user.is_operator, get_language()
        ),
        "user": request.user,
        "theme": context["theme"],
        "here": request.get_full_path(),
        "csrf_token": context["csrf_token"],
    }
    return render_to_string("elements/nav.html", inside)


@lru_cache(maxsize=4096)
def _menu(company_code: str, role: str, current: str, is_operator: bool, _language: str) -> SafeString:
    """The links, which are the same for many pages: a dozen addresses and icons take a millisecond."""
    items = [item for item in ITEMS if role in item.roles]
    links = [{"item": item, "href": reverse(item.page, args=[company_code])} for item in items]
    return render_to_string(
        "elements/menu.html", {"links": links, "current": current, "is_operator": is_operator}
    )
