"""A middleware's two moments, written once for sync and async servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PassingMiddleware:
    """Base of middlewares that only look at what passes: :meth:`prepare` before the view, :meth:`finish` after it.

    Neither may block: they run on the event loop under an async server.
    """

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
        self.prepare(request)
        response = self.get_response(request)
        assert isinstance(response, HttpResponseBase)
        return self.finish(request, response)

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        self.prepare(request)
        response = self.get_response(request)
        assert not isinstance(response, HttpResponseBase)
        return self.finish(request, await response)

    def prepare(self, request: HttpRequest) -> None:
        """Called before the view."""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer that leaves, usually the same one."""
        return response
