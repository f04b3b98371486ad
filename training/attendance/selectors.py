"""What others ask about attendance."""

from __future__ import annotations

import datetime as dt

from conference.models import RosterEntry, Session
from people.models import User
from people.permissions import Role
from training.attendance import reading
from training.attendance.domain.presence import Presence, Rules, assess
from training.attendance.domain.room import in_room
from training.attendance.domain.spans import union


def rules_of(session: Session) -> Rules:
    """The rules by which a session's attendance is judged: the usual ones, for every session so far."""
    return Rules()


def presence_of(session: Session, person: User, *, now: dt.datetime | None = None) -> Presence:
    """When ``person`` was there, over all their devices and their room, against what was required (of it, up to now)."""
    until_ms = reading.until(session, now)
    entry = session.roster.filter(person=person).first()
    seats = session.seats.filter(person=person)
    if entry is not None and entry.site_id is not None:
        seats = seats | session.seats.filter(site=entry.site_id)
    connected = reading.connected_seats(session, until_ms=until_ms, seats=seats)
    keys = dict(seats.values_list("pk", "site_id"))
    there = [span for seat, spans in connected.items() if keys[seat] is None for span in spans]
    if entry is not None and entry.site_id is not None:
        room = next((spans for seat, spans in connected.items() if keys[seat] == entry.site_id), ())
        there += in_room(room, reading.ticks(session, person).get(person.pk, []))
        if opens_the_room(entry, session):
            there += room
    required = reading.required_windows(session, until_ms=until_ms)
    return assess(union(there), required, ended=reading.has_ended(session), rules=rules_of(session))


def presence_ratio(session: Session, person: User, *, now: dt.datetime | None = None) -> float | None:
    """Which share (0..1) of the session's required time ``person`` was there; None while nothing has been required."""
    return presence_of(session, person, now=now).ratio


def opens_the_room(entry: RosterEntry, session: Session) -> bool:
    """Whether a room's page can only have been opened by this person: its one operator on the roster."""
    operators = session.roster.filter(site=entry.site_id, role=Role.SITE_OPERATOR)
    return entry.role == Role.SITE_OPERATOR and operators.count() == 1
