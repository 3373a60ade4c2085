"""System checks of the installation's settings: what would make the portal unsafe or unreachable.

Each has an id and a hint. Errors stop the portal (`portal/wsgi.py`) and every command but `newkey`.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parseaddr
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends import console, dummy
from django.http.request import validate_host

from core import crypto
from core.addresses import wire_form
from core.errors import ConfigurationError
from mailsettings.clouds import clouds, read_clouds_file
from mailsettings.google import google, read_google_file
from sender import journal, journal_place

SECRET_KEY_LENGTH = 50  # as Django's own security.W009 wants
EXAMPLE_KEYS = ("django-insecure-", "dev-only", "test-only", "change-me", "changeme")
USUAL_PORTS = {"http": 80, "https": 443}
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
NOT_COLLECTED = "postroom.W006"
NO_MAIL_BACKENDS = tuple(f"{module.__name__}.EmailBackend" for module in (console, dummy))


def installation(app_configs: object = None, **_options: object) -> list[CheckMessage]:
    """Everything below; registered by `portal.apps`."""
    return [message for check in CHECKS for message in check()]


def secret_key() -> Iterator[CheckMessage]:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's answer to an empty one
        key = ""
    hint = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    if not key:
        yield Error("SECRET_KEY is not set.", hint=hint, id="postroom.E001")
    elif len(key) < SECRET_KEY_LENGTH:
        yield Error(
            f"SECRET_KEY is shorter than {SECRET_KEY_LENGTH} characters.", hint=hint, id="postroom.E002"
        )
    elif settings.IS_HTTPS and key.startswith(EXAMPLE_KEYS):
        yield Error(
            "SECRET_KEY is a known example, so anybody can forge sessions.", hint=hint, id="postroom.E002"
        )


def encryption_keys() -> Iterator[CheckMessage]:
    try:
        crypto.master_keys()
    except ConfigurationError as error:
        hint = "Put the line that `manage.py newkey` prints into ENCRYPTION_KEYS. Keep old keys behind it."
        yield Error(str(error), hint=hint, id="postroom.E003")


def public_url() -> Iterator[CheckMessage]:
    hint = "Set it to the address people type, such as PUBLIC_URL=https://mail.firm.example"
    if not settings.PUBLIC_URL:
        yield Error("PUBLIC_URL is not set.", hint=hint, id="postroom.E004")
        return
    host = public_host()
    if not host:
        yield Error("PUBLIC_URL is not an address.", hint=hint, id="postroom.E005")
        return
    parts = urlsplit(settings.PUBLIC_URL)
    if parts.scheme == "http" and not is_local(host):
        problem = "PUBLIC_URL is http: passwords would cross the network in clear, and Microsoft refuses it."
        yield Error(problem, hint="Use https; http is for localhost only.", id="postroom.E006")
    if parts.path or parts.query or parts.fragment:
        hint = "Give scheme, host and port only; the portal answers at the root of its host."
        yield Error("PUBLIC_URL has a path or a query.", hint=hint, id="postroom.E007")
    elif (usual := as_browsers_say_it(host)) != settings.PUBLIC_URL:
        problem = "PUBLIC_URL is not as browsers say it, so that each page would lead to itself for ever."
        yield Error(problem, hint=f"Write PUBLIC_URL={usual}", id="postroom.E019")


def as_browsers_say_it(host: str) -> str:
    """PUBLIC_URL in small letters, in the domain's IDNA form, and without the scheme's own port."""
    parts = urlsplit(settings.PUBLIC_URL)
    name = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, USUAL_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{name}{port}"


def public_host() -> str:
    """The host of PUBLIC_URL, as it goes over the wire; "" when it is not an http address."""
    try:
        parts = urlsplit(settings.PUBLIC_URL)
        _port_is_a_number = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except ValueError:
        return ""
    is_plain = parts.scheme in USUAL_PORTS and parts.username is None
    return host if is_plain else ""


def is_local(host: str) -> bool:
    return host in LOCAL_HOSTS or host.endswith(".localhost")


def allowed_hosts() -> Iterator[CheckMessage]:
    name = f"[{public_host()}]" if ":" in public_host() else public_host()
    hint = f"Set ALLOWED_HOSTS={name or 'mail.firm.example'} (several with commas between them)."
    if not settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS is empty, so every visitor is refused.", hint=hint, id="postroom.E008")
    elif "*" in settings.ALLOWED_HOSTS:
        yield Error("ALLOWED_HOSTS is “*”, so any host name is believed.", hint=hint, id="postroom.E009")
    elif name and not validate_host(name, settings.ALLOWED_HOSTS):
        yield Error("ALLOWED_HOSTS does not hold the host of PUBLIC_URL.", hint=hint, id="postroom.E010")


def debug() -> Iterator[CheckMessage]:
    if settings.DEBUG and settings.IS_HTTPS:
        problem = "DEBUG is on: error pages show settings and code to visitors."
        yield Error(problem, hint="Remove DEBUG from the environment.", id="postroom.E011")


def cookies() -> Iterator[CheckMessage]:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    for name in names if settings.IS_HTTPS else ():
        if not getattr(settings, name):
            problem = f"{name} is off, so that the cookie would travel over http as well."
            yield Error(problem, hint="Do not change it; it follows PUBLIC_URL.", id="postroom.E012")


def clouds_file() -> Iterator[CheckMessage]:
    if settings.MICROSOFT_CLOUDS_FILE:
        try:
            read_clouds_file(Path(settings.MICROSOFT_CLOUDS_FILE))
        except ConfigurationError as error:
            yield Error(str(error), hint="docs/configuration.md shows an entry.", id="postroom.E013")


def google_file() -> Iterator[CheckMessage]:
    if settings.GOOGLE_FILE:
        try:
            read_google_file(Path(settings.GOOGLE_FILE))
        except ConfigurationError as error:
            yield Error(str(error), hint="docs/google.md shows the file.", id="postroom.E016")


def certificates() -> Iterator[CheckMessage]:
    """Only a warning: a cloud or server nobody uses must not stop the others."""
    named = {"EXTRA_CA_FILE": settings.EXTRA_CA_FILE}
    with suppress(ConfigurationError):
        named |= {"ca_bundle of GOOGLE_FILE": google().ca_bundle}
        named |= {f"ca_bundle of cloud {cloud.name!r}": cloud.ca_bundle for cloud in clouds().values()}
    for name, path in named.items():
        if path and not os.path.isfile(path):  # also where it may not be looked at
            problem = f"{name}: there is no file {path}."
            yield Warning(problem, hint="Correct the path of the certificate file.", id="postroom.W003")


def gmail_server() -> Iterator[CheckMessage]:
    host, _colon, port = settings.GMAIL_SMTP_SERVER.rpartition(":")
    if not host or not port.isdigit():
        problem = "GMAIL_SMTP_SERVER is not a host and a port."
        yield Error(problem, hint="Remove it, or write smtp.gmail.com:465.", id="postroom.E014")


def common_cache() -> Iterator[CheckMessage]:
    wants_redis = settings.CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache"
    if wants_redis and find_spec("redis") is None:
        hint = "Install it: .venv/bin/pip install --require-hashes -r requirements/redis.txt"
        yield Error("CACHE_URL names Redis, and its package is not installed.", hint=hint, id="postroom.E017")


def collected_files() -> Iterator[CheckMessage]:
    """A warning, as the commands that come before collecting must run; the portal itself does not start."""
    manifest = Path(settings.STATIC_ROOT) / ManifestStaticFilesStorage.manifest_name
    is_needed = settings.STORAGES["staticfiles"]["BACKEND"].endswith("ManifestStaticFilesStorage")
    if is_needed and not manifest.is_file():
        problem = "Styles, scripts and pictures were not collected: no page could be shown."
        yield Warning(problem, hint="Run: manage.py collectstatic --no-input", id=NOT_COLLECTED)


def outgoing_networks() -> Iterator[CheckMessage]:
    for entry in settings.OUTGOING_ALLOWED_NETWORKS:
        try:
            network = ip_network(entry)
        except ValueError:
            problem = f"OUTGOING_ALLOWED_NETWORKS: {entry!r} is not a network."
            hint = "Write networks like 10.20.0.0/16 or fd00::/8, the bits behind the prefix being zero."
            yield Error(problem, hint=hint, id="postroom.E015")
            continue
        if network.prefixlen == 0:
            problem = f"OUTGOING_ALLOWED_NETWORKS: {entry} opens every address, your own servers' too, to companies."
            yield Warning(problem, hint="List only the networks of mail relays.", id="postroom.W001")


def system_mail() -> Iterator[CheckMessage]:
    if settings.IS_HTTPS and settings.EMAIL_BACKEND in NO_MAIL_BACKENDS:
        problem = "EMAIL_URL is not set: password resets and invitations are printed, not sent."
        hint = "Set EMAIL_URL=smtp+tls://user:password@smtp.firm.example:587"
        yield Warning(problem, hint=hint, id="postroom.W002")


def system_address() -> Iterator[CheckMessage]:
    try:
        wire_form(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    except ValueError:
        problem = "SYSTEM_FROM_ADDRESS is no e-mail address, so that none of the portal's own letters leaves."
        hint = "Write SYSTEM_FROM_ADDRESS=postroom@firm.example"
        yield Error(problem, hint=hint, id="postroom.E018")


def journal_folder() -> Iterator[CheckMessage]:
    """Only a warning: just workers write there, and refuse to start where they cannot."""
    folder = journal.root().absolute()
    nearest = next(each for each in (folder, *folder.parents) if os.path.exists(each))
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        problem = f"JOURNAL_FOLDER: {folder} cannot be written, so that no worker starts on this host."
        hint = "Name a folder on a local disk that the worker's user may write to."
        yield Warning(problem, hint=hint, id="postroom.W004")
    elif kind := journal_place.network_disk(folder):
        problem = (
            f"JOURNAL_FOLDER: {folder} lies on a disk of the network ({kind}), so that no worker starts."
        )
        hint = "Name a folder on a local disk of the worker's own host."
        yield Warning(problem, hint=hint, id="postroom.W005")


CHECKS = (
    secret_key,
    encryption_keys,
    public_url,
    allowed_hosts,
    debug,
    cookies,
    clouds_file,
    google_file,
    certificates,
    gmail_server,
    common_cache,
    collected_files,
    outgoing_networks,
    journal_folder,
    system_mail,
    system_address,
)
