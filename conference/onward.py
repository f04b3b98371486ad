"""Where a session leads to: its module, its replay, and further pages about it. Apps above say so when they start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conference.models import Session
    from people.models import User

Link = Callable[["Session"], "str | None"]
Attended = Callable[["Session"], "set[int]"]


@dataclass(frozen=True, slots=True)
class Further:
    """A link on the session's page; ``label`` is translated already."""

    label: str
    url: str
    icon: str


FurtherLinks = Callable[["Session", "User"], "list[Further]"]


def _nowhere(session: Session) -> str | None:
    return None


def _nobody(session: Session) -> set[int]:
    return set()


@dataclass
class _Links:
    module: Link = _nowhere
    replay: Link = _nowhere
    attended: Attended = _nobody
    further: dict[str, FurtherLinks] = field(default_factory=dict)


_links = _Links()


def register(*, module: Link | None = None, replay: Link | None = None, attended: Attended | None = None) -> None:
    """Say where a session's module and its replay are; each gets a session and returns a path, or None where there is none.
    ``attended`` gives the keys of the sites that were there."""
    _links.module = module or _links.module
    _links.replay = replay or _links.replay
    _links.attended = attended or _links.attended


def register_further(name: str, links: FurtherLinks) -> None:
    """Offer further pages about a session, such as its roll; ``links`` gets the session and who looks at it."""
    _links.further[name] = links


def module_url(session: Session) -> str | None:
    """Path of the page where one goes on learning after the session."""
    return _links.module(session)


def replay_url(session: Session) -> str | None:
    """Path of the page of the session's replay."""
    return _links.replay(session)


def attended(session: Session) -> set[int]:
    """Keys of the sites that were connected while the session counted."""
    return _links.attended(session)


def further(session: Session, user: User) -> list[Further]:
    """What the apps above offer this person about the session."""
    return [link for links in _links.further.values() for link in links(session, user)]
