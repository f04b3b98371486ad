"""The roll of a session: who was there, where, from when to when; and the same by site. Derived from evidence on each call."""

from __future__ import annotations

import datetime as dt
import enum
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from conference.models import RosterEntry, Session, Site
from core.clock import from_ms
from people.models import User
from people.names import collation_key, person_key
from people.permissions import Role
from training.attendance import reading
from training.attendance.domain.presence import Presence, Rules, Status, assess, status
from training.attendance.domain.room import differ, in_room, present_in
from training.attendance.domain.spans import Spans, intersection, span, total, union, without
from training.attendance.reading import Headcount
from training.attendance.selectors import rules_of

_AT_THEIR_DESK = frozenset({Role.CHAIR, Role.PRESENTER, Role.SECRETARY, Role.TECHNICIAN})
"""They sit in the room that their roster entry names and have a page of their own there."""


class Source(enum.StrEnum):
    """What a person's presence rests on."""

    DEVICE = "device"  # a page of their own
    ROOM = "room"  # somebody in the room said so, and the room was connected
    OPERATOR = "operator"  # they opened the room's page


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One summoned person."""

    entry: RosterEntry
    presence: Presence
    status: Status
    in_person: bool
    sources: tuple[Source, ...]
    there_now: bool

    @property
    def person(self) -> User:
        return self.entry.person

    @property
    def first(self) -> dt.datetime | None:
        """When they came; also where that was before the session began."""
        return None if self.presence.first is None else from_ms(self.presence.first)

    @property
    def last(self) -> dt.datetime | None:
        return None if self.presence.last is None else from_ms(self.presence.last)

    @property
    def minutes(self) -> float:
        """Minutes of the required time."""
        return self.presence.present_ms / 60_000


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site; or, with ``site`` None, those who are on no room's roster. Counts are people."""

    site: Site | None
    hub: bool
    summoned: int
    in_person: int
    online: int
    marked: int
    """People of whom there is evidence that they sat in the room, whether long enough to be present or not."""
    headcount: Headcount | None
    connected: Spans
    connected_now: bool
    outage_ms: int
    """How much of the required time passed unconnected after the room first came."""

    @property
    def named(self) -> int:
        return self.in_person + self.online

    @property
    def unmarked(self) -> int:
        return self.summoned - self.named

    @property
    def present(self) -> int:
        """The headcount where there is one, else the named; never their sum."""
        return present_in(self.headcount.count if self.headcount else None, self.named)

    @property
    def ratio(self) -> float | None:
        return self.present / self.summoned if self.summoned else None

    @property
    def differs(self) -> bool:
        """The headcount and those marked in the room are far apart."""
        return differ(self.headcount.count if self.headcount else None, self.marked)

    @property
    def first(self) -> dt.datetime | None:
        return from_ms(self.connected[0].start) if self.connected else None

    @property
    def last(self) -> dt.datetime | None:
        return from_ms(self.connected[-1].end) if self.connected else None


@dataclass(frozen=True, slots=True)
class Roll:
    """Everybody, and every site, as known at ``at``."""

    session: Session
    at: dt.datetime
    ended: bool
    required: Spans
    rules: Rules
    people: list[PersonRow]
    """By given name, as lists of Vietnamese names go."""
    sites: list[SiteRow]
    """The hub, the sites by name, then those who joined alone."""

    @property
    def required_minutes(self) -> float:
        return total(self.required) / 60_000

    def count(self, wanted: Status) -> int:
        return sum(row.status is wanted for row in self.people)

    @property
    def present(self) -> int:
        """People of all sites and those alone: headcounts where there are any, never both."""
        return sum(row.present for row in self.sites)


def roll_of(session: Session, *, now: dt.datetime | None = None) -> Roll:
    """The roll as of the session's end, or of ``now`` while it runs."""
    until_ms = reading.until(session, now)
    rules = rules_of(session)
    required = reading.required_windows(session, until_ms=until_ms)
    by_seat = reading.connected_seats(session, until_ms=until_ms)
    seats = list(session.seats.values_list("pk", "site_id", "person_id"))
    rooms = {site: by_seat.get(pk, ()) for pk, site, _person in seats if site is not None}
    alone = {person: by_seat.get(pk, ()) for pk, _site, person in seats if person is not None}
    ticks = reading.ticks(session)
    entries = list(session.roster.select_related("person", "unit", "site"))
    operators = Counter(entry.site_id for entry in entries if entry.role == Role.SITE_OPERATOR)
    ended = reading.has_ended(session)

    def row(entry: RosterEntry) -> PersonRow:
        room = rooms.get(entry.site_id, ()) if entry.site_id is not None else ()
        opens = entry.role == Role.SITE_OPERATOR and operators[entry.site_id] == 1
        parts = {
            Source.DEVICE: alone.get(entry.person_id, ()),
            Source.ROOM: in_room(room, ticks.get(entry.person_id, [])),
            Source.OPERATOR: room if opens else (),
        }
        there = union(one for spans in parts.values() for one in spans)
        sources = tuple(source for source, spans in parts.items() if spans)
        in_person = is_in_person(entry, sources)
        presence = assess(there, required, ended=ended, rules=rules)
        return PersonRow(
            entry=entry,
            presence=presence,
            status=status(presence, in_person=in_person, rules=rules),
            in_person=in_person,
            sources=sources,
            there_now=not ended and bool(there) and there[-1].end >= until_ms,
        )

    people = sorted((row(entry) for entry in entries), key=lambda one: person_key(one.person.full_name))
    return Roll(
        session=session,
        at=from_ms(until_ms),
        ended=ended,
        required=required,
        rules=rules,
        people=people,
        sites=_site_rows(session, people, rooms, required, rules, until_ms=until_ms, ended=ended),
    )


def is_in_person(entry: RosterEntry, sources: Iterable[Source]) -> bool:
    """Whether somebody with evidence of ``sources`` sat in the room: the room says so, or it is where their own page stands."""
    if any(source is not Source.DEVICE for source in sources):
        return True
    return entry.role in _AT_THEIR_DESK and entry.site_id is not None


def _gone_at(connected: Spans, rules: Rules, until_ms: int, *, ended: bool) -> int:
    """Up to when a room should have been connected: to the end, but a room that left shortly before it was not interrupted."""
    last = connected[-1].end
    return last if ended and until_ms - last <= rules.early_before_ms else until_ms


def _site_rows(
    session: Session,
    people: list[PersonRow],
    rooms: dict[int, Spans],
    required: Spans,
    rules: Rules,
    *,
    until_ms: int,
    ended: bool,
) -> list[SiteRow]:
    counts: dict[int | None, Counter[Status]] = defaultdict(Counter)
    marked: Counter[int | None] = Counter()
    for person in people:
        counts[person.entry.site_id][person.status] += 1
        marked[person.entry.site_id] += person.in_person and bool(person.sources)
    headcounts = reading.headcounts(session)
    hub = session.conference.hub_id
    invited = {site.pk: site for site in session.conference.sites.select_related("unit", "operator")}
    # A site that was taken off the invitation still has the people who were summoned there.
    invited |= {row.entry.site.pk: row.entry.site for row in people if row.entry.site and row.entry.site.pk not in invited}
    ordered = sorted(invited.values(), key=lambda site: (site.pk != hub, collation_key(site.name)))
    places: list[Site | None] = [*ordered]
    if counts[None]:
        places.append(None)
    rows = []
    for site in places:
        key = site.pk if site is not None else None
        connected = rooms.get(key, ()) if key is not None else ()
        due = (
            intersection(required, span(connected[0].start, _gone_at(connected, rules, until_ms, ended=ended)))
            if connected
            else ()
        )
        rows.append(
            SiteRow(
                site=site,
                hub=key == hub,
                summoned=counts[key].total(),
                in_person=counts[key][Status.IN_PERSON],
                online=counts[key][Status.ONLINE],
                marked=marked[key],
                headcount=headcounts.get(key) if key is not None else None,
                connected=connected,
                connected_now=not ended and bool(connected) and connected[-1].end >= until_ms,
                outage_ms=total(without(due, connected)),
            )
        )
    return rows
