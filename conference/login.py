"""Whether the login that opened a page still holds. A WebSocket outlives requests, so it asks again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from people.models import User

Login = tuple[int | None, str | None]
"""A person's key (None: nobody) and the key of their login."""


def is_valid(user: User | AnonymousUser, session_key: str | None) -> bool:
    """Whether ``user`` is active and the login ``session_key`` is theirs and neither expired, ended, nor of an older password."""
    return bool(valid([(user.pk, session_key)]))


def valid(logins: Collection[Login]) -> set[Login]:
    """Those that hold: see :func:`is_valid`."""
    users = User.objects.filter(is_active=True).in_bulk({person for person, _ in logins if person is not None})
    kept = Session.objects.filter(session_key__in={key for _, key in logins if key}, expire_date__gt=timezone.now())
    said = {session.session_key: session.get_decoded() for session in kept}
    return {(person, key) for person, key in logins if _fits(users.get(person), said.get(key))}  # type: ignore[arg-type]


def _fits(user: User | None, said: dict[str, Any] | None) -> bool:
    if user is None or said is None or str(said.get(SESSION_KEY)) != str(user.pk):
        return False
    return constant_time_compare(said.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
