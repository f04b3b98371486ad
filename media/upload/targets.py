"""What a recording from elsewhere can be added to: told by the app that knows sessions, since the media app does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from core.errors import NotFound, _
from media import access
from people.models import User
from people.permissions import Role


@dataclass(frozen=True, slots=True)
class Target:
    """One session. ``refusal`` is the English msgid of why it takes no recording now, empty where it does."""

    session: str
    title: str
    """Of the recording that comes of it."""
    conference: str
    name: str
    """Of the session within its conference."""
    day: dt.date
    """On which the session was held, or was to be."""
    refusal: str = ""

    def role_of(self, user: User) -> Role | None:
        """See :class:`people.permissions.HasRoles`."""
        return access.role_on_session(self.session, user)


class Sessions(Protocol):
    """The app above."""

    def find(self, session: str) -> Target | None:
        """The target of that public id."""

    def attach(self, session: str, recording: str) -> bool:
        """Make ``recording`` the session's own. False where it has another one meanwhile. Runs in the caller's transaction."""

    def session_url(self, session: str) -> str:
        """Path of the session's page."""

    def replay_url(self, session: str) -> str | None:
        """Path of the page where the session's recording is watched, where there is one."""


_sessions: list[Sessions] = []


def register(sessions: Sessions) -> None:
    """For ``AppConfig.ready`` of the app above; the last one that registers answers."""
    _sessions[:] = [sessions]


def registered() -> Sessions:
    """Who answers for sessions."""
    return _sessions[0]


def target_of(session: str) -> Target:
    """Raises NotFound."""
    found = next((target for each in _sessions if (target := each.find(session)) is not None), None)
    if found is None:
        raise NotFound("upload.no_session", _("This session does not exist."))
    return found
