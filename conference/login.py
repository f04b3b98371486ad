"""Whether the login that opened a page still holds. A WebSocket outlives requests, so it asks again."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.utils.crypto import constant_time_compare

from people.models import User


def is_valid(user: User | AnonymousUser, session_key: str | None) -> bool:
    """Whether ``user`` is active and the login ``session_key`` is theirs and neither expired, ended, nor of an older password."""
    current = User.objects.filter(pk=user.pk, is_active=True).first() if user.is_authenticated else None
    if current is None or session_key is None:
        return False
    engine: Any = import_module(settings.SESSION_ENGINE)
    kept = engine.SessionStore(session_key).load()
    return str(kept.get(SESSION_KEY)) == str(current.pk) and constant_time_compare(
        kept.get(HASH_SESSION_KEY, ""), current.get_session_auth_hash()
    )
