"""What Django is told. Only commands of the platform load this; the sidecar has no settings and no database.

Without DATABASE_URL the project's own PostgreSQL is started here, or joined when it runs.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from rejoin.config import embedded, env

ENVIRONMENT = env.read_environment(os.environ)
PACKAGE = Path(__file__).resolve().parent.parent
_ENCRYPTED = ENVIRONMENT.base_url.startswith("https://")

DEBUG = ENVIRONMENT.debug
DRY_RUN = ENVIRONMENT.dry_run
# How long, in real time, a vendor may take to answer before nobody can say what became of a message.
LOST_AFTER_SECONDS = 120.0
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
    "rejoin.outreach",
    "rejoin.followup",
    "procrastinate.contrib.django",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.postgres",
    "django.contrib.sessions",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "rejoin.config.urls"
ASGI_APPLICATION = "rejoin.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]

DATABASES = {
    "default": {
        **env.database_settings(ENVIRONMENT.database_url or embedded.ensure_server(ENVIRONMENT.home)),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

# Each app's work for later is in its jobs.py.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "", "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = _ENCRYPTED
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60  # a long shift
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _ENCRYPTED else 0
SECURE_REFERRER_POLICY = "same-origin"  # an address may hold a patient's token
X_FRAME_OPTIONS = "DENY"
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
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "rejoin": {"level": "INFO"},
        "procrastinate": {"level": "WARNING"},
        "django": {"handlers": [], "level": "WARNING"},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
        "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
