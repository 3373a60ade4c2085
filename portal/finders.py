"""Static files that come from Python packages, named one by one (facts: the packages hold ten times more)."""

from importlib.util import find_spec
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# address below STATIC_URL -> package / path inside it
PACKAGE_FILES = {
    "vendor/bootstrap.min.css": "bootstrap/static/bootstrap/css/bootstrap.min.css",
    "vendor/bootstrap.min.css.map": "bootstrap/static/bootstrap/css/bootstrap.min.css.map",
    "vendor/htmx.min.js": "django_htmx/static/django_htmx/htmx-2.min.js",
}


def _source(address: str) -> Path:
    package, _, inside = PACKAGE_FILES[address].partition("/")
    spec = find_spec(package)
    assert spec is not None, f"package {package} is missing"
    assert spec.origin is not None
    return Path(spec.origin).parent / inside


class _OneFile(FileSystemStorage):
    """A storage that answers for one address only, so that collectstatic keeps that address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(location=str(_source(address).parent))

    def path(self, name: str) -> str:
        return str(_source(self.address))


class PackageFinder(BaseFinder):
    def find(self, path: str, find_all: bool = False, **kwargs: object) -> str | list[str]:
        if path not in PACKAGE_FILES:
            return []
        found = str(_source(path))
        return [found] if find_all else found

    def list(self, ignore_patterns: object):
        for address in PACKAGE_FILES:
            yield address, _OneFile(address)

    def check(self, **kwargs: object) -> list:
        return []
