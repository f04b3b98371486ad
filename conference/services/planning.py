"""Planning a conference: its sites, sessions, agenda and roster. Pages that are open hear of what concerns them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from conference import groups
from conference.domain.program import State
from conference.models import AgendaItem, Conference, RosterEntry, Session, Site
from conference.services.change import Change, changing
from conference.services.seats import clear, fit_program, seat_everybody
from core.errors import Conflict, NotAllowed, _
from media.keeping.rules import Policy, Rule
from media.keeping.services import check_days, default_changed
from people.models import OrgUnit, User
from people.permissions import MATRIX, Action, Role, can


@transaction.atomic
def create_conference(
    *, title: str, organiser: OrgUnit, hub: Site, sites: Collection[Site], keeping: Rule | None = None
) -> Conference:
    """A new conference without sessions; the hub is always among its sites. ``keeping``: its rule for recordings, None for the
    installation's. Raises Invalid ``keeping.bad_days``."""
    policy, days = _stored(keeping)
    conference = Conference.objects.create(title=title, organiser=organiser, hub=hub, keeping_policy=policy, keeping_days=days)
    conference.sites.set({*sites, hub})
    return conference


def update_conference(
    *, conference: Conference, title: str, hub: Site, sites: Collection[Site], keeping: Rule | None, now: dt.datetime
) -> None:
    """Change title, hub, sites and the rule for recordings (None: the installation's). Operators of newly invited sites are
    summoned to the sessions that have not ended; what was announced by another rule is void. Raises Invalid
    ``keeping.bad_days``."""
    with transaction.atomic():
        before = Conference.objects.select_for_update().get(pk=conference.pk).keeping_rule
        conference.title, conference.hub = title, hub
        conference.keeping_policy, conference.keeping_days = _stored(keeping)
        conference.save(update_fields=["title", "hub", "keeping_policy", "keeping_days"])
        if conference.keeping_rule != before:
            default_changed(sessions=list(conference.sessions.values_list("public_id", flat=True)))
        conference.sites.set({*sites, hub})
        for session in conference.sessions.exclude(state=State.ENDED).order_by("pk"):
            with changing(session.public_id, now=now) as change:
                _summon_operators(change.session)
                _seat_everybody(change)
                change.skip()


def _stored(keeping: Rule | None) -> tuple[str, int]:
    if keeping is None or keeping.policy is Policy.KEEP:
        return keeping.policy.value if keeping else "", 0
    check_days(keeping.days)
    return keeping.policy.value, keeping.days


@transaction.atomic
def create_session(
    *,
    conference: Conference,
    title: str,
    planned_start: dt.datetime,
    planned_minutes: int,
    rehearsal: bool,
    by: User,
    like: Session | None = None,
    held_elsewhere: bool = False,
) -> Session:
    """A new session. ``like``: with the agenda and the roster of that one; else with the operators of all invited sites.

    ``by`` has a part in it, the same as in the conference: who plans a session can go on with it.
    """
    session = Session.objects.create(
        conference=conference, title=title, planned_start=planned_start, planned_minutes=planned_minutes, rehearsal=rehearsal,
        held_elsewhere=held_elsewhere,
    )  # fmt: skip
    if like is not None:
        _copy_plan(like, session)
    _summon_operators(session)
    if session.role_of(by) is None and (role := conference.role_of(by)) is not None:
        unit = by.unit or conference.organiser
        RosterEntry.objects.create(session=session, person=by, unit=unit, role=role, planned_mode=RosterEntry.Mode.ONLINE)
    return session


def update_session(
    *,
    session_id: str,
    title: str,
    planned_start: dt.datetime,
    planned_minutes: int,
    rehearsal: bool,
    now: dt.datetime,
    held_elsewhere: bool = False,
) -> None:
    """Change a session's plan; its agenda moves along. Raises Conflict once the session has begun to run."""
    with changing(session_id, now=now) as change:
        session = change.session
        if change.program.state not in (State.SCHEDULED, State.OPEN):
            raise Conflict("session.begun", _("The session has begun: its plan can no longer be changed."))
        by = planned_start - session.planned_start
        session.title, session.rehearsal, session.held_elsewhere = title, rehearsal, held_elsewhere
        session.planned_start, session.planned_minutes = planned_start, planned_minutes
        session.save(update_fields=["title", "rehearsal", "held_elsewhere", "planned_start", "planned_minutes"])
        for item in session.agenda.all():
            item.planned_start += by
            item.save(update_fields=["planned_start"])
        change.skip()


@dataclass(frozen=True)
class ItemPlan:
    """One line of an agenda as planned. ``public_id`` None: a new line."""

    public_id: str | None
    title: str
    kind: AgendaItem.Kind
    minutes: int
    presenter: User | None


def save_agenda(*, session_id: str, plan: Sequence[ItemPlan], now: dt.datetime) -> None:
    """The agenda becomes ``plan``, one line after the other from the session's start. A line that runs now cannot be left out.
    Raises Conflict ``session.ended`` once the session has ended: what was held is no plan any more."""
    with changing(session_id, now=now) as change:
        session = change.session
        if session.state == State.ENDED:
            raise Conflict("session.ended", _("The session has ended."))
        kept = {item.public_id for item in plan if item.public_id}
        if change.program.agenda_item and change.program.agenda_item not in kept:
            raise Conflict("agenda.item_running", _("The agenda item that is running cannot be removed."))
        session.agenda.exclude(public_id__in=kept).delete()
        known = {item.public_id: item for item in session.agenda.all()}
        for position, item in enumerate(known.values(), start=1):  # out of the way of the unique positions to come
            item.position = 10_000 + position
            item.save(update_fields=["position"])
        at = session.planned_start
        for position, line in enumerate(plan, start=1):
            item = known.get(line.public_id or "") or AgendaItem(session=session)
            item.position, item.planned_start, item.planned_minutes = position, at, line.minutes
            item.title, item.kind, item.presenter = line.title, line.kind, line.presenter
            item.attendance_required = line.kind == AgendaItem.Kind.ITEM
            item.save()
            at += dt.timedelta(minutes=line.minutes)
        change.agenda()


def summon(*, session_id: str, by: User, person: User, role: Role, site: Site | None, now: dt.datetime) -> RosterEntry:
    """Put a person on the roster, or change how they stand there. An open page of theirs has the new role from now on; what it
    does not allow is taken from their seat. What the node is to close says :func:`conference.services.seats.media_lost`.

    Raises NotAllowed ``roster.role_above`` where somebody who may not run the session makes themselves one who may, or while it
    runs gives or takes away such a role; before, a secretary may well name the chair."""
    with changing(session_id, now=now) as change:
        session = change.session
        _check_role(session, by=by, person=person, role=role)
        unit = person.unit or (site.unit if site is not None else session.conference.organiser)
        mode = RosterEntry.Mode.IN_ROOM if site is not None else RosterEntry.Mode.ONLINE
        entry, _made = RosterEntry.objects.update_or_create(
            session=session,
            person=person,
            defaults={"role": role, "site": site, "planned_mode": mode},
            create_defaults={"role": role, "site": site, "planned_mode": mode, "unit": unit},
        )
        seat = session.seats.filter(person=person).first()
        if seat is not None and seat.role != role:
            seat.role = role
            seat.save(update_fields=["role"])
            change.seats(seat)
            fit_program(change, seat)
        _seat_everybody(change)
        groups.publish_doubt(session_id, person=person.pk)
        return entry


def dismiss(*, session_id: str, by: User, person: User, now: dt.datetime) -> None:
    """Take a person off the roster: their seat is empty at once, and their page is closed. What the node is to close says
    :func:`conference.services.seats.media_lost`. Raises as :func:`summon`."""
    with changing(session_id, now=now) as change:
        session = change.session
        _check_role(session, by=by, person=person, role=None)
        session.roster.filter(person=person).delete()
        seat = session.seats.filter(person=person).first()
        if seat is not None and not can(person, Action.SESSION_JOIN, session):
            clear(change, seat)
        groups.publish_doubt(session_id, person=person.pk)


def _seat_everybody(change: Change) -> None:
    if change.session.seats.exists():  # else the first page that comes makes them
        seat_everybody(change)


def _summon_operators(session: Session) -> None:
    summoned = set(session.roster.values_list("person_id", flat=True))
    for site in session.conference.sites.select_related("operator__unit", "unit"):
        operator = site.operator
        if operator is not None and operator.pk not in summoned:
            unit = operator.unit or site.unit
            RosterEntry.objects.create(session=session, person=operator, unit=unit, site=site, role=Role.SITE_OPERATOR)
            summoned.add(operator.pk)


def _copy_plan(source: Session, target: Session) -> None:
    by = target.planned_start - source.planned_start
    for item in source.agenda.all():
        AgendaItem.objects.create(
            session=target,
            position=item.position,
            title=item.title,
            kind=item.kind,
            planned_start=item.planned_start + by,
            planned_minutes=item.planned_minutes,
            presenter=item.presenter,
            attendance_required=item.attendance_required,
        )
    RosterEntry.objects.bulk_create(
        RosterEntry(
            session=target,
            person_id=entry.person_id,
            unit_id=entry.unit_id,
            site_id=entry.site_id,
            role=entry.role,
            planned_mode=entry.planned_mode,
        )
        for entry in source.roster.all()
    )


def _check_role(session: Session, *, by: User, person: User, role: Role | None) -> None:
    if person != by and session.state not in (State.OPEN, State.LIVE, State.BREAK):
        return
    runs = {each for each in Role if Action.SESSION_RUN in MATRIX[each]}
    if runs & {role, session.role_of(person)} and not can(by, Action.SESSION_RUN, session):
        raise NotAllowed(
            "roster.role_above",
            _("Only the chair or a technician of the session can give or take away this role. Ask one of them."),
        )
