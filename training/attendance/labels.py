"""Words for the roll, on the page and in the workbook."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from people.permissions import Role
from training.attendance.domain.presence import Status
from training.attendance.roll import PersonRow, Roll, SiteRow, Source

STATUS: dict[Status, Promise] = {
    Status.IN_PERSON: gettext_lazy("Present in person"),
    Status.ONLINE: gettext_lazy("Present online"),
    Status.UNMARKED: gettext_lazy("Not marked yet"),
}
STATUS_TONE = {Status.IN_PERSON: "ok", Status.ONLINE: "info", Status.UNMARKED: "plain"}
SOURCE: dict[Source, Promise] = {
    Source.DEVICE: gettext_lazy("Own device"),
    Source.ROOM: gettext_lazy("Marked in the room"),
    Source.OPERATOR: gettext_lazy("Opened the site's page"),
}
ROLE: dict[Role, Promise] = {
    Role.CHAIR: gettext_lazy("Chair"),
    Role.PRESENTER: gettext_lazy("Presenter"),
    Role.SECRETARY: gettext_lazy("Secretary"),
    Role.TECHNICIAN: gettext_lazy("Technician"),
    Role.SITE_OPERATOR: gettext_lazy("Site operator"),
    Role.DELEGATE: gettext_lazy("Delegate"),
    Role.VIEWER: gettext_lazy("Viewer"),
}


def minutes_text(minutes: float) -> str:
    """Whole minutes; below ten one decimal, because short sessions are short."""
    shown = round(minutes, 1 if 0 < minutes < 10 else None)  # number_format cuts off, it does not round
    return number_format(shown, 1 if 0 < minutes < 10 else 0)


def percent_text(ratio: float | None) -> str:
    """As in 89,5%; nothing while nothing has been required."""
    if ratio is None:
        return ""
    percent = round(ratio * 100, 1)
    return f"{number_format(percent, 0 if percent == int(percent) else 1)}%"


def status_text(row: PersonRow, roll: Roll) -> Promise:
    """The status; after the end, somebody who was there but too briefly is not merely unmarked."""
    if row.status is Status.UNMARKED and roll.ended and row.presence.present_ms:
        return gettext_lazy("Not enough time")
    return STATUS[row.status]


def mode_text(row: PersonRow) -> str:
    """How the person took part; what was planned while there is no evidence."""
    if row.sources:
        return gettext("In person") if row.in_person else gettext("Online")
    return ""


def source_text(row: PersonRow) -> str:
    return ", ".join(str(SOURCE[source]) for source in row.sources)


def place_text(row: PersonRow) -> str:
    """The site, or that the person joins alone."""
    return row.entry.site.name if row.entry.site else gettext("Joins alone")


def remark_text(row: PersonRow, roll: Roll) -> str:
    """What makes the line unusual: late, left early, or too short to count."""
    presence, remarks = row.presence, []
    if presence.late_ms:
        minutes = round(presence.late_ms / 60_000)
        remarks.append(ngettext("%(count)s minute late", "%(count)s minutes late", minutes) % {"count": minutes})
    if presence.early_ms:
        minutes = round(presence.early_ms / 60_000)
        text = ngettext("left %(count)s minute early", "left %(count)s minutes early", minutes)
        remarks.append(text % {"count": minutes})
    if row.status is Status.UNMARKED and presence.present_ms:
        text = gettext("%(share)s, %(needed)s are needed")
        remarks.append(text % {"share": percent_text(presence.ratio), "needed": percent_text(roll.rules.present_percent / 100)})
    return "; ".join(remarks)


def site_text(row: SiteRow) -> str:
    return row.site.name if row.site else gettext("Those who join alone")


def site_remark_text(row: SiteRow) -> str:
    """What somebody should look at."""
    remarks = []
    if row.headcount is not None:
        counted = row.headcount.count
        remarks.append(ngettext("%(count)s person counted", "%(count)s people counted", counted) % {"count": counted})
    if row.differs:
        text = gettext("headcount and names differ (%(named)s marked by name)")
        remarks.append(text % {"named": row.marked})
    if row.site is not None and not row.connected:
        remarks.append(gettext("never connected"))
    return "; ".join(remarks)
