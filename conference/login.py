"""Whether the login that opened a page still holds. A WebSocket outlives requests, so it asks again: by the clock, and when a
login ends or a person is changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from conference import groups
from conference.models import Seat
from people.models import User
from people.permissions import Role

Login = tuple[int | None, str | None]
"""A person's key (None: nobody) and the key of their login."""


def is_valid(user: User | AnonymousUser, session_key: str | None) -> bool:
    """Whether ``user`` is active and the login ``session_key`` is theirs and neither expired, ended, nor of an older password."""
    return bool(valid([(user.pk, session_key)]))


def valid(logins: Collection[Login]) -> dict[Login, User]:
    """Those that hold (see :func:`is_valid`), and each one's person as they are now."""
    users = User.objects.filter(is_active=True).in_bulk({person for person, _ in logins if person is not None})
    kept = Session.objects.filter(session_key__in={key for _, key in logins if key}, expire_date__gt=timezone.now())
    said = {session.session_key: session.get_decoded() for session in kept}
    hold: dict[Login, User] = {}
    for person, key in logins:
        user, kept_for = users.get(person or 0), said.get(key or "")
        if user is not None and kept_for is not None and _fits(user, kept_for):
            hold[person, key] = user
    return hold


def login_ended(sender: Any, instance: Session, **kwargs: Any) -> None:
    """Somebody has signed out: the pages of that login look anew."""
    person = instance.get_decoded().get(SESSION_KEY)
    if person is not None and instance.expire_date > timezone.now():
        _doubt(int(person))


def person_changed(sender: Any, instance: User, created: bool, update_fields: Collection[str] | None, **kwargs: Any) -> None:
    """An account may be switched off by now, or have another password or office: its pages look anew."""
    if not created and (update_fields is None or not _WEIGHTY.isdisjoint(update_fields)):
        _doubt(instance.pk)


_WEIGHTY = frozenset({"is_active", "password", "platform_role", "unit"})


def _doubt(person: int) -> None:
    own_or_opened = Q(person=person) | Q(session__roster__person=person, session__roster__role=Role.SITE_OPERATOR)
    taken = Seat.objects.filter(own_or_opened, online=True)
    for session_id in set(taken.values_list("session__public_id", flat=True)):
        groups.publish_doubt(session_id, person=person)


def _fits(user: User, said: dict[str, Any]) -> bool:
    if str(said.get(SESSION_KEY)) != str(user.pk):
        return False
    return constant_time_compare(said.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
