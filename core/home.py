"""What stands on a person's home page, offered by the apps above without this one knowing them.

# training/apps.py
def ready(self) -> None:
    from core import home
    from training.modules.home import cards     # cards(user: User) -> home.Cards
    home.register("training", cards)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import structlog

log = structlog.get_logger(__name__)
Tone = Literal["plain", "brand", "gold", "ok", "bad", "info"]


@dataclass(frozen=True)
class NowCard:
    """Something that is on now: the one big way in. All texts are translated already."""

    title: str
    url: str
    action: str
    """The words on the button: "Vào hội nghị"."""
    state: str = ""
    """The state in words: "Đang diễn ra"."""
    live: bool = True
    about: str = ""
    """Beside the state: "Bắt đầu 08:00 · Chuyên đề 1"."""
    note: str = ""
    """Under the title: "Điểm cầu của đồng chí: Hội trường Huyện ủy Hòn Đất"."""
    icon: str = "log-in"


@dataclass(frozen=True)
class Post:
    """A button that settles something without leaving the page."""

    label: str
    url: str
    fields: tuple[tuple[str, str], ...] = ()
    """Names and values that are sent along."""


@dataclass(frozen=True)
class TodoCard:
    """Something that the person must do. Sorted by ``due`` (aware), those without one last."""

    title: str
    url: str
    note: str = ""
    icon: str = "list-checks"
    tone: Tone = "gold"
    due: dt.datetime | None = None
    action: str = ""
    """Words of a button; without them the whole card is the link and shows when it is due."""
    post: Post | None = None
    """A further button, before ``action``, which it needs."""


@dataclass(frozen=True)
class ComingCard:
    """Something that comes, at an aware moment."""

    title: str
    at: dt.datetime
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class Cards:
    """What one provider offers, or all together."""

    now: tuple[NowCard, ...] = ()
    todo: tuple[TodoCard, ...] = ()
    coming: tuple[ComingCard, ...] = ()
    notices: tuple[str, ...] = ()
    """What one should know of all that stands on the page."""


Provider = Callable[[Any], Cards]
"""Called with the signed-in ``people.models.User`` (a higher layer, hence not named here)."""

_providers: dict[str, Provider] = {}
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def register(name: str, provider: Provider) -> None:
    """Add a provider; one a name, so that registering again replaces."""
    _providers[name] = provider


def collect(user: Any) -> Cards:
    """The cards of all providers, in the order that the page shows. A provider that fails is logged and left out, because the way
    into a running session must not depend on any other."""
    found: list[Cards] = []
    for name, provider in _providers.items():
        try:
            found.append(provider(user))
        except Exception:
            log.exception("home.provider_failed", provider=name)
    return Cards(
        now=tuple(card for cards in found for card in cards.now),
        todo=tuple(sorted((card for cards in found for card in cards.todo), key=lambda card: card.due or _NEVER)),
        coming=tuple(sorted((card for cards in found for card in cards.coming), key=lambda card: card.at)),
        notices=tuple(notice for cards in found for notice in cards.notices),
    )
