"""Where a recording is watched: as a step of a module, or on a page of its session, which need not belong to any module."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from conference import uploads
from conference.domain.program import State
from conference.models import Session
from conference.selectors import session_by_id
from media.models import Recording
from people.models import User
from people.permissions import Action, Role, can
from training.models import Activity
from training.modules.selectors import activity_of

_COVERAGE_PERCENT: int = Activity._meta.get_field("coverage_percent").default


@dataclass(frozen=True, slots=True)
class Place:
    """One recording's pages. Who has a part in the step, or in the session, may watch."""

    of: Activity | Session

    @property
    def activity(self) -> Activity | None:
        return self.of if isinstance(self.of, Activity) else None

    @property
    def session(self) -> Session | None:
        return self.of if isinstance(self.of, Session) else None

    @property
    def coverage_percent(self) -> int:
        """How much is to be watched, where nothing says so as much as a module would ask for."""
        return self.activity.coverage_percent if self.activity else _COVERAGE_PERCENT

    @property
    def recording(self) -> Recording | None:
        public_id = self.of.watchable_id if isinstance(self.of, Activity) else self.of.recording_id
        return Recording.objects.filter(public_id=public_id).first() if public_id else None

    @property
    def held(self) -> Session | None:
        """The session that is recorded, also where the place is a step of a module."""
        return self.of.session if isinstance(self.of, Activity) else self.of

    @property
    def awaits(self) -> bool:
        """Nothing is recorded yet, but the session is still to be held, or held now."""
        held = self.held
        return self.recording is None and held is not None and held.state != State.ENDED

    def url(self, part: str = "", **arguments: object) -> str:
        """Path of the page, or of what it asks for: ``waiting``, ``lease``, ``beats``, ``links``, ``download``, ``qr``, ``slide``
        (with its arguments)."""
        name = "replay" if self.activity else "session_replay"
        key = "public_id" if self.activity else "session_id"
        return reverse(f"{name}_{part}" if part else name, kwargs={key: self.of.public_id, **arguments})

    def add_url(self, user: User) -> str:
        """Path of the page where ``user`` can add a recording made elsewhere; empty where none is wanted, or not from them."""
        session = self.of.session if isinstance(self.of, Activity) else self.of
        if session is None or uploads.refusal(session) or not can(user, Action.RECORDING_MANAGE, session):
            return ""
        return reverse("media:upload", kwargs={"session": session.public_id})

    @property
    def waiting_url(self) -> str:
        return self.url("waiting")

    @property
    def download_url(self) -> str:
        """Leads to the download by a link that is made at the click."""
        return self.url("download")

    @property
    def qr_url(self) -> str:
        return self.url("qr")

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`: the role in the module, else on the session that was recorded."""
        session = self.of.session if isinstance(self.of, Activity) else None
        return self.of.role_of(user) or (session.role_of(user) if session else None)


def place_of(public_id: str = "", session_id: str = "") -> Place:
    """The place of a module's step, or of a session. Raises NotFound."""
    return Place(activity_of(public_id) if public_id else session_by_id(session_id))
