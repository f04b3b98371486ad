"""Which sessions take a recording that was made elsewhere, for :mod:`media.upload`, which knows no sessions."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from conference import onward, planning
from conference.domain.program import State
from conference.models import Session
from conference.recording import has_recording
from conference.services.change import changing
from core.clock import now
from core.errors import _
from media.upload.targets import Target


class Sessions:
    """See :class:`media.upload.targets.Sessions`."""

    def find(self, session: str) -> Target | None:
        found = Session.objects.select_related("conference").filter(public_id=session).first()
        if found is None:
            return None
        return Target(
            session=found.public_id,
            title=f"{found.conference.title} · {found.title}"[:250],
            conference=found.conference.title,
            name=found.title,
            day=timezone.localdate(found.started_at or found.planned_start),
            refusal=refusal(found),
        )

    def attach(self, session: str, recording: str) -> bool:
        with changing(session, now=now()) as change:
            if refusal(change.session):
                return False
            change.session.recording_id = recording
            return True

    def session_url(self, session: str) -> str:
        return reverse("session", kwargs={"session_id": session})

    def replay_url(self, session: str) -> str | None:
        return onward.replay_url(Session.objects.get(public_id=session))


def refusal(session: Session) -> str:
    """Why the session takes no recording from elsewhere now (an English msgid); empty where it does.

    It does once it is over, or should be (it may have been held without this system), and has no recording of its own: none,
    one that failed, or one that was deleted.
    """
    if session.state in (State.LIVE, State.BREAK):
        return _("The session is being held now and is recorded here.")
    if not (session.state == State.ENDED or session.held_elsewhere) and planning.ends_at(session) > now():
        return _("The session has not been held yet. Come back when it is over.")
    if session.state == State.OPEN:
        return _("The session is open. End it first, or come back when it is over.")
    if has_recording(session):
        return _("The session has a recording already.")
    return ""
