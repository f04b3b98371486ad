"""What people say about who is in a room. Evidence like everything else: added, never changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Max

from conference.models import RosterEntry, Session, Site
from core.clock import to_ms
from core.errors import Invalid, NotAllowed, _
from people.models import User
from people.permissions import Action, Role, can
from training.attendance import reading
from training.attendance.domain.connection import Kind
from training.attendance.domain.room import standing
from training.attendance.models import Evidence

MOST_IN_A_ROOM = 5_000


def room_of(session: Session, user: User, site_id: str | None) -> Site:
    """The room whose attendance ``user`` takes: an operator's own; of those who manage it, the one named, else the hub.

    Raises NotAllowed (``attendance.not_your_room``) for an operator who names another, or whom no room belongs to.
    """
    entry = session.roster.filter(person=user, role=Role.SITE_OPERATOR).select_related("site").first()
    if can(user, Action.ATTENDANCE_READ, session):
        sites = session.conference.sites
        chosen = sites.filter(public_id=site_id).first() if site_id else None
        return chosen or (entry.site if entry is not None and entry.site else session.conference.hub)
    if entry is None or entry.site is None or site_id not in (None, "", entry.site.public_id):
        raise NotAllowed("attendance.not_your_room", _("You take the attendance of your own site only."))
    return entry.site


@transaction.atomic
def take_room(
    *,
    session: Session,
    site: Site,
    present: Collection[str],
    whole: bool,
    headcount: int | None,
    by: User,
    now: dt.datetime,
) -> int:
    """Record who of the room's roster is there and how many were counted; how many people's mark changed.

    ``present``: public ids of people; those of the roster that it leaves out lose their mark. ``whole``: newly marked people
    count from the room's first connection, else from now. Only differences are written. Raises Invalid
    (``attendance.bad_headcount``) for a headcount that no room holds, or below the number of those marked.
    """
    Session.objects.select_for_update().get(pk=session.pk)
    if headcount is not None and not 0 <= headcount <= MOST_IN_A_ROOM:
        raise bad_headcount()
    ticks = reading.ticks(session)
    counted = reading.headcounts(session).get(site.pk)
    entries = roster_of(session, site)
    marked = sum(entry.person.public_id in present for entry in entries)
    in_all = headcount if headcount is not None or counted is None else counted.count
    if in_all is not None and in_all < marked:
        text = _("%(marked)s people are ticked by name, but only %(count)s counted: count everybody in the room, or untick.")
        raise Invalid("attendance.bad_headcount", text, marked=marked, count=in_all)
    changed = 0
    for entry in entries:
        wanted = entry.person.public_id in present
        if wanted == (standing(ticks.get(entry.person_id, [])) is not None):
            continue
        device = f"tick/{session.public_id}/{entry.person.public_id}"
        payload: dict[str, object] = {"present": wanted, "whole": whole}
        _add(session, Kind.ROSTER_TICK, device=device, site=site, person=entry.person, payload=payload, by=by, now=now)
        changed += 1
    if headcount is not None and (counted is None or counted.count != headcount):
        device = f"headcount/{session.public_id}/{site.public_id}"
        _add(session, Kind.HEADCOUNT, device=device, site=site, person=None, payload={"count": headcount}, by=by, now=now)
    return changed


def bad_headcount() -> Invalid:
    """The error for what no room's headcount can be."""
    text = _("The headcount is a whole number of people from 0 to %(most)s.")
    return Invalid("attendance.bad_headcount", text, most=MOST_IN_A_ROOM)


def has_connected(session: Session, site: Site) -> bool:
    """Whether the room's device was ever connected: nobody's mark counts before."""
    seats = session.seats.filter(site=site)
    return any(reading.connected_seats(session, until_ms=reading.until(session), seats=seats).values())


def roster_of(session: Session, site: Site) -> list[RosterEntry]:
    """Those of a room who are marked by name: its roster without its one operator, for whom the room's page speaks."""
    entries = list(session.roster.filter(site=site).select_related("person", "unit"))
    operators = [entry for entry in entries if entry.role == Role.SITE_OPERATOR]
    return [entry for entry in entries if operators != [entry]]


def _add(
    session: Session,
    kind: Kind,
    *,
    device: str,
    site: Site,
    person: User | None,
    payload: dict[str, object],
    by: User,
    now: dt.datetime,
) -> None:
    last = Evidence.objects.filter(device=device).aggregate(last=Max("seq"))["last"]
    Evidence.objects.create(
        session=session,
        kind=kind,
        site=site,
        person=person,
        actor=by,
        device=device,
        seq=max(to_ms(now), (last or 0) + 1),
        server_at=now,
        payload=payload,
    )
