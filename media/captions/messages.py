"""What the editor sends, read with care."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import Invalid, _
from core.numbers import whole
from media.captions.domain.cues import MAX_CUES, MAX_MS, Cue

MAX_BODY_BYTES = 4_000_000
_Ms = Annotated[int, Field(ge=0, lt=MAX_MS)]
_Row = tuple[_Ms, _Ms, Annotated[str, Field(max_length=20_000)], Annotated[str, Field(max_length=2_000)]]


class SaveMessage(BaseModel):
    """``seen``: the version that was edited. ``cues``: start_ms, end_ms, text, speaker of each."""

    model_config = ConfigDict(extra="forbid")
    seen: Annotated[int, Field(ge=1)]
    cues: Annotated[list[_Row], Field(max_length=MAX_CUES + 1)]

    def given(self) -> list[Cue]:
        return [Cue(*row) for row in self.cues]


def read_save(request: HttpRequest) -> SaveMessage:
    """Raises Invalid ``captions.too_large`` or ``core.bad_message``."""
    if whole(request.headers.get("Content-Length") or "0", MAX_BODY_BYTES) is None:
        raise Invalid("captions.too_large", _("These captions are too long to be saved. Remove what is not needed."))
    try:
        return SaveMessage.model_validate_json(request.body)
    except ValidationError:
        raise _not_understood() from None


def read_seen(request: HttpRequest) -> int:
    """The version that a form names as the one that was seen. Raises Invalid ``core.bad_message``."""
    seen = whole(request.POST.get("seen", ""))
    if seen is None:
        raise _not_understood()
    return seen


def _not_understood() -> Invalid:
    return Invalid("core.bad_message", _("What the page sent cannot be understood. Load the page again."))
