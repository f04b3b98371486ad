"""From an error to what a person reads."""

from __future__ import annotations

from django.utils.translation import gettext

from core.errors import DiemcauError


def error_text(error: DiemcauError) -> str:
    """The error's message in the language that is active now, with its fields filled in."""
    text = gettext(error.message)
    return text % error.fields if error.fields and "%(" in text else text
