"""What pages send about an attempt, read with care."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from django.http import QueryDict
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from training.requests import bad_message

_Values = Annotated[list[Annotated[str, StringConstraints(max_length=2_000)]], Field(max_length=100)]


class SaveMessage(BaseModel):
    """Answers by question number, based on the step ``seq`` that the page has seen."""

    model_config = ConfigDict(extra="forbid")
    seq: Annotated[int, Field(ge=0, le=10**6)]
    answers: Annotated[dict[Annotated[int, Field(ge=1, le=1000)], _Values], Field(max_length=1000)]


class SubmitMessage(SaveMessage):
    """The same, to be handed in under the page's own ``key``."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


def read_form(form: QueryDict, numbers: Iterable[int]) -> SubmitMessage:
    """A whole attempt sent as an ordinary form: every question, the unanswered ones as empty lists."""
    data: dict[str, Any] = {
        "key": form.get("key", ""),
        "seq": form.get("seq", ""),
        "answers": {number: form.getlist(f"q{number}") for number in numbers},
    }
    try:
        return SubmitMessage.model_validate(data)
    except ValidationError:
        raise bad_message() from None
