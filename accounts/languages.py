"""Which language somebody is spoken to in: the person's own, else the company's, else the browser's, else English."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import get_language_from_request

from accounts.models import Company, User


def known(tag: str) -> str:
    """The language itself where the portal speaks it, else ""."""
    return tag if tag in dict(settings.LANGUAGES) else ""


def of_person(user: User, company: Company | None = None) -> str:
    """For letters: the person's own language, else that of the company it is about, or of the only one he has."""
    locale = company.locale if company else only_company_locale(user)
    return known(user.language) or known(locale) or settings.LANGUAGE_CODE


def of_address(address: str, company: Company | None = None) -> str:
    """As `of_person`, for an address that may be nobody's."""
    user = User.objects.filter(email=address).first()
    if user is not None:
        return of_person(user, company)
    return known(company.locale if company else "") or settings.LANGUAGE_CODE


def of_request(request: HttpRequest, locale: str = "") -> str:
    """For a page; `locale` is that of the company the page is about, where there is one.

    What somebody chose comes first: on the profile, or in this browser before signing in (a cookie).
    """
    own = known(getattr(request.user, "language", ""))
    in_this_browser = known(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""))
    return own or in_this_browser or known(locale) or get_language_from_request(request)


def speak(request: HttpRequest, company: Company) -> None:
    """From here on the answer is in the language for a page of this company."""
    translation.activate(of_request(request, company.locale))


def only_company_locale(user: User) -> str:
    """Of somebody in exactly one company, its language; else ""."""
    locales = Company.objects.filter(memberships__user=user, is_active=True).values_list("locale", flat=True)
    found = list(locales[:2])
    return found[0] if len(found) == 1 else ""
