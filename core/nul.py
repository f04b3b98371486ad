"""Refuses requests with a NUL character, which no text has and no PostgreSQL column takes."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest

from core.passing import PassingMiddleware


class NulMiddleware(PassingMiddleware):
    """Answers 400 before the view: choices, searches and addresses go to the database as they come."""

    def process_view(self, request: HttpRequest, view: Any, arguments: Any, named: Any) -> None:
        texts = [request.path_info, *_texts(request.GET), *_texts(request.POST)]
        if any("\0" in text for text in texts):
            raise BadRequest("NUL")


def _texts(values: Any) -> list[str]:
    return [text for name, given in values.lists() for text in (name, *given)]
