"""Which language a page is in: the one chosen on this device, else Vietnamese.

Not what the browser prefers: most office computers here run an English system for people who read Vietnamese.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from core.passing import PassingMiddleware


def chosen_language(request: HttpRequest) -> str:
    """A code of ``settings.LANGUAGES``."""
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return cookie if cookie in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class LanguageMiddleware(PassingMiddleware):
    """Activates the language of :func:`chosen_language` for one request."""

    def prepare(self, request: HttpRequest) -> None:
        language = chosen_language(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language  # what django.template.context_processors.i18n and others expect

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", chosen_language(request))
        return response
