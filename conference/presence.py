"""What pages say every fifteen seconds, for many of them at once: a thousand beat 67 times a second.

Each time it is asked again whether the login holds and what the person may do in the session.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from conference import login
from conference.models import RosterEntry, Session
from conference.selectors import session_by_id
from conference.services import seats
from core.clock import now
from core.errors import DiemcauError, NotAllowed, NotSignedIn, _
from people.models import User
from people.permissions import Action, Role, abilities


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose page it is, by which login."""

    session_id: str
    user: User | AnonymousUser
    login: str | None
    beat: seats.Beat | None = None
    """None for a page that has no seat yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a visitor now. ``refused``: they have no business here (any more)."""

    abilities: frozenset[str] = frozenset()
    refused: DiemcauError | None = None
    held: bool = False
    """The beat came from who holds the seat; its lease is prolonged."""


@dataclass(frozen=True, slots=True)
class _Roster:
    """The roles of some people on a session, read at once. See :class:`people.permissions.HasRoles`."""

    session: Session
    roles: dict[int, Role]

    def role_of(self, user: User) -> Role | None:
        return self.roles.get(user.pk) or self.session.role_by_office(user)


def look(visitors: Sequence[Visitor]) -> list[Standing]:
    """How each of them stands, in their order; their beats are done."""
    signed_in = login.valid({(visitor.user.pk, visitor.login) for visitor in visitors})
    rosters: dict[str, _Roster | DiemcauError] = {}
    for session_id in {visitor.session_id for visitor in visitors}:
        people = [visitor.user for visitor in visitors if visitor.session_id == session_id]
        try:
            rosters[session_id] = _roster(session_by_id(session_id), people)
        except DiemcauError as error:
            rosters[session_id] = error
    standings = [
        _standing(visitor.user, rosters[visitor.session_id]) if (visitor.user.pk, visitor.login) in signed_in else _STRANGER
        for visitor in visitors
    ]
    beats = [v.beat for v, standing in zip(visitors, standings, strict=True) if v.beat is not None and standing.refused is None]
    held = {beat.connection for beat in seats.heartbeats(beats, now=now())} if beats else set()
    return [
        Standing(standing.abilities, standing.refused, held=visitor.beat is not None and visitor.beat.connection in held)
        for visitor, standing in zip(visitors, standings, strict=True)
    ]


_STRANGER = Standing(refused=NotSignedIn())


def _roster(session: Session, people: Sequence[User | AnonymousUser]) -> _Roster:
    entries = RosterEntry.objects.filter(session=session, person__in={person.pk for person in people})
    return _Roster(session, {person: Role(role) for person, role in entries.values_list("person_id", "role")})


def _standing(user: User | AnonymousUser, roster: _Roster | DiemcauError) -> Standing:
    if isinstance(roster, DiemcauError):
        return Standing(refused=roster)
    able = frozenset(abilities(user, roster))
    if Action.SESSION_JOIN.value in able:
        return Standing(able)
    text = _("You are not on the list of this session. Please ask the organiser.")
    return Standing(refused=NotAllowed("session.not_summoned", text))
