"""What every template gets."""

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def page(request: HttpRequest) -> dict[str, object]:
    theme = request.COOKIES.get("theme", "auto")
    return {
        "theme": theme if theme in THEMES else "auto",
        "company": getattr(request, "company", None),
        "membership": getattr(request, "membership", None),
    }
