"""How the rest finds its way into training: links from sessions, and who may watch a recording by enrolment."""

from __future__ import annotations

from django.urls import reverse

from conference.models import Session
from people.models import User
from people.permissions import Role
from training.models import Enrolment
from training.modules.selectors import activity_of_session


def module_url(session: Session) -> str | None:
    """See :func:`conference.onward.register`."""
    activity = activity_of_session(session)
    return reverse("module", kwargs={"public_id": activity.module.public_id}) if activity else None


def replay_url(session: Session) -> str:
    """See :func:`conference.onward.register`: in the session's module, else on a page of its own."""
    activity = activity_of_session(session)
    if activity is None:
        return reverse("session_replay", kwargs={"session_id": session.public_id})
    return reverse("replay", kwargs={"public_id": activity.public_id})


def recording_page(session_id: str) -> str | None:
    """See :func:`media.pages.register`."""
    session = Session.objects.filter(public_id=session_id).first()
    return replay_url(session) if session else None


def role_by_enrolment(session_id: str, user: User) -> Role | None:
    """See :func:`media.access.register`: who is enrolled in a programme may watch what its modules hold."""
    rows = Enrolment.objects.filter(person=user, programme__modules__activities__session__public_id=session_id)
    role = rows.values_list("role", flat=True).first()
    return Role(role) if role else None
