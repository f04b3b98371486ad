"""What attendance offers on a session's page."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext

from conference.models import Session
from conference.onward import Further
from people.models import User
from people.permissions import Action, Role, can


def links(session: Session, user: User) -> list[Further]:
    """The roll for those who may read it, the room's page for its operator."""
    found = []
    if can(user, Action.ATTENDANCE_READ, session):
        found.append(Further(gettext("Attendance"), reverse("attendance", args=[session.public_id]), "clipboard-check"))
    elif session.role_of(user) is Role.SITE_OPERATOR:
        label = gettext("Mark who is in the room")
        found.append(Further(label, reverse("attendance-room", args=[session.public_id]), "clipboard-list"))
    return found
