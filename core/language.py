"""Which language a page is in: the one chosen on this device, else Vietnamese.

Not what the browser prefers: most office computers here run an English system for people who read Vietnamese.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation


class LanguageMiddleware:
    """Activates the language of :func:`chosen_language` for one request."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._call_async(request)
        _activate(request)
        response = self.get_response(request)
        assert isinstance(response, HttpResponseBase)
        return _label(response)

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        _activate(request)
        response = self.get_response(request)
        assert not isinstance(response, HttpResponseBase)
        return _label(await response)


def chosen_language(request: HttpRequest) -> str:
    """A code of ``settings.LANGUAGES``."""
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return cookie if cookie in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _activate(request: HttpRequest) -> None:
    language = chosen_language(request)
    translation.activate(language)
    request.LANGUAGE_CODE = language  # what django.template.context_processors.i18n and others expect


def _label(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
    return response
