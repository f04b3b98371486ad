"""What pages say every fifteen seconds, for many of them at once: a thousand beat 67 times a second.

Each time it is asked again whether the login holds, what the person may do in the session, and whether the seat is still theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import AnonymousUser

from conference import login
from conference.models import RosterEntry, Seat, Session
from conference.selectors import session_by_id
from conference.services import seats
from core.clock import now
from core.errors import Conflict, DiemcauError, NotAllowed, NotSignedIn, _
from people.models import User
from people.permissions import Action, Role, abilities


class Moved(Conflict):
    """The roster gives the person another seat by now: the page that comes again gets that one."""

    close_code = 4411


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whose page it is, by which login, in which seat (None: in none yet)."""

    session_id: str
    user: User | AnonymousUser
    login: str | None
    seat: Seat | None = None
    beat: seats.Beat | None = None
    """What the page says of its being there; None where only its rights are asked for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a visitor now. ``refused``: they have no business here (any more)."""

    user: User | None = None
    """The person as they are now."""
    abilities: frozenset[str] = frozenset()
    refused: DiemcauError | None = None
    held: bool = False
    """The beat came from who holds the seat; its lease is prolonged."""


@dataclass(frozen=True, slots=True)
class _Roster:
    """How some people stand on a session's roster, read at once. See :class:`people.permissions.HasRoles`."""

    session: Session
    entries: dict[int, tuple[Role, int | None]]
    """By person: role and site."""

    def role_of(self, user: User) -> Role | None:
        entry = self.entries.get(user.pk)
        return entry[0] if entry is not None else self.session.role_by_office(user)

    def gives(self, seat: Seat, user: User) -> bool:
        """Whether the seat is the person's."""
        entry = self.entries.get(user.pk)
        return seats.is_given(seat, user, role=entry[0] if entry else None, site_id=entry[1] if entry else None)


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
        _standing(signed_in.get((visitor.user.pk, visitor.login)), visitor.seat, rosters[visitor.session_id])
        for visitor in visitors
    ]
    beats = [v.beat for v, standing in zip(visitors, standings, strict=True) if v.beat is not None and standing.refused is None]
    held = {beat.connection for beat in seats.heartbeats(beats, now=now())} if beats else set()
    return [
        replace(standing, held=visitor.beat is not None and visitor.beat.connection in held)
        for visitor, standing in zip(visitors, standings, strict=True)
    ]


def _roster(session: Session, people: Sequence[User | AnonymousUser]) -> _Roster:
    entries = RosterEntry.objects.filter(session=session, person__in={person.pk for person in people})
    rows = entries.values_list("person_id", "role", "site_id")
    return _Roster(session, {person: (Role(role), site) for person, role, site in rows})


def _standing(user: User | None, seat: Seat | None, roster: _Roster | DiemcauError) -> Standing:
    """``user``: the person as they are now, None where the login does not hold."""
    if user is None:
        return Standing(refused=NotSignedIn())
    if isinstance(roster, DiemcauError):
        return Standing(user, refused=roster)
    able = frozenset(abilities(user, roster))
    if Action.SESSION_JOIN.value not in able:
        text = _("You are not on the list of this session. Please ask the organiser.")
        return Standing(user, refused=NotAllowed("session.not_summoned", text))
    if seat is not None and not roster.gives(seat, user):
        return Standing(user, refused=Moved("seat.moved", _("You have another seat in this session by now.")))
    return Standing(user, able)
