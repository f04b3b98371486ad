"""The one permission function: may this actor do this, on that?

Views, commands and the abilities that pages show all ask :func:`can`. A role is held on a *thing* (a session, a module); the
thing says which role an actor has on it (:class:`HasRoles`). The server decides; a page only shows.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from people.models import User


class Role(enum.StrEnum):
    """A role on one session (and on what belongs to it). Values are stored on rosters."""

    CHAIR = "chair"
    PRESENTER = "presenter"
    SECRETARY = "secretary"
    TECHNICIAN = "technician"
    SITE_OPERATOR = "site_operator"
    DELEGATE = "delegate"
    VIEWER = "viewer"


class Action(enum.StrEnum):
    """Everything that can be permitted. A command or view declares exactly one."""

    # without a role: any signed-in person
    HOME = "home"
    # a session
    SESSION_JOIN = "session.join"
    SESSION_RUN = "session.run"  # open, start, break, resume, end
    SESSION_OPERATE = "session.operate"  # see the console: sites, links, recording state
    STREAM_KEYS = "stream.keys"  # let an encoder or a player take a seat over HTTP (WHIP, WHEP)
    AGENDA_RUN = "agenda.run"
    FLOOR_REQUEST = "floor.request"
    FLOOR_MANAGE = "floor.manage"  # grant, recall, reorder, refuse
    MEDIA_PUBLISH = "media.publish"
    CONTENT_PRESENT = "content.present"  # show a deck or a screen, turn pages
    CONTENT_MANAGE = "content.manage"  # upload and remove decks
    CHAT_ALL = "chat.all"
    CHAT_TECHNICIANS = "chat.technicians"
    ATTENDANCE_READ = "attendance.read"
    ATTENDANCE_EXPORT = "attendance.export"
    ATTENDANCE_TAKE = "attendance.take"  # say who is in a room, and how many
    # a recording
    RECORDING_WATCH = "recording.watch"
    RECORDING_MANAGE = "recording.manage"  # retry and cancel jobs
    CLIP_MAKE = "clip.make"  # cut clips out of it, share those that are approved
    CLIP_APPROVE = "clip.approve"  # let a clip that somebody else made be shared, or return it
    # a module
    MODULE_LEARN = "module.learn"
    MODULE_MANAGE = "module.manage"  # questions, imports, activities
    # the platform
    CONFERENCE_CREATE = "conference.create"
    CONFERENCE_MANAGE = "conference.manage"  # a conference's plan: sessions, agenda, sites, roster
    PLATFORM_OPERATE = "platform.operate"


class HasRoles(Protocol):
    """A thing on which people have roles."""

    def role_of(self, user: User) -> Role | None:
        """The user's role here, or None for somebody who has no part in it."""


_EVERYBODY_IN = {Action.SESSION_JOIN, Action.CHAT_ALL, Action.RECORDING_WATCH, Action.MODULE_LEARN}
_SPEAKS = _EVERYBODY_IN | {Action.FLOOR_REQUEST, Action.MEDIA_PUBLISH}
_MANAGES = {
    Action.CONFERENCE_MANAGE,
    Action.CONTENT_MANAGE,
    Action.ATTENDANCE_READ,
    Action.ATTENDANCE_EXPORT,
    Action.ATTENDANCE_TAKE,
    Action.RECORDING_MANAGE,
    Action.CLIP_MAKE,
    Action.MODULE_MANAGE,
    Action.SESSION_OPERATE,
    Action.CHAT_TECHNICIANS,
}
_LEADS = {
    Action.SESSION_RUN,
    Action.STREAM_KEYS,
    Action.AGENDA_RUN,
    Action.FLOOR_MANAGE,
    Action.CONTENT_PRESENT,
}
MATRIX: dict[Role, frozenset[Action]] = {
    Role.CHAIR: frozenset(_SPEAKS | _MANAGES | _LEADS | {Action.CLIP_APPROVE}),
    Role.PRESENTER: frozenset(_SPEAKS | {Action.CONTENT_PRESENT, Action.CONTENT_MANAGE, Action.CHAT_TECHNICIANS}),
    Role.SECRETARY: frozenset(_SPEAKS | _MANAGES | {Action.AGENDA_RUN, Action.CLIP_APPROVE}),
    Role.TECHNICIAN: frozenset(_SPEAKS | _MANAGES | _LEADS),
    Role.SITE_OPERATOR: frozenset(_SPEAKS | {Action.CHAT_TECHNICIANS, Action.ATTENDANCE_TAKE}),
    Role.DELEGATE: frozenset(_SPEAKS),
    Role.VIEWER: frozenset(_EVERYBODY_IN),
}
_PLATFORM: dict[str, frozenset[Action]] = {
    "member": frozenset({Action.HOME}),
    "organiser": frozenset({Action.HOME, Action.CONFERENCE_CREATE}),
    "admin": frozenset(Action),
}


def can(actor: User | AnonymousUser, action: Action, on: HasRoles | None = None) -> bool:
    """Whether ``actor`` may do ``action`` on ``on`` (None for actions of the platform itself).

    Nobody who is not signed in and active may do anything; an administrator may do everything.
    """
    if not actor.is_authenticated or not actor.is_active:
        return False
    if action in _PLATFORM[actor.platform_role]:
        return True  # without a question to the database
    return _may(actor, on.role_of(actor) if on is not None else None, action)


def abilities(actor: User | AnonymousUser, on: HasRoles) -> list[str]:
    """All that ``actor`` may do on ``on``, sorted: what a page shows or hides. The server checks again."""
    if not actor.is_authenticated or not actor.is_active:
        return []
    role = on.role_of(actor)  # once: it is a question to the database, and every heartbeat asks
    return sorted(action.value for action in Action if _may(actor, role, action))


def _may(actor: User, role: Role | None, action: Action) -> bool:
    return action in _PLATFORM[actor.platform_role] or (role is not None and action in MATRIX[role])
