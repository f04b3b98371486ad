"""How allauth and axes behave here: accounts are given out, never self-made; a lock-out says what to do."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from core.errors import TooMany, _
from core.middleware import error_response


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """Answer of axes after too many failures from one address for one name."""
    return error_response(
        request,
        TooMany("people.locked_out", _("Too many failed sign-ins. Wait 15 minutes, or ask your organiser for a new password.")),
    )
