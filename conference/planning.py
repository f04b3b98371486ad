"""Reading for the planning pages: lists, counts, and who may hold a conference."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise

from conference import onward
from conference.domain.program import State
from conference.labels import HELD_ELSEWHERE, ROLE_LABELS, STATE_LABELS
from conference.models import Conference, RosterEntry, Seat, Session, Site
from core.clock import now
from people.models import OrgUnit, User
from people.names import folded, person_key
from people.permissions import Action, Role, can

RUNNING = (State.OPEN, State.LIVE, State.BREAK)
FOUND_AT_MOST = 20


def sessions_of(user: User) -> QuerySet[Session]:
    """Sessions in which the person has a part: summoned, organising, or administrating."""
    sessions = Session.objects.select_related("conference", "conference__organiser")
    if can(user, Action.PLATFORM_OPERATE):
        return sessions
    mine = Q(pk__in=RosterEntry.objects.filter(person=user).values("session"))
    if user.platform_role == User.PlatformRole.ORGANISER and user.unit_id:
        mine |= Q(conference__organiser=user.unit_id)
    return sessions.filter(mine)


@dataclass(frozen=True)
class SessionLists:
    """Sessions by when they are, for one person."""

    running: list[Session]
    coming: list[Session]
    past: QuerySet[Session]


def session_lists(user: User) -> SessionLists:
    """What is on, what comes (soonest first; what should have begun long ago is not forgotten), what is over (latest first)."""
    sessions = sessions_of(user)
    return SessionLists(
        running=list(sessions.filter(state__in=RUNNING).order_by("planned_start")),
        coming=list(sessions.filter(state=State.SCHEDULED).exclude(_held_elsewhere()).order_by("planned_start")),
        past=sessions.filter(Q(state=State.ENDED) | _held_elsewhere()).order_by("-planned_start"),
    )


def empty_conferences(user: User) -> list[Conference]:
    """Conferences that the person may plan and that have no session yet: no list of sessions would show them."""
    conferences = Conference.objects.filter(sessions=None).select_related("organiser")
    if not can(user, Action.PLATFORM_OPERATE):
        organises = user.platform_role == User.PlatformRole.ORGANISER
        conferences = conferences.filter(organiser=user.unit_id) if organises else conferences.none()
    return list(conferences.order_by("-created_at"))


def organising_units(user: User) -> QuerySet[OrgUnit]:
    """Units in whose name the person may hold a conference: their own; for an administrator, every unit of today that is no party
    cell, and those that have held one already, whatever became of them since."""
    if not can(user, Action.PLATFORM_OPERATE):
        return OrgUnit.objects.filter(people=user)
    today = now().date()
    of_today = Q(valid_from__lte=today) & (Q(valid_to=None) | Q(valid_to__gt=today)) & ~Q(kind=OrgUnit.Kind.CELL)
    held = Q(pk__in=Conference.objects.values("organiser"))
    return OrgUnit.objects.filter(of_today | held).order_by("code", "valid_from")


@dataclass(frozen=True)
class SiteLine:
    """A site on the session's page: is it connected (after the end: was it there), and how many people are summoned there."""

    site: Site
    summoned: int
    online: bool
    hub: bool


def site_lines(session: Session) -> list[SiteLine]:
    """All invited sites, the hub first, then by name."""
    online: set[int | None]
    if session.state == State.ENDED:
        online = {*onward.attended(session)}
    else:
        online = set(Seat.objects.filter(session=session, online=True, site__isnull=False).values_list("site_id", flat=True))
    counts = dict(session.roster.exclude(site=None).values_list("site").annotate(n=Count("pk")).values_list("site", "n"))
    hub = session.conference.hub_id
    lines = [
        SiteLine(site, counts.get(site.pk, 0), site.pk in online, site.pk == hub)
        for site in session.conference.sites.select_related("operator", "unit")
    ]
    return sorted(lines, key=lambda line: (not line.hub, folded(line.site.name)))


def leading_people(session: Session) -> list[RosterEntry]:
    """Chair, presenters, secretaries, technicians, in this order and then by name."""
    entries = session.roster.filter(role__in=[Role.CHAIR, Role.PRESENTER, Role.SECRETARY, Role.TECHNICIAN])
    order = list(Role)
    return sorted(
        entries.select_related("person", "unit"),
        key=lambda entry: (order.index(Role(entry.role)), person_key(entry.person.full_name)),
    )


def role_counts(session: Session) -> list[tuple[Role, object, int]]:
    """How many are summoned in each role: role, its name, how many; roles that nobody has are left out."""
    counts = dict(session.roster.values_list("role").annotate(n=Count("pk")).values_list("role", "n"))
    return [(role, ROLE_LABELS[role], counts[role]) for role in Role if counts.get(role)]


def roster(session: Session, *, search: str, role: str) -> list[RosterEntry]:
    """Those whose name, unit or site holds ``search`` (folded) and whose role is ``role`` ("" = all), sorted by given name."""
    entries = session.roster.select_related("person", "unit", "site")
    if role:
        entries = entries.filter(role=role)
    wanted = folded(search)
    found = [e for e in entries if wanted in folded(f"{e.person.full_name} {e.unit.name} {e.site.name if e.site else ''}")]
    return sorted(found, key=lambda entry: person_key(entry.person.full_name))


def people_to_summon(session: Session, search: str) -> list[User]:
    """Up to :data:`FOUND_AT_MOST` active people whose name or user name fits and who are not on the roster."""
    wanted = folded(search)
    if len(wanted) < 2:
        return []
    fits = Q(name_folded__contains=wanted) | Q(username__startswith=search.strip().lower())
    summoned = session.roster.values("person")
    people = User.objects.filter(fits, is_active=True).exclude(pk__in=summoned).select_related("unit")
    return list(people.order_by("name_folded")[:FOUND_AT_MOST])


def own_site(session: Session, user: User) -> Site | None:
    """The room in which the person is expected."""
    entry = session.roster.filter(person=user).select_related("site").first()
    return entry.site if entry is not None else None


def may_enter(session: Session) -> bool:
    """Whether the room is worth opening: it is not over."""
    return session.state != State.ENDED and not is_held_elsewhere(session)


def is_held_elsewhere(session: Session) -> bool:
    """It was never opened here, and its planner says that it was held without this system, or its time has come and a recording
    of it was added."""
    added = session.recording_id != "" and session.planned_start < now()
    return session.state == State.SCHEDULED and (session.held_elsewhere or added)


def _held_elsewhere() -> Q:
    """Those of which :func:`is_held_elsewhere` holds."""
    added = Q(planned_start__lt=now()) & ~Q(recording_id="")
    return Q(state=State.SCHEDULED) & (Q(held_elsewhere=True) | added)


def state_label(session: Session) -> Promise:
    """Its state in words."""
    return HELD_ELSEWHERE if is_held_elsewhere(session) else STATE_LABELS[State(session.state)]


def ends_at(session: Session) -> dt.datetime:
    """When the session is planned to end; at the end of the calendar, when it begins."""
    try:
        return session.planned_start + dt.timedelta(minutes=session.planned_minutes)
    except OverflowError:
        return session.planned_start
