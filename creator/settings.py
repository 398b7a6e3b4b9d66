"""Django's settings, all derived from `creator.config`."""

import os
from pathlib import Path

import environ
import structlog

from creator import backends
from creator.config import BASE_DIR as BASE_DIR
from creator.config import (
    Environment,
    local_encryption_keys,
    local_secret_key,
    prepare_data_dir,
    read_config,
    read_env_file,
)
from creator.http import probes
from creator.lib.bounds import MAIL_REPLY_S
from creator.lib.redaction import redact_details
from creator.sign_in import sign_in_settings

if os.environ.get("ENVIRONMENT") in ("test", "testing"):
    CONFIG = read_config(os.environ)
else:
    CONFIG = read_config(read_env_file(BASE_DIR / ".env") | os.environ)  # the environment wins
DATA_DIR: Path = prepare_data_dir(CONFIG)

DEBUG = CONFIG.debug
SECRET_KEY = local_secret_key(CONFIG)
SECRET_KEY_FALLBACKS = list(CONFIG.secret_key_fallbacks)
ENCRYPTION_KEYS = local_encryption_keys(CONFIG)
ALLOWED_HOSTS = list(CONFIG.allowed_hosts)
# In links of mails that no request caused; `serve` sets it to the address it listens on.
SITE_ADDRESS = CONFIG.public_url or f"http{'s' if CONFIG.https else ''}://{ALLOWED_HOSTS[0].lstrip('.')}"
ROOT_URLCONF = "creator.urls"
ASGI_APPLICATION = "creator.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

INSTALLED_APPS = [
    "creator.apps.StaffConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.usersessions",
    "csp",
    "channels",
    "django_celery_beat",
    "creator",
    "creator.platform",
    "accounts",
    "billing",
    "jobs",
    "drive",
]

MIDDLEWARE = [
    "creator.http.probes.ProbeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "creator.http.middleware.RequestLogMiddleware",
    "creator.http.middleware.NeverStoredMiddleware",
    "creator.http.hosts.OwnNamesMiddleware",
    "creator.http.middleware.DatabasePatienceMiddleware",
    "creator.http.nul.NulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.web.session_use.SessionUseMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.web.preferences.PreferencesMiddleware",
    "creator.http.nul.NulInFormMiddleware",
    "accounts.web.tries.TriesMiddleware",
    "creator.http.middleware.RefusalMiddleware",
    "creator.http.middleware.RefusedBodyMiddleware",
]

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
                "creator.web.context.page",
            ],
            "builtins": ["creator.web.template_tags"],
        },
    }
]

DATABASES = backends.databases(CONFIG)
CACHES = backends.caches(CONFIG)
CHANNEL_LAYERS = backends.channel_layers(CONFIG)
RATE_LIMITS = backends.rate_limits(CONFIG)
STORAGES = {
    "default": backends.files(CONFIG),
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
if CONFIG.environment is Environment.TEST:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# creator.http.bodies bounds whole bodies and keeps files on the disk; the rest of a request stays under 1 MiB.
FILE_UPLOAD_HANDLERS = ["creator.http.bodies.form_files.FormFileHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = (
    4 * CONFIG.max_batch_files
)  # above the limit, so that a page can name the files beyond

globals().update(sign_in_settings(CONFIG))
SECURE_SSL_REDIRECT = CONFIG.https
SECURE_REDIRECT_EXEMPT = [f"^{path[1:]}$" for path in probes.PATHS]  # requested directly, without a proxy
if CONFIG.https:
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.ProgramAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "billing.api.permissions.WithinRequestLimits",
        "accounts.api.permissions.HasScope",
    ],
    "DEFAULT_PARSER_CLASSES": ["creator.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "creator.api.negotiation.JsonNegotiation",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "creator.api.errors.answer_to",
    "URL_FORMAT_OVERRIDE": None,
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:", *backends.file_origins(CONFIG)],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        # The answers to the forms that go on with Google, and to those that buy, lead there.
        "form-action": [
            "'self'",
            *([CONFIG.google_issuer] if CONFIG.google_client_id else []),
            *(each for each in CONFIG.google_drive_pages if each != CONFIG.google_issuer),
            *CONFIG.stripe_pages,
        ],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

_mail = environ.Env.email_url_config(CONFIG.email_url)
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail.get("EMAIL_HOST", "")
EMAIL_PORT = _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = MAIL_REPLY_S
DEFAULT_FROM_EMAIL = CONFIG.from_email

# Path prefixes followed by a token that must not be logged.
SECRET_PATHS = [
    "/files/",
    "/accounts/password/reset/key/",
    "/accounts/reauthenticate/mail/",
    "/accounts/confirm-email/",
    "/accounts/email/confirm/",
    "/notifications/unsubscribe/",
]

_shared_processors: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    redact_details,
    structlog.processors.TimeStamper(fmt="iso"),
]
structlog.configure(
    processors=[
        *_shared_processors,
        structlog.processors.StackInfoRenderer(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "foreign_pre_chain": _shared_processors,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if CONFIG.log_format == "json" else []),
                structlog.processors.JSONRenderer()
                if CONFIG.log_format == "json"
                # Plain tracebacks: rich ones print local variables, which may hold passwords, prompts and
                # photos.
                else structlog.dev.ConsoleRenderer(
                    colors=False, exception_formatter=structlog.dev.plain_traceback
                ),
            ],
        }
    },
    "filters": {"creator": {"()": "creator.http.log_filter.LogFilter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "structured", "filters": ["creator"]}
    },
    # Libraries describe at DEBUG what they send: boto3, for one, what a signed link to the bucket is made of.
    "root": {"handlers": ["console"], "level": "ERROR" if CONFIG.log_level == "ERROR" else "WARNING"},
    "loggers": {
        **{app: {"level": CONFIG.log_level} for app in ("creator", "accounts", "billing", "jobs", "drive")},
        # It describes at INFO and DEBUG what it sends and gets, addresses of portals included.
        "stripe": {"level": "WARNING"},
        # Our own log line of the request already reports refusals.
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

globals().update({f"CELERY_{name}": value for name, value in backends.broker(CONFIG).items()})
CELERY_BEAT_SCHEDULER = "creator.beat:RowScheduler"  # reads the schedule from rows
