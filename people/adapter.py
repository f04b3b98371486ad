"""How allauth and axes behave here: accounts are given out, never self-made; a lock-out says what to do."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from core.errors import TooMany, _
from core.middleware import error_response
from people.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy(
            "The user name or the password is not right. Check capital letters and the keyboard."
        ),
        "enter_current_password": gettext_lazy("This is not your current password."),
        "rate_limited": gettext_lazy("Too many requests at once. Wait a minute, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """On a new device, pages come in the language that the person chose elsewhere."""
        from people.views import remember_language

        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_language(response, user.language)
        return response


def axes_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name by which axes counts failures: one for all spellings that the sign-in takes for the same person."""
    given = credentials or request.POST
    return str(given.get("username") or given.get("login") or "").strip().upper().casefold()


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """Answer of axes after too many failures from one address for one name."""
    return error_response(
        request,
        TooMany("people.locked_out", _("Too many failed sign-ins. Wait 15 minutes, or ask your organiser for a new password.")),
    )
