"""Who has a part in a recording: told by the apps that know sessions and modules, since the media app knows neither."""

from __future__ import annotations

from collections.abc import Callable

from people.models import User
from people.permissions import Role

RoleOf = Callable[[str, User], "Role | None"]
"""From a session's public id and a user to the role there, or None."""

_providers: list[RoleOf] = []


def register(role_of: RoleOf) -> None:
    """Ask ``role_of`` too; for ``AppConfig.ready`` of an app above. The first that knows a role decides."""
    if role_of not in _providers:
        _providers.append(role_of)


def role_on_session(session: str, user: User) -> Role | None:
    """The user's role on the session that was recorded."""
    return next((role for role_of in _providers if (role := role_of(session, user)) is not None), None)


def unregister(role_of: RoleOf) -> None:
    """Ask ``role_of`` no more."""
    _providers.remove(role_of)
