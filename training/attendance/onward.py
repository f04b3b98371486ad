"""What attendance offers on a session's page."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext

from conference.models import Session
from conference.onward import Further
from people.models import User
from people.permissions import Action, Role, can
from training.attendance import reading
from training.attendance.domain.spans import intersection


def links(session: Session, user: User) -> list[Further]:
    """The roll for those who may read it, the room's page for its operator."""
    found = []
    if can(user, Action.ATTENDANCE_READ, session):
        found.append(Further(gettext("Attendance"), reverse("attendance", args=[session.public_id]), "clipboard-check"))
    elif session.role_of(user) is Role.SITE_OPERATOR:
        label = gettext("Mark who is in the room")
        found.append(Further(label, reverse("attendance-room", args=[session.public_id]), "clipboard-list"))
    return found


def sites(session: Session) -> set[int]:
    """Keys of the sites that were connected in the time that counted."""
    until_ms = reading.until(session)
    required = reading.required_windows(session, until_ms=until_ms)
    seats = session.seats.exclude(site=None)
    connected = reading.connected_seats(session, until_ms=until_ms, seats=seats)
    there = {seat for seat, spans in connected.items() if intersection(spans, required)}
    return {site for seat, site in seats.values_list("pk", "site_id") if seat in there and site is not None}
