"""From tables to the values that the domain works on."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet

from conference.domain.program import State
from conference.models import AgendaItem, Seat, Session
from core import clock
from core.clock import to_ms
from people.models import User
from training.attendance.domain.connection import Kind, Sign, connected
from training.attendance.domain.room import Tick
from training.attendance.domain.spans import Spans
from training.attendance.domain.windows import Step, required
from training.attendance.models import Evidence

_SIGNS = (Kind.JOIN, Kind.HEARTBEAT, Kind.LEAVE)


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many somebody counted in a room."""

    count: int
    at: dt.datetime
    actor: User | None


def until(session: Session, now: dt.datetime | None = None) -> int:
    """Up to when a session is accounted for: its end, or now while it runs (ms)."""
    return to_ms(session.ended_at or now or clock.now())


def has_ended(session: Session) -> bool:
    return session.state == State.ENDED


def required_windows(session: Session, *, until_ms: int) -> Spans:
    """When attendance counted in ``session`` up to ``until_ms``, read off the program's history."""
    steps = [
        Step(at=to_ms(at), live=state == State.LIVE, item=item)
        for at, state, item in session.history.order_by("seq").values_list("at", "program__state", "program__agenda_item")
    ]
    return required(steps, not_required=_not_required(session), until=until_ms)


def _not_required(session: Session) -> frozenset[str]:
    items = session.agenda.exclude(kind=AgendaItem.Kind.ITEM, attendance_required=True)
    return frozenset(items.values_list("public_id", flat=True))


def connected_seats(session: Session, *, until_ms: int, seats: QuerySet[Seat] | None = None) -> dict[int, Spans]:
    """When each seat (its key) was connected, up to ``until_ms``; of ``seats``, or of all."""
    rows = Evidence.objects.filter(session=session, kind__in=_SIGNS, seat__isnull=False)
    if seats is not None:
        rows = rows.filter(seat__in=seats)
    signs: dict[int, list[Sign]] = defaultdict(list)
    for seat, kind, at in rows.order_by().values_list("seat_id", "kind", "server_at"):
        assert seat is not None
        signs[seat].append(Sign(Kind(kind), to_ms(at)))
    return {seat: connected(found, until=until_ms) for seat, found in signs.items()}


def ticks(session: Session, person: User | None = None) -> dict[int, list[Tick]]:
    """What was said of each person (their key) in a room, in order."""
    rows = Evidence.objects.filter(session=session, kind=Kind.ROSTER_TICK, person__isnull=False)
    if person is not None:
        rows = rows.filter(person=person)
    found: dict[int, list[Tick]] = defaultdict(list)
    for key, at, payload in rows.order_by("seq").values_list("person_id", "server_at", "payload"):
        assert key is not None
        found[key].append(Tick(to_ms(at), present=payload["present"], whole=payload["whole"]))
    return dict(found)


def headcounts(session: Session) -> dict[int, Headcount]:
    """The latest headcount of each site (its key)."""
    rows = (
        Evidence.objects.filter(session=session, kind=Kind.HEADCOUNT, site__isnull=False).select_related("actor").order_by("seq")
    )
    return {row.site_id: Headcount(row.payload["count"], row.server_at, row.actor) for row in rows if row.site_id is not None}
