"""The roll as a page shows it: chosen lines, in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from people.names import folded
from people.permissions import Role
from training.attendance import labels
from training.attendance.domain.presence import Status
from training.attendance.roll import PersonRow, Roll, SiteRow

ALONE = "rieng"
"""In place of a site: those who are on no room's roster."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader looks for; empty = everything. ``site``: a site's public id, or :data:`ALONE`."""

    search: str = ""
    site: str = ""
    status: str = ""

    @property
    def anything(self) -> bool:
        return bool(self.search or self.site or self.status)


@dataclass(frozen=True, slots=True)
class PersonLine:
    row: PersonRow
    place: str
    role: Promise | None
    minutes: str
    percent: str
    status: Promise
    tone: str
    source: str
    remark: str


@dataclass(frozen=True, slots=True)
class SiteLine:
    row: SiteRow
    name: str
    percent: str
    outage: str
    remark: str


def person_lines(roll: Roll, choice: Choice) -> list[PersonLine]:
    """Those that ``choice`` leaves, by given name."""
    return [person_line(row, roll) for row in roll.people if _fits(row, choice)]


def site_lines(roll: Roll) -> list[SiteLine]:
    return [
        SiteLine(
            row=row,
            name=labels.site_text(row),
            percent=labels.percent_text(row.ratio),
            outage=labels.minutes_text(row.outage_ms / 60_000) if row.connected else "",
            remark=labels.site_remark_text(row),
        )
        for row in roll.sites
    ]


def place_choices(roll: Roll) -> list[tuple[str, str]]:
    """All sites, and those who join alone where there are any: value and name."""
    return [(row.site.public_id if row.site else ALONE, labels.site_text(row)) for row in roll.sites]


def status_choices() -> list[tuple[str, Promise]]:
    return [(status.value, label) for status, label in labels.STATUS.items()]


def _fits(row: PersonRow, choice: Choice) -> bool:
    if choice.status and row.status != choice.status:
        return False
    site = row.entry.site
    if choice.site and (site.public_id if site else ALONE) != choice.site:
        return False
    wanted = folded(choice.search)
    return wanted in folded(f"{row.person.full_name} {row.person.title} {row.entry.unit.name} {site.name if site else ''}")


def person_line(row: PersonRow, roll: Roll) -> PersonLine:
    role = Role(row.entry.role)
    return PersonLine(
        row=row,
        place=labels.place_text(row),
        role=labels.ROLE[role] if role is not Role.DELEGATE else None,
        minutes=labels.minutes_text(row.minutes) if row.sources else "",
        percent=labels.percent_text(row.presence.ratio) if row.sources else "",
        status=labels.status_text(row, roll),
        tone=labels.STATUS_TONE[row.status],
        source=labels.source_text(row),
        remark=labels.remark_text(row, roll),
    )


def counts(roll: Roll) -> dict[str, int]:
    """People by status, and all summoned."""
    return {status.value: roll.count(status) for status in Status} | {"summoned": len(roll.people)}
