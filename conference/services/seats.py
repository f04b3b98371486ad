"""Taking and leaving seats. A seat is a row that stays; presence is a lease that the page's heartbeats prolong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import override

from conference import groups
from conference.domain.program import State
from conference.labels import ROLE_LABELS
from conference.models import Seat, Session, Site
from conference.protocol import HEARTBEAT_S, LEASE_S
from conference.selectors import HUB_ROLES
from conference.services.change import Change, changing
from conference.signals import seat_heartbeats, seat_joined, seat_left
from core.errors import Conflict, NotAllowed, _
from media.plane import Direction
from people.models import User
from people.permissions import MATRIX, Action, Role, can

LEASE = dt.timedelta(seconds=LEASE_S)
HEARTBEAT = dt.timedelta(seconds=HEARTBEAT_S)
GRACE = dt.timedelta(seconds=10)
"""How long a seat whose socket broke stays taken, so that a page that reloads does not flicker on everybody's screen."""


@dataclass(frozen=True)
class Beat:
    """A page says that it is there."""

    seat: Seat
    page: str
    connection: str
    number: int
    """Counted anew on every connection."""
    client_ms: int | None
    media_flowing: bool


@dataclass(frozen=True)
class Taken:
    """A seat that a page has just taken. ``replaced``: another page sat there, and its media is to be dropped. ``ended``: the
    session is over, nothing is to be received."""

    seat: Seat
    replaced: bool
    ended: bool


def take_seat(*, session_id: str, user: User, page: str, connection: str, take_over: bool, now: dt.datetime) -> Taken:
    """The seat of ``user`` in the session, now held by ``page`` through ``connection``.

    Raises NotAllowed for somebody who has no part in the session, and Conflict ``seat.occupied`` where another page holds the
    seat and ``take_over`` is not said.
    """
    with changing(session_id, now=now) as change:
        if not can(user, Action.SESSION_JOIN, change.session):
            raise NotAllowed("session.not_summoned", _("You are not on the list of this session. Please ask the organiser."))
        new = prepare_seats(change)
        seat = _seat_of(change, user, new)
        held_by_another = seat.holder_page not in ("", page) and seat.lease_until is not None and seat.lease_until > now
        if held_by_another and not take_over:
            raise Conflict("seat.occupied", _("This seat is open in another window. You can move it to this window."))
        replaced = held_by_another
        if seat.holder_page and seat.holder_page != page and seat.online:
            seat_left.send(sender=Session, seat=seat, page=seat.holder_page, at=now, reason="taken")
        if seat.connection and seat.connection != connection:
            groups.publish_taken(session_id, seat=seat.public_id, connection=connection, page=page)
        came = not seat.online
        seat.holder_page, seat.connection, seat.lease_until, seat.online = page, connection, now + LEASE, True
        seat.save(update_fields=["holder_page", "connection", "lease_until", "online"])
        change.seats(*(other for other in new if other.pk != seat.pk), *([seat] if came else []))
        _tell_presenters(change, new)
        seat_joined.send(sender=Session, seat=seat, page=page, at=now)
        _give_part(change, seat)
        return Taken(seat, replaced, ended=change.program.state is State.ENDED)


def seat_everybody(change: Change) -> None:
    """Make the seats that everybody should see even while empty, and tell of them: see :func:`prepare_seats`."""
    new = prepare_seats(change)
    change.seats(*new)
    _tell_presenters(change, new)


def prepare_seats(change: Change) -> list[Seat]:
    """Each invited site's seat and those of the hub's people, as far as they are missing; the new ones, not told of yet."""
    session = change.session
    seated = Seat.objects.filter(session=session)
    new: list[Seat] = []
    sites = session.conference.sites.exclude(Exists(seated.filter(site=OuterRef("pk")))).select_related("unit")
    for site in sites:
        if site.pk == session.conference.hub_id and not session.roster.filter(role=Role.SITE_OPERATOR, site=site).exists():
            continue  # the hub's people have seats of their own; its room has one only where somebody opens it
        new.append(_make_site_seat(session, site))
    entries = session.roster.filter(role__in=HUB_ROLES).exclude(Exists(seated.filter(person=OuterRef("person"))))
    for entry in entries.select_related("person", "unit"):
        new.append(_make_person_seat(session, entry.person, Role(entry.role), entry.unit.name))
    return new


def heartbeats(beats: Sequence[Beat], *, now: dt.datetime) -> list[Beat]:
    """Prolong the leases of those who say that they are there. Gives the beats of those who (still) hold their seats."""
    with transaction.atomic():
        online = Seat.objects.select_for_update().filter(pk__in={beat.seat.pk for beat in beats}, online=True)
        holders = set(online.order_by("pk").values_list("pk", "connection"))
        held = [beat for beat in beats if (beat.seat.pk, beat.connection) in holders]
        if held:
            Seat.objects.filter(pk__in={beat.seat.pk for beat in held}).update(lease_until=now + LEASE)
            seat_heartbeats.send(sender=Session, beats=held, at=now)
    return held


def leave_seat(*, session_id: str, seat: Seat, connection: str, now: dt.datetime) -> bool:
    """The page said goodbye: the seat is empty at once, without floor or request. False where it was another's already."""
    with changing(session_id, now=now) as change:
        current = change.session.seats.get(pk=seat.pk)
        if current.connection != connection:
            return False
        _empty(change, current, reason="left")
        change.to_program(change.program.without(current.public_id), kind="seat.left", actor=current)
        return True


def turn_out(*, session_id: str, seat: Seat, connection: str, now: dt.datetime) -> bool:
    """Empty the seat for whoever sat there through ``connection`` and may not any more. False where it is another's by now."""
    with changing(session_id, now=now) as change:
        current = change.session.seats.get(pk=seat.pk)
        if current.connection not in ("", connection):
            return False
        clear(change, current)
        return True


def clear(change: Change, seat: Seat) -> None:
    """Empty the seat, whoever sits there; nothing of the program is its own any more."""
    if seat.online:
        _empty(change, seat, reason="left")
    change.to_program(change.program.without_part_of(seat.public_id), kind="seat.left", actor=seat)


def fit_program(change: Change, seat: Seat) -> None:
    """Take out of the program what the seat may not have by its role: the floor, the picture, a screen, the chair."""
    may, program = MATRIX[Role(seat.role)], change.program
    if Action.MEDIA_PUBLISH not in may:
        program = program.without_part_of(seat.public_id)
    if Action.CONTENT_PRESENT not in may:
        program = program.without_screen_of(seat.public_id)
    if seat.role != Role.CHAIR and program.chair == seat.public_id:
        program = program.with_chair(None)
    change.to_program(program, kind="seat.demoted", actor=seat)


def take_off_air(*, session_id: str, seat: Seat, now: dt.datetime) -> None:
    """Whoever sits there may not be heard or seen any more: take the seat out of the program."""
    with changing(session_id, now=now) as change:
        change.to_program(change.program.without_part_of(seat.public_id), kind="seat.demoted", actor=seat)


def media_lost(*, session: Session, person: User) -> tuple[str, Direction | None] | None:
    """What the media node is to close of the person's own seat, as the roster is now: the seat and the direction (None: both)."""
    seat = session.seats.filter(person=person).first()
    if seat is None:
        return None
    entry = session.roster.filter(person=person).first()
    role, site_id = (Role(entry.role), entry.site_id) if entry is not None else (None, None)
    if not can(person, Action.SESSION_JOIN, session) or not is_given(seat, person, role=role, site_id=site_id):
        return seat.public_id, None
    return None if can(person, Action.MEDIA_PUBLISH, session) else (seat.public_id, "up")


def is_given(seat: Seat, person: User, *, role: Role | None, site_id: int | None) -> bool:
    """Whether the seat is the person's who stands on the roster with that role and site (None, None: who does not)."""
    site = site_id if role == Role.SITE_OPERATOR else None
    return seat.person_id == person.pk if site is None else seat.site_id == site


def holds(*, seat: Seat, connection: str) -> bool:
    """Whether ``connection`` speaks for the seat."""
    return Seat.objects.filter(pk=seat.pk, connection=connection).exists()


def lose_connection(*, seat: Seat, connection: str, now: dt.datetime) -> None:
    """The page's socket broke: the lease shrinks to :data:`GRACE`, in which the page may come back unnoticed."""
    Seat.objects.filter(pk=seat.pk, connection=connection, lease_until__gt=now + GRACE).update(lease_until=now + GRACE)


def expire_leases(*, now: dt.datetime) -> list[tuple[str, str]]:
    """Empty every seat whose lease ran out; (session, seat) public ids of those. A floor and a place in the queue stay for the
    page that comes back; a shared screen goes. Safe to run in several processes at once."""
    late = Seat.objects.filter(online=True, lease_until__lt=now).values_list("session__public_id", "public_id")
    return [(session_id, seat_id) for session_id, seat_id in list(late) if _expire(session_id, seat_id, now)]


def _expire(session_id: str, seat_id: str, now: dt.datetime) -> bool:
    with changing(session_id, now=now) as change:
        seat = change.session.seats.filter(public_id=seat_id, online=True, lease_until__lt=now).first()
        if seat is None:
            return False
        _empty(change, seat, reason="lost")
        change.to_program(change.program.without_screen_of(seat.public_id), kind="seat.lost", actor=seat)
        return True


def _empty(change: Change, seat: Seat, *, reason: str) -> None:
    page = seat.holder_page
    seat.holder_page, seat.connection, seat.lease_until, seat.online = "", "", None, False
    seat.save(update_fields=["holder_page", "connection", "lease_until", "online"])
    change.seats(seat)
    seat_left.send(sender=Session, seat=seat, page=page, at=change.now, reason=reason)


def _seat_of(change: Change, user: User, new: list[Seat]) -> Seat:
    """The seat of ``user``; where it has to be made it joins those that are ``new``."""
    session = change.session
    entry = session.roster.filter(person=user).select_related("unit", "site__unit").first()
    site = entry.site if entry is not None and entry.role == Role.SITE_OPERATOR else None
    seat = session.seats.filter(Q(site=site) if site is not None else Q(person=user)).first()
    if seat is not None:
        return seat
    if site is not None:
        seat = _make_site_seat(session, site)
    else:
        role = session.role_of(user) or Role.TECHNICIAN  # an administrator who has no role helps as a technician
        unit = entry.unit.name if entry is not None else (user.unit.name if user.unit else "")
        seat = _make_person_seat(session, user, role, unit)
    new.append(seat)
    return seat


def _make_site_seat(session: Session, site: Site) -> Seat:
    return Seat.objects.create(session=session, site=site, role=Role.SITE_OPERATOR, name=site.name, caption=site.unit.name)


def _make_person_seat(session: Session, person: User, role: Role, unit: str) -> Seat:
    with override(settings.LANGUAGE_CODE):  # a caption is kept, and stands in the recording: it is the installation's language
        what = person.title or str(ROLE_LABELS[role])
    caption = " · ".join(part for part in (what, unit) if part)[:200]
    return Seat.objects.create(session=session, person=person, role=role, name=person.full_name, caption=caption)


def _tell_presenters(change: Change, new: list[Seat]) -> None:
    """The agenda names its presenters by their seats, so it changes with the seat of one."""
    people = [seat.person_id for seat in new if seat.person_id is not None]
    if people and change.session.agenda.filter(presenter__in=people).exists():
        change.agenda()


def _give_part(change: Change, seat: Seat) -> None:
    """A chair who comes in chairs unless another one is doing it; a presenter presents where nobody does."""
    program = change.program
    if program.state is State.ENDED:
        return
    if seat.role == Role.CHAIR:
        if not change.session.seats.filter(public_id=program.chair, online=True).exists():
            change.to_program(program.with_chair(seat.public_id), kind="chair.came", actor=seat)
    elif seat.role == Role.PRESENTER and program.presenter is None:
        change.to_program(program.with_presenter(seat.public_id), kind="presenter.set", actor=seat)
