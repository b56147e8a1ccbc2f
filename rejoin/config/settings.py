"""What Django is told. Only commands of the platform load this; the sidecar has no settings and no database.

Without DATABASE_URL the project's own PostgreSQL is started here, or joined when it runs.
"""

import os
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from rejoin.config import embedded, env
from rejoin.config.bodies import LARGEST_UPLOAD
from rejoin.domain.kernel.refusals import Refusal

# Matrices of estimates are small: threads of the linear algebra would wait for each other, twenty times as long as one works.
# Read when numpy is first imported, which is later.
os.environ.setdefault("OMP_NUM_THREADS", "1")
ENVIRONMENT = env.read_environment(os.environ)
PACKAGE = Path(__file__).resolve().parent.parent
_ENCRYPTED = ENVIRONMENT.base_url.startswith("https://")
CHANNEL_NAMES = (
    *("REJOIN_DRY_RUN", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TWILIO_MESSAGING_SERVICE"),
    *("TWILIO_API_BASE", "EMAIL_URL", "REJOIN_EMAIL_FROM", "REJOIN_PUSH_SERVICES"),
    *("REJOIN_VAPID_PUBLIC_KEY", "REJOIN_VAPID_PRIVATE_KEY", "REJOIN_VAPID_CONTACT"),
)


def _seconds(name: str, otherwise: float) -> float:
    given = os.environ.get(name, "").strip()
    try:
        seconds = float(given or otherwise)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise Refusal("environment", f"{name} must be a number of seconds from 1 to 3600")
    return seconds


DEBUG = ENVIRONMENT.debug
DRY_RUN = ENVIRONMENT.dry_run
# How long, in real time, a vendor may take to answer before nobody can say what became of a message.
LOST_AFTER_SECONDS = _seconds("REJOIN_LOST_AFTER_SECONDS", 120.0)
# What `rejoin.outreach.channels.choose` reads: it says which channels are live, and refuses half a setting.
CHANNEL_SETTINGS = {name: os.environ[name] for name in CHANNEL_NAMES if name in os.environ}
BASE_URL = ENVIRONMENT.base_url
SECRET_KEY = ENVIRONMENT.secret_key or env.kept_secret_key(ENVIRONMENT.home)

INSTALLED_APPS = [
    "rejoin.common",
    "rejoin.audit",
    "rejoin.accounts",
    "rejoin.people",
    "rejoin.programs",
    "rejoin.rooms",
    "rejoin.attendance",
    "rejoin.visits",
    "rejoin.makeups",
    "rejoin.insights",
    "rejoin.outreach",
    "rejoin.continuity",
    "rejoin.followup",
    "rejoin.longwork",
    "rejoin.console",
    "rejoin.portal",
    "procrastinate.contrib.django",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_cotton.apps.SimpleAppConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "rejoin.operations.serving.with_request_id",
    "django.middleware.security.SecurityMiddleware",
    "rejoin.accounts.headers.with_headers",
    "csp.middleware.CSPMiddleware",
    "rejoin.common.statics.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "rejoin.accounts.sessions.with_ending_sessions",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "rejoin.config.urls"
ASGI_APPLICATION = "rejoin.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "rejoin.common.templatetags.pages"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rejoin.console.frame.frame",
                "rejoin.accounts.languages.spoken",
                "rejoin.portal.shell.shell",
            ],
        },
    }
]

# A component knows what it is given, and what every page knows.
COTTON_ISOLATE_BY_DEFAULT = True

# Served as they lie in the package, under addresses that change with their content: nothing is collected beforehand.
STATIC_URL = "/static/"
STATICFILES_DIRS = [PACKAGE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "rejoin.common.statics.NamedByContent"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False

# A database machine that vanishes without a word is noticed in half a minute, not in a quarter of an hour.
# What DATABASE_URL says of these holds; on this machine's own socket they mean nothing.
NOTICED = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
_DATABASE = env.database_settings(ENVIRONMENT.database_url or embedded.ensure_server(ENVIRONMENT.home))
DATABASES = {
    "default": {
        **_DATABASE,
        "OPTIONS": {**NOTICED, **cast("dict[str, str]", _DATABASE["OPTIONS"])},
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

# Each app's work for later is in its jobs.py.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# Who does which long work (rejoin.longwork): some of it is above the app that runs it.
LONG_WORK = {
    "import": "rejoin.operations.bringing.bring_in",
    "export": "rejoin.operations.taking_out.take_out",
    "replay": "rejoin.longwork.replaying.replay",
    "plan": "rejoin.longwork.making_up.plan",
    "what_if": "rejoin.longwork.making_up.try_extras",
}

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "", "localhost", "127.0.0.1", "[::1]"]
# What is uploaded stays in memory: how much that is, is limited before (rejoin.config.bodies).
FILE_UPLOAD_MAX_MEMORY_SIZE = LARGEST_UPLOAD
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = _ENCRYPTED
CSRF_COOKIE_HTTPONLY = True
# With this prefix a browser takes the cookie from us alone, never from a neighbour of our domain.
_COOKIE = "__Host-" if _ENCRYPTED else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_COOKIE}session", f"{_COOKIE}csrf"
SESSION_COOKIE_AGE = 12 * 60 * 60  # a long shift; rejoin.accounts.sessions ends them earlier
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _ENCRYPTED else 0
SECURE_REFERRER_POLICY = "same-origin"  # an address may hold a patient's token
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# Signing in (docs/adr/0012).
DEMONSTRATION = ENVIRONMENT.demonstration  # links that sign in at once
CACHES = {"default": {"BACKEND": "rejoin.accounts.counting.CountedInDatabase"}}
AUTHENTICATION_BACKENDS = ["rejoin.accounts.backends.ByPassword"]
LOGIN_URL = "account_login"
PASSWORD_RESET_TIMEOUT = 60 * 60
ACCOUNT_ADAPTER = "rejoin.accounts.adapters.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_ENABLED = False
ACCOUNT_EMAIL_VERIFICATION = "none"  # by the invitation
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_REAUTHENTICATION_METHODS = {"password", "mfa"}
ACCOUNT_FORMS = {
    "login": "rejoin.accounts.forms.SignIn",
    "reset_password": "rejoin.accounts.forms.AskForNewPassword",
    "reset_password_from_key": "rejoin.accounts.forms.ChooseAfterReset",
    "change_password": "rejoin.accounts.forms.ChangePassword",
    "reauthenticate": "rejoin.accounts.forms.ShowPassword",
}
MFA_ADAPTER = "rejoin.accounts.adapters.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up: every address was given by the program
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_FORMS = {
    "authenticate": "rejoin.accounts.forms.ShowCode",
    "reauthenticate": "rejoin.accounts.forms.ShowCodeAgain",
    "activate_totp": "rejoin.accounts.forms.SetUpApp",
    "add_webauthn": "rejoin.accounts.forms.AddPasskey",
    "edit_webauthn": "rejoin.accounts.forms.RenamePasskey",
    "authenticate_webauthn": "rejoin.accounts.forms.ShowPasskey",
    "reauthenticate_webauthn": "rejoin.accounts.forms.ShowPasskeyAgain",
    "login_webauthn": "rejoin.accounts.forms.SignInByPasskey",
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.email_from
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if not DRY_RUN and isinstance(ENVIRONMENT.email, env.Smtp):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = ENVIRONMENT.email.host, ENVIRONMENT.email.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENVIRONMENT.email.user, ENVIRONMENT.email.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = ENVIRONMENT.email.starttls, ENVIRONMENT.email.tls
elif not DRY_RUN and isinstance(ENVIRONMENT.email, env.MailService):
    EMAIL_BACKEND = f"anymail.backends.{ENVIRONMENT.email.service}.EmailBackend"
    ANYMAIL = dict(ENVIRONMENT.email.options)

# Requests are not logged at all: their addresses hold tokens.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "rejoin.common.logs.JsonLine"}},
    "filters": {"request": {"()": "rejoin.operations.serving.NameRequest"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "rejoin": {"level": "INFO"},
        "procrastinate": {"level": "WARNING"},
        "django": {"handlers": [], "level": "WARNING"},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
        "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
