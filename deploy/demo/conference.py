"""The demonstration conference: its sites, its session today, its agenda and its roster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from conference.domain.program import State
from conference.models import AgendaItem, Conference, RosterEntry, Session, Site
from deploy.demo.ids import demo_id
from deploy.demo.people import HUB, Person, districts
from deploy.demo.units import COMMITTEE
from people.models import OrgUnit, User
from people.permissions import Role

TITLE = "Hội nghị học tập, quán triệt Nghị quyết số 57-NQ/TW"
SESSION_TITLE = "Phiên toàn thể"
HUB_NAME = "Hội trường Tỉnh ủy"
STALE = dt.timedelta(minutes=60)
"""A session that should have begun this long ago and did not is planned anew."""

_ITEM, _BREAK = AgendaItem.Kind.ITEM, AgendaItem.Kind.BREAK
_AGENDA = (
    # title, kind, minutes, presenter, counts for attendance
    ("Chào cờ, tuyên bố lý do, giới thiệu đại biểu", _ITEM, 10, None),
    ("Chuyên đề: Nội dung cốt lõi của Nghị quyết số 57-NQ/TW", _ITEM, 45, "bao-cao-vien"),
    ("Giải lao", _BREAK, 15, None),
    ("Phát biểu từ các điểm cầu", _ITEM, 30, None),
    ("Kết luận và bế mạc hội nghị", _ITEM, 10, None),
)
MINUTES = sum(minutes for _title, _kind, minutes, _presenter in _AGENDA)


@transaction.atomic
def make_conference(
    units: dict[str, OrgUnit], plan: Iterable[Person], accounts: dict[str, User], *, now: dt.datetime, another: bool = False
) -> Session:
    """The conference with its sites, and its newest session, planned for today while it has not begun.

    Makes what is missing and leaves the rest alone. ``another``: where every session has ended, plan one more.
    """
    plan = list(plan)
    sites = _make_sites(units, plan, accounts)
    conference, created = Conference.objects.get_or_create(
        public_id=demo_id("conference"), defaults={"title": TITLE, "organiser": units[COMMITTEE], "hub": sites[HUB]}
    )
    if created:
        conference.sites.set(sites.values())
    session = conference.sessions.order_by("-planned_start", "-pk").first()
    if session is None or (another and session.state == State.ENDED):
        return _make_session(conference, plan, accounts, units, sites, start=next_start(now))
    if session.state == State.SCHEDULED and is_stale(session.planned_start, now):
        _move(session, next_start(now))
    return session


def next_start(now: dt.datetime) -> dt.datetime:
    """The next quarter of an hour that is at least five minutes away."""
    at = (now + dt.timedelta(minutes=5)).replace(second=0, microsecond=0)
    return at + dt.timedelta(minutes=-at.minute % 15)


def is_stale(planned: dt.datetime, now: dt.datetime) -> bool:
    """Whether a session planned for ``planned`` that has not begun lies on an earlier day, or more than an hour back."""
    return timezone.localdate(planned) < timezone.localdate(now) or planned < now - STALE


def site_name(district: OrgUnit) -> str:
    """What stands on a plate: "TP Rạch Giá" for "Thành phố Rạch Giá"; other names as they are."""
    return district.name.replace("Thành phố", "TP")


def _make_sites(units: dict[str, OrgUnit], plan: list[Person], accounts: dict[str, User]) -> dict[str, Site]:
    operators = {p.place: accounts[p.username] for p in plan if p.role is Role.SITE_OPERATOR}
    places = {HUB: (HUB_NAME, units[COMMITTEE])} | {d.code: (site_name(d), d) for d in districts(units)}
    return {
        place: Site.objects.get_or_create(
            public_id=demo_id(f"site {place}"), defaults={"name": name, "unit": unit, "operator": operators[place]}
        )[0]
        for place, (name, unit) in places.items()
    }


def _make_session(
    conference: Conference,
    plan: list[Person],
    accounts: dict[str, User],
    units: dict[str, OrgUnit],
    sites: dict[str, Site],
    *,
    start: dt.datetime,
) -> Session:
    number = conference.sessions.count() + 1
    session = Session.objects.create(
        **({"public_id": demo_id("session")} if number == 1 else {}),
        conference=conference,
        title=SESSION_TITLE if number == 1 else f"{SESSION_TITLE} ({number})",
        planned_start=start,
        planned_minutes=MINUTES,
    )
    at = start
    for position, (title, kind, minutes, presenter) in enumerate(_AGENDA, start=1):
        AgendaItem.objects.create(
            session=session,
            position=position,
            title=title,
            kind=kind,
            planned_start=at,
            planned_minutes=minutes,
            presenter=accounts[presenter] if presenter else None,
            attendance_required=kind == _ITEM,
        )
        at += dt.timedelta(minutes=minutes)
    RosterEntry.objects.bulk_create(
        RosterEntry(
            session=session,
            person=accounts[person.username],
            unit=units[person.unit],
            site=sites[person.place] if person.place else None,
            role=person.role,
            planned_mode=RosterEntry.Mode.IN_ROOM if person.place else RosterEntry.Mode.ONLINE,
        )
        for person in plan
        if person.role is not None
    )
    return session


def _move(session: Session, start: dt.datetime) -> None:
    by = start - session.planned_start
    for item in session.agenda.all():
        item.planned_start += by
        item.save(update_fields=["planned_start"])
    session.planned_start = start
    session.save(update_fields=["planned_start"])
