"""The menu of a company's pages: one table, from which each role sees its part."""

from dataclasses import dataclass

from django import template
from django.urls import reverse
from django.utils.functional import Promise
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
        ("settings-", "credential-", "company-mailbox", "hand-over"),
    ),
    Item("outbox", "mails", _("Outbox"), also=("message",)),
    Item("test-send", "send", _("Test send"), also=("test-send",)),
    Item("check", "stethoscope", _("Check"), also=("check-",)),
    Item("explain", "message-circle-question-mark", _("Explain an error"), STAFF),
    Item("guides", "book-open", _("Guides"), also=("guide",)),
    Item("alarms", "bell", _("Alarms"), STAFF, ("alarms-",)),
    Item("api-keys", "key-round", _("API keys"), ADMINS, ("api-key-",)),
    Item("profile", "circle-user", _("My profile"), also=("profile-", "microsoft-")),
    Item("audit", "scroll-text", _("Audit log"), ADMINS),
)


@register.inclusion_tag("elements/nav.html", takes_context=True)
def nav(context: dict[str, object]) -> dict[str, object]:
    request, membership = context["request"], context["membership"]
    here = request.resolver_match.url_name or ""
    links = [
        {
            "item": item,
            "href": reverse(item.page, args=[membership.company.code]),
            "is_current": here == item.page or here.startswith(item.also),
        }
        for item in ITEMS
        if membership.role in item.roles
    ]
    return {
        "links": links,
        "user": request.user,
        "theme": context["theme"],
        "here": request.get_full_path(),
        "csrf_token": context["csrf_token"],
    }
