"""The main navigation. Apps above register their entry in ``AppConfig.ready()``; the page header lists them in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise


@dataclass(frozen=True)
class NavItem:
    """One entry. ``prefixes`` are further path prefixes under which it counts as current; ``shown_to`` is asked with the person
    who is signed in (a ``people.models.User``, of a higher layer). It only hides: the page itself decides who may see it."""

    order: int
    url_name: str
    label: str | Promise
    icon: str
    prefixes: tuple[str, ...] = ()
    shown_to: Callable[[Any], bool] = lambda person: True

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    def is_current(self, path: str) -> bool:
        """Whether a page at ``path`` belongs to this entry; the site's root only matches itself."""
        own = self.url
        if own == "/":
            return path == "/"
        return path.startswith((own, *self.prefixes))


_items: dict[str, NavItem] = {}


def register(item: NavItem) -> None:
    """Add an entry; one a URL name, so that registering again replaces."""
    _items[item.url_name] = item


def items() -> list[NavItem]:
    """All entries in order."""
    return sorted(_items.values(), key=lambda item: item.order)
