"""Small things that every view of this app needs of a request."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpRequest
from pydantic import BaseModel, ValidationError

from core.errors import Invalid, NotSignedIn, _
from core.numbers import whole
from people.models import User

MAX_BODY_BYTES = 200_000
M = TypeVar("M", bound=BaseModel)


def person_of(request: HttpRequest) -> User:
    """Who asks. Raises NotSignedIn."""
    if not isinstance(request.user, User):
        raise NotSignedIn
    return request.user


def read_json(request: HttpRequest, model: type[M]) -> M:
    """The request's body as a ``model``. Raises Invalid ``core.bad_message``."""
    try:
        if whole(request.headers.get("Content-Length") or "0", MAX_BODY_BYTES) is None:
            raise ValueError("too large")
        return model.model_validate_json(request.body)
    except (ValidationError, ValueError):
        raise bad_message() from None


def sends_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def bad_message() -> Invalid:
    return Invalid("core.bad_message", _("What the page sent cannot be understood. Load the page again."))
