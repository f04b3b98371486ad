"""A person's evidence in words: what was observed, what follows from it, and by which rule."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import Q
from django.utils.translation import gettext, ngettext

from conference.models import Session
from core.clock import from_ms
from core.errors import NotFound, _
from people.permissions import Role
from training.attendance.domain.connection import AT_ONE_MOMENT, CLOSE_AFTER_MS, Kind
from training.attendance.domain.spans import Span
from training.attendance.labels import minutes_text, percent_text
from training.attendance.models import Evidence
from training.attendance.roll import PersonRow, Roll, Source, roll_of


@dataclass(frozen=True, slots=True)
class Line:
    """One observation, or a run of heartbeats from ``at`` until ``until``."""

    at: dt.datetime
    until: dt.datetime | None
    icon: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Required time in which somebody was there; ``minutes`` is how long, in words."""

    start: dt.datetime
    end: dt.datetime
    minutes: str


@dataclass(frozen=True, slots=True)
class Trail:
    roll: Roll
    row: PersonRow
    lines: list[Line]
    stretches: list[Stretch]
    conclusion: list[str]
    """Sentences, in the order in which one reckons."""


def trail_of(session: Session, person_id: str, *, now: dt.datetime | None = None) -> Trail:
    """The trail of the person with public id ``person_id``. Raises NotFound for somebody who was not summoned."""
    roll = roll_of(session, now=now)
    row = next((row for row in roll.people if row.person.public_id == person_id), None)
    if row is None:
        raise NotFound("attendance.not_summoned", _("This person is not on the list of this session."))
    return Trail(
        roll=roll,
        row=row,
        lines=_lines(session, row),
        stretches=[_stretch(span) for span in row.presence.present],
        conclusion=_conclusion(roll, row),
    )


def _lines(session: Session, row: PersonRow) -> list[Line]:
    own = Q(seat__person=row.person) | Q(kind=Kind.ROSTER_TICK, person=row.person)
    room = Q(seat__site=row.entry.site_id) if row.entry.site_id is not None else Q()
    wanted = own | room if room and set(row.sources) - {Source.DEVICE} else own
    evidence = Evidence.objects.filter(wanted, session=session).select_related("actor", "site")

    lines: list[Line] = []
    runs: dict[int | None, list[Evidence]] = defaultdict(list)  # by seat: heartbeats since its last other event
    signs: dict[int | None, dt.datetime] = {}  # by seat: its last sign of life
    for one in sorted(evidence, key=lambda one: (one.server_at, AT_ONE_MOMENT[Kind(one.kind)])):
        sign = signs.get(one.seat_id)
        signs[one.seat_id] = one.server_at
        if one.kind == Kind.HEARTBEAT:
            runs[one.seat_id].append(one)
            continue
        if run := runs.pop(one.seat_id, []):
            lines.append(_heartbeats(run))
        lines.append(_event(one, sign=sign, ended_at=session.ended_at))
    lines += [_heartbeats(run) for run in runs.values()]
    return sorted(lines, key=lambda line: line.at)


def _heartbeats(run: list[Evidence]) -> Line:
    moments = [one.server_at for one in run]
    longest = max(((later - earlier).total_seconds() for earlier, later in pairwise(moments)), default=0)
    text = ngettext("%(count)s sign of life", "%(count)s signs of life", len(run)) % {"count": len(run)}
    pause = gettext("longest pause %(seconds)s seconds") % {"seconds": round(longest)} if longest else ""
    return Line(moments[0], moments[-1] if len(run) > 1 else None, "gauge", text, pause)


def _stayed(one: Evidence, sign: dt.datetime | None, ended_at: dt.datetime) -> bool:
    """Whether a page left only after the session had ended, having been there at its end."""
    there = sign is not None and sign >= ended_at - dt.timedelta(milliseconds=CLOSE_AFTER_MS)
    return one.kind == Kind.LEAVE and one.server_at >= ended_at and there


def _whose(one: Evidence) -> str:
    return gettext("on their own device") if one.site_id is None else gettext("on the site's device")


def _event(one: Evidence, *, sign: dt.datetime | None, ended_at: dt.datetime | None) -> Line:
    """``sign``: the last sign of life of the seat before."""
    if ended_at is not None and _stayed(one, sign, ended_at):
        return Line(ended_at, None, "flag", gettext("There until the session ended"), _whose(one))
    match one.kind:
        case Kind.JOIN:
            return Line(one.server_at, None, "log-in", gettext("Entered the session"), _whose(one))
        case Kind.LEAVE:
            text = {
                "left": gettext("Left the session"),
                "lost": gettext("Lost: no more signs of life"),
                "taken": gettext("Moved to another window"),
            }.get(one.payload.get("reason", ""), gettext("Left the session"))
            return Line(one.server_at, None, "log-out" if one.payload.get("reason") == "left" else "wifi-off", text, _whose(one))
        case _:
            actor = one.actor.full_name if one.actor else ""
            if not one.payload["present"]:
                return Line(one.server_at, None, "circle-x", gettext("Mark withdrawn"), actor)
            text = (
                gettext("Marked as present, since the room connected") if one.payload["whole"] else gettext("Marked as present")
            )
            return Line(one.server_at, None, "clipboard-check", text, actor)


def _stretch(span: Span) -> Stretch:
    minutes = span.length / 60_000
    text = ngettext("%(minutes)s minute", "%(minutes)s minutes", round(minutes)) % {"minutes": minutes_text(minutes)}
    return Stretch(from_ms(span.start), from_ms(span.end), text)


def _conclusion(roll: Roll, row: PersonRow) -> list[str]:
    presence = row.presence
    if not roll.required:
        return [gettext("The session has not begun: no time has been required yet.")]
    sentences = [
        gettext("Required: %(minutes)s minutes (the running session without its breaks).")
        % {"minutes": minutes_text(roll.required_minutes)},
        gettext("Present: %(minutes)s minutes, that is %(share)s; at least %(needed)s are needed.")
        % {
            "minutes": minutes_text(row.minutes),
            "share": percent_text(presence.ratio),
            "needed": percent_text(roll.rules.present_percent / 100),
        },
    ]
    if Source.OPERATOR in row.sources:
        sentences.append(gettext("The room's page was opened with this person's login."))
    elif Source.ROOM in row.sources:
        sentences.append(gettext("Whoever is marked in a room is there as long as the room is connected."))
    elif row.entry.site_id is not None and row.entry.role == Role.DELEGATE and not row.sources:
        sentences.append(gettext("Nobody has marked this person in the room, and no device of theirs was seen."))
    return sentences
