"""Django's settings: embedded by default (SQLite, in-memory channel layer, filesystem broker), services by environment.

Environment (all optional):

* ``DIEMCAU_DATA`` the data folder; ``DATABASE_URL`` PostgreSQL; ``REDIS_URL`` channel layer, cache and broker
* ``DIEMCAU_HOSTS``, ``DIEMCAU_ORIGINS`` comma lists, ``DIEMCAU_TLS``: behind a proxy; ``DIEMCAU_ACCEL``: nginx sends media files
* ``DIEMCAU_NODES`` addresses of the media nodes (``unix:PATH`` or ``tcp:HOST:PORT``, by commas), ``DIEMCAU_NODE_SHARE``
  connections of one beyond which viewers sit on another, ``DIEMCAU_NODE_TOKEN``
* ``DIEMCAU_TURN_URLS`` comma list, ``DIEMCAU_TURN_SECRET``: a TURN server for those whose network lets no UDP out
* ``DIEMCAU_RECORDING_HEIGHT`` of recordings, in lines: 360, 480, 720 (the default) or 1080; read by node and worker
* ``DIEMCAU_PLAYBACK_LINK_S`` how long a link to a recording's files is good; pages that play get new ones in time
* ``DIEMCAU_JOB_LEASE_S`` a worker whose job was silent for so long is believed to be dead, and another one takes the job
* ``DIEMCAU_METRICS_TOKEN`` who bears it may read ``/metrics`` of web from anywhere; without one, only this machine may
* ``DIEMCAU_KEEPING`` what becomes of recordings unless somebody decides (keep, archive, delete), ``DIEMCAU_KEEPING_DAYS`` after
  so many days; ``DIEMCAU_KEEPING_CAPTURE_DAYS`` raw capture of a complete recording is deleted after so many days
* ``DIEMCAU_DISK_LOW_GB`` with how little free disk (5) technicians are warned, and captures begin to give way; read by node,
  web and worker
* ``DIEMCAU_SECRET_KEY``, ``DIEMCAU_DEBUG``, ``DIEMCAU_LOG`` (json or console), ``DIEMCAU_LOG_LEVEL``
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu.transport import TRANSPORT_ALIASES

from deploy.command.places import RUN_HEADER as RUN_HEADER
from deploy.command.places import RUN_VARIABLE

env = environ.Env()


def _whole(name: str, default: int) -> int:
    """A whole number of the environment; -1 for what is none, which the system checks refuse with what was typed."""
    text = str(env.str(name, default=str(default))).strip()
    return int(text) if text.isdecimal() else -1


BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DIEMCAU_DATA", default=str(BASE_DIR / ".data"))).resolve()
RUN = env.str(RUN_VARIABLE, default="")
"""See :data:`deploy.command.places.RUN_VARIABLE`."""
DEBUG = env.bool("DIEMCAU_DEBUG", default=False)


def _secret_key() -> str:
    """The installation's key: from the environment, else made once in the data folder (mode 0600)."""
    if key := env.str("DIEMCAU_SECRET_KEY", default=""):
        return str(key)
    path = DATA_DIR / "secret.key"
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("DIEMCAU_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("DIEMCAU_ORIGINS", default=[])
BEHIND_TLS = env.bool("DIEMCAU_TLS", default=False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "core",
    "people",  # before allauth: its templates and words win
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_celery_results",
    "django_htmx",
    "django_vite",
    "media",
    "conference",
    "training",
    "deploy.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.headers.PermissionsPolicyMiddleware",
    "core.headers.NoStoreMiddleware",
    "core.error_views.MethodPageMiddleware",
    "core.nul.NulMiddleware",
    "core.middleware.ErrorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "deploy.urls"
ASGI_APPLICATION = "deploy.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "core.templatetags.ui"],
        },
    }
]

# Database -------------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db("DATABASE_URL")}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "db.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
            "CONN_MAX_AGE": 60,  # opening a file and its pragmas for each question cost a fifth of the time
            # File-backed, so that threads of the consumer tests see one database.
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
        }
    }

# Redis, or everything in this process and on this disk -------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, str | int] = {"visibility_timeout": 24 * 3600}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 2000}}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    _BROKER = DATA_DIR / "broker"
    for _name in ("queue", "processed"):
        (_BROKER / _name).mkdir(parents=True, exist_ok=True)
    TRANSPORT_ALIASES["files"] = "deploy.broker:Transport"
    CELERY_BROKER_URL = "files://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_BROKER / "queue"),
        "data_folder_out": str(_BROKER / "queue"),
        "processed_folder": str(_BROKER / "processed"),
        "control_folder": str(_BROKER / "control"),
        "store_processed": False,
    }
CELERY_RESULT_BACKEND = None  # the job's row is the truth, never the queue
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"
CELERY_BEAT_SCHEDULE = {
    "media.sweep": {"task": "media.sweep", "schedule": 20.0, "options": {"expires": 20.0}},
    "media.keep": {"task": "media.keep", "schedule": 300.0, "options": {"expires": 300.0}},
    "conference.sweep": {"task": "conference.sweep", "schedule": 30.0, "options": {"expires": 30.0}},
    "training.sweep": {"task": "training.sweep", "schedule": 10.0, "options": {"expires": 10.0}},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "run" / "beat")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# Media plane --------------------------------------------------------------------------------------------------------------
MEDIA_NODES = env.list("DIEMCAU_NODES", default=[f"unix:{DATA_DIR / 'run' / 'node.sock'}"])
MEDIA_NODE_SHARE = env.int("DIEMCAU_NODE_SHARE", default=500)
MEDIA_NODE_TOKEN = env.str("DIEMCAU_NODE_TOKEN", default="")
TURN_URLS = env.list("DIEMCAU_TURN_URLS", default=[])
TURN_SECRET = env.str("DIEMCAU_TURN_SECRET", default="")
MEDIA_ACCEL = env.bool("DIEMCAU_ACCEL", default=False)
PLAYBACK_LINK_S = env.int("DIEMCAU_PLAYBACK_LINK_S", default=15 * 60)
KEEPING_POLICY = env.str("DIEMCAU_KEEPING", default="keep")
KEEPING_DAYS = _whole("DIEMCAU_KEEPING_DAYS", 365)
KEEPING_CAPTURE_DAYS = _whole("DIEMCAU_KEEPING_CAPTURE_DAYS", 7)
DISK_LOW_GB = env.str("DIEMCAU_DISK_LOW_GB", default="5")
JOB_LEASE_S = env.int("DIEMCAU_JOB_LEASE_S", default=60)
METRICS_TOKEN = env.str("DIEMCAU_METRICS_TOKEN", default="")

# Signing in ---------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "people.adapter.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_FORMS = {"login": "people.forms.LoginForm", "change_password": "people.forms.ChangePasswordForm"}
# A hall of 200 people signs in from one address within a minute, so only axes counts failures, by name and address together.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "people.adapter.axes_name"
AXES_LOCKOUT_CALLABLE = "people.adapter.locked_out"
CSRF_FAILURE_VIEW = "core.error_views.csrf_failure"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 30 * 24 * 3600

# What a page may do -------------------------------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        # media-chrome and hls.js set style attributes of their own shadow roots through CSSOM, which needs no exception.
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY = "camera=(self), microphone=(self), display-capture=(self), geolocation=()"

# Languages ----------------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["deploy.formats"]

# Files --------------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [("web", BASE_DIR / "web" / "dist")] if (BASE_DIR / "web" / "dist").is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
# Vite puts a hash of the content into each name: such files never change, and browsers keep them for good.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/web/assets/[^/]+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$"
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "manifest_path": BASE_DIR / "web" / "dist" / "manifest.json",
        "static_url_prefix": "web",
    }
}
MEDIA_ROOT = DATA_DIR / "uploads"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# Logs are events with fields ------------------------------------------------------------------------------------------------
from deploy.logs import LOGGING  # noqa: E402, F401  (after DEBUG is known)
