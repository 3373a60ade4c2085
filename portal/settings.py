"""Django settings; every value that differs between installations comes from the environment (.env).

`.env.example` explains each variable; `portal/checks.py` refuses a start that would be unsafe.
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_INLINE

from portal.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
ENV_FILE = os.environ.get("ENV_FILE", str(BASE_DIR / ".env"))
if ENV_FILE and Path(ENV_FILE).is_file():
    env.read_env(ENV_FILE)

# Who and where we are
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="")
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
PUBLIC_URL = env("PUBLIC_URL", default="").strip().rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
IS_HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "core",
    "diagnosis",
    "accounts",
    "webhooks",
    "mailsettings",
    "oauth",
    "sender",
    "handover",
    "alarms",
    "api",
    "gateway",
    "portal",
    "sandbox",
]

MIDDLEWARE = [
    "portal.middleware.HealthMiddleware",
    "portal.middleware.ClientAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # no page holds a secret; the token of forms is masked anew each time
    "portal.middleware.PolicyMiddleware",
    "portal.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.middleware.AuthenticationMiddleware",
    "portal.middleware.LanguageMiddleware",
    "portal.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.PublicHostMiddleware",
    "portal.middleware.PrivatePagesMiddleware",
    "api.middleware.ProblemsMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.page",
            ],
        },
    }
]
FORM_RENDERER = "portal.forms.Renderer"

# Storage. SQLite waits for its turn instead of failing, and takes the write lock at BEGIN.
if "DATABASE_URL" not in os.environ:
    (BASE_DIR / "var").mkdir(exist_ok=True)
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR}/var/postroom.sqlite3")}
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        # What a long look kept from being put into the file does not fill the disk for ever.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;",
    }
# What workers handed over (sender/journal.py). Empty: beside the SQLite file, or in var/.
JOURNAL_FOLDER = env("JOURNAL_FOLDER", default="")
JOURNAL_SYNC = env.bool("JOURNAL_SYNC", default=False)  # each line waits for the disk
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

# Signing in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to addresses that are not ours, whoever asks for it
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by an administrator's invitation, not by signing up
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_SESSION_REMEMBER = True
SESSION_COOKIE_AGE = 14 * 24 * 3600

# The second step at sign-in
MFA_ADAPTER = "accounts.second_step.adapter.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # half a minute before and after: clocks differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # browsers themselves allow http for localhost only
MFA_FORMS = {
    "authenticate": "accounts.second_step.forms.AuthenticateForm",
    "reauthenticate": "accounts.second_step.forms.ReauthenticateForm",
    "activate_totp": "accounts.second_step.forms.SetUpAppForm",
    "authenticate_webauthn": "accounts.second_step.forms.AuthenticatePasskeyForm",
    "login_webauthn": "accounts.second_step.forms.SignInPasskeyForm",
    "reauthenticate_webauthn": "accounts.second_step.forms.ReauthenticatePasskeyForm",
    "add_webauthn": "accounts.second_step.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.second_step.forms.RenamePasskeyForm",
}

# Safety in the browser
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if IS_HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
PROXIES = env.int("PROXIES", default=0)  # that add the address they were reached from to X-Forwarded-For
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}
# Of a message's own HTML, shown in a frame: it runs, loads, submits and opens nothing.
MESSAGE_FRAME_POLICY = {
    "default-src": [NONE],
    "img-src": ["data:"],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": True,
}
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if IS_HTTPS else []

# Words and times
LANGUAGE_CODE = "en"
# Each by its own name, whatever the page's language.
LANGUAGES = [
    ("en", "English"),
    ("lv", "Latviešu"),
    ("de", "Deutsch"),
    ("sv", "Svenska"),
    ("nb", "Norsk bokmål"),
]
FORMAT_MODULE_PATH = ["portal.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.finders.PackageFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# The portal's own mail (password reset, invitations); not the companies' mail
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("SYSTEM_FROM_ADDRESS", default="postroom@localhost")

# The outside world
MICROSOFT_CLOUDS_FILE = env("MICROSOFT_CLOUDS_FILE", default="")
GOOGLE_FILE = env("GOOGLE_FILE", default="")
OUTGOING_ALLOWED_NETWORKS = env.list("OUTGOING_ALLOWED_NETWORKS", default=[])
EXTRA_CA_FILE = env("EXTRA_CA_FILE", default="")  # further authorities, beside the system's
GMAIL_SMTP_SERVER = env("GMAIL_SMTP_SERVER", default="smtp.gmail.com:465")
SMTP_CONNECTION_S = env.int("SMTP_CONNECTION_S", default=1_800)  # then a kept one is made anew
SMTP_EHLO_NAME = env(
    "SMTP_EHLO_NAME", default=PUBLIC_URL.partition("://")[2].partition(":")[0] or "localhost"
)

DNS_RESOLVER = env("DNS_RESOLVER", default="")  # for the check: host:port, …; empty: the system's; or "off"

# Sending. Exchange delays what goes by SMTP beyond this; 0 leaves the pace to Exchange.
EXCHANGE_MESSAGES_A_MINUTE = env.int("EXCHANGE_MESSAGES_A_MINUTE", default=30)

# Programs that come by the API
API_REQUESTS_A_MINUTE = env.int(
    "API_REQUESTS_A_MINUTE", default=3_000
)  # of one key, in each process without CACHE_URL
API_MOST_BODY_MB = env.int("API_MOST_BODY_MB", default=40)  # base64 adds a third to files

# The SMTP gateway (`manage.py smtpgateway`); a port may be "off"
GATEWAY_HOST = env("GATEWAY_HOST", default="0.0.0.0")  # noqa: S104 - devices of the company's network reach it
GATEWAY_STARTTLS_PORT = env("GATEWAY_STARTTLS_PORT", default="587")
GATEWAY_TLS_PORT = env("GATEWAY_TLS_PORT", default="465")
GATEWAY_CERTIFICATE = env("GATEWAY_CERTIFICATE", default="")
GATEWAY_PRIVATE_KEY = env("GATEWAY_PRIVATE_KEY", default="")
GATEWAY_NAME = env("GATEWAY_NAME", default=SMTP_EHLO_NAME)
GATEWAY_MAX_MB = env.int("GATEWAY_MAX_MB", default=40)

LOG_FORMAT = env.one_of("LOG_FORMAT", ("json", "plain"), default="json")
LOG_LEVEL = env.one_of("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
LOGGING_CONFIG = "portal.logs.configure"
LOGGING = {"format": LOG_FORMAT, "level": LOG_LEVEL}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
