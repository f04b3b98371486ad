"""Chapters of a session, read off the history of its program: agenda items, breaks, who spoke, which deck was shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from conference.domain.program import Content, ContentKind, Program, State


@dataclass(frozen=True, slots=True)
class Step:
    """The program as it became at ``at_ms`` (wall)."""

    at_ms: int
    program: Program


@dataclass(frozen=True, slots=True)
class Chapter:
    """Something began at ``at_ms`` (wall); ``title`` names it."""

    at_ms: int
    title: str
    kind: Literal["agenda", "speaker", "break", "deck"]


@dataclass(frozen=True)
class Names:
    """What ids stand for; what has no name makes no chapter. ``pause`` is the title of a break."""

    items: Mapping[str, str]
    seats: Mapping[str, str]
    decks: Mapping[str, str]
    pause: str


def chapters_of(steps: Iterable[Step], names: Names) -> list[Chapter]:
    """Chapters in the order of time, of the time while the session was live (before it, nothing is recorded). What holds already
    when the session goes live begins there."""
    found: list[Chapter] = []
    before = Program()
    for step in steps:
        now = step.program
        if now.state in (State.LIVE, State.BREAK):
            was = before if before.state in (State.LIVE, State.BREAK) else Program()
            found += _begun(step.at_ms, was, now, names)
        before = now
    return found


def _begun(at_ms: int, was: Program, now: Program, names: Names) -> Iterable[Chapter]:
    if now.state is State.BREAK and was.state is not State.BREAK:
        yield Chapter(at_ms, names.pause, "break")
    resumed = was.state is State.BREAK and now.state is State.LIVE  # or the break would last to the next item
    if now.agenda_item and (resumed or (now.agenda_item, now.agenda_since_ms) != (was.agenda_item, was.agenda_since_ms)):
        yield from _named(at_ms, names.items, now.agenda_item, "agenda")
    if now.floor.holder and (now.floor.holder, now.floor.since_ms) != (was.floor.holder, was.floor.since_ms):
        yield from _named(at_ms, names.seats, now.floor.holder, "speaker")
    deck = _deck(now.content)
    if deck and deck != _deck(was.content):
        yield from _named(at_ms, names.decks, deck, "deck")


def _deck(content: Content) -> str | None:
    return content.deck if content.kind is ContentKind.DECK else None


def _named(
    at_ms: int, names: Mapping[str, str], key: str, kind: Literal["agenda", "speaker", "break", "deck"]
) -> Iterable[Chapter]:
    if key in names:
        yield Chapter(at_ms, names[key], kind)
