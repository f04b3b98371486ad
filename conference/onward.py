"""Where a session leads to: the module that it belongs to and the page of its replay. Apps above say so when they start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conference.models import Session

Link = Callable[["Session"], "str | None"]


def _nowhere(session: Session) -> str | None:
    return None


@dataclass
class _Links:
    module: Link = _nowhere
    replay: Link = _nowhere


_links = _Links()


def register(*, module: Link | None = None, replay: Link | None = None) -> None:
    """Say where a session's module and its replay are; each gets a session and returns a path, or None where there is none."""
    _links.module = module or _links.module
    _links.replay = replay or _links.replay


def module_url(session: Session) -> str | None:
    """Path of the page where one goes on learning after the session."""
    return _links.module(session)


def replay_url(session: Session) -> str | None:
    """Path of the page of the session's replay."""
    return _links.replay(session)
